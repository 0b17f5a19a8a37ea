"""What answers earn is explained by what the chain pays, by who decided it, and by the report."""

from __future__ import annotations

import hashlib
import json
import re
from decimal import ROUND_DOWN, Decimal, localcontext
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import dml_sdk as dml
from dml_sdk.annotation.course import explaining, judging, tracing
from dml_sdk.annotation.course.explaining import Explanation
from dml_sdk.annotation.course.reports import remark_call
from dml_sdk.annotation.task import AnnotationTask
from dml_sdk.chain import telling
from dml_sdk.errors import DMLError, StateDiscarded, UsageError
from dml_sdk.locations import Document
from dml_sdk.measures import BILLION
from dml_sdk.types import Asset, Event, Location
from tests.annotation.tasks import TRUTH, annotate, images, opened


def one(model: dml.Model, *names: str, **given: Any) -> AnnotationTask:
    """A task of one batch of four images, answered by these and shown."""
    people = names or ("bob",)
    terms = {"items": images(4), "answers_per_item": len(people)} | given
    task = opened(model, **terms)
    for name in people:
        annotate(task, name, lambda batch: [TRUTH[task.order[n]] for n in batch.items])
    for name in people:
        task.session.as_(name).task(task).reveal()
    return task


def score(task: AnnotationTask, value: float, *names: str) -> None:
    whose = {(0, task.session.account(n).address): value for n in names or ("bob",)}
    task.validate(dml.validation.manual(whose))


def explained(task: AnnotationTask, name: str = "bob") -> Explanation:
    return task.session.as_(name).task(task).explain(0)


def paid(task: AnnotationTask, name: str = "bob") -> dict[str, Any]:
    (row,) = task.awards(task.session.account(name))
    return dict(row)


def test_a_score_is_told_as_it_was_given_and_as_it_is_paid(session, model):
    task = one(model)
    score(task, 1 / 3)
    told = explained(task)
    assert (told.stage, told.by) == ("scored", session.signer.address)
    assert told.given == (8, told.score) and round(told.score, 6) == 0.333333
    assert told.formula == paid(task)["formula"] == "8 points x 0.333333333 x 0.1 DML"
    assert told.amount == paid(task)["amount"]
    assert "the owner" in told.decided and "0.333333 for 8 points" in told.decided
    session.as_("bob").task(task).accept()
    after = explained(task)
    assert (after.stage, after.formula, after.why) == ("settled", told.formula, told.why)
    assert str(after).startswith("0.2666666664 DML = 8 points x 0.333333333 x 0.1 DML; the owner")


@given(points=st.integers(1, 10**6), parts=st.integers(0, BILLION), reward=st.integers(0, 10**24))
def test_the_formula_of_an_award_comes_to_its_amount(points, parts, reward):
    token, me = Asset("DML", 12), "5" * 48
    fields = {
        "task": 1, "model": 0, "batch": 2, "who": me, "points": points, "score": parts,
        "reward_per_point": reward, "amount": points * parts * reward // BILLION, "remaining": 0,
    }  # fmt: skip
    event = Event(1, 1, "Annotations", "Awarded", fields)
    sentence = telling.told(event, lambda model: token, token, me)
    told = re.fullmatch(
        r"You earned (\S+) DML as annotator .*: (\d+) points x (\S+) x (\S+) DML", sentence
    )
    assert told is not None, sentence
    with localcontext() as exact:
        exact.prec = 80
        amount, of, score, each = map(Decimal, told.groups())
        assert (of * score * each).quantize(Decimal("1e-12"), ROUND_DOWN) == amount


def test_who_was_reported_after_the_score_is_told_what_was_paid_and_for_what(session, model):
    session.as_("bob").pools.get(model.id).stake(4, "annotator")
    task = one(model, stake=4)
    score(task, 1)
    task.report(0, session.account("bob"), part=0.5, cause="copied from charlie")
    told = explained(task)
    assert (told.points, told.score, told.stage) == (0, 0.0, "settled")
    assert told.formula == paid(task)["formula"] and not told.amount
    assert told.given == (8, 1.0) and told.cause == "copied from charlie" and told.part == 0.5
    assert str(told.slashed) == "2 DML"
    assert "reported them for copied from charlie, and took 2 DML of the stake" in str(told)


def test_who_was_reported_without_a_score_is_told_for_what(session, model):
    task = one(model)
    task.report(0, session.account("bob"), part=0)
    told = explained(task)
    assert (told.points, told.score, told.given, told.by) == (0, 0.0, None, "")
    assert told.cause == "spam" and not told.trouble and told.slashed is None
    assert told.decided == "the owner reported them for spam"


