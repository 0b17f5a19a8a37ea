//! The DML runtime: the chain's rules, compiled to one Wasm blob.
//!
//! - [`configs`] says how each pallet is set up: deposits, fees, limits.
//! - [`genesis`] holds the presets a chain starts from.
//! - [`apis`] is what a node may ask of the runtime.
//! - [`audit`] is what a user may ask of it: whether a token was lost, what a reward would pay.
//! - [`holdings`] is what someone has: an asset's face, stakes, licences, access to weights.
//! - [`governance`] is who governs a model, and how a vote stands.
//! - [`dry_run`] is what a call would do.
//!
//! Money enters at genesis and stays: fees and dust go to the account of [`FEES_PALLET_ID`],
//! so the native total issuance never changes.

#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

pub mod annotating;
pub mod apis;
pub mod audit;
pub mod configs;
pub mod dry_run;
pub mod genesis;
pub mod governance;
pub mod holdings;

use alloc::vec::Vec;
use frame::{
	prelude::PalletId,
	runtime::{
		prelude::*,
		types_common::{AccountId as CommonAccountId, BlockOf, Signature as CommonSignature},
	},
	token::fungible::NativeOrWithId,
};

pub type AccountId = CommonAccountId;
pub type Signature = CommonSignature;
pub type Balance = u128;
pub type Nonce = u32;
pub type AssetId = u32;
/// The native token or an asset.
pub type AssetKind = NativeOrWithId<AssetId>;
/// Milliseconds since the Unix epoch.
pub type Moment = u64;

/// The smallest unit of a token is a planck; a DML is 10^12 of them.
pub const TOKEN_DECIMALS: u8 = 12;
pub const TOKEN_SYMBOL: &str = "DML";
pub const DML: Balance = 1_000_000_000_000;
pub const MILLI_DML: Balance = DML / 1_000;
/// The least an account may hold, so that storage is not filled with dust: 0.001 DML.
pub const EXISTENTIAL_DEPOSIT: Balance = MILLI_DML;

/// Its sub-accounts hold the tokens of the models' pools.
pub const POOLS_PALLET_ID: PalletId = PalletId(*b"dml/pool");
/// Its sub-accounts hold what is staked on the models.
pub const STAKES_PALLET_ID: PalletId = PalletId(*b"dml/stak");
/// Its account receives fees and dust.
pub const FEES_PALLET_ID: PalletId = PalletId(*b"dml/fees");

/// The generic Substrate prefix.
pub const SS58_PREFIX: u16 = 42;

#[runtime_version]
pub const VERSION: RuntimeVersion = RuntimeVersion {
	spec_name: alloc::borrow::Cow::Borrowed("dml"),
	impl_name: alloc::borrow::Cow::Borrowed("dml"),
	authoring_version: 1,
	spec_version: 2,
	impl_version: 1,
	apis: apis::RUNTIME_API_VERSIONS,
	transaction_version: 1,
	system_version: 1,
};

/// What every signed extrinsic carries beside its call.
pub type TxExtension = (
	frame_system::CheckNonZeroSender<Runtime>,
	frame_system::CheckSpecVersion<Runtime>,
	frame_system::CheckTxVersion<Runtime>,
	frame_system::CheckGenesis<Runtime>,
	frame_system::CheckMortality<Runtime>,
	frame_system::CheckNonce<Runtime>,
	frame_system::CheckWeight<Runtime>,
	pallet_transaction_payment::ChargeTransactionPayment<Runtime>,
);

pub type Block = BlockOf<Runtime, TxExtension>;
pub type UncheckedExtrinsic = <Block as frame::traits::Block>::Extrinsic;
pub type Header = HeaderFor<Runtime>;
pub type RuntimeExecutive =
	Executive<Runtime, Block, frame_system::ChainContext<Runtime>, Runtime, AllPalletsWithSystem>;

#[frame_construct_runtime]
mod runtime {
	#[runtime::runtime]
	#[runtime::derive(
		RuntimeCall,
		RuntimeEvent,
		RuntimeError,
		RuntimeOrigin,
		RuntimeFreezeReason,
		RuntimeHoldReason,
		RuntimeSlashReason,
		RuntimeLockId,
		RuntimeTask,
		RuntimeViewFunction
	)]
	pub struct Runtime;

	#[runtime::pallet_index(0)]
	pub type System = frame_system;
	#[runtime::pallet_index(1)]
	pub type Timestamp = pallet_timestamp;
	#[runtime::pallet_index(2)]
	pub type Balances = pallet_balances;
	#[runtime::pallet_index(3)]
	pub type TransactionPayment = pallet_transaction_payment;
	#[runtime::pallet_index(4)]
	pub type Assets = pallet_assets;
	#[runtime::pallet_index(5)]
	pub type Utility = pallet_utility;
	/// Has a key in the development presets only.
	#[runtime::pallet_index(6)]
	pub type Sudo = pallet_sudo;

	#[runtime::pallet_index(10)]
	pub type Models = pallet_models;
	#[runtime::pallet_index(11)]
	pub type Pools = pallet_pools;
	#[runtime::pallet_index(12)]
	pub type Rounds = pallet_rounds;
	#[runtime::pallet_index(13)]
	pub type Stakes = pallet_stakes;
	#[runtime::pallet_index(14)]
	pub type Licences = pallet_licences;
	#[runtime::pallet_index(15)]
	pub type Updates = pallet_updates;
	#[runtime::pallet_index(16)]
	pub type Collectives = pallet_collectives;
	#[runtime::pallet_index(17)]
	pub type Annotations = pallet_annotations;
}
