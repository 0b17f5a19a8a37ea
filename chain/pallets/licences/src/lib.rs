//! # Licences
//!
//! Rights bought on a model. Whoever governs a model says on which terms each usage of it is sold;
//! anyone may buy. A model with terms for [`Usage::Download`] is restricted: its weights are for
//! those who hold a licence. It stays restricted when downloads are not sold any more; who governs
//! it opens it to everybody by selling them for nothing.
//!
//! The price goes into the buckets of the model's pool by its shares, less the platform's share if
//! there is one. Nothing is held here, and nothing is paid back.
//!
//! The weights of a restricted model are best kept encrypted. A holder names an X25519 key; the
//! publisher of a version, or the model's owner, delivers its content key sealed to it; once the
//! owner is no member of the model's collective, any member in the owner's place. What each of
//! them delivers is kept beside what others did: whether it opens the weights, a holder finds out
//! by trying, as no chain can. Neither can it see to that a holder or a former one does not pass
//! on what was delivered. A licence that is passed on has no key until its new holder names one.
//!
//! A licence expires by time alone, without a transaction. The counts (how many hold a usage, how
//! many hold anything) follow when somebody buys the same usage or calls [`Pallet::prune`], so
//! they are never too small; whether a given licence is valid is always exact.

#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

use frame::pallet_macros::import_section;

pub(crate) use keys::is_of_low_order;
pub use pallet::*;
pub use types::*;
pub use weights::WeightInfo;

mod audit;
mod calls;
mod delivering;
mod errors;
mod events;
mod impls;
mod keys;
#[cfg(test)]
mod mock;
mod services;
mod storage;
#[cfg(test)]
mod tests;
mod trading;
mod types;
pub mod weights;

#[import_section(events::licence_events)]
#[import_section(errors::licence_errors)]
#[import_section(storage::licence_storage)]
#[import_section(calls::licence_calls)]
#[frame::pallet]
pub mod pallet {
	use super::*;
	use frame::{prelude::*, token::fungibles::Mutate, traits::Time};
	use pallet_models::{Governance, Membership, ModelRegistry};
	use pallet_pools::{Income, Pooled};

	/// How many expired licences of the same usage a purchase or renewal takes off the counts.
	pub const PRUNED_AT_ONCE: u32 = 8;
	/// How many expired licences one call of [`Pallet::prune`] takes off the counts.
	pub const MAX_PRUNED: u32 = 32;

	pub type LicenceOf<T> = Licence<<T as frame_system::Config>::AccountId>;
	pub type Holding = BoundedBTreeMap<Usage, LicenceId, ConstU32<{ Usage::ALL.len() as u32 }>>;

	#[pallet::config]
	pub trait Config: frame_system::Config<Hash = H256> {
		/// Says which asset a licence is paid in.
		type AssetKind: Parameter + Member + MaxEncodedLen;
		/// Every asset that a licence can be paid in.
		type Assets: Mutate<Self::AccountId, AssetId = Self::AssetKind, Balance = Balance>;
		type Models: ModelRegistry<Self::AccountId>;
		/// Says whether a model's owner decides alone, and who governs the model.
		type Governance: Governance + Membership<Self::AccountId>;
		/// Names the asset of a model's licences, and takes what they are sold for.
		type Pools: Income<Self::AccountId> + Pooled<AssetKind = Self::AssetKind>;
		/// Says when a licence expires.
		type Time: Time<Moment = Moment>;
		type WeightInfo: WeightInfo;
	}

	#[pallet::extra_constants]
	impl<T: Config> Pallet<T> {
		/// How many expired licences one call of `prune` takes off the counts.
		#[pallet::constant_name(MaxPruned)]
		fn max_pruned() -> u32 {
			MAX_PRUNED
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
