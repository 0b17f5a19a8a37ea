//! What licences promise, and what they refuse.

mod auditing;
mod buying;
mod delivering;
mod expiring;
mod paying;
mod random;
mod renewing;
mod resigning;
mod revoking;
mod terms;
mod transferring;

use crate::{
	mock::{Licences, *},
	*,
};
use frame::testing_prelude::*;

const DAY_MS: Moment = 24 * 60 * 60 * 1_000;
const PRICE: Balance = 1_000;
const KEY: EncryptionKey = [7; 32];

fn signed(who: AccountId) -> RuntimeOrigin {
	RuntimeOrigin::signed(who)
}

/// A thousand tokens for a day, for whoever wants one.
fn terms() -> Terms {
	Terms {
		price: PRICE,
		duration_ms: Some(DAY_MS),
		maximum: None,
		transferable: true,
		jurisdiction: b"EU".to_vec().try_into().unwrap(),
		text: None,
	}
}

fn free() -> Terms {
	Terms { price: 0, ..terms() }
}

fn sell(usage: Usage, terms: Terms) -> DispatchResult {
	Licences::set_terms(signed(OWNER), MODEL, usage, Some(terms))
}

fn buy(who: AccountId) -> DispatchResult {
	Licences::buy(signed(who), MODEL, Usage::Serve, PRICE, Some(KEY))
}

fn renew(who: AccountId, licence: LicenceId) -> DispatchResult {
	Licences::renew(signed(who), licence, PRICE)
}

fn transfer(from: AccountId, licence: LicenceId, to: AccountId) -> DispatchResult {
	Licences::transfer(signed(from), licence, to)
}

fn resign(who: AccountId, licence: LicenceId) -> DispatchResult {
	Licences::resign(signed(who), licence)
}

fn revoke(licence: LicenceId) -> DispatchResult {
	Licences::revoke(signed(OWNER), licence, Cause::Breach)
}

fn prune() -> DispatchResultWithPostInfo {
	Licences::prune(signed(DAVE), MODEL, Usage::Serve)
}

fn close_pool() -> DispatchResult {
	Pools::close(signed(OWNER), MODEL)
}

fn licence(licence: LicenceId) -> LicenceOf<Test> {
	crate::Licences::<Test>::get(licence).unwrap()
}

fn pool() -> pallet_pools::PoolOf<Test> {
	pallet_pools::Pools::<Test>::get(MODEL).unwrap()
}

fn holds(who: AccountId) -> bool {
	Licences::holds(MODEL, &who, None)
}

fn sold() -> u32 {
	Sold::<Test>::get(MODEL, Usage::Serve)
}

fn tokens(who: AccountId) -> Balance {
	Balances::free_balance(who)
}

fn coins(who: AccountId) -> Balance {
	Assets::balance(COIN, who)
}

fn has_event(event: Event<Test>) -> bool {
	System::events().iter().any(|record| record.event == event.clone().into())
}
