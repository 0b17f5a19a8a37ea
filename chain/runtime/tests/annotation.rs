//! A model's data is annotated and paid for, in blocks of signed extrinsics.

mod common;

use common::*;
use dml_runtime::{
	annotating, audit, dry_run::dry_run, governance, Annotations, AssetKind, Balance, Balances,
	Runtime, DML,
};
use frame::runtime::prelude::*;
use pallet_annotations::{BatchId, Call, Scoring, Stage, TaskId, TaskState, TaskTerms, Verdict};
use pallet_collectives::Action;
use pallet_models::{Location, ModelId};
use pallet_pools::{Allowance, ByRole, Role, Score};
use Sr25519Keyring::{Alice, Bob, Charlie, Dave, Eve};

const MODEL: ModelId = 0;
const TASK: TaskId = 0;
const BUCKET: Balance = 1_000 * DML;
const HOUR_MS: u64 = 60 * 60 * 1_000;
/// What a collective on its first terms needs to settle what is disputed.
const SETTLE_MS: u64 = 4 * 24 * HOUR_MS;
const SALT: H256 = H256::repeat_byte(8);

fn cid(name: &str) -> Location {
	Location::Cid(name.as_bytes().to_vec().try_into().unwrap())
}

/// A model of Alice's whose pool is all for the annotators; Bob and Charlie have staked as such.
fn on_a_chain_with_annotators(test: impl FnOnce(&mut Chain)) {
	on_a_development_chain(|chain| {
		let register = pallet_models::Call::register {
			location: cid("weights"),
			hash: H256::zero(),
			name: b"mnist".to_vec().try_into().unwrap(),
			licence: b"Apache-2.0".to_vec().try_into().unwrap(),
			metadata_hash: H256::zero(),
		};
		chain.must(Alice, register);
		let shares = ByRole { annotators: 1_000_000, ..Default::default() };
		let (model, asset, amount) = (MODEL, AssetKind::Native, BUCKET);
		chain.must(Alice, pallet_pools::Call::create { model, asset, shares, amount });
		for who in [Bob, Charlie] {
			let (role, amount) = (Role::Annotator, 10 * DML);
			chain.must(who, pallet_stakes::Call::stake { model, role, amount });
		}
		test(chain);
		let conservation = audit::conservation();
		assert!(conservation.ok, "{conservation:?}");
		assert_eq!(Annotations::do_try_state(), Ok(()));
	});
}

/// Twenty items in two batches, two answers each, a DML a point: at most 40 DML.
fn open(chain: &Chain) -> Call<Runtime> {
	open_with(chain, SETTLE_MS)
}

fn open_with(chain: &Chain, dispute_ms: u64) -> Call<Runtime> {
	let document = |name| (cid(name), H256::zero());
	let terms = TaskTerms {
		questionnaire: document("questionnaire"),
		items: document("items"),
		policy: document("policy"),
		item_count: 20,
		batch_size: 10,
		answers_per_item: 2,
		points_per_item: 1,
		reward_per_point: DML,
		minimum_stake: 5 * DML,
		maximum_items: 20,
		lease_ms: HOUR_MS,
		deadline_ms: chain.now_ms + 10 * HOUR_MS,
		reveal_ms: HOUR_MS,
		score_ms: HOUR_MS,
		dispute_ms,
		validators: Default::default(),
	};
	Call::open { model: MODEL, terms: terms.into() }
}

fn next(who: Sr25519Keyring) -> Option<BatchId> {
	annotating::next_batch(TASK, &account(who)).unwrap().map(|next| next.batch)
}

/// Takes and answers what is next; which batch that is.
fn answer(chain: &mut Chain, who: Sr25519Keyring) -> BatchId {
	let batch = next(who).unwrap();
	let commitment = Annotations::commitment(TASK, batch, &account(who), H256::zero(), SALT);
	chain.must(who, Call::<Runtime>::take { task: TASK, batch });
	chain.must(who, Call::<Runtime>::commit { task: TASK, batch, commitment });
	batch
}

fn reveal(chain: &mut Chain, who: Sr25519Keyring, batch: BatchId) {
	let (location, hash, salt) = (cid("answers"), H256::zero(), SALT);
	chain.must(who, Call::<Runtime>::reveal { task: TASK, batch, location, hash, salt });
}

