//! How a round ends.

use crate::*;
use frame::{prelude::*, traits::Time};
use pallet_models::{Governance, ModelRegistry};
use pallet_pools::Paymaster;

impl<T: Config> Pallet<T> {
	pub(crate) fn do_finalise(
		owner: T::AccountId,
		model: ModelId,
		round: RoundId,
		location: Location,
		hash: H256,
	) -> DispatchResult {
		Self::try_end(model, round, |entry| {
			if entry.state == RoundState::Open {
				Self::ensure_judged(entry)?;
				ensure!(
					entry.reward_part == Score::ZERO || !T::Pools::can_pay(model),
					Error::<T>::NotRewarded
				);
			}
			ensure!(!location.is_empty(), Error::<T>::LocationEmpty);
			let version = T::Models::publish(model, owner, location, hash, entry.base_version)?;
			entry.state = RoundState::Finalised { version };
			Self::deposit_event(Event::RoundFinalised { model, round, version, hash });
			Ok(())
		})
	}

	pub(crate) fn do_abort(
		who: T::AccountId,
		model: ModelId,
		round: RoundId,
		reason: Reason,
	) -> DispatchResult {
		let owner = T::Models::owner(model).ok_or(Error::<T>::UnknownModel)?;
		Self::try_end(model, round, |entry| {
			let abandoned = !T::Governance::owner_operates(model);
			let may_abort = who == owner || abandoned || Self::is_stuck(entry);
			ensure!(may_abort, Error::<T>::TooEarlyToAbort);
			entry.state = RoundState::Aborted { reason: reason.clone() };
			Self::deposit_event(Event::RoundAborted { model, round, who, reason });
			Ok(())
		})
	}

	/// Whether a round is past help from its owner, so that anyone may abort it.
	fn is_stuck(round: &Round) -> bool {
		let now = T::Time::now();
		let too_few = round.submitted < round.minimum;
		let given_up = now >= round.deadline_ms.saturating_add(GRACE_MS);
		(now >= round.deadline_ms && too_few) || given_up
	}
}
