//! Whether a stake was lost or made.

use crate::*;
use frame::{deps::sp_runtime::TryRuntimeError, prelude::*, token::fungibles::Inspect};
use pallet_pools::Pooled;

impl<T: Config> Pallet<T> {
	/// The ledger of a model's stakes beside what is really there, or none if nothing was ever
	/// staked.
	pub fn statement(model: ModelId) -> Option<Statement<T::AssetKind>> {
		let escrow = Escrows::<T>::get(model)?;
		let asset = T::Pools::asset(model)?;
		let escrow_balance = T::Assets::total_balance(asset.clone(), &Self::escrow(model));
		let sums = Self::sums(model);
		let Ledger { staked, withdrawn, slashed, held } = escrow.ledger;
		let balanced = sums.is_some_and(|(active, unbonding)| {
			let balanced = withdrawn.checked_add(slashed).and_then(|out| out.checked_add(held));
			let accounted = active.checked_add(unbonding);
			let open = escrow.depositor.is_some();
			balanced == Some(staked)
				&& accounted == Some(held)
				&& (active, unbonding) == (escrow.active, escrow.unbonding)
				&& (open || (held == 0 && escrow.deposit == 0))
		});
		// Should the sum overflow, so much is missing that it does not matter how much.
		let short = held.saturating_add(escrow.deposit).saturating_sub(escrow_balance);
		let (active_total, unbonding_total) = sums.unwrap_or_default();
		Some(Statement {
			model,
			asset,
			staked,
			withdrawn,
			slashed,
			held,
			active_total,
			unbonding_total,
			deposit: escrow.deposit,
			escrow_balance,
			short,
			balanced,
			ok: balanced && short == 0,
		})
	}

	/// Sums up what is active and what is unbonding, account by account; none if a sum overflows.
	fn sums(model: ModelId) -> Option<(Balance, Balance)> {
		let (mut active, mut unbonding): (Balance, Balance) = (0, 0);
		for (_, stake) in Stakes::<T>::iter_prefix(model) {
			active = active.checked_add(stake.active.total()?)?;
			for part in &stake.unbonding {
				unbonding = unbonding.checked_add(part.amount)?;
			}
		}
		Some((active, unbonding))
	}

	/// Checks that no stake was lost or made, and that no record is left behind.
	pub fn do_try_state() -> Result<(), TryRuntimeError> {
		for model in Escrows::<T>::iter_keys() {
			let statement = Self::statement(model).ok_or("a model's stakes cannot be read")?;
			ensure!(statement.ok, "the sums of a model's stakes do not agree");
		}
		for (model, _, stake) in Stakes::<T>::iter() {
			ensure!(Escrows::<T>::contains_key(model), "a stake has no escrow account");
			ensure!(stake != Stake::default(), "an empty stake was left behind");
			let parts = stake.unbonding.iter();
			ensure!(parts.clone().all(|part| part.amount > 0), "nothing is unbonding");
		}
		for (_, _, locks) in Locks::<T>::iter() {
			let mut keys: alloc::vec::Vec<_> = locks.iter().map(|lock| lock.key).collect();
			keys.sort_unstable();
			keys.dedup();
			ensure!(keys.len() == locks.len(), "two locks have the same key");
		}
		Ok(())
	}
}
