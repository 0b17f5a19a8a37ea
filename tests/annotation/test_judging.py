"""What `validate` scores, reports and leaves open, on the real chain: what is signed stays so."""

from __future__ import annotations

import json
import warnings
from datetime import timedelta

import pytest

import dml_sdk as dml
from dml_sdk.errors import DispatchError, UsageError
from dml_sdk.session import Session
from dml_sdk.storage import cid_of
from dml_sdk.types import Location
from tests.annotation.tasks import (
    TRUTH,
    annotate,
    images,
    opened,
    reveal,
    shown_at,
    stages,
)


def report_of(session, judged) -> dict:
    return json.loads(session.store.get(judged.report.location.cid))


# --- what is scored, and what is left open --------------------------------------------------------


@pytest.mark.parametrize("policy", [dml.validation.agreement(), dml.validation.dawid_skene()])
def test_nobody_is_scored_while_others_of_the_batch_can_still_show_their_answers(
    session, model, policy
):
    task = opened(model, items=images(12), answers_per_item=3, batch_size=12, validation=policy)
    for name in ("bob", "charlie", "eve"):
        annotate(task, name)
    judged = task.validate()  # eve's were shown when she handed them in, as the last
    assert judged.receipts == () and stages(task).count("revealed") == 1
    (waiting,) = judged.unjudged
    assert (waiting.batch, waiting.annotator) == (0, session.account("eve").address)
    assert (
        "have not shown their answers yet" in waiting.why
        and waiting.until == task.terms.score_until
    )
    reveal(task, "bob", "charlie")
    judged = task.validate()
    assert judged.unjudged == () and [s.score for s in judged.scores] == pytest.approx(
        [1] * 3, abs=0.1
    )
    assert set(stages(task)) == {"scored"}


def test_a_held_back_sheet_is_in_no_report_and_is_scored_at_once_where_that_is_asked_for(
    session, model
):
    task = opened(model, items=images(8), answers_per_item=3, batch_size=4)
    for name in ("bob", "charlie", "eve"):
        annotate(task, name)
    reveal(task, "charlie")
    judged = task.validate()
    assert len(judged.unjudged) == 4 and report_of(session, judged)["scores"] == []
    assert len(task.judge().unjudged) == 4
    judged = task.validate(partial=True)
    assert judged.unjudged == () and stages(task).count("scored") == 4


def test_once_the_time_to_show_is_over_nobody_is_waited_for(session, model):
    task = opened(model, items=images(4), answers_per_item=3, deadline=timedelta(hours=1))
    for name in ("bob", "charlie", "eve"):
        annotate(task, name)
    reveal(task, "charlie")
    session.clock.advance(days=1, hours=2)
    judged = task.validate()
    assert judged.unjudged == () and stages(task).count("scored") == 2
    assert [(f.kind, f.batch) for f in judged.findings] == [("not revealed", 0)]


def test_gold_and_the_owners_word_wait_for_nobody(session, model):
    known = dml.validation.gold({item: {"digit": item} for item in range(4)})
    task = opened(model, items=images(4), validation=known)
    for name in ("bob", "charlie"):
        annotate(task, name)
    assert task.validate().unjudged == ()
    task = opened(model, items=images(4))
    for name in ("bob", "charlie"):
        annotate(task, name)
    charlie = session.account("charlie").address
    by_hand = dml.validation.manual({(0, charlie): 0.5}) & dml.validation.dawid_skene()
    assert task.judge(by_hand).unjudged == ()
    review = task.review()
    review.judge(0, charlie, True)
    assert task.judge(decisions=review.decisions).unjudged == ()
    assert len(task.judge().unjudged) == 1


@pytest.mark.parametrize("wanted", [1, 3])
def test_correct_answers_of_the_only_one_who_came_are_paid_in_full(session, model, wanted):
    task = opened(
        model, items=images(4), answers_per_item=wanted, deadline=timedelta(hours=1),
        validation=dml.validation.agreement(),
    )  # fmt: skip
    annotate(task, "bob")
    session.clock.advance(hours=2)
    reveal(task, "bob")
    judged = task.validate()
    assert judged.scores == () and judged.receipts == () and stages(task) == ["revealed"]
    assert "no evidence by agreement" in judged.unjudged[0].why
    (row,) = task.awards()
    assert row["formula"] == "8 points x 1 x 0.1 DML, if nobody judges them in time"
    assert row["points"] is None and str(row["amount"]) == "0.8 DML"
    session.clock.advance(days=10)
    task.award()
    assert [str(row["amount"]) for row in task.awards()] == ["0.8 DML"]
    assert task.awards()[0]["formula"] == "8 points x 1 x 0.1 DML"


