use super::*;

fn free(who: AccountId) -> Balance {
	Balances::free_balance(who)
}

#[test]
fn a_deposit_comes_back_when_enough_voted_be_it_for_or_against() {
	run(|| {
		three_members();
		for (said, expected) in [(Aye, State::Executed), (Nay, State::Rejected)] {
			let before = free(BOB);
			assert_ok!(propose(BOB, spend(DAVE, 10)));
			assert_eq!(free(BOB), before - DEPOSIT);
			assert_eq!(decided([(OWNER, said), (CAROL, said)]), expected);
			assert_eq!((free(BOB), held(BOB)), (before, 0));
			let returned = Event::DepositReturned { proposal: newest(), who: BOB, amount: DEPOSIT };
			assert!(has_event(returned));
		}
	});
}

#[test]
fn a_deposit_is_lost_to_the_fees_account_when_too_few_voted() {
	run(|| {
		three_members();
		let (before, fees) = (free(BOB), free(FEES));
		assert_ok!(propose(BOB, spend(DAVE, 10)));
		assert_eq!(decided([(BOB, Aye)]), State::NoQuorum);
		assert_eq!((free(BOB), held(BOB)), (before - DEPOSIT, 0));
		assert_eq!(free(FEES), fees + DEPOSIT);
		let lost = Event::DepositLost { proposal: newest(), who: BOB, amount: DEPOSIT };
		assert!(has_event(lost));
	});
}

#[test]
fn deposits_of_several_proposals_are_held_and_given_back_each_for_itself() {
	run(|| {
		three_members();
		assert_ok!(propose(BOB, spend(DAVE, 10)));
		// The collective asks for more from now on.
		assert_ok!(propose(BOB, set_terms(|terms| terms.deposit = 5 * DEPOSIT)));
		assert_eq!(held(BOB), 2 * DEPOSIT);
		assert_ok!(vote(OWNER, Aye));
		assert_ok!(vote(CAROL, Aye));
		assert_ok!(close(newest()));
		assert_eq!(held(BOB), DEPOSIT);
		assert_ok!(propose(BOB, spend(DAVE, 10)));
		assert_eq!(held(BOB), 6 * DEPOSIT);
		let first = newest() - 2;
		wait(VOTING);
		assert_ok!(close(first));
		assert_eq!(held(BOB), 5 * DEPOSIT);
		assert_eq!(free(FEES), EXISTENTIAL_DEPOSIT + DEPOSIT);
	});
}

#[test]
fn a_proposer_who_has_left_gets_the_deposit_back_all_the_same() {
	run(|| {
		three_members();
		assert_ok!(propose(BOB, spend(DAVE, 10)));
		assert_ok!(resign(BOB));
		assert_eq!(decided([(OWNER, Nay), (CAROL, Nay)]), State::Rejected);
		assert_eq!(held(BOB), 0);
	});
}
