//! How updates come in.

use crate::*;
use frame::{prelude::*, traits::Time};

impl<T: Config> Pallet<T> {
	pub(crate) fn do_submit(
		who: T::AccountId,
		model: ModelId,
		round: RoundId,
		location: Location,
		hash: H256,
		examples: u32,
	) -> DispatchResult {
		Self::try_mutate_open(model, round, |entry| {
			let client = Wallets::<T>::get(model, &who).ok_or(Error::<T>::NotSelected)?;
			let key = (model, round, client.clone());
			ensure!(Selected::<T>::contains_key(&key), Error::<T>::NotSelected);
			let now = T::Time::now();
			ensure!(now < entry.deadline_ms, Error::<T>::DeadlinePassed);
			ensure!(!location.is_empty(), Error::<T>::LocationEmpty);
			ensure!(examples > 0, Error::<T>::ExamplesZero);
			ensure!(!Updates::<T>::contains_key(&key), Error::<T>::AlreadySubmitted);

			// At most as many as were selected.
			entry.submitted.saturating_inc();
			Updates::<T>::insert(
				key,
				Update {
					who: who.clone(),
					location,
					hash,
					examples,
					submitted_ms: now,
					verdict: None,
					reward: 0,
				},
			);
			Self::deposit_event(Event::UpdateSubmitted {
				model,
				round,
				client,
				who,
				hash,
				examples,
			});
			Ok(())
		})
	}
}
