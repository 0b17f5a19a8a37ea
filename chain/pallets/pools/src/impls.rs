//! The movements of money that the calls are made of.

use crate::*;
use alloc::{collections::BTreeSet, vec::Vec};
use frame::{
	deps::frame_support::storage::with_storage_layer,
	prelude::*,
	token::{
		fungibles::{Inspect, Mutate},
		DepositConsequence, Fortitude, Preservation, Provenance,
	},
};
use pallet_models::{Governance, ModelRegistry};

impl<T: Config> Pallet<T> {
	/// The account that holds the tokens of a model's pool.
	pub fn escrow(model: ModelId) -> T::AccountId {
		T::PalletId::get().into_sub_account_truncating(model)
	}

	pub(crate) fn plus(a: Balance, b: Balance) -> Result<Balance, DispatchError> {
		a.checked_add(b).ok_or(ArithmeticError::Overflow.into())
	}

	pub(crate) fn minus(a: Balance, b: Balance) -> Result<Balance, DispatchError> {
		a.checked_sub(b).ok_or(ArithmeticError::Underflow.into())
	}

	pub(crate) fn ensure_owner(
		origin: OriginFor<T>,
		model: ModelId,
	) -> Result<T::AccountId, DispatchError> {
		let who = ensure_signed(origin)?;
		let owner = T::Models::owner(model).ok_or(Error::<T>::UnknownModel)?;
		ensure!(who == owner, Error::<T>::NotOwner);
		Ok(who)
	}

	/// Checks that the signer owns the model and decides on it alone.
	pub(crate) fn ensure_decider(
		origin: OriginFor<T>,
		model: ModelId,
	) -> Result<T::AccountId, DispatchError> {
		let owner = Self::ensure_owner(origin, model)?;
		ensure!(T::Governance::owner_decides(model), Error::<T>::CollectiveDecides);
		Ok(owner)
	}

	pub(crate) fn ensure_open(pool: &mut Option<PoolOf<T>>) -> Result<&mut PoolOf<T>, Error<T>> {
		let pool = pool.as_mut().ok_or(Error::<T>::NoPool)?;
		ensure!(pool.state == PoolState::Open, Error::<T>::PoolClosed);
		Ok(pool)
	}

	/// Whether an open pool must stay so: what is promised must be there to be paid.
	pub(crate) fn is_needed(model: ModelId, pool: &PoolOf<T>) -> bool {
		pool.set_aside > 0 || T::Locks::locked(model)
	}

	pub(crate) fn open_pool(model: ModelId) -> Result<PoolOf<T>, Error<T>> {
		let pool = Pools::<T>::get(model).ok_or(Error::<T>::NoPool)?;
		ensure!(pool.state == PoolState::Open, Error::<T>::PoolClosed);
		Ok(pool)
	}

	/// Checks scores and turns them into exact parts.
	pub fn parts_of(
		rewards: &[(T::AccountId, Score)],
	) -> Result<Vec<(T::AccountId, Part)>, Error<T>> {
		ensure!(!rewards.is_empty(), Error::<T>::NobodyToReward);
		ensure!(rewards.len() <= MAX_REWARDS as usize, Error::<T>::TooManyRewards);
		let mut seen = BTreeSet::new();
		let mut sum = Score::ZERO;
		for (who, score) in rewards {
			ensure!(seen.insert(who), Error::<T>::DuplicateAccount);
			let score = score.checked().ok_or(Error::<T>::ScoreAboveOne)?;
			// Both are at most 10^9, so their sum fits.
			sum =
				Score(sum.0.saturating_add(score.0)).checked().ok_or(Error::<T>::ScoresAboveOne)?;
		}
		Ok(rewards.iter().map(|(who, score)| (who.clone(), (*score).into())).collect())
	}

	/// Moves tokens of `who` into the pool's buckets, to be refunded in proportion.
	pub(crate) fn put_in(
		model: ModelId,
		pool: &mut PoolOf<T>,
		who: &T::AccountId,
		amount: Balance,
	) -> DispatchResult {
		Self::take_in(pool.asset.clone(), who, &Self::escrow(model), amount)?;
		let parts = pool.shares.split(amount).ok_or(ArithmeticError::Overflow)?;
		Self::pour(pool, parts)?;
		pool.contributions = Self::plus(pool.contributions, amount)?;
		Contributions::<T>::try_mutate(model, who, |contribution| {
			*contribution = Some(Self::plus(contribution.unwrap_or_default(), amount)?);
			Ok::<_, DispatchError>(())
		})?;
		Self::deposit_event(Event::Funded {
			model,
			who: who.clone(),
			amount,
			buckets: pool.buckets,
		});
		Ok(())
	}

