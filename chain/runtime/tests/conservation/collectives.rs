//! What is done by and with collectives.

use crate::{annotations, common::*, updates, values::*};
use dml_runtime::{AccountId, Collectives, Runtime, RuntimeCall, Timestamp, DML};
use frame::{runtime::prelude::Sr25519Keyring, testing_prelude::*};
use pallet_collectives::{
	Action, Call, Conviction, Electorate, NextProposalId, Outcome, Proposal, ProposalId, Proposals,
	ReferendumTerms, Stage, State, Tally, Terms, Vote, Weighting, MIN_ENACT_WITHIN_MS,
};
use pallet_licences::{Cause as RevocationCause, LicenceId, Usage};
use pallet_models::{Governance, Membership, ModelId};
use pallet_pools::{Role, SlashTo};
use pallet_stakes::{Cause as SlashCause, Locks, StakingTerms};
use proptest::{prelude::*, sample::select};
use std::collections::BTreeMap;

/// How long is voted on the terms that the owners set in a campaign.
const VOTING_MS: u64 = 10_000;
const DELAY_MS: u64 = 2_000;

fn terms(threshold: u32, quorum: u32, delays: bool) -> Terms {
	Terms {
		threshold,
		quorum,
		voting_ms: VOTING_MS,
		delay_ms: if delays { DELAY_MS } else { 0 },
		enact_within_ms: MIN_ENACT_WITHIN_MS,
		deposit: DML,
		referendum: ReferendumTerms {
			threshold,
			quorum: quorum / 4,
			voting_ms: VOTING_MS,
			lock_ms: 1_000,
		},
	}
}

fn any_terms() -> impl Strategy<Value = Terms> {
	let threshold = select(vec![400_000, 500_000, 666_666, 999_999]);
	let quorum = select(vec![0, 200_000, 500_000, 1_000_000, 1_000_001]);
	(threshold, quorum, any::<bool>())
		.prop_map(|(threshold, quorum, delays)| terms(threshold, quorum, delays))
}

fn action() -> impl Strategy<Value = Action<AccountId>> {
	let who = || actor().prop_map(account);
	let usage = || select(vec![Usage::Download, Usage::Serve]);
	let weighting =
		select(vec![Weighting::Assigned, Weighting::ByStake, Weighting::ByContribution]);
	let slash_to = select(vec![SlashTo::Buckets, SlashTo::Fees]);
	prop_oneof![
		4 => (updates::update(), score())
			.prop_map(|(update, reward)| Action::ApproveUpdate { update, reward }),
		1 => updates::update()
			.prop_map(|update| Action::RejectUpdate { update, reason: text("worse") }),
		4 => (who(), 0..4u32).prop_map(|(who, weight)| Action::AddMember { who, weight }),
		1 => who().prop_map(|who| Action::RemoveMember { who }),
		1 => weighting.prop_map(|weighting| Action::SetWeighting { weighting }),
		2 => shares().prop_map(|shares| Action::SetShares { shares }),
		2 => (usage(), crate::licences::terms())
			.prop_map(|(usage, terms)| Action::SetLicence { usage, terms }),
		1 => (0..8 as LicenceId).prop_map(|licence| {
			Action::RevokeLicence { licence, cause: RevocationCause::Leak }
		}),
		2 => any_terms().prop_map(|terms| Action::SetTerms { terms }),
		1 => (0..5_000u64, slash_to).prop_map(|(unbonding_ms, slash_to)| Action::SetStaking {
			terms: StakingTerms { unbonding_ms, minimum: 100, slash_to },
		}),
		4 => (role(), who(), score())
			.prop_map(|(role, who, score)| Action::Spend { role, who, score }),
		2 => (role(), who(), score()).prop_map(|(role, who, part)| Action::Slash {
			who,
			role,
			part,
			cause: SlashCause::Absence,
		}),
		1 => Just(Action::ClosePool),
		2 => prop::option::of(amount()).prop_map(|amount| Action::SetAllowance { amount }),
		2 => newest().prop_map(|proposal| Action::Cancel { proposal }),
		2 => (annotations::task(), who(), annotations::verdict(), score()).prop_map(
			|(task, who, verdict, slash)| Action::SettleAnnotation {
				task,
				batch: 0,
				who,
				points: verdict.points,
				score: verdict.score,
				slash,
			},
		),
	]
}

