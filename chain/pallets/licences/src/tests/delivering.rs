use super::{Licences, *};

fn wrapped() -> WrappedKey {
	vec![1; 80].try_into().unwrap()
}

fn deliver(by: AccountId, version: VersionId) -> DispatchResult {
	Licences::deliver(signed(by), 0, version, KEY, wrapped())
}

/// Carol publishes version 1, as by a proposal of hers that was accepted.
fn publish() {
	let location = Location::Cid(b"bafkreiabc".to_vec().try_into().unwrap());
	let published = <Models as pallet_models::ModelRegistry<_>>::publish(
		MODEL,
		CAROL,
		location,
		H256::zero(),
		0,
	);
	assert_eq!(published, Ok(1));
}

#[test]
fn the_owner_delivers_the_key_of_any_version_and_a_publisher_that_of_his() {
	run(|| {
		publish();
		assert_ok!(sell(Usage::Serve, terms()));
		assert_ok!(buy(BOB));
		assert_ok!(deliver(OWNER, 0));
		assert_ok!(deliver(OWNER, 1));
		assert_ok!(deliver(CAROL, 1));
		assert_noop!(deliver(CAROL, 0), Error::<Test>::NotPublisher);
		assert_noop!(deliver(BOB, 1), Error::<Test>::NotPublisher);
		assert_eq!(
			Deliveries::<Test>::get((0, 1, CAROL)),
			Some(Delivery { sealed_to: KEY, wrapped_key: wrapped(), delivered_ms: START_MS })
		);
		System::assert_last_event(
			Event::KeyDelivered { licence: 0, model: MODEL, version: 1, by: CAROL, sealed_to: KEY }
				.into(),
		);
	});
}

#[test]
fn a_key_is_sealed_to_the_one_that_the_holder_names_now() {
	run(|| {
		assert_ok!(sell(Usage::Serve, terms()));
		assert_ok!(Licences::buy(signed(BOB), MODEL, Usage::Serve, PRICE, None));
		assert_noop!(deliver(OWNER, 0), Error::<Test>::NoEncryptionKey);
		assert_ok!(Licences::set_encryption_key(signed(BOB), 0, [8; 32]));
		System::assert_last_event(
			Event::EncryptionKeySet { licence: 0, model: MODEL, encryption_key: [8; 32] }.into(),
		);
		assert_noop!(deliver(OWNER, 0), Error::<Test>::EncryptionKeyChanged);
		assert_ok!(Licences::set_encryption_key(signed(BOB), 0, KEY));
		assert_ok!(deliver(OWNER, 0));
		assert_ok!(transfer(BOB, 0, CAROL));
		assert_noop!(deliver(OWNER, 0), Error::<Test>::NoEncryptionKey);
	});
}

#[test]
fn nothing_is_delivered_to_whom_no_licence_is_valid_for() {
	run(|| {
		assert_noop!(deliver(OWNER, 0), Error::<Test>::UnknownLicence);
		assert_ok!(sell(Usage::Serve, terms()));
		assert_ok!(buy(BOB));
		assert_noop!(deliver(OWNER, 1), Error::<Test>::UnknownVersion);
		let empty = WrappedKey::default();
		assert_noop!(
			Licences::deliver(signed(OWNER), 0, 0, KEY, empty.clone()),
			Error::<Test>::WrappedKeyEmpty
		);
		assert_noop!(Licences::deliver(RuntimeOrigin::none(), 0, 0, KEY, empty), BadOrigin);
		run_to(START_MS + DAY_MS);
		assert_noop!(deliver(OWNER, 0), Error::<Test>::LicenceExpired);
		assert_ok!(revoke(0));
		assert_noop!(deliver(OWNER, 0), Error::<Test>::LicenceRevoked);
	});
}

#[test]
fn only_the_holder_of_a_valid_licence_names_a_key() {
	run(|| {
		let set = |origin| Licences::set_encryption_key(origin, 0, KEY);
		assert_noop!(set(signed(BOB)), Error::<Test>::UnknownLicence);
		assert_ok!(sell(Usage::Serve, terms()));
		assert_ok!(buy(BOB));
		assert_noop!(set(signed(CAROL)), Error::<Test>::NotHolder);
		assert_noop!(set(RuntimeOrigin::none()), BadOrigin);
		run_to(START_MS + DAY_MS);
		assert_noop!(set(signed(BOB)), Error::<Test>::LicenceExpired);
		assert_ok!(revoke(0));
		assert_noop!(set(signed(BOB)), Error::<Test>::LicenceRevoked);
	});
}

