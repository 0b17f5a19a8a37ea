"""doccano: JSON lines of texts with spans or with classes.

    {"text": "Ada met Bob", "label": [[0, 3, "person"], [8, 11, "person"]]}
    {"text": "well done", "label": ["praise"]}

Source: https://doccano.github.io/doccano/tutorial/, its import and export formats.
"""

from __future__ import annotations

import json
from typing import Any

from dml_sdk.annotation.asked.answers import Answer
from dml_sdk.annotation.asked.questionnaire import Questionnaire
from dml_sdk.annotation.asked.questions import Choice, Choices, Spans
from dml_sdk.annotation.formats.labelling import LARGEST, Labelling, json_of, question_of
from dml_sdk.errors import FormatInvalid, UsageError

ANNOTATOR = "doccano"


def to_doccano(labelling: Labelling, question: str) -> str:
    """JSON lines, one a text and annotator.

    Raises:
        UsageError: no such question, or one that is neither of spans nor of choices.
    """
    question_of(labelling.questionnaire, question, Spans, Choice, Choices)
    lines = []
    for annotator, answer in labelling.answers:
        value = answer.given.get(question, [])
        parts = value if isinstance(value, list | tuple) else [value]
        label = [[p["start"], p["end"], str(p["label"])] if isinstance(p, dict) else str(p)
                 for p in parts]  # fmt: skip
        told = {
            "text": labelling.items[answer.item]["text"],
            "label": label,
            "annotator": annotator,
        }
        lines.append(json.dumps(told, ensure_ascii=False))
    return "".join(f"{line}\n" for line in lines)


def from_doccano(document: str) -> Labelling:
    """Texts with spans, as a labelling with one question, "spans"; or with classes, "classes".

    Raises:
        FormatInvalid: not that format, or a file with spans and classes both; names the line.
        UsageError: nothing is labelled, so that there is nothing to ask.
    """
    if len(document) > LARGEST:
        raise FormatInvalid(f"The file has more than {LARGEST:,} characters: import it in parts.")
    rows: list[tuple[str, list[Any], str]] = []
    for at, line in enumerate(document.splitlines(), start=1):
        if not line.strip():
            continue
        row = json_of(line, f"Line {at}")
        label = row.get("label", row.get("labels")) if isinstance(row, dict) else None
        if not isinstance(label, list) or not isinstance(row.get("text"), str):
            raise FormatInvalid(f"Line {at} holds no text with a list of labels.")
        rows.append((row["text"], label, str(row.get("annotator", ANNOTATOR))))
    spans = [part for _, label, _ in rows for part in label if isinstance(part, list)]
    names = [part for _, label, _ in rows for part in label if isinstance(part, str)]
    if bool(spans) == bool(names):
        if not spans:
            raise UsageError("Nothing in the file is labelled: there is nothing to ask.")
        raise FormatInvalid("The file mixes spans and classes: import them one by one.")
    return _spans(rows) if spans else _classes(rows, names)


def _spans(rows: list[tuple[str, list[Any], str]]) -> Labelling:
    answers = []
    labels = set()
    for at, (_, label, annotator) in enumerate(rows):
        try:
            parts = [{"label": str(name), "start": s, "end": e} for s, e, name in label]
        except (TypeError, ValueError) as e:
            raise FormatInvalid(f"Text {at}: a span is [start, end, label]: {e}.") from e
        labels |= {part["label"] for part in parts}
        answers.append((annotator, Answer(at, {"spans": parts})))
    asked = Spans(
        "spans", "What is named where?", labels=sorted(labels), most=1_000, required=False
    )
    return _labelling(Questionnaire([asked], media=("text",)), rows, answers)


def _classes(rows: list[tuple[str, list[Any], str]], names: list[str]) -> Labelling:
    options = sorted(set(names))
    if len(options) < 2:
        raise UsageError(f"All texts are {options[0]!r}: there is nothing to choose.")
    asked = Choices("classes", "Which of these is it?", options=options)
    answers = [(who, Answer(at, {"classes": label})) for at, (_, label, who) in enumerate(rows)]
    return _labelling(Questionnaire([asked], media=("text",)), rows, answers)


def _labelling(
    questionnaire: Questionnaire,
    rows: list[tuple[str, list[Any], str]],
    answers: list[tuple[str, Answer]],
) -> Labelling:
    """The same text from several annotators is one item."""
    place: dict[str, int] = {}
    for text, _, _ in rows:
        place.setdefault(text, len(place))
    told = [(who, Answer(place[rows[answer.item][0]], answer.given)) for who, answer in answers]
    return Labelling(questionnaire, tuple({"text": text} for text in place), tuple(told))