	/// Enters tokens that came into the escrow account into the buckets and the ledger.
	pub(crate) fn pour(pool: &mut PoolOf<T>, parts: ByRole<Balance>) -> DispatchResult {
		let amount = parts.total().ok_or(ArithmeticError::Overflow)?;
		for role in Role::ALL {
			let bucket = pool.buckets.of_mut(role);
			*bucket = Self::plus(*bucket, parts.of(role))?;
		}
		pool.ledger.funded = Self::plus(pool.ledger.funded, amount)?;
		pool.ledger.held = Self::plus(pool.ledger.held, amount)?;
		Ok(())
	}

	/// Moves tokens into an escrow account.
	///
	/// The wallet keeps its minimum balance: funding never closes it, nor leaves dust.
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

	/// Moves tokens out of the escrow account, which lives on by the deposit.
	pub(crate) fn take_out(
		model: ModelId,
		pool: &PoolOf<T>,
		to: &T::AccountId,
		amount: Balance,
	) -> DispatchResult {
		T::Assets::transfer(
			pool.asset.clone(),
			&Self::escrow(model),
			to,
			amount,
			Preservation::Preserve,
		)?;
		Ok(())
	}

	/// Credits each account with its part of what remains in a role's bucket; how much that was.
	pub(crate) fn credit(
		model: ModelId,
		role: Role,
		parts: &[(T::AccountId, Part)],
		decider: Decider,
	) -> Result<Vec<Balance>, DispatchError> {
		let own = Self::own_earner(model, decider);
		// A storage layer of its own: a caller that handles the error finds nothing changed.
		with_storage_layer(|| {
			Pools::<T>::try_mutate(model, |pool| {
				let pool = Self::ensure_open(pool)?;
				let (amounts, sum) = Self::amounts_of(pool.buckets.of(role), parts)?;
				let bucket = pool.buckets.of_mut(role);
				*bucket = Self::minus(*bucket, sum)?;
				pool.claimable = Self::plus(pool.claimable, sum)?;
				for ((who, _), amount) in parts.iter().zip(&amounts) {
					// An account that earns nothing takes no storage.
					if *amount == 0 {
						continue;
					}
					Allocations::<T>::try_mutate(model, who, |allocation| {
						let earned = allocation.earned.of_mut(role);
						*earned = Self::plus(*earned, *amount)?;
						Ok::<_, DispatchError>(())
					})?;
					if own.as_ref() == Some(who) {
						Self::count_no_contribution(model, *amount)?;
					}
				}
				Ok(amounts)
			})
		})
	}

	/// Whom no other grants what it earns: the model's owner, where that is the owner's own word.
	pub(crate) fn own_earner(model: ModelId, decider: Decider) -> Option<T::AccountId> {
		let is_own = decider == Decider::Owner || T::Governance::owner_decides(model);
		T::Models::owner(model).filter(|_| is_own)
	}

	/// Notes what the model's owner earned without that others granted it.
	pub(crate) fn count_no_contribution(model: ModelId, amount: Balance) -> DispatchResult {
		OwnRewards::<T>::try_mutate(model, |own| {
			*own = Self::plus(*own, amount)?;
			Ok(())
		})
	}

	/// Where a slashed part goes that is meant to go somewhere.
	///
	/// A closed pool has no buckets, so it goes to the fees account. A fees account that cannot
	/// receive it (too little of an asset that it does not hold, or that it cannot hold) must not
	/// keep anyone from being slashed: then it goes into the buckets of an open pool.
	pub(crate) fn slash_destination(pool: &PoolOf<T>, amount: Balance, to: SlashTo) -> SlashTo {
		let fees = T::FeesAccount::get();
		match (pool.state, to) {
			(PoolState::Open, SlashTo::Fees) => {
				let asset = pool.asset.clone();
				let told = T::Assets::can_deposit(asset, &fees, amount, Provenance::Extant);
				match told == DepositConsequence::Success {
					true => SlashTo::Fees,
					false => SlashTo::Buckets,
				}
			},
			(PoolState::Open, to) => to,
			_ => SlashTo::Fees,
		}
	}

