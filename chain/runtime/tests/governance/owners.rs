//! What an owner whom others govern a model with can do, and what not.

use super::*;

#[test]
fn an_owner_cannot_drain_the_contributors_bucket_by_rounds() {
	on_a_chain_with_a_collective(|chain| {
		let shares = ByRole { contributors: 1_000_000, ..Default::default() };
		approve(chain, Action::SetShares { shares });
		chain.must(Bob, pallet_pools::Call::fund { model: MODEL, amount: 100 * DML });
		// Two members have decided nothing yet.
		assert_eq!(audit::allowance(MODEL), Some(Allowance::Limited(0)));
		approve(chain, Action::SetAllowance { amount: Some(15 * DML) });
		let (model, client) = (MODEL, text::<ConstU32<64>>("accomplice"));
		let contributors = vec![(client.clone(), account(Charlie))];
		chain.must(Alice, pallet_rounds::Call::define_contributors { model, contributors });
		let play = |chain: &mut Chain, round| {
			let deadline_ms = chain.now_ms + 60_000;
			let (minimum, maximum, reward_part) = (1, 1, Score(100_000_000));
			let (location, hash) = (cid("update"), H256::zero());
			let open =
				pallet_rounds::Call::open { model, minimum, maximum, deadline_ms, reward_part };
			chain.must(Alice, open);
			let clients = vec![client.clone()];
			chain.must(Alice, pallet_rounds::Call::select { model, round, clients });
			let submit =
				pallet_rounds::Call::submit_update { model, round, location, hash, examples: 1 };
			chain.must(Charlie, submit);
			let perfect = pallet_rounds::Verdict::Accepted(Score::ONE);
			let verdicts = vec![(client.clone(), perfect)];
			chain.must(Alice, pallet_rounds::Call::score { model, round, verdicts });
			let evaluation = Score::ONE;
			chain.submit(Alice, pallet_rounds::Call::reward { model, round, evaluation })
		};
		// A tenth of a hundred, and a tenth of what is left, of which fifteen are not enough.
		assert_eq!(play(chain, 1), Ok(Ok(())));
		let finalise = |round| pallet_rounds::Call::finalise {
			model,
			round,
			location: cid("version"),
			hash: H256::zero(),
		};
		chain.must(Alice, finalise(1));
		let spent = pallet_pools::Error::<Runtime>::AllowanceSpent;
		assert_eq!(play(chain, 2), Ok(Err(spent.into())));
		let refusal = audit::preview_round(MODEL, 2, Score::ONE);
		assert_eq!(refusal, Err(b"AllowanceSpent".to_vec()));
		assert_eq!(audit::allowance(MODEL), Some(Allowance::Limited(5 * DML)));
		let refused = pallet_collectives::Error::<Runtime>::CollectiveDecides;
		let raise = decide(Action::SetAllowance { amount: None });
		assert_eq!(chain.submit(Alice, raise), Ok(Err(refused.into())));
		approve(chain, Action::SetAllowance { amount: Some(9 * DML) });
		chain.must(Alice, pallet_rounds::Call::reward { model, round: 2, evaluation: Score::ONE });
		assert_eq!(audit::allowance(MODEL), Some(Allowance::Limited(0)));
		assert_eq!(audit::allowance(MODEL + 1), None);
		chain.must(Alice, pallet_rounds::Call::abort { model, round: 2, reason: text("paid") });
		approve(chain, Action::SetAllowance { amount: None });
		assert_eq!(audit::allowance(MODEL), Some(Allowance::Unlimited));
		approve(chain, Action::ClosePool);
		assert_eq!(audit::allowance(MODEL), None);
	});
}

#[test]
fn an_owner_who_was_removed_neither_pays_nor_publishes_nor_keeps_the_pool_open() {
	on_a_chain_with_a_collective(|chain| {
		let (model, reward_part) = (MODEL, Score::ONE);
		let open = |deadline_ms| pallet_rounds::Call::open {
			model,
			minimum: 1,
			maximum: 1,
			deadline_ms,
			reward_part,
		};
		approve(chain, Action::AddMember { who: account(Eve), weight: 1 });
		chain.must(Alice, open(chain.now_ms + DAY_MS));
		approve(chain, Action::RemoveMember { who: account(Alice) });
		let refused = pallet_rounds::Error::<Runtime>::OwnerNotMember;
		let client = text::<ConstU32<64>>("accomplice");
		let contributors = vec![(client, account(Charlie))];
		let define = pallet_rounds::Call::define_contributors { model, contributors };
		assert_eq!(chain.submit(Alice, define), Ok(Err(refused.into())));
		// The pool waits to be closed while the round that was left runs, which anyone ends.
		chain.must(Bob, propose(Action::ClosePool, Electorate::Members));
		let proposal = NextProposalId::<Runtime>::get() - 1;
		for who in [Eve, Bob] {
			chain.must(who, vote(proposal, Vote::Aye));
		}
		chain.must(Charlie, Call::close { proposal });
		assert!(matches!(state(proposal), State::Approved { .. }));
		let reason = text("the owner has left");
		chain.must(Charlie, pallet_rounds::Call::abort { model, round: 1, reason });
		let refused = pallet_rounds::Error::<Runtime>::OwnerNotMember;
		let anew = open(chain.now_ms + DAY_MS);
		assert_eq!(chain.submit(Alice, anew), Ok(Err(refused.into())));
		chain.must(Charlie, Call::enact { proposal });
		assert_eq!(state(proposal), State::Executed);
	});
}

