//! What happens to stakes, told to the world.

use frame::pallet_macros::pallet_section;

/// Complete enough for a statement of any account: what went in, came out and was slashed, and why.
#[pallet_section]
mod stake_events {
	#[pallet::event]
	#[pallet::generate_deposit(pub(super) fn deposit_event)]
	pub enum Event<T: Config> {
		/// A first stake opened a model's escrow account; the staker paid a deposit for it.
		EscrowOpened { model: ModelId, depositor: T::AccountId, deposit: Balance },
		/// Tokens were put at stake; `active` is what the account has active in the role now.
		Staked { model: ModelId, who: T::AccountId, role: Role, amount: Balance, active: Balance },
		/// A part of a stake can be withdrawn from a time on.
		Unstaked {
			model: ModelId,
			who: T::AccountId,
			role: Role,
			amount: Balance,
			active: Balance,
			unlock_ms: Moment,
		},
		/// A part that was unbonding is active again.
		Restaked { model: ModelId, who: T::AccountId, role: Role, amount: Balance, active: Balance },
		/// An account took out what had unbonded.
		Withdrawn { model: ModelId, who: T::AccountId, amount: Balance },
		/// A part of a stake was taken for a cause: so much of what was active and so much of
		/// what was unbonding. It went `to` the pool's buckets or to the fees account.
		Slashed {
			model: ModelId,
			who: T::AccountId,
			role: Role,
			part: Score,
			cause: Cause,
			active: Balance,
			unbonding: Balance,
			to: SlashTo,
		},
		/// The last stake was gone; deposit and strays went to whoever had paid the deposit.
		EscrowClosed { model: ModelId, depositor: T::AccountId, amount: Balance },
		/// The terms of a model's stakes were set.
		TermsSet { model: ModelId, terms: StakingTerms },
		/// A part of an account's active stake, in a role or else in whatever roles, cannot be
		/// unstaked before a time.
		StakeLocked {
			model: ModelId,
			who: T::AccountId,
			role: Option<Role>,
			amount: Balance,
			until_ms: Moment,
			key: u32,
		},
		/// A lock ended before its time.
		StakeUnlocked { model: ModelId, who: T::AccountId, key: u32 },
	}
}