/// Counted from the newest backwards: which one it is, is found when the step is taken.
fn newest() -> impl Strategy<Value = ProposalId> {
	prop_oneof![4 => Just(0), 1 => 1..4 as ProposalId]
}

fn electorate() -> impl Strategy<Value = Electorate> {
	select(vec![
		Electorate::Members,
		Electorate::Members,
		Electorate::Stakers,
		Electorate::LicenceHolders,
	])
}

fn vote() -> impl Strategy<Value = Vote> {
	prop_oneof![6 => Just(Vote::Aye), 2 => Just(Vote::Nay), 1 => Just(Vote::Abstain)]
}

fn conviction() -> impl Strategy<Value = Conviction> {
	prop_oneof![3 => Just(Conviction::None), 1 => select(Conviction::ALL.to_vec())]
}

pub fn call() -> impl Strategy<Value = Step> {
	let owners = (model(), action()).prop_flat_map(|(model, action)| {
		(owner_of(model), Just(Call::<Runtime>::decide { model, action }))
	});
	let proposers =
		(model(), action(), electorate()).prop_flat_map(|(model, action, electorate)| {
			let text = Some((cid(), H256::zero()));
			(owner_of(model), Just(Call::<Runtime>::propose { model, action, text, electorate }))
		});
	let others = (actor(), model(), actor(), newest(), vote(), conviction(), 0..20u8).prop_map(
		|(who, model, to, proposal, vote, conviction, kind)| {
			let call: Call<Runtime> = match kind {
				0..=8 => Call::vote { proposal, vote, conviction },
				9..=10 => Call::delegate { model, to: account(to) },
				11 => Call::undelegate { model },
				12 => Call::resign { model },
				13 => Call::withdraw { proposal },
				14..=16 => Call::close { proposal },
				_ => Call::enact { proposal },
			};
			(who, call)
		},
	);
	prop_oneof![
		2 => owners.prop_map(|(who, call)| Step::of(who, call)),
		2 => proposers.prop_map(|(who, call)| Step::of(who, call)),
		5 => others.prop_map(|(who, call)| Step::of(who, call)),
	]
}

/// What an owner does before sharing the power: others take part in the model, and one of them
/// joins the collective.
fn beginnings(model: ModelId, member: Sr25519Keyring, terms: Terms) -> Vec<Step> {
	let owner = OWNERS[model as usize];
	let decide = |action| Step::of(owner, Call::<Runtime>::decide { model, action });
	// Where there is no pool a licence costs nothing, and gives no vote.
	let price = if model < 2 { 1 } else { 0 };
	let offer = pallet_licences::Terms {
		price,
		duration_ms: None,
		maximum: None,
		transferable: true,
		jurisdiction: Default::default(),
		text: None,
	};
	let (usage, role) = (Usage::Serve, Role::Validator);
	let encryption_key = None;
	let buy = pallet_licences::Call::<Runtime>::buy { model, usage, max_price: 1, encryption_key };
	let stake = pallet_stakes::Call::<Runtime>::stake { model, role, amount: DML / 10 };
	let stake_coins = pallet_stakes::Call::<Runtime>::stake { model, role, amount: 1_000 };
	vec![
		decide(Action::SetTerms { terms }),
		decide(Action::SetLicence { usage, terms: Some(offer) }),
		Step::of(member, buy.clone()),
		Step::of(Sr25519Keyring::Charlie, buy),
		Step::of(member, stake.clone()),
		Step::of(member, stake_coins.clone()),
		Step::of(Sr25519Keyring::Charlie, stake),
		Step::of(Sr25519Keyring::Charlie, stake_coins),
		Step::of(member, updates::propose(model, 0)),
		decide(Action::AddMember { who: account(member), weight: 1 }),
	]
}

