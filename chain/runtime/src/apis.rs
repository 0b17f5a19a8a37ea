//! What a node may ask of the runtime.

use crate::*;
use alloc::vec::Vec;
use frame::{
	deps::sp_consensus_aura,
	deps::sp_core,
	prelude::TransactionSource,
	prelude::TransactionValidity,
	runtime::{apis, prelude::*},
	traits::Block as BlockT,
};
use pallet_annotations::{AwardOf, BatchOf, TaskId, TaskOf};
use pallet_collectives::{CollectiveOf, ProposalId, TallyOf};
use pallet_models::ModelId;
use pallet_pools::{Allowance, Role, Score};
use pallet_rounds::RoundId;
use pallet_transaction_payment::{FeeDetails, RuntimeDispatchInfo};
use sp_consensus_aura::sr25519::AuthorityId as AuraId;

/// Nominal only: a development node asks for it, blocks are sealed on demand.
const SLOT_DURATION_MS: u64 = 1_000;

impl_runtime_apis! {
	impl apis::Core<Block> for Runtime {
		fn version() -> RuntimeVersion {
			VERSION
		}

		fn execute_block(block: <Block as BlockT>::LazyBlock) {
			RuntimeExecutive::execute_block(block)
		}

		fn initialize_block(header: &Header) -> ExtrinsicInclusionMode {
			RuntimeExecutive::initialize_block(header)
		}
	}

	impl apis::Metadata<Block> for Runtime {
		fn metadata() -> OpaqueMetadata {
			OpaqueMetadata::new(Runtime::metadata().into())
		}

		fn metadata_at_version(version: u32) -> Option<OpaqueMetadata> {
			Runtime::metadata_at_version(version)
		}

		fn metadata_versions() -> Vec<u32> {
			Runtime::metadata_versions()
		}
	}

	impl apis::BlockBuilder<Block> for Runtime {
		fn apply_extrinsic(extrinsic: <Block as BlockT>::Extrinsic) -> ApplyExtrinsicResult {
			RuntimeExecutive::apply_extrinsic(extrinsic)
		}

		fn finalize_block() -> Header {
			RuntimeExecutive::finalize_block()
		}

		fn inherent_extrinsics(data: InherentData) -> Vec<<Block as BlockT>::Extrinsic> {
			data.create_extrinsics()
		}

		fn check_inherents(
			block: <Block as BlockT>::LazyBlock,
			data: InherentData,
		) -> CheckInherentsResult {
			data.check_extrinsics(&block)
		}
	}

	impl apis::TaggedTransactionQueue<Block> for Runtime {
		fn validate_transaction(
			source: TransactionSource,
			tx: <Block as BlockT>::Extrinsic,
			block_hash: <Block as BlockT>::Hash,
		) -> TransactionValidity {
			RuntimeExecutive::validate_transaction(source, tx, block_hash)
		}
	}

	impl apis::OffchainWorkerApi<Block> for Runtime {
		fn offchain_worker(header: &Header) {
			RuntimeExecutive::offchain_worker(header)
		}
	}

	impl apis::SessionKeys<Block> for Runtime {
		fn generate_session_keys(
			_owner: Vec<u8>,
			_seed: Option<Vec<u8>>,
		) -> sp_session::OpaqueGeneratedSessionKeys {
			sp_session::OpaqueGeneratedSessionKeys { keys: Vec::new(), proof: Vec::new() }
		}

		fn decode_session_keys(
			_encoded: Vec<u8>,
		) -> Option<Vec<(Vec<u8>, sp_core::crypto::KeyTypeId)>> {
			Some(Vec::new())
		}
	}

	impl apis::AuraApi<Block, AuraId> for Runtime {
		fn slot_duration() -> sp_consensus_aura::SlotDuration {
			sp_consensus_aura::SlotDuration::from_millis(SLOT_DURATION_MS)
		}

		fn authorities() -> Vec<AuraId> {
			alloc::vec![Sr25519Keyring::Alice.public().into()]
		}
	}

	impl apis::GenesisBuilder<Block> for Runtime {
		fn build_state(config: Vec<u8>) -> GenesisBuilderResult {
			genesis::build_state(config)
		}

		fn get_preset(id: &Option<PresetId>) -> Option<Vec<u8>> {
			genesis::preset(id)
		}

		fn preset_names() -> Vec<PresetId> {
			genesis::preset_names()
		}
	}

	impl apis::AccountNonceApi<Block, AccountId, Nonce> for Runtime {
		fn account_nonce(account: AccountId) -> Nonce {
			System::account_nonce(account)
		}
	}

	impl pallet_transaction_payment_rpc_runtime_api::TransactionPaymentApi<Block, Balance>
		for Runtime
	{
		fn query_info(
			extrinsic: <Block as BlockT>::Extrinsic,
			len: u32,
		) -> RuntimeDispatchInfo<Balance> {
			TransactionPayment::query_info(extrinsic, len)
		}

		fn query_fee_details(
			extrinsic: <Block as BlockT>::Extrinsic,
			len: u32,
		) -> FeeDetails<Balance> {
			TransactionPayment::query_fee_details(extrinsic, len)
		}

		fn query_weight_to_fee(weight: Weight) -> Balance {
			TransactionPayment::weight_to_fee(weight)
		}

		fn query_length_to_fee(length: u32) -> Balance {
			TransactionPayment::length_to_fee(length)
		}
	}

	impl pallet_transaction_payment_rpc_runtime_api::TransactionPaymentCallApi<
		Block,
		Balance,
		RuntimeCall,
	> for Runtime
	{
		fn query_call_info(call: RuntimeCall, len: u32) -> RuntimeDispatchInfo<Balance> {
			TransactionPayment::query_call_info(call, len)
		}

		fn query_call_fee_details(call: RuntimeCall, len: u32) -> FeeDetails<Balance> {
			TransactionPayment::query_call_fee_details(call, len)
		}

		fn query_weight_to_fee(weight: Weight) -> Balance {
			TransactionPayment::weight_to_fee(weight)
		}

		fn query_length_to_fee(length: u32) -> Balance {
			TransactionPayment::length_to_fee(length)
		}
	}

	impl audit::DmlApi<Block> for Runtime {
		fn token() -> audit::Token {
			audit::token()
		}

		fn asset(asset: AssetKind) -> Option<holdings::AssetInfo> {
			holdings::asset(asset)
		}

		fn conservation() -> audit::Conservation {
			audit::conservation()
		}

		fn allocations(model: ModelId, who: Option<AccountId>) -> Vec<audit::AllocationOf> {
			audit::allocations(model, who)
		}

		fn preview_reward(
			model: ModelId,
			role: Role,
			rewards: Vec<(AccountId, Score)>,
		) -> Result<Vec<Balance>, audit::Refusal> {
			audit::preview_reward(model, role, rewards)
		}

		fn preview_round(
			model: ModelId,
			round: RoundId,
			evaluation: Score,
		) -> Result<Vec<audit::RoundReward>, audit::Refusal> {
			audit::preview_round(model, round, evaluation)
		}

		fn allowance(model: ModelId) -> Option<Allowance> {
			audit::allowance(model)
		}

		fn staking(model: ModelId) -> Option<holdings::StakingInfo> {
			holdings::staking(model)
		}

		fn stakes(model: ModelId, who: Option<AccountId>) -> Vec<holdings::StakeInfo> {
			holdings::stakes(model, who)
		}

		fn licences(
			model: Option<ModelId>,
			holder: Option<AccountId>,
		) -> Vec<holdings::LicenceInfo> {
			holdings::licences(model, holder)
		}

		fn may_download(model: ModelId, who: AccountId) -> bool {
			holdings::may_download(model, &who)
		}

		fn collective(model: ModelId) -> Option<CollectiveOf<AccountId>> {
			governance::collective(model)
		}

		fn tally(proposal: ProposalId) -> Option<TallyOf<AccountId>> {
			governance::tally(proposal)
		}

		fn task(task: TaskId) -> Option<TaskOf<AccountId>> {
			annotating::task(task)
		}

		fn next_batch(
			task: TaskId,
			who: AccountId,
		) -> Result<Option<BatchOf>, audit::Refusal> {
			annotating::next_batch(task, &who)
		}

		fn awards(task: TaskId, who: Option<AccountId>) -> Vec<AwardOf<AccountId>> {
			annotating::awards(task, who)
		}

		fn dry_run(who: AccountId, call: RuntimeCall, at_ms: Option<Moment>) -> dry_run::DryRun {
			dry_run::dry_run(who, call, at_ms)
		}
	}
}
