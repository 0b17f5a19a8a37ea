use super::{Collectives, *};

#[test]
fn a_member_proposes_and_all_of_it_is_recorded() {
	run(|| {
		three_members();
		let notes = Some((cid("why"), HASH));
		let action = spend(DAVE, 10);
		let electorate = Electorate::Stakers;
		assert_ok!(Collectives::propose(
			signed(BOB),
			MODEL,
			action.clone(),
			notes.clone(),
			electorate
		));
		let ends_ms = START_MS + VOTING;
		assert_eq!(
			proposal(newest()),
			Proposal {
				model: MODEL,
				proposer: BOB,
				action,
				text: notes,
				electorate,
				weighting: Weighting::Assigned,
				terms: first_terms(),
				proposed_ms: START_MS,
				others_voted: false,
				state: State::Members { ends_ms },
				members: None,
				referendum: None,
				electorate_at_opening: 3,
				postponed: None,
			}
		);
		assert!(ByModel::<Test>::contains_key(MODEL, newest()));
		assert_eq!(held(BOB), DEPOSIT);
		System::assert_last_event(
			Event::Proposed {
				proposal: newest(),
				model: MODEL,
				proposer: BOB,
				electorate,
				stage: Stage::Members,
				ends_ms,
				deposit: DEPOSIT,
			}
			.into(),
		);
	});
}

#[test]
fn only_a_member_proposes() {
	run(|| {
		assert_noop!(propose(BOB, spend(BOB, 100)), Error::<Test>::NotMember);
		let propose = |origin, model| {
			Collectives::propose(origin, model, spend(BOB, 1), None, Electorate::Members)
		};
		assert_noop!(propose(signed(OWNER), 9), Error::<Test>::UnknownModel);
		assert_noop!(propose(RuntimeOrigin::none(), MODEL), DispatchError::BadOrigin);
	});
}

#[test]
fn what_could_never_be_enacted_is_neither_proposed_nor_decided() {
	run(|| {
		let above_one = Score(1_000_000_001);
		let role = Role::Engineer;
		let cause = pallet_stakes::Cause::Spam;
		let shares = Shares { creator: 999_999, ..Default::default() };
		let cases: [(Action<AccountId>, Error<Test>); 9] = [
			(Action::ApproveUpdate { update: 0, reward: above_one }, Error::ScoreAboveOne),
			(Action::Spend { role, who: BOB, score: above_one }, Error::ScoreAboveOne),
			(Action::Slash { role, who: BOB, part: above_one, cause }, Error::ScoreAboveOne),
			(add(BOB, 0), Error::WeightZero),
			(Action::SetShares { shares }, Error::SharesDoNotSum),
			(set_terms(|terms| terms.threshold = 0), Error::ThresholdOutOfRange),
			(set_terms(|terms| terms.quorum = WHOLE + 1), Error::QuorumOutOfRange),
			(set_terms(|terms| terms.voting_ms = 0), Error::PeriodOutOfRange),
			(set_terms(|terms| terms.deposit = 0), Error::DepositOutOfRange),
		];
		for (action, error) in cases {
			let error = DispatchError::from(error);
			assert_noop!(decide(action.clone()), error);
			assert_noop!(propose(OWNER, action), error);
		}
		let nowhere = Some((cid(""), HASH));
		assert_noop!(
			Collectives::propose(signed(OWNER), MODEL, spend(BOB, 1), nowhere, Electorate::Members),
			Error::<Test>::LocationEmpty
		);
	});
}

#[test]
fn proposing_takes_a_deposit_that_the_proposer_must_have() {
	run(|| {
		three_members();
		let keep = EXISTENTIAL_DEPOSIT + DEPOSIT - 1;
		assert_ok!(Balances::transfer_keep_alive(signed(BOB), EVE, ENDOWMENT - keep));
		assert_noop!(propose(BOB, spend(BOB, 1)), Error::<Test>::CannotPayDeposit);
		assert_ok!(Balances::transfer_keep_alive(signed(EVE), BOB, 1));
		assert_ok!(propose(BOB, spend(BOB, 1)));
		assert_eq!(held(BOB), DEPOSIT);
	});
}

