//! How a proposal begins and ends, and what becomes of its deposit.

use crate::*;
use frame::{
	deps::frame_support::traits::tokens::Restriction,
	prelude::*,
	token::{
		fungible::{InspectHold, MutateHold},
		Fortitude, Precision,
	},
	traits::Time,
};
use pallet_models::Governance;
use pallet_stakes::StakeLock;

impl<T: Config> Pallet<T> {
	pub(crate) fn do_propose(
		who: T::AccountId,
		model: ModelId,
		action: Action<T::AccountId>,
		text: Option<Document>,
		electorate: Electorate,
	) -> DispatchResult {
		let collective = Self::collective(model)?;
		ensure!(collective.members.contains_key(&who), Error::<T>::NotMember);
		action.ensure_sound::<T>(model)?;
		if let Some((location, _)) = &text {
			ensure!(!location.is_empty(), Error::<T>::LocationEmpty);
		}
		let members = collective.members.len() as u32;
		let at_most_each = MAX_OPEN.checked_div(members).unwrap_or(MAX_OPEN).max(1);
		let proposal = NextProposalId::<T>::get();
		NextProposalId::<T>::put(proposal.checked_add(1).ok_or(Error::<T>::IdsExhausted)?);
		let deposit = collective.terms.deposit;
		Self::hold(&who, deposit)?;

		let skips_members = electorate != Electorate::Members && Self::owner_decides(model);
		let stage = if skips_members { Stage::Referendum } else { Stage::Members };
		let now = T::Time::now();
		let terms = &collective.terms;
		let state = match stage {
			Stage::Members => State::Members { ends_ms: now.saturating_add(terms.voting_ms) },
			Stage::Referendum => Self::referendum_from(now, terms),
		};
		// Both states have an end.
		let ends_ms = state.ends_ms().unwrap_or(now);
		let members_until_ms = (stage == Stage::Members).then_some(ends_ms);
		let weighting = Self::weighting_now(model, &collective);
		let electorate_at_opening = match stage {
			Stage::Members => Self::members_weight(model, &collective, weighting),
			Stage::Referendum => Self::wider_electorate(model, electorate),
		};
		Self::open(
			model,
			proposal,
			OpenProposal { proposer: who.clone(), members_until_ms },
			at_most_each,
		)?;
		ByModel::<T>::insert(model, proposal, ());
		Proposals::<T>::insert(
			proposal,
			Proposal {
				model,
				proposer: who.clone(),
				action,
				text,
				electorate,
				weighting,
				terms: collective.terms,
				proposed_ms: now,
				others_voted: false,
				state,
				members: None,
				referendum: skips_members.then(Tally::default),
				electorate_at_opening,
				postponed: None,
			},
		);
		Self::deposit_event(Event::Proposed {
			proposal,
			model,
			proposer: who,
			electorate,
			stage,
			ends_ms,
			deposit,
		});
		Ok(())
	}

	/// A referendum that opens now. Periods are at most ninety days, so nothing saturates before
	/// the end of time is near.
	pub(crate) fn referendum_from(now: Moment, terms: &Terms) -> State {
		State::Referendum { since_ms: now, ends_ms: now.saturating_add(terms.referendum.voting_ms) }
	}

	/// Lists a proposal among those that are voted on, of which its proposer may have made so many,
	/// or one, however many others have made.
	fn open(
		model: ModelId,
		proposal: ProposalId,
		entry: OpenProposal<T::AccountId>,
		at_most_each: u32,
	) -> Result<(), Error<T>> {
		Open::<T>::try_mutate(model, |open| {
			let of_proposer =
				open.values().filter(|other| other.proposer == entry.proposer).count();
			ensure!(of_proposer < at_most_each as usize, Error::<T>::TooManyOfProposer);
			let is_full = open.len() >= MAX_OPEN as usize;
			ensure!(of_proposer == 0 || !is_full, Error::<T>::TooManyProposals);
			open.try_insert(proposal, entry).map_err(|_| Error::<T>::TooManyProposals)?;
			Ok(())
		})
	}

	/// Takes a proposal off the list of those that are voted on.
	pub(crate) fn unlist(model: ModelId, proposal: ProposalId) {
		Open::<T>::mutate_exists(model, |open| {
			if let Some(all) = open {
				all.remove(&proposal);
				if all.is_empty() {
					*open = None;
				}
			}
		});
	}

	pub(crate) fn do_withdraw(who: T::AccountId, proposal: ProposalId) -> DispatchResult {
		let mut entry = Proposals::<T>::get(proposal).ok_or(Error::<T>::UnknownProposal)?;
		ensure!(who == entry.proposer, Error::<T>::NotProposer);
		Self::ensure_voting(&entry)?;
		ensure!(!entry.others_voted, Error::<T>::OthersVoted);
		Self::unlist(entry.model, proposal);
		// Nobody but the proposer can have a stake locked for it.
		T::Stakes::unlock(entry.model, &who, proposal);
		entry.state = State::Withdrawn;
		Self::deposit_event(Event::Withdrawn { proposal, model: entry.model });
		Self::give_back(proposal, &entry)?;
		Proposals::<T>::insert(proposal, entry);
		Ok(())
	}

	/// Refuses a proposal whose voting period is over, or that was closed or withdrawn.
	pub(crate) fn ensure_voting(entry: &ProposalFor<T>) -> Result<(), Error<T>> {
		let ends_ms = entry.state.ends_ms().ok_or(Error::<T>::VotingOver)?;
		ensure!(T::Time::now() < ends_ms, Error::<T>::VotingOver);
		Ok(())
	}

	fn hold(who: &T::AccountId, deposit: Balance) -> DispatchResult {
		let reason = HoldReason::ProposalDeposit.into();
		ensure!(T::Currency::can_hold(&reason, who, deposit), Error::<T>::CannotPayDeposit);
		T::Currency::hold(&reason, who, deposit)
	}

	/// Gives a deposit back.
	pub(crate) fn give_back(proposal: ProposalId, entry: &ProposalFor<T>) -> DispatchResult {
		let who = entry.proposer.clone();
		let reason = HoldReason::ProposalDeposit.into();
		let amount = T::Currency::release(&reason, &who, entry.deposit(), Precision::Exact)?;
		Self::deposit_event(Event::DepositReturned { proposal, who, amount });
		Ok(())
	}

	/// Sends a deposit to the fees account, which takes it as it exists.
	pub(crate) fn forfeit(proposal: ProposalId, entry: &ProposalFor<T>) -> DispatchResult {
		let who = entry.proposer.clone();
		let amount = T::Currency::transfer_on_hold(
			&HoldReason::ProposalDeposit.into(),
			&who,
			&T::FeesAccount::get(),
			entry.deposit(),
			Precision::Exact,
			Restriction::Free,
			Fortitude::Force,
		)?;
		Self::deposit_event(Event::DepositLost { proposal, who, amount });
		Ok(())
	}
}
