//! What is proposed, and what becomes of it.

use crate::{Action, Balance, Document, ModelId, Moment, Tally, Terms, VoteWeight, Weighting};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame::prelude::*;

/// Counted from 0 over all models.
pub type ProposalId = u32;

/// Who has the last word on a proposal.
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
pub enum Electorate {
	/// The collective.
	Members,
	/// Whoever has something at stake in the model, once the members have approved.
	Stakers,
	/// Whoever holds a licence of the model, once the members have approved.
	LicenceHolders,
}

/// Who votes.
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
pub enum Stage {
	Members,
	Referendum,
}

/// Where a proposal is in its life.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub enum State {
	/// The members vote.
	Members {
		ends_ms: Moment,
	},
	/// The wider electorate votes.
	Referendum {
		since_ms: Moment,
		ends_ms: Moment,
	},
	/// Waits to be enacted.
	Approved {
		enact_from_ms: Moment,
		enact_until_ms: Moment,
	},
	Rejected,
	/// Too few voted.
	NoQuorum,
	/// Taken back by its proposer.
	Withdrawn,
	/// The action was done.
	Executed,
	/// The action was refused, and left nothing behind.
	Failed {
		error: DispatchError,
	},
	/// The action was not enacted in time, or approved by one alone who is alone no more.
	Lapsed,
	/// The collective approved the action, and decided otherwise before it was enacted.
	Cancelled,
}

impl State {
	/// Until when is voted, if it is.
	pub fn ends_ms(&self) -> Option<Moment> {
		match self {
			Self::Members { ends_ms } | Self::Referendum { ends_ms, .. } => Some(*ends_ms),
			_ => None,
		}
	}
}

/// An action that was put to the vote.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Proposal<AccountId> {
	pub model: ModelId,
	pub proposer: AccountId,
	pub action: Action<AccountId>,
	/// What the proposer has to say about it.
	pub text: Option<Document>,
	pub electorate: Electorate,
	/// What members' votes weigh, settled when it was proposed.
	pub weighting: Weighting,
	/// The collective's terms when it was proposed, which it is judged by.
	pub terms: Terms,
	pub proposed_ms: Moment,
	/// Whether somebody other than the proposer has voted.
	pub others_voted: bool,
	pub state: State,
	/// How the members voted, once that is counted.
	pub members: Option<Tally>,
	/// How the wider electorate voted, so far or in the end.
	pub referendum: Option<Tally>,
	/// All the weight that there was, without conviction, when the present vote opened, or the
	/// last one.
	pub electorate_at_opening: VoteWeight,
	/// Why it could not be enacted yet when that was last tried; it can be tried again.
	pub postponed: Option<DispatchError>,
}

impl<AccountId> Proposal<AccountId> {
	/// What the proposer has put at risk.
	pub fn deposit(&self) -> Balance {
		self.terms.deposit
	}
}

/// A proposal that is voted on.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct OpenProposal<AccountId> {
	pub proposer: AccountId,
	/// Until when the members vote; none when they have.
	pub members_until_ms: Option<Moment>,
}
