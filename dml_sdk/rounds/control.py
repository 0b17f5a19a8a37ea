"""How a training is steered and followed: pause, resume, stop; its state; those who watch it.

The training's own thread passes `checkpoint` between its steps; everything else may be called from
any thread.
"""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from dml_sdk.types import TrainingState

_log = logging.getLogger(__name__)
_ACT_SECONDS = 5.0
_HEAR_SECONDS = 0.2  # after which a signal is heard


class Stopped(Exception):
    """Raised at a checkpoint of the thread once a stop was asked for."""


class Control:
    """A training's levers and lights.

    Attributes:
        state: "waiting", "running", "paused", "stopping", "stopped", "finished" or "failed".
        phase: the step that it is at, or "".
    """

    def __init__(self) -> None:
        self.state: TrainingState = "waiting"
        self.phase = ""
        self._lock = threading.Lock()
        self._watchers: list[Callable[[], None]] = []
        self._go = threading.Event()
        self._go.set()
        self._stop = threading.Event()
        # Waited on in place of the thread, which an interrupted join() would take for dead.
        self._ended = threading.Event()
        self._ended.set()
        self._acts = threading.Lock()
        self._cut_off = False

    # --- the levers -----------------------------------------------------------------------------

    def begin(self) -> None:
        """From now on a thread is at work, or about to be."""
        self._stop.clear()
        self._cut_off = False
        self._go.set()
        self._ended.clear()

    def pause(self) -> None:
        """Holds the thread at its next step."""
        if self.state in ("waiting", "running"):
            self._go.clear()
            self.notify()

    def go_on(self) -> None:
        """Lets a paused thread go on."""
        self._go.set()
        self.notify()

    def stop(self) -> None:
        """Ends the thread at its next step."""
        with self._lock:
            if not self.alive:
                return
            self._stop.set()
            self.state = "stopping"
        self._go.set()
        self.notify()

    def cut_off(self) -> None:
        """The thread does nothing to the chain any more; what it is doing there is waited for."""
        self._cut_off = True
        if self._acts.acquire(timeout=_ACT_SECONDS):
            self._acts.release()

    def wait(self, timeout: float | None = None) -> bool:
        """Waits until the thread has ended; False when the time, in seconds, ran out."""
        until = math.inf if timeout is None else time.monotonic() + timeout
        # A signal that comes after the interpreter was let go of and before the wait began does
        # not end the wait: Ctrl-C would be heard at the end of the training.
        while not self._ended.wait(min(_HEAR_SECONDS, max(0.0, until - time.monotonic()))):
            if time.monotonic() >= until:
                return False
        return True

    @property
    def alive(self) -> bool:
        """Whether the thread is at work."""
        return not self._ended.is_set()

    def should_stop(self) -> bool:
        """Whether a stop was asked for."""
        return self._stop.is_set()

    # --- the thread's side ----------------------------------------------------------------------

    def checkpoint(self, phase: str) -> None:
        """Passed before each step: waits while paused.

        Raises:
            Stopped: a stop was asked for.
        """
        if not self._go.is_set() and not self._stop.is_set():
            self.enter("paused")
            self._go.wait()
        with self._lock:
            if self._stop.is_set():
                raise Stopped(f"stopped before {phase}")
            self.phase, self.state = phase, "running"
        self.notify()

    @contextmanager
    def acting(self) -> Iterator[None]:
        """Around whatever the thread does to the chain.

        Raises:
            Stopped: it was cut off from the chain.
        """
        with self._acts:
            if self._cut_off:
                raise Stopped("cut off from the chain")
            yield

    def enter(self, state: TrainingState) -> None:
        """Notes a state and tells everybody."""
        self.state = state
        self.notify()

    def end(self) -> None:
        """The thread is gone; those who wait for it go on."""
        self._ended.set()

    # --- the lights -----------------------------------------------------------------------------

    def watch(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Calls back whenever anything changes; returns how to stop that."""
        with self._lock:
            self._watchers.append(callback)

        def remove() -> None:
            with self._lock:
                if callback in self._watchers:
                    self._watchers.remove(callback)

        return remove

    def notify(self) -> None:
        """Tells everybody who watches; a watcher that raises harms nobody else."""
        with self._lock:
            watchers = list(self._watchers)
        for watcher in watchers:
            try:
                watcher()
            except Exception:  # noqa: BLE001 - a watcher's error is its own
                _log.exception("a watcher of a training raised")
