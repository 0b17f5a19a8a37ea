//! What a model's collective allows rounds to pay and tasks to set aside.

use crate::*;
use alloc::vec::Vec;
use frame::{deps::frame_support::storage::with_storage_layer, prelude::*};

impl<T: Config> Pallet<T> {
	/// What is left of the allowance once these amounts are paid; none where there is no limit.
	fn left_after(model: ModelId, amounts: &[Balance]) -> Result<Option<Balance>, DispatchError> {
		let Some(allowance) = Allowances::<T>::get(model) else { return Ok(None) };
		let sum = amounts.iter().try_fold(0, |sum, amount| Self::plus(sum, *amount))?;
		Ok(Some(allowance.checked_sub(sum).ok_or(Error::<T>::AllowanceSpent)?))
	}

	/// Lowers the allowance by these amounts, where there is one.
	pub(crate) fn use_allowance(model: ModelId, amounts: &[Balance]) -> DispatchResult {
		if let Some(left) = Self::left_after(model, amounts)? {
			Allowances::<T>::insert(model, left);
		}
		Ok(())
	}
}

impl<T: Config> Payroll<T::AccountId> for Pallet<T> {
	fn preview_round(
		model: ModelId,
		parts: &[(T::AccountId, Part)],
	) -> Result<Vec<Balance>, DispatchError> {
		let amounts = <Self as Paymaster<_>>::preview(model, Role::Contributor, parts)?;
		Self::left_after(model, &amounts)?;
		Ok(amounts)
	}

	fn pay_round(
		model: ModelId,
		parts: &[(T::AccountId, Part)],
	) -> Result<Vec<Balance>, DispatchError> {
		with_storage_layer(|| {
			let amounts = <Self as Paymaster<_>>::pay(model, Role::Contributor, parts)?;
			Self::use_allowance(model, &amounts)?;
			Ok(amounts)
		})
	}
}

impl<T: Config> Allowing for Pallet<T> {
	fn set_allowance(model: ModelId, amount: Option<Balance>) -> DispatchResult {
		Self::open_pool(model)?;
		Allowances::<T>::set(model, amount);
		Self::deposit_event(Event::AllowanceSet { model, amount });
		Ok(())
	}
}
