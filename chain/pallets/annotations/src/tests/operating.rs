//! Who operates tasks when the owner is no member of the collective, and what nobody needs to.

use super::{Annotations, *};
use pallet_pools::{Closing, Earnings, OwnRewards};

/// Others govern the model, and Eve is one of them.
fn removed() {
	OwnerDecides::set(false);
	OwnerOperates::set(false);
	Members::set(vec![EVE]);
}

fn contribution(who: AccountId) -> Balance {
	<Pools as Earnings<_>>::earned(MODEL, &who)
}

#[test]
fn an_owner_who_is_no_member_operates_no_task() {
	run(|| {
		revealed();
		removed();
		let refused = Error::<Test>::OwnerNotMember;
		assert_noop!(open_with(|_| ()), refused);
		let refused = Error::<Test>::OwnerNotMember;
		assert_noop!(Annotations::stop(signed(OWNER), TASK), refused);
		assert_noop!(score(BOB, 12, 0), Error::<Test>::OwnerNotMember);
		assert_noop!(report(BOB, 0), Error::<Test>::OwnerNotMember);
	});
}

#[test]
fn an_owner_who_is_no_member_does_not_score_as_a_validator_either() {
	run(|| {
		assert_ok!(open_with(|terms| terms.validators = vec![OWNER, DAVE].try_into().unwrap()));
		answered(BOB, 0);
		answered(CAROL, 0);
		assert_ok!(reveal(BOB, 0));
		assert_ok!(reveal(CAROL, 0));
		removed();
		assert_noop!(score(BOB, 12, 100), Error::<Test>::OwnerNotMember);
		let scores = vec![scoring(BOB, 12, percent(50))];
		assert_ok!(Annotations::score(signed(DAVE), TASK, scores));
	});
}

#[test]
fn any_member_stops_scores_and_reports_in_the_place_of_an_owner_who_is_none() {
	run(|| {
		revealed();
		Members::set(vec![EVE]);
		let scores = vec![scoring(BOB, 12, percent(50))];
		let report = |by| Annotations::report(signed(by), TASK, 0, CAROL, percent(50), Cause::Spam);
		assert_noop!(Annotations::stop(signed(EVE), TASK), Error::<Test>::NotOwner);
		assert_noop!(report(EVE), Error::<Test>::NotOwner);
		let by_eve = || Annotations::score(signed(EVE), TASK, scores.clone());
		assert_noop!(by_eve(), Error::<Test>::NotScorer);
		removed();
		assert_noop!(Annotations::stop(signed(CAROL), TASK), Error::<Test>::NotOwner);
		assert_noop!(report(DAVE), Error::<Test>::NotOwner);
		assert_noop!(
			Annotations::score(signed(CAROL), TASK, scores.clone()),
			Error::<Test>::NotScorer
		);
		assert_ok!(by_eve());
		assert_ok!(report(EVE));
		// A member alone takes no stake: the collective is asked.
		assert_eq!(at_stake(CAROL), STAKE);
		assert_eq!(stage(CAROL), Stage::Contested { verdict: Verdict::default() });
		assert_ok!(Annotations::stop(signed(EVE), TASK));
	});
}

#[test]
fn annotators_are_paid_though_nobody_operates_the_task() {
	run(|| {
		revealed();
		removed();
		Members::set(vec![]);
		run_to(SCORE_UNTIL);
		assert_ok!(award(CAROL, BOB));
		assert_ok!(award(CAROL, CAROL));
		assert_ok!(close());
		assert_eq!((earned(BOB), earned(CAROL)), (120, 120));
	});
}

#[test]
fn a_dispute_is_settled_though_the_owner_has_left_meanwhile() {
	run(|| {
		governed();
		revealed();
		assert_ok!(score(BOB, 12, 10));
		assert_ok!(dispute(BOB));
		assert_ok!(report(CAROL, 100));
		removed();
		let settle = |who, verdict, slash| {
			<Annotations as Settling<_>>::settle(MODEL, TASK, 0, &who, verdict, percent(slash))
		};
		assert_ok!(settle(BOB, Verdict { points: 12, score: Score::ONE }, 0));
		assert_ok!(settle(CAROL, Verdict::default(), 50));
		assert_eq!((earned(BOB), earned(CAROL), at_stake(CAROL)), (120, 0, STAKE / 2));
	});
}

