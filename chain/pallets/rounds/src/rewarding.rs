//! What a round pays.

use crate::*;
use alloc::vec::Vec;
use frame::prelude::*;
use pallet_pools::{Part, Paymaster, Payroll};

impl<T: Config> Pallet<T> {
	/// Rewards a round's contributors; how many updates were looked at.
	pub(crate) fn do_reward(
		model: ModelId,
		round: RoundId,
		evaluation: Score,
	) -> Result<u32, DispatchError> {
		Self::try_mutate_open(model, round, |entry| {
			let evaluation = evaluation.checked().ok_or(Error::<T>::ScoreAboveOne)?;
			Self::ensure_judged(entry)?;
			ensure!(T::Pools::can_pay(model), Error::<T>::NoPool);

			let earners = Self::earners(model, round);
			let parts = Self::parts(entry, evaluation, &earners);
			let amounts = T::Pools::pay_round(model, &parts)?;
			let mut sum: Balance = 0;
			for ((client, who, score), amount) in earners.into_iter().zip(amounts) {
				sum = sum.checked_add(amount).ok_or(ArithmeticError::Overflow)?;
				Updates::<T>::mutate((model, round, client.clone()), |update| {
					if let Some(update) = update {
						update.reward = amount;
					}
				});
				Self::deposit_event(Event::ContributorRewarded {
					model,
					round,
					client,
					who,
					score,
					amount,
				});
			}
			entry.evaluation = Some(evaluation);
			entry.rewarded = sum;
			entry.state = RoundState::Rewarded;
			Self::deposit_event(Event::RoundRewarded { model, round, evaluation, amount: sum });
			Ok(entry.submitted)
		})
	}

	/// What [`Pallet::reward`] would pay in a round, with the verdicts given so far.
	pub fn preview_reward(
		model: ModelId,
		round: RoundId,
		evaluation: Score,
	) -> Result<Vec<(ClientId, T::AccountId, Balance)>, DispatchError> {
		let entry = Rounds::<T>::get(model, round).ok_or(Error::<T>::UnknownRound)?;
		Self::ensure_open(&entry)?;
		let evaluation = evaluation.checked().ok_or(Error::<T>::ScoreAboveOne)?;
		ensure!(T::Pools::can_pay(model), Error::<T>::NoPool);
		let earners = Self::earners(model, round);
		let parts = Self::parts(&entry, evaluation, &earners);
		let amounts = T::Pools::preview_round(model, &parts)?;
		Ok(earners
			.into_iter()
			.zip(amounts)
			.map(|((client, who, _), amount)| (client, who, amount))
			.collect())
	}

	/// Each earner's part of the contributors' bucket:
	/// `reward part * evaluation * score / accepted`.
	fn parts(
		round: &Round,
		evaluation: Score,
		earners: &[(ClientId, T::AccountId, Score)],
	) -> Vec<(T::AccountId, Part)> {
		earners
			.iter()
			.map(|(_, who, score)| (who.clone(), Self::part(round, evaluation, *score)))
			.collect()
	}

	/// Three scores of at most 10^9 and a count of at most `MAX_PARTICIPANTS` stay far below
	/// 2^128, so nothing saturates and the only rounding is that of the amount. Each part is at
	/// most `1 / accepted`, so all together are at most the whole.
	fn part(round: &Round, evaluation: Score, score: Score) -> Part {
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
}
