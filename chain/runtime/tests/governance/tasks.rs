//! Annotation tasks of a model that is governed together.

use super::*;
use pallet_annotations::{TaskTerms, MAX_PERIOD_MS, MAX_TASK_MS};

/// A pool that is all for the annotators from now on, of which tasks may take ten.
fn may_open_tasks(chain: &mut Chain) {
	let shares = ByRole { annotators: 1_000_000, ..Default::default() };
	approve(chain, Action::SetShares { shares });
	chain.must(Bob, pallet_pools::Call::fund { model: MODEL, amount: 100 * DML });
	approve(chain, Action::SetAllowance { amount: Some(10 * DML) });
}

/// One item that Charlie may answer, for a DML, as long as a task may last.
fn open(chain: &Chain) -> pallet_annotations::Call<Runtime> {
	let document = |name| (cid(name), H256::zero());
	let (dispute_ms, reveal_ms) = (5 * DAY_MS, 30 * DAY_MS);
	let terms = TaskTerms {
		questionnaire: document("questionnaire"),
		items: document("items"),
		policy: document("policy"),
		item_count: 1,
		batch_size: 1,
		answers_per_item: 1,
		points_per_item: 1,
		reward_per_point: DML,
		minimum_stake: 0,
		maximum_items: 1,
		lease_ms: MAX_PERIOD_MS,
		deadline_ms: chain.now_ms + MAX_PERIOD_MS,
		reveal_ms,
		score_ms: MAX_TASK_MS - MAX_PERIOD_MS - reveal_ms - 2 * dispute_ms,
		dispute_ms,
		validators: Default::default(),
	};
	pallet_annotations::Call::open { model: MODEL, terms: terms.into() }
}

/// Charlie answers the one item of a task.
fn answer(chain: &mut Chain, task: u32) {
	use pallet_annotations::Call;
	let (batch, hash, salt) = (0, H256::zero(), H256::zero());
	let charlie = account(Charlie);
	let commitment = dml_runtime::Annotations::commitment(task, batch, &charlie, hash, salt);
	chain.must(Charlie, Call::<Runtime>::take { task, batch });
	chain.must(Charlie, Call::<Runtime>::commit { task, batch, commitment });
	let location = cid("answers");
	chain.must(Charlie, Call::<Runtime>::reveal { task, batch, location, hash, salt });
}

#[test]
fn an_owner_does_not_keep_a_pool_open_by_one_task_after_the_other() {
	on_a_chain_with_a_collective(|chain| {
		may_open_tasks(chain);
		let terms = Collectives::collective(MODEL).unwrap().terms;
		let short = Terms { enact_within_ms: MIN_ENACT_WITHIN_MS, ..terms };
		approve(chain, Action::SetTerms { terms: short });
		chain.must(Alice, open(chain));
		answer(chain, 0);
		let proposal = approve(chain, Action::ClosePool);
		assert!(matches!(state(proposal), State::Approved { .. }));
		let refused: DispatchError = pallet_annotations::Error::<Runtime>::PoolCloses.into();
		let anew = open(chain);
		assert_eq!(chain.submit(Alice, anew), Ok(Err(refused)));
		// However long the task lasts, it is over before the approval is.
		chain.wait(MAX_TASK_MS);
		let anew = open(chain);
		assert_eq!(chain.submit(Alice, anew), Ok(Err(refused)));
		let awards = vec![(0, account(Charlie))];
		chain.must(Eve, pallet_annotations::Call::award { task: 0, awards });
		chain.must(Eve, pallet_annotations::Call::close { task: 0 });
		chain.must(Eve, Call::enact { proposal });
		assert_eq!(state(proposal), State::Executed);
		chain.must(Charlie, pallet_pools::Call::claim { model: MODEL });
	});
}

#[test]
fn members_take_the_place_of_an_owner_who_was_removed() {
	on_a_chain_with_a_collective(|chain| {
		may_open_tasks(chain);
		approve(chain, Action::AddMember { who: account(Eve), weight: 1 });
		chain.must(Alice, open(chain));
		answer(chain, 0);
		approve(chain, Action::RemoveMember { who: account(Alice) });
		let verdict = pallet_annotations::Verdict { points: 1, score: Score(500_000_000) };
		let who = account(Charlie);
		let scores = vec![pallet_annotations::Scoring { batch: 0, who: who.clone(), verdict }];
		let score = pallet_annotations::Call::score { task: 0, scores };
		let refused: DispatchError = pallet_annotations::Error::<Runtime>::OwnerNotMember.into();
		assert_eq!(chain.submit(Alice, score.clone()), Ok(Err(refused)));
		let anew = open(chain);
		assert_eq!(chain.submit(Alice, anew), Ok(Err(refused)));
		let stop = pallet_annotations::Call::stop { task: 0 };
		assert_eq!(chain.submit(Alice, stop), Ok(Err(refused)));
		let stranger: DispatchError = pallet_annotations::Error::<Runtime>::NotScorer.into();
		assert_eq!(chain.submit(Dave, score.clone()), Ok(Err(stranger)));
		chain.must(Bob, score);
		chain.must(Charlie, pallet_annotations::Call::award { task: 0, awards: vec![(0, who)] });
		chain.must(Dave, pallet_annotations::Call::close { task: 0 });
		let before = balance(Charlie);
		chain.must(Charlie, pallet_pools::Call::claim { model: MODEL });
		assert!(balance(Charlie) > before + DML / 4);
	});
}
