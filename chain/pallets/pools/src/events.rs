//! What a pool tells the world.

use frame::pallet_macros::pallet_section;

/// Complete enough for a statement of any account or role: who got what, how much, and why.
#[pallet_section]
mod pool_events {
	#[pallet::event]
	#[pallet::generate_deposit(pub(super) fn deposit_event)]
	pub enum Event<T: Config> {
		/// A pool was created. Its first funding follows as [`Event::Funded`].
		PoolCreated {
			model: ModelId,
			owner: T::AccountId,
			asset: T::AssetKind,
			shares: Shares,
			deposit: Balance,
		},
		/// Tokens were put in; `buckets` is what each role's bucket holds now.
		Funded { model: ModelId, who: T::AccountId, amount: Balance, buckets: ByRole<Balance> },
		/// An account earned a part of a role's bucket, by its owner's [`Pallet::reward`].
		Rewarded { model: ModelId, role: Role, who: T::AccountId, score: Score, amount: Balance },
		/// An account took out what it had earned.
		Claimed { model: ModelId, who: T::AccountId, amount: Balance },
		/// The pool takes no more funds and pays no more rewards.
		Closed { model: ModelId, refundable: Balance },
		/// A funder got back a part of what remained.
		Refunded { model: ModelId, who: T::AccountId, amount: Balance },
		/// All was paid out; the deposit and strays went to the pool's owner.
		Settled { model: ModelId, owner: T::AccountId, amount: Balance },
		/// An account earned a part of a role's bucket, by decision of the model's collective.
		Spent { model: ModelId, role: Role, who: T::AccountId, score: Score, amount: Balance },
		/// The pool's shares were changed.
		SharesSet { model: ModelId, shares: Shares },
		/// Income came in that nobody is refunded for, as a licence's price. `parts` is what each
		/// role's bucket got of it, `buckets` what each holds now.
		IncomeTaken {
			model: ModelId,
			payer: T::AccountId,
			amount: Balance,
			parts: ByRole<Balance>,
			buckets: ByRole<Balance>,
		},
		/// A slashed part of a stake came out of `from`. It went `to` the buckets, of which
		/// `parts` is what each got and `buckets` what each holds now, or to the fees account.
		SlashTaken {
			model: ModelId,
			from: T::AccountId,
			amount: Balance,
			to: SlashTo,
			parts: ByRole<Balance>,
			buckets: ByRole<Balance>,
		},
		/// What remained of a closed pool beyond what its funders had put in was credited to its
		/// owner, as the model's creator, to be claimed.
		SurplusCredited { model: ModelId, owner: T::AccountId, amount: Balance },
		/// The rewards of rounds and what annotation tasks set aside may take so much of their
		/// buckets from now on; none: no limit. Both are said where they happen, and lower it.
		AllowanceSet { model: ModelId, amount: Option<Balance> },
		/// A part of a role's bucket was set aside for what it is promised for; `bucket` is what
		/// remains in it.
		SetAside { model: ModelId, role: Role, amount: Balance, bucket: Balance },
		/// What was set aside and not paid went back into the role's bucket, which holds `bucket`
		/// now.
		PutBack { model: ModelId, role: Role, amount: Balance, bucket: Balance },
	}
}
