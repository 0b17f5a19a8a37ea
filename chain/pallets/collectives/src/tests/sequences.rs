//! Whatever members, stakers and strangers do, in whatever order: votes are counted once, as a
//! slow twin counts them; actions are done at most once; no token is lost.

use super::{Collectives, *};
use proptest::{prelude::*, sample::select};
use std::collections::BTreeMap;

const PEOPLE: [AccountId; 5] = [OWNER, BOB, CAROL, DAVE, EVE];

#[derive(Clone, Debug)]
enum Step {
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
		6 => (who(), electorate, action()).prop_map(|(who, e, action)| Step::Propose(who, e, action)),
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

fn steps() -> impl Strategy<Value = Vec<Step>> {
	let some =
		prop_oneof![24 => step().prop_map(|step| vec![step]), 2 => campaign(), 1 => regret()];
	prop::collection::vec(some, 20..100).prop_map(|steps| steps.concat())
}

/// Most chains have three members, who may take a day to enact, and some stakes and licences to be
/// asked.
fn begin(slow: bool) {
	if slow {
		assert_ok!(decide(set_terms(|terms| terms.delay_ms = DAY)));
	}
	three_members();
	stake(DAVE, 5_000);
	stake(EVE, 500);
	let terms = pallet_licences::Terms {
		price: 1,
		duration_ms: None,
		maximum: None,
		transferable: true,
		jurisdiction: Default::default(),
		text: None,
	};
	let usage = pallet_licences::Usage::Serve;
	assert_ok!(Collectives::act(MODEL, Action::SetLicence { usage, terms: Some(terms) }));
	for who in [BOB, DAVE] {
		assert_ok!(Licences::buy(signed(who), MODEL, usage, 1, None));
	}
}

/// The nth proposal from the newest, or one that is not there.
fn nth(n: u32) -> ProposalId {
	(NextProposalId::<Test>::get().wrapping_sub(1)).wrapping_sub(n)
}

/// A step with the number of the proposal that its action would cancel.
fn resolved(mut step: Step) -> Step {
	if let Step::Decide(_, Action::Cancel { proposal })
	| Step::Propose(_, _, Action::Cancel { proposal }) = &mut step
	{
		*proposal = nth(*proposal);
	}
	step
}

fn take(step: &Step) -> DispatchResult {
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
		Step::Wait(ms) => {
			wait(ms);
			Ok(())
		},
	}
}

/// Counts a members' vote as one would on paper, from notes of its own.
#[derive(Default)]
struct Paper {
	/// What each account said last to a proposal, and what it weighed then.
	said: BTreeMap<(ProposalId, AccountId), (Vote, VoteWeight)>,
	/// What all members weighed when a proposal was made.
	opened: BTreeMap<ProposalId, VoteWeight>,
	/// Whom each member trusts, and what it weighed then, by stake and by earnings.
	trusts: BTreeMap<AccountId, (AccountId, VoteWeight, VoteWeight, VoteWeight)>,
}

impl Paper {
	fn staked(who: AccountId) -> VoteWeight {
		pallet_stakes::Stakes::<Test>::get(MODEL, who).active.total().unwrap()
	}

	fn contributed(who: AccountId) -> VoteWeight {
		<Pools as pallet_pools::Earnings<_>>::earned(MODEL, &who)
	}

	/// What all members weigh together.
	fn all_weigh(weighting: Weighting) -> VoteWeight {
		members().into_iter().map(|(who, assigned)| Self::weighs(who, assigned, weighting)).sum()
	}

	fn weighs(who: AccountId, assigned: u32, weighting: Weighting) -> VoteWeight {
		match weighting {
			Weighting::Assigned => assigned.into(),
			Weighting::ByStake => Self::staked(who),
			Weighting::ByContribution => Self::contributed(who),
		}
	}

	/// Notes what a step that succeeded said, and at which stage if it was a vote.
	fn note(&mut self, step: &Step, stage: Option<Stage>) {
		let present: BTreeMap<_, _> = members().into_iter().collect();
		match *step {
			Step::Vote(who, n, vote, _) if stage == Some(Stage::Members) => {
				let weight = Self::weighs(who, present[&who], proposal(nth(n)).weighting);
				self.said.insert((nth(n), who), (vote, weight));
			},
			Step::Delegate(from, to) => {
				let earned = Self::contributed(from);
				let all = (to, present[&from].into(), Self::staked(from), earned);
				self.trusts.insert(from, all);
			},
			Step::Undelegate(from) => {
				self.trusts.remove(&from);
			},
			Step::Propose(..) => {
				let all = Self::all_weigh(proposal(nth(0)).weighting);
				self.opened.insert(nth(0), all);
			},
			_ => {},
		}
		self.trusts.retain(|from, (to, ..)| present.contains_key(from) && present.contains_key(to));
	}

	/// What the members' votes on a proposal come to.
	fn count(&self, id: ProposalId) -> Tally {
		let weighting = proposal(id).weighting;
		let mut tally = Tally::default();
		for (who, assigned) in members() {
			let now = Self::weighs(who, assigned, weighting);
			let own = self.said.get(&(id, who)).copied();
			let trusted = self.trusts.get(&who).and_then(|(to, assigned, staked, earned)| {
				let (vote, _) = self.said.get(&(id, *to))?;
				let then = match weighting {
					Weighting::Assigned => assigned,
					Weighting::ByStake => staked,
					Weighting::ByContribution => earned,
				};
				Some((*vote, *then))
			});
			let Some((vote, then)) = own.or(trusted) else {
				tally.electorate += now;
				continue;
			};
			let weight = if then < now { then } else { now };
			tally.electorate += weight;
			tally.turnout += weight;
			match vote {
				Aye => {
					tally.aye += weight;
					tally.ayes += u32::from(weight > 0);
				},
				Nay => tally.nay += weight,
				Abstain => {},
			}
		}
		let opened = self.opened[&id];
		if weighting != Weighting::Assigned && opened < tally.electorate {
			tally.electorate = if opened > tally.turnout { opened } else { tally.turnout };
		}
		tally
	}
}

