"""How far annotators agree, beyond what chance alone would bring about.

Kappa and alpha are 1 where everybody agrees always, and 0 where they agree as often as chance has
it. Where nothing but one label occurs there is nothing to agree about: they are not a number (nan).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
import numpy.typing as npt

from dml_sdk.annotation.worth.votes import Floats
from dml_sdk.arguments import shown
from dml_sdk.errors import UsageError

Weighting = Literal["none", "linear", "quadratic"]
Level = Literal["nominal", "ordinal", "interval", "ratio"]


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
    usable = present.sum(axis=0) >= 2
    if not usable.any():
        return float("nan")
    table, present = table[:, usable], present[:, usable]
    values, numbers = np.unique(table[present], return_inverse=True)
    counts = np.zeros((table.shape[1], len(values)))
    np.add.at(counts, (np.nonzero(present)[1], numbers.reshape(-1)), 1.0)
    of_each = counts.sum(axis=1)
    together = counts.T @ (counts / (of_each - 1)[:, None])
    together -= np.diag((counts / (of_each - 1)[:, None]).sum(axis=0))
    total = together.sum(axis=1)
    by_chance = (np.outer(total, total) - np.diag(total)) / (total.sum() - 1)
    apart = _distances(values, total, level)
    return _one_less((together * apart).sum(), (by_chance * apart).sum())


def _distances(values: Floats, counts: Floats, level: Level) -> Floats:
    """The squared difference of each two values, float64 [values, values]."""
    if level == "nominal":
        return np.asarray(1.0 - np.eye(len(values)))
    if level == "ordinal":
        upto = np.cumsum(counts) - counts / 2
        return np.asarray(np.square(upto[:, None] - upto[None, :]))
    gap = values[:, None] - values[None, :]
    if level == "interval":
        return np.asarray(np.square(gap))
    if level == "ratio":
        total = values[:, None] + values[None, :]
        part = np.divide(gap, total, out=np.zeros_like(gap), where=total != 0)
        return np.asarray(np.square(part))
    raise UsageError(f"level={shown(level)}: give nominal, ordinal, interval or ratio.")


def _one_less(observed: float, expected: float) -> float:
    """1 less disagreement as a part of the disagreement by chance."""
    return float(1 - observed / expected) if expected > 0 else float("nan")
