//! What may be done with a licence.

use frame::pallet_macros::pallet_section;

#[pallet_section]
mod licence_calls {
	#[pallet::call]
	impl<T: Config> Pallet<T> {
		/// Say on which terms a usage of a model is sold, or that it is not sold any more.
		///
		/// ## Dispatch Origin
		///
		/// Signed by the model's owner, while nobody else is a member of the model's collective.
		///
		/// ## Details
		///
		/// The price is in the asset of the model's pool. Terms for [`Usage::Download`] make the
		/// model restricted for good: without terms they are not sold any more, and nothing else
		/// changes; for a price of nothing everybody may have them. Licences that were bought keep
		/// the terms that they were bought on until they are renewed.
		///
		/// ## Errors
		///
		/// - [`Error::UnknownModel`], [`Error::NotOwner`]: the signer does not own such a model.
		/// - [`Error::CollectiveDecides`]: the collective has other members.
		/// - [`Error::DurationZero`]: a licence would never be valid.
		/// - [`Error::LocationEmpty`]: the text is nowhere.
		/// - [`Error::NoOpenPool`]: there is a price, but no open pool that it could go to.
		///
		/// ## Events
		///
		/// - [`Event::TermsSet`].
		#[pallet::call_index(0)]
		#[pallet::weight(T::WeightInfo::set_terms())]
		pub fn set_terms(
			origin: OriginFor<T>,
			model: ModelId,
			usage: Usage,
			terms: Option<Terms>,
		) -> DispatchResult {
			Self::ensure_decider(origin, model)?;
			<Self as Licensing>::set_terms(model, usage, terms)
		}

		/// Buy a licence.
		///
		/// ## Dispatch Origin
		///
		/// Signed. Anyone may buy.
		///
		/// ## Details
		///
		/// The price is taken from the signer, whose own minimum balance cannot be spent. The
		/// platform's share of it, rounded down, goes to the platform's account, the rest into the
		/// buckets of the model's pool; all of it, should the platform's account be unable to
		/// receive its share. `max_price` is the most that the signer agrees to pay, should the
		/// terms change before the call is executed.
		///
		/// `encryption_key` is the X25519 key that content keys are to be sealed to. It can be
		/// named later.
		///
		/// ## Errors
		///
		/// - [`Error::NotForSale`]: there are no terms for this usage of the model.
		/// - [`Error::PriceAboveMaximum`]: it costs more than `max_price`.
		/// - [`Error::AlreadyHeld`]: the signer holds a valid licence of this usage.
		/// - [`Error::EncryptionKeyWeak`]: whatever is sealed to the key, everybody can open.
		/// - [`Error::SoldOut`]: as many hold one as may.
		/// - [`Error::NoOpenPool`]: it costs something, and the model's pool was closed.
		/// - [`Error::InsufficientBalance`]: the signer cannot pay.
		/// - [`Error::IdsExhausted`]: no id is left.
		///
		/// ## Events
		///
		/// - [`Event::Bought`], after `pools.IncomeTaken` if it cost something, and
		///   [`Event::Expired`] for licences that are not counted any more.
		#[pallet::call_index(1)]
		#[pallet::weight(T::WeightInfo::buy(PRUNED_AT_ONCE))]
		pub fn buy(
			origin: OriginFor<T>,
			model: ModelId,
			usage: Usage,
			max_price: Balance,
			encryption_key: Option<EncryptionKey>,
		) -> DispatchResult {
			let holder = ensure_signed(origin)?;
			Self::do_buy(holder, model, usage, max_price, encryption_key)
		}

		/// Renew a licence.
		///
		/// ## Dispatch Origin
		///
		/// Signed by the licence's holder.
		///
		/// ## Details
		///
		/// The present terms of the usage are paid and apply from now on: the licence is extended
		/// by their duration from when it expires, or from now if it has expired. The money goes
		/// where that of a purchase goes.
		///
		/// ## Errors
		///
		/// - [`Error::UnknownLicence`], [`Error::NotHolder`]: the signer does not hold it.
		/// - [`Error::LicenceRevoked`]: it was revoked.
		/// - [`Error::NothingToRenew`]: it never expires.
		/// - [`Error::NotForSale`], [`Error::PriceAboveMaximum`], [`Error::NoOpenPool`],
		///   [`Error::InsufficientBalance`]: as for a purchase.
		/// - [`Error::AlreadyHeld`], [`Error::SoldOut`]: it had expired, and the signer has bought
		///   another meanwhile, or others have bought all there are.
		///
		/// ## Events
		///
		/// - [`Event::Renewed`], after `pools.IncomeTaken` if it cost something, and
		///   [`Event::Expired`] for licences that are not counted any more.
		#[pallet::call_index(2)]
		#[pallet::weight(T::WeightInfo::buy(PRUNED_AT_ONCE))]
		pub fn renew(
			origin: OriginFor<T>,
			licence: LicenceId,
			max_price: Balance,
		) -> DispatchResult {
			let holder = ensure_signed(origin)?;
			Self::do_renew(holder, licence, max_price)
		}

