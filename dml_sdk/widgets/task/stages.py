"""What became of the answers to each batch, as the chain tells it: who holds it, what was found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from dml_sdk.measures import BILLION
from dml_sdk.types import Amount, Asset

Stage = Literal["settled", "contested", "scored", "shown", "fixed", "held"]
STAGES: tuple[Stage, ...] = ("settled", "contested", "scored", "shown", "fixed", "held")
"""From the last to the first."""
MOST_CELLS = 240
_NAMES: Mapping[str, Stage] = {
    "Settled": "settled", "Contested": "contested", "Scored": "scored", "Revealed": "shown",
    "Committed": "fixed", "Leased": "held",
}  # fmt: skip
_TOLD: Mapping[Stage, str] = {stage: name for name, stage in _NAMES.items()}


@dataclass(frozen=True, slots=True)
class Handed:
    """What one annotator did with a batch.

    Attributes:
        batch, annotator: whose and of what.
        stage: "held", then "fixed" (committed and secret), "shown" (revealed), "scored",
            "contested", "settled".
        until_ms: how long it is held, or can be disputed; None otherwise.
        points, score: what was found of it; None before.
        amount: what it was paid, or would be as things stand.
        due_ms: from when on anyone may have it paid; None if it was, or nothing was answered.
    """

    batch: int
    annotator: str
    stage: Stage
    until_ms: int | None
    points: int | None
    score: float | None
    amount: Amount
    due_ms: int | None

    @classmethod
    def decoded(cls, told: Mapping[str, Any], asset: Asset) -> Handed:
        """As the runtime's `awards` tells it."""
        stage = told["stage"]
        name, holds = (stage, {}) if isinstance(stage, str) else next(iter(stage.items()))
        verdict = holds.get("verdict")
        return cls(
            told["batch"],
            told["who"],
            _NAMES[name],
            holds.get("until_ms", holds.get("dispute_until_ms")),
            verdict and verdict["points"],
            verdict and verdict["score"] / BILLION,
            Amount(told["amount"], asset),
            told["due_ms"],
        )

    @property
    def told(self) -> str:
        """Its stage as the chain names it."""
        return _TOLD[self.stage]

    def is_given_up(self, now_ms: int) -> bool:
        """Whether it was held and not answered in time."""
        return self.stage == "held" and self.until_ms is not None and self.until_ms <= now_ms

    def is_never_shown(self, now_ms: int) -> bool:
        """Whether it was promised and not shown in time."""
        return self.stage == "fixed" and self.due_ms is not None and self.due_ms <= now_ms


def cells_plain(
    handed: Iterable[Handed], batches: int, answers_per_item: int, now_ms: int
) -> dict[str, Any]:
    """A task's batches as a few hundred cells at most, each with what became of its answers.

    Returns:
        `each` batches a cell, `places` a batch; `cells` with a number for each of `stages`, as
        they are in `STAGES`; the sums of all in `total`.
    """
    each = max(1, -(-batches // MOST_CELLS))
    counted: dict[int, Counter[str]] = {}
    for one in handed:
        if not one.is_given_up(now_ms):
            counted.setdefault(one.batch // each, Counter())[one.stage] += 1
    cells = [
        [counted.get(cell, Counter())[stage] for stage in STAGES]
        for cell in range(-(-batches // each))
    ]
    return {
        "each": each,
        "batches": batches,
        "places": answers_per_item,
        "stages": list(STAGES),
        "cells": cells,
        "total": [sum(column) for column in zip(*cells, strict=True)],
    }


def answered_plain(handed: Iterable[Handed], items: Sequence[int], most: int) -> list[int]:
    """How many items have no answer, one, two, and so on up to `most`.

    Args:
        items: how many each batch has.
    """
    answers = Counter(one.batch for one in handed if one.stage != "held")
    told = [0] * (most + 1)
    for batch, count in enumerate(items):
        told[min(most, answers[batch])] += count
    return told
