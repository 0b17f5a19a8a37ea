"""Collectives: an owner who decides alone, members who vote, and referenda among others."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import numpy as np
import pytest

import dml_sdk as dml
from dml_sdk import actions
from dml_sdk.chain.telling import sentences
from dml_sdk.errors import DispatchError, NotConfirmed, UsageError
from dml_sdk.storage import cid_of
from dml_sdk.types import Receipt


def refused(pallet: str, name: str):
    return pytest.raises(DispatchError.named(pallet, name))


def seen_by(session: dml.Session, who: str, model: dml.Model) -> dml.Collective:
    return session.as_(who).collective(model)


@pytest.fixture
def three(session: dml.Session, model: dml.Model) -> dml.Collective:
    """Alice's collective, with Bob and Charlie."""
    calls = [
        model.collective.decide_call(actions.AddMember(session.account(name)))
        for name in ("bob", "charlie")
    ]
    session.chain.submit(calls[0], session.signer)
    proposal = model.collective.add_member(session.account("charlie"))
    for name in ("alice", "bob"):
        seen_by(session, name, model).vote(proposal, "aye")
    model.collective.close(proposal)
    assert proposal.state == "executed"
    return model.collective


def passed(session: dml.Session, proposal: dml.Proposal, *voters: str) -> Receipt:
    for name in voters:
        session.as_(name).collective(proposal.model_id).vote(proposal, "aye")
    return proposal.close()


def test_an_owner_alone_decides_and_with_another_it_goes_by_vote(session, model, bob):
    collective = model.collective
    assert collective.owner_decides and len(collective.members) == 1
    added = collective.add_member(bob, weight=1)
    assert isinstance(added, Receipt) and added.call == "Collectives.decide"
    assert not collective.owner_decides
    assert {row["account"] for row in collective.members} == {session.signer.address, bob.address}
    proposed = collective.add_member(session.account("eve"), text="she tests well")
    assert isinstance(proposed, dml.Proposal) and proposed.text == "she tests well"
    assert proposed.receipt.call == "Collectives.propose"
    with refused("Collectives", "CollectiveDecides"):
        collective.decide(actions.ClosePool())
    with refused("Models", "CollectiveDecides"):
        model.publish(model.weights())


def test_an_update_is_voted_in_and_its_engineer_rewarded(session, model, three, bob):
    engineer = session.as_("eve").models.get(model.id)
    update = engineer.propose_update(
        {name: array + np.float32(1) for name, array in model.weights().items()}
    )
    bucket = model.pool.buckets["engineer"]
    proposal = three.propose(actions.ApproveUpdate(update, reward=0.4))
    assert "0.4 of the engineers' bucket" in str(proposal.action)
    three.vote(proposal, "aye")
    with refused("Collectives", "VotingRuns"):
        three.close(proposal)
    tally = proposal.tally
    assert (tally.aye, tally.nay, tally.electorate, tally.can_close) == (1, 0, 3, False)
    seen_by(session, "bob", model).vote(proposal, "aye")
    assert proposal.tally.outcome == "approved" and proposal.tally.can_close
    receipt = three.close(proposal)
    assert (proposal.state, proposal.outcome) == ("executed", "approved")
    assert any(event.name == "DepositReturned" for event in receipt.events)
    assert update.state == "accepted" and update.reward.planck == bucket.planck * 2 // 5
    assert {(r["account"], r["vote"]) for r in proposal.voters} == {
        (session.signer.address, "aye"), (bob.address, "aye"),
    }  # fmt: skip
    assert "executed" in repr(proposal) and "Approve" in proposal._repr_html_()


