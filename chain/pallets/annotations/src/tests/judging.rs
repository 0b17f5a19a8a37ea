use super::{Annotations, *};

#[test]
fn the_owner_and_the_validators_judge_and_nobody_else() {
	run(|| {
		revealed();
		let scores = |who| vec![scoring(who, 12, percent(50))];
		assert_noop!(
			Annotations::score(signed(CAROL), TASK, scores(BOB)),
			Error::<Test>::NotScorer
		);
		assert_ok!(Annotations::score(signed(DAVE), TASK, scores(BOB)));
		assert!(has_event(Event::AnswersScored {
			task: TASK,
			batch: 0,
			who: BOB,
			by: DAVE,
			points: 12,
			score: percent(50),
			dispute_until_ms: START_MS + DISPUTE,
		}));
		assert_noop!(
			Annotations::score(signed(OWNER), TASK, scores(BOB)),
			Error::<Test>::AlreadyScored
		);
		assert_ok!(Annotations::score(signed(OWNER), TASK, scores(CAROL)));
	});
}

#[test]
fn nobody_judges_their_own_answers() {
	run(|| {
		opened();
		answered(DAVE, 0);
		run_to(DEADLINE);
		assert_ok!(reveal(DAVE, 0));
		let scores = vec![scoring(DAVE, 12, Score::ONE)];
		assert_noop!(
			Annotations::score(signed(DAVE), TASK, scores.clone()),
			Error::<Test>::OwnAnswers
		);
		assert_ok!(Annotations::score(signed(OWNER), TASK, scores));
	});
}

#[test]
fn what_no_answers_can_deserve_is_refused() {
	run(|| {
		revealed();
		assert_noop!(score(BOB, 13, 100), Error::<Test>::TooManyPoints);
		let above = vec![scoring(BOB, 12, Score(Score::ONE.0 + 1))];
		assert_noop!(Annotations::score(signed(OWNER), TASK, above), Error::<Test>::ScoreAboveOne);
		assert_noop!(Annotations::score(signed(OWNER), TASK, vec![]), Error::<Test>::NothingNamed);
		let many = vec![scoring(BOB, 1, Score::ONE); MAX_AT_ONCE as usize + 1];
		assert_noop!(Annotations::score(signed(OWNER), TASK, many), Error::<Test>::TooManyAtOnce);
		let twice = vec![scoring(BOB, 1, Score::ONE); 2];
		assert_noop!(Annotations::score(signed(OWNER), TASK, twice), Error::<Test>::AlreadyScored);
	});
}

#[test]
fn what_was_not_shown_is_not_judged() {
	run(|| {
		opened();
		assert_ok!(take(BOB, 0));
		assert_noop!(score(BOB, 12, 100), Error::<Test>::NotRevealed);
		assert_ok!(commit(BOB, 0));
		assert_noop!(score(BOB, 12, 100), Error::<Test>::NotRevealed);
		assert_noop!(score(CAROL, 12, 100), Error::<Test>::NotRevealed);
	});
}

#[test]
fn it_is_too_late_to_judge_when_the_time_is_over() {
	run(|| {
		revealed();
		run_to(SCORE_UNTIL);
		assert_noop!(score(BOB, 12, 0), Error::<Test>::TooLateToScore);
		assert_noop!(report(BOB, 50), Error::<Test>::TooLateToScore);
	});
}

#[test]
fn a_spammer_loses_award_and_stake_while_the_owner_decides() {
	run(|| {
		revealed();
		let before = bucket();
		assert_ok!(report(BOB, 40));
		assert!(has_event(Event::AnswersReported {
			task: TASK,
			batch: 0,
			who: BOB,
			part: percent(40),
			cause: Cause::Spam,
		}));
		assert_eq!((at_stake(BOB), at_stake(CAROL)), (STAKE * 6 / 10, STAKE));
		// Half of what was slashed is the annotators'.
		assert_eq!(bucket(), (before.0 + STAKE * 4 / 20, before.1));
		assert_eq!(stage(BOB), Stage::Settled { verdict: Verdict::default(), amount: 0 });
		assert_noop!(report(BOB, 40), Error::<Test>::AlreadyScored);
		assert_noop!(award(BOB, BOB), Error::<Test>::AlreadySettled);
	});
}

