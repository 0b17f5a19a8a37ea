"""Federated averaging: from accepted updates to the next version's weights.

McMahan, Moore, Ramage, Hampson and Agüera y Arcas 2017, "Communication-efficient learning of deep
networks from decentralized data", algorithm 1: w(t+1) = sum over k of (n_k / n) w_k(t+1).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from dml_sdk.errors import UpdateInvalid, UsageError
from dml_sdk.training.engine import ClientUpdate
from dml_sdk.training.weights import Weights, require_valid


def fedavg(updates: Sequence[ClientUpdate], like: Weights) -> Weights:
    """The mean of the clients' models, each weighted by its number of examples.

    Args:
        updates: accepted ones, at least one; the order changes nothing but rounding.
        like: the round's model: names, shapes and types of the result.

    Returns:
        new arrays; sums run in float64, results have the types of `like`.

    Raises:
        UsageError: there is no update.
        UpdateInvalid: an update with other names or shapes, NaN, infinity, or no example.
    """
    if not updates:
        raise UsageError("There is no update to average; the round cannot make a version.")
    for update in updates:
        require_valid(update.weights, like, update.client)
        if update.examples < 1:
            raise UpdateInvalid(
                f"The update of {update.client} was refused: it counts {update.examples} examples, "
                "and a share needs at least one."
            )
    total = sum(update.examples for update in updates)
    mean: dict[str, npt.NDArray[Any]] = {}
    for name, expected in like.items():
        accumulated = np.zeros(expected.shape, np.float64)
        for update in updates:
            accumulated += (update.examples / total) * update.weights[name].astype(np.float64)
        mean[name] = accumulated.astype(expected.dtype)
    return mean
