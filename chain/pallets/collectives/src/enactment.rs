//! How what was approved is done: at most once, wholly or not at all.

use crate::*;
use frame::{deps::frame_support::storage::with_storage_layer, prelude::*, traits::Time};
use pallet_annotations::{Settling, Verdict};
use pallet_licences::Licensing;
use pallet_pools::{Allowing, Closing, Shareholding, Spending};
use pallet_stakes::{Slashing, Staking};
use pallet_updates::Reviewer;

impl<T: Config> Pallet<T> {
	/// Does an action of the model's collective, or fails.
	///
	/// Every action is of this model: what names an update, a licence, a stake or a task is refused by
	/// its pallet if that is another model's.
	pub(crate) fn act(model: ModelId, action: Action<T::AccountId>) -> DispatchResult {
		match action {
			Action::ApproveUpdate { update, reward } => T::Updates::approve(model, update, reward),
			Action::RejectUpdate { update, reason } => T::Updates::reject(model, update, reason),
			Action::AddMember { who, weight } => Self::set_member(model, who, weight),
			Action::RemoveMember { who } => {
				let collective = Self::collective(model)?;
				Self::drop_member(model, collective, &who)?;
				Self::deposit_event(Event::MemberRemoved { model, who });
				Ok(())
			},
			Action::SetWeighting { weighting } => {
				let collective = Self::collective(model)?;
				Collectives::<T>::insert(model, Collective { weighting, ..collective });
				Self::deposit_event(Event::WeightingSet { model, weighting });
				Ok(())
			},
			Action::SetShares { shares } => T::Pools::set_shares(model, shares),
			Action::SetLicence { usage, terms } => T::Licences::set_terms(model, usage, terms),
			Action::RevokeLicence { licence, cause } => T::Licences::revoke(model, licence, cause),
			Action::SetTerms { terms } => {
				terms.ensure_sound::<T>()?;
				let collective = Self::collective(model)?;
				Collectives::<T>::insert(model, Collective { terms, ..collective });
				Self::deposit_event(Event::TermsSet { model, terms });
				Ok(())
			},
			Action::SetStaking { terms } => T::Stakes::set_staking(model, terms),
			Action::Spend { role, who, score } => {
				T::Pools::spend(model, role, &who, score).map(|_| ())
			},
			Action::Slash { who, role, part, cause } => {
				T::Stakes::slash(model, &who, role, part, cause).map(|_| ())
			},
			Action::ClosePool => T::Pools::close(model),
			Action::SetAllowance { amount } => T::Pools::set_allowance(model, amount),
			Action::Cancel { proposal } => Self::cancel(model, proposal),
			Action::SettleAnnotation { task, batch, who, points, score, slash } => {
				let verdict = Verdict { points, score };
				T::Annotations::settle(model, task, batch, &who, verdict, slash)
			},
		}
	}

	/// A proposal of a model that was approved and waits to be enacted.
	pub(crate) fn waiting(
		model: ModelId,
		proposal: ProposalId,
	) -> Result<ProposalFor<T>, Error<T>> {
		let entry = Proposals::<T>::get(proposal)
			.filter(|entry| entry.model == model)
			.ok_or(Error::<T>::UnknownProposal)?;
		let State::Approved { enact_until_ms, .. } = entry.state else {
			return Err(Error::<T>::NotWaiting);
		};
		// What was not enacted in time lapses, whoever says so first.
		ensure!(T::Time::now() <= enact_until_ms, Error::<T>::NotWaiting);
		Ok(entry)
	}

	/// Its deposit was given back when it was approved; stakes stay locked as they were voted with.
	fn cancel(model: ModelId, proposal: ProposalId) -> DispatchResult {
		let mut entry = Self::waiting(model, proposal)?;
		entry.state = State::Cancelled;
		Proposals::<T>::insert(proposal, entry);
		Self::deposit_event(Event::Cancelled { proposal, model });
		Ok(())
	}

	/// Records what was decided in the end, and enacts it if there is no delay; what that weighed.
	pub(crate) fn conclude(
		proposal: ProposalId,
		mut entry: ProposalFor<T>,
		outcome: Outcome,
	) -> Result<Weight, DispatchError> {
		entry.state = match outcome {
			Outcome::Rejected => State::Rejected,
			Outcome::NoQuorum => State::NoQuorum,
			Outcome::Approved if entry.terms.delay_ms == 0 || entry.action.is_immediate() => {
				return Self::carry_out(proposal, entry);
			},
			Outcome::Approved => {
				let enact_from_ms = T::Time::now().saturating_add(entry.terms.delay_ms);
				Self::waits_from(enact_from_ms, &entry.terms)
			},
		};
		Proposals::<T>::insert(proposal, entry);
		Ok(Weight::zero())
	}

