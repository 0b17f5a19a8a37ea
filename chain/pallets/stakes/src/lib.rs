//! # Stakes
//!
//! What participants put at risk to take part in a model, each in a role: validators on being
//! right, engineers on meaning well, whoever votes on caring about the outcome. A stake is in the
//! asset of the model's pool and lies in an escrow account of its own.
//!
//! ```text
//! stake -> active -> unstake -> unbonding -> (time passes) -> withdraw
//!            ^_______restake________|
//! ```
//!
//! Active and unbonding parts can be slashed for a named cause; what is slashed goes where the
//! model's terms say. A part whose time has come is its owner's, withdrawn or not. Who stakes on a
//! model trusts whoever governs it: its owner while alone, its collective otherwise.
//!
//! Nothing can be lost: for every model `staked = withdrawn + slashed + held`, and the escrow
//! account holds at least `held` and the deposit. [`Pallet::statement`] says so for one model,
//! `try_state` for all.

#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

use frame::pallet_macros::import_section;

pub use pallet::*;
pub use types::*;
pub use weights::WeightInfo;

mod audit;
mod errors;
mod events;
mod impls;
#[cfg(test)]
mod mock;
mod services;
#[cfg(test)]
mod tests;
mod types;
pub mod weights;

#[import_section(events::stake_events)]
#[import_section(errors::stake_errors)]
#[frame::pallet]
pub mod pallet {
	use super::*;
	use frame::{prelude::*, token::fungibles::Mutate, traits::Time};
	use pallet_models::{Governance, ModelRegistry};
	use pallet_pools::{Income, Pooled};

	pub type LocksOf = BoundedVec<Lock, ConstU32<MAX_LOCKS>>;

	#[pallet::config]
	pub trait Config: frame_system::Config {
		/// Says which asset a stake is in.
		type AssetKind: Parameter + Member + MaxEncodedLen;
		/// Every asset that a stake can be in.
		type Assets: Mutate<Self::AccountId, AssetId = Self::AssetKind, Balance = Balance>;
		type Models: ModelRegistry<Self::AccountId>;
		/// Says whether a model's owner decides alone.
		type Governance: Governance;
		/// Names the asset of a model's stakes, and takes what is slashed.
		type Pools: Income<Self::AccountId> + Pooled<AssetKind = Self::AssetKind>;
		/// Keeps the unbonding periods.
		type Time: Time<Moment = Moment>;
		/// The escrow accounts are its sub-accounts, by model.
		#[pallet::constant]
		type PalletId: Get<PalletId>;
		type WeightInfo: WeightInfo;
	}

	#[pallet::extra_constants]
	impl<T: Config> Pallet<T> {
		/// How many parts of a stake may be unbonding at once, for an account in a model.
		#[pallet::constant_name(MaxUnbonding)]
		fn max_unbonding() -> u32 {
			MAX_UNBONDING
		}

		/// How many locks an account may have on its stake in a model.
		#[pallet::constant_name(MaxLocks)]
		fn max_locks() -> u32 {
			MAX_LOCKS
		}

		/// The unbonding period of a model whose collective set none, in milliseconds.
		#[pallet::constant_name(DefaultUnbondingMs)]
		fn default_unbonding_ms() -> Moment {
			DEFAULT_UNBONDING_MS
		}

		/// The longest unbonding period that a collective may set, in milliseconds.
		#[pallet::constant_name(MaxUnbondingMs)]
		fn max_unbonding_ms() -> Moment {
			MAX_UNBONDING_MS
		}
	}

	#[pallet::pallet]
	pub struct Pallet<T>(_);

	/// The escrow account of a model's stakes. It stays when all stakes were withdrawn.
	#[pallet::storage]
	pub type Escrows<T: Config> = StorageMap<_, Twox64Concat, ModelId, Escrow<T::AccountId>>;

