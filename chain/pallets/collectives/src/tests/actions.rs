//! What each action does, and that it reaches no other model.

use super::{Collectives, *};
use pallet_annotations::{TaskId, TaskTerms};
use pallet_licences::{Cause as RevocationCause, Terms as LicenceTerms, Usage};
use pallet_pools::{Allowance, PoolState, SlashTo};
use pallet_stakes::{Cause as SlashCause, StakingTerms};
use pallet_updates::UpdateState;

/// Has the owner and Bob, of three members, approve an action; what became of it.
fn approved(action: Action<AccountId>) -> State {
	assert_ok!(propose(CAROL, action));
	assert_ok!(vote(OWNER, Aye));
	assert_ok!(vote(BOB, Aye));
	assert_ok!(close(newest()));
	state(newest())
}

fn failed<E: Into<DispatchError>>(error: E) -> State {
	State::Failed { error: error.into() }
}

fn update_of(model: ModelId) -> u32 {
	let location = cid("better");
	assert_ok!(Updates::propose(signed(DAVE), model, 0, location, HASH, Default::default(), None));
	pallet_updates::NextUpdateId::<Test>::get() - 1
}

fn free_licence() -> LicenceTerms {
	LicenceTerms {
		price: 0,
		duration_ms: None,
		maximum: None,
		transferable: false,
		jurisdiction: text("EU"),
		text: None,
	}
}

#[test]
fn an_update_is_approved_with_its_reward() {
	run(|| {
		three_members();
		let update = update_of(MODEL);
		assert_eq!(
			approved(Action::ApproveUpdate { update, reward: percent(40) }),
			State::Executed
		);
		assert_eq!(earned(DAVE), POOL / 2 * 40 / 100);
		assert_eq!(
			approved(Action::ApproveUpdate { update, reward: percent(40) }),
			failed(pallet_updates::Error::<Test>::UpdateClosed)
		);
		assert_eq!(earned(DAVE), POOL / 2 * 40 / 100);
	});
}

#[test]
fn an_update_is_rejected_with_the_reason() {
	run(|| {
		three_members();
		let update = update_of(MODEL);
		let reason: pallet_updates::Reason = text("worse");
		assert_eq!(
			approved(Action::RejectUpdate { update, reason: reason.clone() }),
			State::Executed
		);
		let rejected = pallet_updates::Updates::<Test>::get(update).unwrap().state;
		assert_eq!(rejected, UpdateState::Rejected { reason });
	});
}

#[test]
fn no_action_reaches_an_update_a_licence_or_a_stake_of_another_model() {
	run(|| {
		// The other model's owner sells licences of it; the same account owns both here.
		let set = Action::SetLicence { usage: Usage::Serve, terms: Some(free_licence()) };
		assert_ok!(Collectives::decide(signed(OWNER), POOR_MODEL, set));
		assert_ok!(Licences::buy(signed(EVE), POOR_MODEL, Usage::Serve, 0, None));
		let update = update_of(POOR_MODEL);
		stake(EVE, 1_000);
		three_members();
		assert_eq!(
			approved(Action::ApproveUpdate { update, reward: percent(1) }),
			failed(pallet_updates::Error::<Test>::UnknownUpdate)
		);
		assert_eq!(
			approved(Action::RejectUpdate { update, reason: text("no") }),
			failed(pallet_updates::Error::<Test>::UnknownUpdate)
		);
		assert_eq!(
			approved(Action::RevokeLicence { licence: 0, cause: RevocationCause::Leak }),
			failed(pallet_licences::Error::<Test>::UnknownLicence)
		);
		let slash = Action::Slash {
			who: EVE,
			role: Role::Validator,
			part: Score::ONE,
			cause: SlashCause::Spam,
		};
		assert!(Collectives::decide(signed(OWNER), POOR_MODEL, slash).is_err());
		assert_eq!(pallet_stakes::Stakes::<Test>::get(MODEL, EVE).active.validators, 1_000);
	});
}

#[test]
fn the_pool_is_shared_otherwise_from_then_on() {
	run(|| {
		three_members();
		let shares = Shares { clients: 1_000_000, ..Default::default() };
		assert_eq!(approved(Action::SetShares { shares }), State::Executed);
		assert_eq!((bucket(Role::Engineer), bucket(Role::Client)), (POOL / 2, 0));
		assert_ok!(Pools::fund(signed(DAVE), MODEL, 700));
		assert_eq!((bucket(Role::Engineer), bucket(Role::Client)), (POOL / 2, 700));
	});
}

