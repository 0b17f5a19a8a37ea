from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import jsonschema
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

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
from dml_sdk.errors import QuestionnaireInvalid, UsageError

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
        ([], "$", "an object"),
        (document(version=2), "version", "less than or equal to 1"),
        (document(version=True), "version", "integer"),
        (document(questions=[]), "questions", "at least 1"),
        (document(colour="red"), "colour", "not permitted"),
        (document(media=["scent"]), "media[0]", "'image'"),
        (document(media=["text", "text"]), "media", "twice"),
        (document(title=3), "title", "string"),
    ],
)
def test_a_fault_of_the_whole_is_named_by_its_path(told: Any, path: str, why: str) -> None:
    assert why in faults_of(told)[path]


@pytest.mark.parametrize(
    ("changes", "path", "why"),
    [
        ({"answerType": "telepathy"}, "questions[1].answerType", "'telepathy' is none of"),
        ({"required": "no"}, "questions[1].required", "boolean"),
        ({"questionText": " \u200b "}, "questions[1].questionText", "can be seen"),
        ({"questionId": "a b"}, "questions[1].questionId", "pattern"),
        ({"questionId": "__proto__"}, "questions[1].questionId", "pattern"),
        ({"questionId": "a\n"}, "questions[1].questionId", "pattern"),
        ({"questionId": "a"}, "questions[1].questionId", "twice"),
        ({"answerPoints": 1.5}, "questions[1].answerPoints", "integer"),
        ({"answerPoints": -1}, "questions[1].answerPoints", "greater"),
        ({"longest": 10**9}, "questions[1].longest", "less"),
        ({"script": "x"}, "questions[1].script", "not permitted"),
        ({"answerType": "single_choice"}, "questions[1].options", "required"),
        (
            {"answerType": "single_choice", "options": [{"value": "x"}]},
            "questions[1].options", "at least 2",
        ),
        ({"answerType": "single_choice", "options": [1, "1"]}, "questions[1].options",
         "'1' is there"),
        ({"answerType": "single_choice", "options": ["yes", "y\u200bes"]}, "questions[1].options",
         "looks as another"),
        ({"answerType": "single_choice", "options": ["\u200b", "\t"]}, "questions[1].options",
         "cannot be seen"),
        ({"answerType": "ranking", "options": [{"value": 1, "label": "a"},
                                               {"value": 2, "label": "a"}]},
         "questions[1].options", "looks as another"),
        ({"answerType": "single_choice", "options": ["x", [3]]}, "questions[1].options[1]",
         "give an option"),
        ({"answerType": "single_choice", "options": ["x", {"value": 1.5}]},
         "questions[1].options[1].value", "text or a whole number"),
        ({"answerType": "single_choice", "options": ["x", "y" * 257]},
         "questions[1].options[1].value", "at most 256 characters"),
        ({"answerType": "single_choice", "options": [1, 2**53]}, "questions[1].options[1].value",
         "less than or equal"),
        ({"answerType": "scale", "least": 5, "most": 5}, "questions[1].most", "scale from 5"),
        ({"answerType": "scale", "least": 9}, "questions[1].most", "scale from 9 to 5"),
        ({"answerType": "number", "least": 2, "most": 1}, "questions[1].most", "no number"),
        ({"answerType": "number", "least": "1"}, "questions[1].least", "number"),
        ({"answerType": "number", "whole": True, "least": 0.2, "most": 0.8}, "questions[1].most",
         "no whole number"),
        ({"answerType": "multiple_choice", "options": ["x", "y"], "least": 3},
         "questions[1].least", "3 at least of 2"),
        ({"answerType": "multiple_choice", "options": ["x", "y"], "least": 2, "most": 1},
         "questions[1].most", "2 at least and 1 at most"),
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


@pytest.mark.parametrize(
    "bytes_",
    [b"", b"{", b"\xff", b"[" * 100_000, b'{"version": NaN}', b'{"title": "a", "title": "b"}',
     '{"title": ""}'.encode("utf-16")],
)  # fmt: skip
def test_what_is_no_json_is_refused(bytes_: bytes) -> None:
    with pytest.raises(QuestionnaireInvalid, match="no JSON"):
        Questionnaire.decode(bytes_)


@pytest.mark.parametrize(
    ("short", "path"),
    [
        ({"questionId": "b", "text": "B?", "answerType": "text"}, "questions[1].text"),
        ({"id": "b", "questionText": "B?", "answerType": "text"}, "questions[1].id"),
        ({"questionId": "b", "questionText": "B?", "type": "text"}, "questions[1].type"),
        ({"questionId": "b", "questionText": "B?", "answerType": "single_choice",
          "options": [{"value": "x"}, "y"]}, "questions[1].options[1]"),
    ],
)  # fmt: skip
def test_the_short_forms_that_python_takes_are_of_no_document(
    short: dict[str, Any], path: str
) -> None:
    first = {"questionId": "a", "questionText": "A?", "answerType": "text"}
    assert list(faults_of({"version": 1, "questions": [first, short]})) == [path]


BEYOND_A_SCHEMA = (
    "is there twice",  # an id; a value of an option
    "looks as another", "can(not)? be seen",
    "before this one", "no fixed answers", "is no answer to", "needs .* media has",
    "cannot be chosen", "a scale from", "there is no (whole )?number",
)  # fmt: skip
"""What `Questionnaire.decode` refuses and no JSON Schema can: what fits together."""

WORDS = ["", " ", "a", "kind", "why", "no", "1", "text", "number", "image", "questionId", "id"]
LEAVES = (
    st.none() | st.booleans() | st.integers(-3, 1_100) | st.text(max_size=3)
    | st.sampled_from([0.5, 2.0, 2**53, -(2**60), 1.5e9]) | st.sampled_from(WORDS)
)  # fmt: skip
JSON = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS), inner),
    max_leaves=6,
)