def test_a_vote_can_change_until_the_end_and_a_delegate_votes_for_others(session, model, three):
    proposal = three.propose(actions.SetWeighting("stake"))
    bobs, charlies = (seen_by(session, who, model) for who in ("bob", "charlie"))
    charlies.delegate(session.account("bob"))
    bobs.vote(proposal, "aye")
    assert proposal.tally.aye == 2
    rows = {row["account"]: row["through"] for row in proposal.voters}
    assert rows[session.account("charlie").address] == session.account("bob").address
    bobs.vote(proposal, "nay")
    charlies.vote(proposal, "abstain")
    assert (proposal.tally.aye, proposal.tally.nay, proposal.tally.turnout) == (0, 1, 2)
    charlies.undelegate()
    with pytest.raises(UsageError, match="abstain"):
        bobs.vote(proposal, "perhaps")  # type: ignore[arg-type]
    session.clock.advance(days=4)
    with refused("Collectives", "VotingOver"):
        bobs.vote(proposal, "aye")
    with refused("Collectives", "CloseFirst"):
        bobs.resign()
    proposal.close()
    assert (proposal.state, proposal.ends) == ("rejected", None)
    bobs.resign()
    assert len(three.members) == 2


def test_what_too_few_voted_on_costs_its_proposer_the_deposit(session, model, three):
    proposal = three.propose(actions.ClosePool())
    assert proposal.deposit == session.chain.token.amount(1)
    session.clock.advance(days=4)
    receipt = proposal.close()
    assert proposal.state == "no quorum"
    assert any(event.name == "DepositLost" for event in receipt.events)
    taken_back = three.propose(actions.ClosePool())
    taken_back.withdraw()
    assert taken_back.state == "withdrawn" and taken_back.tally is None
    assert {row["state"] for row in three.proposals()} == {"executed", "no quorum", "withdrawn"}
    assert [row["id"] for row in three.proposals(state="withdrawn")] == [taken_back.id]


def test_what_was_approved_waits_out_its_delay_and_is_done_once(session, model, three):
    change = actions.SetThresholds(delay=timedelta(days=1), threshold="0.6")
    passed(session, three.propose(change), "alice", "bob")
    assert three.terms.delay == timedelta(days=1) and three.terms.threshold == Decimal("0.6")
    assert three.terms.voting == timedelta(days=3)
    proposal = three.propose(actions.SetShares(dict(contributors=100)))
    passed(session, proposal, "alice", "bob")
    assert proposal.state == "approved" and proposal.enactable[0] > session.clock.now()
    with refused("Collectives", "TooEarly"):
        three.enact(proposal)
    session.clock.advance(days=1, seconds=1)
    three.enact(proposal)
    assert proposal.state == "executed" and model.pool.shares == {"contributor": 1}
    with refused("Collectives", "NotApproved"):
        three.enact(proposal)


def test_what_waits_is_cancelled_by_another_vote(session, model, three, bob):
    passed(session, three.propose(actions.SetThresholds(delay=timedelta(days=9))), "alice", "bob")
    waiting = three.propose(actions.Spend("creator", bob, 1))
    with refused("Collectives", "NotWaiting"):
        three.cancel(waiting)
    passed(session, waiting, "alice", "bob")
    bobs = seen_by(session, "bob", model)
    with refused("Collectives", "VotingOver"):
        three.withdraw(waiting)
    regret = bobs.cancel(waiting, text="we need it ourselves")
    assert str(regret.action) == f"Cancel proposal {waiting.id}, which waits to be enacted"
    receipt = passed(session, regret, "alice", "bob")
    assert (waiting.state, regret.state, waiting.enactable) == ("cancelled", "executed", None)
    told = list(sentences(receipt.events, session.chain, bob.address))
    assert (
        f"What proposal {waiting.id} asks for will not be done: the collective cancelled it" in told
    )
    session.clock.advance(days=10)
    with refused("Collectives", "NotApproved"):
        three.enact(waiting)
    assert not model.pool.allocations(bob)
    assert [row["id"] for row in three.proposals(state="cancelled")] == [waiting.id]


def test_rounds_pay_nothing_under_a_collective_until_it_allows_it(session, model, split):
    assert model.pool.allowance is None  # the owner decides alone
    model.collective.add_member(session.account("bob"), weight=1)
    assert model.pool.allowance == session.chain.token.amount(0)
    training = model.train(
        split.partition(2, seed=1), test=split.test, rounds=1, clients_per_round=2,
        learning_rate=0.2, engine="numpy", seed=7,
    )  # fmt: skip
    with refused("Pools", "AllowanceSpent") as error:
        training.wait(60)
    assert "SetAllowance" in str(error.value)
    assert not model.pool.allocations()
    passed(session, model.collective.set_allowance(None), "alice", "bob")
    training.resume()
    training.wait(60)
    assert training.state == "finished" and model.pool.allocations()


