use super::{Rounds, *};
use pallet_pools::{Allowance, Allowing};

#[test]
fn each_contributor_earns_by_score_evaluation_and_part() {
	run(|| {
		stake();
		judged();
		assert_ok!(reward(80));
		// 50,000 * 0.1 * 0.8 / 2 = 2,000 for a score of one.
		assert_eq!((claimable(BOB), claimable(CAROL)), (1_000, 2_000));
		assert_eq!((update("b").reward, update("c").reward), (1_000, 2_000));
		assert_eq!(bucket(), BUCKET - 3_000);
		let Round { state, evaluation, rewarded, .. } = round();
		assert_eq!((state, evaluation, rewarded), (RoundState::Rewarded, Some(percent(80)), 3_000));
		assert!(has_event(Event::ContributorRewarded {
			model: MODEL,
			round: ROUND,
			client: client("c"),
			who: CAROL,
			score: percent(100),
			amount: 2_000,
		}));
		System::assert_last_event(
			Event::RoundRewarded {
				model: MODEL,
				round: ROUND,
				evaluation: percent(80),
				amount: 3_000,
			}
			.into(),
		);
	});
}

#[test]
fn the_amount_is_rounded_down_only_once() {
	run(|| {
		stake();
		judged();
		// 50,000 * 0.1 * 0.999999999 * 1 / 2 = 2499.9999975, and half of it for Bob.
		assert_ok!(Rounds::reward(signed(OWNER), MODEL, ROUND, Score(999_999_999)));
		assert_eq!((claimable(BOB), claimable(CAROL)), (1_249, 2_499));
	});
}

#[test]
fn a_perfect_round_can_pay_the_whole_bucket_and_no_more() {
	run(|| {
		stake();
		assert_ok!(define(&[("b", BOB), ("c", CAROL)]));
		assert_ok!(Rounds::open(signed(OWNER), MODEL, 1, 2, DEADLINE_MS, Score::ONE));
		assert_ok!(select(&["b", "c"]));
		assert_ok!(submit(BOB));
		assert_ok!(submit(CAROL));
		assert_ok!(score(&[accepted("b", 100), accepted("c", 100)]));
		assert_ok!(reward(100));
		assert_eq!((claimable(BOB), claimable(CAROL), bucket()), (25_000, 25_000, 0));
	});
}

#[test]
fn the_rejected_earn_nothing() {
	run(|| {
		stake();
		opened();
		assert_ok!(submit(BOB));
		assert_ok!(submit(CAROL));
		assert_ok!(score(&[accepted("b", 100), rejected("c")]));
		assert_ok!(reward(80));
		assert_eq!((claimable(BOB), claimable(CAROL)), (4_000, 0));
	});
}

#[test]
fn a_round_can_be_rewarded_with_nothing() {
	run(|| {
		stake();
		judged();
		assert_ok!(reward(0));
		assert_eq!((bucket(), round().rewarded), (BUCKET, 0));
		assert_ok!(finalise());
	});
}

#[test]
fn a_preview_says_what_the_reward_will_be() {
	run(|| {
		let preview = || Rounds::preview_reward(MODEL, ROUND, percent(80));
		assert_noop!(preview(), Error::<Test>::UnknownRound);
		judged();
		assert_noop!(preview(), Error::<Test>::NoPool);
		stake();
		let mut foreseen = preview().unwrap();
		foreseen.sort();
		assert_eq!(foreseen, [(client("b"), BOB, 1_000), (client("c"), CAROL, 2_000)]);
		assert_noop!(
			Rounds::preview_reward(MODEL, ROUND, Score(u32::MAX)),
			Error::<Test>::ScoreAboveOne
		);
		assert_ok!(reward(80));
		assert_noop!(preview(), Error::<Test>::AlreadyRewarded);
	});
}

#[test]
fn the_signer_pays_for_the_updates_there_are() {
	run(|| {
		stake();
		judged();
		let weight = reward(80).unwrap().actual_weight.unwrap();
		assert_eq!(weight, <Test as Config>::WeightInfo::reward(2));
		let bound = <Test as Config>::WeightInfo::reward(MAX_PARTICIPANTS);
		assert!(weight.ref_time() < bound.ref_time());
	});
}

#[test]
fn contributors_are_rewarded_once() {
	run(|| {
		stake();
		judged();
		assert_ok!(reward(80));
		assert_noop!(reward(80), Error::<Test>::AlreadyRewarded);
		assert_noop!(select(&["b"]), Error::<Test>::AlreadyRewarded);
		assert_noop!(submit(BOB), Error::<Test>::AlreadyRewarded);
		assert_noop!(score(&[]), Error::<Test>::AlreadyRewarded);
	});
}

