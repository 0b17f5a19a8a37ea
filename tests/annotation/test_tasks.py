"""Annotation tasks as people use them: opened, answered, judged and paid, on the real chain."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import numpy as np
import pytest

import dml_sdk as dml
from dml_sdk.annotation.asked.answers import Answer, Sheet
from dml_sdk.annotation.course import gold, judging
from dml_sdk.errors import DispatchError, NothingToAnnotate, StoreUnreachable, UsageError
from dml_sdk.locations import Document
from dml_sdk.storage import cid_of
from dml_sdk.types import Location, from_ms
from tests.annotation.tasks import CATS, DIGITS, TRUTH, annotate, images, opened, right


def test_a_task_is_opened_answered_judged_paid_and_closed(session, model):
    task = opened(model, validation=dml.validation.agreement())
    assert task.progress.wanted == 6 and task.terms.set_aside.tokens == Decimal("4.8")
    assert len(annotate(task, "bob")) == len(annotate(task, "charlie")) == 3
    session.as_("bob").task(task).reveal()
    judged = task.validate()
    assert [score.score for score in judged.scores] == pytest.approx([1.0] * 6)
    assert task.award() == [], "scores can be disputed first"
    session.as_("charlie").task(task).accept()
    session.clock.advance(days=2, seconds=1)
    assert [r.call for r in task.award()] == ["Annotations.award"]
    rows = task.awards()
    assert {str(row["amount"]) for row in rows} == {"0.8 DML"}
    assert rows[0]["formula"] == "8 points x 1 x 0.1 DML" and rows[0]["stage"] == "settled"
    task.close()
    assert task.state == "closed" and task.progress.paid.tokens == Decimal("4.8")
    bob = session.as_("bob")
    assert bob.pools.get(model.id).claim().moved[bob.signer.address][0].tokens > 2


def test_the_terms_are_what_was_asked_for(session, model):
    task = opened(
        model, stake=3, max_items=8, deadline=timedelta(days=2), lease=timedelta(minutes=10),
        validators=[session.account("eve")],
    )  # fmt: skip
    terms = task.terms
    assert (terms.items, terms.batches, terms.answers_per_item, terms.points_per_item) == (
        12,
        3,
        2,
        2,
    )
    assert terms.stake.tokens == 3 and terms.max_items == 8
    assert terms.lease == timedelta(minutes=10)
    assert terms.reveal_until - terms.deadline == timedelta(days=1)
    assert terms.validators == (session.account("eve").address,)
    assert task.questionnaire() == DIGITS and task.title == "Digits"
    assert len(task.items()) == 12 and str(task.policy_document()) == "1 * dawid_skene"
    assert task.policy_document().words == "Dawid–Skene"


def test_a_deadline_can_be_a_time_of_the_calendar(session, model):
    now = datetime.fromtimestamp(session.chain.now_ms() / 1_000, UTC)
    ends = (now + timedelta(days=3)).replace(microsecond=0)
    assert opened(model, deadline=ends).terms.deadline == ends


def test_items_can_be_uploaded_after_the_terms_were_set(model):
    unopened = opened(model, items=None)
    assert unopened.questionnaire() == DIGITS and "upload" in repr(unopened)
    task = unopened.upload(images(4))
    assert task.receipt.call == "Annotations.open" and task.terms.items == 4


def test_tasks_are_listed_and_got_by_their_id(session, model):
    first, second = opened(model), opened(model, items=images(3))
    listed = session.tasks.list(model=model)
    assert listed.column("id") == [first.id, second.id]
    assert listed[1]["answers"] == "0 of 2" and listed[0]["state"] == "open"
    assert session.tasks.get(second.id) == second == session.task(second.id)
    assert session.tasks.list().column("id")[-2:] == [first.id, second.id]
    with pytest.raises(UsageError, match="no annotation task 77"):
        session.task(77)


@pytest.mark.parametrize("form", ["list", "dict", "answers", "sheet", "numpy"])
def test_answers_are_taken_in_any_form_that_says_what_is_meant(session, model, form):
    task = opened(model)
    mine = session.as_("bob").task(task)
    batch = mine.next_batch()
    said = right(batch)
    given = {
        "list": said,
        "dict": {item: {"digit": value} for item, value in zip(batch.items, said, strict=True)},
        "answers": [Answer(i, {"digit": v}) for i, v in zip(batch.items, said, strict=True)],
        "sheet": Sheet(
            batch.number,
            tuple(Answer(i, {"digit": v}) for i, v in zip(batch.items, said, strict=True)),
        ),
        "numpy": np.array(said),
    }[form]
    assert mine.submit(batch, list(given) if form == "numpy" else given).call == (
        "Annotations.commit"
    )


def test_an_answer_that_says_nothing_of_which_question_is_refused(session, model):
    task = opened(model, questionnaire=CATS)
    mine = session.as_("bob").task(task)
    batch = mine.next_batch()
    with pytest.raises(UsageError, match="answers which question"):
        mine.submit(batch, ["yes"] * 4)
    with pytest.raises(UsageError, match="more answers than items"):
        mine.submit(batch, [{"cat": "no"}] * 5)


def test_answers_are_in_the_store_only_once_nobody_can_copy_them(session, model):
    task = opened(model)
    # Nobody else hands in such answers: what is in the store is not rewound between tests.
    sheet = Sheet(0, tuple(Answer(i, {"digit": TRUTH[i]}, flag="only here") for i in range(4)))
    annotate(task, "bob", lambda batch: sheet, batches=1)
    assert not session.store.has(str(cid_of(sheet.encode()))) and task.sheets() == ()
    assert session.as_("bob").task(task).reveal() == []
    mine = session.as_("charlie").task(task)
    while (batch := mine.next_batch()).number != 0:
        mine.submit(batch, right(batch))
    mine.submit(batch, right(batch))  # the last of batch 0, so it is revealed at once
    assert [who for who, _ in task.sheets()] == [mine.session.signer.address]
    session.as_("bob").task(task).reveal()
    assert session.store.has(str(cid_of(sheet.encode()))) and len(task.sheets()) == 2


def test_answers_that_cannot_be_stored_now_are_committed_and_told_and_revealed_later(
    session, model, monkeypatch
):
    task = opened(model, items=images(4), answers_per_item=1)
    mine = session.as_("bob").task(task)
    batch = mine.next_batch()

    def away(_: object) -> str:
        raise StoreUnreachable("The store does not answer.")

    with monkeypatch.context() as without:
        without.setattr(session.store, "put", away)
        with pytest.warns(UserWarning, match="call task.reveal"):
            assert mine.submit(batch, [7] * 4).call == "Annotations.commit"
    assert task.progress.committed == 1 and task.progress.revealed == 0
    assert [receipt.call for receipt in mine.reveal()] == ["Annotations.reveal"]


def test_what_was_committed_is_revealed_when_the_next_batch_is_taken(session, model):
    task = opened(model, items=images(4), answers_per_item=2)
    annotate(task, "bob")
    annotate(task, "charlie")
    assert task.progress.revealed == 1
    with pytest.raises(NothingToAnnotate):
        session.as_("bob").task(task).next_batch()
    assert task.progress.revealed == 2


@pytest.mark.parametrize(
    ("why", "given"),
    [
        ("no stake", {"stake": 5}),
        ("over", {"deadline": timedelta(seconds=2)}),
        ("maximum", {"max_items": 4}),
        ("taken", {"items": images(4), "answers_per_item": 1}),
        ("complete", {"items": images(4), "answers_per_item": 1}),
        ("answered", {"items": images(4)}),
    ],
)
def test_who_gets_no_batch_is_told_why(session, model, why, given):
    task = opened(model, **given)
    bob, charlie = session.as_("bob").task(task), session.as_("charlie").task(task)
    match why:
        case "over":
            session.clock.advance(seconds=3)
        case "maximum" | "answered":
            bob.submit(bob.next_batch(), [1] * 4)
        case "taken":
            charlie.next_batch()
        case "complete":
            charlie.submit(charlie.next_batch(), [1] * 4)
    with pytest.raises(NothingToAnnotate) as refused:
        bob.next_batch()
    assert refused.value.why == why
    assert (refused.value.again is not None) == (why == "taken")


def test_nobody_is_sent_back_for_a_batch_that_they_can_never_have(session, model):
    task = opened(model, items=images(8), answers_per_item=1)
    bob, eve = session.as_("bob").task(task), session.as_("eve").task(task)
    bob.next_batch()
    bob.release()
    bob.next_batch()
    eve.next_batch()  # the one that Bob gave up
    bob.release()
    with pytest.raises(NothingToAnnotate) as refused:
        bob.next_batch()
    assert (refused.value.why, refused.value.again) == ("answered", None)
    session.clock.advance(hours=1, seconds=5)
    session.seal()
    with pytest.raises(NothingToAnnotate) as refused:
        bob.next_batch()
    assert refused.value.why == "answered"
    charlie, dave = session.as_("charlie").task(task), session.as_("dave").task(task)
    charlie.next_batch()
    dave.next_batch()
    with pytest.raises(NothingToAnnotate) as refused:
        session.as_("ferdie").task(task).next_batch()
    assert refused.value.why == "taken"
    assert refused.value.again > from_ms(session.chain.now_ms()), "old leases are over"


def test_a_task_whose_answers_were_not_shown_yet_says_so(session, model):
    task = opened(model, items=images(4))
    for name in ("bob", "charlie"):
        annotate(task, name)
    with pytest.raises(NothingToAnnotate) as refused:
        session.as_("eve").task(task).next_batch()
    assert "All 2 answers" in str(refused.value) and "1 of them shown" in str(refused.value)
    assert f"{task.terms.reveal_until:%Y-%m-%d}" in str(refused.value)


def test_a_stake_lets_annotators_in(session, model):
    task = opened(model, stake=5)
    session.as_("bob").pools.get(model.id).stake(5, "annotator")
    assert len(annotate(task, "bob", batches=1)) == 1


def test_a_held_batch_is_the_next_one_again_and_can_be_given_up(session, model):
    task = opened(model)
    mine = session.as_("bob").task(task)
    first = mine.next_batch()
    assert mine.next_batch() == first and session.as_("bob").task(task.id).next_batch() == first
    mine.release()
    assert mine.next_batch().number != first.number


def test_those_who_come_at_the_same_time_do_not_fill_batch_after_batch_together(session, model):
    task = opened(model, items=images(24), batch_size=2, answers_per_item=2)
    people = ["bob", "charlie", "dave", "eve"]
    for _ in range(6):
        for name in people:
            annotate(task, name, lambda batch: [1] * len(batch), batches=1)
    met = {
        frozenset(place["who"] for place in places)
        for _, places in session.chain.entries("Annotations", "Batches", task.id)
    }
    assert len(met) == 6, "each met each"


def test_a_latecomer_finds_as_many_batches_as_those_have_left_who_came_early(session, model):
    task = opened(model, items=images(24), batch_size=2, answers_per_item=2)
    annotate(task, "bob", lambda batch: [1] * 2, batches=8)
    annotate(task, "charlie", lambda batch: [1] * 2, batches=4)
    assert len(annotate(task, "dave", lambda batch: [1] * 2)) == 12


def test_the_chain_says_where_answers_are_needed_most(session, model):
    task = opened(model)
    taken = [session.as_(n).task(task).next_batch().number for n in ("bob", "charlie", "dave")]
    assert sorted(taken) == [0, 1, 2]


def test_a_score_is_disputed_and_settled_by_the_collective(session, model):
    task = opened(model, items=images(4), answers_per_item=1)
    annotate(task, "bob", lambda batch: [9] * 4)
    bob = session.account("bob")
    task.validate(dml.validation.manual({(0, bob.address): 0}))
    session.as_("bob").task(task).dispute(0)
    assert task.awards()[0]["stage"] == "contested"
    settle = dml.actions.SettleAnnotation(task, 0, bob, points=8, score="0.5")
    model.collective.decide(settle)
    assert [str(row["amount"]) for row in task.awards(bob)] == ["0.4 DML"]


def test_spam_is_reported_and_costs_the_stake_and_the_award(session, model):
    task = opened(model, stake=10, items=images(4), answers_per_item=1)
    bob = session.as_("bob")
    bob.pools.get(model.id).stake(10, "annotator")
    annotate(task, "bob", lambda batch: [1] * 4)
    receipt = task.report(0, bob.signer, part="0.5", cause="spam")
    assert {"Slashed", "Awarded"} <= {event.name for event in receipt.events}
    assert str(bob.pools.get(model.id).stakes(bob.signer)[0]["amount"]) == "5 DML"
    assert str(task.awards()[0]["amount"]) == "0 DML"


def test_an_owner_ends_a_task_sooner_and_what_is_left_goes_back(session, model):
    before = model.pool.buckets["annotator"]
    task = opened(model)
    assert model.pool.buckets["annotator"] < before
    task.stop()
    session.clock.advance(hours=1, seconds=1)
    task.close()
    assert model.pool.buckets["annotator"] == before


def test_a_strangers_score_is_refused_and_a_validators_is_taken(session, model):
    eve = session.account("eve")
    task = opened(model, items=images(4), validators=[eve])
    annotate(task, "bob"), annotate(task, "charlie")
    session.as_("bob").task(task).reveal()
    with pytest.raises(DispatchError.named("Annotations", "NotScorer")):
        session.as_("dave").task(task).validate()
    judged = session.as_("eve").task(task).validate()
    assert len(judged.receipts) == 1 and task.awards()[0]["score"] > 0.5


def test_while_the_owner_is_no_member_any_member_judges_in_the_owners_place(session, model):
    known = dml.validation.gold({item: {"digit": item} for item in range(4)})
    task = opened(
        model, items=images(4), answers_per_item=1, validators=[session.signer], validation=known
    )
    annotate(task, "bob")
    bobs, daves = session.as_("bob").task(task), session.as_("dave").task(task)
    assert task.rights.operates and task.rights.validates
    assert not (bobs.rights or daves.rights)
    model.collective.add_member(session.account("dave"))
    assert task.rights.operates and not daves.rights
    model.collective.resign()
    assert daves.rights.operates and not daves.rights.validates and not task.rights
    for refused in (lambda: task.validate(), lambda: task.stop(), lambda: opened(model)):
        with pytest.raises(DispatchError.named("Annotations", "OwnerNotMember")):
            refused()
    assert len(daves.validate().receipts) == 1
    assert {row["stage"] for row in task.awards()} == {"scored"}


def test_a_task_longer_than_a_pool_waits_is_refused(model):
    longest = timedelta(days=30)
    with pytest.raises(DispatchError.named("Annotations", "TaskTooLong")):
        opened(model, deadline=longest, reveal=longest, scoring=longest, dispute=longest)


def test_nobody_scores_their_own_answers_and_all_others_are_scored(session, model):
    task = opened(model, items=images(4))
    annotate(task, "alice"), annotate(task, "bob")
    task.reveal()
    judged = task.validate()
    assert len(judged.scores) == 2
    assert {row["stage"] for row in task.awards(session.account("bob"))} == {"scored"}
    assert {row["stage"] for row in task.awards(session.signer)} == {"revealed"}


def test_more_sheets_than_a_call_takes_are_scored_in_several(session, model):
    task = opened(model, items=images(66), batch_size=1, answers_per_item=1, max_items=66)
    annotate(task, "bob", lambda batch: [3])
    bob = session.account("bob").address
    judged = task.validate(dml.validation.manual({(batch, bob): 1 for batch in range(66)}))
    assert [r.call for r in judged.receipts] == ["Annotations.score + System.remark"] * 2
    assert {row["stage"] for row in task.awards()} == {"scored"}


def test_a_report_tells_each_score_with_its_reasons(session, model):
    task = opened(model)
    annotate(task, "bob"), annotate(task, "charlie")
    session.as_("bob").task(task).reveal()
    judged = task.validate(dml.validation.agreement())
    told = json.loads(session.store.get(judged.report.location.cid))
    assert len(told["scores"]) == 6 and "alike to the others'" in told["scores"][0]["why"]
    assert told["scores"][0]["parts"] == judged.scores[0].parts
    assert {a["value"] for a in told["consensus"]} == set(TRUTH)


def test_whoever_is_judged_finds_out_why_from_the_chain(session, model):
    known = {item: {"digit": item} for item in range(4)}
    task = opened(model, validation=dml.validation.gold(known))
    annotate(task, "bob", lambda batch: [1] * 4), annotate(task, "charlie", lambda batch: [2] * 4)
    session.as_("bob").task(task).reveal()
    task.validate()
    bobs = session.as_("bob").task(task.id)
    told = bobs.explain(1)
    assert told.by == session.signer.address and "of gold answers right" in told.why
    assert told.score == pytest.approx(bobs.awards(bobs.session.signer)[1]["score"])
    assert told.gold == task.policy().known() and not told.trouble
    assert bobs.explain(1, session.account("charlie")).annotator != told.annotator
    with pytest.raises(UsageError, match="were not scored"):
        bobs.explain(1, session.account("dave"))


@pytest.mark.parametrize("lie", ["score", "gold", "nothing", "rubbish", "no report"])
def test_a_report_that_does_not_fit_the_chain_is_told(session, model, lie):
    known = dml.validation.gold({item: {"digit": item} for item in range(4)})
    task = opened(model, items=images(4), answers_per_item=1, validation=known)
    annotate(task, "bob", lambda batch: [1] * 4)
    judged = task.judge()
    told = json.loads(session.store.get(judging.publish(task, judged, (), None).location.cid))
    match lie:
        case "score":
            told["scores"][0]["parts"] += 1
        case "gold":
            told["gold"] = gold.seal({0: {"digit": 1}}, range(4)).document.decode()
        case "nothing":
            told["scores"] = []
        case "rubbish":
            told = ["rubbish"]
    content = json.dumps(told).encode()
    document = Document(
        Location(cid=session.store.put(content)), hashlib.sha256(content).hexdigest()
    )
    task.score(judged.scores, None if lie == "no report" else document)
    explained = session.as_("bob").task(task).explain(0)
    assert explained.trouble and not explained.why and explained.gold is None
    assert explained.trouble in str(explained)


def test_who_guessed_loses_a_part_of_the_stake_and_who_was_in_the_minority_does_not(session, model):
    task = opened(model, items=images(60), answers_per_item=4, batch_size=20, stake=4)
    rng = np.random.default_rng(5)
    truth = rng.integers(0, 10, 60).tolist()

    def careful(batch):
        return [truth[item] for item in batch.items]

    def odd(batch):  # of an opinion of his own on sevens
        return [1 if truth[item] == 7 else truth[item] for item in batch.items]

    def guessing(batch):
        return rng.integers(0, 10, len(batch)).tolist()

    crowd = {"bob": careful, "charlie": odd, "eve": careful, "dave": guessing}
    for name, answer in crowd.items():
        session.as_(name).pools.get(model.id).stake(4, "annotator")
        annotate(task, name, answer)
    for name in crowd:
        session.as_(name).task(task).reveal()
    judged = task.validate()
    dave = session.account("dave").address
    assert [(f.annotator, f.kind) for f in judged.findings] == [(dave, "random")]
    (receipt,) = task.report_findings(judged.findings, part=0.25)
    assert "Slashed" in {event.name for event in receipt.events}
    left = {row["account"]: str(row["amount"]) for row in model.pool.stakes()}
    assert left.pop(dave) == "3 DML" and set(left.values()) == {"4 DML"}
    assert all(row["score"] == 0 for row in task.awards(dave))


def test_a_task_outside_its_anchor_says_that_it_was_rewound(session, model):
    with session.anchor():
        task = opened(model)
    assert "rewound" in repr(task)
    with pytest.raises(dml.errors.UnknownModel):
        _ = task.progress


def test_the_audit_tells_what_tasks_hold(session, model):
    task = opened(model, items=images(4), answers_per_item=1)
    annotate(task, "bob")
    bob = session.account("bob").address
    task.validate(dml.validation.manual({(0, bob): 0.5}))
    session.as_("bob").task(task).accept()
    audit = session.conserved()
    (books,) = [t for t in audit.tasks if t.task == task.id]
    assert (str(books.set_aside), str(books.paid), str(books.held)) == (
        "0.8 DML", "0.4 DML", "0.4 DML",
    )  # fmt: skip
    assert "annotation task(s) balance" in audit.summary()
    assert "set aside" in audit._repr_html_() and "0.4 DML" in audit._repr_html_()


def test_an_opened_task_keeps_the_pool_from_closing(model):
    opened(model)
    with pytest.raises(DispatchError.named("Pools", "PoolLocked")):
        model.pool.close()
