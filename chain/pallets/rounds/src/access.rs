//! Who may do what in which round.

use crate::*;
use frame::prelude::*;
use pallet_models::{Governance, ModelRegistry};
use pallet_pools::PoolLock;

impl<T: Config> Pallet<T> {
	/// Checks that the signer owns the model and may operate its rounds.
	pub(crate) fn ensure_operator(
		origin: OriginFor<T>,
		model: ModelId,
	) -> Result<T::AccountId, DispatchError> {
		let who = ensure_signed(origin)?;
		let owner = T::Models::owner(model).ok_or(Error::<T>::UnknownModel)?;
		ensure!(who == owner, Error::<T>::NotOwner);
		ensure!(T::Governance::owner_operates(model), Error::<T>::OwnerNotMember);
		Ok(who)
	}

	/// Refuses a call that names more contributors than its weight and storage are meant for.
	pub(crate) fn ensure_batch<I>(items: &[I]) -> Result<(), Error<T>> {
		ensure!(items.len() <= MAX_PARTICIPANTS as usize, Error::<T>::TooManyAtOnce);
		Ok(())
	}

	/// Refuses a round that is over, or whose contributors were rewarded.
	pub(crate) fn ensure_open(round: &Round) -> Result<(), Error<T>> {
		ensure!(round.is_running(), Error::<T>::RoundOver);
		ensure!(round.state == RoundState::Open, Error::<T>::AlreadyRewarded);
		Ok(())
	}

	/// Changes a round that runs and is not rewarded yet.
	pub(crate) fn try_mutate_open<R>(
		model: ModelId,
		round: RoundId,
		change: impl FnOnce(&mut Round) -> Result<R, DispatchError>,
	) -> Result<R, DispatchError> {
		Rounds::<T>::try_mutate(model, round, |entry| {
			let entry = entry.as_mut().ok_or(Error::<T>::UnknownRound)?;
			Self::ensure_open(entry)?;
			change(entry)
		})
	}

	/// Changes a round that runs into one that is over.
	pub(crate) fn try_end(
		model: ModelId,
		round: RoundId,
		end: impl FnOnce(&mut Round) -> DispatchResult,
	) -> DispatchResult {
		Rounds::<T>::try_mutate(model, round, |entry| {
			let entry = entry.as_mut().ok_or(Error::<T>::UnknownRound)?;
			ensure!(entry.is_running(), Error::<T>::RoundOver);
			end(entry)
		})?;
		CurrentRound::<T>::remove(model);
		Ok(())
	}
}

/// The pool stays open while a round runs.
impl<T: Config> PoolLock for Pallet<T> {
	fn locked(model: ModelId) -> bool {
		CurrentRound::<T>::contains_key(model)
	}
}