#[test]
fn licences_are_sold_and_revoked() {
	run(|| {
		three_members();
		let terms = LicenceTerms { price: 1_000, ..free_licence() };
		let usage = Usage::Commercial;
		assert_eq!(approved(Action::SetLicence { usage, terms: Some(terms) }), State::Executed);
		assert_ok!(Licences::buy(signed(EVE), MODEL, usage, 1_000, None));
		assert_eq!(bucket(Role::Engineer), POOL / 2 + 500);
		let cause = RevocationCause::Breach;
		assert_eq!(approved(Action::RevokeLicence { licence: 0, cause }), State::Executed);
		assert_eq!(approved(Action::SetLicence { usage, terms: None }), State::Executed);
		assert_noop!(
			Licences::buy(signed(DAVE), MODEL, usage, 1_000, None),
			pallet_licences::Error::<Test>::NotForSale
		);
	});
}

#[test]
fn stakes_are_taken_on_other_terms_and_slashed() {
	run(|| {
		three_members();
		stake(DAVE, 1_000);
		let terms =
			StakingTerms { unbonding_ms: 5, minimum: 700, slash_to: SlashTo::Role(Role::Engineer) };
		assert_eq!(approved(Action::SetStaking { terms }), State::Executed);
		let slash = |part| Action::Slash {
			who: DAVE,
			role: Role::Validator,
			part,
			cause: SlashCause::Other(text("late")),
		};
		assert_eq!(approved(slash(percent(25))), State::Executed);
		assert_eq!(bucket(Role::Engineer), POOL / 2 + 250);
		assert_eq!(pallet_stakes::Stakes::<Test>::get(MODEL, DAVE).active.validators, 750);
	});
}

#[test]
fn a_part_of_a_bucket_is_spent() {
	run(|| {
		three_members();
		assert_eq!(approved(spend(NOBODY, 100)), State::Executed);
		assert_eq!((earned(NOBODY), bucket(Role::Engineer)), (POOL / 2, 0));
		assert_eq!(approved(spend(NOBODY, 1)), failed(pallet_pools::Error::<Test>::BucketEmpty));
	});
}

#[test]
fn what_rounds_may_pay_is_limited_and_only_by_vote() {
	run(|| {
		let allowance = || Pools::allowance(MODEL);
		assert_eq!(allowance(), Allowance::Unlimited);
		assert_ok!(decide(Action::SetAllowance { amount: Some(9) }));
		assert_eq!(allowance(), Allowance::Limited(9));
		three_members();
		// It was the owner's, not theirs.
		assert_eq!(allowance(), Allowance::Limited(0));
		assert_noop!(
			decide(Action::SetAllowance { amount: None }),
			Error::<Test>::CollectiveDecides
		);
		assert_eq!(approved(Action::SetAllowance { amount: Some(5_000) }), State::Executed);
		assert_eq!(allowance(), Allowance::Limited(5_000));
		assert_eq!(approved(Action::SetAllowance { amount: None }), State::Executed);
		assert_eq!(allowance(), Allowance::Unlimited);
		assert_eq!(approved(Action::ClosePool), State::Executed);
		assert_eq!(
			approved(Action::SetAllowance { amount: Some(1) }),
			failed(pallet_pools::Error::<Test>::PoolClosed)
		);
	});
}

/// Bob's answers to the first batch of a task, which the owner of a model opened and Bob revealed.
fn answers_in_a_task_of(model: ModelId) -> TaskId {
	let now = Timestamp::get();
	let nowhere = || (cid("document"), HASH);
	let terms = TaskTerms {
		questionnaire: nowhere(),
		items: nowhere(),
		policy: nowhere(),
		item_count: 10,
		batch_size: 10,
		answers_per_item: 1,
		points_per_item: 1,
		reward_per_point: if model == MODEL { 100 } else { 0 },
		minimum_stake: 0,
		maximum_items: 10,
		lease_ms: DAY,
		deadline_ms: now + DAY,
		reveal_ms: DAY,
		score_ms: 9 * DAY,
		dispute_ms: VOTING + DAY,
		validators: Default::default(),
	};
	assert_ok!(Annotations::open(signed(OWNER), model, terms.into()));
	let task = pallet_annotations::NextTaskId::<Test>::get() - 1;
	let commitment = Annotations::commitment(task, 0, &BOB, HASH, HASH);
	assert_ok!(Annotations::take(signed(BOB), task, 0));
	assert_ok!(Annotations::commit(signed(BOB), task, 0, commitment));
	assert_ok!(Annotations::reveal(signed(BOB), task, 0, cid("answers"), HASH, HASH));
	task
}

fn settle(task: TaskId, points: u32, slash: Score) -> Action<AccountId> {
	Action::SettleAnnotation { task, batch: 0, who: BOB, points, score: percent(50), slash }
}

/// Puts 10,000 into the pool, all for the annotators.
fn fund_annotators() {
	let shares = Shares { annotators: 1_000_000, ..Default::default() };
	assert_eq!(approved(Action::SetShares { shares }), State::Executed);
	assert_ok!(Pools::fund(signed(DAVE), MODEL, 10_000));
}

