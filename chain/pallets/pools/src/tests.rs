//! What pools promise, and what they refuse.

use crate::{
	mock::{Pools, *},
	*,
};
use frame::{
	deps::sp_runtime::TokenError,
	testing_prelude::*,
	token::fungible::NativeOrWithId::{Native, WithId},
};

/// A tenth to the creator, two to the engineers, four to the contributors and so on.
const SHARES: Shares = ByRole {
	creator: 100_000,
	engineers: 200_000,
	contributors: 400_000,
	annotators: 200_000,
	validators: 100_000,
	clients: 0,
};

const HALF: Score = Score(500_000_000);

fn signed(who: AccountId) -> RuntimeOrigin {
	RuntimeOrigin::signed(who)
}

fn create(asset: AssetKind, amount: Balance) -> DispatchResult {
	Pools::create(signed(OWNER), MODEL, asset, SHARES, amount)
}

fn fund(who: AccountId, amount: Balance) -> DispatchResult {
	Pools::fund(signed(who), MODEL, amount)
}

fn reward(rewards: &[(AccountId, Score)]) -> DispatchResult {
	Pools::reward(signed(OWNER), MODEL, Role::Contributor, rewards.to_vec())
}

fn claim(who: AccountId) -> DispatchResult {
	Pools::claim(signed(who), MODEL)
}

fn close() -> DispatchResult {
	Pools::close(signed(OWNER), MODEL)
}

fn refund(funder: AccountId) -> DispatchResult {
	Pools::refund(signed(CAROL), MODEL, funder)
}

fn settle() -> DispatchResult {
	Pools::settle(signed(CAROL), MODEL)
}

fn pool() -> PoolOf<Test> {
	crate::Pools::<Test>::get(MODEL).unwrap()
}

fn earned(who: AccountId) -> Balance {
	Allocations::<Test>::get(MODEL, who).earned.contributors
}

fn claimable(who: AccountId) -> Balance {
	Allocations::<Test>::get(MODEL, who).claimable().unwrap()
}

fn coins(who: AccountId) -> Balance {
	Assets::balance(COIN, who)
}

fn escrow() -> AccountId {
	Pools::escrow(MODEL)
}

fn has_event(event: Event<Test>) -> bool {
	System::events().iter().any(|record| record.event == event.clone().into())
}

mod creating {
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
			assert_noop!(
				Pools::create(RuntimeOrigin::root(), MODEL, Native, SHARES, 1_000),
				BadOrigin
			);
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
}

mod funding {
	use super::{Pools, *};

	#[test]
	fn anyone_may_fund_a_pool() {
		run(|| {
			assert_ok!(create(Native, 1_000));
			assert_ok!(fund(BOB, 500));
			assert_eq!(pool().ledger.funded, 1_500);
			assert_eq!(pool().buckets.contributors, 600);
			assert_eq!(Contributions::<Test>::get(MODEL, BOB), Some(500));
			System::assert_last_event(
				Event::Funded { model: MODEL, who: BOB, amount: 500, buckets: pool().buckets }
					.into(),
			);
		});
	}

	#[test]
	fn what_rounding_leaves_over_goes_to_the_largest_share() {
		run(|| {
			assert_ok!(create(Native, 19));
			let buckets = pool().buckets;
			assert_eq!((buckets.creator, buckets.engineers, buckets.contributors), (1, 3, 11));
			assert_eq!(buckets.total(), Some(19));
		});
	}

	#[test]
	fn of_equal_shares_the_first_role_gets_the_rest() {
		let shares =
			ByRole { engineers: 500_000, clients: 500_000, ..Default::default() };
		let buckets = shares.split(7).unwrap();
		assert_eq!((buckets.engineers, buckets.clients), (4, 3));
	}

	#[test]
	fn the_largest_amount_is_split_without_loss() {
		assert_eq!(SHARES.split(u128::MAX).unwrap().total(), Some(u128::MAX));
	}

	#[test]
	fn funding_nothing_or_nowhere_is_refused() {
		run(|| {
			assert_noop!(fund(BOB, 1), Error::<Test>::NoPool);
			assert_ok!(create(Native, 1_000));
			assert_noop!(fund(BOB, 0), Error::<Test>::AmountZero);
			for amount in [ENDOWMENT, ENDOWMENT + 1, u128::MAX] {
				assert_noop!(fund(BOB, amount), Error::<Test>::InsufficientBalance);
			}
			assert_noop!(Pools::fund(RuntimeOrigin::none(), MODEL, 1), BadOrigin);
		});
	}

