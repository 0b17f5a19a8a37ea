//! Checks that every record agrees with every other.

use crate::*;
use alloc::collections::BTreeMap;
use frame::{deps::sp_runtime::TryRuntimeError, prelude::*, token::fungible::InspectHold};

impl<T: Config> Pallet<T> {
	/// Checks collectives, delegations, proposals, ballots and deposits.
	pub fn do_try_state() -> Result<(), TryRuntimeError> {
		for model in Collectives::<T>::iter_keys() {
			Self::check_collective(model)?;
		}
		for model in Delegations::<T>::iter_keys() {
			Self::check_delegations(model)?;
		}
		let mut deposits = BTreeMap::<T::AccountId, Balance>::new();
		let next = NextProposalId::<T>::get();
		for (id, proposal) in Proposals::<T>::iter() {
			ensure!(id < next, "a proposal has an id that was not given yet");
			ensure!(ByModel::<T>::contains_key(proposal.model, id), "a list lacks a proposal");
			Self::check_proposal(id, &proposal)?;
			if proposal.state.ends_ms().is_some() {
				let sum = deposits.entry(proposal.proposer.clone()).or_default();
				*sum = sum.checked_add(proposal.deposit()).ok_or("deposits overflow")?;
			}
		}
		for (model, id) in ByModel::<T>::iter_keys() {
			ensure!(
				Proposals::<T>::get(id).is_some_and(|proposal| proposal.model == model),
				"a model's list has a proposal that is not the model's"
			);
		}
		for (model, open) in Open::<T>::iter() {
			for (id, entry) in open {
				let proposal = Proposals::<T>::get(id).ok_or("an open proposal is none")?;
				ensure!(proposal.model == model, "an open proposal is another model's");
				let until = match proposal.state {
					State::Members { ends_ms } => Some(ends_ms),
					State::Referendum { .. } => None,
					_ => return Err("an open proposal is not voted on".into()),
				};
				let expected =
					OpenProposal { proposer: proposal.proposer, members_until_ms: until };
				ensure!(entry == expected, "an open proposal is listed wrongly");
			}
		}
		for (model, id) in ClosingBy::<T>::iter() {
			let closes = |proposal: ProposalFor<T>| {
				proposal.model == model && proposal.action == Action::ClosePool
			};
			ensure!(Proposals::<T>::get(id).is_some_and(closes), "a pool is closed by no proposal");
		}
		for who in frame_system::Account::<T>::iter_keys() {
			let held = T::Currency::balance_on_hold(&HoldReason::ProposalDeposit.into(), &who);
			let owed = deposits.remove(&who).unwrap_or_default();
			ensure!(held == owed, "what is held is not the deposits of the open proposals");
		}
		ensure!(deposits.is_empty(), "a deposit is of an account that is not there");
		Ok(())
	}

	fn check_collective(model: ModelId) -> Result<(), TryRuntimeError> {
		let collective = Self::collective(model)?;
		ensure!(!collective.members.is_empty(), "a collective has no members");
		ensure!(collective.members.values().all(|weight| *weight > 0), "a member's weight is zero");
		ensure!(collective.terms.ensure_sound::<T>().is_ok(), "a collective's terms make no sense");
		Ok(())
	}

	fn check_delegations(model: ModelId) -> Result<(), TryRuntimeError> {
		let members = Self::collective(model)?.members;
		let delegations = Delegations::<T>::get(model);
		for (from, Delegation { to, .. }) in &delegations {
			ensure!(members.contains_key(from), "a stranger has a delegate");
			ensure!(members.contains_key(to), "a delegate is a stranger");
			ensure!(!delegations.contains_key(to), "a delegate has a delegate");
		}
		Ok(())
	}

	fn check_proposal(id: ProposalId, proposal: &ProposalFor<T>) -> Result<(), TryRuntimeError> {
		let is_open = Open::<T>::get(proposal.model).contains_key(&id);
		ensure!(is_open == proposal.state.ends_ms().is_some(), "an open proposal is not listed");
		let wide = proposal.electorate != Electorate::Members;
		ensure!(wide || proposal.referendum.is_none(), "members had a referendum");
		let mut counted = Tally::default();
		for (_, ballot) in ReferendumBallots::<T>::iter_prefix(id) {
			counted = counted.with_ballot(&ballot).ok_or("ballots overflow")?;
		}
		let recorded = proposal.referendum.unwrap_or_default();
		let recorded = Tally { electorate: 0, ..recorded };
		ensure!(recorded == counted, "a referendum's tally is not the sum of its ballots");
		for (who, ballot) in Ballots::<T>::iter_prefix(id) {
			ensure!(ballot.conviction == Conviction::None, "a member voted with conviction");
			ensure!(proposal.others_voted || who == proposal.proposer, "a vote went unnoticed");
		}
		match proposal.state {
			State::Approved { .. } | State::Executed | State::Failed { .. } | State::Cancelled => {
				let waits = matches!(proposal.state, State::Approved { .. });
				ensure!(!waits || !proposal.action.is_immediate(), "a cancellation waits");
				let (members, referendum) = (proposal.members, proposal.referendum);
				ensure!(members.is_some() || referendum.is_some(), "nobody approved");
				ensure!(wide == referendum.is_some(), "the electorate was not asked");
				ensure!(
					members.is_none_or(|tally| tally.is_quorate(proposal.terms.quorum)
						&& tally.is_carried(proposal.terms.threshold)),
					"the members did not approve"
				);
				let terms = proposal.terms.referendum;
				ensure!(
					referendum
						.is_none_or(|tally| tally.is_quorate(terms.quorum)
							&& tally.is_carried(terms.threshold)),
					"the electorate did not approve"
				);
			},
			_ => {},
		}
		Ok(())
	}
}
