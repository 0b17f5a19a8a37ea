//! What the chain remembers of tasks.

use frame::pallet_macros::pallet_section;

#[pallet_section]
mod annotation_storage {
	/// The id of the next task.
	#[pallet::storage]
	pub type NextTaskId<T> = StorageValue<_, TaskId, ValueQuery>;

	/// Every task. It stays when it was closed.
	#[pallet::storage]
	pub type Tasks<T: Config> = StorageMap<_, Twox64Concat, TaskId, TaskFor<T>>;

	/// The tasks of a model.
	#[pallet::storage]
	pub type ByModel<T> = StorageDoubleMap<_, Twox64Concat, ModelId, Twox64Concat, TaskId, ()>;

	/// How many tasks of a model are open.
	#[pallet::storage]
	pub type OpenCount<T> = StorageMap<_, Twox64Concat, ModelId, u32, ValueQuery>;

	/// Who has a place in which batch of a task.
	#[pallet::storage]
	pub type Batches<T: Config> = StorageDoubleMap<
		_,
		Twox64Concat,
		TaskId,
		Twox64Concat,
		BatchId,
		Places<T::AccountId>,
		ValueQuery,
	>;

	/// What an annotator did with a batch of a task: whoever held it once does not get it again.
	/// All of a task, or all of an annotator in it, have one prefix.
	#[pallet::storage]
	pub type Assignments<T: Config> = StorageNMap<
		_,
		(
			NMapKey<Twox64Concat, TaskId>,
			NMapKey<Blake2_128Concat, T::AccountId>,
			NMapKey<Twox64Concat, BatchId>,
		),
		Assignment,
	>;

	/// What an annotator does in a task.
	#[pallet::storage]
	pub type Annotators<T: Config> = StorageDoubleMap<
		_,
		Twox64Concat,
		TaskId,
		Blake2_128Concat,
		T::AccountId,
		Annotator,
		ValueQuery,
	>;
}
