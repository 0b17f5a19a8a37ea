//! The movements of money that the calls are made of.

use crate::*;
use frame::{
	deps::frame_support::storage::with_storage_layer,
	deps::sp_runtime::TokenError,
	prelude::*,
	token::{
		fungibles::{Inspect, Mutate},
		Fortitude, Preservation,
	},
	traits::Time,
};
use pallet_pools::Pooled;

impl<T: Config> Pallet<T> {
	/// The account that holds the stakes in a model.
	pub fn escrow(model: ModelId) -> T::AccountId {
		T::PalletId::get().into_sub_account_truncating(model)
	}

	pub(crate) fn plus(a: Balance, b: Balance) -> Result<Balance, DispatchError> {
		a.checked_add(b).ok_or(ArithmeticError::Overflow.into())
	}

	pub(crate) fn minus(a: Balance, b: Balance) -> Result<Balance, DispatchError> {
		a.checked_sub(b).ok_or(ArithmeticError::Underflow.into())
	}

	pub(crate) fn plus_ms(a: Moment, b: Moment) -> Result<Moment, DispatchError> {
		a.checked_add(b).ok_or(ArithmeticError::Overflow.into())
	}

	/// The asset of a model's stakes, while its pool is open.
	pub(crate) fn open_asset(model: ModelId) -> Result<T::AssetKind, Error<T>> {
		let asset = T::Pools::asset(model).ok_or(Error::<T>::NoPool)?;
		ensure!(T::Pools::is_open(model), Error::<T>::PoolClosed);
		Ok(asset)
	}

	/// The least that may be at stake in a role.
	///
	/// No less than the asset's minimum balance, so that a stake that was not slashed can be paid
	/// out even to an account that was reaped meanwhile.
	pub fn minimum(model: ModelId, asset: T::AssetKind) -> Balance {
		Terms::<T>::get(model).minimum.max(T::Assets::minimum_balance(asset))
	}

	pub(crate) fn ensure_minimum(
		model: ModelId,
		asset: T::AssetKind,
		active: Balance,
	) -> Result<(), Error<T>> {
		let enough = active == 0 || active >= Self::minimum(model, asset);
		ensure!(enough, Error::<T>::BelowMinimumStake);
		Ok(())
	}

	pub(crate) fn try_mutate_escrow(
		model: ModelId,
		change: impl FnOnce(&mut Escrow<T::AccountId>) -> DispatchResult,
	) -> DispatchResult {
		// Whoever has something at stake has it in an escrow account.
		Escrows::<T>::try_mutate(model, |escrow| {
			change(escrow.as_mut().ok_or(Error::<T>::InsufficientStake)?)
		})
	}

	/// Brings an escrow account into being, with a deposit of whoever stakes first.
	///
	/// It lives by a provider reference, so an asset needs no native tokens beside it to be held
	/// there, and the native minimum can be taken out of it in the end.
	pub(crate) fn open_escrow(
		model: ModelId,
		escrow: &mut Escrow<T::AccountId>,
		asset: &T::AssetKind,
		depositor: &T::AccountId,
	) -> DispatchResult {
		let account = Self::escrow(model);
		let deposit = T::Assets::minimum_balance(asset.clone());
		frame_system::Pallet::<T>::inc_providers(&account);
		Self::take_in(asset.clone(), depositor, &account, deposit)?;
		escrow.depositor = Some(depositor.clone());
		escrow.deposit = deposit;
		Self::deposit_event(Event::EscrowOpened { model, depositor: depositor.clone(), deposit });
		Ok(())
	}

	/// Moves tokens into an escrow account.
	///
	/// The wallet keeps its minimum balance: staking never closes it, nor leaves dust.
	pub(crate) fn take_in(
		asset: T::AssetKind,
		who: &T::AccountId,
		escrow: &T::AccountId,
		amount: Balance,
	) -> DispatchResult {
		let spendable = T::Assets::reducible_balance(
			asset.clone(),
			who,
			Preservation::Preserve,
			Fortitude::Polite,
		);
		ensure!(amount <= spendable, Error::<T>::InsufficientBalance);
		T::Assets::transfer(asset, who, escrow, amount, Preservation::Preserve)?;
		Ok(())
	}

	/// Moves tokens out of an escrow account, which lives on by the deposit.
	pub(crate) fn take_out(
		asset: T::AssetKind,
		escrow: &T::AccountId,
		to: &T::AccountId,
		amount: Balance,
	) -> DispatchResult {
		T::Assets::transfer(asset, escrow, to, amount, Preservation::Preserve)?;
		Ok(())
	}

