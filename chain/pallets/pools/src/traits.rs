//! What other pallets may ask of a pool.

extern crate alloc;

use crate::{Balance, Decider, ModelId, Part, Role, Score, Shares, SlashTo};
use alloc::vec::Vec;
use frame::prelude::*;

/// Keeps a pool from being closed.
pub trait PoolLock {
	/// Whether something is under way that the pool must stay open for.
	fn locked(model: ModelId) -> bool;
}

impl PoolLock for () {
	fn locked(_: ModelId) -> bool {
		false
	}
}

/// Pays out of a model's pool.
pub trait Paymaster<AccountId> {
	/// Whether the model has an open pool.
	fn can_pay(model: ModelId) -> bool;

	/// What [`Paymaster::pay`] would pay, without paying it.
	fn preview(
		model: ModelId,
		role: Role,
		parts: &[(AccountId, Part)],
	) -> Result<Vec<Balance>, DispatchError>;

	/// Credits each account with its part of what remains in the role's bucket.
	///
	/// Every part is of what remained before the call, so the order does not matter, and is rounded
	/// down; the dust stays in the bucket. Fails, with nothing changed, if the parts together are
	/// more than the bucket holds. Returns the amounts in the order of `parts`; the caller says
	/// in an event of its own what they were paid for.
	fn pay(
		model: ModelId,
		role: Role,
		parts: &[(AccountId, Part)],
	) -> Result<Vec<Balance>, DispatchError>;
}

/// Pays the contributors of rounds, within what the model's collective allows.
pub trait Payroll<AccountId> {
	/// What [`Payroll::pay_round`] would pay, without paying it.
	fn preview_round(
		model: ModelId,
		parts: &[(AccountId, Part)],
	) -> Result<Vec<Balance>, DispatchError>;

	/// Does what [`Paymaster::pay`] does with the contributors' bucket, and lowers the allowance
	/// by what was paid. Fails, with nothing changed, if that is more than the allowance.
	fn pay_round(
		model: ModelId,
		parts: &[(AccountId, Part)],
	) -> Result<Vec<Balance>, DispatchError>;
}

/// Keeps what is promised out of the buckets until it is earned or the promise ends.
pub trait Reserving<AccountId> {
	/// Takes an amount out of a role's bucket of an open pool, and lowers the allowance by it.
	fn set_aside(model: ModelId, role: Role, amount: Balance) -> DispatchResult;

	/// Credits an account with a part of what was set aside. The caller, who keeps count of what
	/// is whose, says in an event of its own what it was paid for, and here who decided that: what
	/// the owner earns by the owner's own word is no contribution.
	fn pay_set_aside(
		model: ModelId,
		role: Role,
		who: &AccountId,
		amount: Balance,
		decider: Decider,
	) -> DispatchResult;

	/// Puts a part of what was set aside back into the role's bucket. The allowance stays lowered:
	/// only the collective raises it.
	fn put_back(model: ModelId, role: Role, amount: Balance) -> DispatchResult;

	/// All that is set aside in a model's pool.
	fn all_set_aside(model: ModelId) -> Balance;
}

/// Limits what rounds pay and tasks set aside.
pub trait Allowing {
	/// Sets how much of an open pool the rewards of rounds and what tasks set aside may take from
	/// now on; none: as much as there is.
	fn set_allowance(model: ModelId, amount: Option<Balance>) -> DispatchResult;
}

/// Says what a pool is made of.
pub trait Pooled {
	type AssetKind;

	/// The asset of the model's pool, be it open or not; it never changes.
	fn asset(model: ModelId) -> Option<Self::AssetKind>;

	/// Whether the model has a pool that is open.
	fn is_open(model: ModelId) -> bool;
}

/// Takes into a pool what does not come from a funder, so that nobody is refunded for it.
///
/// What is left when the pool is closed goes to the funders as far as they put it in, the rest to
/// the pool's owner.
pub trait Income<AccountId> {
	/// Moves tokens of `payer` into the buckets of an open pool, by its shares.
	///
	/// The payer's account keeps its minimum balance.
	fn take(model: ModelId, payer: &AccountId, amount: Balance) -> DispatchResult;

	/// Moves a slashed part of a stake out of the account `from`, which must live on without it.
	///
	/// A pool that is not open has no buckets to put it in: then it goes to the fees account. What
	/// that cannot receive goes into the buckets of an open pool. Returns where it went.
	fn put_slashed(
		model: ModelId,
		from: &AccountId,
		amount: Balance,
		to: SlashTo,
	) -> Result<SlashTo, DispatchError>;
}

/// Changes how a pool is shared among the roles.
pub trait Shareholding {
	/// Splits what is put into an open pool from now on by other shares. The buckets stay.
	fn set_shares(model: ModelId, shares: Shares) -> DispatchResult;
}

/// Closes a pool.
pub trait Closing {
	/// Whether the model has an open pool that cannot be closed yet, as while a round runs or
	/// something is set aside.
	fn is_locked(model: ModelId) -> bool;

	/// Does what [`crate::Pallet::close`] does, for whom the caller has found entitled to it.
	fn close(model: ModelId) -> DispatchResult;
}

/// Spends out of a pool by decision of the model's collective.
pub trait Spending<AccountId> {
	/// Credits an account with a part of what remains in a role's bucket; how much that was.
	fn spend(
		model: ModelId,
		role: Role,
		who: &AccountId,
		score: Score,
	) -> Result<Balance, DispatchError>;
}

/// Says what was earned.
pub trait Earnings<AccountId> {
	/// What an account has earned from the model's pool in any role, claimed or not, but what the
	/// model's owner has earned without that others granted it: see [`crate::OwnRewards`].
	fn earned(model: ModelId, who: &AccountId) -> Balance;
}
