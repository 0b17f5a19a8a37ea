//! What collectives promise, and what they refuse.

mod actions;
mod auditing;
mod cancelling;
mod closing;
mod delegating;
mod deposits;
mod enacting;
mod holders;
mod members;
mod proposing;
mod referenda;
mod sequences;
mod tallies;
mod terms;
mod views;
mod voting;

use crate::{
	mock::{Collectives, *},
	*,
};
use frame::{testing_prelude::*, token::fungible::InspectHold};
use pallet_models::{Governance, Location, Membership};
use pallet_pools::{Role, Score, Shares};
use pallet_stakes::StakeLock;
use Conviction::None as Unconvinced;
use Vote::{Abstain, Aye, Nay};

const HASH: H256 = H256::repeat_byte(7);
const DAY: Moment = 24 * 60 * 60 * 1_000;
/// How long the members vote on the first terms.
const VOTING: Moment = 3 * DAY;
/// How long a wider electorate votes on the first terms.
const REFERENDUM: Moment = 7 * DAY;

fn signed(who: AccountId) -> RuntimeOrigin {
	RuntimeOrigin::signed(who)
}

fn text<S: Get<u32>>(text: &str) -> BoundedVec<u8, S> {
	text.as_bytes().to_vec().try_into().unwrap()
}

fn cid(name: &str) -> Location {
	Location::Cid(text(name))
}

fn decide(action: Action<AccountId>) -> DispatchResult {
	Collectives::decide(signed(OWNER), MODEL, action)
}

fn propose_to(electorate: Electorate, who: AccountId, action: Action<AccountId>) -> DispatchResult {
	Collectives::propose(signed(who), MODEL, action, None, electorate)
}

fn propose(who: AccountId, action: Action<AccountId>) -> DispatchResult {
	propose_to(Electorate::Members, who, action)
}

fn vote(who: AccountId, vote: Vote) -> DispatchResult {
	Collectives::vote(signed(who), newest(), vote, Unconvinced)
}

fn vote_on(proposal: ProposalId, who: AccountId, vote: Vote) -> DispatchResult {
	Collectives::vote(signed(who), proposal, vote, Unconvinced)
}

fn delegate(who: AccountId, to: AccountId) -> DispatchResult {
	Collectives::delegate(signed(who), MODEL, to)
}

fn undelegate(who: AccountId) -> DispatchResult {
	Collectives::undelegate(signed(who), MODEL)
}

fn resign(who: AccountId) -> DispatchResult {
	Collectives::resign(signed(who), MODEL)
}

fn withdraw(who: AccountId) -> DispatchResult {
	Collectives::withdraw(signed(who), newest())
}

fn close(proposal: ProposalId) -> DispatchResultWithPostInfo {
	Collectives::close(signed(EVE), proposal)
}

fn enact(proposal: ProposalId) -> DispatchResultWithPostInfo {
	Collectives::enact(signed(EVE), proposal)
}

fn add(who: AccountId, weight: u32) -> Action<AccountId> {
	Action::AddMember { who, weight }
}

fn spend(who: AccountId, percents: u32) -> Action<AccountId> {
	Action::Spend { role: Role::Engineer, who, score: percent(percents) }
}

fn first_terms() -> Terms {
	Terms::with_deposit(DEPOSIT)
}

fn set_terms(change: impl FnOnce(&mut Terms)) -> Action<AccountId> {
	let mut terms = first_terms();
	change(&mut terms);
	Action::SetTerms { terms }
}

/// The proposal that was made last.
fn newest() -> ProposalId {
	NextProposalId::<Test>::get() - 1
}

/// Has an account join: by the owner's decision while alone, then by everybody's vote.
fn join(who: AccountId, weight: u32) {
	if Collectives::owner_decides(MODEL) {
		assert_ok!(decide(add(who, weight)));
		return;
	}
	let before = members();
	assert_ok!(propose(OWNER, add(who, weight)));
	for (member, _) in before {
		assert_ok!(vote(member, Aye));
	}
	assert_ok!(close(newest()));
	if let State::Approved { enact_from_ms, .. } = state(newest()) {
		run_to(enact_from_ms);
		assert_ok!(enact(newest()));
	}
	assert_eq!(state(newest()), State::Executed);
}

/// Bob and Carol join the owner, all of weight 1.
fn three_members() {
	join(BOB, 1);
	join(CAROL, 1);
}

/// The members vote as given, the period ends, and the votes are counted.
fn decided<const N: usize>(votes: [(AccountId, Vote); N]) -> State {
	for (who, said) in votes {
		assert_ok!(vote(who, said));
	}
	wait(VOTING);
	assert_ok!(close(newest()));
	state(newest())
}

/// Three members approve an action, and a wider electorate is asked.
fn asked(electorate: Electorate, action: Action<AccountId>) {
	three_members();
	assert_ok!(propose_to(electorate, BOB, action));
	assert_ok!(vote(OWNER, Aye));
	assert_ok!(vote(CAROL, Aye));
	assert_ok!(close(newest()));
}

fn convinced(who: AccountId, vote: Vote, conviction: Conviction) -> DispatchResult {
	Collectives::vote(signed(who), newest(), vote, conviction)
}

fn running() -> Tally {
	proposal(newest()).referendum.unwrap()
}

fn proposal(id: ProposalId) -> ProposalFor<Test> {
	Proposals::<Test>::get(id).unwrap()
}

fn state(id: ProposalId) -> State {
	proposal(id).state
}

fn held(who: AccountId) -> Balance {
	Balances::balance_on_hold(&HoldReason::ProposalDeposit.into(), &who)
}

fn members() -> Vec<(AccountId, u32)> {
	Collectives::collective(MODEL).unwrap().members.into_iter().collect()
}

fn stake(who: AccountId, amount: Balance) {
	assert_ok!(Stakes::stake(signed(who), MODEL, Role::Validator, amount));
}

fn locked(who: AccountId) -> Balance {
	<Stakes as StakeLock<_>>::locked(MODEL, &who)
}

fn unstake(who: AccountId, amount: Balance) -> DispatchResult {
	Stakes::unstake(signed(who), MODEL, Role::Validator, amount)
}

fn has_event(event: Event<Test>) -> bool {
	System::events().iter().any(|record| record.event == event.clone().into())
}
