//! Whatever owner, validators and annotators do, in whatever order, nothing is lost, nobody gets
//! an item twice, and every task can be closed.

use super::{Annotations, *};
use frame::deps::frame_support::storage::with_storage_layer;
use proptest::{prelude::*, sample::select};

const PEOPLE: [AccountId; 5] = [OWNER, BOB, CAROL, DAVE, EVE];
const TASKS: TaskId = 2;

#[derive(Clone, Debug)]
enum Step {
	Open(Balance, u32, u32),
	Stop(AccountId, TaskId),
	Take(AccountId, TaskId, BatchId),
	TakeNext(AccountId, TaskId),
	Release(AccountId, TaskId),
	Commit(AccountId, TaskId, BatchId),
	Answer(AccountId, TaskId),
	Reveal(AccountId, TaskId, BatchId),
	Score(AccountId, TaskId, BatchId, AccountId, Verdict),
	Report(AccountId, TaskId, BatchId, AccountId, Score),
	Dispute(AccountId, TaskId, BatchId),
	Award(AccountId, TaskId, Vec<(BatchId, AccountId)>),
	Settle(TaskId, BatchId, AccountId, Verdict, Score),
	Close(TaskId),
	Govern(bool, bool),
	PoolCloses(bool),
	Allow(Option<Balance>),
	Spend(Score),
	Unstake(AccountId, Balance),
	Wait(Moment),
}

fn step() -> impl Strategy<Value = Step> {
	let who = || select(PEOPLE.to_vec());
	let task = || 0..TASKS;
	let batch = || prop_oneof![6 => 0..3u32, 1 => Just(3)];
	let part = || select(vec![0, 1, 333_333_333, 1_000_000_000, 1_000_000_001]).prop_map(Score);
	let verdict = || {
		(prop_oneof![9 => 0..13u32, 1 => Just(u32::MAX)], part())
			.prop_map(|(points, score)| Verdict { points, score })
	};
	let works = prop_oneof![
		3 => (who(), task(), batch()).prop_map(|(w, t, b)| Step::Take(w, t, b)),
		6 => (who(), task()).prop_map(|(w, t)| Step::TakeNext(w, t)),
		1 => (who(), task()).prop_map(|(w, t)| Step::Release(w, t)),
		2 => (who(), task(), batch()).prop_map(|(w, t, b)| Step::Commit(w, t, b)),
		8 => (who(), task()).prop_map(|(w, t)| Step::Answer(w, t)),
		8 => (who(), task(), batch()).prop_map(|(w, t, b)| Step::Reveal(w, t, b)),
		2 => (who(), task(), batch()).prop_map(|(w, t, b)| Step::Dispute(w, t, b)),
	];
	let judges = prop_oneof![
		5 => (who(), task(), batch(), who(), verdict())
			.prop_map(|(s, t, b, w, v)| Step::Score(s, t, b, w, v)),
		2 => (select(vec![OWNER, EVE]), task(), batch(), who(), part())
			.prop_map(|(s, t, b, w, p)| Step::Report(s, t, b, w, p)),
		4 => (who(), task(), prop::collection::vec((batch(), who()), 1..4))
			.prop_map(|(s, t, named)| Step::Award(s, t, named)),
		2 => (task(), batch(), who(), verdict(), part())
			.prop_map(|(t, b, w, v, p)| Step::Settle(t, b, w, v, p)),
	];
	let others = prop_oneof![
		2 => (prop_oneof![8 => 0..50u128, 1 => any::<u128>()], 1..4u32, 1..4u32)
			.prop_map(|(reward, answers, points)| Step::Open(reward, answers, points)),
		1 => (select(vec![OWNER, EVE]), task()).prop_map(|(w, t)| Step::Stop(w, t)),
		2 => task().prop_map(Step::Close),
		1 => any::<(bool, bool)>().prop_map(|(alone, member)| Step::Govern(alone, member)),
		1 => any::<bool>().prop_map(Step::PoolCloses),
		1 => prop::option::of(0..2_000u128).prop_map(Step::Allow),
		1 => part().prop_map(Step::Spend),
		1 => (who(), 1..STAKE).prop_map(|(w, a)| Step::Unstake(w, a)),
		4 => (0..LEASE).prop_map(Step::Wait),
		1 => (0..60_000u64).prop_map(Step::Wait),
	];
	prop_oneof![6 => works, 4 => judges, 4 => others]
}

