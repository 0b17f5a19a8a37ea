use super::{Stakes, *};
use frame::token::fungible::NativeOrWithId::Native;

fn statement() -> Statement<AssetKind> {
	Stakes::statement(MODEL).unwrap()
}

#[test]
fn a_statement_shows_every_sum() {
	run(|| {
		assert_eq!(Stakes::statement(MODEL), None);
		assert_ok!(stake(BOB, 400));
		assert_ok!(stake(CAROL, 100));
		assert_ok!(slash(BOB, HALF));
		assert_ok!(unstake(BOB, 50));
		run_to(START_MS + UNBONDING_MS);
		assert_ok!(withdraw(BOB));
		assert_ok!(unstake(BOB, 20));
		assert_eq!(
			statement(),
			Statement {
				model: MODEL,
				asset: Native,
				staked: 500,
				withdrawn: 50,
				slashed: 200,
				held: 250,
				active_total: 230,
				unbonding_total: 20,
				deposit: EXISTENTIAL_DEPOSIT,
				escrow_balance: 250 + EXISTENTIAL_DEPOSIT,
				short: 0,
				balanced: true,
				ok: true,
			}
		);
	});
}

/// Spoils the record of an escrow account and says whether the audit noticed.
fn noticed(spoil: impl FnOnce(&mut Escrow<AccountId>)) -> bool {
	let before = escrow();
	Escrows::<Test>::mutate(MODEL, |escrow| spoil(escrow.as_mut().unwrap()));
	let noticed = !statement().ok && Stakes::do_try_state().is_err();
	Escrows::<Test>::insert(MODEL, before);
	noticed
}

#[test]
fn the_audit_notices_every_kind_of_loss() {
	run(|| {
		assert_ok!(stake(BOB, 400));
		assert_ok!(unstake(BOB, 100));
		assert!(noticed(|escrow| escrow.active += 1));
		assert!(noticed(|escrow| escrow.unbonding -= 1));
		assert!(noticed(|escrow| escrow.deposit += 1));
		assert!(noticed(|escrow| escrow.depositor = None));
		assert!(noticed(|escrow| escrow.ledger.staked += 1));
		assert!(noticed(|escrow| escrow.ledger.withdrawn += 1));
		assert!(noticed(|escrow| escrow.ledger.slashed += 1));
		assert!(noticed(|escrow| escrow.ledger.held -= 1));
		assert!(statement().ok);
	});
}

#[test]
fn the_audit_notices_records_left_behind() {
	run(|| {
		crate::Stakes::<Test>::insert(MODEL, BOB, Stake::default());
		assert!(Stakes::do_try_state().is_err());
		crate::Stakes::<Test>::remove(MODEL, BOB);
		let twin = Lock { key: 1, role: None, amount: 1, until_ms: START_MS };
		Locks::<Test>::insert(MODEL, BOB, LocksOf::truncate_from(vec![twin, twin]));
		assert!(Stakes::do_try_state().is_err());
		Locks::<Test>::remove(MODEL, BOB);
	});
}

#[test]
fn the_audit_notices_an_asset_that_its_admin_burnt() {
	run(|| {
		assert_ok!(Stakes::stake(signed(BOB), COIN_MODEL, Role::Client, 100));
		let escrow = Stakes::escrow(COIN_MODEL);
		assert_ok!(Assets::burn(signed(OWNER), COIN, escrow, 1));
		assert!(!Stakes::statement(COIN_MODEL).unwrap().ok);
		assert_ok!(Assets::mint(signed(OWNER), COIN, escrow, 1));
		assert!(Stakes::statement(COIN_MODEL).unwrap().ok);
	});
}
