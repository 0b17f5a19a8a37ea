use super::{Updates, *};

#[test]
fn anyone_proposes_an_update_and_all_of_it_is_recorded() {
	run(|| {
		let claims = metrics(&[("accuracy", 981_000_000), ("loss delta", -12_000_000)]);
		let notes = Some((cid("notes"), HASH));
		assert_ok!(Updates::propose(
			signed(BOB),
			MODEL,
			0,
			cid("better"),
			HASH,
			claims.clone(),
			notes.clone()
		));
		assert_eq!(
			update(UPDATE),
			Update {
				model: MODEL,
				engineer: BOB,
				parent: 0,
				location: cid("better"),
				hash: HASH,
				metrics: claims,
				notes,
				block: 1,
				proposed_ms: NOW_MS,
				state: UpdateState::Proposed,
			}
		);
		System::assert_last_event(
			Event::Proposed { update: UPDATE, model: MODEL, engineer: BOB, parent: 0, hash: HASH }
				.into(),
		);
	});
}

#[test]
fn updates_are_counted_over_all_models_and_listed_by_model() {
	run(|| {
		assert_ok!(propose_for(BOB, MODEL));
		assert_ok!(propose_for(BOB, OTHER_MODEL));
		assert_ok!(propose_for(CAROL, MODEL));
		let mut listed: Vec<_> = ByModel::<Test>::iter_key_prefix(MODEL).collect();
		listed.sort();
		assert_eq!(listed, [0, 2]);
		assert_eq!(update(1).model, OTHER_MODEL);
		assert_eq!(NextUpdateId::<Test>::get(), 3);
	});
}

#[test]
fn an_update_of_nothing_is_refused() {
	run(|| {
		let propose = |model, parent, location: &str, notes: Option<&str>| {
			let notes = notes.map(|notes| (cid(notes), HASH));
			let metrics = Metrics::default();
			Updates::propose(signed(BOB), model, parent, cid(location), HASH, metrics, notes)
		};
		assert_noop!(propose(9, 0, "w", None), Error::<Test>::UnknownModel);
		assert_noop!(propose(MODEL, 1, "w", None), Error::<Test>::UnknownParent);
		assert_noop!(propose(MODEL, 0, "", None), Error::<Test>::LocationEmpty);
		assert_noop!(propose(MODEL, 0, "w", Some("")), Error::<Test>::LocationEmpty);
		assert_noop!(
			Updates::propose(
				RuntimeOrigin::none(),
				MODEL,
				0,
				cid("w"),
				HASH,
				Default::default(),
				None
			),
			DispatchError::BadOrigin
		);
	});
}

#[test]
fn metrics_that_cannot_be_told_apart_are_refused() {
	run(|| {
		let propose = |claims: &[(&str, i64)]| {
			Updates::propose(signed(BOB), MODEL, 0, cid("w"), HASH, metrics(claims), None)
		};
		assert_noop!(propose(&[("", 1)]), Error::<Test>::MetricNameEmpty);
		assert_noop!(propose(&[("loss", 1), ("loss", 2)]), Error::<Test>::DuplicateMetric);
	});
}

#[test]
fn an_engineer_has_a_bounded_number_of_updates_of_a_model_waiting() {
	run(|| {
		for _ in 0..MAX_OPEN {
			assert_ok!(propose(BOB));
		}
		assert_noop!(propose(BOB), Error::<Test>::TooManyOpen);
		assert_ok!(propose_for(BOB, OTHER_MODEL));
		assert_ok!(propose(CAROL));
		// Each way of being decided on makes room for another.
		assert_ok!(withdraw(BOB, 0));
		assert_ok!(reject(OWNER, 1));
		assert_ok!(approve(OWNER, 2, Score::ZERO));
		for _ in 0..3 {
			assert_ok!(propose(BOB));
		}
		assert_noop!(propose(BOB), Error::<Test>::TooManyOpen);
	});
}

#[test]
fn no_update_is_proposed_when_the_ids_are_used_up() {
	run(|| {
		NextUpdateId::<Test>::put(UpdateId::MAX);
		assert_noop!(propose(BOB), Error::<Test>::IdsExhausted);
	});
}

#[test]
fn an_engineer_withdraws_an_update() {
	run(|| {
		assert_ok!(propose(BOB));
		assert_ok!(withdraw(BOB, UPDATE));
		assert_eq!(update(UPDATE).state, UpdateState::Withdrawn);
		assert!(!OpenCount::<Test>::contains_key(MODEL, BOB));
		System::assert_last_event(
			Event::Withdrawn { update: UPDATE, model: MODEL, engineer: BOB }.into(),
		);
	});
}

#[test]
fn only_the_engineer_withdraws_and_only_what_waits() {
	run(|| {
		assert_noop!(withdraw(BOB, UPDATE), Error::<Test>::UnknownUpdate);
		assert_ok!(propose(BOB));
		assert_noop!(withdraw(CAROL, UPDATE), Error::<Test>::NotEngineer);
		assert_noop!(withdraw(OWNER, UPDATE), Error::<Test>::NotEngineer);
		assert_ok!(withdraw(BOB, UPDATE));
		assert_noop!(withdraw(BOB, UPDATE), Error::<Test>::UpdateClosed);
	});
}
