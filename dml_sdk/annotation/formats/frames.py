"""Answers as rows: for pandas, and as a data set of Hugging Face's.

Both hold one row for each answer to a question. A value that is no text, number or truth value
(spans, boxes, rankings) is its JSON, so that a column has one type.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from dml_sdk.annotation.asked.answers import Answer
from dml_sdk.annotation.asked.questionnaire import Media, Questionnaire
from dml_sdk.annotation.asked.questions import Choice, Choices, Number, Question, Scale, Text
from dml_sdk.annotation.formats.labelling import Labelling
from dml_sdk.errors import FormatInvalid, MissingExtra

COLUMNS = ("item", "annotator", "question", "value")


def to_rows(labelling: Labelling) -> list[dict[str, Any]]:
    """One row for each answer to a question, in the answers' order."""
    return [
        {"item": answer.item, "annotator": annotator, "question": id, "value": _simple(value)}
        for annotator, answer in labelling.answers
        for id, value in answer.given.items()
    ]


def to_pandas(labelling: Labelling) -> Any:
    """A `pandas.DataFrame` of item, annotator, question and value.

    Raises:
        MissingExtra: pandas is not installed.
    """
    try:
        import pandas
    except ImportError as e:
        raise MissingExtra("pandas", "pandas", "A DataFrame of answers") from e
    return pandas.DataFrame(to_rows(labelling), columns=list(COLUMNS))


def to_hugging_face(labelling: Labelling) -> Any:
    """A `datasets.Dataset`: of each item and annotator the item's parts, and a column a question.

    Numbers stay numbers; what was not answered is None.

    Raises:
        MissingExtra: datasets is not installed.
    """
    try:
        import datasets
    except ImportError as e:
        raise MissingExtra("datasets", "huggingface", "A data set of Hugging Face's") from e
    rows = []
    for annotator, answer in labelling.answers:
        parts: dict[str, Any] = {
            str(kind): _simple(part) for kind, part in labelling.items[answer.item].items()
        }
        asked: dict[str, Any] = {
            _column(question): _simple(answer.given.get(question.id))
            for question in labelling.questionnaire.questions
        }
        head = {"item": answer.item, "annotator": annotator}
        rows.append(head | parts | asked)
    return datasets.Dataset.from_list(rows)


def from_hugging_face(dataset: Any, questionnaire: Questionnaire) -> Labelling:
    """The rows of a `datasets.Dataset`, or of any sequence of dicts, as `to_hugging_face` makes
    them.

    Rows without `item` are an item each, and without `annotator` nobody's in particular.

    Raises:
        FormatInvalid: a row without a part that the questionnaire names, or with an answer that
            does not fit.
    """
    items: dict[int, Mapping[Media, Any]] = {}
    answers: list[tuple[str, Answer]] = []
    for at, row in enumerate(dataset):
        try:
            item = int(row.get("item", at))
            items[item] = {kind: _part(kind, row[kind]) for kind in questionnaire.media}
        except (KeyError, TypeError, ValueError, AttributeError) as e:
            raise FormatInvalid(f"Row {at} lacks a part of the item: {e!r}.") from e
        given = {
            question.id: _value(question, row[_column(question)], at)
            for question in questionnaire.questions
            if row.get(_column(question)) is not None
        }
        if given:
            answers.append((str(row.get("annotator", "unknown")), Answer(item, given)))
    if sorted(items) != list(range(len(items))):
        raise FormatInvalid(f"The rows' items are not numbered from 0 to {len(items) - 1}.")
    parts = tuple(items[item] for item in sorted(items))
    return Labelling(questionnaire, parts, tuple(answers))


def _column(question: Question) -> str:
    return f"answer.{question.id}"


def _simple(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def _part(kind: Media, told: Any) -> Any:
    return json.loads(told) if kind == "table" and isinstance(told, str) else told


def _value(question: Question, told: Any, row: int) -> Any:
    if isinstance(question, Choice | Scale | Number | Text) or not isinstance(told, str):
        return list(told) if isinstance(question, Choices) else told
    try:
        return json.loads(told) if told[:1] in "[{" else told
    except ValueError as e:
        raise FormatInvalid(f"Row {row}: the answer to {question.id} is no JSON: {e}.") from e
