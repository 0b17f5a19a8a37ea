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

	/// How much the rewards of rounds and what tasks set aside may still take, where the collective
	/// of a model with an open pool has set a limit.
	#[pallet::storage]
	pub type Allowances<T> = StorageMap<_, Twox64Concat, ModelId, Balance>;
}
