//! What rounds promise, and what they refuse.

use crate::{
	mock::{Rounds, *},
	*,
};
use frame::testing_prelude::*;

const HASH: H256 = H256::repeat_byte(7);

fn signed(who: AccountId) -> RuntimeOrigin {
	RuntimeOrigin::signed(who)
}

fn define(pairs: &[(&str, AccountId)]) -> DispatchResult {
	let pairs = pairs.iter().map(|(name, who)| (client(name), *who)).collect();
	Rounds::define_contributors(signed(OWNER), MODEL, pairs)
}

fn remove(name: &str) -> DispatchResult {
	Rounds::remove_contributors(signed(OWNER), MODEL, vec![client(name)])
}

fn open(minimum: u32, maximum: u32) -> DispatchResult {
	Rounds::open(signed(OWNER), MODEL, minimum, maximum, DEADLINE_MS, percent(10))
}

fn select(names: &[&str]) -> DispatchResult {
	let names = names.iter().map(|name| client(name)).collect();
	Rounds::select(signed(OWNER), MODEL, 0, names)
}

fn submit(who: AccountId) -> DispatchResult {
	Rounds::submit_update(signed(who), MODEL, 0, cid("update"), HASH, 600)
}

fn accepted(name: &str, score: u32) -> (ClientId, Verdict) {
	(client(name), Verdict::Accepted(percent(score)))
}

fn rejected(name: &str) -> (ClientId, Verdict) {
	(client(name), Verdict::Rejected(b"NaN".to_vec().try_into().unwrap()))
}

fn score(verdicts: &[(ClientId, Verdict)]) -> DispatchResult {
	Rounds::score(signed(OWNER), MODEL, 0, verdicts.to_vec())
}

fn reward(evaluation: u32) -> DispatchResultWithPostInfo {
	Rounds::reward(signed(OWNER), MODEL, 0, percent(evaluation))
}

fn finalise() -> DispatchResult {
	Rounds::finalise(signed(OWNER), MODEL, 0, cid("version"), HASH)
}

fn abort(who: AccountId) -> DispatchResult {
	Rounds::abort(signed(who), MODEL, 0, reason())
}

fn reason() -> Reason {
	b"too few".to_vec().try_into().unwrap()
}

fn round() -> Round {
	crate::Rounds::<Test>::get(MODEL, 0).unwrap()
}

fn update(name: &str) -> Update<AccountId> {
	Updates::<Test>::get((MODEL, 0, client(name))).unwrap()
}

fn has_event(event: Event<Test>) -> bool {
	System::events().iter().any(|record| record.event == event.clone().into())
}

/// Bob and Carol are contributors, selected in a round that pays a tenth.
fn opened() {
	assert_ok!(define(&[("b", BOB), ("c", CAROL)]));
	assert_ok!(open(1, 3));
	assert_ok!(select(&["b", "c"]));
}

/// Both have submitted and were accepted, Bob with 0.5 and Carol with 1.
fn judged() {
	opened();
	assert_ok!(submit(BOB));
	assert_ok!(submit(CAROL));
	assert_ok!(score(&[accepted("b", 50), accepted("c", 100)]));
}

mod contributors {
	use super::{Rounds, *};

	#[test]
	fn a_contributor_has_a_wallet_and_the_wallet_its_contributor() {
		run(|| {
			assert_ok!(define(&[("b", BOB), ("c", CAROL)]));
			assert_eq!(Contributors::<Test>::get(MODEL, client("b")), Some(BOB));
			assert_eq!(Wallets::<Test>::get(MODEL, CAROL), Some(client("c")));
			assert_eq!(ContributorCount::<Test>::get(MODEL), 2);
			System::assert_last_event(
				Event::ContributorDefined { model: MODEL, client: client("c"), who: CAROL }.into(),
			);
		});
	}

	#[test]
	fn a_contributor_moves_to_a_new_wallet() {
		run(|| {
			assert_ok!(define(&[("b", BOB)]));
			assert_ok!(define(&[("b", DAVE)]));
			assert_eq!(Contributors::<Test>::get(MODEL, client("b")), Some(DAVE));
			assert_eq!(Wallets::<Test>::get(MODEL, BOB), None);
			assert_eq!(ContributorCount::<Test>::get(MODEL), 1);
			// The wallet is free again.
			assert_ok!(define(&[("c", BOB)]));
		});
	}

