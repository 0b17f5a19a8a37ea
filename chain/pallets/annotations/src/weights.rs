//! Upper bounds of what each call costs.
//!
//! Counted by hand rather than measured: every storage item that a call may touch is a read and,
//! where it is changed, a write at the database's price; the computation is given a fixed bound
//! that exceeds what hashing and encoding the largest arguments takes. A batch has at most
//! `MaxAnswers` places, in one storage item.

use frame::weights_prelude::*;

/// Picoseconds in a microsecond.
const MICROSECOND: u64 = 1_000_000;

pub trait WeightInfo {
	fn open() -> Weight;
	fn stop() -> Weight;
	fn take() -> Weight;
	fn release() -> Weight;
	fn commit() -> Weight;
	fn reveal() -> Weight;
	/// `n`: how many answers are scored.
	fn score(n: u32) -> Weight;
	fn report() -> Weight;
	fn dispute() -> Weight;
	/// `n`: how many answers are paid.
	fn award(n: u32) -> Weight;
	fn close() -> Weight;
	/// What the collective does to settle answers.
	fn settle() -> Weight;
}

/// The bounds at the price of the runtime's database.
pub struct Bounds<T>(PhantomData<T>);

impl<T: frame_system::Config> Bounds<T> {
	fn bound(microseconds: u64, reads: u64, writes: u64) -> Weight {
		Weight::from_parts(microseconds.saturating_mul(MICROSECOND), 0)
			.saturating_add(T::DbWeight::get().reads_writes(reads, writes))
	}

	fn slash() -> Weight {
		<pallet_stakes::weights::Bounds<T> as pallet_stakes::WeightInfo>::slash()
	}

	fn lock() -> Weight {
		<pallet_stakes::weights::Bounds<T> as pallet_stakes::WeightInfo>::lock()
	}

	/// For answers that are settled: the assignment, the annotator, the pool, the account's allocation
	/// and the owner's own rewards, all written; time, model and collective; the lock of the stake.
	fn pay() -> Weight {
		Self::bound(70, 8, 5).saturating_add(Self::lock())
	}
}

impl<T: frame_system::Config> WeightInfo for Bounds<T> {
	/// Model, collective, time, what closes the pool and that proposal, pool, allowance, count, next
	/// id. The last four are written, and the task and the model's list.
	fn open() -> Weight {
		Self::bound(140, 9, 6)
	}

	/// Task, model, collective, time.
	fn stop() -> Weight {
		Self::bound(60, 4, 1)
	}

	/// Task, time, stake, annotator, assignment, batch, and the lock of the stake. Writes: task,
	/// annotator, assignment, batch.
	fn take() -> Weight {
		Self::bound(80, 6, 4).saturating_add(Self::lock())
	}

	/// Task, time, annotator, batch, and the lock of the stake. Writes: annotator, assignment,
	/// batch.
	fn release() -> Weight {
		Self::bound(60, 4, 3).saturating_add(Self::lock())
	}

	/// Task, time, annotator, batch, and the lock of the stake. Writes: these but the time, and the
	/// assignment.
	fn commit() -> Weight {
		Self::bound(60, 4, 4).saturating_add(Self::lock())
	}

	/// Task, time, batch, assignment. Writes: task, assignment.
	fn reveal() -> Weight {
		Self::bound(80, 4, 2)
	}

	/// Task, model, collective, time; for each: the assignment.
	fn score(n: u32) -> Weight {
		Self::bound(60, 4, 0).saturating_add(Self::bound(20, 1, 1).saturating_mul(n.into()))
	}

	/// Task, model, collective, time; the answers are settled and the stake slashed.
	fn report() -> Weight {
		Self::bound(60, 4, 1).saturating_add(Self::pay()).saturating_add(Self::slash())
	}

	/// Task, time, assignment.
	fn dispute() -> Weight {
		Self::bound(50, 3, 1)
	}

	/// Task, time; for each: what it takes to settle it.
	fn award(n: u32) -> Weight {
		Self::bound(50, 2, 1).saturating_add(Self::pay().saturating_mul(n.into()))
	}

	/// Task, time, pool, count. All but the time are written.
	fn close() -> Weight {
		Self::bound(80, 4, 3)
	}

	/// Task, time; the answers are settled and the stake slashed.
	fn settle() -> Weight {
		Self::bound(50, 2, 1).saturating_add(Self::pay()).saturating_add(Self::slash())
	}
}
