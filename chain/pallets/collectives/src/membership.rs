//! Who is a member, what a member weighs, and who votes for whom.

use crate::*;
use alloc::vec::Vec;
use frame::{prelude::*, traits::Time};
use pallet_models::{Governance, Membership, ModelRegistry};
use pallet_pools::{Earnings, Pooled};
use pallet_stakes::StakeOf;

impl<T: Config> Pallet<T> {
	/// The collective of a model: the owner alone, unless it is stored.
	pub fn collective(model: ModelId) -> Result<CollectiveFor<T>, Error<T>> {
		if let Some(collective) = Collectives::<T>::get(model) {
			return Ok(collective);
		}
		let owner = T::Models::owner(model).ok_or(Error::<T>::UnknownModel)?;
		let mut members = Members::new();
		// There is room for one.
		members.try_insert(owner, 1).map_err(|_| Error::<T>::TooManyMembers)?;
		let terms = Terms::with_deposit(T::MinimumDeposit::get());
		Ok(Collective { members, weighting: Weighting::default(), terms })
	}

	/// Takes in a member, or gives one another weight.
	pub(crate) fn set_member(model: ModelId, who: T::AccountId, weight: u32) -> DispatchResult {
		ensure!(weight > 0, Error::<T>::WeightZero);
		let mut collective = Self::collective(model)?;
		collective
			.members
			.try_insert(who.clone(), weight)
			.map_err(|_| Error::<T>::TooManyMembers)?;
		Collectives::<T>::insert(model, collective);
		Self::deposit_event(Event::MemberSet { model, who, weight });
		Ok(())
	}

	/// Takes a member out, and the delegations from and to it.
	pub(crate) fn drop_member(
		model: ModelId,
		mut collective: CollectiveFor<T>,
		who: &T::AccountId,
	) -> DispatchResult {
		collective.members.remove(who).ok_or(Error::<T>::UnknownMember)?;
		ensure!(!collective.members.is_empty(), Error::<T>::LastMember);
		Collectives::<T>::insert(model, collective);
		Delegations::<T>::mutate_exists(model, |delegations| {
			let Some(all) = delegations else { return };
			all.retain(|from, delegation| {
				let stays = from != who && delegation.to != *who;
				if !stays {
					let (from, to) = (from.clone(), delegation.to.clone());
					Self::deposit_event(Event::Undelegated { model, from, to });
				}
				stays
			});
			if all.is_empty() {
				*delegations = None;
			}
		});
		Ok(())
	}

	/// What a member weighs now.
	pub(crate) fn weight(
		model: ModelId,
		who: &T::AccountId,
		assigned: u32,
		weighting: Weighting,
	) -> VoteWeight {
		match weighting {
			Weighting::Assigned => assigned.into(),
			Weighting::ByStake => T::Stakes::staked(model, who),
			Weighting::ByContribution => T::Pools::earned(model, who),
		}
	}

	/// What votes weigh in a proposal that is made now: by the assigned weights, should too few in
	/// the collective weigh anything otherwise.
	///
	/// Those are fewer than must say aye, as nothing could be approved. By stake it is nobody while
	/// the pool is open: any member can stake then, and those who are outweighed must not change the
	/// weighting by taking their stakes out.
	pub(crate) fn weighting_now(model: ModelId, collective: &CollectiveFor<T>) -> Weighting {
		let weighs = |(who, assigned): &(&T::AccountId, &u32)| {
			Self::weight(model, who, **assigned, collective.weighting) > 0
		};
		let needed = match collective.weighting {
			Weighting::ByStake if T::Pools::is_open(model) => 1,
			_ => collective.members.len().min(MIN_AYES as usize),
		};
		match collective.members.iter().filter(weighs).count() >= needed {
			true => collective.weighting,
			false => Weighting::Assigned,
		}
	}

	/// What all members weigh together now.
	pub(crate) fn members_weight(
		model: ModelId,
		collective: &CollectiveFor<T>,
		weighting: Weighting,
	) -> VoteWeight {
		let weight =
			|(who, assigned): (&T::AccountId, &u32)| Self::weight(model, who, *assigned, weighting);
		collective.members.iter().map(weight).fold(0, VoteWeight::saturating_add)
	}

