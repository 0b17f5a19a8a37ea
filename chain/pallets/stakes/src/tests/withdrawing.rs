use super::{Stakes, *};

#[test]
fn what_has_unbonded_is_paid_to_the_staker() {
	run(|| {
		assert_ok!(stake(BOB, 300));
		assert_ok!(unstake(BOB, 100));
		run_to(START_MS + DAY_MS);
		assert_ok!(unstake(BOB, 50));
		run_to(START_MS + UNBONDING_MS - 1);
		assert_noop!(withdraw(BOB), Error::<Test>::NothingToWithdraw);
		run_to(START_MS + UNBONDING_MS);
		assert_ok!(withdraw(BOB));
		System::assert_last_event(Event::Withdrawn { model: MODEL, who: BOB, amount: 100 }.into());
		assert_eq!(tokens(BOB), ENDOWMENT - 200 - EXISTENTIAL_DEPOSIT);
		assert_eq!(unbonding(BOB), [(50, START_MS + DAY_MS + UNBONDING_MS)]);
		assert_noop!(withdraw(BOB), Error::<Test>::NothingToWithdraw);
	});
}

#[test]
fn one_withdrawal_pays_what_unbonded_in_all_roles() {
	run(|| {
		for role in Role::ALL {
			assert_ok!(Stakes::stake(signed(BOB), MODEL, role, 100));
			assert_ok!(Stakes::unstake(signed(BOB), MODEL, role, 100));
		}
		run_to(START_MS + UNBONDING_MS);
		assert_ok!(withdraw(BOB));
		assert_eq!(tokens(BOB), ENDOWMENT);
	});
}

#[test]
fn nobody_withdraws_what_is_not_theirs() {
	run(|| {
		let elsewhere = |model| Stakes::withdraw(signed(BOB), model);
		assert_noop!(elsewhere(POOR_MODEL), Error::<Test>::NoPool);
		assert_noop!(withdraw(BOB), Error::<Test>::NothingToWithdraw);
		assert_ok!(stake(BOB, 300));
		assert_ok!(unstake(BOB, 300));
		run_to(START_MS + UNBONDING_MS);
		assert_noop!(withdraw(CAROL), Error::<Test>::NothingToWithdraw);
		assert_noop!(Stakes::withdraw(RuntimeOrigin::none(), MODEL), BadOrigin);
	});
}

#[test]
fn the_last_withdrawal_returns_the_deposit_to_whoever_paid_it() {
	run(|| {
		assert_ok!(stake(BOB, 300));
		assert_ok!(stake(CAROL, 300));
		assert_ok!(unstake(BOB, 300));
		assert_ok!(unstake(CAROL, 300));
		assert_ok!(Balances::transfer_keep_alive(signed(DAVE), account(), 77));
		run_to(START_MS + UNBONDING_MS);
		assert_ok!(withdraw(BOB));
		assert_eq!(tokens(BOB), ENDOWMENT - EXISTENTIAL_DEPOSIT);
		assert_ok!(withdraw(CAROL));
		assert_eq!(tokens(CAROL), ENDOWMENT);
		assert_eq!(tokens(BOB), ENDOWMENT + 77);
		assert!(!System::account_exists(&account()));
		assert_eq!(
			escrow(),
			Escrow {
				ledger: Ledger { staked: 600, withdrawn: 600, ..Default::default() },
				..Default::default()
			}
		);
		System::assert_last_event(
			Event::EscrowClosed { model: MODEL, depositor: BOB, amount: EXISTENTIAL_DEPOSIT + 77 }
				.into(),
		);
		assert_ok!(stake(CAROL, 100));
		assert_eq!(escrow().depositor, Some(CAROL));
	});
}

#[test]
fn an_asset_leaves_no_account_behind() {
	run(|| {
		assert_ok!(Stakes::stake(signed(BOB), COIN_MODEL, Role::Client, 100));
		assert_ok!(Stakes::unstake(signed(BOB), COIN_MODEL, Role::Client, 100));
		run_to(START_MS + UNBONDING_MS);
		assert_ok!(Stakes::withdraw(signed(BOB), COIN_MODEL));
		assert_eq!(coins(BOB), ENDOWMENT);
		assert!(!System::account_exists(&Stakes::escrow(COIN_MODEL)));
	});
}

