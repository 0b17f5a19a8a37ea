//! What the collective decides.

use super::{Annotations, *};

fn settle(points: u32, percents: u32, slash: u32) -> DispatchResult {
	let verdict = Verdict { points, score: percent(percents) };
	<Annotations as Settling<_>>::settle(MODEL, TASK, 0, &BOB, verdict, percent(slash))
}

#[test]
fn a_dispute_is_settled_by_another_verdict() {
	run(|| {
		revealed();
		assert_ok!(score(BOB, 12, 10));
		assert_ok!(dispute(BOB));
		assert_ok!(settle(12, 90, 0));
		assert_eq!(earned(BOB), 108);
		assert_noop!(settle(12, 90, 0), Error::<Test>::AlreadySettled);
	});
}

#[test]
fn a_report_is_confirmed_or_not() {
	run(|| {
		OwnerDecides::set(false);
		revealed();
		assert_ok!(report(BOB, 40));
		assert_noop!(settle(0, 0, 101), Error::<Test>::ScoreAboveOne);
		assert_noop!(settle(13, 0, 0), Error::<Test>::TooManyPoints);
		assert_ok!(settle(0, 0, 20));
		assert_eq!((earned(BOB), at_stake(BOB)), (0, STAKE * 8 / 10));
	});
	run(|| {
		OwnerDecides::set(false);
		revealed();
		assert_ok!(report(BOB, 40));
		assert_ok!(settle(12, 100, 0));
		assert_eq!((earned(BOB), at_stake(BOB)), (120, STAKE));
	});
}

#[test]
fn answers_that_nobody_judged_are_accepted() {
	run(|| {
		revealed();
		assert_ok!(settle(12, 100, 0));
		assert_eq!(earned(BOB), 120);
	});
}

#[test]
fn what_was_not_shown_is_not_settled_and_earns_nothing_when_it_was_reported() {
	run(|| {
		OwnerDecides::set(false);
		opened();
		assert_noop!(settle(0, 0, 0), Error::<Test>::NotRevealed);
		assert_ok!(take(BOB, 0));
		assert_noop!(settle(0, 0, 0), Error::<Test>::NotRevealed);
		assert_ok!(commit(BOB, 0));
		assert_noop!(settle(0, 0, 0), Error::<Test>::NotRevealed);
		run_to(REVEAL_UNTIL);
		assert_ok!(report(BOB, 10));
		assert_noop!(settle(1, 100, 0), Error::<Test>::NotRevealed);
		assert_ok!(settle(0, 0, 10));
	});
}

#[test]
fn nothing_is_settled_in_a_task_of_another_model_or_in_one_that_is_closed() {
	run(|| {
		revealed();
		let verdict = Verdict::default();
		let elsewhere =
			<Annotations as Settling<_>>::settle(POOR_MODEL, TASK, 0, &BOB, verdict, Score::ZERO);
		assert_eq!(elsewhere, Err(Error::<Test>::UnknownTask.into()));
		run_to(ENDS);
		assert_ok!(Annotations::award(signed(EVE), TASK, vec![(0, BOB), (0, CAROL)]));
		assert_ok!(close());
		assert_noop!(settle(12, 100, 0), Error::<Test>::TaskClosed);
	});
}

#[test]
fn a_settlement_that_cannot_be_slashed_changes_nothing() {
	run(|| {
		assert_ok!(open_with(|terms| terms.minimum_stake = 0));
		answered(BOB, 0);
		answered(CAROL, 0);
		assert_ok!(reveal(BOB, 0));
		assert_ok!(unstake(BOB));
		run_to(START_MS + pallet_stakes::DEFAULT_UNBONDING_MS);
		assert_noop!(settle(12, 100, 10), pallet_stakes::Error::<Test>::NothingToSlash);
	});
}