def test_a_model_that_is_sure_judges_from_its_predictions_to_the_award(session, model):
    sure = {item: {"digit": {TRUTH[item]: 0.96}} for item in range(12)}
    task = opened(model, answers_per_item=1, batch_size=6,
                  validation=dml.validation.model_disagreement(sure))  # fmt: skip
    annotate(task, "bob", batches=1)
    annotate(task, "charlie", lambda batch: [(TRUTH[item] + 1) % 10 for item in batch.items])
    bob, charlie = (session.account(name).address for name in ("bob", "charlie"))
    judged = task.validate()
    scores = {score.annotator: score for score in judged.scores}
    assert "likely by the model" in scores[bob].why and scores[charlie].score == 0
    assert scores[bob].score == pytest.approx((0.96 - 0.1) / 0.9)
    session.as_("bob").task(task).accept()
    session.clock.advance(days=3)
    task.award()
    paid = {row["account"]: row["amount"].tokens for row in task.awards()}
    assert float(paid[bob]) == pytest.approx(1.2 * (0.96 - 0.1) / 0.9) and paid[charlie] == 0
    assert report_of(session, judged)["policy"] == "1 * model_disagreement"


# --- what cannot be read --------------------------------------------------------------------------


def test_answers_at_an_address_that_is_no_cid_are_worth_nothing_and_are_a_finding(session, model):
    task = opened(model, items=images(4), answers_per_item=1, stake=5)
    bob = session.as_("bob")
    bob.pools.get(model.id).stake(5, "annotator")
    shown_at(task, "bob", Location(uri="https://example.org/nothing", sha256="11" * 32))
    judged = task.judge()
    (finding,) = judged.findings
    assert (finding.kind, finding.annotator, finding.batch) == ("unreadable", bob.signer.address, 0)
    assert "no CID" in finding.why and judged.unjudged == ()
    judged = task.validate()
    assert [str(row["amount"]) for row in task.awards()] == ["0 DML"]
    assert report_of(session, judged)["findings"][0]["batch"] == 0
    task.report_findings(judged.findings, part=1)
    assert len(bob.pools.get(model.id).stakes(bob.signer)) == 0


def test_answers_that_the_store_does_not_have_wait_and_validate_and_award_say_so(session, model):
    task = opened(model, items=images(4), answers_per_item=1)
    missing = Location(cid=str(cid_of(b"bytes that nobody has put anywhere")))
    shown_at(task, "bob", missing)
    with pytest.raises(UsageError, match="can be judged yet"):
        task.judge()
    task = opened(model, items=images(4), answers_per_item=3, deadline=timedelta(hours=1))
    for name in ("charlie", "eve"):
        annotate(task, name)
    shown_at(task, "bob", missing)
    reveal(task, "charlie", "eve")
    bob = session.account("bob")
    until = f"{task.terms.score_until:%Y-%m-%d %H:%M:%S}"
    with pytest.warns(UserWarning, match=f"batch 0.*until {until} UTC.*unread=") as told:
        judged = task.validate()
    assert bob.address[:4] in str(told[0].message)
    assert [(one.batch, one.annotator) for one in judged.unjudged] == [(0, bob.address)]
    assert stages(task).count("scored") == 2
    session.clock.advance(days=10)
    with pytest.warns(UserWarning, match=r"Paid in full.*to batch 0"):
        task.award()
    assert str(task.awards(bob)[0]["amount"]) == "0.8 DML"


def test_what_was_refused_once_is_not_asked_for_again(session, model, monkeypatch):
    task = opened(model, items=images(4), answers_per_item=1)
    elsewhere = session.store.put(b"these are no answers")
    shown_at(task, "bob", Location(cid=elsewhere))
    assert len(task.judge().findings) == 1
    monkeypatch.setattr(session.store, "get", lambda *_, **__: pytest.fail("asked again"))
    assert len(task.judge().findings) == 1


# --- what changes meanwhile -----------------------------------------------------------------------


def test_what_a_validator_scored_meanwhile_is_passed_over_and_the_others_are_scored(session, model):
    task = opened(model, validators=[session.account("eve")])
    annotate(task, "bob"), annotate(task, "charlie")
    reveal(task, "bob")
    scores = list(task.judge().scores)
    session.as_("eve").task(task).score(scores[:1])
    task.score(scores)
    assert set(stages(task)) == {"scored"}
    with pytest.raises(DispatchError.named("Annotations", "AlreadyScored")):
        task.score(scores)


def test_what_was_accepted_meanwhile_does_not_keep_the_others_from_being_paid(
    session, model, monkeypatch
):
    task = opened(model)
    annotate(task, "bob"), annotate(task, "charlie")
    reveal(task, "bob")
    task.validate()
    session.clock.advance(days=3)
    due = task.due()
    session.as_("bob").task(task).accept(0)
    assert len(task.award(due)) == 1
    assert set(stages(task)) == {"settled"}
    assert task.award() == []
    with pytest.raises(DispatchError.named("Annotations", "AlreadySettled")):
        task.award(due)


def test_all_that_is_scored_is_accepted_in_as_many_transactions_as_it_takes(session, model):
    task = opened(model, items=images(66), answers_per_item=1, batch_size=1)
    annotate(task, "bob", lambda batch: [1])
    bob, mine = session.account("bob").address, session.as_("bob").task(task)
    task.validate(dml.validation.manual({(batch, bob): 1 for batch in range(66)}))
    assert mine.accept_call().name == "Annotations.award"
    assert [receipt.call for receipt in mine.accept()] == ["Annotations.award"] * 2
    assert set(stages(task)) == {"settled"}
    with pytest.raises(UsageError, match="Nothing that"):
        mine.accept()


