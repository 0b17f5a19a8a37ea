//! What may be done with a task.

use frame::pallet_macros::pallet_section;

#[pallet_section]
mod annotation_calls {
	#[pallet::call]
	impl<T: Config> Pallet<T> {
		/// Open a task.
		///
		/// ## Dispatch Origin
		///
		/// Signed by the model's owner, as a member of the collective.
		///
		/// ## Details
		///
		/// The task gets the next id. `item_count * answers_per_item * points_per_item *
		/// reward_per_point`, the most that it can pay, is taken out of the annotators' bucket and
		/// set aside; where the model's collective limits what rounds and tasks may take, that
		/// allowance is lowered by it. A task that pays nothing needs no pool.
		///
		/// Times are in milliseconds since the Unix epoch, periods in milliseconds; the deadline is
		/// at most `MaxPeriodMs` ahead, and the end of the task, `deadline_ms + reveal_ms + score_ms +
		/// 2 * dispute_ms`, at most `MaxTaskMs`. Where the owner does not decide alone, `dispute_ms` is
		/// at least what the collective needs to settle a dispute by a vote of its members: `settle_ms`
		/// of `DmlApi.collective`.
		///
		/// ## Errors
		///
		/// - [`Error::UnknownModel`], [`Error::NotOwner`]: the signer does not own such a model.
		/// - [`Error::OwnerNotMember`]: the signer is no member of the model's collective.
		/// - [`Error::LocationEmpty`], [`Error::ItemsOutOfRange`], [`Error::AnswersOutOfRange`],
		///   [`Error::PointsOutOfRange`], [`Error::MaximumTooSmall`], [`Error::PeriodOutOfRange`],
		///   [`Error::TaskTooLong`], [`Error::DeadlinePassed`]: the terms make no sense.
		/// - [`Error::DisputeTooShort`]: the collective could not settle in time what is disputed.
		/// - [`Error::PoolCloses`]: the collective has decided to close the pool, which only what runs
		///   already keeps open, and the task would pay something.
		/// - [`Error::TooManyOpen`]: the model has `MaxOpen` open tasks.
		/// - [`Error::IdsExhausted`]: no id is left.
		/// - `pools.NoPool`, `pools.PoolClosed`, `pools.BucketTooSmall`, `pools.AllowanceSpent`:
		///   it cannot be set aside.
		///
		/// ## Events
		///
		/// - `pools.SetAside`, [`Event::TaskOpened`].
		#[pallet::call_index(0)]
		#[pallet::weight(T::WeightInfo::open())]
		pub fn open(
			origin: OriginFor<T>,
			model: ModelId,
			terms: Box<TaskTerms<T::AccountId>>,
		) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_open(who, model, *terms)
		}

		/// End a task sooner.
		///
		/// ## Dispatch Origin
		///
		/// Signed by the model's owner, as a member of the collective; while the owner is none, by any
		/// member.
		///
		/// ## Details
		///
		/// The deadline moves to the end of a lease that began now, so that nobody's work is cut
		/// short, unless it comes sooner anyway. All other times move with it.
		///
		/// ## Errors
		///
		/// - [`Error::UnknownTask`], [`Error::TaskClosed`]: there is no such open task.
		/// - [`Error::NotOwner`], [`Error::OwnerNotMember`]: the signer does not operate the task.
		/// - [`Error::DeadlinePassed`]: it has ended already.
		///
		/// ## Events
		///
		/// - [`Event::TaskStopped`].
		#[pallet::call_index(1)]
		#[pallet::weight(T::WeightInfo::stop())]
		pub fn stop(origin: OriginFor<T>, task: TaskId) -> DispatchResult {
			let entry = Self::operated_task(origin, task)?;
			Self::do_stop(task, entry)
		}

