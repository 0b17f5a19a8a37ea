//! What is done with stakes.

use crate::{common::*, values::*};
use dml_runtime::{Balance, Runtime, DML};
use frame::runtime::prelude::Sr25519Keyring;
use pallet_models::ModelId;
use pallet_pools::Role;
use pallet_stakes::{Call, Cause, Escrows, Stakes, DEFAULT_UNBONDING_MS};
use proptest::{prelude::*, sample::select};

/// Mostly what can be staked in the native token and what can be in the coin.
fn stake() -> impl Strategy<Value = Balance> {
	prop_oneof![
		5 => (1..20u128).prop_map(|n| n * DML / 10),
		5 => 100..10_000u128,
		1 => amount(),
	]
}

/// The roles that are staked in; few, so that what is unstaked was mostly staked before.
fn role() -> impl Strategy<Value = Role> {
	select(vec![Role::Validator, Role::Engineer])
}

pub fn call() -> impl Strategy<Value = Step> {
	let stakers = (actor(), model(), role(), stake(), 0..12u8).prop_map(
		|(who, model, role, amount, kind)| {
			let call: Call<Runtime> = match kind {
				0..=4 => Call::stake { model, role, amount },
				5..=7 => Call::unstake { model, role, amount },
				8 => Call::restake { model, role, amount },
				_ => Call::withdraw { model },
			};
			(who, call)
		},
	);
	let owners = (model(), actor(), role(), score()).prop_flat_map(|(model, who, role, part)| {
		let cause = Cause::FalseScore;
		let call: Call<Runtime> = Call::slash { model, who: account(who), role, part, cause };
		(owner_of(model), Just(call))
	});
	prop_oneof![4 => stakers, 1 => owners].prop_map(|(who, call)| Step::of(who, call))
}

/// What a staker does one after the other, as far as it gets, with a slash in between.
pub fn career() -> impl Strategy<Value = Vec<Step>> {
	let amount = |model| match model {
		0 => (1..20u128).prop_map(|n| n * DML / 10).boxed(),
		_ => (400..10_000u128).boxed(),
	};
	(0..2 as ModelId, actor(), role(), score(), 1..8usize).prop_flat_map(
		move |(model, who, role, part, stages)| {
			amount(model).prop_map(move |amount| {
				let owner = OWNERS[model as usize];
				let half = amount / 2;
				let staker = account(who);
				let slash: Call<Runtime> =
					Call::slash { model, who: staker, role, part, cause: Cause::Absence };
				let steps = vec![
					Step::of(who, Call::<Runtime>::stake { model, role, amount }),
					Step::of(who, Call::<Runtime>::unstake { model, role, amount: half }),
					Step::of(who, Call::<Runtime>::restake { model, role, amount: half / 2 }),
					Step::of(owner, slash),
					Step::Wait(DEFAULT_UNBONDING_MS),
					Step::of(who, Call::<Runtime>::withdraw { model }),
					Step::of(who, Call::<Runtime>::unstake { model, role, amount: half }),
				];
				steps.into_iter().take(stages).collect()
			})
		},
	)
}

/// Everyone takes out everything that is at stake in a model.
pub fn wind_up(chain: &mut Chain, model: ModelId) {
	let of = |who| Stakes::<Runtime>::get(model, account(who));
	let withdraw_all = |chain: &mut Chain| {
		// A part unlocks when the terms of its time said, whatever they say now.
		let parts = ACTORS.into_iter().flat_map(|who| of(who).unbonding);
		if let Some(unlock_ms) = parts.map(|part| part.unlock_ms).max() {
			chain.wait(unlock_ms.saturating_sub(chain.now_ms));
		}
		for who in ACTORS {
			if !of(who).unbonding.is_empty() {
				chain.must(who, Call::<Runtime>::withdraw { model });
			}
		}
	};
	withdraw_all(chain);
	for who in ACTORS {
		for role in Role::ALL {
			let amount = of(who).active.of(role);
			if amount > 0 {
				chain.must(who, Call::<Runtime>::unstake { model, role, amount });
			}
		}
	}
	withdraw_all(chain);
	let Some(escrow) = Escrows::<Runtime>::get(model) else { return };
	if let Some(depositor) = escrow.depositor {
		// The account could not receive the deposit when the last stake was withdrawn.
		let is_depositor = |who: &Sr25519Keyring| account(*who) == depositor;
		let depositor = ACTORS.into_iter().find(is_depositor).unwrap();
		chain.must(depositor, Call::<Runtime>::withdraw { model });
	}
	let ledger = Escrows::<Runtime>::get(model).unwrap().ledger;
	assert_eq!(ledger.staked, ledger.withdrawn + ledger.slashed);
}
