"""Stops Wasm that takes too long.

The engine has a counter, the epoch, and every store a value of it at which what runs there traps.
A thread counts it up while some call has a limit; the store of a call without one is never reached.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import wasmtime

NO_LIMIT = 1 << 62
"""A distance, in epochs, that is never reached."""

_TICK = 0.05  # s


class TimeLimits:
    """Counts the epochs of one engine."""

    def __init__(self, engine: wasmtime.Engine) -> None:
        self._engine = engine
        self._calls = 0
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None

    @contextmanager
    def of(self, store: wasmtime.Store, seconds: float) -> Iterator[None]:
        """What runs in `store` inside traps after `seconds`, or up to 0.1 s later."""
        store.set_epoch_deadline(math.ceil(seconds / _TICK) + 1)
        with self._changed:
            self._calls += 1
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._count, name="dml-time-limits", daemon=True
                )
                self._thread.start()
            self._changed.notify()
        try:
            yield
        finally:
            with self._changed:
                self._calls -= 1
            store.set_epoch_deadline(NO_LIMIT)

    def _count(self) -> None:
        while True:
            with self._changed:
                while not self._calls:
                    self._changed.wait()
            time.sleep(_TICK)
            self._engine.increment_epoch()
