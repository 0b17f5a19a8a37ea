//! A runtime with real models, pools and stakes, and tasks that are paid from them.

use crate as pallet_annotations;
use crate::{Balance, Location, ModelId, Moment};
use frame::{
	deps::frame_support::PalletId,
	runtime::prelude::*,
	testing_prelude::*,
	token::fungible::{NativeFromLeft, NativeOrWithId, UnionOf},
	traits::AsEnsureOriginWithArg,
};
use pallet_models::{Governance, Membership, ModelRegistry};
use pallet_pools::{ByRole, Role, Score};

construct_runtime!(
	pub enum Test {
		System: frame_system,
		Timestamp: pallet_timestamp,
		Balances: pallet_balances,
		Assets: pallet_assets,
		Models: pallet_models,
		Pools: pallet_pools,
		Stakes: pallet_stakes,
		Annotations: pallet_annotations,
	}
);

/// Wide enough to tell the escrow accounts of models and pallets apart.
pub type AccountId = u128;

/// Owns the models.
pub const OWNER: AccountId = 1;
/// Have [`STAKE`] at stake as annotators.
pub const BOB: AccountId = 2;
pub const CAROL: AccountId = 3;
pub const DAVE: AccountId = 4;
/// Holds tokens and has nothing at stake.
pub const EVE: AccountId = 5;
/// Receives what is slashed and does not go into the pool.
pub const FEES: AccountId = 8;

/// Has a pool.
pub const MODEL: ModelId = 0;
/// Has none.
pub const POOR_MODEL: ModelId = 1;

/// What the annotators' bucket holds at first: half of the pool.
pub const BUCKET: Balance = 50_000;
/// What each annotator has at stake when a test begins.
pub const STAKE: Balance = 1_000;
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
	pub const StakesPalletId: PalletId = PalletId(*b"dml/stak");
	pub const FeesAccount: AccountId = FEES;
	/// Whether the owner decides alone.
	pub static OwnerDecides: bool = true;
	/// Whether the owner is a member of the collective.
	pub static OwnerOperates: bool = true;
	/// Who else is a member of the collective.
	pub static Members: Vec<AccountId> = vec![];
	/// Whether the pool is to be closed as soon as it can.
	pub static PoolCloses: bool = false;
	/// How long the collective needs to settle what is disputed, where the owner does not decide.
	pub static SettleMs: Moment = 0;
}

pub struct Decides;
impl Governance for Decides {
	fn owner_decides(_: ModelId) -> bool {
		OwnerDecides::get()
	}

	fn owner_operates(_: ModelId) -> bool {
		OwnerOperates::get()
	}

	fn pool_closes(_: ModelId) -> bool {
		PoolCloses::get()
	}

	fn settle_ms(_: ModelId) -> Moment {
		match OwnerDecides::get() {
			true => 0,
			false => SettleMs::get(),
		}
	}
}

impl Membership<AccountId> for Decides {
	fn is_member(model: ModelId, who: &AccountId) -> bool {
		match Models::owner(model) == Some(*who) {
			true => OwnerOperates::get(),
			false => Members::get().contains(who),
		}
	}
}

impl pallet_models::Config for Test {
	type Governance = Decides;
	type Time = Timestamp;
	type WeightInfo = pallet_models::weights::Bounds<Test>;
}

pub type TestAssets = UnionOf<Balances, Assets, NativeFromLeft, NativeOrWithId<u32>, AccountId>;

impl pallet_pools::Config for Test {
	type AssetKind = NativeOrWithId<u32>;
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
	type AssetKind = NativeOrWithId<u32>;
	type Assets = TestAssets;
	type Models = Models;
	type Governance = Decides;
	type Pools = Pools;
	type Time = Timestamp;
	type PalletId = StakesPalletId;
	type WeightInfo = pallet_stakes::weights::Bounds<Test>;
}

impl pallet_annotations::Config for Test {
	type Models = Models;
	type Governance = Decides;
	type Pools = Pools;
	type Stakes = Stakes;
	type Time = Timestamp;
	type WeightInfo = pallet_annotations::weights::Bounds<Test>;
}

/// Runs a test on a fresh chain with two models, a pool and three annotators, and audits everything
/// at its end.
pub fn run<R>(test: impl FnOnce() -> R) -> R {
	let mut balances = [OWNER, BOB, CAROL, DAVE, EVE].map(|who| (who, 1_000_000)).to_vec();
	balances.push((FEES, 10));
	let storage = RuntimeGenesisConfig {
		balances: pallet_balances::GenesisConfig { balances, ..Default::default() },
		..Default::default()
	}
	.build_storage()
	.unwrap();
	TestState::new(storage).execute_with(|| {
		System::set_block_number(1);
		OwnerDecides::set(true);
		OwnerOperates::set(true);
		Members::set(vec![]);
		PoolCloses::set(false);
		SettleMs::set(0);
		run_to(START_MS);
		for _ in [MODEL, POOR_MODEL] {
			let (name, licence) = (b"mnist".to_vec(), b"MIT".to_vec());
			Models::register(
				RuntimeOrigin::signed(OWNER),
				cid("weights"),
				H256::zero(),
				name.try_into().unwrap(),
				licence.try_into().unwrap(),
				H256::zero(),
			)
			.unwrap();
		}
		let shares = ByRole { annotators: 500_000, creator: 500_000, ..Default::default() };
		let asset = NativeOrWithId::Native;
		Pools::create(RuntimeOrigin::signed(OWNER), MODEL, asset, shares, 2 * BUCKET).unwrap();
		for who in [BOB, CAROL, DAVE] {
			Stakes::stake(RuntimeOrigin::signed(who), MODEL, Role::Annotator, STAKE).unwrap();
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
	Stakes::do_try_state().unwrap();
	Annotations::do_try_state().unwrap();
}

/// Lets time pass until then.
pub fn run_to(ms: Moment) {
	Timestamp::set_timestamp(ms);
}

/// Lets so much time pass.
pub fn wait(ms: Moment) {
	run_to(Timestamp::get() + ms);
}

/// What remains for the annotators, and what is set aside.
pub fn bucket() -> (Balance, Balance) {
	let pool = pallet_pools::Pools::<Test>::get(MODEL).unwrap();
	(pool.buckets.annotators, pool.set_aside)
}

/// What an account has earned in the pool.
pub fn earned(who: AccountId) -> Balance {
	pallet_pools::Allocations::<Test>::get(MODEL, who).earned.annotators
}

/// What an account has at stake as an annotator.
pub fn at_stake(who: AccountId) -> Balance {
	pallet_stakes::Stakes::<Test>::get(MODEL, who).active.annotators
}

pub fn cid(name: &str) -> Location {
	Location::Cid(name.as_bytes().to_vec().try_into().unwrap())
}

pub fn percent(percent: u32) -> Score {
	Score(percent * 10_000_000)
}
