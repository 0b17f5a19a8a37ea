use super::{Updates, *};

#[test]
fn an_approved_update_is_a_version_published_and_earned_by_its_engineer() {
	run(|| {
		fund();
		assert_ok!(propose(BOB));
		assert_ok!(approve(OWNER, UPDATE, percent(40)));
		let reward = BUCKET * 40 / 100;
		assert_eq!(
			update(UPDATE).state,
			UpdateState::Accepted { version: 1, score: percent(40), reward }
		);
		let version = pallet_models::Versions::<Test>::get(MODEL, 1).unwrap();
		assert_eq!((version.publisher, version.parent), (BOB, Some(0)));
		assert_eq!((version.location, version.hash), (cid("better"), HASH));
		assert_eq!(earned(BOB), reward);
		assert_eq!(bucket(), BUCKET - reward);
		System::assert_last_event(
			Event::Approved {
				update: UPDATE,
				model: MODEL,
				engineer: BOB,
				version: 1,
				score: percent(40),
				reward,
			}
			.into(),
		);
	});
}

#[test]
fn an_update_is_decided_on_once() {
	run(|| {
		fund();
		for update in 0..3 {
			assert_ok!(propose(BOB));
			assert_ok!(match update {
				0 => approve(OWNER, update, percent(10)),
				1 => reject(OWNER, update),
				_ => withdraw(BOB, update),
			});
			assert_noop!(approve(OWNER, update, percent(10)), Error::<Test>::UpdateClosed);
			assert_noop!(reject(OWNER, update), Error::<Test>::UpdateClosed);
			assert_noop!(withdraw(BOB, update), Error::<Test>::UpdateClosed);
		}
		assert_eq!((earned(BOB), versions()), (BUCKET / 10, 2));
	});
}

#[test]
fn a_rejected_update_says_why_and_earns_nothing() {
	run(|| {
		fund();
		assert_ok!(propose(BOB));
		assert_ok!(reject(OWNER, UPDATE));
		assert_eq!(update(UPDATE).state, UpdateState::Rejected { reason: text("worse") });
		assert_eq!((earned(BOB), bucket(), versions()), (0, BUCKET, 1));
		System::assert_last_event(
			Event::Rejected { update: UPDATE, model: MODEL, engineer: BOB, reason: text("worse") }
				.into(),
		);
	});
}

#[test]
fn only_the_owner_decides() {
	run(|| {
		assert_noop!(approve(OWNER, UPDATE, Score::ZERO), Error::<Test>::UnknownUpdate);
		assert_noop!(reject(OWNER, UPDATE), Error::<Test>::UnknownUpdate);
		assert_ok!(propose(BOB));
		for who in [BOB, CAROL] {
			assert_noop!(approve(who, UPDATE, Score::ZERO), Error::<Test>::NotOwner);
			assert_noop!(reject(who, UPDATE), Error::<Test>::NotOwner);
		}
	});
}

#[test]
fn the_owner_decides_no_more_when_the_collective_does() {
	run(|| {
		assert_ok!(propose(BOB));
		OwnerDecides::set(false);
		assert_noop!(approve(OWNER, UPDATE, Score::ZERO), Error::<Test>::CollectiveDecides);
		assert_noop!(reject(OWNER, UPDATE), Error::<Test>::CollectiveDecides);
		assert_ok!(<Updates as Reviewer>::approve(MODEL, UPDATE, Score::ZERO));
	});
}

#[test]
fn a_collective_decides_on_no_update_of_another_model() {
	run(|| {
		fund();
		assert_ok!(propose_for(BOB, OTHER_MODEL));
		assert_noop!(
			<Updates as Reviewer>::approve(MODEL, UPDATE, percent(10)),
			Error::<Test>::UnknownUpdate
		);
		assert_noop!(
			<Updates as Reviewer>::reject(MODEL, UPDATE, text("no")),
			Error::<Test>::UnknownUpdate
		);
	});
}

#[test]
fn a_reward_needs_a_pool_and_something_in_the_bucket() {
	run(|| {
		assert_ok!(propose(BOB));
		assert_noop!(approve(OWNER, UPDATE, percent(1)), Error::<Test>::NoPool);
		fund();
		assert_noop!(approve(OWNER, UPDATE, Score(1_000_000_001)), Error::<Test>::ScoreAboveOne);
		// A billionth of the bucket is less than a unit.
		assert_noop!(approve(OWNER, UPDATE, Score(1)), Error::<Test>::NothingToPay);
		assert_ok!(approve(OWNER, UPDATE, Score::ONE));
		assert_eq!((earned(BOB), bucket()), (BUCKET, 0));
		assert_ok!(propose(BOB));
		assert_noop!(approve(OWNER, 1, percent(1)), Error::<Test>::NothingToPay);
		assert_ok!(approve(OWNER, 1, Score::ZERO));
		assert_eq!(versions(), 3);
	});
}

#[test]
fn an_update_of_a_model_whose_pool_is_closed_is_approved_without_reward() {
	run(|| {
		fund();
		assert_ok!(propose(BOB));
		assert_ok!(Pools::close(signed(OWNER), MODEL));
		assert_noop!(approve(OWNER, UPDATE, percent(1)), Error::<Test>::NoPool);
		assert_ok!(approve(OWNER, UPDATE, Score::ZERO));
	});
}

#[test]
fn nothing_is_paid_when_no_version_number_is_left() {
	run(|| {
		fund();
		assert_ok!(propose(BOB));
		pallet_models::Models::<Test>::mutate(MODEL, |model| {
			model.as_mut().unwrap().versions = u32::MAX
		});
		assert_noop!(
			<Updates as Reviewer>::approve(MODEL, UPDATE, percent(10)),
			pallet_models::Error::<Test>::IdsExhausted
		);
	});
}
