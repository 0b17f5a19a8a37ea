//! The parts that people play for a model, and how an amount is split among them.

use crate::Balance;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame::{
	arithmetic::{helpers_128bit::multiply_by_rational_with_rounding, Rounding},
	prelude::*,
};

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