	/// What each account has at stake in a model, active or unbonding.
	#[pallet::storage]
	pub type Stakes<T: Config> = StorageDoubleMap<
		_,
		Twox64Concat,
		ModelId,
		Blake2_128Concat,
		T::AccountId,
		Stake,
		ValueQuery,
	>;

	/// The locks on each account's stake in a model. Those that have ended are dropped when the
	/// account's stake or locks change.
	#[pallet::storage]
	pub type Locks<T: Config> = StorageDoubleMap<
		_,
		Twox64Concat,
		ModelId,
		Blake2_128Concat,
		T::AccountId,
		LocksOf,
		ValueQuery,
	>;

	/// On which terms a model takes stakes.
	#[pallet::storage]
	pub type Terms<T> = StorageMap<_, Twox64Concat, ModelId, StakingTerms, ValueQuery>;

	#[pallet::hooks]
	impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
		#[cfg(feature = "try-runtime")]
		fn try_state(_: BlockNumberFor<T>) -> Result<(), frame::try_runtime::TryRuntimeError> {
			Self::do_try_state()
		}
	}

	#[pallet::call]
	impl<T: Config> Pallet<T> {
		/// Put tokens at stake in a role.
		///
		/// ## Dispatch Origin
		///
		/// Signed. Anyone may stake, in any role.
		///
		/// ## Details
		///
		/// `amount` of the pool's asset is taken from the signer, whose own minimum balance cannot
		/// be staked. It is slashable from now on until it has been unstaked and has unbonded.
		///
		/// Where nothing is at stake in the model yet, the signer also pays the asset's minimum
		/// balance as a deposit, which keeps the escrow account alive and comes back when the last
		/// stake is gone.
		///
		/// ## Errors
		///
		/// - [`Error::NoPool`], [`Error::PoolClosed`]: the model has no open pool.
		/// - [`Error::AmountZero`]: nothing is staked.
		/// - [`Error::BelowMinimumStake`]: the stake in the role would be below the minimum.
		/// - [`Error::InsufficientBalance`]: the signer cannot pay.
		///
		/// ## Events
		///
		/// - [`Event::EscrowOpened`] if it is the first stake, [`Event::Staked`].
		#[pallet::call_index(0)]
		#[pallet::weight(T::WeightInfo::stake())]
		pub fn stake(
			origin: OriginFor<T>,
			model: ModelId,
			role: Role,
			amount: Balance,
		) -> DispatchResult {
			let who = ensure_signed(origin)?;
			let asset = Self::open_asset(model)?;
			ensure!(amount > 0, Error::<T>::AmountZero);
			let mut escrow = Escrows::<T>::get(model).unwrap_or_default();
			if escrow.depositor.is_none() {
				Self::open_escrow(model, &mut escrow, &asset, &who)?;
			}
			Self::take_in(asset.clone(), &who, &Self::escrow(model), amount)?;
			escrow.active = Self::plus(escrow.active, amount)?;
			escrow.ledger.staked = Self::plus(escrow.ledger.staked, amount)?;
			escrow.ledger.held = Self::plus(escrow.ledger.held, amount)?;
			Escrows::<T>::insert(model, escrow);
			let active = Stakes::<T>::try_mutate(model, &who, |stake| {
				let active = stake.active.of_mut(role);
				*active = Self::plus(*active, amount)?;
				Self::ensure_minimum(model, asset, *active)?;
				Ok::<_, DispatchError>(*active)
			})?;
			Self::deposit_event(Event::Staked { model, who, role, amount, active });
			Ok(())
		}

		/// Begin to take out a part of what the signer has at stake in a role.
		///
		/// ## Dispatch Origin
		///
		/// Signed, by whoever staked.
		///
		/// ## Details
		///
		/// The part stays slashable for the model's unbonding period, as it is now, and can then
		/// be withdrawn. What stays at stake in the role must be nothing or reach the minimum.
		///
		/// A pool that is closed changes nothing in this.
		///
		/// ## Errors
		///
		/// - [`Error::AmountZero`]: nothing is unstaked.
		/// - [`Error::InsufficientStake`]: the signer has less than this at stake in the role.
		/// - [`Error::BelowMinimumStake`]: too little would stay at stake.
		/// - [`Error::StakeIsLocked`]: a lock, as of a vote, needs more than what would stay.
		/// - [`Error::TooManyUnbonding`]: `MaxUnbonding` parts are unbonding already.
		///
		/// ## Events
		///
		/// - [`Event::Unstaked`].
		#[pallet::call_index(1)]
		#[pallet::weight(T::WeightInfo::unstake())]
		pub fn unstake(
			origin: OriginFor<T>,
			model: ModelId,
			role: Role,
			amount: Balance,
		) -> DispatchResult {
			let who = ensure_signed(origin)?;
			ensure!(amount > 0, Error::<T>::AmountZero);
			let unlock_ms = Self::plus_ms(T::Time::now(), Terms::<T>::get(model).unbonding_ms)?;
			let active = Stakes::<T>::try_mutate(model, &who, |stake| {
				ensure!(amount <= stake.active.of(role), Error::<T>::InsufficientStake);
				let active = stake.active.of_mut(role);
				*active = Self::minus(*active, amount)?;
				let active = *active;
				let asset = T::Pools::asset(model).ok_or(Error::<T>::NoPool)?;
				Self::ensure_minimum(model, asset, active)?;
				Self::ensure_unlocked(model, &who, stake)?;
				Self::unbond(stake, Unbonding { role, amount, unlock_ms })?;
				Ok::<_, DispatchError>(active)
			})?;
			Self::try_mutate_escrow(model, |escrow| {
				escrow.active = Self::minus(escrow.active, amount)?;
				escrow.unbonding = Self::plus(escrow.unbonding, amount)?;
				Ok(())
			})?;
			Self::deposit_event(Event::Unstaked { model, who, role, amount, active, unlock_ms });
			Ok(())
		}

		/// Put a part of what is unbonding back at stake.
		///
		/// ## Dispatch Origin
		///
		/// Signed, by whoever unstaked.
		///
		/// ## Details
		///
		/// Takes what was unstaked last first. A part that has unbonded and was not withdrawn can
		/// be restaked too.
		///
		/// ## Errors
		///
		/// - [`Error::NoPool`], [`Error::PoolClosed`]: the model has no open pool.
		/// - [`Error::AmountZero`]: nothing is restaked.
		/// - [`Error::InsufficientUnbonding`]: the signer has less unbonding in the role.
		/// - [`Error::BelowMinimumStake`]: the stake in the role would be below the minimum.
		///
		/// ## Events
		///
		/// - [`Event::Restaked`].
		#[pallet::call_index(2)]
		#[pallet::weight(T::WeightInfo::restake())]
		pub fn restake(
			origin: OriginFor<T>,
			model: ModelId,
			role: Role,
			amount: Balance,
		) -> DispatchResult {
			let who = ensure_signed(origin)?;
			let asset = Self::open_asset(model)?;
			ensure!(amount > 0, Error::<T>::AmountZero);
			let active = Stakes::<T>::try_mutate(model, &who, |stake| {
				Self::bond_again(stake, role, amount)?;
				let active = stake.active.of_mut(role);
				*active = Self::plus(*active, amount)?;
				Self::ensure_minimum(model, asset, *active)?;
				Ok::<_, DispatchError>(*active)
			})?;
			Self::try_mutate_escrow(model, |escrow| {
				escrow.unbonding = Self::minus(escrow.unbonding, amount)?;
				escrow.active = Self::plus(escrow.active, amount)?;
				Ok(())
			})?;
			Self::deposit_event(Event::Restaked { model, who, role, amount, active });
			Ok(())
		}

		/// Take out what has unbonded.
		///
		/// ## Dispatch Origin
		///
		/// Signed, by whoever unstaked.
		///
		/// ## Details
		///
		/// Pays all parts, in all roles, whose time has come. The last withdrawal returns the
		/// deposit, and whatever strangers sent to the escrow account, to whoever paid the
		/// deposit; should that account be unable to receive it then, it may call this later.
		///
		/// ## Errors
		///
		/// - [`Error::NoPool`]: the model has no pool, so nothing was ever staked.
		/// - [`Error::NothingToWithdraw`]: nothing has unbonded yet.
		/// - A token error: the signer's account cannot receive the amount. It stays withdrawable.
		///
		/// ## Events
		///
		/// - [`Event::Withdrawn`], and [`Event::EscrowClosed`] if it was the last.
		#[pallet::call_index(3)]
		#[pallet::weight(T::WeightInfo::withdraw())]
		pub fn withdraw(origin: OriginFor<T>, model: ModelId) -> DispatchResult {
			let who = ensure_signed(origin)?;
			let asset = T::Pools::asset(model).ok_or(Error::<T>::NoPool)?;
			let amount = Self::take_unbonded(model, &who)?;
			let mut escrow = Escrows::<T>::get(model).ok_or(Error::<T>::NothingToWithdraw)?;
			if amount == 0 {
				let is_owed_deposit = escrow.depositor.as_ref() == Some(&who);
				let is_empty = escrow.ledger.held == 0;
				ensure!(is_owed_deposit && is_empty, Error::<T>::NothingToWithdraw);
				Self::close_escrow(model, &mut escrow, asset, who)?;
			} else {
				escrow.unbonding = Self::minus(escrow.unbonding, amount)?;
				escrow.ledger.held = Self::minus(escrow.ledger.held, amount)?;
				escrow.ledger.withdrawn = Self::plus(escrow.ledger.withdrawn, amount)?;
				Self::take_out(asset.clone(), &Self::escrow(model), &who, amount)?;
				Self::deposit_event(Event::Withdrawn { model, who, amount });
				Self::close_if_empty(model, &mut escrow, asset);
			}
			Escrows::<T>::insert(model, escrow);
			Ok(())
		}

		/// Take a part of an account's stake in a role, for a cause.
		///
		/// ## Dispatch Origin
		///
		/// Signed by the model's owner, while nobody else is a member of the model's collective.
		///
		/// ## Details
		///
		/// `part`, in parts per billion, is taken of what is active and of each part that is still
		/// unbonding, rounded down each; the dust stays with the staker. What has unbonded is not
		/// touched, what is locked is slashed like the rest.
		///
		/// It goes where the model's terms say: into the pool's buckets, into one of them, or to
		/// the fees account, where it goes in any case once the pool is closed.
		///
		/// ## Errors
		///
		/// - [`Error::UnknownModel`], [`Error::NotOwner`]: the signer does not own such a model.
		/// - [`Error::CollectiveDecides`]: the collective has other members.
		/// - [`Error::NoPool`]: the model has no pool, so nothing was ever staked.
		/// - [`Error::ScoreAboveOne`]: the part is more than the whole.
		/// - [`Error::NothingToSlash`]: there is nothing to take, or the part of it is nothing.
		/// - A token error: the asset is frozen, or the fees account cannot receive it.
		///
		/// ## Events
		///
		/// - [`Event::Slashed`], and `pools.SlashTaken` before it; [`Event::EscrowClosed`] if it
		///   was the last stake.
		#[pallet::call_index(4)]
		#[pallet::weight(T::WeightInfo::slash())]
		pub fn slash(
			origin: OriginFor<T>,
			model: ModelId,
			who: T::AccountId,
			role: Role,
			part: Score,
			cause: Cause,
		) -> DispatchResult {
			let signer = ensure_signed(origin)?;
			let owner = T::Models::owner(model).ok_or(Error::<T>::UnknownModel)?;
			ensure!(signer == owner, Error::<T>::NotOwner);
			ensure!(T::Governance::owner_decides(model), Error::<T>::CollectiveDecides);
			<Self as Slashing<_>>::slash(model, &who, role, part, cause).map(|_| ())
		}
	}
}
