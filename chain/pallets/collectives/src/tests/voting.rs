use super::{Collectives, *};

fn ballot(who: AccountId) -> Option<Ballot> {
	Ballots::<Test>::get(newest(), who)
}

#[test]
fn a_member_votes_and_changes_the_vote_until_the_end() {
	run(|| {
		three_members();
		assert_ok!(propose(BOB, spend(DAVE, 10)));
		assert_ok!(vote(CAROL, Aye));
		assert_eq!(ballot(CAROL), Some(Ballot { vote: Aye, conviction: Unconvinced, weight: 1 }));
		System::assert_last_event(
			Event::Voted {
				proposal: newest(),
				stage: Stage::Members,
				who: CAROL,
				vote: Aye,
				conviction: Unconvinced,
				weight: 1,
			}
			.into(),
		);
		wait(VOTING - 1);
		assert_ok!(vote(CAROL, Nay));
		assert_eq!(ballot(CAROL).unwrap().vote, Nay);
		wait(1);
		assert_noop!(vote(CAROL, Aye), Error::<Test>::VotingOver);
	});
}

#[test]
fn the_last_vote_alone_counts() {
	run(|| {
		three_members();
		assert_ok!(propose(OWNER, spend(DAVE, 10)));
		for who in [OWNER, BOB, CAROL] {
			assert_ok!(vote(who, Aye));
			assert_ok!(vote(who, Nay));
			assert_ok!(vote(who, Aye));
			assert_ok!(vote(who, Nay));
		}
		wait(VOTING);
		assert_ok!(close(newest()));
		let expected = Tally { nay: 3, turnout: 3, electorate: 3, ..Default::default() };
		assert_eq!(proposal(newest()).members, Some(expected));
	});
}

#[test]
fn only_members_vote_and_without_conviction() {
	run(|| {
		three_members();
		stake(DAVE, 1_000);
		assert_ok!(propose(OWNER, spend(DAVE, 10)));
		assert_noop!(vote(DAVE, Aye), Error::<Test>::NotMember);
		assert_noop!(vote_on(99, OWNER, Aye), Error::<Test>::UnknownProposal);
		for conviction in Conviction::ALL.into_iter().skip(1) {
			assert_noop!(
				Collectives::vote(signed(OWNER), newest(), Aye, conviction),
				Error::<Test>::ConvictionWithoutStake
			);
		}
		assert_noop!(
			Collectives::vote(RuntimeOrigin::none(), newest(), Aye, Unconvinced),
			DispatchError::BadOrigin
		);
	});
}

#[test]
fn a_removed_members_vote_counts_nothing_and_counts_once_after_coming_back() {
	run(|| {
		three_members();
		join(DAVE, 1);
		assert_ok!(propose(OWNER, spend(EVE, 10)));
		let id = newest();
		assert_ok!(vote(BOB, Aye));
		assert_ok!(vote(CAROL, Nay));
		assert_ok!(resign(BOB));
		let tally = Collectives::tally(id).unwrap().tally;
		assert_eq!(tally, Tally { nay: 1, turnout: 1, electorate: 3, ..Default::default() });
		join(BOB, 1);
		let tally = Collectives::tally(id).unwrap().tally;
		let expected = Tally { aye: 1, nay: 1, turnout: 2, electorate: 4, ayes: 1 };
		assert_eq!(tally, expected);
		assert_ok!(vote_on(id, BOB, Aye));
		assert_eq!(Collectives::tally(id).unwrap().tally, expected);
	});
}

#[test]
fn a_new_member_votes_on_what_was_proposed_before() {
	run(|| {
		three_members();
		assert_ok!(propose(OWNER, spend(EVE, 10)));
		let id = newest();
		join(DAVE, 5);
		assert_ok!(vote_on(id, DAVE, Nay));
		assert_ok!(vote_on(id, OWNER, Aye));
		assert_ok!(vote_on(id, BOB, Aye));
		wait(VOTING);
		assert_ok!(close(id));
		assert_eq!(state(id), State::Rejected);
	});
}

#[test]
fn stakes_weigh_votes_when_the_collective_says_so() {
	run(|| {
		three_members();
		stake(BOB, 300);
		stake(CAROL, 200);
		assert_ok!(Collectives::act(MODEL, Action::SetWeighting { weighting: Weighting::ByStake }));
		assert_ok!(propose(OWNER, spend(DAVE, 10)));
		assert_ok!(vote(OWNER, Aye));
		assert_ok!(vote(CAROL, Aye));
		assert_ok!(vote(BOB, Nay));
		let expected = Tally { aye: 200, nay: 300, turnout: 500, electorate: 500, ayes: 1 };
		assert_eq!(Collectives::tally(newest()).unwrap().tally, expected);
	});
}

