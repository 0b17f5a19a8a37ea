use super::{Annotations, *};

fn next(who: AccountId) -> Option<BatchId> {
	Annotations::next_batch(TASK, &who).unwrap().map(|found| found.batch)
}

#[test]
fn every_batch_gets_its_first_answers_before_any_gets_its_last() {
	run(|| {
		opened();
		let mut order = Vec::new();
		for who in [BOB, CAROL, DAVE, BOB, CAROL] {
			let batch = next(who).unwrap();
			answered(who, batch);
			order.push((who, batch));
		}
		assert_eq!(order, [(BOB, 0), (CAROL, 1), (DAVE, 2), (BOB, 1), (CAROL, 2)]);
		// Dave had the last batch; only the first lacks an answer.
		assert_eq!(next(DAVE), Some(0));
		assert_eq!(next(BOB), None);
	});
}

#[test]
fn the_batch_that_is_held_comes_before_any_other() {
	run(|| {
		opened();
		assert_ok!(take(BOB, 1));
		let until_ms = Some(START_MS + LEASE);
		let held = BatchOf { batch: 1, first_item: 4, items: 4, until_ms };
		assert_eq!(Annotations::next_batch(TASK, &BOB).unwrap(), Some(held));
		wait(LEASE);
		let fresh = BatchOf { batch: 2, first_item: 8, items: 2, until_ms: None };
		assert_eq!(Annotations::next_batch(TASK, &BOB).unwrap(), Some(fresh));
	});
}

#[test]
fn what_expired_is_found_by_a_latecomer() {
	run(|| {
		assert_ok!(open_with(|terms| terms.answers_per_item = 1));
		assert_ok!(take(BOB, 0));
		answered(CAROL, 1);
		answered(CAROL, 2);
		assert_eq!(next(DAVE), None);
		wait(LEASE);
		assert_eq!(next(DAVE), Some(0));
		assert_eq!(next(BOB), None);
	});
}

#[test]
fn a_batch_with_more_items_than_are_left_for_the_account_is_passed_over() {
	run(|| {
		assert_ok!(open_with(|terms| terms.maximum_items = 7));
		answered(BOB, 0);
		assert_eq!(next(BOB), Some(2));
		answered(BOB, 2);
		assert_eq!(next(BOB), None);
	});
}

#[test]
fn who_could_take_none_is_told_why() {
	run(|| {
		let fails = |who| Annotations::next_batch(TASK, &who).unwrap_err();
		assert!(matches!(fails(BOB), Error::UnknownTask));
		opened();
		assert!(matches!(fails(EVE), Error::StakeTooSmall));
		run_to(DEADLINE);
		assert!(matches!(fails(BOB), Error::DeadlinePassed));
		assert_ok!(close());
		assert!(matches!(fails(BOB), Error::TaskClosed));
	});
}

#[test]
fn the_awards_are_those_that_would_be_paid_and_were() {
	run(|| {
		revealed();
		answered(BOB, 1);
		assert_ok!(take(CAROL, 1));
		assert_ok!(score(CAROL, 10, 50));
		let seen = |who: Option<&AccountId>| -> Vec<_> {
			let all = Annotations::awards_of(TASK, who);
			all.into_iter().map(|of| (of.batch, of.who, of.amount, of.due_ms)).collect()
		};
		let of_bob = [(0, BOB, 120, Some(SCORE_UNTIL)), (1, BOB, 0, Some(REVEAL_UNTIL))];
		let of_carol = [(0, CAROL, 50, Some(START_MS + DISPUTE)), (1, CAROL, 0, None)];
		assert_eq!(seen(None), [of_bob[0], of_carol[0], of_bob[1], of_carol[1]]);
		assert_eq!(seen(Some(&BOB)), of_bob);
		assert_ok!(award(CAROL, CAROL));
		assert_eq!(seen(Some(&CAROL))[0], (0, CAROL, 50, None));
		assert_eq!(Annotations::awards_of(9, None), []);
	});
}

#[test]
fn the_most_that_answers_can_earn_is_all_their_points_until_it_is_decided() {
	run(|| {
		opened();
		let most = |who, batch| {
			let told = Annotations::awards_of(TASK, Some(&who));
			told.into_iter().find(|of| of.batch == batch).map(|of| of.most)
		};
		assert_eq!(most(BOB, 0), None);
		assert_ok!(take(BOB, 0));
		// Four items of three points of ten each; the last batch has two.
		assert_eq!(most(BOB, 0), Some(120));
		assert_ok!(take(CAROL, 2));
		assert_eq!(most(CAROL, 2), Some(60));
		assert_ok!(release(CAROL));
		assert_eq!(most(CAROL, 2), Some(0));
		assert_ok!(commit(BOB, 0));
		assert_ok!(take(CAROL, 0));
		assert_ok!(commit(CAROL, 0));
		assert_eq!(most(BOB, 0), Some(120));
		assert_ok!(reveal(BOB, 0));
		assert_ok!(score(BOB, 10, 50));
		// The collective may still find all of it right.
		assert_eq!(most(BOB, 0), Some(120));
		assert_ok!(award(BOB, BOB));
		assert_eq!(most(BOB, 0), Some(50));
		assert_ok!(take(DAVE, 1));
		wait(LEASE - 1);
		assert_eq!(most(DAVE, 1), Some(120));
		wait(1);
		assert_eq!(most(DAVE, 1), Some(0));
		run_to(REVEAL_UNTIL - 1);
		assert_eq!(most(CAROL, 0), Some(120));
		run_to(REVEAL_UNTIL);
		assert_eq!(most(CAROL, 0), Some(0));
		// The collective is asked, and cannot pay for what was never shown.
		governed();
		assert_ok!(report(CAROL, 0));
		assert_eq!(stage(CAROL), Stage::Contested { verdict: Verdict::default() });
		assert_eq!(most(CAROL, 0), Some(0));
	});
}

#[test]
fn a_task_is_seen_with_what_follows_from_its_terms() {
	run(|| {
		assert_eq!(Annotations::task_of(TASK), None);
		opened();
		let seen = Annotations::task_of(TASK).unwrap();
		assert_eq!((seen.batches, seen.remaining, seen.can_close), (3, MOST, false));
		assert_eq!(
			(seen.reveal_until_ms, seen.score_until_ms, seen.ends_ms),
			(REVEAL_UNTIL, SCORE_UNTIL, ENDS)
		);
		run_to(DEADLINE);
		assert!(Annotations::task_of(TASK).unwrap().can_close);
		assert_ok!(close());
		assert_eq!(Annotations::task_of(TASK).unwrap().remaining, 0);
	});
}
