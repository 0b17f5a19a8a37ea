//! What a stake is made of, and what other pallets may ask of stakes.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame::prelude::*;
pub use pallet_models::{ModelId, Moment};
pub use pallet_pools::{Balance, ByRole, Role, Score, SlashTo};

/// How many parts of a stake may be unbonding at once, for an account in a model.
pub const MAX_UNBONDING: u32 = 32;
/// How many locks an account may have on its stake in a model.
pub const MAX_LOCKS: u32 = 64;
/// The unbonding period of a model whose collective set none: fourteen days, longer than the
/// members' vote and the referendum that a collective on its first terms may take to slash.
pub const DEFAULT_UNBONDING_MS: Moment = 14 * 24 * 60 * 60 * 1_000;
/// The longest unbonding period that a collective may set: ninety days.
pub const MAX_UNBONDING_MS: Moment = 90 * 24 * 60 * 60 * 1_000;

/// Something in words.
pub type Reason = BoundedVec<u8, ConstU32<128>>;

/// Why a stake is slashed.
#[derive(
	Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub enum Cause {
	/// A validator's score was not what the update was worth.
	FalseScore,
	/// An update was made to do harm.
	BadUpdate,
	/// What was submitted was of no use to anyone.
	Spam,
	/// Several acted together against the model.
	Collusion,
	/// What was promised was not done.
	Absence,
	/// Something else.
	Other(Reason),
}

/// On which terms a model takes stakes.
#[derive(
	Clone,
	Copy,
	Debug,
	PartialEq,
	Eq,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
pub struct StakingTerms {
	/// How long after unstaking a stake stays slashable and cannot be withdrawn.
	pub unbonding_ms: Moment,
	/// The least that an account may have at stake in a role. The minimum balance of the asset is
	/// required anyway.
	pub minimum: Balance,
	/// Where what is slashed goes.
	pub slash_to: SlashTo,
}

impl Default for StakingTerms {
	fn default() -> Self {
		Self { unbonding_ms: DEFAULT_UNBONDING_MS, minimum: 0, slash_to: SlashTo::Buckets }
	}
}

/// A part of a stake on its way out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Unbonding {
	pub role: Role,
	pub amount: Balance,
	/// From this time on it can be withdrawn, and is slashed no more.
	pub unlock_ms: Moment,
}

/// What an account has at stake in a model.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Stake {
	pub active: ByRole<Balance>,
	/// In the order in which they were unstaked.
	pub unbonding: BoundedVec<Unbonding, ConstU32<MAX_UNBONDING>>,
}

/// Keeps a part of an account's active stake from being unstaked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Lock {
	/// What the lock is for, as whoever set it names it.
	pub key: u32,
	/// Where that part has to stay; none: in whatever roles.
	pub role: Option<Role>,
	pub amount: Balance,
	/// From this time on it locks nothing.
	pub until_ms: Moment,
}

/// The sums that prove that nothing was lost: `staked = withdrawn + slashed + held`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Ledger {
	/// All that was ever staked.
	pub staked: Balance,
	/// All that went back to stakers.
	pub withdrawn: Balance,
	/// All that was slashed.
	pub slashed: Balance,
	/// All that is still there, active or unbonding.
	pub held: Balance,
}

/// The escrow account that holds the stakes in a model.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Escrow<AccountId> {
	/// Who paid the deposit and gets it back: none while nothing is staked.
	pub depositor: Option<AccountId>,
	/// The asset's minimum balance, which keeps the account alive.
	pub deposit: Balance,
	/// At stake, by all accounts in all roles.
	pub active: Balance,
	/// On its way out, by all accounts.
	pub unbonding: Balance,
	pub ledger: Ledger,
}

impl<AccountId> Default for Escrow<AccountId> {
	fn default() -> Self {
		Self { depositor: None, deposit: 0, active: 0, unbonding: 0, ledger: Ledger::default() }
	}
}

/// The stakes in a model as seen by an auditor: the ledger beside what is really there.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct Statement<AssetKind> {
	pub model: ModelId,
	pub asset: AssetKind,
	pub staked: Balance,
	pub withdrawn: Balance,
	pub slashed: Balance,
	pub held: Balance,
	/// Summed over the accounts' stakes.
	pub active_total: Balance,
	/// Summed over the accounts' stakes.
	pub unbonding_total: Balance,
	pub deposit: Balance,
	pub escrow_balance: Balance,
	/// How much less the escrow account holds than the deposit and what is held.
	pub short: Balance,
	/// Whether every sum agrees with every other, whatever the escrow account holds.
	pub balanced: bool,
	/// Whether it is balanced and not short.
	pub ok: bool,
}

/// Says what is at stake in a model: what is active.
pub trait StakeOf<AccountId> {
	/// What an account has at stake, in all roles together.
	fn staked(model: ModelId, who: &AccountId) -> Balance;

	/// What an account has at stake in a role.
	fn staked_as(model: ModelId, who: &AccountId, role: Role) -> Balance;

	/// What all accounts together have at stake, in all roles.
	fn total(model: ModelId) -> Balance;
}

/// Locks stakes for as long as a decision needs them.
pub trait StakeLock<AccountId> {
	/// Keeps `amount` of an account's active stake, in a role or else in whatever roles, from being
	/// unstaked until a time. It can still be slashed.
	///
	/// Locks overlap: the largest counts, they do not add up. A lock with the same key in the same
	/// model is replaced.
	fn lock(
		model: ModelId,
		who: &AccountId,
		role: Option<Role>,
		amount: Balance,
		until_ms: Moment,
		key: u32,
	) -> DispatchResult;

	/// Ends a lock before its time. It need not exist.
	fn unlock(model: ModelId, who: &AccountId, key: u32);

	/// How much of an account's active stake is locked now.
	fn locked(model: ModelId, who: &AccountId) -> Balance;
}

/// Slashes stakes.
pub trait Slashing<AccountId> {
	/// Does what [`crate::Pallet::slash`] does, for whom the caller has found entitled to it; how
	/// much was slashed.
	fn slash(
		model: ModelId,
		who: &AccountId,
		role: Role,
		part: Score,
		cause: Cause,
	) -> Result<Balance, DispatchError>;
}

/// Sets on which terms a model takes stakes.
pub trait Staking {
	/// Sets the terms. Those who are unbonding keep the time that they were given.
	fn set_staking(model: ModelId, terms: StakingTerms) -> DispatchResult;
}
