//! Whatever anyone does, in whatever order, no token is lost or made.
//!
//! Random sequences of signed extrinsics, sensible and hostile, run through the real runtime. After
//! each the whole chain is audited; at the end everything is wound up and every token has an owner.

mod common;

use common::*;
use dml_runtime::{
	audit, configs::PoolAssets, AssetId, AssetKind, Assets, Balance, Balances, Rounds, Runtime,
	RuntimeCall, DML,
};
use frame::{
	prelude::Get,
	runtime::prelude::Sr25519Keyring::{self, Alice, Bob, Charlie, Dave},
	testing_prelude::*,
	token::fungibles::Inspect,
};
use pallet_models::{Location, ModelId};
use pallet_pools::{Allocations, ByRole, Contributions, PoolState, Role, Score, Shares};
use pallet_rounds::{ClientId, CurrentRound, RoundCount, Verdict, GRACE_MS};
use proptest::{
	prelude::*,
	sample::{select, subsequence},
};

const ACTORS: [Sr25519Keyring; 4] = [Alice, Bob, Charlie, Dave];
/// The owners of the models. The first has a pool in the native token, the second one in
/// [`COIN`], the third none at first.
const OWNERS: [Sr25519Keyring; 3] = [Alice, Bob, Charlie];
const MODELS: ModelId = OWNERS.len() as ModelId;
/// An asset that Alice issued, as anyone may. Its minimum balance is 100.
const COIN: AssetId = 1;
const COINS: Balance = 1_000_000;

/// One thing that someone does.
#[derive(Clone, Debug)]
enum Step {
	Submit(Sr25519Keyring, Box<RuntimeCall>),
	Wait(u64),
}

fn text<S: Get<u32>>(text: &str) -> BoundedVec<u8, S> {
	text.as_bytes().to_vec().try_into().unwrap()
}

fn cid() -> Location {
	Location::Cid(text("bafkreiabc"))
}

fn client(n: u8) -> ClientId {
	text(&format!("client-{n}"))
}

fn score() -> impl Strategy<Value = Score> {
	prop_oneof![
		12 => select(vec![0, 1, 250_000_000, 333_333_333, 500_000_000, 1_000_000_000]),
		1 => Just(1_000_000_001),
		1 => any::<u32>(),
	]
	.prop_map(Score)
}

fn amount() -> impl Strategy<Value = Balance> {
	prop_oneof![
		1 => Just(0),
		4 => 1..1_000u128,
		4 => 1_000..COINS,
		2 => (1..100u128).prop_map(|n| n * DML),
		1 => any::<u128>(),
	]
}

fn shares() -> impl Strategy<Value = Shares> {
	let thirds =
		ByRole { creator: 333_333, contributors: 333_334, clients: 333_333, ..Default::default() };
	let tenths = ByRole {
		creator: 100_000,
		engineers: 200_000,
		contributors: 400_000,
		annotators: 200_000,
		validators: 100_000,
		clients: 0,
	};
	let over = ByRole { clients: 1, ..tenths };
	prop_oneof![5 => Just(tenths), 4 => Just(thirds), 1 => Just(over)]
}

fn model() -> impl Strategy<Value = ModelId> {
	prop_oneof![9 => 0..MODELS, 1 => Just(MODELS)]
}

fn actor() -> impl Strategy<Value = Sr25519Keyring> {
	select(ACTORS.to_vec())
}

/// The owner of a model, mostly.
fn owner_of(model: ModelId) -> impl Strategy<Value = Sr25519Keyring> {
	let owner = OWNERS.get(model as usize).copied().unwrap_or(Dave);
	prop_oneof![9 => Just(owner), 1 => actor()]
}

/// Whom to reward: mostly some of the actors, each once.
fn rewards() -> impl Strategy<Value = Vec<(Sr25519Keyring, Score)>> {
	prop_oneof![
		5 => (subsequence(ACTORS.to_vec(), 1..4), prop::collection::vec(score(), 4))
			.prop_map(|(who, scores)| who.into_iter().zip(scores).collect()),
		1 => prop::collection::vec((actor(), score()), 0..4),
	]
}

