//! What anyone may do, and how.

use super::*;
use crate::mock::Collectives;
use proptest::sample::select;

const PEOPLE: [AccountId; 5] = [OWNER, BOB, CAROL, DAVE, EVE];

#[derive(Clone, Debug)]
pub enum Step {
	Decide(AccountId, Action<AccountId>),
	Propose(AccountId, Electorate, Action<AccountId>),
	/// On the nth proposal from the newest.
	Vote(AccountId, u32, Vote, Conviction),
	Delegate(AccountId, AccountId),
	Undelegate(AccountId),
	Resign(AccountId),
	Withdraw(AccountId, u32),
	Close(u32),
	Enact(u32),
	Stake(AccountId, Balance),
	Unstake(AccountId, Balance),
	/// A round begins or ends.
	Round(bool),
	Wait(Moment),
}

fn who() -> impl Strategy<Value = AccountId> {
	select(PEOPLE.to_vec())
}

fn action() -> impl Strategy<Value = Action<AccountId>> {
	let weighting =
		select(vec![Weighting::Assigned, Weighting::ByStake, Weighting::ByContribution]);
	prop_oneof![
		6 => (who(), 0..4u32).prop_map(|(who, weight)| add(who, weight)),
		2 => who().prop_map(|who| Action::RemoveMember { who }),
		6 => (who(), 0..=101u32).prop_map(|(who, percents)| spend(who, percents)),
		2 => weighting.prop_map(|weighting| Action::SetWeighting { weighting }),
		2 => (400_000..WHOLE, 0..WHOLE, 0..3u64).prop_map(|(threshold, quorum, days)| {
			set_terms(|terms| {
				terms.threshold = threshold;
				terms.quorum = quorum;
				terms.delay_ms = days * DAY;
				terms.referendum.quorum = quorum / 4;
			})
		}),
		1 => (who(), 0..=100u32).prop_map(|(who, part)| Action::Slash {
			who,
			role: Role::Validator,
			part: percent(part),
			cause: pallet_stakes::Cause::Absence,
		}),
		1 => Just(Action::ClosePool),
		1 => prop::option::of(0..POOL).prop_map(|amount| Action::SetAllowance { amount }),
		2 => newest().prop_map(|proposal| Action::Cancel { proposal }),
	]
}

/// Which proposal, counted from the newest.
fn newest() -> impl Strategy<Value = u32> {
	prop_oneof![4 => Just(0), 2 => 1..4u32]
}

fn step() -> impl Strategy<Value = Step> {
	let votes = || prop_oneof![5 => Just(Aye), 2 => Just(Nay), 1 => Just(Abstain)];
	let conviction = prop_oneof![3 => Just(Unconvinced), 1 => select(Conviction::ALL.to_vec())];
	let electorate = prop_oneof![
		3 => Just(Electorate::Members),
		1 => Just(Electorate::Stakers),
		1 => Just(Electorate::LicenceHolders),
	];
	prop_oneof![
		3 => (prop_oneof![4 => Just(OWNER), 1 => who()], action())
			.prop_map(|(who, action)| Step::Decide(who, action)),
		6 => (who(), electorate, action())
			.prop_map(|(who, electorate, action)| Step::Propose(who, electorate, action)),
		20 => (who(), newest(), votes(), conviction)
			.prop_map(|(who, n, vote, conviction)| Step::Vote(who, n, vote, conviction)),
		2 => (who(), who()).prop_map(|(from, to)| Step::Delegate(from, to)),
		1 => who().prop_map(Step::Undelegate),
		1 => who().prop_map(Step::Resign),
		1 => (who(), newest()).prop_map(|(who, n)| Step::Withdraw(who, n)),
		8 => newest().prop_map(Step::Close),
		3 => newest().prop_map(Step::Enact),
		4 => (who(), 1..10_000u128).prop_map(|(who, amount)| Step::Stake(who, amount)),
		2 => (who(), 1..10_000u128).prop_map(|(who, amount)| Step::Unstake(who, amount)),
		1 => any::<bool>().prop_map(Step::Round),
		4 => prop_oneof![0..DAY, Just(VOTING), Just(REFERENDUM)].prop_map(Step::Wait),
	]
}

