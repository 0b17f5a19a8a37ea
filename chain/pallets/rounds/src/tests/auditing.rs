use super::{Rounds, *};

#[test]
fn the_audit_notices_miscounted_rounds() {
	run(|| {
		stake();
		judged();
		assert_ok!(reward(80));
		let before = round();
		let noticed = |spoil: &dyn Fn(&mut Round)| {
			crate::Rounds::<Test>::mutate(MODEL, ROUND, |round| spoil(round.as_mut().unwrap()));
			let noticed = Rounds::do_try_state().is_err();
			crate::Rounds::<Test>::insert(MODEL, ROUND, before.clone());
			noticed
		};
		assert!(noticed(&|round| round.selected += 1));
		assert!(noticed(&|round| round.submitted += 1));
		assert!(noticed(&|round| round.scored -= 1));
		assert!(noticed(&|round| round.accepted -= 1));
		assert!(noticed(&|round| round.maximum = 1));
		assert!(noticed(&|round| round.rewarded += 1));
		assert!(noticed(&|round| round.state = RoundState::Finalised { version: 1 }));
	});
}

#[test]
fn the_audit_notices_a_wallet_without_its_contributor() {
	run(|| {
		assert_ok!(define(&[("b", BOB)]));
		Wallets::<Test>::insert(MODEL, DAVE, client("d"));
		assert!(Rounds::do_try_state().is_err());
		Wallets::<Test>::remove(MODEL, DAVE);
		Wallets::<Test>::remove(MODEL, BOB);
		assert!(Rounds::do_try_state().is_err());
		Wallets::<Test>::insert(MODEL, BOB, client("b"));
	});
}
