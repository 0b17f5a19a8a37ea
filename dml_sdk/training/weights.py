"""Weights are float arrays by name; this file says when two sets fit each other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from dml_sdk.errors import UpdateInvalid

Weights: TypeAlias = Mapping[str, npt.NDArray[Any]]
"""A network's parameters: "dense_1/kernel" -> float array; order carries no meaning."""


def fault(weights: Weights, like: Weights) -> str | None:
    """What is wrong with an update, in plain words, or None.

    Args:
        weights: what a contributor sent; nothing about it is trusted.
        like: weights of the model that was distributed; names, shapes and types are its own.
    """
    if missing := [name for name in like if name not in weights]:
        return f"the array {missing[0]!r} is missing"
    if extra := [name for name in weights if name not in like]:
        return f"the array {extra[0]!r} does not belong to this model"
    for name, expected in like.items():
        array = weights[name]
        if not isinstance(array, np.ndarray) or array.dtype.kind != "f":
            return f"{name} is not an array of floating-point numbers"
        if array.shape != expected.shape:
            return f"{name} has the shape {array.shape}, the model's is {expected.shape}"
        if not np.isfinite(array).all():
            return f"{name} holds NaN or infinity"
    return None


def require_valid(weights: Weights, like: Weights, whose: str) -> None:
    """Refuse weights that cannot be an update of `like`.

    Args:
        whose: names the contributor in the message.

    Raises:
        UpdateInvalid: names or shapes differ, or a number is not finite.
    """
    if reason := fault(weights, like):
        raise UpdateInvalid(
            f"The update of {whose} was refused: {reason}. "
            "Train again from the round's model and send arrays of the same names and shapes."
        )
