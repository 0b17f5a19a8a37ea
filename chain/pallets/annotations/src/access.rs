//! Who may do what in which task.

use crate::*;
use frame::prelude::*;
use pallet_models::{Governance, Membership, ModelRegistry};
use pallet_pools::Role;
use pallet_stakes::{StakeLock, StakeOf};

/// The keys of the locks on annotators' stakes begin here; below are those of proposals.
const LOCK_KEYS: u32 = 1 << 31;

impl<T: Config> Pallet<T> {
	/// A task that is open.
	pub(crate) fn open_task(task: TaskId) -> Result<TaskFor<T>, Error<T>> {
		let entry = Tasks::<T>::get(task).ok_or(Error::<T>::UnknownTask)?;
		ensure!(entry.state == TaskState::Open, Error::<T>::TaskClosed);
		Ok(entry)
	}

	/// An open task that the signer operates.
	pub(crate) fn operated_task(
		origin: OriginFor<T>,
		task: TaskId,
	) -> Result<TaskFor<T>, DispatchError> {
		let who = ensure_signed(origin)?;
		let entry = Self::open_task(task)?;
		Self::ensure_operates(entry.model, &who)?;
		Ok(entry)
	}

	/// Refuses who does not operate the tasks of a model: the owner does, as a member of the
	/// collective; while the owner is none, any member in the owner's place.
	pub(crate) fn ensure_operates(model: ModelId, who: &T::AccountId) -> Result<(), Error<T>> {
		let is_owner = T::Models::owner(model).as_ref() == Some(who);
		if T::Governance::owner_operates(model) {
			ensure!(is_owner, Error::<T>::NotOwner);
		} else {
			ensure!(!is_owner, Error::<T>::OwnerNotMember);
			ensure!(T::Governance::is_member(model, who), Error::<T>::NotOwner);
		}
		Ok(())
	}

	/// Refuses who does not judge the answers to a task: those who operate it do, and its
	/// validators. Not even as a validator an owner who is no member.
	pub(crate) fn ensure_scorer(entry: &TaskFor<T>, who: &T::AccountId) -> Result<(), Error<T>> {
		match Self::ensure_operates(entry.model, who) {
			Err(Error::<T>::OwnerNotMember) => Err(Error::<T>::OwnerNotMember),
			Err(_) if !entry.terms.validators.contains(who) => Err(Error::<T>::NotScorer),
			_ => Ok(()),
		}
	}

	/// What an annotator did with a batch of a task.
	pub(crate) fn assignment(
		task: TaskId,
		batch: BatchId,
		who: &T::AccountId,
	) -> Result<Assignment, Error<T>> {
		Assignments::<T>::get((task, who, batch)).ok_or(Error::<T>::NotRevealed)
	}

	/// Refuses a call that names nothing, or more than its weight is meant for.
	pub(crate) fn ensure_some<I>(items: &[I]) -> Result<(), Error<T>> {
		ensure!(!items.is_empty(), Error::<T>::NothingNamed);
		ensure!(items.len() <= MAX_AT_ONCE as usize, Error::<T>::TooManyAtOnce);
		Ok(())
	}

	fn lock_key(task: TaskId) -> u32 {
		LOCK_KEYS | task
	}

	/// Whether a task can have this id: its lock must not be mistaken for a proposal's.
	pub(crate) fn is_id(task: TaskId) -> bool {
		task < LOCK_KEYS
	}

	/// Keeps what an annotator must have at stake where it is, for as long as it is needed there.
	pub(crate) fn keep_stake(
		task: TaskId,
		entry: &TaskFor<T>,
		who: &T::AccountId,
		annotator: &mut Annotator,
		now: Moment,
	) -> DispatchResult {
		let (model, key, role) = (entry.model, Self::lock_key(task), Role::Annotator);
		// There is less than the minimum, or nothing, if it was slashed meanwhile: that is no reason
		// to refuse what was answered.
		let at_stake = T::Stakes::staked_as(model, who, role);
		let amount = entry.terms.minimum_stake.min(at_stake);
		let needed = annotator.needed_until_ms(entry.terms.ends_ms(), now);
		let until_ms = needed.filter(|_| amount > 0);
		if annotator.locked_until_ms == until_ms {
			return Ok(());
		}
		match until_ms {
			Some(until_ms) => T::Stakes::lock(model, who, Some(role), amount, until_ms, key)?,
			None => T::Stakes::unlock(model, who, key),
		}
		annotator.locked_until_ms = until_ms;
		Ok(())
	}

	/// Frees the stake of an annotator sooner, should it be needed for less long. It replaces a lock
	/// that runs, so there is room for it: nothing keeps answers from being settled.
	pub(crate) fn free_stake(
		task: TaskId,
		entry: &TaskFor<T>,
		who: &T::AccountId,
		annotator: &mut Annotator,
		now: Moment,
	) -> DispatchResult {
		match annotator.needed_until_ms(entry.terms.ends_ms(), now) < annotator.locked_until_ms {
			true => Self::keep_stake(task, entry, who, annotator, now),
			false => Ok(()),
		}
	}
}
