//! The limits that clients read from the metadata.

use frame::pallet_macros::pallet_section;

#[pallet_section]
mod collective_constants {
	#[pallet::extra_constants]
	impl<T: Config> Pallet<T> {
		/// How many members a collective may have.
		#[pallet::constant_name(MaxMembers)]
		fn max_members() -> u32 {
			MAX_MEMBERS
		}

		/// How many proposals of a collective may be open at once, of which each member may have made
		/// an equal part. Beyond, everyone may still make one.
		#[pallet::constant_name(MaxOpen)]
		fn max_open() -> u32 {
			MAX_OPEN
		}

		/// How many members that weigh something must say aye, unless there are fewer members.
		#[pallet::constant_name(MinAyes)]
		fn min_ayes() -> u32 {
			MIN_AYES
		}

		/// The shortest voting period, in milliseconds.
		#[pallet::constant_name(MinPeriodMs)]
		fn min_period_ms() -> Moment {
			MIN_PERIOD_MS
		}

		/// The shortest time to enact in, in milliseconds.
		#[pallet::constant_name(MinEnactWithinMs)]
		fn min_enact_within_ms() -> Moment {
			MIN_ENACT_WITHIN_MS
		}

		/// How long the closing of a pool is waited for at least, from when it was first tried and a
		/// round ran or a task held a part of it, in milliseconds.
		#[pallet::constant_name(PostponedMs)]
		fn postponed_ms() -> Moment {
			POSTPONED_MS
		}

		/// The longest of any period, in milliseconds.
		#[pallet::constant_name(MaxPeriodMs)]
		fn max_period_ms() -> Moment {
			MAX_PERIOD_MS
		}
	}
}
