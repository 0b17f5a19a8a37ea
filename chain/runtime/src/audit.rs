//! What a user may ask of the runtime: whether a token was lost, what was earned, what a reward
//! would pay. Every answer is computed by the pallets that hold the money.

use crate::{
	dry_run::DryRun,
	governance::{deposits, DepositOf},
	holdings::{AssetInfo, LicenceInfo, StakeInfo, StakingInfo},
	AccountId, Annotations, AssetKind, Balance, Balances, Moment, Pools, Rounds, Runtime,
	RuntimeCall, Stakes, TOKEN_DECIMALS, TOKEN_SYMBOL,
};
use alloc::vec::Vec;
use codec::{Decode, Encode};
use frame::{
	deps::{frame_system, sp_runtime::DispatchError},
	prelude::TypeInfo,
	runtime::apis::decl_runtime_apis,
};
use pallet_annotations::{AwardOf, BatchOf, TaskId, TaskOf};
use pallet_collectives::{CollectiveOf, ProposalId, TallyOf};
use pallet_models::ModelId;
use pallet_pools::{Allowance, ByRole, Paymaster, Pooled, Role, Score, Statement};
use pallet_rounds::{ClientId, RoundId};

/// The native token.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct Token {
	pub symbol: Vec<u8>,
	pub decimals: u8,
}

/// Whether tokens were lost or made.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct Conservation {
	/// All native tokens there are.
	pub issuance: Balance,
	/// What all accounts hold of them, free and reserved.
	pub accounts_total: Balance,
	pub pools: Vec<Statement<AssetKind>>,
	pub stakes: Vec<pallet_stakes::Statement<AssetKind>>,
	/// What proposers have put at risk.
	pub deposits: Vec<DepositOf>,
	pub tasks: Vec<pallet_annotations::Statement>,
	/// Whether the accounts hold exactly what was issued, the sums of every pool, of the stakes in
	/// every model and of every task agree, the escrow accounts of those in native tokens cover
	/// them, exactly the deposits of the open proposals are held, and exactly what the open tasks
	/// may pay is set aside.
	///
	/// An escrow account that is short of another asset is told by that pool's statement alone:
	/// whoever issued the asset can burn it there, move it or destroy it, and anyone can issue one.
	pub ok: bool,
}

/// What an account earned from a model's pool.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct AllocationOf {
	pub who: AccountId,
	pub earned: ByRole<Balance>,
	pub claimed: Balance,
	pub claimable: Balance,
}

/// What a contributor would earn in a round.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct RoundReward {
	pub client: ClientId,
	pub who: AccountId,
	pub amount: Balance,
}

/// The name of the error that the call would fail with, as it stands in the metadata.
pub type Refusal = Vec<u8>;

decl_runtime_apis! {
	/// What a user may ask of the runtime.
	#[api_version(2)]
	pub trait DmlApi {
		/// The native token's symbol and decimals.
		fn token() -> Token;

		/// What an asset is called, how it is written, and the least that an account may hold of
		/// it; none if there is no such asset.
		fn asset(asset: AssetKind) -> Option<AssetInfo>;

		/// Counts every native token and audits every pool, the stakes in every model, the deposits
		/// of all proposals, and every annotation task.
		fn conservation() -> Conservation;

		/// What was earned from a model's pool, by one account or by all.
		fn allocations(model: ModelId, who: Option<AccountId>) -> Vec<AllocationOf>;

		/// What `pools.reward` would pay, in the order asked.
		fn preview_reward(
			model: ModelId,
			role: Role,
			rewards: Vec<(AccountId, Score)>,
		) -> Result<Vec<Balance>, Refusal>;

		/// What `rounds.reward` would pay, with the verdicts given so far.
		fn preview_round(
			model: ModelId,
			round: RoundId,
			evaluation: Score,
		) -> Result<Vec<RoundReward>, Refusal>;

		/// How much the rewards of rounds may still take of the contributors' bucket, and tasks set
		/// aside of the annotators', together, be it that nobody decided on it; none if the model has
		/// no open pool.
		fn allowance(model: ModelId) -> Option<Allowance>;

		/// On which terms a model takes stakes; none if it has no pool.
		fn staking(model: ModelId) -> Option<StakingInfo>;

		/// What is at stake in a model, by one account or by all.
		fn stakes(model: ModelId, who: Option<AccountId>) -> Vec<StakeInfo>;

		/// The licences of a model, of a holder, or of both, whether they are valid or not; by id.
		fn licences(model: Option<ModelId>, holder: Option<AccountId>) -> Vec<LicenceInfo>;

		/// Whether the weights of a model are for an account to have.
		fn may_download(model: ModelId, who: AccountId) -> bool;

		/// Who governs a model, and what each member's vote weighs; none if there is no such model.
		fn collective(model: ModelId) -> Option<CollectiveOf<AccountId>>;

		/// What closing a proposal would record now, or what it recorded, and who votes how; none
		/// if there is no such proposal, or it was withdrawn.
		fn tally(proposal: ProposalId) -> Option<TallyOf<AccountId>>;

		/// An annotation task, with what follows from its terms; none if there is no such task.
		fn task(task: TaskId) -> Option<TaskOf<AccountId>>;

		/// The batch that an account holds, or else where a task needs its answers most; none if
		/// there is none left for it now. The name of an error is that of `annotations.take`.
		fn next_batch(task: TaskId, who: AccountId) -> Result<Option<BatchOf>, Refusal>;

		/// What was done in a task, by one annotator or by all, and what it earned, would
		/// earn, or can earn at most; by batch.
		fn awards(task: TaskId, who: Option<AccountId>) -> Vec<AwardOf<AccountId>>;

		/// What a call would do if an account signed it now, or at a later time.
		fn dry_run(who: AccountId, call: RuntimeCall, at_ms: Option<Moment>) -> DryRun;
	}
}