#[test]
fn answers_are_settled_and_a_spammer_slashed_once_and_only_by_vote() {
	run(|| {
		three_members();
		fund_annotators();
		assert_eq!(approved(Action::SetAllowance { amount: Some(1_000) }), State::Executed);
		assert_ok!(Stakes::stake(signed(BOB), MODEL, Role::Annotator, 1_000));
		let task = answers_in_a_task_of(MODEL);
		assert_noop!(decide(settle(task, 8, Score::ZERO)), Error::<Test>::CollectiveDecides);
		assert_noop!(
			propose(CAROL, settle(task, 8, Score(1_000_000_001))),
			Error::<Test>::ScoreAboveOne
		);
		assert_eq!(approved(settle(task, 8, percent(30))), State::Executed);
		assert_eq!(earned(BOB), 8 * 100 / 2);
		assert_eq!(pallet_stakes::Stakes::<Test>::get(MODEL, BOB).active.annotators, 700);
		assert_eq!(
			approved(settle(task, 8, Score::ZERO)),
			failed(pallet_annotations::Error::<Test>::AlreadySettled)
		);
		assert!(matches!(approved(Action::ClosePool), State::Approved { .. }));
		let closing = newest();
		assert_ok!(Annotations::close(signed(EVE), task));
		assert_ok!(enact(closing));
		assert_eq!(state(closing), State::Executed);
	});
}

#[test]
fn a_spammer_with_nothing_at_stake_does_not_use_a_vote_up() {
	run(|| {
		three_members();
		fund_annotators();
		assert_eq!(approved(Action::SetAllowance { amount: Some(1_000) }), State::Executed);
		let task = answers_in_a_task_of(MODEL);
		assert_eq!(approved(settle(task, 0, percent(30))), State::Executed);
		assert_eq!(earned(BOB), 0);
		assert_ok!(Annotations::close(signed(EVE), task));
	});
}

#[test]
fn answers_in_a_task_of_another_model_are_not_settled() {
	run(|| {
		three_members();
		let task = answers_in_a_task_of(POOR_MODEL);
		assert_eq!(
			approved(settle(task, 8, Score::ZERO)),
			failed(pallet_annotations::Error::<Test>::UnknownTask)
		);
	});
}

#[test]
fn rounds_pay_nothing_once_others_have_joined_until_it_is_voted_how_much() {
	run(|| {
		assert_eq!(Pools::allowance(MODEL), Allowance::Unlimited);
		three_members();
		assert_eq!(Pools::allowance(MODEL), Allowance::Limited(0));
		assert_eq!(approved(Action::SetAllowance { amount: None }), State::Executed);
		assert_eq!(Pools::allowance(MODEL), Allowance::Unlimited);
	});
}

#[test]
fn the_pool_is_closed() {
	run(|| {
		three_members();
		assert_eq!(approved(Action::ClosePool), State::Executed);
		let pool = pallet_pools::Pools::<Test>::get(MODEL).unwrap();
		assert_ne!(pool.state, PoolState::Open);
		assert_eq!(approved(Action::ClosePool), failed(pallet_pools::Error::<Test>::PoolClosed));
	});
}

#[test]
fn a_decision_of_the_owner_that_is_refused_changes_nothing() {
	run(|| {
		let poor = |action| Collectives::decide(signed(OWNER), POOR_MODEL, action);
		assert_noop!(poor(Action::ClosePool), pallet_pools::Error::<Test>::NoPool);
		assert_noop!(poor(spend(BOB, 1)), pallet_pools::Error::<Test>::NoPool);
		let update = update_of(POOR_MODEL);
		assert_noop!(
			poor(Action::ApproveUpdate { update, reward: percent(1) }),
			pallet_updates::Error::<Test>::NoPool
		);
		assert_ok!(poor(Action::ApproveUpdate { update, reward: Score::ZERO }));
	});
}

#[test]
fn no_action_costs_more_than_what_is_charged_before_it_is_known() {
	type Bounds = crate::weights::Bounds<Test>;
	let who = BOB;
	let role = Role::Engineer;
	let licence = pallet_licences::LicenceId::default();
	let actions = [
		Action::ApproveUpdate { update: 0, reward: Score::ONE },
		Action::RejectUpdate { update: 0, reason: text("worse") },
		add(who, 1),
		Action::RemoveMember { who },
		Action::SetWeighting { weighting: Weighting::ByStake },
		Action::SetShares { shares: Shares::default() },
		Action::SetLicence { usage: Usage::Serve, terms: Some(free_licence()) },
		Action::RevokeLicence { licence, cause: RevocationCause::Leak },
		set_terms(|_| ()),
		Action::SetStaking { terms: StakingTerms::default() },
		Action::Spend { role, who, score: Score::ONE },
		Action::Slash { role, who, part: Score::ONE, cause: SlashCause::Spam },
		Action::ClosePool,
		Action::SetAllowance { amount: None },
		Action::Cancel { proposal: 0 },
		settle(0, 1, Score::ZERO),
	];
	let most = Bounds::act_at_most();
	for action in actions {
		let weight = Bounds::act(&action);
		assert!(weight.all_lte(most) && weight.any_gt(Weight::zero()), "{action:?}");
	}
}
