//! What a collective is, and on which terms it decides.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame::{deps::frame_support::BoundedBTreeMap, prelude::*};
pub use pallet_models::{ModelId, Moment};
pub use pallet_pools::Balance;
pub use pallet_updates::Document;

/// How many members a collective may have.
pub const MAX_MEMBERS: u32 = 100;
/// The shortest voting period: a second.
pub const MIN_PERIOD_MS: Moment = 1_000;
/// The shortest time to enact in: a day, so that who would have it done finds the time.
pub const MIN_ENACT_WITHIN_MS: Moment = DAY_MS;
/// How long a pool that could not be closed yet is waited for at least, whatever the time to enact
/// in: from when that was first tried, a week longer than an annotation task may last, for all that
/// is due to be paid. No round lasts as long.
pub const POSTPONED_MS: Moment = pallet_annotations::MAX_TASK_MS + 7 * DAY_MS;
/// The longest of any period: ninety days.
pub const MAX_PERIOD_MS: Moment = 90 * DAY_MS;
/// The whole of a threshold or quorum, which are in parts per million.
pub const WHOLE: u32 = 1_000_000;

const DAY_MS: Moment = 24 * 60 * 60 * 1_000;

/// How much a vote weighs: a number, or an amount of the pool's asset, as [`Weighting`] says.
///
/// Under [`Weighting::Assigned`] weights stay below 2^39. What is staked on, or was earned from,
/// one pool is at most the supply of its asset, so neither do their sums pass 2^128.
pub type VoteWeight = u128;

/// The members of a collective and the weights that were assigned to them.
pub type Members<AccountId> = BoundedBTreeMap<AccountId, u32, ConstU32<MAX_MEMBERS>>;
/// Whom members have named to vote where they do not.
pub type Delegates<AccountId> =
	BoundedBTreeMap<AccountId, Delegation<AccountId>, ConstU32<MAX_MEMBERS>>;

/// What a member's vote weighs.
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
pub enum Weighting {
	/// The number that the collective gave the member.
	#[default]
	Assigned,
	/// What the member has at stake in the model, in all roles.
	ByStake,
	/// What the member has earned so far from the model's pool, in all roles; of the model's owner,
	/// only what others decided.
	ByContribution,
}

/// On which terms a referendum decides.
#[derive(
	Clone,
	Copy,
	Debug,
	PartialEq,
	Eq,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
pub struct ReferendumTerms {
	/// The ayes must be more than this part of ayes and nays, in parts per million.
	pub threshold: u32,
	/// At least this part of all weight must vote, in parts per million.
	pub quorum: u32,
	pub voting_ms: Moment,
	/// How long, after the end, a stake stays locked for each step of conviction.
	pub lock_ms: Moment,
}

/// On which terms a collective decides.
#[derive(
	Clone,
	Copy,
	Debug,
	PartialEq,
	Eq,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
pub struct Terms {
	/// The ayes must be more than this part of ayes and nays, in parts per million.
	pub threshold: u32,
	/// At least this part of all weight must vote, in parts per million.
	pub quorum: u32,
	pub voting_ms: Moment,
	/// How long after its approval an action is enacted at the earliest, but a cancellation, which
	/// waits for nothing.
	pub delay_ms: Moment,
	/// How long it can be enacted from then on.
	pub enact_within_ms: Moment,
	/// What proposing puts at risk, in the native token.
	pub deposit: Balance,
	pub referendum: ReferendumTerms,
}

impl Terms {
	/// How long the members need at most to decide: their vote, the delay, and a day in which to
	/// propose, to close and to enact. Periods are at most ninety days, so nothing saturates.
	pub fn settle_ms(&self) -> Moment {
		self.voting_ms.saturating_add(self.delay_ms).saturating_add(MIN_ENACT_WITHIN_MS)
	}

	/// The terms of a collective that set none: more than half of half of the members within three
	/// days, of a tenth of a wider electorate within seven, enacted at once, or within thirty-five
	/// days.
	pub const fn with_deposit(deposit: Balance) -> Self {
		Self {
			threshold: WHOLE / 2,
			quorum: WHOLE / 2,
			voting_ms: 3 * DAY_MS,
			delay_ms: 0,
			enact_within_ms: 35 * DAY_MS,
			deposit,
			referendum: ReferendumTerms {
				threshold: WHOLE / 2,
				quorum: WHOLE / 10,
				voting_ms: 7 * DAY_MS,
				lock_ms: 7 * DAY_MS,
			},
		}
	}
}

/// The members who govern a model together.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Collective<AccountId: Ord> {
	/// Never empty.
	pub members: Members<AccountId>,
	pub weighting: Weighting,
	pub terms: Terms,
}

/// What a member weighs, whichever way it is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Weights {
	pub assigned: VoteWeight,
	pub staked: VoteWeight,
	pub earned: VoteWeight,
}

impl Weights {
	pub fn by(&self, weighting: Weighting) -> VoteWeight {
		match weighting {
			Weighting::Assigned => self.assigned,
			Weighting::ByStake => self.staked,
			Weighting::ByContribution => self.earned,
		}
	}
}

/// A member's trust in another.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Delegation<AccountId> {
	/// Who votes for the member where the member does not.
	pub to: AccountId,
	/// What the member weighed when this was said, which is the most that it brings.
	pub weights: Weights,
}

/// A member as others see it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct MemberOf<AccountId> {
	pub who: AccountId,
	pub assigned: u32,
	/// What the member's vote weighs at present.
	pub weight: VoteWeight,
	pub delegate: Option<AccountId>,
}

/// A collective as others see it, be it stored or not.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct CollectiveOf<AccountId> {
	pub members: alloc::vec::Vec<MemberOf<AccountId>>,
	pub weighting: Weighting,
	pub terms: Terms,
	/// Whether the model's owner decides alone.
	pub owner_decides: bool,
	/// What votes weigh by now: the assigned weights where too few members weigh anything else.
	pub counts_by: Weighting,
	/// What an annotation task that is opened now must have as `dispute_ms` at least, so that a
	/// dispute is settled in time; none while the owner decides alone.
	pub settle_ms: Moment,
}
