"""Whether a value answers a question: one rule for each kind of question."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from dml_sdk.annotation.asked.questions import (
    Asked,
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
)  # fmt: skip
from dml_sdk.arguments import shown, whole_of

if TYPE_CHECKING:
    from dml_sdk.annotation.asked.media import Part

Value: TypeAlias = Any
"""An answer's value as JSON has it; `questions` says which kind has which."""

MOST_CORNERS = 1_000  # of an outline
MOST_CORNERS_IN_ALL = 10_000  # of the outlines of one answer
LONGEST_TEXT = 1 << 20  # characters: no text has more, as none has more bytes
LONGEST_RECORDING = 86_400.0  # seconds
_AREA = 1e-9  # of an image, below which a box or an outline holds nothing
_SLACK = 1e-6  # that a box may pass an image's edge by, for what rounding does
_PLACE = re.compile(r"\[(\S+) (\S+)\]")  # as GEOS tells it
_SLACK_SECONDS = 1.0  # that players differ by on where a recording ends


def plain(value: Value, depth: int = 8) -> Value:
    """A value with NumPy's numbers, arrays and tuples as JSON has them; others stay as they are."""
    if depth and isinstance(value, list | tuple):
        return [plain(part, depth - 1) for part in value]
    if depth and isinstance(value, dict):
        return {key: plain(part, depth - 1) for key, part in value.items()}
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    return value


def is_text(value: object) -> bool:
    """Whether it is text that can be written: without halves of characters, or zeros."""
    if not isinstance(value, str):
        return False
    return "\0" not in value and not any("\ud800" <= c <= "\udfff" for c in value)


def fault_of(question: Question, value: Value, parts: Sequence[Part] = ()) -> str | None:
    """What is wrong with a value as an answer to a question; None where it fits.

    Args:
        parts: of the item that is answered, as far as they are known: what lies beyond its text or
            its recording does not fit.
    """
    return _RULES[type(question)](question, value) or _beyond(question, value, parts)


def _choice(question: Choice, value: Value) -> str | None:
    return None if _one_of(value, question) else f"{shown(value)} is none of the options"


def _choices(question: Choices, value: Value) -> str | None:
    if not isinstance(value, list | tuple):
        return f"{shown(value)} is no list of options"
    if not question.least <= len(value) <= min(question.most, len(question.options)):
        return f"{len(value)} options, {question.least} to {question.most} can be chosen"
    return _each_once(question, value)


def _ranking(question: Ranking, value: Value) -> str | None:
    if not isinstance(value, list | tuple) or len(value) != len(question.options):
        return f"{shown(value)} is no list of all {len(question.options)} options"
    return _each_once(question, value)


def _preference(question: Preference, value: Value) -> str | None:
    fits = isinstance(value, str) and value in question.values
    return None if fits else f"{shown(value)} is none of {', '.join(question.values)}"


def _scale(question: Scale, value: Value) -> str | None:
    number = whole_of(value)
    if number is None or not question.least <= number <= question.most:
        return f"{shown(value)} is no whole number from {question.least} to {question.most}"
    return None


def _number(question: Number, value: Value) -> str | None:
    if not _is_number(value) or (question.whole and value != int(value)):
        return f"{shown(value)} is no {'whole ' if question.whole else ''}number"
    if question.least is not None and value < question.least:
        return f"{shown(value)} is below {question.least:g}"
    if question.most is not None and value > question.most:
        return f"{shown(value)} is above {question.most:g}"
    return None


def _text(question: Text, value: Value) -> str | None:
    if not isinstance(value, str):
        return f"{shown(value)} is no text"
    if len(value) > question.longest:
        return f"{len(value):,} characters, {question.longest:,} are the most"
    if question.required and not value.strip():
        return "it is empty"
    if not is_text(value):
        return "it holds characters that are none"
    return None


def _spans(question: Spans, value: Value) -> str | None:
    def fault(span: Mapping[str, Any]) -> str | None:
        start, end = whole_of(span["start"]), whole_of(span["end"])
        if start is None or end is None or not 0 <= start < end:
            return "start and end are whole numbers, the end beyond the start"
        if end > LONGEST_TEXT:
            return f"it ends beyond {LONGEST_TEXT:,} characters, and no text has more"
        return None

    return _labelled(question, value, {"start", "end"}, fault)


def _regions(question: Regions, value: Value) -> str | None:
    def fault(region: Mapping[str, Any]) -> str | None:
        start, end = region["start"], region["end"]
        if not (_is_number(start) and _is_number(end) and 0 <= start < end <= LONGEST_RECORDING):
            return "start and end are seconds, the end beyond the start"
        return None

    return _labelled(question, value, {"start", "end"}, fault)


def _boxes(question: Boxes, value: Value) -> str | None:
    def fault(box: Mapping[str, Any]) -> str | None:
        x, y, width, height = box["x"], box["y"], box["width"], box["height"]
        if not (_is_part(x) and _is_part(y) and _is_part(width) and _is_part(height)):
            return "x, y, width and height are parts of the image, 0 to 1"
        if x + width > 1 + _SLACK or y + height > 1 + _SLACK:
            return "it passes the image's edge"
        return "it holds nothing" if width * height < _AREA else None

    return _labelled(question, value, {"x", "y", "width", "height"}, fault)


