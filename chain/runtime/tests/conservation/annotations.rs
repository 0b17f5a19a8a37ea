//! What is done with annotation tasks.

use crate::{common::*, values::*};
use dml_runtime::{Annotations, Collectives, Runtime, RuntimeCall, Timestamp, DML};
use frame::{runtime::prelude::Sr25519Keyring, testing_prelude::*};
use pallet_annotations::{
	BatchId, Call, NextTaskId, Scoring, TaskId, TaskState, TaskTerms, Tasks, Verdict,
};
use pallet_models::{Governance, ModelId};
use pallet_pools::Role;
use pallet_stakes::Cause;
use proptest::{prelude::*, sample::subsequence};

/// Names the newest task, found when the step is taken.
pub const NEWEST: TaskId = TaskId::MAX;

const HASH: H256 = H256::repeat_byte(1);
const SALT: H256 = H256::repeat_byte(2);

const LEASE_MS: u64 = 8_000;
/// How long a task gives out batches, and then waits for what else is to come.
const OPEN_MS: u64 = 12_000;
const REVEAL_MS: u64 = 4_000;
const SCORE_MS: u64 = 6_000;
const DISPUTE_MS: u64 = 2_000;
const ALL_MS: u64 = REVEAL_MS + SCORE_MS + 2 * DISPUTE_MS;

pub fn task() -> impl Strategy<Value = TaskId> {
	prop_oneof![6 => Just(NEWEST), 1 => 0..4 as TaskId]
}

fn batch() -> impl Strategy<Value = BatchId> {
	prop_oneof![8 => Just(0), 3 => Just(1), 1 => Just(2)]
}

pub fn verdict() -> impl Strategy<Value = Verdict> {
	let points = prop_oneof![8 => 0..=6u32, 1 => Just(7)];
	(points, score()).prop_map(|(points, score)| Verdict { points, score })
}

/// Five items in batches of three and two. The deadline counts from when the step is taken.
fn terms(answers_per_item: u32, reward_per_point: u128) -> TaskTerms<dml_runtime::AccountId> {
	let document = || (cid(), H256::zero());
	TaskTerms {
		questionnaire: document(),
		items: document(),
		policy: document(),
		item_count: 5,
		batch_size: 3,
		answers_per_item,
		points_per_item: 2,
		reward_per_point,
		minimum_stake: 100,
		maximum_items: 5,
		lease_ms: LEASE_MS,
		deadline_ms: OPEN_MS,
		reveal_ms: REVEAL_MS,
		score_ms: SCORE_MS,
		dispute_ms: DISPUTE_MS,
		validators: vec![account(Sr25519Keyring::Dave)].try_into().unwrap(),
	}
}

fn any_terms() -> impl Strategy<Value = TaskTerms<dml_runtime::AccountId>> {
	let reward = prop_oneof![6 => 0..2_000u128, 1 => any::<u128>()];
	(prop_oneof![8 => 1..3u32, 1 => Just(0)], reward)
		.prop_map(|(answers, reward)| terms(answers, reward))
}

/// Puts the newest task, the time and the commitment into a call that asks for them.
pub fn of_newest_task(who: Sr25519Keyring, mut call: RuntimeCall) -> RuntimeCall {
	use pallet_collectives::{Action, Call as OfCollective};
	if let RuntimeCall::Annotations(
		Call::stop { task }
		| Call::take { task, .. }
		| Call::release { task }
		| Call::commit { task, .. }
		| Call::reveal { task, .. }
		| Call::score { task, .. }
		| Call::report { task, .. }
		| Call::dispute { task, .. }
		| Call::award { task, .. }
		| Call::close { task },
	)
	| RuntimeCall::Collectives(
		OfCollective::decide { action: Action::SettleAnnotation { task, .. }, .. }
		| OfCollective::propose { action: Action::SettleAnnotation { task, .. }, .. },
	) = &mut call
	{
		if *task == NEWEST {
			*task = NextTaskId::<Runtime>::get().saturating_sub(1);
		}
	}
	match &mut call {
		RuntimeCall::Annotations(Call::open { model, terms }) => {
			terms.deadline_ms += Timestamp::get();
			// Where several govern the model, mostly as long as they need to settle what is disputed.
			if terms.answers_per_item != 2 || terms.reward_per_point % 4 > 0 {
				let settle_ms = <Collectives as Governance>::settle_ms(*model);
				terms.dispute_ms = terms.dispute_ms.max(settle_ms);
			}
		},
		RuntimeCall::Annotations(Call::commit { task, batch, commitment }) => {
			*commitment = Annotations::commitment(*task, *batch, &account(who), HASH, SALT);
		},
		_ => {},
	}
	call
}

fn reveal(task: TaskId, batch: BatchId) -> Call<Runtime> {
	Call::reveal { task, batch, location: cid(), hash: HASH, salt: SALT }
}

