"""What an annotator earns in a task, as the chain tells it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dml_sdk.types import Amount

if TYPE_CHECKING:
    from dml_sdk.annotation.task import AnnotationTask


@dataclass(frozen=True, slots=True)
class Earnings:
    """What an annotator earns in a task; amounts know their asset.

    Attributes:
        earned: what was paid.
        waiting: what its other answers earn as things stand: judged, or not judged in time.
        unrevealed: how many batches are answered and not revealed yet; they earn nothing so far.
        expected_batch: the most that the batch which is held can pay; 0 where none is.
        points_so_far: what the questions that are answered in it by now are worth.
    """

    earned: Amount
    waiting: Amount
    unrevealed: int
    expected_batch: Amount
    points_so_far: int


def earnings_of(task: AnnotationTask, points_so_far: int) -> Earnings:
    """The signer's earnings.

    Args:
        points_so_far: what is answered of the batch that is held is worth.
    """
    earned = waiting = unrevealed = expected = 0
    for award in task.chain_awards(task.session.signer.address):
        stage = award["stage"]
        name = stage if isinstance(stage, str) else next(iter(stage))
        if name == "Settled":
            earned += award["amount"]
        elif name == "Leased":
            expected += award["most"]
        else:
            waiting += award["amount"]
            unrevealed += name == "Committed"
    asset = task.asset
    return Earnings(
        Amount(earned, asset),
        Amount(waiting, asset),
        unrevealed,
        Amount(expected, asset),
        points_so_far,
    )
