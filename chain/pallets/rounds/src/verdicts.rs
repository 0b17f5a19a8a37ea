//! What is said of updates.

use crate::*;
use alloc::vec::Vec;
use frame::prelude::*;

impl<T: Config> Pallet<T> {
	pub(crate) fn do_score(
		model: ModelId,
		round: RoundId,
		verdicts: Vec<(ClientId, Verdict)>,
	) -> DispatchResult {
		Self::ensure_batch(&verdicts)?;
		Self::try_mutate_open(model, round, |entry| {
			for (client, verdict) in verdicts {
				Self::judge(model, round, entry, client, verdict)?;
			}
			Ok(())
		})
	}

	fn judge(
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
}
