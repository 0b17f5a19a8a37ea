//! What the chain remembers of pools.

use frame::pallet_macros::pallet_section;

#[pallet_section]
mod pool_storage {
	/// The pool of a model. It stays when the pool has been settled.
	#[pallet::storage]
	pub type Pools<T: Config> = StorageMap<_, Twox64Concat, ModelId, PoolOf<T>>;

	/// What each funder put into a model's pool and was not refunded.
	#[pallet::storage]
	pub type Contributions<T: Config> =
		StorageDoubleMap<_, Twox64Concat, ModelId, Blake2_128Concat, T::AccountId, Balance>;

	/// What each account earned from a model's pool, and claimed.
	#[pallet::storage]
	pub type Allocations<T: Config> = StorageDoubleMap<
		_,
		Twox64Concat,
		ModelId,
		Blake2_128Concat,
		T::AccountId,
		Allocation,
		ValueQuery,
	>;

	/// How much the rewards of rounds and what tasks set aside may still take, where who governs a
	/// model with an open pool has decided on it. What holds says [`Pallet::allowance`].
	#[pallet::storage]
	pub type Allowances<T> = StorageMap<_, Twox64Concat, ModelId, Decided>;

	/// What a model's owner has earned from its pool without that others granted it: in rounds and
	/// tasks, which the owner scores or names scorers for, in any role while deciding alone, and
	/// what was left when the pool was closed. It is no contribution that a vote could be weighed
	/// by.
	#[pallet::storage]
	pub type OwnRewards<T> = StorageMap<_, Twox64Concat, ModelId, Balance, ValueQuery>;
}
