use super::{Pools, *};

/// What is left of an account that pays in from outside, such as the escrow account of stakes.
const OUTSIDE: AccountId = CAROL;

fn take(payer: AccountId, amount: Balance) -> DispatchResult {
	<Pools as Income<_>>::take(MODEL, &payer, amount)
}

fn put_slashed(amount: Balance, to: SlashTo) -> Result<SlashTo, DispatchError> {
	<Pools as Income<_>>::put_slashed(MODEL, &OUTSIDE, amount, to)
}

#[test]
fn income_goes_into_the_buckets_by_share_with_nothing_lost() {
	run(|| {
		assert_ok!(create(Native, 1_000));
		assert_ok!(take(BOB, 19));
		assert_eq!(Balances::free_balance(BOB), ENDOWMENT - 19);
		assert_eq!(pool().ledger, Ledger { funded: 1_019, paid: 0, refunded: 0, held: 1_019 });
		let parts = SHARES.split(19).unwrap();
		System::assert_last_event(
			Event::IncomeTaken {
				model: MODEL,
				payer: BOB,
				amount: 19,
				parts,
				buckets: pool().buckets,
			}
			.into(),
		);
		assert_eq!(parts.total(), Some(19));
		assert_eq!(pool().buckets.contributors, 400 + parts.contributors);
	});
}

#[test]
fn what_income_left_beyond_the_funders_money_is_the_creators() {
	run(|| {
		assert_ok!(create(Native, 1_000));
		assert_ok!(fund(CAROL, 500));
		assert_ok!(take(BOB, 500));
		assert_ok!(reward(&[(BOB, HALF)]));
		assert_ok!(close());
		// 1500 were put in, 500 came in, 400 were earned: all funders are refunded in full.
		assert_eq!(pool().refundable, 500);
		assert!(has_event(Event::SurplusCredited { model: MODEL, owner: OWNER, amount: 100 }));
		assert_noop!(refund(BOB), Error::<Test>::NothingToRefund);
		assert_ok!(refund(CAROL));
		assert_eq!(Balances::free_balance(CAROL), ENDOWMENT);
		assert_ok!(claim(OWNER));
		assert_ok!(claim(BOB));
		assert_eq!(Balances::free_balance(OWNER), ENDOWMENT + 100);
		assert_eq!(pool().state, PoolState::Settled);
	});
}

#[test]
fn what_was_earned_beyond_the_income_is_the_funders_loss() {
	run(|| {
		assert_ok!(create(Native, 1_000));
		assert_ok!(fund(CAROL, 500));
		assert_ok!(take(BOB, 100));
		assert_ok!(reward(&[(BOB, HALF)]));
		assert_ok!(close());
		// Of 1600, 320 were earned; of the 1280 left, a third is Carol's, and the odd one as the
		// last.
		assert_ok!(refund(CAROL));
		assert_eq!(Balances::free_balance(CAROL), ENDOWMENT - 500 + 427);
		assert!(Allocations::<Test>::get(MODEL, OWNER) == Allocation::default());
	});
}

#[test]
fn who_funds_a_pool_right_before_it_is_closed_gains_nothing_by_its_income() {
	run(|| {
		assert_ok!(create(Native, 1_000));
		assert_ok!(take(BOB, 10_000));
		assert_ok!(fund(CAROL, 9_000));
		assert_ok!(close());
		assert_ok!(refund(CAROL));
		assert_eq!(Balances::free_balance(CAROL), ENDOWMENT);
	});
}

#[test]
fn income_is_refused_as_funds_are() {
	run(|| {
		assert_noop!(take(BOB, 1), Error::<Test>::NoPool);
		assert_ok!(create(Native, 1_000));
		assert_noop!(take(BOB, 0), Error::<Test>::AmountZero);
		for amount in [ENDOWMENT - EXISTENTIAL_DEPOSIT + 1, u128::MAX] {
			assert_noop!(take(BOB, amount), Error::<Test>::InsufficientBalance);
		}
		assert_ok!(fund(BOB, 1));
		assert_ok!(close());
		assert_noop!(take(BOB, 1), Error::<Test>::PoolClosed);
	});
}

#[test]
fn what_is_slashed_goes_where_it_is_sent() {
	run(|| {
		assert_ok!(create(Native, 1_000));
		assert_eq!(put_slashed(100, SlashTo::Buckets), Ok(SlashTo::Buckets));
		assert_eq!(pool().buckets.contributors, 440);
		let role = SlashTo::Role(Role::Client);
		assert_eq!(put_slashed(100, role), Ok(role));
		assert_eq!(pool().buckets.clients, 100);
		let parts = ByRole { clients: 100, ..Default::default() };
		System::assert_last_event(
			Event::SlashTaken {
				model: MODEL,
				from: OUTSIDE,
				amount: 100,
				to: role,
				parts,
				buckets: pool().buckets,
			}
			.into(),
		);
		assert_eq!(put_slashed(100, SlashTo::Fees), Ok(SlashTo::Fees));
		assert_eq!(Balances::free_balance(FEES), 100);
		assert_eq!(pool().ledger.funded, 1_200);
		assert_eq!(pool().contributions, 1_000);
	});
}

#[test]
fn what_is_slashed_after_closing_goes_to_the_fees_account() {
	run(|| {
		assert_noop!(put_slashed(100, SlashTo::Buckets), Error::<Test>::NoPool);
		assert_ok!(create(Native, 1_000));
		assert_ok!(close());
		assert_eq!(put_slashed(100, SlashTo::Buckets), Ok(SlashTo::Fees));
		assert_eq!(put_slashed(100, SlashTo::Role(Role::Client)), Ok(SlashTo::Fees));
		assert_eq!(Balances::free_balance(FEES), 200);
		assert_eq!(pool().ledger.funded, 1_000);
	});
}

#[test]
fn what_the_fees_account_cannot_receive_goes_into_the_buckets_of_an_open_pool() {
	run(|| {
		assert_ok!(create(WithId(COIN), 1_000));
		// The fees account does not exist, so cannot hold the coin.
		assert_eq!(put_slashed(100, SlashTo::Fees), Ok(SlashTo::Buckets));
		assert_eq!((coins(FEES), pool().ledger.funded), (0, 1_100));
		assert_ok!(Balances::transfer_keep_alive(signed(OWNER), FEES, EXISTENTIAL_DEPOSIT));
		// Four are too few for an account that has none; one is enough for one that has some.
		assert_eq!(put_slashed(4, SlashTo::Fees), Ok(SlashTo::Buckets));
		assert_eq!(put_slashed(5, SlashTo::Fees), Ok(SlashTo::Fees));
		assert_eq!(put_slashed(1, SlashTo::Fees), Ok(SlashTo::Fees));
		assert_eq!((coins(FEES), pool().ledger.funded), (6, 1_104));
	});
}

#[test]
fn a_slash_that_cannot_be_paid_changes_nothing() {
	run(|| {
		assert_ok!(create(WithId(COIN), 1_000));
		assert_noop!(put_slashed(0, SlashTo::Buckets), Error::<Test>::AmountZero);
		assert_noop!(put_slashed(ENDOWMENT, SlashTo::Buckets), TokenError::NotExpendable);
		assert_ok!(Assets::freeze_asset(signed(OWNER), COIN));
		assert_noop!(put_slashed(100, SlashTo::Buckets), TokenError::Frozen);
	});
}
