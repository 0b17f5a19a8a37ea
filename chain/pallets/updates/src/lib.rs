//! # Updates
//!
//! New weights that engineers propose for a model. Anyone may propose; the model's owner decides
//! while alone, later the model's collective does, through [`Reviewer`]. An approved update becomes
//! a version of the model, published by its engineer, and earns a part of the engineers' bucket.
//!
//! ```text
//! propose -> approve | reject | withdraw
//! ```
//!
//! The metrics are claims: the chain records what was said and by whom, not whether it is true.

#![cfg_attr(not(feature = "std"), no_std)]

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
	use frame::{prelude::*, traits::Time};
	use pallet_models::{Governance, ModelRegistry};
	use pallet_pools::Paymaster;

	/// How many updates of a model one engineer may have waiting.
	pub const MAX_OPEN: u32 = 16;

	pub type UpdateOf<T> = Update<<T as frame_system::Config>::AccountId, BlockNumberFor<T>>;

	#[pallet::config]
	pub trait Config: frame_system::Config {
		type Models: ModelRegistry<Self::AccountId>;
		type Pools: Paymaster<Self::AccountId>;
		/// Says whether a model's owner decides alone.
		type Governance: Governance;
		/// Says when an update was proposed.
		type Time: Time<Moment = Moment>;
		type WeightInfo: WeightInfo;
	}

	#[pallet::extra_constants]
	impl<T: Config> Pallet<T> {
		/// How many updates of a model one engineer may have waiting.
		#[pallet::constant_name(MaxOpen)]
		fn max_open() -> u32 {
			MAX_OPEN
		}
	}

	#[pallet::pallet]
	pub struct Pallet<T>(_);

	/// The id that the next update gets.
	#[pallet::storage]
	pub type NextUpdateId<T> = StorageValue<_, UpdateId, ValueQuery>;

	/// Every update of every model.
	#[pallet::storage]
	pub type Updates<T: Config> = StorageMap<_, Twox64Concat, UpdateId, UpdateOf<T>>;

	/// Which updates are of a model.
	#[pallet::storage]
	pub type ByModel<T> =
		StorageDoubleMap<_, Twox64Concat, ModelId, Twox64Concat, UpdateId, (), OptionQuery>;

	/// How many updates of a model an engineer has waiting.
	#[pallet::storage]
	pub type OpenCount<T: Config> =
		StorageDoubleMap<_, Twox64Concat, ModelId, Blake2_128Concat, T::AccountId, u32, ValueQuery>;

	#[pallet::event]
	#[pallet::generate_deposit(pub(super) fn deposit_event)]
	pub enum Event<T: Config> {
		/// An engineer proposed new weights.
		Proposed {
			update: UpdateId,
			model: ModelId,
			engineer: T::AccountId,
			parent: VersionId,
			hash: H256,
		},
		/// An engineer took an update back.
		Withdrawn { update: UpdateId, model: ModelId, engineer: T::AccountId },
		/// An update became a version, and its engineer earned `reward` out of the engineers'
		/// bucket.
		Approved {
			update: UpdateId,
			model: ModelId,
			engineer: T::AccountId,
			version: VersionId,
			score: Score,
			reward: Balance,
		},
		/// An update was rejected.
		Rejected { update: UpdateId, model: ModelId, engineer: T::AccountId, reason: Reason },
	}

	#[pallet::error]
	pub enum Error<T> {
		/// There is no such model.
		UnknownModel,
		/// The model has no version of the parent's number.
		UnknownParent,
		/// The location points nowhere: its CID or URI is empty.
		LocationEmpty,
		/// A metric needs a name.
		MetricNameEmpty,
		/// A metric is named twice.
		DuplicateMetric,
		/// The engineer has as many updates of the model waiting as allowed: `MaxOpen`.
		TooManyOpen,
		/// All update ids are used up.
		IdsExhausted,
		/// There is no such update, or not of this model.
		UnknownUpdate,
		/// Only the engineer who proposed the update may do this.
		NotEngineer,
		/// Only the model's owner may do this.
		NotOwner,
		/// The model's collective decides this, by vote.
		CollectiveDecides,
		/// The update was decided on already, or withdrawn.
		UpdateClosed,
		/// The score is above one.
		ScoreAboveOne,
		/// The model has no open pool to pay a reward from: only a score of zero can be given.
		NoPool,
		/// The reward would come to nothing, because so little remains in the engineers' bucket:
		/// only a score of zero can be given.
		NothingToPay,
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
		/// Propose new weights for a model.
		///
		/// ## Dispatch Origin
		///
		/// Signed. Anyone may propose; the signer is the update's engineer.
		///
		/// ## Details
		///
		/// `parent` is the version that the weights were trained from, `hash` the SHA-256 of the
		/// weights file. `metrics` are what the engineer says that they reach, in parts per
		/// billion; `notes` is a document kept off chain and its SHA-256.
		///
		/// ## Errors
		///
		/// - [`Error::UnknownModel`]: there is no such model.
		/// - [`Error::UnknownParent`]: the model has no such version.
		/// - [`Error::LocationEmpty`]: the weights or the notes are nowhere.
		/// - [`Error::MetricNameEmpty`], [`Error::DuplicateMetric`]: a metric cannot be told apart.
		/// - [`Error::TooManyOpen`]: the signer has `MaxOpen` updates of the model waiting.
		/// - [`Error::IdsExhausted`]: no id is left.
		///
		/// ## Events
		///
		/// - [`Event::Proposed`].
		#[pallet::call_index(0)]
		#[pallet::weight(T::WeightInfo::propose())]
		pub fn propose(
			origin: OriginFor<T>,
			model: ModelId,
			parent: VersionId,
			location: Location,
			hash: H256,
			metrics: Metrics,
			notes: Option<Document>,
		) -> DispatchResult {
			let engineer = ensure_signed(origin)?;
			let latest = T::Models::latest(model).ok_or(Error::<T>::UnknownModel)?;
			ensure!(parent <= latest, Error::<T>::UnknownParent);
			ensure!(!location.is_empty(), Error::<T>::LocationEmpty);
			if let Some((notes, _)) = &notes {
				ensure!(!notes.is_empty(), Error::<T>::LocationEmpty);
			}
			Self::ensure_told_apart(&metrics)?;
			Self::count_open(model, &engineer)?;

			let update = NextUpdateId::<T>::get();
			NextUpdateId::<T>::put(update.checked_add(1).ok_or(Error::<T>::IdsExhausted)?);
			ByModel::<T>::insert(model, update, ());
			Updates::<T>::insert(
				update,
				Update {
					model,
					engineer: engineer.clone(),
					parent,
					location,
					hash,
					metrics,
					notes,
					block: frame_system::Pallet::<T>::block_number(),
					proposed_ms: T::Time::now(),
					state: UpdateState::Proposed,
				},
			);
			Self::deposit_event(Event::Proposed { update, model, engineer, parent, hash });
			Ok(())
		}

		/// Take back an update that waits to be decided on.
		///
		/// ## Dispatch Origin
		///
		/// Signed by the update's engineer.
		///
		/// ## Details
		///
		/// The record of it stays. It cannot be approved any more; it may be proposed anew.
		///
		/// ## Errors
		///
		/// - [`Error::UnknownUpdate`]: there is no such update.
		/// - [`Error::NotEngineer`]: the signer did not propose it.
		/// - [`Error::UpdateClosed`]: it was decided on, or withdrawn.
		///
		/// ## Events
		///
		/// - [`Event::Withdrawn`].
		#[pallet::call_index(1)]
		#[pallet::weight(T::WeightInfo::withdraw())]
		pub fn withdraw(origin: OriginFor<T>, update: UpdateId) -> DispatchResult {
			let who = ensure_signed(origin)?;
			let mut entry = Updates::<T>::get(update).ok_or(Error::<T>::UnknownUpdate)?;
			ensure!(who == entry.engineer, Error::<T>::NotEngineer);
			Self::close(&mut entry, UpdateState::Withdrawn)?;
			Self::deposit_event(Event::Withdrawn { update, model: entry.model, engineer: who });
			Updates::<T>::insert(update, entry);
			Ok(())
		}

		/// Approve an update, with a reward.
		///
		/// ## Dispatch Origin
		///
		/// Signed by the model's owner, while nobody else is a member of the model's collective.
		/// Afterwards the collective approves.
		///
		/// ## Details
		///
		/// The update becomes a version of the model, published by its engineer, who earns `score`,
		/// in parts per billion, of what remains in the engineers' bucket, rounded down, to be
		/// claimed from the pool. A score of zero needs no pool.
		///
		/// ## Errors
		///
		/// - [`Error::UnknownUpdate`]: there is no such update.
		/// - [`Error::NotOwner`]: the signer does not own the model.
		/// - [`Error::CollectiveDecides`]: the collective has other members.
		/// - [`Error::UpdateClosed`]: it was decided on, or withdrawn.
		/// - [`Error::ScoreAboveOne`]: the score is above one.
		/// - [`Error::NoPool`]: the score is not zero and the model has no open pool.
		/// - [`Error::NothingToPay`]: the score is not zero, but that part of the engineers' bucket is.
		/// - The registry's error, should it have no version number left.
		///
		/// ## Events
		///
		/// - The registry's `VersionPublished`, and [`Event::Approved`].
		#[pallet::call_index(2)]
		#[pallet::weight(T::WeightInfo::approve())]
		pub fn approve(origin: OriginFor<T>, update: UpdateId, score: Score) -> DispatchResult {
			let model = Self::ensure_decides(origin, update)?;
			<Self as Reviewer>::approve(model, update, score)
		}

		/// Reject an update.
		///
		/// ## Dispatch Origin
		///
		/// Signed by the model's owner, while nobody else is a member of the model's collective.
		/// Afterwards the collective rejects.
		///
		/// ## Details
		///
		/// The record of it stays, with the reason.
		///
		/// ## Errors
		///
		/// - [`Error::UnknownUpdate`]: there is no such update.
		/// - [`Error::NotOwner`]: the signer does not own the model.
		/// - [`Error::CollectiveDecides`]: the collective has other members.
		/// - [`Error::UpdateClosed`]: it was decided on, or withdrawn.
		///
		/// ## Events
		///
		/// - [`Event::Rejected`].
		#[pallet::call_index(3)]
		#[pallet::weight(T::WeightInfo::reject())]
		pub fn reject(origin: OriginFor<T>, update: UpdateId, reason: Reason) -> DispatchResult {
			let model = Self::ensure_decides(origin, update)?;
			<Self as Reviewer>::reject(model, update, reason)
		}
	}
}
