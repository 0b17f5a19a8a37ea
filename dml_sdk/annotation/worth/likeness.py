"""How alike two answers to a question are, 0 to 1, for every kind of question."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
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
from dml_sdk.annotation.worth.overlap import (
    box_iou,
    interval_iou,
    matched,
    point_closeness,
    polygon_iou,
)  # fmt: skip


def likeness(question: Question, first: Value, second: Value) -> float:
    """How alike two answers are that both fit the question: 1 the same, 0 nothing in common.

    Choices and preferences are the same or not; of several choices it is Jaccard's index; numbers
    by their distance as a part of the range, or of the larger; text by its words (F1 of the
    multisets); rankings by Kendall's tau, opposite and unrelated both 0; parts of items by
    intersection over union of the best matches with the same label.
    """
    return _RULES[type(question)](question, first, second)


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


def _parts(alike: Callable[[Any, Any], float]) -> Callable[[Any, Value, Value], float]:
    """A rule for lists of labelled parts."""

    def rule(question: Any, first: Value, second: Value) -> float:
        table = np.zeros((len(first), len(second)))
        for row, one in enumerate(first):
            for column, other in enumerate(second):
                if one["label"] == other["label"]:
                    table[row, column] = alike(one, other)
        return matched(table)

    return rule


_RULES: Mapping[type[Asked], Callable[[Any, Value, Value], float]] = {
    Choice: _same,
    Preference: _same,
    Choices: _jaccard,
    Scale: _scale,
    Number: _number,
    Text: _text,
    Ranking: _ranking,
    Spans: _parts(interval_iou),
    Regions: _parts(interval_iou),
    Boxes: _parts(box_iou),
    Polygons: _parts(lambda a, b: polygon_iou(a["points"], b["points"])),
    Points: _parts(point_closeness),
}
