"""How far a training is: rounds that finished, what they paid, how long the rest will take."""

from __future__ import annotations

import time
from collections.abc import Iterable

from dml_sdk.tables import Table
from dml_sdk.types import Amount, RoundRecord

_RECENT = 5


class Progress:
    """The rounds of one training, in the order in which they finished.

    Attributes:
        rounds: finished ones, oldest first.
    """

    def __init__(self) -> None:
        self.rounds: list[RoundRecord] = []
        self._seconds: list[float] = []
        self._began: float | None = None

    def round_begins(self) -> None:
        """Notes the time."""
        self._began = time.monotonic()

    def round_finished(self, record: RoundRecord) -> None:
        """Notes the record, and the time, a pause within the round included."""
        self.rounds.append(record)
        if self._began is not None:
            self._seconds.append(time.monotonic() - self._began)

    def ended(self) -> None:
        """No round is under way any more."""
        self._began = None

    def seconds_left(self, planned: int, *, running: bool) -> float | None:
        """Time left, from the mean of the last rounds; None before the first is done."""
        if not self._seconds:
            return None
        recent = self._seconds[-_RECENT:]
        mean = sum(recent) / len(recent)
        left = mean * (planned - len(self.rounds))
        if self._began is not None and running:
            left -= min(mean, time.monotonic() - self._began)
        return max(0.0, left)


def history(title: str, rounds: Iterable[RoundRecord]) -> Table:
    """One row a round."""
    return Table(
        title,
        [
            {
                "round": r.number,
                "version": r.version,
                "accuracy": r.accuracy,
                "loss": r.loss,
                "participants": r.participants,
                "accepted": sum(u.status == "accepted" for u in r.updates),
                "paid": r.paid,
                "blocks": f"{r.blocks[0]}–{r.blocks[1]}",
                "seconds": r.elapsed,
            }
            for r in rounds
        ],
    )


def paid(rounds: Iterable[RoundRecord]) -> dict[str, Amount]:
    """What each contributor was credited, by name."""
    totals: dict[str, Amount] = {}
    for record in rounds:
        for update in record.updates:
            if update.reward or update.client in totals:
                before = totals.get(update.client)
                totals[update.client] = before + update.reward if before else update.reward
    return totals
