use super::{Rounds, *};

#[test]
fn the_selected_are_recorded_with_their_wallets() {
	run(|| {
		opened();
		assert_eq!(Selected::<Test>::get((MODEL, ROUND, client("c"))), Some(CAROL));
		assert_eq!(round().selected, 2);
		System::assert_last_event(
			Event::ContributorSelected { model: MODEL, round: ROUND, client: client("c") }.into(),
		);
	});
}

#[test]
fn only_defined_contributors_are_selected_and_once() {
	run(|| {
		opened();
		assert_noop!(select(&["x"]), Error::<Test>::UnknownContributor);
		assert_noop!(select(&["b"]), Error::<Test>::AlreadySelected);
	});
}

#[test]
fn no_more_than_the_maximum_are_selected() {
	run(|| {
		assert_ok!(define(&[("b", BOB), ("c", CAROL), ("d", DAVE)]));
		assert_ok!(open(1, 2));
		assert_noop!(select(&["b", "c", "d"]), Error::<Test>::TooManySelected);
		assert_ok!(select(&["b", "c"]));
		assert_noop!(select(&["d"]), Error::<Test>::TooManySelected);
	});
}

#[test]
fn a_round_that_is_over_selects_and_takes_nothing() {
	run(|| {
		opened();
		assert_ok!(abort(OWNER));
		assert_noop!(select(&["b"]), Error::<Test>::RoundOver);
		assert_noop!(submit(BOB), Error::<Test>::RoundOver);
		assert_noop!(score(&[]), Error::<Test>::RoundOver);
		assert_noop!(reward(50), Error::<Test>::RoundOver);
		assert_noop!(finalise(), Error::<Test>::RoundOver);
		assert_noop!(abort(OWNER), Error::<Test>::RoundOver);
		assert_noop!(Rounds::preview_reward(MODEL, ROUND, percent(50)), Error::<Test>::RoundOver);
	});
}