	/// Periods are at most ninety days, so nothing saturates before the end of time is near.
	fn waits_from(enact_from_ms: Moment, terms: &Terms) -> State {
		let enact_until_ms = enact_from_ms.saturating_add(terms.enact_within_ms);
		State::Approved { enact_from_ms, enact_until_ms }
	}

	/// What was tried and could not be done yet waits as long as it would have from its approval;
	/// from the first time on, longer than what is in its way can last. Otherwise whoever once set
	/// a short time to enact in could outwait every approval by one round or task.
	fn waits(entry: &ProposalFor<T>, is_first: bool) -> State {
		let now = T::Time::now();
		let state = match entry.state {
			State::Approved { .. } => entry.state.clone(),
			_ => Self::waits_from(now, &entry.terms),
		};
		match state {
			State::Approved { enact_from_ms, enact_until_ms } if is_first => State::Approved {
				enact_from_ms,
				enact_until_ms: enact_until_ms.max(now.saturating_add(POSTPONED_MS)),
			},
			waits => waits,
		}
	}

	pub(crate) fn do_enact(proposal: ProposalId) -> DispatchResultWithPostInfo {
		let mut entry = Proposals::<T>::get(proposal).ok_or(Error::<T>::UnknownProposal)?;
		let State::Approved { enact_from_ms, enact_until_ms } = entry.state else {
			return Err(Error::<T>::NotApproved.into());
		};
		let now = T::Time::now();
		ensure!(now >= enact_from_ms, Error::<T>::TooEarly);
		let acting = if now > enact_until_ms {
			Self::lapse(proposal, &mut entry);
			Proposals::<T>::insert(proposal, entry);
			Weight::zero()
		} else {
			Self::carry_out(proposal, entry)?
		};
		Ok(Some(T::WeightInfo::enact().saturating_add(acting)).into())
	}

	/// Does what was approved, and records what came of it; what that weighed.
	fn carry_out(proposal: ProposalId, mut entry: ProposalFor<T>) -> Result<Weight, DispatchError> {
		let model = entry.model;
		if !Self::stands(proposal, &entry)? {
			Self::lapse(proposal, &mut entry);
			Proposals::<T>::insert(proposal, entry);
			return Ok(Weight::zero());
		}
		let is_first = entry.postponed.take().is_none();
		entry.state = match with_storage_layer(|| Self::act(model, entry.action.clone())) {
			Ok(()) => {
				Self::deposit_event(Event::Executed { proposal, model });
				State::Executed
			},
			// It is not the action that was refused: the caller nested calls so deep that nothing
			// more can be done in them. That must not use the approval up.
			Err(error @ DispatchError::Transactional(_)) => return Err(error),
			// Whoever operates rounds and tasks must not use an approval up by running one. No other
			// is opened meanwhile: see `pool_closes`.
			Err(error) if entry.action == Action::ClosePool && T::Pools::is_locked(model) => {
				Self::deposit_event(Event::Postponed { proposal, model, error });
				ClosingBy::<T>::insert(model, proposal);
				entry.postponed = Some(error);
				Self::waits(&entry, is_first)
			},
			Err(error) => {
				Self::deposit_event(Event::Failed { proposal, model, error });
				State::Failed { error }
			},
		};
		let weight = T::WeightInfo::act(&entry.action);
		Proposals::<T>::insert(proposal, entry);
		Ok(weight)
	}

	/// Whether an approval still holds: what one alone approved is void unless the same one is
	/// still alone.
	///
	/// Otherwise a lone owner could approve something, let others join, and enact it over them, be
	/// it after having left.
	fn stands(proposal: ProposalId, entry: &ProposalFor<T>) -> Result<bool, Error<T>> {
		// Without a vote of the members, the owner alone called the referendum.
		if entry.members.is_some_and(|tally| tally.ayes >= MIN_AYES) {
			return Ok(true);
		}
		let members = Self::collective(entry.model)?.members;
		let approved = |who: &T::AccountId| match entry.members {
			Some(_) => {
				Ballots::<T>::get(proposal, who).is_some_and(|ballot| ballot.vote == Vote::Aye)
			},
			None => *who == entry.proposer,
		};
		Ok(members.len() == 1 && members.keys().all(approved))
	}

	fn lapse(proposal: ProposalId, entry: &mut ProposalFor<T>) {
		entry.state = State::Lapsed;
		Self::deposit_event(Event::Lapsed { proposal, model: entry.model });
	}
}
