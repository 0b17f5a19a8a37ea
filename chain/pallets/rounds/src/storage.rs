//! What the chain remembers of rounds.

use frame::pallet_macros::pallet_section;

#[pallet_section]
mod round_storage {
	/// The wallet of each contributor of a model.
	#[pallet::storage]
	pub type Contributors<T: Config> =
		StorageDoubleMap<_, Twox64Concat, ModelId, Blake2_128Concat, ClientId, T::AccountId>;

	/// The contributor that a wallet serves in a model: [`Contributors`] the other way round.
	#[pallet::storage]
	pub type Wallets<T: Config> =
		StorageDoubleMap<_, Twox64Concat, ModelId, Blake2_128Concat, T::AccountId, ClientId>;

	/// How many contributors a model has.
	#[pallet::storage]
	pub type ContributorCount<T> = StorageMap<_, Twox64Concat, ModelId, u32, ValueQuery>;

	/// How many rounds a model has ever opened, which is the number of its newest round.
	#[pallet::storage]
	pub type RoundCount<T> = StorageMap<_, Twox64Concat, ModelId, RoundId, ValueQuery>;

	/// The round of a model that runs.
	#[pallet::storage]
	pub type CurrentRound<T> = StorageMap<_, Twox64Concat, ModelId, RoundId>;

	/// Every round of every model.
	#[pallet::storage]
	pub type Rounds<T> = StorageDoubleMap<_, Twox64Concat, ModelId, Twox64Concat, RoundId, Round>;

	/// Who was selected in a round: the wallet of each contributor.
	#[pallet::storage]
	pub type Selected<T: Config> = StorageNMap<
		_,
		(
			NMapKey<Twox64Concat, ModelId>,
			NMapKey<Twox64Concat, RoundId>,
			NMapKey<Blake2_128Concat, ClientId>,
		),
		T::AccountId,
	>;

	/// The update of each contributor in a round.
	#[pallet::storage]
	pub type Updates<T: Config> = StorageNMap<
		_,
		(
			NMapKey<Twox64Concat, ModelId>,
			NMapKey<Twox64Concat, RoundId>,
			NMapKey<Blake2_128Concat, ClientId>,
		),
		Update<T::AccountId>,
	>;
}
