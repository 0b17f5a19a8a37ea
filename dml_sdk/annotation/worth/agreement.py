"""How far annotators agree, beyond what chance alone would bring about.

Kappa and alpha are 1 where everybody agrees always, and 0 where they agree as often as chance has
it. Where nothing but one label occurs there is nothing to agree about: they are not a number (nan).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from dml_sdk.annotation.worth.votes import Floats, Labels
from dml_sdk.arguments import shown
from dml_sdk.errors import UsageError

Weighting = Literal["none", "linear", "quadratic"]
Level = Literal["nominal", "ordinal", "interval", "ratio"]
_BLOCK = 64  # values


def cohen_kappa(
    first: Sequence[object], second: Sequence[object], weighting: Weighting = "none"
) -> float:
    """Two annotators' agreement on the same items.

    Args:
        first, second: their labels, in the items' order.
        weighting: how much nearer labels disagree less; labels are then numbers, in their order.

    Raises:
        UsageError: lengths differ, or no item.

    Source: Cohen, Educational and Psychological Measurement 20 (1960); weighted, Psychological
    Bulletin 70 (1968).
    """
    if len(first) != len(second) or not len(first):
        raise UsageError(f"{len(first)} and {len(second)} labels: give two of each item.")
    labels, numbers = np.unique(np.asarray([*first, *second]), return_inverse=True)
    numbers, classes = numbers.reshape(-1), len(labels)
    table = np.zeros((classes, classes))
    np.add.at(table, (numbers[: len(first)], numbers[len(first) :]), 1.0)
    places = np.arange(classes, dtype=np.float64)
    apart: Floats = np.abs(np.subtract.outer(places, places))
    cost = {"none": (apart > 0).astype(np.float64), "linear": apart, "quadratic": apart**2}
    if weighting not in cost:
        raise UsageError(f"weighting={shown(weighting)}: give one of {', '.join(cost)}.")
    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / table.sum()
    return _one_less((cost[weighting] * table).sum(), (cost[weighting] * expected).sum())


def fleiss_kappa(counts: npt.ArrayLike) -> float:
    """The agreement of as many annotators on every item, who need not be the same.

    Args:
        counts: how often each item was given each label, [items, labels].

    Raises:
        UsageError: items with different numbers of labels, or fewer than two; see
            `krippendorff_alpha`, which takes these.

    Source: Fleiss, Psychological Bulletin 76 (1971).
    """
    table = np.asarray(counts, dtype=np.float64)
    if table.ndim != 2 or not table.size:
        raise UsageError(f"counts has the shape {table.shape}: give [items, labels].")
    each = table.sum(axis=1)
    if each.min() < 2 or each.min() != each.max():
        raise UsageError(
            f"Items have {each.min():g} to {each.max():g} labels: Fleiss' kappa needs the same "
            "number of each, two at least. krippendorff_alpha takes what there is."
        )
    n = each[0]
    observed = ((table**2).sum(axis=1) - n).mean() / (n * (n - 1))
    expected = ((table.sum(axis=0) / table.sum()) ** 2).sum()
    return _one_less(1 - observed, 1 - expected)


def krippendorff_alpha(ratings: npt.ArrayLike, level: Level = "nominal") -> float:
    """The agreement of any number of annotators, each on the items that he has seen.

    Args:
        ratings: numbers, [annotators, items]; nan where somebody has not seen an item. Items that
            fewer than two have seen do not count.
        level: what a number means. "nominal": a label; "ordinal": a place in an order; "interval"
            and "ratio": a quantity, the latter with a zero.

    Raises:
        UsageError: another shape or level.

    Source: Krippendorff, Content Analysis, 3rd edition (2013), chapter 12, by its coincidences.
    """
    table = np.asarray(ratings, dtype=np.float64)
    if table.ndim != 2:
        raise UsageError(f"ratings has the shape {table.shape}: give [annotators, items].")
    present = ~np.isnan(table)
    return alpha_of(np.nonzero(present)[1], table[present], level)


def alpha_of(item: Labels, rating: npt.NDArray[Any], level: Level = "nominal") -> float:
    """`krippendorff_alpha` of ratings that are told one by one.

    Args:
        item, rating: of each rating its item and what it is; int64 and number [n].
    """
    usable = np.bincount(item)[item] >= 2
    item = item[usable]
    values, numbers = np.unique(rating[usable], return_inverse=True)
    numbers = numbers.reshape(-1)
    if len(values) < 2:
        return float("nan")
    counts = np.bincount(numbers).astype(np.float64)
    if level == "nominal":
        observed, expected = _unequal(item, numbers, counts)
    elif level == "ratio":
        observed, expected = _by_ratio(item, numbers, values, counts)
    else:
        observed, expected = _by_square(item, _places(values, counts, level)[numbers])
    return _one_less(observed, expected / (counts.sum() - 1))


def _places(values: Floats, counts: Floats, level: Level) -> Floats:
    """Where values lie on a line on which their distance is what they differ by; [values]."""
    if level == "interval":
        return values
    if level == "ordinal":
        return np.asarray(np.cumsum(counts) - counts / 2)
    raise UsageError(f"level={shown(level)}: give nominal, ordinal, interval or ratio.")


def _unequal(item: Labels, numbers: Labels, counts: Floats) -> tuple[float, float]:
    """The sums of unequal pairs of values: of each item, divided by one less than its values, and
    of all values.

    Args:
        item, numbers: of each value its item and its number, int64 [n].
        counts: how often each number is there.
    """
    of_each = np.bincount(item)
    key, times = np.unique(item * len(counts) + numbers, return_counts=True)
    alike = np.bincount(key // len(counts), weights=times**2, minlength=len(of_each))
    unequal = (of_each**2 - alike) / np.maximum(of_each - 1, 1)
    return float(unequal.sum()), float(counts.sum() ** 2 - (counts**2).sum())


def _by_square(item: Labels, places: Floats) -> tuple[float, float]:
    """The sums of squared differences, likewise; among n values that is 2 n times the squares of
    their distances from the mean."""
    of_each = np.bincount(item)
    mean = np.bincount(item, weights=places) / np.maximum(of_each, 1)
    squares = np.bincount(item, weights=(places - mean[item]) ** 2)
    observed = 2 * of_each * squares / np.maximum(of_each - 1, 1)
    whole = ((places - places.mean()) ** 2).sum()
    return float(observed.sum()), float(2 * len(places) * whole)


def _by_ratio(item: Labels, numbers: Labels, values: Floats, counts: Floats) -> tuple[float, float]:
    """The sums of squared ratios of difference to sum, likewise, a block of values at a time."""
    order = np.argsort(item, kind="stable")
    item, said = item[order], values[numbers[order]]
    of_each = np.bincount(item)
    observed = expected = 0.0
    for gap in range(1, int(of_each.max())):
        same = item[gap:] == item[:-gap]
        weights = 2.0 / (of_each[item[gap:][same]] - 1)
        observed += float((weights * _ratio(said[gap:][same], said[:-gap][same])).sum())
    for first in range(0, len(values), _BLOCK):
        block = slice(first, first + _BLOCK)
        apart = _ratio(values[block, None], values[None, :])
        expected += float(counts[block] @ apart @ counts)
    return observed, expected


def _ratio(one: Floats, other: Floats) -> Floats:
    gap, total = one - other, one + other
    part = np.divide(gap, total, out=np.zeros_like(gap), where=total != 0)
    return np.asarray(np.square(part))


def _one_less(observed: float, expected: float) -> float:
    """1 less disagreement as a part of the disagreement by chance."""
    return float(1 - observed / expected) if expected > 0 else float("nan")
