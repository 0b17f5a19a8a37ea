//! What a collective allows rounds to pay, and that they pay no more.

use super::{Pools, *};

/// What the contributors' bucket holds of 1,000.
const BUCKET: Balance = 400;

fn allow(amount: Option<Balance>) -> DispatchResult {
	<Pools as Allowing>::set_allowance(MODEL, amount)
}

fn parts(scores: &[(AccountId, Score)]) -> Vec<(AccountId, Part)> {
	scores.iter().map(|(who, score)| (*who, (*score).into())).collect()
}

fn pay_round(scores: &[(AccountId, Score)]) -> Result<Vec<Balance>, DispatchError> {
	<Pools as Payroll<_>>::pay_round(MODEL, &parts(scores))
}

fn preview_round(scores: &[(AccountId, Score)]) -> Result<Vec<Balance>, DispatchError> {
	<Pools as Payroll<_>>::preview_round(MODEL, &parts(scores))
}

fn decided() -> Option<Allowance> {
	Allowances::<Test>::get(MODEL).map(|decided| decided.allowance)
}

/// What rounds may still pay; none: as much as there is.
fn allowance() -> Option<Balance> {
	match Pools::allowance(MODEL) {
		Allowance::Limited(amount) => Some(amount),
		Allowance::Unlimited => None,
	}
}

#[test]
fn without_an_allowance_the_rounds_of_an_owner_who_decides_pay_what_there_is() {
	run(|| {
		assert_ok!(create(Native, 1_000));
		assert_eq!(allowance(), None);
		assert_eq!(pay_round(&[(BOB, Score::ONE)]), Ok(vec![BUCKET]));
		assert_eq!((earned(BOB), allowance(), decided()), (BUCKET, None, None));
	});
}

#[test]
fn without_a_vote_rounds_pay_nothing_under_a_collective_of_others() {
	run(|| {
		assert_ok!(create(Native, 1_000));
		OwnerDecides::set(false);
		assert_eq!(allowance(), Some(0));
		assert_noop!(pay_round(&[(BOB, HALF)]), Error::<Test>::AllowanceSpent);
		assert_noop!(preview_round(&[(BOB, HALF)]), Error::<Test>::AllowanceSpent);
		// A round that pays nothing goes on, and decides nothing.
		assert_eq!(pay_round(&[(BOB, Score::ZERO)]), Ok(vec![0]));
		assert_eq!(decided(), None);
		// As much as there is can be decided too.
		assert_ok!(allow(None));
		assert_eq!(decided(), Some(Allowance::Unlimited));
		assert_eq!(pay_round(&[(BOB, HALF)]), Ok(vec![200]));
		assert_ok!(allow(Some(100)));
		assert_eq!(pay_round(&[(BOB, HALF)]), Ok(vec![100]));
		assert_eq!(decided(), Some(Allowance::Limited(0)));
	});
}

#[test]
fn what_the_owner_allowed_alone_ends_to_hold_once_others_are_members() {
	run(|| {
		assert_ok!(create(Native, 1_000));
		for amount in [None, Some(300)] {
			OwnerDecides::set(true);
			assert_ok!(allow(amount));
			assert_eq!(allowance(), amount);
			OwnerDecides::set(false);
			assert_eq!(allowance(), Some(0));
			assert_noop!(pay_round(&[(BOB, HALF)]), Error::<Test>::AllowanceSpent);
			// A round that pays nothing does not make it a decision of theirs.
			assert_eq!(pay_round(&[(BOB, Score::ZERO)]), Ok(vec![0]));
			assert!(Allowances::<Test>::get(MODEL).unwrap().by_owner);
		}
		assert_ok!(allow(Some(100)));
		assert_eq!(allowance(), Some(100));
		assert_eq!(pay_round(&[(BOB, Score(250_000_000))]), Ok(vec![100]));
		assert_eq!(allowance(), Some(0));
	});
}

#[test]
fn what_the_owner_allowed_alone_holds_again_and_is_spent_while_alone_only() {
	run(|| {
		assert_ok!(create(Native, 1_000));
		assert_ok!(allow(Some(300)));
		OwnerDecides::set(false);
		OwnerDecides::set(true);
		assert_eq!(pay_round(&[(BOB, HALF)]), Ok(vec![200]));
		assert_eq!(allowance(), Some(100));
		OwnerDecides::set(false);
		assert_eq!(allowance(), Some(0));
	});
}

