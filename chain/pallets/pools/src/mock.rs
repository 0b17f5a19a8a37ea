//! A runtime with real balances, real assets, and pools for both.

use crate as pallet_pools;
use crate::{Balance, ModelId, PoolLock};
use frame::{
	deps::frame_support::PalletId,
	runtime::prelude::*,
	testing_prelude::*,
	token::fungible::{NativeFromLeft, NativeOrWithId, UnionOf},
	traits::AsEnsureOriginWithArg,
};
use pallet_models::Governance;

construct_runtime!(
	pub enum Test {
		System: frame_system,
		Timestamp: pallet_timestamp,
		Balances: pallet_balances,
		Assets: pallet_assets,
		Models: pallet_models,
		Pools: pallet_pools,
	}
);

pub type AccountId = u64;
pub type AssetKind = NativeOrWithId<u32>;

/// Owns model 0.
pub const OWNER: AccountId = 1;
pub const BOB: AccountId = 2;
pub const CAROL: AccountId = 3;
/// Receives what is slashed and does not go into the pool.
pub const FEES: AccountId = 8;
/// Holds nothing, so does not exist.
pub const NOBODY: AccountId = 9;

pub const MODEL: ModelId = 0;
/// An asset that needs native tokens beside it, as anyone may create one. Its minimum is 5.
pub const COIN: u32 = 7;

pub const EXISTENTIAL_DEPOSIT: Balance = 10;
/// What OWNER, BOB and CAROL hold, of the native token and of [`COIN`].
pub const ENDOWMENT: Balance = 1_000_000;

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

impl pallet_models::Config for Test {
	type Governance = ();
	type Time = Timestamp;
	type WeightInfo = pallet_models::weights::Bounds<Test>;
}

parameter_types! {
	pub const PoolsPalletId: PalletId = PalletId(*b"dml/pool");
	pub const FeesAccount: AccountId = FEES;
	/// Whether a round is said to run.
	pub static RoundRuns: bool = false;
	/// Whether the owner decides alone.
	pub static OwnerDecides: bool = true;
	/// Whether the owner is a member of the collective.
	pub static OwnerOperates: bool = true;
}

pub struct Decides;
impl Governance for Decides {
	fn owner_decides(_: ModelId) -> bool {
		OwnerDecides::get()
	}

	fn owner_operates(_: ModelId) -> bool {
		OwnerOperates::get()
	}
}

pub struct Lock;
impl PoolLock for Lock {
	fn locked(_: ModelId) -> bool {
		RoundRuns::get()
	}
}

impl pallet_pools::Config for Test {
	type AssetKind = AssetKind;
	type Assets = UnionOf<Balances, Assets, NativeFromLeft, AssetKind, AccountId>;
	type Models = Models;
	type Governance = Decides;
	type Locks = Lock;
	type Time = Timestamp;
	type PalletId = PoolsPalletId;
	type FeesAccount = FeesAccount;
	type WeightInfo = pallet_pools::weights::Bounds<Test>;
}

/// Runs a test on a fresh chain with one model, and audits the pools at its end.
pub fn run(test: impl FnOnce()) {
	let accounts = [OWNER, BOB, CAROL];
	let storage = RuntimeGenesisConfig {
		balances: pallet_balances::GenesisConfig {
			balances: accounts.map(|who| (who, ENDOWMENT)).to_vec(),
			..Default::default()
		},
		assets: pallet_assets::GenesisConfig {
			assets: vec![(COIN, OWNER, false, 5)],
			accounts: accounts.map(|who| (COIN, who, ENDOWMENT)).to_vec(),
			..Default::default()
		},
		..Default::default()
	}
	.build_storage()
	.unwrap();
	TestState::new(storage).execute_with(|| {
		System::set_block_number(1);
		RoundRuns::set(false);
		OwnerDecides::set(true);
		OwnerOperates::set(true);
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
		let issuance = (Balances::total_issuance(), Assets::total_supply(COIN));
		test();
		Pools::do_try_state().unwrap();
		assert_eq!((Balances::total_issuance(), Assets::total_supply(COIN)), issuance);
	});
}
