//! What the registry promises, and what it refuses.

use crate::{
	mock::{Models, *},
	*,
};
use codec::{Decode, Encode};
use frame::testing_prelude::*;

const OWNER: u64 = 1;
const STRANGER: u64 = 2;

fn cid() -> Location {
	Location::Cid(b"bafkreiabc".to_vec().try_into().unwrap())
}

fn uri() -> Location {
	Location::Uri { uri: b"s3://bucket/weights".to_vec().try_into().unwrap(), sha256: hash(9) }
}

fn hash(n: u8) -> H256 {
	H256::repeat_byte(n)
}

fn text<S: Get<u32>>(text: &str) -> BoundedVec<u8, S> {
	text.as_bytes().to_vec().try_into().unwrap()
}

fn register() -> DispatchResult {
	Models::register(
		RuntimeOrigin::signed(OWNER),
		cid(),
		hash(1),
		text("mnist"),
		text("MIT"),
		hash(2),
	)
}

fn publish(who: u64, parent: VersionId) -> DispatchResult {
	Models::publish_version(RuntimeOrigin::signed(who), 0, uri(), hash(3), parent)
}

#[test]
fn a_registered_model_has_its_weights_as_version_zero() {
	new_test_ext().execute_with(|| {
		assert_ok!(register());

		let guid = Models::guid_of(0, &OWNER);
		let model = crate::Models::<Test>::get(0).unwrap();
		assert_eq!(
			model,
			Model {
				owner: OWNER,
				name: text("mnist"),
				licence: text("MIT"),
				metadata_hash: hash(2),
				guid,
				created_ms: NOW_MS,
				versions: 1,
			}
		);
		assert_eq!(
			Versions::<Test>::get(0, 0).unwrap(),
			Version {
				location: cid(),
				hash: hash(1),
				parent: None,
				publisher: OWNER,
				published_ms: NOW_MS,
			}
		);
		System::assert_last_event(
			Event::Registered { model: 0, guid, owner: OWNER, name: text("mnist"), hash: hash(1) }
				.into(),
		);
	});
}

#[test]
fn each_model_gets_the_next_id_and_a_guid_that_leads_to_it() {
	new_test_ext().execute_with(|| {
		assert_ok!(register());
		assert_ok!(register());
		let guids = [0, 1].map(|model| crate::Models::<Test>::get(model).unwrap().guid);
		assert_ne!(guids[0], guids[1]);
		assert_eq!(guids.map(ByGuid::<Test>::get), [Some(0), Some(1)]);
		assert_eq!(NextModelId::<Test>::get(), 2);
	});
}

#[test]
fn a_guid_differs_between_chains_and_between_owners() {
	let guid_on = |genesis: u8, owner: u64| {
		new_test_ext().execute_with(|| {
			frame_system::BlockHash::<Test>::insert(0, hash(genesis));
			Models::guid_of(0, &owner)
		})
	};
	assert_ne!(guid_on(1, OWNER), guid_on(2, OWNER));
	assert_ne!(guid_on(1, OWNER), guid_on(1, STRANGER));
	assert_eq!(guid_on(1, OWNER), guid_on(1, OWNER));
}

#[test]
fn a_version_names_the_parent_that_it_was_trained_from() {
	new_test_ext().execute_with(|| {
		assert_ok!(register());
		assert_ok!(publish(OWNER, 0));
		assert_ok!(publish(OWNER, 0));

		let parents = [0, 1, 2].map(|v| Versions::<Test>::get(0, v).unwrap().parent);
		assert_eq!(parents, [None, Some(0), Some(0)]);
		assert_eq!(<Models as ModelRegistry<_>>::latest(0), Some(2));
		System::assert_last_event(
			Event::VersionPublished {
				model: 0,
				version: 2,
				parent: 0,
				publisher: OWNER,
				hash: hash(3),
			}
			.into(),
		);
	});
}

