//! What may be done in a round.

use frame::pallet_macros::pallet_section;

#[pallet_section]
mod round_calls {
	#[pallet::call]
	impl<T: Config> Pallet<T> {
		/// Say which wallets serve which contributors of a model.
		///
		/// ## Dispatch Origin
		///
		/// Signed by the model's owner, while a member of the model's collective.
		///
		/// ## Details
		///
		/// A contributor that is defined already moves to the new wallet, unless it is selected in
		/// the running round. A wallet serves one contributor of a model. The pairs are taken in
		/// order, so a wallet that one pair frees can be given away by a later one.
		///
		/// ## Errors
		///
		/// - [`Error::UnknownModel`], [`Error::NotOwner`]: the signer does not own such a model.
		/// - [`Error::OwnerNotMember`]: the owner left the collective, or was removed from it.
		/// - [`Error::TooManyAtOnce`]: more than `MaxParticipants` are named.
		/// - [`Error::ClientIdEmpty`]: a contributor has no name.
		/// - [`Error::DuplicateWallet`]: the wallet serves another contributor.
		/// - [`Error::ContributorBusy`]: the contributor is selected in the running round.
		/// - [`Error::TooManyContributors`]: the model has `MaxContributors`.
		///
		/// ## Events
		///
		/// - [`Event::ContributorDefined`], for each.
		#[pallet::call_index(0)]
		#[pallet::weight(T::WeightInfo::define_contributors(contributors.len() as u32))]
		pub fn define_contributors(
			origin: OriginFor<T>,
			model: ModelId,
			contributors: Vec<(ClientId, T::AccountId)>,
		) -> DispatchResult {
			Self::ensure_operator(origin, model)?;
			Self::do_define(model, contributors)
		}

		/// Remove contributors of a model.
		///
		/// ## Dispatch Origin
		///
		/// Signed by the model's owner, while a member of the model's collective.
		///
		/// ## Details
		///
		/// What they earned stays theirs.
		///
		/// ## Errors
		///
		/// - [`Error::UnknownModel`], [`Error::NotOwner`]: the signer does not own such a model.
		/// - [`Error::OwnerNotMember`]: the owner left the collective, or was removed from it.
		/// - [`Error::TooManyAtOnce`]: more than `MaxParticipants` are named.
		/// - [`Error::UnknownContributor`]: there is no such contributor.
		/// - [`Error::ContributorBusy`]: the contributor is selected in the running round.
		///
		/// ## Events
		///
		/// - [`Event::ContributorRemoved`], for each.
		#[pallet::call_index(1)]
		#[pallet::weight(T::WeightInfo::remove_contributors(clients.len() as u32))]
		pub fn remove_contributors(
			origin: OriginFor<T>,
			model: ModelId,
			clients: Vec<ClientId>,
		) -> DispatchResult {
			Self::ensure_operator(origin, model)?;
			Self::do_remove(model, clients)
		}

		/// Open a round.
		///
		/// ## Dispatch Origin
		///
		/// Signed by the model's owner, while a member of the model's collective.
		///
		/// ## Details
		///
		/// Its number is one above `RoundCount`, which then holds it; a model's first round is 1.
		/// The round trains from the model's latest version. At most `maximum` contributors can be
		/// selected, and it takes `minimum` accepted updates for the round to count. Updates are
		/// taken until `deadline_ms`, in milliseconds since the Unix epoch. `reward_part` is the
		/// part of the contributors' bucket, in parts per billion, that the round pays at most. A
		/// round needs no pool; without one it pays nothing.
		///
		/// ## Errors
		///
		/// - [`Error::UnknownModel`], [`Error::NotOwner`]: the signer does not own such a model.
		/// - [`Error::OwnerNotMember`]: the owner left the collective, or was removed from it.
		/// - [`Error::RoundAlreadyOpen`]: a round of the model runs.
		/// - [`Error::PoolCloses`]: the collective has decided to close the pool, which only a round
		///   had kept open.
		/// - [`Error::ParticipantsOutOfRange`]: not 1 <= minimum <= maximum <= `MaxParticipants`.
		/// - [`Error::DeadlinePassed`]: the deadline is not in the future.
		/// - [`Error::DeadlineTooFar`]: the deadline is more than `MaxRoundMs` ahead.
		/// - [`Error::ScoreAboveOne`]: the reward part is above one.
		/// - [`Error::RoundsExhausted`]: no round number is left.
		///
		/// ## Events
		///
		/// - [`Event::RoundOpened`].
		#[pallet::call_index(2)]
		#[pallet::weight(T::WeightInfo::open())]
		pub fn open(
			origin: OriginFor<T>,
			model: ModelId,
			minimum: u32,
			maximum: u32,
			deadline_ms: Moment,
			reward_part: Score,
		) -> DispatchResult {
			Self::ensure_operator(origin, model)?;
			Self::do_open(model, minimum, maximum, deadline_ms, reward_part)
		}

