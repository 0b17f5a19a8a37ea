//! The arithmetic of votes against a slow and obvious twin.

use super::*;
use core::cmp::Ordering;
use proptest::{prelude::*, sample::select};

/// Compares `a / b` with `c / d` as one does by hand: whole parts first, then what remains, turned
/// upside down. Needs no wider numbers, so it shares nothing with cross multiplication.
fn compare((a, b): (u128, u128), (c, d): (u128, u128)) -> Ordering {
	match (a / b).cmp(&(c / d)) {
		Ordering::Equal => match (a % b, c % d) {
			(0, 0) => Ordering::Equal,
			(0, _) => Ordering::Less,
			(_, 0) => Ordering::Greater,
			(left, right) => compare((d, right), (b, left)),
		},
		unequal => unequal,
	}
}

/// Weights of all sizes, many of them at the edges, whose sum of two does not overflow.
fn weight() -> impl Strategy<Value = VoteWeight> {
	let half = u128::MAX / 2;
	prop_oneof![
		Just(0),
		1..10u128,
		(1..1_000u128).prop_map(|n| n * 1_000_000),
		any::<u64>().prop_map(u128::from),
		0..=half,
		Just(half),
	]
}

fn part() -> impl Strategy<Value = u32> {
	prop_oneof![select(vec![0, 1, 333_333, 500_000, 666_667, 999_999, WHOLE]), 0..=WHOLE]
}

proptest! {
	#![proptest_config(ProptestConfig {
		cases: 4_000,
		failure_persistence: None,
		..Default::default()
	})]

	#[test]
	fn a_threshold_is_passed_exactly_when_the_fraction_is_larger(
		aye in weight(),
		nay in weight(),
		threshold in part(),
	) {
		let tally = Tally { aye, nay, ..Default::default() };
		let expected = aye + nay > 0
			&& compare((aye, aye + nay), (threshold.into(), WHOLE.into())) == Ordering::Greater;
		prop_assert_eq!(tally.is_carried(threshold), expected);
		let tally = Tally { aye, electorate: aye + nay, ..Default::default() };
		prop_assert_eq!(tally.is_carried_by_all(threshold), expected);
	}

	#[test]
	fn a_quorum_is_reached_exactly_when_the_fraction_is_not_smaller(
		turnout in weight(),
		electorate in weight(),
		quorum in part(),
	) {
		let tally = Tally { turnout, electorate, ..Default::default() };
		let reached = electorate == 0
			|| compare((turnout, electorate), (quorum.into(), WHOLE.into())) != Ordering::Less;
		prop_assert_eq!(tally.is_quorate(quorum), turnout > 0 && reached);
	}

	#[test]
	fn a_final_outcome_stays_whatever_the_others_vote(
		voted in prop::collection::vec((select(vec![Aye, Nay, Abstain]), 0..100u128), 1..6),
		others in prop::collection::vec((select(vec![Aye, Nay, Abstain]), 0..100u128), 0..6),
		threshold in WHOLE / 2..WHOLE,
		quorum in part(),
	) {
		let measure = Measure { threshold, quorum, ayes: 2 };
		let all: u128 = voted.iter().chain(&others).map(|(_, weight)| weight).sum();
		let count = |tally: Tally, (vote, weight): &(Vote, u128)| {
			tally.with(*vote, *weight, *weight).unwrap()
		};
		let before = voted.iter().fold(Tally { electorate: all, ..Default::default() }, count);
		let after = others.iter().fold(before, count);
		if before.is_final(measure) {
			prop_assert_eq!(after.outcome(measure), Outcome::Approved);
		}
	}

	#[test]
	fn a_ballot_that_is_taken_out_leaves_no_trace(
		before in weight(),
		vote in select(vec![Aye, Nay, Abstain]),
		conviction in select(Conviction::ALL.to_vec()),
		weight in 0..u128::MAX / 1_000,
	) {
		let tally = Tally { aye: before, nay: before, turnout: before, ..Default::default() };
		let ballot = Ballot { vote, conviction, weight };
		let with = tally.with_ballot(&ballot).unwrap();
		prop_assert_eq!(with.without_ballot(&ballot), Some(tally));
	}
}

#[test]
fn thresholds_and_quorums_are_exact_at_their_edges() {
	let tally = |aye, nay| Tally { aye, nay, ..Default::default() };
	assert!(!tally(1, 1).is_carried(500_000));
	assert!(tally(500_001, 499_999).is_carried(500_000));
	assert!(!tally(2, 1).is_carried(666_667));
	assert!(tally(2, 1).is_carried(666_666));
	assert!(!tally(0, 0).is_carried(500_000));
	// A single unit among 2^128 decides.
	let half = u128::MAX / 2;
	assert!(!tally(half, half).is_carried(500_000));
	assert!(tally(half + 1, half).is_carried(500_000));
	let voted = |turnout, electorate| Tally { turnout, electorate, ..Default::default() };
	assert!(voted(1, 3).is_quorate(333_333));
	assert!(!voted(1, 3).is_quorate(333_334));
	assert!(!voted(0, 0).is_quorate(0));
	assert!(voted(1, u128::MAX).is_quorate(0));
	assert!(!voted(u128::MAX - 1, u128::MAX).is_quorate(WHOLE));
}

#[test]
fn conviction_weighs_from_a_tenth_to_six_times() {
	let tenths = Conviction::ALL.map(|conviction| conviction.tenths(7).unwrap());
	assert_eq!(tenths, [7, 70, 140, 210, 280, 350, 420]);
	assert_eq!(Conviction::Locked6x.tenths(u128::MAX / 10), None);
	let until = Conviction::ALL.map(|conviction| conviction.until_ms(1_000, 10));
	assert_eq!(until, [1_000, 1_010, 1_020, 1_030, 1_040, 1_050, 1_060]);
	assert_eq!(Conviction::Locked6x.until_ms(u64::MAX, u64::MAX), u64::MAX);
}

#[test]
fn an_action_is_flat_and_small() {
	use codec::MaxEncodedLen;
	// No action contains another, so none can be nested to exhaust a decoder.
	assert!(Action::<AccountId>::max_encoded_len() < 1_024);
	assert!(core::mem::size_of::<crate::Call<Test>>() <= 512);
}
