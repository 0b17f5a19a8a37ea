use super::{Annotations, *};

#[test]
fn a_batch_is_held_for_the_lease_or_until_the_deadline() {
	run(|| {
		opened();
		assert_ok!(take(BOB, 1));
		let until_ms = START_MS + LEASE;
		assert_eq!(annotator(BOB).lease, Some(Lease { batch: 1, until_ms }));
		assert!(has_event(Event::BatchTaken { task: TASK, batch: 1, who: BOB, until_ms }));
		run_to(DEADLINE - 1);
		assert_ok!(take(CAROL, 1));
		assert_eq!(annotator(CAROL).lease.unwrap().until_ms, DEADLINE);
	});
}

#[test]
fn nobody_holds_two_batches_or_one_batch_twice() {
	run(|| {
		assert_ok!(open_with(|terms| terms.maximum_items = 10));
		answered(BOB, 0);
		assert_noop!(take(BOB, 0), Error::<Test>::HeldBefore);
		assert_ok!(take(BOB, 1));
		assert_noop!(take(BOB, 2), Error::<Test>::HoldsABatch);
		assert_noop!(take(BOB, 1), Error::<Test>::HoldsABatch);
		assert_ok!(release(BOB));
		assert_noop!(take(BOB, 1), Error::<Test>::HeldBefore);
		assert_ok!(take(BOB, 2));
	});
}

#[test]
fn what_expires_is_for_others_and_not_for_who_let_it_expire() {
	run(|| {
		opened();
		assert_ok!(take(BOB, 0));
		assert_ok!(take(CAROL, 0));
		assert_noop!(take(DAVE, 0), Error::<Test>::BatchFull);
		wait(LEASE);
		assert_noop!(commit(BOB, 0), Error::<Test>::LeaseOver);
		assert_ok!(take(DAVE, 0));
		assert_noop!(take(BOB, 0), Error::<Test>::HeldBefore);
		// A lease that has ended keeps nobody from another batch.
		assert_ok!(take(BOB, 1));
		assert_noop!(commit(BOB, 0), Error::<Test>::NotHolding);
	});
}

#[test]
fn a_batch_has_as_many_places_as_answers_are_wanted() {
	run(|| {
		opened();
		answered(BOB, 0);
		answered(CAROL, 0);
		wait(LEASE);
		assert_noop!(take(DAVE, 0), Error::<Test>::BatchFull);
		assert_noop!(take(DAVE, 3), Error::<Test>::UnknownBatch);
	});
}

#[test]
fn an_annotator_gets_no_more_items_than_the_task_gives_to_one() {
	run(|| {
		opened();
		answered(BOB, 0);
		answered(BOB, 2);
		assert_eq!(annotator(BOB).items, 6);
		assert_noop!(take(BOB, 1), Error::<Test>::TooManyItems);
	});
}

#[test]
fn what_was_given_up_or_left_to_expire_was_seen_and_counts_as_given() {
	run(|| {
		opened();
		assert_ok!(take(BOB, 0));
		assert_ok!(release(BOB));
		assert_ok!(take(BOB, 2));
		wait(LEASE);
		assert_eq!(annotator(BOB).items, 6);
		assert_noop!(take(BOB, 1), Error::<Test>::TooManyItems);
		assert_eq!(Annotations::next_batch(TASK, &BOB).unwrap(), None);
	});
}

#[test]
fn who_has_too_little_at_stake_as_an_annotator_gets_no_batch() {
	run(|| {
		opened();
		assert_noop!(take(EVE, 0), Error::<Test>::StakeTooSmall);
		assert_ok!(Stakes::stake(signed(EVE), MODEL, Role::Validator, STAKE));
		assert_noop!(take(EVE, 0), Error::<Test>::StakeTooSmall);
		assert_ok!(Stakes::stake(signed(EVE), MODEL, Role::Annotator, 500));
		assert_ok!(take(EVE, 0));
	});
}

#[test]
fn a_stake_is_locked_until_all_that_was_answered_is_settled() {
	run(|| {
		let locked = pallet_stakes::Error::<Test>::StakeIsLocked;
		revealed();
		assert_ok!(take(BOB, 1));
		assert_eq!(locked_until(BOB), Some(ENDS));
		assert_noop!(unstake(BOB), locked);
		assert_ok!(score(BOB, 12, 100));
		wait(DISPUTE);
		assert_ok!(award(EVE, BOB));
		// He holds another batch.
		assert_eq!(locked_until(BOB), Some(START_MS + LEASE));
		assert_noop!(unstake(BOB), pallet_stakes::Error::<Test>::StakeIsLocked);
		assert_ok!(release(BOB));
		assert_eq!(locked_until(BOB), None);
		assert_ok!(unstake(BOB));
		assert_noop!(unstake(CAROL), pallet_stakes::Error::<Test>::StakeIsLocked);
		run_to(ENDS);
		assert_ok!(unstake(CAROL));
	});
}

