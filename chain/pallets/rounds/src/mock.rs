//! A runtime with real models and pools, and rounds that pay from them.

use crate as pallet_rounds;
use crate::{Balance, ClientId, Location, ModelId, Moment, RoundId};
use frame::{
	deps::frame_support::PalletId,
	runtime::prelude::*,
	testing_prelude::*,
	token::fungible::{NativeFromLeft, NativeOrWithId, UnionOf},
	traits::AsEnsureOriginWithArg,
};
use pallet_models::Governance;
use pallet_pools::{ByRole, PoolState, Role, Score};

construct_runtime!(
	pub enum Test {
		System: frame_system,
		Timestamp: pallet_timestamp,
		Balances: pallet_balances,
		Assets: pallet_assets,
		Models: pallet_models,
		Pools: pallet_pools,
		Rounds: pallet_rounds,
	}
);

pub type AccountId = u64;

/// Owns model 0.
pub const OWNER: AccountId = 1;
pub const BOB: AccountId = 2;
pub const CAROL: AccountId = 3;
pub const DAVE: AccountId = 4;
/// Receives what is slashed and does not go into the pool.
pub const FEES: AccountId = 8;

pub const MODEL: ModelId = 0;
/// The model's first round.
pub const ROUND: RoundId = 1;
/// What the time is when a test begins.
pub const START_MS: Moment = 1_000_000;
/// When the rounds of the tests end.
pub const DEADLINE_MS: Moment = START_MS + 60_000;
/// What the contributors' bucket holds at first: half of what is staked.
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

impl pallet_models::Config for Test {
	type Governance = ();
	type Time = Timestamp;
	type WeightInfo = pallet_models::weights::Bounds<Test>;
}

parameter_types! {
	pub const PoolsPalletId: PalletId = PalletId(*b"dml/pool");
	pub const FeesAccount: AccountId = FEES;
	/// Whether the owner decides alone.
	pub static OwnerDecides: bool = true;
	/// Whether the owner is a member of the collective.
	pub static OwnerOperates: bool = true;
	/// Whether the pool is to be closed once no round runs.
	pub static PoolCloses: bool = false;
}

pub struct Governed;
impl Governance for Governed {
	fn owner_decides(_: ModelId) -> bool {
		OwnerDecides::get()
	}

	fn owner_operates(_: ModelId) -> bool {
		OwnerOperates::get()
	}

	fn pool_closes(_: ModelId) -> bool {
		PoolCloses::get()
	}
}

impl pallet_pools::Config for Test {
	type AssetKind = NativeOrWithId<u32>;
	type Assets = UnionOf<Balances, Assets, NativeFromLeft, NativeOrWithId<u32>, AccountId>;
	type Models = Models;
	type Governance = Governed;
	type Locks = Rounds;
	type Time = Timestamp;
	type PalletId = PoolsPalletId;
	type FeesAccount = FeesAccount;
	type WeightInfo = pallet_pools::weights::Bounds<Test>;
}

impl pallet_rounds::Config for Test {
	type Models = Models;
	type Governance = Governed;
	type Pools = Pools;
	type Time = Timestamp;
	type WeightInfo = pallet_rounds::weights::Bounds<Test>;
}

/// Runs a test on a fresh chain with one model and no pool, and audits everything at its end.
pub fn run(test: impl FnOnce()) {
	let storage = RuntimeGenesisConfig {
		balances: pallet_balances::GenesisConfig {
			balances: [OWNER, BOB, CAROL, DAVE].map(|who| (who, 1_000_000)).to_vec(),
			..Default::default()
		},
		..Default::default()
	}
	.build_storage()
	.unwrap();
	TestState::new(storage).execute_with(|| {
		System::set_block_number(1);
		OwnerDecides::set(true);
		OwnerOperates::set(true);
		PoolCloses::set(false);
		run_to(START_MS);
		Models::register(
			RuntimeOrigin::signed(OWNER),
			cid("weights"),
			H256::zero(),
			b"mnist".to_vec().try_into().unwrap(),
			b"MIT".to_vec().try_into().unwrap(),
			H256::zero(),
		)
		.unwrap();
		let issuance = Balances::total_issuance();
		test();
		Pools::do_try_state().unwrap();
		Rounds::do_try_state().unwrap();
		assert_eq!(Balances::total_issuance(), issuance);
	});
}

/// Lets time pass.
pub fn run_to(ms: Moment) {
	Timestamp::set_timestamp(ms);
}

/// Stakes a pool on the model, half of it for the contributors.
pub fn stake() {
	let shares = ByRole { contributors: 500_000, creator: 500_000, ..Default::default() };
	let asset = NativeOrWithId::Native;
	Pools::create(RuntimeOrigin::signed(OWNER), MODEL, asset, shares, 2 * BUCKET).unwrap();
}

/// What remains for the contributors.
pub fn bucket() -> Balance {
	let pool = pallet_pools::Pools::<Test>::get(MODEL).unwrap();
	assert_eq!(pool.state, PoolState::Open);
	pool.buckets.of(Role::Contributor)
}

/// What an account may claim.
pub fn claimable(who: AccountId) -> Balance {
	pallet_pools::Allocations::<Test>::get(MODEL, who).claimable().unwrap()
}

pub fn cid(name: &str) -> Location {
	Location::Cid(name.as_bytes().to_vec().try_into().unwrap())
}

pub fn client(name: &str) -> ClientId {
	name.as_bytes().to_vec().try_into().unwrap()
}

pub fn percent(percent: u32) -> Score {
	Score(percent * 10_000_000)
}
