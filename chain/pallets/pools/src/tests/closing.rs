use super::{Pools, *};

#[test]
fn what_remains_goes_back_in_proportion() {
	run(|| {
		assert_ok!(create(Native, 1_000));
		assert_ok!(fund(BOB, 500));
		assert_ok!(reward(&[(CAROL, HALF)]));
		assert_ok!(close());
		// 1500 - 300 remain; two thirds are the owner's, at once.
		assert_eq!(Balances::free_balance(OWNER), ENDOWMENT - 1_000 - EXISTENTIAL_DEPOSIT + 800);
		assert!(has_event(Event::Closed { model: MODEL, refundable: 1_200 }));
		assert!(has_event(Event::Refunded { model: MODEL, who: OWNER, amount: 800 }));
		assert_ok!(refund(BOB));
		assert_eq!(Balances::free_balance(BOB), ENDOWMENT - 500 + 400);
		assert_eq!(pool().refundable, 0);
		assert_eq!(pool().state, PoolState::Closed);
	});
}

#[test]
fn the_last_funder_gets_the_rest_exactly() {
	run(|| {
		assert_ok!(create(Native, 1_000));
		assert_ok!(fund(BOB, 1_000));
		assert_ok!(fund(CAROL, 1_000));
		// Leaves 3000 - 1 = 2999, which three cannot share equally.
		assert_ok!(reward(&[(BOB, Score(833_334))]));
		assert_ok!(close());
		assert_ok!(refund(BOB));
		assert_ok!(refund(CAROL));
		let back = |who| Balances::free_balance(who) + 1_000 - ENDOWMENT;
		assert_eq!((back(BOB), back(CAROL)), (1_000, 1_000));
		assert_eq!(Balances::free_balance(OWNER) + 10 + 1_000 - ENDOWMENT, 999);
		assert_eq!(pool().refundable, 0);
	});
}

#[test]
fn the_last_payment_settles_the_pool() {
	run(|| {
		assert_ok!(create(Native, 1_000));
		assert_ok!(reward(&[(BOB, HALF)]));
		assert_ok!(close());
		assert_eq!(pool().state, PoolState::Closed);
		assert_ok!(claim(BOB));
		assert_eq!(pool().state, PoolState::Settled);
		assert_eq!(pool().deposit, 0);
		assert!(!System::account_exists(&escrow()));
		assert_eq!(Balances::free_balance(OWNER), ENDOWMENT - 200);
		System::assert_last_event(
			Event::Settled { model: MODEL, owner: OWNER, amount: EXISTENTIAL_DEPOSIT }.into(),
		);
	});
}

#[test]
fn a_pool_in_an_asset_leaves_no_account_behind() {
	run(|| {
		assert_ok!(create(WithId(COIN), 1_000));
		assert_ok!(close());
		assert_eq!(pool().state, PoolState::Settled);
		assert_eq!(coins(OWNER), ENDOWMENT);
		assert!(!System::account_exists(&escrow()));
	});
}

#[test]
fn a_strangers_gift_to_the_escrow_goes_to_the_owner() {
	run(|| {
		assert_ok!(create(Native, 1_000));
		assert_ok!(Balances::transfer_keep_alive(signed(CAROL), escrow(), 77));
		assert_ok!(close());
		assert_eq!(Balances::free_balance(OWNER), ENDOWMENT + 77);
	});
}

#[test]
fn another_asset_sent_to_the_escrow_does_not_hold_up_the_settlement() {
	run(|| {
		assert_ok!(create(Native, 1_000));
		assert_ok!(Assets::transfer(signed(CAROL), COIN, escrow(), 50));
		assert_ok!(close());
		assert_eq!(pool().state, PoolState::Settled);
		assert_eq!(Balances::free_balance(OWNER), ENDOWMENT);
		assert_eq!(coins(escrow()), 50);
	});
}

#[test]
fn an_owner_who_cannot_be_paid_does_not_hold_up_the_others() {
	run(|| {
		assert_ok!(create(WithId(COIN), 1_000));
		assert_ok!(fund(BOB, 500));
		assert_ok!(reward(&[(CAROL, HALF)]));
		assert_ok!(Assets::block(signed(OWNER), COIN, OWNER));
		assert_ok!(close());
		assert_ok!(claim(CAROL));
		assert_ok!(refund(BOB));
		assert_eq!(pool().state, PoolState::Closed);
		assert_eq!(pool().refundable, 800);
		assert_ok!(Assets::thaw(signed(OWNER), COIN, OWNER));
		assert_ok!(refund(OWNER));
		assert_eq!(pool().state, PoolState::Settled);
	});
}