	/// Closes an escrow account without stakes, unless the depositor cannot be paid: then it waits
	/// for the depositor to withdraw.
	pub(crate) fn close_if_empty(
		model: ModelId,
		escrow: &mut Escrow<T::AccountId>,
		asset: T::AssetKind,
	) {
		let Some(depositor) = escrow.depositor.clone() else { return };
		if escrow.ledger.held == 0 {
			let before = escrow.clone();
			let close = || Self::close_escrow(model, escrow, asset, depositor);
			if with_storage_layer(close).is_err() {
				*escrow = before;
			}
		}
	}

	/// Empties an escrow account to whoever paid its deposit.
	pub(crate) fn close_escrow(
		model: ModelId,
		escrow: &mut Escrow<T::AccountId>,
		asset: T::AssetKind,
		depositor: T::AccountId,
	) -> DispatchResult {
		let account = Self::escrow(model);
		let amount = T::Assets::reducible_balance(
			asset.clone(),
			&account,
			Preservation::Expendable,
			Fortitude::Polite,
		);
		// Nothing can be taken of what is frozen: then the account is not to be given up.
		ensure!(amount >= escrow.deposit, TokenError::FundsUnavailable);
		T::Assets::transfer(asset, &account, &depositor, amount, Preservation::Expendable)?;
		escrow.depositor = None;
		escrow.deposit = 0;
		// Fails only if a stranger sent another asset there, whose account then keeps the
		// escrow's empty one alive: harmless, and nothing at stake is in it.
		let _ = frame_system::Pallet::<T>::dec_providers(&account);
		Self::deposit_event(Event::EscrowClosed { model, depositor, amount });
		Ok(())
	}

	/// Adds to what is unbonding; parts of a role that unlock at the same time become one.
	pub(crate) fn unbond(stake: &mut Stake, part: Unbonding) -> DispatchResult {
		let same =
			|other: &&mut Unbonding| other.role == part.role && other.unlock_ms == part.unlock_ms;
		match stake.unbonding.iter_mut().find(same) {
			Some(other) => other.amount = Self::plus(other.amount, part.amount)?,
			None => stake.unbonding.try_push(part).map_err(|_| Error::<T>::TooManyUnbonding)?,
		}
		Ok(())
	}

	/// Takes an amount out of what is unbonding in a role, what was unstaked last first.
	pub(crate) fn bond_again(stake: &mut Stake, role: Role, amount: Balance) -> DispatchResult {
		let mut missing = amount;
		for part in stake.unbonding.iter_mut().rev().filter(|part| part.role == role) {
			let taken = part.amount.min(missing);
			part.amount = Self::minus(part.amount, taken)?;
			missing = Self::minus(missing, taken)?;
		}
		ensure!(missing == 0, Error::<T>::InsufficientUnbonding);
		stake.unbonding.retain(|part| part.amount > 0);
		Ok(())
	}

	/// Takes what has unbonded off an account's record; how much that was.
	pub(crate) fn take_unbonded(
		model: ModelId,
		who: &T::AccountId,
	) -> Result<Balance, DispatchError> {
		let now = T::Time::now();
		Self::try_mutate_stake(model, who, |stake| {
			let due = stake.unbonding.iter().filter(|part| part.unlock_ms <= now);
			let amount = due.map(|part| part.amount).try_fold(0, Self::plus)?;
			stake.unbonding.retain(|part| part.unlock_ms > now);
			Ok(amount)
		})
	}

	/// Changes an account's record, which is gone when nothing is left in it.
	pub(crate) fn try_mutate_stake<R>(
		model: ModelId,
		who: &T::AccountId,
		change: impl FnOnce(&mut Stake) -> Result<R, DispatchError>,
	) -> Result<R, DispatchError> {
		Stakes::<T>::try_mutate_exists(model, who, |entry| {
			let mut stake = entry.take().unwrap_or_default();
			let result = change(&mut stake)?;
			if stake != Stake::default() {
				*entry = Some(stake);
			}
			Ok(result)
		})
	}

	/// Refuses a stake that is less than what a lock needs, and drops the locks that have ended.
	pub(crate) fn ensure_unlocked(
		model: ModelId,
		who: &T::AccountId,
		stake: &Stake,
	) -> DispatchResult {
		let now = T::Time::now();
		let all = stake.active.total().ok_or(ArithmeticError::Overflow)?;
		Locks::<T>::try_mutate_exists(model, who, |entry| {
			let mut locks = entry.take().unwrap_or_default();
			locks.retain(|lock| lock.until_ms > now);
			let stays = |lock: &Lock| lock.role.map_or(all, |role| stake.active.of(role));
			let kept = locks.iter().all(|lock| stays(lock) >= lock.amount);
			ensure!(kept, Error::<T>::StakeIsLocked);
			if !locks.is_empty() {
				*entry = Some(locks);
			}
			Ok(())
		})
	}
}
