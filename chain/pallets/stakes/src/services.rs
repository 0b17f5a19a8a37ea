//! What stakes do for other pallets.

use crate::*;
use frame::{deps::frame_support::storage::with_storage_layer, prelude::*, traits::Time};
use pallet_models::ModelRegistry;
use pallet_pools::{Income, Part, Pooled};

impl<T: Config> StakeOf<T::AccountId> for Pallet<T> {
	fn staked(model: ModelId, who: &T::AccountId) -> Balance {
		// The audit proves that the sum exists: it is a part of what the escrow account holds.
		Stakes::<T>::get(model, who).active.total().unwrap_or_default()
	}

	fn staked_as(model: ModelId, who: &T::AccountId, role: Role) -> Balance {
		Stakes::<T>::get(model, who).active.of(role)
	}

	fn total(model: ModelId) -> Balance {
		Escrows::<T>::get(model).map(|escrow| escrow.active).unwrap_or_default()
	}
}

impl<T: Config> StakeLock<T::AccountId> for Pallet<T> {
	fn lock(
		model: ModelId,
		who: &T::AccountId,
		role: Option<Role>,
		amount: Balance,
		until_ms: Moment,
		key: u32,
	) -> DispatchResult {
		ensure!(amount > 0, Error::<T>::AmountZero);
		let active = match role {
			Some(role) => Self::staked_as(model, who, role),
			None => Self::staked(model, who),
		};
		ensure!(amount <= active, Error::<T>::InsufficientStake);
		let now = T::Time::now();
		Locks::<T>::try_mutate(model, who, |locks| {
			locks.retain(|lock| lock.until_ms > now && lock.key != key);
			locks
				.try_push(Lock { key, role, amount, until_ms })
				.map_err(|_| Error::<T>::TooManyLocks)
		})?;
		Self::deposit_event(Event::StakeLocked {
			model,
			who: who.clone(),
			role,
			amount,
			until_ms,
			key,
		});
		Ok(())
	}

	fn unlock(model: ModelId, who: &T::AccountId, key: u32) {
		let removed = Locks::<T>::mutate_exists(model, who, |entry| {
			let mut locks = entry.take().unwrap_or_default();
			let count = locks.len();
			locks.retain(|lock| lock.key != key);
			let removed = locks.len() < count;
			if !locks.is_empty() {
				*entry = Some(locks);
			}
			removed
		});
		if removed {
			Self::deposit_event(Event::StakeUnlocked { model, who: who.clone(), key });
		}
	}

	fn locked(model: ModelId, who: &T::AccountId) -> Balance {
		let now = T::Time::now();
		let locks = Locks::<T>::get(model, who);
		let running = locks.iter().filter(|lock| lock.until_ms > now);
		running.map(|lock| lock.amount).max().unwrap_or_default()
	}
}

impl<T: Config> Slashing<T::AccountId> for Pallet<T> {
	fn slash(
		model: ModelId,
		who: &T::AccountId,
		role: Role,
		part: Score,
		cause: Cause,
	) -> Result<Balance, DispatchError> {
		// A storage layer of its own: a caller that handles the error finds nothing changed.
		with_storage_layer(|| {
			let asset = T::Pools::asset(model).ok_or(Error::<T>::NoPool)?;
			let fraction: Part = part.checked().ok_or(Error::<T>::ScoreAboveOne)?.into();
			let now = T::Time::now();
			let (active, unbonding) = Self::try_mutate_stake(model, who, |stake| {
				let take = |amount: &mut Balance| {
					let taken = fraction.of(*amount).ok_or(ArithmeticError::Overflow)?;
					*amount = Self::minus(*amount, taken)?;
					Ok::<_, DispatchError>(taken)
				};
				let active = take(stake.active.of_mut(role))?;
				let mut unbonding = 0;
				for part in stake.unbonding.iter_mut() {
					if part.role == role && part.unlock_ms > now {
						unbonding = Self::plus(unbonding, take(&mut part.amount)?)?;
					}
				}
				stake.unbonding.retain(|part| part.amount > 0);
				Ok((active, unbonding))
			})?;
			let amount = Self::plus(active, unbonding)?;
			ensure!(amount > 0, Error::<T>::NothingToSlash);

			let to = Terms::<T>::get(model).slash_to;
			let to = T::Pools::put_slashed(model, &Self::escrow(model), amount, to)?;
			Self::deposit_event(Event::Slashed {
				model,
				who: who.clone(),
				role,
				part,
				cause,
				active,
				unbonding,
				to,
			});
			Self::try_mutate_escrow(model, |escrow| {
				escrow.active = Self::minus(escrow.active, active)?;
				escrow.unbonding = Self::minus(escrow.unbonding, unbonding)?;
				escrow.ledger.held = Self::minus(escrow.ledger.held, amount)?;
				escrow.ledger.slashed = Self::plus(escrow.ledger.slashed, amount)?;
				Self::close_if_empty(model, escrow, asset);
				Ok(())
			})?;
			Ok(amount)
		})
	}
}

impl<T: Config> Staking for Pallet<T> {
	fn set_staking(model: ModelId, terms: StakingTerms) -> DispatchResult {
		ensure!(T::Models::owner(model).is_some(), Error::<T>::UnknownModel);
		ensure!(terms.unbonding_ms <= MAX_UNBONDING_MS, Error::<T>::UnbondingTooLong);
		Terms::<T>::insert(model, terms);
		Self::deposit_event(Event::TermsSet { model, terms });
		Ok(())
	}
}
