//! Who takes part, and with what arguments.

use crate::common::account;
use dml_runtime::{AssetId, Balance, Runtime, RuntimeCall, DML};
use frame::{
	prelude::Get,
	runtime::prelude::Sr25519Keyring::{self, Alice, Bob, Charlie, Dave},
	testing_prelude::*,
};
use pallet_models::{Location, ModelId};
use pallet_pools::{ByRole, Role, Score, Shares};
use pallet_rounds::{ClientId, Verdict};
use proptest::{
	prelude::*,
	sample::{select, subsequence},
};

pub const ACTORS: [Sr25519Keyring; 4] = [Alice, Bob, Charlie, Dave];
/// The owners of the models. The first has a pool in the native token, the second one in
/// [`COIN`], the third none at first.
pub const OWNERS: [Sr25519Keyring; 3] = [Alice, Bob, Charlie];
pub const MODELS: ModelId = OWNERS.len() as ModelId;
/// An asset that Alice issued, as anyone may. Its minimum balance is 100.
pub const COIN: AssetId = 1;
pub const COINS: Balance = 1_000_000;

/// One thing that someone does.
#[derive(Clone, Debug)]
pub enum Step {
	Submit(Sr25519Keyring, Box<RuntimeCall>),
	Wait(u64),
}

impl Step {
	pub fn of(who: Sr25519Keyring, call: impl Into<RuntimeCall>) -> Self {
		Step::Submit(who, Box::new(call.into()))
	}
}

pub fn text<S: Get<u32>>(text: &str) -> BoundedVec<u8, S> {
	text.as_bytes().to_vec().try_into().unwrap()
}

pub fn cid() -> Location {
	Location::Cid(text("bafkreiabc"))
}

pub fn client(n: u8) -> ClientId {
	text(&format!("client-{n}"))
}

pub fn score() -> impl Strategy<Value = Score> {
	prop_oneof![
		12 => select(vec![0, 1, 250_000_000, 333_333_333, 500_000_000, 1_000_000_000]),
		1 => Just(1_000_000_001),
		1 => any::<u32>(),
	]
	.prop_map(Score)
}

pub fn amount() -> impl Strategy<Value = Balance> {
	prop_oneof![
		1 => Just(0),
		4 => 1..1_000u128,
		4 => 1_000..COINS,
		2 => (1..100u128).prop_map(|n| n * DML),
		1 => any::<u128>(),
	]
}

pub fn role() -> impl Strategy<Value = Role> {
	select(Role::ALL.to_vec())
}

pub fn shares() -> impl Strategy<Value = Shares> {
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

pub fn model() -> impl Strategy<Value = ModelId> {
	prop_oneof![9 => 0..MODELS, 1 => Just(MODELS)]
}

pub fn actor() -> impl Strategy<Value = Sr25519Keyring> {
	select(ACTORS.to_vec())
}

/// The owner of a model, mostly.
pub fn owner_of(model: ModelId) -> impl Strategy<Value = Sr25519Keyring> {
	let owner = OWNERS.get(model as usize).copied().unwrap_or(Dave);
	prop_oneof![9 => Just(owner), 1 => actor()]
}

/// Whom to reward: mostly some of the actors, each once.
pub fn rewards() -> impl Strategy<Value = Vec<(Sr25519Keyring, Score)>> {
	prop_oneof![
		5 => (subsequence(ACTORS.to_vec(), 1..4), prop::collection::vec(score(), 4))
			.prop_map(|(who, scores)| who.into_iter().zip(scores).collect()),
		1 => prop::collection::vec((actor(), score()), 0..4),
	]
}

pub fn verdict() -> impl Strategy<Value = Verdict> {
	prop_oneof![
		4 => score().prop_map(Verdict::Accepted),
		1 => Just(Verdict::Rejected(text("NaN"))),
	]
}

/// Who owns a model, be it one of the first or one that was registered meanwhile.
pub fn owner_in_fact(model: ModelId) -> Sr25519Keyring {
	let owner = pallet_models::Models::<Runtime>::get(model).unwrap().owner;
	ACTORS.into_iter().find(|who| account(*who) == owner).unwrap()
}
