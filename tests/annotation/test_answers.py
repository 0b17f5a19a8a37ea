from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dml_sdk.annotation.asked.answers import (
    LARGEST,
    Answer,
    Sheet,
    asked_of,
    check_sheet,
    decode_sheet,
    load_sheet,
)  # fmt: skip
from dml_sdk.annotation.asked.media import Part
from dml_sdk.annotation.asked.questionnaire import Questionnaire
from dml_sdk.annotation.asked.questions import Choice, Condition, Spans, Text
from dml_sdk.annotation.asked.values import fault_of
from dml_sdk.errors import AnswersInvalid, ContentTooLarge
from dml_sdk.storage import MemoryStore

from .test_questionnaire import EVERYTHING

DIGITS = Questionnaire(
    [
        Choice("digit", "Which digit?", options=range(10)),
        Text("why", "Why is it a three?", when=Condition(question="digit", equals=(3,))),
    ]
)
ITEMS = range(20, 22)


def sheet(*given: Any, batch: int = 10) -> Sheet:
    return Sheet(batch, tuple(Answer(20 + at, g) for at, g in enumerate(given)))


def faults_of(told: Sheet | bytes) -> dict[str, str]:
    check = decode_sheet if isinstance(told, bytes) else check_sheet
    with pytest.raises(AnswersInvalid) as e:
        check(told, DIGITS, 10, ITEMS)
    return dict(e.value.faults)


def test_a_sheet_comes_back_from_its_document() -> None:
    told = sheet({"digit": 7}, {"digit": 3, "why": "two bows"})
    assert decode_sheet(told.encode(), DIGITS, 10, ITEMS) == told


def test_the_order_of_answers_does_not_change_the_commitment() -> None:
    told = sheet({"digit": 7}, {"digit": 1})
    assert Sheet(10, told.answers[::-1]).sha256 == told.sha256


@pytest.mark.parametrize(
    ("second", "path", "why"),
    [
        ({"digit": 10}, "digit", "none of the options"),
        ({"digit": "7"}, "digit", "none of the options"),
        ({"digit": True}, "digit", "none of the options"),
        ({}, "digit", "required"),
        ({"digit": 3}, "why", "required"),
        ({"digit": 4, "why": "no"}, "why", "condition is not met"),
        ({"digit": 3, "why": " "}, "why", "empty"),
        ({"digit": 3, "why": "x" * 10_001}, "why", "10,000 are the most"),
        ({"digit": 3, "why": "\ud800"}, "why", "characters that are none"),
        ({"digit": 1, "colour": "red"}, "colour", "no such question"),
    ],
)
def test_an_answer_that_does_not_fit_is_named_by_its_path(
    second: dict[str, Any], path: str, why: str
) -> None:
    assert why in faults_of(sheet({"digit": 1}, second))[f"answers[1].given.{path}"]


def test_a_sheet_is_of_its_batch_and_answers_each_of_its_items_once() -> None:
    good = {"digit": 1}
    assert "another batch" in faults_of(sheet(good, good, batch=11))["batch"]
    assert faults_of(sheet(good))["answers"] == "no answer to item 21"
    assert faults_of(sheet())["answers"] == "no answer to item 20, nor to 1 more"
    twice = Sheet(10, (Answer(20, good), Answer(20, good)))
    assert "answered twice" in faults_of(twice)["answers[1].item"]
    stranger = Sheet(10, (Answer(20, good), Answer(99, good)))
    assert "not one of this batch" in faults_of(stranger)["answers[1].item"]


def test_an_item_can_be_skipped_but_not_skipped_and_answered() -> None:
    skipped = Sheet(10, (Answer(20, {"digit": 1}), Answer(21, skipped=True, flag="blurred")))
    check_sheet(skipped, DIGITS, 10, ITEMS)
    both = Sheet(10, (Answer(20, {"digit": 1}), Answer(21, {"digit": 1}, skipped=True)))
    assert "no answers" in faults_of(both)["answers[1].given"]