		/// Pass a licence on.
		///
		/// ## Dispatch Origin
		///
		/// Signed by the licence's holder.
		///
		/// ## Details
		///
		/// `to` holds the licence from now on, on the same terms and until the same time. What was
		/// delivered remains sealed to the former holder's key, which is the licence's no more: the
		/// new holder names an own one by [`Pallet::set_encryption_key`]. Whoever did not want the
		/// licence gives it up by [`Pallet::resign`].
		///
		/// ## Errors
		///
		/// - [`Error::UnknownLicence`], [`Error::NotHolder`]: the signer does not hold it.
		/// - [`Error::LicenceRevoked`], [`Error::LicenceExpired`]: it is not valid.
		/// - [`Error::NotTransferable`]: its terms do not allow it.
		/// - [`Error::AlreadyHeld`]: `to` holds a valid licence of this usage.
		///
		/// ## Events
		///
		/// - [`Event::Transferred`].
		#[pallet::call_index(3)]
		#[pallet::weight(T::WeightInfo::transfer())]
		pub fn transfer(
			origin: OriginFor<T>,
			licence: LicenceId,
			to: T::AccountId,
		) -> DispatchResult {
			let from = ensure_signed(origin)?;
			Self::do_transfer(from, licence, to)
		}

		/// Revoke a licence for a cause.
		///
		/// ## Dispatch Origin
		///
		/// Signed by the model's owner, while nobody else is a member of the model's collective.
		///
		/// ## Details
		///
		/// Nothing is paid back. The former holder may buy another if the usage is for sale.
		///
		/// ## Errors
		///
		/// - [`Error::UnknownLicence`]: there is no such licence.
		/// - [`Error::NotOwner`]: the signer does not own its model.
		/// - [`Error::CollectiveDecides`]: the collective has other members.
		/// - [`Error::LicenceRevoked`]: it was revoked already.
		///
		/// ## Events
		///
		/// - [`Event::Revoked`].
		#[pallet::call_index(4)]
		#[pallet::weight(T::WeightInfo::revoke())]
		pub fn revoke(origin: OriginFor<T>, licence: LicenceId, cause: Cause) -> DispatchResult {
			let entry = Licences::<T>::get(licence).ok_or(Error::<T>::UnknownLicence)?;
			Self::ensure_decider(origin, entry.model)?;
			<Self as Licensing>::revoke(entry.model, licence, cause)
		}

		/// Deliver the content key of a version to the holder of a licence.
		///
		/// ## Dispatch Origin
		///
		/// Signed by the model's owner while a member of the model's collective, or by the
		/// publisher of the version; while the owner is no member, by any member in the owner's
		/// place.
		///
		/// ## Details
		///
		/// `wrapped_key` is the key that the version's weights are encrypted with, sealed to
		/// `encryption_key`, which must be the one that the holder names now. It replaces what the
		/// signer delivered before for the same version, and nothing that another did.
		///
		/// ## Errors
		///
		/// - [`Error::UnknownLicence`], [`Error::UnknownVersion`]: there is no such thing.
		/// - [`Error::NotPublisher`]: the signer is none of these.
		/// - [`Error::LicenceRevoked`], [`Error::LicenceExpired`]: the licence is not valid.
		/// - [`Error::NoEncryptionKey`], [`Error::EncryptionKeyChanged`]: the holder names no key,
		///   or another one.
		/// - [`Error::WrappedKeyEmpty`]: nothing is delivered.
		///
		/// ## Events
		///
		/// - [`Event::KeyDelivered`].
		#[pallet::call_index(5)]
		#[pallet::weight(T::WeightInfo::deliver())]
		pub fn deliver(
			origin: OriginFor<T>,
			licence: LicenceId,
			version: VersionId,
			encryption_key: EncryptionKey,
			wrapped_key: WrappedKey,
		) -> DispatchResult {
			let by = ensure_signed(origin)?;
			Self::do_deliver(by, licence, version, encryption_key, wrapped_key)
		}

