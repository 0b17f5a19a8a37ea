//! The steps that the calls are made of, the reward's formula, and the audit.

use crate::*;
use alloc::vec::Vec;
use frame::{deps::sp_runtime::TryRuntimeError, prelude::*, traits::Time};
use pallet_models::ModelRegistry;
use pallet_pools::{Part, Paymaster, PoolLock, Role};

impl<T: Config> Pallet<T> {
	pub(crate) fn ensure_owner(
		origin: OriginFor<T>,
		model: ModelId,
	) -> Result<T::AccountId, DispatchError> {
		let who = ensure_signed(origin)?;
		let owner = T::Models::owner(model).ok_or(Error::<T>::UnknownModel)?;
		ensure!(who == owner, Error::<T>::NotOwner);
		Ok(who)
	}

	/// Refuses a call that names more contributors than its weight and storage are meant for.
	pub(crate) fn ensure_batch<I>(items: &[I]) -> Result<(), Error<T>> {
		ensure!(items.len() <= MAX_PARTICIPANTS as usize, Error::<T>::TooManyAtOnce);
		Ok(())
	}

	/// Whether a contributor is selected in the running round.
	fn is_busy(model: ModelId, client: &ClientId) -> bool {
		CurrentRound::<T>::get(model)
			.is_some_and(|round| Selected::<T>::contains_key((model, round, client)))
	}

	pub(crate) fn define(model: ModelId, client: ClientId, who: T::AccountId) -> DispatchResult {
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

	pub(crate) fn remove(model: ModelId, client: ClientId) -> DispatchResult {
		let who = Contributors::<T>::get(model, &client).ok_or(Error::<T>::UnknownContributor)?;
		ensure!(!Self::is_busy(model, &client), Error::<T>::ContributorBusy);
		Contributors::<T>::remove(model, &client);
		Wallets::<T>::remove(model, who);
		ContributorCount::<T>::mutate(model, |count| count.saturating_dec());
		Self::deposit_event(Event::ContributorRemoved { model, client });
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
			ensure!(entry.is_running(), Error::<T>::RoundOver);
			ensure!(entry.state == RoundState::Open, Error::<T>::AlreadyRewarded);
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

	pub(crate) fn judge(
		model: ModelId,
		round: RoundId,
		entry: &mut Round,
		client: ClientId,
		verdict: Verdict,
	) -> DispatchResult {
		Updates::<T>::try_mutate((model, round, client.clone()), |update| {
			let update = update.as_mut().ok_or(Error::<T>::NoUpdate)?;
			ensure!(update.verdict.is_none(), Error::<T>::AlreadyScored);
			if let Verdict::Accepted(score) = verdict {
				score.checked().ok_or(Error::<T>::ScoreAboveOne)?;
				entry.accepted.saturating_inc();
			}
			// Neither count can pass the number of updates.
			entry.scored.saturating_inc();
			update.verdict = Some(verdict.clone());
			Ok::<_, Error<T>>(())
		})?;
		Self::deposit_event(Event::UpdateScored { model, round, client, verdict });
		Ok(())
	}

	/// Refuses a round with updates that lack a verdict, or with too few that were accepted.
	pub(crate) fn ensure_judged(round: &Round) -> Result<(), Error<T>> {
		ensure!(round.scored == round.submitted, Error::<T>::NotAllScored);
		ensure!(round.accepted >= round.minimum, Error::<T>::TooFewAccepted);
		Ok(())
	}

	/// Whose updates were accepted in a round, with which score.
	pub(crate) fn earners(model: ModelId, round: RoundId) -> Vec<(ClientId, T::AccountId, Score)> {
		Updates::<T>::iter_prefix((model, round))
			.filter_map(|(client, update)| match update.verdict {
				Some(Verdict::Accepted(score)) => Some((client, update.who, score)),
				_ => None,
			})
			.collect()
	}

	/// The part of the contributors' bucket that an accepted update earns:
	/// `reward part * evaluation * score / accepted`.
	///
	/// Three scores of at most 10^9 and a count of at most `MAX_PARTICIPANTS` stay far below
	/// 2^128, so nothing saturates and the only rounding is that of the amount. Each part is at
	/// most `1 / accepted`, so all together are at most the whole.
	pub(crate) fn part(round: &Round, evaluation: Score, score: Score) -> Part {
		let one = u128::from(Score::ONE.0);
		Part {
			numerator: u128::from(round.reward_part.0)
				.saturating_mul(evaluation.0.into())
				.saturating_mul(score.0.into()),
			denominator: one
				.saturating_mul(one)
				.saturating_mul(one)
				.saturating_mul(round.accepted.into()),
		}
	}

	/// What [`Pallet::reward`] would pay in a round, with the verdicts given so far.
	pub fn preview_reward(
		model: ModelId,
		round: RoundId,
		evaluation: Score,
	) -> Result<Vec<(ClientId, T::AccountId, Balance)>, DispatchError> {
		let entry = Rounds::<T>::get(model, round).ok_or(Error::<T>::UnknownRound)?;
		ensure!(entry.is_running(), Error::<T>::RoundOver);
		ensure!(entry.state == RoundState::Open, Error::<T>::AlreadyRewarded);
		let evaluation = evaluation.checked().ok_or(Error::<T>::ScoreAboveOne)?;
		ensure!(T::Pools::can_pay(model), Error::<T>::NoPool);
		let earners = Self::earners(model, round);
		let parts: Vec<_> = earners
			.iter()
			.map(|(_, who, score)| (who.clone(), Self::part(&entry, evaluation, *score)))
			.collect();
		let amounts = T::Pools::preview(model, Role::Contributor, &parts)?;
		Ok(earners
			.into_iter()
			.zip(amounts)
			.map(|((client, who, _), amount)| (client, who, amount))
			.collect())
	}

	/// Whether a round is past help from its owner, so that anyone may abort it.
	pub(crate) fn is_stuck(round: &Round) -> bool {
		let now = T::Time::now();
		let too_few = round.submitted < round.minimum;
		// A deadline at the end of time is never passed.
		let given_up = now >= round.deadline_ms.saturating_add(GRACE_MS);
		(now >= round.deadline_ms && too_few) || given_up
	}

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

/// The pool stays open while a round runs.
impl<T: Config> PoolLock for Pallet<T> {
	fn locked(model: ModelId) -> bool {
		CurrentRound::<T>::contains_key(model)
	}
}