/// What comes of a tally, in small numbers and plain fractions.
fn outcome(tally: &Tally, members: usize, terms: &Terms) -> State {
	let parts = |amount: u128, of: u128| amount * u128::from(WHOLE) / of.max(1);
	let exact = |amount: u128, of: u128| (amount * u128::from(WHOLE)).is_multiple_of(of.max(1));
	let quorum = u128::from(terms.quorum);
	if tally.turnout == 0 || parts(tally.turnout, tally.electorate) < quorum {
		return State::NoQuorum;
	}
	let (said, threshold) = (tally.aye + tally.nay, u128::from(terms.threshold));
	let part = parts(tally.aye, said);
	let more = part > threshold || (part == threshold && !exact(tally.aye, said));
	if more && (tally.ayes >= 2 || members < 2) {
		return State::Executed;
	}
	State::Rejected
}

fn stage(n: u32) -> Option<Stage> {
	match Proposals::<Test>::get(nth(n))?.state {
		State::Members { .. } => Some(Stage::Members),
		State::Referendum { .. } => Some(Stage::Referendum),
		_ => None,
	}
}

fn states() -> BTreeMap<ProposalId, State> {
	Proposals::<Test>::iter().map(|(id, proposal)| (id, proposal.state)).collect()
}

/// What the events of a step say was spent by the collective.
fn spent() -> usize {
	let is_spent = |event: &RuntimeEvent| {
		matches!(event, RuntimeEvent::Pools(pallet_pools::Event::Spent { .. }))
	};
	System::events().iter().filter(|record| is_spent(&record.event)).count()
}

proptest! {
	#![proptest_config(ProptestConfig {
		cases: 128,
		max_shrink_iters: 2_000,
		failure_persistence: None,
		..Default::default()
	})]

	#[test]
	fn votes_count_once_and_actions_happen_once_whatever_anyone_does(
		alone in prop::bool::weighted(0.2),
		slow in any::<bool>(),
		steps in steps(),
	) {
		run(|| {
			let mut paper = Paper::default();
			if !alone {
				begin(slow);
			}
			let issuance = Balances::total_issuance();
			for step in steps {
				System::reset_events();
				let step = resolved(step);
				let before = states();
				let (counted, members, voted) = match step {
					Step::Close(n) if stage(n) == Some(Stage::Members) =>
						(Some(paper.count(nth(n))), members().len(), None),
					Step::Vote(_, n, ..) => (None, 0, stage(n)),
					_ => (None, 0, None),
				};
				let outcome_of_step = take(&step);
				if outcome_of_step.is_ok() {
					paper.note(&step, voted);
				}
				let after = states();

				// Nothing leaves an end, and only what was refused is as it was.
				for (id, old) in &before {
					let new = &after[id];
					let may_change = match old {
						State::Members { .. } | State::Referendum { .. } | State::Approved { .. } =>
							outcome_of_step.is_ok(),
						_ => false,
					};
					prop_assert!(may_change || old == new, "{:?}: {:?} -> {:?}", step, old, new);
				}
				// Tokens leave a bucket only by an action that is recorded as done.
				let executed = after
					.iter()
					.filter(|(id, new)| **new == State::Executed && before.get(id) != Some(new))
					.count();
				let decided = matches!(step, Step::Decide(..)) && outcome_of_step.is_ok();
				prop_assert!(spent() <= executed + usize::from(decided));
				prop_assert!(executed <= 1);
				// What was approved is cancelled by one cancellation, of the same step.
				let cancelled = after
					.iter()
					.filter(|(id, new)| **new == State::Cancelled && before.get(id) != Some(new));
				for (id, _) in cancelled {
					let cancels = |action: &Action<_>| *action == Action::Cancel { proposal: *id };
					let by_vote = after.iter().any(|(other, new)| {
						*new == State::Executed
							&& before.get(other) != Some(new)
							&& cancels(&proposal(*other).action)
					});
					let by_owner = match &step {
						Step::Decide(_, action) => decided && cancels(action),
						_ => false,
					};
					prop_assert!(by_vote || by_owner);
					let waited = matches!(before.get(id), Some(State::Approved { .. }));
					prop_assert!(waited);
				}

				if let (Some(tally), Step::Close(n), Ok(())) = (counted, &step, outcome_of_step) {
					let closed = proposal(nth(*n));
					prop_assert_eq!(closed.members, Some(tally));
					let expected = outcome(&tally, members, &closed.terms);
					let approved = matches!(
						closed.state,
						State::Referendum { .. }
							| State::Approved { .. }
							| State::Executed
							| State::Failed { .. }
					);
					match expected {
						State::Executed => prop_assert!(approved, "{:?}", closed),
						expected => prop_assert_eq!(closed.state, expected),
					}
				}
				audit();
				prop_assert_eq!(Balances::total_issuance(), issuance);
			}
			Ok(())
		})?;
	}
}
