//! What others do to the accounts and the asset meanwhile.

use crate::{common::*, values::*};
use dml_runtime::RuntimeCall;
use frame::runtime::prelude::Sr25519Keyring::Alice;
use proptest::prelude::*;

/// What others do to the accounts and the asset meanwhile.
pub fn call() -> impl Strategy<Value = Step> {
	(actor(), model(), amount(), any::<bool>(), 0..7u8).prop_map(
		|(who, model, amount, of_pool, kind)| {
			let escrow = |model| match of_pool {
				true => dml_runtime::Pools::escrow(model).into(),
				false => dml_runtime::Stakes::escrow(model).into(),
			};
			let call: RuntimeCall = match kind {
				0 => pallet_balances::Call::transfer_all {
					dest: account(Alice).into(),
					keep_alive: false,
				}
				.into(),
				1 => pallet_balances::Call::transfer_allow_death {
					dest: escrow(model),
					value: amount,
				}
				.into(),
				2 => {
					pallet_assets::Call::transfer { id: COIN, target: escrow(model), amount }.into()
				},
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
			Step::of(if issuer_only { Alice } else { who }, call)
		},
	)
}
