//! Upper bounds of what each call costs.
//!
//! Counted by hand rather than measured: every storage item that a call may touch is a read and,
//! where it is changed, a write at the database's price; the computation is given a fixed bound
//! that exceeds what hashing and encoding the largest arguments takes.

use frame::weights_prelude::*;

/// Picoseconds in a microsecond.
const MICROSECOND: u64 = 1_000_000;

pub trait WeightInfo {
	fn propose() -> Weight;
	fn withdraw() -> Weight;
	fn approve() -> Weight;
	fn reject() -> Weight;
}

/// The bounds at the price of the runtime's database.
pub struct Bounds<T>(PhantomData<T>);

impl<T: frame_system::Config> Bounds<T> {
	fn bound(microseconds: u64, reads: u64, writes: u64) -> Weight {
		Weight::from_parts(microseconds.saturating_mul(MICROSECOND), 0)
			.saturating_add(T::DbWeight::get().reads_writes(reads, writes))
	}
}

impl<T: frame_system::Config> WeightInfo for Bounds<T> {
	/// Model, next id, count, time. Writes: next id, count, update, the model's list.
	fn propose() -> Weight {
		Self::bound(80, 4, 4)
	}

	/// Update and count.
	fn withdraw() -> Weight {
		Self::bound(40, 2, 2)
	}

	/// Update, count, model, collective, parent version, time, pool, allocation and the owner's own
	/// rewards. Writes: update, count, model, version, pool, allocation, own rewards.
	fn approve() -> Weight {
		Self::bound(120, 9, 7)
	}

	/// Update, model, collective, count. Writes: update, count.
	fn reject() -> Weight {
		Self::bound(50, 4, 2)
	}
}
