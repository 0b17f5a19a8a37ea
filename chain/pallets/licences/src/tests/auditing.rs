use super::{Licences, *};

/// Spoils something and says whether the audit noticed.
fn noticed(spoil: impl FnOnce()) -> bool {
	use frame::deps::{
		frame_support::storage::with_transaction, sp_runtime::TransactionOutcome::Rollback,
	};
	with_transaction(|| {
		spoil();
		Rollback(Ok::<_, DispatchError>(Licences::do_try_state().is_err()))
	})
	.unwrap()
}

#[test]
fn the_audit_notices_every_kind_of_disagreement() {
	run(|| {
		assert_ok!(sell(Usage::Serve, terms()));
		assert_ok!(buy(BOB));
		assert_ok!(buy(CAROL));
		let expiry = Expiry::new(START_MS + DAY_MS, 0);
		let change = |spoil: fn(&mut LicenceOf<Test>)| {
			crate::Licences::<Test>::mutate(0, |licence| spoil(licence.as_mut().unwrap()))
		};
		assert!(!noticed(|| {}));
		assert!(noticed(|| Sold::<Test>::insert(MODEL, Usage::Serve, 1)));
		assert!(noticed(|| Sold::<Test>::remove(MODEL, Usage::Serve)));
		assert!(noticed(|| HolderCount::<Test>::insert(MODEL, 3)));
		assert!(noticed(|| HolderCount::<Test>::remove(MODEL)));
		assert!(noticed(|| Holdings::<Test>::remove(BOB, MODEL)));
		assert!(noticed(|| Holdings::<Test>::insert(DAVE, MODEL, Holding::new())));
		assert!(noticed(|| Expiring::<Test>::remove((MODEL, Usage::Serve, expiry))));
		assert!(noticed(|| Expiring::<Test>::insert((MODEL, Usage::Resale, expiry), ())));
		assert!(noticed(|| OfModel::<Test>::remove(MODEL, 0)));
		assert!(noticed(|| OfModel::<Test>::insert(MODEL, 9, ())));
		assert!(noticed(|| NextLicenceId::<Test>::put(1)));
		assert!(noticed(|| crate::Licences::<Test>::remove(0)));
		assert!(noticed(|| change(|licence| licence.holder = DAVE)));
		assert!(noticed(|| change(|licence| {
			licence.state = LicenceState::Revoked { cause: Cause::Breach }
		})));
	});
}
