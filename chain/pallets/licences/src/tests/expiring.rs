use super::{Licences, *};

#[test]
fn an_expired_licence_is_counted_until_it_is_pruned() {
	run(|| {
		assert_ok!(sell(Usage::Serve, terms()));
		assert_ok!(buy(BOB));
		assert_noop!(prune(), Error::<Test>::NothingToPrune);
		run_to(START_MS + DAY_MS);
		assert_eq!((holds(BOB), Licences::holders(MODEL)), (false, 1));
		assert_ok!(prune());
		assert_eq!((sold(), Licences::holders(MODEL)), (0, 0));
		assert_noop!(prune(), Error::<Test>::NothingToPrune);
		System::assert_last_event(
			Event::Expired { licence: 0, model: MODEL, usage: Usage::Serve, holder: BOB }.into(),
		);
		assert_noop!(Licences::prune(RuntimeOrigin::none(), MODEL, Usage::Serve), BadOrigin);
	});
}

#[test]
fn a_purchase_makes_room_by_what_has_expired() {
	run(|| {
		assert_ok!(sell(Usage::Serve, Terms { maximum: Some(1), ..terms() }));
		assert_ok!(buy(BOB));
		run_to(START_MS + DAY_MS - 1);
		assert_noop!(buy(CAROL), Error::<Test>::SoldOut);
		run_to(START_MS + DAY_MS);
		assert_ok!(buy(CAROL));
		assert_eq!((sold(), Licences::holders(MODEL)), (1, 1));
	});
}

#[test]
fn buying_again_after_the_expiry_replaces_the_licence() {
	run(|| {
		assert_ok!(sell(Usage::Serve, terms()));
		assert_ok!(buy(BOB));
		run_to(START_MS + DAY_MS);
		assert_ok!(buy(BOB));
		assert_eq!((sold(), Licences::holders(MODEL)), (1, 1));
		assert_eq!(Holdings::<Test>::get(BOB, MODEL).get(&Usage::Serve), Some(&1));
		assert_eq!(OfModel::<Test>::iter_key_prefix(MODEL).count(), 2);
	});
}

#[test]
fn one_call_prunes_so_many_at_most_those_that_expired_first() {
	run(|| {
		for n in 0..40u32 {
			let duration_ms = Some(40 - Moment::from(n));
			assert_ok!(sell(Usage::Serve, Terms { duration_ms, ..free() }));
			let buyer = signed(100 + AccountId::from(n));
			assert_ok!(Licences::buy(buyer, MODEL, Usage::Serve, 0, None));
		}
		run_to(START_MS + 40);
		let weight = prune().unwrap().actual_weight.unwrap();
		assert_eq!(weight, <Test as Config>::WeightInfo::prune(MAX_PRUNED));
		assert_eq!(sold(), 40 - MAX_PRUNED);
		// The first to buy had the longest duration.
		assert_eq!(Holdings::<Test>::get(100, MODEL).get(&Usage::Serve), Some(&0));
		assert!(!Holdings::<Test>::contains_key(139, MODEL));
		let weight = prune().unwrap().actual_weight.unwrap();
		assert_eq!(weight, <Test as Config>::WeightInfo::prune(8));
		assert_eq!((sold(), Licences::holders(MODEL)), (0, 0));
	});
}

#[test]
fn a_purchase_prunes_a_few_only() {
	run(|| {
		assert_ok!(sell(Usage::Serve, Terms { duration_ms: Some(1), ..free() }));
		for n in 0..20 {
			assert_ok!(Licences::buy(signed(100 + n), MODEL, Usage::Serve, 0, None));
		}
		run_to(START_MS + 1);
		assert_ok!(Licences::buy(signed(BOB), MODEL, Usage::Serve, 0, None));
		assert_eq!(sold(), 20 - PRUNED_AT_ONCE + 1);
	});
}

#[test]
fn anyone_prunes_what_has_expired_also_once_the_pool_is_closed() {
	run(|| {
		assert_ok!(sell(Usage::Serve, terms()));
		for who in [BOB, CAROL] {
			assert_ok!(buy(who));
		}
		assert_ok!(close_pool());
		run_to(START_MS + DAY_MS);
		assert_eq!(Licences::holders(MODEL), 2);
		assert_ok!(prune());
		assert_eq!((sold(), Licences::holders(MODEL)), (0, 0));
	});
}

#[test]
fn calls_one_after_the_other_free_every_holder_whose_licence_has_expired() {
	run(|| {
		assert_ok!(sell(Usage::Serve, Terms { price: 1, ..terms() }));
		let buyers = MAX_PRUNED + 3;
		for n in 0..buyers {
			let who = 100 + AccountId::from(n);
			let fund = Balances::transfer_allow_death(signed(BOB), who, 100);
			assert_ok!(fund);
			assert_ok!(Licences::buy(signed(who), MODEL, Usage::Serve, 1, None));
		}
		// One of them lasts.
		run_to(START_MS + DAY_MS - 1);
		assert_ok!(Licences::renew(signed(100), 0, 1));
		run_to(START_MS + DAY_MS);
		assert_eq!(Licences::holders(MODEL), buyers);
		assert_ok!(prune());
		assert_eq!(Licences::holders(MODEL), buyers - MAX_PRUNED);
		assert_ok!(prune());
		assert_eq!(Licences::holders(MODEL), 1);
		assert_noop!(prune(), Error::<Test>::NothingToPrune);
	});
}
