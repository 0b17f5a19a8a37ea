//! A model that is governed together, in blocks of signed extrinsics.

#[path = "../common/mod.rs"]
mod common;
mod owners;
mod tasks;

use common::*;
use dml_runtime::{
	audit,
	configs::FeesAccount,
	dry_run::dry_run,
	governance::{self, DepositOf},
	holdings, AccountId, AssetKind, Balance, Balances, Collectives, Runtime, RuntimeCall,
	RuntimeHoldReason, DML, MILLI_DML,
};
use frame::{
	runtime::prelude::*,
	token::{fungible::MutateHold, Precision},
};
use pallet_collectives::{
	Action, Call, Conviction, Electorate, HoldReason, NextProposalId, Outcome, ProposalId,
	Proposals, Stage, State, Tally, Terms, Vote, Weighting, MIN_ENACT_WITHIN_MS,
};
use pallet_licences::{Deliveries, Terms as LicenceTerms, Usage};
use pallet_models::{Governance, Location, ModelId};
use pallet_pools::{Allowance, ByRole, Role, Score};
use pallet_updates::{Metrics, UpdateState};
use Sr25519Keyring::{Alice, Bob, Charlie, Dave, Eve};

const MODEL: ModelId = 0;
const DAY_MS: u64 = 24 * 60 * 60 * 1_000;
const ENGINEERS: Balance = 500 * DML;

fn cid(name: &str) -> Location {
	Location::Cid(name.as_bytes().to_vec().try_into().unwrap())
}

fn text<S: frame::prelude::Get<u32>>(text: &str) -> BoundedVec<u8, S> {
	text.as_bytes().to_vec().try_into().unwrap()
}

/// A model of Alice's with a pool, half of it for the engineers, that Bob governs with her.
fn on_a_chain_with_a_collective(test: impl FnOnce(&mut Chain)) {
	on_a_development_chain(|chain| {
		let register = pallet_models::Call::register {
			location: cid("weights"),
			hash: H256::zero(),
			name: text("mnist"),
			licence: text("Apache-2.0"),
			metadata_hash: H256::zero(),
		};
		chain.must(Alice, register);
		let shares = ByRole { engineers: 500_000, validators: 500_000, ..Default::default() };
		let (asset, amount) = (AssetKind::Native, 2 * ENGINEERS);
		chain.must(Alice, pallet_pools::Call::create { model: MODEL, asset, shares, amount });
		chain.must(Alice, decide(Action::AddMember { who: account(Bob), weight: 1 }));
		test(chain);
		assert!(audit::conservation().ok);
		assert_eq!(Collectives::do_try_state(), Ok(()));
	});
}

fn decide(action: Action<AccountId>) -> Call<Runtime> {
	Call::decide { model: MODEL, action }
}

fn propose(action: Action<AccountId>, electorate: Electorate) -> Call<Runtime> {
	Call::propose { model: MODEL, action, text: Some((cid("why"), H256::zero())), electorate }
}

fn vote(proposal: ProposalId, vote: Vote) -> Call<Runtime> {
	Call::vote { proposal, vote, conviction: Conviction::None }
}

fn state(proposal: ProposalId) -> State {
	Proposals::<Runtime>::get(proposal).unwrap().state
}

fn balance(who: Sr25519Keyring) -> Balance {
	frame_system::Account::<Runtime>::get(account(who)).data.free
}

/// Charlie proposes better weights.
fn propose_update(chain: &mut Chain) {
	let metrics: Metrics = vec![(text("accuracy"), 981_000_000)].try_into().unwrap();
	let propose = pallet_updates::Call::propose {
		model: MODEL,
		parent: 0,
		location: cid("better"),
		hash: H256::zero(),
		metrics,
		notes: None,
	};
	chain.must(Charlie, propose);
}

