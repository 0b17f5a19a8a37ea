//! What is done with rounds.

use crate::{common::*, values::*};
use dml_runtime::{Runtime, RuntimeCall};
use frame::{runtime::prelude::Sr25519Keyring, testing_prelude::*};
use pallet_collectives::Action;
use pallet_pools::Score;
use pallet_rounds::{RoundCount, Verdict};
use proptest::{prelude::*, sample::select};

pub fn call() -> impl Strategy<Value = Step> {
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
		.prop_map(|(who, call)| Step::of(who, call))
}

/// The calls of a sensible round, as far as it gets, in the place of whichever runs. It may pay
/// some of what it would cost, or all.
pub fn round() -> impl Strategy<Value = Vec<Step>> {
	use pallet_rounds::Call;
	let part = || select(vec![0, 250_000_000, 333_333_333, 500_000_000, 1_000_000_000]);
	let fair = || part().prop_map(Score);
	let verdict = prop_oneof![4 => fair().prop_map(Verdict::Accepted), 1 => verdict()];
	let verdicts = prop::collection::vec(verdict, 3);
	let allowance = prop::option::weighted(0.7, prop_oneof![Just(0), 0..COINS / 5]);
	let far = prop_oneof![1 => Just(usize::MAX), 1 => 1..11usize];
	(0..MODELS, allowance, verdicts, fair(), fair(), far).prop_map(
		|(model, amount, verdicts, reward_part, evaluation, far)| {
			let owner = OWNERS[model as usize];
			let wallets = ACTORS.map(account);
			let (round, location, hash) = (0, cid(), H256::zero());
			let clients: Vec<_> = (0..3).map(client).collect();
			let submit = |who| {
				let location = location.clone();
				(who, Call::submit_update { model, round, location, hash, examples: 600 })
			};
			let calls: Vec<(Sr25519Keyring, Call<Runtime>)> = vec![
				(owner, Call::abort { model, round, reason: text("anew") }),
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
						deadline_ms: START_MS + 1_000_000,
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
			let action = Action::SetAllowance { amount };
			let allow = pallet_collectives::Call::<Runtime>::decide { model, action };
			let calls = calls.into_iter().take(far).map(|(who, call)| Step::of(who, call));
			std::iter::once(Step::of(owner, allow)).chain(calls).collect()
		},
	)
}

/// Puts the newest round's number into a call: the running one's, if one runs.
pub fn in_newest_round(mut call: RuntimeCall) -> RuntimeCall {
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
