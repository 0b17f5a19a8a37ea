//! What tasks promise, and what they refuse.

mod answering;
mod auditing;
mod awarding;
mod closing;
mod judging;
mod leasing;
mod opening;
mod operating;
mod random;
mod settling;
mod views;

use crate::{
	mock::{Annotations, *},
	Task, *,
};
use frame::testing_prelude::*;
use pallet_pools::Role;

const HASH: H256 = H256::repeat_byte(7);
const SALT: H256 = H256::repeat_byte(8);
/// The task that a test opens first.
const TASK: TaskId = 0;

const LEASE: Moment = 10_000;
const DEADLINE: Moment = START_MS + 100_000;
const REVEAL_UNTIL: Moment = DEADLINE + 10_000;
const SCORE_UNTIL: Moment = REVEAL_UNTIL + 20_000;
const DISPUTE: Moment = 5_000;
const ENDS: Moment = SCORE_UNTIL + 2 * DISPUTE;
/// What a task of [`terms`] sets aside: 10 items, 2 answers, 3 points, 10 a point.
const MOST: Balance = 600;

fn signed(who: AccountId) -> RuntimeOrigin {
	RuntimeOrigin::signed(who)
}

/// Ten items in batches of 4, 4 and 2, two answers each; Dave is the validator.
fn terms() -> TaskTerms<AccountId> {
	TaskTerms {
		questionnaire: (cid("questionnaire"), HASH),
		items: (cid("items"), HASH),
		policy: (cid("policy"), HASH),
		item_count: 10,
		batch_size: 4,
		answers_per_item: 2,
		points_per_item: 3,
		reward_per_point: 10,
		minimum_stake: 500,
		maximum_items: 8,
		lease_ms: LEASE,
		deadline_ms: DEADLINE,
		reveal_ms: REVEAL_UNTIL - DEADLINE,
		score_ms: SCORE_UNTIL - REVEAL_UNTIL,
		dispute_ms: DISPUTE,
		validators: vec![DAVE].try_into().unwrap(),
	}
}

fn open_with(change: impl FnOnce(&mut TaskTerms<AccountId>)) -> DispatchResult {
	let mut terms = terms();
	change(&mut terms);
	Annotations::open(signed(OWNER), MODEL, terms.into())
}

/// Several govern the model, and allow tasks as much as there is.
fn governed() {
	OwnerDecides::set(false);
	assert_ok!(<Pools as pallet_pools::Allowing>::set_allowance(MODEL, None));
}

fn opened() {
	assert_ok!(open_with(|_| ()));
}

fn take(who: AccountId, batch: BatchId) -> DispatchResult {
	Annotations::take(signed(who), TASK, batch)
}

fn release(who: AccountId) -> DispatchResult {
	Annotations::release(signed(who), TASK)
}

fn commit(who: AccountId, batch: BatchId) -> DispatchResult {
	let commitment = Annotations::commitment(TASK, batch, &who, HASH, SALT);
	Annotations::commit(signed(who), TASK, batch, commitment)
}

fn reveal(who: AccountId, batch: BatchId) -> DispatchResult {
	Annotations::reveal(signed(who), TASK, batch, cid("answers"), HASH, SALT)
}

fn scoring(who: AccountId, points: u32, score: Score) -> Scoring<AccountId> {
	Scoring { batch: 0, who, verdict: Verdict { points, score } }
}

fn score(who: AccountId, points: u32, percents: u32) -> DispatchResult {
	let scores = vec![scoring(who, points, percent(percents))];
	Annotations::score(signed(OWNER), TASK, scores)
}

fn report(who: AccountId, percents: u32) -> DispatchResult {
	let part = percent(percents);
	Annotations::report(signed(OWNER), TASK, 0, who, part, Cause::Spam)
}

fn dispute(who: AccountId) -> DispatchResult {
	Annotations::dispute(signed(who), TASK, 0)
}

fn award(signer: AccountId, who: AccountId) -> DispatchResult {
	Annotations::award(signed(signer), TASK, vec![(0, who)])
}

fn close() -> DispatchResult {
	Annotations::close(signed(EVE), TASK)
}

fn answered(who: AccountId, batch: BatchId) {
	assert_ok!(take(who, batch));
	assert_ok!(commit(who, batch));
}

/// Bob and Carol have answered the first batch of a new task, and shown what.
fn revealed() {
	opened();
	answered(BOB, 0);
	answered(CAROL, 0);
	assert_ok!(reveal(BOB, 0));
	assert_ok!(reveal(CAROL, 0));
}

fn task() -> Task<AccountId> {
	Tasks::<Test>::get(TASK).unwrap()
}

fn stage(who: AccountId) -> Stage {
	Assignments::<Test>::get((TASK, who, 0)).unwrap().stage
}

fn annotator(who: AccountId) -> Annotator {
	Annotators::<Test>::get(TASK, who)
}

fn unstake(who: AccountId) -> DispatchResult {
	Stakes::unstake(signed(who), MODEL, Role::Annotator, STAKE)
}

/// Until when a stake is locked for the task that a test opens first.
fn locked_until(who: AccountId) -> Option<Moment> {
	let locks = pallet_stakes::Locks::<Test>::get(MODEL, who);
	locks.iter().find(|lock| lock.until_ms > Timestamp::get()).map(|lock| lock.until_ms)
}

fn has_event(event: Event<Test>) -> bool {
	System::events().iter().any(|record| record.event == event.clone().into())
}
