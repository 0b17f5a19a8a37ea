"""The chain's clock: the wall's plus an offset, or one that stands still."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass

from dml_sdk.arguments import shown
from dml_sdk.errors import UsageError

_MOST_MS = 2**63 - 1


@dataclass(frozen=True, slots=True)
class ClockSetting:
    """What a clock is set to, to be restored later.

    Attributes:
        offset_ms: what is added to the wall clock while the clock runs.
        frozen_ms: where it stands; None when it runs.
    """

    offset_ms: int
    frozen_ms: int | None


class Clock:
    """Tells a node what time it is, in ms since 1970.

    It may be set to any time, also back; a block's timestamp is over its parent's regardless.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._offset_ms = 0
        self._frozen_ms: int | None = None

    def __repr__(self) -> str:
        return f"<Clock {self.now_ms()} ms{', frozen' if self._frozen_ms is not None else ''}>"

    def now_ms(self) -> int:
        """The time, in ms."""
        frozen = self._frozen_ms
        return _wall_ms() + self._offset_ms if frozen is None else frozen

    def advance(self, ms: int) -> None:
        """Put the clock forward by `ms`.

        Raises:
            UsageError: `ms` is negative or not an integer.
        """
        if _integer(ms) < 0:
            raise UsageError(f"A clock is advanced by 0 ms or more, not {ms}. To go back, set it.")
        with self._lock:
            self._move(self.now_ms() + ms)

    def set(self, ms: int) -> None:
        """Set the clock to `ms`; it runs on from there, unless it is frozen.

        Raises:
            UsageError: `ms` is negative or not an integer.
        """
        if _integer(ms) < 0:
            raise UsageError(f"A time is 0 ms since 1970 or more, not {ms}.")
        with self._lock:
            self._move(ms)

    def freeze(self) -> None:
        """Let the clock stand still until `run`; `advance` and `set` still move it."""
        with self._lock:
            self._frozen_ms = self.now_ms()

    def run(self) -> None:
        """Let a frozen clock run on from where it stands."""
        with self._lock:
            if self._frozen_ms is not None:
                self._offset_ms = self._frozen_ms - _wall_ms()
                self._frozen_ms = None

    def setting(self) -> ClockSetting:
        """What to hand to `restore` later.

        The time that passes on the wall in between passes here as well, unless it is frozen.
        """
        with self._lock:
            return ClockSetting(self._offset_ms, self._frozen_ms)

    def restore(self, setting: ClockSetting) -> None:
        """Set the clock as it was."""
        with self._lock:
            self._offset_ms, self._frozen_ms = setting.offset_ms, setting.frozen_ms

    def _move(self, ms: int) -> None:
        if ms > _MOST_MS:
            raise UsageError(f"{ms} ms is more than a chain can tell (2^63).")
        if self._frozen_ms is None:
            self._offset_ms = ms - _wall_ms()
        else:
            self._frozen_ms = ms


def _wall_ms() -> int:
    return time.time_ns() // 1_000_000


def _integer(ms: int) -> int:
    if not isinstance(ms, int):
        raise UsageError(f"A time is a whole number of ms, not {shown(ms)}.")
    return ms