fn score(who: Sr25519Keyring, batch: BatchId, score: Score) -> Call<Runtime> {
	let scores = vec![Scoring { batch, who: account(who), verdict: Verdict { points: 10, score } }];
	Call::score { task: TASK, scores }
}

fn award(who: Sr25519Keyring, batch: BatchId) -> Call<Runtime> {
	Call::award { task: TASK, awards: vec![(batch, account(who))] }
}

#[test]
fn two_annotators_answer_everything_and_are_paid_what_was_foreseen() {
	on_a_chain_with_annotators(|chain| {
		chain.must(Alice, open(chain));
		assert_eq!(audit::conservation().tasks[0].held, 40 * DML);
		assert_eq!(audit::conservation().pools[0].set_aside, 40 * DML);
		for (who, batch) in [(Bob, 0), (Charlie, 1), (Bob, 1), (Charlie, 0)] {
			assert_eq!(answer(chain, who), batch);
		}
		assert_eq!((next(Bob), next(Charlie)), (None, None));
		let most = |who| -> Vec<_> {
			let told = annotating::awards(TASK, Some(account(who)));
			told.into_iter().map(|award| award.most).collect()
		};
		assert_eq!(most(Bob), [10 * DML, 10 * DML]);
		for (who, batch) in [(Bob, 0), (Charlie, 0), (Bob, 1), (Charlie, 1)] {
			reveal(chain, who, batch);
		}
		let half = Score(500_000_000);
		chain.must(Alice, score(Bob, 0, Score::ONE));
		chain.must(Alice, score(Bob, 1, half));
		let of_bob = annotating::awards(TASK, Some(account(Bob)));
		assert_eq!(
			of_bob.iter().map(|award| award.amount).collect::<Vec<_>>(),
			[10 * DML, 5 * DML]
		);
		for batch in [0, 1] {
			chain.must(Bob, award(Bob, batch));
		}
		assert_eq!(most(Bob), [10 * DML, 5 * DML]);
		// Nobody judged Charlie's in time.
		chain.wait(12 * HOUR_MS);
		let awards = vec![(0, account(Charlie)), (1, account(Charlie))];
		chain.must(Dave, Call::<Runtime>::award { task: TASK, awards });
		chain.must(Eve, Call::<Runtime>::close { task: TASK });
		let closed = annotating::task(TASK).unwrap();
		assert_eq!(closed.task.state, TaskState::Closed { returned: 5 * DML });
		for (who, earned) in [(Bob, 15 * DML), (Charlie, 20 * DML)] {
			let before = Balances::free_balance(account(who));
			let claim = pallet_pools::Call::<Runtime>::claim { model: MODEL };
			let fee = dry_run(account(who), claim.clone().into(), None).fee;
			chain.must(who, claim);
			assert_eq!(Balances::free_balance(account(who)), before + earned - fee);
		}
		chain.must(Alice, pallet_pools::Call::<Runtime>::close { model: MODEL });
	});
}

#[test]
fn a_spammer_is_reported_and_the_collective_settles_it() {
	on_a_chain_with_annotators(|chain| {
		chain.must(Alice, open(chain));
		answer(chain, Bob);
		chain.wait(10 * HOUR_MS);
		reveal(chain, Bob, 0);
		let add = Action::AddMember { who: account(Dave), weight: 1 };
		let decide = pallet_collectives::Call::<Runtime>::decide { model: MODEL, action: add };
		chain.must(Alice, decide);
		let (who, part, cause) = (account(Bob), Score::ONE, pallet_stakes::Cause::Spam);
		chain.must(Alice, Call::<Runtime>::report { task: TASK, batch: 0, who, part, cause });
		let found = annotating::awards(TASK, None);
		assert_eq!(found[0].stage, Stage::Contested { verdict: Verdict::default() });
		let action = Action::SettleAnnotation {
			task: TASK,
			batch: 0,
			who: account(Bob),
			points: 0,
			score: Score::ZERO,
			slash: Score(250_000_000),
		};
		approve(chain, action);
		let at_stake = pallet_stakes::Stakes::<Runtime>::get(MODEL, account(Bob)).active;
		assert_eq!(at_stake.annotators, 7_500_000_000_000);
		chain.must(Eve, Call::<Runtime>::close { task: TASK });
		let pool = pallet_pools::Pools::<Runtime>::get(MODEL).unwrap();
		assert_eq!(pool.buckets.annotators, BUCKET + 2_500_000_000_000);
	});
}

