use super::*;

#[test]
fn a_vote_is_counted_when_its_period_is_over() {
	run(|| {
		three_members();
		assert_ok!(propose(OWNER, spend(DAVE, 10)));
		assert_ok!(vote(OWNER, Aye));
		assert_ok!(vote(BOB, Nay));
		wait(VOTING - 1);
		assert_noop!(close(newest()), Error::<Test>::VotingRuns);
		wait(1);
		assert_ok!(close(newest()));
		let tally = Tally { aye: 1, nay: 1, turnout: 2, electorate: 3, ayes: 1 };
		assert_eq!(state(newest()), State::Rejected);
		assert_eq!(proposal(newest()).members, Some(tally));
		assert!(has_event(Event::Closed {
			proposal: newest(),
			model: MODEL,
			stage: Stage::Members,
			outcome: Outcome::Rejected,
			tally,
		}));
		assert_noop!(close(newest()), Error::<Test>::VotingOver);
		assert_noop!(vote(CAROL, Aye), Error::<Test>::VotingOver);
	});
}

#[test]
fn a_vote_is_counted_early_when_no_other_vote_matters() {
	run(|| {
		three_members();
		assert_ok!(propose(OWNER, spend(DAVE, 10)));
		assert_ok!(vote(OWNER, Aye));
		assert_noop!(close(newest()), Error::<Test>::VotingRuns);
		assert_ok!(vote(BOB, Aye));
		assert_ok!(close(newest()));
		assert_eq!(state(newest()), State::Executed);
		assert_noop!(vote(CAROL, Nay), Error::<Test>::VotingOver);
	});
}

#[test]
fn exactly_the_threshold_is_not_enough() {
	run(|| {
		join(BOB, 1);
		assert_ok!(propose(OWNER, spend(DAVE, 10)));
		assert_eq!(decided([(OWNER, Aye), (BOB, Nay)]), State::Rejected);
	});
}

#[test]
fn exactly_the_quorum_is_enough() {
	run(|| {
		three_members();
		join(DAVE, 1);
		assert_ok!(propose(OWNER, spend(EVE, 10)));
		assert_eq!(decided([(OWNER, Aye), (BOB, Aye)]), State::Executed);
		assert_ok!(propose(OWNER, spend(EVE, 10)));
		assert_eq!(decided([(OWNER, Aye)]), State::NoQuorum);
	});
}

#[test]
fn an_abstention_counts_for_the_quorum_alone() {
	run(|| {
		three_members();
		join(DAVE, 1);
		join(EVE, 1);
		assert_ok!(propose(OWNER, spend(EVE, 10)));
		assert_eq!(decided([(OWNER, Aye), (BOB, Aye), (CAROL, Abstain)]), State::Executed);
		assert_ok!(propose(OWNER, spend(EVE, 10)));
		assert_eq!(decided([(OWNER, Aye), (BOB, Aye)]), State::NoQuorum);
	});
}

#[test]
fn one_member_however_heavy_does_not_decide_alone() {
	run(|| {
		assert_ok!(decide(add(OWNER, u32::MAX)));
		assert_ok!(decide(set_terms(|terms| terms.quorum = 0)));
		join(BOB, 1);
		assert_ok!(propose(OWNER, spend(OWNER, 100)));
		assert_ok!(vote(OWNER, Aye));
		assert_noop!(close(newest()), Error::<Test>::VotingRuns);
		wait(VOTING);
		assert_ok!(close(newest()));
		assert_eq!(state(newest()), State::Rejected);
		assert_eq!(earned(OWNER), 0);
		// With Bob's aye it is decided, and at once.
		assert_ok!(propose(OWNER, spend(OWNER, 100)));
		assert_ok!(vote(OWNER, Aye));
		assert_ok!(vote(BOB, Aye));
		assert_ok!(close(newest()));
		assert_eq!(state(newest()), State::Executed);
	});
}

#[test]
fn nobody_voting_is_no_quorum_whatever_the_quorum() {
	run(|| {
		assert_ok!(decide(set_terms(|terms| terms.quorum = 0)));
		three_members();
		assert_ok!(propose(OWNER, spend(OWNER, 100)));
		assert_eq!(decided([]), State::NoQuorum);
	});
}

#[test]
fn what_was_proposed_alone_is_not_decided_alone_when_others_have_joined() {
	run(|| {
		assert_ok!(propose(OWNER, spend(OWNER, 100)));
		let id = newest();
		assert_ok!(vote_on(id, OWNER, Aye));
		join(BOB, 1);
		assert_noop!(close(id), Error::<Test>::VotingRuns);
		wait(VOTING);
		assert_ok!(close(id));
		assert_eq!(state(id), State::Rejected);
	});
}

#[test]
fn closing_costs_what_it_took() {
	run(|| {
		type Bounds = crate::weights::Bounds<Test>;
		three_members();
		let most = Bounds::close(MAX_MEMBERS).saturating_add(Bounds::act_at_most());
		let call = crate::Call::<Test>::close { proposal: newest() };
		assert_eq!(call.get_dispatch_info().call_weight, most);
		assert_ok!(propose(OWNER, spend(DAVE, 10)));
		wait(VOTING);
		assert_eq!(close(newest()).unwrap().actual_weight, Some(Bounds::close(3)));
		assert_ok!(propose(OWNER, spend(DAVE, 10)));
		assert_ok!(vote(OWNER, Aye));
		assert_ok!(vote(BOB, Aye));
		let took = Bounds::close(3).saturating_add(Bounds::spend());
		assert_eq!(close(newest()).unwrap().actual_weight, Some(took));
	});
}

#[test]
fn what_is_not_there_is_not_closed() {
	run(|| {
		assert_noop!(close(99), Error::<Test>::UnknownProposal);
		assert_ok!(propose(OWNER, spend(DAVE, 10)));
		wait(VOTING);
		assert_noop!(Collectives::close(RuntimeOrigin::none(), newest()), DispatchError::BadOrigin);
	});
}