	#[test]
	fn defining_the_same_again_changes_nothing() {
		run(|| {
			assert_ok!(define(&[("b", BOB)]));
			assert_storage_noop!(assert_ok!(define(&[("b", BOB)])));
		});
	}

	#[test]
	fn a_wallet_serves_one_contributor_of_a_model() {
		run(|| {
			assert_ok!(define(&[("b", BOB)]));
			assert_noop!(define(&[("c", BOB)]), Error::<Test>::DuplicateWallet);
			assert_noop!(define(&[("d", DAVE), ("e", DAVE)]), Error::<Test>::DuplicateWallet);
		});
	}

	#[test]
	fn a_contributor_without_a_name_is_refused() {
		run(|| {
			assert_noop!(define(&[("", BOB)]), Error::<Test>::ClientIdEmpty);
		});
	}

	#[test]
	fn a_model_has_no_more_contributors_than_it_may() {
		run(|| {
			ContributorCount::<Test>::insert(MODEL, MAX_CONTRIBUTORS);
			assert_noop!(define(&[("b", BOB)]), Error::<Test>::TooManyContributors);
			ContributorCount::<Test>::remove(MODEL);
		});
	}

	#[test]
	fn one_call_names_no_more_than_it_may() {
		run(|| {
			assert_ok!(open(1, 1));
			let names: Vec<_> = (0..257).map(|n| client(&format!("{n}"))).collect();
			let pairs = names.iter().cloned().zip(100..).collect();
			let verdicts = names.iter().cloned().map(|n| (n, accepted("", 0).1)).collect();
			assert_noop!(
				Rounds::define_contributors(signed(OWNER), MODEL, pairs),
				Error::<Test>::TooManyAtOnce
			);
			assert_noop!(
				Rounds::remove_contributors(signed(OWNER), MODEL, names.clone()),
				Error::<Test>::TooManyAtOnce
			);
			assert_noop!(
				Rounds::select(signed(OWNER), MODEL, 0, names),
				Error::<Test>::TooManyAtOnce
			);
			assert_noop!(
				Rounds::score(signed(OWNER), MODEL, 0, verdicts),
				Error::<Test>::TooManyAtOnce
			);
		});
	}

	#[test]
	fn a_removed_contributor_frees_the_wallet() {
		run(|| {
			assert_noop!(remove("b"), Error::<Test>::UnknownContributor);
			assert_ok!(define(&[("b", BOB)]));
			assert_ok!(remove("b"));
			System::assert_last_event(
				Event::ContributorRemoved { model: MODEL, client: client("b") }.into(),
			);
			assert_eq!(ContributorCount::<Test>::get(MODEL), 0);
			assert_ok!(define(&[("c", BOB)]));
		});
	}

	#[test]
	fn who_is_selected_in_the_running_round_stays() {
		run(|| {
			opened();
			assert_noop!(define(&[("b", DAVE)]), Error::<Test>::ContributorBusy);
			assert_noop!(remove("b"), Error::<Test>::ContributorBusy);
			assert_ok!(abort(OWNER));
			assert_ok!(define(&[("b", DAVE)]));
			assert_ok!(remove("c"));
		});
	}
}

mod opening {
	use super::{Rounds, *};

	#[test]
	fn a_round_trains_from_the_latest_version() {
		run(|| {
			assert_ok!(Models::publish_version(signed(OWNER), MODEL, cid("v1"), HASH, 0));
			assert_ok!(open(2, 10));
			assert_eq!(
				round(),
				Round {
					minimum: 2,
					maximum: 10,
					deadline_ms: DEADLINE_MS,
					opened_ms: START_MS,
					base_version: 1,
					reward_part: percent(10),
					state: RoundState::Open,
					evaluation: None,
					selected: 0,
					submitted: 0,
					scored: 0,
					accepted: 0,
					rewarded: 0,
				}
			);
			assert_eq!(CurrentRound::<Test>::get(MODEL), Some(0));
			System::assert_last_event(
				Event::RoundOpened {
					model: MODEL,
					round: 0,
					base_version: 1,
					minimum: 2,
					maximum: 10,
					deadline_ms: DEADLINE_MS,
					reward_part: percent(10),
				}
				.into(),
			);
		});
	}

