//! What is done with the models themselves.

use crate::values::*;
use dml_runtime::Runtime;
use frame::testing_prelude::*;
use pallet_models::Call;
use proptest::prelude::*;

pub fn register() -> Call<Runtime> {
	Call::register {
		location: cid(),
		hash: H256::zero(),
		name: text("mnist"),
		licence: text("MIT"),
		metadata_hash: H256::zero(),
	}
}

pub fn call() -> impl Strategy<Value = Step> {
	let publish = (model(), 0..3u32).prop_flat_map(|(model, parent)| {
		let call =
			Call::<Runtime>::publish_version { model, location: cid(), hash: H256::zero(), parent };
		(owner_of(model), Just(call))
	});
	prop_oneof![
		4 => publish.prop_map(|(who, call)| Step::of(who, call)),
		1 => actor().prop_map(|who| Step::of(who, register())),
	]
}