#[test]
fn nobody_is_rewarded_before_all_are_scored() {
	run(|| {
		stake();
		opened();
		assert_ok!(submit(BOB));
		assert_ok!(submit(CAROL));
		assert_ok!(score(&[accepted("b", 100)]));
		assert_noop!(reward(80), Error::<Test>::NotAllScored);
		assert_noop!(finalise(), Error::<Test>::NotAllScored);
	});
}

#[test]
fn too_few_accepted_updates_earn_nothing() {
	run(|| {
		stake();
		assert_ok!(define(&[("b", BOB), ("c", CAROL)]));
		assert_ok!(open(2, 2));
		assert_ok!(select(&["b", "c"]));
		assert_ok!(submit(BOB));
		assert_ok!(submit(CAROL));
		assert_ok!(score(&[accepted("b", 100), rejected("c")]));
		assert_noop!(reward(80), Error::<Test>::TooFewAccepted);
		assert_noop!(finalise(), Error::<Test>::TooFewAccepted);
	});
}

#[test]
fn an_evaluation_above_one_is_refused() {
	run(|| {
		stake();
		judged();
		assert_noop!(
			Rounds::reward(signed(OWNER), MODEL, ROUND, Score(Score::ONE.0 + 1)),
			Error::<Test>::ScoreAboveOne
		);
	});
}

#[test]
fn without_a_pool_there_is_no_reward() {
	run(|| {
		judged();
		assert_noop!(reward(80), Error::<Test>::NoPool);
	});
}

#[test]
fn a_round_pays_no_more_than_the_collective_allows() {
	run(|| {
		let allow = |amount| <Pools as Allowing>::set_allowance(MODEL, amount);
		let spent = pallet_pools::Error::<Test>::AllowanceSpent;
		stake();
		judged();
		assert_ok!(allow(Some(2_999)));
		assert_noop!(Rounds::preview_reward(MODEL, ROUND, percent(80)), spent);
		let refused = reward(80).unwrap_err().error;
		assert_eq!(refused, pallet_pools::Error::<Test>::AllowanceSpent.into());
		assert_eq!((round().state, bucket()), (RoundState::Open, BUCKET));
		assert_eq!((claimable(BOB), update("b").reward), (0, 0));
		assert_noop!(finalise(), Error::<Test>::NotRewarded);
		assert_ok!(allow(Some(3_000)));
		assert_ok!(reward(80));
		assert_eq!((round().rewarded, Pools::allowance(MODEL)), (3_000, Allowance::Limited(0)));
		assert_ok!(finalise());
	});
}

#[test]
fn no_number_of_rounds_pays_more_than_was_allowed() {
	run(|| {
		stake();
		assert_ok!(<Pools as Allowing>::set_allowance(MODEL, Some(9_000)));
		assert_ok!(define(&[("b", BOB)]));
		let mut paid = 0;
		for number in ROUND..ROUND + 9 {
			let owner = || signed(OWNER);
			let all = vec![client("b")];
			let verdicts = vec![accepted("b", 100)];
			assert_ok!(Rounds::open(owner(), MODEL, 1, 1, DEADLINE_MS, percent(10)));
			assert_ok!(Rounds::select(owner(), MODEL, number, all));
			assert_ok!(Rounds::submit_update(signed(BOB), MODEL, number, cid("u"), HASH, 1));
			assert_ok!(Rounds::score(owner(), MODEL, number, verdicts));
			let outcome = frame::deps::frame_support::storage::with_storage_layer(|| {
				Rounds::reward(owner(), MODEL, number, Score::ONE)
			});
			// 5,000 and nine tenths of that as often as it goes.
			if outcome.is_err() {
				assert_ok!(Rounds::abort(owner(), MODEL, number, reason()));
			} else {
				paid += crate::Rounds::<Test>::get(MODEL, number).unwrap().rewarded;
				assert_ok!(Rounds::finalise(owner(), MODEL, number, cid("v"), HASH));
			}
		}
		assert_eq!((paid, claimable(BOB)), (5_000, 5_000));
		assert_eq!(Pools::allowance(MODEL), Allowance::Limited(4_000));
	});
}

#[test]
fn the_rounds_of_a_collective_pay_nothing_until_it_allows_it() {
	run(|| {
		stake();
		judged();
		OwnerDecides::set(false);
		assert_noop!(reward(80), pallet_pools::Error::<Test>::AllowanceSpent);
		assert_ok!(<Pools as pallet_pools::Allowing>::set_allowance(MODEL, Some(3_000)));
		assert_ok!(reward(80));
		assert_eq!(bucket(), BUCKET - 3_000);
	});
}
