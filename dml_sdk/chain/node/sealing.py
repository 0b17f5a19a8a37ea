"""When a node seals a block: for each transaction, when told to, or every so many ms."""

from __future__ import annotations

import logging
import threading
import time
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from dml_sdk.arguments import shown
from dml_sdk.errors import UsageError

log = logging.getLogger(__name__)

_LONGEST_MS = 86_400_000

Seal: TypeAlias = "Sealing | str | int"
"""A way of sealing as it is written: "instant", "manual", or a number of ms."""


@dataclass(frozen=True, slots=True)
class Sealing:
    """When blocks are sealed.

    Attributes:
        mode: "instant" for each transaction at once; "manual" by `Node.seal` alone; "interval"
            every `interval_ms`, also blocks with no transaction, as a network does.
        interval_ms: None unless the mode is "interval".
    """

    mode: Literal["instant", "manual", "interval"]
    interval_ms: int | None = None

    def __str__(self) -> str:
        return self.mode if self.interval_ms is None else f"every {self.interval_ms} ms"

    @classmethod
    def of(cls, seal: Seal) -> Sealing:
        """From "instant", "manual" or a number of ms, which may be text as on a command line.

        Raises:
            UsageError: something else, or an interval of under 1 ms or over a day.
        """
        if isinstance(seal, Sealing):
            return seal
        if isinstance(seal, str) and seal == "instant":
            return cls("instant")
        if isinstance(seal, str) and seal == "manual":
            return cls("manual")
        ms = int(seal) if isinstance(seal, str) and seal.isdecimal() and len(seal) < 10 else seal
        if isinstance(ms, bool) or not isinstance(ms, int) or not 1 <= ms <= _LONGEST_MS:
            raise UsageError(
                f'seal={shown(seal)}: blocks are sealed "instant", "manual", or every '
                f"so many ms, 1 to {_LONGEST_MS}."
            )
        return cls("interval", ms)


class Metronome:
    """Calls a method every so often, in a daemon thread of its own, until it is stopped.

    It holds no reference to the method's owner, and ends when that is gone. What the method raises
    is logged, and the next beat comes as if nothing had been. A beat that is missed, since the one
    before it took long or the machine slept, is left out.

    Args:
        beat: a bound method.
        interval_ms: from one beat to the next, by the monotonic clock of the machine.
    """

    def __init__(self, beat: Callable[[], object], interval_ms: int) -> None:
        self._stopped = threading.Event()
        threading.Thread(
            target=_beat,
            args=(weakref.WeakMethod(beat), interval_ms / 1000, self._stopped),
            name="dml-interval-seal",
            daemon=True,
        ).start()

    def stop(self) -> None:
        """Beat no more; a beat that is under way is not waited for."""
        self._stopped.set()


def _beat(
    method: weakref.WeakMethod[Callable[[], object]], seconds: float, stopped: threading.Event
) -> None:
    due = time.monotonic() + seconds
    while not stopped.wait(max(0.0, due - time.monotonic())):
        beat = method()
        if beat is None:
            return
        try:
            beat()
        except Exception:
            log.exception("No block could be sealed; it is tried again in %g s", seconds)
        del beat
        due = max(due + seconds, time.monotonic())
