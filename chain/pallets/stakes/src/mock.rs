//! A runtime with real models and pools, and stakes in the native token and in an asset.

use crate as pallet_stakes;
use crate::{Balance, ModelId, Moment};
use frame::{
	deps::frame_support::PalletId,
	runtime::prelude::*,
	testing_prelude::*,
	token::fungible::{NativeFromLeft, NativeOrWithId, UnionOf},
	traits::AsEnsureOriginWithArg,
};
use pallet_models::Governance;
use pallet_pools::ByRole;

construct_runtime!(
	pub enum Test {
		System: frame_system,
		Timestamp: pallet_timestamp,
		Balances: pallet_balances,
		Assets: pallet_assets,
		Models: pallet_models,
		Pools: pallet_pools,
		Stakes: pallet_stakes,
	}
);

/// Wide enough to tell the escrow accounts of models and pallets apart.
pub type AccountId = u128;
pub type AssetKind = NativeOrWithId<u32>;

/// Owns the models.
pub const OWNER: AccountId = 1;
pub const BOB: AccountId = 2;
pub const CAROL: AccountId = 3;
pub const DAVE: AccountId = 4;
/// Receives what is slashed and does not go into the pool.
pub const FEES: AccountId = 8;

/// Has a pool in the native token.
pub const MODEL: ModelId = 0;
/// Has a pool in [`COIN`].
pub const COIN_MODEL: ModelId = 1;
/// Has no pool.
pub const POOR_MODEL: ModelId = 2;
/// An asset that needs native tokens beside it, as anyone may create one. Its minimum is 5.
pub const COIN: u32 = 7;

pub const EXISTENTIAL_DEPOSIT: Balance = 10;
/// What everybody holds of the native token and of [`COIN`] when a test begins; the owner less
/// the two pools of [`POOL`] and their deposits.
pub const ENDOWMENT: Balance = 1_000_000;
/// What each pool holds at first.
pub const POOL: Balance = 1_000;
/// What the time is when a test begins.
pub const START_MS: Moment = 1_000_000;

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
	type Block = MockBlock<Test>;
	type AccountId = AccountId;
	type Lookup = IdentityLookup<AccountId>;
	type AccountData = pallet_balances::AccountData<Balance>;
}

#[derive_impl(pallet_timestamp::config_preludes::TestDefaultConfig)]
impl pallet_timestamp::Config for Test {}

#[derive_impl(pallet_balances::config_preludes::TestDefaultConfig)]
impl pallet_balances::Config for Test {
	type Balance = Balance;
	type ExistentialDeposit = ConstU128<EXISTENTIAL_DEPOSIT>;
	type AccountStore = System;
}

#[derive_impl(pallet_assets::config_preludes::TestDefaultConfig)]
impl pallet_assets::Config for Test {
	type Balance = Balance;
	type Currency = Balances;
	type CreateOrigin = AsEnsureOriginWithArg<EnsureSigned<AccountId>>;
	type ForceOrigin = EnsureRoot<AccountId>;
	type Holder = ();
	type Freezer = ();
}

parameter_types! {
	pub const PoolsPalletId: PalletId = PalletId(*b"dml/pool");
	pub const StakesPalletId: PalletId = PalletId(*b"dml/stak");
	pub const FeesAccount: AccountId = FEES;
	/// Whether the owner decides alone.
	pub static OwnerDecides: bool = true;
}

pub struct Decides;
impl Governance for Decides {
	fn owner_decides(_: ModelId) -> bool {
		OwnerDecides::get()
	}

	fn owner_operates(_: ModelId) -> bool {
		true
	}
}

impl pallet_models::Config for Test {
	type Governance = Decides;
	type Time = Timestamp;
	type WeightInfo = pallet_models::weights::Bounds<Test>;
}

pub type TestAssets = UnionOf<Balances, Assets, NativeFromLeft, AssetKind, AccountId>;

impl pallet_pools::Config for Test {
	type AssetKind = AssetKind;
	type Assets = TestAssets;
	type Models = Models;
	type Governance = Decides;
	type Locks = ();
	type Time = Timestamp;
	type PalletId = PoolsPalletId;
	type FeesAccount = FeesAccount;
	type WeightInfo = pallet_pools::weights::Bounds<Test>;
}

impl pallet_stakes::Config for Test {
	type AssetKind = AssetKind;
	type Assets = TestAssets;
	type Models = Models;
	type Governance = Decides;
	type Pools = Pools;
	type Time = Timestamp;
	type PalletId = StakesPalletId;
	type WeightInfo = pallet_stakes::weights::Bounds<Test>;
}

/// A fresh chain with three models and two pools.
pub fn new_test_ext() -> TestState {
	let accounts = [OWNER, BOB, CAROL, DAVE];
	let mut balances = accounts.map(|who| (who, ENDOWMENT)).to_vec();
	balances.push((FEES, EXISTENTIAL_DEPOSIT));
	let storage = RuntimeGenesisConfig {
		balances: pallet_balances::GenesisConfig { balances, ..Default::default() },
		assets: pallet_assets::GenesisConfig {
			assets: vec![(COIN, OWNER, false, 5)],
			accounts: accounts.map(|who| (COIN, who, ENDOWMENT)).to_vec(),
			..Default::default()
		},
		..Default::default()
	}
	.build_storage()
	.unwrap();
	let mut ext = TestState::new(storage);
	ext.execute_with(|| {
		System::set_block_number(1);
		OwnerDecides::set(true);
		run_to(START_MS);
		for _ in [MODEL, COIN_MODEL, POOR_MODEL] {
			register();
		}
		create_pool(MODEL, NativeOrWithId::Native);
		create_pool(COIN_MODEL, NativeOrWithId::WithId(COIN));
	});
	ext
}

/// Runs a test on a fresh chain, and audits everything at its end.
pub fn run(test: impl FnOnce()) {
	new_test_ext().execute_with(|| {
		let before = supply();
		test();
		Pools::do_try_state().unwrap();
		Stakes::do_try_state().unwrap();
		assert_eq!(supply(), before);
	});
}

/// What there is of the native token and of [`COIN`].
pub fn supply() -> (Balance, Balance) {
	(Balances::total_issuance(), Assets::total_supply(COIN))
}

/// Lets time pass.
pub fn run_to(ms: Moment) {
	Timestamp::set_timestamp(ms);
}

fn register() {
	let hash = H256::zero();
	Models::register(
		RuntimeOrigin::signed(OWNER),
		pallet_models::Location::Cid(b"bafkreiabc".to_vec().try_into().unwrap()),
		hash,
		b"mnist".to_vec().try_into().unwrap(),
		b"MIT".to_vec().try_into().unwrap(),
		hash,
	)
	.unwrap();
}

fn create_pool(model: ModelId, asset: AssetKind) {
	let shares = ByRole { creator: 400_000, validators: 600_000, ..Default::default() };
	Pools::create(RuntimeOrigin::signed(OWNER), model, asset, shares, POOL).unwrap();
}
