//! Which wallets serve which contributors.

use crate::*;
use alloc::vec::Vec;
use frame::prelude::*;

impl<T: Config> Pallet<T> {
	pub(crate) fn do_define(
		model: ModelId,
		contributors: Vec<(ClientId, T::AccountId)>,
	) -> DispatchResult {
		Self::ensure_batch(&contributors)?;
		for (client, who) in contributors {
			Self::define(model, client, who)?;
		}
		Ok(())
	}

	fn define(model: ModelId, client: ClientId, who: T::AccountId) -> DispatchResult {
		ensure!(!client.is_empty(), Error::<T>::ClientIdEmpty);
		if let Some(other) = Wallets::<T>::get(model, &who) {
			ensure!(other == client, Error::<T>::DuplicateWallet);
			// It serves this contributor already.
			return Ok(());
		}
		match Contributors::<T>::get(model, &client) {
			Some(old) => {
				ensure!(!Self::is_busy(model, &client), Error::<T>::ContributorBusy);
				Wallets::<T>::remove(model, old);
			},
			None => ContributorCount::<T>::try_mutate(model, |count| {
				ensure!(*count < MAX_CONTRIBUTORS, Error::<T>::TooManyContributors);
				count.saturating_inc();
				Ok::<_, Error<T>>(())
			})?,
		}
		Contributors::<T>::insert(model, &client, &who);
		Wallets::<T>::insert(model, &who, &client);
		Self::deposit_event(Event::ContributorDefined { model, client, who });
		Ok(())
	}

	pub(crate) fn do_remove(model: ModelId, clients: Vec<ClientId>) -> DispatchResult {
		Self::ensure_batch(&clients)?;
		for client in clients {
			let who =
				Contributors::<T>::get(model, &client).ok_or(Error::<T>::UnknownContributor)?;
			ensure!(!Self::is_busy(model, &client), Error::<T>::ContributorBusy);
			Contributors::<T>::remove(model, &client);
			Wallets::<T>::remove(model, who);
			ContributorCount::<T>::mutate(model, |count| count.saturating_dec());
			Self::deposit_event(Event::ContributorRemoved { model, client });
		}
		Ok(())
	}

	/// Whether a contributor is selected in the running round.
	fn is_busy(model: ModelId, client: &ClientId) -> bool {
		CurrentRound::<T>::get(model)
			.is_some_and(|round| Selected::<T>::contains_key((model, round, client)))
	}
}
