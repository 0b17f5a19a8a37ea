//! What the chain remembers of collectives.

use frame::pallet_macros::pallet_section;

/// Proposals and ballots stay when a vote is over: they are its record.
#[pallet_section]
mod collective_storage {
	/// The collective of a model, once it is more than the owner alone on the first terms.
	#[pallet::storage]
	pub type Collectives<T: Config> = StorageMap<_, Twox64Concat, ModelId, CollectiveFor<T>>;

	/// The members of a model's collective who have a delegate.
	#[pallet::storage]
	pub type Delegations<T: Config> =
		StorageMap<_, Twox64Concat, ModelId, Delegates<T::AccountId>, ValueQuery>;

	/// The id that the next proposal gets.
	#[pallet::storage]
	pub type NextProposalId<T> = StorageValue<_, ProposalId, ValueQuery>;

	/// Every proposal of every collective.
	#[pallet::storage]
	pub type Proposals<T: Config> = StorageMap<_, Twox64Concat, ProposalId, ProposalFor<T>>;

	/// Which proposals are of a model's collective.
	#[pallet::storage]
	pub type ByModel<T> =
		StorageDoubleMap<_, Twox64Concat, ModelId, Twox64Concat, ProposalId, (), OptionQuery>;

	/// The proposals of a model's collective that are voted on.
	#[pallet::storage]
	pub type Open<T: Config> = StorageMap<_, Twox64Concat, ModelId, OpenProposals<T>, ValueQuery>;

	/// The proposal to close a model's pool that a round or task kept from being enacted when that
	/// was last tried. Whether it still waits, it says itself.
	#[pallet::storage]
	pub type ClosingBy<T> = StorageMap<_, Twox64Concat, ModelId, ProposalId>;

	/// What each member said to a proposal.
	#[pallet::storage]
	pub type Ballots<T: Config> =
		StorageDoubleMap<_, Twox64Concat, ProposalId, Blake2_128Concat, T::AccountId, Ballot>;

	/// What each account of the wider electorate said to a proposal.
	#[pallet::storage]
	pub type ReferendumBallots<T: Config> =
		StorageDoubleMap<_, Twox64Concat, ProposalId, Blake2_128Concat, T::AccountId, Ballot>;
}
