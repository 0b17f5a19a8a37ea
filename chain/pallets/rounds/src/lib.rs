//! # Rounds
//!
//! One federated round after the other: a model's owner opens a round, selects contributors,
//! scores the updates that they submit, rewards them out of the model's pool and publishes the
//! aggregated model as a new version. The training happens off chain; the chain records who
//! submitted what and what it earned.
//!
//! ```text
//! open -> select -> submit_update -> score -> reward -> finalise
//!   |________________________________________________|
//!                         abort
//! ```
//!
//! A model's rounds are numbered from 1, aborted ones too, and at most one of them runs. An unpaid round (the model has no open pool, or the
//! round's reward part is zero) is finalised straight after scoring.

#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

pub use pallet::*;
pub use types::*;
pub use weights::WeightInfo;

mod impls;
#[cfg(test)]
mod mock;
#[cfg(test)]
mod tests;
mod types;
pub mod weights;

#[frame::pallet]
pub mod pallet {
	use super::*;
	use alloc::vec::Vec;
	use frame::{prelude::*, traits::Time};
	use pallet_models::ModelRegistry;
	use pallet_pools::{Paymaster, Role};

	/// How many contributors a model may have.
	pub const MAX_CONTRIBUTORS: u32 = 4096;
	/// How many contributors one round may select, and one call may name.
	pub const MAX_PARTICIPANTS: u32 = 256;
	/// How long after its deadline anyone may abort a round that its owner left running.
	pub const GRACE_MS: Moment = 60 * 60 * 1_000;

	#[pallet::config]
	pub trait Config: frame_system::Config {
		type Models: ModelRegistry<Self::AccountId>;
		type Pools: Paymaster<Self::AccountId>;
		/// Keeps the deadlines.
		type Time: Time<Moment = Moment>;
		type WeightInfo: WeightInfo;
	}

	#[pallet::extra_constants]
	impl<T: Config> Pallet<T> {
		/// How many contributors a model may have.
		#[pallet::constant_name(MaxContributors)]
		fn max_contributors() -> u32 {
			MAX_CONTRIBUTORS
		}

		/// How many contributors one round may select, and one call may name.
		#[pallet::constant_name(MaxParticipants)]
		fn max_participants() -> u32 {
			MAX_PARTICIPANTS
		}

		/// How long after its deadline anyone may abort a round, in milliseconds.
		#[pallet::constant_name(GraceMs)]
		fn grace_ms() -> Moment {
			GRACE_MS
		}
	}

	#[pallet::pallet]
	pub struct Pallet<T>(_);

	/// The wallet of each contributor of a model.
	#[pallet::storage]
	pub type Contributors<T: Config> =
		StorageDoubleMap<_, Twox64Concat, ModelId, Blake2_128Concat, ClientId, T::AccountId>;

	/// The contributor that a wallet serves in a model: [`Contributors`] the other way round.
	#[pallet::storage]
	pub type Wallets<T: Config> =
		StorageDoubleMap<_, Twox64Concat, ModelId, Blake2_128Concat, T::AccountId, ClientId>;

	/// How many contributors a model has.
	#[pallet::storage]
	pub type ContributorCount<T> = StorageMap<_, Twox64Concat, ModelId, u32, ValueQuery>;

	/// How many rounds a model has ever opened, which is the number of its newest round.
	#[pallet::storage]
	pub type RoundCount<T> = StorageMap<_, Twox64Concat, ModelId, RoundId, ValueQuery>;

	/// The round of a model that runs.
	#[pallet::storage]
	pub type CurrentRound<T> = StorageMap<_, Twox64Concat, ModelId, RoundId>;

	/// Every round of every model.
	#[pallet::storage]
	pub type Rounds<T> = StorageDoubleMap<_, Twox64Concat, ModelId, Twox64Concat, RoundId, Round>;

	/// Who was selected in a round: the wallet of each contributor.
	#[pallet::storage]
	pub type Selected<T: Config> = StorageNMap<
		_,
		(
			NMapKey<Twox64Concat, ModelId>,
			NMapKey<Twox64Concat, RoundId>,
			NMapKey<Blake2_128Concat, ClientId>,
		),
		T::AccountId,
	>;

	/// The update of each contributor in a round.
	#[pallet::storage]
	pub type Updates<T: Config> = StorageNMap<
		_,
		(
			NMapKey<Twox64Concat, ModelId>,
			NMapKey<Twox64Concat, RoundId>,
			NMapKey<Blake2_128Concat, ClientId>,
		),
		Update<T::AccountId>,
	>;

