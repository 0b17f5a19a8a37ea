"""How validators judge updates: by each contributor's own model, on data no contributor holds.

The score of an update is the accuracy of that contributor's model on the validation partition.
Peers are the yardstick for refusing one: where data are not IID every single model is poor, so an
update is rejected only far below the round's median, never for being poor as such. A majority that
colludes moves the median; only the stake of validators stands against that.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from dml_sdk.arguments import shown
from dml_sdk.errors import UsageError
from dml_sdk.training.data import Dataset
from dml_sdk.training.engine import ClientUpdate, Evaluation
from dml_sdk.training.weights import Weights, fault

VALIDATION_EXAMPLES = 2_000
"""How much of a validation partition is looked at: accuracy to within 2 % at 95 % confidence."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """A validator's word on one update.

    Attributes:
        client: whose update.
        score: accuracy of its model on the validation partition, 0–1; 0 when it could not be run.
        accepted: whether it goes into the average and is paid for.
        reason: why not, in plain words; empty when accepted.
    """

    client: str
    score: float
    accepted: bool
    reason: str = ""


def validation_sample(validation: Dataset, examples: int = VALIDATION_EXAMPLES) -> Dataset:
    """The fixed part of a validation partition that updates are scored on, the same each round.

    Raises:
        UsageError: the partition is empty.
    """
    if not len(validation):
        raise UsageError(
            "The validation partition is empty, so updates cannot be scored: "
            "hold some examples out, as in datasets.mnist(validation=5_000)."
        )
    return validation.sample(examples)


def score(
    updates: Sequence[ClientUpdate],
    evaluate: Callable[[Weights], Evaluation],
    like: Weights,
    reject_below: float = 0.5,
) -> list[Judgement]:
    """Judge a round's updates, in their order.

    Args:
        updates: as contributors sent them; nothing about them is trusted.
        evaluate: a model's quality on the validation partition, such as
            `lambda weights: engine.evaluate(weights, validation_sample(split.validation))`.
        like: the round's model, for names and shapes.
        reject_below: share of the round's median accuracy under which an update is rejected, 0–1.

    Raises:
        UsageError: `reject_below` is not from 0 to 1.
    """
    if not 0 <= reject_below <= 1:
        raise UsageError(f"reject_below={shown(reject_below)}: give a share from 0 to 1.")
    faults = [_fault(update, like) for update in updates]
    scores = [
        0.0 if wrong else evaluate(update.weights).accuracy
        for update, wrong in zip(updates, faults, strict=True)
    ]
    sound = [s for s, wrong in zip(scores, faults, strict=True) if not wrong]
    median = float(np.median(sound)) if sound else 0.0
    return [
        _judge(update.client, s, wrong, median, reject_below)
        for update, s, wrong in zip(updates, scores, faults, strict=True)
    ]


def _fault(update: ClientUpdate, like: Weights) -> str | None:
    if update.examples < 1:
        return f"it counts {update.examples} examples"
    return fault(update.weights, like)


def _judge(
    client: str, score: float, wrong: str | None, median: float, reject_below: float
) -> Judgement:
    if wrong:
        return Judgement(client, 0.0, False, wrong)
    if score < reject_below * median:
        reason = (
            f"accuracy {score:.1%} on the validation partition is below "
            f"{reject_below:.0%} of the round's median, {median:.1%}"
        )
        return Judgement(client, score, False, reason)
    return Judgement(client, score, True)