#[test]
fn a_short_time_to_enact_in_does_not_let_a_round_outlast_the_closing_of_the_pool() {
	on_a_chain_with_a_collective(|chain| {
		let model = MODEL;
		let terms = Collectives::collective(model).unwrap().terms;
		let short = Terms { enact_within_ms: MIN_ENACT_WITHIN_MS, ..terms };
		approve(chain, Action::SetTerms { terms: short });
		let open = |deadline_ms| {
			let reward_part = Score::ONE;
			pallet_rounds::Call::open { model, minimum: 1, maximum: 1, deadline_ms, reward_part }
		};
		let longest_ms = pallet_rounds::MAX_ROUND_MS;
		chain.must(Alice, open(chain.now_ms + longest_ms));
		let proposal = approve(chain, Action::ClosePool);
		chain.wait(longest_ms + pallet_rounds::GRACE_MS);
		chain.must(Bob, pallet_rounds::Call::abort { model, round: 1, reason: text("over") });
		let refused = pallet_rounds::Error::<Runtime>::PoolCloses;
		assert_eq!(chain.submit(Alice, open(chain.now_ms + DAY_MS)), Ok(Err(refused.into())));
		chain.must(Eve, Call::enact { proposal });
		assert_eq!(state(proposal), State::Executed);
	});
}

#[test]
fn members_deliver_the_keys_of_a_model_whose_owner_was_removed() {
	on_a_chain_with_a_collective(|chain| {
		let usage = Usage::Download;
		let sold = Some(LicenceTerms {
			price: DML,
			duration_ms: None,
			maximum: None,
			transferable: true,
			jurisdiction: text(""),
			text: None,
		});
		approve(chain, Action::SetLicence { usage, terms: sold });
		let (model, max_price, encryption_key) = (MODEL, DML, [7; 32]);
		let key = Some(encryption_key);
		chain.must(
			Dave,
			pallet_licences::Call::buy { model, usage, max_price, encryption_key: key },
		);
		let deliver = |wrapped: u8| {
			let wrapped_key = vec![wrapped; 80].try_into().unwrap();
			let (licence, version) = (0, 0);
			pallet_licences::Call::deliver { licence, version, encryption_key, wrapped_key }
		};
		let refused: DispatchError = pallet_licences::Error::<Runtime>::NotPublisher.into();
		assert_eq!(chain.submit(Bob, deliver(2)), Ok(Err(refused)));
		chain.must(Alice, deliver(1));
		approve(chain, Action::AddMember { who: account(Eve), weight: 1 });
		approve(chain, Action::RemoveMember { who: account(Alice) });
		assert_eq!(chain.submit(Alice, deliver(0)), Ok(Err(refused)));
		assert_eq!(chain.submit(Charlie, deliver(0)), Ok(Err(refused)));
		chain.must(Bob, deliver(2));
		let delivered = |who| {
			let delivery = Deliveries::<Runtime>::get((0, 0, account(who)));
			delivery.map(|delivery| delivery.wrapped_key[0])
		};
		assert_eq!([Alice, Bob, Charlie].map(delivered), [Some(1), Some(2), None]);
	});
}

#[test]
fn an_owner_does_not_keep_a_pool_open_by_one_round_after_the_other() {
	on_a_chain_with_a_collective(|chain| {
		let model = MODEL;
		let open = |deadline_ms| {
			let reward_part = Score::ONE;
			pallet_rounds::Call::open { model, minimum: 1, maximum: 1, deadline_ms, reward_part }
		};
		let longest_ms = pallet_rounds::MAX_ROUND_MS;
		chain.must(Alice, open(chain.now_ms + longest_ms));
		let proposal = approve(chain, Action::ClosePool);
		// On the first terms an approval outlasts the longest round.
		chain.wait(longest_ms + pallet_rounds::GRACE_MS);
		chain.must(Eve, Call::enact { proposal });
		assert!(matches!(state(proposal), State::Approved { .. }));
		chain.must(Alice, pallet_rounds::Call::abort { model, round: 1, reason: text("over") });
		let refused = pallet_rounds::Error::<Runtime>::PoolCloses;
		let anew = open(chain.now_ms + DAY_MS);
		assert_eq!(chain.submit(Alice, anew.clone()), Ok(Err(refused.into())));
		chain.must(Eve, Call::enact { proposal });
		assert_eq!(state(proposal), State::Executed);
		// Rounds that pay nothing need no pool.
		chain.must(Alice, anew);
	});
}
