//! Whatever anyone does, in whatever order, no token is lost or made.
//!
//! Random sequences of signed extrinsics, sensible and hostile, run through the real runtime. After
//! each the whole chain is audited; at the end everything is wound up and every token has an owner.

mod annotations;
mod collectives;
#[path = "../common/mod.rs"]
mod common;
mod licences;
mod meddling;
mod models;
mod pools;
mod rounds;
mod stakes;
mod updates;
mod values;

use common::*;
use dml_runtime::{
	audit, configs::PoolAssets, dry_run::dry_run, Annotations, AssetKind, Assets, Balance,
	Balances, Collectives, Licences, Pools, Rounds, Runtime, RuntimeCall, RuntimeEvent, Stakes,
	System, Updates, DML,
};
use frame::{
	deps::frame_support::traits::{CallMetadata, GetCallMetadata},
	runtime::prelude::Sr25519Keyring::{self, Alice, Charlie},
	testing_prelude::*,
	token::fungibles::Inspect,
};
use pallet_models::NextModelId;
use pallet_pools::{Allocations, ByRole, Contributions, PoolState};
use pallet_rounds::{CurrentRound, GRACE_MS};
use proptest::{prelude::*, strategy::ValueTree, test_runner::TestRunner};
use std::collections::BTreeSet;
use values::*;

fn steps() -> impl Strategy<Value = Vec<Step>> {
	let alone = |step: Step| vec![step];
	let some = prop_oneof![
		6 => pools::call().prop_map(alone),
		4 => rounds::call().prop_map(alone),
		4 => rounds::round(),
		3 => stakes::call().prop_map(alone),
		2 => stakes::career(),
		3 => licences::call().prop_map(alone),
		3 => licences::sale(),
		1 => models::call().prop_map(alone),
		2 => updates::call().prop_map(alone),
		2 => updates::submission(),
		6 => collectives::call().prop_map(alone),
		3 => collectives::campaign(),
		1 => collectives::regret(),
		3 => annotations::call().prop_map(alone),
		3 => annotations::career(),
		1 => meddling::call().prop_map(alone),
		1 => (0..20_000u64).prop_map(Step::Wait).prop_map(alone),
	];
	prop::collection::vec(some, 10..40).prop_map(|steps| steps.concat())
}

/// Three models, an asset that everyone holds, and pools for the first two models.
fn set_up(chain: &mut Chain) {
	for owner in OWNERS {
		chain.must(owner, models::register());
	}
	let admin = account(Alice).into();
	chain.must(Alice, pallet_assets::Call::create { id: COIN, admin, min_balance: 100 });
	for who in ACTORS {
		let beneficiary = account(who).into();
		chain.must(Alice, pallet_assets::Call::mint { id: COIN, beneficiary, amount: COINS });
	}
	let tenth = 100_000;
	let shares = ByRole {
		creator: tenth,
		engineers: 2 * tenth,
		contributors: 4 * tenth,
		annotators: 2 * tenth,
		validators: tenth,
		clients: 0,
	};
	for (model, asset) in [(0, AssetKind::Native), (1, AssetKind::WithId(COIN))] {
		let amount = COINS / 2;
		let create = pallet_pools::Call::create { model, asset, shares, amount };
		chain.must(OWNERS[model as usize], create);
	}
}

struct Supply {
	native: Balance,
	coin: Balance,
}

impl Supply {
	fn now() -> Self {
		Supply { native: Balances::total_issuance(), coin: Assets::total_supply(COIN) }
	}

	/// Checks that there is as much as there was, and that it is where the books say.
	fn check(&self) -> Result<(), TestCaseError> {
		prop_assert_eq!(Balances::total_issuance(), self.native);
		prop_assert_eq!(Assets::total_supply(COIN), self.coin);
		let held: Balance =
			pallet_assets::Account::<Runtime>::iter_prefix(COIN).map(|(_, a)| a.balance).sum();
		prop_assert_eq!(held, self.coin);
		let conservation = audit::conservation();
		prop_assert!(conservation.ok, "{:?}", conservation);
		prop_assert_eq!(Pools::do_try_state(), Ok(()));
		prop_assert_eq!(Rounds::do_try_state(), Ok(()));
		prop_assert_eq!(Stakes::do_try_state(), Ok(()));
		prop_assert_eq!(Licences::do_try_state(), Ok(()));
		prop_assert_eq!(Updates::do_try_state(), Ok(()));
		prop_assert_eq!(Collectives::do_try_state(), Ok(()));
		prop_assert_eq!(Annotations::do_try_state(), Ok(()));
		Ok(())
	}
}

/// Submits a call and checks that a dry run foresees what becomes of it, and leaves no trace.
fn submit_as_foreseen(
	chain: &mut Chain,
	who: Sr25519Keyring,
	call: RuntimeCall,
) -> Result<ApplyExtrinsicResult, TestCaseError> {
	let root = || frame::deps::sp_io::storage::root(Default::default());
	let before = root();
	let foreseen = dry_run(account(who), call.clone(), Some(chain.now_ms));
	prop_assert_eq!(root(), before, "a dry run of {:?} left a trace", call);
	let outcome = chain.submit(who, call);
	prop_assert_eq!(foreseen.error.is_none(), outcome == Ok(Ok(())));
	if outcome.is_ok() {
		let events: Vec<RuntimeEvent> =
			System::read_events_no_consensus().map(|record| record.event).collect();
		prop_assert!(events.ends_with(&foreseen.events), "{:?}", foreseen);
	}
	Ok(outcome)
}