@st.composite
def documents(draw: st.DrawFn) -> Any:
    """Documents by the schema, and then changed in up to three places."""
    told = json.loads(EVERYTHING.encode())
    told["questions"] = draw(st.lists(st.sampled_from(told["questions"]), min_size=1, max_size=4))
    told = json.loads(json.dumps(told))  # each question another object
    for _ in range(draw(st.integers(0, 3))):
        places = list(places_of(told))
        inside, key = draw(st.sampled_from(places)) if places else (None, None)
        if inside is None:
            return draw(JSON)
        change = draw(st.sampled_from(["put", "drop", "add", "rename"]))
        if change == "drop":
            del inside[key]
        elif change == "add" and isinstance(inside, dict):
            inside[draw(st.sampled_from(sorted(FIELDS)))] = draw(JSON)
        elif change == "rename" and isinstance(inside, dict):
            inside[draw(st.sampled_from(sorted(FIELDS)))] = inside.pop(key)
        else:
            inside[key] = draw(JSON)
    return told


FIELDS = {name for question in json.loads(EVERYTHING.encode())["questions"] for name in question}
FIELDS |= {"id", "text", "type", "points", "help", "value", "label", "title", "version", "media"}


def places_of(told: Any) -> Iterator[tuple[Any, Any]]:
    """Every value in a document, as what it is in and its key there."""
    if not isinstance(told, dict | list):
        return
    for key, value in list(told.items() if isinstance(told, dict) else enumerate(told)):
        yield told, key
        yield from places_of(value)


@settings(deadline=None, max_examples=600, suppress_health_check=[HealthCheck.too_slow])
@given(documents())
def test_what_the_schema_refuses_is_refused_and_what_it_takes_is_taken(told: Any) -> None:
    faults: list[tuple[str, str]] = []
    try:
        Questionnaire.decode(json.dumps(told).encode())
    except QuestionnaireInvalid as e:
        faults = list(e.faults)
    if CHECKER.is_valid(told):
        assert [why for _, why in faults if not re.search("|".join(BEYOND_A_SCHEMA), why)] == []
    else:
        assert faults, [e.message for e in CHECKER.iter_errors(told)]


CHECKER = jsonschema.Draft202012Validator(Questionnaire.json_schema())


def test_nothing_is_made_to_fit_in_python_either() -> None:
    for fields in ({"most": "5"}, {"least": True}, {"whole": 1}, {"required": "yes"}):
        with pytest.raises(QuestionnaireInvalid):
            Number("a", "A?", **fields)
    with pytest.raises(QuestionnaireInvalid, match="give a list of options"):
        Choice("a", "A?", options=b"ab")
    with pytest.raises(QuestionnaireInvalid, match="give a list of options"):
        Choice("a", "A?", options={"yes": "no"})
    for media in ("image", 7, None):
        with pytest.raises(QuestionnaireInvalid, match=r'media: give a list, such as \["image"\]'):
            Questionnaire([Text("a", "A?")], media=media)
    with pytest.raises(QuestionnaireInvalid, match=r"when\.equals: give a list"):
        Text("a", "A?", when={"question": "b", "equals": "yes"})
    for questions in (5, None, "ab"):
        with pytest.raises(QuestionnaireInvalid, match="questions"):
            Questionnaire(questions)
    with pytest.raises(UsageError, match="bytes"):
        Questionnaire.decode(None)


def test_numpys_numbers_and_truth_values_are_taken_as_pythons() -> None:
    one, two, yes = np.int64(1), np.uint8(2), np.bool_(True)
    assert Scale("a", "A?", least=one, most=np.int32(5), points=two, required=yes) == Scale(
        "a", "A?", least=1, most=5, points=2, required=True
    )
    assert Number("a", "A?", least=np.float32(0.5), most=one, whole=~yes) == Number(
        "a", "A?", least=0.5, most=1.0, whole=False
    )
    assert Choices("a", "A?", options=[{"value": one}, two], most=two).options[0].value == 1
    given = Text("a", "A?", longest=np.int16(9), when={"question": "b", "equals": [one, yes]})
    assert given.when == Condition(question="b", equals=[1, True])
    assert type(given.when.equals[0]) is int and given.when.equals[1] is True
    for fields in ({"least": np.float64(1)}, {"points": yes}, {"required": one}):
        with pytest.raises(QuestionnaireInvalid):
            Scale("a", "A?", **fields)


def test_options_are_what_a_column_holds() -> None:
    for options in (np.arange(3), list(np.arange(3)), range(3), iter(range(3))):
        assert Choice("a", "A?", options=options) == Choice("a", "A?", options=[0, 1, 2])
    assert Choice("a", "A?", options=np.array(["x", "y"])).options[1].value == "y"


def test_what_a_person_can_tell_apart_are_several_options() -> None:
    flags = ["\U0001f468\u200d\U0001f469", "\U0001f468\U0001f469", "a", "\u0430"]  # one is Cyrillic
    assert [o.shown for o in Choice("a", "A?", options=flags).options] == flags


def test_a_document_that_is_too_large_is_not_even_read() -> None:
    with pytest.raises(QuestionnaireInvalid, match="are the most"):
        Questionnaire.decode(b" " * (LARGEST + 1))
