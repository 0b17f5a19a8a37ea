use super::{Licences, *};

#[test]
fn whoever_was_given_an_unwanted_licence_gives_it_up_and_buys_another() {
	run(|| {
		assert_ok!(sell(Usage::Serve, terms()));
		assert_ok!(buy(BOB));
		assert_ok!(transfer(BOB, 0, CAROL));
		assert_noop!(buy(CAROL), Error::<Test>::AlreadyHeld);
		assert_ok!(resign(CAROL, 0));
		System::assert_last_event(
			Event::Resigned { licence: 0, model: MODEL, usage: Usage::Serve, holder: CAROL }.into(),
		);
		assert!(!holds(CAROL));
		assert_eq!(licence(0).state, LicenceState::Resigned);
		assert_eq!((sold(), Licences::holders(MODEL)), (0, 0));
		assert_ok!(buy(CAROL));
		assert!(holds(CAROL));
	});
}

#[test]
fn what_was_given_up_is_gone() {
	run(|| {
		assert_ok!(sell(Usage::Serve, terms()));
		assert_ok!(buy(BOB));
		assert_noop!(resign(CAROL, 0), Error::<Test>::NotHolder);
		assert_noop!(resign(BOB, 1), Error::<Test>::UnknownLicence);
		assert_noop!(Licences::resign(RuntimeOrigin::none(), 0), BadOrigin);
		assert_ok!(resign(BOB, 0));
		assert_noop!(resign(BOB, 0), Error::<Test>::LicenceRevoked);
		assert_noop!(renew(BOB, 0), Error::<Test>::LicenceRevoked);
		assert_noop!(transfer(BOB, 0, CAROL), Error::<Test>::LicenceRevoked);
		assert_noop!(revoke(0), Error::<Test>::LicenceRevoked);
	});
}
