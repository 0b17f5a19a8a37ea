//! A runtime with nothing but the registry and a clock.

use crate as pallet_models;
use crate::{Governance, ModelId};
use frame::{runtime::prelude::*, testing_prelude::*};

construct_runtime!(
	pub enum Test {
		System: frame_system,
		Timestamp: pallet_timestamp,
		Models: pallet_models,
	}
);

pub const NOW_MS: u64 = 1_700_000_000_000;

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
	type Block = MockBlock<Test>;
}

#[derive_impl(pallet_timestamp::config_preludes::TestDefaultConfig)]
impl pallet_timestamp::Config for Test {}

parameter_types! {
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

pub fn new_test_ext() -> TestState {
	let storage = frame_system::GenesisConfig::<Test>::default().build_storage().unwrap();
	let mut ext = TestState::new(storage);
	ext.execute_with(|| {
		System::set_block_number(1);
		OwnerDecides::set(true);
		Timestamp::set_timestamp(NOW_MS);
	});
	ext
}
