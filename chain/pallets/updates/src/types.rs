//! What an update is, and what other pallets may do with it.

use codec::{Decode, Encode, MaxEncodedLen};
use frame::prelude::*;
pub use pallet_models::{Location, ModelId, Moment, VersionId};
pub use pallet_pools::{Balance, Score};

pub type UpdateId = u32;
/// What a metric measures, such as `accuracy`.
pub type MetricName = BoundedVec<u8, ConstU32<32>>;
/// What the engineer says that the new weights reach: a name and a value in parts per billion.
pub type Metrics = BoundedVec<(MetricName, i64), ConstU32<16>>;
/// Why an update was rejected, in words.
pub type Reason = BoundedVec<u8, ConstU32<128>>;
/// A document kept off chain: where it is and its SHA-256.
pub type Document = (Location, H256);

/// Where an update is in its life.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub enum UpdateState {
	/// Waits to be decided on.
	Proposed,
	/// Became a version of the model.
	Accepted {
		version: VersionId,
		/// The part of the engineers' bucket that it earned.
		score: Score,
		/// What that came to.
		reward: Balance,
	},
	Rejected {
		reason: Reason,
	},
	/// Taken back by its engineer.
	Withdrawn,
}

/// New weights for a model, proposed by an engineer.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Update<AccountId, BlockNumber> {
	pub model: ModelId,
	pub engineer: AccountId,
	/// The version that it was trained from.
	pub parent: VersionId,
	pub location: Location,
	/// SHA-256 of the weights file.
	pub hash: H256,
	pub metrics: Metrics,
	/// What the engineer has to say about it.
	pub notes: Option<Document>,
	/// The block in which it was proposed.
	pub block: BlockNumber,
	pub proposed_ms: Moment,
	pub state: UpdateState,
}

/// Decides on updates for those who may: the caller has checked that they do.
pub trait Reviewer {
	/// Publishes an update as a version of the model and rewards its engineer with a part of what
	/// remains in the engineers' bucket, or fails with nothing changed.
	///
	/// An update of another model is refused.
	fn approve(model: ModelId, update: UpdateId, score: Score) -> DispatchResult;

	/// Rejects an update of the model.
	fn reject(model: ModelId, update: UpdateId, reason: Reason) -> DispatchResult;
}
