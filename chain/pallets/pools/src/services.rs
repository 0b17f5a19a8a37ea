//! What pools do for other pallets.

use crate::*;
use alloc::vec::Vec;
use frame::{
	deps::frame_support::storage::with_storage_layer,
	prelude::*,
	token::{fungibles::Mutate, Preservation},
};
use pallet_models::ModelRegistry;

impl<T: Config> Paymaster<T::AccountId> for Pallet<T> {
	fn can_pay(model: ModelId) -> bool {
		Self::open_pool(model).is_ok()
	}

	fn preview(
		model: ModelId,
		role: Role,
		parts: &[(T::AccountId, Part)],
	) -> Result<Vec<Balance>, DispatchError> {
		let pool = Self::open_pool(model)?;
		Self::amounts_of(pool.buckets.of(role), parts).map(|(amounts, _)| amounts)
	}

	fn pay(
		model: ModelId,
		role: Role,
		parts: &[(T::AccountId, Part)],
	) -> Result<Vec<Balance>, DispatchError> {
		Self::credit(model, role, parts, Decider::Governance)
	}
}

impl<T: Config> Pooled for Pallet<T> {
	type AssetKind = T::AssetKind;

	fn asset(model: ModelId) -> Option<T::AssetKind> {
		Pools::<T>::get(model).map(|pool| pool.asset)
	}

	fn is_open(model: ModelId) -> bool {
		Self::open_pool(model).is_ok()
	}
}

impl<T: Config> Income<T::AccountId> for Pallet<T> {
	fn take(model: ModelId, payer: &T::AccountId, amount: Balance) -> DispatchResult {
		with_storage_layer(|| {
			Pools::<T>::try_mutate(model, |pool| {
				let pool = Self::ensure_open(pool)?;
				ensure!(amount > 0, Error::<T>::AmountZero);
				Self::take_in(pool.asset.clone(), payer, &Self::escrow(model), amount)?;
				let parts = pool.shares.split(amount).ok_or(ArithmeticError::Overflow)?;
				Self::pour(pool, parts)?;
				Self::deposit_event(Event::IncomeTaken {
					model,
					payer: payer.clone(),
					amount,
					parts,
					buckets: pool.buckets,
				});
				Ok(())
			})
		})
	}

	fn put_slashed(
		model: ModelId,
		from: &T::AccountId,
		amount: Balance,
		to: SlashTo,
	) -> Result<SlashTo, DispatchError> {
		with_storage_layer(|| {
			Pools::<T>::try_mutate(model, |pool| {
				let pool = pool.as_mut().ok_or(Error::<T>::NoPool)?;
				ensure!(amount > 0, Error::<T>::AmountZero);
				let to = Self::slash_destination(pool, amount, to);
				let mut parts = ByRole::default();
				match to {
					SlashTo::Buckets => {
						parts = pool.shares.split(amount).ok_or(ArithmeticError::Overflow)?
					},
					SlashTo::Role(role) => *parts.of_mut(role) = amount,
					SlashTo::Fees => {},
				}
				let destination = match to {
					SlashTo::Buckets | SlashTo::Role(_) => Self::escrow(model),
					SlashTo::Fees => T::FeesAccount::get(),
				};
				T::Assets::transfer(
					pool.asset.clone(),
					from,
					&destination,
					amount,
					Preservation::Preserve,
				)?;
				Self::pour(pool, parts)?;
				Self::deposit_event(Event::SlashTaken {
					model,
					from: from.clone(),
					amount,
					to,
					parts,
					buckets: pool.buckets,
				});
				Ok(to)
			})
		})
	}
}

impl<T: Config> Shareholding for Pallet<T> {
	fn set_shares(model: ModelId, shares: Shares) -> DispatchResult {
		Pools::<T>::try_mutate(model, |pool| {
			let pool = Self::ensure_open(pool)?;
			ensure!(shares.are_whole(), Error::<T>::SharesDoNotSum);
			pool.shares = shares;
			Self::deposit_event(Event::SharesSet { model, shares });
			Ok(())
		})
	}
}

impl<T: Config> Closing for Pallet<T> {
	fn is_locked(model: ModelId) -> bool {
		Self::open_pool(model).is_ok_and(|pool| Self::is_needed(model, &pool))
	}

	fn close(model: ModelId) -> DispatchResult {
		Pools::<T>::try_mutate(model, |pool| {
			let pool = Self::ensure_open(pool)?;
			ensure!(!Self::is_needed(model, pool), Error::<T>::PoolLocked);
			pool.state = PoolState::Closed;
			Allowances::<T>::remove(model);
			let remaining = pool.buckets.total().ok_or(ArithmeticError::Overflow)?;
			pool.buckets = ByRole::default();
			// No funder is refunded more than they put in: income that was not spent would
			// otherwise be shared out to whoever funds the pool right before it is closed.
			pool.refundable = remaining.min(pool.contributions);
			Self::deposit_event(Event::Closed { model, refundable: pool.refundable });
			Self::credit_surplus(model, pool, Self::minus(remaining, pool.refundable)?)?;
			// Should the owner's account be unable to receive it (too little for an account that
			// does not hold the asset), the pool closes all the same and the refund waits.
			let before = pool.clone();
			let owner = pool.owner.clone();
			if with_storage_layer(|| Self::pay_back(model, pool, &owner)).is_err() {
				*pool = before;
			}
			Self::settle_if_empty(model, pool);
			Ok(())
		})
	}
}

impl<T: Config> Spending<T::AccountId> for Pallet<T> {
	fn spend(
		model: ModelId,
		role: Role,
		who: &T::AccountId,
		score: Score,
	) -> Result<Balance, DispatchError> {
		let score = score.checked().ok_or(Error::<T>::ScoreAboveOne)?;
		let remaining = Self::open_pool(model)?.buckets.of(role);
		ensure!(remaining > 0, Error::<T>::BucketEmpty);
		let amounts = <Self as Paymaster<_>>::pay(model, role, &[(who.clone(), score.into())])?;
		let amount = amounts.into_iter().next().unwrap_or_default();
		Self::deposit_event(Event::Spent { model, role, who: who.clone(), score, amount });
		Ok(amount)
	}
}

impl<T: Config> Earnings<T::AccountId> for Pallet<T> {
	fn earned(model: ModelId, who: &T::AccountId) -> Balance {
		// The audit proves that the sum exists: no account earns more than was ever put in.
		let earned = Allocations::<T>::get(model, who).earned.total().unwrap_or_default();
		match T::Models::owner(model).as_ref() == Some(who) {
			true => earned.saturating_sub(OwnRewards::<T>::get(model)),
			false => earned,
		}
	}
}
