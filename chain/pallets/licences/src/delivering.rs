//! How content keys reach the holders of licences.

use crate::*;
use frame::{prelude::*, traits::Time};
use pallet_models::{Governance, ModelRegistry};

impl<T: Config> Pallet<T> {
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
		let operates =
			T::Models::owner(model).as_ref() == Some(&by) && T::Governance::owner_operates(model);
		ensure!(by == publisher || operates, Error::<T>::NotPublisher);
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
}
