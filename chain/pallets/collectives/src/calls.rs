//! What may be done in a collective.

use frame::pallet_macros::pallet_section;

#[pallet_section]
mod collective_calls {
	#[pallet::call]
	impl<T: Config> Pallet<T> {
		/// Do what a collective could vote on, being its only member.
		///
		/// ## Dispatch Origin
		///
		/// Signed by the model's owner, while nobody else is a member of the model's collective.
		///
		/// ## Details
		///
		/// The action is done at once, or the call fails with its error. To ask a wider electorate
		/// first, [`Pallet::propose`].
		///
		/// ## Errors
		///
		/// - [`Error::UnknownModel`], [`Error::NotOwner`]: the signer does not own such a model.
		/// - [`Error::CollectiveDecides`]: the collective has other members.
		/// - [`Error::ScoreAboveOne`], [`Error::SharesDoNotSum`], [`Error::WeightZero`],
		///   [`Error::ThresholdOutOfRange`], [`Error::QuorumOutOfRange`],
		///   [`Error::PeriodOutOfRange`], [`Error::EnactWithinTooShort`],
		///   [`Error::DepositOutOfRange`]: the action makes no sense.
		/// - [`Error::TooManyMembers`], [`Error::UnknownMember`], [`Error::LastMember`]: the member
		///   cannot be added or removed.
		/// - [`Error::UnknownProposal`], [`Error::NotWaiting`]: there is nothing to cancel.
		/// - The error of the action.
		///
		/// ## Events
		///
		/// - [`Event::Decided`], after those of the action.
		#[pallet::call_index(0)]
		#[pallet::weight(T::WeightInfo::decide().saturating_add(T::WeightInfo::act(action)))]
		pub fn decide(
			origin: OriginFor<T>,
			model: ModelId,
			action: Action<T::AccountId>,
		) -> DispatchResult {
			let who = ensure_signed(origin)?;
			let owner = T::Models::owner(model).ok_or(Error::<T>::UnknownModel)?;
			ensure!(who == owner, Error::<T>::NotOwner);
			ensure!(<Self as Governance>::owner_decides(model), Error::<T>::CollectiveDecides);
			action.ensure_sound::<T>(model)?;
			Self::act(model, action.clone())?;
			Self::deposit_event(Event::Decided { model, who, action });
			Ok(())
		}

		/// Put an action to the vote.
		///
		/// ## Dispatch Origin
		///
		/// Signed by a member of the model's collective.
		///
		/// ## Details
		///
		/// The collective's deposit is held on the signer's account. It is given back when the
		/// proposal reached its quorum or was withdrawn, and lost to the fees account otherwise.
		///
		/// The members vote first. With a wider `electorate`, a referendum follows once they have
		/// approved; it opens at once if the signer is the owner, alone in the collective.
		///
		/// Proposing is not voting: the proposer votes like any other.
		///
		/// ## Errors
		///
		/// - [`Error::UnknownModel`], [`Error::NotMember`]: the signer is not a member of the
		///   collective of such a model.
		/// - [`Error::ScoreAboveOne`], [`Error::SharesDoNotSum`], [`Error::WeightZero`],
		///   [`Error::ThresholdOutOfRange`], [`Error::QuorumOutOfRange`],
		///   [`Error::PeriodOutOfRange`], [`Error::EnactWithinTooShort`],
		///   [`Error::DepositOutOfRange`]: the action makes no sense.
		/// - [`Error::UnknownProposal`], [`Error::NotWaiting`]: there is nothing to cancel.
		/// - [`Error::LocationEmpty`]: the text is nowhere.
		/// - [`Error::TooManyProposals`], [`Error::TooManyOfProposer`]: others must be closed first.
		/// - [`Error::CannotPayDeposit`]: the signer has too little.
		/// - [`Error::IdsExhausted`]: no id is left.
		///
		/// ## Events
		///
		/// - [`Event::Proposed`].
		#[pallet::call_index(1)]
		#[pallet::weight(T::WeightInfo::propose())]
		pub fn propose(
			origin: OriginFor<T>,
			model: ModelId,
			action: Action<T::AccountId>,
			text: Option<Document>,
			electorate: Electorate,
		) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_propose(who, model, action, text, electorate)
		}

