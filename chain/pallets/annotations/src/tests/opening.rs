use super::{Annotations, *};

#[test]
fn what_a_task_may_pay_is_set_aside_and_not_promised_twice() {
	run(|| {
		opened();
		assert_eq!(bucket(), (BUCKET - MOST, MOST));
		System::assert_last_event(
			Event::TaskOpened { task: TASK, model: MODEL, set_aside: MOST, deadline_ms: DEADLINE }
				.into(),
		);
		// 60 times what a planck a point costs, and a planck more than is left.
		let left = BUCKET - MOST;
		let dear = left / 60 + 1;
		assert_noop!(
			open_with(|terms| terms.reward_per_point = dear),
			pallet_pools::Error::<Test>::BucketTooSmall
		);
		assert_ok!(open_with(|terms| terms.reward_per_point = dear - 1));
		assert_eq!(bucket().1, MOST + (dear - 1) * 60);
	});
}

#[test]
fn only_the_owner_opens_a_task() {
	run(|| {
		assert_noop!(
			Annotations::open(signed(BOB), MODEL, terms().into()),
			Error::<Test>::NotOwner
		);
		assert_noop!(
			Annotations::open(signed(OWNER), 9, terms().into()),
			Error::<Test>::UnknownModel
		);
	});
}

#[test]
fn a_task_that_pays_needs_a_pool_and_one_that_does_not_needs_none() {
	run(|| {
		assert_noop!(
			Annotations::open(signed(OWNER), POOR_MODEL, terms().into()),
			pallet_pools::Error::<Test>::NoPool
		);
		let free = TaskTerms { reward_per_point: 0, minimum_stake: 0, ..terms() };
		assert_ok!(Annotations::open(signed(OWNER), POOR_MODEL, free.into()));
		answered(EVE, 0);
		run_to(ENDS);
		assert_ok!(award(CAROL, EVE));
		assert_ok!(close());
	});
}

#[test]
fn a_collective_limits_what_tasks_set_aside() {
	run(|| {
		OwnerDecides::set(false);
		assert_ok!(<Pools as pallet_pools::Allowing>::set_allowance(MODEL, Some(MOST)));
		opened();
		assert_noop!(
			open_with(|terms| terms.reward_per_point = 1),
			pallet_pools::Error::<Test>::AllowanceSpent
		);
	});
}

#[test]
fn terms_that_nobody_could_fulfil_are_refused() {
	run(|| {
		type Change = fn(&mut TaskTerms<AccountId>);
		let refused: [(Change, Error<Test>); 19] = [
			(|t| t.questionnaire.0 = cid(""), Error::LocationEmpty),
			(|t| t.items.0 = cid(""), Error::LocationEmpty),
			(|t| t.policy.0 = cid(""), Error::LocationEmpty),
			(|t| t.item_count = 0, Error::ItemsOutOfRange),
			(|t| t.batch_size = 0, Error::ItemsOutOfRange),
			(|t| t.batch_size = 11, Error::ItemsOutOfRange),
			(|t| t.item_count = 4 * MAX_BATCHES + 1, Error::ItemsOutOfRange),
			(|t| t.answers_per_item = 0, Error::AnswersOutOfRange),
			(|t| t.answers_per_item = MAX_ANSWERS + 1, Error::AnswersOutOfRange),
			(|t| t.points_per_item = 0, Error::PointsOutOfRange),
			(|t| t.points_per_item = u32::MAX, Error::PointsOutOfRange),
			(|t| t.maximum_items = 3, Error::MaximumTooSmall),
			(|t| t.lease_ms = MIN_PERIOD_MS - 1, Error::PeriodOutOfRange),
			(|t| t.reveal_ms = MAX_PERIOD_MS + 1, Error::PeriodOutOfRange),
			(|t| t.score_ms = 0, Error::PeriodOutOfRange),
			(|t| t.dispute_ms = Moment::MAX, Error::PeriodOutOfRange),
			(|t| t.deadline_ms = START_MS, Error::DeadlinePassed),
			(|t| t.deadline_ms = START_MS + MAX_PERIOD_MS + 1, Error::PeriodOutOfRange),
			(|t| (t.score_ms, t.dispute_ms) = (MAX_PERIOD_MS, MAX_PERIOD_MS), Error::TaskTooLong),
		];
		for (change, error) in refused {
			assert_noop!(open_with(change), error);
		}
		assert_noop!(
			open_with(|terms| terms.reward_per_point = Balance::MAX),
			ArithmeticError::Overflow
		);
	});
}

#[test]
fn a_collective_has_the_time_to_settle_what_is_disputed() {
	run(|| {
		SettleMs::set(DISPUTE + 1);
		opened();
		governed();
		assert_noop!(open_with(|_| ()), Error::<Test>::DisputeTooShort);
		assert_ok!(open_with(|terms| terms.dispute_ms += 1));
		SettleMs::set(MAX_PERIOD_MS);
		assert_ok!(open_with(|terms| terms.dispute_ms = MAX_PERIOD_MS));
	});
}

#[test]
fn a_task_lasts_ninety_days_at_most() {
	run(|| {
		let lasting = |ms| {
			move |terms: &mut TaskTerms<_>| {
				terms.deadline_ms = START_MS + MAX_PERIOD_MS;
				terms.reveal_ms = MAX_PERIOD_MS;
				terms.dispute_ms = MIN_PERIOD_MS;
				terms.score_ms = ms - 2 * MAX_PERIOD_MS - 2 * MIN_PERIOD_MS;
			}
		};
		assert_noop!(open_with(lasting(MAX_TASK_MS + 1)), Error::<Test>::TaskTooLong);
		assert_ok!(open_with(lasting(MAX_TASK_MS)));
		assert_eq!(task().terms.ends_ms(), START_MS + MAX_TASK_MS);
	});
}

#[test]
fn a_model_has_a_limited_number_of_open_tasks() {
	run(|| {
		let small = |terms: &mut TaskTerms<_>| terms.reward_per_point = 1;
		for _ in 0..MAX_OPEN {
			assert_ok!(open_with(small));
		}
		assert_noop!(open_with(small), Error::<Test>::TooManyOpen);
		run_to(DEADLINE);
		assert_ok!(close());
		assert_ok!(open_with(|terms| {
			terms.reward_per_point = 1;
			terms.deadline_ms += LEASE;
		}));
	});
}

#[test]
fn an_owner_ends_a_task_sooner_without_cutting_a_lease_short() {
	run(|| {
		opened();
		wait(1_000);
		assert_ok!(take(BOB, 0));
		assert_noop!(Annotations::stop(signed(BOB), TASK), Error::<Test>::NotOwner);
		assert_ok!(Annotations::stop(signed(OWNER), TASK));
		let deadline_ms = START_MS + 1_000 + LEASE;
		assert_eq!(task().terms.deadline_ms, deadline_ms);
		assert!(has_event(Event::TaskStopped { task: TASK, model: MODEL, deadline_ms }));
		run_to(deadline_ms - 1);
		assert_ok!(commit(BOB, 0));
		run_to(deadline_ms);
		assert_noop!(take(CAROL, 0), Error::<Test>::DeadlinePassed);
		assert_noop!(Annotations::stop(signed(OWNER), TASK), Error::<Test>::DeadlinePassed);
		assert_ok!(reveal(BOB, 0));
	});
}

#[test]
fn a_task_is_not_prolonged_by_ending_it() {
	run(|| {
		opened();
		run_to(DEADLINE - 1);
		assert_ok!(Annotations::stop(signed(OWNER), TASK));
		assert_eq!(task().terms.deadline_ms, DEADLINE);
	});
}