#[test]
fn what_was_voted_holds_whoever_is_a_member_later() {
	run(|| {
		assert_ok!(create(Native, 1_000));
		OwnerDecides::set(false);
		assert_ok!(allow(Some(100)));
		for alone in [true, false] {
			OwnerDecides::set(alone);
			assert_eq!(allowance(), Some(100));
		}
	});
}

#[test]
fn every_reward_of_a_round_lowers_the_allowance() {
	run(|| {
		assert_ok!(create(Native, 1_000));
		assert_ok!(allow(Some(300)));
		System::assert_last_event(Event::AllowanceSet { model: MODEL, amount: Some(300) }.into());
		assert_eq!(pay_round(&[(BOB, Score(250_000_000)), (CAROL, Score(250_000_000))]), {
			Ok(vec![100, 100])
		});
		assert_eq!(allowance(), Some(100));
		// To the last unit.
		assert_eq!(preview_round(&[(BOB, HALF)]), Ok(vec![100]));
		assert_eq!(pay_round(&[(BOB, HALF)]), Ok(vec![100]));
		assert_eq!((allowance(), earned(BOB)), (Some(0), 200));
		// Nothing is never too much.
		assert_eq!(pay_round(&[(BOB, Score::ZERO)]), Ok(vec![0]));
	});
}

#[test]
fn a_reward_above_the_allowance_is_refused_as_a_whole() {
	run(|| {
		assert_ok!(create(Native, 1_000));
		assert_ok!(allow(Some(199)));
		let scores = [(BOB, Score(250_000_000)), (CAROL, Score(250_000_000))];
		assert_noop!(preview_round(&scores), Error::<Test>::AllowanceSpent);
		assert_noop!(pay_round(&scores), Error::<Test>::AllowanceSpent);
		assert_eq!((earned(BOB), earned(CAROL), allowance()), (0, 0, Some(199)));
		assert_eq!(pool().buckets.contributors, BUCKET);
		assert_ok!(allow(Some(0)));
		assert_noop!(pay_round(&[(BOB, Score(2_500_000))]), Error::<Test>::AllowanceSpent);
		assert_ok!(allow(None));
		assert_eq!(pay_round(&scores), Ok(vec![100, 100]));
		assert_eq!(allowance(), None);
	});
}

#[test]
fn an_allowance_may_be_more_than_the_bucket_holds_and_never_lends() {
	run(|| {
		assert_ok!(create(Native, 1_000));
		assert_ok!(allow(Some(Balance::MAX)));
		assert_eq!(pay_round(&[(BOB, Score::ONE)]), Ok(vec![BUCKET]));
		assert_eq!(allowance(), Some(Balance::MAX - BUCKET));
		let two = [(BOB, Score::ONE), (CAROL, Score::ONE)];
		assert_ok!(fund(CAROL, 1_000));
		assert_noop!(pay_round(&two), Error::<Test>::ScoresAboveOne);
		assert_eq!(allowance(), Some(Balance::MAX - BUCKET));
	});
}

#[test]
fn what_is_decided_and_other_roles_do_not_take_from_the_allowance() {
	run(|| {
		assert_ok!(create(Native, 1_000));
		assert_ok!(allow(Some(10)));
		assert_ok!(reward(&[(BOB, HALF)]));
		assert_ok!(<Pools as Spending<_>>::spend(MODEL, Role::Contributor, &BOB, HALF));
		assert_ok!(<Pools as Paymaster<_>>::pay(MODEL, Role::Engineer, &parts(&[(BOB, HALF)])));
		assert_eq!(allowance(), Some(10));
	});
}

#[test]
fn only_an_open_pool_has_an_allowance() {
	run(|| {
		assert_noop!(allow(Some(1)), Error::<Test>::NoPool);
		assert_noop!(pay_round(&[(BOB, HALF)]), Error::<Test>::NoPool);
		assert_ok!(create(Native, 1_000));
		assert_ok!(allow(Some(1)));
		assert_ok!(close());
		assert_eq!(decided(), None);
		assert_noop!(allow(None), Error::<Test>::PoolClosed);
		assert_noop!(pay_round(&[(BOB, HALF)]), Error::<Test>::PoolClosed);
	});
}

#[test]
fn the_audit_notices_an_allowance_without_an_open_pool() {
	run(|| {
		let allowance = Allowance::Limited(1);
		Allowances::<Test>::insert(MODEL, Decided { allowance, by_owner: true });
		assert!(Pools::do_try_state().is_err());
		Allowances::<Test>::remove(MODEL);
		assert_ok!(Pools::do_try_state());
	});
}