def test_what_the_owner_alone_settled_otherwise_is_what_is_told(session, model):
    task = one(model)
    score(task, 0)
    session.as_("bob").task(task).dispute(0)
    contested = explained(task)
    assert contested.stage == "contested" and "the annotator disputed that" in contested.decided
    settle = dml.actions.SettleAnnotation(
        task, 0, session.account("bob"), points=8, score="0.5", slash=0
    )
    model.collective.decide(settle)
    told = explained(task)
    assert (told.points, told.score, told.given) == (8, 0.5, (8, 0.0))
    assert told.formula == paid(task)["formula"] == "8 points x 0.5 x 0.1 DML"
    assert told.decided.endswith("the owner decided so, alone in the collective")


def test_what_a_collective_of_several_settled_is_told_with_its_proposal(session, model):
    task = one(model)
    score(task, 0)
    session.as_("bob").task(task).dispute(0)
    model.collective.add_member(session.account("eve"))
    bob = session.account("bob")
    action = dml.actions.SettleAnnotation(task, 0, bob, points=6, score=1)
    proposal = model.collective.propose(action)
    assert "the collective is asked" in explained(task).decided
    model.collective.vote(proposal, "aye")
    session.as_("eve").models.get(model.id).collective.vote(proposal.id, "aye")
    model.collective.close(proposal)
    told = explained(task)
    assert (told.points, told.score, told.given) == (6, 1.0, (8, 0.0))
    assert told.decided.endswith(f"the collective decided so, by its proposal {proposal.id}")


def test_a_report_under_a_collective_that_says_nothing_stands(session, model):
    task = one(model)
    model.collective.add_member(session.account("eve"))
    task.report(0, session.account("bob"), part=0)
    assert "reported them for spam, the collective is asked" in explained(task).decided
    session.clock.advance(days=25)
    task.award()
    assert explained(task).decided.endswith("the collective said nothing in time")


def test_what_nobody_judged_in_time_and_what_was_never_shown_are_told_so(session, model):
    task = opened(model, items=images(4))
    annotate(task, "bob"), annotate(task, "eve")  # Eve's are shown with hers, Bob looks in no more
    with pytest.raises(UsageError, match=r"not scored, as they were not shown yet"):
        explained(task)
    with pytest.raises(UsageError, match=r"not scored, as nobody has judged them yet"):
        explained(task, "eve")
    with pytest.raises(UsageError, match=r"not scored, as there are none"):
        explained(task, "dave")
    session.clock.advance(days=15)
    task.award()
    assert explained(task).decided == "they were never shown" and explained(task).points == 0
    told = explained(task, "eve")
    assert (
        "nobody judged them in time" in told.decided and told.amount == paid(task, "eve")["amount"]
    )


def test_scored_disputed_and_settled_in_one_block_is_told_in_its_order(session, model):
    task = one(model)
    score(task, 0.25)
    session.as_("bob").task(task).accept()
    told = explained(task)
    assert told.given == (8, 0.25) and told.score == 0.25 and not told.cause


# --- the report -----------------------------------------------------------------------------------

GOLD = {item: {"digit": TRUTH[item]} for item in (0, 1)}


def test_another_policy_than_was_promised_is_trouble(session, model):
    task = one(model, validation=dml.validation.agreement())
    score(task, 0)
    told = explained(task)
    assert "judged by 1 * manual, and the task promised 1 * agreement" in told.trouble
    assert told.why and told.trouble in str(told) and told.why in str(told)


def test_other_gold_than_was_promised_is_trouble(session, model):
    task = one(model, "bob", "charlie", validation=dml.validation.gold(GOLD))
    task.validate(gold={item: {"digit": 9} for item in range(4)})
    told = explained(task)
    assert "judged by other gold answers than the task promised" in told.trouble
    assert told.gold == task.policy().known(), "the promised ones are published all the same"


def test_the_promised_gold_in_a_folder_of_ones_own_is_no_trouble(session, model, tmp_path):
    task = one(model, validation=dml.validation.gold(GOLD), keep_gold=tmp_path / "gold")
    session.task(task.id).validate(gold=tmp_path / "gold")
    told = explained(task)
    assert not told.trouble and told.gold == task.policy().known()


def test_gold_that_is_not_published_when_all_is_over_is_trouble_until_it_is(session, model):
    task = opened(model, items=images(8), answers_per_item=1, validation=dml.validation.gold(GOLD))
    annotate(task, "bob", lambda batch: [TRUTH[task.order[n]] for n in batch.items], batches=1)
    task.validate()
    batch = task.awards()[0]["batch"]
    mine = session.as_("bob").task(task)
    assert not mine.explain(batch).trouble, "others can still answer"
    session.clock.advance(days=8)
    assert "promised were not published" in mine.explain(batch).trouble
    judged = task.validate()
    session.chain.submit(remark_call(session.chain, task.id, judged.report), session.signer)
    told = mine.explain(batch)
    assert not told.trouble and told.gold == task.policy().known()


