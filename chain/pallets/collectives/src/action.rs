//! What a collective can do.

use crate::{Balance, Error, ModelId, Pallet, ProposalId, Terms, Weighting, WHOLE};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame::prelude::*;
use pallet_annotations::{BatchId, TaskId};
use pallet_licences::{Cause as RevocationCause, LicenceId, Terms as LicenceTerms, Usage};
use pallet_pools::{Role, Score, Shares};
use pallet_stakes::{Cause as SlashCause, StakingTerms};
use pallet_updates::{Reason, UpdateId};

/// Something that a model's collective decides.
///
/// Not a call: an action names no origin, contains no other action, and costs a bounded weight.
#[derive(
	Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub enum Action<AccountId> {
	/// Publish an update as a version and reward its engineer with a part of the engineers' bucket.
	ApproveUpdate {
		update: UpdateId,
		reward: Score,
	},
	RejectUpdate {
		update: UpdateId,
		reason: Reason,
	},
	/// Take in a member, or give one another weight.
	AddMember {
		who: AccountId,
		weight: u32,
	},
	RemoveMember {
		who: AccountId,
	},
	/// Change what votes weigh, in proposals made from then on.
	SetWeighting {
		weighting: Weighting,
	},
	/// Split what comes into the pool from then on by other shares.
	SetShares {
		shares: Shares,
	},
	/// Sell licences of a usage on these terms, or no more.
	SetLicence {
		usage: Usage,
		terms: Option<LicenceTerms>,
	},
	RevokeLicence {
		licence: LicenceId,
		cause: RevocationCause,
	},
	/// Change the collective's terms, for proposals made from then on.
	SetTerms {
		terms: Terms,
	},
	/// Change on which terms the model takes stakes.
	SetStaking {
		terms: StakingTerms,
	},
	/// Pay an account a part of what remains in a role's bucket.
	Spend {
		role: Role,
		who: AccountId,
		score: Score,
	},
	/// Take a part of what an account has at stake in a role.
	Slash {
		who: AccountId,
		role: Role,
		part: Score,
		cause: SlashCause,
	},
	ClosePool,
	/// Let the rewards of rounds, and what annotation tasks set aside, take so much of their buckets
	/// until decided otherwise; none: as much as there is. Until a collective with other members than
	/// the owner has decided on it, they take nothing.
	SetAllowance {
		amount: Option<Balance>,
	},
	/// Not do what was approved and waits to be enacted. Enacted by the close, whatever the delay.
	Cancel {
		proposal: ProposalId,
	},
	/// Decide what the answers of an annotator to a batch earn, be they disputed, reported or not
	/// judged yet; and take a part of the annotator's stake, unless it is zero. Where there is
	/// nothing left to take they are settled all the same.
	SettleAnnotation {
		task: TaskId,
		batch: BatchId,
		who: AccountId,
		points: u32,
		score: Score,
		slash: Score,
	},
}

impl<AccountId> Action<AccountId> {
	/// Refuses what could never be enacted, so that nobody votes on it.
	pub(crate) fn ensure_sound<T: crate::Config>(&self, model: ModelId) -> Result<(), Error<T>> {
		match self {
			Self::ApproveUpdate { reward: score, .. }
			| Self::Spend { score, .. }
			| Self::Slash { part: score, .. } => {
				score.checked().ok_or(Error::<T>::ScoreAboveOne)?;
			},
			Self::SettleAnnotation { score, slash, .. } => {
				score.checked().and(slash.checked()).ok_or(Error::<T>::ScoreAboveOne)?;
			},
			Self::AddMember { weight, .. } => ensure!(*weight > 0, Error::<T>::WeightZero),
			Self::SetShares { shares } => {
				ensure!(shares.are_whole(), Error::<T>::SharesDoNotSum)
			},
			Self::SetTerms { terms } => terms.ensure_sound()?,
			Self::Cancel { proposal } => {
				Pallet::<T>::waiting(model, *proposal)?;
			},
			_ => {},
		}
		Ok(())
	}

	/// Whether the close enacts it, whatever delay the terms set.
	///
	/// A cancellation that waited could come too late, and could be cancelled itself.
	pub(crate) fn is_immediate(&self) -> bool {
		matches!(self, Self::Cancel { .. })
	}
}

impl Terms {
	/// Refuses terms under which nothing could be decided, or a minority would.
	pub(crate) fn ensure_sound<T: crate::Config>(&self) -> Result<(), Error<T>> {
		use crate::{MAX_PERIOD_MS, MIN_ENACT_WITHIN_MS, MIN_PERIOD_MS};
		let referendum = &self.referendum;
		for threshold in [self.threshold, referendum.threshold] {
			ensure!((WHOLE / 2..WHOLE).contains(&threshold), Error::<T>::ThresholdOutOfRange);
		}
		for quorum in [self.quorum, referendum.quorum] {
			ensure!(quorum <= WHOLE, Error::<T>::QuorumOutOfRange);
		}
		let enact_within_ms = self.enact_within_ms;
		ensure!(enact_within_ms >= MIN_ENACT_WITHIN_MS, Error::<T>::EnactWithinTooShort);
		for period in [self.voting_ms, referendum.voting_ms] {
			ensure!(
				(MIN_PERIOD_MS..=MAX_PERIOD_MS).contains(&period),
				Error::<T>::PeriodOutOfRange
			);
		}
		for period in [self.delay_ms, enact_within_ms, referendum.lock_ms] {
			ensure!(period <= MAX_PERIOD_MS, Error::<T>::PeriodOutOfRange);
		}
		let deposits = T::MinimumDeposit::get()..=T::MaximumDeposit::get();
		ensure!(deposits.contains(&self.deposit), Error::<T>::DepositOutOfRange);
		Ok(())
	}
}
