//! Why a round refuses something.

use frame::pallet_macros::pallet_section;

#[pallet_section]
mod round_errors {
	#[pallet::error]
	pub enum Error<T> {
		/// There is no such model.
		UnknownModel,
		/// Only the model's owner may do this.
		NotOwner,
		/// The model's owner is no member of its collective any more, so operates no rounds: who
		/// governs the model must take the owner in again first.
		OwnerNotMember,
		/// The model has no such round.
		UnknownRound,
		/// The model has no contributor of that name.
		UnknownContributor,
		/// One call names more contributors than `MaxParticipants`.
		TooManyAtOnce,
		/// A contributor needs a name.
		ClientIdEmpty,
		/// The wallet serves another contributor of the model.
		DuplicateWallet,
		/// The model has as many contributors as it may.
		TooManyContributors,
		/// The contributor is selected in the running round.
		ContributorBusy,
		/// A round of the model runs already.
		RoundAlreadyOpen,
		/// The model's collective has decided to close the pool, which waits for the rounds to end.
		PoolCloses,
		/// It takes 1 <= minimum <= maximum <= `MaxParticipants`.
		ParticipantsOutOfRange,
		/// The deadline is in the past.
		DeadlinePassed,
		/// The deadline is more than `MaxRoundMs` ahead.
		DeadlineTooFar,
		/// A score is above one.
		ScoreAboveOne,
		/// The round was finalised or aborted.
		RoundOver,
		/// The round's contributors were rewarded already.
		AlreadyRewarded,
		/// The contributor is selected already.
		AlreadySelected,
		/// More contributors than the round's maximum.
		TooManySelected,
		/// The signer's wallet serves no contributor that is selected in the round.
		NotSelected,
		/// The contributor has submitted an update already.
		AlreadySubmitted,
		/// The location points nowhere: its CID or URI is empty.
		LocationEmpty,
		/// An update must come from at least one example.
		ExamplesZero,
		/// The contributor has submitted no update.
		NoUpdate,
		/// The update has its verdict already.
		AlreadyScored,
		/// An update has no verdict yet.
		NotAllScored,
		/// Fewer updates were accepted than the round's minimum.
		TooFewAccepted,
		/// The model has no open pool to reward from.
		NoPool,
		/// The contributors must be rewarded first.
		NotRewarded,
		/// Only the owner may abort the round yet.
		TooEarlyToAbort,
		/// All round numbers of the model are used up.
		RoundsExhausted,
	}
}