		/// Select contributors for a round.
		///
		/// ## Dispatch Origin
		///
		/// Signed by the model's owner, while a member of the model's collective.
		///
		/// ## Details
		///
		/// May be called several times. Whom to select is the owner's choice: the chain neither
		/// draws lots nor checks that lots were drawn.
		///
		/// ## Errors
		///
		/// - [`Error::UnknownModel`], [`Error::NotOwner`]: the signer does not own such a model.
		/// - [`Error::OwnerNotMember`]: the owner left the collective, or was removed from it.
		/// - [`Error::UnknownRound`], [`Error::RoundOver`], [`Error::AlreadyRewarded`]: the round
		///   does not select any more.
		/// - [`Error::TooManyAtOnce`]: more than `MaxParticipants` are named.
		/// - [`Error::UnknownContributor`]: there is no such contributor.
		/// - [`Error::AlreadySelected`]: a contributor is selected twice.
		/// - [`Error::TooManySelected`]: more than the round's maximum.
		///
		/// ## Events
		///
		/// - [`Event::ContributorSelected`], for each.
		#[pallet::call_index(3)]
		#[pallet::weight(T::WeightInfo::select(clients.len() as u32))]
		pub fn select(
			origin: OriginFor<T>,
			model: ModelId,
			round: RoundId,
			clients: Vec<ClientId>,
		) -> DispatchResult {
			Self::ensure_operator(origin, model)?;
			Self::do_select(model, round, clients)
		}

		/// Submit an update in a round.
		///
		/// ## Dispatch Origin
		///
		/// Signed by the wallet of a contributor that is selected in the round.
		///
		/// ## Details
		///
		/// Once, and before the deadline. `hash` is the SHA-256 of the update's file, `examples`
		/// how many examples it was trained on.
		///
		/// ## Errors
		///
		/// - [`Error::UnknownRound`], [`Error::RoundOver`], [`Error::AlreadyRewarded`]: the round
		///   takes no update any more.
		/// - [`Error::NotSelected`]: the signer serves no contributor that is selected.
		/// - [`Error::DeadlinePassed`]: too late.
		/// - [`Error::LocationEmpty`], [`Error::ExamplesZero`]: nothing was given.
		/// - [`Error::AlreadySubmitted`]: the contributor has submitted already.
		///
		/// ## Events
		///
		/// - [`Event::UpdateSubmitted`].
		#[pallet::call_index(4)]
		#[pallet::weight(T::WeightInfo::submit_update())]
		pub fn submit_update(
			origin: OriginFor<T>,
			model: ModelId,
			round: RoundId,
			location: Location,
			hash: H256,
			examples: u32,
		) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_submit(who, model, round, location, hash, examples)
		}

		/// Give the verdicts on updates of a round.
		///
		/// ## Dispatch Origin
		///
		/// Signed by the model's owner, while a member of the model's collective.
		///
		/// ## Details
		///
		/// Each update gets one verdict: accepted with a score, in parts per billion, or rejected
		/// with a reason. May be called several times, and after the deadline too, as training
		/// may have overrun.
		///
		/// ## Errors
		///
		/// - [`Error::UnknownModel`], [`Error::NotOwner`]: the signer does not own such a model.
		/// - [`Error::OwnerNotMember`]: the owner left the collective, or was removed from it.
		/// - [`Error::UnknownRound`], [`Error::RoundOver`], [`Error::AlreadyRewarded`]: the round
		///   takes no verdict any more.
		/// - [`Error::TooManyAtOnce`]: more than `MaxParticipants` are named.
		/// - [`Error::NoUpdate`]: the contributor has submitted none.
		/// - [`Error::AlreadyScored`]: the update has its verdict.
		/// - [`Error::ScoreAboveOne`]: a score is above one.
		///
		/// ## Events
		///
		/// - [`Event::UpdateScored`], for each.
		#[pallet::call_index(5)]
		#[pallet::weight(T::WeightInfo::score(verdicts.len() as u32))]
		pub fn score(
			origin: OriginFor<T>,
			model: ModelId,
			round: RoundId,
			verdicts: Vec<(ClientId, Verdict)>,
		) -> DispatchResult {
			Self::ensure_operator(origin, model)?;
			Self::do_score(model, round, verdicts)
		}