/// The calls that see a proposal through, mostly to its end.
pub fn campaign() -> impl Strategy<Value = Vec<Step>> {
	let votes = || prop::collection::vec(vote(), ACTORS.len());
	let arguments = (0..MODELS, actor(), action(), electorate(), conviction(), votes());
	let far = prop_oneof![2 => Just(usize::MAX), 1 => 1..28usize];
	(arguments, any::<bool>(), 0..5u8, far).prop_map(|(arguments, delays, turn, far)| {
		let (model, member, action, electorate, conviction, votes) = arguments;
		let owner = OWNERS[model as usize];
		let by = |who, call: Call<Runtime>| Step::of(who, call);
		let cast = |who, vote, conviction| by(who, Call::vote { proposal: 0, vote, conviction });
		let close = || by(Sr25519Keyring::Dave, Call::close { proposal: 0 });

		let mut steps = beginnings(model, member, terms(500_000, 200_000, delays));
		steps.push(by(owner, Call::propose { model, action, text: None, electorate }));
		steps.push(match turn {
			0 => by(owner, Call::withdraw { proposal: 0 }),
			1 => by(member, Call::delegate { model, to: account(owner) }),
			_ => cast(member, votes[0], Conviction::None),
		});
		steps.extend([cast(owner, Vote::Aye, Conviction::None), Step::Wait(VOTING_MS), close()]);
		let conviction = match electorate {
			Electorate::Stakers => conviction,
			_ => Conviction::None,
		};
		let voters = ACTORS.into_iter().zip(votes);
		steps.extend(voters.map(|(who, vote)| cast(who, vote, conviction)));
		steps.extend([Step::Wait(VOTING_MS), close(), Step::Wait(DELAY_MS)]);
		steps.push(by(owner, Call::enact { proposal: 0 }));
		steps.push(Step::of(member, pallet_pools::Call::<Runtime>::claim { model }));
		steps.push(match turn {
			1 => by(member, Call::undelegate { model }),
			2 => by(owner, Call::resign { model }),
			_ => by(member, Call::resign { model }),
		});
		steps.truncate(far);
		steps
	})
}

/// What an owner and a member approve, and mostly cancel before it is enacted.
pub fn regret() -> impl Strategy<Value = Vec<Step>> {
	let far = prop_oneof![2 => Just(usize::MAX), 1 => 11..20usize];
	(0..MODELS, actor(), action(), far).prop_map(|(model, member, action, far)| {
		let owner = OWNERS[model as usize];
		let mut steps = beginnings(model, member, terms(500_000, 200_000, true));
		for (who, action) in [(owner, action), (member, Action::Cancel { proposal: 0 })] {
			let electorate = Electorate::Members;
			let (vote, conviction) = (Vote::Aye, Conviction::None);
			let calls = [
				(who, Call::<Runtime>::propose { model, action, text: None, electorate }),
				(owner, Call::vote { proposal: 0, vote, conviction }),
				(member, Call::vote { proposal: 0, vote, conviction }),
				(Sr25519Keyring::Dave, Call::close { proposal: 0 }),
			];
			steps.extend(calls.map(|(who, call)| Step::of(who, call)));
		}
		steps.push(Step::Wait(DELAY_MS));
		steps.push(Step::of(owner, Call::<Runtime>::enact { proposal: 1 }));
		steps.push(Step::of(member, Call::<Runtime>::resign { model }));
		steps.truncate(far);
		steps
	})
}

/// Puts a proposal's number into a call that counts from the newest.
pub fn from_the_newest(mut call: RuntimeCall) -> RuntimeCall {
	use pallet_collectives::Call::*;
	if let RuntimeCall::Collectives(
		vote { proposal, .. }
		| withdraw { proposal }
		| close { proposal }
		| enact { proposal }
		| propose { action: Action::Cancel { proposal }, .. }
		| decide { action: Action::Cancel { proposal }, .. },
	) = &mut call
	{
		*proposal = NextProposalId::<Runtime>::get().wrapping_sub(1).wrapping_sub(*proposal);
	}
	call
}

