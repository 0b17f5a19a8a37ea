use super::*;

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
		opened();
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
		assert_noop!(unstake(BOB), locked);
		assert_ok!(score(BOB, 12, 100));
		assert_ok!(award(BOB, BOB));
		// He holds another batch.
		assert_noop!(unstake(BOB), pallet_stakes::Error::<Test>::StakeIsLocked);
		assert_ok!(release(BOB));
		assert_ok!(unstake(BOB));
		assert_noop!(unstake(CAROL), pallet_stakes::Error::<Test>::StakeIsLocked);
		run_to(ENDS);
		assert_ok!(unstake(CAROL));
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