# --- what the report says -------------------------------------------------------------------------


def right(task):
    truth = {item: TRUTH[place] for item, place in enumerate(task.order)}
    return lambda batch: [truth[item] for item in batch.items]


@pytest.fixture
def with_gold(session, model) -> dml.annotation.task.AnnotationTask:
    known = {item: {"digit": TRUTH[item]} for item in (2, 8)}
    task = opened(model, items=images(12), batch_size=6, validation=dml.validation.gold(known))
    for name in ("bob", "charlie"):
        annotate(task, name, right(task))
    reveal(task, "bob")
    return task


def test_the_report_says_which_policy_and_whose_gold_was_really_used(session, with_gold):
    task, promised = with_gold, with_gold.policy_document()
    other = {item: {"digit": 9} for item in range(12)}
    told = report_of(session, task.validate(gold=other))
    assert told["gold_used"] == "other" and told["policy"] == str(promised) == "1 * gold"
    told = report_of(session, task.validate())
    assert told["gold_used"] == promised.gold_sha256
    told = report_of(session, task.validate(dml.validation.manual({})))
    assert (told["gold_used"], told["policy"]) == (None, "1 * manual")


def test_the_report_tells_what_the_owner_decided_and_broken_items_are_in_no_result(
    session, with_gold
):
    review = with_gold.review()
    review.leave_out(3)
    review.right(4, "digit", 1)
    judged = with_gold.validate(decisions=review.decisions)
    told = report_of(session, judged)["decided"]
    assert told == {"right": {"4": {"digit": 1}}, "left_out": [3]}
    for name in ("answers.csv", "consensus.csv"):
        rows = with_gold.export(name, decisions=review.decisions).splitlines()[1:]
        assert not any(row.startswith("3,") for row in rows) and any(r[:2] == "4," for r in rows)


def test_gold_is_published_also_where_all_was_scored_before_the_end(session, model):
    known = dml.validation.gold({item: {"digit": TRUTH[item]} for item in (2, 8)})
    task = opened(model, items=images(12), batch_size=6, answers_per_item=1, validation=known)
    annotate(task, "bob", right(task), batches=1)
    assert report_of(session, task.validate())["gold"] is None
    session.clock.advance(days=8)
    judged = task.validate()
    assert [receipt.call for receipt in judged.receipts] == ["System.remark"]
    assert report_of(session, judged)["gold"] is not None
    assert task.validate().receipts == (), "once is enough"


def test_promised_gold_that_is_not_on_this_machine_is_missed_aloud(session, model, tmp_path):
    known = dml.validation.gold({item: {"digit": item} for item in range(4)})
    task = opened(
        model, items=images(4), answers_per_item=1, validation=known, keep_gold=tmp_path / "gold"
    )
    annotate(task, "bob")
    elsewhere = session.task(task.id)
    policy = dml.validation.manual({(0, session.account("bob").address): 1})
    with pytest.warns(UserWarning, match="promised to publish its gold"):
        judged = elsewhere.validate(policy)
    assert report_of(session, judged)["gold"] is None
    judged = elsewhere.validate(policy, gold=tmp_path / "gold")
    assert report_of(session, judged)["gold"] is not None


def test_the_signers_own_answers_are_not_scored_and_nobody_waits_for_them(session: Session, model):
    task = opened(model, items=images(4))
    annotate(task, "alice"), annotate(task, "bob")
    judged = task.validate()
    assert len(judged.unjudged) == 1, "alice may still show hers"
    task.reveal()
    task.validate()
    assert sorted(stages(task)) == ["revealed", "scored"]


@pytest.mark.parametrize("policy", [None, dml.validation.agreement()])
def test_a_task_whose_answers_nothing_could_be_held_against_is_warned_of(session, model, policy):
    with pytest.warns(UserWarning, match="one answer an item.*paid in full"):
        task = opened(model, items=images(4), answers_per_item=1, validation=policy)
    annotate(task, "bob", lambda batch: [3] * len(batch))
    with pytest.warns(UserWarning, match="No score for the answers of .* to batch 0: the policy"):
        judged = task.validate()
    assert judged.receipts == () and len(judged.unjudged) == 1
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        by_hand = dml.validation.manual({(0, session.account("bob")): 0})
        assert task.validate(by_hand).receipts


def test_who_can_be_judged_is_warned_of_nothing_even_while_others_are_awaited(session, model):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        known = dml.validation.gold({0: {"digit": TRUTH[0]}})
        known &= dml.validation.dawid_skene()
        opened(model, items=images(4), answers_per_item=1, validation=known)
        task = opened(model, items=images(4))
        for name in ("bob", "charlie"):
            annotate(task, name)  # the last shows it at once
        assert len(task.validate().unjudged) == 1