#[test]
fn the_collective_is_asked_where_the_owner_does_not_decide() {
	run(|| {
		governed();
		revealed();
		assert_ok!(report(BOB, 40));
		assert_eq!(at_stake(BOB), STAKE);
		assert_eq!(stage(BOB), Stage::Contested { verdict: Verdict::default() });
		// It is silent, so the report stands as a score, and nothing is slashed.
		run_to(ENDS - 1);
		assert_noop!(award(EVE, BOB), Error::<Test>::TooEarlyToAward);
		run_to(ENDS);
		assert_ok!(award(EVE, BOB));
		assert_eq!((earned(BOB), at_stake(BOB)), (0, STAKE));
	});
}

#[test]
fn a_report_that_the_collective_does_not_confirm_leaves_the_score_of_a_validator() {
	run(|| {
		governed();
		revealed();
		let scores = vec![scoring(BOB, 12, percent(50))];
		assert_ok!(Annotations::score(signed(DAVE), TASK, scores));
		assert_ok!(report(BOB, 40));
		assert_noop!(award(BOB, BOB), Error::<Test>::TooEarlyToAward);
		run_to(ENDS);
		assert_ok!(award(EVE, BOB));
		assert_eq!((earned(BOB), at_stake(BOB)), (60, STAKE));
	});
}

#[test]
fn only_the_owner_reports_and_only_what_there_is() {
	run(|| {
		opened();
		assert_ok!(take(BOB, 0));
		let by_dave = Annotations::report(signed(DAVE), TASK, 0, BOB, percent(1), Cause::Spam);
		assert_eq!(by_dave, Err(Error::<Test>::NotOwner.into()));
		assert_noop!(report(BOB, 1), Error::<Test>::NotRevealed);
		assert_ok!(commit(BOB, 0));
		assert_noop!(report(BOB, 1), Error::<Test>::NotRevealed);
		assert_noop!(report(CAROL, 1), Error::<Test>::NotRevealed);
		// What was promised and never shown can be reported.
		run_to(REVEAL_UNTIL);
		assert_noop!(report(BOB, 101), Error::<Test>::ScoreAboveOne);
		assert_ok!(report(BOB, 10));
		assert_eq!(at_stake(BOB), STAKE * 9 / 10);
	});
}

#[test]
fn a_report_that_takes_nothing_needs_no_stake() {
	run(|| {
		assert_ok!(open_with(|terms| terms.minimum_stake = 0));
		answered(EVE, 0);
		run_to(DEADLINE);
		assert_ok!(reveal(EVE, 0));
		assert_noop!(report(EVE, 1), pallet_stakes::Error::<Test>::NothingToSlash);
		assert_ok!(report(EVE, 0));
	});
}

#[test]
fn a_score_is_disputed_once_and_in_time() {
	run(|| {
		revealed();
		assert_noop!(dispute(BOB), Error::<Test>::NotDisputable);
		assert_ok!(score(BOB, 12, 10));
		assert_ok!(score(CAROL, 12, 10));
		assert_noop!(dispute(DAVE), Error::<Test>::NotRevealed);
		assert_ok!(dispute(BOB));
		assert!(has_event(Event::ScoreDisputed { task: TASK, batch: 0, who: BOB }));
		assert_noop!(dispute(BOB), Error::<Test>::NotDisputable);
		wait(DISPUTE);
		assert_noop!(dispute(CAROL), Error::<Test>::TooLateToDispute);
		// What is disputed cannot be taken meanwhile, and is not reported over.
		assert_noop!(award(BOB, BOB), Error::<Test>::TooEarlyToAward);
		assert_noop!(report(BOB, 10), Error::<Test>::AlreadyScored);
	});
}
