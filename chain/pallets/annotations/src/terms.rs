//! What follows from the terms of a task.

use crate::{Task, *};
use frame::prelude::*;
use pallet_pools::Part;

impl<AccountId> TaskTerms<AccountId> {
	/// Refuses terms that no one could fulfil, or that are without bound.
	pub(crate) fn ensure_sound<T: Config>(&self, now: Moment) -> Result<(), Error<T>> {
		for (location, _) in [&self.questionnaire, &self.items, &self.policy] {
			ensure!(!location.is_empty(), Error::<T>::LocationEmpty);
		}
		let sizes = 1..=self.item_count;
		ensure!(sizes.contains(&self.batch_size), Error::<T>::ItemsOutOfRange);
		ensure!(self.batches() <= MAX_BATCHES, Error::<T>::ItemsOutOfRange);
		ensure!((1..=MAX_ANSWERS).contains(&self.answers_per_item), Error::<T>::AnswersOutOfRange);
		// So that the points of a batch, which has no more items than this, fit.
		let points = self.batch_size.checked_mul(self.points_per_item);
		ensure!(points.is_some_and(|points| points > 0), Error::<T>::PointsOutOfRange);
		ensure!(self.maximum_items >= self.batch_size, Error::<T>::MaximumTooSmall);
		for period in [self.lease_ms, self.reveal_ms, self.score_ms, self.dispute_ms] {
			ensure!(
				(MIN_PERIOD_MS..=MAX_PERIOD_MS).contains(&period),
				Error::<T>::PeriodOutOfRange
			);
		}
		ensure!(now < self.deadline_ms, Error::<T>::DeadlinePassed);
		// The deadline is later, so nothing underflows.
		ensure!(self.deadline_ms - now <= MAX_PERIOD_MS, Error::<T>::PeriodOutOfRange);
		// Neither does this: it ends after the deadline.
		ensure!(self.ends_ms() - now <= MAX_TASK_MS, Error::<T>::TaskTooLong);
		Ok(())
	}

	/// How many batches there are.
	pub fn batches(&self) -> u32 {
		self.item_count.div_ceil(self.batch_size)
	}

	/// How many answers are wanted, each of an annotator to a batch.
	pub fn places(&self) -> u32 {
		// At most `MAX_BATCHES * MAX_ANSWERS`, which is 2^21.
		self.batches().saturating_mul(self.answers_per_item)
	}

	/// The number of a batch's first item.
	pub fn first_item(&self, batch: BatchId) -> u32 {
		// A batch of the task begins below its `item_count`, which fits.
		batch.saturating_mul(self.batch_size)
	}

	/// How many items a batch of the task has.
	pub fn items_in(&self, batch: BatchId) -> u32 {
		self.item_count.saturating_sub(self.first_item(batch)).min(self.batch_size)
	}

	/// The most that answers to a batch can be found to be.
	pub fn full_points(&self, batch: BatchId) -> Verdict {
		// The product fits: it was checked when the task was opened.
		let points = self.items_in(batch).saturating_mul(self.points_per_item);
		Verdict { points, score: Score::ONE }
	}

	/// `points x score x reward per point`, rounded down once; none if it overflows, which nothing
	/// does that a task can pay.
	pub fn award_of(&self, verdict: Verdict) -> Option<Balance> {
		let full = self.reward_per_point.checked_mul(verdict.points.into())?;
		Part::from(verdict.score).of(full)
	}

	/// The most that can come of answers to a batch; none if it overflows.
	pub(crate) fn most_of(
		&self,
		batch: BatchId,
		assignment: &Assignment,
		now: Moment,
	) -> Option<Balance> {
		let is_lost = match assignment.stage {
			Stage::Settled { amount, .. } => return Some(amount),
			Stage::Leased { until_ms } => now >= until_ms,
			Stage::Committed { .. } => now >= self.reveal_until_ms(),
			// The collective may find them perfect, whatever was found before, if they were shown.
			Stage::Revealed | Stage::Scored { .. } | Stage::Contested { .. } => {
				assignment.answers.is_none()
			},
		};
		self.award_of(if is_lost { Verdict::default() } else { self.full_points(batch) })
	}

	/// What it pays if all answers are perfect; none if it overflows.
	pub fn most(&self) -> Option<Balance> {
		Balance::from(self.item_count)
			.checked_mul(self.answers_per_item.into())?
			.checked_mul(self.points_per_item.into())?
			.checked_mul(self.reward_per_point)
	}

	/// When the time to reveal is over. Periods are at most thirty days, so nothing saturates
	/// before the end of time is near.
	pub fn reveal_until_ms(&self) -> Moment {
		self.deadline_ms.saturating_add(self.reveal_ms)
	}

	/// When the time to score is over.
	pub fn score_until_ms(&self) -> Moment {
		self.reveal_until_ms().saturating_add(self.score_ms)
	}

	/// When nothing is left to wait for: the last score could have been disputed, and the
	/// collective had as long to settle it.
	pub fn ends_ms(&self) -> Moment {
		self.score_until_ms().saturating_add(self.dispute_ms.saturating_mul(2))
	}
}

impl<AccountId> Task<AccountId> {
	/// What it may still pay: none if it paid more than it could, which the audit rules out.
	pub fn remaining(&self) -> Option<Balance> {
		self.set_aside.checked_sub(self.paid)
	}

	/// Whether nothing can be committed any more, and nothing is left to be settled.
	pub fn can_close(&self, now: Moment) -> bool {
		let is_over = now >= self.terms.deadline_ms || self.committed == self.terms.places();
		self.state == TaskState::Open && is_over && self.committed == self.settled
	}
}
