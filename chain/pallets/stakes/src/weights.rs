//! Upper bounds of what each call costs.
//!
//! Counted by hand rather than measured: every storage item that a call may touch is a read and,
//! where it is changed, a write at the database's price; the computation is given a fixed bound
//! that exceeds what going through the longest list of unbonding parts or locks takes.
//! A transfer of the pool's asset touches at most the asset, two asset accounts and two system
//! accounts: [`TRANSFER_ITEMS`] reads and writes.

use frame::weights_prelude::*;

/// Picoseconds in a microsecond.
const MICROSECOND: u64 = 1_000_000;
/// Storage items that a transfer reads and writes at most.
const TRANSFER_ITEMS: u64 = 5;

pub trait WeightInfo {
	fn stake() -> Weight;
	fn unstake() -> Weight;
	fn restake() -> Weight;
	fn withdraw() -> Weight;
	/// What one slash costs, by whoever it is decided.
	fn slash() -> Weight;
	/// What setting the terms costs, by whoever it is decided.
	fn set_staking() -> Weight;
	/// What setting or ending a lock costs.
	fn lock() -> Weight;
}

/// The bounds at the price of the runtime's database.
pub struct Bounds<T>(PhantomData<T>);

impl<T: frame_system::Config> Bounds<T> {
	fn bound(microseconds: u64, reads: u64, writes: u64) -> Weight {
		Weight::from_parts(microseconds.saturating_mul(MICROSECOND), 0)
			.saturating_add(T::DbWeight::get().reads_writes(reads, writes))
	}

	/// A transfer of all that is in the escrow account; its provider reference.
	fn close_escrow() -> Weight {
		Self::bound(80, TRANSFER_ITEMS, TRANSFER_ITEMS)
	}
}

impl<T: frame_system::Config> WeightInfo for Bounds<T> {
	/// Pool, asset, escrow, terms, stake and a transfer; the deposit goes the same way again.
	fn stake() -> Weight {
		Self::bound(200, 5 + TRANSFER_ITEMS, 2 + TRANSFER_ITEMS)
	}

	/// Time, terms, pool, asset, stake, locks, escrow.
	fn unstake() -> Weight {
		Self::bound(60, 7, 3)
	}

	/// Pool, asset, terms, stake, escrow.
	fn restake() -> Weight {
		Self::bound(60, 5, 2)
	}

	/// Pool, time, stake, escrow and a transfer; the escrow is closed.
	fn withdraw() -> Weight {
		Self::bound(120, 4 + TRANSFER_ITEMS, 2 + TRANSFER_ITEMS)
			.saturating_add(Self::close_escrow())
	}

	/// Model, collective, pool, time, stake, terms, escrow, what the fees account has of the asset
	/// and of the native token, and a transfer; the escrow is closed.
	fn slash() -> Weight {
		Self::bound(150, 9 + TRANSFER_ITEMS, 3 + TRANSFER_ITEMS)
			.saturating_add(Self::close_escrow())
	}

	/// Model and terms.
	fn set_staking() -> Weight {
		Self::bound(20, 1, 1)
	}

	/// Time, stake and locks.
	fn lock() -> Weight {
		Self::bound(30, 3, 1)
	}
}
