"""The time of a chain whose clock is another's."""

from __future__ import annotations

import time
from collections.abc import Callable


class DistantClock:
    """This machine's clock, set forward as far as a chain's newest block was ahead of it.

    A chain for teaching may have had its clock moved forward where it lives; its deadlines are
    measured by that clock, of which its blocks tell.

    Args:
        newest: the newest block's number.
        stamp: the time of the newest block, ms since 1970; 0 before the first.
    """

    def __init__(self, newest: Callable[[], int], stamp: Callable[[], int]) -> None:
        self._newest = newest
        self._stamp = stamp
        self._known = (-1, 0)  # the block that was asked, and how far it was ahead, ms

    def now_ms(self) -> int:
        """ms since 1970.

        Raises:
            ChainUnreachable: the node does not answer.
        """
        number, here = self._newest(), time.time_ns() // 1_000_000
        asked, ahead = self._known
        if asked != number:
            ahead = max(0, self._stamp() - here)
            self._known = number, ahead
        return here + ahead
