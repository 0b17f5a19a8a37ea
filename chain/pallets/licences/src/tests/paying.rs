use super::{Licences, *};

fn platform(who: AccountId, share: u32) {
	let platform = Some(Platform { who, share });
	assert_ok!(Licences::set_platform(RuntimeOrigin::root(), platform));
}

#[test]
fn the_price_goes_into_the_buckets_by_share_and_is_nobodys_to_be_refunded() {
	run(|| {
		assert_ok!(sell(Usage::Serve, terms()));
		assert_ok!(buy(BOB));
		assert_eq!(tokens(BOB), ENDOWMENT - PRICE);
		assert_eq!((pool().buckets.creator, pool().buckets.validators), (800, 1_200));
		assert_eq!(pool().ledger.funded, POOL + PRICE);
		assert_eq!(pool().contributions, POOL);
		assert_ok!(close_pool());
		assert_noop!(
			Pools::refund(signed(BOB), MODEL, BOB),
			pallet_pools::Error::<Test>::NothingToRefund
		);
	});
}

#[test]
fn the_platform_gets_its_share_rounded_down() {
	run(|| {
		platform(PLATFORM, 99_999);
		assert_ok!(sell(Usage::Serve, terms()));
		assert_ok!(buy(BOB));
		assert_eq!(tokens(PLATFORM), 99);
		assert_eq!(pool().ledger.funded, POOL + 901);
		assert!(has_event(Event::Bought {
			licence: 0,
			model: MODEL,
			usage: Usage::Serve,
			holder: BOB,
			price: PRICE,
			platform: Some((PLATFORM, 99)),
			expires_ms: Some(START_MS + DAY_MS),
		}));
	});
}

#[test]
fn a_platform_may_get_all_of_it_or_pay_itself() {
	run(|| {
		platform(BOB, 1_000_000);
		assert_ok!(sell(Usage::Serve, terms()));
		assert_ok!(buy(CAROL));
		assert_eq!((tokens(BOB), tokens(CAROL)), (ENDOWMENT + PRICE, ENDOWMENT - PRICE));
		assert_ok!(buy(BOB));
		assert_eq!(tokens(BOB), ENDOWMENT + PRICE);
		assert_eq!(pool().ledger.funded, POOL);
	});
}

#[test]
fn a_platform_that_cannot_receive_its_share_leaves_it_to_the_pool() {
	run(|| {
		// Nine are too few for an account that does not exist.
		platform(PLATFORM, 9_000);
		assert_ok!(sell(Usage::Serve, terms()));
		assert_ok!(buy(BOB));
		assert_eq!(pool().ledger.funded, POOL + PRICE);
		// An account without native tokens cannot hold the coin at all.
		platform(PLATFORM, 500_000);
		let sell_in_coins =
			Licences::set_terms(signed(OWNER), COIN_MODEL, Usage::Serve, Some(terms()));
		assert_ok!(sell_in_coins);
		assert_ok!(Licences::buy(signed(BOB), COIN_MODEL, Usage::Serve, PRICE, None));
		assert_eq!((coins(PLATFORM), coins(BOB)), (0, ENDOWMENT - PRICE));
		let funded = pallet_pools::Pools::<Test>::get(COIN_MODEL).unwrap().ledger.funded;
		assert_eq!(funded, POOL + PRICE);
	});
}

#[test]
fn what_the_buyer_cannot_pay_is_not_bought() {
	run(|| {
		let price = ENDOWMENT - EXISTENTIAL_DEPOSIT;
		platform(PLATFORM, 500_000);
		let buy = || Licences::buy(signed(BOB), MODEL, Usage::Serve, Balance::MAX, None);
		for price in [price + 1, ENDOWMENT, Balance::MAX] {
			assert_ok!(sell(Usage::Serve, Terms { price, ..terms() }));
			assert_noop!(buy(), Error::<Test>::InsufficientBalance);
		}
		assert_ok!(sell(Usage::Serve, Terms { price, ..terms() }));
		assert_ok!(buy());
		assert_eq!(tokens(BOB), EXISTENTIAL_DEPOSIT);
	});
}

#[test]
fn a_closed_pool_sells_nothing_that_costs_something() {
	run(|| {
		assert_ok!(sell(Usage::Serve, terms()));
		assert_ok!(buy(CAROL));
		assert_ok!(close_pool());
		assert_noop!(buy(BOB), Error::<Test>::NoOpenPool);
		assert_noop!(renew(CAROL, 0), Error::<Test>::NoOpenPool);
		assert_ok!(sell(Usage::Serve, free()));
		assert_ok!(buy(BOB));
	});
}

#[test]
fn a_frozen_asset_buys_nothing() {
	run(|| {
		let set = Licences::set_terms(signed(OWNER), COIN_MODEL, Usage::Serve, Some(terms()));
		assert_ok!(set);
		assert_ok!(Assets::freeze_asset(signed(OWNER), COIN));
		assert_noop!(
			Licences::buy(signed(BOB), COIN_MODEL, Usage::Serve, PRICE, None),
			Error::<Test>::InsufficientBalance
		);
	});
}

#[test]
fn only_root_sets_the_platforms_share() {
	run(|| {
		let of = |share| Some(Platform { who: PLATFORM, share });
		assert_noop!(Licences::set_platform(signed(OWNER), of(1)), BadOrigin);
		assert_noop!(
			Licences::set_platform(RuntimeOrigin::root(), of(1_000_001)),
			Error::<Test>::ShareAboveWhole
		);
		platform(PLATFORM, 1_000_000);
		System::assert_last_event(Event::PlatformSet { platform: of(1_000_000) }.into());
		assert_ok!(Licences::set_platform(RuntimeOrigin::root(), None));
		assert_eq!(PlatformShare::<Test>::get(), None);
	});
}
