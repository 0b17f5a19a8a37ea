//! What a user may ask of a task, computed as the calls compute it.

use crate::{Task, *};
use alloc::{boxed::Box, vec::Vec};
use codec::{Decode, Encode};
use frame::{prelude::*, traits::Time};

/// A task, with what follows from it at the time of the last block.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct TaskOf<AccountId> {
	pub task: Task<AccountId>,
	pub batches: u32,
	/// What it may still pay.
	pub remaining: Balance,
	pub reveal_until_ms: Moment,
	pub score_until_ms: Moment,
	/// From then on nothing keeps answers from being awarded, and so the task from being closed.
	pub ends_ms: Moment,
	pub can_close: bool,
}

/// A batch that an annotator holds, or may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct BatchOf {
	pub batch: BatchId,
	pub first_item: u32,
	pub items: u32,
	/// When the lease ends; none if the batch is still to be taken.
	pub until_ms: Option<Moment>,
}

/// What an annotator did with a batch, and what it earned, would earn, or can earn at most.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct AwardOf<AccountId> {
	pub batch: BatchId,
	pub who: AccountId,
	pub stage: Stage,
	pub answers: Option<Document>,
	/// As it was paid, or as things stand.
	pub amount: Balance,
	/// The most that can come of it: all its points at a score of 1; none if that cannot be
	/// answered or shown any more, and what was paid once it is settled.
	pub most: Balance,
	/// From when on anyone may have it paid; none if it was, or nothing was answered.
	pub due_ms: Option<Moment>,
}

impl<T: Config> Pallet<T> {
	/// A task, with what follows from it.
	pub fn task_of(task: TaskId) -> Option<TaskOf<T::AccountId>> {
		let task = Tasks::<T>::get(task)?;
		let terms = &task.terms;
		Some(TaskOf {
			batches: terms.batches(),
			remaining: match task.state {
				TaskState::Open => task.remaining().unwrap_or_default(),
				TaskState::Closed { .. } => 0,
			},
			reveal_until_ms: terms.reveal_until_ms(),
			score_until_ms: terms.score_until_ms(),
			ends_ms: terms.ends_ms(),
			can_close: task.can_close(T::Time::now()),
			task,
		})
	}

	/// The batch that an account holds, or else the one it should take; none if there is none left
	/// for it now. Fails as taking it would.
	///
	/// Looks, from behind the batch that was taken last and all around, for one that has no more
	/// places taken than there are answers to a batch on average; where the account had all of
	/// those, for the one with the fewest. In a task where everybody takes what this says, the
	/// first batch that is looked at is it.
	pub fn next_batch(task: TaskId, who: &T::AccountId) -> Result<Option<BatchOf>, Error<T>> {
		let entry = Self::open_task(task)?;
		let terms = &entry.terms;
		let now = T::Time::now();
		let of = |batch, until_ms| BatchOf {
			batch,
			first_item: terms.first_item(batch),
			items: terms.items_in(batch),
			until_ms,
		};
		let annotator = Annotators::<T>::get(task, who);
		if let Some(lease) = annotator.lease.filter(|lease| now < lease.until_ms) {
			return Ok(Some(of(lease.batch, Some(lease.until_ms))));
		}
		Self::ensure_may_take(&entry, who, now)?;
		let left = terms.maximum_items.saturating_sub(annotator.items);
		let batches = terms.batches();
		let average = entry.committed.checked_div(batches).unwrap_or_default() as usize;
		let wanted = terms.answers_per_item as usize;
		let mut fewest: Option<(usize, BatchId)> = None;
		for batch in (entry.cursor..batches).chain(0..entry.cursor) {
			if terms.items_in(batch) > left {
				continue;
			}
			let places = Batches::<T>::get(task, batch);
			let taken = places.iter().filter(|place| place.is_taken(now)).count();
			let is_fewer = taken < wanted && fewest.is_none_or(|(least, _)| taken < least);
			if is_fewer && !Assignments::<T>::contains_key((task, who, batch)) {
				fewest = Some((taken, batch));
				if taken <= average {
					break;
				}
			}
		}
		Ok(fewest.map(|(_, batch)| of(batch, None)))
	}

	/// What was done in a task, by one annotator or by all: no more is read than that.
	pub(crate) fn assignments<'a>(
		task: TaskId,
		who: Option<&'a T::AccountId>,
	) -> Box<dyn Iterator<Item = (T::AccountId, BatchId, Assignment)> + 'a> {
		match who {
			Some(who) => Box::new(
				Assignments::<T>::iter_prefix((task, who))
					.map(|(batch, assignment)| (who.clone(), batch, assignment)),
			),
			None => Box::new(
				Assignments::<T>::iter_prefix((task,))
					.map(|((who, batch), assignment)| (who, batch, assignment)),
			),
		}
	}

	/// What was done in a task, by one annotator or by all, and what it earned, would earn, or can
	/// earn at most; by batch.
	pub fn awards_of(task: TaskId, who: Option<&T::AccountId>) -> Vec<AwardOf<T::AccountId>> {
		let Some(entry) = Tasks::<T>::get(task) else { return Vec::new() };
		let now = T::Time::now();
		let mut awards: Vec<_> = Self::assignments(task, who)
			.map(|(who, batch, assignment)| {
				let most = entry.terms.most_of(batch, &assignment, now).unwrap_or_default();
				let Assignment { stage, answers } = assignment;
				let due = Self::due(&entry.terms, batch, &stage);
				let amount = match (&stage, due) {
					(Stage::Settled { amount, .. }, _) => *amount,
					(_, Some((verdict, _))) => entry.terms.award_of(verdict).unwrap_or_default(),
					_ => 0,
				};
				let due_ms = due.map(|(_, due_ms)| due_ms);
				AwardOf { batch, who, stage, answers, amount, most, due_ms }
			})
			.collect();
		awards.sort_by_key(|award| (award.batch, award.who.encode()));
		awards
	}
}
