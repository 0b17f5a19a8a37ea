//! What someone has: what an asset looks like, what is at stake, which licences are held, and
//! whether that gives access to a model's weights.

use crate::{
	configs::PoolAssets, AccountId, AssetKind, Assets, Balance, Collectives, Licences, Models,
	Moment, Pools, Runtime, Stakes, Timestamp, EXISTENTIAL_DEPOSIT, TOKEN_DECIMALS, TOKEN_SYMBOL,
};
use alloc::vec::Vec;
use codec::{Decode, Encode};
use frame::{
	prelude::TypeInfo,
	token::fungibles::{metadata::Inspect as _, Inspect},
	traits::Time,
};
use pallet_licences::{Licence, LicenceHolders, LicenceId};
use pallet_models::{Membership, ModelId, ModelRegistry};
use pallet_pools::{ByRole, Pooled};
use pallet_stakes::{Lock, Stake, StakeLock, StakingTerms, Unbonding};

/// What an asset looks like.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct AssetInfo {
	/// Empty if whoever issued the asset gave none.
	pub symbol: Vec<u8>,
	pub decimals: u8,
	/// The least that an account may hold.
	pub minimum: Balance,
}

/// On which terms a model takes stakes.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct StakingInfo {
	pub asset: AssetKind,
	/// Whether the pool is open, so that anything can be staked.
	pub open: bool,
	pub terms: StakingTerms,
	/// The least that may be at stake in a role, be it by the terms or by the asset.
	pub minimum: Balance,
	/// What the next to stake pays beside the stake: nothing, unless it is the first.
	pub deposit: Balance,
}

/// What an account has at stake in a model.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct StakeInfo {
	pub who: AccountId,
	pub active: ByRole<Balance>,
	/// What is on its way out, or out and not withdrawn yet.
	pub unbonding: Vec<Unbonding>,
	/// How much of what is unbonding could be withdrawn at the time of the last block.
	pub withdrawable: Balance,
	/// How much of what is active could not be unstaked at the time of the last block.
	pub locked: Balance,
	pub locks: Vec<Lock>,
}

/// A licence, with its id.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct LicenceInfo {
	pub id: LicenceId,
	pub licence: Licence<AccountId>,
	/// Whether it was valid at the time of the last block.
	pub valid: bool,
}

pub fn asset(asset: AssetKind) -> Option<AssetInfo> {
	match asset {
		AssetKind::Native => Some(AssetInfo {
			symbol: TOKEN_SYMBOL.as_bytes().to_vec(),
			decimals: TOKEN_DECIMALS,
			minimum: EXISTENTIAL_DEPOSIT,
		}),
		AssetKind::WithId(id) => Assets::asset_exists(id).then(|| AssetInfo {
			symbol: Assets::symbol(id),
			decimals: Assets::decimals(id),
			minimum: Assets::minimum_balance(id),
		}),
	}
}

pub fn staking(model: ModelId) -> Option<StakingInfo> {
	let asset = Pools::asset(model)?;
	let escrow = pallet_stakes::Escrows::<Runtime>::get(model).unwrap_or_default();
	let deposit = match escrow.depositor {
		Some(_) => 0,
		None => PoolAssets::minimum_balance(asset.clone()),
	};
	Some(StakingInfo {
		open: Pools::is_open(model),
		terms: pallet_stakes::Terms::<Runtime>::get(model),
		minimum: Stakes::minimum(model, asset.clone()),
		deposit,
		asset,
	})
}

pub fn stakes(model: ModelId, who: Option<AccountId>) -> Vec<StakeInfo> {
	let now = Timestamp::now();
	let of = |(who, stake): (AccountId, Stake)| {
		let due = stake.unbonding.iter().filter(|part| part.unlock_ms <= now);
		StakeInfo {
			active: stake.active,
			// A part of what the escrow account holds, so it fits.
			withdrawable: due.map(|part| part.amount).fold(0, Balance::saturating_add),
			unbonding: stake.unbonding.to_vec(),
			locked: Stakes::locked(model, &who),
			locks: pallet_stakes::Locks::<Runtime>::get(model, &who).to_vec(),
			who,
		}
	};
	match who {
		Some(who) => pallet_stakes::Stakes::<Runtime>::try_get(model, &who)
			.map(|stake| of((who, stake)))
			.into_iter()
			.collect(),
		None => pallet_stakes::Stakes::<Runtime>::iter_prefix(model).map(of).collect(),
	}
}

pub fn licences(model: Option<ModelId>, holder: Option<AccountId>) -> Vec<LicenceInfo> {
	use pallet_licences::{Licences, OfModel};
	let now: Moment = Timestamp::now();
	let is_asked = |licence: &Licence<AccountId>| {
		holder.as_ref().is_none_or(|holder| licence.holder == *holder)
	};
	let info = |(id, licence): (LicenceId, Licence<AccountId>)| {
		let valid = licence.is_valid(now);
		is_asked(&licence).then_some(LicenceInfo { id, licence, valid })
	};
	let mut found: Vec<_> = match model {
		Some(model) => OfModel::<Runtime>::iter_key_prefix(model)
			.filter_map(|id| Some((id, Licences::<Runtime>::get(id)?)))
			.filter_map(info)
			.collect(),
		None => Licences::<Runtime>::iter().filter_map(info).collect(),
	};
	found.sort_unstable_by_key(|info| info.id);
	found
}

/// Anyone may have what is not restricted; otherwise the model's owner, the members of its
/// collective, and whoever holds a valid licence of any usage.
pub fn may_download(model: ModelId, who: &AccountId) -> bool {
	let Some(owner) = Models::owner(model) else { return false };
	!Licences::is_restricted(model)
		|| owner == *who
		|| Collectives::is_member(model, who)
		|| Licences::holds(model, who, None)
}