		/// Take a batch on lease.
		///
		/// ## Dispatch Origin
		///
		/// Signed, by whoever has the task's minimum at stake as an annotator.
		///
		/// ## Details
		///
		/// The signer holds the batch for the task's lease or until the deadline, and nobody else
		/// gets that place. Which batch is the signer's choice; `DmlApi.next_batch` says where
		/// answers are needed most. Its items count for the signer's maximum, answered or not. The
		/// stake is locked for the lease, and by an answer until that is settled.
		///
		/// ## Errors
		///
		/// - [`Error::UnknownTask`], [`Error::TaskClosed`]: there is no such open task.
		/// - [`Error::DeadlinePassed`]: too late.
		/// - [`Error::StakeTooSmall`]: the signer has too little at stake as an annotator.
		/// - [`Error::UnknownBatch`]: the task has no such batch.
		/// - [`Error::HoldsABatch`]: the signer holds another one, or this one.
		/// - [`Error::TooManyItems`]: more than the task gives to one annotator.
		/// - [`Error::HeldBefore`]: the signer held the batch before, be it without an answer.
		/// - [`Error::BatchFull`]: as many hold or answered it as answers are wanted.
		/// - `stakes.TooManyLocks`: the signer's stake has as many locks as it may.
		///
		/// ## Events
		///
		/// - `stakes.StakeLocked` unless answers keep it locked, [`Event::BatchTaken`].
		#[pallet::call_index(2)]
		#[pallet::weight(T::WeightInfo::take())]
		pub fn take(origin: OriginFor<T>, task: TaskId, batch: BatchId) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_take(who, task, batch)
		}

		/// Give up the batch that the signer holds, or held until its lease ended.
		///
		/// ## Dispatch Origin
		///
		/// Signed, by whoever took the batch.
		///
		/// ## Details
		///
		/// Its place is for others at once. The signer, who saw its items, cannot take it again, but
		/// any other.
		///
		/// ## Errors
		///
		/// - [`Error::UnknownTask`]: there is no such task.
		/// - [`Error::NotHolding`]: the signer holds none.
		///
		/// ## Events
		///
		/// - `stakes.StakeUnlocked` unless something keeps it locked, [`Event::BatchReleased`].
		#[pallet::call_index(3)]
		#[pallet::weight(T::WeightInfo::release())]
		pub fn release(origin: OriginFor<T>, task: TaskId) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_release(who, task)
		}

		/// Fix the answers to the batch that the signer holds, without showing them.
		///
		/// ## Dispatch Origin
		///
		/// Signed, by whoever holds the batch.
		///
		/// ## Details
		///
		/// `commitment` is the BLAKE2b-256 of the SCALE encoding of task, batch, account, hash and
		/// salt: the SHA-256 of the answers' file, and 32 bytes that nobody else knows. Keep both:
		/// answers that are not revealed in time earn nothing. The stake is locked until all that the
		/// signer answered is settled, or the task has ended.
		///
		/// ## Errors
		///
		/// - [`Error::UnknownTask`], [`Error::TaskClosed`]: there is no such open task.
		/// - [`Error::NotHolding`]: the signer does not hold this batch.
		/// - [`Error::LeaseOver`]: the lease has ended.
		///
		/// ## Events
		///
		/// - `stakes.StakeLocked` unless others keep it locked, [`Event::AnswersCommitted`].
		#[pallet::call_index(4)]
		#[pallet::weight(T::WeightInfo::commit())]
		pub fn commit(
			origin: OriginFor<T>,
			task: TaskId,
			batch: BatchId,
			commitment: H256,
		) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_commit(who, task, batch, commitment)
		}

		/// Show the answers that the signer committed to.
		///
		/// ## Dispatch Origin
		///
		/// Signed, by whoever committed.
		///
		/// ## Details
		///
		/// From when all places of the batch are committed, or else from the deadline, until the
		/// time to reveal is over.
		///
		/// ## Errors
		///
		/// - [`Error::UnknownTask`], [`Error::TaskClosed`]: there is no such open task.
		/// - [`Error::NothingToReveal`]: the signer committed nothing, or has revealed it.
		/// - [`Error::TooEarlyToReveal`], [`Error::TooLateToReveal`]: it is not the time.
		/// - [`Error::LocationEmpty`]: the location points nowhere.
		/// - [`Error::WrongCommitment`]: hash and salt are not what was committed to.
		///
		/// ## Events
		///
		/// - [`Event::AnswersRevealed`].
		#[pallet::call_index(5)]
		#[pallet::weight(T::WeightInfo::reveal())]
		pub fn reveal(
			origin: OriginFor<T>,
			task: TaskId,
			batch: BatchId,
			location: Location,
			hash: H256,
			salt: H256,
		) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_reveal(who, task, batch, (location, hash), salt)
		}

		/// Judge answers.
		///
		/// ## Dispatch Origin
		///
		/// Signed by the model's owner, as a member of the collective, or a validator of the task;
		/// while the owner is no member, by any member too. Not on their own answers.
		///
		/// ## Details
		///
		/// Each gets the points that its questions are worth and a score, in parts per billion. The
		/// annotator may dispute it for the task's time. What is not scored when the time to score
		/// is over earns its full points.
		///
		/// ## Errors
		///
		/// - [`Error::UnknownTask`], [`Error::TaskClosed`]: there is no such open task.
		/// - [`Error::NotScorer`], [`Error::OwnerNotMember`], [`Error::OwnAnswers`]: the signer does not judge these.
		/// - [`Error::NothingNamed`], [`Error::TooManyAtOnce`]: not 1 to `MaxAtOnce` are named.
		/// - [`Error::TooLateToScore`]: the time to score is over.
		/// - [`Error::NotRevealed`], [`Error::AlreadyScored`]: there is nothing to judge.
		/// - [`Error::TooManyPoints`], [`Error::ScoreAboveOne`]: more than the batch is worth.
		///
		/// ## Events
		///
		/// - [`Event::AnswersScored`], for each.
		#[pallet::call_index(6)]
		#[pallet::weight(T::WeightInfo::score(scores.len() as u32))]
		pub fn score(
			origin: OriginFor<T>,
			task: TaskId,
			scores: Vec<Scoring<T::AccountId>>,
		) -> DispatchResult {
			let by = ensure_signed(origin)?;
			Self::do_score(by, task, scores)
		}

		/// Report answers that were not given in good faith, or were promised and never shown.
		///
		/// ## Dispatch Origin
		///
		/// Signed by the model's owner, as a member of the collective; while the owner is none, by any
		/// member.
		///
		/// ## Details
		///
		/// They are to earn nothing, and `part`, in parts per billion, to be taken of what the
		/// annotator has at stake in that role; zero takes none. While the owner decides alone on
		/// the model that is done at once. Otherwise the collective is asked, which answers with
		/// `SettleAnnotation`. If it does not before the task has ended, the stake stays, and the
		/// answers earn what they were scored before, or nothing if they were not.
		///
		/// ## Errors
		///
		/// - [`Error::UnknownTask`], [`Error::TaskClosed`]: there is no such open task.
		/// - [`Error::NotOwner`], [`Error::OwnerNotMember`]: the signer does not operate the task.
		/// - [`Error::TooLateToScore`]: the time to score is over.
		/// - [`Error::ScoreAboveOne`]: the part is more than the whole.
		/// - [`Error::NotRevealed`], [`Error::AlreadyScored`]: there is nothing to report, yet or
		///   any more.
		/// - `stakes.NothingToSlash`, or another error of a slash.
		///
		/// ## Events
		///
		/// - [`Event::AnswersReported`]; `stakes.Slashed` and [`Event::Awarded`] if it is done at
		///   once.
		#[pallet::call_index(7)]
		#[pallet::weight(T::WeightInfo::report())]
		pub fn report(
			origin: OriginFor<T>,
			task: TaskId,
			batch: BatchId,
			who: T::AccountId,
			part: Score,
			cause: Cause,
		) -> DispatchResult {
			let entry = Self::operated_task(origin, task)?;
			Self::do_report(task, entry, batch, who, part, cause)
		}

		/// Ask the collective for another verdict on the signer's answers.
		///
		/// ## Dispatch Origin
		///
		/// Signed, by whoever gave them.
		///
		/// ## Details
		///
		/// The collective settles it with `SettleAnnotation`. If it does not before the task has
		/// ended, the score stands.
		///
		/// ## Errors
		///
		/// - [`Error::UnknownTask`], [`Error::TaskClosed`]: there is no such open task.
		/// - [`Error::NotRevealed`], [`Error::NotDisputable`]: the signer has no score here, or the
		///   collective is asked already.
		/// - [`Error::TooLateToDispute`]: the score stands.
		///
		/// ## Events
		///
		/// - [`Event::ScoreDisputed`].
		#[pallet::call_index(8)]
		#[pallet::weight(T::WeightInfo::dispute())]
		pub fn dispute(origin: OriginFor<T>, task: TaskId, batch: BatchId) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_dispute(who, task, batch)
		}

		/// Have answers paid.
		///
		/// ## Dispatch Origin
		///
		/// Signed. Anyone, once it is settled what they earn; who gave them, as soon as they are
		/// scored, which gives up the dispute.
		///
		/// ## Details
		///
		/// Each earns `points x score x reward_per_point`, rounded down once, credited in the
		/// model's pool to be claimed there. That is settled when a score was not disputed in time;
		/// when nobody judged answers in time, which then earn their full points; when answers were
		/// not revealed in time, which earn nothing; and for what is contested when the task has
		/// ended, by the score that was given.
		///
		/// What is settled already is passed over, as long as anything of what is named is not. Who
		/// accepts a score has the stake locked until it could not be disputed any more: until then
		/// it is found out who gave answers in bad faith.
		///
		/// ## Errors
		///
		/// - [`Error::UnknownTask`], [`Error::TaskClosed`]: there is no such open task.
		/// - [`Error::NothingNamed`], [`Error::TooManyAtOnce`]: not 1 to `MaxAtOnce` are named.
		/// - [`Error::NotRevealed`]: the account has not answered this batch.
		/// - [`Error::AlreadySettled`]: all of it was paid, or found to be worth nothing.
		/// - [`Error::TooEarlyToAward`]: something can still change.
		///
		/// ## Events
		///
		/// - [`Event::Awarded`], for each that is paid now; `stakes.StakeUnlocked`, or
		///   `stakes.StakeLocked` for less long, with the last of an annotator's.
		#[pallet::call_index(9)]
		#[pallet::weight(T::WeightInfo::award(awards.len() as u32))]
		pub fn award(
			origin: OriginFor<T>,
			task: TaskId,
			awards: Vec<(BatchId, T::AccountId)>,
		) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_award(who, task, awards)
		}

		/// Close a task.
		///
		/// ## Dispatch Origin
		///
		/// Signed. Anyone may close a task that is over, so that one which was left alone keeps no
		/// pool open for long.
		///
		/// ## Details
		///
		/// When the deadline has passed or every place is committed, and all that was committed is
		/// settled, which anyone can bring about with `award` once the task has ended. What the
		/// task did not pay goes back into the annotators' bucket.
		///
		/// ## Errors
		///
		/// - [`Error::UnknownTask`], [`Error::TaskClosed`]: there is no such open task.
		/// - [`Error::TooEarlyToClose`]: something can be committed, or is not settled.
		///
		/// ## Events
		///
		/// - `pools.PutBack` if something is left, [`Event::TaskClosed`].
		#[pallet::call_index(10)]
		#[pallet::weight(T::WeightInfo::close())]
		pub fn close(origin: OriginFor<T>, task: TaskId) -> DispatchResult {
			ensure_signed(origin)?;
			Self::do_close(task)
		}
	}
}