	#[test]
	fn a_closed_pool_takes_no_funds() {
		run(|| {
			assert_ok!(create(Native, 1_000));
			assert_ok!(fund(BOB, 500));
			assert_ok!(close());
			assert_noop!(fund(BOB, 500), Error::<Test>::PoolClosed);
		});
	}

	#[test]
	fn a_frozen_asset_cannot_be_put_in() {
		run(|| {
			assert_ok!(create(WithId(COIN), 1_000));
			assert_ok!(Assets::freeze_asset(signed(OWNER), COIN));
			assert_noop!(fund(BOB, 500), Error::<Test>::InsufficientBalance);
			assert_ok!(Assets::thaw_asset(signed(OWNER), COIN));
			assert_ok!(fund(BOB, 500));
		});
	}
}

mod rewarding {
	use super::{Pools, *};

	#[test]
	fn a_score_is_a_part_of_what_remains() {
		run(|| {
			assert_ok!(create(Native, 1_000));
			assert_ok!(reward(&[(BOB, HALF)]));
			assert_eq!((earned(BOB), pool().buckets.contributors), (200, 200));
			assert_ok!(reward(&[(BOB, HALF)]));
			assert_eq!((earned(BOB), pool().buckets.contributors), (300, 100));
			System::assert_last_event(
				Event::Rewarded {
					model: MODEL,
					role: Role::Contributor,
					who: BOB,
					score: HALF,
					amount: 100,
				}
				.into(),
			);
		});
	}

	#[test]
	fn equal_scores_earn_equal_amounts_in_one_call() {
		run(|| {
			assert_ok!(create(Native, 1_000));
			assert_ok!(reward(&[(BOB, HALF), (CAROL, HALF)]));
			assert_eq!((earned(BOB), earned(CAROL)), (200, 200));
			assert_eq!(pool().buckets.contributors, 0);
		});
	}

	#[test]
	fn dust_stays_in_the_bucket() {
		run(|| {
			assert_ok!(create(Native, 1_000));
			let third = Score(333_333_333);
			assert_ok!(reward(&[(OWNER, third), (BOB, third), (CAROL, third)]));
			assert_eq!((earned(OWNER), earned(BOB), earned(CAROL)), (133, 133, 133));
			assert_eq!(pool().buckets.contributors, 1);
		});
	}

	#[test]
	fn a_reward_leaves_the_other_roles_alone() {
		run(|| {
			assert_ok!(create(Native, 1_000));
			assert_ok!(Pools::reward(
				signed(OWNER),
				MODEL,
				Role::Annotator,
				vec![(BOB, Score::ONE)]
			));
			assert_ok!(reward(&[(BOB, HALF)]));
			let allocation = Allocations::<Test>::get(MODEL, BOB);
			assert_eq!(
				allocation.earned,
				ByRole { annotators: 200, contributors: 200, ..Default::default() }
			);
			assert_eq!(pool().buckets.engineers, 200);
		});
	}

	#[test]
	fn who_earns_nothing_takes_no_storage() {
		run(|| {
			assert_ok!(create(Native, 1_000));
			assert_ok!(reward(&[(BOB, Score::ZERO)]));
			assert!(!Allocations::<Test>::contains_key(MODEL, BOB));
		});
	}

	#[test]
	fn a_score_above_one_is_refused() {
		run(|| {
			assert_ok!(create(Native, 1_000));
			for score in [Score(1_000_000_001), Score(u32::MAX)] {
				assert_noop!(reward(&[(BOB, score)]), Error::<Test>::ScoreAboveOne);
			}
		});
	}

	#[test]
	fn scores_that_together_are_above_one_are_refused() {
		run(|| {
			assert_ok!(create(Native, 1_000));
			assert_noop!(
				reward(&[(BOB, HALF), (CAROL, HALF), (OWNER, Score(1))]),
				Error::<Test>::ScoresAboveOne
			);
		});
	}

	#[test]
	fn an_account_named_twice_is_refused() {
		run(|| {
			assert_ok!(create(Native, 1_000));
			assert_noop!(
				reward(&[(BOB, Score(1)), (CAROL, Score(1)), (BOB, Score(1))]),
				Error::<Test>::DuplicateAccount
			);
		});
	}

