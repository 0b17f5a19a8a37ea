//! What answers earn, once: out of what their task set aside.

use crate::*;
use alloc::vec::Vec;
use frame::{deps::frame_support::storage::with_storage_layer, prelude::*, traits::Time};
use pallet_pools::{Decider, Reserving, Role};

impl<T: Config> Pallet<T> {
	/// What answers earn as things stand, and from when on anyone may have it paid; none before
	/// they are committed and after they are settled.
	pub(crate) fn due(
		terms: &TaskTerms<T::AccountId>,
		batch: BatchId,
		stage: &Stage,
	) -> Option<(Verdict, Moment)> {
		match stage {
			Stage::Leased { .. } | Stage::Settled { .. } => None,
			// Promised and not shown.
			Stage::Committed { .. } => Some((Verdict::default(), terms.reveal_until_ms())),
			// Whoever says nothing in time accepts.
			Stage::Revealed => Some((terms.full_points(batch), terms.score_until_ms())),
			Stage::Scored { verdict, dispute_until_ms } => Some((*verdict, *dispute_until_ms)),
			Stage::Contested { verdict } => Some((*verdict, terms.ends_ms())),
		}
	}

	pub(crate) fn do_award(
		signer: T::AccountId,
		task: TaskId,
		awards: Vec<(BatchId, T::AccountId)>,
	) -> DispatchResult {
		let mut entry = Self::open_task(task)?;
		Self::ensure_some(&awards)?;
		let (now, settled_before) = (T::Time::now(), entry.settled);
		for (batch, who) in awards {
			let assignment = Self::assignment(task, batch, &who)?;
			// Whoever was quicker with one of them does not keep the others from being paid.
			if matches!(assignment.stage, Stage::Settled { .. }) {
				continue;
			}
			let (verdict, due_ms) =
				Self::due(&entry.terms, batch, &assignment.stage).ok_or(Error::<T>::NotRevealed)?;
			// Who takes the award gives up the dispute.
			let accepts = signer == who && matches!(assignment.stage, Stage::Scored { .. });
			ensure!(accepts || now >= due_ms, Error::<T>::TooEarlyToAward);
			if now < due_ms {
				Annotators::<T>::mutate(task, &who, |annotator| {
					annotator.accepted_until_ms = annotator.accepted_until_ms.max(due_ms);
				});
			}
			// Be it that nobody said anything: whoever scores was to say something.
			let decider = Decider::Owner;
			Self::pay_out(task, &mut entry, batch, &who, assignment, verdict, decider)?;
		}
		ensure!(entry.settled > settled_before, Error::<T>::AlreadySettled);
		Tasks::<T>::insert(task, entry);
		Ok(())
	}

	/// Pays what answers earn by a verdict, and settles them. The caller stores the task.
	pub(crate) fn pay_out(
		task: TaskId,
		entry: &mut TaskFor<T>,
		batch: BatchId,
		who: &T::AccountId,
		assignment: Assignment,
		verdict: Verdict,
		decider: Decider,
	) -> DispatchResult {
		let amount = entry.terms.award_of(verdict).ok_or(ArithmeticError::Overflow)?;
		entry.paid = entry.paid.checked_add(amount).ok_or(ArithmeticError::Overflow)?;
		// Nothing is paid that the task did not set aside.
		let remaining = entry.remaining().ok_or(ArithmeticError::Underflow)?;
		T::Pools::pay_set_aside(entry.model, Role::Annotator, who, amount, decider)?;
		entry.settled.saturating_inc();

		let stage = Stage::Settled { verdict, amount };
		Assignments::<T>::insert((task, who, batch), Assignment { stage, ..assignment });
		let mut annotator = Annotators::<T>::get(task, who);
		annotator.unsettled =
			annotator.unsettled.checked_sub(1).ok_or(ArithmeticError::Underflow)?;
		annotator.earned = annotator.earned.checked_add(amount).ok_or(ArithmeticError::Overflow)?;
		Self::free_stake(task, entry, who, &mut annotator, T::Time::now())?;
		Annotators::<T>::insert(task, who, annotator);
		Self::deposit_event(Event::Awarded {
			task,
			model: entry.model,
			batch,
			who: who.clone(),
			points: verdict.points,
			score: verdict.score,
			reward_per_point: entry.terms.reward_per_point,
			amount,
			remaining,
		});
		Ok(())
	}
}

impl<T: Config> Settling<T::AccountId> for Pallet<T> {
	fn settle(
		model: ModelId,
		task: TaskId,
		batch: BatchId,
		who: &T::AccountId,
		verdict: Verdict,
		slash: Score,
	) -> DispatchResult {
		// A storage layer of its own: a caller that handles the error finds nothing changed.
		with_storage_layer(|| {
			let mut entry = Self::open_task(task)?;
			ensure!(entry.model == model, Error::<T>::UnknownTask);
			Self::ensure_possible(&entry, batch, verdict)?;
			let part = slash.checked().ok_or(Error::<T>::ScoreAboveOne)?;
			let assignment = Self::assignment(task, batch, who)?;
			match assignment.stage {
				Stage::Settled { .. } => return Err(Error::<T>::AlreadySettled.into()),
				Stage::Leased { .. } | Stage::Committed { .. } => {
					return Err(Error::<T>::NotRevealed.into())
				},
				Stage::Revealed | Stage::Scored { .. } | Stage::Contested { .. } => {},
			}
			// What was reported without having been revealed is worth nothing.
			let worthless = entry.terms.award_of(verdict) == Some(0);
			ensure!(assignment.answers.is_some() || worthless, Error::<T>::NotRevealed);
			match Self::slash(&entry, who, part, Cause::Spam) {
				Ok(()) => {},
				// It is not the slash that was refused: the caller nested calls too deep.
				Err(error @ DispatchError::Transactional(_)) => return Err(error),
				// Whoever has nothing left to lose must not keep the award for that.
				Err(error) => {
					let who = who.clone();
					Self::deposit_event(Event::NotSlashed { task, batch, who, part, error });
				},
			}
			let decider = Decider::Governance;
			Self::pay_out(task, &mut entry, batch, who, assignment, verdict, decider)?;
			Tasks::<T>::insert(task, entry);
			Ok(())
		})
	}
}
