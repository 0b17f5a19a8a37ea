use super::{Collectives, *};
use pallet_stakes::StakeLock;
use Conviction::{Locked1x, Locked6x};

#[test]
fn what_the_members_approved_goes_to_the_stakers() {
	run(|| {
		stake(DAVE, 600);
		stake(EVE, 400);
		asked(Electorate::Stakers, spend(DAVE, 10));
		let since_ms = Timestamp::get();
		let ends_ms = since_ms + REFERENDUM;
		assert_eq!(state(newest()), State::Referendum { since_ms, ends_ms });
		let opened = Event::ReferendumOpened { proposal: newest(), model: MODEL, ends_ms };
		System::assert_last_event(opened.into());
		// It is still at risk.
		assert_eq!((earned(DAVE), held(BOB)), (0, DEPOSIT));
		assert_ok!(vote(DAVE, Aye));
		assert_ok!(vote(EVE, Nay));
		assert_noop!(close(newest()), Error::<Test>::VotingRuns);
		wait(REFERENDUM);
		assert_noop!(vote(EVE, Aye), Error::<Test>::VotingOver);
		assert_ok!(close(newest()));
		assert_eq!((state(newest()), earned(DAVE), held(BOB)), (State::Executed, 5_000, 0));
		let expected = Tally { aye: 600, nay: 400, turnout: 1_000, electorate: 1_000, ayes: 1 };
		assert_eq!(running(), expected);
	});
}

#[test]
fn the_stakers_are_not_asked_what_the_members_rejected() {
	run(|| {
		three_members();
		stake(DAVE, 600);
		assert_ok!(propose_to(Electorate::Stakers, BOB, spend(DAVE, 10)));
		assert_noop!(vote(DAVE, Aye), Error::<Test>::NotMember);
		assert_eq!(decided([(OWNER, Nay), (CAROL, Nay), (BOB, Aye)]), State::Rejected);
		assert_eq!(proposal(newest()).referendum, None);
		assert_eq!(held(BOB), 0);
	});
}

#[test]
fn a_staker_alone_moves_nothing_that_the_members_did_not_approve() {
	run(|| {
		three_members();
		stake(DAVE, 900_000);
		assert_noop!(
			propose_to(Electorate::Stakers, DAVE, spend(DAVE, 100)),
			Error::<Test>::NotMember
		);
		assert_ok!(propose_to(Electorate::Stakers, OWNER, spend(OWNER, 100)));
		assert_ok!(vote(OWNER, Aye));
		assert_noop!(close(newest()), Error::<Test>::VotingRuns);
	});
}

#[test]
fn conviction_multiplies_and_locks() {
	run(|| {
		stake(DAVE, 100);
		stake(EVE, 1_000);
		asked(Electorate::Stakers, spend(DAVE, 10));
		let ends_ms = state(newest()).ends_ms().unwrap();
		let lock_ms = first_terms().referendum.lock_ms;
		assert_ok!(convinced(DAVE, Aye, Locked6x));
		assert_ok!(convinced(EVE, Nay, Unconvinced));
		let expected = Tally { aye: 6_000, nay: 1_000, turnout: 1_100, electorate: 0, ayes: 1 };
		assert_eq!(running(), expected);
		let error = pallet_stakes::Error::<Test>::StakeIsLocked;
		assert_noop!(unstake(DAVE, 100), error);
		let error = pallet_stakes::Error::<Test>::StakeIsLocked;
		assert_noop!(unstake(EVE, 1_000), error);
		run_to(ends_ms);
		assert_ok!(close(newest()));
		assert_eq!(state(newest()), State::Executed);
		// Without conviction until the end, with it for long after.
		assert_ok!(unstake(EVE, 1_000));
		run_to(ends_ms + 6 * lock_ms - 1);
		let error = pallet_stakes::Error::<Test>::StakeIsLocked;
		assert_noop!(unstake(DAVE, 100), error);
		run_to(ends_ms + 6 * lock_ms);
		assert_ok!(unstake(DAVE, 100));
	});
}

