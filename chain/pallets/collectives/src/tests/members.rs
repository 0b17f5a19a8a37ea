use super::{Collectives, *};

#[test]
fn a_model_has_its_owner_as_its_collective_and_stores_nothing_for_it() {
	run(|| {
		assert_eq!(members(), [(OWNER, 1)]);
		assert!(Collectives::owner_decides(MODEL));
		assert!(!crate::Collectives::<Test>::contains_key(MODEL));
		assert!(matches!(Collectives::collective(9), Err(Error::<Test>::UnknownModel)));
	});
}

#[test]
fn the_owner_decides_until_somebody_joins() {
	run(|| {
		assert_ok!(decide(set_terms(|terms| terms.quorum = 1)));
		assert!(Collectives::owner_decides(MODEL));
		assert_ok!(decide(add(OWNER, 7)));
		assert!(Collectives::owner_decides(MODEL));
		assert_ok!(decide(add(BOB, 2)));
		assert_eq!(members(), [(OWNER, 7), (BOB, 2)]);
		assert!(!Collectives::owner_decides(MODEL));
		assert_noop!(decide(add(CAROL, 1)), Error::<Test>::CollectiveDecides);
		System::assert_last_event(
			Event::Decided { model: MODEL, who: OWNER, action: add(BOB, 2) }.into(),
		);
		assert!(has_event(Event::MemberSet { model: MODEL, who: BOB, weight: 2 }));
		// The other model is not concerned.
		assert!(Collectives::owner_decides(POOR_MODEL));
	});
}

#[test]
fn only_the_owner_decides() {
	run(|| {
		let decide = |who, model| Collectives::decide(signed(who), model, add(BOB, 1));
		assert_noop!(decide(BOB, MODEL), Error::<Test>::NotOwner);
		assert_noop!(decide(OWNER, 9), Error::<Test>::UnknownModel);
		assert_noop!(
			Collectives::decide(RuntimeOrigin::none(), MODEL, add(BOB, 1)),
			DispatchError::BadOrigin
		);
	});
}

#[test]
fn every_guarded_call_of_the_owner_is_refused_when_others_govern_too() {
	run(|| {
		assert_ok!(Updates::propose(
			signed(DAVE),
			MODEL,
			0,
			cid("w"),
			HASH,
			Default::default(),
			None
		));
		stake(DAVE, 1_000);
		three_members();
		let owner = || signed(OWNER);
		assert_noop!(
			Models::publish_version(owner(), MODEL, cid("w"), HASH, 0),
			pallet_models::Error::<Test>::CollectiveDecides
		);
		assert_noop!(
			Pools::reward(owner(), MODEL, Role::Engineer, vec![(OWNER, Score::ONE)]),
			pallet_pools::Error::<Test>::CollectiveDecides
		);
		assert_noop!(Pools::close(owner(), MODEL), pallet_pools::Error::<Test>::CollectiveDecides);
		assert_noop!(
			Stakes::slash(
				owner(),
				MODEL,
				DAVE,
				Role::Validator,
				Score::ONE,
				pallet_stakes::Cause::Spam
			),
			pallet_stakes::Error::<Test>::CollectiveDecides
		);
		assert_noop!(
			Licences::set_terms(owner(), MODEL, pallet_licences::Usage::Download, None),
			pallet_licences::Error::<Test>::CollectiveDecides
		);
		assert_noop!(
			Updates::approve(owner(), 0, Score::ZERO),
			pallet_updates::Error::<Test>::CollectiveDecides
		);
		assert_noop!(
			Updates::reject(owner(), 0, text("no")),
			pallet_updates::Error::<Test>::CollectiveDecides
		);
	});
}

#[test]
fn a_member_resigns_and_the_owner_left_alone_decides_again() {
	run(|| {
		three_members();
		assert_ok!(resign(CAROL));
		assert!(!Collectives::owner_decides(MODEL));
		assert_ok!(resign(BOB));
		System::assert_last_event(Event::MemberResigned { model: MODEL, who: BOB }.into());
		assert_eq!(members(), [(OWNER, 1)]);
		assert_ok!(decide(add(DAVE, 1)));
	});
}

#[test]
fn those_who_remain_govern_when_the_owner_has_left() {
	run(|| {
		join(BOB, 1);
		assert_ok!(resign(OWNER));
		assert!(!Collectives::owner_decides(MODEL));
		assert_noop!(decide(add(OWNER, 1)), Error::<Test>::CollectiveDecides);
		assert_noop!(propose(OWNER, spend(OWNER, 1)), Error::<Test>::NotMember);
		// Alone, Bob needs no other's aye.
		assert_ok!(propose(BOB, spend(CAROL, 10)));
		assert_ok!(vote(BOB, Aye));
		assert_ok!(close(newest()));
		assert_eq!(state(newest()), State::Executed);
	});
}

#[test]
fn only_a_member_resigns_and_never_the_last_one() {
	run(|| {
		assert_noop!(resign(BOB), Error::<Test>::NotMember);
		assert_noop!(resign(OWNER), Error::<Test>::LastMember);
		assert_noop!(Collectives::resign(signed(OWNER), 9), Error::<Test>::UnknownModel);
	});
}

#[test]
fn members_are_removed_but_not_the_last_one_nor_a_stranger() {
	run(|| {
		let remove = |who| Action::RemoveMember { who };
		assert_noop!(decide(remove(OWNER)), Error::<Test>::LastMember);
		assert_noop!(decide(remove(BOB)), Error::<Test>::UnknownMember);
		three_members();
		assert_ok!(propose(BOB, remove(OWNER)));
		assert_eq!(decided([(BOB, Aye), (CAROL, Aye), (OWNER, Nay)]), State::Executed);
		assert_eq!(members(), [(BOB, 1), (CAROL, 1)]);
		assert!(has_event(Event::MemberRemoved { model: MODEL, who: OWNER }));
	});
}

#[test]
fn a_collective_has_a_bounded_number_of_members() {
	run(|| {
		let mut full = Collectives::collective(MODEL).unwrap();
		for who in 1_000..1_000 + AccountId::from(MAX_MEMBERS) - 1 {
			full.members.try_insert(who, 1).unwrap();
		}
		crate::Collectives::<Test>::insert(MODEL, full);
		assert_noop!(Collectives::act(MODEL, add(BOB, 1)), Error::<Test>::TooManyMembers);
		// Another weight for a member takes no room.
		assert_ok!(Collectives::act(MODEL, add(OWNER, 5)));
	});
}

#[test]
fn an_owner_who_left_neither_decides_nor_operates() {
	run(|| {
		assert!(Collectives::owner_operates(MODEL) && Collectives::owner_decides(MODEL));
		three_members();
		assert!(Collectives::owner_operates(MODEL) && !Collectives::owner_decides(MODEL));
		assert_ok!(resign(OWNER));
		assert!(!Collectives::owner_operates(MODEL) && !Collectives::owner_decides(MODEL));
		assert_ok!(Collectives::act(MODEL, add(OWNER, 1)));
		assert!(Collectives::owner_operates(MODEL));
		assert!(!Collectives::owner_operates(77));
	});
}