fn verdict() -> impl Strategy<Value = Verdict> {
	prop_oneof![
		4 => score().prop_map(Verdict::Accepted),
		1 => Just(Verdict::Rejected(text("NaN"))),
	]
}

fn pools_call() -> impl Strategy<Value = Step> {
	use pallet_pools::Call;
	let role = || select(Role::ALL.to_vec());
	let asset = || select(vec![AssetKind::Native, AssetKind::WithId(COIN)]);
	let owners = (model(), asset(), shares(), amount(), role(), rewards(), 0..8u8).prop_flat_map(
		|(model, asset, shares, amount, role, rewards, kind)| {
			let rewards = rewards.into_iter().map(|(who, s)| (account(who), s)).collect();
			let call: Call<Runtime> = match kind {
				0..=1 => Call::create { model, asset, shares, amount },
				2 => Call::close { model },
				_ => Call::reward { model, role, rewards },
			};
			(owner_of(model), Just(call))
		},
	);
	let anyones = (actor(), model(), amount(), actor(), 0..8u8).prop_map(
		|(who, model, amount, funder, kind)| {
			let call: Call<Runtime> = match kind {
				0..=2 => Call::fund { model, amount },
				3..=5 => Call::claim { model },
				6 => Call::refund { model, funder: account(funder) },
				_ => Call::settle { model },
			};
			(who, call)
		},
	);
	prop_oneof![owners, anyones].prop_map(|(who, call)| Step::Submit(who, Box::new(call.into())))
}

fn rounds_call() -> impl Strategy<Value = Step> {
	use pallet_rounds::Call;
	let clients = || prop::collection::vec(0..4u8, 1..4);
	// The number of the round is the newest one's, found when the step is taken.
	let round = 0;
	let arguments =
		(model(), clients(), prop::collection::vec(verdict(), 4), score(), actor(), 0..16u8);
	arguments
		.prop_flat_map(move |(model, clients, verdicts, score, who, kind)| {
			let clients: Vec<_> = clients.into_iter().map(client).collect();
			let wallets = ACTORS.map(account);
			let call: Call<Runtime> = match kind {
				0..=1 => Call::define_contributors {
					model,
					contributors: (0..4).map(client).zip(wallets).collect(),
				},
				2 => Call::remove_contributors { model, clients },
				3..=4 => Call::open {
					model,
					minimum: 1,
					maximum: 3,
					deadline_ms: START_MS + 50_000,
					reward_part: score,
				},
				5..=6 => Call::select { model, round, clients },
				7..=10 => {
					let update = Call::submit_update {
						model,
						round,
						location: cid(),
						hash: H256::zero(),
						examples: 9,
					};
					return (Just(who).boxed(), Just(update));
				},
				11..=12 => Call::score {
					model,
					round,
					verdicts: clients.into_iter().zip(verdicts).collect(),
				},
				13 => Call::reward { model, round, evaluation: score },
				14 => Call::finalise { model, round, location: cid(), hash: H256::zero() },
				_ => Call::abort { model, round, reason: text("enough") },
			};
			(owner_of(model).boxed(), Just(call))
		})
		.prop_map(|(who, call)| Step::Submit(who, Box::new(call.into())))
}

/// The calls of a sensible round, as far as it gets.
fn round() -> impl Strategy<Value = Vec<Step>> {
	use pallet_rounds::Call;
	let verdicts = prop::collection::vec(verdict(), 3);
	(0..MODELS, verdicts, score(), score(), 1..10usize).prop_map(
		|(model, verdicts, reward_part, evaluation, stages)| {
			let owner = OWNERS[model as usize];
			let wallets = ACTORS.map(account);
			let (round, location, hash) = (0, cid(), H256::zero());
			let clients: Vec<_> = (0..3).map(client).collect();
			let submit = |who| {
				let location = location.clone();
				(who, Call::submit_update { model, round, location, hash, examples: 600 })
			};
			let calls: Vec<(Sr25519Keyring, Call<Runtime>)> = vec![
				(
					owner,
					Call::define_contributors {
						model,
						contributors: (0..4).map(client).zip(wallets).collect(),
					},
				),
				(
					owner,
					Call::open {
						model,
						minimum: 1,
						maximum: 3,
						deadline_ms: START_MS + 50_000,
						reward_part,
					},
				),
				(owner, Call::select { model, round, clients: clients.clone() }),
				submit(ACTORS[0]),
				submit(ACTORS[1]),
				submit(ACTORS[2]),
				(
					owner,
					Call::score {
						model,
						round,
						verdicts: clients.into_iter().zip(verdicts).collect(),
					},
				),
				(owner, Call::reward { model, round, evaluation }),
				(owner, Call::finalise { model, round, location: location.clone(), hash }),
			];
			calls
				.into_iter()
				.take(stages)
				.map(|(who, call)| Step::Submit(who, Box::new(call.into())))
				.collect()
		},
	)
}

