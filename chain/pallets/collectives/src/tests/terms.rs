use super::*;

#[test]
fn the_first_terms_are_sound_and_ask_for_the_least_deposit() {
	run(|| {
		let terms = first_terms();
		assert!(terms.ensure_sound::<Test>().is_ok());
		assert_eq!(terms.deposit, DEPOSIT);
		assert_ok!(decide(Action::SetTerms { terms }));
		System::assert_has_event(Event::TermsSet { model: MODEL, terms }.into());
	});
}

#[test]
fn a_threshold_is_at_least_half_and_less_than_the_whole() {
	run(|| {
		for threshold in [0, WHOLE / 2 - 1, WHOLE, u32::MAX] {
			let error = Error::<Test>::ThresholdOutOfRange;
			assert_noop!(decide(set_terms(|terms| terms.threshold = threshold)), error);
			let error = Error::<Test>::ThresholdOutOfRange;
			let referendum = set_terms(|terms| terms.referendum.threshold = threshold);
			assert_noop!(decide(referendum), error);
		}
		for threshold in [WHOLE / 2, WHOLE - 1] {
			assert_ok!(decide(set_terms(|terms| terms.threshold = threshold)));
		}
	});
}

#[test]
fn a_quorum_is_at_most_the_whole() {
	run(|| {
		for quorum in [WHOLE + 1, u32::MAX] {
			let error = Error::<Test>::QuorumOutOfRange;
			assert_noop!(decide(set_terms(|terms| terms.quorum = quorum)), error);
			let error = Error::<Test>::QuorumOutOfRange;
			assert_noop!(decide(set_terms(|terms| terms.referendum.quorum = quorum)), error);
		}
		for quorum in [0, WHOLE] {
			assert_ok!(decide(set_terms(|terms| terms.quorum = quorum)));
		}
	});
}

#[test]
fn periods_are_neither_too_short_nor_too_long() {
	run(|| {
		let periods: [fn(&mut Terms) -> &mut Moment; 4] = [
			|terms| &mut terms.voting_ms,
			|terms| &mut terms.referendum.voting_ms,
			|terms| &mut terms.delay_ms,
			|terms| &mut terms.referendum.lock_ms,
		];
		for (n, period) in periods.into_iter().enumerate() {
			let too_long = set_terms(|terms| *period(terms) = MAX_PERIOD_MS + 1);
			assert_noop!(decide(too_long), Error::<Test>::PeriodOutOfRange);
			assert_ok!(decide(set_terms(|terms| *period(terms) = MAX_PERIOD_MS)));
			let too_short = set_terms(|terms| *period(terms) = MIN_PERIOD_MS - 1);
			match n {
				// What may be nothing at all may be short.
				2 | 3 => assert_eq!(decide(too_short), Ok(())),
				_ => {
					assert_noop!(decide(too_short), Error::<Test>::PeriodOutOfRange);
				},
			}
		}
	});
}

#[test]
fn there_is_a_day_at_least_to_enact_in() {
	run(|| {
		let within = |ms| decide(set_terms(|terms| terms.enact_within_ms = ms));
		for ms in [0, 1_000, MIN_ENACT_WITHIN_MS - 1] {
			assert_noop!(within(ms), Error::<Test>::EnactWithinTooShort);
			let action = set_terms(|terms| terms.enact_within_ms = ms);
			assert_noop!(propose(OWNER, action), Error::<Test>::EnactWithinTooShort);
		}
		assert_noop!(within(MAX_PERIOD_MS + 1), Error::<Test>::PeriodOutOfRange);
		for ms in [MIN_ENACT_WITHIN_MS, MAX_PERIOD_MS] {
			assert_ok!(within(ms));
		}
	});
}

#[test]
fn a_deposit_is_neither_too_small_nor_too_large() {
	run(|| {
		for deposit in [0, DEPOSIT - 1, 1_000 * DEPOSIT + 1] {
			let action = set_terms(|terms| terms.deposit = deposit);
			assert_noop!(decide(action), Error::<Test>::DepositOutOfRange);
		}
		assert_ok!(decide(set_terms(|terms| terms.deposit = 1_000 * DEPOSIT)));
	});
}

#[test]
fn a_proposal_is_judged_by_the_terms_that_it_was_made_under() {
	run(|| {
		assert_ok!(decide(set_terms(|terms| terms.threshold = 900_000)));
		three_members();
		assert_ok!(propose(OWNER, spend(DAVE, 10)));
		let disputed = newest();
		// All agree to a lower threshold meanwhile.
		assert_ok!(propose(OWNER, set_terms(|terms| terms.deposit = 2 * DEPOSIT)));
		for who in [OWNER, BOB, CAROL] {
			assert_ok!(vote(who, Aye));
		}
		assert_ok!(close(newest()));
		assert_eq!(Collectives::collective(MODEL).unwrap().terms.threshold, WHOLE / 2);
		// Two of three would be enough now.
		assert_ok!(vote_on(disputed, OWNER, Aye));
		assert_ok!(vote_on(disputed, BOB, Aye));
		assert_ok!(vote_on(disputed, CAROL, Nay));
		wait(VOTING);
		assert_ok!(close(disputed));
		assert_eq!(state(disputed), State::Rejected);
		assert_eq!(held(OWNER), 0);
	});
}