	pub(crate) fn do_delegate(
		from: T::AccountId,
		model: ModelId,
		to: T::AccountId,
	) -> DispatchResult {
		let members = Self::collective(model)?.members;
		let assigned = *members.get(&from).ok_or(Error::<T>::NotMember)?;
		ensure!(members.contains_key(&to), Error::<T>::UnknownMember);
		ensure!(from != to, Error::<T>::DelegateToSelf);
		Self::ensure_none_to_close(model)?;
		let weight = |weighting| Self::weight(model, &from, assigned, weighting);
		let weights = Weights {
			assigned: weight(Weighting::Assigned),
			staked: weight(Weighting::ByStake),
			earned: weight(Weighting::ByContribution),
		};
		Delegations::<T>::try_mutate(model, |delegations| {
			ensure!(!delegations.contains_key(&to), Error::<T>::DelegateDelegates);
			ensure!(
				delegations.values().all(|delegation| delegation.to != from),
				Error::<T>::DelegatedTo
			);
			// There are no more delegations than members.
			delegations
				.try_insert(from.clone(), Delegation { to: to.clone(), weights })
				.map_err(|_| Error::<T>::TooManyMembers)
		})?;
		Self::deposit_event(Event::Delegated { model, from, to });
		Ok(())
	}

	/// Refuses while the members' vote on a proposal is over and not counted.
	pub(crate) fn ensure_none_to_close(model: ModelId) -> Result<(), Error<T>> {
		let now = T::Time::now();
		let is_over = |open: &OpenProposal<_>| open.members_until_ms.is_some_and(|end| now >= end);
		ensure!(!Open::<T>::get(model).values().any(is_over), Error::<T>::CloseFirst);
		Ok(())
	}

	/// The collective of a model as others see it, or none if there is no such model.
	pub fn collective_of(model: ModelId) -> Option<CollectiveOf<T::AccountId>> {
		let collective = Self::collective(model).ok()?;
		let delegations = Delegations::<T>::get(model);
		let weighting = Self::weighting_now(model, &collective);
		let members: Vec<_> = collective
			.members
			.iter()
			.map(|(who, assigned)| MemberOf {
				who: who.clone(),
				assigned: *assigned,
				weight: Self::weight(model, who, *assigned, weighting),
				delegate: delegations.get(who).map(|delegation| delegation.to.clone()),
			})
			.collect();
		Some(CollectiveOf {
			members,
			weighting: collective.weighting,
			terms: collective.terms,
			owner_decides: <Self as Governance>::owner_decides(model),
			counts_by: weighting,
			settle_ms: <Self as Governance>::settle_ms(model),
		})
	}
}

impl<T: Config> Membership<T::AccountId> for Pallet<T> {
	fn is_member(model: ModelId, who: &T::AccountId) -> bool {
		Self::collective(model).is_ok_and(|collective| collective.members.contains_key(who))
	}
}

/// The owner decides while nobody else is a member, and operates rounds and tasks while a member.
impl<T: Config> Governance for Pallet<T> {
	fn owner_decides(model: ModelId) -> bool {
		Collectives::<T>::get(model).is_none_or(|collective| {
			let owner = T::Models::owner(model);
			collective.members.len() == 1
				&& owner.is_some_and(|owner| collective.members.contains_key(&owner))
		})
	}

	fn owner_operates(model: ModelId) -> bool {
		T::Models::owner(model).is_some_and(|owner| Self::is_member(model, &owner))
	}

	fn settle_ms(model: ModelId) -> Moment {
		match Self::collective(model) {
			Ok(collective) if !Self::owner_decides(model) => collective.terms.settle_ms(),
			_ => 0,
		}
	}

	fn pool_closes(model: ModelId) -> bool {
		ClosingBy::<T>::get(model).is_some_and(|proposal| Self::waiting(model, proposal).is_ok())
	}
}