/// What others do to the accounts and the asset meanwhile.
fn meddling() -> impl Strategy<Value = Step> {
	let escrow = |model| dml_runtime::Pools::escrow(model).into();
	(actor(), model(), amount(), 0..7u8).prop_map(move |(who, model, amount, kind)| {
		let call: RuntimeCall = match kind {
			0 => pallet_balances::Call::transfer_all {
				dest: account(Alice).into(),
				keep_alive: false,
			}
			.into(),
			1 => pallet_balances::Call::transfer_allow_death { dest: escrow(model), value: amount }
				.into(),
			2 => pallet_assets::Call::transfer { id: COIN, target: escrow(model), amount }.into(),
			3 => pallet_assets::Call::freeze_asset { id: COIN }.into(),
			4 | 5 => pallet_assets::Call::thaw_asset { id: COIN }.into(),
			_ => pallet_assets::Call::transfer_all {
				id: COIN,
				dest: account(Alice).into(),
				keep_alive: false,
			}
			.into(),
		};
		let issuer_only = matches!(kind, 3..=5);
		Step::Submit(if issuer_only { Alice } else { who }, Box::new(call))
	})
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
	let alone = |step: Step| vec![step];
	let some = prop_oneof![
		8 => pools_call().prop_map(alone),
		5 => rounds_call().prop_map(alone),
		2 => round(),
		1 => meddling().prop_map(alone),
		1 => (0..20_000u64).prop_map(Step::Wait).prop_map(alone),
	];
	prop::collection::vec(some, 10..40).prop_map(|steps| steps.concat())
}

/// Puts the newest round's number into a call: the running one's, if one runs.
fn in_newest_round(mut call: RuntimeCall) -> RuntimeCall {
	use pallet_rounds::Call::*;
	if let RuntimeCall::Rounds(
		select { model, round, .. }
		| submit_update { model, round, .. }
		| score { model, round, .. }
		| reward { model, round, .. }
		| finalise { model, round, .. }
		| abort { model, round, .. },
	) = &mut call
	{
		*round = RoundCount::<Runtime>::get(*model);
	}
	call
}

/// Three models, an asset that everyone holds, and pools for the first two models.
fn set_up(chain: &mut Chain) {
	for owner in OWNERS {
		let register = pallet_models::Call::register {
			location: cid(),
			hash: H256::zero(),
			name: text("mnist"),
			licence: text("MIT"),
			metadata_hash: H256::zero(),
		};
		chain.must(owner, register);
	}
	let admin = account(Alice).into();
	chain.must(Alice, pallet_assets::Call::create { id: COIN, admin, min_balance: 100 });
	for who in ACTORS {
		let beneficiary = account(who).into();
		chain.must(Alice, pallet_assets::Call::mint { id: COIN, beneficiary, amount: COINS });
	}
	let tenth = 100_000;
	let shares = ByRole {
		creator: tenth,
		engineers: 2 * tenth,
		contributors: 4 * tenth,
		annotators: 2 * tenth,
		validators: tenth,
		clients: 0,
	};
	for (model, asset) in [(0, AssetKind::Native), (1, AssetKind::WithId(COIN))] {
		let amount = COINS / 2;
		let create = pallet_pools::Call::create { model, asset, shares, amount };
		chain.must(OWNERS[model as usize], create);
	}
}

