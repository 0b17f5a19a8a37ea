//! What a round stores.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame::prelude::*;
pub use pallet_models::{Location, ModelId, Moment, VersionId};
pub use pallet_pools::{Balance, Score};

/// The number of a round within its model; the first is 1.
pub type RoundId = u32;
/// What a model's owner calls a contributor.
pub type ClientId = BoundedVec<u8, ConstU32<64>>;
/// Why something was rejected or aborted, in words.
pub type Reason = BoundedVec<u8, ConstU32<128>>;

/// What became of an update.
#[derive(
	Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub enum Verdict {
	/// It enters the aggregate, and earns by its score.
	Accepted(Score),
	/// It is left out, and earns nothing.
	Rejected(Reason),
}

/// Where a round is in its life.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub enum RoundState {
	/// Selects, takes updates, scores them.
	Open,
	/// The contributors are paid; the new version is yet to come.
	Rewarded,
	/// Over, with a new version.
	Finalised { version: VersionId },
	/// Over, without one.
	Aborted { reason: Reason },
}

/// One federated round.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Round {
	/// How many accepted updates make the round count.
	pub minimum: u32,
	/// How many contributors may be selected.
	pub maximum: u32,
	/// From this time on no update is taken.
	pub deadline_ms: Moment,
	pub opened_ms: Moment,
	/// The version that is trained from: the latest when the round was opened.
	pub base_version: VersionId,
	/// The part of the contributors' bucket that the round may pay at most.
	pub reward_part: Score,
	pub state: RoundState,
	/// What the aggregated model reached on the test partition; set with the reward.
	pub evaluation: Option<Score>,
	pub selected: u32,
	pub submitted: u32,
	pub scored: u32,
	pub accepted: u32,
	/// What was paid to all contributors.
	pub rewarded: Balance,
}

impl Round {
	/// Whether the round is under way.
	pub fn is_running(&self) -> bool {
		matches!(self.state, RoundState::Open | RoundState::Rewarded)
	}
}

/// What one contributor submitted in a round.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Update<AccountId> {
	pub who: AccountId,
	pub location: Location,
	/// SHA-256 of the update's file.
	pub hash: H256,
	/// How many examples it was trained on.
	pub examples: u32,
	pub submitted_ms: Moment,
	pub verdict: Option<Verdict>,
	/// What it earned.
	pub reward: Balance,
}
