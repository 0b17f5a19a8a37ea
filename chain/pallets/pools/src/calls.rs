//! What may be done with a pool.

use frame::pallet_macros::pallet_section;

#[pallet_section]
mod pool_calls {
	#[pallet::call]
	impl<T: Config> Pallet<T> {
		/// Create the pool of a model.
		///
		/// ## Dispatch Origin
		///
		/// Signed by the model's owner, while a member of the model's collective.
		///
		/// ## Details
		///
		/// `amount` of `asset` is taken from the signer and split over the roles' buckets by
		/// `shares`, in parts per million. The signer also pays the asset's minimum balance as a
		/// deposit, which keeps the escrow account alive and comes back when the pool is settled.
		/// The signer's own minimum balance cannot be staked.
		///
		/// A model has one pool: it cannot be created again after it was settled.
		///
		/// ## Errors
		///
		/// - [`Error::UnknownModel`], [`Error::NotOwner`]: the signer does not own such a model.
		/// - [`Error::OwnerNotMember`]: the owner left the collective, or was removed from it.
		/// - [`Error::PoolExists`]: the model has a pool.
		/// - [`Error::UnknownAsset`]: there is no such asset.
		/// - [`Error::SharesDoNotSum`]: the shares are not exactly the whole.
		/// - [`Error::AmountZero`]: nothing is staked.
		/// - [`Error::InsufficientBalance`]: the signer cannot pay amount and deposit.
		///
		/// ## Events
		///
		/// - [`Event::PoolCreated`], [`Event::Funded`].
		#[pallet::call_index(0)]
		#[pallet::weight(T::WeightInfo::create())]
		pub fn create(
			origin: OriginFor<T>,
			model: ModelId,
			asset: T::AssetKind,
			shares: Shares,
			amount: Balance,
		) -> DispatchResult {
			let owner = Self::ensure_owner(origin, model)?;
			ensure!(T::Governance::owner_operates(model), Error::<T>::OwnerNotMember);
			ensure!(!Pools::<T>::contains_key(model), Error::<T>::PoolExists);
			ensure!(T::Assets::asset_exists(asset.clone()), Error::<T>::UnknownAsset);
			ensure!(shares.are_whole(), Error::<T>::SharesDoNotSum);
			ensure!(amount > 0, Error::<T>::AmountZero);

			let deposit = T::Assets::minimum_balance(asset.clone());
			let escrow = Self::escrow(model);
			// The escrow lives by this reference, so an asset needs no native tokens beside it to
			// be held there, and the native minimum can be taken out of it in the end.
			frame_system::Pallet::<T>::inc_providers(&escrow);
			Self::take_in(asset.clone(), &owner, &escrow, deposit)?;
			let mut pool = Pool {
				owner: owner.clone(),
				asset: asset.clone(),
				shares,
				state: PoolState::Open,
				deposit,
				buckets: ByRole::default(),
				claimable: 0,
				refundable: 0,
				set_aside: 0,
				contributions: 0,
				ledger: Ledger::default(),
				created_ms: T::Time::now(),
			};
			Self::deposit_event(Event::PoolCreated {
				model,
				owner: owner.clone(),
				asset,
				shares,
				deposit,
			});
			Self::put_in(model, &mut pool, &owner, amount)?;
			Pools::<T>::insert(model, pool);
			Ok(())
		}

		/// Put tokens into a pool.
		///
		/// ## Dispatch Origin
		///
		/// Signed. Anyone may fund a pool.
		///
		/// ## Details
		///
		/// `amount` is split over the roles' buckets by the pool's shares, rounded down; the rest
		/// goes to the role with the largest share, the first of them in order. The signer's own
		/// minimum balance cannot be put in. What remains when the pool is closed goes back to the
		/// funders, each in proportion to what they put in.
		///
		/// ## Errors
		///
		/// - [`Error::NoPool`], [`Error::PoolClosed`]: the model has no open pool.
		/// - [`Error::AmountZero`]: nothing is put in.
		/// - [`Error::InsufficientBalance`]: the signer cannot pay.
		///
		/// ## Events
		///
		/// - [`Event::Funded`].
		#[pallet::call_index(1)]
		#[pallet::weight(T::WeightInfo::fund())]
		pub fn fund(origin: OriginFor<T>, model: ModelId, amount: Balance) -> DispatchResult {
			let who = ensure_signed(origin)?;
			ensure!(amount > 0, Error::<T>::AmountZero);
			Pools::<T>::try_mutate(model, |pool| {
				let pool = Self::ensure_open(pool)?;
				Self::put_in(model, pool, &who, amount)
			})
		}