pub fn call() -> impl Strategy<Value = Step> {
	let owners = (model(), task(), batch(), actor(), any_terms(), score(), 0..6u8).prop_flat_map(
		|(model, task, batch, who, terms, part, kind)| {
			let call: Call<Runtime> = match kind {
				0..=2 => Call::open { model, terms: terms.into() },
				3 => Call::stop { task },
				_ => Call::report { task, batch, who: account(who), part, cause: Cause::Spam },
			};
			(owner_of(model), Just(call))
		},
	);
	let others = (actor(), task(), batch(), actor(), verdict(), 0..16u8).prop_map(
		|(who, task, batch, of, verdict, kind)| {
			let of = account(of);
			let call: Call<Runtime> = match kind {
				0..=2 => Call::take { task, batch },
				3 => Call::release { task },
				4..=6 => Call::commit { task, batch, commitment: H256::zero() },
				7..=8 => reveal(task, batch),
				9..=10 => Call::score { task, scores: vec![Scoring { batch, who: of, verdict }] },
				11 => Call::dispute { task, batch },
				12..=14 => Call::award { task, awards: vec![(batch, of)] },
				_ => Call::close { task },
			};
			(who, call)
		},
	);
	prop_oneof![owners, others].prop_map(|(who, call)| Step::of(who, call))
}

/// A task from its beginning, mostly to its end.
pub fn career() -> impl Strategy<Value = Vec<Step>> {
	let annotators = subsequence(ACTORS.to_vec(), 1..3);
	let far = prop_oneof![3 => Just(usize::MAX), 1 => 4..20usize];
	let verdicts = prop::collection::vec((verdict(), 0..6u8), 2);
	(0..MODELS, annotators, 0..2_000u128, verdicts, verdict(), score(), far).prop_map(
		|(model, annotators, reward, verdicts, settled, slash, far)| {
			let owner = OWNERS[model as usize];
			let (task, batch) = (NEWEST, 0);
			let by = |who, call: Call<Runtime>| Step::of(who, call);
			let mut steps = Vec::new();
			for who in &annotators {
				for amount in [DML / 10, 1_000] {
					let role = Role::Annotator;
					let stake: pallet_stakes::Call<Runtime> =
						pallet_stakes::Call::stake { model, role, amount };
					steps.push(Step::of(*who, stake));
				}
			}
			let terms = terms(annotators.len() as u32, reward).into();
			steps.push(by(owner, Call::open { model, terms }));
			for who in &annotators {
				steps.push(by(*who, Call::take { task, batch }));
				steps.push(by(*who, Call::commit { task, batch, commitment: H256::zero() }));
			}
			steps.extend(annotators.iter().map(|who| by(*who, reveal(task, batch))));
			for (who, (verdict, kind)) in annotators.iter().zip(verdicts) {
				let (scores, named) = (
					vec![Scoring { batch, who: account(*who), verdict }],
					vec![(batch, account(*who))],
				);
				let score = Call::score { task, scores };
				let scorer = if owner == *who { Sr25519Keyring::Dave } else { owner };
				let (part, cause) = (verdict.score, Cause::Spam);
				let report = Call::report { task, batch, who: account(*who), part, cause };
				let action = pallet_collectives::Action::SettleAnnotation {
					task,
					batch,
					who: account(*who),
					points: settled.points,
					score: settled.score,
					slash,
				};
				let decide: pallet_collectives::Call<Runtime> =
					pallet_collectives::Call::decide { model, action };
				steps.extend(match kind {
					0..=1 => vec![by(scorer, score), by(*who, Call::award { task, awards: named })],
					2 => vec![by(owner, report)],
					3 => vec![
						by(scorer, score),
						by(*who, Call::dispute { task, batch }),
						Step::of(owner, decide),
					],
					4 => vec![Step::of(owner, decide)],
					_ => vec![],
				});
			}
			steps.push(Step::Wait(OPEN_MS + ALL_MS));
			for who in &annotators {
				let awards = vec![(batch, account(*who))];
				steps.push(by(Sr25519Keyring::Dave, Call::award { task, awards }));
			}
			steps.push(by(Sr25519Keyring::Charlie, Call::close { task }));
			steps.extend(annotators.iter().map(|who| {
				let claim: pallet_pools::Call<Runtime> = pallet_pools::Call::claim { model };
				Step::of(*who, claim)
			}));
			steps.truncate(far);
			steps
		},
	)
}

/// Has everything paid when the tasks have ended, and closes them.
pub fn wind_up(chain: &mut Chain) {
	let anyone = Sr25519Keyring::Charlie;
	let ends = Tasks::<Runtime>::iter_values().map(|task| task.terms.ends_ms()).max();
	chain.wait(ends.unwrap_or_default().saturating_sub(chain.now_ms));
	for task in 0..NextTaskId::<Runtime>::get() {
		if Tasks::<Runtime>::get(task).unwrap().state == TaskState::Open {
			for award in Annotations::awards_of(task, None) {
				if award.due_ms.is_some() {
					let awards = vec![(award.batch, award.who)];
					chain.must(anyone, Call::<Runtime>::award { task, awards });
				}
			}
			chain.must(anyone, Call::<Runtime>::close { task });
		}
	}
	for model in 0..pallet_models::NextModelId::<Runtime>::get() as ModelId {
		let pool = pallet_pools::Pools::<Runtime>::get(model);
		assert!(pool.is_none_or(|pool| pool.set_aside == 0));
	}
}
