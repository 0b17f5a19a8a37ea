use super::{Licences, *};

#[test]
fn a_revoked_licence_is_not_valid_and_another_can_be_bought() {
	run(|| {
		assert_ok!(sell(Usage::Serve, terms()));
		assert_ok!(buy(BOB));
		assert_ok!(revoke(0));
		assert!(!holds(BOB));
		assert_eq!(licence(0).state, LicenceState::Revoked { cause: Cause::Breach });
		assert_eq!((sold(), Licences::holders(MODEL)), (0, 0));
		System::assert_last_event(
			Event::Revoked {
				licence: 0,
				model: MODEL,
				usage: Usage::Serve,
				holder: BOB,
				cause: Cause::Breach,
			}
			.into(),
		);
		assert_eq!(tokens(BOB), ENDOWMENT - PRICE);
		assert_ok!(buy(BOB));
		assert!(holds(BOB));
	});
}

#[test]
fn a_licence_is_revoked_once_expired_or_not() {
	run(|| {
		assert_noop!(revoke(0), Error::<Test>::UnknownLicence);
		assert_ok!(sell(Usage::Serve, terms()));
		assert_ok!(buy(BOB));
		run_to(START_MS + DAY_MS);
		assert_ok!(prune());
		assert_ok!(revoke(0));
		assert_noop!(revoke(0), Error::<Test>::LicenceRevoked);
		assert_noop!(renew(BOB, 0), Error::<Test>::LicenceRevoked);
	});
}

#[test]
fn only_the_owner_revokes_and_only_while_deciding_alone() {
	run(|| {
		assert_ok!(sell(Usage::Serve, terms()));
		assert_ok!(buy(BOB));
		let by = |origin| Licences::revoke(origin, 0, Cause::Leak);
		assert_noop!(by(RuntimeOrigin::none()), BadOrigin);
		assert_noop!(by(signed(CAROL)), Error::<Test>::NotOwner);
		OwnerDecides::set(false);
		assert_noop!(by(signed(OWNER)), Error::<Test>::CollectiveDecides);
		let decided = |model| <Licences as Licensing>::revoke(model, 0, Cause::Jurisdiction);
		assert_noop!(decided(COIN_MODEL), Error::<Test>::UnknownLicence);
		assert_ok!(decided(MODEL));
	});
}