def test_an_owner_who_was_removed_operates_no_rounds(session, model, three, split):
    passed(session, three.act(dml.actions.RemoveMember(session.signer)), "alice", "bob")
    with refused("Rounds", "OwnerNotMember"):
        model.train(
            split.partition(2, seed=1), test=split.test, rounds=1, clients_per_round=2,
            learning_rate=0.2, engine="numpy", seed=7,
        ).wait(60)  # fmt: skip


def test_closing_a_pool_waits_for_the_round_that_runs(session, model, three):
    chain, signer = session.chain, session.signer
    soon = chain.now_ms() + 3_600_000
    opened = chain.call(
        "Rounds", "open", model=model.id, minimum=1, maximum=1, deadline_ms=soon, reward_part=0
    )
    chain.submit(opened, signer)
    closing = three.act(dml.actions.ClosePool())
    receipt = passed(session, closing, "alice", "bob")
    assert closing.state == "approved" and "PoolLocked" in str(closing.error)
    told = list(sentences(receipt.events, chain, signer.address))
    assert any("cannot be done yet" in sentence for sentence in told)
    chain.submit(chain.call("Rounds", "abort", model=model.id, round=1, reason=b""), signer)
    with refused("Rounds", "PoolCloses"):
        chain.submit(opened, signer)
    closing.enact()
    assert (closing.state, closing.error) == ("executed", None)
    assert model.pool.allowance == chain.token.amount(0), "a closed pool pays no rounds"


def test_rounds_pay_no_more_than_the_collective_allows(session, model, three, split):
    assert model.pool.allowance == session.chain.token.amount(0)
    receipt = passed(session, three.set_allowance(150), "alice", "bob")
    told = list(sentences(receipt.events, session.chain, session.signer.address))
    assert f"Rounds and annotation tasks of model {model.id} may take 150 DML at most" in told
    assert model.pool.allowance == session.chain.token.amount(150)
    training = model.train(
        split.partition(4, seed=1), test=split.test, rounds=2, clients_per_round=4,
        learning_rate=0.2, engine="numpy", seed=7, reward_part=0.3,
    )  # fmt: skip
    with refused("Pools", "AllowanceSpent"):
        training.wait(60)
    paid = sum(row["earned"].planck for row in model.pool.allocations())
    left = model.pool.allowance
    assert 0 < paid == session.chain.token.amount(150).planck - left.planck
    # The round that would have cost more was aborted as a whole; a vote lets it go on.
    assert len(training.rounds) == 1 and len(model.versions) == 2
    receipt = passed(session, three.set_allowance(None), "alice", "bob")
    told = list(sentences(receipt.events, session.chain, session.signer.address))
    assert f"Rounds and annotation tasks of model {model.id} may take as much as there is" in told
    assert model.pool.allowance is None
    training.resume()
    training.wait(60)
    assert training.state == "finished" and len(model.versions) == 3


def test_an_action_that_fails_is_recorded_with_its_error(session, model, three):
    proposal = three.propose(actions.Slash(session.account("eve"), "validator", 1, "absence"))
    passed(session, proposal, "alice", "bob")
    assert proposal.state == "failed"
    assert isinstance(proposal.error, DispatchError.named("Stakes", "NothingToSlash"))


def test_fees_terms_stakes_and_spending_are_the_collectives(session, model, three, bob):
    for action in (
        actions.SetLicence("commercial", dml.LicenceTerms(price=50, duration=86_400_000)),
        actions.SetFees(commercial=80),
        actions.SetStaking(dml.StakingTerms(unbonding=timedelta(days=2), slash_to="fees")),
        actions.Spend("creator", bob, 0.5),
        actions.RemoveMember(session.account("charlie")),
    ):
        proposal = three.propose(action)
        passed(session, proposal, "alice", "bob")
        assert proposal.state == "executed", (action, proposal.error)
    assert model.licences.terms("commercial") == dml.LicenceTerms(80, timedelta(days=1))
    assert model.pool.staking.slash_to == "fees"
    assert [str(row["earned"]) for row in model.pool.allocations(bob)] == ["50 DML"]
    licence = session.as_("eve").models.get(model.id).licences.buy("commercial")
    passed(session, three.propose(actions.RevokeLicence(licence, "leak")), "alice", "bob")
    assert licence.state == "revoked: leak"


