//! Why a pool refuses something.

use frame::pallet_macros::pallet_section;

#[pallet_section]
mod pool_errors {
	#[pallet::error]
	pub enum Error<T> {
		/// There is no such model.
		UnknownModel,
		/// Only the model's owner may do this.
		NotOwner,
		/// The model's owner is no member of its collective any more.
		OwnerNotMember,
		/// The model has a pool already.
		PoolExists,
		/// The model has no pool.
		NoPool,
		/// The pool is closed.
		PoolClosed,
		/// The pool is still open.
		PoolOpen,
		/// A round of the model runs, or something is set aside, as for an annotation task: the pool
		/// must stay open for it.
		PoolLocked,
		/// There is no such asset.
		UnknownAsset,
		/// The shares of all roles must sum to exactly 1,000,000 parts per million.
		SharesDoNotSum,
		/// The amount is zero.
		AmountZero,
		/// The account has too little that it is free to spend above the minimum it must keep.
		InsufficientBalance,
		/// A score is above one.
		ScoreAboveOne,
		/// The scores together are above one.
		ScoresAboveOne,
		/// An account is named twice.
		DuplicateAccount,
		/// Nobody is named.
		NobodyToReward,
		/// More accounts are named than one call may reward: `MaxRewards`.
		TooManyRewards,
		/// Nothing remains in the role's bucket.
		BucketEmpty,
		/// The account has nothing to claim.
		NothingToClaim,
		/// The account has nothing to be refunded.
		NothingToRefund,
		/// Something is still to be claimed or refunded, or all was settled already.
		NothingToSettle,
		/// The model's collective decides this, by vote.
		CollectiveDecides,
		/// The round's rewards, or what a task sets aside, are more than the model's collective still
		/// allows. A collective with other members than the owner allows nothing until it decides how
		/// much, by `SetAllowance`.
		AllowanceSpent,
		/// The role's bucket holds less than what is to be set aside.
		BucketTooSmall,
	}
}
