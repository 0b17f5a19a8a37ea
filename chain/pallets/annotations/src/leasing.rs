//! How annotators get batches, and give them up.

use crate::*;
use frame::{prelude::*, traits::Time};
use pallet_pools::Role;
use pallet_stakes::StakeOf;

impl<T: Config> Pallet<T> {
	/// Refuses an account that gets no batch of a task, whichever it is.
	pub(crate) fn ensure_may_take(
		entry: &TaskFor<T>,
		who: &T::AccountId,
		now: Moment,
	) -> Result<(), Error<T>> {
		ensure!(now < entry.terms.deadline_ms, Error::<T>::DeadlinePassed);
		let at_stake = T::Stakes::staked_as(entry.model, who, Role::Annotator);
		ensure!(at_stake >= entry.terms.minimum_stake, Error::<T>::StakeTooSmall);
		Ok(())
	}

	pub(crate) fn do_take(who: T::AccountId, task: TaskId, batch: BatchId) -> DispatchResult {
		let mut entry = Self::open_task(task)?;
		let now = T::Time::now();
		Self::ensure_may_take(&entry, &who, now)?;
		let terms = &entry.terms;
		ensure!(batch < terms.batches(), Error::<T>::UnknownBatch);

		let mut annotator = Annotators::<T>::get(task, &who);
		let holds = annotator.lease.is_some_and(|lease| now < lease.until_ms);
		ensure!(!holds, Error::<T>::HoldsABatch);
		let key = (task, &who, batch);
		ensure!(!Assignments::<T>::contains_key(key), Error::<T>::HeldBefore);
		// Both are bounded by the number of items of the task, so far below the maximum of the
		// type that a sum which saturates is too many anyway.
		let items = annotator.items.saturating_add(terms.items_in(batch));
		ensure!(items <= terms.maximum_items, Error::<T>::TooManyItems);

		let until_ms = now.saturating_add(terms.lease_ms).min(terms.deadline_ms);
		Batches::<T>::try_mutate(task, batch, |places| {
			places.retain(|place| place.is_taken(now));
			ensure!(places.len() < terms.answers_per_item as usize, Error::<T>::BatchFull);
			let place = Place { who: who.clone(), until_ms: Some(until_ms) };
			places.try_push(place).map_err(|_| Error::<T>::BatchFull)
		})?;
		let stage = Stage::Leased { until_ms };
		Assignments::<T>::insert(key, Assignment { stage, answers: None });
		annotator.lease = Some(Lease { batch, until_ms });
		annotator.items = items;
		Self::keep_stake(task, &entry, &who, &mut annotator, now)?;
		Annotators::<T>::insert(task, &who, annotator);
		// The batch is below the number of batches, so nothing saturates; that number is not zero.
		entry.cursor = batch.saturating_add(1) % entry.terms.batches();
		Tasks::<T>::insert(task, entry);
		Self::deposit_event(Event::BatchTaken { task, batch, who, until_ms });
		Ok(())
	}

	pub(crate) fn do_release(who: T::AccountId, task: TaskId) -> DispatchResult {
		let entry = Tasks::<T>::get(task).ok_or(Error::<T>::UnknownTask)?;
		let mut annotator = Annotators::<T>::get(task, &who);
		let lease = annotator.lease.take().ok_or(Error::<T>::NotHolding)?;
		let batch = lease.batch;
		let now = T::Time::now();
		Batches::<T>::mutate(task, batch, |places| places.retain(|place| place.who != who));
		let stage = Stage::Leased { until_ms: lease.until_ms.min(now) };
		Assignments::<T>::insert((task, &who, batch), Assignment { stage, answers: None });
		Self::free_stake(task, &entry, &who, &mut annotator, now)?;
		Annotators::<T>::insert(task, &who, annotator);
		Self::deposit_event(Event::BatchReleased { task, batch, who });
		Ok(())
	}
}
