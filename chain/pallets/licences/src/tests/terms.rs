use super::{Licences, *};

#[test]
fn the_owner_says_on_which_terms_a_usage_is_sold() {
	run(|| {
		assert_ok!(sell(Usage::Serve, terms()));
		assert_eq!(Offers::<Test>::get(MODEL, Usage::Serve), Some(terms()));
		System::assert_last_event(
			Event::TermsSet { model: MODEL, usage: Usage::Serve, terms: Some(terms()) }.into(),
		);
		assert_ok!(Licences::set_terms(signed(OWNER), MODEL, Usage::Serve, None));
		assert_eq!(Offers::<Test>::get(MODEL, Usage::Serve), None);
	});
}

#[test]
fn terms_for_download_make_a_model_restricted_for_good() {
	run(|| {
		assert_ok!(sell(Usage::Serve, terms()));
		assert!(!Licences::is_restricted(MODEL));
		assert_ok!(sell(Usage::Download, free()));
		assert!(Licences::is_restricted(MODEL));
		// Ending the sale does not give away what was for sale.
		assert_ok!(Licences::set_terms(signed(OWNER), MODEL, Usage::Download, None));
		assert!(Licences::is_restricted(MODEL));
		assert!(!Licences::is_restricted(POOR_MODEL));
	});
}

#[test]
fn terms_that_make_no_sense_are_refused() {
	run(|| {
		let never = Terms { duration_ms: Some(0), ..terms() };
		assert_noop!(sell(Usage::Serve, never), Error::<Test>::DurationZero);
		let nowhere = Location::Cid(Default::default());
		let unread = Terms { text: Some((nowhere, H256::zero())), ..terms() };
		assert_noop!(sell(Usage::Serve, unread), Error::<Test>::LocationEmpty);
	});
}

#[test]
fn a_price_needs_an_open_pool_and_what_is_free_does_not() {
	run(|| {
		let sell =
			|terms| Licences::set_terms(signed(OWNER), POOR_MODEL, Usage::Serve, Some(terms));
		assert_noop!(sell(terms()), Error::<Test>::NoOpenPool);
		assert_ok!(sell(free()));
		assert_ok!(Licences::buy(signed(BOB), POOR_MODEL, Usage::Serve, 0, None));
		assert_ok!(close_pool());
		assert_noop!(super::sell(Usage::Serve, terms()), Error::<Test>::NoOpenPool);
	});
}

#[test]
fn only_the_owner_sets_terms_and_only_while_deciding_alone() {
	run(|| {
		let set = |origin, model| Licences::set_terms(origin, model, Usage::Serve, Some(terms()));
		assert_noop!(set(RuntimeOrigin::none(), MODEL), BadOrigin);
		assert_noop!(set(signed(BOB), MODEL), Error::<Test>::NotOwner);
		assert_noop!(set(signed(OWNER), 77), Error::<Test>::UnknownModel);
		OwnerDecides::set(false);
		assert_noop!(set(signed(OWNER), MODEL), Error::<Test>::CollectiveDecides);
		assert_ok!(<Licences as Licensing>::set_terms(MODEL, Usage::Serve, Some(terms())));
		assert_noop!(
			<Licences as Licensing>::set_terms(77, Usage::Serve, None),
			Error::<Test>::UnknownModel
		);
	});
}