def _polygons(question: Polygons, value: Value) -> str | None:
    def fault(outline: Mapping[str, Any]) -> str | None:
        corners = outline["points"]
        if not isinstance(corners, list | tuple) or not 3 <= len(corners) <= MOST_CORNERS:
            return f"an outline has 3 to {MOST_CORNERS:,} points"
        if not all(
            isinstance(c, list | tuple) and len(c) == 2 and _is_part(c[0]) and _is_part(c[1])
            for c in corners
        ):
            return "a point is [x, y], parts of the image, 0 to 1"
        return _outline(corners)

    if isinstance(value, list | tuple):
        corners = sum(_length(part.get("points")) for part in value if isinstance(part, dict))
        if corners > MOST_CORNERS_IN_ALL:
            return f"{corners:,} points in all, {MOST_CORNERS_IN_ALL:,} are the most of one answer"
    return _labelled(question, value, {"points"}, fault)


def _points(question: Points, value: Value) -> str | None:
    def fault(point: Mapping[str, Any]) -> str | None:
        fits = _is_part(point["x"]) and _is_part(point["y"])
        return None if fits else "x and y are parts of the image, 0 to 1"

    return _labelled(question, value, {"x", "y"}, fault)


def _beyond(question: Question, value: Value, parts: Sequence[Part]) -> str | None:
    """What of a value that fits its question lies beyond the item: the first of it that does."""
    if isinstance(question, Spans):
        texts = [part for part in parts if part.kind == "text"]
        # A character has one byte or more.
        most = max((p.bytes if p.length is None else p.length for p in texts), default=math.inf)
        what, slack = f"the text, which has {most:,} characters", 0.0
    elif isinstance(question, Regions):
        played = [part.length for part in parts if part.kind in ("audio", "video")]
        known = [length for length in played if length is not None]
        most = max(known) if known and len(known) == len(played) else math.inf
        what, slack = f"the recording, which has {most:g} seconds", _SLACK_SECONDS
    else:
        return None
    for at, part in enumerate(value):
        if part["end"] > most + slack:
            return f"[{at}]: it ends beyond {what}"
    return None


def _labelled(
    question: Spans | Regions | Boxes | Polygons | Points,
    value: Value,
    fields: set[str],
    fault: Callable[[Mapping[str, Any]], str | None],
) -> str | None:
    """What is wrong in a list of labelled parts: the first of them that is."""
    if not isinstance(value, list | tuple):
        return f"{shown(value)} is no list"
    if len(value) > question.most:
        return f"{len(value):,} parts, {question.most:,} are the most"
    if question.required and not value:
        return "it is empty"
    labels = {option.value for option in question.labels}
    for at, part in enumerate(value):
        if not isinstance(part, dict) or set(part) != {"label"} | fields:
            return f"[{at}] holds other than label, {', '.join(sorted(fields))}"
        if not _hashable(part["label"]) or part["label"] not in labels:
            return f"[{at}].label: {shown(part['label'])} is none of the labels"
        if (why := fault(part)) is not None:
            return f"[{at}]: {why}"
    return None


def _each_once(question: Choices | Ranking, value: Value) -> str | None:
    for at, chosen in enumerate(value):
        if not _one_of(chosen, question):
            return f"[{at}]: {shown(chosen)} is none of the options"
    if len({str(chosen) for chosen in value}) < len(value):
        return "an option is there twice"
    return None


def _one_of(value: Value, question: Choice | Choices | Ranking) -> bool:
    return any(type(value) is type(o.value) and value == o.value for o in question.options)


def _hashable(value: Value) -> bool:
    return isinstance(value, int | str) and not isinstance(value, bool)


def _is_number(value: Value) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    # A whole number may have more digits than floating point has room for.
    return math.isfinite(value) if isinstance(value, float) else abs(value) < 2**53


def _is_part(value: Value) -> bool:
    return _is_number(value) and 0 <= value <= 1


def _length(value: Value) -> int:
    return len(value) if isinstance(value, list | tuple) else 0


def _outline(corners: Sequence[Sequence[float]]) -> str | None:
    """What is wrong with an outline: of one that crosses or touches itself, nobody can say what is
    inside."""
    import shapely

    outline = shapely.Polygon(corners)
    if outline.convex_hull.area < _AREA:
        return "it holds nothing"
    if not outline.is_valid:
        where = _PLACE.search(shapely.is_valid_reason(outline))
        near = f" near [{float(where[1]):.3g}, {float(where[2]):.3g}]" if where else ""
        return f"the outline crosses itself{near}: draw it without that, or as several outlines"
    return "it holds nothing" if outline.area < _AREA else None


_RULES: Mapping[type[Asked], Callable[[Any, Value], str | None]] = {
    Choice: _choice,
    Choices: _choices,
    Scale: _scale,
    Number: _number,
    Text: _text,
    Spans: _spans,
    Boxes: _boxes,
    Polygons: _polygons,
    Points: _points,
    Regions: _regions,
    Ranking: _ranking,
    Preference: _preference,
}
