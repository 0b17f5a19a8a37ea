//! # Models
//!
//! A registry of models and their versions: who owns a model, under which licence, and where the
//! weights of each version are. The weights themselves are kept off chain; the chain keeps their
//! hash, so that what is fetched can be checked.
//!
//! Versions form a tree: each but the first names the version that it was trained from.

#![cfg_attr(not(feature = "std"), no_std)]

pub use pallet::*;
pub use types::*;
pub use weights::WeightInfo;

#[cfg(test)]
mod mock;
#[cfg(test)]
mod tests;
mod types;
pub mod weights;

#[frame::pallet]
pub mod pallet {
	use super::*;
	use frame::{prelude::*, traits::Time};

	#[pallet::config]
	pub trait Config: frame_system::Config<Hash = H256> {
		/// Says when a model or version was published.
		type Time: Time<Moment = Moment>;
		/// Says whether a model's owner decides alone.
		type Governance: Governance;
		type WeightInfo: WeightInfo;
	}

	#[pallet::pallet]
	pub struct Pallet<T>(_);

	/// The id that the next model gets.
	#[pallet::storage]
	pub type NextModelId<T> = StorageValue<_, ModelId, ValueQuery>;

	/// Every model.
	#[pallet::storage]
	pub type Models<T: Config> = StorageMap<_, Twox64Concat, ModelId, Model<T::AccountId>>;

	/// The model that a GUID names.
	#[pallet::storage]
	pub type ByGuid<T> = StorageMap<_, Blake2_128Concat, Guid, ModelId>;

	/// Every version of every model.
	#[pallet::storage]
	pub type Versions<T: Config> =
		StorageDoubleMap<_, Twox64Concat, ModelId, Twox64Concat, VersionId, Version<T::AccountId>>;

	#[pallet::event]
	#[pallet::generate_deposit(pub(super) fn deposit_event)]
	pub enum Event<T: Config> {
		/// A model was registered; its weights are version 0.
		Registered { model: ModelId, guid: Guid, owner: T::AccountId, name: Name, hash: H256 },
		/// A version of a model was published.
		VersionPublished {
			model: ModelId,
			version: VersionId,
			parent: VersionId,
			publisher: T::AccountId,
			hash: H256,
		},
	}

	#[pallet::error]
	pub enum Error<T> {
		/// There is no such model.
		UnknownModel,
		/// Only the model's owner may do this.
		NotOwner,
		/// The model has no version of the parent's number.
		UnknownParent,
		/// The location points nowhere: its CID or URI is empty.
		LocationEmpty,
		/// A model needs a name.
		NameEmpty,
		/// A model needs a licence: an SPDX identifier.
		LicenceEmpty,
		/// All model ids, or all version numbers of the model, are used up.
		IdsExhausted,
		/// The model's collective decides this, by vote.
		CollectiveDecides,
	}

	#[pallet::call]
	impl<T: Config> Pallet<T> {
		/// Register a model with its first version.
		///
		/// ## Dispatch Origin
		///
		/// Signed. The signer becomes the model's owner.
		///
		/// ## Details
		///
		/// The model gets the next id and a GUID, and the weights at `location` become version 0.
		/// `hash` is the SHA-256 of the weights file, `licence` an SPDX identifier,
		/// `metadata_hash` the SHA-256 of a document kept off chain.
		///
		/// ## Errors
		///
		/// - [`Error::LocationEmpty`], [`Error::NameEmpty`], [`Error::LicenceEmpty`]: nothing was
		///   given.
		/// - [`Error::IdsExhausted`]: no id is left.
		///
		/// ## Events
		///
		/// - [`Event::Registered`].
		#[pallet::call_index(0)]
		#[pallet::weight(T::WeightInfo::register())]
		pub fn register(
			origin: OriginFor<T>,
			location: Location,
			hash: H256,
			name: Name,
			licence: Licence,
			metadata_hash: H256,
		) -> DispatchResult {
			let owner = ensure_signed(origin)?;
			ensure!(!location.is_empty(), Error::<T>::LocationEmpty);
			ensure!(!name.is_empty(), Error::<T>::NameEmpty);
			ensure!(!licence.is_empty(), Error::<T>::LicenceEmpty);

			let model = NextModelId::<T>::get();
			NextModelId::<T>::put(model.checked_add(1).ok_or(Error::<T>::IdsExhausted)?);
			let guid = Self::guid_of(model, &owner);
			let now = T::Time::now();

			Versions::<T>::insert(
				model,
				0,
				Version {
					location,
					hash,
					parent: None,
					publisher: owner.clone(),
					published_ms: now,
				},
			);
			ByGuid::<T>::insert(guid, model);
			Models::<T>::insert(
				model,
				Model {
					owner: owner.clone(),
					name: name.clone(),
					licence,
					metadata_hash,
					guid,
					created_ms: now,
					versions: 1,
				},
			);
			Self::deposit_event(Event::Registered { model, guid, owner, name, hash });
			Ok(())
		}