#[test]
fn a_changed_vote_replaces_the_last_one_and_its_lock() {
	run(|| {
		stake(DAVE, 100);
		asked(Electorate::Stakers, spend(DAVE, 10));
		assert_ok!(convinced(DAVE, Aye, Locked6x));
		assert_ok!(convinced(DAVE, Nay, Locked1x));
		let expected = Tally { nay: 1_000, turnout: 100, ..Default::default() };
		assert_eq!(running(), expected);
		stake(DAVE, 50);
		assert_ok!(convinced(DAVE, Abstain, Unconvinced));
		assert_eq!(running(), Tally { turnout: 150, ..Default::default() });
		assert_eq!(locked(DAVE), 150);
		wait(REFERENDUM);
		assert_eq!(locked(DAVE), 0);
	});
}

#[test]
fn the_same_stake_votes_in_two_referenda_and_is_locked_by_the_longer_one() {
	run(|| {
		stake(DAVE, 100);
		asked(Electorate::Stakers, spend(DAVE, 10));
		assert_ok!(convinced(DAVE, Aye, Locked6x));
		assert_ok!(propose_to(Electorate::Stakers, BOB, spend(DAVE, 10)));
		assert_ok!(vote(OWNER, Aye));
		assert_ok!(vote(CAROL, Aye));
		assert_ok!(close(newest()));
		assert_ok!(convinced(DAVE, Aye, Unconvinced));
		assert_eq!(locked(DAVE), 100);
		wait(REFERENDUM);
		assert_eq!(locked(DAVE), 100);
		assert_ok!(close(newest()));
		assert_ok!(close(newest() - 1));
		wait(6 * first_terms().referendum.lock_ms);
		assert_eq!(locked(DAVE), 0);
	});
}

#[test]
fn a_lock_is_not_escaped_by_being_slashed_nor_by_closing_the_pool() {
	run(|| {
		stake(DAVE, 1_000);
		asked(Electorate::Stakers, Action::ClosePool);
		assert_ok!(convinced(DAVE, Aye, Locked1x));
		// The members slash half of it meanwhile.
		let id = newest();
		let slash = Action::Slash {
			who: DAVE,
			role: Role::Validator,
			part: percent(50),
			cause: pallet_stakes::Cause::Collusion,
		};
		assert_ok!(propose(OWNER, slash));
		assert_ok!(vote(OWNER, Aye));
		assert_ok!(vote(BOB, Aye));
		assert_ok!(close(newest()));
		assert_eq!(state(newest()), State::Executed);
		let error = pallet_stakes::Error::<Test>::StakeIsLocked;
		assert_noop!(unstake(DAVE, 500), error);
		wait(REFERENDUM);
		assert_ok!(close(id));
		assert_eq!(state(id), State::Executed);
		let error = pallet_stakes::Error::<Test>::StakeIsLocked;
		assert_noop!(unstake(DAVE, 500), error);
		wait(first_terms().referendum.lock_ms);
		assert_ok!(unstake(DAVE, 500));
	});
}

#[test]
fn who_has_nothing_at_stake_is_not_asked() {
	run(|| {
		stake(DAVE, 100);
		asked(Electorate::Stakers, spend(DAVE, 10));
		for who in [EVE, OWNER] {
			assert_noop!(vote(who, Aye), Error::<Test>::NotInElectorate);
		}
		assert_ok!(unstake(DAVE, 100));
		assert_noop!(vote(DAVE, Aye), Error::<Test>::NotInElectorate);
		// Whoever stakes meanwhile is asked.
		stake(EVE, 100);
		assert_ok!(vote(EVE, Aye));
	});
}

