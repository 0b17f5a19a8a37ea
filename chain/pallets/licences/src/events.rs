//! What happens to licences, told to the world.

use frame::pallet_macros::pallet_section;

/// Complete enough for a statement of any account: what was paid to whom, and for what.
#[pallet_section]
mod licence_events {
	#[pallet::event]
	#[pallet::generate_deposit(pub(super) fn deposit_event)]
	pub enum Event<T: Config> {
		/// The terms of a usage were set; none if it is not sold any more.
		TermsSet { model: ModelId, usage: Usage, terms: Option<Terms> },
		/// A licence was bought. `platform` is who got how much of the price; the rest went into
		/// the model's pool.
		Bought {
			licence: LicenceId,
			model: ModelId,
			usage: Usage,
			holder: T::AccountId,
			price: Balance,
			platform: Option<(T::AccountId, Balance)>,
			expires_ms: Option<Moment>,
		},
		/// A licence was paid for again.
		Renewed {
			licence: LicenceId,
			model: ModelId,
			usage: Usage,
			holder: T::AccountId,
			price: Balance,
			platform: Option<(T::AccountId, Balance)>,
			expires_ms: Option<Moment>,
		},
		/// A holder passed a licence on.
		Transferred {
			licence: LicenceId,
			model: ModelId,
			usage: Usage,
			from: T::AccountId,
			to: T::AccountId,
		},
		/// A licence was revoked.
		Revoked {
			licence: LicenceId,
			model: ModelId,
			usage: Usage,
			holder: T::AccountId,
			cause: Cause,
		},
		/// A licence that has expired is not counted any more.
		Expired { licence: LicenceId, model: ModelId, usage: Usage, holder: T::AccountId },
		/// A holder named the key that content keys are to be sealed to.
		EncryptionKeySet { licence: LicenceId, model: ModelId, encryption_key: EncryptionKey },
		/// The content key of a version was delivered to the holder of a licence.
		KeyDelivered {
			licence: LicenceId,
			model: ModelId,
			version: VersionId,
			by: T::AccountId,
			sealed_to: EncryptionKey,
		},
		/// The platform's share was set.
		PlatformSet { platform: Option<Platform<T::AccountId>> },
		/// A holder gave a licence up.
		Resigned { licence: LicenceId, model: ModelId, usage: Usage, holder: T::AccountId },
	}
}