		/// Name the key that content keys are to be sealed to.
		///
		/// ## Dispatch Origin
		///
		/// Signed by the licence's holder.
		///
		/// ## Details
		///
		/// An X25519 key. What was delivered before remains sealed to the former key.
		///
		/// ## Errors
		///
		/// - [`Error::UnknownLicence`], [`Error::NotHolder`]: the signer does not hold it.
		/// - [`Error::LicenceRevoked`], [`Error::LicenceExpired`]: it is not valid.
		/// - [`Error::EncryptionKeyWeak`]: whatever is sealed to the key, everybody can open.
		///
		/// ## Events
		///
		/// - [`Event::EncryptionKeySet`].
		#[pallet::call_index(6)]
		#[pallet::weight(T::WeightInfo::set_encryption_key())]
		pub fn set_encryption_key(
			origin: OriginFor<T>,
			licence: LicenceId,
			encryption_key: EncryptionKey,
		) -> DispatchResult {
			let holder = ensure_signed(origin)?;
			let mut entry = Self::held_by(licence, &holder)?;
			Self::ensure_valid(&entry)?;
			Self::ensure_strong(&encryption_key)?;
			let model = entry.model;
			entry.encryption_key = Some(encryption_key);
			Licences::<T>::insert(licence, entry);
			Self::deposit_event(Event::EncryptionKeySet { licence, model, encryption_key });
			Ok(())
		}

		/// Take expired licences off the counts.
		///
		/// ## Dispatch Origin
		///
		/// Signed. Anyone may do it.
		///
		/// ## Details
		///
		/// Takes off `MaxPruned` licences of the usage at most, those that expired first. They can
		/// still be renewed.
		///
		/// ## Errors
		///
		/// - [`Error::NothingToPrune`]: none of those counted has expired.
		///
		/// ## Events
		///
		/// - [`Event::Expired`], for each licence.
		#[pallet::call_index(7)]
		#[pallet::weight(T::WeightInfo::prune(MAX_PRUNED))]
		pub fn prune(
			origin: OriginFor<T>,
			model: ModelId,
			usage: Usage,
		) -> DispatchResultWithPostInfo {
			ensure_signed(origin)?;
			let pruned = Self::prune_expired(model, usage, MAX_PRUNED);
			ensure!(pruned > 0, Error::<T>::NothingToPrune);
			Ok(Some(T::WeightInfo::prune(pruned)).into())
		}

		/// Set the platform's share of what licences are sold for, or that there is none.
		///
		/// ## Dispatch Origin
		///
		/// Root.
		///
		/// ## Details
		///
		/// The share is in parts per million and applies to whatever is bought or renewed from now
		/// on, in whatever asset.
		///
		/// ## Errors
		///
		/// - [`Error::ShareAboveWhole`]: it is more than the whole.
		///
		/// ## Events
		///
		/// - [`Event::PlatformSet`].
		#[pallet::call_index(8)]
		#[pallet::weight(T::WeightInfo::set_platform())]
		pub fn set_platform(
			origin: OriginFor<T>,
			platform: Option<Platform<T::AccountId>>,
		) -> DispatchResult {
			ensure_root(origin)?;
			let share = platform.as_ref().map_or(0, |platform| platform.share);
			ensure!(share <= pallet_pools::Shares::WHOLE, Error::<T>::ShareAboveWhole);
			PlatformShare::<T>::set(platform.clone());
			Self::deposit_event(Event::PlatformSet { platform });
			Ok(())
		}

		/// Give a licence up.
		///
		/// ## Dispatch Origin
		///
		/// Signed by the licence's holder.
		///
		/// ## Details
		///
		/// Nothing is paid back. Anybody can pass a transferable licence on to any account, which
		/// then cannot buy one of the same usage: who wants one of their own gives that one up.
		///
		/// ## Errors
		///
		/// - [`Error::UnknownLicence`], [`Error::NotHolder`]: the signer does not hold it.
		/// - [`Error::LicenceRevoked`]: it was revoked or given up already.
		///
		/// ## Events
		///
		/// - [`Event::Resigned`].
		#[pallet::call_index(9)]
		#[pallet::weight(T::WeightInfo::resign())]
		pub fn resign(origin: OriginFor<T>, licence: LicenceId) -> DispatchResult {
			let holder = ensure_signed(origin)?;
			Self::do_resign(holder, licence)
		}
	}
}
