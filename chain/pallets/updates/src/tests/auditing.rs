use super::{Updates, *};

/// Spoils an update's record and says whether the audit noticed.
fn noticed(spoil: impl FnOnce(&mut UpdateOf<Test>)) -> bool {
	let before = update(UPDATE);
	crate::Updates::<Test>::mutate(UPDATE, |update| spoil(update.as_mut().unwrap()));
	let noticed = Updates::do_try_state().is_err();
	crate::Updates::<Test>::insert(UPDATE, before);
	noticed
}

#[test]
fn the_audit_notices_every_kind_of_disagreement() {
	run(|| {
		fund();
		assert_ok!(propose(BOB));
		assert_ok!(propose(BOB));
		assert!(noticed(|update| update.engineer = CAROL));
		assert!(noticed(|update| update.model = OTHER_MODEL));
		assert!(noticed(|update| update.state = UpdateState::Withdrawn));
		assert_ok!(approve(OWNER, UPDATE, percent(10)));
		assert_ok!(approve(OWNER, 1, percent(10)));
		let accepted = |version, score, reward| UpdateState::Accepted { version, score, reward };
		assert!(noticed(|update| update.engineer = CAROL));
		assert!(noticed(|update| update.state = UpdateState::Proposed));
		// The second update's version, or a version that is nobody's.
		assert!(noticed(|update| update.state = accepted(2, percent(10), 1)));
		assert!(noticed(|update| update.state = accepted(9, percent(10), 1)));
		assert!(noticed(|update| update.state = accepted(1, percent(10), 0)));
		assert!(noticed(|update| update.state = accepted(1, Score::ZERO, 1)));

		NextUpdateId::<Test>::put(1);
		assert!(Updates::do_try_state().is_err());
		NextUpdateId::<Test>::put(2);
		ByModel::<Test>::insert(OTHER_MODEL, UPDATE, ());
		assert!(Updates::do_try_state().is_err());
		ByModel::<Test>::remove(OTHER_MODEL, UPDATE);
		OpenCount::<Test>::insert(MODEL, CAROL, 1);
		assert!(Updates::do_try_state().is_err());
		OpenCount::<Test>::remove(MODEL, CAROL);
	});
}
