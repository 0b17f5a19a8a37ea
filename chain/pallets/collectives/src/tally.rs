//! Exact arithmetic of thresholds and quorums.
//!
//! Parts are compared by cross multiplication in 256 bits: nothing is divided, so nothing is
//! rounded in anyone's favour.

use crate::{Ballot, Vote, VoteWeight, WHOLE};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame::prelude::*;

/// How many members that weigh something must say aye, unless there are fewer members: nobody
/// decides alone over others.
pub const MIN_AYES: u32 = 2;

/// How a vote stands.
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
pub struct Tally {
	/// Among stakers in tenths, with conviction; likewise `nay`.
	pub aye: VoteWeight,
	pub nay: VoteWeight,
	/// All weight that voted, abstentions included, without conviction.
	pub turnout: VoteWeight,
	/// All weight there is, without conviction: what there was when the vote opened or is when it
	/// is closed, whichever is less, and no less than the turnout.
	pub electorate: VoteWeight,
	/// How many said aye whose vote weighs something, by themselves or through a delegate.
	pub ayes: u32,
}

/// What comes of a vote.
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
pub enum Outcome {
	Approved,
	Rejected,
	/// Too little weight voted.
	NoQuorum,
}

/// What a vote is measured against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Measure {
	/// In parts per million, as in [`crate::Terms`].
	pub threshold: u32,
	pub quorum: u32,
	/// How many must say aye.
	pub ayes: u32,
}

fn times(amount: U256, factor: u32) -> U256 {
	// The sum of two amounts below 2^128, times a factor below 2^32, is below 2^161.
	amount.saturating_mul(factor.into())
}

impl Tally {
	/// Whether enough weight voted: `turnout / electorate >= quorum`, and not nobody.
	pub fn is_quorate(&self, quorum: u32) -> bool {
		let turnout = times(self.turnout.into(), WHOLE);
		self.turnout > 0 && turnout >= times(self.electorate.into(), quorum)
	}

	/// Whether the ayes are more than a part of what was said: `aye / (aye + nay) > threshold`.
	pub fn is_carried(&self, threshold: u32) -> bool {
		let said = U256::from(self.aye).saturating_add(self.nay.into());
		times(self.aye.into(), WHOLE) > times(said, threshold)
	}

	/// Whether the ayes are more than a part of all weight, so that no other vote matters.
	pub fn is_carried_by_all(&self, threshold: u32) -> bool {
		times(self.aye.into(), WHOLE) > times(self.electorate.into(), threshold)
	}

	pub fn outcome(&self, measure: Measure) -> Outcome {
		if !self.is_quorate(measure.quorum) {
			Outcome::NoQuorum
		} else if self.is_carried(measure.threshold) && self.ayes >= measure.ayes {
			Outcome::Approved
		} else {
			Outcome::Rejected
		}
	}

	/// Whether those who have not voted could not change that it is approved.
	pub fn is_final(&self, measure: Measure) -> bool {
		self.is_carried_by_all(measure.threshold) && self.outcome(measure) == Outcome::Approved
	}

	/// Measures the turnout by what there was when the vote opened, should that be less than what
	/// there is now: weight that comes too late to vote must not keep a vote from its quorum.
	pub fn opened_with(self, electorate: VoteWeight) -> Self {
		Self { electorate: self.electorate.min(electorate).max(self.turnout), ..self }
	}

	/// Adds a ballot that counts for `weight`, or `turnout` without conviction; none if it
	/// overflows.
	pub fn with(self, vote: Vote, weight: VoteWeight, turnout: VoteWeight) -> Option<Self> {
		let mut tally = self;
		match vote {
			Vote::Aye => {
				tally.aye = tally.aye.checked_add(weight)?;
				tally.ayes = tally.ayes.checked_add((weight > 0).into())?;
			},
			Vote::Nay => tally.nay = tally.nay.checked_add(weight)?,
			Vote::Abstain => {},
		}
		tally.turnout = tally.turnout.checked_add(turnout)?;
		Some(tally)
	}

	/// Adds a ballot of a referendum.
	pub fn with_ballot(self, ballot: &Ballot) -> Option<Self> {
		self.with(ballot.vote, ballot.weight_in_referendum()?, ballot.weight)
	}

	/// Takes out a ballot of a referendum that was added.
	pub fn without_ballot(self, ballot: &Ballot) -> Option<Self> {
		let mut tally = self;
		let weight = ballot.weight_in_referendum()?;
		match ballot.vote {
			Vote::Aye => {
				tally.aye = tally.aye.checked_sub(weight)?;
				tally.ayes = tally.ayes.checked_sub((weight > 0).into())?;
			},
			Vote::Nay => tally.nay = tally.nay.checked_sub(weight)?,
			Vote::Abstain => {},
		}
		tally.turnout = tally.turnout.checked_sub(ballot.weight)?;
		Some(tally)
	}
}
