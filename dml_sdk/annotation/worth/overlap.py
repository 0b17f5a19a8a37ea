"""How much two shapes, spans or boxes have in common: intersection over union, 0 to 1."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from dml_sdk.annotation.worth.votes import Floats


def box_iou(first: Mapping[str, float], second: Mapping[str, float]) -> float:
    """Of two upright boxes, each x, y, width and height."""
    width = _shared(first["x"], first["width"], second["x"], second["width"])
    height = _shared(first["y"], first["height"], second["y"], second["height"])
    both = width * height
    union = first["width"] * first["height"] + second["width"] * second["height"] - both
    return both / union if union > 0 else 0.0


def interval_iou(first: Mapping[str, float], second: Mapping[str, float]) -> float:
    """Of two spans or regions, each start and end."""
    both = _shared(
        first["start"], first["end"] - first["start"],
        second["start"], second["end"] - second["start"],
    )  # fmt: skip
    union = first["end"] - first["start"] + second["end"] - second["start"] - both
    return both / union if union > 0 else 0.0


def polygon_iou(first: Sequence[Sequence[float]], second: Sequence[Sequence[float]]) -> float:
    """Of two outlines, each a list of corners; what lies inside is by the even-odd rule.

    Exact: between two neighbouring corners or crossings, from left to right, every edge is straight
    and none crosses another, so that what a vertical line shares with both grows evenly.
    """
    a, b = _edges(first), _edges(second)
    cuts = _cuts(np.concatenate([a, b]))
    both = union = 0.0
    for left, right in pairwise(cuts):
        middle = (left + right) / 2
        one, other = _inside(a, middle), _inside(b, middle)
        shared = _shared_length(one, other)
        both += shared * (right - left)
        union += (_length(one) + _length(other) - shared) * (right - left)
    return both / union if union > 0 else 0.0


def point_closeness(
    first: Mapping[str, float], second: Mapping[str, float], reach: float = 0.05
) -> float:
    """1 for the same place, 0 from `reach` on, which is a part of the image's width and height."""
    apart = float(np.hypot(first["x"] - second["x"], first["y"] - second["y"]))
    return max(0.0, 1.0 - apart / reach)


def matched(likeness: Floats) -> float:
    """How alike two lists of parts are: each part of one is matched with one of the other at most,
    the likest first, and the likeness of the matches is shared by the longer list.

    Args:
        likeness: 0 to 1, float64 [one's parts, other's parts].
    """
    most = max(likeness.shape)
    if not likeness.size:
        return 1.0 if most == 0 else 0.0
    left, total = likeness.copy(), 0.0
    for _ in range(min(left.shape)):
        row, column = np.unravel_index(left.argmax(), left.shape)
        if left[row, column] <= 0:
            break
        total += float(left[row, column])
        left[row, :] = left[:, column] = 0.0
    return total / most


def _shared(start: float, length: float, other: float, other_length: float) -> float:
    return max(0.0, min(start + length, other + other_length) - max(start, other))


def _edges(corners: Sequence[Sequence[float]]) -> Floats:
    """x and y of both ends of each edge, float64 [n, 4]."""
    points = np.asarray(corners, dtype=np.float64)
    return np.hstack([points, np.roll(points, -1, axis=0)])


def _cuts(edges: Floats) -> Floats:
    """Where a corner is, or two edges cross, from left to right."""
    x, y, dx, dy = edges[:, 0], edges[:, 1], edges[:, 2] - edges[:, 0], edges[:, 3] - edges[:, 1]
    crossings: list[Any] = []
    for at in range(len(edges) - 1):
        turn = dx[at] * dy[at + 1 :] - dy[at] * dx[at + 1 :]
        gap_x, gap_y = x[at + 1 :] - x[at], y[at + 1 :] - y[at]
        with np.errstate(divide="ignore", invalid="ignore"):
            along = (gap_x * dy[at + 1 :] - gap_y * dx[at + 1 :]) / turn
            other = (gap_x * dy[at] - gap_y * dx[at]) / turn
        meets = (along > 0) & (along < 1) & (other > 0) & (other < 1)
        crossings.append(x[at] + along[meets] * dx[at])
    return np.asarray(np.unique(np.concatenate([x, *crossings])))


def _inside(edges: Floats, x: float) -> Floats:
    """The parts of a vertical line inside an outline, float64 [n, 2]; no corner is on the line."""
    crossed = edges[(edges[:, 0] < x) != (edges[:, 2] < x)]
    slope = (crossed[:, 3] - crossed[:, 1]) / (crossed[:, 2] - crossed[:, 0])
    return np.sort(crossed[:, 1] + (x - crossed[:, 0]) * slope).reshape(-1, 2)


def _length(parts: Floats) -> float:
    return float((parts[:, 1] - parts[:, 0]).sum())


def _shared_length(one: Floats, other: Floats) -> float:
    low = np.maximum.outer(one[:, 0], other[:, 0])
    high = np.minimum.outer(one[:, 1], other[:, 1])
    return float(np.maximum(high - low, 0.0).sum())