#[test]
fn a_key_that_everybody_can_open_is_refused() {
	let mut weak = vec![[0; 32], [0xff; 32]];
	for (at, first) in [(0, 1), (1, 0xec), (1, 0xed), (1, 0xee)] {
		let mut key: EncryptionKey = weak[at];
		key[0] = first;
		weak.push(key);
	}
	// 2^256 - 1 is, without its highest bit, 2^255 - 1: the point 18, which is sound.
	weak.remove(1);
	for key in weak.clone() {
		// The highest bit does not count.
		let mut same = key;
		same[31] ^= 0x80;
		weak.push(same);
	}
	// The two of order eight.
	for name in [
		concat!("e0eb7a7c3b41b8ae1656e3faf19fc46a", "da098deb9c32b1fd866205165f49b800"),
		concat!("5f9c95bca3508c24b1d0b1559c83ef5b", "04445cc4581c8e86d8224eddd09f1157"),
	] {
		let byte = |at| u8::from_str_radix(&name[2 * at..2 * at + 2], 16).unwrap();
		weak.push(core::array::from_fn(byte));
	}
	run(|| {
		assert_ok!(sell(Usage::Serve, terms()));
		assert_ok!(Licences::buy(signed(CAROL), MODEL, Usage::Serve, PRICE, None));
		for key in weak {
			let buy = Licences::buy(signed(BOB), MODEL, Usage::Serve, PRICE, Some(key));
			assert_noop!(buy, Error::<Test>::EncryptionKeyWeak);
			let named = Licences::set_encryption_key(signed(CAROL), 0, key);
			assert_noop!(named, Error::<Test>::EncryptionKeyWeak);
		}
		assert_ok!(buy(BOB));
	});
}

#[test]
fn nobody_replaces_what_another_delivered() {
	run(|| {
		publish();
		assert_ok!(sell(Usage::Serve, terms()));
		assert_ok!(buy(BOB));
		assert_ok!(deliver(OWNER, 1));
		let junk: WrappedKey = vec![0; 80].try_into().unwrap();
		assert_ok!(Licences::deliver(signed(CAROL), 0, 1, KEY, junk.clone()));
		let delivered = |who| Deliveries::<Test>::get((0, 1, who)).unwrap().wrapped_key;
		assert_eq!((delivered(OWNER), delivered(CAROL)), (wrapped(), junk));
		assert_eq!(Deliveries::<Test>::iter_prefix((0, 1)).count(), 2);
		// One's own is replaced.
		assert_ok!(deliver(CAROL, 1));
		assert_eq!(delivered(CAROL), wrapped());
		assert_eq!(Deliveries::<Test>::iter().count(), 2);
	});
}

#[test]
fn an_owner_who_is_no_member_any_more_delivers_nothing() {
	run(|| {
		publish();
		assert_ok!(sell(Usage::Serve, terms()));
		assert_ok!(buy(BOB));
		OwnerOperates::set(false);
		// Not of what the owner uploaded either.
		assert_noop!(deliver(OWNER, 0), Error::<Test>::NotPublisher);
		assert_noop!(deliver(OWNER, 1), Error::<Test>::NotPublisher);
		// Whoever published a version still delivers its keys.
		assert_ok!(deliver(CAROL, 1));
		assert_noop!(deliver(CAROL, 0), Error::<Test>::NotPublisher);
	});
}

#[test]
fn members_deliver_in_the_place_of_an_owner_who_is_none() {
	run(|| {
		publish();
		Members::set(vec![DAVE]);
		assert_ok!(sell(Usage::Serve, terms()));
		assert_ok!(buy(BOB));
		assert_noop!(deliver(DAVE, 0), Error::<Test>::NotPublisher);
		assert_ok!(deliver(OWNER, 0));
		OwnerOperates::set(false);
		assert_ok!(deliver(DAVE, 0));
		assert_ok!(deliver(DAVE, 1));
		assert_eq!(Deliveries::<Test>::iter_prefix((0, 0)).count(), 2);
		// As soon as the owner is back, it is the owner's again.
		OwnerOperates::set(true);
		assert_noop!(deliver(DAVE, 0), Error::<Test>::NotPublisher);
		assert_ok!(deliver(OWNER, 0));
	});
}