#[test]
fn who_stakes_more_after_voting_votes_again_to_weigh_more() {
	run(|| {
		assert_ok!(decide(Action::SetWeighting { weighting: Weighting::ByStake }));
		stake(OWNER, 100);
		stake(BOB, 100);
		join(BOB, 1);
		assert_ok!(propose(OWNER, spend(OWNER, 100)));
		assert_ok!(vote(OWNER, Aye));
		assert_ok!(vote(BOB, Nay));
		stake(OWNER, 900);
		let aye = || Collectives::tally(newest()).unwrap().tally.aye;
		assert_eq!(aye(), 100);
		assert_ok!(vote(OWNER, Aye));
		assert_eq!(aye(), 1_000);
		// After the end it is too late.
		wait(VOTING);
		stake(BOB, 10_000);
		let expected = Tally { aye: 1_000, nay: 100, turnout: 1_100, electorate: 1_100, ayes: 1 };
		assert_eq!(Collectives::tally(newest()).unwrap().tally, expected);
	});
}

#[test]
fn who_has_unstaked_after_voting_weighs_less() {
	run(|| {
		assert_ok!(decide(Action::SetWeighting { weighting: Weighting::ByStake }));
		stake(OWNER, 1_000);
		stake(BOB, 1_000);
		join(BOB, 1);
		assert_ok!(propose(OWNER, spend(OWNER, 100)));
		assert_ok!(vote(OWNER, Aye));
		assert_ok!(vote(BOB, Nay));
		assert_ok!(unstake(OWNER, 900));
		let expected = Tally { aye: 100, nay: 1_000, turnout: 1_100, electorate: 1_100, ayes: 1 };
		assert_eq!(Collectives::tally(newest()).unwrap().tally, expected);
	});
}

#[test]
fn earnings_weigh_votes_when_the_collective_says_so() {
	run(|| {
		assert_ok!(decide(spend(BOB, 10)));
		assert_ok!(decide(spend(CAROL, 1)));
		assert_ok!(decide(Action::SetWeighting { weighting: Weighting::ByContribution }));
		three_members();
		assert_ok!(propose(BOB, spend(BOB, 100)));
		assert_ok!(vote(BOB, Aye));
		let expected =
			Tally { aye: 5_000, turnout: 5_000, electorate: 5_450, ayes: 1, ..Default::default() };
		assert_eq!(Collectives::tally(newest()).unwrap().tally, expected);
		// Almost all the weight there is, and still not alone.
		assert_noop!(close(newest()), Error::<Test>::VotingRuns);
		wait(VOTING);
		assert_ok!(close(newest()));
		assert_eq!(state(newest()), State::Rejected);
	});
}

#[test]
fn assigned_weights_count_while_nobody_weighs_anything_otherwise() {
	run(|| {
		assert_ok!(decide(Action::SetWeighting { weighting: Weighting::ByStake }));
		join(BOB, 1);
		assert_ok!(propose(BOB, spend(DAVE, 10)));
		assert_eq!(proposal(newest()).weighting, Weighting::Assigned);
		// Whoever stakes first does not take the running vote over.
		stake(BOB, 1_000);
		assert_ok!(vote(BOB, Aye));
		assert_eq!(Collectives::tally(newest()).unwrap().tally.aye, 1);
		assert_ok!(propose(OWNER, spend(DAVE, 10)));
		assert_eq!(proposal(newest()).weighting, Weighting::ByStake);
	});
}

#[test]
fn another_weighting_holds_for_later_proposals_only() {
	run(|| {
		three_members();
		stake(CAROL, 1_000_000 - EXISTENTIAL_DEPOSIT - 10);
		assert_ok!(propose(OWNER, spend(DAVE, 10)));
		let id = newest();
		assert_ok!(propose(OWNER, Action::SetWeighting { weighting: Weighting::ByStake }));
		assert_eq!(decided([(OWNER, Aye), (BOB, Aye)]), State::Executed);
		assert_eq!(proposal(id).weighting, Weighting::Assigned);
		assert_eq!(Collectives::tally(id).unwrap().tally.electorate, 3);
	});
}

