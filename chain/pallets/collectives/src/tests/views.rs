use super::{Collectives, *};

fn tally(id: ProposalId) -> TallyOf<AccountId> {
	Collectives::tally(id).unwrap()
}

#[test]
fn a_tally_says_what_closing_would_record_and_who_votes_how() {
	run(|| {
		three_members();
		assert_ok!(propose(OWNER, spend(DAVE, 10)));
		assert_ok!(delegate(BOB, OWNER));
		assert_ok!(vote(OWNER, Aye));
		let voter = |who, vote, via| Voter { who, vote, conviction: Unconvinced, weight: 1, via };
		let expected = TallyOf {
			stage: Stage::Members,
			tally: Tally { aye: 2, turnout: 2, electorate: 3, ayes: 2, ..Default::default() },
			outcome: Outcome::Approved,
			can_close: true,
			voters: vec![
				voter(OWNER, Some(Aye), None),
				voter(BOB, Some(Aye), Some(OWNER)),
				voter(CAROL, None, None),
			],
		};
		assert_eq!(tally(newest()), expected);
		assert_ok!(close(newest()));
		assert_eq!(proposal(newest()).members, Some(expected.tally));
		// Recorded now: who voted, as they did.
		let recorded = tally(newest());
		assert_eq!((recorded.tally, recorded.outcome), (expected.tally, Outcome::Approved));
		assert_eq!(recorded.voters, [voter(OWNER, Some(Aye), None)]);
	});
}

#[test]
fn a_referendum_shows_its_voters_with_their_conviction() {
	run(|| {
		stake(DAVE, 100);
		stake(EVE, 200);
		assert_ok!(propose_to(Electorate::Stakers, OWNER, spend(DAVE, 10)));
		let conviction = Conviction::Locked2x;
		assert_ok!(Collectives::vote(signed(DAVE), newest(), Nay, conviction));
		let shown = tally(newest());
		let expected = Tally { nay: 2_000, turnout: 100, electorate: 300, ..Default::default() };
		assert_eq!((shown.stage, shown.tally), (Stage::Referendum, expected));
		assert_eq!((shown.outcome, shown.can_close), (Outcome::Rejected, false));
		let voter = Voter { who: DAVE, vote: Some(Nay), conviction, weight: 100, via: None };
		assert_eq!(shown.voters, [voter]);
		wait(REFERENDUM);
		assert!(tally(newest()).can_close);
		assert_ok!(close(newest()));
		assert_eq!(tally(newest()).tally, expected);
	});
}

#[test]
fn what_is_not_there_or_was_withdrawn_has_no_tally() {
	run(|| {
		assert_eq!(Collectives::tally(0), None);
		assert_ok!(propose(OWNER, spend(DAVE, 10)));
		assert_ok!(withdraw(OWNER));
		assert_eq!(Collectives::tally(newest()), None);
		stake(DAVE, 100);
		assert_ok!(propose_to(Electorate::Stakers, OWNER, spend(DAVE, 10)));
		assert_ok!(withdraw(OWNER));
		assert_eq!(Collectives::tally(newest()), None);
	});
}

#[test]
fn a_collective_is_shown_whether_it_is_stored_or_not() {
	run(|| {
		let shown = Collectives::collective_of(POOR_MODEL).unwrap();
		let member = |who, assigned, weight, delegate| MemberOf { who, assigned, weight, delegate };
		assert_eq!(shown.members, [member(OWNER, 1, 1, None)]);
		assert!(shown.owner_decides);
		assert_eq!(shown.settle_ms, 0);
		assert_eq!(Collectives::collective_of(9), None);

		assert_ok!(decide(Action::SetWeighting { weighting: Weighting::ByStake }));
		let shown = Collectives::collective_of(MODEL).unwrap();
		assert_eq!((shown.weighting, shown.counts_by), (Weighting::ByStake, Weighting::Assigned));
		assert_eq!(shown.members, [member(OWNER, 1, 1, None)]);
		stake(BOB, 300);
		join(BOB, 2);
		assert_ok!(delegate(OWNER, BOB));
		let shown = Collectives::collective_of(MODEL).unwrap();
		assert_eq!(shown.members, [member(OWNER, 1, 0, Some(BOB)), member(BOB, 2, 300, None)]);
		assert_eq!((shown.weighting, shown.owner_decides), (Weighting::ByStake, false));
		assert_eq!(shown.counts_by, Weighting::ByStake);
		// The members' vote, and a day to propose, to close and to enact.
		assert_eq!(shown.settle_ms, VOTING + DAY);
		assert!(Collectives::is_member(MODEL, &BOB));
		assert!(!Collectives::is_member(MODEL, &CAROL));
	});
}
