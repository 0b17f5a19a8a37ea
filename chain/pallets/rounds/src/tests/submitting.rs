use super::{Rounds, *};

#[test]
fn an_update_is_recorded() {
	run(|| {
		opened();
		run_to(START_MS + 5_000);
		assert_ok!(submit(BOB));
		assert_eq!(
			update("b"),
			Update {
				who: BOB,
				location: cid("update"),
				hash: HASH,
				examples: 600,
				submitted_ms: START_MS + 5_000,
				verdict: None,
				reward: 0,
			}
		);
		assert_eq!(round().submitted, 1);
		System::assert_last_event(
			Event::UpdateSubmitted {
				model: MODEL,
				round: ROUND,
				client: client("b"),
				who: BOB,
				hash: HASH,
				examples: 600,
			}
			.into(),
		);
	});
}

#[test]
fn only_the_selected_submit() {
	run(|| {
		opened();
		assert_noop!(submit(DAVE), Error::<Test>::NotSelected);
		assert_ok!(define(&[("d", DAVE)]));
		assert_noop!(submit(DAVE), Error::<Test>::NotSelected);
		assert_noop!(
			Rounds::submit_update(RuntimeOrigin::none(), MODEL, ROUND, cid("u"), HASH, 1),
			BadOrigin
		);
	});
}

#[test]
fn an_update_is_submitted_once() {
	run(|| {
		opened();
		assert_ok!(submit(BOB));
		assert_noop!(submit(BOB), Error::<Test>::AlreadySubmitted);
	});
}

#[test]
fn an_update_after_the_deadline_is_refused() {
	run(|| {
		opened();
		run_to(DEADLINE_MS - 1);
		assert_ok!(submit(BOB));
		run_to(DEADLINE_MS);
		assert_noop!(submit(CAROL), Error::<Test>::DeadlinePassed);
	});
}

#[test]
fn an_update_from_nowhere_or_from_nothing_is_refused() {
	run(|| {
		opened();
		let submit = |location, examples| {
			Rounds::submit_update(signed(BOB), MODEL, ROUND, location, HASH, examples)
		};
		assert_noop!(submit(cid(""), 600), Error::<Test>::LocationEmpty);
		assert_noop!(submit(cid("update"), 0), Error::<Test>::ExamplesZero);
	});
}
