use super::{Rounds, *};

#[test]
fn a_round_trains_from_the_latest_version() {
	run(|| {
		assert_ok!(Models::publish_version(signed(OWNER), MODEL, cid("v1"), HASH, 0));
		assert_ok!(open(2, 10));
		assert_eq!(
			round(),
			Round {
				minimum: 2,
				maximum: 10,
				deadline_ms: DEADLINE_MS,
				opened_ms: START_MS,
				base_version: 1,
				reward_part: percent(10),
				state: RoundState::Open,
				evaluation: None,
				selected: 0,
				submitted: 0,
				scored: 0,
				accepted: 0,
				rewarded: 0,
			}
		);
		assert_eq!(CurrentRound::<Test>::get(MODEL), Some(ROUND));
		System::assert_last_event(
			Event::RoundOpened {
				model: MODEL,
				round: ROUND,
				base_version: 1,
				minimum: 2,
				maximum: 10,
				deadline_ms: DEADLINE_MS,
				reward_part: percent(10),
			}
			.into(),
		);
	});
}

#[test]
fn a_second_round_waits_for_the_first_to_end() {
	run(|| {
		assert_ok!(open(1, 1));
		assert_noop!(open(1, 1), Error::<Test>::RoundAlreadyOpen);
		assert_ok!(abort(OWNER));
		assert_ok!(open(1, 1));
		assert_eq!(CurrentRound::<Test>::get(MODEL), Some(2));
	});
}

#[test]
fn the_rounds_of_each_model_are_numbered_from_one() {
	run(|| {
		let name = b"other".to_vec().try_into().unwrap();
		let licence = b"MIT".to_vec().try_into().unwrap();
		assert_ok!(Models::register(signed(OWNER), cid("w"), HASH, name, licence, HASH));
		for model in [MODEL, MODEL + 1] {
			assert_eq!(RoundCount::<Test>::get(model), 0);
			for number in 1..=3 {
				let open = Rounds::open(signed(OWNER), model, 1, 1, DEADLINE_MS, percent(10));
				assert_ok!(open);
				assert_eq!(CurrentRound::<Test>::get(model), Some(number));
				assert_eq!(RoundCount::<Test>::get(model), number);
				assert_ok!(Rounds::abort(signed(OWNER), model, number, reason()));
				assert_eq!(RoundCount::<Test>::get(model), number);
			}
			let zeroth = Rounds::abort(signed(OWNER), model, 0, reason());
			assert_eq!(zeroth, Err(Error::<Test>::UnknownRound.into()));
		}
	});
}

#[test]
fn participants_out_of_range_are_refused() {
	run(|| {
		for (minimum, maximum) in [(0, 1), (0, 0), (2, 1), (1, 257), (u32::MAX, u32::MAX)] {
			assert_noop!(open(minimum, maximum), Error::<Test>::ParticipantsOutOfRange);
		}
		assert_ok!(open(256, 256));
	});
}

#[test]
fn a_deadline_in_the_past_is_refused() {
	run(|| {
		let open = |deadline| Rounds::open(signed(OWNER), MODEL, 1, 1, deadline, percent(10));
		for deadline in [0, START_MS - 1, START_MS] {
			assert_noop!(open(deadline), Error::<Test>::DeadlinePassed);
		}
		assert_ok!(open(START_MS + 1));
	});
}

#[test]
fn a_reward_part_above_one_is_refused() {
	run(|| {
		let part = Score(Score::ONE.0 + 1);
		assert_noop!(
			Rounds::open(signed(OWNER), MODEL, 1, 1, DEADLINE_MS, part),
			Error::<Test>::ScoreAboveOne
		);
	});
}

#[test]
fn round_numbers_never_wrap_around() {
	run(|| {
		RoundCount::<Test>::insert(MODEL, u32::MAX - 1);
		assert_ok!(open(1, 1));
		assert_eq!(CurrentRound::<Test>::get(MODEL), Some(u32::MAX));
		assert_ok!(Rounds::abort(signed(OWNER), MODEL, u32::MAX, reason()));
		assert_noop!(open(1, 1), Error::<Test>::RoundsExhausted);
	});
}