#[test]
fn an_aye_that_weighs_nothing_is_no_second_aye() {
	run(|| {
		stake(BOB, 1_000);
		stake(CAROL, 10);
		three_members();
		assert_ok!(Collectives::act(MODEL, Action::SetWeighting { weighting: Weighting::ByStake }));
		assert_ok!(propose(BOB, spend(BOB, 100)));
		assert_ok!(vote(BOB, Aye));
		// The owner has nothing at stake.
		assert_ok!(vote(OWNER, Aye));
		assert_eq!(Collectives::tally(newest()).unwrap().tally.ayes, 1);
		assert_noop!(close(newest()), Error::<Test>::VotingRuns);
		assert_ok!(vote(CAROL, Aye));
		assert_ok!(close(newest()));
		assert_eq!(state(newest()), State::Executed);
	});
}

#[test]
fn an_owner_becomes_no_majority_by_scoring_an_own_wallet() {
	run(|| {
		assert_ok!(decide(spend(BOB, 10)));
		assert_ok!(decide(spend(CAROL, 10)));
		// What the owner decides alone for the owner is no contribution.
		assert_ok!(decide(spend(OWNER, 50)));
		three_members();
		let weighting = Weighting::ByContribution;
		assert_ok!(Collectives::act(MODEL, Action::SetWeighting { weighting }));
		let weights = || {
			let members = Collectives::collective_of(MODEL).unwrap().members;
			members.into_iter().map(|member| member.weight).collect::<Vec<_>>()
		};
		assert_eq!(weights(), [0, 5_000, 4_500]);
		// Neither is what the owner is paid by a round.
		assert_ok!(Collectives::act(MODEL, Action::SetAllowance { amount: None }));
		pallet_pools::Pools::<Test>::mutate(MODEL, |pool| {
			let buckets = &mut pool.as_mut().unwrap().buckets;
			(buckets.contributors, buckets.validators) = (buckets.validators, 0);
		});
		let parts = [(OWNER, percent(100).into())];
		assert_ok!(<Pools as pallet_pools::Payroll<_>>::pay_round(MODEL, &parts));
		assert_eq!(weights(), [0, 5_000, 4_500]);
		// What the others grant is.
		assert_ok!(propose(BOB, spend(OWNER, 10)));
		assert_ok!(vote(BOB, Aye));
		assert_ok!(vote(CAROL, Aye));
		assert_ok!(close(newest()));
		assert_eq!(weights()[0], earned(OWNER) - 50_000 - 20_250);
	});
}

#[test]
fn by_contribution_one_contributor_alone_does_not_lock_the_others_out() {
	run(|| {
		assert_ok!(decide(spend(BOB, 10)));
		three_members();
		let weighting = Weighting::ByContribution;
		assert_ok!(Collectives::act(MODEL, Action::SetWeighting { weighting }));
		assert_ok!(propose(CAROL, spend(CAROL, 10)));
		assert_eq!(proposal(newest()).weighting, Weighting::Assigned);
		assert_ok!(vote(CAROL, Aye));
		assert_ok!(vote(OWNER, Aye));
		assert_ok!(close(newest()));
		assert_eq!(state(newest()), State::Executed);
		assert_ok!(propose(CAROL, spend(CAROL, 10)));
		assert_eq!(proposal(newest()).weighting, weighting);
	});
}

#[test]
fn a_members_stake_that_comes_too_late_does_not_take_the_quorum_away() {
	run(|| {
		for who in [OWNER, BOB, CAROL] {
			stake(who, 100);
		}
		three_members();
		assert_ok!(Collectives::act(MODEL, Action::SetWeighting { weighting: Weighting::ByStake }));
		assert_ok!(propose(BOB, spend(DAVE, 10)));
		assert_ok!(vote(OWNER, Aye));
		assert_ok!(vote(BOB, Aye));
		stake(CAROL, 300);
		// Early, all that could still be voted with counts.
		assert_noop!(close(newest()), Error::<Test>::VotingRuns);
		wait(VOTING);
		assert_ok!(close(newest()));
		assert_eq!((state(newest()), proposal(newest()).members.unwrap().electorate), {
			(State::Executed, 300)
		});
	});
}

#[test]
fn the_last_staker_of_a_closed_pool_does_not_lock_the_others_out() {
	run(|| {
		stake(BOB, 1_000);
		three_members();
		assert_ok!(Collectives::act(MODEL, Action::SetWeighting { weighting: Weighting::ByStake }));
		// The others can stake, so they are not locked out.
		assert_ok!(propose(CAROL, add(DAVE, 1)));
		assert_eq!(proposal(newest()).weighting, Weighting::ByStake);
		assert_ok!(Collectives::act(MODEL, Action::ClosePool));
		// Now they cannot.
		assert_ok!(propose(CAROL, add(DAVE, 1)));
		assert_eq!(proposal(newest()).weighting, Weighting::Assigned);
		assert_eq!(decided([(OWNER, Aye), (CAROL, Aye), (BOB, Nay)]), State::Executed);
	});
}