		/// Publish a version of a model.
		///
		/// ## Dispatch Origin
		///
		/// Signed by the model's owner, while nobody else is a member of the model's collective.
		///
		/// ## Details
		///
		/// `parent` is the version that the new one was trained from; it need not be the latest.
		/// `hash` is the SHA-256 of the weights file.
		///
		/// ## Errors
		///
		/// - [`Error::UnknownModel`]: there is no such model.
		/// - [`Error::NotOwner`]: the signer does not own the model.
		/// - [`Error::CollectiveDecides`]: the collective has other members.
		/// - [`Error::UnknownParent`]: the model has no such version.
		/// - [`Error::LocationEmpty`]: the location points nowhere.
		/// - [`Error::IdsExhausted`]: no version number is left.
		///
		/// ## Events
		///
		/// - [`Event::VersionPublished`].
		#[pallet::call_index(1)]
		#[pallet::weight(T::WeightInfo::publish_version())]
		pub fn publish_version(
			origin: OriginFor<T>,
			model: ModelId,
			location: Location,
			hash: H256,
			parent: VersionId,
		) -> DispatchResult {
			let who = ensure_signed(origin)?;
			let owner = <Self as ModelRegistry<_>>::owner(model).ok_or(Error::<T>::UnknownModel)?;
			ensure!(who == owner, Error::<T>::NotOwner);
			ensure!(T::Governance::owner_decides(model), Error::<T>::CollectiveDecides);
			Self::publish(model, who, location, hash, parent).map(|_| ())
		}
	}

	impl<T: Config> Pallet<T> {
		/// The GUID of a model: `blake2_128(("dml/model", genesis hash, model, owner))`.
		///
		/// The genesis hash makes it differ between chains, so that it may be quoted anywhere.
		pub fn guid_of(model: ModelId, owner: &T::AccountId) -> Guid {
			let genesis = frame_system::Pallet::<T>::block_hash(BlockNumberFor::<T>::zero());
			(b"dml/model", genesis, model, owner).using_encoded(blake2_128)
		}
	}

	impl<T: Config> ModelRegistry<T::AccountId> for Pallet<T> {
		fn owner(model: ModelId) -> Option<T::AccountId> {
			Models::<T>::get(model).map(|model| model.owner)
		}

		fn latest(model: ModelId) -> Option<VersionId> {
			Models::<T>::get(model).and_then(|model| model.versions.checked_sub(1))
		}

		fn publisher(model: ModelId, version: VersionId) -> Option<T::AccountId> {
			Versions::<T>::get(model, version).map(|version| version.publisher)
		}

		fn publish(
			model: ModelId,
			publisher: T::AccountId,
			location: Location,
			hash: H256,
			parent: VersionId,
		) -> Result<VersionId, DispatchError> {
			ensure!(!location.is_empty(), Error::<T>::LocationEmpty);
			let version = Models::<T>::try_mutate(model, |entry| {
				let entry = entry.as_mut().ok_or(Error::<T>::UnknownModel)?;
				ensure!(Versions::<T>::contains_key(model, parent), Error::<T>::UnknownParent);
				let version = entry.versions;
				entry.versions = version.checked_add(1).ok_or(Error::<T>::IdsExhausted)?;
				Ok::<_, Error<T>>(version)
			})?;
			Versions::<T>::insert(
				model,
				version,
				Version {
					location,
					hash,
					parent: Some(parent),
					publisher: publisher.clone(),
					published_ms: T::Time::now(),
				},
			);
			Self::deposit_event(Event::VersionPublished {
				model,
				version,
				parent,
				publisher,
				hash,
			});
			Ok(version)
		}
	}
}
