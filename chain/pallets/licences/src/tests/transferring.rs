use super::{Licences, *};

#[test]
fn a_licence_is_passed_on_with_its_time_and_terms() {
	run(|| {
		assert_ok!(sell(Usage::Serve, terms()));
		assert_ok!(buy(BOB));
		run_to(START_MS + 10);
		assert_ok!(transfer(BOB, 0, CAROL));
		assert!(holds(CAROL) && !holds(BOB));
		assert_eq!(licence(0).expires_ms, Some(START_MS + DAY_MS));
		// Carol names a key of her own: Bob's would open what is delivered to her.
		assert_eq!(licence(0).encryption_key, None);
		assert_eq!(Licences::held_since(MODEL, &CAROL), Some(START_MS + 10));
		assert_eq!((sold(), Licences::holders(MODEL)), (1, 1));
		System::assert_last_event(
			Event::Transferred {
				licence: 0,
				model: MODEL,
				usage: Usage::Serve,
				from: BOB,
				to: CAROL,
			}
			.into(),
		);
		assert_noop!(transfer(BOB, 0, DAVE), Error::<Test>::NotHolder);
	});
}

#[test]
fn only_what_was_sold_as_transferable_is_passed_on() {
	run(|| {
		assert_ok!(sell(Usage::Serve, Terms { transferable: false, ..terms() }));
		assert_ok!(buy(BOB));
		assert_ok!(sell(Usage::Serve, terms()));
		assert_noop!(transfer(BOB, 0, CAROL), Error::<Test>::NotTransferable);
	});
}

#[test]
fn nobody_comes_to_hold_a_usage_twice() {
	run(|| {
		assert_ok!(sell(Usage::Serve, terms()));
		assert_ok!(buy(BOB));
		assert_noop!(transfer(BOB, 0, BOB), Error::<Test>::AlreadyHeld);
		run_to(START_MS + 10);
		assert_ok!(buy(CAROL));
		assert_noop!(transfer(BOB, 0, CAROL), Error::<Test>::AlreadyHeld);
		// Once the first has expired, its holder can be given the second.
		run_to(START_MS + DAY_MS);
		assert_ok!(transfer(CAROL, 1, BOB));
		assert!(has_event(Event::Expired {
			licence: 0,
			model: MODEL,
			usage: Usage::Serve,
			holder: BOB,
		}));
		assert_eq!((sold(), Licences::holders(MODEL)), (1, 1));
	});
}

#[test]
fn what_is_not_valid_is_not_passed_on() {
	run(|| {
		assert_noop!(transfer(BOB, 0, CAROL), Error::<Test>::UnknownLicence);
		assert_ok!(sell(Usage::Serve, terms()));
		assert_ok!(buy(BOB));
		assert_noop!(Licences::transfer(RuntimeOrigin::none(), 0, CAROL), BadOrigin);
		run_to(START_MS + DAY_MS);
		assert_noop!(transfer(BOB, 0, CAROL), Error::<Test>::LicenceExpired);
		assert_ok!(renew(BOB, 0));
		assert_ok!(revoke(0));
		assert_noop!(transfer(BOB, 0, CAROL), Error::<Test>::LicenceRevoked);
	});
}
