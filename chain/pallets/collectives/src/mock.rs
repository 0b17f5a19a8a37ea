//! A runtime with all that a collective can decide on: models, pools, stakes, licences, updates,
//! annotation tasks.

use crate as pallet_collectives;
use crate::{Balance, ModelId, Moment};
use frame::{
	deps::frame_support::PalletId,
	runtime::prelude::*,
	testing_prelude::*,
	token::fungible::{NativeFromLeft, NativeOrWithId, UnionOf},
	traits::AsEnsureOriginWithArg,
};
use pallet_pools::{ByRole, PoolLock, Role, Score};

construct_runtime!(
	pub enum Test {
		System: frame_system,
		Timestamp: pallet_timestamp,
		Balances: pallet_balances,
		Assets: pallet_assets,
		Models: pallet_models,
		Pools: pallet_pools,
		Stakes: pallet_stakes,
		Licences: pallet_licences,
		Updates: pallet_updates,
		Annotations: pallet_annotations,
		Collectives: pallet_collectives,
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
pub const EVE: AccountId = 5;
/// Holds nothing, so does not exist.
pub const NOBODY: AccountId = 6;
/// Receives the deposits that are lost.
pub const FEES: AccountId = 8;

/// Has a pool.
pub const MODEL: ModelId = 0;
/// Has none.
pub const POOR_MODEL: ModelId = 1;

pub const EXISTENTIAL_DEPOSIT: Balance = 10;
/// What everybody holds when a test begins; the owner less the pool and its deposit.
pub const ENDOWMENT: Balance = 1_000_000;
/// What the pool holds at first, half of it for the engineers and half for the validators.
pub const POOL: Balance = 100_000;
/// What a proposal puts at risk at first.
pub const DEPOSIT: Balance = 100;
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
	/// Whether a round is said to run.
	pub static RoundRuns: bool = false;
	pub const PoolsPalletId: PalletId = PalletId(*b"dml/pool");
	pub const StakesPalletId: PalletId = PalletId(*b"dml/stak");
	pub const FeesAccount: AccountId = FEES;
}

pub struct Lock;
impl PoolLock for Lock {
	fn locked(_: ModelId) -> bool {
		RoundRuns::get()
	}
}

pub type TestAssets = UnionOf<Balances, Assets, NativeFromLeft, AssetKind, AccountId>;

impl pallet_models::Config for Test {
	type Governance = Collectives;
	type Time = Timestamp;
	type WeightInfo = pallet_models::weights::Bounds<Test>;
}

impl pallet_pools::Config for Test {
	type AssetKind = AssetKind;
	type Assets = TestAssets;
	type Models = Models;
	type Governance = Collectives;
	type Locks = Lock;
	type Time = Timestamp;
	type PalletId = PoolsPalletId;
	type FeesAccount = FeesAccount;
	type WeightInfo = pallet_pools::weights::Bounds<Test>;
}

impl pallet_stakes::Config for Test {
	type AssetKind = AssetKind;
	type Assets = TestAssets;
	type Models = Models;
	type Governance = Collectives;
	type Pools = Pools;
	type Time = Timestamp;
	type PalletId = StakesPalletId;
	type WeightInfo = pallet_stakes::weights::Bounds<Test>;
}

impl pallet_licences::Config for Test {
	type AssetKind = AssetKind;
	type Assets = TestAssets;
	type Models = Models;
	type Governance = Collectives;
	type Pools = Pools;
	type Time = Timestamp;
	type WeightInfo = pallet_licences::weights::Bounds<Test>;
}

impl pallet_updates::Config for Test {
	type Models = Models;
	type Pools = Pools;
	type Governance = Collectives;
	type Time = Timestamp;
	type WeightInfo = pallet_updates::weights::Bounds<Test>;
}

impl pallet_annotations::Config for Test {
	type Models = Models;
	type Governance = Collectives;
	type Pools = Pools;
	type Stakes = Stakes;
	type Time = Timestamp;
	type WeightInfo = pallet_annotations::weights::Bounds<Test>;
}

impl pallet_collectives::Config for Test {
	type RuntimeHoldReason = RuntimeHoldReason;
	type Currency = Balances;
	type Models = Models;
	type Pools = Pools;
	type Stakes = Stakes;
	type Licences = Licences;
	type Updates = Updates;
	type Annotations = Annotations;
	type Time = Timestamp;
	type MinimumDeposit = ConstU128<DEPOSIT>;
	type MaximumDeposit = ConstU128<{ 1_000 * DEPOSIT }>;
	type FeesAccount = FeesAccount;
	type WeightInfo = pallet_collectives::weights::Bounds<Test>;
}

/// Runs a test on a fresh chain with two models and a pool, and audits everything at its end.
pub fn run<R>(test: impl FnOnce() -> R) -> R {
	let mut balances = [OWNER, BOB, CAROL, DAVE, EVE].map(|who| (who, ENDOWMENT)).to_vec();
	balances.push((FEES, EXISTENTIAL_DEPOSIT));
	let storage = RuntimeGenesisConfig {
		balances: pallet_balances::GenesisConfig { balances, ..Default::default() },
		..Default::default()
	}
	.build_storage()
	.unwrap();
	TestState::new(storage).execute_with(|| {
		System::set_block_number(1);
		RoundRuns::set(false);
		run_to(START_MS);
		for _ in [MODEL, POOR_MODEL] {
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
		let shares = ByRole { engineers: 500_000, validators: 500_000, ..Default::default() };
		let asset = NativeOrWithId::Native;
		Pools::create(RuntimeOrigin::signed(OWNER), MODEL, asset, shares, POOL).unwrap();
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
	Stakes::do_try_state().unwrap();
	Licences::do_try_state().unwrap();
	Updates::do_try_state().unwrap();
	Annotations::do_try_state().unwrap();
	Collectives::do_try_state().unwrap();
}

/// Lets time pass until then.
pub fn run_to(ms: Moment) {
	Timestamp::set_timestamp(ms);
}

/// Lets so much time pass.
pub fn wait(ms: Moment) {
	run_to(Timestamp::get() + ms);
}

/// What remains for a role.
pub fn bucket(role: Role) -> Balance {
	pallet_pools::Pools::<Test>::get(MODEL).unwrap().buckets.of(role)
}

/// What an account has earned.
pub fn earned(who: AccountId) -> Balance {
	pallet_pools::Allocations::<Test>::get(MODEL, who).earned.total().unwrap()
}

pub fn percent(percent: u32) -> Score {
	Score(percent * 10_000_000)
}
