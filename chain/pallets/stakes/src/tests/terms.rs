use super::{Stakes, *};

#[test]
fn a_change_of_the_unbonding_period_touches_later_unstakes_only() {
	run(|| {
		assert_ok!(stake(BOB, 300));
		assert_ok!(unstake(BOB, 100));
		let terms = StakingTerms { unbonding_ms: 30 * DAY_MS, ..Default::default() };
		set_terms(terms);
		System::assert_last_event(Event::TermsSet { model: MODEL, terms }.into());
		assert_ok!(unstake(BOB, 100));
		assert_eq!(unbonding(BOB), [(100, START_MS + UNBONDING_MS), (100, START_MS + 30 * DAY_MS)]);
	});
}

#[test]
fn without_an_unbonding_period_a_stake_is_withdrawn_at_once() {
	run(|| {
		set_terms(StakingTerms { unbonding_ms: 0, ..Default::default() });
		assert_ok!(stake(BOB, 300));
		assert_ok!(unstake(BOB, 300));
		assert_noop!(slash(BOB, HALF), Error::<Test>::NothingToSlash);
		assert_ok!(withdraw(BOB));
		assert_eq!(tokens(BOB), ENDOWMENT);
	});
}

#[test]
fn terms_that_trap_stakes_or_of_no_model_are_refused() {
	run(|| {
		let set = |model, unbonding_ms| {
			let terms = StakingTerms { unbonding_ms, ..Default::default() };
			<Stakes as Staking>::set_staking(model, terms)
		};
		assert_noop!(set(MODEL, MAX_UNBONDING_MS + 1), Error::<Test>::UnbondingTooLong);
		assert_noop!(set(77, 0), Error::<Test>::UnknownModel);
		assert_ok!(set(MODEL, MAX_UNBONDING_MS));
	});
}

#[test]
fn who_is_below_a_raised_minimum_may_still_leave() {
	run(|| {
		assert_ok!(stake(BOB, 50));
		set_terms(StakingTerms { minimum: 100, ..Default::default() });
		assert_noop!(unstake(BOB, 20), Error::<Test>::BelowMinimumStake);
		assert_ok!(unstake(BOB, 50));
	});
}
