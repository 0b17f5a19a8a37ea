//! The runtime as a node sees it: genesis, fees, a first paid round, in blocks of signed
//! extrinsics.

mod common;

use common::*;
use dml_runtime::{
	audit, configs::FeesAccount, genesis, AccountId, AssetKind, Balances, Runtime, DML,
	EXISTENTIAL_DEPOSIT, MILLI_DML,
};
use frame::{runtime::prelude::*, testing_prelude::*};
use pallet_models::{Location, ModelId};
use pallet_pools::{ByRole, PoolState, Score};
use pallet_rounds::{ClientId, RoundId, Verdict};
use Sr25519Keyring::{Alice, Bob, Charlie};

const MODEL: ModelId = 0;
/// The model's first round.
const ROUND: RoundId = 1;
const HASH: H256 = H256::repeat_byte(7);

/// What an account may spend.
fn balance(who: &AccountId) -> u128 {
	frame_system::Account::<Runtime>::get(who).data.free
}

fn cid(name: &str) -> Location {
	Location::Cid(name.as_bytes().to_vec().try_into().unwrap())
}

fn client(name: &str) -> ClientId {
	name.as_bytes().to_vec().try_into().unwrap()
}

fn register() -> pallet_models::Call<Runtime> {
	pallet_models::Call::register {
		location: cid("weights"),
		hash: HASH,
		name: b"mnist".to_vec().try_into().unwrap(),
		licence: b"Apache-2.0".to_vec().try_into().unwrap(),
		metadata_hash: HASH,
	}
}

fn create(amount: u128) -> pallet_pools::Call<Runtime> {
	let shares = ByRole { contributors: 400_000, creator: 600_000, ..Default::default() };
	pallet_pools::Call::create { model: MODEL, asset: AssetKind::Native, shares, amount }
}

#[test]
fn every_preset_builds_a_chain_that_conserves_its_tokens() {
	for preset in genesis::preset_names() {
		TestState::default().execute_with(|| {
			genesis::build_state(genesis_of(preset.as_ref())).unwrap();
			assert!(audit::conservation().ok);
			assert_eq!(balance(&account(Alice)), 1_000_000 * DML);
			assert_eq!(balance(&FeesAccount::get()), EXISTENTIAL_DEPOSIT);
			assert_eq!(pallet_sudo::Key::<Runtime>::get(), Some(account(Alice)));
		});
	}
}

#[test]
fn the_default_genesis_has_no_tokens_but_the_fees_accounts_and_no_sudo() {
	TestState::default().execute_with(|| {
		genesis::build_state(genesis::preset(&None).unwrap()).unwrap();
		assert_eq!(Balances::total_issuance(), EXISTENTIAL_DEPOSIT);
		assert_eq!(pallet_sudo::Key::<Runtime>::get(), None);
	});
}

#[test]
fn an_unknown_preset_is_none() {
	assert_eq!(genesis::preset(&Some("mainnet".into())), None);
}

#[test]
fn fees_go_to_the_fees_account_and_are_not_burnt() {
	on_a_development_chain(|chain| {
		let issuance = Balances::total_issuance();
		chain.must(Alice, register());
		let fee = 1_000_000 * DML - balance(&account(Alice));
		assert_eq!(balance(&FeesAccount::get()), EXISTENTIAL_DEPOSIT + fee);
		assert!((MILLI_DML..=10 * MILLI_DML).contains(&fee), "{fee}");
		assert_eq!(Balances::total_issuance(), issuance);
	});
}

#[test]
fn dust_goes_to_the_fees_account_and_is_not_burnt() {
	on_a_development_chain(|chain| {
		let issuance = Balances::total_issuance();
		let keep = EXISTENTIAL_DEPOSIT / 2;
		// What a transfer costs, to leave less than the minimum after it.
		let transfer = |value| pallet_balances::Call::transfer_allow_death {
			dest: account(Bob).into(),
			value,
		};
		let before = balance(&account(Charlie));
		chain.must(Charlie, transfer(DML));
		let fee = before - DML - balance(&account(Charlie));
		let all = balance(&account(Charlie)) - fee - keep;
		chain.must(Charlie, transfer(all));
		assert_eq!(balance(&account(Charlie)), 0);
		assert_eq!(balance(&FeesAccount::get()), EXISTENTIAL_DEPOSIT + 2 * fee + keep);
		assert_eq!(Balances::total_issuance(), issuance);
	});
}

#[test]
fn one_token_pays_for_a_hundred_calls() {
	on_a_development_chain(|chain| {
		chain.must(Alice, register());
		chain.must(Alice, create(1_000 * DML));
		chain.must(
			Charlie,
			pallet_balances::Call::transfer_all { dest: account(Bob).into(), keep_alive: false },
		);
		chain.must(
			Alice,
			pallet_balances::Call::transfer_keep_alive {
				dest: account(Charlie).into(),
				value: DML,
			},
		);
		for _ in 0..100 {
			chain.must(Charlie, pallet_pools::Call::fund { model: MODEL, amount: 1 });
		}
	});
}