/// Ends every round and task, closes every pool, pays everyone: whatever happened, this succeeds.
fn wind_up(chain: &mut Chain) {
	// Refused when the asset is not frozen, which is as good.
	let _ = chain.submit(Alice, pallet_assets::Call::thaw_asset { id: COIN });
	// Whoever emptied a wallet gets enough to receive and to pay fees.
	for who in ACTORS {
		let (dest, beneficiary) = (account(who).into(), account(who).into());
		chain.must(Alice, pallet_balances::Call::transfer_keep_alive { dest, value: 5 * DML });
		chain.must(Alice, pallet_assets::Call::mint { id: COIN, beneficiary, amount: 1_000 });
	}
	chain.wait(2 * GRACE_MS);
	for (model, round) in CurrentRound::<Runtime>::iter().collect::<Vec<_>>() {
		let reason = text("the end");
		chain.must(Charlie, pallet_rounds::Call::abort { model, round, reason });
	}
	annotations::wind_up(chain);
	collectives::wind_up(chain);
	for model in 0..NextModelId::<Runtime>::get() {
		let owner = owner_in_fact(model);
		stakes::wind_up(chain, model);
		let Some(pool) = pallet_pools::Pools::<Runtime>::get(model) else { continue };
		if pool.state == PoolState::Open {
			collectives::close_pool(chain, model, owner);
		}
		for who in ACTORS {
			let allocation = Allocations::<Runtime>::get(model, account(who));
			if allocation.claimable().unwrap() > 0 {
				chain.must(who, pallet_pools::Call::claim { model });
			}
			if Contributions::<Runtime>::contains_key(model, account(who)) {
				let funder = account(who);
				chain.must(Alice, pallet_pools::Call::refund { model, funder });
			}
		}
		let pool = pallet_pools::Pools::<Runtime>::get(model).unwrap();
		assert_eq!(pool.state, PoolState::Settled);
		let escrow = Pools::escrow(model);
		if PoolAssets::total_balance(pool.asset.clone(), &escrow) > 0 {
			// Somebody sent it there after the pool had been settled.
			chain.must(Charlie, pallet_pools::Call::settle { model });
		}
		assert_eq!(PoolAssets::total_balance(pool.asset, &escrow), 0);
		assert_eq!(pool.ledger.funded, pool.ledger.paid + pool.ledger.refunded);
	}
}

proptest! {
	#![proptest_config(ProptestConfig {
		cases: 128,
		max_shrink_iters: 200,
		failure_persistence: None,
		..Default::default()
	})]

	#[test]
	fn no_token_is_lost_or_made_whatever_anyone_does(steps in steps()) {
		on_a_development_chain(|chain| {
			set_up(chain);
			let supply = Supply::now();
			supply.check()?;
			let mut allowed = pools::Allowed::new();
			for step in steps {
				match step {
					Step::Wait(ms) => chain.wait(ms),
					Step::Submit(who, call) => {
						chain.wait(500);
						let before = audit::conservation();
						let ended = collectives::ended();
						let call = licences::of_newest_licence(rounds::in_newest_round(*call));
						let call = updates::of_newest_update(collectives::from_the_newest(call));
						let call = annotations::of_newest_task(who, call);
						let closing = collectives::foreseen_close(&call);
						let outcome = submit_as_foreseen(chain, who, call.clone())?;
						pools::check_allowances(&mut allowed)?;
						if let (Ok(Ok(())), Some(closing)) = (outcome, closing) {
							collectives::check_close(closing)?;
						}
						let ended_now = collectives::ended();
						prop_assert!(ended.iter().all(|(id, old)| ended_now.get(id) == Some(old)));
						if let Ok(Err(_)) = outcome {
							let after = audit::conservation();
							prop_assert_eq!(
								(after.pools, after.stakes, after.deposits, after.tasks),
								(before.pools, before.stakes, before.deposits, before.tasks),
								"a refused {:?} moved tokens",
								call
							);
						}
						supply.check()?;
					},
				}
			}
			wind_up(chain);
			Supply::now().check()
		})?;
	}
}

#[test]
fn the_sequences_have_every_call_of_every_pallet() {
	let mut runner = TestRunner::deterministic();
	let mut seen = BTreeSet::new();
	for _ in 0..1_000 {
		for step in steps().new_tree(&mut runner).unwrap().current() {
			if let Step::Submit(_, call) = step {
				let CallMetadata { pallet_name, function_name } = call.get_call_metadata();
				seen.insert((pallet_name, function_name));
			}
		}
	}
	let pallets = [
		"Models",
		"Pools",
		"Rounds",
		"Stakes",
		"Licences",
		"Updates",
		"Collectives",
		"Annotations",
	];
	for pallet in pallets {
		for call in RuntimeCall::get_call_names(pallet) {
			assert!(seen.contains(&(pallet, *call)), "{pallet}.{call} is never tried");
		}
	}
}
