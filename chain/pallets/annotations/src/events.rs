//! What a task tells the world.

use frame::pallet_macros::pallet_section;

#[pallet_section]
mod annotation_events {
	#[pallet::event]
	#[pallet::generate_deposit(pub(super) fn deposit_event)]
	pub enum Event<T: Config> {
		/// A task was opened, and `set_aside` taken out of the annotators' bucket for it.
		TaskOpened { task: TaskId, model: ModelId, set_aside: Balance, deadline_ms: Moment },
		/// The task ends sooner: nothing can be committed from then on.
		TaskStopped { task: TaskId, model: ModelId, deadline_ms: Moment },
		/// An annotator holds a batch until then.
		BatchTaken { task: TaskId, batch: BatchId, who: T::AccountId, until_ms: Moment },
		/// An annotator gave a batch up.
		BatchReleased { task: TaskId, batch: BatchId, who: T::AccountId },
		/// The answers of an annotator to a batch are fixed; so are `committed` of the task now.
		AnswersCommitted { task: TaskId, batch: BatchId, who: T::AccountId, committed: u32 },
		/// The answers of an annotator to a batch are there.
		AnswersRevealed { task: TaskId, batch: BatchId, who: T::AccountId, hash: H256 },
		/// Answers were judged; the annotator may dispute it until then.
		AnswersScored {
			task: TaskId,
			batch: BatchId,
			who: T::AccountId,
			by: T::AccountId,
			points: u32,
			score: Score,
			dispute_until_ms: Moment,
		},
		/// Answers were reported as not given in good faith. The stake is slashed at once by an
		/// owner who decides alone; otherwise the collective is asked to take so much of it.
		AnswersReported {
			task: TaskId,
			batch: BatchId,
			who: T::AccountId,
			part: Score,
			cause: Cause,
		},
		/// The collective would have taken a part of the annotator's stake, and there was nothing to
		/// take or it could not be moved. The answers are settled all the same.
		NotSlashed {
			task: TaskId,
			batch: BatchId,
			who: T::AccountId,
			part: Score,
			error: DispatchError,
		},
		/// An annotator asks the collective for another verdict.
		ScoreDisputed { task: TaskId, batch: BatchId, who: T::AccountId },
		/// Answers were paid: `amount` is `points x score x reward_per_point`, rounded down once.
		/// The task can still pay `remaining`.
		Awarded {
			task: TaskId,
			model: ModelId,
			batch: BatchId,
			who: T::AccountId,
			points: u32,
			score: Score,
			reward_per_point: Balance,
			amount: Balance,
			remaining: Balance,
		},
		/// The task is over; `returned` went back to the annotators' bucket.
		TaskClosed { task: TaskId, model: ModelId, paid: Balance, returned: Balance },
	}
}
