"""Answers in words, short enough for a table; texts in them are a stranger's and stay text."""

from __future__ import annotations

from collections import Counter
from typing import Any

from dml_sdk.annotation.asked.questions import (
    Boxes,
    Choice,
    Choices,
    Number,
    Points,
    Polygons,
    Preference,
    Question,
    Ranking,
    Regions,
    Scale,
    Spans,
    Text,
)
from dml_sdk.annotation.asked.values import Value
from dml_sdk.untrusted import visible

LONGEST = 240
_PARTS: dict[type[Any], tuple[str, str]] = {
    Boxes: ("box", "boxes"), Polygons: ("outline", "outlines"), Points: ("point", "points"),
    Spans: ("span", "spans"), Regions: ("region", "regions"),
}  # fmt: skip


def answer_words(question: Question, value: Value | None) -> str:
    """An answer as people read it: an option's label, not its value; of parts how many of what."""
    if value is None:
        return "–"
    return _cut(visible(_words(question, value)))


def option_words(question: Question, value: Value) -> str:
    """An option, a step of a scale or a side, as people read it."""
    if isinstance(question, Choice | Choices | Ranking):
        for option in question.options:
            if option.value == value:
                return _cut(visible(option.shown))
    return _cut(visible(str(value)))


def _words(question: Question, value: Any) -> str:
    match question:
        case Choice() | Scale() | Preference():
            return option_words(question, value)
        case Choices():
            return ", ".join(option_words(question, one) for one in value) or "none of them"
        case Ranking():
            return " > ".join(option_words(question, one) for one in value)
        case Number():
            return f"{value:g} {question.unit}".rstrip()
        case Text():
            return str(value)
        case _:
            one, many = _PARTS[type(question)]
            labels = Counter(str(part["label"]) for part in value)
            told = ", ".join(f"{n} {label}" for label, n in sorted(labels.items()))
            count = f"{len(value)} {one if len(value) == 1 else many}"
            return f"{count}: {told}" if told else count


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