	#[test]
	fn nobody_and_too_many_are_refused() {
		run(|| {
			assert_ok!(create(Native, 1_000));
			assert_noop!(reward(&[]), Error::<Test>::NobodyToReward);
			let many: Vec<_> = (100..357).map(|who| (who, Score(1))).collect();
			assert_noop!(reward(&many), Error::<Test>::TooManyRewards);
			assert_ok!(reward(&many[1..]));
		});
	}

	#[test]
	fn an_empty_bucket_is_refused() {
		run(|| {
			assert_ok!(create(Native, 1_000));
			assert_noop!(
				Pools::reward(signed(OWNER), MODEL, Role::Client, vec![(BOB, HALF)]),
				Error::<Test>::BucketEmpty
			);
		});
	}

	#[test]
	fn only_the_owner_rewards() {
		run(|| {
			let reward = |who, model| {
				Pools::reward(signed(who), model, Role::Contributor, vec![(BOB, HALF)])
			};
			assert_noop!(reward(OWNER, 5), Error::<Test>::UnknownModel);
			assert_noop!(reward(OWNER, MODEL), Error::<Test>::NoPool);
			assert_ok!(create(Native, 1_000));
			assert_noop!(reward(BOB, MODEL), Error::<Test>::NotOwner);
			assert_ok!(fund(BOB, 10));
			assert_ok!(close());
			assert_noop!(reward(OWNER, MODEL), Error::<Test>::PoolClosed);
		});
	}

	#[test]
	fn a_paymaster_that_asks_for_more_than_the_bucket_gets_nothing() {
		run(|| {
			assert_ok!(create(Native, 1_000));
			let pay = |numerator, denominator| {
				let parts = [(BOB, Part { numerator, denominator })];
				<Pools as Paymaster<_>>::pay(MODEL, Role::Contributor, &parts)
			};
			assert_noop!(pay(401, 400), Error::<Test>::ScoresAboveOne);
			assert_noop!(pay(u128::MAX, 1), ArithmeticError::Overflow);
			assert_noop!(pay(1, 0), ArithmeticError::Overflow);
			assert_ok!(pay(1, 400), vec![1]);
		});
	}

	#[test]
	fn a_preview_pays_nothing() {
		run(|| {
			let parts = [(BOB, HALF.into()), (CAROL, Score(250_000_000).into())];
			let preview = || <Pools as Paymaster<_>>::preview(MODEL, Role::Contributor, &parts);
			assert_noop!(preview(), Error::<Test>::NoPool);
			assert_ok!(create(Native, 1_000));
			assert_storage_noop!(assert_ok!(preview(), vec![200, 100]));
		});
	}
}

mod claiming {
	use super::{Pools, *};

	#[test]
	fn a_claim_pays_all_that_was_earned() {
		run(|| {
			assert_ok!(create(Native, 1_000));
			assert_ok!(reward(&[(BOB, HALF)]));
			assert_ok!(claim(BOB));
			assert_eq!(Balances::free_balance(BOB), ENDOWMENT + 200);
			assert_eq!(
				pool().ledger,
				Ledger { funded: 1_000, paid: 200, refunded: 0, held: 800 }
			);
			System::assert_last_event(
				Event::Claimed { model: MODEL, who: BOB, amount: 200 }.into(),
			);
		});
	}

	#[test]
	fn what_was_earned_stays_on_record_after_the_claim() {
		run(|| {
			assert_ok!(create(Native, 1_000));
			assert_ok!(reward(&[(BOB, HALF)]));
			assert_ok!(claim(BOB));
			assert_eq!((earned(BOB), claimable(BOB)), (200, 0));
		});
	}

	#[test]
	fn an_asset_is_claimed_in_the_asset() {
		run(|| {
			assert_ok!(create(WithId(COIN), 1_000));
			assert_ok!(reward(&[(BOB, HALF)]));
			assert_ok!(claim(BOB));
			assert_eq!(coins(BOB), ENDOWMENT + 200);
			assert_eq!(Balances::free_balance(BOB), ENDOWMENT);
		});
	}

	#[test]
	fn a_second_claim_finds_nothing() {
		run(|| {
			assert_noop!(claim(BOB), Error::<Test>::NoPool);
			assert_ok!(create(Native, 1_000));
			assert_noop!(claim(BOB), Error::<Test>::NothingToClaim);
			assert_ok!(reward(&[(BOB, HALF)]));
			assert_ok!(claim(BOB));
			assert_noop!(claim(BOB), Error::<Test>::NothingToClaim);
			assert_noop!(Pools::claim(RuntimeOrigin::none(), MODEL), BadOrigin);
		});
	}

