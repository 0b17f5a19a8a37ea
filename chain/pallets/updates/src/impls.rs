//! The steps that the calls are made of, and the audit.

extern crate alloc;

use crate::*;
use alloc::collections::{BTreeMap, BTreeSet};
use frame::{
	deps::{frame_support::storage::with_storage_layer, sp_runtime::TryRuntimeError},
	prelude::*,
};
use pallet_models::{Governance, ModelRegistry};
use pallet_pools::{Paymaster, Role};

impl<T: Config> Pallet<T> {
	/// Refuses a signer who does not decide on an update alone; says which model it is of.
	pub(crate) fn ensure_decides(
		origin: OriginFor<T>,
		update: UpdateId,
	) -> Result<ModelId, DispatchError> {
		let who = ensure_signed(origin)?;
		let model = Updates::<T>::get(update).ok_or(Error::<T>::UnknownUpdate)?.model;
		ensure!(T::Models::owner(model) == Some(who), Error::<T>::NotOwner);
		ensure!(T::Governance::owner_decides(model), Error::<T>::CollectiveDecides);
		Ok(model)
	}

	/// Refuses metrics without a name, or of the same name.
	pub(crate) fn ensure_told_apart(metrics: &Metrics) -> Result<(), Error<T>> {
		let mut seen = BTreeSet::new();
		for (name, _) in metrics {
			ensure!(!name.is_empty(), Error::<T>::MetricNameEmpty);
			ensure!(seen.insert(name), Error::<T>::DuplicateMetric);
		}
		Ok(())
	}

	/// Counts one more waiting update of an engineer.
	pub(crate) fn count_open(model: ModelId, engineer: &T::AccountId) -> Result<(), Error<T>> {
		OpenCount::<T>::try_mutate(model, engineer, |count| {
			ensure!(*count < MAX_OPEN, Error::<T>::TooManyOpen);
			count.saturating_inc();
			Ok(())
		})
	}

	/// Ends the wait of an update.
	pub(crate) fn close(update: &mut UpdateOf<T>, state: UpdateState) -> Result<(), Error<T>> {
		ensure!(update.state == UpdateState::Proposed, Error::<T>::UpdateClosed);
		update.state = state;
		OpenCount::<T>::mutate_exists(update.model, &update.engineer, |count| {
			*count = count.and_then(|count| count.checked_sub(1)).filter(|left| *left > 0);
		});
		Ok(())
	}

	/// An update of the model that waits.
	fn waiting(model: ModelId, update: UpdateId) -> Result<UpdateOf<T>, Error<T>> {
		let entry = Updates::<T>::get(update)
			.filter(|entry| entry.model == model)
			.ok_or(Error::<T>::UnknownUpdate)?;
		ensure!(entry.state == UpdateState::Proposed, Error::<T>::UpdateClosed);
		Ok(entry)
	}

	/// Credits an engineer with a part of the engineers' bucket; how much that is.
	fn pay(
		model: ModelId,
		engineer: &T::AccountId,
		score: Score,
	) -> Result<Balance, DispatchError> {
		if score == Score::ZERO {
			return Ok(0);
		}
		ensure!(T::Pools::can_pay(model), Error::<T>::NoPool);
		let parts = [(engineer.clone(), score.into())];
		let reward: Balance = T::Pools::pay(model, Role::Engineer, &parts)?.into_iter().sum();
		ensure!(reward > 0, Error::<T>::NothingToPay);
		Ok(reward)
	}

	/// Checks that the updates, their lists and their versions agree with each other.
	pub fn do_try_state() -> Result<(), TryRuntimeError> {
		let next = NextUpdateId::<T>::get();
		let mut open = BTreeMap::<_, u32>::new();
		let mut versions = BTreeSet::new();
		for (id, update) in Updates::<T>::iter() {
			ensure!(id < next, "an update has an id that was not given yet");
			ensure!(ByModel::<T>::contains_key(update.model, id), "a model's list lacks an update");
			match update.state {
				UpdateState::Proposed => {
					open.entry((update.model, update.engineer)).or_default().saturating_inc()
				},
				UpdateState::Accepted { version, score, reward } => {
					ensure!(versions.insert((update.model, version)), "a version came twice");
					ensure!(
						T::Models::publisher(update.model, version) == Some(update.engineer),
						"an accepted update is not its engineer's version"
					);
					ensure!((score == Score::ZERO) == (reward == 0), "a reward is not its score's");
				},
				UpdateState::Rejected { .. } | UpdateState::Withdrawn => {},
			}
		}
		for (model, update) in ByModel::<T>::iter_keys() {
			ensure!(
				Updates::<T>::get(update).is_some_and(|update| update.model == model),
				"a model's list has an update that is not the model's"
			);
		}
		let counted: BTreeMap<_, _> =
			OpenCount::<T>::iter().map(|(model, who, count)| ((model, who), count)).collect();
		ensure!(counted == open, "an engineer's waiting updates are miscounted");
		ensure!(open.values().all(|count| *count <= MAX_OPEN), "an engineer has too many waiting");
		Ok(())
	}
}

impl<T: Config> Reviewer for Pallet<T> {
	fn approve(model: ModelId, update: UpdateId, score: Score) -> DispatchResult {
		// A storage layer of its own: a caller that handles the error finds nothing changed.
		with_storage_layer(|| {
			let mut entry = Self::waiting(model, update)?;
			let score = score.checked().ok_or(Error::<T>::ScoreAboveOne)?;
			let engineer = entry.engineer.clone();
			let reward = Self::pay(model, &engineer, score)?;
			let version = T::Models::publish(
				model,
				engineer.clone(),
				entry.location.clone(),
				entry.hash,
				entry.parent,
			)?;
			Self::close(&mut entry, UpdateState::Accepted { version, score, reward })?;
			Updates::<T>::insert(update, entry);
			Self::deposit_event(Event::Approved {
				update,
				model,
				engineer,
				version,
				score,
				reward,
			});
			Ok(())
		})
	}

	fn reject(model: ModelId, update: UpdateId, reason: Reason) -> DispatchResult {
		let mut entry = Self::waiting(model, update)?;
		Self::close(&mut entry, UpdateState::Rejected { reason: reason.clone() })?;
		let engineer = entry.engineer.clone();
		Updates::<T>::insert(update, entry);
		Self::deposit_event(Event::Rejected { update, model, engineer, reason });
		Ok(())
	}
}
