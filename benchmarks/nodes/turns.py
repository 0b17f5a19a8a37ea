"""Contenders that take turns, so that whatever else the machine does harms them alike."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping

WARM_UP, BURST = 2, 5  # turns; goes in a turn


class Missing(Exception):
    """Something that a figure needs is not on this machine; the message says what."""


def medians(contenders: Mapping[str, Callable[[], float]], turns: int) -> dict[str, float]:
    """The median time of each contender, s.

    Args:
        contenders: each does its work once and says how long it took, s.
        turns: of all contenders one after the other, a few goes each, beside those to warm up.
    """
    taken: dict[str, list[float]] = {name: [] for name in contenders}
    for turn in range(WARM_UP + turns):
        for name, go in contenders.items():
            times = [go() for _ in range(BURST)]
            if turn >= WARM_UP:
                taken[name] += times
    return {name: statistics.median(times) for name, times in taken.items()}
