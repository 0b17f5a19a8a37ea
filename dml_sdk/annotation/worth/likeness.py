"""How alike two answers to a question are, 0 to 1, for every kind of question."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from itertools import combinations
from typing import Any

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
from dml_sdk.annotation.asked.values import Value
from dml_sdk.annotation.worth.effort import MOST_EFFORT, effort, may_be_large, roughly
from dml_sdk.annotation.worth.overlap import (
    box_iou,
    interval_iou,
    matched,
    point_closeness,
    polygon_iou,
    same_label,
)  # fmt: skip


def likeness(question: Question, first: Value, second: Value) -> float:
    """How alike two answers are that both fit the question: 1 the same, 0 nothing in common.

    Choices and preferences are the same or not; of several choices it is Jaccard's index; numbers
    by their distance as a part of the range, or of the larger; text by its words (F1 of the
    multisets); rankings by Kendall's tau, opposite and unrelated both 0; parts of items by
    intersection over union of the best matches with the same label.
    """
    return _RULES[type(question)](question, first, second)


def compared(question: Question, pairs: Iterable[tuple[Value, Value]]) -> list[float]:
    """How alike answers are, to learn what chance brings about.

    What strangers say may be long: pairs that are too much work, all together, are passed over.
    """
    told: list[float] = []
    left = MOST_EFFORT
    for first, second in pairs:
        needed = effort(first, second) if may_be_large(question) else 1.0
        if needed <= left:
            left -= needed
            told.append(likeness(question, first, second))
    return told


def compared_within(question: Question, first: Value, second: Value, reach: float) -> float:
    """How alike two answers are; roughly where that is more work than is within reach."""
    if reach == math.inf or effort(first, second) < reach:
        return likeness(question, first, second)
    return roughly(question, first, second)


def _same(question: Question, first: Value, second: Value) -> float:
    return float(first == second)


def _jaccard(question: Choices, first: Value, second: Value) -> float:
    one, other = set(first), set(second)
    return len(one & other) / len(one | other) if one | other else 1.0


def _scale(question: Scale, first: Value, second: Value) -> float:
    return 1.0 - abs(int(first) - int(second)) / (question.most - question.least)


def _number(question: Number, first: Value, second: Value) -> float:
    if question.least is not None and question.most is not None:
        reach = question.most - question.least
    else:
        reach = max(abs(first), abs(second))
    return max(0.0, 1.0 - abs(first - second) / reach) if reach else 1.0


def _text(question: Text, first: Value, second: Value) -> float:
    one, other = Counter(first.casefold().split()), Counter(second.casefold().split())
    words = one.total() + other.total()
    return 2 * (one & other).total() / words if words else 1.0


def _ranking(question: Ranking, first: Value, second: Value) -> float:
    place = {value: at for at, value in enumerate(second)}
    pairs = [place[a] < place[b] for a, b in combinations(first, 2)]
    return max(0.0, 2 * sum(pairs) / len(pairs) - 1)


def _parts(alike: Callable[[Any, Any, Any], Any]) -> Callable[[Any, Value, Value], float]:
    """A rule for lists of labelled parts.

    Args:
        alike: how alike each two parts are, [first, second], where they have the same label.
    """

    def rule(question: Any, first: Value, second: Value) -> float:
        if not first or not second:
            return float(len(first) == len(second))
        same = same_label(first, second)
        return matched(np.where(same, alike(first, second, same), 0.0))

    return rule


def _outlines(first: Value, second: Value, wanted: Any) -> Any:
    one, other = ([part["points"] for part in parts] for parts in (first, second))
    return polygon_iou(one, other, wanted)


_RULES: Mapping[type[Asked], Callable[[Any, Value, Value], float]] = {
    Choice: _same,
    Preference: _same,
    Choices: _jaccard,
    Scale: _scale,
    Number: _number,
    Text: _text,
    Ranking: _ranking,
    Spans: _parts(lambda a, b, _: interval_iou(a, b)),
    Regions: _parts(lambda a, b, _: interval_iou(a, b)),
    Boxes: _parts(lambda a, b, _: box_iou(a, b)),
    Polygons: _parts(_outlines),
    Points: _parts(lambda a, b, _: point_closeness(a, b)),
}
