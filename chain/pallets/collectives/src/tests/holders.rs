use super::*;
use pallet_licences::{Terms as LicenceTerms, Usage};
use Conviction::Locked1x;

/// Sells licences that cost something and may be passed on.
fn sell_licences() {
	sell(Usage::Commercial, 10);
}

fn sell(usage: Usage, price: Balance) {
	let terms = LicenceTerms {
		price,
		duration_ms: Some(100 * DAY),
		maximum: None,
		transferable: true,
		jurisdiction: Default::default(),
		text: None,
	};
	let terms = Some(terms);
	assert_ok!(decide(Action::SetLicence { usage, terms }));
}

/// Buys a licence; its id.
fn buy(who: AccountId) -> u32 {
	assert_ok!(Licences::buy(signed(who), MODEL, Usage::Commercial, 10, None));
	pallet_licences::NextLicenceId::<Test>::get() - 1
}

#[test]
fn each_licence_holder_has_one_vote() {
	run(|| {
		sell_licences();
		for who in [DAVE, EVE, BOB] {
			buy(who);
		}
		wait(1);
		asked(Electorate::LicenceHolders, spend(DAVE, 10));
		assert_ok!(vote(DAVE, Aye));
		assert_ok!(vote(DAVE, Aye));
		assert_ok!(vote(EVE, Aye));
		assert_ok!(vote(BOB, Nay));
		wait(REFERENDUM);
		assert_ok!(close(newest()));
		assert_eq!(state(newest()), State::Executed);
		assert_eq!(running(), Tally { aye: 2, nay: 1, turnout: 3, electorate: 3, ayes: 2 });
	});
}

#[test]
fn licence_holders_have_no_stake_to_be_convinced_with() {
	run(|| {
		sell_licences();
		buy(DAVE);
		stake(DAVE, 100);
		wait(1);
		asked(Electorate::LicenceHolders, spend(DAVE, 10));
		assert_noop!(convinced(DAVE, Aye, Locked1x), Error::<Test>::ConvictionWithoutStake);
		assert_ok!(vote(DAVE, Aye));
		assert_eq!(locked(DAVE), 0);
	});
}

#[test]
fn a_licence_that_was_passed_on_does_not_vote_twice() {
	run(|| {
		sell_licences();
		let licence = buy(DAVE);
		wait(1);
		asked(Electorate::LicenceHolders, spend(DAVE, 10));
		assert_ok!(vote(DAVE, Aye));
		assert_ok!(Licences::transfer(signed(DAVE), licence, EVE));
		assert_noop!(vote(EVE, Aye), Error::<Test>::NotInElectorate);
		assert_noop!(vote(DAVE, Nay), Error::<Test>::NotInElectorate);
		assert_eq!(running().turnout, 1);
	});
}

#[test]
fn a_licence_bought_for_the_vote_comes_too_late() {
	run(|| {
		sell_licences();
		// At the moment of the opening is not before it.
		asked(Electorate::LicenceHolders, spend(DAVE, 10));
		buy(DAVE);
		assert_noop!(vote(DAVE, Aye), Error::<Test>::NotInElectorate);
		wait(1);
		buy(EVE);
		assert_noop!(vote(EVE, Aye), Error::<Test>::NotInElectorate);
		assert_noop!(vote(CAROL, Aye), Error::<Test>::NotInElectorate);
	});
}

#[test]
fn licences_bought_after_the_opening_do_not_take_the_quorum_away() {
	run(|| {
		sell_licences();
		buy(DAVE);
		wait(1);
		asked(Electorate::LicenceHolders, spend(DAVE, 10));
		assert_ok!(vote(DAVE, Aye));
		for who in 100..120 {
			assert_ok!(Balances::transfer_keep_alive(signed(EVE), who, 1_000));
			buy(who);
		}
		wait(REFERENDUM);
		assert_ok!(close(newest()));
		assert_eq!(state(newest()), State::Executed);
		assert_eq!(running(), Tally { aye: 1, nay: 0, turnout: 1, electorate: 1, ayes: 1 });
	});
}

#[test]
fn a_licence_that_cost_nothing_has_no_vote_and_counts_for_no_quorum() {
	run(|| {
		sell_licences();
		sell(Usage::Internal, 0);
		buy(DAVE);
		for who in [EVE, BOB] {
			assert_ok!(Licences::buy(signed(who), MODEL, Usage::Internal, 0, None));
		}
		wait(1);
		asked(Electorate::LicenceHolders, spend(DAVE, 10));
		assert_noop!(vote(EVE, Nay), Error::<Test>::NotInElectorate);
		assert_ok!(vote(DAVE, Aye));
		wait(REFERENDUM);
		assert_ok!(close(newest()));
		assert_eq!(running().electorate, 1);
	});
}