		/// Reward accounts out of a role's bucket.
		///
		/// ## Dispatch Origin
		///
		/// Signed by the model's owner, while nobody else is a member of the model's collective.
		///
		/// ## Details
		///
		/// Each score is the part, in parts per billion, of what remained in the bucket when the
		/// call began: equal scores earn equal amounts, in whatever order. Amounts are rounded
		/// down and the dust stays in the bucket. The amounts are credited, to be claimed.
		///
		/// ## Errors
		///
		/// - [`Error::UnknownModel`], [`Error::NotOwner`]: the signer does not own such a model.
		/// - [`Error::CollectiveDecides`]: the collective has other members.
		/// - [`Error::NoPool`], [`Error::PoolClosed`]: the model has no open pool.
		/// - [`Error::NobodyToReward`], [`Error::TooManyRewards`]: not 1 to `MaxRewards` accounts.
		/// - [`Error::DuplicateAccount`]: an account is named twice.
		/// - [`Error::ScoreAboveOne`], [`Error::ScoresAboveOne`]: more than the bucket holds.
		/// - [`Error::BucketEmpty`]: nothing remains for the role.
		///
		/// ## Events
		///
		/// - [`Event::Rewarded`], for each account.
		#[pallet::call_index(2)]
		#[pallet::weight(T::WeightInfo::reward(rewards.len() as u32))]
		pub fn reward(
			origin: OriginFor<T>,
			model: ModelId,
			role: Role,
			rewards: Vec<(T::AccountId, Score)>,
		) -> DispatchResult {
			Self::ensure_decider(origin, model)?;
			let parts = Self::parts_of(&rewards)?;
			let remaining = Self::open_pool(model)?.buckets.of(role);
			ensure!(remaining > 0, Error::<T>::BucketEmpty);
			let amounts = <Self as Paymaster<_>>::pay(model, role, &parts)?;
			for ((who, score), amount) in rewards.into_iter().zip(amounts) {
				Self::deposit_event(Event::Rewarded { model, role, who, score, amount });
			}
			Ok(())
		}

		/// Take out what the signer has earned from a model's pool.
		///
		/// ## Dispatch Origin
		///
		/// Signed, by whoever earned something.
		///
		/// ## Details
		///
		/// Pays all that is claimable, in the pool's asset. What was earned stays claimable after
		/// the pool is closed. The last claim settles a closed pool.
		///
		/// ## Errors
		///
		/// - [`Error::NoPool`]: the model has no pool.
		/// - [`Error::NothingToClaim`]: nothing was earned, or all was claimed.
		/// - A token error: the signer's account cannot receive the amount, for one because it
		///   does not exist and the amount is below the minimum balance. It stays claimable.
		///
		/// ## Events
		///
		/// - [`Event::Claimed`], and [`Event::Settled`] if it was the last.
		#[pallet::call_index(3)]
		#[pallet::weight(T::WeightInfo::claim())]
		pub fn claim(origin: OriginFor<T>, model: ModelId) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Pools::<T>::try_mutate(model, |pool| {
				let pool = pool.as_mut().ok_or(Error::<T>::NoPool)?;
				let amount = Allocations::<T>::get(model, &who)
					.claimable()
					.ok_or(ArithmeticError::Underflow)?;
				ensure!(amount > 0, Error::<T>::NothingToClaim);
				Allocations::<T>::try_mutate(model, &who, |allocation| {
					allocation.claimed = Self::plus(allocation.claimed, amount)?;
					Ok::<_, DispatchError>(())
				})?;
				pool.claimable = Self::minus(pool.claimable, amount)?;
				pool.ledger.held = Self::minus(pool.ledger.held, amount)?;
				pool.ledger.paid = Self::plus(pool.ledger.paid, amount)?;
				Self::take_out(model, pool, &who, amount)?;
				Self::deposit_event(Event::Claimed { model, who, amount });
				Self::settle_if_empty(model, pool);
				Ok(())
			})
		}

