use super::*;
use frame::deps::{frame_support::storage::with_storage_layer, sp_runtime::TransactionalError};

const DELAY: Moment = 2 * DAY;
const WITHIN: Moment = DAY;

/// Three members, who enact after [`DELAY`] and within [`WITHIN`].
fn slow_members() {
	assert_ok!(decide(set_terms(|terms| {
		terms.delay_ms = DELAY;
		terms.enact_within_ms = WITHIN;
	})));
	three_members();
}

/// Has the owner and Bob approve an action.
fn approve(action: Action<AccountId>) {
	assert_ok!(propose(OWNER, action));
	assert_ok!(vote(OWNER, Aye));
	assert_ok!(vote(BOB, Aye));
	assert_ok!(close(newest()));
}

#[test]
fn without_a_delay_closing_enacts() {
	run(|| {
		three_members();
		approve(spend(DAVE, 10));
		assert_eq!(state(newest()), State::Executed);
		assert_eq!(earned(DAVE), 5_000);
		System::assert_last_event(Event::Executed { proposal: newest(), model: MODEL }.into());
		assert_noop!(enact(newest()), Error::<Test>::NotApproved);
	});
}

#[test]
fn what_was_approved_is_enacted_once_after_the_delay() {
	run(|| {
		slow_members();
		approve(spend(DAVE, 10));
		let enact_from_ms = Timestamp::get() + DELAY;
		let enact_until_ms = enact_from_ms + WITHIN;
		assert_eq!(state(newest()), State::Approved { enact_from_ms, enact_until_ms });
		assert_eq!(earned(DAVE), 0);
		assert_noop!(enact(newest()), Error::<Test>::TooEarly);
		run_to(enact_from_ms - 1);
		assert_noop!(enact(newest()), Error::<Test>::TooEarly);
		run_to(enact_from_ms);
		assert_ok!(enact(newest()));
		assert_eq!((state(newest()), earned(DAVE)), (State::Executed, 5_000));
		assert_noop!(enact(newest()), Error::<Test>::NotApproved);
		assert_noop!(close(newest()), Error::<Test>::VotingOver);
		assert_eq!(earned(DAVE), 5_000);
	});
}

#[test]
fn what_was_not_enacted_in_time_lapses() {
	run(|| {
		slow_members();
		approve(spend(DAVE, 10));
		wait(DELAY + WITHIN);
		// The last moment is still in time.
		let in_time = newest();
		assert_ok!(enact(in_time));
		assert_eq!(state(in_time), State::Executed);
		approve(spend(DAVE, 10));
		wait(DELAY + WITHIN + 1);
		assert_ok!(enact(newest()));
		assert_eq!((state(newest()), earned(DAVE)), (State::Lapsed, 5_000));
		System::assert_last_event(Event::Lapsed { proposal: newest(), model: MODEL }.into());
		assert_noop!(enact(newest()), Error::<Test>::NotApproved);
	});
}

#[test]
fn a_refused_action_is_recorded_with_its_error_and_leaves_nothing_behind() {
	run(|| {
		three_members();
		assert_ok!(Updates::propose(
			signed(DAVE),
			MODEL,
			0,
			cid("w"),
			HASH,
			Default::default(),
			None
		));
		// Paid first, published next: there is no version number left for it.
		pallet_models::Models::<Test>::mutate(MODEL, |model| {
			model.as_mut().unwrap().versions = u32::MAX
		});
		approve(Action::ApproveUpdate { update: 0, reward: percent(10) });
		let error = pallet_models::Error::<Test>::IdsExhausted.into();
		assert_eq!(state(newest()), State::Failed { error });
		System::assert_last_event(Event::Failed { proposal: newest(), model: MODEL, error }.into());
		assert_eq!((earned(DAVE), bucket(Role::Engineer)), (0, POOL / 2));
		assert_noop!(enact(newest()), Error::<Test>::NotApproved);
		assert_eq!(held(OWNER), 0);
		pallet_models::Models::<Test>::mutate(MODEL, |model| model.as_mut().unwrap().versions = 1);
	});
}

