"""How unsure a model is of its own answer, by the probabilities that it gives each label.

    least_confidence   1 - p(likeliest)
    margin             1 - (p(likeliest) - p(second)); Scheffer, Decomain and Wrobel 2001
    entropy            the sum of -p log p, in nats; Shannon 1948

These are the three of uncertainty sampling in Settles 2009, "Active Learning Literature Survey",
section 3.1. For two labels they put examples in the same order.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from dml_sdk.arguments import shown
from dml_sdk.errors import UsageError

Measure: TypeAlias = Literal["least_confidence", "margin", "entropy"]
Floats: TypeAlias = npt.NDArray[np.float64]
Positions: TypeAlias = npt.NDArray[np.int64]

_SUM_ERROR = 1e-3  # of probabilities in 32 bits, with room for many labels


def uncertainty(probabilities: npt.ArrayLike, by: Measure = "margin") -> Floats:
    """How unsure each row is, float64 [n]; the higher the less sure.

    Args:
        probabilities: [n, labels], two labels or more; each row sums to 1.

    Raises:
        UsageError: no such measure, or no probabilities.
    """
    require_measure(by)
    return _MEASURES[by](_probabilities(probabilities))


def most_uncertain(probabilities: npt.ArrayLike, by: Measure = "margin") -> Positions:
    """The rows' positions, the least sure first; of equal ones, that which comes first.

    Raises:
        UsageError: no such measure, or no probabilities.
    """
    return np.argsort(-uncertainty(probabilities, by), kind="stable").astype(np.int64)


def require_measure(by: object) -> Measure:
    """A measure of uncertainty.

    Raises:
        UsageError: it is none.
    """
    for known in _MEASURES:
        if by == known:
            return known
    raise UsageError(f"by={shown(by)}: give one of {', '.join(_MEASURES)}.")


def _least_confidence(p: Floats) -> Floats:
    return np.asarray(1 - p.max(axis=1), dtype=np.float64)


def _margin(p: Floats) -> Floats:
    highest = np.partition(p, -2, axis=1)
    return np.asarray(1 - (highest[:, -1] - highest[:, -2]), dtype=np.float64)


def _entropy(p: Floats) -> Floats:
    surprise = np.log(p, out=np.zeros_like(p), where=p > 0)  # what cannot be adds nothing
    return np.asarray(-(p * surprise).sum(axis=1), dtype=np.float64)


_MEASURES: Mapping[Measure, Callable[[Floats], Floats]] = {
    "least_confidence": _least_confidence,
    "margin": _margin,
    "entropy": _entropy,
}


def _probabilities(given: Any) -> Floats:
    try:
        p = np.asarray(given, dtype=np.float64)
    except (TypeError, ValueError):
        p = np.empty(0)
    if p.ndim != 2 or p.shape[1] < 2:
        raise UsageError(
            f"{shown(given)} are no probabilities: give one row an example, with one number for "
            "each of two or more labels."
        )
    if len(p) and not (p.min() >= 0 and np.abs(p.sum(axis=1) - 1).max() <= _SUM_ERROR):
        raise UsageError(
            "These are no probabilities: each row has numbers from 0 that sum to 1. Logits become "
            "probabilities by softmax."
        )
    return p
