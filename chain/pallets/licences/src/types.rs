//! What a licence is made of, and what other pallets may ask of licences.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame::prelude::*;
pub use pallet_models::{Location, ModelId, Moment, VersionId};
pub use pallet_pools::Balance;

/// Counted from 0 over all models.
pub type LicenceId = u32;
/// A public X25519 key, which a content key can be sealed to.
pub type EncryptionKey = [u8; 32];
/// A content key sealed to an [`EncryptionKey`].
pub type WrappedKey = BoundedVec<u8, ConstU32<128>>;
/// Where a licence is valid, such as `EU` or `US-CA`; empty for everywhere.
pub type Jurisdiction = BoundedVec<u8, ConstU32<16>>;
/// Something in words.
pub type Reason = BoundedVec<u8, ConstU32<128>>;

/// What a licence allows.
#[derive(
	Clone,
	Copy,
	Debug,
	PartialEq,
	Eq,
	PartialOrd,
	Ord,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
pub enum Usage {
	/// To fetch the weights and improve them.
	Download,
	/// To use the model within one's own house.
	Internal,
	/// To use the model in what one sells.
	Commercial,
	/// To let others use the model over a network.
	Serve,
	/// To sell the model on.
	Resale,
}

impl Usage {
	/// Every usage, in order.
	pub const ALL: [Usage; 5] =
		[Usage::Download, Usage::Internal, Usage::Commercial, Usage::Serve, Usage::Resale];
}

/// On which terms a usage of a model is sold.
#[derive(
	Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Terms {
	/// In the asset of the model's pool. What is free needs no pool.
	pub price: Balance,
	/// How long a licence is valid from when it is bought; none for ever.
	pub duration_ms: Option<Moment>,
	/// How many may hold one at once; none for any number.
	pub maximum: Option<u32>,
	/// Whether a holder may pass it on.
	pub transferable: bool,
	pub jurisdiction: Jurisdiction,
	/// Terms of its own, and the SHA-256 of their text; none for the model's licence.
	pub text: Option<(Location, H256)>,
}

/// Why a licence is revoked.
#[derive(
	Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub enum Cause {
	/// The holder broke the terms.
	Breach,
	/// The holder passed on weights or keys.
	Leak,
	/// The law where the holder is forbids it.
	Jurisdiction,
	/// Something else.
	Other(Reason),
}

/// Whether a licence stands. That it has expired is a matter of time alone.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub enum LicenceState {
	Active,
	Revoked {
		cause: Cause,
	},
	/// Given up by its holder.
	Resigned,
}

/// A right bought on a model.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Licence<AccountId> {
	pub model: ModelId,
	pub usage: Usage,
	pub holder: AccountId,
	/// As they were when it was bought or last renewed.
	pub terms: Terms,
	/// All that was paid for it, renewals included.
	pub paid: Balance,
	pub bought_ms: Moment,
	/// Since when the present holder has held it, or has paid for one that had cost nothing.
	pub held_since_ms: Moment,
	/// From this time on it is not valid; none for ever.
	pub expires_ms: Option<Moment>,
	/// What the content keys are to be sealed to.
	pub encryption_key: Option<EncryptionKey>,
	pub state: LicenceState,
}

impl<AccountId> Licence<AccountId> {
	/// Whether the licence gives its right at a time.
	pub fn is_valid(&self, now: Moment) -> bool {
		self.state == LicenceState::Active && !self.is_expired(now)
	}

	/// Whether anything was paid for the licence.
	pub fn was_paid(&self) -> bool {
		self.paid > 0
	}

	/// Whether the licence's time is over.
	pub fn is_expired(&self, now: Moment) -> bool {
		self.expires_ms.is_some_and(|expires_ms| now >= expires_ms)
	}
}

/// When a licence expires: a key that sorts by time.
#[derive(
	Clone,
	Copy,
	Debug,
	PartialEq,
	Eq,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
pub struct Expiry {
	/// The time in milliseconds, big-endian.
	expires_ms: [u8; 8],
	/// The licence's id, big-endian.
	licence: [u8; 4],
}

impl Expiry {
	pub fn new(expires_ms: Moment, licence: LicenceId) -> Self {
		Self { expires_ms: expires_ms.to_be_bytes(), licence: licence.to_be_bytes() }
	}

	pub fn expires_ms(&self) -> Moment {
		Moment::from_be_bytes(self.expires_ms)
	}

	pub fn licence(&self) -> LicenceId {
		LicenceId::from_be_bytes(self.licence)
	}
}

/// The content key of a version, sealed to a holder's key.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Delivery {
	/// The key that it is sealed to, which may not be the holder's present one.
	pub sealed_to: EncryptionKey,
	pub wrapped_key: WrappedKey,
	pub delivered_ms: Moment,
}

/// Who gets a share of what licences are sold for.
#[derive(
	Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Platform<AccountId> {
	pub who: AccountId,
	/// In parts per million.
	pub share: u32,
}

/// Sets terms and revokes licences.
pub trait Licensing {
	/// Does what [`crate::Pallet::set_terms`] does, for whom the caller has found entitled to it.
	fn set_terms(model: ModelId, usage: Usage, terms: Option<Terms>) -> DispatchResult;

	/// Does what [`crate::Pallet::revoke`] does, for whom the caller has found entitled to it.
	///
	/// Refused if the licence is not one of the model.
	fn revoke(model: ModelId, licence: LicenceId, cause: Cause) -> DispatchResult;
}

/// Says who holds licences of a model.
pub trait LicenceHolders<AccountId> {
	/// Whether an account holds a valid licence of the model, of one usage or of any.
	fn holds(model: ModelId, who: &AccountId, usage: Option<Usage>) -> bool;

	/// Since when an account has held a valid licence of the model that was paid for, without a
	/// break: the earliest of those that it holds now.
	///
	/// Whoever counts holders once counts only those that held theirs before the counting began:
	/// a licence that is passed on must not be counted again. One that cost nothing is not counted
	/// at all: anybody can have any number of them, by as many accounts.
	fn held_since(model: ModelId, who: &AccountId) -> Option<Moment>;

	/// How many accounts hold a licence of the model that was paid for.
	///
	/// Never too few: a licence that has expired may be counted until somebody buys one of the
	/// same usage or calls [`crate::Pallet::prune`].
	fn holders(model: ModelId) -> u32;
}
