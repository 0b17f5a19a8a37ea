use super::{Pools, *};

#[test]
fn anyone_may_fund_a_pool() {
	run(|| {
		assert_ok!(create(Native, 1_000));
		assert_ok!(fund(BOB, 500));
		assert_eq!(pool().ledger.funded, 1_500);
		assert_eq!(pool().buckets.contributors, 600);
		assert_eq!(Contributions::<Test>::get(MODEL, BOB), Some(500));
		System::assert_last_event(
			Event::Funded { model: MODEL, who: BOB, amount: 500, buckets: pool().buckets }.into(),
		);
	});
}

#[test]
fn what_rounding_leaves_over_goes_to_the_largest_share() {
	run(|| {
		assert_ok!(create(Native, 19));
		let buckets = pool().buckets;
		assert_eq!((buckets.creator, buckets.engineers, buckets.contributors), (1, 3, 11));
		assert_eq!(buckets.total(), Some(19));
	});
}

#[test]
fn of_equal_shares_the_first_role_gets_the_rest() {
	let shares = ByRole { engineers: 500_000, clients: 500_000, ..Default::default() };
	let buckets = shares.split(7).unwrap();
	assert_eq!((buckets.engineers, buckets.clients), (4, 3));
}

#[test]
fn the_largest_amount_is_split_without_loss() {
	assert_eq!(SHARES.split(u128::MAX).unwrap().total(), Some(u128::MAX));
}

#[test]
fn funding_nothing_or_nowhere_is_refused() {
	run(|| {
		assert_noop!(fund(BOB, 1), Error::<Test>::NoPool);
		assert_ok!(create(Native, 1_000));
		assert_noop!(fund(BOB, 0), Error::<Test>::AmountZero);
		for amount in [ENDOWMENT, ENDOWMENT + 1, u128::MAX] {
			assert_noop!(fund(BOB, amount), Error::<Test>::InsufficientBalance);
		}
		assert_noop!(Pools::fund(RuntimeOrigin::none(), MODEL, 1), BadOrigin);
	});
}

#[test]
fn a_closed_pool_takes_no_funds() {
	run(|| {
		assert_ok!(create(Native, 1_000));
		assert_ok!(fund(BOB, 500));
		assert_ok!(close());
		assert_noop!(fund(BOB, 500), Error::<Test>::PoolClosed);
	});
}

#[test]
fn a_frozen_asset_cannot_be_put_in() {
	run(|| {
		assert_ok!(create(WithId(COIN), 1_000));
		assert_ok!(Assets::freeze_asset(signed(OWNER), COIN));
		assert_noop!(fund(BOB, 500), Error::<Test>::InsufficientBalance);
		assert_ok!(Assets::thaw_asset(signed(OWNER), COIN));
		assert_ok!(fund(BOB, 500));
	});
}
