//! What the registry stores, and what other pallets may ask of it.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame::prelude::*;

pub type ModelId = u32;
/// The number of a version within its model; the first is 0.
pub type VersionId = u32;
/// Names a model across chains: see [`crate::Pallet::guid_of`].
pub type Guid = [u8; 16];
/// Milliseconds since the Unix epoch.
pub type Moment = u64;

/// A CID on IPFS in its text form, as `ipfs add` prints it: tools show it unchanged.
pub type Cid = BoundedVec<u8, ConstU32<128>>;
/// A URI of another store.
pub type Uri = BoundedVec<u8, ConstU32<512>>;
/// What people call the model.
pub type Name = BoundedVec<u8, ConstU32<64>>;
/// An SPDX licence identifier or expression.
pub type Licence = BoundedVec<u8, ConstU32<64>>;

/// Where bytes are.
#[derive(
	Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub enum Location {
	/// Content-addressed: the address is itself the check.
	#[codec(index = 1)]
	Cid(Cid),
	/// In another store, with the SHA-256 that what is fetched must have.
	#[codec(index = 2)]
	Uri { uri: Uri, sha256: H256 },
}

impl Location {
	/// Whether the location points nowhere.
	pub fn is_empty(&self) -> bool {
		match self {
			Self::Cid(cid) => cid.is_empty(),
			Self::Uri { uri, .. } => uri.is_empty(),
		}
	}
}

/// A registered model.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Model<AccountId> {
	pub owner: AccountId,
	pub name: Name,
	pub licence: Licence,
	/// SHA-256 of a metadata document that is kept off chain.
	pub metadata_hash: H256,
	pub guid: Guid,
	pub created_ms: Moment,
	/// How many versions there are; the latest is `versions - 1`.
	pub versions: u32,
}

/// One set of weights of a model.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Version<AccountId> {
	pub location: Location,
	/// SHA-256 of the weights file.
	pub hash: H256,
	/// The version it was trained from; none for the first.
	pub parent: Option<VersionId>,
	pub publisher: AccountId,
	pub published_ms: Moment,
}

/// The registry as other pallets see it.
pub trait ModelRegistry<AccountId> {
	/// Who owns a model, or none if there is no such model.
	fn owner(model: ModelId) -> Option<AccountId>;

	/// The number of the latest version of a model.
	fn latest(model: ModelId) -> Option<VersionId>;

	/// Who published a version of a model.
	fn publisher(model: ModelId, version: VersionId) -> Option<AccountId>;

	/// Publishes a version on behalf of `publisher`, whose right to do so the caller has checked.
	fn publish(
		model: ModelId,
		publisher: AccountId,
		location: Location,
		hash: H256,
		parent: VersionId,
	) -> Result<VersionId, DispatchError>;
}

/// Who governs a model.
pub trait Governance {
	/// Whether the model's owner decides alone, because nobody else is a member of its collective.
	///
	/// Otherwise what is the collective's to decide goes by vote only, and a call of the owner's is
	/// refused.
	fn owner_decides(model: ModelId) -> bool;

	/// Whether the model's owner is a member of its collective, and so may operate its rounds and
	/// tasks.
	fn owner_operates(model: ModelId) -> bool;

	/// Whether the model's pool is to be closed as soon as no round runs and no task holds a part of
	/// it, so that no other may be opened.
	fn pool_closes(_: ModelId) -> bool {
		false
	}

	/// How long the model's collective needs at most to settle what is disputed; none while the owner
	/// decides alone.
	fn settle_ms(_: ModelId) -> Moment {
		0
	}
}

/// Says who is a member of a model's collective.
pub trait Membership<AccountId> {
	/// Whether an account is a member of a model's collective: its owner alone, where nobody was
	/// added.
	fn is_member(model: ModelId, who: &AccountId) -> bool;
}

/// Without collectives every owner decides and operates.
impl Governance for () {
	fn owner_decides(_: ModelId) -> bool {
		true
	}

	fn owner_operates(_: ModelId) -> bool {
		true
	}
}
