"""Keeps a Ctrl-C from coming between Wasm and what it calls.

Python runs the handler of a signal at the next instruction of the main thread. That may be the very
first one of a function that Wasm calls, which is before it can catch anything: the exception would
be lost, and Wasm be given a result that nobody made. So the handler only takes note meanwhile, and
the note is heeded where Wasm can be stopped, or at the end.
"""

from __future__ import annotations

# What `signal` wraps, whose own functions take 3 µs to name what they return.
import _signal  # type: ignore[import-not-found]
import signal
import threading
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Any

_Handler = Callable[[int, FrameType | None], Any]


class Held:
    """While this context lasts, SIGINT is noted. May be nested, and does nothing in other threads
    than the main one, where Python runs no handlers.
    """

    __slots__ = ("_handler",)

    def __init__(self) -> None:
        self._handler: _Handler | None = None  # what is to be put back, by the outermost alone

    def __enter__(self) -> None:
        handler = _signal.getsignal(_SIGINT)
        if handler is not _note and callable(handler) and _in_main_thread():
            _signal.signal(_SIGINT, _note)
            self._handler = _heeding[0] = handler

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._handler is not None:
            _signal.signal(_SIGINT, self._handler)
            if error is None or isinstance(error, Exception):
                heed()
            else:
                _noted.clear()  # it is on its way already


def heed() -> None:
    """Run the handler of a SIGINT that was noted, in the main thread.

    Raises:
        KeyboardInterrupt: or whatever the handler does.
    """
    if _noted and _in_main_thread():
        frame = _noted[-1]
        _noted.clear()
        _heeding[0](_SIGINT, frame)


def _in_main_thread() -> bool:
    return threading.get_ident() == threading.main_thread().ident


_SIGINT = signal.SIGINT
_noted: list[FrameType | None] = []
_heeding: list[_Handler] = [signal.default_int_handler]


def _note(_number: int, frame: FrameType | None) -> None:
    _noted.append(frame)
