"""The rules of answering, whatever somebody presses in whatever order."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

import dml_sdk as dml
from dml_sdk.annotation.asked.answers import check_sheet, decode_sheet
from dml_sdk.annotation.course.journal import Entry
from dml_sdk.annotation.course.worksheet import MOST_UNDONE, Worksheet
from dml_sdk.errors import AnswersInvalid
from tests.annotation.tasks import CATS

ITEMS = range(7, 10)
SIZES = dml.Questionnaire([dml.Number("size", "How large?")])
PLACES = st.integers(0, len(ITEMS) - 1)
VALUES = st.one_of(
    st.sampled_from(["yes", "no", "maybe", 0, 1, 5, 6, None, True, [], {}, "x" * 101]), st.text()
)
STEPS = st.one_of(
    st.tuples(st.just("answer"), PLACES, st.sampled_from(["cat", "mood", "why", "dog"]), VALUES),
    st.tuples(st.just("clear"), PLACES, st.sampled_from(["cat", "mood", "why", "dog"])),
    st.tuples(st.just("skip"), PLACES),
    st.tuples(st.just("flag"), PLACES, st.sampled_from(["", "blurred", "x" * 501])),
    st.tuples(st.just("undo")),
)


def press(worksheet: Worksheet, step: tuple[Any, ...]) -> bool:
    """Whether it was taken; what was not changed nothing."""
    before, refused = worksheet.entries, None
    try:
        getattr(worksheet, step[0])(*step[1:])
    except AnswersInvalid as e:
        refused = e
    if refused is not None:
        assert worksheet.entries == before and refused.faults[0][0].startswith("answers[")
    return refused is None


@given(st.lists(STEPS, max_size=30))
@settings(deadline=None)
def test_what_is_complete_is_taken_and_what_is_not_is_refused(steps):
    worksheet = Worksheet(CATS, (Entry(),) * len(ITEMS))
    for step in steps:
        press(worksheet, step)
    sheet = worksheet.sheet(2, ITEMS)
    try:
        check_sheet(sheet, CATS, 2, ITEMS)
        taken = True
    except AnswersInvalid:
        taken = False
    assert taken == worksheet.complete
    if taken:
        assert decode_sheet(sheet.encode(), CATS, 2, ITEMS) == sheet
    open_ones = [state == "open" for state in worksheet.states]
    assert worksheet.complete == (not any(open_ones))
    assert Worksheet(CATS, worksheet.entries).entries == worksheet.entries, "as from the disk"


def test_ten_changes_can_be_taken_back_and_no_more():
    worksheet = Worksheet(CATS, (Entry(),) * len(ITEMS))
    for number in range(MOST_UNDONE + 2):
        worksheet.answer(0, "why", str(number))
    while worksheet.undo() is not None:
        pass
    assert worksheet.entries[0].given == {"why": "1"}


def test_what_changes_nothing_is_no_change_to_take_back():
    worksheet = Worksheet(CATS, (Entry(),) * len(ITEMS))
    for _ in range(2):
        worksheet.answer(0, "cat", "yes")
        worksheet.flag(1, "blurred")
        worksheet.skip(2)
    worksheet.clear(1, "cat")
    assert [worksheet.undo() for _ in range(4)] == [2, 1, 0, None]
    assert worksheet.entries == (Entry(),) * len(ITEMS)


def test_a_number_that_is_written_otherwise_is_another_answer():
    worksheet = Worksheet(SIZES, (Entry(),))
    worksheet.answer(0, "size", 1)
    worksheet.answer(0, "size", 1.0)
    assert worksheet.undo() == 0 and repr(worksheet.entries[0].given["size"]) == "1"


@given(st.lists(STEPS, max_size=20))
@settings(deadline=None)
def test_an_items_revision_is_another_whenever_something_else_is_said_of_it(steps):
    worksheet = Worksheet(CATS, (Entry(),) * len(ITEMS))
    for step in steps:
        before, revisions = worksheet.entries, worksheet.revisions
        press(worksheet, step)
        worksheet.spent(0, 10)
        pairs = zip(before, worksheet.entries, strict=True)
        changed = [(a.given, a.skipped, a.flag) != (b.given, b.skipped, b.flag) for a, b in pairs]
        told = zip(revisions, worksheet.revisions, strict=True)
        assert [b - a for a, b in told] == changed
    others = worksheet.anew([Entry(flag="of another desk"), *worksheet.entries[1:]])
    assert others.revisions[0] > worksheet.revisions[0] or worksheet.entries[0].flag
    assert others.revisions[1:] == worksheet.revisions[1:]


@given(st.lists(STEPS.filter(lambda step: step[0] != "undo"), max_size=MOST_UNDONE))
@settings(deadline=None)
def test_all_that_was_changed_comes_back_by_undoing_it(steps):
    worksheet = Worksheet(CATS, (Entry(),) * len(ITEMS))
    trial = worksheet.copy()
    for step in steps:
        press(trial, step)
    assert worksheet.entries == (Entry(),) * len(ITEMS), "a copy changes nothing"
    while trial.undo() is not None:
        pass
    assert trial.entries == worksheet.entries