#[test]
fn an_update_is_voted_in_and_its_engineer_claims_the_reward() {
	on_a_chain_with_a_collective(|chain| {
		propose_update(chain);
		let reward = Score(400_000_000);
		let refused = pallet_updates::Error::<Runtime>::CollectiveDecides;
		assert_eq!(
			chain.submit(Alice, pallet_updates::Call::approve { update: 0, score: reward }),
			Ok(Err(refused.into()))
		);
		let approve = Action::ApproveUpdate { update: 0, reward };
		chain.must(Bob, propose(approve, Electorate::Members));
		let owed = DepositOf { who: account(Bob), held: DML, owed: DML };
		assert_eq!(audit::conservation().deposits, [owed]);
		chain.must(Alice, vote(0, Vote::Aye));
		let tally = governance::tally(0).unwrap();
		assert_eq!((tally.outcome, tally.can_close), (Outcome::Rejected, false));
		chain.must(Bob, vote(0, Vote::Aye));
		let tally = governance::tally(0).unwrap();
		assert_eq!((tally.outcome, tally.can_close), (Outcome::Approved, true));
		assert_eq!(
			tally.tally,
			Tally { aye: 2, turnout: 2, electorate: 2, ayes: 2, ..Default::default() }
		);
		// Whoever watches closes it.
		chain.must(Eve, Call::close { proposal: 0 });
		assert_eq!(state(0), State::Executed);
		assert_eq!(audit::conservation().deposits, []);
		let update = pallet_updates::Updates::<Runtime>::get(0).unwrap();
		let amount = ENGINEERS * 4 / 10;
		let accepted = UpdateState::Accepted { version: 1, score: reward, reward: amount };
		assert_eq!(update.state, accepted);
		let before = balance(Charlie);
		chain.must(Charlie, pallet_pools::Call::claim { model: MODEL });
		assert!(balance(Charlie) > before + amount - 10 * MILLI_DML);
	});
}

#[test]
fn the_stakers_have_the_last_word_where_they_are_asked() {
	on_a_chain_with_a_collective(|chain| {
		let (model, role) = (MODEL, Role::Validator);
		for (who, amount) in [(Charlie, 10 * DML), (Dave, 50 * DML)] {
			chain.must(who, pallet_stakes::Call::stake { model, role, amount });
		}
		let spend = Action::Spend { role, who: account(Eve), score: Score::ONE };
		chain.must(Alice, propose(spend, Electorate::Stakers));
		for who in [Alice, Bob] {
			chain.must(who, vote(0, Vote::Aye));
		}
		chain.must(Eve, Call::close { proposal: 0 });
		let conviction = Conviction::Locked6x;
		chain.must(Charlie, Call::vote { proposal: 0, vote: Vote::Aye, conviction });
		chain.must(Dave, vote(0, Vote::Nay));
		let tally = governance::tally(0).unwrap();
		// Six times ten against a tenth of fifty.
		assert_eq!((tally.stage, tally.outcome), (Stage::Referendum, Outcome::Approved));
		chain.wait(7 * DAY_MS);
		chain.must(Eve, Call::close { proposal: 0 });
		assert_eq!(state(0), State::Executed);
		let unstake = |amount| pallet_stakes::Call::unstake { model, role, amount };
		chain.must(Dave, unstake(50 * DML));
		chain.wait(42 * DAY_MS - 10_000);
		let locked = pallet_stakes::Error::<Runtime>::StakeIsLocked;
		assert_eq!(chain.submit(Charlie, unstake(10 * DML)), Ok(Err(locked.into())));
		chain.wait(10_000);
		chain.must(Charlie, unstake(10 * DML));
	});
}

#[test]
fn a_member_may_download_what_is_restricted() {
	on_a_development_chain(|chain| {
		let register = pallet_models::Call::register {
			location: cid("weights"),
			hash: H256::zero(),
			name: text("mnist"),
			licence: text("MIT"),
			metadata_hash: H256::zero(),
		};
		chain.must(Alice, register);
		let terms = LicenceTerms {
			price: 0,
			duration_ms: None,
			maximum: None,
			transferable: false,
			jurisdiction: Default::default(),
			text: None,
		};
		let usage = Usage::Download;
		chain.must(Alice, decide(Action::SetLicence { usage, terms: Some(terms) }));
		assert!(!holdings::may_download(MODEL, &account(Bob)));
		chain.must(Alice, decide(Action::AddMember { who: account(Bob), weight: 1 }));
		assert!(holdings::may_download(MODEL, &account(Bob)));
		chain.must(Bob, Call::resign { model: MODEL });
		assert!(!holdings::may_download(MODEL, &account(Bob)));
	});
}

#[test]
fn a_collective_is_shown_with_what_its_votes_weigh() {
	on_a_chain_with_a_collective(|_| {
		let shown = governance::collective(MODEL).unwrap();
		let members: Vec<_> =
			shown.members.iter().map(|member| (member.who.clone(), member.weight)).collect();
		let mut expected = vec![(account(Alice), 1), (account(Bob), 1)];
		expected.sort();
		assert_eq!(members, expected);
		assert_eq!((shown.weighting, shown.owner_decides), (Weighting::Assigned, false));
		assert_eq!(shown.terms.deposit, DML);
		assert_eq!(governance::collective(1), None);
		assert_eq!(governance::tally(0), None);
		assert!(!Collectives::owner_decides(MODEL));
	});
}

