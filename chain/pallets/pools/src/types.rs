//! What a pool stores, and how an auditor sees it.

use crate::{ByRole, Role, Shares};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame::prelude::*;
pub use pallet_models::{ModelId, Moment};

/// An amount of a pool's asset, in its smallest unit.
pub type Balance = u128;

/// Where a pool is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub enum PoolState {
	/// Takes funds and pays rewards.
	Open,
	/// Pays only what was earned and what is refunded.
	Closed,
	/// Everything has been paid out and the escrow account is empty.
	Settled,
}

/// The sums that prove that nothing was lost: `funded = paid + refunded + held`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Ledger {
	/// All that was ever put in.
	pub funded: Balance,
	/// All rewards that were claimed.
	pub paid: Balance,
	/// All that went back to funders.
	pub refunded: Balance,
	/// All that is still there: buckets, set aside, claimable and refundable.
	pub held: Balance,
}

/// How much the rewards of rounds may take of the contributors' bucket, and tasks set aside of the
/// annotators', together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub enum Allowance {
	/// So much, less by every reward and by all that is set aside.
	Limited(Balance),
	/// As much as there is.
	Unlimited,
}

/// An allowance that was decided on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Decided {
	pub allowance: Allowance,
	/// Whether the owner set it while deciding alone. If so, it holds only as long as that is so.
	pub by_owner: bool,
}

/// Who decided on a reward.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decider {
	/// The model's owner, as in a round or a task, which the owner scores or names scorers for.
	Owner,
	/// Whoever governs the model: the owner while deciding alone, otherwise the collective.
	Governance,
}

/// The tokens staked on a model.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Pool<AccountId, AssetKind> {
	/// Who created it, and gets the deposit back.
	pub owner: AccountId,
	pub asset: AssetKind,
	pub shares: Shares,
	pub state: PoolState,
	/// The asset's minimum balance, paid by the owner so that the escrow account always exists.
	pub deposit: Balance,
	/// What remains for each role.
	pub buckets: ByRole<Balance>,
	/// Earned and not yet claimed, by all accounts.
	pub claimable: Balance,
	/// Left for the funders after closing.
	pub refundable: Balance,
	/// Taken out of the buckets for what is promised, and neither paid nor put back yet.
	pub set_aside: Balance,
	/// What those funders put in who have not been refunded.
	pub contributions: Balance,
	pub ledger: Ledger,
	pub created_ms: Moment,
}

/// What an account earned from a pool, and how much of it was claimed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Allocation {
	pub earned: ByRole<Balance>,
	pub claimed: Balance,
}

impl Allocation {
	/// What is left to claim; none if the sums overflow or contradict each other.
	pub fn claimable(&self) -> Option<Balance> {
		self.earned.total()?.checked_sub(self.claimed)
	}
}

/// A pool as seen by an auditor: the ledger beside what is really there.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct Statement<AssetKind> {
	pub model: ModelId,
	pub asset: AssetKind,
	pub funded: Balance,
	pub paid: Balance,
	pub refunded: Balance,
	pub held: Balance,
	pub buckets_total: Balance,
	/// Summed over the accounts' allocations.
	pub claimable_total: Balance,
	pub refundable: Balance,
	/// Promised, as to the annotators of tasks that are open.
	pub set_aside: Balance,
	pub deposit: Balance,
	pub escrow_balance: Balance,
	/// How much less the escrow account holds than the deposit and what is held.
	pub short: Balance,
	/// Whether every sum agrees with every other, whatever the escrow account holds.
	pub balanced: bool,
	/// Whether it is balanced and not short.
	pub ok: bool,
}

/// Where a part of a stake goes that was slashed.
#[derive(
	Clone,
	Copy,
	Debug,
	Default,
	PartialEq,
	Eq,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
pub enum SlashTo {
	/// Into every role's bucket, by the pool's shares.
	#[default]
	Buckets,
	/// Into one role's bucket.
	Role(Role),
	/// To the account that receives the chain's fees.
	Fees,
}
