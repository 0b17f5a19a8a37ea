use super::{Collectives, *};

/// Spoils a record, says whether the audit noticed, and puts the record back.
fn noticed(spoil: impl FnOnce()) -> bool {
	use frame::deps::frame_support::storage::with_storage_layer;
	Collectives::do_try_state().unwrap();
	with_storage_layer(|| {
		spoil();
		Err::<(), _>(DispatchError::Other(match Collectives::do_try_state() {
			Ok(()) => "overlooked",
			Err(_) => "noticed",
		}))
	}) == Err(DispatchError::Other("noticed"))
}

fn spoil_proposal(spoil: impl FnOnce(&mut ProposalFor<Test>)) -> bool {
	noticed(|| Proposals::<Test>::mutate(newest(), |entry| spoil(entry.as_mut().unwrap())))
}

fn spoil_collective(spoil: impl FnOnce(&mut CollectiveFor<Test>)) -> bool {
	noticed(|| crate::Collectives::<Test>::mutate(MODEL, |entry| spoil(entry.as_mut().unwrap())))
}

#[test]
fn the_audit_notices_a_collective_that_makes_no_sense() {
	run(|| {
		three_members();
		assert_ok!(delegate(BOB, CAROL));
		assert!(spoil_collective(|collective| collective.members = Members::new()));
		assert!(spoil_collective(|collective| collective.terms.threshold = WHOLE));
		assert!(spoil_collective(|collective| {
			collective.members.try_insert(BOB, 0).unwrap();
		}));
		assert!(spoil_collective(|collective| {
			collective.members.remove(&BOB);
		}));
		assert!(spoil_collective(|collective| {
			collective.members.remove(&CAROL);
		}));
		assert!(noticed(|| {
			Delegations::<Test>::mutate(MODEL, |delegations| {
				let delegation = delegations.get(&BOB).unwrap().clone();
				delegations.try_insert(CAROL, Delegation { to: OWNER, ..delegation }).unwrap();
			})
		}));
	});
}

#[test]
fn the_audit_notices_a_proposal_or_a_deposit_that_does_not_agree_with_the_rest() {
	run(|| {
		stake(DAVE, 100);
		assert_ok!(propose_to(Electorate::Stakers, OWNER, spend(DAVE, 10)));
		assert_ok!(vote(DAVE, Aye));
		assert!(spoil_proposal(|entry| entry.state = State::Rejected));
		assert!(spoil_proposal(|entry| entry.state = State::Executed));
		assert!(spoil_proposal(|entry| entry.model = POOR_MODEL));
		assert!(spoil_proposal(|entry| entry.proposer = BOB));
		assert!(spoil_proposal(|entry| entry.terms.deposit += 1));
		assert!(spoil_proposal(|entry| entry.electorate = Electorate::Members));
		assert!(spoil_proposal(|entry| entry.referendum.as_mut().unwrap().aye += 1));
		assert!(spoil_proposal(|entry| entry.referendum = None));
		assert!(noticed(|| NextProposalId::<Test>::put(0)));
		assert!(noticed(|| ByModel::<Test>::remove(MODEL, newest())));
		assert!(noticed(|| ByModel::<Test>::insert(POOR_MODEL, newest(), ())));
		assert!(noticed(|| Open::<Test>::remove(MODEL)));
		assert!(noticed(|| Proposals::<Test>::remove(newest())));
		assert!(noticed(|| ReferendumBallots::<Test>::remove(newest(), DAVE)));
		assert!(noticed(|| {
			use frame::token::{fungible::MutateHold, Precision};
			let reason = HoldReason::ProposalDeposit.into();
			Balances::release(&reason, &OWNER, 1, Precision::Exact).unwrap();
		}));
	});
}

#[test]
fn the_audit_notices_what_was_executed_without_approval() {
	run(|| {
		three_members();
		assert_ok!(propose(OWNER, spend(DAVE, 10)));
		assert_eq!(decided([(BOB, Nay), (CAROL, Nay)]), State::Rejected);
		assert!(spoil_proposal(|entry| entry.state = State::Executed));
		assert!(spoil_proposal(|entry| entry.others_voted = false));
	});
}
