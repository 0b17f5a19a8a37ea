//! # Collectives
//!
//! Who governs a model. Every model has a collective from the moment that it is registered: its
//! owner, alone, which takes no storage. While the owner is alone the owner *decides*: whatever
//! a collective could vote on is one signed call. As soon as somebody else is a member, it goes by
//! vote only; the owner keeps operating the model's rounds and tasks.
//!
//! ```text
//!           members vote          wider electorate votes        anyone enacts
//! propose ----------------> close ----------------------> close --------------> executed
//!                             |    (stakers or licence      |                   failed
//!                             |     holders, if asked)      |                   lapsed, cancelled
//!                       rejected, no quorum           rejected, no quorum
//! ```
//!
//! - A proposal is judged by the terms, and by what votes weigh, as they were when it was made.
//! - Members' votes are counted when a proposal is closed, from who is a member then. A ballot
//!   counts for what its member weighed when voting or weighs at the close, whichever is less: who
//!   weighs more meanwhile votes again, and who weighs more after the end is too late.
//! - A delegate votes for those who named it and did not vote themselves, one step deep.
//! - An approval needs the ayes of two members that weigh something, unless there is one only:
//!   nobody, however heavy, decides alone over others.
//! - Weight that comes after a vote has opened does not raise its quorum: the turnout is measured
//!   by all the weight at the opening or at the close, whichever is less. Assigned weights, which
//!   the collective decides itself, count as they are at the close.
//! - An action is done at most once, wholly or not at all. Why it was refused is recorded. Only
//!   where a pool cannot be closed yet, as a round runs or a task holds a part of it, the approval
//!   waits and is tried again.
//! - What waits to be enacted is cancelled by another vote of the members, on the same terms, be it
//!   that a wider electorate approved it too: members can always keep things as they are. The
//!   proposer alone cannot. A cancellation never waits, so none can be cancelled.
//!
//! While nobody in the collective has a stake (once the pool is closed: fewer than two), or fewer
//! than two have earned anything, votes that would be weighed by that are weighed by the assigned
//! weights, so that a collective cannot lock itself out. What the model's owner earned without that
//! others granted it is no contribution.

#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

use frame::pallet_macros::import_section;

pub use action::*;
pub use ballot::*;
pub use pallet::*;
pub use proposal::*;
pub use tally::*;
pub use types::*;
pub use views::*;
pub use weights::WeightInfo;

mod action;
mod audit;
mod ballot;
mod calls;
mod constants;
mod counting;
mod enactment;
mod errors;
mod events;
mod membership;
#[cfg(test)]
mod mock;
mod proposal;
mod proposing;
mod storage;
mod tally;
#[cfg(test)]
mod tests;
mod types;
mod views;
mod voting;
pub mod weights;

#[import_section(events::collective_events)]
#[import_section(errors::collective_errors)]
#[import_section(storage::collective_storage)]
#[import_section(constants::collective_constants)]
#[import_section(calls::collective_calls)]
#[frame::pallet]
pub mod pallet {
	use super::*;
	use frame::{
		deps::frame_support::{traits::tokens::fungible::Inspect, BoundedBTreeMap},
		prelude::*,
		token::fungible::MutateHold,
		traits::Time,
	};
	use pallet_annotations::Settling;
	use pallet_licences::{LicenceHolders, Licensing};
	use pallet_models::{Governance, ModelRegistry};
	use pallet_pools::{Allowing, Closing, Earnings, Pooled, Shareholding, Spending};
	use pallet_stakes::{Slashing, StakeLock, StakeOf, Staking};
	use pallet_updates::Reviewer;

	/// How many proposals of a collective may be open at once. One member may have made as many of
	/// them as there are for each; beyond, everyone may still make one, so that nobody keeps the
	/// others from proposing.
	pub const MAX_OPEN: u32 = 32;

	pub type CollectiveFor<T> = Collective<<T as frame_system::Config>::AccountId>;
	pub type ProposalFor<T> = Proposal<<T as frame_system::Config>::AccountId>;
	pub type OpenProposals<T> = BoundedBTreeMap<
		ProposalId,
		OpenProposal<<T as frame_system::Config>::AccountId>,
		ConstU32<{ MAX_OPEN + MAX_MEMBERS }>,
	>;

	#[pallet::config]
	pub trait Config: frame_system::Config {
		type RuntimeHoldReason: From<HoldReason>;
		/// The native token, which deposits are in.
		type Currency: Inspect<Self::AccountId, Balance = Balance>
			+ MutateHold<Self::AccountId, Reason = Self::RuntimeHoldReason, Balance = Balance>;
		type Models: ModelRegistry<Self::AccountId>;
		type Pools: Shareholding
			+ Pooled
			+ Closing
			+ Allowing
			+ Spending<Self::AccountId>
			+ Earnings<Self::AccountId>;
		type Stakes: StakeOf<Self::AccountId>
			+ StakeLock<Self::AccountId>
			+ Slashing<Self::AccountId>
			+ Staking;
		type Licences: Licensing + LicenceHolders<Self::AccountId>;
		type Updates: Reviewer;
		type Annotations: Settling<Self::AccountId>;
		/// Keeps the deadlines.
		type Time: Time<Moment = Moment>;
		/// The least that a collective may ask of a proposer, and what it asks at first.
		#[pallet::constant]
		type MinimumDeposit: Get<Balance>;
		/// The most that a collective may ask of a proposer.
		#[pallet::constant]
		type MaximumDeposit: Get<Balance>;
		/// Receives the deposits that are lost. It exists.
		type FeesAccount: Get<Self::AccountId>;
		type WeightInfo: WeightInfo;
	}

	#[pallet::composite_enum]
	pub enum HoldReason {
		/// Put at risk by a proposer, so that proposals are worth voting on.
		ProposalDeposit,
	}

	#[pallet::pallet]
	pub struct Pallet<T>(_);

	#[pallet::hooks]
	impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
		fn integrity_test() {
			let (least, most) = (T::MinimumDeposit::get(), T::MaximumDeposit::get());
			assert!(least <= most, "MinimumDeposit is above MaximumDeposit");
			let first = Terms::with_deposit(least);
			assert!(first.ensure_sound::<T>().is_ok());
			// A collective on its first terms can have annotation tasks.
			assert!(first.settle_ms() <= pallet_annotations::MAX_PERIOD_MS);
		}

		#[cfg(feature = "try-runtime")]
		fn try_state(_: BlockNumberFor<T>) -> Result<(), frame::try_runtime::TryRuntimeError> {
			Self::do_try_state()
		}
	}
}
