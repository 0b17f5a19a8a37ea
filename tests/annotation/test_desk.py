"""The desk: where an annotator works."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest

import dml_sdk as dml
from dml_sdk.annotation.course.worksheet import MOST_UNDONE
from dml_sdk.errors import (
    AnswersInvalid,
    NothingToAnnotate,
    UsageError,
)
from tests.annotation.tasks import desk_of, images, opened


def test_an_empty_desk_says_so(session, model):
    desk = desk_of(opened(model), "bob")
    assert not desk.resume() and desk.batch is None and desk.states == () and not desk.complete
    with pytest.raises(UsageError, match="no batch on the desk"):
        desk.answer(0, "digit", 1)


def test_resuming_signs_nothing_and_goes_on_with_what_is_held(session, model, tmp_path):
    desk = desk_of(opened(model), "bob", drafts=tmp_path)
    before = session.chain.block_number
    assert not desk.resume() and session.chain.block_number == before
    assert desk.take_call().name == "Annotations.take" and desk.open().call == "Annotations.take"
    assert desk.open() is None, "it is held"
    with pytest.raises(NothingToAnnotate, match="held already"):
        desk.take_call()


def test_questions_follow_the_answers_they_depend_on(desk):
    asked = [question.id for question in desk.asked(0)]
    assert asked == ["cat", "why"]
    desk.answer(0, "cat", "yes")
    assert [question.id for question in desk.asked(0)] == ["cat", "mood", "why"]
    desk.answer(0, "mood", 4)
    desk.answer(0, "cat", "no")
    assert desk.answers(0) == {"cat": "no"}, "nobody asks for the mood of no cat"
    assert desk.undo() == 0 and desk.answers(0) == {"cat": "yes", "mood": 4}


@pytest.mark.parametrize(
    ("question", "value", "path", "why"),
    [
        ("dog", "yes", "answers[0].given.dog", "no such question"),
        ("mood", 3, "answers[0].given.mood", "condition is not met"),
        ("cat", "maybe", "answers[0].given.cat", "none of the options"),
        ("why", "x" * 101, "answers[0].given.why", "100 are the most"),
        ("why", "x" * 100_000_000, "answers[0].given.why", "100 are the most"),
    ],
)
def test_what_does_not_fit_is_refused_by_its_path(desk, question, value, path, why):
    with pytest.raises(AnswersInvalid) as refused:
        desk.answer(0, question, value)
    assert refused.value.faults[0][0] == path and why in refused.value.faults[0][1]
    assert desk.answers(0) == {} and len(str(refused.value)) < 1_000


def test_items_are_open_answered_skipped_or_flagged(desk):
    desk.answer(0, "cat", "no")
    desk.skip(1)
    desk.flag(2, "all black")
    assert desk.states == ("answered", "skipped", "flagged", "open") and not desk.complete
    assert desk.flagged(2) == "all black"
    desk.answer(1, "cat", "no")
    desk.flag(2, "")
    assert desk.states == ("answered", "answered", "open", "open")
    desk.clear(1, "cat")
    assert desk.states[1] == "open"
    with pytest.raises(AnswersInvalid, match="500 characters"):
        desk.flag(0, "x" * 501)


def test_the_last_ten_changes_are_undone_across_items(desk):
    for number in range(12):
        desk.answer(number % 4, "why", f"change {number}")
    undone = [desk.undo() for _ in range(MOST_UNDONE + 1)]
    assert undone == [3, 2, 1, 0, 3, 2, 1, 0, 3, 2, None]
    assert desk.answers(0) == {"why": "change 0"} and desk.answers(2) == {}


def test_the_same_answer_again_is_no_change_and_a_programs_is_told_as_one(desk):
    desk.answer(0, "cat", "yes")
    seen = desk.revisions
    desk.answer(0, "cat", "yes")
    assert desk.revisions == seen
    desk.answer(0, "cat", "no")
    assert desk.states[0] == "answered" and desk.revisions[0] > seen[0]
    assert (desk.undo(), desk.undo(), desk.undo()) == (0, 0, None)


def test_who_asks_for_a_desk_again_gets_the_same_one(desk, tmp_path):
    assert desk.task.desk(drafts=tmp_path) is desk
    assert desk.task.session.task(desk.task.id).desk(drafts=tmp_path) is desk
    assert desk.task.desk() is not desk
    assert desk_of(desk.task, "bob", drafts=tmp_path) is not desk, "another session"


def test_what_is_given_up_is_forgotten(desk, tmp_path):
    desk.answer(0, "cat", "no")
    assert desk.release().call == "Annotations.release"
    assert desk.batch is None and not list(tmp_path.glob("task-*/batch-*.jsonl"))


def test_an_items_content_is_checked_and_fetched_ahead(session, model):
    task = opened(model)
    desk = desk_of(task, "bob")
    desk.open()
    content, kind = desk.content(0, 0)
    assert kind == "image/png" and content.startswith(b"\x89PNG")
    desk.prefetch(3)
    number = desk.item(1).number
    assert desk.content(1, 0)[0] == task.content(task.items().items[number][0])
    for index, part in ((4, 0), (0, 1), (-1, 0), ("0", 0)):
        with pytest.raises(UsageError):
            desk.content(index, part)


def test_what_is_large_is_fetched_only_when_somebody_looks_at_it(session, model, monkeypatch):
    desk = desk_of(opened(model), "bob")
    desk.open()
    fetched = []
    content = desk.task.documents.content
    monkeypatch.setattr(desk.task.documents, "content", lambda p: fetched.append(p) or content(p))
    monkeypatch.setattr("dml_sdk.annotation.course.contents.MOST_AHEAD", 10)
    desk.prefetch()
    assert desk._contents._fetchers is None, "nothing was begun"
    desk.content(0, 0)
    desk.content(0, 0)
    assert fetched == [desk.item(0).parts[0]]


def test_time_is_counted_to_the_item_that_is_looked_at(desk, monkeypatch):
    now = [time.monotonic()]
    monkeypatch.setattr("dml_sdk.annotation.course.work.monotonic", lambda: now[0])
    desk.go(0)
    now[0] += 2
    desk.answer(0, "cat", "no")
    now[0] += 1
    desk.go(1)
    now[0] += 5
    desk.answer(1, "cat", "no")
    first, second = desk._work.worksheet.entries[:2]
    assert first.ms >= 3_000 and second.ms == 5_000


def test_time_that_whoever_shows_an_item_measured_counts_in_place_of_the_desks(desk, monkeypatch):
    now = [time.monotonic()]
    monkeypatch.setattr("dml_sdk.annotation.course.work.monotonic", lambda: now[0])
    now[0] += 60  # all is heard at once, after a minute
    for place in range(4):
        desk.looked(place, 1_200)
        desk.answer(place, "cat", "no")
    assert [entry.ms for entry in desk._work.worksheet.entries] == [1_200] * 4
    with pytest.raises(UsageError):
        desk.looked(0, -1)


def test_typing_on_and_moving_on_are_one_change_to_take_back(model, monkeypatch):
    boxes = dml.Questionnaire(
        [dml.Boxes("box", "Where?", labels=["cat"], required=False), dml.Text("why", "Why?")]
    )
    now = [100.0]
    monkeypatch.setattr("dml_sdk.annotation.desk.monotonic", lambda: now[0])
    desk = desk_of(opened(model, questionnaire=boxes), "bob")
    desk.open()

    def box(x):
        return {"label": "cat", "x": x, "y": 0.1, "width": 0.1, "height": 0.1}

    def give(question, value, after):
        now[0] += after
        desk.answer(0, question, value)

    give("box", [box(0.1)], 5)
    for step in range(14):
        give("box", [box(0.1 + step / 100)], 0.1)
    give("box", [box(0.2), box(0.5)], 1)
    for text in ("a", "a c", "a cat"):
        give("why", text, 0.5)
    give("why", "a cat, later", 30)
    given = []
    while desk.undo() is not None:
        given.append(dict(desk.answers(0)))
    moved = [box(0.1 + 13 / 100)]
    assert given == [
        {"box": [box(0.2), box(0.5)], "why": "a cat"}, {"box": [box(0.2), box(0.5)]},
        {"box": moved}, {},
    ]  # fmt: skip


def test_who_listens_is_told_of_every_change_and_no_longer_after_stopping(desk):
    told = []
    stop = desk.on_change(lambda: told.append(desk.states[0]))
    desk.answer(0, "cat", "no")
    desk.undo()
    stop()
    desk.answer(0, "cat", "no")
    assert told == ["answered", "open"]
    with pytest.raises(UsageError):
        desk.on_change(None)


def test_a_listener_that_fails_keeps_no_answer_back(desk, caplog):
    desk.on_change(lambda: 1 / 0)
    desk.answer(0, "cat", "no")
    assert desk.answers(0) == {"cat": "no"} and "ZeroDivisionError" in caplog.text


def test_earnings_are_the_chains_word(session, model):
    task = opened(model, items=images(8), answers_per_item=1)
    desk = desk_of(task, "bob")
    desk.open()
    told = desk.earnings
    assert str(told.expected_batch) == "0.8 DML" and told.points_so_far == 0 and not told.waiting
    for place in range(4):
        desk.answer(place, "digit", place)
    assert desk.earnings.points_so_far == 8
    desk.submit()
    assert str(desk.earnings.waiting) == "0.8 DML" and not desk.earnings.expected_batch
    bob = session.account("bob")
    task.validate(dml.validation.manual({(0, bob.address): 0.5, (1, bob.address): 0.5}))
    desk.task.accept()
    assert str(desk.earnings.earned) == "0.4 DML" and not desk.earnings.waiting


def test_the_most_that_a_batch_pays_is_told_while_it_can_be_handed_in(session, model):
    task = opened(model, items=images(6), answers_per_item=1, lease=timedelta(minutes=10))
    told = []
    for name in ("bob", "charlie"):
        desk = desk_of(task, name)
        assert not desk.earnings.expected_batch
        desk.open()
        told.append(str(desk.earnings.expected_batch))
    assert told == ["0.8 DML", "0.4 DML"], "the last batch has what is left of the items"
    session.clock.advance(minutes=10)
    assert not desk.earnings.expected_batch and not desk.earnings.waiting