#[test]
fn a_depositor_who_cannot_be_paid_does_not_hold_up_the_others_and_is_paid_later() {
	run(|| {
		let withdraw = |who| Stakes::withdraw(signed(who), COIN_MODEL);
		for who in [BOB, CAROL] {
			assert_ok!(Stakes::stake(signed(who), COIN_MODEL, Role::Client, 100));
			assert_ok!(Stakes::unstake(signed(who), COIN_MODEL, Role::Client, 100));
		}
		run_to(START_MS + UNBONDING_MS);
		assert_ok!(withdraw(BOB));
		assert_ok!(Assets::block(signed(OWNER), COIN, BOB));
		assert_ok!(withdraw(CAROL));
		assert_eq!(coins(CAROL), ENDOWMENT);
		assert_eq!(coins(Stakes::escrow(COIN_MODEL)), 5);
		assert_noop!(withdraw(CAROL), Error::<Test>::NothingToWithdraw);
		assert_noop!(withdraw(BOB), TokenError::Blocked);
		assert_ok!(Assets::thaw(signed(OWNER), COIN, BOB));
		assert_ok!(withdraw(BOB));
		assert_eq!(coins(BOB), ENDOWMENT);
		assert!(!System::account_exists(&Stakes::escrow(COIN_MODEL)));
	});
}

#[test]
fn an_escrow_whose_deposit_waits_takes_new_stakes_without_another() {
	run(|| {
		let in_coins = |who| Stakes::stake(signed(who), COIN_MODEL, Role::Client, 100);
		for who in [BOB, CAROL] {
			assert_ok!(in_coins(who));
			assert_ok!(Stakes::unstake(signed(who), COIN_MODEL, Role::Client, 100));
		}
		run_to(START_MS + UNBONDING_MS);
		assert_ok!(Stakes::withdraw(signed(BOB), COIN_MODEL));
		assert_ok!(Assets::block(signed(OWNER), COIN, BOB));
		assert_ok!(Stakes::withdraw(signed(CAROL), COIN_MODEL));
		assert_ok!(in_coins(DAVE));
		assert_eq!(coins(DAVE), ENDOWMENT - 100);
		assert_eq!(Escrows::<Test>::get(COIN_MODEL).unwrap().depositor, Some(BOB));
		assert_ok!(Assets::thaw(signed(OWNER), COIN, BOB));
		assert_noop!(Stakes::withdraw(signed(BOB), COIN_MODEL), Error::<Test>::NothingToWithdraw);
	});
}

#[test]
fn a_frozen_asset_is_withdrawn_when_it_thaws() {
	run(|| {
		assert_ok!(Stakes::stake(signed(BOB), COIN_MODEL, Role::Client, 100));
		assert_ok!(Stakes::unstake(signed(BOB), COIN_MODEL, Role::Client, 100));
		run_to(START_MS + UNBONDING_MS);
		assert_ok!(Assets::freeze_asset(signed(OWNER), COIN));
		assert_noop!(Stakes::withdraw(signed(BOB), COIN_MODEL), TokenError::Frozen);
		assert_ok!(Assets::thaw_asset(signed(OWNER), COIN));
		assert_ok!(Stakes::withdraw(signed(BOB), COIN_MODEL));
		assert_eq!(coins(BOB), ENDOWMENT);
	});
}

#[test]
fn an_account_that_was_reaped_gets_its_stake_back() {
	run(|| {
		assert_ok!(stake(CAROL, 100));
		assert_ok!(stake(BOB, 100));
		assert_ok!(unstake(BOB, 100));
		assert_ok!(Assets::transfer_all(signed(BOB), COIN, CAROL, false));
		assert_ok!(Balances::transfer_all(signed(BOB), CAROL, false));
		assert!(!System::account_exists(&BOB));
		run_to(START_MS + UNBONDING_MS);
		assert_ok!(withdraw(BOB));
		assert_eq!(tokens(BOB), 100);
	});
}

#[test]
fn too_little_for_a_new_account_stays_withdrawable() {
	run(|| {
		assert_ok!(stake(CAROL, 100));
		assert_ok!(stake(BOB, 100));
		assert_ok!(slash(BOB, Score(950_000_000)));
		assert_ok!(unstake(BOB, 5));
		assert_ok!(Assets::transfer_all(signed(BOB), COIN, CAROL, false));
		assert_ok!(Balances::transfer_all(signed(BOB), CAROL, false));
		run_to(START_MS + UNBONDING_MS);
		assert_noop!(withdraw(BOB), TokenError::BelowMinimum);
		assert_ok!(Balances::transfer_keep_alive(signed(CAROL), BOB, 50));
		assert_ok!(withdraw(BOB));
		assert_eq!(tokens(BOB), 55);
	});
}
