"""How often updates leave the kernel, however often things change."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

_log = logging.getLogger(__name__)


class Pace:
    """When something may happen again; the arithmetic of a throttle, without a clock of its own.

    Args:
        interval: seconds that lie at least between two times.
    """

    __slots__ = ("_last", "interval")

    def __init__(self, interval: float) -> None:
        self.interval = interval
        self._last: float | None = None

    def wait(self, now: float) -> float:
        """Seconds from now until it may happen; 0 when it may happen at once."""
        if self._last is None:
            return 0.0
        return max(0.0, self._last + self.interval - now)

    def happened(self, now: float) -> None:
        """Notes that it happened."""
        self._last = now


class Throttle:
    """Runs an action in a thread of its own, soon after it is asked for and never too often.

    Requests that come while one is waiting become one, and the last is never lost. Nothing queues
    up: a slow action is only run less often. An action that raises is logged and run again when
    next asked for.

    Args:
        action: what to run; never run twice at the same time.
        interval: seconds at least between two runs.
        heartbeat: called while nobody asks; returns after how many quiet seconds the action runs by
            itself, None for never.
    """

    def __init__(
        self,
        action: Callable[[], None],
        interval: float,
        heartbeat: Callable[[], float | None] = lambda: None,
    ) -> None:
        self._action = action
        self._pace = Pace(interval)
        self._heartbeat = heartbeat
        self._changed = threading.Condition()
        self._asked = False
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="dml-widget-throttle", daemon=True)
        self._thread.start()

    def request(self) -> None:
        """Asks for a run; returns at once, from any thread."""
        with self._changed:
            self._asked = True
            self._changed.notify()

    def close(self) -> None:
        """Runs nothing any more; a run that is under way is waited for."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        if threading.current_thread() is not self._thread:
            self._thread.join()

    def _run(self) -> None:
        while self._due():
            try:
                self._action()
            except Exception:  # noqa: BLE001  # whatever failed, the next change is shown
                _log.exception("an update of a widget failed")
            self._pace.happened(time.monotonic())

    def _due(self) -> bool:
        """Waits until the action is due; False when closed."""
        with self._changed:
            if not self._asked and not self._closed:
                self._changed.wait(self._heartbeat())
            while not self._closed:
                rest = self._pace.wait(time.monotonic())
                if not rest:
                    break
                self._changed.wait(rest)
            self._asked = False
            return not self._closed
