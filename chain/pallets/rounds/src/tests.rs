//! What rounds promise, and what they refuse.

mod auditing;
mod contributors;
mod ending;
mod opening;
mod rewarding;
mod scoring;
mod selecting;
mod submitting;

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
	Rounds::select(signed(OWNER), MODEL, ROUND, names)
}

fn submit(who: AccountId) -> DispatchResult {
	Rounds::submit_update(signed(who), MODEL, ROUND, cid("update"), HASH, 600)
}

fn accepted(name: &str, score: u32) -> (ClientId, Verdict) {
	(client(name), Verdict::Accepted(percent(score)))
}

fn rejected(name: &str) -> (ClientId, Verdict) {
	(client(name), Verdict::Rejected(b"NaN".to_vec().try_into().unwrap()))
}

fn score(verdicts: &[(ClientId, Verdict)]) -> DispatchResult {
	Rounds::score(signed(OWNER), MODEL, ROUND, verdicts.to_vec())
}

fn reward(evaluation: u32) -> DispatchResultWithPostInfo {
	Rounds::reward(signed(OWNER), MODEL, ROUND, percent(evaluation))
}

fn finalise() -> DispatchResult {
	Rounds::finalise(signed(OWNER), MODEL, ROUND, cid("version"), HASH)
}

fn abort(who: AccountId) -> DispatchResult {
	Rounds::abort(signed(who), MODEL, ROUND, reason())
}

fn reason() -> Reason {
	b"too few".to_vec().try_into().unwrap()
}

fn round() -> Round {
	crate::Rounds::<Test>::get(MODEL, ROUND).unwrap()
}

fn update(name: &str) -> Update<AccountId> {
	Updates::<Test>::get((MODEL, ROUND, client(name))).unwrap()
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
