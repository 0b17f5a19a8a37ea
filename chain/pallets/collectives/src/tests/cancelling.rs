//! What was approved and waits to be enacted can be cancelled, by another vote alone.

use super::{Collectives, *};

const DELAY: Moment = 10 * DAY;
const WITHIN: Moment = DAY;

fn cancel(proposal: ProposalId) -> Action<AccountId> {
	Action::Cancel { proposal }
}

/// Three members, who enact after [`DELAY`] and within [`WITHIN`].
fn slow_members() {
	assert_ok!(decide(set_terms(|terms| {
		terms.delay_ms = DELAY;
		terms.enact_within_ms = WITHIN;
	})));
	three_members();
}

/// Has the owner and Bob approve an action; its proposal.
fn approved(action: Action<AccountId>) -> ProposalId {
	assert_ok!(propose(OWNER, action));
	let id = newest();
	assert_ok!(vote(OWNER, Aye));
	assert_ok!(vote(BOB, Aye));
	assert_ok!(close(id));
	id
}

/// What a waiting proposal of three slow members is.
fn waiting() -> ProposalId {
	slow_members();
	let id = approved(spend(DAVE, 10));
	assert!(matches!(state(id), State::Approved { .. }));
	id
}

#[test]
fn what_waits_is_cancelled_by_another_vote_and_never_done() {
	run(|| {
		let id = waiting();
		let by = approved(cancel(id));
		assert_eq!((state(by), state(id)), (State::Executed, State::Cancelled));
		assert!(has_event(Event::Cancelled { proposal: id, model: MODEL }));
		System::assert_last_event(Event::Executed { proposal: by, model: MODEL }.into());
		wait(DELAY);
		assert_noop!(enact(id), Error::<Test>::NotApproved);
		assert_eq!((earned(DAVE), bucket(Role::Engineer)), (0, POOL / 2));
		assert_eq!(Collectives::tally(id).unwrap().outcome, Outcome::Approved);
	});
}

#[test]
fn a_cancellation_waits_for_nothing_and_is_not_cancelled_itself() {
	run(|| {
		let id = waiting();
		assert_ok!(propose(CAROL, cancel(id)));
		let by = newest();
		// While it is voted on it is refused by votes, not by another cancellation.
		assert_noop!(propose(CAROL, cancel(by)), Error::<Test>::NotWaiting);
		assert_noop!(propose(CAROL, cancel(by + 1)), Error::<Test>::UnknownProposal);
		assert_ok!(vote_on(by, OWNER, Aye));
		assert_ok!(vote_on(by, BOB, Aye));
		assert_ok!(close(by));
		assert_eq!(state(by), State::Executed);
		assert_noop!(propose(CAROL, cancel(by)), Error::<Test>::NotWaiting);
		assert_noop!(propose(CAROL, cancel(id)), Error::<Test>::NotWaiting);
	});
}

#[test]
fn it_takes_the_votes_that_any_action_takes() {
	run(|| {
		let id = waiting();
		let before = state(id);
		// Neither the proposer alone, nor any other member, nor a minority.
		assert_noop!(Collectives::withdraw(signed(OWNER), id), Error::<Test>::VotingOver);
		assert_noop!(decide(cancel(id)), Error::<Test>::CollectiveDecides);
		assert_noop!(propose(EVE, cancel(id)), Error::<Test>::NotMember);
		assert_ok!(propose(OWNER, cancel(id)));
		assert_eq!(decided([(OWNER, Aye), (BOB, Nay), (CAROL, Nay)]), State::Rejected);
		assert_ok!(propose(OWNER, cancel(id)));
		assert_eq!(decided([(OWNER, Aye)]), State::NoQuorum);
		assert_ok!(propose(OWNER, cancel(id)));
		assert_eq!(decided([(OWNER, Aye), (CAROL, Abstain)]), State::Rejected);
		assert_eq!(state(id), before);
		wait(DAY);
		assert_ok!(enact(id));
		assert_eq!((state(id), earned(DAVE)), (State::Executed, 5_000));
	});
}

#[test]
fn only_what_waits_is_cancelled() {
	run(|| {
		slow_members();
		assert_noop!(propose(BOB, cancel(99)), Error::<Test>::UnknownProposal);
		assert_ok!(propose(OWNER, spend(DAVE, 10)));
		let open = newest();
		assert_noop!(propose(BOB, cancel(open)), Error::<Test>::NotWaiting);
		assert_eq!(decided([(OWNER, Nay), (BOB, Nay)]), State::Rejected);
		assert_noop!(propose(BOB, cancel(open)), Error::<Test>::NotWaiting);
		let id = approved(spend(DAVE, 10));
		// Until the last moment of its time it waits; later it lapses, as somebody will record.
		wait(DELAY + WITHIN);
		assert_ok!(propose(BOB, cancel(id)));
		assert_ok!(withdraw(BOB));
		wait(1);
		assert_noop!(propose(BOB, cancel(id)), Error::<Test>::NotWaiting);
		assert_ok!(enact(id));
		assert_eq!(state(id), State::Lapsed);
		assert_noop!(propose(BOB, cancel(id)), Error::<Test>::NotWaiting);
	});
}

