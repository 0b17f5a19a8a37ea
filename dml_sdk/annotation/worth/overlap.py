"""How much shapes, spans or boxes have in common: intersection over union, 0 to 1, of each of one
list with each of another.

Areas of outlines are measured by GEOS through shapely. Outlines come from strangers: only those
whose bounds meet are measured, and two lists whose outlines cross more often than people's do have
nothing in common.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from dml_sdk.annotation.worth.votes import Floats, Labels

Bools: TypeAlias = npt.NDArray[np.bool_]
Part: TypeAlias = Mapping[str, Any]

_MOST_MEETINGS = 50_000  # of edges whose bounds meet, and of outlines, in two lists together
_MEETINGS_A_CORNER = 10  # and so many more for each corner that the lists have
_AT_ONCE = 1_000  # edges of one list that are held against all of the other
_PAIRS_AT_ONCE = 4_096  # of parts, the likest first, that are matched at a time


def box_iou(first: Sequence[Part], second: Sequence[Part]) -> Floats:
    """Of upright boxes, each x, y, width and height; float64 [first, second]."""
    one, other = (_columns(boxes, "x", "y", "width", "height") for boxes in (first, second))
    width = _shared(one[0], one[0] + one[2], other[0], other[0] + other[2])
    height = _shared(one[1], one[1] + one[3], other[1], other[1] + other[3])
    return _over_union(width * height, one[2] * one[3], other[2] * other[3])


def interval_iou(first: Sequence[Part], second: Sequence[Part]) -> Floats:
    """Of spans or regions, each start and end; float64 [first, second]."""
    one, other = (_columns(spans, "start", "end") for spans in (first, second))
    return _over_union(_shared(*one, *other), one[1] - one[0], other[1] - other[0])


def polygon_iou(
    first: Sequence[Sequence[Sequence[float]]],
    second: Sequence[Sequence[Sequence[float]]],
    wanted: Bools | None = None,
) -> Floats:
    """Of outlines, each a list of corners; float64 [first, second].

    An outline that crosses itself has no inside and nothing in common with any: answers with one
    are refused before they come here.

    Args:
        wanted: which pairs count; 0 for the others. None for all.
    """
    import shapely  # costs a tenth of a second, and few tasks ask for outlines

    table = np.zeros((len(first), len(second)))
    if not table.size:
        return table
    one, other = (
        np.array([shapely.Polygon(corners) for corners in outlines], dtype=object)
        for outlines in (first, second)
    )
    bounds = shapely.bounds(one), shapely.bounds(other)
    meet = _meet(*bounds) & np.outer(shapely.is_valid(one), shapely.is_valid(other))
    if wanted is not None:
        meet &= wanted
    corners = sum(map(len, first)) + sum(map(len, second))
    meetings = int(meet.sum())
    most = _MOST_MEETINGS + _MEETINGS_A_CORNER * corners
    if meetings > most or meetings + _edges_that_meet(first, second) > most:
        return table
    rows, columns = np.nonzero(meet)
    both = shapely.area(shapely.intersection(one[rows], other[columns]))
    union = shapely.area(one)[rows] + shapely.area(other)[columns] - both
    table[rows, columns] = both / union  # a valid outline has an area
    clipped: Floats = np.clip(table, 0.0, 1.0)
    return clipped


def point_closeness(first: Sequence[Part], second: Sequence[Part], reach: float = 0.05) -> Floats:
    """1 for the same place, 0 from `reach` on, which is a part of the image's width and height;
    float64 [first, second]."""
    one, other = (_columns(points, "x", "y") for points in (first, second))
    apart = np.hypot(np.subtract.outer(one[0], other[0]), np.subtract.outer(one[1], other[1]))
    return np.asarray(np.maximum(0.0, 1.0 - apart / reach))


def same_label(first: Sequence[Part], second: Sequence[Part]) -> Bools:
    """Which parts have the same label, bool [first, second]."""
    number: dict[Any, int] = {}
    one, other = (
        np.array([number.setdefault(part["label"], len(number)) for part in parts], dtype=np.int64)
        for parts in (first, second)
    )
    return np.asarray(np.equal.outer(one, other))


def matched(likeness: Floats) -> float:
    """How alike two lists of parts are: each part of one is matched with one of the other at most,
    the likest first, and the likeness of the matches is shared by the longer list.

    Args:
        likeness: 0 to 1, float64 [one's parts, other's parts].
    """
    most = max(likeness.shape)
    if not likeness.size:
        return 1.0 if most == 0 else 0.0
    rows, columns = np.nonzero(likeness)
    values = likeness[rows, columns]
    order = np.argsort(-values, kind="stable")
    rows, columns, values = rows[order], columns[order], values[order]
    free_row, free_column = (np.ones(n, dtype=bool) for n in likeness.shape)
    total = 0.0
    for at in range(0, len(values), _PAIRS_AT_ONCE):
        part = slice(at, at + _PAIRS_AT_ONCE)
        left = np.flatnonzero(free_row[rows[part]] & free_column[columns[part]]) + at
        while len(left):
            row, column = rows[left], columns[left]
            # Whatever is the likest that is left of its row and of its column is matched.
            best = _firsts(row, len(free_row)) & _firsts(column, len(free_column))
            total += float(values[left[best]].sum())
            free_row[row[best]] = False
            free_column[column[best]] = False
            left = left[free_row[row] & free_column[column]]
        if not free_row.any() or not free_column.any():
            break
    return total / most


def _firsts(numbers: Labels, most: int) -> Bools:
    """Which of the numbers, that are below `most`, are there for the first time."""
    places = np.arange(len(numbers))
    first = np.empty(most, dtype=np.int64)
    first[numbers[::-1]] = places[::-1]  # of equal ones the last that is written stays
    return np.asarray(first[numbers] == places)


def _columns(parts: Sequence[Part], *names: str) -> Floats:
    """What parts hold under each name, float64 [names, parts]."""
    return np.array([[part[name] for part in parts] for name in names], dtype=np.float64)


def _shared(start: Floats, end: Floats, other_start: Floats, other_end: Floats) -> Floats:
    """How long each interval runs beside each other one."""
    ends = np.minimum.outer(end, other_end)
    return np.asarray(np.maximum(0.0, ends - np.maximum.outer(start, other_start)))


def _over_union(both: Floats, one: Floats, other: Floats) -> Floats:
    union = np.add.outer(one, other) - both
    part: Floats = np.divide(both, union, out=np.zeros_like(both), where=union > 0)
    return part


def _meet(one: Floats, other: Floats) -> Bools:
    """Which bounds meet, bool [one, other].

    Args:
        one, other: least x and y, most x and y, float64 [n, 4].
    """
    return np.asarray(
        (one[:, None, 0] <= other[None, :, 2])
        & (other[None, :, 0] <= one[:, None, 2])
        & (one[:, None, 1] <= other[None, :, 3])
        & (other[None, :, 1] <= one[:, None, 3])
    )


def _edges_that_meet(
    first: Sequence[Sequence[Sequence[float]]], second: Sequence[Sequence[Sequence[float]]]
) -> int:
    """How many edges of one list have bounds that meet those of an edge of the other."""
    one, other = _edges(first), _edges(second)
    return sum(
        int(_meet(one[at : at + _AT_ONCE], other).sum()) for at in range(0, len(one), _AT_ONCE)
    )


def _edges(outlines: Sequence[Sequence[Sequence[float]]]) -> Floats:
    """The bounds of all edges, float64 [n, 4]."""
    told = []
    for corners in outlines:
        ends = np.asarray(corners, dtype=np.float64)
        next_ends = np.roll(ends, -1, axis=0)
        told.append(np.hstack([np.minimum(ends, next_ends), np.maximum(ends, next_ends)]))
    return np.concatenate(told)
