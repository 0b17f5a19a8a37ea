//! Upper bounds of what each call costs.
//!
//! Counted by hand rather than measured: every storage item that a call may touch is a read and,
//! where it is changed, a write at the database's price; the computation is given a fixed bound
//! that exceeds what encoding the longest terms takes. A transfer of the pool's asset touches at
//! most the asset, two asset accounts and two system accounts: [`TRANSFER_ITEMS`] reads and writes.

use frame::weights_prelude::*;

/// Picoseconds in a microsecond.
const MICROSECOND: u64 = 1_000_000;
/// Storage items that a transfer reads and writes at most.
const TRANSFER_ITEMS: u64 = 5;
/// Storage items that counting a licence changes: holding, sold, holders, those who paid, expiry.
const COUNTED_ITEMS: u64 = 5;
/// Storage items that counting a licence reads: those and the holder's four other licences.
const COUNTED_READS: u64 = COUNTED_ITEMS + 4;

pub trait WeightInfo {
	/// What setting terms costs, by whoever it is decided.
	fn set_terms() -> Weight;
	/// `n`: how many expired licences are taken off the counts. The same for a renewal.
	fn buy(n: u32) -> Weight;
	fn transfer() -> Weight;
	/// What revoking costs, by whoever it is decided.
	fn revoke() -> Weight;
	fn deliver() -> Weight;
	fn set_encryption_key() -> Weight;
	/// `n`: how many expired licences are taken off the counts.
	fn prune(n: u32) -> Weight;
	fn set_platform() -> Weight;
	fn resign() -> Weight;
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
	/// Model, collective, pool, offer, and that the model is restricted.
	fn set_terms() -> Weight {
		Self::bound(40, 3, 2)
	}

	/// Offer, time, own licence and its index, next id, pool, platform and its account; two
	/// transfers that share the buyer's side; the counts; another licence of the buyer's that has
	/// expired, and those that are pruned.
	fn buy(n: u32) -> Weight {
		let expired = n.saturating_add(1);
		Self::bound(
			200,
			8 + 2 * TRANSFER_ITEMS + COUNTED_READS,
			4 + 2 * TRANSFER_ITEMS + COUNTED_ITEMS,
		)
		.saturating_add(Self::prune(expired))
	}

	/// The licence, time, the counts of both holders, and an expired licence of the new one's.
	fn transfer() -> Weight {
		Self::bound(60, 2 + 2 * COUNTED_READS, 1 + 2 * COUNTED_ITEMS).saturating_add(Self::prune(1))
	}

	/// The licence, model, collective and the counts.
	fn revoke() -> Weight {
		Self::bound(60, 3 + COUNTED_READS, 1 + COUNTED_ITEMS)
	}

	/// The licence, version, model, collective and time; the signer's delivery.
	fn deliver() -> Weight {
		Self::bound(40, 5, 1)
	}

	/// The licence and time.
	fn set_encryption_key() -> Weight {
		Self::bound(30, 2, 1)
	}

	/// The time and the first expiry that is to come; of each licence itself, its expiry and the
	/// counts.
	fn prune(n: u32) -> Weight {
		Self::bound(20, 2, 0).saturating_add(
			Self::bound(20, 1 + COUNTED_READS, COUNTED_ITEMS).saturating_mul(n.into()),
		)
	}

	/// The platform's share.
	fn set_platform() -> Weight {
		Self::bound(10, 0, 1)
	}

	/// The licence and the counts.
	fn resign() -> Weight {
		Self::bound(60, 1 + COUNTED_READS, 1 + COUNTED_ITEMS)
	}
}