pub fn token() -> Token {
	Token { symbol: TOKEN_SYMBOL.as_bytes().to_vec(), decimals: TOKEN_DECIMALS }
}

pub fn conservation() -> Conservation {
	let issuance = Balances::total_issuance();
	// An overflow cannot happen while the accounts hold what was issued, and shows as a difference.
	let accounts_total = frame_system::Account::<Runtime>::iter_values()
		.map(|account| account.data.free.saturating_add(account.data.reserved))
		.fold(0, Balance::saturating_add);
	let pools: Vec<_> =
		pallet_pools::Pools::<Runtime>::iter_keys().filter_map(Pools::statement).collect();
	let stakes: Vec<_> =
		pallet_stakes::Escrows::<Runtime>::iter_keys().filter_map(Stakes::statement).collect();
	let deposits = deposits();
	let (tasks, set_aside_agrees) = Annotations::statements();
	let ok = issuance == accounts_total
		&& pools.iter().all(|pool| holds(pool.balanced, pool.short, &pool.asset))
		&& stakes.iter().all(|stakes| holds(stakes.balanced, stakes.short, &stakes.asset))
		&& deposits.iter().all(|deposit| deposit.held == deposit.owed)
		&& set_aside_agrees
		&& tasks.iter().all(|task| task.ok);
	Conservation { issuance, accounts_total, pools, stakes, deposits, tasks, ok }
}

/// Whether nothing was lost by the chain's doing: what is missing of an asset, its issuer may have
/// taken.
fn holds(balanced: bool, short: Balance, asset: &AssetKind) -> bool {
	balanced && (short == 0 || *asset != AssetKind::Native)
}

pub fn allocations(model: ModelId, who: Option<AccountId>) -> Vec<AllocationOf> {
	use pallet_pools::Allocations;
	let of = |(who, allocation): (AccountId, pallet_pools::Allocation)| AllocationOf {
		who,
		earned: allocation.earned,
		claimed: allocation.claimed,
		claimable: allocation.claimable().unwrap_or_default(),
	};
	match who {
		Some(who) if Allocations::<Runtime>::contains_key(model, &who) => {
			let allocation = Allocations::<Runtime>::get(model, &who);
			alloc::vec![of((who, allocation))]
		},
		Some(_) => Vec::new(),
		None => Allocations::<Runtime>::iter_prefix(model).map(of).collect(),
	}
}

pub fn preview_reward(
	model: ModelId,
	role: Role,
	rewards: Vec<(AccountId, Score)>,
) -> Result<Vec<Balance>, Refusal> {
	let parts = Pools::parts_of(&rewards).map_err(|error| refusal(error.into()))?;
	Pools::preview(model, role, &parts).map_err(refusal)
}

pub fn preview_round(
	model: ModelId,
	round: RoundId,
	evaluation: Score,
) -> Result<Vec<RoundReward>, Refusal> {
	let rewards = Rounds::preview_reward(model, round, evaluation).map_err(refusal)?;
	Ok(rewards
		.into_iter()
		.map(|(client, who, amount)| RoundReward { client, who, amount })
		.collect())
}

pub fn allowance(model: ModelId) -> Option<Allowance> {
	Pools::is_open(model).then(|| Pools::allowance(model))
}

/// The name of an error.
pub fn refusal(error: DispatchError) -> Refusal {
	<&'static str>::from(error).as_bytes().to_vec()
}