	/// Credits what remains of a closed pool beyond its funders' money to its owner, as creator.
	pub(crate) fn credit_surplus(
		model: ModelId,
		pool: &mut PoolOf<T>,
		amount: Balance,
	) -> DispatchResult {
		if amount > 0 {
			let owner = pool.owner.clone();
			pool.claimable = Self::plus(pool.claimable, amount)?;
			Allocations::<T>::try_mutate(model, &owner, |allocation| {
				let earned = allocation.earned.of_mut(Role::Creator);
				*earned = Self::plus(*earned, amount)?;
				Ok::<_, DispatchError>(())
			})?;
			Self::count_no_contribution(model, amount)?;
			Self::deposit_event(Event::SurplusCredited { model, owner, amount });
		}
		Ok(())
	}

	/// Pays a funder of a closed pool their part of what is refundable.
	pub(crate) fn pay_back(
		model: ModelId,
		pool: &mut PoolOf<T>,
		funder: &T::AccountId,
	) -> DispatchResult {
		let contribution =
			Contributions::<T>::take(model, funder).ok_or(Error::<T>::NothingToRefund)?;
		let part = Part { numerator: contribution, denominator: pool.contributions };
		let amount = part.of(pool.refundable).ok_or(ArithmeticError::Overflow)?;
		pool.contributions = Self::minus(pool.contributions, contribution)?;
		pool.refundable = Self::minus(pool.refundable, amount)?;
		pool.ledger.held = Self::minus(pool.ledger.held, amount)?;
		pool.ledger.refunded = Self::plus(pool.ledger.refunded, amount)?;
		if amount > 0 {
			Self::take_out(model, pool, funder, amount)?;
		}
		Self::deposit_event(Event::Refunded { model, who: funder.clone(), amount });
		Ok(())
	}

	/// Whether a closed pool owes nothing and still has its deposit.
	///
	/// Funders whose part of nothing is nothing need not have been refunded for that.
	pub(crate) fn is_empty(pool: &PoolOf<T>) -> bool {
		pool.state == PoolState::Closed && pool.ledger.held == 0
	}

	/// Settles a pool that owes nothing, unless its owner cannot be paid: then `settle` waits.
	pub(crate) fn settle_if_empty(model: ModelId, pool: &mut PoolOf<T>) {
		if Self::is_empty(pool) {
			let before = pool.clone();
			if with_storage_layer(|| Self::pay_deposit_back(model, pool)).is_err() {
				*pool = before;
			}
		}
	}

	/// Empties the escrow account to the pool's owner.
	pub(crate) fn pay_deposit_back(model: ModelId, pool: &mut PoolOf<T>) -> DispatchResult {
		let amount = Self::empty_escrow(model, pool)?;
		pool.deposit = 0;
		pool.state = PoolState::Settled;
		// Fails only if a stranger sent another asset there, whose account then keeps the
		// escrow's empty one alive: harmless, and nothing of the pool is in it.
		let _ = frame_system::Pallet::<T>::dec_providers(&Self::escrow(model));
		Self::deposit_event(Event::Settled { model, owner: pool.owner.clone(), amount });
		Ok(())
	}

	/// Sends the owner what strangers sent to the escrow account of a settled pool.
	pub(crate) fn pass_on_late_gift(model: ModelId, pool: &PoolOf<T>) -> DispatchResult {
		let amount = Self::empty_escrow(model, pool)?;
		ensure!(amount > 0, Error::<T>::NothingToSettle);
		Self::deposit_event(Event::Settled { model, owner: pool.owner.clone(), amount });
		Ok(())
	}

	/// Sends all that is in the escrow account to the pool's owner; how much that was.
	fn empty_escrow(model: ModelId, pool: &PoolOf<T>) -> Result<Balance, DispatchError> {
		let escrow = Self::escrow(model);
		let asset = pool.asset.clone();
		let amount = T::Assets::reducible_balance(
			asset.clone(),
			&escrow,
			Preservation::Expendable,
			Fortitude::Polite,
		);
		if amount > 0 {
			T::Assets::transfer(asset, &escrow, &pool.owner, amount, Preservation::Expendable)?;
		}
		Ok(amount)
	}

	/// What the parts of a bucket come to, refused if together they exceed it.
	pub(crate) fn amounts_of(
		bucket: Balance,
		parts: &[(T::AccountId, Part)],
	) -> Result<(Vec<Balance>, Balance), DispatchError> {
		let mut amounts = Vec::with_capacity(parts.len());
		let mut sum: Balance = 0;
		for (_, part) in parts {
			let amount = part.of(bucket).ok_or(ArithmeticError::Overflow)?;
			sum = Self::plus(sum, amount)?;
			amounts.push(amount);
		}
		ensure!(sum <= bucket, Error::<T>::ScoresAboveOne);
		Ok((amounts, sum))
	}
}
