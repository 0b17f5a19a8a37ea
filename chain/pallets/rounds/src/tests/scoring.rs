use super::*;

#[test]
fn an_update_is_accepted_or_rejected() {
	run(|| {
		opened();
		assert_ok!(submit(BOB));
		assert_ok!(submit(CAROL));
		assert_ok!(score(&[accepted("b", 90), rejected("c")]));
		assert_eq!(update("b").verdict, Some(accepted("b", 90).1));
		assert_eq!(update("c").verdict, Some(rejected("c").1));
		assert_eq!((round().scored, round().accepted), (2, 1));
		System::assert_last_event(
			Event::UpdateScored {
				model: MODEL,
				round: ROUND,
				client: client("c"),
				verdict: rejected("c").1,
			}
			.into(),
		);
	});
}

#[test]
fn an_update_is_scored_once() {
	run(|| {
		judged();
		assert_noop!(score(&[rejected("b")]), Error::<Test>::AlreadyScored);
	});
}

#[test]
fn what_was_not_submitted_is_not_scored() {
	run(|| {
		opened();
		assert_noop!(score(&[rejected("b")]), Error::<Test>::NoUpdate);
	});
}

#[test]
fn a_score_above_one_is_refused() {
	run(|| {
		opened();
		assert_ok!(submit(BOB));
		let verdict = Verdict::Accepted(Score(Score::ONE.0 + 1));
		assert_noop!(score(&[(client("b"), verdict)]), Error::<Test>::ScoreAboveOne);
	});
}

#[test]
fn training_that_overran_is_still_scored_paid_and_published() {
	run(|| {
		stake();
		opened();
		assert_ok!(submit(BOB));
		run_to(DEADLINE_MS + 10 * GRACE_MS);
		assert_ok!(score(&[accepted("b", 90)]));
		assert_ok!(reward(50));
		assert_ok!(finalise());
	});
}