@pytest.mark.parametrize(
    ("told", "path"),
    [
        (b"{", "$"),
        (b"[]", "$"),
        (b'{"version": 1, "batch": 10, "answers": [], "x": 1}', "$"),
        (b'{"version": 2, "batch": 10, "answers": []}', "version"),
        (b'{"version": 1, "batch": "10", "answers": []}', "batch"),
        (b'{"version": 1, "batch": 10, "answers": [1]}', "answers[0]"),
        (b'{"version": 1, "batch": 10, "answers": [{"item": 1.5, "given": {}}]}',
         "answers[0].item"),
        (b'{"version": 1, "batch": 10, "answers": [{"item": 20, "given": []}]}',
         "answers[0].given"),
        (b'{"version": 1, "batch": 10, "answers": [{"item": 20, "given": {}, "ms": "x"}]}',
         "answers[0].ms"),
        (b'{"version": 1, "batch": 10, "answers": [{"item": 20, "given": {"digit": NaN}}]}', "$"),
        (b'{"version": 1, "batch": 10, "answers": [{}, {}, {}]}', "answers"),
        (b'{"version": 1, "batch": 10, "batch": 9, "answers": []}', "$"),
    ],
)  # fmt: skip
def test_a_document_that_is_no_sheet_is_refused(told: bytes, path: str) -> None:
    assert path in faults_of(told)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
))  # fmt: skip
def test_whatever_is_answered_either_fits_or_is_refused_in_words(value: Any) -> None:
    for question in EVERYTHING.questions:
        why = fault_of(question, value)
        assert why is None or (why and len(why) < 200)


@pytest.mark.parametrize(
    ("question", "good", "bad"),
    [
        ("traits", [["small"], [], ["wild", "small"]], [["small", "small"], ["red"], "small"]),
        ("quality", [1, 5], [0, 6, 2.5, True, "3"]),
        ("age", [0, 30, 2.5], [-1, 31, float("nan"), float("inf"), "3", True, 10**400]),
        ("names", [[{"label": "person", "start": 0, "end": 3}]],
         [[], [{"label": "person", "start": 3, "end": 3}], [{"label": "x", "start": 0, "end": 3}],
          [{"label": ["person"], "start": 0, "end": 3}], [{"label": "person", "start": 0}],
          [{"label": "person", "start": 0, "end": 2**20 + 1}],
          [{"label": "person", "start": 0, "end": 10**400}]]),
        ("where", [[{"label": "animal", "x": 0.5, "y": 0, "width": 0.5, "height": 1}]],
         [[{"label": "animal", "x": 0.6, "y": 0, "width": 0.5, "height": 1}],
          [{"label": "animal", "x": 0, "y": 0, "width": 0, "height": 1}]]),
        ("outline", [[{"label": "animal", "points": [[0, 0], [1, 0], [1, 1]]}]],
         [[{"label": "animal", "points": [[0, 0], [1, 1]]}],
          [{"label": "animal", "points": [[0, 0], [0.5, 0.5], [1, 1]]}],
          [{"label": "animal", "points": [[0, 0], [1, 1], [1, 0.2], [0, 0.7]]}],
          [{"label": "animal", "points": [[0, 0], [2, 0], [1, 1]]}]]),
        ("eyes", [[{"label": "eye", "x": 1, "y": 0}]], [[{"label": "eye", "x": 1.1, "y": 0}]]),
        ("barks", [[{"label": "bark", "start": 0, "end": 1.5}]],
         [[{"label": "bark", "start": 2, "end": 1.5}]]),
        ("order", [[3, 1, 2]], [[3, 1], [3, 3, 1], [1, 2, 4]]),
        ("better", ["first", "second"], ["tie", "third", None, ["first"]]),
    ],
)  # fmt: skip
def test_each_kind_of_question_takes_what_fits_and_nothing_else(
    question: str, good: list[Any], bad: list[Any]
) -> None:
    asked = EVERYTHING.question(question)
    assert asked is not None
    assert [fault_of(asked, value) for value in good] == [None] * len(good)
    assert all(fault_of(asked, value) for value in bad)


