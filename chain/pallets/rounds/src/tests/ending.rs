use super::*;

#[test]
fn a_finalised_round_publishes_a_version_of_what_it_trained_from() {
	run(|| {
		stake();
		judged();
		assert_ok!(reward(80));
		// Another version comes in between.
		assert_ok!(Models::publish_version(signed(OWNER), MODEL, cid("v1"), HASH, 0));
		assert_ok!(finalise());
		let version = pallet_models::Versions::<Test>::get(MODEL, 2).unwrap();
		assert_eq!((version.parent, version.location), (Some(0), cid("version")));
		assert_eq!(round().state, RoundState::Finalised { version: 2 });
		assert_eq!(CurrentRound::<Test>::get(MODEL), None);
		System::assert_last_event(
			Event::RoundFinalised { model: MODEL, round: ROUND, version: 2, hash: HASH }.into(),
		);
	});
}

#[test]
fn an_unpaid_round_is_finalised_after_scoring() {
	run(|| {
		judged();
		assert_ok!(finalise());
		assert_eq!(round().evaluation, None);
	});
}

#[test]
fn a_round_that_pays_nothing_is_finalised_after_scoring() {
	run(|| {
		stake();
		assert_ok!(define(&[("b", BOB)]));
		assert_ok!(Rounds::open(signed(OWNER), MODEL, 1, 1, DEADLINE_MS, Score::ZERO));
		assert_ok!(select(&["b"]));
		assert_ok!(submit(BOB));
		assert_ok!(score(&[accepted("b", 100)]));
		assert_ok!(finalise());
		assert_eq!(bucket(), BUCKET);
	});
}

#[test]
fn contributors_are_paid_before_the_version_is_published() {
	run(|| {
		stake();
		judged();
		assert_noop!(finalise(), Error::<Test>::NotRewarded);
	});
}

#[test]
fn a_version_that_is_nowhere_is_refused() {
	run(|| {
		judged();
		assert_noop!(
			Rounds::finalise(signed(OWNER), MODEL, ROUND, cid(""), HASH),
			Error::<Test>::LocationEmpty
		);
	});
}

#[test]
fn the_owner_aborts_at_any_time_and_nothing_is_lost() {
	run(|| {
		stake();
		judged();
		assert_ok!(abort(OWNER));
		assert_eq!(bucket(), BUCKET);
		assert_eq!(round().state, RoundState::Aborted { reason: reason() });
		assert_eq!(CurrentRound::<Test>::get(MODEL), None);
		System::assert_last_event(
			Event::RoundAborted { model: MODEL, round: ROUND, who: OWNER, reason: reason() }.into(),
		);
	});
}

#[test]
fn what_was_earned_stays_when_a_rewarded_round_is_aborted() {
	run(|| {
		stake();
		judged();
		assert_ok!(reward(80));
		assert_ok!(abort(OWNER));
		assert_eq!(claimable(CAROL), 2_000);
		assert_ok!(Pools::claim(signed(CAROL), MODEL));
	});
}

#[test]
fn anyone_aborts_a_round_that_too_few_came_to() {
	run(|| {
		opened();
		assert_noop!(abort(BOB), Error::<Test>::TooEarlyToAbort);
		run_to(DEADLINE_MS - 1);
		assert_noop!(abort(BOB), Error::<Test>::TooEarlyToAbort);
		run_to(DEADLINE_MS);
		assert_ok!(abort(BOB));
	});
}

#[test]
fn anyone_aborts_a_round_that_its_owner_left_running() {
	run(|| {
		judged();
		run_to(DEADLINE_MS + GRACE_MS - 1);
		assert_noop!(abort(BOB), Error::<Test>::TooEarlyToAbort);
		run_to(DEADLINE_MS + GRACE_MS);
		assert_ok!(abort(BOB));
	});
}

#[test]
fn anyone_aborts_a_round_whose_owner_is_no_member_any_more() {
	run(|| {
		opened();
		assert_noop!(abort(BOB), Error::<Test>::TooEarlyToAbort);
		OwnerOperates::set(false);
		assert_ok!(abort(BOB));
		assert_eq!(CurrentRound::<Test>::get(MODEL), None);
	});
}
