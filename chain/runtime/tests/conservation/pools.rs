//! What is done with pools.

use crate::{common::*, values::*};
use dml_runtime::{AssetKind, Runtime};
use proptest::{prelude::*, sample::select};

pub fn call() -> impl Strategy<Value = Step> {
	use pallet_pools::Call;
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
	prop_oneof![owners, anyones].prop_map(|(who, call)| Step::of(who, call))
}