	#[pallet::event]
	#[pallet::generate_deposit(pub(super) fn deposit_event)]
	pub enum Event<T: Config> {
		/// A wallet now serves a contributor.
		ContributorDefined { model: ModelId, client: ClientId, who: T::AccountId },
		/// A contributor is no more.
		ContributorRemoved { model: ModelId, client: ClientId },
		/// A round was opened.
		RoundOpened {
			model: ModelId,
			round: RoundId,
			base_version: VersionId,
			minimum: u32,
			maximum: u32,
			deadline_ms: Moment,
			reward_part: Score,
		},
		/// A contributor was selected for a round.
		ContributorSelected { model: ModelId, round: RoundId, client: ClientId },
		/// A contributor submitted an update.
		UpdateSubmitted {
			model: ModelId,
			round: RoundId,
			client: ClientId,
			who: T::AccountId,
			hash: H256,
			examples: u32,
		},
		/// An update was accepted with a score, or rejected with a reason.
		UpdateScored { model: ModelId, round: RoundId, client: ClientId, verdict: Verdict },
		/// A contributor earned a part of the contributors' bucket.
		ContributorRewarded {
			model: ModelId,
			round: RoundId,
			client: ClientId,
			who: T::AccountId,
			score: Score,
			amount: Balance,
		},
		/// The contributors of a round were rewarded, with `amount` altogether.
		RoundRewarded { model: ModelId, round: RoundId, evaluation: Score, amount: Balance },
		/// A round ended with a new version.
		RoundFinalised { model: ModelId, round: RoundId, version: VersionId, hash: H256 },
		/// A round ended without one.
		RoundAborted { model: ModelId, round: RoundId, who: T::AccountId, reason: Reason },
	}

	#[pallet::error]
	pub enum Error<T> {
		/// There is no such model.
		UnknownModel,
		/// Only the model's owner may do this.
		NotOwner,
		/// The model has no such round.
		UnknownRound,
		/// The model has no contributor of that name.
		UnknownContributor,
		/// One call names more contributors than `MaxParticipants`.
		TooManyAtOnce,
		/// A contributor needs a name.
		ClientIdEmpty,
		/// The wallet serves another contributor of the model.
		DuplicateWallet,
		/// The model has as many contributors as it may.
		TooManyContributors,
		/// The contributor is selected in the running round.
		ContributorBusy,
		/// A round of the model runs already.
		RoundAlreadyOpen,
		/// It takes 1 <= minimum <= maximum <= `MaxParticipants`.
		ParticipantsOutOfRange,
		/// The deadline is in the past.
		DeadlinePassed,
		/// A score is above one.
		ScoreAboveOne,
		/// The round was finalised or aborted.
		RoundOver,
		/// The round's contributors were rewarded already.
		AlreadyRewarded,
		/// The contributor is selected already.
		AlreadySelected,
		/// More contributors than the round's maximum.
		TooManySelected,
		/// The signer's wallet serves no contributor that is selected in the round.
		NotSelected,
		/// The contributor has submitted an update already.
		AlreadySubmitted,
		/// The location points nowhere: its CID or URI is empty.
		LocationEmpty,
		/// An update must come from at least one example.
		ExamplesZero,
		/// The contributor has submitted no update.
		NoUpdate,
		/// The update has its verdict already.
		AlreadyScored,
		/// An update has no verdict yet.
		NotAllScored,
		/// Fewer updates were accepted than the round's minimum.
		TooFewAccepted,
		/// The model has no open pool to reward from.
		NoPool,
		/// The contributors must be rewarded first.
		NotRewarded,
		/// Only the owner may abort the round yet.
		TooEarlyToAbort,
		/// All round numbers of the model are used up.
		RoundsExhausted,
	}

