//! The presets a chain starts from.
//!
//! A preset's JSON is a patch onto the default configuration, which is empty but valid: no
//! balances and no sudo key.

use crate::{
	configs::FeesAccount, AccountId, Balance, Balances, RuntimeGenesisConfig, DML,
	EXISTENTIAL_DEPOSIT,
};
use alloc::{vec, vec::Vec};
use frame::{
	deps::frame_support::genesis_builder_helper,
	runtime::prelude::*,
	token::fungible::{Inspect, Mutate},
};
use serde_json::{json, Value};

/// What each development account holds.
const ENDOWMENT: Balance = 1_000_000 * DML;

pub fn preset_names() -> Vec<PresetId> {
	vec![PresetId::from(DEV_RUNTIME_PRESET), PresetId::from(LOCAL_TESTNET_RUNTIME_PRESET)]
}

/// The JSON of a preset, or of the default configuration when no name is given.
pub fn preset(id: &Option<PresetId>) -> Option<Vec<u8>> {
	genesis_builder_helper::get_preset::<RuntimeGenesisConfig>(id, |id| {
		let patch = match id.as_ref() {
			DEV_RUNTIME_PRESET => development(),
			LOCAL_TESTNET_RUNTIME_PRESET => development(),
			_ => return None,
		};
		Some(serde_json::to_vec(&patch).expect("a JSON value without maps of odd keys; qed"))
	})
}

/// Builds the genesis state from a configuration and gives the fees account its minimum balance.
///
/// The account exists from the start so that not even the first fee, should it be smaller than
/// the existential deposit, is lost.
pub fn build_state(json: Vec<u8>) -> GenesisBuilderResult {
	genesis_builder_helper::build_state::<RuntimeGenesisConfig>(json)?;
	let fees = FeesAccount::get();
	if Balances::balance(&fees) < EXISTENTIAL_DEPOSIT {
		Balances::mint_into(&fees, EXISTENTIAL_DEPOSIT)
			.map_err(|_| "the fees account could not be endowed: issuance overflows")?;
	}
	Ok(())
}

/// Alice to Ferdie hold a million DML each, and Alice is sudo.
fn development() -> Value {
	let accounts = [
		Sr25519Keyring::Alice,
		Sr25519Keyring::Bob,
		Sr25519Keyring::Charlie,
		Sr25519Keyring::Dave,
		Sr25519Keyring::Eve,
		Sr25519Keyring::Ferdie,
	]
	.map(|key| key.to_account_id());
	let balances: Vec<(AccountId, Balance)> =
		accounts.iter().map(|who| (who.clone(), ENDOWMENT)).collect();
	json!({
		"balances": { "balances": balances },
		"sudo": { "key": accounts[0] },
	})
}
