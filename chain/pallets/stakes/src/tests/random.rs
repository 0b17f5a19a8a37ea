//! Whatever stakers and owner do, in whatever order, nothing is lost and everyone gets out.

use super::{Stakes, *};
use frame::token::fungibles::Inspect;
use proptest::{prelude::*, sample::select};

const STAKERS: [AccountId; 3] = [BOB, CAROL, DAVE];
const MODELS: [ModelId; 2] = [MODEL, COIN_MODEL];

#[derive(Clone, Debug)]
enum Step {
	Stake(AccountId, ModelId, Role, Balance),
	Unstake(AccountId, ModelId, Role, Balance),
	Restake(AccountId, ModelId, Role, Balance),
	Withdraw(AccountId, ModelId),
	Slash(AccountId, ModelId, Role, Score),
	SetTerms(ModelId, StakingTerms),
	Lock(AccountId, ModelId, Balance, Moment, u32),
	Gift(AccountId, ModelId, Balance),
	Wait(Moment),
	ClosePool(ModelId),
}

fn step() -> impl Strategy<Value = Step> {
	let who = || select(STAKERS.to_vec());
	let model = || select(MODELS.to_vec());
	let role = || select(vec![Role::Validator, Role::Engineer]);
	let amount = || prop_oneof![8 => 1..500u128, 1 => Just(0), 1 => any::<u128>()];
	let part = select(vec![0, 1, 333_333_333, 500_000_000, 1_000_000_000, 1_000_000_001]);
	let to = select(vec![SlashTo::Buckets, SlashTo::Role(Role::Client), SlashTo::Fees]);
	let period = select(vec![0, DAY_MS, UNBONDING_MS, MAX_UNBONDING_MS]);
	prop_oneof![
		6 => (who(), model(), role(), amount()).prop_map(|(w, m, r, a)| Step::Stake(w, m, r, a)),
		4 => (who(), model(), role(), amount()).prop_map(|(w, m, r, a)| Step::Unstake(w, m, r, a)),
		2 => (who(), model(), role(), amount()).prop_map(|(w, m, r, a)| Step::Restake(w, m, r, a)),
		3 => (who(), model()).prop_map(|(w, m)| Step::Withdraw(w, m)),
		2 => (who(), model(), role(), part).prop_map(|(w, m, r, p)| Step::Slash(w, m, r, Score(p))),
		1 => (model(), period, 0..100u128, to).prop_map(|(m, unbonding_ms, minimum, slash_to)| {
			Step::SetTerms(m, StakingTerms { unbonding_ms, minimum, slash_to })
		}),
		1 => (who(), model(), amount(), 0..20 * DAY_MS, 0..3u32)
			.prop_map(|(w, m, a, t, k)| Step::Lock(w, m, a, START_MS + t, k)),
		1 => (who(), model(), 1..50u128).prop_map(|(w, m, a)| Step::Gift(w, m, a)),
		3 => (0..5 * DAY_MS).prop_map(Step::Wait),
		1 => model().prop_map(Step::ClosePool),
	]
}

fn take(step: Step) -> DispatchResult {
	match step {
		Step::Stake(who, model, role, amount) => Stakes::stake(signed(who), model, role, amount),
		Step::Unstake(who, model, role, amount) => {
			Stakes::unstake(signed(who), model, role, amount)
		},
		Step::Restake(who, model, role, amount) => {
			Stakes::restake(signed(who), model, role, amount)
		},
		Step::Withdraw(who, model) => Stakes::withdraw(signed(who), model),
		Step::Slash(who, model, role, part) => {
			Stakes::slash(signed(OWNER), model, who, role, part, Cause::Spam)
		},
		Step::SetTerms(model, terms) => <Stakes as Staking>::set_staking(model, terms),
		Step::Lock(who, model, amount, until_ms, key) => {
			<Stakes as StakeLock<_>>::lock(model, &who, None, amount, until_ms, key)
		},
		Step::Gift(who, MODEL, amount) => {
			Balances::transfer_keep_alive(signed(who), Stakes::escrow(MODEL), amount)
		},
		Step::Gift(who, model, amount) => {
			Assets::transfer_keep_alive(signed(who), COIN, Stakes::escrow(model), amount)
		},
		Step::Wait(ms) => {
			run_to(pallet_timestamp::Now::<Test>::get() + ms);
			Ok(())
		},
		Step::ClosePool(model) => Pools::close(signed(OWNER), model),
	}
}

/// What everyone has in stakes, wallets and escrow accounts, per asset.
fn audited() -> Result<(), TestCaseError> {
	prop_assert_eq!(Pools::do_try_state(), Ok(()));
	prop_assert_eq!(Stakes::do_try_state(), Ok(()));
	for model in MODELS {
		let total: Balance = STAKERS.iter().map(|who| Stakes::staked(model, who)).sum();
		prop_assert_eq!(Stakes::total(model), total);
	}
	Ok(())
}

/// Time passes until nothing is locked or unbonding, and everyone takes out everything.
fn wind_up() {
	for wait in [20 * DAY_MS, MAX_UNBONDING_MS] {
		run_to(pallet_timestamp::Now::<Test>::get() + wait);
		for (who, model) in STAKERS.into_iter().flat_map(|who| MODELS.map(|model| (who, model))) {
			if !crate::Stakes::<Test>::get(model, who).unbonding.is_empty() {
				// What is not due yet is withdrawn the second time.
				let _ = Stakes::withdraw(signed(who), model);
			}
			for role in Role::ALL {
				let active = crate::Stakes::<Test>::get(model, who).active.of(role);
				if active > 0 {
					assert_ok!(Stakes::unstake(signed(who), model, role, active));
				}
			}
		}
	}
	for model in MODELS {
		for who in STAKERS {
			let _ = Stakes::withdraw(signed(who), model);
			assert!(!crate::Stakes::<Test>::contains_key(model, who));
		}
		let Some(statement) = Stakes::statement(model) else { continue };
		assert_eq!(statement.held, 0);
		assert_eq!(statement.staked, statement.withdrawn + statement.slashed);
		assert_eq!(Escrows::<Test>::get(model).unwrap().depositor, None);
	}
}

proptest! {
	#![proptest_config(ProptestConfig {
		cases: 256,
		failure_persistence: None,
		..Default::default()
	})]

	#[test]
	fn nothing_at_stake_is_lost_whatever_anyone_does(
		steps in prop::collection::vec(step(), 1..80)
	) {
		new_test_ext().execute_with(|| {
			let before = supply();
			for step in steps {
				let statements = MODELS.map(Stakes::statement);
				let wallets = STAKERS.map(|who| (tokens(who), coins(who)));
				let refused = frame::deps::frame_support::storage::with_storage_layer(|| {
					take(step.clone())
				})
				.is_err();
				if refused {
					prop_assert_eq!(MODELS.map(Stakes::statement), statements, "{:?}", step);
					let after = STAKERS.map(|who| (tokens(who), coins(who)));
					prop_assert_eq!(after, wallets, "{:?}", step);
				}
				audited()?;
				prop_assert_eq!(supply(), before);
			}
			wind_up();
			audited()?;
			let in_escrow: Balance = MODELS
				.iter()
				.filter_map(|model| {
					let asset = pallet_pools::Pools::<Test>::get(model)?.asset;
					// Only gifts to an escrow account that was closed before.
					Some(TestAssets::total_balance(asset, &Stakes::escrow(*model)))
				})
				.sum();
			prop_assert!(in_escrow < 50 * 80);
			Ok(())
		})?;
	}
}
