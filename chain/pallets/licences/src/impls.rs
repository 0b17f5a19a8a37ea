//! What the calls are made of: who is paid, and who is counted.

use crate::*;
use frame::{
	prelude::*,
	token::{
		fungibles::{Inspect, Mutate},
		DepositConsequence, Fortitude, Preservation, Provenance,
	},
	traits::Time,
};
use pallet_models::{Governance, ModelRegistry};
use pallet_pools::{Income, Part, Pooled, Shares};

impl<T: Config> Pallet<T> {
	pub(crate) fn ensure_decider(origin: OriginFor<T>, model: ModelId) -> DispatchResult {
		let who = ensure_signed(origin)?;
		let owner = T::Models::owner(model).ok_or(Error::<T>::UnknownModel)?;
		ensure!(who == owner, Error::<T>::NotOwner);
		ensure!(T::Governance::owner_decides(model), Error::<T>::CollectiveDecides);
		Ok(())
	}

	/// A licence, if an account holds it.
	pub(crate) fn held_by(
		licence: LicenceId,
		who: &T::AccountId,
	) -> Result<LicenceOf<T>, Error<T>> {
		let entry = Licences::<T>::get(licence).ok_or(Error::<T>::UnknownLicence)?;
		ensure!(entry.holder == *who, Error::<T>::NotHolder);
		Ok(entry)
	}

	pub(crate) fn ensure_valid(licence: &LicenceOf<T>) -> Result<(), Error<T>> {
		ensure!(licence.state == LicenceState::Active, Error::<T>::LicenceRevoked);
		ensure!(!licence.is_expired(T::Time::now()), Error::<T>::LicenceExpired);
		Ok(())
	}

	/// The terms on which a usage is sold, if the buyer agrees to the price.
	pub(crate) fn offer(
		model: ModelId,
		usage: Usage,
		max_price: Balance,
	) -> Result<Terms, Error<T>> {
		let terms = Offers::<T>::get(model, usage).ok_or(Error::<T>::NotForSale)?;
		ensure!(terms.price <= max_price, Error::<T>::PriceAboveMaximum);
		Ok(terms)
	}

	/// When a licence expires that is valid from a time on.
	pub(crate) fn expiry(from_ms: Moment, terms: &Terms) -> Result<Option<Moment>, DispatchError> {
		match terms.duration_ms {
			Some(duration_ms) => {
				let expires_ms = from_ms.checked_add(duration_ms);
				Ok(Some(expires_ms.ok_or(ArithmeticError::Overflow)?))
			},
			None => Ok(None),
		}
	}

	pub(crate) fn ensure_not_sold_out(
		model: ModelId,
		usage: Usage,
		terms: &Terms,
	) -> Result<(), Error<T>> {
		let maximum = terms.maximum.unwrap_or(u32::MAX);
		ensure!(Sold::<T>::get(model, usage) < maximum, Error::<T>::SoldOut);
		Ok(())
	}

	/// Moves a price from a buyer to the platform and into the model's pool; who got how much as
	/// the platform.
	pub(crate) fn pay(
		model: ModelId,
		payer: &T::AccountId,
		price: Balance,
	) -> Result<Option<(T::AccountId, Balance)>, DispatchError> {
		if price == 0 {
			return Ok(None);
		}
		ensure!(T::Pools::is_open(model), Error::<T>::NoOpenPool);
		let asset = T::Pools::asset(model).ok_or(Error::<T>::NoOpenPool)?;
		let spendable = T::Assets::reducible_balance(
			asset.clone(),
			payer,
			Preservation::Preserve,
			Fortitude::Polite,
		);
		ensure!(price <= spendable, Error::<T>::InsufficientBalance);

		let platform = Self::platforms_part(&asset, price)?;
		let mut rest = price;
		if let Some((who, amount)) = &platform {
			T::Assets::transfer(asset, payer, who, *amount, Preservation::Preserve)?;
			rest = rest.checked_sub(*amount).ok_or(ArithmeticError::Underflow)?;
		}
		if rest > 0 {
			T::Pools::take(model, payer, rest)?;
		}
		Ok(platform)
	}

	/// The platform's part of a price; none if it is nothing or cannot be received.
	///
	/// A platform whose account cannot hold an asset, or not so little of it, must not keep
	/// licences from being sold in it.
	fn platforms_part(
		asset: &T::AssetKind,
		price: Balance,
	) -> Result<Option<(T::AccountId, Balance)>, DispatchError> {
		let Some(Platform { who, share }) = PlatformShare::<T>::get() else { return Ok(None) };
		let part = Part { numerator: share.into(), denominator: Shares::WHOLE.into() };
		let amount = part.of(price).ok_or(ArithmeticError::Overflow)?;
		let consequence = T::Assets::can_deposit(asset.clone(), &who, amount, Provenance::Extant);
		let receives = amount > 0 && consequence == DepositConsequence::Success;
		Ok(receives.then_some((who, amount)))
	}

