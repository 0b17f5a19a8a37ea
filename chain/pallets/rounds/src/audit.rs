//! Whether the records of rounds and contributors agree.

use crate::*;
use frame::{deps::sp_runtime::TryRuntimeError, prelude::*};

impl<T: Config> Pallet<T> {
	/// Checks that the records of rounds and contributors agree with each other.
	pub fn do_try_state() -> Result<(), TryRuntimeError> {
		for (model, round, entry) in Rounds::<T>::iter() {
			let runs = CurrentRound::<T>::get(model) == Some(round);
			ensure!(runs == entry.is_running(), "a round runs that is not the model's current one");
			let selected = Selected::<T>::iter_prefix((model, round)).count() as u32;
			ensure!(selected == entry.selected, "a round's selected are miscounted");
			ensure!(selected <= entry.maximum, "a round selected more than its maximum");
			let mut counts = (0u32, 0u32, 0u32);
			let mut rewarded: Balance = 0;
			for (client, update) in Updates::<T>::iter_prefix((model, round)) {
				counts.0.saturating_inc();
				if update.verdict.is_some() {
					counts.1.saturating_inc();
				}
				if matches!(update.verdict, Some(Verdict::Accepted(_))) {
					counts.2.saturating_inc();
				}
				rewarded = rewarded.checked_add(update.reward).ok_or("rewards overflow")?;
				ensure!(
					Selected::<T>::get((model, round, client)) == Some(update.who),
					"an update came from a wallet that was not selected"
				);
			}
			ensure!(
				counts == (entry.submitted, entry.scored, entry.accepted),
				"a round's updates are miscounted"
			);
			ensure!(rewarded == entry.rewarded, "a round's rewards do not sum");
		}
		for (model, count) in ContributorCount::<T>::iter() {
			let contributors = Contributors::<T>::iter_prefix(model).count() as u32;
			ensure!(contributors == count, "a model's contributors are miscounted");
		}
		for (model, client, who) in Contributors::<T>::iter() {
			ensure!(
				Wallets::<T>::get(model, who) == Some(client),
				"a wallet does not know its contributor"
			);
		}
		for (model, who, client) in Wallets::<T>::iter() {
			ensure!(
				Contributors::<T>::get(model, client) == Some(who),
				"a contributor does not know its wallet"
			);
		}
		Ok(())
	}
}