	#[test]
	fn a_second_round_waits_for_the_first_to_end() {
		run(|| {
			assert_ok!(open(1, 1));
			assert_noop!(open(1, 1), Error::<Test>::RoundAlreadyOpen);
			assert_ok!(abort(OWNER));
			assert_ok!(open(1, 1));
			assert_eq!(CurrentRound::<Test>::get(MODEL), Some(1));
		});
	}

	#[test]
	fn participants_out_of_range_are_refused() {
		run(|| {
			for (minimum, maximum) in [(0, 1), (0, 0), (2, 1), (1, 257), (u32::MAX, u32::MAX)] {
				assert_noop!(open(minimum, maximum), Error::<Test>::ParticipantsOutOfRange);
			}
			assert_ok!(open(256, 256));
		});
	}

	#[test]
	fn a_deadline_in_the_past_is_refused() {
		run(|| {
			let open = |deadline| Rounds::open(signed(OWNER), MODEL, 1, 1, deadline, percent(10));
			for deadline in [0, START_MS - 1, START_MS] {
				assert_noop!(open(deadline), Error::<Test>::DeadlinePassed);
			}
			assert_ok!(open(START_MS + 1));
		});
	}

	#[test]
	fn a_reward_part_above_one_is_refused() {
		run(|| {
			let part = Score(Score::ONE.0 + 1);
			assert_noop!(
				Rounds::open(signed(OWNER), MODEL, 1, 1, DEADLINE_MS, part),
				Error::<Test>::ScoreAboveOne
			);
		});
	}

	#[test]
	fn round_numbers_never_wrap_around() {
		run(|| {
			RoundCount::<Test>::insert(MODEL, u32::MAX);
			assert_noop!(open(1, 1), Error::<Test>::RoundsExhausted);
		});
	}

	#[test]
	fn a_pool_stays_open_while_a_round_runs() {
		run(|| {
			stake();
			assert_ok!(open(1, 1));
			let close = || Pools::close(signed(OWNER), MODEL);
			assert_noop!(close(), pallet_pools::Error::<Test>::PoolLocked);
			assert_ok!(abort(OWNER));
			assert_ok!(close());
		});
	}

	#[test]
	fn an_owners_calls_are_refused_to_strangers() {
		run(|| {
			opened();
			let stranger: (_, _, DispatchError) = (BOB, MODEL, Error::<Test>::NotOwner.into());
			let nowhere = (OWNER, 5, Error::<Test>::UnknownModel.into());
			for (who, model, error) in [stranger, nowhere] {
				let calls = [
					Call::define_contributors { model, contributors: vec![] },
					Call::remove_contributors { model, clients: vec![] },
					Call::open {
						model,
						minimum: 1,
						maximum: 1,
						deadline_ms: DEADLINE_MS,
						reward_part: percent(10),
					},
					Call::select { model, round: 0, clients: vec![] },
					Call::score { model, round: 0, verdicts: vec![] },
					Call::reward { model, round: 0, evaluation: percent(10) },
					Call::finalise { model, round: 0, location: cid("v"), hash: HASH },
				];
				for call in calls.map(RuntimeCall::from) {
					assert_storage_noop!({
						let refusal = call.clone().dispatch(signed(who)).unwrap_err();
						assert_eq!(refusal.error, error, "{call:?}");
					});
				}
			}
			let abort = |origin, model| Rounds::abort(origin, model, 0, reason());
			assert_noop!(abort(signed(OWNER), 5), Error::<Test>::UnknownModel);
			assert_noop!(abort(RuntimeOrigin::none(), MODEL), BadOrigin);
		});
	}

	#[test]
	fn an_unknown_round_is_refused() {
		run(|| {
			assert_ok!(define(&[("b", BOB)]));
			assert_noop!(select(&["b"]), Error::<Test>::UnknownRound);
			assert_noop!(submit(BOB), Error::<Test>::UnknownRound);
			assert_noop!(score(&[]), Error::<Test>::UnknownRound);
			assert_noop!(reward(50), Error::<Test>::UnknownRound);
			assert_noop!(finalise(), Error::<Test>::UnknownRound);
			assert_noop!(abort(OWNER), Error::<Test>::UnknownRound);
		});
	}
}

mod selecting {
	use super::{Rounds, *};

