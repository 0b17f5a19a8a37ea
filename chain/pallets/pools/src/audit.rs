//! Whether a pool has lost or made a token.

use crate::*;
use frame::{deps::sp_runtime::TryRuntimeError, prelude::*, token::fungibles::Inspect};

impl<T: Config> Pallet<T> {
	/// A pool's ledger beside what is really there, or none if the model has no pool.
	pub fn statement(model: ModelId) -> Option<Statement<T::AssetKind>> {
		let pool = Pools::<T>::get(model)?;
		let sums = Self::sums(model, &pool);
		let escrow_balance = T::Assets::total_balance(pool.asset.clone(), &Self::escrow(model));
		let Ledger { funded, paid, refunded, held } = pool.ledger;
		let balanced = sums.is_some_and(|sums| {
			let buckets_are_spent =
				pool.state == PoolState::Open || (sums.buckets == 0 && pool.set_aside == 0);
			let settled_is_empty =
				pool.state != PoolState::Settled || (held == 0 && pool.deposit == 0);
			let balanced = Some(funded) == sum([paid, refunded, held]);
			let accounted =
				Some(held) == sum([sums.buckets, pool.set_aside, sums.claimable, pool.refundable]);
			balanced
				&& accounted && buckets_are_spent
				&& settled_is_empty
				&& pool.shares.are_whole()
				&& pool.claimable == sums.claimable
				&& paid == sums.claimed
				&& pool.contributions == sums.contributions
				&& (pool.state != PoolState::Open || pool.refundable == 0)
				&& pool.refundable <= pool.contributions
		});
		// Should the sum overflow, so much is missing that it does not matter how much.
		let short = held.saturating_add(pool.deposit).saturating_sub(escrow_balance);
		Some(Statement {
			model,
			asset: pool.asset,
			funded,
			paid,
			refunded,
			held,
			buckets_total: pool.buckets.total().unwrap_or_default(),
			claimable_total: sums.map(|sums| sums.claimable).unwrap_or_default(),
			refundable: pool.refundable,
			set_aside: pool.set_aside,
			deposit: pool.deposit,
			escrow_balance,
			short,
			balanced,
			ok: balanced && short == 0,
		})
	}

	/// Sums a pool's records up, account by account; none if a sum overflows.
	fn sums(model: ModelId, pool: &PoolOf<T>) -> Option<Sums> {
		let mut sums = Sums { buckets: pool.buckets.total()?, ..Default::default() };
		for (_, allocation) in Allocations::<T>::iter_prefix(model) {
			sums.claimable = sums.claimable.checked_add(allocation.claimable()?)?;
			sums.claimed = sums.claimed.checked_add(allocation.claimed)?;
		}
		for (_, contribution) in Contributions::<T>::iter_prefix(model) {
			sums.contributions = sums.contributions.checked_add(contribution)?;
		}
		Some(sums)
	}

	/// Checks that no pool has lost or made a token.
	pub fn do_try_state() -> Result<(), TryRuntimeError> {
		for model in Pools::<T>::iter_keys() {
			let statement = Self::statement(model).ok_or("a pool cannot be read")?;
			ensure!(statement.ok, "a pool's sums do not agree with each other or with its escrow");
		}
		for model in Allowances::<T>::iter_keys() {
			ensure!(Self::open_pool(model).is_ok(), "a pool that is not open has an allowance");
		}
		Ok(())
	}
}

/// What the records of a pool sum to.
#[derive(Clone, Copy, Default)]
struct Sums {
	buckets: Balance,
	claimable: Balance,
	claimed: Balance,
	contributions: Balance,
}

fn sum<const N: usize>(amounts: [Balance; N]) -> Option<Balance> {
	amounts.into_iter().try_fold(0, Balance::checked_add)
}