#[test]
fn nobody_keeps_the_others_from_proposing() {
	run(|| {
		for who in [BOB, CAROL, DAVE, EVE] {
			join(who, 1);
		}
		// A fifth of what may be open at once for each of five.
		for who in [BOB, CAROL, DAVE, EVE, OWNER] {
			for _ in 0..MAX_OPEN / 5 {
				assert_ok!(propose(who, spend(who, 1)));
			}
			assert_noop!(propose(who, spend(who, 1)), Error::<Test>::TooManyOfProposer);
		}
		assert_ok!(withdraw(OWNER));
		assert_ok!(propose(OWNER, spend(OWNER, 1)));
		// The collective of another model has its own.
		let poor = |action| {
			Collectives::propose(signed(OWNER), POOR_MODEL, action, None, Electorate::Members)
		};
		assert_ok!(poor(Action::ClosePool));
	});
}

#[test]
fn no_proposal_is_made_when_the_ids_are_used_up() {
	run(|| {
		NextProposalId::<Test>::put(ProposalId::MAX);
		assert_noop!(propose(OWNER, spend(OWNER, 1)), Error::<Test>::IdsExhausted);
	});
}

#[test]
fn a_proposal_is_withdrawn_while_nobody_else_has_voted() {
	run(|| {
		three_members();
		assert_ok!(propose(BOB, spend(BOB, 1)));
		assert_ok!(vote(BOB, Aye));
		assert_ok!(withdraw(BOB));
		assert_eq!(state(newest()), State::Withdrawn);
		assert_eq!(held(BOB), 0);
		assert!(has_event(Event::Withdrawn { proposal: newest(), model: MODEL }));
		assert_noop!(withdraw(BOB), Error::<Test>::VotingOver);
		assert_noop!(vote(BOB, Aye), Error::<Test>::VotingOver);
		assert_noop!(close(newest()), Error::<Test>::VotingOver);
		assert_noop!(enact(newest()), Error::<Test>::NotApproved);
	});
}

#[test]
fn a_proposal_is_not_withdrawn_by_others_nor_after_others_voted_nor_when_it_is_late() {
	run(|| {
		three_members();
		assert_ok!(propose(BOB, spend(BOB, 1)));
		assert_noop!(withdraw(CAROL), Error::<Test>::NotProposer);
		assert_noop!(Collectives::withdraw(signed(BOB), 99), Error::<Test>::UnknownProposal);
		assert_ok!(propose(CAROL, spend(CAROL, 1)));
		assert_ok!(vote(BOB, Abstain));
		assert_noop!(withdraw(CAROL), Error::<Test>::OthersVoted);
		assert_ok!(propose(OWNER, spend(BOB, 1)));
		wait(VOTING);
		// Otherwise no deposit would ever be lost.
		assert_noop!(withdraw(OWNER), Error::<Test>::VotingOver);
	});
}

#[test]
fn each_member_may_propose_however_many_proposals_are_open() {
	run(|| {
		for _ in 0..MAX_OPEN {
			assert_ok!(propose(OWNER, spend(OWNER, 1)));
		}
		assert_noop!(propose(OWNER, spend(OWNER, 1)), Error::<Test>::TooManyOfProposer);
		// What was proposed before others joined does not keep them from it.
		assert_ok!(decide(add(BOB, 1)));
		assert_ok!(propose(BOB, spend(BOB, 1)));
		assert_noop!(propose(BOB, spend(BOB, 1)), Error::<Test>::TooManyProposals);
		assert_noop!(propose(OWNER, spend(OWNER, 1)), Error::<Test>::TooManyOfProposer);
		let others = (100..).take(MAX_MEMBERS as usize - 2);
		for who in others.clone() {
			Collectives::act(MODEL, add(who, 1)).unwrap();
			let enough = 2 * DEPOSIT + EXISTENTIAL_DEPOSIT;
			assert_ok!(Balances::transfer_keep_alive(signed(EVE), who, enough));
		}
		for who in others {
			assert_ok!(propose(who, spend(who, 1)));
			assert_noop!(propose(who, spend(who, 1)), Error::<Test>::TooManyOfProposer);
		}
	});
}
