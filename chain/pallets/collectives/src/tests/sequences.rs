//! Whatever members, stakers and strangers do, in whatever order: votes are counted once, as a
//! slow twin counts them; actions are done at most once; no token is lost.

mod paper;
mod steps;

use super::{Collectives, *};
use paper::{outcome, Paper};
use proptest::prelude::*;
use std::collections::BTreeMap;
use steps::{nth, resolved, steps, take, Step};

/// Most chains have three members, who may take a day to enact, and some stakes and licences to be
/// asked.
fn begin(slow: bool) {
	if slow {
		assert_ok!(decide(set_terms(|terms| terms.delay_ms = DAY)));
	}
	three_members();
	stake(DAVE, 5_000);
	stake(EVE, 500);
	let terms = pallet_licences::Terms {
		price: 1,
		duration_ms: None,
		maximum: None,
		transferable: true,
		jurisdiction: Default::default(),
		text: None,
	};
	let usage = pallet_licences::Usage::Serve;
	assert_ok!(Collectives::act(MODEL, Action::SetLicence { usage, terms: Some(terms) }));
	for who in [BOB, DAVE] {
		assert_ok!(Licences::buy(signed(who), MODEL, usage, 1, None));
	}
}

fn stage(n: u32) -> Option<Stage> {
	match Proposals::<Test>::get(nth(n))?.state {
		State::Members { .. } => Some(Stage::Members),
		State::Referendum { .. } => Some(Stage::Referendum),
		_ => None,
	}
}

fn states() -> BTreeMap<ProposalId, State> {
	Proposals::<Test>::iter().map(|(id, proposal)| (id, proposal.state)).collect()
}

/// What the events of a step say was spent by the collective.
fn spent() -> usize {
	let is_spent = |event: &RuntimeEvent| {
		matches!(event, RuntimeEvent::Pools(pallet_pools::Event::Spent { .. }))
	};
	System::events().iter().filter(|record| is_spent(&record.event)).count()
}

proptest! {
	#![proptest_config(ProptestConfig {
		cases: 128,
		max_shrink_iters: 2_000,
		failure_persistence: None,
		..Default::default()
	})]

	#[test]
	fn votes_count_once_and_actions_happen_once_whatever_anyone_does(
		alone in prop::bool::weighted(0.2),
		slow in any::<bool>(),
		steps in steps(),
	) {
		run(|| {
			let mut paper = Paper::default();
			if !alone {
				begin(slow);
			}
			let issuance = Balances::total_issuance();
			for step in steps {
				System::reset_events();
				let step = resolved(step);
				let before = states();
				let (counted, members, voted) = match step {
					Step::Close(n) if stage(n) == Some(Stage::Members) =>
						(Some(paper.count(nth(n))), members().len(), None),
					Step::Vote(_, n, ..) => (None, 0, stage(n)),
					_ => (None, 0, None),
				};
				let outcome_of_step = take(&step);
				if outcome_of_step.is_ok() {
					paper.note(&step, voted);
				}
				let after = states();

				// Nothing leaves an end, and only what was refused is as it was.
				for (id, old) in &before {
					let new = &after[id];
					let may_change = match old {
						State::Members { .. } | State::Referendum { .. } | State::Approved { .. } =>
							outcome_of_step.is_ok(),
						_ => false,
					};
					prop_assert!(may_change || old == new, "{:?}: {:?} -> {:?}", step, old, new);
				}
				// Tokens leave a bucket only by an action that is recorded as done.
				let executed = after
					.iter()
					.filter(|(id, new)| **new == State::Executed && before.get(id) != Some(new))
					.count();
				let decided = matches!(step, Step::Decide(..)) && outcome_of_step.is_ok();
				prop_assert!(spent() <= executed + usize::from(decided));
				prop_assert!(executed <= 1);
				// What was approved is cancelled by one cancellation, of the same step.
				let cancelled = after
					.iter()
					.filter(|(id, new)| **new == State::Cancelled && before.get(id) != Some(new));
				for (id, _) in cancelled {
					let cancels = |action: &Action<_>| *action == Action::Cancel { proposal: *id };
					let by_vote = after.iter().any(|(other, new)| {
						*new == State::Executed
							&& before.get(other) != Some(new)
							&& cancels(&proposal(*other).action)
					});
					let by_owner = match &step {
						Step::Decide(_, action) => decided && cancels(action),
						_ => false,
					};
					prop_assert!(by_vote || by_owner);
					let waited = matches!(before.get(id), Some(State::Approved { .. }));
					prop_assert!(waited);
				}

				if let (Some(tally), Step::Close(n), Ok(())) = (counted, &step, outcome_of_step) {
					let closed = proposal(nth(*n));
					prop_assert_eq!(closed.members, Some(tally));
					let expected = outcome(&tally, members, &closed.terms);
					let approved = matches!(
						closed.state,
						State::Referendum { .. }
							| State::Approved { .. }
							| State::Executed
							| State::Failed { .. }
					);
					match expected {
						State::Executed => prop_assert!(approved, "{:?}", closed),
						expected => prop_assert_eq!(closed.state, expected),
					}
				}
				audit();
				prop_assert_eq!(Balances::total_issuance(), issuance);
			}
			Ok(())
		})?;
	}
}
