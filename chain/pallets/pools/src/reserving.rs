//! What is promised, and so kept out of the buckets until it is earned or the promise ends.

use crate::*;
use frame::{deps::frame_support::storage::with_storage_layer, prelude::*};

impl<T: Config> Reserving<T::AccountId> for Pallet<T> {
	fn set_aside(model: ModelId, role: Role, amount: Balance) -> DispatchResult {
		// A storage layer of its own: a caller that handles the error finds nothing changed.
		with_storage_layer(|| {
			let bucket = Pools::<T>::try_mutate(model, |pool| {
				let pool = Self::ensure_open(pool)?;
				let bucket = pool.buckets.of_mut(role);
				*bucket = bucket.checked_sub(amount).ok_or(Error::<T>::BucketTooSmall)?;
				let bucket = *bucket;
				pool.set_aside = Self::plus(pool.set_aside, amount)?;
				Ok::<_, DispatchError>(bucket)
			})?;
			Self::use_allowance(model, &[amount])?;
			Self::deposit_event(Event::SetAside { model, role, amount, bucket });
			Ok(())
		})
	}

	fn pay_set_aside(
		model: ModelId,
		role: Role,
		who: &T::AccountId,
		amount: Balance,
		decider: Decider,
	) -> DispatchResult {
		// An account that earns nothing takes no storage.
		if amount == 0 {
			return Ok(());
		}
		with_storage_layer(|| {
			Pools::<T>::try_mutate(model, |pool| {
				let pool = Self::ensure_open(pool)?;
				pool.set_aside = Self::minus(pool.set_aside, amount)?;
				pool.claimable = Self::plus(pool.claimable, amount)?;
				Ok::<_, DispatchError>(())
			})?;
			Allocations::<T>::try_mutate(model, who, |allocation| {
				let earned = allocation.earned.of_mut(role);
				*earned = Self::plus(*earned, amount)?;
				Ok::<_, DispatchError>(())
			})?;
			if Self::own_earner(model, decider).as_ref() == Some(who) {
				Self::count_no_contribution(model, amount)?;
			}
			Ok(())
		})
	}

	fn put_back(model: ModelId, role: Role, amount: Balance) -> DispatchResult {
		let bucket = Pools::<T>::try_mutate(model, |pool| {
			let pool = Self::ensure_open(pool)?;
			pool.set_aside = Self::minus(pool.set_aside, amount)?;
			let bucket = pool.buckets.of_mut(role);
			*bucket = Self::plus(*bucket, amount)?;
			Ok::<_, DispatchError>(*bucket)
		})?;
		Self::deposit_event(Event::PutBack { model, role, amount, bucket });
		Ok(())
	}

	fn all_set_aside(model: ModelId) -> Balance {
		Pools::<T>::get(model).map(|pool| pool.set_aside).unwrap_or_default()
	}
}
