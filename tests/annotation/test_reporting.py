"""Who is reported for what was proven, and loses a stake; and who cannot be any more."""

from __future__ import annotations

import secrets
from datetime import timedelta

import numpy as np
import pytest

from dml_sdk.annotation.asked.answers import Answer
from dml_sdk.annotation.course import scoring
from dml_sdk.annotation.worth.findings import Finding
from dml_sdk.errors import DispatchError, UsageError
from tests.annotation.tasks import annotate, images, opened, reveal

DIGITS = 100


LOOK = ("bob", "charlie", "eve")


def crowd(task, spam, look=LOOK, shown=(*LOOK, "dave")) -> None:
    """Some who look, and one who answers as `spam` says; all hand in, and these show."""
    truth = np.random.default_rng(5).integers(0, 10, DIGITS).tolist()
    rng = np.random.default_rng(6)

    def careful(batch):
        return [
            truth[item] if rng.random() > 0.08 else int(rng.integers(0, 10)) for item in batch.items
        ]

    for name in look:
        annotate(task, name, careful)
    annotate(task, "dave", lambda batch: spam(batch, truth))
    reveal(task, *shown)


def constant(batch, truth):
    return [3] * len(batch)


def at_random(batch, truth):
    return np.random.default_rng(40 + batch.number).integers(0, 10, len(batch)).tolist()


def too_fast(batch, truth):
    rng = np.random.default_rng(batch.number)
    told = [truth[item] if rng.random() < 0.4 else (truth[item] + 1) % 10 for item in batch.items]
    return [
        Answer(item, {"digit": value}, ms=80) for item, value in zip(batch.items, told, strict=True)
    ]


SPAM = {"constant": constant, "random": at_random, "too fast": too_fast}


@pytest.fixture
def staked(session, model):
    """A task that asks for a stake, and four who have put one up."""
    task = opened(model, items=images(DIGITS), answers_per_item=4, batch_size=20, stake=4)
    for name in ("bob", "charlie", "eve", "dave"):
        session.as_(name).pools.get(model.id).stake(4, "annotator")
    return task


def at_stake(model) -> dict[str, str]:
    return {row["account"]: str(row["amount"]) for row in model.pool.stakes()}


@pytest.mark.parametrize("kind", SPAM)
def test_each_kind_of_spammer_loses_award_and_stake_and_nobody_else_does(
    session, model, staked, kind
):
    crowd(staked, SPAM[kind])
    judged = staked.validate(report=0.5)
    dave = session.account("dave").address
    assert [(f.annotator, f.kind) for f in judged.findings] == [(dave, kind)]
    left = at_stake(model)
    assert left.pop(dave) == "2 DML" and set(left.values()) == {"4 DML"}
    session.clock.advance(days=3)
    staked.award()
    assert {str(row["amount"]) for row in staked.awards(dave)} == {"0 DML"}
    others = [row["amount"].tokens for row in staked.awards() if row["account"] != dave]
    assert min(others) > 2


def test_findings_are_reported_instead_of_scored_in_the_same_transaction(session, model, staked):
    crowd(staked, constant)
    judged = staked.validate(report="0.25")
    (receipt,) = judged.receipts
    assert receipt.call == "Annotations.report + Annotations.score + System.remark"
    dave = session.account("dave").address
    assert sorted(staked.awards(dave).column("stage")) == [*["scored"] * 4, "settled"]
    assert at_stake(model)[dave] == "3 DML"
    with pytest.raises(DispatchError):
        session.as_("dave").task(staked).dispute(0)


def test_nobody_is_reported_while_others_can_still_show_what_they_say(session, model):
    task = opened(model, items=images(DIGITS), answers_per_item=5, batch_size=20, stake=4)
    for name in (*LOOK, "ferdie", "dave"):
        session.as_(name).pools.get(model.id).stake(4, "annotator")
    crowd(task, constant, look=(*LOOK, "ferdie"))
    judged = task.validate(report=0.5)
    assert [finding.kind for finding in judged.findings] == ["constant"]
    assert judged.receipts == () and set(at_stake(model).values()) == {"4 DML"}
    assert len(judged.unjudged) == 20
    judged = task.validate(report=0.5, partial=True)
    assert at_stake(model)[session.account("dave").address] == "2 DML"


def test_who_accepted_the_score_first_is_named_and_the_others_are_reported(session, model, staked):
    crowd(staked, constant)
    judged = staked.validate()
    session.as_("dave").task(staked).accept()
    eve = session.account("eve").address
    also = [*judged.findings, Finding(eve, "random", "said so")]
    with pytest.raises(UsageError, match=r"1 reported, 1 not.*settled already"):
        staked.report_findings(also, part=1)
    assert eve not in at_stake(model) and session.account("dave").address in at_stake(model)


def test_a_spammer_without_a_stake_shields_nobody(session, model):
    task = opened(model, items=images(DIGITS), answers_per_item=4, batch_size=20)
    session.as_("dave").pools.get(model.id).stake(4, "annotator")
    crowd(task, constant)
    judged = task.judge()
    (dave,) = judged.findings
    bob = session.account("bob").address
    both = [Finding(bob, "random", "said so"), dave]
    assert len(task.report_findings(both, part=0.5)) == 2
    assert at_stake(model) == {dave.annotator: "2 DML"}
    for who in (bob, dave.annotator):
        assert {str(row["amount"]) for row in task.awards(who) if row["stage"] == "settled"} == {
            "0 DML"
        }


