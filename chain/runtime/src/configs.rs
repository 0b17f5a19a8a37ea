//! How each pallet is set up.

use crate::*;
use frame::{
	deps::frame_support::{
		traits::tokens::imbalance::ResolveTo,
		weights::{
			constants::{RocksDbWeight, WEIGHT_REF_TIME_PER_SECOND},
			ConstantMultiplier, WeightToFeeCoefficient, WeightToFeeCoefficients,
			WeightToFeePolynomial,
		},
	},
	deps::sp_runtime::{traits::One, Perbill},
	prelude::{AccountIdConversion, VariantCountOf, Weight},
	token::fungible::{NativeFromLeft, UnionOf},
	traits::AsEnsureOriginWithArg,
};
use pallet_transaction_payment::{ConstFeeMultiplier, FungibleAdapter, Multiplier};

/// A block may use two seconds of computation, three quarters of it for ordinary calls.
const NORMAL_DISPATCH_RATIO: Perbill = Perbill::from_percent(75);
const MAXIMUM_BLOCK_WEIGHT: Weight =
	Weight::from_parts(WEIGHT_REF_TIME_PER_SECOND.saturating_mul(2), u64::MAX);

/// Planck per picosecond of weight. A transfer (some 0.3 ms) costs about 0.001 DML.
const WEIGHT_FEE: Balance = 4;
/// Planck per byte of an extrinsic.
const BYTE_FEE: Balance = 1_000_000;

parameter_types! {
	pub const Version: RuntimeVersion = VERSION;
	pub RuntimeBlockWeights: frame_system::limits::BlockWeights =
		frame_system::limits::BlockWeights::with_sensible_defaults(
			MAXIMUM_BLOCK_WEIGHT,
			NORMAL_DISPATCH_RATIO,
		);
	pub const PoolsPalletId: PalletId = POOLS_PALLET_ID;
	pub const StakesPalletId: PalletId = STAKES_PALLET_ID;
	pub FeesAccount: AccountId = FEES_PALLET_ID.into_account_truncating();
	pub FeeMultiplier: Multiplier = Multiplier::one();
}

#[derive_impl(frame_system::config_preludes::SolochainDefaultConfig)]
impl frame_system::Config for Runtime {
	type Block = Block;
	type Version = Version;
	type BlockHashCount = ConstU32<4096>;
	type BlockWeights = RuntimeBlockWeights;
	type DbWeight = RocksDbWeight;
	type AccountData = pallet_balances::AccountData<Balance>;
	type SS58Prefix = ConstU16<SS58_PREFIX>;
	/// How many assets that need native tokens beside them one account can hold. Anyone may send
	/// assets of their own to an escrow account, so no number must be in reach at which it can hold
	/// no more: this many cost a deposit of 160 million DML.
	type MaxConsumers = ConstU32<{ 1 << 24 }>;
}

impl pallet_timestamp::Config for Runtime {
	type Moment = Moment;
	type OnTimestampSet = ();
	/// Time may stand still between blocks (several are sealed within a millisecond, or under a
	/// clock that is held), but never goes back.
	type MinimumPeriod = ConstU64<0>;
	type WeightInfo = pallet_timestamp::weights::SubstrateWeight<Runtime>;
}

impl pallet_balances::Config for Runtime {
	type RuntimeEvent = RuntimeEvent;
	type RuntimeHoldReason = RuntimeHoldReason;
	type RuntimeFreezeReason = RuntimeFreezeReason;
	type WeightInfo = pallet_balances::weights::SubstrateWeight<Runtime>;
	type Balance = Balance;
	type DustRemoval = ResolveTo<FeesAccount, Balances>;
	type ExistentialDeposit = ConstU128<EXISTENTIAL_DEPOSIT>;
	type AccountStore = System;
	type ReserveIdentifier = [u8; 8];
	type FreezeIdentifier = RuntimeFreezeReason;
	type MaxLocks = ConstU32<50>;
	type MaxReserves = ConstU32<50>;
	type MaxFreezes = VariantCountOf<RuntimeFreezeReason>;
	type DoneSlashHandler = ();
}

/// A fee linear in the weight, [`WEIGHT_FEE`] planck a picosecond.
pub struct WeightToFee;
impl WeightToFeePolynomial for WeightToFee {
	type Balance = Balance;

	fn polynomial() -> WeightToFeeCoefficients<Balance> {
		[WeightToFeeCoefficient {
			coeff_integer: WEIGHT_FEE,
			coeff_frac: Perbill::zero(),
			negative: false,
			degree: 1,
		}]
		.into_iter()
		.collect()
	}
}

impl pallet_transaction_payment::Config for Runtime {
	type RuntimeEvent = RuntimeEvent;
	type OnChargeTransaction = FungibleAdapter<Balances, ResolveTo<FeesAccount, Balances>>;
	type WeightToFee = WeightToFee;
	type LengthToFee = ConstantMultiplier<Balance, ConstU128<BYTE_FEE>>;
	/// Fees do not rise with demand: what a call costs can be read from its weight.
	type FeeMultiplierUpdate = ConstFeeMultiplier<FeeMultiplier>;
	type OperationalFeeMultiplier = ConstU8<5>;
	type WeightInfo = pallet_transaction_payment::weights::SubstrateWeight<Runtime>;
}

