from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest

from dml_sdk.annotation.asked.questionnaire import LARGEST, Questionnaire
from dml_sdk.annotation.asked.questions import (
    Boxes,
    Choice,
    Choices,
    Condition,
    Number,
    Points,
    Polygons,
    Preference,
    Ranking,
    Regions,
    Scale,
    Spans,
    Text,
)  # fmt: skip
from dml_sdk.errors import QuestionnaireInvalid

EVERYTHING = Questionnaire(
    [
        Choice("kind", "What is it?", options=["cat", "dog"], points=2),
        Choices("traits", "What is it like?", options=["small", "wild"], required=False),
        Scale("quality", "How good?", least=1, most=5, least_label="bad"),
        Number("age", "How old?", least=0, most=30, unit="years"),
        Text("why", "Why?", when=Condition(question="kind", equals=("dog",))),
        Spans("names", "Where are names?", labels=["person"]),
        Boxes("where", "Where is it?", labels=["animal"]),
        Polygons("outline", "Its outline?", labels=["animal"]),
        Points("eyes", "Its eyes?", labels=["eye"]),
        Regions("barks", "When does it bark?", labels=["bark"]),
        Ranking("order", "Which is best?", options=[1, 2, 3]),
        Preference("better", "Which is better?", tie=False),
    ],
    media=("image", "text", "audio"),
    title="Animals",
)


def document(**changes: Any) -> dict[str, Any]:
    question = {"questionId": "a", "questionText": "A?", "answerType": "text"}
    return {"version": 1, "questions": [question]} | changes


def faults_of(told: Any) -> dict[str, str]:
    with pytest.raises(QuestionnaireInvalid) as e:
        Questionnaire.decode(json.dumps(told).encode())
    return dict(e.value.faults)


def test_a_questionnaire_of_all_kinds_comes_back_from_its_document() -> None:
    assert Questionnaire.decode(EVERYTHING.encode()) == EVERYTHING
    assert Questionnaire.decode(EVERYTHING.encode()).sha256 == EVERYTHING.sha256


def test_the_document_has_the_names_of_the_schema() -> None:
    first = json.loads(EVERYTHING.encode())["questions"][0]
    assert first["questionId"] == "kind"
    assert first["questionText"] == "What is it?"
    assert first["answerType"] == "single_choice"
    assert first["answerPoints"] == 2


def test_the_json_schema_takes_the_document_and_refuses_what_it_does_not_know() -> None:
    schema = Questionnaire.json_schema()
    checker = jsonschema.Draft202012Validator(schema)
    checker.check_schema(schema)
    checker.validate(json.loads(EVERYTHING.encode()))
    assert not checker.is_valid(document(questions=[]))
    assert not checker.is_valid(document(colour="red"))


def test_points_are_summed_over_the_questions() -> None:
    assert EVERYTHING.points == 2 + 11


@pytest.mark.parametrize(
    ("told", "path", "why"),
    [
        ({}, "questions", "required"),
        ([], "$", "dictionary"),
        (document(version=2), "version", "should be 1"),
        (document(questions=[]), "questions", "at least 1"),
        (document(colour="red"), "colour", "not permitted"),
        (document(media=["scent"]), "media[0]", "'image'"),
        (document(media=["text", "text"]), "media", "twice"),
    ],
)
def test_a_fault_of_the_whole_is_named_by_its_path(told: Any, path: str, why: str) -> None:
    assert why in faults_of(told)[path]


@pytest.mark.parametrize(
    ("changes", "path", "why"),
    [
        ({"answerType": "telepathy"}, "questions[1]", "telepathy"),
        ({"questionId": "a b"}, "questions[1].questionId", "pattern"),
        ({"questionId": "a"}, "questions[1].questionId", "twice"),
        ({"answerPoints": 1.5}, "questions[1].answerPoints", "integer"),
        ({"answerPoints": -1}, "questions[1].answerPoints", "greater"),
        ({"longest": 10**9}, "questions[1].longest", "less"),
        ({"script": "x"}, "questions[1].script", "not permitted"),
        ({"answerType": "single_choice"}, "questions[1].options", "required"),
        (
            {"answerType": "single_choice", "options": ["x"]},
            "questions[1].options", "at least 2",
        ),
        ({"answerType": "single_choice", "options": [1, "1"]}, "questions[1]", "'1' is there"),
        (
            {"answerType": "single_choice", "options": ["x", [3]]},
            "questions[1].options[1]", "Option",
        ),
        ({"answerType": "scale", "least": 5, "most": 5}, "questions[1]", "scale from 5"),
        ({"answerType": "number", "least": 2, "most": 1}, "questions[1]", "no number"),
        ({"answerType": "boxes", "labels": ["x"]}, "questions[1].answerType", "needs image"),
        (
            {"when": {"question": "c", "equals": [1]}},
            "questions[1].when.question", "before this one",
        ),
        (
            {"when": {"question": "a", "equals": [1]}},
            "questions[1].when.question", "no fixed answers",
        ),
    ],
)  # fmt: skip
def test_a_fault_of_a_question_is_named_by_its_path(
    changes: dict[str, Any], path: str, why: str
) -> None:
    first = {"questionId": "a", "questionText": "A?", "answerType": "text"}
    second = {"questionId": "b", "questionText": "B?", "answerType": "text"} | changes
    told = faults_of({"version": 1, "media": ["table"], "questions": [first, second]})
    assert why in told[path]


def test_all_faults_are_told_at_once() -> None:
    bad = {"questionId": "!", "questionText": "", "answerType": "text"}
    told = faults_of({"questions": [bad, {**bad, "longest": 0}]})
    assert list(told) == [
        "questions[0].questionId", "questions[0].questionText", "questions[1].questionId",
        "questions[1].questionText", "questions[1].longest",
    ]  # fmt: skip


def test_a_condition_names_an_answer_that_can_be_given() -> None:
    first = Choice("a", "A?", options=["yes", "no"])
    when = Condition(question="a", equals=("yes", "perhaps"))
    with pytest.raises(QuestionnaireInvalid, match=r"questions\[1\]\.when\.equals\[1\]: 'perhaps'"):
        Questionnaire([first, Text("b", "B?", when=when)])


def test_a_question_made_in_python_is_checked_where_it_is_made() -> None:
    with pytest.raises(QuestionnaireInvalid, match="options"):
        Choice("a", "A?", options=[])
    with pytest.raises(QuestionnaireInvalid, match="questionText"):
        Text("a")


@pytest.mark.parametrize("bytes_", [b"", b"{", b"\xff", b"[" * 100_000])
def test_what_is_no_json_is_refused(bytes_: bytes) -> None:
    with pytest.raises(QuestionnaireInvalid, match="no JSON"):
        Questionnaire.decode(bytes_)


def test_a_document_that_is_too_large_is_not_even_read() -> None:
    with pytest.raises(QuestionnaireInvalid, match="are the most"):
        Questionnaire.decode(b" " * (LARGEST + 1))