def test_stakers_decide_in_a_referendum_with_conviction(session, model):
    for name, amount in (("bob", 100), ("charlie", 300)):
        session.as_(name).pools.get(model.id).stake(amount)
    with pytest.raises(UsageError, match="conviction"):
        model.referendum(actions.SetFees(commercial=80), conviction=False)
    proposal = model.referendum(
        actions.SetFees(commercial=80), electorate="stakers", conviction=True, text="why"
    )
    assert (proposal.state, proposal.electorate) == ("referendum", "stakers")
    bobs, charlies = (seen_by(session, who, model) for who in ("bob", "charlie"))
    preview = bobs.proposal(proposal).preview_vote("aye", conviction=4)
    assert any("locked until" in line for line in preview.effects)
    bobs.vote(proposal, "aye", conviction=4)
    charlies.vote(proposal, "nay", conviction=1)
    with refused("Collectives", "NotInElectorate"):
        seen_by(session, "eve", model).vote(proposal, "aye")
    tally = proposal.tally
    assert (tally.aye, tally.nay, tally.turnout, tally.electorate) == (400, 300, 400, 400)
    with refused("Stakes", "StakeIsLocked"):
        session.as_("bob").pools.get(model.id).unstake(1)
    session.clock.advance(days=8)
    proposal.close()
    assert proposal.state == "executed" and model.licences.terms("commercial").price == 80
    (row,) = (
        session.as_("bob")
        .pools.get(model.id)
        .stakes("5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty")
    )
    assert str(row["locked"]) == "100 DML" and row["locked until"] > session.clock.now()


def test_licence_holders_have_one_vote_each_and_no_conviction(session, model):
    model.licences.set_terms("internal", 1)
    model.licences.set_terms("serve", 0)
    for name in ("bob", "charlie"):
        session.as_(name).models.get(model.id).licences.buy("internal")
    session.as_("dave").models.get(model.id).licences.buy("serve")
    session.clock.advance(seconds=1)
    with pytest.raises(UsageError, match="one vote each"):
        model.referendum(actions.ClosePool(), electorate="licence holders", conviction=True)
    with pytest.raises(UsageError, match="among stakers"):
        model.referendum(actions.ClosePool(), electorate="members")
    proposal = model.referendum(actions.ClosePool(), electorate="licence holders")
    bobs = seen_by(session, "bob", model)
    with refused("Collectives", "ConvictionWithoutStake"):
        bobs.vote(proposal, "aye", conviction=1)
    with refused("Collectives", "NotInElectorate"):  # it cost nothing
        seen_by(session, "dave", model).vote(proposal, "nay")
    bobs.vote(proposal, "aye")
    tally = proposal.tally
    assert (tally.aye, tally.turnout, tally.electorate) == (1, 1, 2)
    session.clock.advance(days=8)
    proposal.close()
    assert (proposal.state, model.pool.state) == ("executed", "Closed")  # the price is unclaimed


def test_votes_weigh_by_stake_in_whole_tokens(session, model, three):
    passed(session, three.propose(actions.SetWeighting("stake")), "alice", "bob")
    assert {row["weight"] for row in three.members} == {1}, "as long as nobody has any at stake"
    session.as_("bob").pools.get(model.id).stake("12.5")
    weights = {row["account"]: row["weight"] for row in three.members}
    assert weights[session.account("bob").address] == Decimal("12.5")
    proposal = three.propose(actions.SetWeighting("assigned"))
    seen_by(session, "bob", model).vote(proposal, "nay")
    assert proposal.tally.nay == proposal.tally.electorate == Decimal("12.5")