/// A proposal that is seen through, as far as it gets.
fn campaign() -> impl Strategy<Value = Vec<Step>> {
	let votes = || prop::collection::vec(prop_oneof![4 => Just(Aye), 1 => Just(Nay)], PEOPLE.len());
	let conviction = select(Conviction::ALL.to_vec());
	let electorate = select(vec![
		Electorate::Members,
		Electorate::Members,
		Electorate::Stakers,
		Electorate::LicenceHolders,
	]);
	(select(PEOPLE[..3].to_vec()), electorate, action(), votes(), votes(), conviction, 1..19usize)
		.prop_map(|(proposer, electorate, action, first, second, conviction, far)| {
			let mut steps = vec![Step::Propose(proposer, electorate, action)];
			let cast = |conviction| {
				move |(who, vote): (&AccountId, Vote)| Step::Vote(*who, 0, vote, conviction)
			};
			steps.extend(PEOPLE.iter().zip(first).map(cast(Unconvinced)));
			steps.extend([Step::Wait(VOTING), Step::Close(0)]);
			let conviction = match electorate {
				Electorate::Stakers => conviction,
				_ => Unconvinced,
			};
			steps.extend(PEOPLE.iter().zip(second).map(cast(conviction)));
			steps.extend([Step::Wait(REFERENDUM), Step::Close(0), Step::Wait(DAY), Step::Enact(0)]);
			steps.truncate(far);
			steps
		})
}

/// What three members approve, and then cancel, as far as it gets.
fn regret() -> impl Strategy<Value = Vec<Step>> {
	(action(), 0..DAY, 1..14usize).prop_map(|(action, later, far)| {
		let approve = |by, action| {
			let mut steps = vec![Step::Propose(by, Electorate::Members, action)];
			steps.extend(PEOPLE[..3].iter().map(|who| Step::Vote(*who, 0, Aye, Unconvinced)));
			steps.push(Step::Close(0));
			steps
		};
		let mut steps = approve(OWNER, action);
		steps.push(Step::Wait(later));
		steps.extend(approve(BOB, Action::Cancel { proposal: 0 }));
		steps.extend([Step::Wait(DAY), Step::Enact(1)]);
		steps.truncate(far);
		steps
	})
}

pub fn steps() -> impl Strategy<Value = Vec<Step>> {
	let some =
		prop_oneof![24 => step().prop_map(|step| vec![step]), 2 => campaign(), 1 => regret()];
	prop::collection::vec(some, 20..100).prop_map(|steps| steps.concat())
}

/// The nth proposal from the newest, or one that is not there.
pub fn nth(n: u32) -> ProposalId {
	(NextProposalId::<Test>::get().wrapping_sub(1)).wrapping_sub(n)
}

/// A step with the number of the proposal that its action would cancel.
pub fn resolved(mut step: Step) -> Step {
	if let Step::Decide(_, Action::Cancel { proposal })
	| Step::Propose(_, _, Action::Cancel { proposal }) = &mut step
	{
		*proposal = nth(*proposal);
	}
	step
}

pub fn take(step: &Step) -> DispatchResult {
	let plain = |outcome: DispatchResultWithPostInfo| match outcome {
		Ok(_) => Ok(()),
		Err(refused) => Err(refused.error),
	};
	match step.clone() {
		Step::Decide(who, action) => Collectives::decide(signed(who), MODEL, action),
		Step::Propose(who, electorate, action) => propose_to(electorate, who, action),
		Step::Vote(who, n, vote, conviction) => {
			Collectives::vote(signed(who), nth(n), vote, conviction)
		},
		Step::Delegate(from, to) => delegate(from, to),
		Step::Undelegate(who) => undelegate(who),
		Step::Resign(who) => resign(who),
		Step::Withdraw(who, n) => Collectives::withdraw(signed(who), nth(n)),
		Step::Close(n) => plain(close(nth(n))),
		Step::Enact(n) => plain(enact(nth(n))),
		Step::Stake(who, amount) => Stakes::stake(signed(who), MODEL, Role::Validator, amount),
		Step::Unstake(who, amount) => unstake(who, amount),
		Step::Round(runs) => {
			RoundRuns::set(runs);
			Ok(())
		},
		Step::Wait(ms) => {
			wait(ms);
			Ok(())
		},
	}
}
