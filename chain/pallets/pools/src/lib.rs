//! # Pools
//!
//! The tokens staked on a model, in one asset, split into a bucket for each role. Rewards are
//! parts of what remains in a role's bucket, so a bucket is never overdrawn; they are credited
//! first and claimed by whoever earned them.
//!
//! What comes in without a funder, as the price of a licence or a slashed stake, is split over the
//! buckets like any funding, but nobody is refunded for it: what is left of it when the pool is
//! closed is the creator's, after the funders. The shares change by decision of the
//! model's collective alone, and only for what comes in later.
//!
//! What is promised before it is earned, as to the annotators of a task, is set aside: taken out of
//! the role's bucket, so that nothing is promised twice, and paid or put back later.
//!
//! A model's owner operates its rounds and opens its annotation tasks, and so scores them. The
//! collective sets an allowance: how much the rewards of rounds may still take of the contributors'
//! bucket, and tasks of the annotators', until it decides again. Every reward and all that is set
//! aside lowers it; what is above it is refused as a whole. Where nothing was decided it is all
//! while the owner decides alone, and nothing once the collective has other members; nor does what
//! the owner set alone hold then.
//!
//! The tokens of a pool lie in an escrow account of its own. Nothing is minted and nothing can be
//! lost: for every pool `funded = paid + refunded + held`, and the escrow account holds at least
//! `held` and the deposit. [`Pallet::statement`] says so for one pool, `try_state` for all.
//!
//! An asset of `pallet-assets` stays under the control of its own admin, who may freeze or burn
//! what an escrow account holds: who funds a pool trusts the issuer of its asset.

#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

use frame::pallet_macros::import_section;

pub use pallet::*;
pub use roles::*;
pub use score::*;
pub use traits::*;
pub use types::*;
pub use weights::WeightInfo;

mod allowance;
mod audit;
mod calls;
mod errors;
mod events;
mod impls;
#[cfg(test)]
mod mock;
mod reserving;
mod roles;
mod score;
mod services;
mod storage;
#[cfg(test)]
mod tests;
mod traits;
mod types;
pub mod weights;

#[import_section(events::pool_events)]
#[import_section(errors::pool_errors)]
#[import_section(storage::pool_storage)]
#[import_section(calls::pool_calls)]
#[frame::pallet]
pub mod pallet {
	use super::*;
	use alloc::vec::Vec;
	use frame::{
		prelude::*,
		token::fungibles::{Inspect, Mutate},
		traits::Time,
	};
	use pallet_models::{Governance, ModelRegistry};

	/// How many accounts one call may reward.
	pub const MAX_REWARDS: u32 = 256;

	pub type PoolOf<T> = Pool<<T as frame_system::Config>::AccountId, <T as Config>::AssetKind>;

	#[pallet::config]
	pub trait Config: frame_system::Config {
		/// Says which asset a pool is in.
		type AssetKind: Parameter + Member + MaxEncodedLen;
		/// Every asset that a pool can be in.
		type Assets: Mutate<Self::AccountId, AssetId = Self::AssetKind, Balance = Balance>;
		type Models: ModelRegistry<Self::AccountId>;
		/// Says whether a model's owner decides alone.
		type Governance: Governance;
		/// Keeps a pool from being closed, as while a round runs.
		type Locks: PoolLock;
		/// Says when a pool was created.
		type Time: Time<Moment = Moment>;
		/// The escrow accounts are its sub-accounts, by model.
		#[pallet::constant]
		type PalletId: Get<PalletId>;
		/// Receives what is slashed and does not go into a pool.
		#[pallet::constant]
		type FeesAccount: Get<Self::AccountId>;
		type WeightInfo: WeightInfo;
	}

	#[pallet::extra_constants]
	impl<T: Config> Pallet<T> {
		/// How many accounts one call may reward.
		#[pallet::constant_name(MaxRewards)]
		fn max_rewards() -> u32 {
			MAX_REWARDS
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
