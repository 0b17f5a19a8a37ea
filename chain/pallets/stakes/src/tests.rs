//! What stakes promise, and what they refuse.

mod auditing;
mod locking;
mod random;
mod slashing;
mod staking;
mod terms;
mod unstaking;
mod withdrawing;

use crate::{
	mock::{Stakes, *},
	*,
};
use frame::{deps::sp_runtime::TokenError, testing_prelude::*};

const DAY_MS: Moment = 24 * 60 * 60 * 1_000;
const UNBONDING_MS: Moment = 14 * DAY_MS;
const HALF: Score = Score(500_000_000);

fn signed(who: AccountId) -> RuntimeOrigin {
	RuntimeOrigin::signed(who)
}

fn stake(who: AccountId, amount: Balance) -> DispatchResult {
	Stakes::stake(signed(who), MODEL, Role::Validator, amount)
}

fn unstake(who: AccountId, amount: Balance) -> DispatchResult {
	Stakes::unstake(signed(who), MODEL, Role::Validator, amount)
}

fn restake(who: AccountId, amount: Balance) -> DispatchResult {
	Stakes::restake(signed(who), MODEL, Role::Validator, amount)
}

fn withdraw(who: AccountId) -> DispatchResult {
	Stakes::withdraw(signed(who), MODEL)
}

fn slash(who: AccountId, part: Score) -> DispatchResult {
	Stakes::slash(signed(OWNER), MODEL, who, Role::Validator, part, Cause::FalseScore)
}

fn close_pool() -> DispatchResult {
	pallet_pools::Pallet::<Test>::close(signed(OWNER), MODEL)
}

fn pool() -> pallet_pools::PoolOf<Test> {
	pallet_pools::Pools::<Test>::get(MODEL).unwrap()
}

fn escrow() -> Escrow<AccountId> {
	Escrows::<Test>::get(MODEL).unwrap()
}

fn account() -> AccountId {
	Stakes::escrow(MODEL)
}

fn active(who: AccountId) -> Balance {
	crate::Stakes::<Test>::get(MODEL, who).active.validators
}

/// What is unbonding of an account's stake: how much, and from when on it can be withdrawn.
fn unbonding(who: AccountId) -> Vec<(Balance, Moment)> {
	let stake = crate::Stakes::<Test>::get(MODEL, who);
	stake.unbonding.iter().map(|part| (part.amount, part.unlock_ms)).collect()
}

fn tokens(who: AccountId) -> Balance {
	Balances::free_balance(who)
}

fn coins(who: AccountId) -> Balance {
	Assets::balance(COIN, who)
}

fn set_terms(terms: StakingTerms) {
	assert_ok!(<Stakes as Staking>::set_staking(MODEL, terms));
}

fn has_event(event: Event<Test>) -> bool {
	System::events().iter().any(|record| record.event == event.clone().into())
}
