//! # Rounds
//!
//! One federated round after the other: a model's owner opens a round, selects contributors,
//! scores the updates that they submit, rewards them out of the model's pool and publishes the
//! aggregated model as a new version. The training happens off chain; the chain records who
//! submitted what and what it earned.
//!
//! ```text
//! open -> select -> submit_update -> score -> reward -> finalise
//!   |________________________________________________|
//!                         abort
//! ```
//!
//! A model's rounds are numbered from 1, aborted ones too, and at most one of them runs. An unpaid
//! round (the model has no open pool, or the round's reward part is zero) is finalised straight
//! after scoring. What the rounds of a model pay is limited by its collective once that has other
//! members than the owner: see [`pallet_pools::Payroll`].
//!
//! The owner operates the rounds as a member of the model's collective. An owner who is none any
//! more is refused, and anyone may abort the round that was left running.

#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

use frame::pallet_macros::import_section;

pub use pallet::*;
pub use types::*;
pub use weights::WeightInfo;

mod access;
mod audit;
mod calls;
mod contributors;
mod ending;
mod errors;
mod events;
#[cfg(test)]
mod mock;
mod opening;
mod rewarding;
mod storage;
mod submitting;
#[cfg(test)]
mod tests;
mod types;
mod verdicts;
pub mod weights;

#[import_section(events::round_events)]
#[import_section(errors::round_errors)]
#[import_section(storage::round_storage)]
#[import_section(calls::round_calls)]
#[frame::pallet]
pub mod pallet {
	use super::*;
	use alloc::vec::Vec;
	use frame::{prelude::*, traits::Time};
	use pallet_models::{Governance, ModelRegistry};
	use pallet_pools::{Paymaster, Payroll};

	/// How many contributors a model may have.
	pub const MAX_CONTRIBUTORS: u32 = 4096;
	/// How many contributors one round may select, and one call may name.
	pub const MAX_PARTICIPANTS: u32 = 256;
	/// How long after its deadline anyone may abort a round that its owner left running.
	pub const GRACE_MS: Moment = 60 * 60 * 1_000;
	/// How far ahead a round's deadline may be: thirty days. A round keeps its model's pool open.
	pub const MAX_ROUND_MS: Moment = 30 * 24 * 60 * 60 * 1_000;

	#[pallet::config]
	pub trait Config: frame_system::Config {
		type Models: ModelRegistry<Self::AccountId>;
		/// Says whether a model's owner may operate its rounds.
		type Governance: Governance;
		/// Pays the contributors.
		type Pools: Paymaster<Self::AccountId> + Payroll<Self::AccountId>;
		/// Keeps the deadlines.
		type Time: Time<Moment = Moment>;
		type WeightInfo: WeightInfo;
	}

	#[pallet::extra_constants]
	impl<T: Config> Pallet<T> {
		/// How many contributors a model may have.
		#[pallet::constant_name(MaxContributors)]
		fn max_contributors() -> u32 {
			MAX_CONTRIBUTORS
		}

		/// How many contributors one round may select, and one call may name.
		#[pallet::constant_name(MaxParticipants)]
		fn max_participants() -> u32 {
			MAX_PARTICIPANTS
		}

		/// How long after its deadline anyone may abort a round, in milliseconds.
		#[pallet::constant_name(GraceMs)]
		fn grace_ms() -> Moment {
			GRACE_MS
		}

		/// How far ahead a round's deadline may be, in milliseconds.
		#[pallet::constant_name(MaxRoundMs)]
		fn max_round_ms() -> Moment {
			MAX_ROUND_MS
		}
	}

	#[pallet::pallet]
	pub struct Pallet<T>(_);

	#[pallet::hooks]
	impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
		#[cfg(feature = "try-runtime")]
		fn try_state(_: BlockNumberFor<T>) -> Result<(), frame::try_runtime::TryRuntimeError> {
			Self::do_try_state()
		}
	}
}