	#[test]
	fn the_selected_are_recorded_with_their_wallets() {
		run(|| {
			opened();
			assert_eq!(Selected::<Test>::get((MODEL, 0, client("c"))), Some(CAROL));
			assert_eq!(round().selected, 2);
			System::assert_last_event(
				Event::ContributorSelected { model: MODEL, round: 0, client: client("c") }.into(),
			);
		});
	}

	#[test]
	fn only_defined_contributors_are_selected_and_once() {
		run(|| {
			opened();
			assert_noop!(select(&["x"]), Error::<Test>::UnknownContributor);
			assert_noop!(select(&["b"]), Error::<Test>::AlreadySelected);
		});
	}

	#[test]
	fn no_more_than_the_maximum_are_selected() {
		run(|| {
			assert_ok!(define(&[("b", BOB), ("c", CAROL), ("d", DAVE)]));
			assert_ok!(open(1, 2));
			assert_noop!(select(&["b", "c", "d"]), Error::<Test>::TooManySelected);
			assert_ok!(select(&["b", "c"]));
			assert_noop!(select(&["d"]), Error::<Test>::TooManySelected);
		});
	}

	#[test]
	fn a_round_that_is_over_selects_and_takes_nothing() {
		run(|| {
			opened();
			assert_ok!(abort(OWNER));
			assert_noop!(select(&["b"]), Error::<Test>::RoundOver);
			assert_noop!(submit(BOB), Error::<Test>::RoundOver);
			assert_noop!(score(&[]), Error::<Test>::RoundOver);
			assert_noop!(reward(50), Error::<Test>::RoundOver);
			assert_noop!(finalise(), Error::<Test>::RoundOver);
			assert_noop!(abort(OWNER), Error::<Test>::RoundOver);
			assert_noop!(
				Rounds::preview_reward(MODEL, 0, percent(50)),
				Error::<Test>::RoundOver
			);
		});
	}
}

mod submitting {
	use super::{Rounds, *};

	#[test]
	fn an_update_is_recorded() {
		run(|| {
			opened();
			run_to(START_MS + 5_000);
			assert_ok!(submit(BOB));
			assert_eq!(
				update("b"),
				Update {
					who: BOB,
					location: cid("update"),
					hash: HASH,
					examples: 600,
					submitted_ms: START_MS + 5_000,
					verdict: None,
					reward: 0,
				}
			);
			assert_eq!(round().submitted, 1);
			System::assert_last_event(
				Event::UpdateSubmitted {
					model: MODEL,
					round: 0,
					client: client("b"),
					who: BOB,
					hash: HASH,
					examples: 600,
				}
				.into(),
			);
		});
	}

	#[test]
	fn only_the_selected_submit() {
		run(|| {
			opened();
			assert_noop!(submit(DAVE), Error::<Test>::NotSelected);
			assert_ok!(define(&[("d", DAVE)]));
			assert_noop!(submit(DAVE), Error::<Test>::NotSelected);
			assert_noop!(
				Rounds::submit_update(RuntimeOrigin::none(), MODEL, 0, cid("u"), HASH, 1),
				BadOrigin
			);
		});
	}

	#[test]
	fn an_update_is_submitted_once() {
		run(|| {
			opened();
			assert_ok!(submit(BOB));
			assert_noop!(submit(BOB), Error::<Test>::AlreadySubmitted);
		});
	}

	#[test]
	fn an_update_after_the_deadline_is_refused() {
		run(|| {
			opened();
			run_to(DEADLINE_MS - 1);
			assert_ok!(submit(BOB));
			run_to(DEADLINE_MS);
			assert_noop!(submit(CAROL), Error::<Test>::DeadlinePassed);
		});
	}

	#[test]
	fn an_update_from_nowhere_or_from_nothing_is_refused() {
		run(|| {
			opened();
			let submit = |location, examples| {
				Rounds::submit_update(signed(BOB), MODEL, 0, location, HASH, examples)
			};
			assert_noop!(submit(cid(""), 600), Error::<Test>::LocationEmpty);
			assert_noop!(submit(cid("update"), 0), Error::<Test>::ExamplesZero);
		});
	}
}

mod scoring {
	use super::*;

