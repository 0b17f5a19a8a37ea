use super::{Stakes, *};

fn to(slash_to: SlashTo) {
	set_terms(StakingTerms { slash_to, ..Default::default() });
}

#[test]
fn a_slash_takes_a_part_of_what_is_active_and_of_what_is_unbonding() {
	run(|| {
		assert_ok!(stake(BOB, 301));
		assert_ok!(unstake(BOB, 101));
		assert_ok!(slash(BOB, HALF));
		// Half of 101 is rounded down, so the staker keeps the odd one.
		assert_eq!(active(BOB), 100);
		assert_eq!(unbonding(BOB), [(51, START_MS + UNBONDING_MS)]);
		assert_eq!(escrow().ledger, Ledger { staked: 301, withdrawn: 0, slashed: 150, held: 151 });
		System::assert_last_event(
			Event::Slashed {
				model: MODEL,
				who: BOB,
				role: Role::Validator,
				part: HALF,
				cause: Cause::FalseScore,
				active: 100,
				unbonding: 50,
				to: SlashTo::Buckets,
			}
			.into(),
		);
	});
}

#[test]
fn the_buckets_get_it_by_share_and_no_funder_is_refunded_for_it() {
	run(|| {
		assert_ok!(stake(BOB, 200));
		assert_ok!(slash(BOB, HALF));
		assert_eq!((pool().buckets.creator, pool().buckets.validators), (440, 660));
		assert_eq!(pool().ledger.funded, POOL + 100);
		assert_eq!(pool().contributions, POOL);
		let before = tokens(OWNER);
		assert_ok!(close_pool());
		assert_eq!(tokens(OWNER), before + POOL);
		assert_ok!(pallet_pools::Pallet::<Test>::claim(signed(OWNER), MODEL));
		assert_eq!(tokens(OWNER), before + POOL + 100 + EXISTENTIAL_DEPOSIT);
	});
}

#[test]
fn one_bucket_gets_it_if_the_terms_say_so() {
	run(|| {
		to(SlashTo::Role(Role::Annotator));
		assert_ok!(stake(BOB, 200));
		assert_ok!(slash(BOB, HALF));
		assert_eq!(pool().buckets.annotators, 100);
	});
}

#[test]
fn the_fees_account_gets_it_if_the_terms_say_so() {
	run(|| {
		to(SlashTo::Fees);
		assert_ok!(stake(BOB, 200));
		assert_ok!(slash(BOB, HALF));
		assert_eq!(tokens(FEES), EXISTENTIAL_DEPOSIT + 100);
		assert_eq!(pool().ledger.funded, POOL);
	});
}

#[test]
fn a_closed_pool_has_no_buckets_so_the_fees_account_gets_it() {
	run(|| {
		assert_ok!(stake(BOB, 200));
		assert_ok!(close_pool());
		assert_ok!(slash(BOB, HALF));
		assert_eq!(tokens(FEES), EXISTENTIAL_DEPOSIT + 100);
		assert!(has_event(Event::Slashed {
			model: MODEL,
			who: BOB,
			role: Role::Validator,
			part: HALF,
			cause: Cause::FalseScore,
			active: 100,
			unbonding: 0,
			to: SlashTo::Fees,
		}));
	});
}

#[test]
fn what_has_unbonded_and_other_roles_are_not_touched() {
	run(|| {
		assert_ok!(stake(BOB, 300));
		assert_ok!(Stakes::stake(signed(BOB), MODEL, Role::Engineer, 100));
		assert_ok!(unstake(BOB, 100));
		run_to(START_MS + UNBONDING_MS);
		assert_ok!(slash(BOB, Score::ONE));
		assert_eq!(unbonding(BOB), [(100, START_MS + UNBONDING_MS)]);
		assert_eq!(Stakes::staked(MODEL, &BOB), 100);
		assert_noop!(slash(BOB, Score::ONE), Error::<Test>::NothingToSlash);
		assert_ok!(withdraw(BOB));
	});
}

#[test]
fn a_stake_that_is_slashed_whole_leaves_nothing_behind() {
	run(|| {
		assert_ok!(stake(BOB, 200));
		assert_ok!(unstake(BOB, 50));
		assert_ok!(slash(BOB, Score::ONE));
		assert!(!crate::Stakes::<Test>::contains_key(MODEL, BOB));
		assert!(!System::account_exists(&account()));
		assert_eq!(tokens(BOB), ENDOWMENT - 200);
		assert_eq!(escrow().depositor, None);
	});
}

#[test]
fn a_slash_of_nothing_or_of_more_than_all_is_refused() {
	run(|| {
		assert_noop!(slash(BOB, HALF), Error::<Test>::NothingToSlash);
		assert_ok!(stake(BOB, 200));
		assert_noop!(slash(BOB, Score::ZERO), Error::<Test>::NothingToSlash);
		assert_noop!(slash(BOB, Score(1)), Error::<Test>::NothingToSlash);
		assert_noop!(slash(BOB, Score(1_000_000_001)), Error::<Test>::ScoreAboveOne);
		let other = |model| {
			let cause = Cause::Other(b"rude".to_vec().try_into().unwrap());
			Stakes::slash(signed(OWNER), model, BOB, Role::Client, HALF, cause)
		};
		assert_noop!(other(MODEL), Error::<Test>::NothingToSlash);
		assert_noop!(other(POOR_MODEL), Error::<Test>::NoPool);
		assert_noop!(other(77), Error::<Test>::UnknownModel);
	});
}

#[test]
fn only_the_owner_slashes_and_only_while_deciding_alone() {
	run(|| {
		assert_ok!(stake(BOB, 200));
		let by = |origin| Stakes::slash(origin, MODEL, BOB, Role::Validator, HALF, Cause::Spam);
		assert_noop!(by(signed(CAROL)), Error::<Test>::NotOwner);
		assert_noop!(by(RuntimeOrigin::none()), BadOrigin);
		OwnerDecides::set(false);
		assert_noop!(by(signed(OWNER)), Error::<Test>::CollectiveDecides);
		let slashed = |part| {
			<Stakes as Slashing<_>>::slash(MODEL, &BOB, Role::Validator, part, Cause::Collusion)
		};
		assert_eq!(slashed(HALF), Ok(100));
	});
}

#[test]
fn what_the_fees_account_cannot_receive_goes_into_the_buckets() {
	run(|| {
		let terms = StakingTerms { slash_to: SlashTo::Fees, ..Default::default() };
		assert_ok!(<Stakes as Staking>::set_staking(COIN_MODEL, terms));
		assert_ok!(Stakes::stake(signed(BOB), COIN_MODEL, Role::Validator, 100));
		let slash = |part| {
			Stakes::slash(signed(OWNER), COIN_MODEL, BOB, Role::Validator, part, Cause::Absence)
		};
		let funded = || pallet_pools::Pools::<Test>::get(COIN_MODEL).unwrap().ledger.funded;
		let before = funded();
		// Four coins are too few for an account that has none.
		assert_ok!(slash(Score(40_000_000)));
		assert_eq!((coins(FEES), funded()), (0, before + 4));
		assert_ok!(slash(HALF));
		assert_eq!((coins(FEES), funded()), (48, before + 4));
	});
}
