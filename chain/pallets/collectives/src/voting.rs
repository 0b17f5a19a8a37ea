//! How votes are cast.

use crate::*;
use frame::prelude::*;
use pallet_licences::LicenceHolders;
use pallet_stakes::{StakeLock, StakeOf};

impl<T: Config> Pallet<T> {
	pub(crate) fn do_vote(
		who: T::AccountId,
		proposal: ProposalId,
		vote: Vote,
		conviction: Conviction,
	) -> DispatchResult {
		let mut entry = Proposals::<T>::get(proposal).ok_or(Error::<T>::UnknownProposal)?;
		Self::ensure_voting(&entry)?;
		let (stage, weight) = match entry.state {
			State::Referendum { since_ms, ends_ms } => {
				let weight = Self::weight_in_referendum(&entry, &who, conviction, since_ms)?;
				let ballot = Ballot { vote, conviction, weight };
				Self::vote_in_referendum(proposal, &mut entry, &who, ballot)?;
				if entry.electorate == Electorate::Stakers {
					let until_ms = conviction.until_ms(ends_ms, entry.terms.referendum.lock_ms);
					T::Stakes::lock(entry.model, &who, None, weight, until_ms, proposal)?;
				}
				(Stage::Referendum, weight)
			},
			_ => {
				ensure!(conviction == Conviction::None, Error::<T>::ConvictionWithoutStake);
				let members = Self::collective(entry.model)?.members;
				let assigned = *members.get(&who).ok_or(Error::<T>::NotMember)?;
				let weight = Self::weight(entry.model, &who, assigned, entry.weighting);
				Ballots::<T>::insert(proposal, &who, Ballot { vote, conviction, weight });
				(Stage::Members, weight)
			},
		};
		entry.others_voted |= who != entry.proposer;
		Proposals::<T>::insert(proposal, entry);
		Self::deposit_event(Event::Voted { proposal, stage, who, vote, conviction, weight });
		Ok(())
	}

	/// What an account weighs in a referendum, without conviction.
	fn weight_in_referendum(
		entry: &ProposalFor<T>,
		who: &T::AccountId,
		conviction: Conviction,
		since_ms: Moment,
	) -> Result<VoteWeight, Error<T>> {
		if entry.electorate == Electorate::Stakers {
			let stake = T::Stakes::staked(entry.model, who);
			ensure!(stake > 0, Error::<T>::NotInElectorate);
			return Ok(stake);
		}
		ensure!(conviction == Conviction::None, Error::<T>::ConvictionWithoutStake);
		// A licence that was passed on or bought meanwhile gives no vote: otherwise it would give
		// one to each of its holders.
		let held_before = T::Licences::held_since(entry.model, who).is_some_and(|at| at < since_ms);
		ensure!(held_before, Error::<T>::NotInElectorate);
		Ok(1)
	}

	/// Puts a ballot in the place of the account's last one, in the running tally too.
	fn vote_in_referendum(
		proposal: ProposalId,
		entry: &mut ProposalFor<T>,
		who: &T::AccountId,
		ballot: Ballot,
	) -> DispatchResult {
		let mut tally = entry.referendum.unwrap_or_default();
		if let Some(last) = ReferendumBallots::<T>::get(proposal, who) {
			tally = tally.without_ballot(&last).ok_or(ArithmeticError::Underflow)?;
		}
		entry.referendum = Some(tally.with_ballot(&ballot).ok_or(ArithmeticError::Overflow)?);
		ReferendumBallots::<T>::insert(proposal, who, ballot);
		Ok(())
	}
}
