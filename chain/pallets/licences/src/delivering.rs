//! How content keys reach the holders of licences.

use crate::*;
use frame::{prelude::*, traits::Time};
use pallet_models::{Governance, Membership, ModelRegistry};

impl<T: Config> Pallet<T> {
	/// Whether an account may deliver the keys of a version.
	///
	/// An owner who is no member of the collective may not, be it as the publisher of what the
	/// owner uploaded: the members take the owner's place.
	fn may_deliver(model: ModelId, publisher: &T::AccountId, who: &T::AccountId) -> bool {
		let is_owner = T::Models::owner(model).as_ref() == Some(who);
		match T::Governance::owner_operates(model) {
			true => is_owner || who == publisher,
			false => !is_owner && (who == publisher || T::Governance::is_member(model, who)),
		}
	}

	pub(crate) fn do_deliver(
		by: T::AccountId,
		licence: LicenceId,
		version: VersionId,
		encryption_key: EncryptionKey,
		wrapped_key: WrappedKey,
	) -> DispatchResult {
		let entry = Licences::<T>::get(licence).ok_or(Error::<T>::UnknownLicence)?;
		let model = entry.model;
		let publisher = T::Models::publisher(model, version).ok_or(Error::<T>::UnknownVersion)?;
		ensure!(Self::may_deliver(model, &publisher, &by), Error::<T>::NotPublisher);
		Self::ensure_valid(&entry)?;
		let sealed_to = entry.encryption_key.ok_or(Error::<T>::NoEncryptionKey)?;
		ensure!(encryption_key == sealed_to, Error::<T>::EncryptionKeyChanged);
		ensure!(!wrapped_key.is_empty(), Error::<T>::WrappedKeyEmpty);
		Deliveries::<T>::insert(
			(licence, version, &by),
			Delivery { sealed_to, wrapped_key, delivered_ms: T::Time::now() },
		);
		Self::deposit_event(Event::KeyDelivered { licence, model, version, by, sealed_to });
		Ok(())
	}
}
