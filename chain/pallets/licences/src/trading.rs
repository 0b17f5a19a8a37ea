//! How licences change hands.

use crate::*;
use frame::{prelude::*, traits::Time};

impl<T: Config> Pallet<T> {
	pub(crate) fn do_buy(
		holder: T::AccountId,
		model: ModelId,
		usage: Usage,
		max_price: Balance,
		encryption_key: Option<EncryptionKey>,
	) -> DispatchResult {
		if let Some(key) = &encryption_key {
			Self::ensure_strong(key)?;
		}
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

	pub(crate) fn do_renew(
		holder: T::AccountId,
		licence: LicenceId,
		max_price: Balance,
	) -> DispatchResult {
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
		// What is paid for now has given no vote before.
		if entry.paid == 0 && price > 0 {
			entry.held_since_ms = now;
		}
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

	pub(crate) fn do_transfer(
		from: T::AccountId,
		licence: LicenceId,
		to: T::AccountId,
	) -> DispatchResult {
		let mut entry = Self::held_by(licence, &from)?;
		Self::ensure_valid(&entry)?;
		ensure!(entry.terms.transferable, Error::<T>::NotTransferable);
		let (model, usage) = (entry.model, entry.usage);
		Self::make_room(model, usage, &to)?;
		Self::uncount(licence, &entry);
		entry.holder = to.clone();
		entry.held_since_ms = T::Time::now();
		// Whoever passes it on must not say who can open what is delivered from now on.
		entry.encryption_key = None;
		Self::count(licence, &entry)?;
		Licences::<T>::insert(licence, entry);
		Self::deposit_event(Event::Transferred { licence, model, usage, from, to });
		Ok(())
	}

	pub(crate) fn do_resign(holder: T::AccountId, licence: LicenceId) -> DispatchResult {
		let mut entry = Self::held_by(licence, &holder)?;
		ensure!(entry.state == LicenceState::Active, Error::<T>::LicenceRevoked);
		Self::uncount(licence, &entry);
		entry.state = LicenceState::Resigned;
		let (model, usage) = (entry.model, entry.usage);
		Licences::<T>::insert(licence, entry);
		Self::deposit_event(Event::Resigned { licence, model, usage, holder });
		Ok(())
	}
}
