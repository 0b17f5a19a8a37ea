//! What a round tells the world.

use frame::pallet_macros::pallet_section;

#[pallet_section]
mod round_events {
	#[pallet::event]
	#[pallet::generate_deposit(pub(super) fn deposit_event)]
	pub enum Event<T: Config> {
		/// A wallet now serves a contributor.
		ContributorDefined { model: ModelId, client: ClientId, who: T::AccountId },
		/// A contributor is no more.
		ContributorRemoved { model: ModelId, client: ClientId },
		/// A round was opened.
		RoundOpened {
			model: ModelId,
			round: RoundId,
			base_version: VersionId,
			minimum: u32,
			maximum: u32,
			deadline_ms: Moment,
			reward_part: Score,
		},
		/// A contributor was selected for a round.
		ContributorSelected { model: ModelId, round: RoundId, client: ClientId },
		/// A contributor submitted an update.
		UpdateSubmitted {
			model: ModelId,
			round: RoundId,
			client: ClientId,
			who: T::AccountId,
			hash: H256,
			examples: u32,
		},
		/// An update was accepted with a score, or rejected with a reason.
		UpdateScored { model: ModelId, round: RoundId, client: ClientId, verdict: Verdict },
		/// A contributor earned a part of the contributors' bucket.
		ContributorRewarded {
			model: ModelId,
			round: RoundId,
			client: ClientId,
			who: T::AccountId,
			score: Score,
			amount: Balance,
		},
		/// The contributors of a round were rewarded, with `amount` altogether.
		RoundRewarded { model: ModelId, round: RoundId, evaluation: Score, amount: Balance },
		/// A round ended with a new version.
		RoundFinalised { model: ModelId, round: RoundId, version: VersionId, hash: H256 },
		/// A round ended without one.
		RoundAborted { model: ModelId, round: RoundId, who: T::AccountId, reason: Reason },
	}
}