		/// Reward the contributors of a round.
		///
		/// ## Dispatch Origin
		///
		/// Signed by the model's owner, while a member of the model's collective.
		///
		/// ## Details
		///
		/// Once, when every update has its verdict and enough were accepted. `evaluation` is what
		/// the aggregated model reached on the test partition, in parts per billion. Each
		/// contributor whose update was accepted earns
		/// `bucket * reward part * evaluation * score / accepted`, of what the contributors'
		/// bucket held when the call began, computed exactly and rounded down once. The amounts
		/// are credited in the model's pool, to be claimed there. All together they are at most what
		/// the model's collective allows rounds to pay; once the collective has other members than
		/// the owner that is nothing, until it has decided how much.
		///
		/// ## Errors
		///
		/// - [`Error::UnknownModel`], [`Error::NotOwner`]: the signer does not own such a model.
		/// - [`Error::OwnerNotMember`]: the owner left the collective, or was removed from it.
		/// - [`Error::UnknownRound`], [`Error::RoundOver`], [`Error::AlreadyRewarded`]: the round
		///   pays no more.
		/// - [`Error::ScoreAboveOne`]: the evaluation is above one.
		/// - [`Error::NotAllScored`]: an update has no verdict.
		/// - [`Error::TooFewAccepted`]: fewer than the round's minimum.
		/// - [`Error::NoPool`]: the model has no open pool.
		/// - `pools.AllowanceSpent`: it is more than the collective still allows: it decides anew by
		///   `SetAllowance`.
		///
		/// ## Events
		///
		/// - [`Event::ContributorRewarded`], for each; [`Event::RoundRewarded`].
		#[pallet::call_index(6)]
		#[pallet::weight(T::WeightInfo::reward(MAX_PARTICIPANTS))]
		pub fn reward(
			origin: OriginFor<T>,
			model: ModelId,
			round: RoundId,
			evaluation: Score,
		) -> DispatchResultWithPostInfo {
			Self::ensure_operator(origin, model)?;
			let submitted = Self::do_reward(model, round, evaluation)?;
			Ok(Some(T::WeightInfo::reward(submitted)).into())
		}

		/// End a round with a new version of the model.
		///
		/// ## Dispatch Origin
		///
		/// Signed by the model's owner, while a member of the model's collective.
		///
		/// ## Details
		///
		/// Publishes the aggregated model with the version that the round trained from as its
		/// parent, even if another version was published meanwhile. The contributors are rewarded
		/// before; a round that pays nothing (the model has no open pool, or the reward part is
		/// zero) is finalised when enough updates were accepted and none lacks its verdict.
		///
		/// ## Errors
		///
		/// - [`Error::UnknownModel`], [`Error::NotOwner`]: the signer does not own such a model.
		/// - [`Error::OwnerNotMember`]: the owner left the collective, or was removed from it.
		/// - [`Error::UnknownRound`], [`Error::RoundOver`]: the round does not run.
		/// - [`Error::NotAllScored`], [`Error::TooFewAccepted`], [`Error::NotRewarded`]: something
		///   comes before.
		/// - [`Error::LocationEmpty`]: the location points nowhere.
		///
		/// ## Events
		///
		/// - `models.VersionPublished`, [`Event::RoundFinalised`].
		#[pallet::call_index(7)]
		#[pallet::weight(T::WeightInfo::finalise())]
		pub fn finalise(
			origin: OriginFor<T>,
			model: ModelId,
			round: RoundId,
			location: Location,
			hash: H256,
		) -> DispatchResult {
			let owner = Self::ensure_operator(origin, model)?;
			Self::do_finalise(owner, model, round, location, hash)
		}

		/// End a round without a new version.
		///
		/// ## Dispatch Origin
		///
		/// Signed. By the model's owner at any time; by anyone when the deadline has passed with
		/// fewer updates than the minimum, `GraceMs` after the deadline in any case, and at any time
		/// when the owner is no member of the model's collective any more.
		///
		/// ## Details
		///
		/// Takes nothing from the pool. If the contributors were rewarded already, they keep what
		/// they earned.
		///
		/// ## Errors
		///
		/// - [`Error::UnknownModel`], [`Error::UnknownRound`], [`Error::RoundOver`]: no such round
		///   runs.
		/// - [`Error::TooEarlyToAbort`]: the signer is not the owner, and must wait.
		///
		/// ## Events
		///
		/// - [`Event::RoundAborted`].
		#[pallet::call_index(8)]
		#[pallet::weight(T::WeightInfo::abort())]
		pub fn abort(
			origin: OriginFor<T>,
			model: ModelId,
			round: RoundId,
			reason: Reason,
		) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_abort(who, model, round, reason)
		}
	}
}
