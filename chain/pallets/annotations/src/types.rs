//! What a task stores, and what other pallets may ask of tasks.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame::prelude::*;
pub use pallet_models::{Location, ModelId, Moment};
pub use pallet_pools::{Balance, Score};
pub use pallet_stakes::Cause;

/// How many tasks of a model may be open at once.
pub const MAX_OPEN: u32 = 64;
/// How many batches a task may have.
pub const MAX_BATCHES: u32 = 65_536;
/// How many answers a task may want for each item.
pub const MAX_ANSWERS: u32 = 32;
/// How many validators a task may name.
pub const MAX_VALIDATORS: u32 = 16;
/// How many answers one call may score or award.
pub const MAX_AT_ONCE: u32 = 64;
/// The shortest period of a task: a second.
pub const MIN_PERIOD_MS: Moment = 1_000;
/// The longest period of a task: thirty days.
pub const MAX_PERIOD_MS: Moment = 30 * DAY_MS;
/// How long a task lasts at most, from when it is opened until nothing is left to wait for: ninety
/// days, for as long as it may keep a pool open.
pub const MAX_TASK_MS: Moment = 90 * DAY_MS;

const DAY_MS: Moment = 24 * 60 * 60 * 1_000;

pub type TaskId = u32;
/// The number of a batch within its task; the first is 0.
pub type BatchId = u32;
/// Something kept off chain: where it is, and its SHA-256.
pub type Document = (Location, H256);

/// What is asked of whom, and what it pays. An owner can only end it sooner.
#[derive(
	Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct TaskTerms<AccountId> {
	pub questionnaire: Document,
	/// The manifest of the items, which says where each is.
	pub items: Document,
	/// How answers are validated, in words that the validators' software understands.
	pub policy: Document,
	pub item_count: u32,
	/// How many items a batch has; the last one has what is left.
	pub batch_size: u32,
	pub answers_per_item: u32,
	/// The most points that the answers to an item are worth.
	pub points_per_item: u32,
	/// What a point pays, in the pool's asset.
	pub reward_per_point: Balance,
	/// What an annotator must have at stake in that role.
	pub minimum_stake: Balance,
	/// How many items an annotator is given at most, be it that some are given up or left to expire:
	/// they were seen.
	pub maximum_items: u32,
	/// How long an annotator may hold a batch.
	pub lease_ms: Moment,
	/// From this time on no batch is taken and nothing is committed.
	pub deadline_ms: Moment,
	/// How long after the deadline answers can be revealed.
	pub reveal_ms: Moment,
	/// How long after that they can be scored. Then they earn their full points.
	pub score_ms: Moment,
	/// How long a score can be disputed, and how long the collective has after the last dispute: at
	/// least as long as it needs to settle it.
	pub dispute_ms: Moment,
	/// Who scores beside the owner.
	pub validators: BoundedVec<AccountId, ConstU32<MAX_VALIDATORS>>,
}

/// Where a task is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub enum TaskState {
	Open,
	/// Over; so much of what was set aside went back to the annotators' bucket.
	Closed {
		returned: Balance,
	},
}

/// A task of a model.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Task<AccountId> {
	pub model: ModelId,
	pub terms: TaskTerms<AccountId>,
	pub opened_ms: Moment,
	pub state: TaskState,
	/// What it may pay at most, taken out of the annotators' bucket.
	pub set_aside: Balance,
	/// What it has paid of that.
	pub paid: Balance,
	/// How many answers, each of an annotator to a batch, were committed.
	pub committed: u32,
	/// How many of them were revealed.
	pub revealed: u32,
	/// How many of them were awarded or came to nothing.
	pub settled: u32,
	/// The batch after the one that was taken last: where to look for the next.
	pub cursor: BatchId,
}

/// A place in a batch, for the answers of one annotator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Place<AccountId> {
	pub who: AccountId,
	/// When the lease ends; none once the answers are committed.
	pub until_ms: Option<Moment>,
}

