//! Why something about a licence is refused.

use frame::pallet_macros::pallet_section;

#[pallet_section]
mod licence_errors {
	#[pallet::error]
	pub enum Error<T> {
		/// There is no such model.
		UnknownModel,
		/// Only the model's owner may do this.
		NotOwner,
		/// The model's collective decides this, by vote.
		CollectiveDecides,
		/// A licence that costs something needs an open pool that its price can go to.
		NoOpenPool,
		/// A licence cannot last for no time at all.
		DurationZero,
		/// The location points nowhere: its CID or URI is empty.
		LocationEmpty,
		/// A share is more than 1,000,000 parts per million.
		ShareAboveWhole,
		/// This usage of the model is not for sale.
		NotForSale,
		/// The price is above the most that the buyer agreed to pay.
		PriceAboveMaximum,
		/// The account has too little that it is free to spend above the minimum it must keep.
		InsufficientBalance,
		/// As many hold a licence of this usage as may.
		SoldOut,
		/// The account holds a valid licence of this usage: it can be renewed, or given up by
		/// `resign` should it be unwanted.
		AlreadyHeld,
		/// All licence ids are used up.
		IdsExhausted,
		/// There is no such licence, or it is not one of the model.
		UnknownLicence,
		/// Only the licence's holder may do this.
		NotHolder,
		/// The licence was revoked, or its holder has given it up.
		LicenceRevoked,
		/// The licence has expired.
		LicenceExpired,
		/// The licence is valid for ever.
		NothingToRenew,
		/// The licence was sold on terms that do not let its holder pass it on.
		NotTransferable,
		/// The model has no such version.
		UnknownVersion,
		/// Only the model's owner or the version's publisher may do this, and once the owner is no
		/// member of the model's collective, its members in the owner's place.
		NotPublisher,
		/// The holder named no key to seal to.
		NoEncryptionKey,
		/// The holder's key is not the one that was sealed to.
		EncryptionKeyChanged,
		/// Whatever is sealed to this key, everybody can open: it is a point of low order.
		EncryptionKeyWeak,
		/// There is no key in the delivery.
		WrappedKeyEmpty,
		/// No counted licence of this usage has expired.
		NothingToPrune,
	}
}
