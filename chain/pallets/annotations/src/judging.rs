//! What is found of answers, and how that is contested.

use crate::*;
use alloc::vec::Vec;
use frame::{prelude::*, traits::Time};
use pallet_models::Governance;
use pallet_pools::{Decider, Role};
use pallet_stakes::Slashing;

impl<T: Config> Pallet<T> {
	/// Refuses a verdict that no answers to the batch can deserve.
	pub(crate) fn ensure_possible(
		entry: &TaskFor<T>,
		batch: BatchId,
		verdict: Verdict,
	) -> Result<(), Error<T>> {
		let most = entry.terms.full_points(batch).points;
		ensure!(verdict.points <= most, Error::<T>::TooManyPoints);
		verdict.score.checked().ok_or(Error::<T>::ScoreAboveOne)?;
		Ok(())
	}

	pub(crate) fn do_score(
		by: T::AccountId,
		task: TaskId,
		scores: Vec<Scoring<T::AccountId>>,
	) -> DispatchResult {
		let entry = Self::open_task(task)?;
		Self::ensure_scorer(&entry, &by)?;
		Self::ensure_some(&scores)?;
		let now = T::Time::now();
		ensure!(now < entry.terms.score_until_ms(), Error::<T>::TooLateToScore);
		let dispute_until_ms = now.saturating_add(entry.terms.dispute_ms);
		for Scoring { batch, who, verdict } in scores {
			ensure!(who != by, Error::<T>::OwnAnswers);
			let assignment = Self::assignment(task, batch, &who)?;
			match assignment.stage {
				Stage::Revealed => {},
				Stage::Leased { .. } | Stage::Committed { .. } => {
					return Err(Error::<T>::NotRevealed.into())
				},
				_ => return Err(Error::<T>::AlreadyScored.into()),
			}
			Self::ensure_possible(&entry, batch, verdict)?;
			let stage = Stage::Scored { verdict, dispute_until_ms };
			Assignments::<T>::insert((task, &who, batch), Assignment { stage, ..assignment });
			let (by, Verdict { points, score }) = (by.clone(), verdict);
			Self::deposit_event(Event::AnswersScored {
				task,
				batch,
				who,
				by,
				points,
				score,
				dispute_until_ms,
			});
		}
		Ok(())
	}

	pub(crate) fn do_report(
		task: TaskId,
		mut entry: TaskFor<T>,
		batch: BatchId,
		who: T::AccountId,
		part: Score,
		cause: Cause,
	) -> DispatchResult {
		let now = T::Time::now();
		ensure!(now < entry.terms.score_until_ms(), Error::<T>::TooLateToScore);
		let part = part.checked().ok_or(Error::<T>::ScoreAboveOne)?;
		let mut assignment = Self::assignment(task, batch, &who)?;
		let nothing = Verdict::default();
		let stands = match assignment.stage {
			Stage::Revealed => nothing,
			// A report is no way around what a validator found.
			Stage::Scored { verdict, .. } => verdict,
			// What was promised and not shown in time can be reported as well.
			Stage::Committed { .. } if now >= entry.terms.reveal_until_ms() => nothing,
			Stage::Leased { .. } | Stage::Committed { .. } => {
				return Err(Error::<T>::NotRevealed.into())
			},
			_ => return Err(Error::<T>::AlreadyScored.into()),
		};
		Self::deposit_event(Event::AnswersReported {
			task,
			batch,
			who: who.clone(),
			part,
			cause: cause.clone(),
		});
		if T::Governance::owner_decides(entry.model) {
			Self::slash(&entry, &who, part, cause)?;
			let decider = Decider::Owner;
			Self::pay_out(task, &mut entry, batch, &who, assignment, nothing, decider)?;
			Tasks::<T>::insert(task, entry);
		} else {
			assignment.stage = Stage::Contested { verdict: stands };
			Assignments::<T>::insert((task, &who, batch), assignment);
		}
		Ok(())
	}

	/// Takes a part of an annotator's stake, unless it is none.
	pub(crate) fn slash(
		entry: &TaskFor<T>,
		who: &T::AccountId,
		part: Score,
		cause: Cause,
	) -> DispatchResult {
		if part > Score::ZERO {
			T::Stakes::slash(entry.model, who, Role::Annotator, part, cause)?;
		}
		Ok(())
	}

	pub(crate) fn do_dispute(who: T::AccountId, task: TaskId, batch: BatchId) -> DispatchResult {
		Self::open_task(task)?;
		let mut assignment = Self::assignment(task, batch, &who)?;
		let Stage::Scored { verdict, dispute_until_ms } = assignment.stage else {
			return Err(Error::<T>::NotDisputable.into());
		};
		ensure!(T::Time::now() < dispute_until_ms, Error::<T>::TooLateToDispute);
		assignment.stage = Stage::Contested { verdict };
		Assignments::<T>::insert((task, &who, batch), assignment);
		Self::deposit_event(Event::ScoreDisputed { task, batch, who });
		Ok(())
	}
}
