//! How answers are given: fixed first, shown after.

use crate::*;
use frame::{hashing::blake2_256, prelude::*, traits::Time};

impl<T: Config> Pallet<T> {
	/// What an annotator commits to: BLAKE2b-256 of the SCALE encoding of task, batch, account,
	/// hash and salt, one after the other.
	///
	/// It holds the account, so it is of no use to whoever copies it, and a salt that only the
	/// annotator knows, so that likely answers cannot be tried.
	pub fn commitment(
		task: TaskId,
		batch: BatchId,
		who: &T::AccountId,
		hash: H256,
		salt: H256,
	) -> H256 {
		H256((task, batch, who, hash, salt).using_encoded(blake2_256))
	}

	pub(crate) fn do_commit(
		who: T::AccountId,
		task: TaskId,
		batch: BatchId,
		commitment: H256,
	) -> DispatchResult {
		let mut entry = Self::open_task(task)?;
		let mut annotator = Annotators::<T>::get(task, &who);
		let lease = annotator.lease.filter(|lease| lease.batch == batch);
		let lease = lease.ok_or(Error::<T>::NotHolding)?;
		// No lease ends after the deadline.
		let now = T::Time::now();
		ensure!(now < lease.until_ms, Error::<T>::LeaseOver);
		Batches::<T>::mutate(task, batch, |places| {
			for place in places.iter_mut().filter(|place| place.who == who) {
				place.until_ms = None;
			}
		});
		let stage = Stage::Committed { commitment };
		Assignments::<T>::insert((task, &who, batch), Assignment { stage, answers: None });
		annotator.lease = None;
		annotator.unsettled.saturating_inc();
		Self::keep_stake(task, &entry, &who, &mut annotator, now)?;
		Annotators::<T>::insert(task, &who, annotator);
		entry.committed.saturating_inc();
		let committed = entry.committed;
		Tasks::<T>::insert(task, entry);
		Self::deposit_event(Event::AnswersCommitted { task, batch, who, committed });
		Ok(())
	}

	/// Whether nobody can commit answers to a batch any more.
	fn is_complete(task: TaskId, entry: &TaskFor<T>, batch: BatchId, now: Moment) -> bool {
		let committed = |place: &Place<T::AccountId>| place.until_ms.is_none();
		let places = Batches::<T>::get(task, batch);
		let all = places.iter().filter(|place| committed(place)).count();
		now >= entry.terms.deadline_ms || all == entry.terms.answers_per_item as usize
	}

	pub(crate) fn do_reveal(
		who: T::AccountId,
		task: TaskId,
		batch: BatchId,
		answers: Document,
		salt: H256,
	) -> DispatchResult {
		let mut entry = Self::open_task(task)?;
		let key = (task, &who, batch);
		let Some(Assignment { stage: Stage::Committed { commitment }, .. }) =
			Assignments::<T>::get(key)
		else {
			return Err(Error::<T>::NothingToReveal.into());
		};
		let now = T::Time::now();
		let complete = Self::is_complete(task, &entry, batch, now);
		ensure!(complete, Error::<T>::TooEarlyToReveal);
		ensure!(now < entry.terms.reveal_until_ms(), Error::<T>::TooLateToReveal);
		let (location, hash) = &answers;
		ensure!(!location.is_empty(), Error::<T>::LocationEmpty);
		let hash = *hash;
		let committed = Self::commitment(task, batch, &who, hash, salt);
		ensure!(committed == commitment, Error::<T>::WrongCommitment);

		let assignment = Assignment { stage: Stage::Revealed, answers: Some(answers) };
		Assignments::<T>::insert(key, assignment);
		entry.revealed.saturating_inc();
		Tasks::<T>::insert(task, entry);
		Self::deposit_event(Event::AnswersRevealed { task, batch, who, hash });
		Ok(())
	}
}