def test_who_promises_answers_and_never_shows_them_is_found_and_can_be_reported(session, model):
    task = opened(model, items=images(8), batch_size=4, answers_per_item=1, stake=5,
                  deadline=timedelta(hours=1))  # fmt: skip
    dave = session.as_("dave")
    dave.pools.get(model.id).stake(5, "annotator")
    for batch in range(2):
        dave.chain.submit(task.call("take", batch=batch), dave.signer)
        nothing = "0x" + secrets.token_hex(32)
        dave.chain.submit(task.call("commit", batch=batch, commitment=nothing), dave.signer)
    with pytest.raises(UsageError, match="can be judged yet"):
        task.judge()
    session.clock.advance(days=1, hours=2)
    judged = task.judge()
    assert [(f.kind, f.batch) for f in judged.findings] == [
        ("not revealed", 0),
        ("not revealed", 1),
    ]
    (receipt,) = task.report_findings(judged.findings, part=0.5)
    assert "Slashed" in {event.name for event in receipt.events}
    assert at_stake(model) == {dave.signer.address: "2.5 DML"}


def test_only_the_owner_reports_and_that_is_said_at_once(session, model):
    eve = session.account("eve")
    task = opened(model, items=images(4), answers_per_item=1, validators=[eve])
    annotate(task, "bob")
    finding = Finding(session.account("bob").address, "random", "said so")
    with pytest.raises(DispatchError.named("Annotations", "NotOwner")):
        session.as_("eve").task(task).report_findings([finding], part=0)


def test_with_a_collective_of_several_findings_are_its_to_decide(session, model, staked):
    crowd(staked, constant)
    model.collective.add_member(session.account("bob"))
    staked.validate(report=0.5)
    dave = session.account("dave").address
    assert sorted(staked.awards(dave).column("stage")) == ["contested", *["scored"] * 4]
    assert at_stake(model)[dave] == "4 DML", "nothing is taken before it has decided"
    (contested,) = [row["batch"] for row in staked.awards(dave) if row["stage"] == "contested"]
    again = Finding(dave, "unreadable", "said so", contested)
    with pytest.raises(UsageError, match="the collective decides already"):
        staked.report_findings([again], part=0.5)


def test_to_validate_again_takes_nothing_more_of_who_was_reported(session, model, staked):
    crowd(staked, constant)
    dave = session.account("dave").address
    assert staked.validate(report=0.5).receipts
    with pytest.warns(UserWarning, match="1 not reported.*before"):
        assert staked.validate(report=0.5).receipts == ()
    assert at_stake(model)[dave] == "2 DML"
    assert sorted(staked.awards(dave).column("stage")) == [*["scored"] * 4, "settled"]
    assert staked.report_findings([Finding(dave, "constant", "said so")], part=0.5)
    assert at_stake(model)[dave] == "1 DML"


def test_who_was_reported_to_a_collective_is_not_reported_to_it_again(session, model, staked):
    crowd(staked, constant)
    model.collective.add_member(session.account("bob"))
    staked.validate(report=0.5)
    with pytest.warns(UserWarning, match="1 not reported"):
        staked.validate(report=0.5)
    dave = session.account("dave").address
    assert sorted(staked.awards(dave).column("stage")) == ["contested", *["scored"] * 4]


def test_a_score_that_is_disputed_shields_nobody_from_a_report(session, model, staked):
    crowd(staked, constant)
    staked.validate()
    session.as_("dave").task(staked).dispute(0)
    staked.validate(report=0.5)
    assert at_stake(model)[session.account("dave").address] == "2 DML"


def test_who_cannot_be_reported_any_more_is_warned_of(session, model, staked):
    crowd(staked, constant)
    staked.validate()
    session.as_("dave").task(staked).accept()
    with pytest.warns(UserWarning, match="1 not reported.*settled already"):
        assert staked.validate(report=0.5).receipts == ()


def test_a_stake_that_can_be_withdrawn_keeps_nobody_from_being_scored(session, model):
    pool = session.as_("dave").pools.get(model.id)
    pool.stake(5, "annotator")
    pool.unstake(5, "annotator")
    session.clock.advance(days=15)
    task = opened(model, items=images(DIGITS), answers_per_item=4, batch_size=20)
    crowd(task, constant)
    dave = session.account("dave").address
    assert [row["state"] for row in pool.stakes(dave)] == ["withdrawable"]
    assert task.validate(report=0.5).receipts
    assert sorted(task.awards(dave).column("stage")) == [*["scored"] * 4, "settled"]
    assert set(task.awards(session.account("bob")).column("stage")) == {"scored"}


@pytest.mark.parametrize("at_once", [True, False])
def test_a_stake_that_went_meanwhile_is_nothing_to_the_others(session, model, monkeypatch, at_once):
    task = opened(model, items=images(DIGITS), answers_per_item=4, batch_size=20)
    crowd(task, constant)
    monkeypatch.setattr(scoring, "_has_stake", lambda *_: True)
    if at_once:
        assert len(task.validate(report=0.5).receipts) == 2
        assert set(task.awards(session.account("bob")).column("stage")) == {"scored"}
    else:
        assert task.report_findings(task.judge().findings, part=0.5)
    assert "settled" in task.awards(session.account("dave")).column("stage")
