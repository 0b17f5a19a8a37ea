//! What a collective answers about its votes.

use crate::*;
use alloc::vec::Vec;
use codec::{Decode, Encode};
use frame::{prelude::*, traits::Time};

/// How one account counts in a vote.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct Voter<AccountId> {
	pub who: AccountId,
	/// None as long as neither the account nor its delegate has voted.
	pub vote: Option<Vote>,
	pub conviction: Conviction,
	/// What its vote counts for, without conviction.
	pub weight: VoteWeight,
	/// The delegate that voted for it.
	pub via: Option<AccountId>,
}

/// What closing a proposal would record now, or what it recorded.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct TallyOf<AccountId> {
	/// Who votes, or voted last.
	pub stage: Stage,
	pub tally: Tally,
	pub outcome: Outcome,
	/// Whether the votes can be counted now, or have been.
	pub can_close: bool,
	/// All members, or those of the wider electorate who voted. Once the members' votes are
	/// counted: those who voted, as they did.
	pub voters: Vec<Voter<AccountId>>,
}

impl<T: Config> Pallet<T> {
	/// What closing a proposal would record now, or what it recorded; none if there is no such
	/// proposal, or it was withdrawn.
	pub fn tally(proposal: ProposalId) -> Option<TallyOf<T::AccountId>> {
		let entry = Proposals::<T>::get(proposal)?;
		let ends_ms = entry.state.ends_ms();
		let is_over = ends_ms.is_none_or(|ends_ms| T::Time::now() >= ends_ms);
		if let State::Members { .. } = entry.state {
			let voters = Self::members_voting(proposal, &entry).ok()?;
			let present = Self::count_members(&voters);
			let tally = Self::settle_members(&entry, present);
			let measure = Self::members_measure(&entry.terms, voters.len());
			return Some(TallyOf {
				stage: Stage::Members,
				tally,
				outcome: tally.outcome(measure),
				can_close: is_over || present.is_final(measure),
				voters,
			});
		}
		let cast = |(who, ballot): (T::AccountId, Ballot)| Voter {
			who,
			vote: Some(ballot.vote),
			conviction: ballot.conviction,
			weight: ballot.weight,
			via: None,
		};
		let (stage, tally) = match (entry.referendum, entry.members) {
			(Some(_), _) if ends_ms.is_some() => {
				(Stage::Referendum, Self::count_referendum(&entry))
			},
			(Some(counted), _) => (Stage::Referendum, counted),
			(None, Some(counted)) => (Stage::Members, counted),
			(None, None) => return None,
		};
		if entry.state == State::Withdrawn {
			return None;
		}
		let voters = match stage {
			Stage::Members => Ballots::<T>::iter_prefix(proposal).map(cast).collect(),
			Stage::Referendum => ReferendumBallots::<T>::iter_prefix(proposal).map(cast).collect(),
		};
		let outcome = match entry.state {
			State::Rejected => Outcome::Rejected,
			State::NoQuorum => Outcome::NoQuorum,
			State::Referendum { .. } => tally.outcome(Self::referendum_measure(&entry.terms)),
			_ => Outcome::Approved,
		};
		Some(TallyOf { stage, tally, outcome, can_close: is_over, voters })
	}
}
