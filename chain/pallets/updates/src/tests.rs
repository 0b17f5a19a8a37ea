//! What updates promise, and what they refuse.

mod approving;
mod auditing;
mod proposing;
mod sequences;

use crate::{
	mock::{Updates, *},
	*,
};
use frame::testing_prelude::*;

const HASH: H256 = H256::repeat_byte(7);
const UPDATE: UpdateId = 0;

fn signed(who: AccountId) -> RuntimeOrigin {
	RuntimeOrigin::signed(who)
}

fn text<S: Get<u32>>(text: &str) -> BoundedVec<u8, S> {
	text.as_bytes().to_vec().try_into().unwrap()
}

fn metrics(metrics: &[(&str, i64)]) -> Metrics {
	let metrics: Vec<_> = metrics.iter().map(|(name, value)| (text(name), *value)).collect();
	metrics.try_into().unwrap()
}

fn propose_for(who: AccountId, model: ModelId) -> DispatchResult {
	Updates::propose(signed(who), model, 0, cid("better"), HASH, Default::default(), None)
}

fn propose(who: AccountId) -> DispatchResult {
	propose_for(who, MODEL)
}

fn withdraw(who: AccountId, update: UpdateId) -> DispatchResult {
	Updates::withdraw(signed(who), update)
}

fn approve(who: AccountId, update: UpdateId, score: Score) -> DispatchResult {
	Updates::approve(signed(who), update, score)
}

fn reject(who: AccountId, update: UpdateId) -> DispatchResult {
	Updates::reject(signed(who), update, text("worse"))
}

fn update(id: UpdateId) -> UpdateOf<Test> {
	crate::Updates::<Test>::get(id).unwrap()
}

fn versions() -> u32 {
	pallet_models::Models::<Test>::get(MODEL).unwrap().versions
}

fn earned(who: AccountId) -> Balance {
	pallet_pools::Allocations::<Test>::get(MODEL, who).earned.engineers
}
