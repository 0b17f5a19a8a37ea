use super::{Licences, *};

#[test]
fn a_renewal_extends_from_when_the_licence_expires() {
	run(|| {
		assert_ok!(sell(Usage::Serve, terms()));
		assert_ok!(buy(BOB));
		run_to(START_MS + 10);
		assert_ok!(renew(BOB, 0));
		assert_eq!(licence(0).expires_ms, Some(START_MS + 2 * DAY_MS));
		assert_eq!(licence(0).paid, 2 * PRICE);
		assert_eq!(Licences::held_since(MODEL, &BOB), Some(START_MS));
		System::assert_last_event(
			Event::Renewed {
				licence: 0,
				model: MODEL,
				usage: Usage::Serve,
				holder: BOB,
				price: PRICE,
				platform: None,
				expires_ms: Some(START_MS + 2 * DAY_MS),
			}
			.into(),
		);
		assert_eq!(pool().ledger.funded, POOL + 2 * PRICE);
	});
}

#[test]
fn a_licence_that_has_expired_is_renewed_from_now_and_held_from_now() {
	run(|| {
		assert_ok!(sell(Usage::Serve, terms()));
		assert_ok!(buy(BOB));
		for now in [START_MS + DAY_MS, START_MS + 7 * DAY_MS] {
			run_to(now);
			if now > START_MS + DAY_MS {
				assert_ok!(prune());
			}
			assert!(!holds(BOB));
			assert_ok!(renew(BOB, 0));
			assert_eq!(licence(0).expires_ms, Some(now + DAY_MS));
			assert_eq!(Licences::held_since(MODEL, &BOB), Some(now));
			assert_eq!((sold(), Licences::holders(MODEL)), (1, 1));
		}
	});
}

#[test]
fn the_present_terms_apply_to_a_renewal() {
	run(|| {
		assert_ok!(sell(Usage::Serve, terms()));
		assert_ok!(buy(BOB));
		let present = Terms { price: 10, duration_ms: None, transferable: false, ..terms() };
		assert_ok!(sell(Usage::Serve, present.clone()));
		assert_ok!(renew(BOB, 0));
		assert_eq!(licence(0).terms, present);
		assert_eq!(licence(0).expires_ms, None);
		assert_noop!(renew(BOB, 0), Error::<Test>::NothingToRenew);
	});
}

#[test]
fn a_holder_is_not_shut_out_by_a_maximum_while_the_licence_is_valid() {
	run(|| {
		assert_ok!(sell(Usage::Serve, Terms { maximum: Some(2), ..terms() }));
		assert_ok!(buy(BOB));
		assert_ok!(buy(CAROL));
		assert_ok!(sell(Usage::Serve, Terms { maximum: Some(1), ..terms() }));
		assert_ok!(renew(BOB, 0));
		run_to(START_MS + DAY_MS);
		assert_noop!(renew(CAROL, 1), Error::<Test>::SoldOut);
	});
}

#[test]
fn what_was_replaced_or_revoked_is_not_renewed() {
	run(|| {
		assert_ok!(sell(Usage::Serve, terms()));
		assert_ok!(buy(BOB));
		run_to(START_MS + DAY_MS);
		assert_ok!(buy(BOB));
		assert_noop!(renew(BOB, 0), Error::<Test>::AlreadyHeld);
		assert_ok!(revoke(1));
		assert_noop!(renew(BOB, 1), Error::<Test>::LicenceRevoked);
		assert_ok!(renew(BOB, 0));
	});
}

#[test]
fn a_renewal_is_refused_as_a_purchase_is() {
	run(|| {
		assert_noop!(renew(BOB, 0), Error::<Test>::UnknownLicence);
		assert_ok!(sell(Usage::Serve, terms()));
		assert_ok!(buy(BOB));
		assert_noop!(renew(CAROL, 0), Error::<Test>::NotHolder);
		assert_noop!(Licences::renew(RuntimeOrigin::none(), 0, PRICE), BadOrigin);
		assert_noop!(Licences::renew(signed(BOB), 0, PRICE - 1), Error::<Test>::PriceAboveMaximum);
		let all = tokens(BOB) - EXISTENTIAL_DEPOSIT - PRICE + 1;
		assert_ok!(Balances::transfer_keep_alive(signed(BOB), CAROL, all));
		assert_noop!(renew(BOB, 0), Error::<Test>::InsufficientBalance);
		assert_ok!(Licences::set_terms(signed(OWNER), MODEL, Usage::Serve, None));
		assert_noop!(renew(BOB, 0), Error::<Test>::NotForSale);
	});
}