#[test]
fn a_caller_who_nests_calls_too_deep_does_not_use_an_approval_up() {
	fn nested(layers: u32, call: &dyn Fn() -> DispatchResult) -> DispatchResult {
		match layers {
			0 => call(),
			_ => with_storage_layer(|| nested(layers - 1, call)),
		}
	}
	run(|| {
		slow_members();
		approve(spend(DAVE, 10));
		let id = newest();
		wait(DELAY);
		let enact = || enact(id).map(|_| ()).map_err(|refused| refused.error);
		let mut refused = 0;
		for layers in 200..=255 {
			// Whatever is left of the limit, it is enacted or refused as a whole.
			let outcome = with_storage_layer(|| {
				let outcome = nested(layers, &enact);
				let enacted = (state(id) == State::Executed, earned(DAVE) == 5_000);
				assert_eq!(enacted, (outcome.is_ok(), outcome.is_ok()));
				outcome.and(Err::<(), _>(DispatchError::Other("undone")))
			});
			if outcome == Err(TransactionalError::LimitReached.into()) {
				refused += 1;
			}
		}
		assert!(refused > 2, "{refused}");
		assert_ok!(enact());
		assert_eq!(state(id), State::Executed);
	});
}

#[test]
fn what_one_alone_approved_is_void_when_others_have_joined() {
	run(|| {
		assert_ok!(decide(set_terms(|terms| terms.delay_ms = DELAY)));
		assert_ok!(propose(OWNER, spend(OWNER, 100)));
		let id = newest();
		assert_ok!(vote_on(id, OWNER, Aye));
		assert_ok!(close(id));
		assert!(matches!(state(id), State::Approved { .. }));
		join(BOB, 1);
		wait(DELAY);
		assert_ok!(enact(id));
		assert_eq!((state(id), earned(OWNER)), (State::Lapsed, 0));
	});
}

#[test]
fn what_one_alone_approved_is_void_when_another_is_alone_now() {
	run(|| {
		assert_ok!(decide(set_terms(|terms| terms.delay_ms = DELAY)));
		assert_ok!(propose(OWNER, spend(OWNER, 100)));
		let by_vote = newest();
		assert_ok!(vote(OWNER, Aye));
		assert_ok!(close(by_vote));
		stake(OWNER, 100);
		assert_ok!(propose_to(Electorate::Stakers, OWNER, spend(OWNER, 100)));
		let by_referendum = newest();
		assert_ok!(vote(OWNER, Aye));
		join(BOB, 1);
		assert_ok!(resign(OWNER));
		wait(DELAY);
		assert_ok!(enact(by_vote));
		wait(REFERENDUM);
		assert_ok!(close(by_referendum));
		wait(DELAY);
		assert_ok!(enact(by_referendum));
		let states = [by_vote, by_referendum].map(state);
		assert_eq!((states, earned(OWNER)), ([State::Lapsed, State::Lapsed], 0));
	});
}

#[test]
fn what_one_alone_approved_is_enacted_as_long_as_it_is_alone() {
	run(|| {
		assert_ok!(decide(set_terms(|terms| terms.delay_ms = DELAY)));
		assert_ok!(propose(OWNER, spend(DAVE, 10)));
		assert_ok!(vote(OWNER, Aye));
		assert_ok!(close(newest()));
		wait(DELAY);
		assert_ok!(enact(newest()));
		assert_eq!((state(newest()), earned(DAVE)), (State::Executed, 5_000));
	});
}

#[test]
fn enacting_costs_what_the_action_does() {
	run(|| {
		type Bounds = crate::weights::Bounds<Test>;
		slow_members();
		let call = crate::Call::<Test>::enact { proposal: newest() };
		let most = Bounds::enact().saturating_add(Bounds::act_at_most());
		assert_eq!(call.get_dispatch_info().call_weight, most);
		approve(spend(DAVE, 10));
		wait(DELAY);
		let took = Bounds::enact().saturating_add(Bounds::spend());
		assert_eq!(enact(newest()).unwrap().actual_weight, Some(took));
		approve(spend(DAVE, 10));
		wait(DELAY + WITHIN + 1);
		assert_eq!(enact(newest()).unwrap().actual_weight, Some(Bounds::enact()));
	});
}

#[test]
fn what_is_not_there_or_not_signed_is_not_enacted() {
	run(|| {
		assert_noop!(enact(99), Error::<Test>::UnknownProposal);
		assert_ok!(propose(OWNER, spend(DAVE, 10)));
		assert_noop!(enact(newest()), Error::<Test>::NotApproved);
		assert_noop!(Collectives::enact(RuntimeOrigin::none(), newest()), DispatchError::BadOrigin);
	});
}

