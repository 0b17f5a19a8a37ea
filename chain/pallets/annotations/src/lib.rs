//! # Annotations
//!
//! People answer questions about a model's data and are paid for it. A task names the data and the
//! questionnaire; annotators take batches of items on lease, commit to their answers, reveal them,
//! and are paid by score out of what the task set aside of the annotators' bucket when it was
//! opened. The data, the questions and the answers lie off chain, by location and hash.
//!
//! ```text
//!           one batch on lease   the hash first     the answers after    the owner,
//!                                                                        or a validator
//! open ---> take -------------> commit ----------> reveal ------------> score ---> award ---> close
//!            |_ release            |                  |                   |          ^
//!               (or it expires)    |__ not revealed __|__ not scored _____|__________|
//!                                         earns nothing   earns it all    |          |
//!                                                                       dispute,     |
//!                                                                       report --> settle
//!                                                                             (the collective)
//! ```
//!
//! - What a task may pay at most is set aside when it is opened: no two tasks promise the same
//!   tokens, and whoever is owed an award finds it there. What is left goes back when it is closed.
//! - Batches are fixed ranges of items. An account holds one batch at a time and none twice, so
//!   nobody answers an item twice; a batch that was given up or whose lease ran out is for others.
//! - Answers are revealed when all places of their batch are committed, or when nothing can be
//!   committed any more: then there is nothing left to copy into. A commitment holds task, batch
//!   and account, so another's cannot be passed off as one's own.
//! - Silence accepts: answers that nobody judged in time earn their full points, so that an owner
//!   who is absent, or wants to be, does not get them for nothing.
//! - A score can be disputed for a while; what is disputed or reported as spam is the
//!   collective's to settle. If it does not, the score stands.
//!
//! ## Fair to latecomers
//!
//! Nobody can sit on a task. One lease at a time, for a time that the task says; what expires is
//! free at once, and whoever let it expire cannot take it again. No account is given more than
//! `maximum_items`, answered or not. [`Pallet::next_batch`] points to where answers are needed
//! most, starting behind the batch that was taken last, so that every batch gets its first answers
//! before any gets its last: whoever comes late finds as many batches to work on as those have left
//! who came early. Many accounts of one person are held off by what each has to stake, and by
//! nothing else.
//!
//! ## Whom one trusts
//!
//! A task's owner and the validators that it names score the answers. While the owner decides alone
//! on the model, disputes are the owner's to settle too, and a report is carried out at once: who
//! annotates for such a model trusts its owner with the award and with the stake. Whoever governs
//! it, an owner who names an accomplice as validator can have what was set aside paid to others,
//! and no more than that. What the owner earns so, as an annotator, is no contribution that a vote
//! could be weighed by, unless the collective settled it.
//!
//! An owner operates tasks as a member of the collective. While the owner is none, any member stops
//! and scores what runs, and reports to the collective, in the owner's place; validators go on. No
//! task waits for any of them: what is not judged in time is paid.
//!
//! Nothing can be lost: for every task `set_aside = paid + returned + held`, and what the open
//! tasks of a model hold is what its pool says is set aside. [`Pallet::statement`] says so for one
//! task, `try_state` for all.

#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

use frame::pallet_macros::import_section;

pub use pallet::*;
pub use types::*;
pub use views::*;
pub use weights::WeightInfo;

mod access;
mod answering;
mod audit;
mod awarding;
mod calls;
mod errors;
mod events;
mod judging;
mod leasing;
#[cfg(test)]
mod mock;
mod opening;
mod storage;
mod terms;
#[cfg(test)]
mod tests;
mod types;
mod views;
pub mod weights;

#[import_section(events::annotation_events)]
#[import_section(errors::annotation_errors)]
#[import_section(storage::annotation_storage)]
#[import_section(calls::annotation_calls)]
#[frame::pallet]
pub mod pallet {
	use super::{Task, *};
	use alloc::{boxed::Box, vec::Vec};
	use frame::{prelude::*, traits::Time};
	use pallet_models::{Governance, Membership, ModelRegistry};
	use pallet_pools::Reserving;
	use pallet_stakes::{Slashing, StakeLock, StakeOf};

	pub type TaskFor<T> = Task<<T as frame_system::Config>::AccountId>;

	#[pallet::config]
	pub trait Config: frame_system::Config {
		type Models: ModelRegistry<Self::AccountId>;
		/// Says whether a model's owner decides alone, and who governs the model.
		type Governance: Governance + Membership<Self::AccountId>;
		/// Sets aside what tasks may pay, and pays it.
		type Pools: Reserving<Self::AccountId>;
		/// What annotators put at risk.
		type Stakes: StakeOf<Self::AccountId>
			+ StakeLock<Self::AccountId>
			+ Slashing<Self::AccountId>;
		/// Keeps leases and deadlines.
		type Time: Time<Moment = Moment>;
		type WeightInfo: WeightInfo;
	}

	#[pallet::extra_constants]
	impl<T: Config> Pallet<T> {
		/// How many tasks of a model may be open at once.
		#[pallet::constant_name(MaxOpen)]
		fn max_open() -> u32 {
			MAX_OPEN
		}

		/// How many batches a task may have.
		#[pallet::constant_name(MaxBatches)]
		fn max_batches() -> u32 {
			MAX_BATCHES
		}

		/// How many answers a task may want for each item.
		#[pallet::constant_name(MaxAnswers)]
		fn max_answers() -> u32 {
			MAX_ANSWERS
		}

		/// How many validators a task may name.
		#[pallet::constant_name(MaxValidators)]
		fn max_validators() -> u32 {
			MAX_VALIDATORS
		}

		/// How many answers one call may score or award.
		#[pallet::constant_name(MaxAtOnce)]
		fn max_at_once() -> u32 {
			MAX_AT_ONCE
		}

		/// The shortest period of a task, in milliseconds.
		#[pallet::constant_name(MinPeriodMs)]
		fn min_period_ms() -> Moment {
			MIN_PERIOD_MS
		}

		/// The longest period of a task, in milliseconds.
		#[pallet::constant_name(MaxPeriodMs)]
		fn max_period_ms() -> Moment {
			MAX_PERIOD_MS
		}

		/// How long a task lasts at most until the last dispute is settled, in milliseconds.
		#[pallet::constant_name(MaxTaskMs)]
		fn max_task_ms() -> Moment {
			MAX_TASK_MS
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
