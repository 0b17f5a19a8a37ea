use super::{Collectives, *};

fn tally() -> Tally {
	Collectives::tally(newest()).unwrap().tally
}

#[test]
fn a_delegate_votes_for_who_does_not() {
	run(|| {
		three_members();
		assert_ok!(propose(OWNER, spend(DAVE, 10)));
		assert_ok!(delegate(BOB, CAROL));
		System::assert_last_event(Event::Delegated { model: MODEL, from: BOB, to: CAROL }.into());
		assert_eq!(tally().turnout, 0);
		assert_ok!(vote(CAROL, Aye));
		let expected = Tally { aye: 2, turnout: 2, electorate: 3, ayes: 2, ..Default::default() };
		assert_eq!(tally(), expected);
	});
}

#[test]
fn who_votes_oneself_is_not_counted_with_the_delegate() {
	run(|| {
		three_members();
		assert_ok!(propose(OWNER, spend(DAVE, 10)));
		assert_ok!(delegate(BOB, CAROL));
		assert_ok!(vote(CAROL, Aye));
		assert_ok!(vote(BOB, Nay));
		assert_eq!(tally(), Tally { aye: 1, nay: 1, turnout: 2, electorate: 3, ayes: 1 });
		assert_ok!(undelegate(BOB));
		assert_eq!(tally(), Tally { aye: 1, nay: 1, turnout: 2, electorate: 3, ayes: 1 });
	});
}

#[test]
fn delegation_is_one_step_deep_and_goes_in_no_circle() {
	run(|| {
		three_members();
		assert_noop!(delegate(BOB, BOB), Error::<Test>::DelegateToSelf);
		assert_ok!(delegate(BOB, CAROL));
		assert_noop!(delegate(CAROL, BOB), Error::<Test>::DelegateDelegates);
		assert_noop!(delegate(CAROL, OWNER), Error::<Test>::DelegatedTo);
		assert_noop!(delegate(OWNER, BOB), Error::<Test>::DelegateDelegates);
		// Another delegate in the place of the first.
		assert_ok!(delegate(BOB, OWNER));
		assert_ok!(delegate(CAROL, OWNER));
		assert_eq!(Delegations::<Test>::get(MODEL).len(), 2);
	});
}

#[test]
fn only_members_delegate_and_only_to_members() {
	run(|| {
		three_members();
		assert_noop!(delegate(DAVE, BOB), Error::<Test>::NotMember);
		assert_noop!(delegate(BOB, DAVE), Error::<Test>::UnknownMember);
		assert_noop!(undelegate(BOB), Error::<Test>::NoDelegate);
		assert_noop!(Collectives::delegate(signed(BOB), 9, CAROL), Error::<Test>::UnknownModel);
	});
}

#[test]
fn a_delegation_ends_by_ones_word() {
	run(|| {
		three_members();
		assert_ok!(propose(OWNER, spend(DAVE, 10)));
		assert_ok!(delegate(BOB, CAROL));
		assert_ok!(vote(CAROL, Aye));
		assert_ok!(undelegate(BOB));
		assert_eq!(tally().aye, 1);
		System::assert_last_event(Event::Undelegated { model: MODEL, from: BOB, to: CAROL }.into());
		assert_noop!(undelegate(BOB), Error::<Test>::NoDelegate);
	});
}

#[test]
fn delegations_end_when_either_side_leaves() {
	run(|| {
		three_members();
		join(DAVE, 1);
		assert_ok!(delegate(BOB, CAROL));
		assert_ok!(delegate(DAVE, CAROL));
		assert_ok!(resign(DAVE));
		assert_eq!(Delegations::<Test>::get(MODEL).len(), 1);
		assert_ok!(resign(CAROL));
		assert!(!Delegations::<Test>::contains_key(MODEL));
		assert!(has_event(Event::Undelegated { model: MODEL, from: BOB, to: CAROL }));
		assert!(has_event(Event::Undelegated { model: MODEL, from: DAVE, to: CAROL }));
		// Coming back brings no delegation back.
		join(CAROL, 1);
		assert!(!Delegations::<Test>::contains_key(MODEL));
	});
}

#[test]
fn who_delegated_brings_no_more_than_it_weighed_then() {
	run(|| {
		assert_ok!(decide(Action::SetWeighting { weighting: Weighting::ByStake }));
		stake(OWNER, 100);
		stake(BOB, 100);
		join(BOB, 1);
		assert_ok!(propose(OWNER, spend(OWNER, 100)));
		assert_ok!(delegate(BOB, OWNER));
		assert_ok!(vote(OWNER, Aye));
		stake(BOB, 900);
		assert_eq!(tally().aye, 200);
		assert_ok!(delegate(BOB, OWNER));
		assert_eq!(tally().aye, 1_100);
		assert_ok!(unstake(BOB, 950));
		assert_eq!(tally().aye, 150);
	});
}

#[test]
fn nobody_delegates_or_leaves_between_the_end_of_a_vote_and_its_count() {
	run(|| {
		three_members();
		assert_ok!(delegate(BOB, CAROL));
		assert_ok!(propose(OWNER, spend(DAVE, 10)));
		wait(VOTING);
		assert_noop!(delegate(BOB, OWNER), Error::<Test>::CloseFirst);
		assert_noop!(undelegate(BOB), Error::<Test>::CloseFirst);
		assert_noop!(resign(BOB), Error::<Test>::CloseFirst);
		assert_ok!(close(newest()));
		assert_ok!(undelegate(BOB));
		assert_ok!(resign(BOB));
	});
}
