"""Annotation tasks on the chain, by the chain's own calls: encoded, paid, audited and told."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

import dml_sdk as dml
from dml_sdk.chain.telling import sentences
from dml_sdk.errors import DispatchError
from dml_sdk.statements import account_statement

HOUR_MS = 3_600_000
HASH, SALT = bytes(range(32)), bytes(32)
NAMED = ({"Cid": "bafkreiabc"}, "0x" + HASH.hex())


def terms(session: dml.Session, **given: Any) -> dict[str, Any]:
    """Ten items in batches of four, two answers each, a tenth of a DML a point."""
    now = session.chain.get("Timestamp", "Now")
    return {
        "questionnaire": NAMED,
        "items": NAMED,
        "policy": NAMED,
        "item_count": 10,
        "batch_size": 4,
        "answers_per_item": 2,
        "points_per_item": 3,
        "reward_per_point": 10**11,
        "minimum_stake": 10**12,
        "maximum_items": 10,
        "lease_ms": HOUR_MS,
        "deadline_ms": now + 10 * HOUR_MS,
        "reveal_ms": HOUR_MS,
        "score_ms": HOUR_MS,
        "dispute_ms": HOUR_MS,
        "validators": [],
        **given,
    }


def submit(session: dml.Session, name: str, function: str, **arguments: Any) -> Any:
    call = session.chain.call("Annotations", function, **arguments)
    return session.chain.submit(call, session.account(name))


def opened(session: dml.Session, model: dml.Model, **given: Any) -> int:
    submit(session, "alice", "open", model=model.id, terms=terms(session, **given))
    return int(session.chain.get("Annotations", "NextTaskId")) - 1


def commitment(task: int, batch: int, who: dml.Account) -> str:
    """As an annotator computes it, who has no chain at hand."""
    told = b"".join(
        [task.to_bytes(4, "little"), batch.to_bytes(4, "little"), who.public_key, HASH, SALT]
    )
    return "0x" + hashlib.blake2b(told, digest_size=32).hexdigest()


def answered(session: dml.Session, task: int, name: str) -> int:
    who = session.account(name)
    found = session.chain.ask("next_batch", task, who.address)["Ok"]
    batch = int(found["batch"])
    submit(session, name, "take", task=task, batch=batch)
    committed = commitment(task, batch, who)
    submit(session, name, "commit", task=task, batch=batch, commitment=committed)
    return batch


def shown(session: dml.Session, task: int, name: str, batch: int) -> None:
    submit(
        session, name, "reveal", task=task, batch=batch,
        location=NAMED[0], hash=NAMED[1], salt="0x" + SALT.hex(),
    )  # fmt: skip


def scored(session: dml.Session, task: int, who: dml.Account) -> None:
    scores = [{"batch": 0, "who": who.address, "verdict": {"points": 12, "score": 0}}]
    submit(session, "alice", "score", task=task, scores=scores)


def both_have_shown_the_first_batch(session: dml.Session, task: int, annotators: Any) -> None:
    for name in annotators:
        submit(session, name, "take", task=task, batch=0)
        committed = commitment(task, 0, session.account(name))
        submit(session, name, "commit", task=task, batch=0, commitment=committed)
    for name in annotators:
        shown(session, task, name, 0)


@pytest.fixture
def annotators(session: dml.Session, model: dml.Model) -> tuple[str, str]:
    for name in ("bob", "charlie"):
        session.as_(name).pools.get(model.id).stake(1, "annotator")
    return "bob", "charlie"


def test_a_commitment_that_was_computed_in_python_is_the_chains(session, model, annotators):
    task = opened(session, model)
    assert [answered(session, task, name) for name in annotators] == [0, 1]
    assert [answered(session, task, name) for name in reversed(annotators)] == [2, 1]
    for name in annotators:
        shown(session, task, name, 1)
    stages = {(a["batch"], a["who"]): a["stage"] for a in session.chain.ask("awards", task, None)}
    assert stages[1, session.account("bob").address] == "Revealed"


def test_a_task_is_paid_and_told_in_words_and_in_the_statement(session, model, annotators):
    task = opened(session, model)
    assert session.chain.ask("task", task)["remaining"] == 6 * 10**12
    assert session.chain.get("Pools", "Pools", model.id)["set_aside"] == 6 * 10**12
    both_have_shown_the_first_batch(session, task, annotators)
    bob = session.account("bob")
    verdict = {"points": 12, "score": 500_000_000}
    scores = [{"batch": 0, "who": bob.address, "verdict": verdict}]
    submit(session, "alice", "score", task=task, scores=scores)
    receipt = submit(session, "bob", "award", task=task, awards=[(0, bob.address)])
    told = list(sentences(receipt.events, session.chain, bob.address))
    assert any(
        "You earned 0.6 DML as annotator for batch 0 of task" in line
        and "12 points x 0.5 x 0.1 DML" in line
        for line in told
    ), told
    assert float(next(iter(model.pool.allocations(bob)))["earned"]) == 0.6
    statement = account_statement(session.chain, bob.address)
    assert any("as annotator for batch 0" in row["what"] for row in statement)
    audit = session.chain.ask("conservation")
    assert audit["tasks"][-1]["held"] == 54 * 10**11 and audit["ok"]


def test_what_a_task_promises_is_not_there_for_another(session, model):
    bucket = model.pool.buckets["annotator"].planck
    opened(session, model, reward_per_point=bucket // 60)
    with pytest.raises(DispatchError.named("Pools", "BucketTooSmall")):
        opened(session, model)
    with pytest.raises(DispatchError.named("Pools", "PoolLocked")):
        model.pool.close()


def test_a_collective_says_how_long_it_needs_to_settle_what_is_disputed(session, model, bob):
    def needed() -> int:
        return int(session.chain.ask("collective", model.id)["settle_ms"])

    assert needed() == 0
    model.collective.add_member(bob)
    assert needed() == 4 * 24 * HOUR_MS
    proposal = model.collective.set_allowance(None)
    for name in ("alice", "bob"):
        session.as_(name).collective(model.id).vote(proposal, "aye")
    proposal.close()
    with pytest.raises(DispatchError.named("Annotations", "DisputeTooShort")):
        opened(session, model, dispute_ms=needed() - 1)
    opened(session, model, dispute_ms=needed())


def test_who_accepts_a_score_at_once_stays_within_reach_of_a_slash(session, model, annotators):
    task = opened(session, model)
    both_have_shown_the_first_batch(session, task, annotators)
    bob = session.account("bob")
    scored(session, task, bob)
    submit(session, "bob", "award", task=task, awards=[(0, bob.address)])
    pool = session.as_("bob").pools.get(model.id)
    with pytest.raises(DispatchError.named("Stakes", "StakeIsLocked")):
        pool.unstake(1, "annotator")
    model.pool.slash(bob, "annotator", 0.5, "spam")
    session.clock.advance(seconds=HOUR_MS // 1_000)
    pool.unstake("0.5", "annotator")


def test_a_lease_that_ran_out_keeps_no_stake_locked(session, model, annotators):
    task = opened(session, model)
    submit(session, "bob", "take", task=task, batch=0)
    session.clock.advance(seconds=HOUR_MS // 1_000)
    session.as_("bob").pools.get(model.id).unstake(1, "annotator")


def test_what_was_settled_meanwhile_does_not_keep_the_rest_from_being_paid(
    session, model, annotators
):
    task = opened(session, model)
    both_have_shown_the_first_batch(session, task, annotators)
    bob, charlie = (session.account(name) for name in annotators)
    scored(session, task, bob)
    submit(session, "bob", "award", task=task, awards=[(0, bob.address)])
    session.clock.advance(seconds=13 * HOUR_MS // 1_000)
    named = [(0, who.address) for who in (bob, charlie)]
    receipt = submit(session, "alice", "award", task=task, awards=named)
    paid = [event.fields["who"] for event in receipt.events if event.name == "Awarded"]
    assert len(paid) == 1 and "1.2 DML" in " ".join(
        sentences(receipt.events, session.chain, charlie.address)
    )
    with pytest.raises(DispatchError.named("Annotations", "AlreadySettled")):
        submit(session, "alice", "award", task=task, awards=named)


def test_who_could_take_no_batch_is_told_the_error(session, model, bob):
    task = opened(session, model)
    assert session.chain.ask("next_batch", task, bob.address) == {"Err": "StakeTooSmall"}