#[test]
fn counting_votes_costs_what_it_took() {
	on_a_chain_with_a_collective(|chain| {
		let spend = Action::Spend { role: Role::Engineer, who: account(Eve), score: Score(1) };
		chain.must(Alice, propose(spend, Electorate::Members));
		chain.must(Alice, vote(0, Vote::Nay));
		chain.must(Bob, vote(0, Vote::Nay));
		chain.wait(3 * DAY_MS);
		let call: RuntimeCall = Call::<Runtime>::close { proposal: 0 }.into();
		let foreseen = dry_run(account(Eve), call, Some(chain.now_ms));
		let before = balance(Eve);
		chain.must(Eve, Call::close { proposal: 0 });
		let fee = before - balance(Eve);
		assert_eq!(foreseen.fee, fee);
		assert!(fee <= 10 * MILLI_DML, "{fee}");
		// Called for nothing, it costs what it might have taken.
		let before = balance(Eve);
		assert!(matches!(chain.submit(Eve, Call::close { proposal: 0 }), Ok(Err(_))));
		assert!(before - balance(Eve) <= 100 * MILLI_DML, "{}", before - balance(Eve));
	});
}

#[test]
fn a_lost_deposit_goes_to_the_fees_account() {
	on_a_chain_with_a_collective(|chain| {
		let spend = Action::Spend { role: Role::Engineer, who: account(Eve), score: Score(1) };
		chain.must(Bob, propose(spend, Electorate::Members));
		chain.wait(3 * DAY_MS);
		let fees = Balances::free_balance(FeesAccount::get());
		chain.must(Eve, Call::close { proposal: 0 });
		assert_eq!(state(0), State::NoQuorum);
		assert!(Balances::free_balance(FeesAccount::get()) > fees + DML);
	});
}

#[test]
fn conservation_is_not_ok_when_a_deposit_is_not_held() {
	on_a_chain_with_a_collective(|chain| {
		let spend = Action::Spend { role: Role::Engineer, who: account(Eve), score: Score(1) };
		chain.must(Bob, propose(spend, Electorate::Members));
		assert!(audit::conservation().ok);
		let reason = RuntimeHoldReason::from(HoldReason::ProposalDeposit);
		Balances::release(&reason, &account(Bob), 1, Precision::Exact).unwrap();
		assert!(!audit::conservation().ok);
		Balances::hold(&reason, &account(Bob), 2).unwrap();
		assert!(!audit::conservation().ok);
		Balances::release(&reason, &account(Bob), 1, Precision::Exact).unwrap();
		Balances::hold(&reason, &account(Dave), 1).unwrap();
		assert!(!audit::conservation().ok);
		Balances::release(&reason, &account(Dave), 1, Precision::Exact).unwrap();
	});
}

/// Has both members approve an action, which is enacted at once unless the terms set a delay.
fn approve(chain: &mut Chain, action: Action<AccountId>) -> ProposalId {
	chain.must(Bob, propose(action, Electorate::Members));
	let proposal = NextProposalId::<Runtime>::get() - 1;
	for who in [Alice, Bob] {
		chain.must(who, vote(proposal, Vote::Aye));
	}
	chain.must(Eve, Call::close { proposal });
	proposal
}

#[test]
fn members_who_think_better_of_it_cancel_what_they_approved() {
	on_a_chain_with_a_collective(|chain| {
		let terms = governance::collective(MODEL).unwrap().terms;
		let terms = pallet_collectives::Terms { delay_ms: DAY_MS, ..terms };
		approve(chain, Action::SetTerms { terms });
		let spend = Action::Spend { role: Role::Engineer, who: account(Eve), score: Score::ONE };
		let waiting = approve(chain, spend);
		assert!(matches!(state(waiting), State::Approved { .. }));
		let by = approve(chain, Action::Cancel { proposal: waiting });
		assert_eq!((state(waiting), state(by)), (State::Cancelled, State::Executed));
		chain.wait(DAY_MS);
		let refused = pallet_collectives::Error::<Runtime>::NotApproved;
		let enact = Call::enact { proposal: waiting };
		assert_eq!(chain.submit(Eve, enact), Ok(Err(refused.into())));
		assert_eq!(audit::conservation().deposits, []);
	});
}
