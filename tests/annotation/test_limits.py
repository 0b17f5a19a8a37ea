"""What is beyond an item, a batch or a document, wherever it comes in."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import dml_sdk as dml
from dml_sdk.annotation.asked.answers import Answer, Sheet
from dml_sdk.annotation.course import policy_document
from dml_sdk.errors import AnswersInvalid, PolicyInvalid, UsageError
from tests.annotation.tasks import DIGITS, desk_of, images, opened
from tests.annotation.test_hostile_tasks import hand_in, opened_by_hand
from tests.annotation.test_recordings import wav

TEXT = "\U0001f4a9Ada met Bob"  # 12 characters, 13 units of UTF-16, 15 bytes
NAMES = dml.Questionnaire([dml.Spans("names", "Who?", labels=["person"])], media=("text",))
BARKS = dml.Questionnaire([dml.Regions("barks", "When?", labels=["bark"])], media=("audio",))


def marked(start: float, end: float, label: str = "person"):
    return [{"label": label, "start": start, "end": end}]


def test_a_span_beyond_the_text_is_refused_at_the_desk_and_when_it_is_handed_in(session, model):
    task = opened(model, questionnaire=NAMES, items=[TEXT, "Ada"], answers_per_item=1)
    desk = desk_of(task, "bob")
    desk.open()
    desk.answer(0, "names", marked(1, 12))
    for index, end in ((0, 13), (1, 4)):
        with pytest.raises(AnswersInvalid, match="beyond the text, which has"):
            desk.answer(index, "names", marked(0, end))
    with pytest.raises(AnswersInvalid, match=r"answers\[1\]\.given\.names: \[0\]: it ends beyond"):
        session.as_("bob").task(task).submit(desk.batch, [marked(1, 12), marked(0, 4)])
    desk.answer(1, "names", marked(0, 3))
    desk.submit()
    ((_, sheet),) = task.sheets()
    assert TEXT[slice(*(sheet.answers[0].given["names"][0][at] for at in ("start", "end")))] == (
        "Ada met Bob"
    )


@pytest.mark.parametrize("end", [13, 10**12, 10**400])
def test_who_reveals_a_span_beyond_the_text_stops_nobody_elses_award(session, model, end):
    task = opened(model, questionnaire=NAMES, items=[TEXT] * 4, answers_per_item=2)
    sheet = Sheet(0, tuple(Answer(item, {"names": marked(1, end)}) for item in range(4)))
    mine = session.as_("charlie").task(task)
    mine.submit(mine.next_batch(), [marked(1, 4)] * 4)
    places = session.chain.get("Annotations", "Batches", task.id, 0)
    assert len(places) == 1
    whose = hand_in(session, task, "bob", sheet.encode())
    mine.reveal()
    assert [who for who, _ in task.sheets()] == [session.account("charlie").address]
    assert "$" in task.unreadable[whose] or "beyond" in task.unreadable[whose]
    assert task.judge(dml.validation.manual({(0, session.account("charlie").address): 1})).scores


def test_a_region_beyond_the_recording_is_refused(model):
    task = opened(model, questionnaire=BARKS, items=[wav(2)], batch_size=1, answers_per_item=1)
    desk = desk_of(task, "bob")
    desk.open()
    desk.answer(0, "barks", marked(0, 2.5, "bark"))  # as a player may have it
    with pytest.raises(AnswersInvalid, match="beyond the recording, which has 2 seconds"):
        desk.answer(0, "barks", marked(0, 4, "bark"))


def test_a_batch_has_a_thousand_items_at_most(model):
    with pytest.raises(UsageError, match="1,000 items at once at most"):
        opened(model, batch_size=1_001)
    assert opened(model, batch_size=1_000).terms.batch_size == 12


def test_answers_come_in_arrays_and_columns_too(session, model):
    task = opened(model, items=images(6), batch_size=2, answers_per_item=1)
    mine = session.as_("bob").task(task)
    for answers in (np.array([1, 2]), pd.Series([3, 4]), [np.int8(5), 6]):
        mine.submit(mine.next_batch(), answers)
    assert [a.given["digit"] for _, s in task.sheets() for a in s.answers] == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize(
    ("sheet", "why"),
    [
        (Sheet(0, None), "list of `Answer`s"),
        (Sheet(0, ({"digit": 1},)), "list of `Answer`s"),
        (Sheet(None, ()), "of batch None, not 0"),
        (Sheet(1, ()), "of batch 1, not 0"),
        (pd.DataFrame({"a": [1, 2], "b": [3, 4]}), "give a list in the items' order"),
    ],
)
def test_what_are_no_answers_is_told_in_a_line(session, model, sheet, why):
    mine = session.as_("bob").task(opened(model))
    with pytest.raises(UsageError, match=why) as refused:
        mine.submit(mine.next_batch(), sheet)
    assert "\n" not in str(refused.value)


def test_what_could_not_be_read_back_is_not_committed_to(session, model):
    task = opened(model, items=images(4), answers_per_item=1)
    mine = session.as_("bob").task(task)
    batch = mine.next_batch()
    for change in ({"ms": 1543.21}, {"flag": None}, {"item": [1]}, {"given": None}, {"ms": "x"}):
        odd = [Answer(**({"item": item, "given": {"digit": 1}} | change)) for item in batch.items]
        with pytest.raises(AnswersInvalid):
            mine.submit(batch, odd)
    assert task.progress.committed == 0
    mine.submit(batch, [Answer(i, {"digit": 1}, np.int64(9), np.False_) for i in batch.items])
    assert not task.unreadable and task.sheets()


@pytest.mark.parametrize(
    "told",
    [b'{"version":1,"policy":{"policy":[],"weight":1}}', b'{"version":1,"policy":{"policy":{}}}',
     b'{"version":1,"policy":{"of":[{"policy":{},"weight":1}]}}', b'{"version":1,"policy":{}}',
     b'{"version":true,"policy":{"policy":"agreement","weight":1}}'],
)  # fmt: skip
def test_a_policys_document_of_other_kinds_is_refused(told):
    with pytest.raises(PolicyInvalid):
        policy_document.decode(told)


def test_a_list_of_items_larger_than_the_chains_count_is_not_read(session, model):
    long = b'{"version":1,"items":[' + b"[]," * 9_999 + b"[]]}"
    task = opened_by_hand(session, model, items=long)
    with pytest.raises(dml.errors.ContentTooLarge):
        task.items()
    assert task.questionnaire() == DIGITS
