use super::{Pools, *};

#[test]
fn a_score_is_a_part_of_what_remains() {
	run(|| {
		assert_ok!(create(Native, 1_000));
		assert_ok!(reward(&[(BOB, HALF)]));
		assert_eq!((earned(BOB), pool().buckets.contributors), (200, 200));
		assert_ok!(reward(&[(BOB, HALF)]));
		assert_eq!((earned(BOB), pool().buckets.contributors), (300, 100));
		System::assert_last_event(
			Event::Rewarded {
				model: MODEL,
				role: Role::Contributor,
				who: BOB,
				score: HALF,
				amount: 100,
			}
			.into(),
		);
	});
}

#[test]
fn equal_scores_earn_equal_amounts_in_one_call() {
	run(|| {
		assert_ok!(create(Native, 1_000));
		assert_ok!(reward(&[(BOB, HALF), (CAROL, HALF)]));
		assert_eq!((earned(BOB), earned(CAROL)), (200, 200));
		assert_eq!(pool().buckets.contributors, 0);
	});
}

#[test]
fn dust_stays_in_the_bucket() {
	run(|| {
		assert_ok!(create(Native, 1_000));
		let third = Score(333_333_333);
		assert_ok!(reward(&[(OWNER, third), (BOB, third), (CAROL, third)]));
		assert_eq!((earned(OWNER), earned(BOB), earned(CAROL)), (133, 133, 133));
		assert_eq!(pool().buckets.contributors, 1);
	});
}

#[test]
fn a_reward_leaves_the_other_roles_alone() {
	run(|| {
		assert_ok!(create(Native, 1_000));
		assert_ok!(Pools::reward(signed(OWNER), MODEL, Role::Annotator, vec![(BOB, Score::ONE)]));
		assert_ok!(reward(&[(BOB, HALF)]));
		let allocation = Allocations::<Test>::get(MODEL, BOB);
		assert_eq!(
			allocation.earned,
			ByRole { annotators: 200, contributors: 200, ..Default::default() }
		);
		assert_eq!(pool().buckets.engineers, 200);
	});
}

#[test]
fn who_earns_nothing_takes_no_storage() {
	run(|| {
		assert_ok!(create(Native, 1_000));
		assert_ok!(reward(&[(BOB, Score::ZERO)]));
		assert!(!Allocations::<Test>::contains_key(MODEL, BOB));
	});
}

#[test]
fn a_score_above_one_is_refused() {
	run(|| {
		assert_ok!(create(Native, 1_000));
		for score in [Score(1_000_000_001), Score(u32::MAX)] {
			assert_noop!(reward(&[(BOB, score)]), Error::<Test>::ScoreAboveOne);
		}
	});
}

#[test]
fn scores_that_together_are_above_one_are_refused() {
	run(|| {
		assert_ok!(create(Native, 1_000));
		assert_noop!(
			reward(&[(BOB, HALF), (CAROL, HALF), (OWNER, Score(1))]),
			Error::<Test>::ScoresAboveOne
		);
	});
}

#[test]
fn an_account_named_twice_is_refused() {
	run(|| {
		assert_ok!(create(Native, 1_000));
		assert_noop!(
			reward(&[(BOB, Score(1)), (CAROL, Score(1)), (BOB, Score(1))]),
			Error::<Test>::DuplicateAccount
		);
	});
}

#[test]
fn nobody_and_too_many_are_refused() {
	run(|| {
		assert_ok!(create(Native, 1_000));
		assert_noop!(reward(&[]), Error::<Test>::NobodyToReward);
		let many: Vec<_> = (100..357).map(|who| (who, Score(1))).collect();
		assert_noop!(reward(&many), Error::<Test>::TooManyRewards);
		assert_ok!(reward(&many[1..]));
	});
}

#[test]
fn an_empty_bucket_is_refused() {
	run(|| {
		assert_ok!(create(Native, 1_000));
		assert_noop!(
			Pools::reward(signed(OWNER), MODEL, Role::Client, vec![(BOB, HALF)]),
			Error::<Test>::BucketEmpty
		);
	});
}

#[test]
fn only_the_owner_rewards() {
	run(|| {
		let reward =
			|who, model| Pools::reward(signed(who), model, Role::Contributor, vec![(BOB, HALF)]);
		assert_noop!(reward(OWNER, 5), Error::<Test>::UnknownModel);
		assert_noop!(reward(OWNER, MODEL), Error::<Test>::NoPool);
		assert_ok!(create(Native, 1_000));
		assert_noop!(reward(BOB, MODEL), Error::<Test>::NotOwner);
		assert_ok!(fund(BOB, 10));
		assert_ok!(close());
		assert_noop!(reward(OWNER, MODEL), Error::<Test>::PoolClosed);
	});
}

#[test]
fn a_paymaster_that_asks_for_more_than_the_bucket_gets_nothing() {
	run(|| {
		assert_ok!(create(Native, 1_000));
		let pay = |numerator, denominator| {
			let parts = [(BOB, Part { numerator, denominator })];
			<Pools as Paymaster<_>>::pay(MODEL, Role::Contributor, &parts)
		};
		assert_noop!(pay(401, 400), Error::<Test>::ScoresAboveOne);
		assert_noop!(pay(u128::MAX, 1), ArithmeticError::Overflow);
		assert_noop!(pay(1, 0), ArithmeticError::Overflow);
		assert_ok!(pay(1, 400), vec![1]);
	});
}

#[test]
fn a_preview_pays_nothing() {
	run(|| {
		let parts = [(BOB, HALF.into()), (CAROL, Score(250_000_000).into())];
		let preview = || <Pools as Paymaster<_>>::preview(MODEL, Role::Contributor, &parts);
		assert_noop!(preview(), Error::<Test>::NoPool);
		assert_ok!(create(Native, 1_000));
		assert_storage_noop!(assert_ok!(preview(), vec![200, 100]));
	});
}

/// What counts as an account's contribution.
fn contributed(who: AccountId) -> Balance {
	<Pools as Earnings<_>>::earned(MODEL, &who)
}

#[test]
fn what_an_owner_decides_to_be_rewarded_is_no_contribution() {
	run(|| {
		assert_ok!(create(Native, 1_000));
		assert_ok!(reward(&[(OWNER, HALF), (BOB, HALF)]));
		assert_eq!((earned(OWNER), earned(BOB)), (200, 200));
		assert_eq!((contributed(OWNER), contributed(BOB)), (0, 200));
		// Neither is what the owner scores in rounds, whoever governs the model.
		assert_ok!(fund(BOB, 1_000));
		OwnerDecides::set(false);
		assert_ok!(<Pools as Allowing>::set_allowance(MODEL, None));
		let parts = [(OWNER, HALF.into()), (BOB, HALF.into())];
		assert_ok!(<Pools as Payroll<_>>::pay_round(MODEL, &parts));
		assert_eq!((contributed(OWNER), contributed(BOB)), (0, 400));
		// What the others decide is.
		assert_ok!(<Pools as Spending<_>>::spend(MODEL, Role::Engineer, &OWNER, HALF));
		assert_eq!((contributed(OWNER), contributed(BOB)), (200, 400));
		assert_ok!(claim(OWNER));
		assert_eq!(contributed(OWNER), 200);
	});
}
