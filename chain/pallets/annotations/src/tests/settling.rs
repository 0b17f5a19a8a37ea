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
		governed();
		revealed();
		assert_ok!(report(BOB, 40));
		assert_noop!(settle(0, 0, 101), Error::<Test>::ScoreAboveOne);
		assert_noop!(settle(13, 0, 0), Error::<Test>::TooManyPoints);
		assert_ok!(settle(0, 0, 20));
		assert_eq!((earned(BOB), at_stake(BOB)), (0, STAKE * 8 / 10));
	});
	run(|| {
		governed();
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
		governed();
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
fn every_batch_of_a_spammer_is_settled_though_the_first_took_the_whole_stake() {
	run(|| {
		governed();
		revealed();
		answered(BOB, 2);
		answered(CAROL, 2);
		assert_ok!(reveal(BOB, 2));
		for batch in [0, 2] {
			let verdict = Verdict::default();
			assert_ok!(<Annotations as Settling<_>>::settle(
				MODEL,
				TASK,
				batch,
				&BOB,
				verdict,
				Score::ONE
			));
		}
		run_to(SCORE_UNTIL);
		assert_noop!(
			Annotations::award(signed(BOB), TASK, vec![(2, BOB)]),
			Error::<Test>::AlreadySettled
		);
		assert_eq!((earned(BOB), at_stake(BOB)), (0, 0));
	});
}

#[test]
fn a_caller_who_nests_calls_too_deep_settles_nothing() {
	use frame::deps::{frame_support::storage::with_storage_layer, sp_runtime::TransactionalError};
	fn nested(layers: u32, call: &dyn Fn() -> DispatchResult) -> DispatchResult {
		match layers {
			0 => call(),
			_ => with_storage_layer(|| nested(layers - 1, call)),
		}
	}
	run(|| {
		revealed();
		let mut refused = 0;
		for layers in 240..=255 {
			let outcome = with_storage_layer(|| {
				let outcome = nested(layers, &|| settle(0, 0, 50));
				// What is settled was slashed.
				let settled = matches!(stage(BOB), Stage::Settled { .. });
				assert_eq!((settled, at_stake(BOB) < STAKE), (outcome.is_ok(), outcome.is_ok()));
				outcome.and(Err::<(), _>(DispatchError::Other("undone")))
			});
			if outcome == Err(TransactionalError::LimitReached.into()) {
				refused += 1;
			}
		}
		assert!((2..16).contains(&refused), "{refused}");
		assert_ok!(settle(0, 0, 50));
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
fn who_has_nothing_left_to_lose_does_not_keep_the_award_for_that() {
	run(|| {
		assert_ok!(open_with(|terms| terms.minimum_stake = 0));
		answered(BOB, 0);
		answered(CAROL, 0);
		assert_ok!(reveal(BOB, 0));
		assert_ok!(unstake(BOB));
		run_to(START_MS + pallet_stakes::DEFAULT_UNBONDING_MS);
		assert_ok!(settle(0, 0, 10));
		let error = pallet_stakes::Error::<Test>::NothingToSlash.into();
		let (task, batch, who, part) = (TASK, 0, BOB, percent(10));
		assert!(has_event(Event::NotSlashed { task, batch, who, part, error }));
		assert_eq!(stage(BOB), Stage::Settled { verdict: Verdict::default(), amount: 0 });
	});
}