	#[test]
	fn too_little_for_a_new_account_stays_claimable() {
		run(|| {
			assert_ok!(create(Native, 1_000));
			// 4 of 400, where an account must hold 10.
			assert_ok!(reward(&[(NOBODY, Score(10_000_000))]));
			assert_noop!(claim(NOBODY), TokenError::BelowMinimum);
			assert_eq!(claimable(NOBODY), 4);
			assert_ok!(reward(&[(NOBODY, HALF)]));
			assert_ok!(claim(NOBODY));
			assert_eq!(Balances::free_balance(NOBODY), 202);
		});
	}

	#[test]
	fn an_account_that_cannot_hold_the_asset_keeps_its_claim() {
		run(|| {
			assert_ok!(create(WithId(COIN), 1_000));
			assert_ok!(reward(&[(NOBODY, HALF)]));
			assert_noop!(claim(NOBODY), TokenError::CannotCreate);
			assert_eq!(claimable(NOBODY), 200);
		});
	}

	#[test]
	fn a_frozen_asset_is_claimed_when_it_thaws() {
		run(|| {
			assert_ok!(create(WithId(COIN), 1_000));
			assert_ok!(reward(&[(BOB, HALF)]));
			assert_ok!(Assets::freeze_asset(signed(OWNER), COIN));
			assert_noop!(claim(BOB), TokenError::Frozen);
			assert_ok!(Assets::thaw_asset(signed(OWNER), COIN));
			assert_ok!(claim(BOB));
		});
	}

	#[test]
	fn every_bucket_can_be_paid_out_to_the_last_planck() {
		run(|| {
			assert_ok!(create(Native, 1_000));
			for role in Role::ALL {
				if pool().buckets.of(role) > 0 {
					let all = vec![(BOB, Score::ONE)];
					assert_ok!(Pools::reward(signed(OWNER), MODEL, role, all));
				}
			}
			assert_ok!(claim(BOB));
			assert_eq!(Balances::free_balance(BOB), ENDOWMENT + 1_000);
			assert_eq!(Balances::free_balance(escrow()), EXISTENTIAL_DEPOSIT);
			assert_eq!(pool().ledger.held, 0);
			assert_eq!(pool().state, PoolState::Open);
		});
	}
}

mod closing {
	use super::{Pools, *};

	#[test]
	fn what_remains_goes_back_in_proportion() {
		run(|| {
			assert_ok!(create(Native, 1_000));
			assert_ok!(fund(BOB, 500));
			assert_ok!(reward(&[(CAROL, HALF)]));
			assert_ok!(close());
			// 1500 - 300 remain; two thirds are the owner's, at once.
			assert_eq!(
				Balances::free_balance(OWNER),
				ENDOWMENT - 1_000 - EXISTENTIAL_DEPOSIT + 800
			);
			assert!(has_event(Event::Closed { model: MODEL, refundable: 1_200 }));
			assert!(has_event(Event::Refunded { model: MODEL, who: OWNER, amount: 800 }));
			assert_ok!(refund(BOB));
			assert_eq!(Balances::free_balance(BOB), ENDOWMENT - 500 + 400);
			assert_eq!(pool().refundable, 0);
			assert_eq!(pool().state, PoolState::Closed);
		});
	}

	#[test]
	fn the_last_funder_gets_the_rest_exactly() {
		run(|| {
			assert_ok!(create(Native, 1_000));
			assert_ok!(fund(BOB, 1_000));
			assert_ok!(fund(CAROL, 1_000));
			// Leaves 3000 - 1 = 2999, which three cannot share equally.
			assert_ok!(reward(&[(BOB, Score(833_334))]));
			assert_ok!(close());
			assert_ok!(refund(BOB));
			assert_ok!(refund(CAROL));
			let back = |who| Balances::free_balance(who) + 1_000 - ENDOWMENT;
			assert_eq!((back(BOB), back(CAROL)), (1_000, 1_000));
			assert_eq!(Balances::free_balance(OWNER) + 10 + 1_000 - ENDOWMENT, 999);
			assert_eq!(pool().refundable, 0);
		});
	}

