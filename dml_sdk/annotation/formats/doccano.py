"""doccano: JSON lines of texts with spans or with classes.

    {"id": 0, "text": "Ada met Bob", "label": [[0, 3, "person"], [8, 11, "person"]]}
    {"id": 1, "text": "well done", "label": ["praise"]}

Places are counted in characters (Unicode code points), as doccano counts them. What else a line
holds is doccano's metadata: here `annotator`, `skipped` and `flag`.

Source: https://doccano.github.io/doccano/tutorial/, its import and export formats.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dml_sdk.annotation.asked.answers import Answer
from dml_sdk.annotation.asked.questionnaire import Questionnaire
from dml_sdk.annotation.asked.questions import Choice, Choices, Spans
from dml_sdk.annotation.formats.labelling import (
    Labelling,
    json_of,
    part_of,
    question_of,
    questionnaire_of,
    text_for_file,
    text_of_file,
)
from dml_sdk.errors import FormatInvalid, UsageError

ANNOTATOR = "doccano"
_LABELS = ("label", "labels", "entities")  # as its kinds of projects call them


def to_doccano(labelling: Labelling, question: str) -> str:
    """JSON lines, one a text and annotator; a text that nobody has answered has one of nobody's.

    Raises:
        UsageError: no such question, or one that is neither of spans nor of choices.
        FormatInvalid: an item without a text, or with half a character.
    """
    question_of(labelling.questionnaire, question, Spans, Choice, Choices)
    lines = []
    for item, parts, answers in labelling.rows():
        head = {"id": item, "text": part_of(parts, "text", item)}
        if not answers:
            lines.append(head | {"label": []})
        for annotator, answer in answers:
            told = head | {"label": _label(answer.given.get(question, [])), "annotator": annotator}
            told |= {"skipped": True} if answer.skipped else {}
            told |= {"flag": answer.flag} if answer.flag else {}
            lines.append(told)
    # Some characters in a text would end a line for some who read it.
    return "".join(f"{text_for_file(_line(told), told['id'])}\n" for told in lines)


def from_doccano(document: str | bytes) -> Labelling:
    """Texts with spans, as a labelling with one question, "spans"; or with classes, "classes".

    Lines with one `id` and text are of one item; without ids, lines of one text. A line without
    labels and annotator is of a text that nobody has answered: doccano does not tell it from one
    that has none.

    Raises:
        FormatInvalid: not that format, relations, or a file with spans and classes both; names the
            line.
        UsageError: nothing is labelled, so that there is nothing to ask.
    """
    lines = [
        _read(json_of(line, f"Line {at}"), at)
        for at, line in enumerate(text_of_file(document).split("\n"), start=1)
        if line.strip()
    ]
    spans = [part for line in lines for part in line.label if not isinstance(part, str)]
    names = [part for line in lines for part in line.label if isinstance(part, str)]
    if bool(spans) == bool(names):
        if not spans:
            raise UsageError("Nothing in the file is labelled: there is nothing to ask.")
        raise FormatInvalid("The file mixes spans and classes: import them one by one.")
    if spans:
        id, labels = "spans", sorted({_span(part, line.at)["label"] for line in lines
                                      for part in line.label})  # fmt: skip
        questionnaire = questionnaire_of(
            Spans, id, "What is named where?", "text", labels=labels, most=1_000, required=False
        )
    else:
        id, options = "classes", sorted(set(names))
        if len(options) < 2:
            raise UsageError(f"All texts are {options[0]!r}: there is nothing to choose.")
        questionnaire = questionnaire_of(
            Choices, id, "Which of these is it?", "text", options=options
        )
    return _labelling(questionnaire, id, lines)


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of the file.

    Attributes:
        at: its number, from 1.
        key: the same for lines that are of one item.
        label: spans or classes.
        annotator: whose; None for a line that nobody has labelled.
    """

    at: int
    key: tuple[Any, str]
    text: str
    label: Sequence[Any]
    annotator: str | None
    skipped: bool
    flag: str


def _read(row: Any, at: int) -> _Line:
    label = None
    if isinstance(row, Mapping):
        named = [row[name] for name in _LABELS if name in row]
        if len(named) > 1:
            raise FormatInvalid(
                f"Line {at} has two of {', '.join(_LABELS)}: import them one by one."
            )
        label = named[0] if named else None
        if row.get("relations"):
            raise FormatInvalid(f"Line {at} relates spans to each other, which no question asks.")
    if not isinstance(label, list) or not isinstance(row.get("text"), str):
        raise FormatInvalid(f"Line {at} holds no text with a list of labels.")
    id, flag = row.get("id"), row.get("flag", "")
    known = id if isinstance(id, int | str) and not isinstance(id, bool) else None
    annotator = row.get("annotator", ANNOTATOR if label else None)
    return _Line(
        at,
        (known, row["text"]),
        row["text"],
        label,
        None if annotator is None else str(annotator),
        row.get("skipped") is True and not label,
        flag if isinstance(flag, str) else "",
    )


def _span(part: Any, at: int) -> dict[str, Any]:
    """A span: [start, end, label], or as an entity that relations may name."""
    try:
        if isinstance(part, Mapping):
            start, end, name = (part[n] for n in ("start_offset", "end_offset", "label"))
        else:
            start, end, name = part
    except (KeyError, TypeError, ValueError) as e:
        raise FormatInvalid(f"Line {at}: a span is [start, end, label].") from e
    return {"label": str(name), "start": start, "end": end}


def _labelling(questionnaire: Questionnaire, id: str, lines: Sequence[_Line]) -> Labelling:
    place: dict[tuple[Any, str], int] = {}
    answers = []
    for line in lines:
        item = place.setdefault(line.key, len(place))
        if line.annotator is None:
            continue
        value = [_span(part, line.at) for part in line.label] if id == "spans" else line.label
        given = {} if line.skipped else {id: list(value)}
        answers.append((line.annotator, Answer(item, given, None, line.skipped, line.flag)))
    return Labelling(questionnaire, tuple({"text": text} for _, text in place), tuple(answers))


def _label(value: Any) -> list[Any]:
    parts = value if isinstance(value, list | tuple) else [value]
    return [
        [p["start"], p["end"], str(p["label"])] if isinstance(p, dict) else str(p) for p in parts
    ]


def _line(told: Mapping[str, Any]) -> str:
    text = json.dumps(told, ensure_ascii=False)
    return "".join(f"\\u{ord(c):04x}" if c in "\x85\u2028\u2029" else c for c in text)
