//! # Licences
//!
//! Rights bought on a model. Whoever governs a model says on which terms each usage of it is sold;
//! anyone may buy. A model with terms for [`Usage::Download`] is restricted: its weights are for
//! those who hold a licence.
//!
//! The price goes into the buckets of the model's pool by its shares, less the platform's share if
//! there is one. Nothing is held here, and nothing is paid back.
//!
//! The weights of a restricted model are best kept encrypted. A holder names an X25519 key; the
//! publisher of a version, or the model's owner, delivers its content key sealed to it. That a
//! holder or a former one does not pass on what was delivered, no chain can see to.
//!
//! A licence expires by time alone, without a transaction. The counts (how many hold a usage, how
//! many hold anything) follow when somebody buys the same usage or calls [`Pallet::prune`], so
//! they are never too small; whether a given licence is valid is always exact.

#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

use frame::pallet_macros::import_section;

pub use pallet::*;
pub use types::*;
pub use weights::WeightInfo;

mod audit;
mod errors;
mod events;
mod impls;
#[cfg(test)]
mod mock;
mod services;
#[cfg(test)]
mod tests;
mod types;
pub mod weights;

#[import_section(events::licence_events)]
#[import_section(errors::licence_errors)]
#[frame::pallet]
pub mod pallet {
	use super::*;
	use frame::{prelude::*, token::fungibles::Mutate, traits::Time};
	use pallet_models::{Governance, ModelRegistry};
	use pallet_pools::{Income, Pooled};

	/// How many expired licences of the same usage a purchase or renewal takes off the counts.
	pub const PRUNED_AT_ONCE: u32 = 8;
	/// How many expired licences one call of [`Pallet::prune`] takes off the counts.
	pub const MAX_PRUNED: u32 = 32;

	pub type LicenceOf<T> = Licence<<T as frame_system::Config>::AccountId>;
	pub type Holding = BoundedBTreeMap<Usage, LicenceId, ConstU32<{ Usage::ALL.len() as u32 }>>;

	#[pallet::config]
	pub trait Config: frame_system::Config<Hash = H256> {
		/// Says which asset a licence is paid in.
		type AssetKind: Parameter + Member + MaxEncodedLen;
		/// Every asset that a licence can be paid in.
		type Assets: Mutate<Self::AccountId, AssetId = Self::AssetKind, Balance = Balance>;
		type Models: ModelRegistry<Self::AccountId>;
		/// Says whether a model's owner decides alone.
		type Governance: Governance;
		/// Names the asset of a model's licences, and takes what they are sold for.
		type Pools: Income<Self::AccountId> + Pooled<AssetKind = Self::AssetKind>;
		/// Says when a licence expires.
		type Time: Time<Moment = Moment>;
		type WeightInfo: WeightInfo;
	}

	#[pallet::extra_constants]
	impl<T: Config> Pallet<T> {
		/// How many expired licences one call of `prune` takes off the counts.
		#[pallet::constant_name(MaxPruned)]
		fn max_pruned() -> u32 {
			MAX_PRUNED
		}
	}

	#[pallet::pallet]
	pub struct Pallet<T>(_);

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

	/// The licences in [`Holdings`] that expire, by the time at which they do.
	#[pallet::storage]
	pub type Expiring<T> = StorageNMap<
		_,
		(NMapKey<Twox64Concat, ModelId>, NMapKey<Twox64Concat, Usage>, NMapKey<Identity, Expiry>),
		(),
	>;

	/// The content key of each version that was delivered to the holder of a licence.
	#[pallet::storage]
	pub type Deliveries<T: Config> = StorageDoubleMap<
		_,
		Twox64Concat,
		LicenceId,
		Twox64Concat,
		VersionId,
		Delivery<T::AccountId>,
	>;

	/// Who gets a share of what licences are sold for, if anyone.
	#[pallet::storage]
	pub type PlatformShare<T: Config> = StorageValue<_, Platform<T::AccountId>>;

