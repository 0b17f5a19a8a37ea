//! A slow twin of the counting.

use super::*;

/// Counts a members' vote as one would on paper, from notes of its own.
#[derive(Default)]
pub struct Paper {
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
	pub fn note(&mut self, step: &Step, stage: Option<Stage>) {
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
	pub fn count(&self, id: ProposalId) -> Tally {
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
pub fn outcome(tally: &Tally, members: usize, terms: &Terms) -> State {
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
