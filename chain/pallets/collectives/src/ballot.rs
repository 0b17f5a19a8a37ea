//! What one account says to a proposal.

use crate::{Moment, VoteWeight};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame::prelude::*;

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
pub enum Vote {
	Aye,
	Nay,
	/// Counts for the quorum alone.
	Abstain,
}

/// How long a staker is ready to keep the stake locked after a referendum, to weigh more.
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
pub enum Conviction {
	/// A tenth of the weight, locked until the end.
	#[default]
	None,
	/// The weight, locked for one lock period after the end.
	Locked1x,
	/// Twice the weight, locked for two periods after the end; and so on.
	Locked2x,
	Locked3x,
	Locked4x,
	Locked5x,
	Locked6x,
}

impl Conviction {
	pub const ALL: [Conviction; 7] = [
		Conviction::None,
		Conviction::Locked1x,
		Conviction::Locked2x,
		Conviction::Locked3x,
		Conviction::Locked4x,
		Conviction::Locked5x,
		Conviction::Locked6x,
	];

	/// For how many lock periods after the end the stake stays locked.
	pub fn periods(self) -> u8 {
		self as u8
	}

	/// What a stake weighs, in tenths, so that the least conviction loses nothing to rounding;
	/// none if it overflows.
	pub fn tenths(self, stake: VoteWeight) -> Option<VoteWeight> {
		match self.periods() {
			0 => Some(stake),
			periods => stake.checked_mul(u128::from(periods).saturating_mul(10)),
		}
	}

	/// Until when the stake stays locked.
	///
	/// Periods are at most ninety days, so nothing saturates before the end of time is near.
	pub fn until_ms(self, ends_ms: Moment, lock_ms: Moment) -> Moment {
		ends_ms.saturating_add(lock_ms.saturating_mul(self.periods().into()))
	}
}

/// What one account said to a proposal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Ballot {
	pub vote: Vote,
	pub conviction: Conviction,
	/// What the account weighed when it voted, without conviction: the most that the ballot
	/// counts for.
	pub weight: VoteWeight,
}

impl Ballot {
	/// What the ballot counts for in a referendum, in tenths; none if it overflows.
	pub fn weight_in_referendum(&self) -> Option<VoteWeight> {
		self.conviction.tenths(self.weight)
	}
}
