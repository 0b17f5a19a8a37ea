//! How votes are counted.

use crate::*;
use alloc::{collections::BTreeMap, vec::Vec};
use frame::{prelude::*, traits::Time};
use pallet_licences::LicenceHolders;
use pallet_stakes::StakeOf;

impl<T: Config> Pallet<T> {
	/// Who votes how among the members as they are now, and with what weight.
	pub(crate) fn members_voting(
		proposal: ProposalId,
		entry: &ProposalFor<T>,
	) -> Result<Vec<Voter<T::AccountId>>, Error<T>> {
		let members = Self::collective(entry.model)?.members;
		let delegations = Delegations::<T>::get(entry.model);
		let ballots: BTreeMap<_, _> = members
			.keys()
			.filter_map(|who| Ballots::<T>::get(proposal, who).map(|ballot| (who, ballot)))
			.collect();
		let voter = |(who, assigned): (&T::AccountId, &u32)| {
			let now = Self::weight(entry.model, who, *assigned, entry.weighting);
			let delegation = delegations.get(who);
			let (vote, at_most, via) = match (ballots.get(who), delegation) {
				(Some(own), _) => (Some(own.vote), own.weight, None),
				(None, Some(Delegation { to, weights })) => match ballots.get(to) {
					Some(theirs) => {
						(Some(theirs.vote), weights.by(entry.weighting), Some(to.clone()))
					},
					None => (None, now, None),
				},
				(None, None) => (None, now, None),
			};
			let conviction = Conviction::None;
			Voter { who: who.clone(), vote, conviction, weight: now.min(at_most), via }
		};
		Ok(members.iter().map(voter).collect())
	}

	/// What the members' votes come to, beside all that they weigh now.
	///
	/// Weights are such that their sums do not overflow: see [`VoteWeight`].
	pub(crate) fn count_members(voters: &[Voter<T::AccountId>]) -> Tally {
		voters.iter().fold(Tally::default(), |mut tally, voter| {
			if let Some(vote) = voter.vote {
				tally = tally.with(vote, voter.weight, voter.weight).unwrap_or(tally);
			}
			tally.electorate = tally.electorate.saturating_add(voter.weight);
			tally
		})
	}

	/// What the members' votes come to when they are closed.
	///
	/// Assigned weights are the collective's own decision, so they count as they are now.
	pub(crate) fn settle_members(entry: &ProposalFor<T>, present: Tally) -> Tally {
		match entry.weighting {
			Weighting::Assigned => present,
			Weighting::ByStake | Weighting::ByContribution => {
				present.opened_with(entry.electorate_at_opening)
			},
		}
	}

	/// What the members' votes are measured against. `members`: how many there are.
	pub(crate) fn members_measure(terms: &Terms, members: usize) -> Measure {
		let members = members.min(MIN_AYES as usize) as u32;
		Measure { threshold: terms.threshold, quorum: terms.quorum, ayes: members }
	}

	/// All the weight that a wider electorate has now.
	pub(crate) fn wider_electorate(model: ModelId, electorate: Electorate) -> VoteWeight {
		match electorate {
			Electorate::LicenceHolders => T::Licences::holders(model).into(),
			Electorate::Stakers | Electorate::Members => T::Stakes::total(model),
		}
	}

	/// The running tally of a referendum, as it would be closed now.
	pub(crate) fn count_referendum(entry: &ProposalFor<T>) -> Tally {
		let electorate = Self::wider_electorate(entry.model, entry.electorate);
		let present = Tally { electorate, ..entry.referendum.unwrap_or_default() };
		present.opened_with(entry.electorate_at_opening)
	}

	/// The members' two ayes came before; here one account of the electorate is enough.
	pub(crate) fn referendum_measure(terms: &Terms) -> Measure {
		let ReferendumTerms { threshold, quorum, .. } = terms.referendum;
		Measure { threshold, quorum, ayes: 1 }
	}

	pub(crate) fn do_close(proposal: ProposalId) -> DispatchResultWithPostInfo {
		let mut entry = Proposals::<T>::get(proposal).ok_or(Error::<T>::UnknownProposal)?;
		let model = entry.model;
		let ends_ms = entry.state.ends_ms().ok_or(Error::<T>::VotingOver)?;
		let is_over = T::Time::now() >= ends_ms;
		let mut counted = 0;
		let (stage, outcome, tally) = if let State::Members { .. } = entry.state {
			let voters = Self::members_voting(proposal, &entry)?;
			counted = voters.len() as u32;
			let present = Self::count_members(&voters);
			let measure = Self::members_measure(&entry.terms, voters.len());
			// Early it is final against all that could still be cast.
			ensure!(is_over || present.is_final(measure), Error::<T>::VotingRuns);
			let tally = Self::settle_members(&entry, present);
			entry.members = Some(tally);
			(Stage::Members, tally.outcome(measure), tally)
		} else {
			ensure!(is_over, Error::<T>::VotingRuns);
			let tally = Self::count_referendum(&entry);
			entry.referendum = Some(tally);
			(Stage::Referendum, tally.outcome(Self::referendum_measure(&entry.terms)), tally)
		};
		Self::deposit_event(Event::Closed { proposal, model, stage, outcome, tally });

		let closing = T::WeightInfo::close(counted);
		let is_last = stage == Stage::Referendum || entry.electorate == Electorate::Members;
		if outcome == Outcome::Approved && !is_last {
			Self::open_referendum(proposal, &mut entry);
			Proposals::<T>::insert(proposal, entry);
			return Ok(Some(closing).into());
		}
		Self::unlist(model, proposal);
		match outcome {
			Outcome::NoQuorum => Self::forfeit(proposal, &entry)?,
			Outcome::Approved | Outcome::Rejected => Self::give_back(proposal, &entry)?,
		}
		let acting = Self::conclude(proposal, entry, outcome)?;
		Ok(Some(closing.saturating_add(acting)).into())
	}

	/// Has the wider electorate vote on what the members approved.
	fn open_referendum(proposal: ProposalId, entry: &mut ProposalFor<T>) {
		let now = T::Time::now();
		entry.state = Self::referendum_from(now, &entry.terms);
		entry.referendum = Some(Tally::default());
		entry.electorate_at_opening = Self::wider_electorate(entry.model, entry.electorate);
		Open::<T>::mutate(entry.model, |open| {
			if let Some(open) = open.get_mut(&proposal) {
				open.members_until_ms = None;
			}
		});
		let ends_ms = entry.state.ends_ms().unwrap_or(now);
		Self::deposit_event(Event::ReferendumOpened { proposal, model: entry.model, ends_ms });
	}
}
