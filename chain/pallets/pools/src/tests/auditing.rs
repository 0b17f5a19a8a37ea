use super::{Pools, *};

fn statement() -> Statement<AssetKind> {
	Pools::statement(MODEL).unwrap()
}

#[test]
fn a_statement_shows_every_sum() {
	run(|| {
		assert_eq!(Pools::statement(MODEL), None);
		assert_ok!(create(Native, 1_000));
		assert_ok!(reward(&[(BOB, HALF), (CAROL, HALF)]));
		assert_ok!(claim(BOB));
		assert_eq!(
			statement(),
			Statement {
				model: MODEL,
				asset: Native,
				funded: 1_000,
				paid: 200,
				refunded: 0,
				held: 800,
				buckets_total: 600,
				claimable_total: 200,
				refundable: 0,
				set_aside: 0,
				deposit: EXISTENTIAL_DEPOSIT,
				escrow_balance: 800 + EXISTENTIAL_DEPOSIT,
				short: 0,
				balanced: true,
				ok: true,
			}
		);
	});
}

/// Spoils a pool's records and says whether the audit noticed.
fn noticed(spoil: impl FnOnce(&mut PoolOf<Test>)) -> bool {
	let before = pool();
	crate::Pools::<Test>::mutate(MODEL, |pool| spoil(pool.as_mut().unwrap()));
	let noticed = !statement().ok && Pools::do_try_state().is_err();
	crate::Pools::<Test>::insert(MODEL, before);
	noticed
}

#[test]
fn the_audit_notices_every_kind_of_loss() {
	run(|| {
		assert_ok!(create(Native, 1_000));
		assert_ok!(reward(&[(BOB, HALF)]));
		assert!(noticed(|pool| pool.buckets.engineers -= 1));
		assert!(noticed(|pool| pool.buckets.engineers = u128::MAX));
		assert!(noticed(|pool| pool.claimable += 1));
		assert!(noticed(|pool| pool.refundable += 1));
		assert!(noticed(|pool| pool.set_aside += 1));
		assert!(noticed(|pool| pool.contributions += 1));
		assert!(noticed(|pool| pool.ledger.funded -= 1));
		assert!(noticed(|pool| pool.ledger.paid += 1));
		assert!(noticed(|pool| pool.ledger.held -= 1));
		assert!(noticed(|pool| pool.deposit += 1));
		assert!(noticed(|pool| pool.state = PoolState::Settled));
		assert!(noticed(|pool| pool.shares.clients = 1));
		assert!(statement().ok);
	});
}

#[test]
fn the_audit_notices_an_asset_that_its_admin_burnt() {
	run(|| {
		assert_ok!(create(WithId(COIN), 1_000));
		assert_ok!(Assets::burn(signed(OWNER), COIN, escrow(), 3));
		assert!(!statement().ok);
		// The books themselves are right: what is missing, the admin took.
		assert_eq!((statement().balanced, statement().short), (true, 3));
		assert!(Pools::do_try_state().is_err());
		assert_ok!(Assets::mint(signed(OWNER), COIN, escrow(), 2));
		assert_eq!((statement().ok, statement().short), (false, 1));
		assert_ok!(Assets::mint(signed(OWNER), COIN, escrow(), 1));
		assert!(statement().ok);
	});
}
