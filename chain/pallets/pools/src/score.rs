//! Scores, and the exact parts of an amount that they stand for.

use crate::Balance;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame::{
	arithmetic::{helpers_128bit::multiply_by_rational_with_rounding, Rounding},
	prelude::*,
};

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
