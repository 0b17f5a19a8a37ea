//! How a task begins and ends.

use crate::{Task, *};
use frame::{prelude::*, traits::Time};
use pallet_models::{Governance, ModelRegistry};
use pallet_pools::{Reserving, Role};

impl<T: Config> Pallet<T> {
	pub(crate) fn do_open(
		who: T::AccountId,
		model: ModelId,
		terms: TaskTerms<T::AccountId>,
	) -> DispatchResult {
		let owner = T::Models::owner(model).ok_or(Error::<T>::UnknownModel)?;
		ensure!(who == owner, Error::<T>::NotOwner);
		ensure!(T::Governance::owner_operates(model), Error::<T>::OwnerNotMember);
		let now = T::Time::now();
		terms.ensure_sound::<T>(now)?;
		let settle_ms = T::Governance::settle_ms(model);
		ensure!(terms.dispute_ms >= settle_ms, Error::<T>::DisputeTooShort);
		let set_aside = terms.most().ok_or(ArithmeticError::Overflow)?;
		// A task that pays nothing needs no pool, nor keeps one open.
		if set_aside > 0 {
			ensure!(!T::Governance::pool_closes(model), Error::<T>::PoolCloses);
			T::Pools::set_aside(model, Role::Annotator, set_aside)?;
		}
		OpenCount::<T>::try_mutate(model, |count| {
			ensure!(*count < MAX_OPEN, Error::<T>::TooManyOpen);
			count.saturating_inc();
			Ok::<_, Error<T>>(())
		})?;
		let task = NextTaskId::<T>::get();
		ensure!(Self::is_id(task), Error::<T>::IdsExhausted);
		NextTaskId::<T>::put(task.saturating_add(1));
		ByModel::<T>::insert(model, task, ());
		let deadline_ms = terms.deadline_ms;
		Tasks::<T>::insert(
			task,
			Task {
				model,
				terms,
				opened_ms: now,
				state: TaskState::Open,
				set_aside,
				paid: 0,
				committed: 0,
				revealed: 0,
				settled: 0,
				cursor: 0,
			},
		);
		Self::deposit_event(Event::TaskOpened { task, model, set_aside, deadline_ms });
		Ok(())
	}

	pub(crate) fn do_stop(task: TaskId, mut entry: TaskFor<T>) -> DispatchResult {
		let now = T::Time::now();
		ensure!(now < entry.terms.deadline_ms, Error::<T>::DeadlinePassed);
		// Every lease that runs ends by then, and is not cut short.
		let deadline_ms = now.saturating_add(entry.terms.lease_ms).min(entry.terms.deadline_ms);
		entry.terms.deadline_ms = deadline_ms;
		let model = entry.model;
		Tasks::<T>::insert(task, entry);
		Self::deposit_event(Event::TaskStopped { task, model, deadline_ms });
		Ok(())
	}

	pub(crate) fn do_close(task: TaskId) -> DispatchResult {
		let mut entry = Self::open_task(task)?;
		ensure!(entry.can_close(T::Time::now()), Error::<T>::TooEarlyToClose);
		let (model, paid) = (entry.model, entry.paid);
		let returned = entry.remaining().ok_or(ArithmeticError::Underflow)?;
		if returned > 0 {
			T::Pools::put_back(model, Role::Annotator, returned)?;
		}
		entry.state = TaskState::Closed { returned };
		Tasks::<T>::insert(task, entry);
		OpenCount::<T>::mutate_exists(model, |count| {
			*count = count.and_then(|count| count.checked_sub(1)).filter(|left| *left > 0);
		});
		Self::deposit_event(Event::TaskClosed { task, model, paid, returned });
		Ok(())
	}
}