	#[pallet::hooks]
	impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
		#[cfg(feature = "try-runtime")]
		fn try_state(_: BlockNumberFor<T>) -> Result<(), frame::try_runtime::TryRuntimeError> {
			Self::do_try_state()
		}
	}

	#[pallet::call]
	impl<T: Config> Pallet<T> {
		/// Say on which terms a usage of a model is sold, or that it is not sold any more.
		///
		/// ## Dispatch Origin
		///
		/// Signed by the model's owner, while nobody else is a member of the model's collective.
		///
		/// ## Details
		///
		/// The price is in the asset of the model's pool. Terms for [`Usage::Download`] make the
		/// model restricted. Licences that were bought keep the terms that they were bought on
		/// until they are renewed.
		///
		/// ## Errors
		///
		/// - [`Error::UnknownModel`], [`Error::NotOwner`]: the signer does not own such a model.
		/// - [`Error::CollectiveDecides`]: the collective has other members.
		/// - [`Error::DurationZero`]: a licence would never be valid.
		/// - [`Error::LocationEmpty`]: the text is nowhere.
		/// - [`Error::NoOpenPool`]: there is a price, but no open pool that it could go to.
		///
		/// ## Events
		///
		/// - [`Event::TermsSet`].
		#[pallet::call_index(0)]
		#[pallet::weight(T::WeightInfo::set_terms())]
		pub fn set_terms(
			origin: OriginFor<T>,
			model: ModelId,
			usage: Usage,
			terms: Option<Terms>,
		) -> DispatchResult {
			Self::ensure_decider(origin, model)?;
			<Self as Licensing>::set_terms(model, usage, terms)
		}

		/// Buy a licence.
		///
		/// ## Dispatch Origin
		///
		/// Signed. Anyone may buy.
		///
		/// ## Details
		///
		/// The price is taken from the signer, whose own minimum balance cannot be spent. The
		/// platform's share of it, rounded down, goes to the platform's account, the rest into the
		/// buckets of the model's pool; all of it, should the platform's account be unable to
		/// receive its share. `max_price` is the most that the signer agrees to pay, should the
		/// terms change before the call is executed.
		///
		/// `encryption_key` is the X25519 key that content keys are to be sealed to. It can be
		/// named later.
		///
		/// ## Errors
		///
		/// - [`Error::NotForSale`]: there are no terms for this usage of the model.
		/// - [`Error::PriceAboveMaximum`]: it costs more than `max_price`.
		/// - [`Error::AlreadyHeld`]: the signer holds a valid licence of this usage.
		/// - [`Error::SoldOut`]: as many hold one as may.
		/// - [`Error::NoOpenPool`]: it costs something, and the model's pool was closed.
		/// - [`Error::InsufficientBalance`]: the signer cannot pay.
		/// - [`Error::IdsExhausted`]: no id is left.
		///
		/// ## Events
		///
		/// - [`Event::Bought`], after `pools.IncomeTaken` if it cost something, and
		///   [`Event::Expired`] for licences that are not counted any more.
		#[pallet::call_index(1)]
		#[pallet::weight(T::WeightInfo::buy(PRUNED_AT_ONCE))]
		pub fn buy(
			origin: OriginFor<T>,
			model: ModelId,
			usage: Usage,
			max_price: Balance,
			encryption_key: Option<EncryptionKey>,
		) -> DispatchResult {
			let holder = ensure_signed(origin)?;
			let terms = Self::offer(model, usage, max_price)?;
			Self::prune_expired(model, usage, PRUNED_AT_ONCE);
			Self::make_room(model, usage, &holder)?;
			Self::ensure_not_sold_out(model, usage, &terms)?;

			let licence = NextLicenceId::<T>::get();
			NextLicenceId::<T>::put(licence.checked_add(1).ok_or(Error::<T>::IdsExhausted)?);
			let price = terms.price;
			let platform = Self::pay(model, &holder, price)?;
			let now = T::Time::now();
			let expires_ms = Self::expiry(now, &terms)?;
			let entry = Licence {
				model,
				usage,
				holder: holder.clone(),
				terms,
				paid: price,
				bought_ms: now,
				held_since_ms: now,
				expires_ms,
				encryption_key,
				state: LicenceState::Active,
			};
			Self::count(licence, &entry)?;
			Licences::<T>::insert(licence, entry);
			OfModel::<T>::insert(model, licence, ());
			Self::deposit_event(Event::Bought {
				licence,
				model,
				usage,
				holder,
				price,
				platform,
				expires_ms,
			});
			Ok(())
		}

		/// Renew a licence.
		///
		/// ## Dispatch Origin
		///
		/// Signed by the licence's holder.
		///
		/// ## Details
		///
		/// The present terms of the usage are paid and apply from now on: the licence is extended
		/// by their duration from when it expires, or from now if it has expired. The money goes
		/// where that of a purchase goes.
		///
		/// ## Errors
		///
		/// - [`Error::UnknownLicence`], [`Error::NotHolder`]: the signer does not hold it.
		/// - [`Error::LicenceRevoked`]: it was revoked.
		/// - [`Error::NothingToRenew`]: it never expires.
		/// - [`Error::NotForSale`], [`Error::PriceAboveMaximum`], [`Error::NoOpenPool`],
		///   [`Error::InsufficientBalance`]: as for a purchase.
		/// - [`Error::AlreadyHeld`], [`Error::SoldOut`]: it had expired, and the signer has bought
		///   another meanwhile, or others have bought all there are.
		///
		/// ## Events
		///
		/// - [`Event::Renewed`], after `pools.IncomeTaken` if it cost something, and
		///   [`Event::Expired`] for licences that are not counted any more.
		#[pallet::call_index(2)]
		#[pallet::weight(T::WeightInfo::buy(PRUNED_AT_ONCE))]
		pub fn renew(
			origin: OriginFor<T>,
			licence: LicenceId,
			max_price: Balance,
		) -> DispatchResult {
			let holder = ensure_signed(origin)?;
			let mut entry = Self::held_by(licence, &holder)?;
			ensure!(entry.state == LicenceState::Active, Error::<T>::LicenceRevoked);
			let expires_ms = entry.expires_ms.ok_or(Error::<T>::NothingToRenew)?;
			let (model, usage) = (entry.model, entry.usage);
			let terms = Self::offer(model, usage, max_price)?;

			let now = T::Time::now();
			if entry.is_expired(now) {
				Self::prune_expired(model, usage, PRUNED_AT_ONCE);
				Self::make_room(model, usage, &holder)?;
				Self::ensure_not_sold_out(model, usage, &terms)?;
				entry.held_since_ms = now;
			} else {
				Self::uncount(licence, &entry);
			}
			let price = terms.price;
			let platform = Self::pay(model, &holder, price)?;
			let expires_ms = Self::expiry(now.max(expires_ms), &terms)?;
			entry.expires_ms = expires_ms;
			entry.terms = terms;
			entry.paid = entry.paid.checked_add(price).ok_or(ArithmeticError::Overflow)?;
			Self::count(licence, &entry)?;
			Licences::<T>::insert(licence, entry);
			Self::deposit_event(Event::Renewed {
				licence,
				model,
				usage,
				holder,
				price,
				platform,
				expires_ms,
			});
			Ok(())
		}

		/// Pass a licence on.
		///
		/// ## Dispatch Origin
		///
		/// Signed by the licence's holder.
		///
		/// ## Details
		///
		/// `to` holds the licence from now on, on the same terms and until the same time.
		/// `encryption_key` is the new holder's key; what was delivered remains sealed to the
		/// former one's.
		///
		/// ## Errors
		///
		/// - [`Error::UnknownLicence`], [`Error::NotHolder`]: the signer does not hold it.
		/// - [`Error::LicenceRevoked`], [`Error::LicenceExpired`]: it is not valid.
		/// - [`Error::NotTransferable`]: its terms do not allow it.
		/// - [`Error::AlreadyHeld`]: `to` holds a valid licence of this usage.
		///
		/// ## Events
		///
		/// - [`Event::Transferred`].
		#[pallet::call_index(3)]
		#[pallet::weight(T::WeightInfo::transfer())]
		pub fn transfer(
			origin: OriginFor<T>,
			licence: LicenceId,
			to: T::AccountId,
			encryption_key: Option<EncryptionKey>,
		) -> DispatchResult {
			let from = ensure_signed(origin)?;
			let mut entry = Self::held_by(licence, &from)?;
			Self::ensure_valid(&entry)?;
			ensure!(entry.terms.transferable, Error::<T>::NotTransferable);
			let (model, usage) = (entry.model, entry.usage);
			Self::make_room(model, usage, &to)?;
			Self::uncount(licence, &entry);
			entry.holder = to.clone();
			entry.held_since_ms = T::Time::now();
			entry.encryption_key = encryption_key;
			Self::count(licence, &entry)?;
			Licences::<T>::insert(licence, entry);
			Self::deposit_event(Event::Transferred { licence, model, usage, from, to });
			Ok(())
		}

		/// Revoke a licence for a cause.
		///
		/// ## Dispatch Origin
		///
		/// Signed by the model's owner, while nobody else is a member of the model's collective.
		///
		/// ## Details
		///
		/// Nothing is paid back. The former holder may buy another if the usage is for sale.
		///
		/// ## Errors
		///
		/// - [`Error::UnknownLicence`]: there is no such licence.
		/// - [`Error::NotOwner`]: the signer does not own its model.
		/// - [`Error::CollectiveDecides`]: the collective has other members.
		/// - [`Error::LicenceRevoked`]: it was revoked already.
		///
		/// ## Events
		///
		/// - [`Event::Revoked`].
		#[pallet::call_index(4)]
		#[pallet::weight(T::WeightInfo::revoke())]
		pub fn revoke(origin: OriginFor<T>, licence: LicenceId, cause: Cause) -> DispatchResult {
			let entry = Licences::<T>::get(licence).ok_or(Error::<T>::UnknownLicence)?;
			Self::ensure_decider(origin, entry.model)?;
			<Self as Licensing>::revoke(entry.model, licence, cause)
		}

		/// Deliver the content key of a version to the holder of a licence.
		///
		/// ## Dispatch Origin
		///
		/// Signed by the model's owner or by the publisher of the version.
		///
		/// ## Details
		///
		/// `wrapped_key` is the key that the version's weights are encrypted with, sealed to
		/// `encryption_key`, which must be the one that the holder names now. It replaces what was
		/// delivered before for the same version.
		///
		/// ## Errors
		///
		/// - [`Error::UnknownLicence`], [`Error::UnknownVersion`]: there is no such thing.
		/// - [`Error::NotPublisher`]: the signer is neither of the two.
		/// - [`Error::LicenceRevoked`], [`Error::LicenceExpired`]: the licence is not valid.
		/// - [`Error::NoEncryptionKey`], [`Error::EncryptionKeyChanged`]: the holder names no key,
		///   or another one.
		/// - [`Error::WrappedKeyEmpty`]: nothing is delivered.
		///
		/// ## Events
		///
		/// - [`Event::KeyDelivered`].
		#[pallet::call_index(5)]
		#[pallet::weight(T::WeightInfo::deliver())]
		pub fn deliver(
			origin: OriginFor<T>,
			licence: LicenceId,
			version: VersionId,
			encryption_key: EncryptionKey,
			wrapped_key: WrappedKey,
		) -> DispatchResult {
			let by = ensure_signed(origin)?;
			let entry = Licences::<T>::get(licence).ok_or(Error::<T>::UnknownLicence)?;
			let model = entry.model;
			let publisher =
				T::Models::publisher(model, version).ok_or(Error::<T>::UnknownVersion)?;
			let may_deliver = by == publisher || T::Models::owner(model).as_ref() == Some(&by);
			ensure!(may_deliver, Error::<T>::NotPublisher);
			Self::ensure_valid(&entry)?;
			let sealed_to = entry.encryption_key.ok_or(Error::<T>::NoEncryptionKey)?;
			ensure!(encryption_key == sealed_to, Error::<T>::EncryptionKeyChanged);
			ensure!(!wrapped_key.is_empty(), Error::<T>::WrappedKeyEmpty);
			Deliveries::<T>::insert(
				licence,
				version,
				Delivery { by: by.clone(), sealed_to, wrapped_key, delivered_ms: T::Time::now() },
			);
			Self::deposit_event(Event::KeyDelivered { licence, model, version, by, sealed_to });
			Ok(())
		}

		/// Name the key that content keys are to be sealed to.
		///
		/// ## Dispatch Origin
		///
		/// Signed by the licence's holder.
		///
		/// ## Details
		///
		/// An X25519 key. What was delivered before remains sealed to the former key.
		///
		/// ## Errors
		///
		/// - [`Error::UnknownLicence`], [`Error::NotHolder`]: the signer does not hold it.
		/// - [`Error::LicenceRevoked`], [`Error::LicenceExpired`]: it is not valid.
		///
		/// ## Events
		///
		/// - [`Event::EncryptionKeySet`].
		#[pallet::call_index(6)]
		#[pallet::weight(T::WeightInfo::set_encryption_key())]
		pub fn set_encryption_key(
			origin: OriginFor<T>,
			licence: LicenceId,
			encryption_key: EncryptionKey,
		) -> DispatchResult {
			let holder = ensure_signed(origin)?;
			let mut entry = Self::held_by(licence, &holder)?;
			Self::ensure_valid(&entry)?;
			let model = entry.model;
			entry.encryption_key = Some(encryption_key);
			Licences::<T>::insert(licence, entry);
			Self::deposit_event(Event::EncryptionKeySet { licence, model, encryption_key });
			Ok(())
		}

		/// Take expired licences off the counts.
		///
		/// ## Dispatch Origin
		///
		/// Signed. Anyone may do it.
		///
		/// ## Details
		///
		/// Takes off `MaxPruned` licences of the usage at most, those that expired first. They can
		/// still be renewed.
		///
		/// ## Errors
		///
		/// - [`Error::NothingToPrune`]: none of those counted has expired.
		///
		/// ## Events
		///
		/// - [`Event::Expired`], for each licence.
		#[pallet::call_index(7)]
		#[pallet::weight(T::WeightInfo::prune(MAX_PRUNED))]
		pub fn prune(
			origin: OriginFor<T>,
			model: ModelId,
			usage: Usage,
		) -> DispatchResultWithPostInfo {
			ensure_signed(origin)?;
			let pruned = Self::prune_expired(model, usage, MAX_PRUNED);
			ensure!(pruned > 0, Error::<T>::NothingToPrune);
			Ok(Some(T::WeightInfo::prune(pruned)).into())
		}

		/// Set the platform's share of what licences are sold for, or that there is none.
		///
		/// ## Dispatch Origin
		///
		/// Root.
		///
		/// ## Details
		///
		/// The share is in parts per million and applies to whatever is bought or renewed from now
		/// on, in whatever asset.
		///
		/// ## Errors
		///
		/// - [`Error::ShareAboveWhole`]: it is more than the whole.
		///
		/// ## Events
		///
		/// - [`Event::PlatformSet`].
		#[pallet::call_index(8)]
		#[pallet::weight(T::WeightInfo::set_platform())]
		pub fn set_platform(
			origin: OriginFor<T>,
			platform: Option<Platform<T::AccountId>>,
		) -> DispatchResult {
			ensure_root(origin)?;
			let share = platform.as_ref().map_or(0, |platform| platform.share);
			ensure!(share <= pallet_pools::Shares::WHOLE, Error::<T>::ShareAboveWhole);
			PlatformShare::<T>::set(platform.clone());
			Self::deposit_event(Event::PlatformSet { platform });
			Ok(())
		}
	}
}