#[test]
fn a_paid_round_from_upload_to_settlement() {
	on_a_development_chain(|chain| {
		chain.must(Alice, register());
		chain.must(Alice, create(1_000 * DML));
		let contributors = vec![(client("b"), account(Bob)), (client("c"), account(Charlie))];
		chain.must(Alice, pallet_rounds::Call::define_contributors { model: MODEL, contributors });
		chain.must(
			Alice,
			pallet_rounds::Call::open {
				model: MODEL,
				minimum: 2,
				maximum: 2,
				deadline_ms: START_MS + 60_000,
				reward_part: Score(100_000_000),
			},
		);
		let clients = vec![client("b"), client("c")];
		chain.must(Alice, pallet_rounds::Call::select { model: MODEL, round: ROUND, clients });
		for who in [Bob, Charlie] {
			chain.must(
				who,
				pallet_rounds::Call::submit_update {
					model: MODEL,
					round: ROUND,
					location: cid("update"),
					hash: HASH,
					examples: 600,
				},
			);
		}
		let verdicts = vec![
			(client("b"), Verdict::Accepted(Score::ONE)),
			(client("c"), Verdict::Accepted(Score(500_000_000))),
		];
		chain.must(Alice, pallet_rounds::Call::score { model: MODEL, round: ROUND, verdicts });

		let evaluation = Score(900_000_000);
		let foreseen = audit::preview_round(MODEL, ROUND, evaluation).unwrap();
		chain.must(Alice, pallet_rounds::Call::reward { model: MODEL, round: ROUND, evaluation });
		for reward in foreseen {
			let earned = audit::allocations(MODEL, Some(reward.who)).remove(0);
			assert_eq!(earned.claimable, reward.amount);
		}
		// 400 DML * 0.1 * 0.9 / 2
		let bobs = audit::allocations(MODEL, Some(account(Bob))).remove(0);
		assert_eq!(bobs.earned.contributors, 18 * DML);
		assert_eq!(audit::allocations(MODEL, None).len(), 2);
		assert_eq!(audit::allocations(MODEL, Some(account(Alice))), []);

		chain.must(
			Alice,
			pallet_rounds::Call::finalise {
				model: MODEL,
				round: ROUND,
				location: cid("v1"),
				hash: HASH,
			},
		);
		chain.must(Bob, pallet_pools::Call::claim { model: MODEL });
		chain.must(Alice, pallet_pools::Call::close { model: MODEL });
		chain.must(Charlie, pallet_pools::Call::claim { model: MODEL });
		let pool = pallet_pools::Pools::<Runtime>::get(MODEL).unwrap();
		assert_eq!(pool.state, PoolState::Settled);
		assert!(audit::conservation().ok);
	});
}

#[test]
fn the_deadline_is_kept_by_the_blocks_clock() {
	on_a_development_chain(|chain| {
		chain.must(Alice, register());
		let contributors = vec![(client("b"), account(Bob))];
		chain.must(Alice, pallet_rounds::Call::define_contributors { model: MODEL, contributors });
		chain.must(
			Alice,
			pallet_rounds::Call::open {
				model: MODEL,
				minimum: 1,
				maximum: 1,
				deadline_ms: START_MS + 60_000,
				reward_part: Score::ZERO,
			},
		);
		let clients = vec![client("b")];
		chain.must(Alice, pallet_rounds::Call::select { model: MODEL, round: ROUND, clients });
		chain.wait(60_000);
		let late = pallet_rounds::Call::submit_update {
			model: MODEL,
			round: ROUND,
			location: cid("update"),
			hash: HASH,
			examples: 600,
		};
		assert_eq!(
			chain.submit(Bob, late),
			Ok(Err(pallet_rounds::Error::<Runtime>::DeadlinePassed.into()))
		);
	});
}

#[test]
fn a_preview_that_would_be_refused_names_the_error() {
	on_a_development_chain(|chain| {
		chain.must(Alice, register());
		let preview = |rewards: &[_]| {
			audit::preview_reward(MODEL, pallet_pools::Role::Creator, rewards.to_vec())
		};
		let bob = |score| (account(Bob), Score(score));
		assert_eq!(preview(&[bob(1)]), Err(b"NoPool".to_vec()));
		chain.must(Alice, create(1_000));
		assert_eq!(preview(&[bob(500_000_000)]), Ok(vec![300]));
		assert_eq!(preview(&[bob(1_000_000_001)]), Err(b"ScoreAboveOne".to_vec()));
		assert_eq!(audit::preview_round(MODEL, ROUND, Score::ONE), Err(b"UnknownRound".to_vec()));
	});
}

#[test]
fn conservation_is_not_ok_when_a_token_appears_from_nowhere() {
	on_a_development_chain(|_| {
		frame_system::Account::<Runtime>::mutate(account(Bob), |bob| bob.data.free += 1);
		assert!(!audit::conservation().ok);
	});
}

#[test]
fn the_token_says_its_name() {
	assert_eq!(audit::token(), audit::Token { symbol: b"DML".to_vec(), decimals: 12 });
}