/// What Alice and Dave, who govern the model together, vote for.
fn approve(chain: &mut Chain, action: Action<dml_runtime::AccountId>) {
	use pallet_collectives::{Call, Conviction, Electorate, NextProposalId, Vote};
	let (proposal, vote) = (NextProposalId::<Runtime>::get(), Vote::Aye);
	let electorate = Electorate::Members;
	chain.must(Dave, Call::<Runtime>::propose { model: MODEL, action, text: None, electorate });
	for who in [Alice, Dave] {
		let conviction = Conviction::None;
		chain.must(who, Call::<Runtime>::vote { proposal, vote, conviction });
	}
	chain.must(Eve, Call::<Runtime>::close { proposal });
}

#[test]
fn a_collective_settles_in_time_what_is_disputed_in_the_last_moment() {
	use pallet_collectives::{Call as OfCollective, Conviction, Electorate, NextProposalId, Vote};
	on_a_chain_with_annotators(|chain| {
		assert_eq!(governance::collective(MODEL).unwrap().settle_ms, 0);
		let add = |who| Action::AddMember { who: account(who), weight: 1 };
		let decide = OfCollective::<Runtime>::decide { model: MODEL, action: add(Dave) };
		chain.must(Alice, decide);
		for action in [add(Eve), Action::SetAllowance { amount: None }] {
			approve(chain, action);
		}
		assert_eq!(governance::collective(MODEL).unwrap().settle_ms, SETTLE_MS);
		let refused: DispatchError = pallet_annotations::Error::<Runtime>::DisputeTooShort.into();
		let short = open_with(chain, SETTLE_MS - 1);
		assert_eq!(chain.submit(Alice, short), Ok(Err(refused)));
		chain.must(Alice, open(chain));
		answer(chain, Bob);
		chain.wait(10 * HOUR_MS);
		reveal(chain, Bob, 0);
		chain.wait(2 * HOUR_MS - 1);
		chain.must(Alice, score(Bob, 0, Score::ZERO));
		chain.wait(SETTLE_MS - 1);
		chain.must(Bob, Call::<Runtime>::dispute { task: TASK, batch: 0 });
		// It is proposed hours later, and closed when the vote is over.
		chain.wait(12 * HOUR_MS);
		let action = Action::SettleAnnotation {
			task: TASK,
			batch: 0,
			who: account(Bob),
			points: 10,
			score: Score::ONE,
			slash: Score::ZERO,
		};
		let (proposal, electorate) = (NextProposalId::<Runtime>::get(), Electorate::Members);
		let propose = OfCollective::propose { model: MODEL, action, text: None, electorate };
		chain.must(Dave, propose);
		for (who, vote) in [(Dave, Vote::Aye), (Eve, Vote::Aye), (Alice, Vote::Nay)] {
			let conviction = Conviction::None;
			chain.must(who, OfCollective::<Runtime>::vote { proposal, vote, conviction });
		}
		chain.wait(3 * 24 * HOUR_MS);
		chain.must(Bob, OfCollective::<Runtime>::close { proposal });
		assert_eq!(annotating::awards(TASK, Some(account(Bob)))[0].amount, 10 * DML);
	});
}

#[test]
fn an_owner_cannot_drain_the_annotators_bucket_by_tasks() {
	on_a_chain_with_annotators(|chain| {
		let decide = |action| pallet_collectives::Call::<Runtime>::decide { model: MODEL, action };
		chain.must(Alice, decide(Action::AddMember { who: account(Dave), weight: 1 }));
		approve(chain, Action::SetAllowance { amount: Some(50 * DML) });
		chain.must(Alice, open(chain));
		let spent: DispatchError = pallet_pools::Error::<Runtime>::AllowanceSpent.into();
		let again = open(chain);
		assert_eq!(chain.submit(Alice, again), Ok(Err(spent)));
		// Not even what comes back can be set aside again.
		chain.wait(10 * HOUR_MS);
		chain.must(Eve, Call::<Runtime>::close { task: TASK });
		let again = open(chain);
		assert_eq!(chain.submit(Alice, again), Ok(Err(spent)));
		assert_eq!(audit::allowance(MODEL), Some(Allowance::Limited(10 * DML)));
	});
}
