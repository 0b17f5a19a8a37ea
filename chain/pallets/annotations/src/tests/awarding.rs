use super::{Annotations, *};

#[test]
fn an_award_is_points_times_score_times_reward_rounded_down_once() {
	run(|| {
		assert_ok!(open_with(|terms| terms.reward_per_point = 7));
		answered(BOB, 0);
		run_to(DEADLINE);
		assert_ok!(reveal(BOB, 0));
		let third = Score(333_333_333);
		assert_ok!(Annotations::score(signed(OWNER), TASK, vec![scoring(BOB, 11, third)]));
		assert_ok!(award(BOB, BOB));
		// 7 * 11 / 3 is 25 and two thirds.
		let amount = 25;
		assert_eq!(earned(BOB), amount);
		assert_eq!((annotator(BOB).earned, task().paid), (amount, amount));
		System::assert_last_event(
			Event::Awarded {
				task: TASK,
				model: MODEL,
				batch: 0,
				who: BOB,
				points: 11,
				score: third,
				reward_per_point: 7,
				amount,
				remaining: 420 - amount,
			}
			.into(),
		);
		assert_eq!(bucket(), (BUCKET - 420, 420 - amount));
	});
}

#[test]
fn an_award_is_paid_once() {
	run(|| {
		revealed();
		assert_ok!(score(BOB, 12, 100));
		assert_ok!(award(BOB, BOB));
		assert_noop!(award(BOB, BOB), Error::<Test>::AlreadySettled);
		wait(DISPUTE);
		assert_ok!(score(CAROL, 12, 50));
		wait(DISPUTE);
		// Named twice, it is paid once.
		assert_ok!(Annotations::award(signed(EVE), TASK, vec![(0, CAROL), (0, CAROL)]));
		assert_eq!((earned(BOB), earned(CAROL)), (120, 60));
		assert_eq!((task().paid, task().settled), (180, 2));
	});
}

#[test]
fn what_was_settled_meanwhile_does_not_keep_the_rest_from_being_paid() {
	run(|| {
		revealed();
		let all = || Annotations::award(signed(EVE), TASK, vec![(0, BOB), (0, CAROL)]);
		assert_ok!(score(BOB, 12, 100));
		assert_ok!(award(BOB, BOB));
		// What is not to be paid yet does.
		assert_noop!(all(), Error::<Test>::TooEarlyToAward);
		run_to(SCORE_UNTIL);
		System::reset_events();
		assert_ok!(all());
		let awarded = |record: &frame_system::EventRecord<_, _>| match &record.event {
			RuntimeEvent::Annotations(Event::Awarded { who, .. }) => Some(*who),
			_ => None,
		};
		assert_eq!(System::events().iter().filter_map(awarded).collect::<Vec<_>>(), [CAROL]);
		assert_eq!((earned(BOB), earned(CAROL)), (120, 120));
		assert_noop!(all(), Error::<Test>::AlreadySettled);
	});
}

#[test]
fn who_accepts_a_score_at_once_stays_within_reach_as_long_as_it_could_have_been_disputed() {
	run(|| {
		revealed();
		assert_ok!(score(BOB, 12, 0));
		assert_ok!(award(BOB, BOB));
		assert_eq!(locked_until(BOB), Some(START_MS + DISPUTE));
		assert_noop!(unstake(BOB), pallet_stakes::Error::<Test>::StakeIsLocked);
		let (role, part, cause) = (Role::Annotator, percent(50), Cause::Spam);
		assert_ok!(Stakes::slash(signed(OWNER), MODEL, BOB, role, part, cause));
		assert_eq!(at_stake(BOB), STAKE / 2);
		wait(DISPUTE);
		assert_eq!(locked_until(BOB), None);
		assert_ok!(Stakes::unstake(signed(BOB), MODEL, role, STAKE / 2));
	});
}

#[test]
fn anyone_has_an_award_paid_when_the_time_to_dispute_is_over() {
	run(|| {
		revealed();
		assert_ok!(score(BOB, 12, 25));
		assert_noop!(award(OWNER, BOB), Error::<Test>::TooEarlyToAward);
		wait(DISPUTE);
		assert_ok!(award(EVE, BOB));
		assert_eq!(earned(BOB), 30);
		let before = Balances::free_balance(BOB);
		assert_ok!(Pools::claim(signed(BOB), MODEL));
		assert_eq!(Balances::free_balance(BOB), before + 30);
	});
}

#[test]
fn who_takes_an_award_gives_up_the_dispute() {
	run(|| {
		revealed();
		assert_ok!(score(BOB, 12, 25));
		assert_ok!(award(BOB, BOB));
		assert_noop!(dispute(BOB), Error::<Test>::NotDisputable);
	});
}

#[test]
fn silence_accepts() {
	run(|| {
		revealed();
		run_to(SCORE_UNTIL - 1);
		assert_noop!(award(BOB, BOB), Error::<Test>::TooEarlyToAward);
		run_to(SCORE_UNTIL);
		assert_ok!(award(EVE, BOB));
		assert_eq!(earned(BOB), 120);
	});
}

#[test]
fn what_was_never_shown_earns_nothing() {
	run(|| {
		opened();
		answered(BOB, 0);
		run_to(REVEAL_UNTIL - 1);
		assert_noop!(award(EVE, BOB), Error::<Test>::TooEarlyToAward);
		run_to(REVEAL_UNTIL);
		assert_ok!(award(EVE, BOB));
		assert_eq!(stage(BOB), Stage::Settled { verdict: Verdict::default(), amount: 0 });
		assert_eq!(earned(BOB), 0);
	});
}

#[test]
fn a_score_stands_when_the_collective_does_not_settle_the_dispute() {
	run(|| {
		revealed();
		assert_ok!(score(BOB, 12, 50));
		assert_ok!(dispute(BOB));
		run_to(ENDS - 1);
		assert_noop!(award(BOB, BOB), Error::<Test>::TooEarlyToAward);
		run_to(ENDS);
		assert_ok!(award(EVE, BOB));
		assert_eq!(earned(BOB), 60);
	});
}

#[test]
fn what_was_not_answered_is_not_paid() {
	run(|| {
		opened();
		assert_ok!(take(BOB, 0));
		assert_noop!(award(BOB, CAROL), Error::<Test>::NotRevealed);
		run_to(ENDS);
		assert_noop!(award(BOB, BOB), Error::<Test>::NotRevealed);
		assert_noop!(Annotations::award(signed(BOB), TASK, vec![]), Error::<Test>::NothingNamed);
		let many = vec![(0, BOB); MAX_AT_ONCE as usize + 1];
		assert_noop!(Annotations::award(signed(BOB), TASK, many), Error::<Test>::TooManyAtOnce);
	});
}

#[test]
fn a_full_task_of_perfect_answers_pays_all_that_was_set_aside() {
	run(|| {
		assert_ok!(open_with(|terms| terms.maximum_items = 10));
		for batch in 0..3 {
			for who in [BOB, CAROL] {
				answered(who, batch);
			}
		}
		for batch in 0..3 {
			for who in [BOB, CAROL] {
				assert_ok!(reveal(who, batch));
			}
		}
		run_to(SCORE_UNTIL);
		let all = (0..3).flat_map(|batch| [(batch, BOB), (batch, CAROL)]).collect();
		assert_ok!(Annotations::award(signed(EVE), TASK, all));
		assert_eq!((earned(BOB), earned(CAROL)), (MOST / 2, MOST / 2));
		assert_ok!(close());
		assert_eq!(bucket(), (BUCKET - MOST, 0));
	});
}