	#[test]
	fn an_update_is_accepted_or_rejected() {
		run(|| {
			opened();
			assert_ok!(submit(BOB));
			assert_ok!(submit(CAROL));
			assert_ok!(score(&[accepted("b", 90), rejected("c")]));
			assert_eq!(update("b").verdict, Some(accepted("b", 90).1));
			assert_eq!(update("c").verdict, Some(rejected("c").1));
			assert_eq!((round().scored, round().accepted), (2, 1));
			System::assert_last_event(
				Event::UpdateScored {
					model: MODEL,
					round: 0,
					client: client("c"),
					verdict: rejected("c").1,
				}
				.into(),
			);
		});
	}

	#[test]
	fn an_update_is_scored_once() {
		run(|| {
			judged();
			assert_noop!(score(&[rejected("b")]), Error::<Test>::AlreadyScored);
		});
	}

	#[test]
	fn what_was_not_submitted_is_not_scored() {
		run(|| {
			opened();
			assert_noop!(score(&[rejected("b")]), Error::<Test>::NoUpdate);
		});
	}

	#[test]
	fn a_score_above_one_is_refused() {
		run(|| {
			opened();
			assert_ok!(submit(BOB));
			let verdict = Verdict::Accepted(Score(Score::ONE.0 + 1));
			assert_noop!(score(&[(client("b"), verdict)]), Error::<Test>::ScoreAboveOne);
		});
	}

	#[test]
	fn training_that_overran_is_still_scored_paid_and_published() {
		run(|| {
			stake();
			opened();
			assert_ok!(submit(BOB));
			run_to(DEADLINE_MS + 10 * GRACE_MS);
			assert_ok!(score(&[accepted("b", 90)]));
			assert_ok!(reward(50));
			assert_ok!(finalise());
		});
	}
}

