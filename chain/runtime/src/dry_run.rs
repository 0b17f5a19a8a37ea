//! What a call would do: it is carried out, looked at, and undone.

use crate::{
	audit::{refusal, Refusal},
	AccountId, Balance, Moment, Runtime, RuntimeCall, RuntimeEvent, RuntimeOrigin, Signature,
	System, TransactionPayment, TxExtension, UncheckedExtrinsic,
};
use alloc::vec::Vec;
use codec::{Decode, Encode};
use frame::{
	deps::{
		frame_support::{
			dispatch::GetDispatchInfo,
			storage::{storage_prefix, unhashed, with_transaction, TransactionOutcome},
		},
		frame_system::{self, EventRecord},
		sp_core::{sr25519, H256},
		sp_runtime::{generic::Era, traits::DispatchTransaction, DispatchError, MultiAddress},
	},
	prelude::TypeInfo,
};

/// What a call would do.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct DryRun {
	/// Why it would be refused; the fee is paid all the same, unless not even that can be.
	pub error: Option<Refusal>,
	/// In order, as they would be in a block. The last says how it ended.
	pub events: Vec<RuntimeEvent>,
	/// What would be paid for it, in the native token.
	pub fee: Balance,
}

/// Carries out a call as if an account had signed it in a block right after the last, at the time
/// of the last block or at a later one, and undoes it.
///
/// Everything but the signature is checked and paid for, so a wallet that cannot pay the fee too
/// shows. It does not matter whose key is at hand: nothing remains.
pub fn dry_run(who: AccountId, call: RuntimeCall, at_ms: Option<Moment>) -> DryRun {
	let run = || TransactionOutcome::Rollback(Ok::<_, DispatchError>(carry_out(who, call, at_ms)));
	// Fails only when storage layers are nested too deep; none is here, as nothing calls this.
	with_transaction(run).unwrap_or_else(|error| DryRun {
		error: Some(refusal(error)),
		events: Vec::new(),
		fee: 0,
	})
}

fn carry_out(who: AccountId, call: RuntimeCall, at_ms: Option<Moment>) -> DryRun {
	let last = System::block_number();
	System::reset_events();
	System::initialize(&last.saturating_add(1), &System::block_hash(last), &Default::default());
	if let Some(at_ms) = at_ms {
		pallet_timestamp::Now::<Runtime>::mutate(|now| *now = at_ms.max(*now));
	}

	let extension: TxExtension = (
		frame_system::CheckNonZeroSender::new(),
		frame_system::CheckSpecVersion::new(),
		frame_system::CheckTxVersion::new(),
		frame_system::CheckGenesis::new(),
		frame_system::CheckMortality::from(Era::Immortal),
		frame_system::CheckNonce::from(System::account_nonce(&who)),
		frame_system::CheckWeight::new(),
		pallet_transaction_payment::ChargeTransactionPayment::from(0),
	);
	// Only measured: it has the size of one that is signed.
	let extrinsic = UncheckedExtrinsic::new_signed(
		call.clone(),
		MultiAddress::Id(who.clone()),
		Signature::Sr25519(sr25519::Signature::default()),
		extension.clone(),
	);
	let length = extrinsic.encoded_size();
	let info = extrinsic.get_dispatch_info();
	let origin = RuntimeOrigin::signed(who);
	match extension.dispatch_transaction(origin, call, &info, length, 0) {
		Ok(outcome) => {
			System::note_applied_extrinsic(&outcome, info);
			let post_info = match &outcome {
				Ok(post_info) => post_info,
				Err(refused) => &refused.post_info,
			};
			DryRun {
				fee: TransactionPayment::compute_actual_fee(length as u32, &info, post_info, 0),
				error: outcome.err().map(|refused| refusal(refused.error)),
				events: events(),
			}
		},
		Err(invalid) => DryRun {
			error: Some(<&'static str>::from(invalid).as_bytes().to_vec()),
			events: events(),
			fee: TransactionPayment::compute_fee(length as u32, &info, 0),
		},
	}
}

/// All at once: reading them one by one would ask of the node what no other call does.
fn events() -> Vec<RuntimeEvent> {
	type Records = Vec<EventRecord<RuntimeEvent, H256>>;
	let key = storage_prefix(b"System", b"Events");
	let records = unhashed::get::<Records>(&key).unwrap_or_default();
	records.into_iter().map(|record| record.event).collect()
}
