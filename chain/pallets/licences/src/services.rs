//! What licences do for other pallets.

use crate::*;
use frame::{prelude::*, traits::Time};
use pallet_models::ModelRegistry;
use pallet_pools::Pooled;

impl<T: Config> Pallet<T> {
	/// The valid licences of a model that an account holds.
	fn valid(model: ModelId, who: &T::AccountId) -> impl Iterator<Item = LicenceOf<T>> {
		let now = T::Time::now();
		let held = Holdings::<T>::get(who, model).into_inner().into_values();
		held.filter_map(Licences::<T>::get).filter(move |licence| licence.is_valid(now))
	}
}

impl<T: Config> Licensing for Pallet<T> {
	fn set_terms(model: ModelId, usage: Usage, terms: Option<Terms>) -> DispatchResult {
		ensure!(T::Models::owner(model).is_some(), Error::<T>::UnknownModel);
		if let Some(terms) = &terms {
			ensure!(terms.duration_ms != Some(0), Error::<T>::DurationZero);
			let nowhere = terms.text.as_ref().is_some_and(|(location, _)| location.is_empty());
			ensure!(!nowhere, Error::<T>::LocationEmpty);
			ensure!(terms.price == 0 || T::Pools::is_open(model), Error::<T>::NoOpenPool);
		}
		if usage == Usage::Download && terms.is_some() {
			Restricted::<T>::insert(model, ());
		}
		Offers::<T>::set(model, usage, terms.clone());
		Self::deposit_event(Event::TermsSet { model, usage, terms });
		Ok(())
	}

	fn revoke(model: ModelId, licence: LicenceId, cause: Cause) -> DispatchResult {
		let mut entry = Licences::<T>::get(licence).ok_or(Error::<T>::UnknownLicence)?;
		ensure!(entry.model == model, Error::<T>::UnknownLicence);
		ensure!(entry.state == LicenceState::Active, Error::<T>::LicenceRevoked);
		Self::uncount(licence, &entry);
		entry.state = LicenceState::Revoked { cause: cause.clone() };
		let (usage, holder) = (entry.usage, entry.holder.clone());
		Licences::<T>::insert(licence, entry);
		Self::deposit_event(Event::Revoked { licence, model, usage, holder, cause });
		Ok(())
	}
}

impl<T: Config> LicenceHolders<T::AccountId> for Pallet<T> {
	fn holds(model: ModelId, who: &T::AccountId, usage: Option<Usage>) -> bool {
		Self::valid(model, who).any(|licence| usage.is_none_or(|usage| licence.usage == usage))
	}

	fn held_since(model: ModelId, who: &T::AccountId) -> Option<Moment> {
		let paid = Self::valid(model, who).filter(LicenceOf::<T>::was_paid);
		paid.map(|licence| licence.held_since_ms).min()
	}

	fn holders(model: ModelId) -> u32 {
		PayingHolders::<T>::get(model)
	}
}