/// What would be recorded if a call that closes a proposal succeeded.
pub fn foreseen_close(call: &RuntimeCall) -> Option<(ProposalId, Stage, Tally, Outcome)> {
	let RuntimeCall::Collectives(Call::close { proposal }) = call else { return None };
	let foreseen = Collectives::tally(*proposal)?;
	Some((*proposal, foreseen.stage, foreseen.tally, foreseen.outcome))
}

/// Checks that what was recorded is what was foreseen.
pub fn check_close(
	(proposal, stage, tally, outcome): (ProposalId, Stage, Tally, Outcome),
) -> Result<(), TestCaseError> {
	let closed = Proposals::<Runtime>::get(proposal).unwrap();
	let recorded = match stage {
		Stage::Members => closed.members,
		Stage::Referendum => closed.referendum,
	};
	prop_assert_eq!(recorded, Some(tally));
	match closed.state {
		State::Rejected => prop_assert_eq!(outcome, Outcome::Rejected),
		State::NoQuorum => prop_assert_eq!(outcome, Outcome::NoQuorum),
		_ => prop_assert_eq!(outcome, Outcome::Approved),
	}
	Ok(())
}

/// The proposals that nothing can happen to any more.
pub fn ended() -> BTreeMap<ProposalId, Proposal<AccountId>> {
	Proposals::<Runtime>::iter()
		.filter(|(_, proposal)| {
			proposal.state.ends_ms().is_none() && !matches!(proposal.state, State::Approved { .. })
		})
		.collect()
}

/// Counts every vote, enacts what was approved, and waits until no stake is locked.
pub fn wind_up(chain: &mut Chain) {
	let anyone = Sr25519Keyring::Alice;
	loop {
		let pending = Proposals::<Runtime>::iter().find_map(|(id, entry)| match entry.state {
			State::Members { ends_ms } | State::Referendum { ends_ms, .. } => {
				Some((ends_ms, Call::<Runtime>::close { proposal: id }))
			},
			State::Approved { enact_from_ms, .. } => {
				Some((enact_from_ms, Call::<Runtime>::enact { proposal: id }))
			},
			_ => None,
		});
		let Some((due_ms, call)) = pending else { break };
		chain.wait(due_ms.saturating_sub(chain.now_ms));
		chain.must(anyone, call);
	}
	assert_eq!(dml_runtime::governance::deposits(), []);
	let last = Locks::<Runtime>::iter_values()
		.flat_map(|locks| locks.into_iter().map(|lock| lock.until_ms))
		.max();
	if let Some(until_ms) = last {
		chain.wait(until_ms.saturating_sub(Timestamp::get()));
	}
}

/// Has a model's pool closed by whoever governs the model.
pub fn close_pool(chain: &mut Chain, model: ModelId, owner: Sr25519Keyring) {
	if Collectives::owner_decides(model) {
		return chain.must(owner, pallet_pools::Call::close { model });
	}
	let members: Vec<_> =
		ACTORS.into_iter().filter(|who| Collectives::is_member(model, &account(*who))).collect();
	let (last, others) = members.split_last().unwrap();
	for who in others {
		chain.must(*who, Call::<Runtime>::resign { model });
	}
	let electorate = Electorate::Members;
	let action = Action::ClosePool;
	chain.must(*last, Call::<Runtime>::propose { model, action, text: None, electorate });
	let proposal = NextProposalId::<Runtime>::get() - 1;
	let (vote, conviction) = (Vote::Aye, Conviction::None);
	chain.must(*last, Call::<Runtime>::vote { proposal, vote, conviction });
	wind_up(chain);
	let ended = Proposals::<Runtime>::get(proposal).unwrap();
	assert_eq!(ended.state, State::Executed);
}
