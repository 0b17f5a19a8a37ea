"""Ctrl-C and SIGTERM as one orderly end of a command, however often they come."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Interruption:
    """What was heard of Ctrl-C and SIGTERM while a command runs.

    The first one raises KeyboardInterrupt in the main thread, unless the command holds it off to
    come to an orderly end by itself. Those that follow change nothing: the end is under way, and
    an exception in the middle of it could leave a round open or a process behind.
    """

    def __init__(self) -> None:
        self._heard: int | None = None
        self._held = False

    @property
    def heard(self) -> bool:
        """Whether the command was told to end."""
        return self._heard is not None

    @property
    def status(self) -> int:
        """The exit status that shells expect of it: 130 for Ctrl-C, 143 for SIGTERM."""
        return 128 + (self._heard if self._heard is not None else signal.SIGINT)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Nothing is raised inside; the command asks `heard`, or calls `check`."""
        self.check()
        self._held = True
        try:
            yield
        finally:
            self._held = False

    def check(self) -> None:
        """Raises KeyboardInterrupt when the command was told to end."""
        if self.heard:
            raise KeyboardInterrupt

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Hears both signals inside, in the main thread; one that is ignored stays ignored.

        Once one was heard both stay without effect afterwards, for the process is about to end.
        """
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        replaced = {
            number: handler
            for number in _SIGNALS
            if (handler := signal.getsignal(number)) not in (signal.SIG_IGN, None)
        }
        for number in replaced:
            signal.signal(number, self._hear)
        try:
            yield
        finally:
            # A handler in Python would be taken away before the interpreter is done with its end.
            for number, handler in replaced.items():
                signal.signal(number, signal.SIG_IGN if self.heard else handler)

    def _hear(self, number: int, _: FrameType | None) -> None:
        first, self._heard = not self.heard, self._heard or number
        if first and not self._held:
            raise KeyboardInterrupt
