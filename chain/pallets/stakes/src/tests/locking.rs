use super::{Stakes, *};

fn lock(amount: Balance, until_ms: Moment, key: u32) -> DispatchResult {
	<Stakes as StakeLock<_>>::lock(MODEL, &BOB, None, amount, until_ms, key)
}

fn locked() -> Balance {
	<Stakes as StakeLock<_>>::locked(MODEL, &BOB)
}

#[test]
fn a_locked_stake_is_not_unstaked_before_its_time() {
	run(|| {
		assert_ok!(stake(BOB, 200));
		assert_ok!(lock(150, START_MS + DAY_MS, 1));
		assert_noop!(unstake(BOB, 51), Error::<Test>::StakeIsLocked);
		assert_ok!(unstake(BOB, 50));
		run_to(START_MS + DAY_MS - 1);
		assert_noop!(unstake(BOB, 10), Error::<Test>::StakeIsLocked);
		run_to(START_MS + DAY_MS);
		assert_eq!(locked(), 0);
		assert_ok!(unstake(BOB, 150));
		assert!(!Locks::<Test>::contains_key(MODEL, BOB));
	});
}

#[test]
fn a_lock_counts_the_stake_in_all_roles() {
	run(|| {
		assert_ok!(stake(BOB, 100));
		assert_ok!(Stakes::stake(signed(BOB), MODEL, Role::Client, 100));
		assert_ok!(lock(150, START_MS + DAY_MS, 1));
		assert_ok!(unstake(BOB, 50));
		assert_noop!(unstake(BOB, 40), Error::<Test>::StakeIsLocked);
		assert_ok!(stake(BOB, 50));
		assert_ok!(Stakes::unstake(signed(BOB), MODEL, Role::Client, 50));
	});
}

#[test]
fn a_lock_on_a_role_leaves_the_stake_in_others_free() {
	run(|| {
		let lock_role = |amount, key| {
			let role = Some(Role::Validator);
			<Stakes as StakeLock<_>>::lock(MODEL, &BOB, role, amount, START_MS + DAY_MS, key)
		};
		let unstake_client = || Stakes::unstake(signed(BOB), MODEL, Role::Client, 300);
		assert_ok!(stake(BOB, 100));
		assert_ok!(Stakes::stake(signed(BOB), MODEL, Role::Client, 300));
		assert_noop!(lock_role(101, 1), Error::<Test>::InsufficientStake);
		assert_ok!(lock_role(60, 1));
		assert_noop!(unstake(BOB, 41), Error::<Test>::StakeIsLocked);
		assert_ok!(unstake_client());
		assert_ok!(unstake(BOB, 40));
	});
}

#[test]
fn locks_overlap_and_the_largest_counts() {
	run(|| {
		assert_ok!(stake(BOB, 200));
		assert_ok!(lock(50, START_MS + 2 * DAY_MS, 1));
		assert_ok!(lock(150, START_MS + DAY_MS, 2));
		assert_eq!(locked(), 150);
		run_to(START_MS + DAY_MS);
		assert_eq!(locked(), 50);
		assert_ok!(unstake(BOB, 150));
		assert_eq!(Locks::<Test>::get(MODEL, BOB).len(), 1);
	});
}

#[test]
fn a_lock_with_the_same_key_is_replaced() {
	run(|| {
		assert_ok!(stake(BOB, 200));
		assert_ok!(lock(150, START_MS + DAY_MS, 1));
		assert_ok!(lock(100, START_MS + 2 * DAY_MS, 1));
		assert_eq!(Locks::<Test>::get(MODEL, BOB).len(), 1);
		assert_eq!(locked(), 100);
		assert!(has_event(Event::StakeLocked {
			model: MODEL,
			who: BOB,
			role: None,
			amount: 100,
			until_ms: START_MS + 2 * DAY_MS,
			key: 1,
		}));
	});
}

#[test]
fn a_lock_that_is_ended_locks_nothing() {
	run(|| {
		assert_ok!(stake(BOB, 200));
		assert_ok!(lock(150, START_MS + DAY_MS, 1));
		assert_ok!(lock(120, START_MS + DAY_MS, 2));
		Stakes::unlock(MODEL, &BOB, 1);
		System::assert_last_event(Event::StakeUnlocked { model: MODEL, who: BOB, key: 1 }.into());
		assert_eq!(locked(), 120);
		Stakes::unlock(MODEL, &BOB, 2);
		assert!(!Locks::<Test>::contains_key(MODEL, BOB));
		let count = System::events().len();
		Stakes::unlock(MODEL, &BOB, 3);
		assert_eq!(System::events().len(), count);
	});
}

#[test]
fn more_than_is_staked_cannot_be_locked() {
	run(|| {
		let until_ms = START_MS + DAY_MS;
		assert_noop!(lock(1, until_ms, 1), Error::<Test>::InsufficientStake);
		assert_ok!(stake(BOB, 200));
		assert_ok!(unstake(BOB, 50));
		assert_noop!(lock(151, until_ms, 1), Error::<Test>::InsufficientStake);
		assert_noop!(lock(0, until_ms, 1), Error::<Test>::AmountZero);
		assert_ok!(lock(150, until_ms, 1));
	});
}

#[test]
fn too_many_locks_are_refused_until_some_have_ended() {
	run(|| {
		assert_ok!(stake(BOB, 200));
		for key in 0..MAX_LOCKS {
			assert_ok!(lock(100, START_MS + 1 + Moment::from(key), key));
		}
		assert_noop!(lock(100, START_MS + DAY_MS, MAX_LOCKS), Error::<Test>::TooManyLocks);
		assert_ok!(lock(100, START_MS + DAY_MS, 0));
		run_to(START_MS + 2);
		assert_ok!(lock(100, START_MS + DAY_MS, MAX_LOCKS));
	});
}

#[test]
fn a_locked_stake_can_be_slashed_and_what_is_left_stays_locked() {
	run(|| {
		assert_ok!(stake(BOB, 200));
		assert_ok!(lock(150, START_MS + DAY_MS, 1));
		assert_ok!(slash(BOB, HALF));
		assert_noop!(unstake(BOB, 10), Error::<Test>::StakeIsLocked);
		run_to(START_MS + DAY_MS);
		assert_ok!(unstake(BOB, 100));
	});
}