		/// Vote on a proposal, or change one's vote.
		///
		/// ## Dispatch Origin
		///
		/// Signed by a member, or in a referendum by whoever is of its electorate.
		///
		/// ## Details
		///
		/// The vote may be changed until the period ends or the proposal is closed; the last one
		/// counts. An abstention counts for the quorum alone.
		///
		/// In a referendum among stakers all that the signer has at stake votes, times 0.1 without
		/// conviction and up to 6 with it. It stays locked until the end of the vote and for as many
		/// lock periods of the terms as the conviction says; it can still be slashed. A changed vote
		/// replaces the lock. Among licence holders each account has one vote, if it held a licence
		/// that was paid for before the referendum opened.
		///
		/// ## Errors
		///
		/// - [`Error::UnknownProposal`]: there is no such proposal.
		/// - [`Error::VotingOver`]: it is not voted on any more.
		/// - [`Error::NotMember`], [`Error::NotInElectorate`]: the signer has no vote in it.
		/// - [`Error::ConvictionWithoutStake`]: the electorate has no stake to lock.
		/// - An error of the stakes, should the signer have too many locks.
		///
		/// ## Events
		///
		/// - [`Event::Voted`].
		#[pallet::call_index(2)]
		#[pallet::weight(T::WeightInfo::vote())]
		pub fn vote(
			origin: OriginFor<T>,
			proposal: ProposalId,
			vote: Vote,
			conviction: Conviction,
		) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_vote(who, proposal, vote, conviction)
		}

		/// Let another member vote where the signer does not.
		///
		/// ## Dispatch Origin
		///
		/// Signed by a member of the model's collective.
		///
		/// ## Details
		///
		/// Holds for open proposals too, from the vote that the delegate has given or will give.
		/// The signer brings at most what it weighs now; said again, what it weighs then. A vote of
		/// the signer's own goes before the delegate's. Who is a delegate cannot have one.
		///
		/// ## Errors
		///
		/// - [`Error::UnknownModel`], [`Error::NotMember`]: the signer is not a member of the
		///   collective of such a model.
		/// - [`Error::UnknownMember`]: the delegate is not a member.
		/// - [`Error::DelegateToSelf`], [`Error::DelegateDelegates`], [`Error::DelegatedTo`]:
		///   delegation is one step deep.
		/// - [`Error::CloseFirst`]: a proposal is to be closed.
		///
		/// ## Events
		///
		/// - [`Event::Delegated`].
		#[pallet::call_index(3)]
		#[pallet::weight(T::WeightInfo::delegate())]
		pub fn delegate(origin: OriginFor<T>, model: ModelId, to: T::AccountId) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_delegate(who, model, to)
		}

		/// Have nobody vote for the signer any more.
		///
		/// ## Dispatch Origin
		///
		/// Signed by a member of the model's collective who has a delegate.
		///
		/// ## Details
		///
		/// Holds for open proposals too.
		///
		/// ## Errors
		///
		/// - [`Error::NoDelegate`]: the signer has no delegate.
		/// - [`Error::CloseFirst`]: a proposal is to be closed.
		///
		/// ## Events
		///
		/// - [`Event::Undelegated`].
		#[pallet::call_index(4)]
		#[pallet::weight(T::WeightInfo::undelegate())]
		pub fn undelegate(origin: OriginFor<T>, model: ModelId) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::ensure_none_to_close(model)?;
			let delegation =
				Delegations::<T>::mutate(model, |delegations| delegations.remove(&who))
					.ok_or(Error::<T>::NoDelegate)?;
			Self::deposit_event(Event::Undelegated { model, from: who, to: delegation.to });
			Ok(())
		}

		/// Leave the collective of a model.
		///
		/// ## Dispatch Origin
		///
		/// Signed by a member of the model's collective.
		///
		/// ## Details
		///
		/// The signer's votes on open proposals count no more, nor do delegations from or to the
		/// signer. If the owner is left alone, the owner decides. Should the owner leave, those who
		/// remain govern.
		///
		/// ## Errors
		///
		/// - [`Error::UnknownModel`], [`Error::NotMember`]: the signer is not a member of the
		///   collective of such a model.
		/// - [`Error::LastMember`]: the signer is the only one.
		/// - [`Error::CloseFirst`]: a proposal is to be closed.
		///
		/// ## Events
		///
		/// - [`Event::MemberResigned`]; [`Event::Undelegated`] for each delegation that ends.
		#[pallet::call_index(5)]
		#[pallet::weight(T::WeightInfo::resign())]
		pub fn resign(origin: OriginFor<T>, model: ModelId) -> DispatchResult {
			let who = ensure_signed(origin)?;
			let collective = Self::collective(model)?;
			ensure!(collective.members.contains_key(&who), Error::<T>::NotMember);
			Self::ensure_none_to_close(model)?;
			Self::drop_member(model, collective, &who)?;
			Self::deposit_event(Event::MemberResigned { model, who });
			Ok(())
		}

		/// Take a proposal back.
		///
		/// ## Dispatch Origin
		///
		/// Signed by the account that proposed it.
		///
		/// ## Details
		///
		/// Possible while it is voted on and nobody else has voted. The deposit is given back, and
		/// a stake that the proposer locked by voting is locked no more.
		///
		/// ## Errors
		///
		/// - [`Error::UnknownProposal`]: there is no such proposal.
		/// - [`Error::NotProposer`]: the signer did not propose it.
		/// - [`Error::VotingOver`]: it is not voted on any more.
		/// - [`Error::OthersVoted`]: somebody else has voted.
		///
		/// ## Events
		///
		/// - [`Event::Withdrawn`], [`Event::DepositReturned`].
		#[pallet::call_index(6)]
		#[pallet::weight(T::WeightInfo::withdraw())]
		pub fn withdraw(origin: OriginFor<T>, proposal: ProposalId) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_withdraw(who, proposal)
		}

		/// Count the votes.
		///
		/// ## Dispatch Origin
		///
		/// Signed. Anyone may close a proposal.
		///
		/// ## Details
		///
		/// After the voting period; or before, when the members' ayes are more than the threshold
		/// of all weight, so that no vote to come matters. A referendum runs to its end, because its
		/// electorate may grow.
		///
		/// What the members approved goes to the referendum, if there is to be one. What was
		/// approved in the end is enacted, at once if the terms set no delay or if it is to cancel
		/// something.
		///
		/// Costs at most what counting all members and the costliest action do; what was not needed
		/// is given back.
		///
		/// ## Errors
		///
		/// - [`Error::UnknownProposal`]: there is no such proposal.
		/// - [`Error::VotingOver`]: it was closed or withdrawn.
		/// - [`Error::VotingRuns`]: votes to come may change the outcome.
		///
		/// ## Events
		///
		/// - [`Event::Closed`], and [`Event::ReferendumOpened`] if one follows;
		/// - otherwise [`Event::DepositReturned`] or [`Event::DepositLost`];
		/// - [`Event::Executed`], [`Event::Failed`], [`Event::Postponed`] or [`Event::Lapsed`] if it
		///   is enacted at once.
		#[pallet::call_index(7)]
		#[pallet::weight(
			T::WeightInfo::close(MAX_MEMBERS).saturating_add(T::WeightInfo::act_at_most())
		)]
		pub fn close(origin: OriginFor<T>, proposal: ProposalId) -> DispatchResultWithPostInfo {
			ensure_signed(origin)?;
			Self::do_close(proposal)
		}

		/// Do what was approved.
		///
		/// ## Dispatch Origin
		///
		/// Signed. Anyone may enact what was approved.
		///
		/// ## Details
		///
		/// From the delay of the terms on, and for as long as the terms say. The call succeeds
		/// whatever comes of the action: it was done; or it was refused, leaves nothing behind, and
		/// its error is recorded; or it lapsed, because it is too late, or because one alone had
		/// approved it who is alone no more.
		///
		/// Costs at most what the costliest action does; what was not needed is given back.
		///
		/// ## Errors
		///
		/// - [`Error::UnknownProposal`]: there is no such proposal.
		/// - [`Error::NotApproved`]: it was not approved, or enacted or cancelled already.
		/// - [`Error::TooEarly`]: the delay is not over.
		/// - A transactional error, should calls be nested so deep that nothing can be done.
		///
		/// ## Events
		///
		/// - [`Event::Executed`], [`Event::Failed`], [`Event::Postponed`] or [`Event::Lapsed`].
		#[pallet::call_index(8)]
		#[pallet::weight(T::WeightInfo::enact().saturating_add(T::WeightInfo::act_at_most()))]
		pub fn enact(origin: OriginFor<T>, proposal: ProposalId) -> DispatchResultWithPostInfo {
			ensure_signed(origin)?;
			Self::do_enact(proposal)
		}
	}
}
