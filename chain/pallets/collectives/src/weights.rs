//! Upper bounds of what each call and each action costs.
//!
//! Counted by hand rather than measured: every storage item that a call may touch is a read and,
//! where it is changed, a write at the database's price; the computation is given a fixed bound.
//! An action that another pallet does costs what that pallet says of the call that does the same.

use crate::Action;
use frame::weights_prelude::*;

/// Picoseconds in a microsecond.
const MICROSECOND: u64 = 1_000_000;

pub trait WeightInfo {
	/// Without the action.
	fn decide() -> Weight;
	fn propose() -> Weight;
	fn vote() -> Weight;
	fn delegate() -> Weight;
	fn undelegate() -> Weight;
	fn resign() -> Weight;
	fn withdraw() -> Weight;
	/// `n`: how many members there are. Without the action.
	fn close(n: u32) -> Weight;
	/// Without the action.
	fn enact() -> Weight;

	fn approve_update() -> Weight;
	fn reject_update() -> Weight;
	/// To add or remove a member, or to change the weighting or the terms.
	fn reform() -> Weight;
	fn set_shares() -> Weight;
	fn set_licence() -> Weight;
	fn revoke_licence() -> Weight;
	fn set_staking() -> Weight;
	fn spend() -> Weight;
	fn slash() -> Weight;
	fn close_pool() -> Weight;
	fn set_allowance() -> Weight;
	fn cancel() -> Weight;
	fn settle_annotation() -> Weight;

	/// What doing an action costs.
	fn act<AccountId>(action: &Action<AccountId>) -> Weight {
		match action {
			Action::ApproveUpdate { .. } => Self::approve_update(),
			Action::RejectUpdate { .. } => Self::reject_update(),
			Action::AddMember { .. }
			| Action::RemoveMember { .. }
			| Action::SetWeighting { .. }
			| Action::SetTerms { .. } => Self::reform(),
			Action::SetShares { .. } => Self::set_shares(),
			Action::SetLicence { .. } => Self::set_licence(),
			Action::RevokeLicence { .. } => Self::revoke_licence(),
			Action::SetStaking { .. } => Self::set_staking(),
			Action::Spend { .. } => Self::spend(),
			Action::Slash { .. } => Self::slash(),
			Action::ClosePool => Self::close_pool(),
			Action::SetAllowance { .. } => Self::set_allowance(),
			Action::Cancel { .. } => Self::cancel(),
			Action::SettleAnnotation { .. } => Self::settle_annotation(),
		}
	}

	/// What the costliest action costs: charged before it is known which one it is.
	fn act_at_most() -> Weight {
		[
			Self::approve_update(),
			Self::reject_update(),
			Self::reform(),
			Self::set_shares(),
			Self::set_licence(),
			Self::revoke_licence(),
			Self::set_staking(),
			Self::spend(),
			Self::slash(),
			Self::close_pool(),
			Self::set_allowance(),
			Self::cancel(),
			Self::settle_annotation(),
		]
		.into_iter()
		.fold(Weight::zero(), |most, weight| most.max(weight))
	}
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
	/// Model, collective.
	fn decide() -> Weight {
		Self::bound(30, 2, 0)
	}

	/// Model, collective, open proposals, next id, time, the pool, the total of the wider electorate,
	/// the members' stakes, or earnings and what the owner decided of them, the proposer's account
	/// and holds. Writes: open proposals, next id, proposal, the model's list, the account and its
	/// holds.
	fn propose() -> Weight {
		Self::bound(150, 11, 6).saturating_add(Self::bound(10, 1, 0).saturating_mul(100))
	}

	/// Proposal, time, model, collective, weight and ballot; or the ballot, the stake and its lock;
	/// or the ballot, the holding and its five licences; the owner's own rewards. Writes: proposal,
	/// ballot, lock.
	fn vote() -> Weight {
		let lock = <pallet_stakes::weights::Bounds<T> as pallet_stakes::WeightInfo>::lock();
		Self::bound(100, 10, 2).saturating_add(lock)
	}

	/// Model, collective, open proposals, delegates, time, stake, earnings and what the owner
	/// decided of them. Writes: delegates.
	fn delegate() -> Weight {
		Self::bound(80, 8, 1)
	}

	/// Model, collective, open proposals, delegates, time. Writes: delegates.
	fn undelegate() -> Weight {
		Self::bound(60, 5, 1)
	}

	/// Model, collective, open proposals, delegates, time. Writes: collective, delegates.
	fn resign() -> Weight {
		Self::bound(80, 5, 2)
	}

	/// Proposal, time, open proposals, the proposer's account and holds, and the lock of its stake.
	/// All but the time are written.
	fn withdraw() -> Weight {
		let lock = <pallet_stakes::weights::Bounds<T> as pallet_stakes::WeightInfo>::lock();
		Self::bound(80, 5, 4).saturating_add(lock)
	}

	/// Proposal, time, model, collective, delegates, open proposals, the total of the wider
	/// electorate, the owner's own rewards, two accounts and the proposer's holds; for each member
	/// the ballot and the weight. Writes: proposal, open proposals, accounts and holds, what a pool
	/// is closed by.
	fn close(n: u32) -> Weight {
		Self::bound(150, 11, 7).saturating_add(Self::bound(15, 2, 0).saturating_mul(n.into()))
	}

	/// Proposal, time, model, collective. Writes: proposal, what a pool is closed by.
	fn enact() -> Weight {
		Self::bound(50, 4, 2)
	}

	fn approve_update() -> Weight {
		<pallet_updates::weights::Bounds<T> as pallet_updates::WeightInfo>::approve()
	}

	fn reject_update() -> Weight {
		<pallet_updates::weights::Bounds<T> as pallet_updates::WeightInfo>::reject()
	}

	/// Model, collective, delegates.
	fn reform() -> Weight {
		Self::bound(80, 3, 2)
	}

	/// Pool.
	fn set_shares() -> Weight {
		Self::bound(40, 1, 1)
	}

	fn set_licence() -> Weight {
		<pallet_licences::weights::Bounds<T> as pallet_licences::WeightInfo>::set_terms()
	}

	fn revoke_licence() -> Weight {
		<pallet_licences::weights::Bounds<T> as pallet_licences::WeightInfo>::revoke()
	}

	fn set_staking() -> Weight {
		<pallet_stakes::weights::Bounds<T> as pallet_stakes::WeightInfo>::set_staking()
	}

	fn spend() -> Weight {
		<pallet_pools::weights::Bounds<T> as pallet_pools::WeightInfo>::reward(1)
	}

	fn slash() -> Weight {
		<pallet_stakes::weights::Bounds<T> as pallet_stakes::WeightInfo>::slash()
	}

	fn close_pool() -> Weight {
		<pallet_pools::weights::Bounds<T> as pallet_pools::WeightInfo>::close()
	}

	/// Pool, model, collective, allowance.
	fn set_allowance() -> Weight {
		Self::bound(40, 4, 1)
	}

	/// Proposal, time.
	fn cancel() -> Weight {
		Self::bound(50, 2, 1)
	}

	fn settle_annotation() -> Weight {
		<pallet_annotations::weights::Bounds<T> as pallet_annotations::WeightInfo>::settle()
	}
}