impl pallet_assets::Config for Runtime {
	type RuntimeEvent = RuntimeEvent;
	type Balance = Balance;
	type RemoveItemsLimit = ConstU32<1000>;
	type AssetId = AssetId;
	type AssetIdParameter = AssetId;
	type ReserveData = ();
	type Currency = Balances;
	/// Anyone may create an asset, for a deposit.
	type CreateOrigin = AsEnsureOriginWithArg<EnsureSigned<AccountId>>;
	type ForceOrigin = EnsureRoot<AccountId>;
	type AssetDeposit = ConstU128<{ 10 * DML }>;
	type AssetAccountDeposit = ConstU128<EXISTENTIAL_DEPOSIT>;
	type MetadataDepositBase = ConstU128<{ 100 * MILLI_DML }>;
	type MetadataDepositPerByte = ConstU128<MILLI_DML>;
	type ApprovalDeposit = ConstU128<EXISTENTIAL_DEPOSIT>;
	type StringLimit = ConstU32<50>;
	type Freezer = ();
	type Holder = ();
	type Extra = ();
	type CallbackHandle = ();
	type AssetIdAllocator = ();
	type WeightInfo = pallet_assets::weights::SubstrateWeight<Runtime>;
}

impl pallet_utility::Config for Runtime {
	type RuntimeEvent = RuntimeEvent;
	type RuntimeCall = RuntimeCall;
	type PalletsOrigin = OriginCaller;
	type WeightInfo = pallet_utility::weights::SubstrateWeight<Runtime>;
}

impl pallet_sudo::Config for Runtime {
	type RuntimeEvent = RuntimeEvent;
	type RuntimeCall = RuntimeCall;
	type WeightInfo = pallet_sudo::weights::SubstrateWeight<Runtime>;
}

impl pallet_models::Config for Runtime {
	type Governance = Collectives;
	type Time = Timestamp;
	type WeightInfo = pallet_models::weights::Bounds<Runtime>;
}

/// Every asset that a pool can be in: the native token and those of `pallet-assets`.
pub type PoolAssets = UnionOf<Balances, Assets, NativeFromLeft, AssetKind, AccountId>;

impl pallet_pools::Config for Runtime {
	type AssetKind = AssetKind;
	type Assets = PoolAssets;
	type Models = Models;
	type Governance = Collectives;
	type Locks = Rounds;
	type Time = Timestamp;
	type PalletId = PoolsPalletId;
	type FeesAccount = FeesAccount;
	type WeightInfo = pallet_pools::weights::Bounds<Runtime>;
}

impl pallet_rounds::Config for Runtime {
	type Models = Models;
	type Governance = Collectives;
	type Pools = Pools;
	type Time = Timestamp;
	type WeightInfo = pallet_rounds::weights::Bounds<Runtime>;
}

impl pallet_stakes::Config for Runtime {
	type AssetKind = AssetKind;
	type Assets = PoolAssets;
	type Models = Models;
	type Governance = Collectives;
	type Pools = Pools;
	type Time = Timestamp;
	type PalletId = StakesPalletId;
	type WeightInfo = pallet_stakes::weights::Bounds<Runtime>;
}

impl pallet_licences::Config for Runtime {
	type AssetKind = AssetKind;
	type Assets = PoolAssets;
	type Models = Models;
	type Governance = Collectives;
	type Pools = Pools;
	type Time = Timestamp;
	type WeightInfo = pallet_licences::weights::Bounds<Runtime>;
}

impl pallet_updates::Config for Runtime {
	type Models = Models;
	type Pools = Pools;
	type Governance = Collectives;
	type Time = Timestamp;
	type WeightInfo = pallet_updates::weights::Bounds<Runtime>;
}

impl pallet_annotations::Config for Runtime {
	type Models = Models;
	type Governance = Collectives;
	type Pools = Pools;
	type Stakes = Stakes;
	type Time = Timestamp;
	type WeightInfo = pallet_annotations::weights::Bounds<Runtime>;
}

/// What keeps a pool open does not outlast the wait for its closing: the longest round, and the time
/// after which anyone may end one; the longest task, which anyone may close then.
const _: () = assert!(
	pallet_collectives::POSTPONED_MS > pallet_rounds::MAX_ROUND_MS + pallet_rounds::GRACE_MS
		&& pallet_collectives::POSTPONED_MS > pallet_annotations::MAX_TASK_MS
);

impl pallet_collectives::Config for Runtime {
	type RuntimeHoldReason = RuntimeHoldReason;
	type Currency = Balances;
	type Models = Models;
	type Pools = Pools;
	type Stakes = Stakes;
	type Licences = Licences;
	type Updates = Updates;
	type Annotations = Annotations;
	type Time = Timestamp;
	type MinimumDeposit = ConstU128<DML>;
	type MaximumDeposit = ConstU128<{ 10_000 * DML }>;
	type FeesAccount = FeesAccount;
	type WeightInfo = pallet_collectives::weights::Bounds<Runtime>;
}