struct Supply {
	native: Balance,
	coin: Balance,
}

impl Supply {
	fn now() -> Self {
		Supply { native: Balances::total_issuance(), coin: Assets::total_supply(COIN) }
	}

	/// Checks that there is as much as there was, and that it is where the books say.
	fn check(&self) -> Result<(), TestCaseError> {
		prop_assert_eq!(Balances::total_issuance(), self.native);
		prop_assert_eq!(Assets::total_supply(COIN), self.coin);
		let held: Balance =
			pallet_assets::Account::<Runtime>::iter_prefix(COIN).map(|(_, a)| a.balance).sum();
		prop_assert_eq!(held, self.coin);
		let conservation = audit::conservation();
		prop_assert!(conservation.ok, "{:?}", conservation);
		prop_assert_eq!(Rounds::do_try_state(), Ok(()));
		Ok(())
	}
}

/// Ends every round, closes every pool, pays everyone: whatever happened, this succeeds.
fn wind_up(chain: &mut Chain) {
	// Refused when the asset is not frozen, which is as good.
	let _ = chain.submit(Alice, pallet_assets::Call::thaw_asset { id: COIN });
	// Whoever emptied a wallet gets enough to receive and to pay fees.
	for who in ACTORS {
		let (dest, beneficiary) = (account(who).into(), account(who).into());
		chain.must(Alice, pallet_balances::Call::transfer_keep_alive { dest, value: DML });
		chain.must(Alice, pallet_assets::Call::mint { id: COIN, beneficiary, amount: 1_000 });
	}
	chain.wait(2 * GRACE_MS);
	for model in 0..MODELS {
		let owner = OWNERS[model as usize];
		if let Some(round) = CurrentRound::<Runtime>::get(model) {
			let reason = text("the end");
			chain.must(Charlie, pallet_rounds::Call::abort { model, round, reason });
		}
		let Some(pool) = pallet_pools::Pools::<Runtime>::get(model) else { continue };
		if pool.state == PoolState::Open {
			chain.must(owner, pallet_pools::Call::close { model });
		}
		for who in ACTORS {
			let allocation = Allocations::<Runtime>::get(model, account(who));
			if allocation.claimable().unwrap() > 0 {
				chain.must(who, pallet_pools::Call::claim { model });
			}
			if Contributions::<Runtime>::contains_key(model, account(who)) {
				let funder = account(who);
				chain.must(Alice, pallet_pools::Call::refund { model, funder });
			}
		}
		let pool = pallet_pools::Pools::<Runtime>::get(model).unwrap();
		assert_eq!(pool.state, PoolState::Settled);
		let escrow = dml_runtime::Pools::escrow(model);
		if PoolAssets::total_balance(pool.asset.clone(), &escrow) > 0 {
			// Somebody sent it there after the pool had been settled.
			chain.must(Charlie, pallet_pools::Call::settle { model });
		}
		assert_eq!(PoolAssets::total_balance(pool.asset, &escrow), 0);
		assert_eq!(pool.ledger.funded, pool.ledger.paid + pool.ledger.refunded);
	}
}

proptest! {
	#![proptest_config(ProptestConfig {
		cases: 192,
		max_shrink_iters: 200,
		failure_persistence: None,
		..Default::default()
	})]

	#[test]
	fn no_token_is_lost_or_made_whatever_anyone_does(steps in steps()) {
		on_a_development_chain(|chain| {
			set_up(chain);
			let supply = Supply::now();
			supply.check()?;
			for step in steps {
				match step {
					Step::Wait(ms) => chain.wait(ms),
					Step::Submit(who, call) => {
						chain.wait(500);
						let pools = audit::conservation().pools;
						let call = in_newest_round(*call);
						if let Ok(Err(_)) = chain.submit(who, call.clone()) {
							let after = audit::conservation().pools;
							prop_assert_eq!(after, pools, "a refused {:?} moved tokens", call);
						}
						supply.check()?;
					},
				}
			}
			wind_up(chain);
			Supply::now().check()
		})?;
	}
}
