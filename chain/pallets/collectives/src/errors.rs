//! Why a collective refuses.

use frame::pallet_macros::pallet_section;

#[pallet_section]
mod collective_errors {
	#[pallet::error]
	pub enum Error<T> {
		/// There is no such model.
		UnknownModel,
		/// Only the model's owner may do this.
		NotOwner,
		/// The collective has other members, so this goes by vote only.
		CollectiveDecides,
		/// Only a member of the model's collective may do this.
		NotMember,
		/// There is no such member.
		UnknownMember,
		/// The collective has as many members as allowed: `MaxMembers`.
		TooManyMembers,
		/// The last member cannot leave.
		LastMember,
		/// A member's weight must not be zero.
		WeightZero,
		/// A threshold must be at least half and less than the whole, in parts per million.
		ThresholdOutOfRange,
		/// A quorum must not be more than the whole, in parts per million.
		QuorumOutOfRange,
		/// A period is shorter than `MinPeriodMs` or longer than `MaxPeriodMs`.
		PeriodOutOfRange,
		/// The time to enact in is shorter than `MinEnactWithinMs`: nobody might find the time to.
		EnactWithinTooShort,
		/// The deposit is below `MinimumDeposit` or above `MaximumDeposit`.
		DepositOutOfRange,
		/// A score is above one.
		ScoreAboveOne,
		/// The shares of all roles must sum to exactly 1,000,000 parts per million.
		SharesDoNotSum,
		/// A member cannot be its own delegate.
		DelegateToSelf,
		/// Who has a delegate cannot be one.
		DelegateDelegates,
		/// Who is a delegate cannot have one.
		DelegatedTo,
		/// The member has no delegate.
		NoDelegate,
		/// The voting on a proposal of the collective is over: it must be closed first, so that
		/// nobody changes its outcome afterwards.
		CloseFirst,
		/// The text points nowhere: its CID or URI is empty.
		LocationEmpty,
		/// The collective has as many open proposals as allowed, `MaxOpen`, and the signer has made
		/// one of them.
		TooManyProposals,
		/// The signer has as many open proposals in the collective as allowed: `MaxOpen` by the
		/// number of members, but at least one.
		TooManyOfProposer,
		/// The signer cannot pay the deposit.
		CannotPayDeposit,
		/// All proposal ids are used up.
		IdsExhausted,
		/// There is no such proposal.
		UnknownProposal,
		/// Only the account that proposed it may do this.
		NotProposer,
		/// The proposal is not voted on any more.
		VotingOver,
		/// The proposal is still voted on, and votes to come may change the outcome.
		VotingRuns,
		/// Others have voted on the proposal.
		OthersVoted,
		/// Conviction needs a stake to lock: only a referendum among stakers takes it.
		ConvictionWithoutStake,
		/// The account is not of the electorate: it has nothing at stake in the model, or held no
		/// licence of it that was paid for when the referendum began.
		NotInElectorate,
		/// The proposal was not approved, or was enacted or cancelled already.
		NotApproved,
		/// The proposal cannot be enacted yet.
		TooEarly,
		/// The proposal does not wait to be enacted, so it cannot be cancelled: it is voted on, was
		/// not approved, was enacted or cancelled already, or its time has passed.
		NotWaiting,
	}
}
