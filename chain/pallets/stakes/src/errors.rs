//! Why something about a stake is refused.

use frame::pallet_macros::pallet_section;

#[pallet_section]
mod stake_errors {
	#[pallet::error]
	pub enum Error<T> {
		/// There is no such model.
		UnknownModel,
		/// Only the model's owner may do this.
		NotOwner,
		/// The model's collective decides this, by vote.
		CollectiveDecides,
		/// The model has no pool, whose asset a stake would be in.
		NoPool,
		/// The model's pool is closed, so nothing is staked on it any more.
		PoolClosed,
		/// The amount is zero.
		AmountZero,
		/// The account has too little that it is free to spend above the minimum it must keep.
		InsufficientBalance,
		/// The account has less at stake in the role than this.
		InsufficientStake,
		/// The account has less unbonding in the role than this.
		InsufficientUnbonding,
		/// What stays at stake in the role would be below the minimum, and not nothing.
		BelowMinimumStake,
		/// A lock keeps the stake from being unstaked yet.
		StakeIsLocked,
		/// The account has `MaxUnbonding` parts unbonding: some must be withdrawn first.
		TooManyUnbonding,
		/// The account has `MaxLocks` locks on its stake: some must end first.
		TooManyLocks,
		/// Nothing has unbonded yet.
		NothingToWithdraw,
		/// The account has nothing to slash in the role, or the part of it is nothing.
		NothingToSlash,
		/// A score is above one.
		ScoreAboveOne,
		/// The unbonding period is longer than `MaxUnbondingMs`.
		UnbondingTooLong,
	}
}