#[test]
fn no_task_that_pays_is_opened_while_the_pool_is_to_be_closed() {
	run(|| {
		opened();
		assert!(<Pools as Closing>::is_locked(MODEL));
		PoolCloses::set(true);
		assert_noop!(open_with(|_| ()), Error::<Test>::PoolCloses);
		// One that pays nothing keeps no pool open.
		assert_ok!(open_with(|terms| terms.reward_per_point = 0));
		answered(BOB, 0);
		run_to(ENDS);
		assert_ok!(award(BOB, BOB));
		assert_ok!(close());
		assert!(!<Pools as Closing>::is_locked(MODEL));
		PoolCloses::set(false);
		assert_ok!(open_with(|terms| terms.deadline_ms = ENDS + LEASE));
	});
}

#[test]
fn what_an_owner_earns_as_an_annotator_weighs_only_if_the_collective_settled_it() {
	run(|| {
		assert_ok!(Stakes::stake(signed(OWNER), MODEL, Role::Annotator, STAKE));
		assert_ok!(open_with(|terms| terms.answers_per_item = 1));
		for batch in 0..2 {
			answered(OWNER, batch);
			assert_ok!(reveal(OWNER, batch));
		}
		answered(BOB, 2);
		assert_ok!(reveal(BOB, 2));
		OwnerDecides::set(false);
		let verdict = Verdict { points: 12, score: Score::ONE };
		let by_the_validator = vec![Scoring { batch: 0, who: OWNER, verdict }];
		assert_ok!(Annotations::score(signed(DAVE), TASK, by_the_validator));
		assert_ok!(award(OWNER, OWNER));
		assert_eq!((earned(OWNER), contribution(OWNER)), (120, 0));
		assert_ok!(<Annotations as Settling<_>>::settle(
			MODEL,
			TASK,
			1,
			&OWNER,
			verdict,
			Score::ZERO
		));
		assert_eq!((earned(OWNER), contribution(OWNER)), (240, 120));
		// Another's counts, whoever scored it.
		run_to(SCORE_UNTIL);
		assert_ok!(Annotations::award(signed(BOB), TASK, vec![(2, BOB)]));
		assert_eq!((contribution(BOB), OwnRewards::<Test>::get(MODEL)), (60, 120));
	});
}

#[test]
fn silence_of_an_owner_about_the_owners_own_answers_is_no_contribution() {
	run(|| {
		assert_ok!(Stakes::stake(signed(OWNER), MODEL, Role::Annotator, STAKE));
		opened();
		answered(OWNER, 0);
		OwnerDecides::set(false);
		run_to(DEADLINE);
		assert_ok!(reveal(OWNER, 0));
		run_to(SCORE_UNTIL);
		assert_ok!(award(EVE, OWNER));
		assert_eq!((earned(OWNER), contribution(OWNER)), (120, 0));
	});
}

#[test]
fn what_an_owner_allowed_alone_sets_nothing_aside_once_others_are_members() {
	run(|| {
		assert_ok!(<Pools as pallet_pools::Allowing>::set_allowance(MODEL, None));
		opened();
		OwnerDecides::set(false);
		assert_noop!(open_with(|_| ()), pallet_pools::Error::<Test>::AllowanceSpent);
	});
}

#[test]
fn validators_have_no_more_paid_than_their_task_set_aside() {
	run(|| {
		assert_ok!(open_with(|terms| terms.maximum_items = 10));
		assert_ok!(open_with(|_| ()));
		let full = |batch, who| Scoring { batch, who, verdict: terms().full_points(batch) };
		for batch in 0..3 {
			answered(BOB, batch);
			answered(CAROL, batch);
			assert_ok!(reveal(BOB, batch));
			assert_ok!(reveal(CAROL, batch));
			let scores = vec![full(batch, BOB), full(batch, CAROL)];
			assert_ok!(Annotations::score(signed(DAVE), TASK, scores));
			assert_ok!(Annotations::award(signed(BOB), TASK, vec![(batch, BOB)]));
			assert_ok!(Annotations::award(signed(CAROL), TASK, vec![(batch, CAROL)]));
		}
		assert_eq!((task().paid, bucket()), (MOST, (BUCKET - 2 * MOST, MOST)));
	});
}