	#[pallet::hooks]
	impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
		#[cfg(feature = "try-runtime")]
		fn try_state(_: BlockNumberFor<T>) -> Result<(), frame::try_runtime::TryRuntimeError> {
			Self::do_try_state()
		}
	}

	#[pallet::call]
	impl<T: Config> Pallet<T> {
		/// Say which wallets serve which contributors of a model.
		///
		/// ## Dispatch Origin
		///
		/// Signed by the model's owner.
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
			Self::ensure_owner(origin, model)?;
			Self::ensure_batch(&contributors)?;
			for (client, who) in contributors {
				Self::define(model, client, who)?;
			}
			Ok(())
		}

		/// Remove contributors of a model.
		///
		/// ## Dispatch Origin
		///
		/// Signed by the model's owner.
		///
		/// ## Details
		///
		/// What they earned stays theirs.
		///
		/// ## Errors
		///
		/// - [`Error::UnknownModel`], [`Error::NotOwner`]: the signer does not own such a model.
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
			Self::ensure_owner(origin, model)?;
			Self::ensure_batch(&clients)?;
			for client in clients {
				Self::remove(model, client)?;
			}
			Ok(())
		}

		/// Open a round.
		///
		/// ## Dispatch Origin
		///
		/// Signed by the model's owner.
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
		/// - [`Error::RoundAlreadyOpen`]: a round of the model runs.
		/// - [`Error::ParticipantsOutOfRange`]: not 1 <= minimum <= maximum <= `MaxParticipants`.
		/// - [`Error::DeadlinePassed`]: the deadline is not in the future.
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
			Self::ensure_owner(origin, model)?;
			ensure!(!CurrentRound::<T>::contains_key(model), Error::<T>::RoundAlreadyOpen);
			ensure!(
				1 <= minimum && minimum <= maximum && maximum <= MAX_PARTICIPANTS,
				Error::<T>::ParticipantsOutOfRange
			);
			let opened_ms = T::Time::now();
			ensure!(opened_ms < deadline_ms, Error::<T>::DeadlinePassed);
			let reward_part = reward_part.checked().ok_or(Error::<T>::ScoreAboveOne)?;
			let base_version = T::Models::latest(model).ok_or(Error::<T>::UnknownModel)?;

			let round =
				RoundCount::<T>::get(model).checked_add(1).ok_or(Error::<T>::RoundsExhausted)?;
			RoundCount::<T>::insert(model, round);
			CurrentRound::<T>::insert(model, round);
			Rounds::<T>::insert(
				model,
				round,
				Round {
					minimum,
					maximum,
					deadline_ms,
					opened_ms,
					base_version,
					reward_part,
					state: RoundState::Open,
					evaluation: None,
					selected: 0,
					submitted: 0,
					scored: 0,
					accepted: 0,
					rewarded: 0,
				},
			);
			Self::deposit_event(Event::RoundOpened {
				model,
				round,
				base_version,
				minimum,
				maximum,
				deadline_ms,
				reward_part,
			});
			Ok(())
		}

		/// Select contributors for a round.
		///
		/// ## Dispatch Origin
		///
		/// Signed by the model's owner.
		///
		/// ## Details
		///
		/// May be called several times. Whom to select is the owner's choice: the chain neither
		/// draws lots nor checks that lots were drawn.
		///
		/// ## Errors
		///
		/// - [`Error::UnknownModel`], [`Error::NotOwner`]: the signer does not own such a model.
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
			Self::ensure_owner(origin, model)?;
			Self::ensure_batch(&clients)?;
			Self::try_mutate_open(model, round, |entry| {
				for client in clients {
					let who = Contributors::<T>::get(model, &client)
						.ok_or(Error::<T>::UnknownContributor)?;
					let key = (model, round, client.clone());
					ensure!(!Selected::<T>::contains_key(&key), Error::<T>::AlreadySelected);
					ensure!(entry.selected < entry.maximum, Error::<T>::TooManySelected);
					entry.selected.saturating_inc();
					Selected::<T>::insert(key, who);
					Self::deposit_event(Event::ContributorSelected { model, round, client });
				}
				Ok(())
			})
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
			Self::try_mutate_open(model, round, |entry| {
				let client = Wallets::<T>::get(model, &who).ok_or(Error::<T>::NotSelected)?;
				let key = (model, round, client.clone());
				ensure!(Selected::<T>::contains_key(&key), Error::<T>::NotSelected);
				let now = T::Time::now();
				ensure!(now < entry.deadline_ms, Error::<T>::DeadlinePassed);
				ensure!(!location.is_empty(), Error::<T>::LocationEmpty);
				ensure!(examples > 0, Error::<T>::ExamplesZero);
				ensure!(!Updates::<T>::contains_key(&key), Error::<T>::AlreadySubmitted);

				// At most as many as were selected.
				entry.submitted.saturating_inc();
				Updates::<T>::insert(
					key,
					Update {
						who: who.clone(),
						location,
						hash,
						examples,
						submitted_ms: now,
						verdict: None,
						reward: 0,
					},
				);
				Self::deposit_event(Event::UpdateSubmitted {
					model,
					round,
					client,
					who,
					hash,
					examples,
				});
				Ok(())
			})
		}

		/// Give the verdicts on updates of a round.
		///
		/// ## Dispatch Origin
		///
		/// Signed by the model's owner.
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
			Self::ensure_owner(origin, model)?;
			Self::ensure_batch(&verdicts)?;
			Self::try_mutate_open(model, round, |entry| {
				for (client, verdict) in verdicts {
					Self::judge(model, round, entry, client, verdict)?;
				}
				Ok(())
			})
		}

		/// Reward the contributors of a round.
		///
		/// ## Dispatch Origin
		///
		/// Signed by the model's owner.
		///
		/// ## Details
		///
		/// Once, when every update has its verdict and enough were accepted. `evaluation` is what
		/// the aggregated model reached on the test partition, in parts per billion. Each
		/// contributor whose update was accepted earns
		/// `bucket * reward part * evaluation * score / accepted`, of what the contributors'
		/// bucket held when the call began, computed exactly and rounded down once. The amounts
		/// are credited in the model's pool, to be claimed there.
		///
		/// ## Errors
		///
		/// - [`Error::UnknownModel`], [`Error::NotOwner`]: the signer does not own such a model.
		/// - [`Error::UnknownRound`], [`Error::RoundOver`], [`Error::AlreadyRewarded`]: the round
		///   pays no more.
		/// - [`Error::ScoreAboveOne`]: the evaluation is above one.
		/// - [`Error::NotAllScored`]: an update has no verdict.
		/// - [`Error::TooFewAccepted`]: fewer than the round's minimum.
		/// - [`Error::NoPool`]: the model has no open pool.
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
			Self::ensure_owner(origin, model)?;
			let submitted = Self::try_mutate_open(model, round, |entry| {
				let evaluation = evaluation.checked().ok_or(Error::<T>::ScoreAboveOne)?;
				Self::ensure_judged(entry)?;
				ensure!(T::Pools::can_pay(model), Error::<T>::NoPool);

				let clients = Self::earners(model, round);
				let parts: Vec<_> = clients
					.iter()
					.map(|(_, who, score)| (who.clone(), Self::part(entry, evaluation, *score)))
					.collect();
				let amounts = T::Pools::pay(model, Role::Contributor, &parts)?;
				let mut sum: Balance = 0;
				for ((client, who, score), amount) in clients.into_iter().zip(amounts) {
					sum = sum.checked_add(amount).ok_or(ArithmeticError::Overflow)?;
					Updates::<T>::mutate((model, round, client.clone()), |update| {
						if let Some(update) = update {
							update.reward = amount;
						}
					});
					Self::deposit_event(Event::ContributorRewarded {
						model,
						round,
						client,
						who,
						score,
						amount,
					});
				}
				entry.evaluation = Some(evaluation);
				entry.rewarded = sum;
				entry.state = RoundState::Rewarded;
				Self::deposit_event(Event::RoundRewarded { model, round, evaluation, amount: sum });
				Ok(entry.submitted)
			})?;
			Ok(Some(T::WeightInfo::reward(submitted)).into())
		}

		/// End a round with a new version of the model.
		///
		/// ## Dispatch Origin
		///
		/// Signed by the model's owner.
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
			let owner = Self::ensure_owner(origin, model)?;
			Self::try_end(model, round, |entry| {
				if entry.state == RoundState::Open {
					Self::ensure_judged(entry)?;
					ensure!(
						entry.reward_part == Score::ZERO || !T::Pools::can_pay(model),
						Error::<T>::NotRewarded
					);
				}
				ensure!(!location.is_empty(), Error::<T>::LocationEmpty);
				let version = T::Models::publish(model, owner, location, hash, entry.base_version)?;
				entry.state = RoundState::Finalised { version };
				Self::deposit_event(Event::RoundFinalised { model, round, version, hash });
				Ok(())
			})
		}

		/// End a round without a new version.
		///
		/// ## Dispatch Origin
		///
		/// Signed. By the model's owner at any time; by anyone when the deadline has passed with
		/// fewer updates than the minimum, or `GraceMs` after the deadline in any case.
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
			let owner = T::Models::owner(model).ok_or(Error::<T>::UnknownModel)?;
			Self::try_end(model, round, |entry| {
				ensure!(who == owner || Self::is_stuck(entry), Error::<T>::TooEarlyToAbort);
				entry.state = RoundState::Aborted { reason: reason.clone() };
				Self::deposit_event(Event::RoundAborted { model, round, who, reason });
				Ok(())
			})
		}
	}
}