fn act(step: Step) -> DispatchResult {
	let now = Timestamp::get();
	match step {
		Step::Open(reward_per_point, answers_per_item, points_per_item) => {
			let deadline_ms = now + 60_000;
			let terms = TaskTerms {
				reward_per_point,
				answers_per_item,
				points_per_item,
				deadline_ms,
				..terms()
			};
			Annotations::open(signed(OWNER), MODEL, terms.into())
		},
		Step::Stop(by, task) => Annotations::stop(signed(by), task),
		Step::Take(who, task, batch) => Annotations::take(signed(who), task, batch),
		Step::TakeNext(who, task) => match Annotations::next_batch(task, &who)? {
			// What is said to be free is free, unless the account holds it already.
			Some(BatchOf { batch, until_ms: None, .. }) => {
				assert_ok!(Annotations::take(signed(who), task, batch));
				Ok(())
			},
			_ => Ok(()),
		},
		Step::Release(who, task) => Annotations::release(signed(who), task),
		Step::Commit(who, task, batch) => {
			let commitment = Annotations::commitment(task, batch, &who, HASH, SALT);
			Annotations::commit(signed(who), task, batch, commitment)
		},
		Step::Answer(who, task) => match Annotators::<Test>::get(task, who).lease {
			Some(Lease { batch, .. }) => act(Step::Commit(who, task, batch)),
			None => Ok(()),
		},
		Step::Reveal(who, task, batch) => {
			Annotations::reveal(signed(who), task, batch, cid("answers"), HASH, SALT)
		},
		Step::Score(by, task, batch, who, verdict) => {
			Annotations::score(signed(by), task, vec![Scoring { batch, who, verdict }])
		},
		Step::Report(by, task, batch, who, part) => {
			Annotations::report(signed(by), task, batch, who, part, Cause::Spam)
		},
		Step::Dispute(who, task, batch) => Annotations::dispute(signed(who), task, batch),
		Step::Award(signer, task, named) => Annotations::award(signed(signer), task, named),
		Step::Settle(task, batch, who, verdict, slash) => {
			<Annotations as Settling<_>>::settle(MODEL, task, batch, &who, verdict, slash)
		},
		Step::Close(task) => Annotations::close(signed(EVE), task),
		Step::Govern(alone, member) => {
			OwnerDecides::set(alone && member);
			OwnerOperates::set(member);
			Members::set(vec![EVE]);
			Ok(())
		},
		Step::Allow(amount) => <Pools as pallet_pools::Allowing>::set_allowance(MODEL, amount),
		Step::PoolCloses(closes) => {
			PoolCloses::set(closes);
			Ok(())
		},
		Step::Spend(score) => {
			let rewards = vec![(EVE, score)];
			Pools::reward(signed(OWNER), MODEL, Role::Annotator, rewards)
		},
		Step::Unstake(who, amount) => Stakes::unstake(signed(who), MODEL, Role::Annotator, amount),
		Step::Wait(ms) => {
			wait(ms);
			Ok(())
		},
	}
}

/// What was paid is never less than before, and what was settled stays as it is.
fn settled() -> Vec<((TaskId, AccountId, BatchId), Assignment)> {
	Assignments::<Test>::iter()
		.filter(|(_, assignment)| matches!(assignment.stage, Stage::Settled { .. }))
		.collect()
}

/// What an annotator is shown alone is what everybody is shown of it, and all that is shown can be
/// paid out of what is left.
fn check_awards() -> Result<(), TestCaseError> {
	for task in 0..NextTaskId::<Test>::get() {
		let all = Annotations::awards_of(task, None);
		prop_assert!(all.iter().all(|award| award.amount <= award.most));
		let open = all.iter().filter(|award| !matches!(award.stage, Stage::Settled { .. }));
		let most: Balance = open.map(|award| award.most).sum();
		prop_assert!(most <= Annotations::task_of(task).unwrap().remaining);
		for who in PEOPLE {
			let of_it: Vec<_> = all.iter().filter(|award| award.who == who).cloned().collect();
			prop_assert_eq!(Annotations::awards_of(task, Some(&who)), of_it);
		}
	}
	Ok(())
}

