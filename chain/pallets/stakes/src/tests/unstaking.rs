use super::{Stakes, *};

#[test]
fn what_is_unstaked_unbonds_for_seven_days_by_default() {
	run(|| {
		assert_ok!(stake(BOB, 300));
		assert_ok!(unstake(BOB, 100));
		assert_eq!(active(BOB), 200);
		assert_eq!(unbonding(BOB), [(100, START_MS + UNBONDING_MS)]);
		assert_eq!(Stakes::total(MODEL), 200);
		assert_eq!(escrow().unbonding, 100);
		System::assert_last_event(
			Event::Unstaked {
				model: MODEL,
				who: BOB,
				role: Role::Validator,
				amount: 100,
				active: 200,
				unlock_ms: START_MS + UNBONDING_MS,
			}
			.into(),
		);
	});
}

#[test]
fn more_than_is_staked_in_the_role_cannot_be_unstaked() {
	run(|| {
		assert_noop!(unstake(BOB, 1), Error::<Test>::InsufficientStake);
		assert_ok!(stake(BOB, 300));
		assert_ok!(Stakes::stake(signed(BOB), MODEL, Role::Engineer, 300));
		assert_noop!(unstake(BOB, 301), Error::<Test>::InsufficientStake);
		assert_noop!(unstake(BOB, 0), Error::<Test>::AmountZero);
		assert_noop!(unstake(CAROL, 300), Error::<Test>::InsufficientStake);
		assert_noop!(Stakes::unstake(RuntimeOrigin::none(), MODEL, Role::Validator, 1), BadOrigin);
	});
}

#[test]
fn what_stays_is_nothing_or_reaches_the_minimum() {
	run(|| {
		assert_ok!(stake(BOB, 300));
		set_terms(StakingTerms { minimum: 100, ..Default::default() });
		assert_noop!(unstake(BOB, 201), Error::<Test>::BelowMinimumStake);
		assert_ok!(unstake(BOB, 200));
		assert_ok!(unstake(BOB, 100));
		assert_eq!(active(BOB), 0);
	});
}

#[test]
fn parts_that_unlock_together_are_one_and_too_many_are_refused() {
	run(|| {
		assert_ok!(stake(BOB, 100_000));
		for step in 0..MAX_UNBONDING {
			run_to(START_MS + Moment::from(step));
			assert_ok!(unstake(BOB, 10));
			assert_ok!(unstake(BOB, 10));
		}
		assert_eq!(unbonding(BOB).len(), MAX_UNBONDING as usize);
		assert_eq!(unbonding(BOB)[0], (20, START_MS + UNBONDING_MS));
		run_to(START_MS + 1_000);
		assert_noop!(unstake(BOB, 10), Error::<Test>::TooManyUnbonding);
		// A part that is the same in time but of another role is a part of its own.
		assert_ok!(Stakes::stake(signed(CAROL), MODEL, Role::Engineer, 100));
		assert_ok!(Stakes::stake(signed(CAROL), MODEL, Role::Client, 100));
		assert_ok!(Stakes::unstake(signed(CAROL), MODEL, Role::Engineer, 100));
		assert_ok!(Stakes::unstake(signed(CAROL), MODEL, Role::Client, 100));
		assert_eq!(unbonding(CAROL).len(), 2);
	});
}

#[test]
fn restaking_takes_what_was_unstaked_last_first() {
	run(|| {
		assert_ok!(stake(BOB, 300));
		assert_ok!(unstake(BOB, 100));
		run_to(START_MS + DAY_MS);
		assert_ok!(unstake(BOB, 100));
		assert_ok!(restake(BOB, 150));
		assert_eq!(active(BOB), 250);
		assert_eq!(unbonding(BOB), [(50, START_MS + UNBONDING_MS)]);
		System::assert_last_event(
			Event::Restaked {
				model: MODEL,
				who: BOB,
				role: Role::Validator,
				amount: 150,
				active: 250,
			}
			.into(),
		);
	});
}

#[test]
fn restaking_what_is_not_unbonding_is_refused() {
	run(|| {
		assert_ok!(stake(BOB, 300));
		assert_ok!(Stakes::stake(signed(BOB), MODEL, Role::Engineer, 100));
		assert_ok!(Stakes::unstake(signed(BOB), MODEL, Role::Engineer, 100));
		assert_noop!(restake(BOB, 50), Error::<Test>::InsufficientUnbonding);
		assert_ok!(unstake(BOB, 100));
		assert_noop!(restake(BOB, 101), Error::<Test>::InsufficientUnbonding);
		assert_noop!(restake(BOB, 0), Error::<Test>::AmountZero);
		let elsewhere = |model| Stakes::restake(signed(BOB), model, Role::Validator, 1);
		assert_noop!(elsewhere(POOR_MODEL), Error::<Test>::NoPool);
		assert_noop!(elsewhere(COIN_MODEL), Error::<Test>::InsufficientUnbonding);
		assert_noop!(Stakes::restake(RuntimeOrigin::none(), MODEL, Role::Validator, 1), BadOrigin);
	});
}

#[test]
fn restaking_less_than_the_minimum_is_refused() {
	run(|| {
		assert_ok!(stake(BOB, 100));
		assert_ok!(unstake(BOB, 100));
		assert_noop!(restake(BOB, 9), Error::<Test>::BelowMinimumStake);
		assert_ok!(restake(BOB, 10));
	});
}

#[test]
fn a_closed_pool_traps_no_stake_and_takes_none_back() {
	run(|| {
		assert_ok!(stake(BOB, 300));
		assert_ok!(unstake(BOB, 100));
		assert_ok!(close_pool());
		assert_noop!(restake(BOB, 100), Error::<Test>::PoolClosed);
		assert_ok!(unstake(BOB, 200));
		run_to(START_MS + UNBONDING_MS);
		assert_ok!(withdraw(BOB));
		assert_eq!(tokens(BOB), ENDOWMENT);
	});
}
