//! Upper bounds of what each call costs.
//!
//! Counted by hand rather than measured: every storage item that a call may touch is a read and,
//! where it is changed, a write at the database's price; the computation is given a fixed bound.
//! A transfer of the pool's asset touches at most the asset, two asset accounts and two system
//! accounts: [`TRANSFER_ITEMS`] reads and writes.

use frame::weights_prelude::*;

/// Picoseconds in a microsecond.
const MICROSECOND: u64 = 1_000_000;
/// Storage items that a transfer reads and writes at most.
const TRANSFER_ITEMS: u64 = 5;

pub trait WeightInfo {
	fn create() -> Weight;
	fn fund() -> Weight;
	/// `n`: how many accounts are rewarded.
	fn reward(n: u32) -> Weight;
	fn claim() -> Weight;
	fn close() -> Weight;
	fn refund() -> Weight;
	fn settle() -> Weight;
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
	/// Model, collective, asset, time, pool, contribution and a transfer; the escrow's provider
	/// reference.
	fn create() -> Weight {
		Self::bound(120, 6 + TRANSFER_ITEMS, 2 + TRANSFER_ITEMS)
	}

	/// Pool, contribution and a transfer.
	fn fund() -> Weight {
		Self::bound(100, 2 + TRANSFER_ITEMS, 2 + TRANSFER_ITEMS)
	}

	/// Model, collective, pool and the owner's own rewards; an allocation per account.
	fn reward(n: u32) -> Weight {
		Self::bound(50, 4, 2).saturating_add(Self::bound(20, 1, 1).saturating_mul(n.into()))
	}

	/// Pool, allocation, a transfer, and a settlement.
	fn claim() -> Weight {
		Self::bound(100, 2 + TRANSFER_ITEMS, 2 + TRANSFER_ITEMS).saturating_add(Self::settle())
	}

	/// Model, collective, pool, lock, the owner's allocation and own rewards, the allowance, and a
	/// refund.
	fn close() -> Weight {
		Self::bound(50, 7, 4).saturating_add(Self::refund())
	}

	/// Pool, contribution, a transfer, and a settlement.
	fn refund() -> Weight {
		Self::bound(100, 2 + TRANSFER_ITEMS, 2 + TRANSFER_ITEMS).saturating_add(Self::settle())
	}

	/// Pool and a transfer; the escrow's provider reference.
	fn settle() -> Weight {
		Self::bound(100, 2 + TRANSFER_ITEMS, 1 + TRANSFER_ITEMS)
	}
}