	#[test]
	fn the_last_payment_settles_the_pool() {
		run(|| {
			assert_ok!(create(Native, 1_000));
			assert_ok!(reward(&[(BOB, HALF)]));
			assert_ok!(close());
			assert_eq!(pool().state, PoolState::Closed);
			assert_ok!(claim(BOB));
			assert_eq!(pool().state, PoolState::Settled);
			assert_eq!(pool().deposit, 0);
			assert!(!System::account_exists(&escrow()));
			assert_eq!(Balances::free_balance(OWNER), ENDOWMENT - 200);
			System::assert_last_event(
				Event::Settled { model: MODEL, owner: OWNER, amount: EXISTENTIAL_DEPOSIT }.into(),
			);
		});
	}

	#[test]
	fn a_pool_in_an_asset_leaves_no_account_behind() {
		run(|| {
			assert_ok!(create(WithId(COIN), 1_000));
			assert_ok!(close());
			assert_eq!(pool().state, PoolState::Settled);
			assert_eq!(coins(OWNER), ENDOWMENT);
			assert!(!System::account_exists(&escrow()));
		});
	}

	#[test]
	fn a_strangers_gift_to_the_escrow_goes_to_the_owner() {
		run(|| {
			assert_ok!(create(Native, 1_000));
			assert_ok!(Balances::transfer_keep_alive(signed(CAROL), escrow(), 77));
			assert_ok!(close());
			assert_eq!(Balances::free_balance(OWNER), ENDOWMENT + 77);
		});
	}

	#[test]
	fn another_asset_sent_to_the_escrow_does_not_hold_up_the_settlement() {
		run(|| {
			assert_ok!(create(Native, 1_000));
			assert_ok!(Assets::transfer(signed(CAROL), COIN, escrow(), 50));
			assert_ok!(close());
			assert_eq!(pool().state, PoolState::Settled);
			assert_eq!(Balances::free_balance(OWNER), ENDOWMENT);
			assert_eq!(coins(escrow()), 50);
		});
	}

	#[test]
	fn an_owner_who_cannot_be_paid_does_not_hold_up_the_others() {
		run(|| {
			assert_ok!(create(WithId(COIN), 1_000));
			assert_ok!(fund(BOB, 500));
			assert_ok!(reward(&[(CAROL, HALF)]));
			assert_ok!(Assets::block(signed(OWNER), COIN, OWNER));
			assert_ok!(close());
			assert_ok!(claim(CAROL));
			assert_ok!(refund(BOB));
			assert_eq!(pool().state, PoolState::Closed);
			assert_eq!(pool().refundable, 800);
			assert_ok!(Assets::thaw(signed(OWNER), COIN, OWNER));
			assert_ok!(refund(OWNER));
			assert_eq!(pool().state, PoolState::Settled);
		});
	}

	#[test]
	fn a_settlement_that_failed_can_be_called_for() {
		run(|| {
			assert_ok!(create(WithId(COIN), 1_000));
			assert_ok!(reward(&[(BOB, HALF)]));
			assert_ok!(close());
			assert_noop!(settle(), Error::<Test>::NothingToSettle);
			assert_ok!(Assets::block(signed(OWNER), COIN, OWNER));
			assert_ok!(claim(BOB));
			assert_eq!(pool().state, PoolState::Closed);
			assert_noop!(settle(), TokenError::Blocked);
			assert_ok!(Assets::thaw(signed(OWNER), COIN, OWNER));
			assert_ok!(settle());
			System::assert_last_event(
				Event::Settled { model: MODEL, owner: OWNER, amount: 5 }.into(),
			);
			assert_noop!(settle(), Error::<Test>::NothingToSettle);
		});
	}

	#[test]
	fn settling_an_open_or_absent_pool_is_refused() {
		run(|| {
			assert_noop!(settle(), Error::<Test>::NoPool);
			assert_ok!(create(Native, 1_000));
			assert_noop!(settle(), Error::<Test>::PoolOpen);
			assert_noop!(Pools::settle(RuntimeOrigin::none(), MODEL), BadOrigin);
		});
	}

	#[test]
	fn a_pool_is_not_closed_while_a_round_runs() {
		run(|| {
			assert_ok!(create(Native, 1_000));
			RoundRuns::set(true);
			assert_noop!(close(), Error::<Test>::PoolLocked);
			RoundRuns::set(false);
			assert_ok!(close());
		});
	}

	#[test]
	fn only_the_owner_closes_and_only_once() {
		run(|| {
			assert_noop!(close(), Error::<Test>::NoPool);
			assert_ok!(create(Native, 1_000));
			assert_noop!(Pools::close(signed(BOB), MODEL), Error::<Test>::NotOwner);
			assert_noop!(Pools::close(signed(OWNER), 5), Error::<Test>::UnknownModel);
			assert_ok!(close());
			assert_noop!(close(), Error::<Test>::PoolClosed);
		});
	}