#[test]
fn a_cancellation_that_comes_too_late_fails_and_says_so() {
	run(|| {
		// These terms let a vote run for longer than what was approved waits.
		assert_ok!(decide(set_terms(|terms| terms.delay_ms = DAY)));
		three_members();
		let id = approved(spend(DAVE, 10));
		assert_ok!(propose(OWNER, cancel(id)));
		let by = newest();
		assert_ok!(vote(OWNER, Aye));
		wait(DAY);
		assert_ok!(enact(id));
		assert_ok!(vote_on(by, BOB, Aye));
		assert_ok!(close(by));
		let error = Error::<Test>::NotWaiting.into();
		assert_eq!((state(id), state(by)), (State::Executed, State::Failed { error }));
		assert_eq!(earned(DAVE), 5_000);
	});
}

#[test]
fn what_another_collective_approved_is_out_of_reach() {
	run(|| {
		let id = waiting();
		let elsewhere = |action| Collectives::decide(signed(OWNER), POOR_MODEL, action);
		assert_noop!(elsewhere(cancel(id)), Error::<Test>::UnknownProposal);
		let (who, electorate) = (OWNER, Electorate::Members);
		assert_noop!(
			Collectives::propose(signed(who), POOR_MODEL, cancel(id), None, electorate),
			Error::<Test>::UnknownProposal
		);
		assert!(matches!(state(id), State::Approved { .. }));
	});
}

#[test]
fn members_cancel_what_a_wider_electorate_approved_and_its_stakes_stay_locked() {
	run(|| {
		slow_members();
		stake(DAVE, 1_000);
		assert_ok!(propose_to(Electorate::Stakers, OWNER, spend(OWNER, 100)));
		let id = newest();
		assert_ok!(vote(OWNER, Aye));
		assert_ok!(vote(BOB, Aye));
		assert_ok!(close(id));
		assert_ok!(Collectives::vote(signed(DAVE), id, Aye, Conviction::Locked1x));
		wait(REFERENDUM);
		assert_ok!(close(id));
		assert_eq!(state(approved(cancel(id))), State::Executed);
		assert_eq!((state(id), earned(OWNER)), (State::Cancelled, 0));
		assert_noop!(unstake(DAVE, 1_000), pallet_stakes::Error::<Test>::StakeIsLocked);
		wait(first_terms().referendum.lock_ms);
		assert_ok!(unstake(DAVE, 1_000));
	});
}

#[test]
fn an_owner_alone_decides_to_cancel() {
	run(|| {
		assert_ok!(decide(set_terms(|terms| terms.delay_ms = DELAY)));
		assert_ok!(propose(OWNER, spend(DAVE, 10)));
		let id = newest();
		assert_ok!(vote(OWNER, Aye));
		assert_ok!(close(id));
		assert_noop!(Collectives::decide(signed(BOB), MODEL, cancel(id)), Error::<Test>::NotOwner);
		assert_ok!(decide(cancel(id)));
		assert_eq!(state(id), State::Cancelled);
		assert_noop!(decide(cancel(id)), Error::<Test>::NotWaiting);
		wait(DELAY);
		assert_noop!(enact(id), Error::<Test>::NotApproved);
	});
}

#[test]
fn each_proposal_has_its_own_deposit_which_cancelling_does_not_touch() {
	run(|| {
		let id = waiting();
		// What was approved gave its deposit back.
		assert_eq!(held(OWNER), 0);
		assert_ok!(propose(CAROL, cancel(id)));
		assert_eq!((held(OWNER), held(CAROL)), (0, DEPOSIT));
		assert_eq!(decided([(OWNER, Aye), (BOB, Aye)]), State::Executed);
		assert_eq!((held(OWNER), held(CAROL)), (0, 0));
		assert_eq!(Balances::free_balance(CAROL), ENDOWMENT);
		let id = approved(spend(DAVE, 10));
		assert_ok!(propose(CAROL, cancel(id)));
		assert_eq!(decided([]), State::NoQuorum);
		assert_eq!(Balances::free_balance(CAROL), ENDOWMENT - DEPOSIT);
	});
}
