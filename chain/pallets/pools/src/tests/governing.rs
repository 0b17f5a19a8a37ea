use super::{Pools, *};

const THIRDS: Shares = ByRole {
	creator: 333_333,
	contributors: 333_334,
	clients: 333_333,
	engineers: 0,
	annotators: 0,
	validators: 0,
};

fn set_shares(shares: Shares) -> DispatchResult {
	<Pools as Shareholding>::set_shares(MODEL, shares)
}

fn spend(score: Score) -> Result<Balance, DispatchError> {
	<Pools as Spending<_>>::spend(MODEL, Role::Contributor, &BOB, score)
}

#[test]
fn an_owner_who_does_not_decide_alone_neither_rewards_nor_closes() {
	run(|| {
		assert_ok!(create(Native, 1_000));
		OwnerDecides::set(false);
		assert_noop!(reward(&[(BOB, HALF)]), Error::<Test>::CollectiveDecides);
		assert_noop!(close(), Error::<Test>::CollectiveDecides);
		assert_noop!(Pools::close(signed(BOB), MODEL), Error::<Test>::NotOwner);
		assert_ok!(fund(OWNER, 100));
		assert_ok!(<Pools as Closing>::close(MODEL));
		assert_eq!(pool().state, PoolState::Settled);
	});
}

#[test]
fn a_pool_is_closed_by_decision_as_by_its_owner() {
	run(|| {
		let close = || <Pools as Closing>::close(MODEL);
		assert_noop!(close(), Error::<Test>::NoPool);
		assert_ok!(create(Native, 1_000));
		RoundRuns::set(true);
		assert_noop!(close(), Error::<Test>::PoolLocked);
		RoundRuns::set(false);
		assert_ok!(close());
		assert_eq!(Balances::free_balance(OWNER), ENDOWMENT);
		assert_noop!(close(), Error::<Test>::PoolClosed);
	});
}

#[test]
fn new_shares_split_what_comes_in_later_and_leave_the_buckets() {
	run(|| {
		assert_ok!(create(Native, 1_000));
		let before = pool().buckets;
		assert_ok!(set_shares(THIRDS));
		System::assert_last_event(Event::SharesSet { model: MODEL, shares: THIRDS }.into());
		assert_eq!(pool().buckets, before);
		assert_ok!(fund(BOB, 300));
		assert_eq!(pool().buckets.clients, 99);
		assert_eq!(pool().buckets.contributors, before.contributors + 102);
		assert_eq!(pool().buckets.engineers, before.engineers);
	});
}

#[test]
fn shares_that_are_not_the_whole_or_of_no_open_pool_are_refused() {
	run(|| {
		assert_noop!(set_shares(THIRDS), Error::<Test>::NoPool);
		assert_ok!(create(Native, 1_000));
		for clients in [0, 333_334, u32::MAX] {
			let shares = ByRole { clients, ..THIRDS };
			assert_noop!(set_shares(shares), Error::<Test>::SharesDoNotSum);
		}
		assert_ok!(close());
		assert_noop!(set_shares(THIRDS), Error::<Test>::PoolClosed);
	});
}

#[test]
fn spending_credits_a_part_of_a_bucket_and_says_so() {
	run(|| {
		assert_ok!(create(Native, 1_000));
		assert_eq!(spend(HALF), Ok(200));
		assert_eq!(<Pools as Earnings<_>>::earned(MODEL, &BOB), 200);
		System::assert_last_event(
			Event::Spent {
				model: MODEL,
				role: Role::Contributor,
				who: BOB,
				score: HALF,
				amount: 200,
			}
			.into(),
		);
		assert_ok!(claim(BOB));
		assert_eq!(<Pools as Earnings<_>>::earned(MODEL, &BOB), 200);
	});
}

#[test]
fn spending_is_refused_as_a_reward_is() {
	run(|| {
		assert_noop!(spend(HALF), Error::<Test>::NoPool);
		assert_ok!(create(Native, 1_000));
		assert_noop!(spend(Score(1_000_000_001)), Error::<Test>::ScoreAboveOne);
		assert_eq!(spend(Score::ONE), Ok(400));
		assert_noop!(spend(HALF), Error::<Test>::BucketEmpty);
		assert_ok!(close());
		assert_noop!(spend(HALF), Error::<Test>::PoolClosed);
	});
}

#[test]
fn others_may_know_of_a_pool_what_it_is_made_of() {
	run(|| {
		assert_eq!((Pools::asset(MODEL), Pools::is_open(MODEL)), (None, false));
		assert_ok!(create(WithId(COIN), 1_000));
		assert_eq!((Pools::asset(MODEL), Pools::is_open(MODEL)), (Some(WithId(COIN)), true));
		assert_ok!(close());
		assert_eq!((Pools::asset(MODEL), Pools::is_open(MODEL)), (Some(WithId(COIN)), false));
	});
}
