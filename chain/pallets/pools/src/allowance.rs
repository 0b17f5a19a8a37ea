//! What a model's collective allows rounds to pay and tasks to set aside.

use crate::*;
use alloc::vec::Vec;
use frame::{deps::frame_support::storage::with_storage_layer, prelude::*};
use pallet_models::Governance;

impl<T: Config> Pallet<T> {
	/// How much rounds may still take of the contributors' bucket and tasks of the annotators'.
	///
	/// Where nothing was decided that holds: all of it while the owner decides alone, nothing once
	/// the collective has other members, as the owner scores the rounds and the answers.
	pub fn allowance(model: ModelId) -> Allowance {
		match Self::decided(model) {
			Some(decided) => decided.allowance,
			None if T::Governance::owner_decides(model) => Allowance::Unlimited,
			None => Allowance::Limited(0),
		}
	}

	/// What was decided and holds: what an owner set alone does not bind those who join later.
	fn decided(model: ModelId) -> Option<Decided> {
		Allowances::<T>::get(model)
			.filter(|decided| !decided.by_owner || T::Governance::owner_decides(model))
	}

	/// What is left of the allowance once these amounts are paid; none where there is no limit.
	fn left_after(model: ModelId, amounts: &[Balance]) -> Result<Option<Balance>, DispatchError> {
		let Allowance::Limited(allowance) = Self::allowance(model) else { return Ok(None) };
		let sum = amounts.iter().try_fold(0, |sum, amount| Self::plus(sum, *amount))?;
		Ok(Some(allowance.checked_sub(sum).ok_or(Error::<T>::AllowanceSpent)?))
	}

	/// Lowers the allowance by these amounts, where there is one.
	pub(crate) fn use_allowance(model: ModelId, amounts: &[Balance]) -> DispatchResult {
		let left = Self::left_after(model, amounts)?;
		// What nobody decided stays undecided: taking nothing does not make it a decision.
		if let (Some(left), Some(decided)) = (left, Self::decided(model)) {
			let allowance = Allowance::Limited(left);
			Allowances::<T>::insert(model, Decided { allowance, ..decided });
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
			let amounts = Self::credit(model, Role::Contributor, parts, Decider::Owner)?;
			Self::use_allowance(model, &amounts)?;
			Ok(amounts)
		})
	}
}

impl<T: Config> Allowing for Pallet<T> {
	fn set_allowance(model: ModelId, amount: Option<Balance>) -> DispatchResult {
		Self::open_pool(model)?;
		let allowance = amount.map_or(Allowance::Unlimited, Allowance::Limited);
		let by_owner = T::Governance::owner_decides(model);
		Allowances::<T>::insert(model, Decided { allowance, by_owner });
		Self::deposit_event(Event::AllowanceSet { model, amount });
		Ok(())
	}
}
