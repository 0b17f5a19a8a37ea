use super::{Pools, *};

fn set_aside(amount: Balance) -> DispatchResult {
	<Pools as Reserving<_>>::set_aside(MODEL, Role::Annotator, amount)
}

fn pay_as(decider: Decider, who: AccountId, amount: Balance) -> DispatchResult {
	<Pools as Reserving<_>>::pay_set_aside(MODEL, Role::Annotator, &who, amount, decider)
}

fn pay(who: AccountId, amount: Balance) -> DispatchResult {
	pay_as(Decider::Owner, who, amount)
}

fn put_back(amount: Balance) -> DispatchResult {
	<Pools as Reserving<_>>::put_back(MODEL, Role::Annotator, amount)
}

#[test]
fn what_is_set_aside_is_out_of_the_bucket_and_still_held() {
	run(|| {
		assert_ok!(create(Native, 1_000));
		assert_ok!(set_aside(150));
		assert!(has_event(Event::SetAside {
			model: MODEL,
			role: Role::Annotator,
			amount: 150,
			bucket: 50
		}));
		assert_eq!((pool().buckets.annotators, pool().set_aside), (50, 150));
		assert_eq!(pool().ledger.held, 1_000);
		assert_noop!(set_aside(51), Error::<Test>::BucketTooSmall);
		// A reward is a part of what remains, not of what is promised.
		assert_ok!(Pools::reward(signed(OWNER), MODEL, Role::Annotator, vec![(BOB, Score::ONE)]));
		assert_eq!((claimable(BOB), pool().set_aside), (50, 150));
	});
}

#[test]
fn it_is_paid_or_put_back_but_never_more_than_there_is() {
	run(|| {
		assert_ok!(create(Native, 1_000));
		assert_ok!(set_aside(150));
		assert_noop!(pay(BOB, 151), ArithmeticError::Underflow);
		assert_ok!(pay(BOB, 100));
		assert_ok!(pay(CAROL, 0));
		assert!(!Allocations::<Test>::contains_key(MODEL, CAROL));
		assert_noop!(put_back(51), ArithmeticError::Underflow);
		assert_ok!(put_back(50));
		assert!(has_event(Event::PutBack {
			model: MODEL,
			role: Role::Annotator,
			amount: 50,
			bucket: 100
		}));
		assert_eq!((pool().buckets.annotators, pool().set_aside), (100, 0));
		let before = Balances::free_balance(BOB);
		assert_ok!(claim(BOB));
		assert_eq!(Balances::free_balance(BOB), before + 100);
	});
}

#[test]
fn an_allowance_is_lowered_and_not_raised_when_something_is_put_back() {
	run(|| {
		assert_ok!(create(Native, 1_000));
		assert_ok!(<Pools as Allowing>::set_allowance(MODEL, Some(120)));
		assert_noop!(set_aside(121), Error::<Test>::AllowanceSpent);
		assert_ok!(set_aside(100));
		assert_eq!(Pools::allowance(MODEL), Allowance::Limited(20));
		assert_ok!(put_back(100));
		assert_noop!(set_aside(21), Error::<Test>::AllowanceSpent);
	});
}

#[test]
fn a_pool_is_not_closed_while_something_is_set_aside() {
	run(|| {
		assert_ok!(create(Native, 1_000));
		assert_ok!(set_aside(1));
		assert!(<Pools as Closing>::is_locked(MODEL));
		assert_noop!(close(), Error::<Test>::PoolLocked);
		assert_ok!(pay(BOB, 1));
		assert!(!<Pools as Closing>::is_locked(MODEL));
		assert_ok!(close());
	});
}

#[test]
fn what_an_owner_allowed_alone_lets_nothing_be_set_aside_once_others_govern() {
	run(|| {
		assert_ok!(create(Native, 1_000));
		assert_ok!(<Pools as Allowing>::set_allowance(MODEL, Some(120)));
		assert_ok!(set_aside(10));
		OwnerDecides::set(false);
		assert_noop!(set_aside(1), Error::<Test>::AllowanceSpent);
		// What was promised before is kept.
		assert_ok!(pay(BOB, 10));
		assert_ok!(<Pools as Allowing>::set_allowance(MODEL, Some(5)));
		assert_ok!(set_aside(5));
		assert_noop!(set_aside(1), Error::<Test>::AllowanceSpent);
	});
}

#[test]
fn what_the_owner_earns_by_the_owners_own_word_is_no_contribution() {
	run(|| {
		assert_ok!(create(Native, 1_000));
		assert_ok!(set_aside(100));
		OwnerDecides::set(false);
		assert_ok!(pay_as(Decider::Owner, OWNER, 30));
		assert_ok!(pay_as(Decider::Governance, OWNER, 20));
		assert_ok!(pay_as(Decider::Owner, BOB, 10));
		let earned = |who| <Pools as Earnings<_>>::earned(MODEL, &who);
		assert_eq!((earned(OWNER), earned(BOB)), (20, 10));
		OwnerDecides::set(true);
		assert_ok!(pay_as(Decider::Governance, OWNER, 40));
		assert_eq!((earned(OWNER), OwnRewards::<Test>::get(MODEL)), (20, 70));
	});
}

#[test]
fn nothing_is_set_aside_without_an_open_pool() {
	run(|| {
		assert_noop!(set_aside(1), Error::<Test>::NoPool);
		assert_ok!(create(Native, 1_000));
		assert_ok!(close());
		assert_noop!(set_aside(1), Error::<Test>::PoolClosed);
	});
}