#[test]
fn a_referendum_without_its_quorum_costs_the_deposit() {
	run(|| {
		stake(DAVE, 99);
		stake(EVE, 901);
		let fees = Balances::free_balance(FEES);
		asked(Electorate::Stakers, spend(DAVE, 10));
		assert_ok!(convinced(DAVE, Aye, Locked6x));
		wait(REFERENDUM);
		assert_ok!(close(newest()));
		assert_eq!(state(newest()), State::NoQuorum);
		assert_eq!((held(BOB), Balances::free_balance(FEES)), (0, fees + DEPOSIT));
	});
}

#[test]
fn the_owner_alone_asks_the_wider_electorate_at_once() {
	run(|| {
		stake(DAVE, 100);
		assert_ok!(propose_to(Electorate::Stakers, OWNER, spend(DAVE, 10)));
		let ends_ms = START_MS + REFERENDUM;
		assert_eq!(state(newest()), State::Referendum { since_ms: START_MS, ends_ms });
		assert_ok!(vote(DAVE, Aye));
		wait(REFERENDUM);
		assert_ok!(close(newest()));
		assert_eq!((state(newest()), earned(DAVE)), (State::Executed, 5_000));
		assert_eq!(proposal(newest()).members, None);
	});
}

#[test]
fn a_referendum_that_one_alone_called_is_void_when_others_have_joined() {
	run(|| {
		stake(OWNER, 100);
		assert_ok!(propose_to(Electorate::Stakers, OWNER, spend(OWNER, 100)));
		assert_ok!(vote(OWNER, Aye));
		join(BOB, 1);
		wait(REFERENDUM);
		assert_ok!(close(newest()));
		assert_eq!((state(newest()), earned(OWNER)), (State::Lapsed, 0));
	});
}

#[test]
fn a_proposer_withdraws_from_a_referendum_that_nobody_has_voted_in() {
	run(|| {
		stake(DAVE, 100);
		for voted in [false, true] {
			assert_ok!(propose_to(Electorate::Stakers, OWNER, spend(DAVE, 10)));
			if voted {
				assert_ok!(vote(DAVE, Nay));
				assert_noop!(withdraw(OWNER), Error::<Test>::OthersVoted);
			} else {
				stake(OWNER, 100);
				assert_ok!(convinced(OWNER, Aye, Locked6x));
				assert_ok!(withdraw(OWNER));
				assert_eq!(locked(OWNER), 0);
			}
		}
	});
}

#[test]
fn a_vote_that_the_stakes_refuse_to_lock_is_not_counted() {
	run(|| {
		stake(DAVE, 100);
		asked(Electorate::Stakers, spend(DAVE, 10));
		for key in 1_000..1_000 + pallet_stakes::MAX_LOCKS {
			assert_ok!(Stakes::lock(MODEL, &DAVE, None, 1, u64::MAX, key));
		}
		assert_noop!(vote(DAVE, Aye), pallet_stakes::Error::<Test>::TooManyLocks);
	});
}

#[test]
fn a_stake_after_the_opening_does_not_take_the_quorum_away() {
	run(|| {
		stake(DAVE, 100);
		asked(Electorate::Stakers, spend(DAVE, 10));
		assert_ok!(vote(DAVE, Aye));
		wait(REFERENDUM);
		stake(EVE, 500_000);
		assert_eq!(Collectives::tally(newest()).unwrap().outcome, Outcome::Approved);
		assert_ok!(close(newest()));
		assert_eq!((state(newest()), running().electorate), (State::Executed, 100));
	});
}

#[test]
fn a_quorum_is_of_no_more_than_there_is_at_the_close() {
	run(|| {
		stake(DAVE, 100);
		stake(EVE, 9_900);
		asked(Electorate::Stakers, spend(DAVE, 10));
		assert_ok!(vote(DAVE, Aye));
		assert_ok!(unstake(EVE, 9_900));
		wait(REFERENDUM);
		assert_ok!(close(newest()));
		assert_eq!((state(newest()), running().electorate), (State::Executed, 100));
	});
}