impl<AccountId> Place<AccountId> {
	/// Whether it is kept for its annotator.
	pub fn is_taken(&self, now: Moment) -> bool {
		self.until_ms.is_none_or(|until_ms| now < until_ms)
	}
}

/// The places of a batch that are taken. Those whose lease has ended are dropped when the next is
/// taken.
pub type Places<AccountId> = BoundedVec<Place<AccountId>, ConstU32<MAX_ANSWERS>>;

/// What was found of answers: `points x score` is what they are worth.
#[derive(
	Clone,
	Copy,
	Debug,
	Default,
	PartialEq,
	Eq,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
pub struct Verdict {
	/// What the questions that were to be answered are worth together.
	pub points: u32,
	/// How well they were answered.
	pub score: Score,
}

/// Where the answers of an annotator to a batch are in their life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub enum Stage {
	/// The annotator holds the batch, or held it until then.
	Leased { until_ms: Moment },
	/// The answers are fixed and still secret.
	Committed { commitment: H256 },
	/// The answers are there.
	Revealed,
	/// They were judged, and the annotator may dispute that until then.
	Scored { verdict: Verdict, dispute_until_ms: Moment },
	/// The collective is asked, because of a dispute or a report. The verdict stands unless it
	/// says otherwise.
	Contested { verdict: Verdict },
	/// It is over: so much was paid.
	Settled { verdict: Verdict, amount: Balance },
}

/// What an annotator did with a batch.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Assignment {
	pub stage: Stage,
	/// Set when they are revealed.
	pub answers: Option<Document>,
}

/// The batch that an annotator took last and neither gave up nor answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Lease {
	pub batch: BatchId,
	pub until_ms: Moment,
}

/// What an annotator does in a task.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Annotator {
	pub lease: Option<Lease>,
	/// How many items were given out, answered or not.
	pub items: u32,
	/// How many batches were answered and not settled yet.
	pub unsettled: u32,
	/// When the last score that was accepted could have been disputed until.
	pub accepted_until_ms: Moment,
	/// Until when the stake is locked for the task; none once nothing can happen to it any more.
	pub locked_until_ms: Option<Moment>,
	pub earned: Balance,
}

impl Annotator {
	/// Until when the stake is needed where it is, should that not be over: until what was answered
	/// is settled, or the task has ended; until a lease that runs; and until who reports spam had the
	/// time to, though it was accepted at once.
	pub(crate) fn needed_until_ms(&self, ends_ms: Moment, now: Moment) -> Option<Moment> {
		let unsettled = (self.unsettled > 0).then_some(ends_ms);
		let leased = self.lease.map(|lease| lease.until_ms);
		let until_ms = unsettled.max(leased).max(Some(self.accepted_until_ms));
		until_ms.filter(|until_ms| now < *until_ms)
	}
}

/// A verdict on the answers of an annotator to a batch.
#[derive(
	Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Scoring<AccountId> {
	pub batch: BatchId,
	pub who: AccountId,
	pub verdict: Verdict,
}

/// A task as seen by an auditor: `set_aside = paid + returned + held`.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct Statement {
	pub task: TaskId,
	pub model: ModelId,
	pub set_aside: Balance,
	/// Summed over what every annotator was paid.
	pub paid: Balance,
	pub returned: Balance,
	/// What it may still pay: a part of what the pool says is set aside.
	pub held: Balance,
	/// Whether every sum agrees.
	pub ok: bool,
}

/// Decides on answers for a model's collective.
pub trait Settling<AccountId> {
	/// Pays what answers earn by a verdict, whatever was found of them before, and takes a part of
	/// the annotator's stake if it is not zero. Each is settled once, be it that there is nothing
	/// left to take.
	fn settle(
		model: ModelId,
		task: TaskId,
		batch: BatchId,
		who: &AccountId,
		verdict: Verdict,
		slash: Score,
	) -> DispatchResult;
}
