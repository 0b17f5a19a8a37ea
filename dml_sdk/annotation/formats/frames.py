"""Answers as rows: for pandas, and as a data set of Hugging Face's.

pandas has one row for each answer to a question, Hugging Face's one for each item and annotator. A
value that is no text, number or truth value (spans, boxes, rankings) is its JSON, so that a column
has one type.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from dml_sdk.annotation.asked.answers import Answer
from dml_sdk.annotation.asked.questionnaire import Media, Questionnaire
from dml_sdk.annotation.asked.questions import Choice, Choices, Number, Question, Scale, Text
from dml_sdk.annotation.asked.reading import read_json
from dml_sdk.annotation.asked.values import plain
from dml_sdk.annotation.formats.labelling import Labelling, text_for_file
from dml_sdk.arguments import require_mapping, shown, whole_of
from dml_sdk.errors import FormatInvalid, MissingExtra, UsageError

COLUMNS = ("item", "annotator", "question", "value", "ms", "skipped", "flag")
_NOBODY = "unknown"


def to_rows(labelling: Labelling) -> list[dict[str, Any]]:
    """One row for each answer to a question, item by item; one without a question for an item that
    was skipped, or answered with nothing."""
    return [
        {
            "item": item, "annotator": annotator, "question": id, "value": _simple(value),
            "ms": answer.ms, "skipped": answer.skipped, "flag": answer.flag,
        }
        for item, _, answers in labelling.rows()
        for annotator, answer in answers
        for id, value in (answer.given.items() or [(None, None)])
    ]  # fmt: skip


def to_pandas(labelling: Labelling) -> Any:
    """A `pandas.DataFrame` of item, annotator, question, value, ms, skipped and flag.

    Raises:
        MissingExtra: pandas is not installed.
    """
    try:
        import pandas
    except ImportError as e:
        raise MissingExtra("pandas", "pandas", "A DataFrame of answers") from e
    return pandas.DataFrame(to_rows(labelling), columns=list(COLUMNS))


def to_hugging_face(labelling: Labelling) -> Any:
    """A `datasets.Dataset`: of each item and annotator the item's parts, a column "answer.…" for
    each question, and ms, skipped and flag.

    Numbers stay numbers; what was not answered is None. An item that nobody has answered has a row
    of nobody's.

    Raises:
        MissingExtra: datasets is not installed.
        FormatInvalid: a part of an item that has no column's type, or half a character in a text.
    """
    try:
        import datasets
    except ImportError as e:
        raise MissingExtra("datasets", "huggingface", "A data set of Hugging Face's") from e
    rows = []
    for item, parts, answers in labelling.rows():
        told: dict[str, Any] = {str(kind): _shown(part, item) for kind, part in parts.items()}
        said: list[tuple[str | None, Answer]] = [*answers] or [(None, Answer(item))]
        for annotator, answer in said:
            asked: dict[str, Any] = {
                _column(question): _cell(question, answer.given.get(question.id))
                for question in labelling.questionnaire.questions
            }
            ends = {"ms": answer.ms, "skipped": answer.skipped, "flag": answer.flag}
            row = {"item": item, "annotator": annotator} | told | asked | ends
            for cell in row.values():
                if isinstance(cell, str):
                    text_for_file(cell, item)
            rows.append(row)
    return datasets.Dataset.from_list(rows)


def from_hugging_face(
    dataset: Any, questionnaire: Questionnaire, columns: Mapping[str, str] | None = None
) -> Labelling:
    """The rows of a `datasets.Dataset`, or of any sequence of dicts, as `to_hugging_face` makes
    them, or as they are.

    Rows without `item` are an item each, and without `annotator` nobody's in particular. Classes
    are told by their names where the question has these for options. Images and recordings stay the
    bytes that they are.

    Args:
        columns: what a column is called, by the kind of an item's part or by a question's id; by
            default like the kind, and "answer." with the id.

    Raises:
        UsageError: columns that are no names by name.
        FormatInvalid: a row without a part that the questionnaire names, with another part than
            another row of its item, or with an answer that does not fit.
    """
    kinds = dict(zip(questionnaire.part_names, questionnaire.media, strict=True))
    called = {name: name for name in kinds}
    called |= {question.id: _column(question) for question in questionnaire.questions}
    called |= _columns(columns)
    rows, features = _rows(dataset, [called[name] for name in kinds])
    items: dict[int, Mapping[Any, Any]] = {}
    answers: list[tuple[str, Answer]] = []
    for at, row in enumerate(rows):
        if not isinstance(row, Mapping):
            raise FormatInvalid(f"Row {at} is no row: give dicts, or a datasets.Dataset.")
        item = whole_of(row.get("item", at))
        missing = [name for name in kinds if row.get(called[name]) is None]
        if item is None or missing:
            lacks = f"no {', '.join(missing)}" if missing else "no whole number of an item"
            raise FormatInvalid(f"Row {at} has {lacks}. Name its columns with columns=….")
        parts = {name: _part(kind, row[called[name]], at) for name, kind in kinds.items()}
        if items.setdefault(item, parts) != parts:
            raise FormatInvalid(f"Row {at} shows something else for item {item} than another row.")
        given = {
            question.id: value
            for question in questionnaire.questions
            if (value := _value(question, row, called[question.id], features, at)) is not None
        }
        skipped, who = row.get("skipped") is True, row.get("annotator")
        if given or skipped or (who is not None and "annotator" in row):
            ms, flag = row.get("ms"), row.get("flag") or ""
            answers.append((str(who or _NOBODY), Answer(item, given, ms, skipped, flag)))
    if sorted(items) != list(range(len(items))):
        raise FormatInvalid(f"The rows' items are not numbered from 0 to {len(items) - 1}.")
    parts_of_all = tuple(items[item] for item in sorted(items))
    return Labelling(questionnaire, parts_of_all, tuple(answers))


def _columns(told: object) -> Mapping[str, str]:
    columns = require_mapping("columns", {} if told is None else told, "names of columns by name")
    for name, column in columns.items():
        if not (isinstance(name, str) and isinstance(column, str)):
            raise UsageError(
                f"columns={{{shown(name)}: {shown(column)}}}: give names of columns by name."
            )
    return columns


def _rows(dataset: Any, parts: Sequence[str]) -> tuple[Iterable[Any], Mapping[str, Any]]:
    """A data set's rows, whose files are not decoded; and what its columns are."""
    features = getattr(dataset, "features", None)
    if not isinstance(features, Mapping):
        if isinstance(dataset, str | bytes | Mapping) or not isinstance(dataset, Iterable):
            raise FormatInvalid(f"{shown(dataset)} is no data set: give rows, each a dict.")
        return dataset, {}
    for column in parts:
        if getattr(features.get(column), "decode", False):  # an Image, an Audio
            dataset = dataset.cast_column(column, type(features[column])(decode=False))
    return dataset, features


