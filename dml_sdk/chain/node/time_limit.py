"""Stops Wasm that takes too long, and lets others in while it runs.

The engine has a counter, the epoch. When it is counted up, Wasm that runs comes out for a moment,
in which other threads get the interpreter's lock and a Ctrl-C is heard, and goes on if its time is
not over.
"""

from __future__ import annotations

import math
import time

from dml_sdk.chain.node.abi import Trap
from dml_sdk.chain.node.ticks import Ticks

NO_LIMIT = 1 << 62
"""A distance, in epochs, that is never reached."""


class OutOfTime(Trap):
    """A call was stopped since it took too long."""


class TimeLimit:
    """The time that a call may take: of the processor, so that a busy machine makes none too long.

    It is looked at when an epoch ends, so a call is stopped up to two ticks late. One that ends
    before the first tick costs nothing but the wish for that tick.
    """

    def __init__(self, ticks: Ticks) -> None:
        self._ticks = ticks
        self._seconds = math.inf
        self._since: float | None = None

    def begin(self, seconds: float) -> None:
        """A call begins in this thread."""
        self._seconds, self._since = seconds, None
        self._ticks.wanted()

    def end(self) -> None:
        """It is over."""
        self._seconds = math.inf

    def check(self) -> None:
        """An epoch has ended.

        Raises:
            OutOfTime: the call's time is over.
        """
        if self._seconds == math.inf:
            return  # an epoch that ended between calls
        now = time.thread_time()
        if self._since is None:
            self._since = now
        elif now - self._since >= self._seconds:
            raise OutOfTime(f"it took longer than {self._seconds:g} s")
        self._ticks.wanted()
