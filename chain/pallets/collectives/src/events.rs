//! What a collective tells the world.

use frame::pallet_macros::pallet_section;

/// Complete enough to tell who governed a model when, who voted how, and what came of it.
#[pallet_section]
mod collective_events {
	#[pallet::event]
	#[pallet::generate_deposit(pub(super) fn deposit_event)]
	pub enum Event<T: Config> {
		/// The model's owner, alone in the collective, had an action done.
		Decided { model: ModelId, who: T::AccountId, action: Action<T::AccountId> },
		/// An account became a member, or a member got another weight.
		MemberSet { model: ModelId, who: T::AccountId, weight: u32 },
		/// The collective removed a member.
		MemberRemoved { model: ModelId, who: T::AccountId },
		/// A member left the collective.
		MemberResigned { model: ModelId, who: T::AccountId },
		/// Votes weigh by something else, in proposals made from now on.
		WeightingSet { model: ModelId, weighting: Weighting },
		/// The collective decides on other terms, in proposals made from now on.
		TermsSet { model: ModelId, terms: Terms },
		/// A member named another to vote where the member does not.
		Delegated { model: ModelId, from: T::AccountId, to: T::AccountId },
		/// Nobody votes for the member any more.
		Undelegated { model: ModelId, from: T::AccountId, to: T::AccountId },
		/// An action was put to the vote of `stage`; the proposer's `deposit` is held.
		Proposed {
			proposal: ProposalId,
			model: ModelId,
			proposer: T::AccountId,
			electorate: Electorate,
			stage: Stage,
			ends_ms: Moment,
			deposit: Balance,
		},
		/// An account voted, or changed its vote; `weight` is without conviction.
		Voted {
			proposal: ProposalId,
			stage: Stage,
			who: T::AccountId,
			vote: Vote,
			conviction: Conviction,
			weight: VoteWeight,
		},
		/// The proposer took a proposal back.
		Withdrawn { proposal: ProposalId, model: ModelId },
		/// The votes of a stage were counted.
		Closed {
			proposal: ProposalId,
			model: ModelId,
			stage: Stage,
			outcome: Outcome,
			tally: Tally,
		},
		/// The members approved, and the wider electorate votes until `ends_ms`.
		ReferendumOpened { proposal: ProposalId, model: ModelId, ends_ms: Moment },
		/// A deposit was given back to its proposer.
		DepositReturned { proposal: ProposalId, who: T::AccountId, amount: Balance },
		/// A deposit went to the fees account, because too few voted.
		DepositLost { proposal: ProposalId, who: T::AccountId, amount: Balance },
		/// An approved action was done.
		Executed { proposal: ProposalId, model: ModelId },
		/// An approved action was refused, and left nothing behind.
		Failed { proposal: ProposalId, model: ModelId, error: DispatchError },
		/// An approved action will not be done: its time passed, or one alone had approved it who
		/// is alone no more.
		Lapsed { proposal: ProposalId, model: ModelId },
		/// An approved action will not be done: the collective decided otherwise.
		Cancelled { proposal: ProposalId, model: ModelId },
		/// An approved action cannot be done yet: it waits, and can be tried again.
		Postponed { proposal: ProposalId, model: ModelId, error: DispatchError },
	}
}