/// Anyone has everything paid when the tasks have ended, and closes them.
fn wind_up() {
	let ends = Tasks::<Test>::iter_values().map(|task| task.terms.ends_ms()).max();
	run_to(ends.unwrap_or_default().max(Timestamp::get()));
	for task in 0..NextTaskId::<Test>::get() {
		if Tasks::<Test>::get(task).unwrap().state != TaskState::Open {
			continue;
		}
		for award in Annotations::awards_of(task, None) {
			if award.due_ms.is_some() {
				let before = earned(award.who);
				let named = vec![(award.batch, award.who)];
				assert_ok!(Annotations::award(signed(EVE), task, named));
				assert_eq!(earned(award.who), before + award.amount);
			}
		}
		assert_ok!(Annotations::close(signed(EVE), task));
	}
	assert_eq!(bucket().1, 0);
	for who in PEOPLE {
		assert_eq!(<Stakes as pallet_stakes::StakeLock<_>>::locked(MODEL, &who), 0);
	}
}

/// Whoever has answers to be settled, and something at stake, has it locked until then.
fn all_are_locked() -> bool {
	let now = Timestamp::get();
	Annotators::<Test>::iter().all(|(task, who, annotator)| {
		let terms = Tasks::<Test>::get(task).unwrap().terms;
		let amount = terms.minimum_stake.min(at_stake(who));
		let locks = pallet_stakes::Locks::<Test>::get(MODEL, who);
		let lasts = |until_ms: Moment| {
			let is_it = |lock: &pallet_stakes::Lock| {
				lock.key == 1 << 31 | task && lock.until_ms >= until_ms && lock.amount >= amount
			};
			amount == 0 || until_ms <= now || locks.iter().any(is_it)
		};
		(annotator.unsettled == 0 || lasts(terms.ends_ms()))
			&& annotator.lease.is_none_or(|lease| lasts(lease.until_ms))
			&& lasts(annotator.accepted_until_ms)
	})
}

proptest! {
	#![proptest_config(ProptestConfig {
		cases: 192,
		failure_persistence: None,
		..Default::default()
	})]

	#[test]
	fn nothing_set_aside_is_lost_whatever_anyone_does(
		steps in prop::collection::vec(step(), 1..120)
	) {
		run(|| {
			assert_ok!(Stakes::stake(signed(OWNER), MODEL, Role::Annotator, STAKE));
			opened();
			// What the owner earned as others decided.
			let mut granted = 0;
			for step in steps {
				let before = (Annotations::statements(), bucket(), PEOPLE.map(at_stake));
				let settled_before = settled();
				let earned_before = earned(OWNER);
				let refused = with_storage_layer(|| act(step.clone())).is_err();
				if refused {
					let after = (Annotations::statements(), bucket(), PEOPLE.map(at_stake));
					prop_assert_eq!(after, before, "{:?}", step);
				}
				if matches!(step, Step::Settle(..)) && !OwnerDecides::get() {
					granted += earned(OWNER) - earned_before;
				}
				let contribution = <Pools as pallet_pools::Earnings<_>>::earned(MODEL, &OWNER);
				prop_assert_eq!(contribution, granted, "{:?}", step);
				prop_assert_eq!(Annotations::do_try_state(), Ok(()), "{:?}", step);
				prop_assert!(all_are_locked(), "{:?}", step);
				check_awards()?;
				prop_assert_eq!(Pools::do_try_state(), Ok(()));
				prop_assert_eq!(Stakes::do_try_state(), Ok(()));
				let settled_now = settled();
				prop_assert!(settled_before.iter().all(|one| settled_now.contains(one)));
			}
			wind_up();
			Ok(())
		})?;
	}

	#[test]
	fn no_award_is_above_its_points_and_all_together_are_never_above_what_is_set_aside(
		(item_count, batch_size) in (1..500u32).prop_flat_map(|items| (Just(items), 1..=items)),
		answers_per_item in 1..=MAX_ANSWERS,
		points_per_item in 1..1_000u32,
		reward_per_point in 0..u64::MAX as u128,
		score in 0..=Score::ONE.0,
	) {
		let terms = TaskTerms {
			item_count, batch_size, answers_per_item, points_per_item, reward_per_point, ..terms()
		};
		let most = terms.most().unwrap();
		let mut items = 0;
		let (mut full, mut paid) = (0, 0);
		for batch in 0..terms.batches() {
			prop_assert!(terms.items_in(batch) > 0);
			prop_assert_eq!(terms.first_item(batch), items);
			items += terms.items_in(batch);
			let verdict = terms.full_points(batch);
			full += terms.award_of(verdict).unwrap() * Balance::from(answers_per_item);
			let verdict = Verdict { score: Score(score), ..verdict };
			paid += terms.award_of(verdict).unwrap() * Balance::from(answers_per_item);
		}
		prop_assert_eq!(items, item_count);
		prop_assert_eq!(full, most);
		prop_assert!(paid <= most);
	}
}