	/// Refuses an account that holds a valid licence of a usage; one that has expired makes room.
	pub(crate) fn make_room(
		model: ModelId,
		usage: Usage,
		who: &T::AccountId,
	) -> Result<(), Error<T>> {
		let Some(licence) = Holdings::<T>::get(who, model).get(&usage).copied() else {
			return Ok(());
		};
		let Some(entry) = Licences::<T>::get(licence) else { return Ok(()) };
		ensure!(entry.is_expired(T::Time::now()), Error::<T>::AlreadyHeld);
		Self::drop_expired(licence, &entry);
		Ok(())
	}

	/// Whether any of the licences that an account holds was paid for.
	pub(crate) fn has_paid(holding: &Holding) -> bool {
		holding.values().filter_map(Licences::<T>::get).any(|licence| licence.was_paid())
	}

	/// Refuses a key that everybody can open what is sealed to.
	pub(crate) fn ensure_strong(key: &EncryptionKey) -> Result<(), Error<T>> {
		ensure!(!is_of_low_order(key), Error::<T>::EncryptionKeyWeak);
		Ok(())
	}

	/// Counts a licence as held.
	pub(crate) fn count(licence: LicenceId, entry: &LicenceOf<T>) -> DispatchResult {
		let Licence { model, usage, ref holder, .. } = *entry;
		Holdings::<T>::try_mutate(holder, model, |holding| {
			if holding.is_empty() {
				HolderCount::<T>::try_mutate(model, |count| {
					*count = count.checked_add(1).ok_or(ArithmeticError::Overflow)?;
					Ok::<_, DispatchError>(())
				})?;
			}
			if entry.was_paid() && !Self::has_paid(holding) {
				PayingHolders::<T>::try_mutate(model, |count| {
					*count = count.checked_add(1).ok_or(ArithmeticError::Overflow)?;
					Ok::<_, DispatchError>(())
				})?;
			}
			// There is room for every usage.
			holding.try_insert(usage, licence).map_err(|_| Error::<T>::AlreadyHeld)?;
			Ok::<_, DispatchError>(())
		})?;
		Sold::<T>::try_mutate(model, usage, |count| {
			*count = count.checked_add(1).ok_or(ArithmeticError::Overflow)?;
			Ok::<_, DispatchError>(())
		})?;
		if let Some(expires_ms) = entry.expires_ms {
			Expiring::<T>::insert((model, usage, Expiry::new(expires_ms, licence)), ());
		}
		Ok(())
	}

	/// Counts a licence no more, if it is counted.
	pub(crate) fn uncount(licence: LicenceId, entry: &LicenceOf<T>) {
		let Licence { model, usage, ref holder, .. } = *entry;
		let was_counted = Holdings::<T>::mutate_exists(holder, model, |found| {
			let Some(holding) = found.as_mut() else { return false };
			if holding.get(&usage) != Some(&licence) {
				return false;
			}
			holding.remove(&usage);
			// It was counted, so the count is not zero; neither are those below.
			if entry.was_paid() && !Self::has_paid(holding) {
				PayingHolders::<T>::mutate(model, |count| count.saturating_dec());
			}
			if holding.is_empty() {
				*found = None;
				HolderCount::<T>::mutate(model, |count| count.saturating_dec());
			}
			true
		});
		if was_counted {
			Sold::<T>::mutate(model, usage, |count| count.saturating_dec());
			if let Some(expires_ms) = entry.expires_ms {
				Expiring::<T>::remove((model, usage, Expiry::new(expires_ms, licence)));
			}
		}
	}

	/// Counts a licence that has expired no more, and says so.
	fn drop_expired(licence: LicenceId, entry: &LicenceOf<T>) {
		Self::uncount(licence, entry);
		Self::deposit_event(Event::Expired {
			licence,
			model: entry.model,
			usage: entry.usage,
			holder: entry.holder.clone(),
		});
	}

	/// Takes some licences of a usage off the counts that have expired; how many those were.
	pub(crate) fn prune_expired(model: ModelId, usage: Usage, at_most: u32) -> u32 {
		let now = T::Time::now();
		let expired: alloc::vec::Vec<_> = Expiring::<T>::iter_key_prefix((model, usage))
			.take_while(|expiry| expiry.expires_ms() <= now)
			.take(at_most as usize)
			.collect();
		let mut pruned: u32 = 0;
		for expiry in expired {
			let licence = expiry.licence();
			if let Some(entry) = Licences::<T>::get(licence) {
				Self::drop_expired(licence, &entry);
				pruned.saturating_inc();
			}
		}
		pruned
	}

	/// Whether the weights of a model are for those who hold a licence: since downloads were first
	/// for sale, be it that they are not any more.
	pub fn is_restricted(model: ModelId) -> bool {
		Restricted::<T>::contains_key(model)
	}
}
