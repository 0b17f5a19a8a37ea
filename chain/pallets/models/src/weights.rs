//! Upper bounds of what each call costs.
//!
//! Counted by hand rather than measured: every storage item that a call may touch is a read and,
//! where it is changed, a write at the database's price; the computation is given a fixed bound
//! that exceeds what hashing and encoding the largest arguments takes.

use frame::weights_prelude::*;

/// Picoseconds in a microsecond.
const MICROSECOND: u64 = 1_000_000;

pub trait WeightInfo {
	fn register() -> Weight;
	fn publish_version() -> Weight;
}

/// The bounds at the price of the runtime's database.
pub struct Bounds<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for Bounds<T> {
	/// Reads: next id, genesis hash, time. Writes: next id, model, GUID, version.
	fn register() -> Weight {
		Weight::from_parts(60 * MICROSECOND, 0)
			.saturating_add(T::DbWeight::get().reads_writes(3, 4))
	}

	/// Reads: model, collective, parent, time. Writes: model, version.
	fn publish_version() -> Weight {
		Weight::from_parts(50 * MICROSECOND, 0)
			.saturating_add(T::DbWeight::get().reads_writes(4, 2))
	}
}
