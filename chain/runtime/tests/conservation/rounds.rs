//! What is done with rounds.

use crate::{common::*, values::*};
use dml_runtime::{Runtime, RuntimeCall};
use frame::{runtime::prelude::Sr25519Keyring, testing_prelude::*};
use pallet_rounds::RoundCount;
use proptest::prelude::*;

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

/// The calls of a sensible round, as far as it gets.
pub fn round() -> impl Strategy<Value = Vec<Step>> {
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
			calls.into_iter().take(stages).map(|(who, call)| Step::of(who, call)).collect()
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