#[test]
fn a_lease_that_ended_locks_no_stake_when_nothing_is_left_to_settle() {
	run(|| {
		opened();
		assert_ok!(take(BOB, 0));
		assert_eq!(locked_until(BOB), Some(START_MS + LEASE));
		assert_noop!(unstake(BOB), pallet_stakes::Error::<Test>::StakeIsLocked);
		wait(LEASE);
		assert_ok!(unstake(BOB));
		// Nor does one that began while an answer was to be settled.
		assert_ok!(take(CAROL, 0));
		assert_ok!(commit(CAROL, 0));
		assert_eq!(locked_until(CAROL), Some(ENDS));
		run_to(DEADLINE - 1);
		assert_ok!(take(CAROL, 1));
		assert_eq!(locked_until(CAROL), Some(ENDS));
		run_to(REVEAL_UNTIL);
		assert_ok!(award(EVE, CAROL));
		assert_ok!(close());
		assert_ok!(unstake(CAROL));
	});
}

#[test]
fn an_answer_locks_the_stake_as_long_as_the_next_is_not_settled_either() {
	run(|| {
		revealed();
		answered(BOB, 2);
		assert_ok!(score(BOB, 12, 100));
		wait(DISPUTE);
		assert_ok!(award(EVE, BOB));
		assert_eq!(locked_until(BOB), Some(ENDS));
		assert_noop!(unstake(BOB), pallet_stakes::Error::<Test>::StakeIsLocked);
	});
}

#[test]
fn who_was_slashed_meanwhile_can_answer_and_has_the_rest_locked() {
	run(|| {
		opened();
		assert_ok!(take(BOB, 0));
		let cause = Cause::Absence;
		let slash = |part| {
			let cause = cause.clone();
			Stakes::slash(signed(OWNER), MODEL, BOB, Role::Annotator, percent(part), cause)
		};
		assert_ok!(slash(70));
		assert_ok!(commit(BOB, 0));
		let lock = pallet_stakes::Locks::<Test>::get(MODEL, BOB)[0];
		assert_eq!((lock.amount, lock.until_ms), (STAKE * 3 / 10, ENDS));
		assert_noop!(
			Stakes::unstake(signed(BOB), MODEL, Role::Annotator, STAKE * 3 / 10),
			pallet_stakes::Error::<Test>::StakeIsLocked
		);
		// Nothing is left to lock, and nothing keeps the answers from being settled.
		assert_ok!(slash(100));
		run_to(REVEAL_UNTIL);
		assert_ok!(award(EVE, BOB));
		assert_eq!(locked_until(BOB), None);
	});
}

#[test]
fn answers_are_settled_however_many_other_locks_a_stake_has() {
	use pallet_stakes::StakeLock;
	run(|| {
		revealed();
		for key in 1..pallet_stakes::MAX_LOCKS {
			assert_ok!(<Stakes as StakeLock<_>>::lock(MODEL, &BOB, None, 1, Moment::MAX, key));
		}
		assert_ok!(score(BOB, 12, 100));
		assert_ok!(award(BOB, BOB));
		assert_eq!(annotator(BOB).locked_until_ms, Some(START_MS + DISPUTE));
	});
}

#[test]
fn a_batch_is_given_up_once() {
	run(|| {
		opened();
		assert_noop!(release(BOB), Error::<Test>::NotHolding);
		assert_ok!(take(BOB, 0));
		assert_ok!(take(CAROL, 0));
		assert_ok!(release(BOB));
		assert!(has_event(Event::BatchReleased { task: TASK, batch: 0, who: BOB }));
		assert_noop!(release(BOB), Error::<Test>::NotHolding);
		assert_ok!(take(DAVE, 0));
	});
}

#[test]
fn a_closed_task_gives_no_batch() {
	run(|| {
		assert_noop!(take(BOB, 0), Error::<Test>::UnknownTask);
		opened();
		run_to(DEADLINE);
		assert_noop!(take(BOB, 0), Error::<Test>::DeadlinePassed);
		assert_ok!(close());
		assert_noop!(take(BOB, 0), Error::<Test>::TaskClosed);
	});
}