def test_a_report_that_another_account_remarked_later_counts_for_nothing(session, model):
    task = opened(model, items=images(8), answers_per_item=1, validation=dml.validation.gold(GOLD))
    annotate(task, "bob", lambda batch: [TRUTH[task.order[n]] for n in batch.items], batches=1)
    task.validate()
    batch = task.awards()[0]["batch"]
    session.clock.advance(days=8)
    content = json.dumps({"policy": "", "gold": "{}", "scores": []}).encode()
    forged = Document(Location(cid=session.store.put(content)), hashlib.sha256(content).hexdigest())
    session.chain.submit(remark_call(session.chain, task.id, forged), session.account("eve"))
    told = session.as_("bob").task(task).explain(batch)
    assert "were not published" in told.trouble and told.gold is None


def half_judged(session, model, **given: Any) -> tuple[AnnotationTask, int]:
    """A task with gold, one batch of which was answered and scored while it was open."""
    task = opened(
        model, items=images(8), answers_per_item=1, validation=dml.validation.gold(GOLD), **given
    )
    annotate(task, "bob", lambda batch: [TRUTH[task.order[n]] for n in batch.items], batches=1)
    return task, task.awards()[0]["batch"]


def test_gold_that_was_published_is_found_however_much_the_owner_signed_since(session, model):
    task, batch = half_judged(session, model)
    task.validate()
    session.clock.advance(days=8)
    task.validate()
    for _ in range(70):
        task.handle.submit(session.chain.call("System", "remark", remark=b"x"))
    told = session.as_("bob").task(task).explain(batch)
    assert not told.trouble and told.gold == task.policy().known()


def test_gold_that_the_owner_published_is_found_where_a_validator_scored(session, model):
    task, batch = half_judged(session, model, validators=[session.account("charlie")])
    session.as_("charlie").task(task).validate(gold=task.policy().known())
    session.clock.advance(days=8)
    mine = session.as_("bob").task(task)
    assert "promised were not published" in mine.explain(batch).trouble
    judged = task.validate()
    assert judged.receipts
    told = mine.explain(batch)
    assert "not published" not in told.trouble and told.gold == task.policy().known()


def test_what_was_signed_and_not_looked_through_is_not_called_unpublished(
    session, model, monkeypatch
):
    task, batch = half_judged(session, model)
    task.validate()
    session.clock.advance(days=8)
    monkeypatch.setattr(explaining, "_FIRST", 2)
    monkeypatch.setattr(explaining, "_NEWEST", 2)
    for _ in range(6):
        task.handle.submit(session.chain.call("System", "remark", remark=b"x"))
    mine = session.as_("bob").task(task)
    assert "more transactions" in mine.explain(batch).trouble
    task.validate()
    told = mine.explain(batch)
    assert not told.trouble and told.gold == task.policy().known()


@pytest.mark.parametrize("how", ["right", "leave out", "as promised"])
def test_decisions_against_the_promised_gold_are_trouble(session, model, how):
    task = one(model, validation=dml.validation.gold(GOLD))
    known, review = task.policy().known(), task.review()
    for item, right in known.items():
        if how == "leave out":
            review.leave_out(item)
        else:
            review.right(item, "digit", (right["digit"] + (how == "right")) % 10)
    by_hand = dml.validation.gold(known) & dml.validation.manual(
        {(0, session.account("bob")): 0.5}  # without these items, gold alone has nothing to say
    )
    task.validate(by_hand if how == "leave out" else None, decisions=review.decisions)
    told = explained(task)
    assert told.gold == known
    expected = {"right": "the owner decided 2 otherwise", "leave out": "left 2 of these items out"}
    if how in expected:
        assert expected[how] in told.trouble
    else:
        assert not told.trouble


def altered(**fields: Any) -> Any:
    return lambda report: report | fields


def of_each_score(**fields: Any) -> Any:
    return lambda report: report | {"scores": [row | fields for row in report["scores"]]}


