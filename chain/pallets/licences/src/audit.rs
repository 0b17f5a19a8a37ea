//! Whether the counts agree with the licences.

use crate::*;
use alloc::collections::{BTreeMap, BTreeSet};
use frame::{deps::sp_runtime::TryRuntimeError, prelude::*, traits::Time};

impl<T: Config> Pallet<T> {
	/// Checks that every valid licence is held and counted, and nothing else is.
	pub fn do_try_state() -> Result<(), TryRuntimeError> {
		let now = T::Time::now();
		let mut sold: BTreeMap<(ModelId, Usage), u32> = BTreeMap::new();
		let mut holders: BTreeMap<ModelId, u32> = BTreeMap::new();
		let mut paying: BTreeMap<ModelId, u32> = BTreeMap::new();
		let mut held: BTreeSet<LicenceId> = BTreeSet::new();
		let mut expiring: u32 = 0;
		for (holder, model, holding) in Holdings::<T>::iter() {
			ensure!(!holding.is_empty(), "an empty holding was left behind");
			holders.entry(model).or_default().saturating_inc();
			if Self::has_paid(&holding) {
				paying.entry(model).or_default().saturating_inc();
			}
			for (usage, licence) in holding {
				let entry = Licences::<T>::get(licence).ok_or("an unknown licence is held")?;
				ensure!(
					(entry.model, entry.usage, &entry.holder) == (model, usage, &holder),
					"a licence is held that is another's"
				);
				ensure!(entry.state == LicenceState::Active, "a revoked licence is held");
				if let Some(expires_ms) = entry.expires_ms {
					let key = (model, usage, Expiry::new(expires_ms, licence));
					ensure!(
						Expiring::<T>::contains_key(key),
						"a licence will not be seen to expire"
					);
					expiring.saturating_inc();
				}
				held.insert(licence);
				sold.entry((model, usage)).or_default().saturating_inc();
			}
		}
		ensure!(Expiring::<T>::iter_keys().count() as u32 == expiring, "what is not held expires");
		for (model, usage, count) in Sold::<T>::iter() {
			let counted = sold.remove(&(model, usage)).unwrap_or_default();
			ensure!(counted == count, "the licences of a usage are miscounted");
		}
		ensure!(sold.is_empty(), "licences that are held are not counted");
		for (model, count) in HolderCount::<T>::iter() {
			let counted = holders.remove(&model).unwrap_or_default();
			ensure!(counted == count, "the holders of a model are miscounted");
		}
		ensure!(holders.is_empty(), "holders are not counted");
		for (model, count) in PayingHolders::<T>::iter() {
			let counted = paying.remove(&model).unwrap_or_default();
			ensure!(counted == count, "the holders of a model who paid are miscounted");
		}
		ensure!(paying.is_empty(), "holders who paid are not counted");
		for (model, _, _) in Offers::<T>::iter().filter(|(_, usage, _)| *usage == Usage::Download) {
			ensure!(Restricted::<T>::contains_key(model), "weights that are for sale are open");
		}
		let next = NextLicenceId::<T>::get();
		for (licence, entry) in Licences::<T>::iter() {
			ensure!(licence < next, "a licence has an id that was not given yet");
			ensure!(OfModel::<T>::contains_key(entry.model, licence), "a model misses a licence");
			let valid = entry.is_valid(now);
			ensure!(!valid || held.contains(&licence), "a valid licence is not held");
		}
		let indexed = OfModel::<T>::iter_keys().count();
		ensure!(indexed == Licences::<T>::iter_keys().count(), "a model has an unknown licence");
		Ok(())
	}
}