def _column(question: Question) -> str:
    return f"answer.{question.id}"


def _simple(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def _cell(question: Question, value: Any) -> Any:
    """A value for a column; where options are numbers and texts, both as text."""
    if isinstance(question, Choice) and len({type(o.value) for o in question.options}) > 1:
        return None if value is None else str(value)
    return _simple(value)


def _shown(part: Any, item: int) -> Any:
    if part is None or isinstance(part, bytes | str | int | float):
        return part
    try:
        return _simple(part)
    except (TypeError, ValueError) as e:
        told = type(part).__name__
        raise FormatInvalid(f"Item {item}: no column can hold a {told}: give bytes or text.") from e


def _part(kind: Media, told: Any, row: int) -> Any:
    if kind == "table" and isinstance(told, str):
        return _json(told, row, "the table's row")
    if kind in ("image", "audio", "video") and isinstance(told, Mapping):
        return told.get("bytes") or told.get("path")
    return told


def _value(
    question: Question, row: Mapping[str, Any], column: str, features: Mapping[str, Any], at: int
) -> Any:
    """An answer of a row; None where there is none."""
    told = plain(row.get(column))
    if told is None:
        return None
    feature = features.get(column)
    names = getattr(feature, "names", None) or getattr(
        getattr(feature, "feature", None), "names", None
    )
    if isinstance(told, str) and not isinstance(question, Choice | Scale | Number | Text):
        told = _json(told, at, f"the answer to {question.id}") if told[:1] in ("[", "{") else told
    if isinstance(question, Choice):
        return _named(question, told, names)
    if isinstance(question, Choices) and isinstance(told, list | tuple):
        return [_named(question, one, names) for one in told]
    return told


def _named(question: Choice | Choices, told: Any, names: Any) -> Any:
    """The option that is meant: itself, its text, or the class of this number."""
    values = [option.value for option in question.options]
    if names is not None and isinstance(told, int) and not isinstance(told, bool):
        if told < 0:  # of a data set's test part, say
            return None
        if told < len(names) and (names[told] in values or told not in values):
            told = names[told]
    if any(type(told) is type(value) and told == value for value in values):
        return told
    return next((value for value in values if str(value) == told), told)


def _json(told: str, row: int, what: str) -> Any:
    try:
        return read_json(told)
    except (ValueError, RecursionError) as e:
        raise FormatInvalid(f"Row {row}: {what} is no JSON. Export it again.") from e
