use super::{Pools, *};

#[test]
fn a_pool_is_split_over_the_roles_by_their_shares() {
	run(|| {
		assert_ok!(create(Native, 1_000));
		let buckets = ByRole {
			creator: 100,
			engineers: 200,
			contributors: 400,
			annotators: 200,
			validators: 100,
			clients: 0,
		};
		assert_eq!(pool().buckets, buckets);
		assert_eq!(pool().ledger, Ledger { funded: 1_000, held: 1_000, ..Default::default() });
		assert!(has_event(Event::PoolCreated {
			model: MODEL,
			owner: OWNER,
			asset: Native,
			shares: SHARES,
			deposit: EXISTENTIAL_DEPOSIT,
		}));
		System::assert_last_event(
			Event::Funded { model: MODEL, who: OWNER, amount: 1_000, buckets }.into(),
		);
	});
}

#[test]
fn the_creator_pays_the_amount_and_the_deposit() {
	run(|| {
		assert_ok!(create(Native, 1_000));
		assert_eq!(Balances::free_balance(OWNER), ENDOWMENT - 1_000 - EXISTENTIAL_DEPOSIT);
		assert_eq!(Balances::free_balance(escrow()), 1_000 + EXISTENTIAL_DEPOSIT);
	});
}

#[test]
fn an_asset_needs_no_native_tokens_beside_it_in_escrow() {
	run(|| {
		assert_ok!(create(WithId(COIN), 1_000));
		assert_eq!(coins(escrow()), 1_005);
		assert_eq!(Balances::free_balance(escrow()), 0);
	});
}

#[test]
fn shares_that_do_not_sum_to_the_whole_are_refused() {
	run(|| {
		let create = |shares| Pools::create(signed(OWNER), MODEL, Native, shares, 1_000);
		let more = ByRole { clients: 1, ..SHARES };
		let less = ByRole { creator: 99_999, ..SHARES };
		let none = ByRole::default();
		// Sums to the whole only if u32 wraps around.
		let wrapped = ByRole { creator: u32::MAX, engineers: 1_000_001, ..none };
		for shares in [more, less, none, wrapped] {
			assert_noop!(create(shares), Error::<Test>::SharesDoNotSum);
		}
	});
}

#[test]
fn a_pool_of_nothing_is_refused() {
	run(|| {
		assert_noop!(create(Native, 0), Error::<Test>::AmountZero);
	});
}

#[test]
fn a_pool_in_an_unknown_asset_is_refused() {
	run(|| {
		assert_noop!(create(WithId(99), 1_000), Error::<Test>::UnknownAsset);
	});
}

#[test]
fn a_second_pool_is_refused() {
	run(|| {
		assert_ok!(create(Native, 1_000));
		assert_noop!(create(Native, 1_000), Error::<Test>::PoolExists);
	});
}

#[test]
fn a_stranger_cannot_create_a_pool() {
	run(|| {
		let create = |who, model| Pools::create(signed(who), model, Native, SHARES, 1_000);
		assert_noop!(create(BOB, MODEL), Error::<Test>::NotOwner);
		assert_noop!(create(OWNER, 5), Error::<Test>::UnknownModel);
		assert_noop!(Pools::create(RuntimeOrigin::root(), MODEL, Native, SHARES, 1_000), BadOrigin);
	});
}

#[test]
fn more_than_the_balance_is_refused() {
	run(|| {
		for amount in [ENDOWMENT + 1, u128::MAX] {
			assert_noop!(create(Native, amount), Error::<Test>::InsufficientBalance);
			assert_noop!(create(WithId(COIN), amount), Error::<Test>::InsufficientBalance);
		}
	});
}

#[test]
fn a_wallet_is_never_emptied_by_staking() {
	run(|| {
		let all = ENDOWMENT - EXISTENTIAL_DEPOSIT;
		assert_noop!(create(Native, all), Error::<Test>::InsufficientBalance);
		assert_ok!(create(Native, all - EXISTENTIAL_DEPOSIT));
		assert_eq!(Balances::free_balance(OWNER), EXISTENTIAL_DEPOSIT);
	});
}

#[test]
fn an_owner_who_is_no_member_any_more_creates_no_pool() {
	run(|| {
		// A model has one pool for ever: nobody whom the others removed chooses its asset.
		OwnerOperates::set(false);
		assert_noop!(create(WithId(COIN), 1_000), Error::<Test>::OwnerNotMember);
		OwnerOperates::set(true);
		OwnerDecides::set(false);
		assert_ok!(create(Native, 1_000));
	});
}
