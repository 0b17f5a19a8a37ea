use super::{Rounds, *};

#[test]
fn a_contributor_has_a_wallet_and_the_wallet_its_contributor() {
	run(|| {
		assert_ok!(define(&[("b", BOB), ("c", CAROL)]));
		assert_eq!(Contributors::<Test>::get(MODEL, client("b")), Some(BOB));
		assert_eq!(Wallets::<Test>::get(MODEL, CAROL), Some(client("c")));
		assert_eq!(ContributorCount::<Test>::get(MODEL), 2);
		System::assert_last_event(
			Event::ContributorDefined { model: MODEL, client: client("c"), who: CAROL }.into(),
		);
	});
}

#[test]
fn a_contributor_moves_to_a_new_wallet() {
	run(|| {
		assert_ok!(define(&[("b", BOB)]));
		assert_ok!(define(&[("b", DAVE)]));
		assert_eq!(Contributors::<Test>::get(MODEL, client("b")), Some(DAVE));
		assert_eq!(Wallets::<Test>::get(MODEL, BOB), None);
		assert_eq!(ContributorCount::<Test>::get(MODEL), 1);
		// The wallet is free again.
		assert_ok!(define(&[("c", BOB)]));
	});
}

#[test]
fn defining_the_same_again_changes_nothing() {
	run(|| {
		assert_ok!(define(&[("b", BOB)]));
		assert_storage_noop!(assert_ok!(define(&[("b", BOB)])));
	});
}

#[test]
fn a_wallet_serves_one_contributor_of_a_model() {
	run(|| {
		assert_ok!(define(&[("b", BOB)]));
		assert_noop!(define(&[("c", BOB)]), Error::<Test>::DuplicateWallet);
		assert_noop!(define(&[("d", DAVE), ("e", DAVE)]), Error::<Test>::DuplicateWallet);
	});
}

#[test]
fn a_contributor_without_a_name_is_refused() {
	run(|| {
		assert_noop!(define(&[("", BOB)]), Error::<Test>::ClientIdEmpty);
	});
}

#[test]
fn a_model_has_no_more_contributors_than_it_may() {
	run(|| {
		ContributorCount::<Test>::insert(MODEL, MAX_CONTRIBUTORS);
		assert_noop!(define(&[("b", BOB)]), Error::<Test>::TooManyContributors);
		ContributorCount::<Test>::remove(MODEL);
	});
}

#[test]
fn one_call_names_no_more_than_it_may() {
	run(|| {
		assert_ok!(open(1, 1));
		let names: Vec<_> = (0..257).map(|n| client(&format!("{n}"))).collect();
		let pairs = names.iter().cloned().zip(100..).collect();
		let verdicts = names.iter().cloned().map(|n| (n, accepted("", 0).1)).collect();
		assert_noop!(
			Rounds::define_contributors(signed(OWNER), MODEL, pairs),
			Error::<Test>::TooManyAtOnce
		);
		assert_noop!(
			Rounds::remove_contributors(signed(OWNER), MODEL, names.clone()),
			Error::<Test>::TooManyAtOnce
		);
		assert_noop!(
			Rounds::select(signed(OWNER), MODEL, ROUND, names),
			Error::<Test>::TooManyAtOnce
		);
		assert_noop!(
			Rounds::score(signed(OWNER), MODEL, ROUND, verdicts),
			Error::<Test>::TooManyAtOnce
		);
	});
}

#[test]
fn a_removed_contributor_frees_the_wallet() {
	run(|| {
		assert_noop!(remove("b"), Error::<Test>::UnknownContributor);
		assert_ok!(define(&[("b", BOB)]));
		assert_ok!(remove("b"));
		System::assert_last_event(
			Event::ContributorRemoved { model: MODEL, client: client("b") }.into(),
		);
		assert_eq!(ContributorCount::<Test>::get(MODEL), 0);
		assert_ok!(define(&[("c", BOB)]));
	});
}

#[test]
fn who_is_selected_in_the_running_round_stays() {
	run(|| {
		opened();
		assert_noop!(define(&[("b", DAVE)]), Error::<Test>::ContributorBusy);
		assert_noop!(remove("b"), Error::<Test>::ContributorBusy);
		assert_ok!(abort(OWNER));
		assert_ok!(define(&[("b", DAVE)]));
		assert_ok!(remove("c"));
	});
}
