//! A runtime with real models and pools, and updates that are paid from them.

use crate as pallet_updates;
use crate::{Balance, Location, ModelId, Moment};
use frame::{
	deps::frame_support::PalletId,
	runtime::prelude::*,
	testing_prelude::*,
	token::fungible::{NativeFromLeft, NativeOrWithId, UnionOf},
	traits::AsEnsureOriginWithArg,
};
use pallet_models::Governance;
use pallet_pools::{ByRole, Score};

construct_runtime!(
	pub enum Test {
		System: frame_system,
		Timestamp: pallet_timestamp,
		Balances: pallet_balances,
		Assets: pallet_assets,
		Models: pallet_models,
		Pools: pallet_pools,
		Updates: pallet_updates,
	}
);

pub type AccountId = u64;

/// Owns model 0 and model 1.
pub const OWNER: AccountId = 1;
pub const BOB: AccountId = 2;
pub const CAROL: AccountId = 3;
/// Receives the fees.
pub const FEES: AccountId = 99;

pub const MODEL: ModelId = 0;
pub const OTHER_MODEL: ModelId = 1;
pub const NOW_MS: Moment = 1_000_000;
/// What the engineers' bucket holds at first: half of what is funded.
pub const BUCKET: Balance = 50_000;

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
	type ExistentialDeposit = ConstU128<10>;
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
	pub const FeesAccount: AccountId = FEES;
	/// Whether the models' owners are said to decide alone.
	pub static OwnerDecides: bool = true;
}

pub struct Council;
impl Governance for Council {
	fn owner_decides(_: ModelId) -> bool {
		OwnerDecides::get()
	}

	fn owner_operates(_: ModelId) -> bool {
		true
	}
}

impl pallet_models::Config for Test {
	type Governance = Council;
	type Time = Timestamp;
	type WeightInfo = pallet_models::weights::Bounds<Test>;
}

impl pallet_pools::Config for Test {
	type AssetKind = NativeOrWithId<u32>;
	type Assets = UnionOf<Balances, Assets, NativeFromLeft, NativeOrWithId<u32>, AccountId>;
	type Models = Models;
	type Governance = Council;
	type Locks = ();
	type Time = Timestamp;
	type FeesAccount = FeesAccount;
	type PalletId = PoolsPalletId;
	type WeightInfo = pallet_pools::weights::Bounds<Test>;
}

impl pallet_updates::Config for Test {
	type Models = Models;
	type Pools = Pools;
	type Governance = Council;
	type Time = Timestamp;
	type WeightInfo = pallet_updates::weights::Bounds<Test>;
}

/// Runs a test on a fresh chain with two models and no pool, and audits everything at its end.
pub fn run<R>(test: impl FnOnce() -> R) -> R {
	let storage = RuntimeGenesisConfig {
		balances: pallet_balances::GenesisConfig {
			balances: [OWNER, BOB, CAROL, FEES].map(|who| (who, 1_000_000)).to_vec(),
			..Default::default()
		},
		..Default::default()
	}
	.build_storage()
	.unwrap();
	TestState::new(storage).execute_with(|| {
		System::set_block_number(1);
		Timestamp::set_timestamp(NOW_MS);
		OwnerDecides::set(true);
		for _ in [MODEL, OTHER_MODEL] {
			Models::register(
				RuntimeOrigin::signed(OWNER),
				cid("weights"),
				H256::zero(),
				b"mnist".to_vec().try_into().unwrap(),
				b"MIT".to_vec().try_into().unwrap(),
				H256::zero(),
			)
			.unwrap();
		}
		let issuance = Balances::total_issuance();
		let outcome = test();
		audit();
		assert_eq!(Balances::total_issuance(), issuance);
		outcome
	})
}

/// Checks every record.
pub fn audit() {
	Pools::do_try_state().unwrap();
	Updates::do_try_state().unwrap();
}

/// Funds a pool of the model, half of it for the engineers.
pub fn fund() {
	let shares = ByRole { engineers: 500_000, creator: 500_000, ..Default::default() };
	let asset = NativeOrWithId::Native;
	Pools::create(RuntimeOrigin::signed(OWNER), MODEL, asset, shares, 2 * BUCKET).unwrap();
}

/// What remains for the engineers.
pub fn bucket() -> Balance {
	pallet_pools::Pools::<Test>::get(MODEL).unwrap().buckets.engineers
}

pub fn cid(name: &str) -> Location {
	Location::Cid(name.as_bytes().to_vec().try_into().unwrap())
}

pub fn percent(percent: u32) -> Score {
	Score(percent * 10_000_000)
}
