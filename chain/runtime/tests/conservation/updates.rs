//! What is done with updates.

use crate::values::*;
use dml_runtime::{Runtime, RuntimeCall};
use frame::testing_prelude::*;
use pallet_updates::{Call, Metrics, NextUpdateId, UpdateId};
use proptest::prelude::*;

/// Names the newest update, found when the step is taken.
const NEWEST: UpdateId = UpdateId::MAX;

pub fn update() -> impl Strategy<Value = UpdateId> {
	prop_oneof![3 => Just(NEWEST), 1 => 0..6 as UpdateId]
}

/// Puts the newest update's id into a call that asks for it.
pub fn of_newest_update(mut call: RuntimeCall) -> RuntimeCall {
	use pallet_collectives::{Action, Call as OfCollective};
	if let RuntimeCall::Updates(
		Call::withdraw { update } | Call::approve { update, .. } | Call::reject { update, .. },
	)
	| RuntimeCall::Collectives(
		OfCollective::decide {
			action: Action::ApproveUpdate { update, .. } | Action::RejectUpdate { update, .. },
			..
		}
		| OfCollective::propose {
			action: Action::ApproveUpdate { update, .. } | Action::RejectUpdate { update, .. },
			..
		},
	) = &mut call
	{
		if *update == NEWEST {
			*update = NextUpdateId::<Runtime>::get().saturating_sub(1);
		}
	}
	call
}

pub fn propose(model: pallet_models::ModelId, parent: u32) -> Call<Runtime> {
	let metrics: Metrics = vec![(text("accuracy"), 980_000_000)].try_into().unwrap();
	let notes = Some((cid(), H256::zero()));
	Call::propose { model, parent, location: cid(), hash: H256::zero(), metrics, notes }
}

pub fn call() -> impl Strategy<Value = Step> {
	let engineers = (actor(), model(), update(), 0..5u8).prop_map(|(who, model, update, kind)| {
		let call = match kind {
			0 => Call::withdraw { update },
			1 => propose(model, 1),
			_ => propose(model, 0),
		};
		(who, call)
	});
	let owners =
		(model(), update(), score(), 0..4u8).prop_flat_map(|(model, update, score, kind)| {
			let call: Call<Runtime> = match kind {
				0 => Call::reject { update, reason: text("worse") },
				_ => Call::approve { update, score },
			};
			(owner_of(model), Just(call))
		});
	prop_oneof![engineers, owners].prop_map(|(who, call)| Step::of(who, call))
}

/// An engineer proposes, and the owner decides.
pub fn submission() -> impl Strategy<Value = Vec<Step>> {
	(0..MODELS, actor(), score(), 0..4u8).prop_map(|(model, engineer, score, end)| {
		let owner = OWNERS[model as usize];
		let (update, reason) = (NEWEST, text("worse"));
		let decided = match end {
			0 => Step::of(engineer, Call::<Runtime>::withdraw { update }),
			1 => Step::of(owner, Call::<Runtime>::reject { update, reason }),
			_ => Step::of(owner, Call::<Runtime>::approve { update, score }),
		};
		let claim = pallet_pools::Call::<Runtime>::claim { model };
		vec![Step::of(engineer, propose(model, 0)), decided, Step::of(engineer, claim)]
	})
}
