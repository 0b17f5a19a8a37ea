//! A chain of the real runtime: genesis from a preset, blocks of signed extrinsics.

use dml_runtime::{
	genesis, AccountId, Nonce, RuntimeCall, RuntimeExecutive, System, TxExtension,
	UncheckedExtrinsic, VERSION,
};
use frame::{
	deps::{
		sp_core::{crypto::Pair, sr25519},
		sp_runtime::{generic, MultiAddress, MultiSignature},
	},
	runtime::prelude::*,
	testing_prelude::*,
	traits::Header as _,
};
use serde_json::Value;
use std::sync::LazyLock;

/// What the clock shows in the first block.
pub const START_MS: u64 = 1_800_000_000_000;

/// Runs a test on a fresh development chain.
pub fn on_a_development_chain<R>(test: impl FnOnce(&mut Chain) -> R) -> R {
	TestState::default().execute_with(|| {
		genesis::build_state(genesis_of(DEV_RUNTIME_PRESET)).unwrap();
		test(&mut Chain { now_ms: START_MS })
	})
}

/// The default configuration with a preset's patch laid over it, as a node does it.
pub fn genesis_of(preset: &str) -> Vec<u8> {
	let read = |id| serde_json::from_slice(&genesis::preset(&id).unwrap()).unwrap();
	let mut config: Value = read(None);
	merge(&mut config, read(Some(preset.into())));
	serde_json::to_vec(&config).unwrap()
}

fn merge(into: &mut Value, patch: Value) {
	match (into, patch) {
		(Value::Object(into), Value::Object(patch)) => {
			for (key, value) in patch {
				merge(into.entry(key).or_insert(Value::Null), value);
			}
		},
		(into, patch) => *into = patch,
	}
}

pub struct Chain {
	pub now_ms: u64,
}

impl Chain {
	/// Seals a block with one signed extrinsic.
	///
	/// The outer error says that the extrinsic was invalid and left out, the inner one that its
	/// call was refused.
	pub fn submit(
		&mut self,
		signer: Sr25519Keyring,
		call: impl Into<RuntimeCall>,
	) -> ApplyExtrinsicResult {
		self.open_block();
		let outcome = RuntimeExecutive::apply_extrinsic(signed(signer, call.into()));
		RuntimeExecutive::finalize_block();
		outcome
	}

	/// Seals a block with one signed extrinsic whose call must succeed.
	pub fn must(&mut self, signer: Sr25519Keyring, call: impl Into<RuntimeCall>) {
		let call = call.into();
		let outcome = self.submit(signer, call.clone());
		assert_eq!(outcome, Ok(Ok(())), "{call:?}");
	}

	/// Lets time pass until the next block.
	pub fn wait(&mut self, ms: u64) {
		self.now_ms += ms;
	}

	fn open_block(&mut self) {
		let number = System::block_number() + 1;
		let parent = System::parent_hash();
		let header = dml_runtime::Header::new(
			number,
			H256::zero(),
			H256::zero(),
			parent,
			Default::default(),
		);
		RuntimeExecutive::initialize_block(&header);
		let set = pallet_timestamp::Call::set { now: self.now_ms };
		RuntimeExecutive::apply_extrinsic(UncheckedExtrinsic::new_bare(set.into()))
			.unwrap()
			.unwrap();
	}
}

/// The key pair, derived once: that takes longer than sealing a block.
fn pair(key: Sr25519Keyring) -> &'static sr25519::Pair {
	static PAIRS: LazyLock<Vec<(Sr25519Keyring, sr25519::Pair)>> =
		LazyLock::new(|| Sr25519Keyring::iter().map(|key| (key, key.pair())).collect());
	let found = PAIRS.iter().find(|(candidate, _)| *candidate == key);
	&found.expect("the keyring is finite and every key of it is there").1
}

fn signed(signer: Sr25519Keyring, call: RuntimeCall) -> UncheckedExtrinsic {
	let who = signer.to_account_id();
	let nonce: Nonce = System::account_nonce(&who);
	let extension: TxExtension = (
		frame_system::CheckNonZeroSender::new(),
		frame_system::CheckSpecVersion::new(),
		frame_system::CheckTxVersion::new(),
		frame_system::CheckGenesis::new(),
		frame_system::CheckMortality::from(generic::Era::Immortal),
		frame_system::CheckNonce::from(nonce),
		frame_system::CheckWeight::new(),
		pallet_transaction_payment::ChargeTransactionPayment::from(0),
	);
	let genesis = System::block_hash(0);
	let implied =
		((), VERSION.spec_version, VERSION.transaction_version, genesis, genesis, (), (), ());
	let payload =
		generic::SignedPayload::<RuntimeCall, TxExtension>::from_raw(call, extension, implied);
	let signature = payload.using_encoded(|bytes| pair(signer).sign(bytes));
	let (call, extension, _) = payload.deconstruct();
	UncheckedExtrinsic::new_signed(
		call,
		MultiAddress::Id(who),
		MultiSignature::Sr25519(signature),
		extension,
	)
}

/// The account of a development key.
pub fn account(key: Sr25519Keyring) -> AccountId {
	key.to_account_id()
}