#[test]
fn a_model_without_location_name_or_licence_is_refused() {
	new_test_ext().execute_with(|| {
		let register = |location, name, licence| {
			let origin = RuntimeOrigin::signed(OWNER);
			Models::register(origin, location, hash(1), text(name), text(licence), hash(2))
		};
		let nowhere = Location::Uri { uri: text(""), sha256: hash(9) };
		assert_noop!(register(nowhere, "mnist", "MIT"), Error::<Test>::LocationEmpty);
		assert_noop!(
			register(Location::Cid(text("")), "mnist", "MIT"),
			Error::<Test>::LocationEmpty
		);
		assert_noop!(register(cid(), "", "MIT"), Error::<Test>::NameEmpty);
		assert_noop!(register(cid(), "mnist", ""), Error::<Test>::LicenceEmpty);
	});
}

#[test]
fn only_the_owner_publishes() {
	new_test_ext().execute_with(|| {
		assert_ok!(register());
		assert_noop!(publish(STRANGER, 0), Error::<Test>::NotOwner);
		assert_noop!(
			Models::publish_version(RuntimeOrigin::none(), 0, uri(), hash(3), 0),
			BadOrigin
		);
	});
}

#[test]
fn an_owner_who_does_not_decide_alone_does_not_publish() {
	new_test_ext().execute_with(|| {
		assert_ok!(register());
		OwnerDecides::set(false);
		assert_noop!(publish(OWNER, 0), Error::<Test>::CollectiveDecides);
		assert_noop!(publish(STRANGER, 0), Error::<Test>::NotOwner);
		// What was decided is published for whoever made it.
		let published = <Models as ModelRegistry<_>>::publish(0, STRANGER, cid(), hash(1), 0);
		assert_eq!(published, Ok(1));
		let publisher = |version| <Models as ModelRegistry<_>>::publisher(0, version);
		assert_eq!([0, 1, 2].map(publisher), [Some(OWNER), Some(STRANGER), None]);
	});
}

#[test]
fn a_version_of_an_unknown_model_or_parent_is_refused() {
	new_test_ext().execute_with(|| {
		assert_noop!(publish(OWNER, 0), Error::<Test>::UnknownModel);
		assert_noop!(
			<Models as ModelRegistry<_>>::publish(7, OWNER, cid(), hash(1), 0),
			Error::<Test>::UnknownModel
		);
		assert_ok!(register());
		assert_noop!(publish(OWNER, 1), Error::<Test>::UnknownParent);
	});
}

#[test]
fn a_version_that_is_nowhere_is_refused() {
	new_test_ext().execute_with(|| {
		assert_ok!(register());
		let origin = RuntimeOrigin::signed(OWNER);
		assert_noop!(
			Models::publish_version(origin, 0, Location::Cid(text("")), hash(3), 0),
			Error::<Test>::LocationEmpty
		);
	});
}

#[test]
fn ids_never_wrap_around() {
	new_test_ext().execute_with(|| {
		assert_ok!(register());
		crate::Models::<Test>::mutate(0, |model| model.as_mut().unwrap().versions = u32::MAX);
		assert_noop!(publish(OWNER, 0), Error::<Test>::IdsExhausted);
		NextModelId::<Test>::put(u32::MAX);
		assert_noop!(register(), Error::<Test>::IdsExhausted);
	});
}

#[test]
fn a_location_is_encoded_by_its_kind() {
	assert_eq!(cid().encode()[0], 1);
	assert_eq!(uri().encode()[0], 2);
	assert_eq!(Location::decode(&mut &uri().encode()[..]), Ok(uri()));
	assert!(Location::decode(&mut &[0u8, 0][..]).is_err());
}

#[test]
fn a_name_longer_than_its_bound_does_not_decode() {
	let name = |length: usize| Name::decode(&mut &vec![b'a'; length].encode()[..]);
	assert!(name(64).is_ok());
	assert!(name(65).is_err());
}
