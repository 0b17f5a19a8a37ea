//! What is done with licences.

use crate::{common::*, values::*};
use dml_runtime::{Balance, Runtime, RuntimeCall, DML};
use frame::runtime::prelude::Sr25519Keyring::{Alice, Dave};
use pallet_licences::{Call, Cause, LicenceId, NextLicenceId, Platform, Terms, Usage};
use pallet_models::ModelId;
use proptest::{prelude::*, sample::select};

fn usage() -> impl Strategy<Value = Usage> {
	select(vec![Usage::Download, Usage::Serve])
}

pub fn terms() -> impl Strategy<Value = Option<Terms>> {
	let price = prop_oneof![
		2 => Just(0),
		3 => 1..10_000u128,
		3 => (1..100u128).prop_map(|n| n * DML / 100),
		1 => amount(),
	];
	let duration = select(vec![None, Some(0), Some(1_000), Some(10_000), Some(u64::MAX)]);
	let maximum = select(vec![None, None, Some(1), Some(2)]);
	let some = (price, duration, maximum, any::<bool>()).prop_map(
		|(price, duration_ms, maximum, transferable)| {
			let (jurisdiction, text) = (Default::default(), None);
			Some(Terms { price, duration_ms, maximum, transferable, jurisdiction, text })
		},
	);
	prop_oneof![9 => some, 1 => Just(None)]
}

pub fn call() -> impl Strategy<Value = Step> {
	let most = prop_oneof![4 => Just(Balance::MAX), 1 => amount()];
	let buyers = (actor(), model(), usage(), most, 0..8 as LicenceId, actor(), 0..11u8).prop_map(
		|(who, model, usage, max_price, licence, to, kind)| {
			let encryption_key = [7; 32];
			let call: Call<Runtime> = match kind {
				0..=4 => {
					Call::buy { model, usage, max_price, encryption_key: Some(encryption_key) }
				},
				5 => Call::renew { licence, max_price },
				6..=7 => Call::transfer { licence, to: account(to) },
				8 => Call::set_encryption_key { licence, encryption_key },
				9 => Call::resign { licence },
				_ => Call::prune { model, usage },
			};
			(who, call)
		},
	);
	let owners = (model(), usage(), terms(), 0..8 as LicenceId, 0..6u8).prop_flat_map(
		|(model, usage, terms, licence, kind)| {
			let call: Call<Runtime> = match kind {
				0..=3 => Call::set_terms { model, usage, terms },
				4 => Call::revoke { licence, cause: Cause::Breach },
				_ => Call::deliver {
					licence,
					version: 0,
					encryption_key: [7; 32],
					wrapped_key: vec![1; 80].try_into().unwrap(),
				},
			};
			(owner_of(model), Just(call))
		},
	);
	let share = select(vec![0, 25_000, 1_000_000, 1_000_001]);
	let roots =
		(actor(), actor(), share, any::<bool>()).prop_map(|(who, other, share, is_root)| {
			let platform = Some(Platform { who: account(who), share });
			let call = Call::<Runtime>::set_platform { platform };
			match is_root {
				true => Step::of(Alice, pallet_sudo::Call::sudo { call: Box::new(call.into()) }),
				false => Step::of(other, call),
			}
		});
	prop_oneof![
		6 => buyers.prop_map(|(who, call)| Step::of(who, call)),
		4 => owners.prop_map(|(who, call)| Step::of(who, call)),
		1 => roots,
	]
}

/// A usage is put up for sale, and two buy it; then one of them does more with it, or has it
/// taken away.
pub fn sale() -> impl Strategy<Value = Vec<Step>> {
	(0..3 as ModelId, usage(), terms(), actor(), actor(), 0..6u8).prop_map(
		|(model, usage, terms, first, second, kind)| {
			let owner = OWNERS[model as usize];
			let (encryption_key, wrapped_key) = ([7; 32], vec![1; 80].try_into().unwrap());
			let max_price = Balance::MAX;
			let buy = |who| {
				let encryption_key = Some(encryption_key);
				Step::of(who, Call::<Runtime>::buy { model, usage, max_price, encryption_key })
			};
			let licence = NEWEST;
			let last: Step = match kind {
				0 => Step::of(second, Call::<Runtime>::renew { licence, max_price }),
				1 => {
					let to = account(Dave);
					Step::of(second, Call::<Runtime>::transfer { licence, to })
				},
				2 => Step::of(owner, Call::<Runtime>::revoke { licence, cause: Cause::Leak }),
				3 => {
					let version = 0;
					Step::of(
						owner,
						Call::<Runtime>::deliver { licence, version, encryption_key, wrapped_key },
					)
				},
				4 => Step::of(
					second,
					Call::<Runtime>::set_encryption_key { licence, encryption_key },
				),
				_ => Step::Wait(10_000),
			};
			let offer = Step::of(owner, Call::<Runtime>::set_terms { model, usage, terms });
			vec![offer, buy(first), buy(second), last]
		},
	)
}

/// Names the newest licence, found when the step is taken.
const NEWEST: LicenceId = LicenceId::MAX;

/// Puts the newest licence's id into a call that asks for it.
pub fn of_newest_licence(mut call: RuntimeCall) -> RuntimeCall {
	use pallet_licences::Call::*;
	if let RuntimeCall::Licences(
		renew { licence, .. }
		| transfer { licence, .. }
		| revoke { licence, .. }
		| resign { licence }
		| deliver { licence, .. }
		| set_encryption_key { licence, .. },
	) = &mut call
	{
		if *licence == NEWEST {
			*licence = NextLicenceId::<Runtime>::get().saturating_sub(1);
		}
	}
	call
}