	#[test]
	fn a_refund_is_paid_once_to_a_funder_of_a_closed_pool() {
		run(|| {
			assert_noop!(refund(BOB), Error::<Test>::NoPool);
			assert_ok!(create(Native, 1_000));
			assert_ok!(fund(BOB, 500));
			assert_noop!(refund(BOB), Error::<Test>::PoolOpen);
			assert_ok!(close());
			assert_noop!(refund(CAROL), Error::<Test>::NothingToRefund);
			assert_ok!(refund(BOB));
			assert_noop!(refund(BOB), Error::<Test>::NothingToRefund);
			assert_noop!(Pools::refund(RuntimeOrigin::none(), MODEL, BOB), BadOrigin);
		});
	}

	#[test]
	fn a_funder_whose_account_is_gone_keeps_the_refund() {
		run(|| {
			assert_ok!(create(Native, 1_000));
			assert_ok!(fund(BOB, 8));
			assert_ok!(close());
			assert_ok!(Assets::transfer(signed(BOB), COIN, CAROL, ENDOWMENT));
			assert_ok!(Balances::transfer_all(signed(BOB), CAROL, false));
			assert_noop!(refund(BOB), TokenError::BelowMinimum);
			assert_eq!(pool().refundable, 8);
			assert_ok!(Balances::transfer_keep_alive(signed(CAROL), BOB, 50));
			assert_ok!(refund(BOB));
			assert_eq!(Balances::free_balance(BOB), 58);
		});
	}
}

mod auditing {
	use super::{Pools, *};

	fn statement() -> Statement<AssetKind> {
		Pools::statement(MODEL).unwrap()
	}

	#[test]
	fn a_statement_shows_every_sum() {
		run(|| {
			assert_eq!(Pools::statement(MODEL), None);
			assert_ok!(create(Native, 1_000));
			assert_ok!(reward(&[(BOB, HALF), (CAROL, HALF)]));
			assert_ok!(claim(BOB));
			assert_eq!(
				statement(),
				Statement {
					model: MODEL,
					asset: Native,
					funded: 1_000,
					paid: 200,
					refunded: 0,
					held: 800,
					buckets_total: 600,
					claimable_total: 200,
					refundable: 0,
					deposit: EXISTENTIAL_DEPOSIT,
					escrow_balance: 800 + EXISTENTIAL_DEPOSIT,
					ok: true,
				}
			);
		});
	}

	/// Spoils a pool's records and says whether the audit noticed.
	fn noticed(spoil: impl FnOnce(&mut PoolOf<Test>)) -> bool {
		let before = pool();
		crate::Pools::<Test>::mutate(MODEL, |pool| spoil(pool.as_mut().unwrap()));
		let noticed = !statement().ok && Pools::do_try_state().is_err();
		crate::Pools::<Test>::insert(MODEL, before);
		noticed
	}

	#[test]
	fn the_audit_notices_every_kind_of_loss() {
		run(|| {
			assert_ok!(create(Native, 1_000));
			assert_ok!(reward(&[(BOB, HALF)]));
			assert!(noticed(|pool| pool.buckets.engineers -= 1));
			assert!(noticed(|pool| pool.buckets.engineers = u128::MAX));
			assert!(noticed(|pool| pool.claimable += 1));
			assert!(noticed(|pool| pool.refundable += 1));
			assert!(noticed(|pool| pool.contributions += 1));
			assert!(noticed(|pool| pool.ledger.funded -= 1));
			assert!(noticed(|pool| pool.ledger.paid += 1));
			assert!(noticed(|pool| pool.ledger.held -= 1));
			assert!(noticed(|pool| pool.deposit += 1));
			assert!(noticed(|pool| pool.state = PoolState::Settled));
			assert!(noticed(|pool| pool.shares.clients = 1));
			assert!(statement().ok);
		});
	}

	#[test]
	fn the_audit_notices_an_asset_that_its_admin_burnt() {
		run(|| {
			assert_ok!(create(WithId(COIN), 1_000));
			assert_ok!(Assets::burn(signed(OWNER), COIN, escrow(), 1));
			assert!(!statement().ok);
			assert_ok!(Assets::mint(signed(OWNER), COIN, escrow(), 1));
			assert!(statement().ok);
		});
	}
}
