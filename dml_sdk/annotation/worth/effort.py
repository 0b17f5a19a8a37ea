"""How much work comparing answers may be, and the short way where it would be more.

What strangers hand in may hold thousands of parts, whose comparison grows with the square of them.
A task as a whole has so much effort to spend, and some more for each pair of answers, which is
plenty for what people draw. Beyond it the largest pairs are compared roughly, all those of a size
alike: neither the order of the items nor anybody's name decides which.

Roughly is: outlines by their label and bounds, which no number of corners makes more work; where
parts are too many for each to be held against each, by their label and the field of a grid that
their middle lies in; texts by how they begin. That is less than the parts have in common in truth,
or more; chance is counted in the same way, so answers of any kind are worth nothing there. Who is
careful loses little by bounds, and more by the grid, whose fields have edges.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from dml_sdk.annotation.asked.questions import (
    Asked,
    Boxes,
    Points,
    Polygons,
    Question,
    Regions,
    Spans,
    Text,
)  # fmt: skip
from dml_sdk.annotation.asked.values import Value
from dml_sdk.annotation.worth.overlap import Part, box_iou, matched, same_label
from dml_sdk.annotation.worth.votes import Floats

MOST_EFFORT = 1_000_000_000.0
"""That comparing all answers of a task may be, in steps of some nanoseconds."""
_EFFORT_EACH = 750_000.0  # and so many more for each pair: that of 120 boxes, or of 300 corners
_STEPS_A_MATCH = 50
_STEPS_A_CHARACTER = 20
_STEPS_A_CORNER = 1_000
_FIELDS = 20  # of the grid, on each side
_LINE = 1_000  # fields of a text or a recording
_BEGINNING = 1_000  # characters


def effort(first: Value, second: Value) -> float:
    """About how much work it is to compare two answers, in steps."""
    return float(efforts([first, second])[0])


def efforts(answers: Sequence[Value]) -> Floats:
    """The same of each two of them, float64 [n (n - 1) / 2]."""
    parts, corners, characters = np.array([_size(answer) for answer in answers], dtype=np.float64).T
    table = (
        _STEPS_A_MATCH * np.outer(parts, parts)
        + np.outer(corners, corners)
        + _STEPS_A_CORNER * np.add.outer(corners, corners)
        + _STEPS_A_CHARACTER * np.add.outer(characters, characters)
    )
    return np.asarray(1.0 + table[np.triu_indices(len(answers), 1)])


def reach(pairs: Floats, elsewhere: int, questions: int = 1) -> float:
    """The effort below which two answers are compared part by part.

    Args:
        pairs: that of each two answers to the same item.
        elsewhere: how many pairs of other items are compared beside them, about alike in size.
        questions: how many of a task share what there is.
    """
    most = MOST_EFFORT / questions + _EFFORT_EACH * (len(pairs) + elsewhere)
    ordered = np.sort(pairs)
    spent = np.cumsum(ordered) * (1 + elsewhere / max(len(pairs), 1))
    fit = int(np.searchsorted(spent, most, side="right"))
    return float(ordered[fit]) if fit < len(ordered) else np.inf


def may_be_large(question: Question) -> bool:
    """Whether answers to it can be much work to compare."""
    return type(question) in _RULES


def roughly(question: Question, first: Value, second: Value) -> float:
    """How alike two answers are at a glance, 0-1; of questions that `may_be_large`."""
    return _RULES[type(question)](first, second)


def _size(value: Value) -> tuple[int, int, int]:
    """How many parts an answer has, how many corners these have, and how many characters."""
    if isinstance(value, str):
        return 1, 0, len(value)
    if not isinstance(value, list | tuple):
        return 1, 0, 0
    return len(value), sum(len(p.get("points", ())) for p in value if isinstance(p, dict)), 0


def _parts(place: Callable[[Any], tuple[float, ...]]) -> Callable[[Value, Value], float]:
    """A rule for lists of labelled parts.

    Args:
        place: the field of the grid that a part's middle lies in.
    """

    def rule(first: Value, second: Value) -> float:
        one, other = (Counter((part["label"], place(part)) for part in v) for v in (first, second))
        most = max(one.total(), other.total())
        return (one & other).total() / most if most else 1.0

    return rule


def _of_box(part: Any) -> tuple[float, ...]:
    middle = part["x"] + part["width"] / 2, part["y"] + part["height"] / 2
    return tuple(at * _FIELDS // 1 for at in middle)


def _of_point(part: Any) -> tuple[float, ...]:
    return part["x"] * _FIELDS // 1, part["y"] * _FIELDS // 1


def _bounds(outline: Part) -> Part:
    """The upright box about an outline, whose middle stays where it is however the corners are
    spread."""
    across, down = zip(*outline["points"], strict=True)
    x, y = min(across), min(down)
    about = {"x": x, "y": y, "width": max(across) - x, "height": max(down) - y}
    return {"label": outline["label"], **about}


def _outlines(first: Value, second: Value) -> float:
    one, other = ([_bounds(part) for part in parts] for parts in (first, second))
    if _STEPS_A_MATCH * len(one) * len(other) > _EFFORT_EACH:
        return _parts(_of_box)(one, other)
    return matched(np.where(same_label(one, other), box_iou(one, other), 0.0))


def _lines(first: Value, second: Value) -> float:
    longest = max((part["end"] for parts in (first, second) for part in parts), default=1)
    field = max(float(longest) / _LINE, 1e-9)
    return _parts(lambda part: ((part["start"] + part["end"]) / 2 // field,))(first, second)


def _texts(first: Value, second: Value) -> float:
    one, other = (Counter(text[:_BEGINNING].casefold().split()) for text in (first, second))
    words = one.total() + other.total()
    return 2 * (one & other).total() / words if words else 1.0


_RULES: Mapping[type[Asked], Callable[[Value, Value], float]] = {
    Boxes: _parts(_of_box),
    Points: _parts(_of_point),
    Polygons: _outlines,
    Regions: _lines,
    Spans: _lines,
    Text: _texts,
}
