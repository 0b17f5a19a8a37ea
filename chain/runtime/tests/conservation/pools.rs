//! What is done with pools.

use crate::{common::*, values::*};
use dml_runtime::{AssetKind, Collectives, Runtime, RuntimeEvent, System};
use pallet_models::{Governance, ModelId};
use pallet_pools::{Allowance, Allowances, Decided, Event};
use proptest::{prelude::*, sample::select};
use std::collections::BTreeMap;

/// What rounds may still pay and tasks set aside, by model, where that was decided.
pub type Allowed = BTreeMap<ModelId, Decided>;

/// Changes what rounds may still pay and tasks set aside by what the last block's events say, and
/// checks that none took more, and that the chain has it so.
pub fn check_allowances(allowed: &mut Allowed) -> Result<(), TestCaseError> {
	for record in System::read_events_no_consensus() {
		match record.event {
			RuntimeEvent::Pools(Event::AllowanceSet { model, amount }) => {
				let allowance = amount.map_or(Allowance::Unlimited, Allowance::Limited);
				let by_owner = Collectives::owner_decides(model);
				allowed.insert(model, Decided { allowance, by_owner });
			},
			RuntimeEvent::Pools(Event::Closed { model, .. }) => {
				allowed.remove(&model);
			},
			RuntimeEvent::Rounds(pallet_rounds::Event::RoundRewarded { model, amount, .. })
			| RuntimeEvent::Pools(Event::SetAside { model, amount, .. }) => {
				let alone = Collectives::owner_decides(model);
				let holds = allowed.get_mut(&model).filter(|decided| alone || !decided.by_owner);
				match holds.map(|decided| &mut decided.allowance) {
					Some(Allowance::Limited(left)) => {
						prop_assert!(amount <= *left, "{} took {} of {}", model, amount, left);
						*left -= amount;
					},
					Some(Allowance::Unlimited) => {},
					None => prop_assert!(
						amount == 0 || alone,
						"a round or task of {} took {} that nobody allowed",
						model,
						amount
					),
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