def outlines(corners: int, count: int = 1) -> list[dict[str, Any]]:
    """Circles, with that many corners in all."""
    turns = np.linspace(0, 2 * np.pi, corners // count, endpoint=False)
    points = np.stack([np.cos(turns), np.sin(turns)], 1) * 0.4 + 0.5
    return [{"label": "animal", "points": points.tolist()}] * count


def test_an_outline_that_crosses_itself_is_refused_and_told_where() -> None:
    asked = EVERYTHING.question("outline")
    assert asked is not None
    bow = [{"label": "animal", "points": [[0, 0], [1, 1], [1, 0], [0, 1]]}]
    assert fault_of(asked, [*outlines(9), *bow]) == (
        "[1]: the outline crosses itself near [0.5, 0.5]: "
        "draw it without that, or as several outlines"
    )
    touching = [[0, 0], [1, 0], [1, 1], [0.5, 0], [0, 1]]
    assert "crosses itself" in str(fault_of(asked, [{"label": "animal", "points": touching}]))
    tangle = np.random.default_rng(0).random((1_000, 2)).tolist()
    assert "crosses itself" in str(fault_of(asked, [{"label": "animal", "points": tangle}]))


def test_an_answer_has_so_many_corners_in_all() -> None:
    asked = EVERYTHING.question("outline")
    assert asked is not None
    assert fault_of(asked, outlines(10_000, 10)) is None
    assert "10,100 points in all" in str(fault_of(asked, outlines(10_100, 101)))
    assert "3 to 1,000 points" in str(fault_of(asked, outlines(1_001)))


TEXT = Part("text", "text/plain", "b", "0", 12, 5)
AUDIO = Part("audio", "audio/wav", "b", "0", 99, 2.5)


@pytest.mark.parametrize(
    ("question", "parts", "fits", "beyond", "why"),
    [
        ("names", [TEXT], 5, 6, "the text, which has 5 characters"),
        ("names", [replace(TEXT, length=None)], 12, 13, "the text, which has 12 characters"),
        ("barks", [AUDIO], 3.5, 3.6, "the recording, which has 2.5 seconds"),
        ("barks", [AUDIO, replace(AUDIO, kind="video", length=4.0)], 5, 5.1, "has 4 seconds"),
    ],
)
def test_what_lies_beyond_the_item_is_refused(
    question: str, parts: list[Part], fits: float, beyond: float, why: str
) -> None:
    asked = EVERYTHING.question(question)
    assert asked is not None

    def marked(end: float) -> list[dict[str, Any]]:
        label = asked.labels[0].value  # type: ignore[union-attr]  # both have labels
        return [{"label": label, "start": 0, "end": 1}, {"label": label, "start": 0, "end": end}]

    assert fault_of(asked, marked(fits), parts) is None
    assert why in str(fault_of(asked, marked(beyond), parts))
    assert fault_of(asked, marked(beyond)) is None, "of an item that is not known"


def test_a_recording_whose_header_does_not_tell_has_no_known_end() -> None:
    asked = EVERYTHING.question("barks")
    assert asked is not None
    late = [{"label": "bark", "start": 0, "end": 9_999}]
    assert fault_of(asked, late, [AUDIO, replace(AUDIO, length=None)]) is None


def test_a_sheet_is_held_against_its_items() -> None:
    asked = Questionnaire([Spans("names", "Names?", labels=["person"])], media=("text",))
    told = sheet(*({"names": [{"label": "person", "start": 0, "end": end}]} for end in (5, 6)))
    check_sheet(told, asked, 10, ITEMS, [[TEXT], [replace(TEXT, length=6)]])
    with pytest.raises(AnswersInvalid, match="beyond the text") as e:
        decode_sheet(told.encode(), asked, 10, ITEMS, [[TEXT], [TEXT]])
    assert [path for path, _ in e.value.faults] == ["answers[1].given.names"]


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"ms": 1543.21}, "ms"), ({"ms": "x"}, "ms"), ({"skipped": 1}, "skipped"),
        ({"item": True}, "item"), ({"item": [1]}, "item"), ({"flag": None}, "flag"),
        ({"given": None}, "given"), ({"given": [1]}, "given"),
    ],
)  # fmt: skip
def test_what_could_not_be_read_back_is_refused_before_it_is_committed_to(
    change: dict[str, Any], path: str
) -> None:
    good = Answer(20, {"digit": 1}, 1_000)
    odd = replace(Answer(21, {"digit": 1}, 1_000), **change)
    assert f"answers[1].{path}" in faults_of(Sheet(10, (good, odd)))


def test_a_condition_on_a_question_that_is_not_asked_is_not_met() -> None:
    chain = Questionnaire(
        [
            Choice("a", "A?", options=["yes", "no"]),
            Choice("b", "B?", options=["yes", "no"], when=Condition(question="a", equals=("yes",))),
            Text("c", "C?", when=Condition(question="b", equals=("yes",))),
        ]
    )
    assert asked_of({"a": "yes", "b": "yes"}, chain) == {"a", "b", "c"}
    assert asked_of({"a": "no", "b": "yes"}, chain) == {"a"}


def test_a_text_of_a_hundred_megabytes_is_refused_before_it_is_read() -> None:
    huge = b'{"version": 1, "batch": 10, "answers": "' + b"x" * (100 << 20) + b'"}'
    assert "are the most" in faults_of(huge)["$"]
    store = MemoryStore()
    cid = store.put(huge)
    with pytest.raises(ContentTooLarge):
        load_sheet(store, cid, hashlib.sha256(huge).hexdigest(), DIGITS, 10, ITEMS)


def test_a_sheet_with_other_bytes_than_were_committed_to_is_refused() -> None:
    store, told = MemoryStore(), sheet({"digit": 7}, {"digit": 1})
    cid = store.put(told.encode())
    assert load_sheet(store, cid, "0x" + told.sha256, DIGITS, 10, ITEMS) == told
    with pytest.raises(AnswersInvalid, match="committed"):
        load_sheet(store, cid, "00" * 32, DIGITS, 10, ITEMS)
    assert len(json.dumps(told.encode().decode())) < LARGEST
