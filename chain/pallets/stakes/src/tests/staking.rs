use super::{Stakes, *};

#[test]
fn anyone_may_stake_in_any_role() {
	run(|| {
		for role in Role::ALL {
			assert_ok!(Stakes::stake(signed(BOB), MODEL, role, 100));
		}
		assert_eq!(Stakes::staked(MODEL, &BOB), 600);
		assert_eq!(Stakes::total(MODEL), 600);
		assert_eq!(active(BOB), 100);
		assert_eq!(tokens(BOB), ENDOWMENT - 600 - EXISTENTIAL_DEPOSIT);
	});
}

#[test]
fn the_first_staker_pays_a_deposit_and_the_next_does_not() {
	run(|| {
		assert_ok!(stake(BOB, 100));
		assert_ok!(stake(CAROL, 100));
		assert_eq!(tokens(BOB), ENDOWMENT - 100 - EXISTENTIAL_DEPOSIT);
		assert_eq!(tokens(CAROL), ENDOWMENT - 100);
		assert_eq!(tokens(account()), 200 + EXISTENTIAL_DEPOSIT);
		assert_eq!(escrow().depositor, Some(BOB));
		assert!(has_event(Event::EscrowOpened {
			model: MODEL,
			depositor: BOB,
			deposit: EXISTENTIAL_DEPOSIT
		}));
		System::assert_last_event(
			Event::Staked {
				model: MODEL,
				who: CAROL,
				role: Role::Validator,
				amount: 100,
				active: 100,
			}
			.into(),
		);
	});
}

#[test]
fn a_stake_is_in_the_asset_of_the_pool() {
	run(|| {
		assert_ok!(Stakes::stake(signed(BOB), COIN_MODEL, Role::Engineer, 100));
		assert_eq!(coins(BOB), ENDOWMENT - 105);
		assert_eq!(tokens(BOB), ENDOWMENT);
	});
}

#[test]
fn a_model_without_an_open_pool_takes_no_stakes() {
	run(|| {
		let poor = Stakes::stake(signed(BOB), POOR_MODEL, Role::Validator, 100);
		assert_eq!(poor, Err(Error::<Test>::NoPool.into()));
		assert_noop!(Stakes::stake(signed(BOB), 77, Role::Validator, 100), Error::<Test>::NoPool);
		assert_ok!(close_pool());
		assert_noop!(stake(BOB, 100), Error::<Test>::PoolClosed);
	});
}

#[test]
fn what_cannot_be_paid_is_not_staked() {
	run(|| {
		assert_noop!(stake(BOB, 0), Error::<Test>::AmountZero);
		// The deposit and the wallet's own minimum must stay.
		for amount in [ENDOWMENT - 19, ENDOWMENT, u128::MAX] {
			assert_noop!(stake(BOB, amount), Error::<Test>::InsufficientBalance);
		}
		assert_ok!(stake(BOB, ENDOWMENT - 20));
		assert_eq!(tokens(BOB), EXISTENTIAL_DEPOSIT);
		assert_noop!(Stakes::stake(RuntimeOrigin::none(), MODEL, Role::Validator, 100), BadOrigin);
	});
}

#[test]
fn a_stake_below_the_minimum_is_refused() {
	run(|| {
		assert_noop!(stake(BOB, EXISTENTIAL_DEPOSIT - 1), Error::<Test>::BelowMinimumStake);
		assert_ok!(stake(BOB, EXISTENTIAL_DEPOSIT));
		set_terms(StakingTerms { minimum: 100, ..Default::default() });
		assert_noop!(stake(BOB, 89), Error::<Test>::BelowMinimumStake);
		assert_ok!(stake(BOB, 90));
	});
}

#[test]
fn a_frozen_asset_cannot_be_staked() {
	run(|| {
		assert_ok!(Assets::freeze_asset(signed(OWNER), COIN));
		assert_noop!(
			Stakes::stake(signed(BOB), COIN_MODEL, Role::Validator, 100),
			Error::<Test>::InsufficientBalance
		);
	});
}
