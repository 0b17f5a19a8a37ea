"""Keeps a signal's handler from coming between Wasm and what it calls.

Python runs the handler of a signal at the next instruction of the main thread. That may be the very
first one of a function that Wasm calls, which is before it can catch anything: an exception would
be lost, and Wasm be given a result that nobody made. So signals are only noted meanwhile, and their
handlers run where Wasm can be stopped, or at the end.
"""

from __future__ import annotations

# What `signal` wraps, whose own functions take 3 µs to name what they return.
import _signal  # type: ignore[import-not-found]
import signal
import threading
from collections import deque
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Any

_Handler = Callable[[int, FrameType | None], Any]


class Held:
    """While this context lasts, signals that Python handles are noted. May be nested, and does
    nothing in other threads than the main one, where Python runs no handlers.
    """

    __slots__ = ("_outermost",)

    def __init__(self) -> None:
        self._outermost = False

    def __enter__(self) -> None:
        if _handlers or not _in_main_thread():
            return
        self._outermost = True
        try:
            for number in _NUMBERS:
                handler = _signal.getsignal(number)
                if callable(handler):
                    _handlers[number] = handler
                    _signal.signal(number, _note)
        except BaseException:  # of a handler that is not replaced yet
            _release()
            raise

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if not self._outermost:
            return
        handlers = dict(_handlers)
        _release()
        if error is None or isinstance(error, Exception):
            _run(handlers)
        else:
            _noted.clear()  # the end is on its way already


def heed() -> None:
    """Run the handlers of the signals that were noted, in the main thread.

    Raises:
        KeyboardInterrupt: or whatever a handler does.
    """
    if _noted and _in_main_thread():
        _run(_handlers)


def _release() -> None:
    """Put all handlers back, whatever those raise that are back already."""
    raised: BaseException | None = None
    while _handlers:
        try:
            number, handler = next(iter(_handlers.items()))
            if _signal.getsignal(number) is _note:
                _signal.signal(number, handler)
            del _handlers[number]
        except BaseException as error:  # noqa: BLE001 - raised below
            raised = error
    if raised is not None:
        raise raised


def _run(handlers: dict[int, _Handler]) -> None:
    while _noted:
        number, frame = _noted.popleft()
        handler = handlers.get(number)
        if handler is not None:
            handler(number, frame)


def _in_main_thread() -> bool:
    return threading.get_ident() == threading.main_thread().ident


# Those that tell of a fault of the process itself cannot wait.
_FAULTS = {
    getattr(signal, name, None)
    for name in ("SIGSEGV", "SIGBUS", "SIGFPE", "SIGILL", "SIGABRT", "SIGTRAP", "SIGSYS")
}
_NUMBERS = tuple(int(number) for number in sorted(signal.valid_signals() - _FAULTS))
_noted: deque[tuple[int, FrameType | None]] = deque()
_handlers: dict[int, _Handler] = {}  # of the outermost that holds them


def _note(number: int, frame: FrameType | None) -> None:
    _noted.append((number, frame))
