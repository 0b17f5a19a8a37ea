//! Why a task refuses something.

use frame::pallet_macros::pallet_section;

#[pallet_section]
mod annotation_errors {
	#[pallet::error]
	pub enum Error<T> {
		/// There is no such model.
		UnknownModel,
		/// Only the model's owner may do this; of a task that runs, a member of the collective while
		/// the owner is none.
		NotOwner,
		/// The model's owner is no member of its collective.
		OwnerNotMember,
		/// There is no such task, or it is another model's.
		UnknownTask,
		/// The task has no such batch.
		UnknownBatch,
		/// The task is closed.
		TaskClosed,
		/// The location points nowhere: its CID or URI is empty.
		LocationEmpty,
		/// A batch has 1 to all items, and a task at most `MaxBatches` batches.
		ItemsOutOfRange,
		/// A task wants 1 to `MaxAnswers` answers for each item.
		AnswersOutOfRange,
		/// An item is worth at least one point, and a batch less than 2^32.
		PointsOutOfRange,
		/// An annotator must be allowed the items of a batch at least.
		MaximumTooSmall,
		/// A period is shorter than `MinPeriodMs` or longer than `MaxPeriodMs`.
		PeriodOutOfRange,
		/// A task lasts longer than `MaxTaskMs`, until the last dispute is settled.
		TaskTooLong,
		/// The model's collective needs longer to settle what is disputed: see `DmlApi.collective`.
		DisputeTooShort,
		/// The collective has decided to close the pool, which only what runs already keeps open.
		PoolCloses,
		/// The deadline has passed.
		DeadlinePassed,
		/// The model has `MaxOpen` open tasks.
		TooManyOpen,
		/// All task ids are used up.
		IdsExhausted,
		/// The account has less at stake as an annotator than the task asks for.
		StakeTooSmall,
		/// The account holds a batch already. It may answer it or give it up.
		HoldsABatch,
		/// The account held this batch before.
		HeldBefore,
		/// All places of the batch are taken.
		BatchFull,
		/// The account was given as many items as the task gives to one, answered or not.
		TooManyItems,
		/// The account does not hold this batch.
		NotHolding,
		/// The lease of the batch has ended.
		LeaseOver,
		/// The account committed no answers to this batch, or has revealed them.
		NothingToReveal,
		/// Others can still commit answers to this batch.
		TooEarlyToReveal,
		/// The time to reveal answers is over.
		TooLateToReveal,
		/// The commitment is to something else.
		WrongCommitment,
		/// Only the model's owner and the task's validators score; a member of the collective while
		/// the owner is none.
		NotScorer,
		/// Nobody scores their own answers.
		OwnAnswers,
		/// Nothing is named.
		NothingNamed,
		/// More are named than one call may: `MaxAtOnce`.
		TooManyAtOnce,
		/// The account has no answers to this batch, or has not revealed them.
		NotRevealed,
		/// The answers were scored or reported before.
		AlreadyScored,
		/// The time to score and report is over.
		TooLateToScore,
		/// A score, or a part of a stake, is above one.
		ScoreAboveOne,
		/// More points than the batch is worth.
		TooManyPoints,
		/// The answers are not scored, or contested already.
		NotDisputable,
		/// The time to dispute the score is over.
		TooLateToDispute,
		/// It is not decided yet what the answers earn.
		TooEarlyToAward,
		/// It was decided before what the answers earn.
		AlreadySettled,
		/// Answers can still be committed, or have not been awarded.
		TooEarlyToClose,
	}
}