#[test]
fn a_settlement_that_failed_can_be_called_for() {
	run(|| {
		assert_ok!(create(WithId(COIN), 1_000));
		assert_ok!(reward(&[(BOB, HALF)]));
		assert_ok!(close());
		assert_noop!(settle(), Error::<Test>::NothingToSettle);
		assert_ok!(Assets::block(signed(OWNER), COIN, OWNER));
		assert_ok!(claim(BOB));
		assert_eq!(pool().state, PoolState::Closed);
		assert_noop!(settle(), TokenError::Blocked);
		assert_ok!(Assets::thaw(signed(OWNER), COIN, OWNER));
		assert_ok!(settle());
		System::assert_last_event(Event::Settled { model: MODEL, owner: OWNER, amount: 5 }.into());
		assert_noop!(settle(), Error::<Test>::NothingToSettle);
	});
}

#[test]
fn what_is_sent_to_a_settled_pool_is_passed_on_to_its_owner() {
	run(|| {
		assert_ok!(create(Native, 1_000));
		assert_ok!(close());
		assert_eq!(pool().state, PoolState::Settled);
		assert_ok!(Balances::transfer_allow_death(signed(BOB), escrow(), 41));
		let before = Balances::free_balance(OWNER);
		assert_ok!(settle());
		assert_eq!(Balances::free_balance(OWNER), before + 41);
		assert!(!System::account_exists(&escrow()));
		System::assert_last_event(Event::Settled { model: MODEL, owner: OWNER, amount: 41 }.into());
		assert_noop!(settle(), Error::<Test>::NothingToSettle);
	});
}

#[test]
fn settling_an_open_or_absent_pool_is_refused() {
	run(|| {
		assert_noop!(settle(), Error::<Test>::NoPool);
		assert_ok!(create(Native, 1_000));
		assert_noop!(settle(), Error::<Test>::PoolOpen);
		assert_noop!(Pools::settle(RuntimeOrigin::none(), MODEL), BadOrigin);
	});
}

#[test]
fn a_pool_is_not_closed_while_a_round_runs() {
	run(|| {
		assert_ok!(create(Native, 1_000));
		RoundRuns::set(true);
		assert_noop!(close(), Error::<Test>::PoolLocked);
		RoundRuns::set(false);
		assert_ok!(close());
	});
}

#[test]
fn only_the_owner_closes_and_only_once() {
	run(|| {
		assert_noop!(close(), Error::<Test>::NoPool);
		assert_ok!(create(Native, 1_000));
		assert_noop!(Pools::close(signed(BOB), MODEL), Error::<Test>::NotOwner);
		assert_noop!(Pools::close(signed(OWNER), 5), Error::<Test>::UnknownModel);
		assert_ok!(close());
		assert_noop!(close(), Error::<Test>::PoolClosed);
	});
}

#[test]
fn a_refund_is_paid_once_to_a_funder_of_a_closed_pool() {
	run(|| {
		assert_noop!(refund(BOB), Error::<Test>::NoPool);
		assert_ok!(create(Native, 1_000));
		assert_ok!(fund(BOB, 500));
		assert_noop!(refund(BOB), Error::<Test>::PoolOpen);
		assert_ok!(close());
		assert_noop!(refund(CAROL), Error::<Test>::NothingToRefund);
		assert_ok!(refund(BOB));
		assert_noop!(refund(BOB), Error::<Test>::NothingToRefund);
		assert_noop!(Pools::refund(RuntimeOrigin::none(), MODEL, BOB), BadOrigin);
	});
}

#[test]
fn a_funder_whose_account_is_gone_keeps_the_refund() {
	run(|| {
		assert_ok!(create(Native, 1_000));
		assert_ok!(fund(BOB, 8));
		assert_ok!(close());
		assert_ok!(Assets::transfer(signed(BOB), COIN, CAROL, ENDOWMENT));
		assert_ok!(Balances::transfer_all(signed(BOB), CAROL, false));
		assert_noop!(refund(BOB), TokenError::BelowMinimum);
		assert_eq!(pool().refundable, 8);
		assert_ok!(Balances::transfer_keep_alive(signed(CAROL), BOB, 50));
		assert_ok!(refund(BOB));
		assert_eq!(Balances::free_balance(BOB), 58);
	});
}

#[test]
fn what_is_left_to_the_owner_at_the_close_is_no_contribution() {
	run(|| {
		assert_ok!(create(Native, 1_000));
		assert_ok!(reward(&[(BOB, HALF)]));
		assert_ok!(<Pools as Income<_>>::take(MODEL, &CAROL, 500));
		OwnerDecides::set(false);
		assert_ok!(<Pools as Closing>::close(MODEL));
		let all = |who| Allocations::<Test>::get(MODEL, who).earned.total();
		assert_eq!((all(OWNER), all(BOB)), (Some(300), Some(200)));
		let contributed = |who| <Pools as Earnings<_>>::earned(MODEL, &who);
		assert_eq!((contributed(OWNER), contributed(BOB)), (0, 200));
	});
}
