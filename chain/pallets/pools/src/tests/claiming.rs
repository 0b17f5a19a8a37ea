use super::{Pools, *};

#[test]
fn a_claim_pays_all_that_was_earned() {
	run(|| {
		assert_ok!(create(Native, 1_000));
		assert_ok!(reward(&[(BOB, HALF)]));
		assert_ok!(claim(BOB));
		assert_eq!(Balances::free_balance(BOB), ENDOWMENT + 200);
		assert_eq!(pool().ledger, Ledger { funded: 1_000, paid: 200, refunded: 0, held: 800 });
		System::assert_last_event(Event::Claimed { model: MODEL, who: BOB, amount: 200 }.into());
	});
}

#[test]
fn what_was_earned_stays_on_record_after_the_claim() {
	run(|| {
		assert_ok!(create(Native, 1_000));
		assert_ok!(reward(&[(BOB, HALF)]));
		assert_ok!(claim(BOB));
		assert_eq!((earned(BOB), claimable(BOB)), (200, 0));
	});
}

#[test]
fn an_asset_is_claimed_in_the_asset() {
	run(|| {
		assert_ok!(create(WithId(COIN), 1_000));
		assert_ok!(reward(&[(BOB, HALF)]));
		assert_ok!(claim(BOB));
		assert_eq!(coins(BOB), ENDOWMENT + 200);
		assert_eq!(Balances::free_balance(BOB), ENDOWMENT);
	});
}

#[test]
fn a_second_claim_finds_nothing() {
	run(|| {
		assert_noop!(claim(BOB), Error::<Test>::NoPool);
		assert_ok!(create(Native, 1_000));
		assert_noop!(claim(BOB), Error::<Test>::NothingToClaim);
		assert_ok!(reward(&[(BOB, HALF)]));
		assert_ok!(claim(BOB));
		assert_noop!(claim(BOB), Error::<Test>::NothingToClaim);
		assert_noop!(Pools::claim(RuntimeOrigin::none(), MODEL), BadOrigin);
	});
}

#[test]
fn too_little_for_a_new_account_stays_claimable() {
	run(|| {
		assert_ok!(create(Native, 1_000));
		// 4 of 400, where an account must hold 10.
		assert_ok!(reward(&[(NOBODY, Score(10_000_000))]));
		assert_noop!(claim(NOBODY), TokenError::BelowMinimum);
		assert_eq!(claimable(NOBODY), 4);
		assert_ok!(reward(&[(NOBODY, HALF)]));
		assert_ok!(claim(NOBODY));
		assert_eq!(Balances::free_balance(NOBODY), 202);
	});
}

#[test]
fn an_account_that_cannot_hold_the_asset_keeps_its_claim() {
	run(|| {
		assert_ok!(create(WithId(COIN), 1_000));
		assert_ok!(reward(&[(NOBODY, HALF)]));
		assert_noop!(claim(NOBODY), TokenError::CannotCreate);
		assert_eq!(claimable(NOBODY), 200);
	});
}

#[test]
fn a_frozen_asset_is_claimed_when_it_thaws() {
	run(|| {
		assert_ok!(create(WithId(COIN), 1_000));
		assert_ok!(reward(&[(BOB, HALF)]));
		assert_ok!(Assets::freeze_asset(signed(OWNER), COIN));
		assert_noop!(claim(BOB), TokenError::Frozen);
		assert_ok!(Assets::thaw_asset(signed(OWNER), COIN));
		assert_ok!(claim(BOB));
	});
}

#[test]
fn every_bucket_can_be_paid_out_to_the_last_planck() {
	run(|| {
		assert_ok!(create(Native, 1_000));
		for role in Role::ALL {
			if pool().buckets.of(role) > 0 {
				let all = vec![(BOB, Score::ONE)];
				assert_ok!(Pools::reward(signed(OWNER), MODEL, role, all));
			}
		}
		assert_ok!(claim(BOB));
		assert_eq!(Balances::free_balance(BOB), ENDOWMENT + 1_000);
		assert_eq!(Balances::free_balance(escrow()), EXISTENTIAL_DEPOSIT);
		assert_eq!(pool().ledger.held, 0);
		assert_eq!(pool().state, PoolState::Open);
	});
}
