//! Who governs a model, how its votes stand, and what proposers have put at risk.

use crate::{AccountId, Balance, Balances, Collectives, Runtime, RuntimeHoldReason};
use alloc::{collections::BTreeMap, vec::Vec};
use codec::{Decode, Encode};
use frame::{deps::frame_system, prelude::TypeInfo, token::fungible::InspectHold};
use pallet_collectives::{CollectiveOf, HoldReason, ProposalId, Proposals, TallyOf};
use pallet_models::ModelId;

/// What an account has put at risk by proposing.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct DepositOf {
	pub who: AccountId,
	/// What is held on the account.
	pub held: Balance,
	/// The deposits of its proposals that are voted on.
	pub owed: Balance,
}

pub fn collective(model: ModelId) -> Option<CollectiveOf<AccountId>> {
	Collectives::collective_of(model)
}

pub fn tally(proposal: ProposalId) -> Option<TallyOf<AccountId>> {
	Collectives::tally(proposal)
}

/// The deposits of every account that has any, or should have; by account.
pub fn deposits() -> Vec<DepositOf> {
	let mut owed = BTreeMap::<AccountId, Balance>::new();
	for proposal in Proposals::<Runtime>::iter_values() {
		if proposal.state.ends_ms().is_some() {
			let sum = owed.entry(proposal.proposer.clone()).or_default();
			// An overflow shows as a difference to what is held.
			*sum = sum.saturating_add(proposal.deposit());
		}
	}
	let reason = RuntimeHoldReason::from(HoldReason::ProposalDeposit);
	for who in frame_system::Account::<Runtime>::iter_keys() {
		if Balances::balance_on_hold(&reason, &who) > 0 {
			owed.entry(who).or_default();
		}
	}
	owed.into_iter()
		.map(|(who, owed)| {
			let held = Balances::balance_on_hold(&reason, &who);
			DepositOf { who, held, owed }
		})
		.collect()
}