def test_what_is_no_action_proposal_or_electorate_is_refused(session, model, three, network):
    for make in (
        lambda: three.propose("close it"),
        lambda: three.propose(actions.ClosePool(), electorate="everybody"),
        lambda: three.propose(actions.ClosePool(), text=3),
        lambda: three.vote("first", "aye"),
        lambda: three.vote(99, "aye"),
        lambda: session.collective("blobs"),
        lambda: three.proposal(0).vote("aye", conviction=7),
    ):
        with pytest.raises(UsageError):
            make()
    other = session.models.upload(network, name="other", licence="MIT")
    proposal = three.propose(actions.ClosePool())
    with pytest.raises(UsageError, match="is of model"):
        other.collective.vote(proposal, "aye")
    with refused("Collectives", "NotMember"):
        seen_by(session, "eve", model).propose(actions.ClosePool())


def test_what_deciding_would_do_is_asked_of_the_runtime(session, model, bob):
    preview = model.collective.preview(actions.Spend("creator", bob, 0.5))
    assert any("50 DML as creator" in line for line in preview.effects)
    model.collective.add_member(bob)
    preview = model.collective.preview(actions.Spend("creator", bob, 0.5))
    assert any("is voted on until" in line for line in preview.effects)
    before = session.chain.block_number
    assert "owner decides" not in repr(model.collective) and before == session.chain.block_number
    assert "Proposals" in model.collective._repr_html_()


def test_the_text_of_a_proposal_that_was_not_confirmed_is_not_stored(session, model, three, bob):
    text = "nobody is to read this"
    bobs = session.as_(bob)
    cid = str(cid_of(text.encode()))
    try:
        bobs.ask_over(0, confirm=lambda question: False)
        with pytest.raises(NotConfirmed):
            bobs.collective(model).propose(actions.ClosePool(), text=text)
        assert not session.store.has(cid)
        bobs.ask_over(0, confirm=lambda question: True)
        assert bobs.collective(model).propose(actions.ClosePool(), text=text).text == text
    finally:
        bobs.never_ask()


def test_licences_that_expired_count_for_nothing_when_a_referendum_is_closed(session, model):
    model.licences.set_terms("commercial", dml.LicenceTerms(price=1, duration=timedelta(days=1)))
    model.licences.set_terms("serve", 1)
    for name in ("charlie", "dave", "eve"):
        session.as_(name).models.get(model.id).licences.buy("commercial")
    session.clock.advance(days=2)
    session.as_("bob").models.get(model.id).licences.buy("serve")
    session.clock.advance(seconds=1)
    proposal = model.referendum(actions.SetFees(serve=2), electorate="licence holders")
    seen_by(session, "bob", model).vote(proposal, "aye")
    assert (proposal.tally.electorate, proposal.tally.expired) == (4, 3)
    assert "3 expired licences" in str(proposal.tally)
    session.clock.advance(days=8)
    receipt = model.collective.close(proposal)
    assert receipt.call == "Licences.prune + Collectives.close"
    assert (proposal.state, proposal.outcome) == ("executed", "approved")
    assert (proposal.tally.electorate, proposal.tally.expired) == (1, 0)
    assert session.chain.get("Licences", "PayingHolders", model.id) == 1


def test_a_referendum_is_closed_though_somebody_else_was_faster_to_take_off_what_expired(
    session, model, monkeypatch
):
    model.licences.set_terms("serve", dml.LicenceTerms(price=1, duration=timedelta(days=1)))
    session.as_("bob").models.get(model.id).licences.buy("serve")
    session.clock.advance(seconds=1)
    proposal = model.referendum(actions.SetFees(serve=2), electorate="licence holders")
    session.clock.advance(days=8)
    batch = session.chain.batch

    def late(calls):
        monkeypatch.setattr(session.chain, "batch", batch)
        call = batch(calls)
        assert session.as_("eve").models.get(model.id).licences.prune()
        return call

    monkeypatch.setattr(session.chain, "batch", late)
    assert proposal.close().call == "Collectives.close"
    assert proposal.state == "no quorum"
