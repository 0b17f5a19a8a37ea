//! Upper bounds of what each call costs.
//!
//! Counted by hand rather than measured: every storage item that a call may touch is a read and,
//! where it is changed, a write at the database's price; the computation is given a fixed bound.

use frame::weights_prelude::*;

/// Picoseconds in a microsecond.
const MICROSECOND: u64 = 1_000_000;

pub trait WeightInfo {
	/// `n`: how many contributors are defined.
	fn define_contributors(n: u32) -> Weight;
	/// `n`: how many contributors are removed.
	fn remove_contributors(n: u32) -> Weight;
	fn open() -> Weight;
	/// `n`: how many contributors are selected.
	fn select(n: u32) -> Weight;
	fn submit_update() -> Weight;
	/// `n`: how many updates are scored.
	fn score(n: u32) -> Weight;
	/// `n`: how many updates there are.
	fn reward(n: u32) -> Weight;
	fn finalise() -> Weight;
	fn abort() -> Weight;
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
	/// Model, collective, count, running round; for each: the contributor, its wallet's client, its
	/// selection; the contributor, the old wallet and the new one are written.
	fn define_contributors(n: u32) -> Weight {
		Self::bound(30, 4, 1).saturating_add(Self::bound(15, 3, 3).saturating_mul(n.into()))
	}

	/// Model, collective, count, running round; for each: the contributor and its selection; the
	/// contributor and its wallet are written.
	fn remove_contributors(n: u32) -> Weight {
		Self::bound(30, 4, 1).saturating_add(Self::bound(15, 2, 2).saturating_mul(n.into()))
	}

	/// Model, collective, a closing and its proposal, latest version, running round, count, time.
	/// Writes: count, running round, round.
	fn open() -> Weight {
		Self::bound(50, 8, 3)
	}

	/// Model, collective and round; for each: the contributor and its selection.
	fn select(n: u32) -> Weight {
		Self::bound(30, 3, 1).saturating_add(Self::bound(15, 2, 1).saturating_mul(n.into()))
	}

	/// Round, wallet, selection, update, time. Writes: round, update.
	fn submit_update() -> Weight {
		Self::bound(60, 5, 2)
	}

	/// Model, collective and round; for each: the update.
	fn score(n: u32) -> Weight {
		Self::bound(30, 3, 1).saturating_add(Self::bound(15, 1, 1).saturating_mul(n.into()))
	}

	/// Model, collective, round, pool, allowance and the owner's own rewards; for each: the update
	/// and its contributor's allocation.
	fn reward(n: u32) -> Weight {
		Self::bound(60, 7, 4).saturating_add(Self::bound(30, 2, 2).saturating_mul(n.into()))
	}

	/// Model, collective, round, pool, parent version, time. Writes: model, version, round, running
	/// round.
	fn finalise() -> Weight {
		Self::bound(80, 7, 4)
	}

	/// Model, collective, round, time. Writes: round, running round.
	fn abort() -> Weight {
		Self::bound(40, 4, 2)
	}
}