HALF = "\ud800"  # of a character
NONE = "the report is none that can be read"
LIES = {
    "an endless number": (altered(decided={"left_out": [1e999]}), NONE),
    "a fraction of an item": (altered(decided={"left_out": [0.5]}), NONE),
    "no decisions": (altered(decided=[]), NONE),
    "one item by two names": (altered(decided={"right": {"0": {}, "00": {}}}), NONE),
    "half a character for gold": (altered(gold=HALF), NONE),
    "half a character for the gold used": (altered(gold_used=HALF), NONE),
    "half a character for the policy": (altered(policy=HALF), NONE),
    "half a character for a reason": (of_each_score(why=HALF), NONE),
    "a list of reasons": (of_each_score(why=["a", "b"]), NONE),
    "a truth value for points": (of_each_score(points=True), NONE),
    "no findings": (altered(findings="none"), NONE),
    "two scores": (
        lambda report: report | {"scores": [report["scores"][0] | {"why": "x"}, *report["scores"]]},
        "the report tells two scores of the same answers",
    ),
    "other points": (of_each_score(points=1), "another score than the chain"),
    "a name twice": (b'{"gold": null, "gold": "{}"}', NONE),
    "nested": (b"[" * 100_000, NONE),
    "no text": (b"\xff\xfe\x00", NONE),
    "a list": (b"[]", NONE),
    "nothing": (b"", NONE),
}  # fmt: skip


@pytest.mark.parametrize("lie", LIES)
def test_a_report_that_lies_is_trouble_and_what_is_paid_is_told(session, model, monkeypatch, lie):
    how, expected = LIES[lie]
    task = one(model, validation=dml.validation.gold(GOLD))
    really = judging.encode_report

    def encode_report(*given: Any) -> bytes:
        return (
            how if isinstance(how, bytes) else json.dumps(how(json.loads(really(*given)))).encode()
        )

    monkeypatch.setattr(judging, "encode_report", encode_report)
    task.validate()
    told = explained(task)
    assert expected in told.trouble and told.gold is None and not told.why
    assert told.amount == paid(task)["amount"] and str(told).encode()


@pytest.mark.parametrize("depth", [50, 900, 950, 980])
def test_decisions_that_are_nested_as_deep_as_can_be_read_stop_no_explanation(
    session, model, monkeypatch, depth
):
    task = one(model, validation=dml.validation.gold(GOLD))
    known = task.policy().known()
    really = judging.encode_report

    def encode_report(*given: Any) -> bytes:
        report = json.loads(really(*given))
        report["decided"] = {"right": {str(item): {"digit": "DEEP"} for item in known}}
        return json.dumps(report).replace('"DEEP"', "[" * depth + "]" * depth).encode()

    monkeypatch.setattr(judging, "encode_report", encode_report)
    task.validate()
    told = explained(task)
    assert "otherwise" in told.trouble or told.trouble == NONE


# --- the search -----------------------------------------------------------------------------------


@pytest.mark.parametrize("began", [1, 2, 57, 99, 100])
def test_the_block_is_found_in_as_many_looks_as_its_number_has_bits(began):
    asked = []

    def rank_at(number: int) -> int:
        asked.append(number)
        return int(number >= began)

    assert tracing.first_block(rank_at, 1, 100, {}) == began
    assert len(asked) <= 7


@pytest.mark.parametrize(("kept", "found"), [(40, True), (57, False), (80, False)])
def test_a_node_that_keeps_newer_blocks_only_is_asked_for_those(kept, found):
    def rank_at(number: int) -> int:
        if number < kept:
            raise StateDiscarded("discarded")
        return int(number >= 57)

    if found:
        assert tracing.first_block(rank_at, 1, 100, {}) == 57
    else:
        with pytest.raises(StateDiscarded):
            tracing.first_block(rank_at, 1, 100, {})


def test_a_long_chain_is_not_read_to_its_beginning(session, model, monkeypatch):
    task = one(model)
    score(task, 0.5)
    for _ in range(200):
        session.seal()
    read: list[int] = []
    really = session.chain.events_of_block

    def events_of_block(number: int, holding: bytes = b"") -> Any:
        read.append(number)
        return really(number, holding)

    monkeypatch.setattr(session.chain, "events_of_block", events_of_block)
    assert task.explain(0, session.account("bob")).score == 0.5
    assert len(read) == 1
    with pytest.raises(UsageError, match="there are none"):
        task.explain(0, session.account("dave"))
    assert len(read) == 1


def test_what_the_node_does_not_keep_leaves_what_is_paid(session, model, monkeypatch):
    task = one(model)
    score(task, 0.5)
    for _ in range(8):
        session.seal()

    def trace(*_: Any) -> Any:
        raise StateDiscarded("Block 3 is no longer kept.")

    monkeypatch.setattr(tracing, "trace", trace)
    told = task.explain(0, session.account("bob"))
    assert told.formula == "8 points x 0.5 x 0.1 DML" and "no longer kept" in told.trouble
    assert isinstance(StateDiscarded("x"), DMLError)