		/// Close the pool of a model.
		///
		/// ## Dispatch Origin
		///
		/// Signed by the model's owner, while nobody else is a member of the model's collective.
		///
		/// ## Details
		///
		/// What remains in the buckets becomes refundable to the funders, each in proportion to
		/// what they put in and never more than that; the owner is refunded at once. What income
		/// left beyond it is credited to the pool's owner, to be claimed. What was earned stays
		/// claimable. When all is refunded and claimed, the pool is settled.
		///
		/// ## Errors
		///
		/// - [`Error::UnknownModel`], [`Error::NotOwner`]: the signer does not own such a model.
		/// - [`Error::CollectiveDecides`]: the collective has other members.
		/// - [`Error::NoPool`], [`Error::PoolClosed`]: the model has no open pool.
		/// - [`Error::PoolLocked`]: a round of the model runs, or an annotation task may still pay.
		///
		/// ## Events
		///
		/// - [`Event::Closed`], [`Event::SurplusCredited`] if there is one, [`Event::Refunded`]
		///   for the owner, [`Event::Settled`] if nothing is left.
		#[pallet::call_index(4)]
		#[pallet::weight(T::WeightInfo::close())]
		pub fn close(origin: OriginFor<T>, model: ModelId) -> DispatchResult {
			Self::ensure_decider(origin, model)?;
			<Self as Closing>::close(model)
		}

		/// Refund a funder of a closed pool.
		///
		/// ## Dispatch Origin
		///
		/// Signed. Anyone may have a funder refunded; the funder is paid.
		///
		/// ## Details
		///
		/// Pays the funder's part of what is refundable, rounded down; the last funder gets all
		/// that is left, so no dust remains.
		///
		/// ## Errors
		///
		/// - [`Error::NoPool`], [`Error::PoolOpen`]: the model has no closed pool.
		/// - [`Error::NothingToRefund`]: the account put nothing in, or was refunded.
		/// - A token error: the funder's account cannot receive the amount.
		///
		/// ## Events
		///
		/// - [`Event::Refunded`], and [`Event::Settled`] if it was the last.
		#[pallet::call_index(5)]
		#[pallet::weight(T::WeightInfo::refund())]
		pub fn refund(
			origin: OriginFor<T>,
			model: ModelId,
			funder: T::AccountId,
		) -> DispatchResult {
			ensure_signed(origin)?;
			Pools::<T>::try_mutate(model, |pool| {
				let pool = pool.as_mut().ok_or(Error::<T>::NoPool)?;
				ensure!(pool.state != PoolState::Open, Error::<T>::PoolOpen);
				Self::pay_back(model, pool, &funder)?;
				Self::settle_if_empty(model, pool);
				Ok(())
			})
		}

		/// Settle a closed pool that nothing is owed from.
		///
		/// ## Dispatch Origin
		///
		/// Signed. Anyone may settle a pool; its owner is paid.
		///
		/// ## Details
		///
		/// Returns the deposit, and whatever strangers sent to the escrow account, to the pool's
		/// owner. Happens by itself with the last claim or refund; this call is for when the
		/// owner's account could not receive it then, or for what was sent to the escrow account
		/// after the pool had been settled.
		///
		/// ## Errors
		///
		/// - [`Error::NoPool`], [`Error::PoolOpen`]: the model has no closed pool.
		/// - [`Error::NothingToSettle`]: something is owed, or all was settled already.
		/// - A token error: the owner's account cannot receive the amount.
		///
		/// ## Events
		///
		/// - [`Event::Settled`].
		#[pallet::call_index(6)]
		#[pallet::weight(T::WeightInfo::settle())]
		pub fn settle(origin: OriginFor<T>, model: ModelId) -> DispatchResult {
			ensure_signed(origin)?;
			Pools::<T>::try_mutate(model, |pool| {
				let pool = pool.as_mut().ok_or(Error::<T>::NoPool)?;
				ensure!(pool.state != PoolState::Open, Error::<T>::PoolOpen);
				if pool.state == PoolState::Settled {
					return Self::pass_on_late_gift(model, pool);
				}
				ensure!(Self::is_empty(pool), Error::<T>::NothingToSettle);
				Self::pay_deposit_back(model, pool)
			})
		}
	}
}
