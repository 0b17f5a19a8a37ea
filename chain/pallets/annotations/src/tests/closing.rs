use super::*;

#[test]
fn what_was_not_paid_goes_back_into_the_bucket() {
	run(|| {
		revealed();
		assert_ok!(score(BOB, 12, 50));
		assert_ok!(award(BOB, BOB));
		assert_ok!(report(CAROL, 0));
		assert_noop!(close(), Error::<Test>::TooEarlyToClose);
		run_to(DEADLINE);
		assert_ok!(close());
		let returned = MOST - 60;
		assert_eq!(bucket(), (BUCKET - 60, 0));
		assert_eq!(task().state, TaskState::Closed { returned });
		System::assert_last_event(
			Event::TaskClosed { task: TASK, model: MODEL, paid: 60, returned }.into(),
		);
		assert_noop!(close(), Error::<Test>::TaskClosed);
	});
}

#[test]
fn a_task_is_closed_early_when_every_answer_is_settled() {
	run(|| {
		assert_ok!(open_with(|terms| terms.answers_per_item = 1));
		answered(BOB, 0);
		answered(BOB, 2);
		answered(CAROL, 1);
		for (who, batch) in [(BOB, 0), (BOB, 2), (CAROL, 1)] {
			assert_ok!(reveal(who, batch));
			let verdict = Verdict { points: 6, score: Score::ONE };
			let scores = vec![Scoring { batch, who, verdict }];
			assert_ok!(crate::Pallet::<Test>::score(signed(OWNER), TASK, scores));
			assert_noop!(close(), Error::<Test>::TooEarlyToClose);
			assert_ok!(crate::Pallet::<Test>::award(signed(who), TASK, vec![(batch, who)]));
		}
		assert_ok!(close());
		assert_eq!(bucket(), (BUCKET - 180, 0));
	});
}

#[test]
fn the_pool_stays_open_while_a_task_may_pay() {
	run(|| {
		opened();
		assert_noop!(Pools::close(signed(OWNER), MODEL), pallet_pools::Error::<Test>::PoolLocked);
		run_to(DEADLINE);
		assert_ok!(close());
		assert_ok!(open_with(|terms| {
			terms.reward_per_point = 0;
			terms.deadline_ms += LEASE;
		}));
		assert_ok!(Pools::close(signed(OWNER), MODEL));
		assert_ok!(crate::Pallet::<Test>::take(signed(BOB), 1, 0));
		assert_ok!(crate::Pallet::<Test>::release(signed(BOB), 1));
	});
}

#[test]
fn anyone_ends_a_task_that_was_left_alone() {
	run(|| {
		revealed();
		answered(BOB, 1);
		assert_ok!(take(CAROL, 1));
		assert_ok!(score(CAROL, 12, 50));
		assert_ok!(dispute(CAROL));
		run_to(ENDS);
		assert_noop!(close(), Error::<Test>::TooEarlyToClose);
		let all = vec![(0, BOB), (0, CAROL), (1, BOB)];
		assert_ok!(crate::Pallet::<Test>::award(signed(EVE), TASK, all));
		assert_ok!(close());
		assert_eq!((earned(BOB), earned(CAROL)), (120, 60));
		assert_eq!(bucket(), (BUCKET - 180, 0));
	});
}
