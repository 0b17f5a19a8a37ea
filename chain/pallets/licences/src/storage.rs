//! What the chain remembers of licences.

use frame::pallet_macros::pallet_section;

#[pallet_section]
mod licence_storage {
	/// The id that the next licence gets.
	#[pallet::storage]
	pub type NextLicenceId<T> = StorageValue<_, LicenceId, ValueQuery>;

	/// Every licence that was ever bought.
	#[pallet::storage]
	pub type Licences<T: Config> = StorageMap<_, Twox64Concat, LicenceId, LicenceOf<T>>;

	/// The licences of each model: those of [`Licences`] again.
	#[pallet::storage]
	pub type OfModel<T> = StorageDoubleMap<_, Twox64Concat, ModelId, Twox64Concat, LicenceId, ()>;

	/// On which terms each usage of a model is sold.
	#[pallet::storage]
	pub type Offers<T> = StorageDoubleMap<_, Twox64Concat, ModelId, Twox64Concat, Usage, Terms>;

	/// The licences that an account holds of each model, by usage. They are not revoked, but may
	/// have expired.
	#[pallet::storage]
	pub type Holdings<T: Config> = StorageDoubleMap<
		_,
		Blake2_128Concat,
		T::AccountId,
		Twox64Concat,
		ModelId,
		Holding,
		ValueQuery,
	>;

	/// How many licences of each usage of a model are in [`Holdings`].
	#[pallet::storage]
	pub type Sold<T> =
		StorageDoubleMap<_, Twox64Concat, ModelId, Twox64Concat, Usage, u32, ValueQuery>;

	/// How many accounts have licences of a model in [`Holdings`].
	#[pallet::storage]
	pub type HolderCount<T> = StorageMap<_, Twox64Concat, ModelId, u32, ValueQuery>;

	/// How many accounts have licences of a model in [`Holdings`] that were paid for.
	#[pallet::storage]
	pub type PayingHolders<T> = StorageMap<_, Twox64Concat, ModelId, u32, ValueQuery>;

	/// The models whose weights were ever for sale: they stay for those who hold a licence.
	#[pallet::storage]
	pub type Restricted<T> = StorageMap<_, Twox64Concat, ModelId, ()>;

	/// The licences in [`Holdings`] that expire, by the time at which they do.
	#[pallet::storage]
	pub type Expiring<T> = StorageNMap<
		_,
		(NMapKey<Twox64Concat, ModelId>, NMapKey<Twox64Concat, Usage>, NMapKey<Identity, Expiry>),
		(),
	>;

	/// The content key of each version that was delivered to the holder of a licence, by each who
	/// delivered it: nobody replaces what another delivered.
	#[pallet::storage]
	pub type Deliveries<T: Config> = StorageNMap<
		_,
		(
			NMapKey<Twox64Concat, LicenceId>,
			NMapKey<Twox64Concat, VersionId>,
			NMapKey<Blake2_128Concat, T::AccountId>,
		),
		Delivery,
	>;

	/// Who gets a share of what licences are sold for, if anyone.
	#[pallet::storage]
	pub type PlatformShare<T: Config> = StorageValue<_, Platform<T::AccountId>>;
}
