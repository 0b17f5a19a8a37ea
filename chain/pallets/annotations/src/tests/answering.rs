use super::{Annotations, *};

#[test]
fn answers_are_shown_once_all_places_are_committed() {
	run(|| {
		opened();
		answered(BOB, 0);
		assert_ok!(take(CAROL, 0));
		assert_noop!(reveal(BOB, 0), Error::<Test>::TooEarlyToReveal);
		assert_ok!(commit(CAROL, 0));
		assert_ok!(reveal(BOB, 0));
		assert!(has_event(Event::AnswersRevealed { task: TASK, batch: 0, who: BOB, hash: HASH }));
		assert_eq!(stage(BOB), Stage::Revealed);
		assert_eq!((task().committed, task().revealed), (2, 1));
		assert_noop!(reveal(BOB, 0), Error::<Test>::NothingToReveal);
	});
}

#[test]
fn answers_are_shown_from_the_deadline_until_the_time_is_over() {
	run(|| {
		opened();
		answered(BOB, 0);
		answered(CAROL, 1);
		run_to(DEADLINE - 1);
		assert_noop!(reveal(BOB, 0), Error::<Test>::TooEarlyToReveal);
		run_to(DEADLINE);
		assert_ok!(reveal(BOB, 0));
		run_to(REVEAL_UNTIL);
		assert_noop!(reveal(CAROL, 1), Error::<Test>::TooLateToReveal);
	});
}

#[test]
fn a_commitment_that_was_copied_is_of_no_use() {
	run(|| {
		opened();
		answered(BOB, 0);
		let Stage::Committed { commitment } = stage(BOB) else { panic!("Bob committed") };
		assert_ok!(take(CAROL, 0));
		assert_ok!(Annotations::commit(signed(CAROL), TASK, 0, commitment));
		// Once Bob has shown hash and salt, Carol knows them too.
		assert_ok!(reveal(BOB, 0));
		assert_noop!(reveal(CAROL, 0), Error::<Test>::WrongCommitment);
	});
}

#[test]
fn a_commitment_holds_task_batch_account_hash_and_salt() {
	run(|| {
		let of = Annotations::commitment;
		let all = [
			of(0, 0, &BOB, HASH, SALT),
			of(1, 0, &BOB, HASH, SALT),
			of(0, 1, &BOB, HASH, SALT),
			of(0, 0, &CAROL, HASH, SALT),
			of(0, 0, &BOB, SALT, SALT),
			of(0, 0, &BOB, HASH, HASH),
		];
		for (index, one) in all.iter().enumerate() {
			assert!(!all[index + 1..].contains(one));
		}
		let mut bytes = [0; 4 + 4 + 16 + 32 + 32];
		bytes[8..24].copy_from_slice(&BOB.to_le_bytes());
		bytes[24..56].copy_from_slice(HASH.as_bytes());
		bytes[56..].copy_from_slice(SALT.as_bytes());
		assert_eq!(all[0], H256(frame::hashing::blake2_256(&bytes)));
	});
}

#[test]
fn other_answers_than_were_committed_are_refused() {
	run(|| {
		opened();
		answered(BOB, 0);
		run_to(DEADLINE);
		let show = |name: &str, hash, salt| {
			Annotations::reveal(signed(BOB), TASK, 0, cid(name), hash, salt)
		};
		assert_noop!(show("answers", SALT, SALT), Error::<Test>::WrongCommitment);
		assert_noop!(show("answers", HASH, HASH), Error::<Test>::WrongCommitment);
		assert_noop!(show("", HASH, SALT), Error::<Test>::LocationEmpty);
	});
}

#[test]
fn strangers_and_those_who_hold_another_batch_answer_nothing() {
	run(|| {
		opened();
		assert_noop!(commit(EVE, 0), Error::<Test>::NotHolding);
		assert_ok!(take(BOB, 0));
		assert_noop!(commit(BOB, 1), Error::<Test>::NotHolding);
		assert_noop!(commit(CAROL, 0), Error::<Test>::NotHolding);
		assert_noop!(reveal(BOB, 0), Error::<Test>::NothingToReveal);
		assert_ok!(commit(BOB, 0));
		assert_noop!(commit(BOB, 0), Error::<Test>::NotHolding);
		assert_noop!(reveal(EVE, 0), Error::<Test>::NothingToReveal);
	});
}