mod rewarding {
	use super::{Rounds, *};

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
			assert_eq!(
				(state, evaluation, rewarded),
				(RoundState::Rewarded, Some(percent(80)), 3_000)
			);
			assert!(has_event(Event::ContributorRewarded {
				model: MODEL,
				round: 0,
				client: client("c"),
				who: CAROL,
				score: percent(100),
				amount: 2_000,
			}));
			System::assert_last_event(
				Event::RoundRewarded {
					model: MODEL,
					round: 0,
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
			assert_ok!(Rounds::reward(signed(OWNER), MODEL, 0, Score(999_999_999)));
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
			let preview = || Rounds::preview_reward(MODEL, 0, percent(80));
			assert_noop!(preview(), Error::<Test>::UnknownRound);
			judged();
			assert_noop!(preview(), Error::<Test>::NoPool);
			stake();
			let mut foreseen = preview().unwrap();
			foreseen.sort();
			assert_eq!(foreseen, [(client("b"), BOB, 1_000), (client("c"), CAROL, 2_000)]);
			assert_noop!(
				Rounds::preview_reward(MODEL, 0, Score(u32::MAX)),
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
				Rounds::reward(signed(OWNER), MODEL, 0, Score(Score::ONE.0 + 1)),
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
}

mod ending {
	use super::*;

	#[test]
	fn a_finalised_round_publishes_a_version_of_what_it_trained_from() {
		run(|| {
			stake();
			judged();
			assert_ok!(reward(80));
			// Another version comes in between.
			assert_ok!(Models::publish_version(signed(OWNER), MODEL, cid("v1"), HASH, 0));
			assert_ok!(finalise());
			let version = pallet_models::Versions::<Test>::get(MODEL, 2).unwrap();
			assert_eq!((version.parent, version.location), (Some(0), cid("version")));
			assert_eq!(round().state, RoundState::Finalised { version: 2 });
			assert_eq!(CurrentRound::<Test>::get(MODEL), None);
			System::assert_last_event(
				Event::RoundFinalised { model: MODEL, round: 0, version: 2, hash: HASH }.into(),
			);
		});
	}

	#[test]
	fn an_unpaid_round_is_finalised_after_scoring() {
		run(|| {
			judged();
			assert_ok!(finalise());
			assert_eq!(round().evaluation, None);
		});
	}

	#[test]
	fn a_round_that_pays_nothing_is_finalised_after_scoring() {
		run(|| {
			stake();
			assert_ok!(define(&[("b", BOB)]));
			assert_ok!(Rounds::open(signed(OWNER), MODEL, 1, 1, DEADLINE_MS, Score::ZERO));
			assert_ok!(select(&["b"]));
			assert_ok!(submit(BOB));
			assert_ok!(score(&[accepted("b", 100)]));
			assert_ok!(finalise());
			assert_eq!(bucket(), BUCKET);
		});
	}

	#[test]
	fn contributors_are_paid_before_the_version_is_published() {
		run(|| {
			stake();
			judged();
			assert_noop!(finalise(), Error::<Test>::NotRewarded);
		});
	}

	#[test]
	fn a_version_that_is_nowhere_is_refused() {
		run(|| {
			judged();
			assert_noop!(
				Rounds::finalise(signed(OWNER), MODEL, 0, cid(""), HASH),
				Error::<Test>::LocationEmpty
			);
		});
	}

	#[test]
	fn the_owner_aborts_at_any_time_and_nothing_is_lost() {
		run(|| {
			stake();
			judged();
			assert_ok!(abort(OWNER));
			assert_eq!(bucket(), BUCKET);
			assert_eq!(round().state, RoundState::Aborted { reason: reason() });
			assert_eq!(CurrentRound::<Test>::get(MODEL), None);
			System::assert_last_event(
				Event::RoundAborted { model: MODEL, round: 0, who: OWNER, reason: reason() }
					.into(),
			);
		});
	}

	#[test]
	fn what_was_earned_stays_when_a_rewarded_round_is_aborted() {
		run(|| {
			stake();
			judged();
			assert_ok!(reward(80));
			assert_ok!(abort(OWNER));
			assert_eq!(claimable(CAROL), 2_000);
			assert_ok!(Pools::claim(signed(CAROL), MODEL));
		});
	}

	#[test]
	fn anyone_aborts_a_round_that_too_few_came_to() {
		run(|| {
			opened();
			assert_noop!(abort(BOB), Error::<Test>::TooEarlyToAbort);
			run_to(DEADLINE_MS - 1);
			assert_noop!(abort(BOB), Error::<Test>::TooEarlyToAbort);
			run_to(DEADLINE_MS);
			assert_ok!(abort(BOB));
		});
	}

	#[test]
	fn anyone_aborts_a_round_that_its_owner_left_running() {
		run(|| {
			judged();
			run_to(DEADLINE_MS + GRACE_MS - 1);
			assert_noop!(abort(BOB), Error::<Test>::TooEarlyToAbort);
			run_to(DEADLINE_MS + GRACE_MS);
			assert_ok!(abort(BOB));
		});
	}

	#[test]
	fn a_deadline_at_the_end_of_time_can_be_aborted_by_the_owner() {
		run(|| {
			assert_ok!(Rounds::open(signed(OWNER), MODEL, 1, 1, u64::MAX, percent(10)));
			assert_noop!(abort(BOB), Error::<Test>::TooEarlyToAbort);
			assert_ok!(abort(OWNER));
		});
	}
}

mod auditing {
	use super::{Rounds, *};

	#[test]
	fn the_audit_notices_miscounted_rounds() {
		run(|| {
			stake();
			judged();
			assert_ok!(reward(80));
			let before = round();
			let noticed = |spoil: &dyn Fn(&mut Round)| {
				crate::Rounds::<Test>::mutate(MODEL, 0, |round| spoil(round.as_mut().unwrap()));
				let noticed = Rounds::do_try_state().is_err();
				crate::Rounds::<Test>::insert(MODEL, 0, before.clone());
				noticed
			};
			assert!(noticed(&|round| round.selected += 1));
			assert!(noticed(&|round| round.submitted += 1));
			assert!(noticed(&|round| round.scored -= 1));
			assert!(noticed(&|round| round.accepted -= 1));
			assert!(noticed(&|round| round.maximum = 1));
			assert!(noticed(&|round| round.rewarded += 1));
			assert!(noticed(&|round| round.state = RoundState::Finalised { version: 1 }));
		});
	}

	#[test]
	fn the_audit_notices_a_wallet_without_its_contributor() {
		run(|| {
			assert_ok!(define(&[("b", BOB)]));
			Wallets::<Test>::insert(MODEL, DAVE, client("d"));
			assert!(Rounds::do_try_state().is_err());
			Wallets::<Test>::remove(MODEL, DAVE);
			Wallets::<Test>::remove(MODEL, BOB);
			assert!(Rounds::do_try_state().is_err());
			Wallets::<Test>::insert(MODEL, BOB, client("b"));
		});
	}
}
