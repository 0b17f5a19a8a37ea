//! Roles, scores, shares; what a pool stores; and what other pallets may ask of it.

extern crate alloc;

use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame::{
	arithmetic::{helpers_128bit::multiply_by_rational_with_rounding, Rounding},
	prelude::*,
};
pub use pallet_models::{ModelId, Moment};

/// An amount of a pool's asset, in its smallest unit.
pub type Balance = u128;

/// The part that someone plays for a model.
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
pub enum Role {
	Creator,
	Engineer,
	Contributor,
	Annotator,
	Validator,
	Client,
}

impl Role {
	/// Every role, in order.
	pub const ALL: [Role; 6] = [
		Role::Creator,
		Role::Engineer,
		Role::Contributor,
		Role::Annotator,
		Role::Validator,
		Role::Client,
	];
}

/// One value per role.
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
pub struct ByRole<V> {
	pub creator: V,
	pub engineers: V,
	pub contributors: V,
	pub annotators: V,
	pub validators: V,
	pub clients: V,
}

impl<V: Copy> ByRole<V> {
	pub fn of(&self, role: Role) -> V {
		match role {
			Role::Creator => self.creator,
			Role::Engineer => self.engineers,
			Role::Contributor => self.contributors,
			Role::Annotator => self.annotators,
			Role::Validator => self.validators,
			Role::Client => self.clients,
		}
	}

	pub fn of_mut(&mut self, role: Role) -> &mut V {
		match role {
			Role::Creator => &mut self.creator,
			Role::Engineer => &mut self.engineers,
			Role::Contributor => &mut self.contributors,
			Role::Annotator => &mut self.annotators,
			Role::Validator => &mut self.validators,
			Role::Client => &mut self.clients,
		}
	}
}

impl<V: Copy + Default + CheckedAdd> ByRole<V> {
	/// The sum over all roles, or none if it overflows.
	pub fn total(&self) -> Option<V> {
		Role::ALL.iter().try_fold(V::default(), |sum, role| sum.checked_add(&self.of(*role)))
	}
}

/// Each role's part of a pool, in parts per million.
pub type Shares = ByRole<u32>;

impl Shares {
	/// What the shares of all roles sum to.
	pub const WHOLE: u32 = 1_000_000;

	/// Whether the shares make up exactly the whole.
	pub fn are_whole(&self) -> bool {
		self.total() == Some(Self::WHOLE)
	}

	/// Splits an amount into role buckets, with nothing lost.
	///
	/// Each role gets its share rounded down; what rounding leaves over goes to the role with the
	/// largest share, the first of them in order.
	pub fn split(&self, amount: Balance) -> Option<ByRole<Balance>> {
		let mut buckets = ByRole::default();
		let mut left = amount;
		let mut largest = Role::Creator;
		for role in Role::ALL {
			let share = self.of(role);
			let part = multiply_by_rational_with_rounding(
				amount,
				share.into(),
				Self::WHOLE.into(),
				Rounding::Down,
			)?;
			*buckets.of_mut(role) = part;
			left = left.checked_sub(part)?;
			if share > self.of(largest) {
				largest = role;
			}
		}
		let bucket = buckets.of_mut(largest);
		*bucket = bucket.checked_add(left)?;
		Some(buckets)
	}
}

/// A number from 0 to 1, in parts per billion.
///
/// Any `u32` decodes, so that a score above one can be refused by name instead of being cut down
/// to one in silence: call [`Score::checked`] before use.
#[derive(
	Clone,
	Copy,
	Debug,
	Default,
	PartialEq,
	Eq,
	PartialOrd,
	Ord,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
)]
pub struct Score(pub u32);

/// The metadata describes a score as the `u32` that it is encoded as: clients need no wrapper.
impl TypeInfo for Score {
	type Identity = u32;

	fn type_info() -> scale_info::Type {
		u32::type_info()
	}
}

impl Score {
	pub const ZERO: Score = Score(0);
	pub const ONE: Score = Score(1_000_000_000);

	/// The score, unless it is above one.
	pub fn checked(self) -> Option<Score> {
		(self <= Self::ONE).then_some(self)
	}
}

impl From<Score> for Part {
	fn from(score: Score) -> Part {
		Part { numerator: score.0.into(), denominator: Score::ONE.0.into() }
	}
}

/// A part of what remains in a bucket, as an exact fraction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
	pub numerator: u128,
	pub denominator: u128,
}

impl Part {
	/// The part of an amount, rounded down once; none if it overflows or the denominator is zero.
	pub fn of(&self, amount: Balance) -> Option<Balance> {
		multiply_by_rational_with_rounding(amount, self.numerator, self.denominator, Rounding::Down)
	}
}

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
	/// All that is still there: buckets, claimable and refundable.
	pub held: Balance,
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
	pub deposit: Balance,
	pub escrow_balance: Balance,
	/// Whether every sum agrees and the escrow account covers what is held.
	pub ok: bool,
}

/// Keeps a pool from being closed.
pub trait PoolLock {
	/// Whether something is under way that the pool must stay open for.
	fn locked(model: ModelId) -> bool;
}

impl PoolLock for () {
	fn locked(_: ModelId) -> bool {
		false
	}
}

/// Pays out of a model's pool.
pub trait Paymaster<AccountId> {
	/// Whether the model has an open pool.
	fn can_pay(model: ModelId) -> bool;

	/// What [`Paymaster::pay`] would pay, without paying it.
	fn preview(
		model: ModelId,
		role: Role,
		parts: &[(AccountId, Part)],
	) -> Result<Vec<Balance>, DispatchError>;

	/// Credits each account with its part of what remains in the role's bucket.
	///
	/// Every part is of what remained before the call, so the order does not matter, and is rounded
	/// down; the dust stays in the bucket. Fails, with nothing changed, if the parts together are
	/// more than the bucket holds. Returns the amounts in the order of `parts`; the caller says
	/// in an event of its own what they were paid for.
	fn pay(
		model: ModelId,
		role: Role,
		parts: &[(AccountId, Part)],
	) -> Result<Vec<Balance>, DispatchError>;
}