#[test]
fn a_pool_stays_open_while_a_round_runs() {
	run(|| {
		stake();
		assert_ok!(open(1, 1));
		let close = || Pools::close(signed(OWNER), MODEL);
		assert_noop!(close(), pallet_pools::Error::<Test>::PoolLocked);
		assert_ok!(abort(OWNER));
		assert_ok!(close());
	});
}

#[test]
fn an_owners_calls_are_refused_to_strangers() {
	run(|| {
		opened();
		let stranger: (_, _, DispatchError) = (BOB, MODEL, Error::<Test>::NotOwner.into());
		let nowhere = (OWNER, 5, Error::<Test>::UnknownModel.into());
		for (who, model, error) in [stranger, nowhere] {
			let calls = [
				Call::define_contributors { model, contributors: vec![] },
				Call::remove_contributors { model, clients: vec![] },
				Call::open {
					model,
					minimum: 1,
					maximum: 1,
					deadline_ms: DEADLINE_MS,
					reward_part: percent(10),
				},
				Call::select { model, round: ROUND, clients: vec![] },
				Call::score { model, round: ROUND, verdicts: vec![] },
				Call::reward { model, round: ROUND, evaluation: percent(10) },
				Call::finalise { model, round: ROUND, location: cid("v"), hash: HASH },
			];
			for call in calls.map(RuntimeCall::from) {
				assert_storage_noop!({
					let refusal = call.clone().dispatch(signed(who)).unwrap_err();
					assert_eq!(refusal.error, error, "{call:?}");
				});
			}
		}
		let abort = |origin, model| Rounds::abort(origin, model, ROUND, reason());
		assert_noop!(abort(signed(OWNER), 5), Error::<Test>::UnknownModel);
		assert_noop!(abort(RuntimeOrigin::none(), MODEL), BadOrigin);
	});
}

#[test]
fn an_unknown_round_is_refused() {
	run(|| {
		assert_ok!(define(&[("b", BOB)]));
		assert_noop!(select(&["b"]), Error::<Test>::UnknownRound);
		assert_noop!(submit(BOB), Error::<Test>::UnknownRound);
		assert_noop!(score(&[]), Error::<Test>::UnknownRound);
		assert_noop!(reward(50), Error::<Test>::UnknownRound);
		assert_noop!(finalise(), Error::<Test>::UnknownRound);
		assert_noop!(abort(OWNER), Error::<Test>::UnknownRound);
	});
}

#[test]
fn a_deadline_is_at_most_thirty_days_ahead() {
	run(|| {
		let open = |deadline| Rounds::open(signed(OWNER), MODEL, 1, 1, deadline, percent(10));
		for deadline in [START_MS + MAX_ROUND_MS + 1, Moment::MAX] {
			assert_noop!(open(deadline), Error::<Test>::DeadlineTooFar);
		}
		assert_ok!(open(START_MS + MAX_ROUND_MS));
	});
}

#[test]
fn an_owner_who_is_no_member_any_more_operates_no_round() {
	run(|| {
		stake();
		judged();
		OwnerOperates::set(false);
		assert_noop!(define(&[("d", DAVE)]), Error::<Test>::OwnerNotMember);
		assert_noop!(remove("b"), Error::<Test>::OwnerNotMember);
		assert_noop!(open(1, 1), Error::<Test>::OwnerNotMember);
		assert_noop!(select(&["b"]), Error::<Test>::OwnerNotMember);
		assert_noop!(score(&[rejected("b")]), Error::<Test>::OwnerNotMember);
		assert_noop!(reward(80), Error::<Test>::OwnerNotMember);
		assert_noop!(finalise(), Error::<Test>::OwnerNotMember);
		OwnerOperates::set(true);
		assert_ok!(reward(80));
		OwnerOperates::set(false);
		assert_noop!(finalise(), Error::<Test>::OwnerNotMember);
		assert_eq!(bucket(), BUCKET - 3_000);
	});
}

#[test]
fn no_round_is_opened_while_the_pool_waits_to_be_closed() {
	run(|| {
		assert_ok!(open(1, 1));
		PoolCloses::set(true);
		assert_ok!(abort(OWNER));
		assert_noop!(open(1, 1), Error::<Test>::PoolCloses);
		PoolCloses::set(false);
		assert_ok!(open(1, 1));
	});
}
