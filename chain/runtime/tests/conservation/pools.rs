//! What is done with pools.

use crate::{common::*, values::*};
use dml_runtime::{AssetKind, Balance, Runtime, RuntimeEvent, System};
use pallet_models::ModelId;
use pallet_pools::{Allowances, Event};
use proptest::{prelude::*, sample::select};
use std::collections::BTreeMap;

/// What rounds may still pay and tasks set aside, by model.
pub type Allowed = BTreeMap<ModelId, Balance>;

/// Changes what rounds may still pay and tasks set aside by what the last block's events say, and
/// checks that none took more, and that the chain has it so.
pub fn check_allowances(allowed: &mut Allowed) -> Result<(), TestCaseError> {
	for record in System::read_events_no_consensus() {
		match record.event {
			RuntimeEvent::Pools(Event::AllowanceSet { model, amount: Some(amount) }) => {
				allowed.insert(model, amount);
			},
			RuntimeEvent::Pools(
				Event::AllowanceSet { model, amount: None } | Event::Closed { model, .. },
			) => {
				allowed.remove(&model);
			},
			RuntimeEvent::Rounds(pallet_rounds::Event::RoundRewarded { model, amount, .. })
			| RuntimeEvent::Pools(Event::SetAside { model, amount, .. }) => {
				if let Some(left) = allowed.get_mut(&model) {
					prop_assert!(
						amount <= *left,
						"a round or task of {} took {} of {}",
						model,
						amount,
						left
					);
					*left -= amount;
				}
			},
			_ => {},
		}
	}
	prop_assert_eq!(&Allowances::<Runtime>::iter().collect::<Allowed>(), &*allowed);
	Ok(())
}

pub fn call() -> impl Strategy<Value = Step> {
	use pallet_pools::Call;
	let asset = || select(vec![AssetKind::Native, AssetKind::WithId(COIN)]);
	let owners = (model(), asset(), shares(), amount(), role(), rewards(), 0..8u8).prop_flat_map(
		|(model, asset, shares, amount, role, rewards, kind)| {
			let rewards = rewards.into_iter().map(|(who, s)| (account(who), s)).collect();
			let call: Call<Runtime> = match kind {
				0..=1 => Call::create { model, asset, shares, amount },
				2 => Call::close { model },
				_ => Call::reward { model, role, rewards },
			};
			(owner_of(model), Just(call))
		},
	);
	let anyones = (actor(), model(), amount(), actor(), 0..8u8).prop_map(
		|(who, model, amount, funder, kind)| {
			let call: Call<Runtime> = match kind {
				0..=2 => Call::fund { model, amount },
				3..=5 => Call::claim { model },
				6 => Call::refund { model, funder: account(funder) },
				_ => Call::settle { model },
			};
			(who, call)
		},
	);
	prop_oneof![owners, anyones].prop_map(|(who, call)| Step::of(who, call))
}
