use super::{Licences, *};

#[test]
fn a_licence_is_valid_from_when_it_is_bought_until_it_expires() {
	run(|| {
		assert_ok!(sell(Usage::Serve, terms()));
		assert_ok!(buy(BOB));
		assert_eq!(
			licence(0),
			Licence {
				model: MODEL,
				usage: Usage::Serve,
				holder: BOB,
				terms: terms(),
				paid: PRICE,
				bought_ms: START_MS,
				held_since_ms: START_MS,
				expires_ms: Some(START_MS + DAY_MS),
				encryption_key: Some(KEY),
				state: LicenceState::Active,
			}
		);
		System::assert_last_event(
			Event::Bought {
				licence: 0,
				model: MODEL,
				usage: Usage::Serve,
				holder: BOB,
				price: PRICE,
				platform: None,
				expires_ms: Some(START_MS + DAY_MS),
			}
			.into(),
		);
		assert!(Licences::holds(MODEL, &BOB, Some(Usage::Serve)));
		assert!(!Licences::holds(MODEL, &BOB, Some(Usage::Resale)));
		assert!(!holds(CAROL));
		run_to(START_MS + DAY_MS - 1);
		assert!(holds(BOB));
		run_to(START_MS + DAY_MS);
		assert!(!holds(BOB));
		assert_eq!(Licences::held_since(MODEL, &BOB), None);
	});
}

#[test]
fn a_licence_without_a_duration_is_valid_for_ever() {
	run(|| {
		assert_ok!(sell(Usage::Serve, Terms { duration_ms: None, ..terms() }));
		assert_ok!(buy(BOB));
		run_to(Moment::MAX);
		assert!(holds(BOB));
	});
}

#[test]
fn one_account_may_hold_every_usage_once() {
	run(|| {
		for usage in Usage::ALL {
			assert_ok!(sell(usage, free()));
			assert_ok!(Licences::buy(signed(BOB), MODEL, usage, 0, None));
			assert_noop!(
				Licences::buy(signed(BOB), MODEL, usage, 0, None),
				Error::<Test>::AlreadyHeld
			);
		}
		assert_eq!(HolderCount::<Test>::get(MODEL), 1);
		assert_eq!(OfModel::<Test>::iter_key_prefix(MODEL).count(), 5);
	});
}

#[test]
fn who_holds_a_licence_is_counted_once_a_model() {
	run(|| {
		for usage in [Usage::Serve, Usage::Internal] {
			assert_ok!(sell(usage, free()));
			for who in [BOB, CAROL] {
				assert_ok!(Licences::buy(signed(who), MODEL, usage, 0, None));
			}
		}
		assert_eq!(HolderCount::<Test>::get(MODEL), 2);
		assert_eq!(HolderCount::<Test>::get(COIN_MODEL), 0);
		assert_eq!(sold(), 2);
	});
}

#[test]
fn what_is_not_for_sale_cannot_be_bought() {
	run(|| {
		assert_noop!(buy(BOB), Error::<Test>::NotForSale);
		assert_ok!(sell(Usage::Internal, terms()));
		assert_noop!(buy(BOB), Error::<Test>::NotForSale);
		assert_noop!(
			Licences::buy(RuntimeOrigin::none(), MODEL, Usage::Serve, PRICE, None),
			BadOrigin
		);
	});
}

#[test]
fn a_price_above_what_the_buyer_agreed_to_is_refused() {
	run(|| {
		assert_ok!(sell(Usage::Serve, Terms { price: PRICE + 1, ..terms() }));
		assert_noop!(buy(BOB), Error::<Test>::PriceAboveMaximum);
	});
}

#[test]
fn no_more_are_sold_than_may_be_held() {
	run(|| {
		assert_ok!(sell(Usage::Serve, Terms { maximum: Some(1), ..terms() }));
		assert_ok!(buy(BOB));
		assert_noop!(buy(CAROL), Error::<Test>::SoldOut);
		assert_ok!(revoke(0));
		assert_ok!(buy(CAROL));
		assert_ok!(sell(Usage::Serve, Terms { maximum: Some(0), ..terms() }));
		assert_noop!(buy(BOB), Error::<Test>::SoldOut);
	});
}

#[test]
fn an_expiry_beyond_the_end_of_time_is_refused() {
	run(|| {
		assert_ok!(sell(Usage::Serve, Terms { duration_ms: Some(Moment::MAX), ..terms() }));
		assert_noop!(buy(BOB), ArithmeticError::Overflow);
	});
}

#[test]
fn the_last_id_is_not_given_away() {
	run(|| {
		assert_ok!(sell(Usage::Serve, free()));
		NextLicenceId::<Test>::put(LicenceId::MAX);
		assert_noop!(buy(BOB), Error::<Test>::IdsExhausted);
	});
}

#[test]
fn who_paid_nothing_is_a_holder_without_a_vote() {
	run(|| {
		assert_ok!(sell(Usage::Serve, free()));
		assert_ok!(sell(Usage::Internal, terms()));
		assert_ok!(buy(BOB));
		assert!(holds(BOB));
		assert_eq!(Licences::held_since(MODEL, &BOB), None);
		assert_eq!((Licences::holders(MODEL), HolderCount::<Test>::get(MODEL)), (0, 1));
		// With another that was paid for there is one.
		run_to(START_MS + 10);
		assert_ok!(Licences::buy(signed(BOB), MODEL, Usage::Internal, PRICE, None));
		assert_eq!(Licences::held_since(MODEL, &BOB), Some(START_MS + 10));
		assert_eq!(Licences::holders(MODEL), 1);
		assert_ok!(revoke(1));
		assert_eq!((Licences::holders(MODEL), HolderCount::<Test>::get(MODEL)), (0, 1));
	});
}

#[test]
fn a_free_licence_that_is_renewed_for_a_price_has_a_vote_from_then_on() {
	run(|| {
		assert_ok!(sell(Usage::Serve, free()));
		assert_ok!(buy(BOB));
		assert_ok!(sell(Usage::Serve, terms()));
		run_to(START_MS + 10);
		assert_ok!(renew(BOB, 0));
		assert_eq!(Licences::held_since(MODEL, &BOB), Some(START_MS + 10));
		assert_eq!(Licences::holders(MODEL), 1);
		run_to(START_MS + 20);
		assert_ok!(renew(BOB, 0));
		assert_eq!(Licences::held_since(MODEL, &BOB), Some(START_MS + 10));
	});
}
