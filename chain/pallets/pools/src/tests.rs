//! What pools promise, and what they refuse.

mod allowing;
mod auditing;
mod claiming;
mod closing;
mod creating;
mod funding;
mod governing;
mod income;
mod reserving;
mod rewarding;

use crate::{
	mock::{Pools, *},
	*,
};
use frame::{
	deps::sp_runtime::TokenError,
	testing_prelude::*,
	token::fungible::NativeOrWithId::{Native, WithId},
};

/// A tenth to the creator, two to the engineers, four to the contributors and so on.
const SHARES: Shares = ByRole {
	creator: 100_000,
	engineers: 200_000,
	contributors: 400_000,
	annotators: 200_000,
	validators: 100_000,
	clients: 0,
};

const HALF: Score = Score(500_000_000);

fn signed(who: AccountId) -> RuntimeOrigin {
	RuntimeOrigin::signed(who)
}

fn create(asset: AssetKind, amount: Balance) -> DispatchResult {
	Pools::create(signed(OWNER), MODEL, asset, SHARES, amount)
}

fn fund(who: AccountId, amount: Balance) -> DispatchResult {
	Pools::fund(signed(who), MODEL, amount)
}

fn reward(rewards: &[(AccountId, Score)]) -> DispatchResult {
	Pools::reward(signed(OWNER), MODEL, Role::Contributor, rewards.to_vec())
}

fn claim(who: AccountId) -> DispatchResult {
	Pools::claim(signed(who), MODEL)
}

fn close() -> DispatchResult {
	Pools::close(signed(OWNER), MODEL)
}

fn refund(funder: AccountId) -> DispatchResult {
	Pools::refund(signed(CAROL), MODEL, funder)
}

fn settle() -> DispatchResult {
	Pools::settle(signed(CAROL), MODEL)
}

fn pool() -> PoolOf<Test> {
	crate::Pools::<Test>::get(MODEL).unwrap()
}

fn earned(who: AccountId) -> Balance {
	Allocations::<Test>::get(MODEL, who).earned.contributors
}

fn claimable(who: AccountId) -> Balance {
	Allocations::<Test>::get(MODEL, who).claimable().unwrap()
}

fn coins(who: AccountId) -> Balance {
	Assets::balance(COIN, who)
}

fn escrow() -> AccountId {
	Pools::escrow(MODEL)
}

fn has_event(event: Event<Test>) -> bool {
	System::events().iter().any(|record| record.event == event.clone().into())
}