#[test]
fn a_pool_that_cannot_be_closed_yet_does_not_use_an_approval_up() {
	run(|| {
		three_members();
		RoundRuns::set(true);
		approve(Action::ClosePool);
		let id = newest();
		let enact_from_ms = Timestamp::get();
		let enact_until_ms = enact_from_ms + POSTPONED_MS;
		let waits = State::Approved { enact_from_ms, enact_until_ms };
		let error = pallet_pools::Error::<Test>::PoolLocked.into();
		assert_eq!((state(id), proposal(id).postponed), (waits.clone(), Some(error)));
		System::assert_last_event(Event::Postponed { proposal: id, model: MODEL, error }.into());
		// It is tried as often as anyone likes, and waits no longer for that.
		wait(DAY);
		assert_ok!(enact(id));
		assert_eq!(state(id), waits);
		RoundRuns::set(false);
		assert!(Collectives::pool_closes(MODEL));
		assert_ok!(enact(id));
		assert_eq!((state(id), proposal(id).postponed), (State::Executed, None));
		assert!(!Collectives::pool_closes(MODEL));
		let pool = pallet_pools::Pools::<Test>::get(MODEL).unwrap();
		assert_ne!(pool.state, pallet_pools::PoolState::Open);
	});
}

#[test]
fn what_is_postponed_waits_longer_than_what_is_in_its_way_however_short_the_time_to_enact_in() {
	run(|| {
		slow_members();
		RoundRuns::set(true);
		approve(Action::ClosePool);
		let (id, from) = (newest(), Timestamp::get() + DELAY);
		// At the last moment that it can be tried at.
		wait(DELAY + WITHIN);
		let enact_until_ms = Timestamp::get() + POSTPONED_MS;
		assert_ok!(enact(id));
		let waits = State::Approved { enact_from_ms: from, enact_until_ms };
		assert_eq!(state(id), waits);
		// Trying it again does not make it wait for longer.
		wait(POSTPONED_MS);
		assert!(Collectives::pool_closes(MODEL));
		assert_ok!(enact(id));
		assert_eq!(state(id), waits);
		RoundRuns::set(false);
		assert_ok!(enact(id));
		assert_eq!(state(id), State::Executed);
	});
}

#[test]
fn a_pool_of_which_a_task_holds_a_part_waits_to_be_closed() {
	run(|| {
		use pallet_pools::Reserving;
		let (role, amount) = (Role::Engineer, 10);
		assert_ok!(<Pools as Reserving<_>>::set_aside(MODEL, role, amount));
		three_members();
		approve(Action::ClosePool);
		let id = newest();
		let error = pallet_pools::Error::<Test>::PoolLocked.into();
		assert_eq!(proposal(id).postponed, Some(error));
		assert!(Collectives::pool_closes(MODEL));
		assert_ok!(<Pools as Reserving<_>>::put_back(MODEL, role, amount));
		assert_ok!(enact(id));
		assert_eq!(state(id), State::Executed);
	});
}

#[test]
fn what_the_close_postpones_waits_as_long() {
	run(|| {
		assert_ok!(decide(set_terms(|terms| terms.enact_within_ms = WITHIN)));
		three_members();
		RoundRuns::set(true);
		approve(Action::ClosePool);
		let enact_from_ms = Timestamp::get();
		let enact_until_ms = enact_from_ms + POSTPONED_MS;
		assert_eq!(state(newest()), State::Approved { enact_from_ms, enact_until_ms });
	});
}

#[test]
fn what_could_not_be_done_in_time_lapses_and_can_be_cancelled() {
	run(|| {
		slow_members();
		RoundRuns::set(true);
		approve(Action::ClosePool);
		let (id, postponed) = (newest(), |id| proposal(id).postponed.is_some());
		wait(DELAY);
		assert!(!postponed(id));
		assert_ok!(enact(id));
		assert!(postponed(id));
		assert!(Collectives::pool_closes(MODEL) && !Collectives::pool_closes(POOR_MODEL));
		wait(POSTPONED_MS + 1);
		assert!(!Collectives::pool_closes(MODEL));
		assert_ok!(enact(id));
		assert_eq!(state(id), State::Lapsed);
		approve(Action::ClosePool);
		let id = newest();
		wait(DELAY);
		assert!(!Collectives::pool_closes(MODEL));
		assert_ok!(enact(id));
		assert!(Collectives::pool_closes(MODEL));
		approve(Action::Cancel { proposal: id });
		assert_eq!(state(id), State::Cancelled);
		assert!(!Collectives::pool_closes(MODEL));
	});
}

#[test]
fn what_fails_for_another_reason_fails_though_a_round_runs() {
	run(|| {
		assert_ok!(decide(Action::ClosePool));
		three_members();
		RoundRuns::set(true);
		approve(Action::ClosePool);
		let error = pallet_pools::Error::<Test>::PoolClosed.into();
		assert_eq!(
			(state(newest()), proposal(newest()).postponed),
			(State::Failed { error }, None)
		);
	});
}
