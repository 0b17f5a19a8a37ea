//! How a round begins, and who takes part.

use crate::*;
use alloc::vec::Vec;
use frame::{prelude::*, traits::Time};
use pallet_models::{Governance, ModelRegistry};

impl<T: Config> Pallet<T> {
	pub(crate) fn do_open(
		model: ModelId,
		minimum: u32,
		maximum: u32,
		deadline_ms: Moment,
		reward_part: Score,
	) -> DispatchResult {
		ensure!(!CurrentRound::<T>::contains_key(model), Error::<T>::RoundAlreadyOpen);
		ensure!(!T::Governance::pool_closes(model), Error::<T>::PoolCloses);
		ensure!(
			1 <= minimum && minimum <= maximum && maximum <= MAX_PARTICIPANTS,
			Error::<T>::ParticipantsOutOfRange
		);
		let opened_ms = T::Time::now();
		ensure!(opened_ms < deadline_ms, Error::<T>::DeadlinePassed);
		let latest_ms = opened_ms.saturating_add(MAX_ROUND_MS);
		ensure!(deadline_ms <= latest_ms, Error::<T>::DeadlineTooFar);
		let reward_part = reward_part.checked().ok_or(Error::<T>::ScoreAboveOne)?;
		let base_version = T::Models::latest(model).ok_or(Error::<T>::UnknownModel)?;

		let round =
			RoundCount::<T>::get(model).checked_add(1).ok_or(Error::<T>::RoundsExhausted)?;
		RoundCount::<T>::insert(model, round);
		CurrentRound::<T>::insert(model, round);
		Rounds::<T>::insert(
			model,
			round,
			Round {
				minimum,
				maximum,
				deadline_ms,
				opened_ms,
				base_version,
				reward_part,
				state: RoundState::Open,
				evaluation: None,
				selected: 0,
				submitted: 0,
				scored: 0,
				accepted: 0,
				rewarded: 0,
			},
		);
		Self::deposit_event(Event::RoundOpened {
			model,
			round,
			base_version,
			minimum,
			maximum,
			deadline_ms,
			reward_part,
		});
		Ok(())
	}

	pub(crate) fn do_select(
		model: ModelId,
		round: RoundId,
		clients: Vec<ClientId>,
	) -> DispatchResult {
		Self::ensure_batch(&clients)?;
		Self::try_mutate_open(model, round, |entry| {
			for client in clients {
				let who =
					Contributors::<T>::get(model, &client).ok_or(Error::<T>::UnknownContributor)?;
				let key = (model, round, client.clone());
				ensure!(!Selected::<T>::contains_key(&key), Error::<T>::AlreadySelected);
				ensure!(entry.selected < entry.maximum, Error::<T>::TooManySelected);
				entry.selected.saturating_inc();
				Selected::<T>::insert(key, who);
				Self::deposit_event(Event::ContributorSelected { model, round, client });
			}
			Ok(())
		})
	}
}
