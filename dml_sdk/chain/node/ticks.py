"""Counts the epochs of an engine, for as long as somebody is interested in the next one.

A call that keeps the interpreter's lock cannot be stopped by a thread that needs that lock to
count. Where there are POSIX timers, the system counts instead: a timer calls the engine's own
function, in a thread of the C library's, and Python is not asked.
"""

from __future__ import annotations

import ctypes
import os
import platform
import sys
import threading
import time
from functools import cache, partial
from typing import Any, Protocol

import wasmtime

from dml_sdk.chain.node import abi

TICK = 0.02
"""How long an epoch lasts, s. A thread that waits for the interpreter's lock while Wasm keeps it
gets it after so long at the latest, and then for the interpreter's switch interval, 5 ms."""

_AGAIN = 1  # s; after one that was lost, where the system could make no thread just then
_SIGEV_THREAD = 2
_MACHINES = ("x86_64", "aarch64")  # whose C calls hand over a union of 8 bytes as they do a pointer


class Ticks(Protocol):
    """What counts the epochs.

    Attributes:
        native: whether it counts while somebody keeps the interpreter's lock.
    """

    native: bool

    def wanted(self) -> None:
        """The epoch ends within `TICK`, and not before it would have anyway."""


class TimerTicks:
    """A POSIX timer counts. It is set when a tick is wanted; else it ticks once a second.

    A forked process has no timers, and in one the C library waits for ever for a lock that its own
    thread held when the process was forked: there, a Python thread counts.

    Source: timer_create(2), `SIGEV_THREAD`.

    Args:
        engine: is kept for ever, since nobody can tell when the last tick is over.

    Raises:
        OSError: there are no more timers.
    """

    def __init__(self, engine: wasmtime.Engine) -> None:
        self.native = True
        self._in_a_fork: ThreadTicks | None = None
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(engine))
        self._event = _Event(
            value=abi.address_of(engine), notify=_SIGEV_THREAD, function=abi.INCREMENT_EPOCH
        )
        whole, part = divmod(TICK, 1)
        self._in_a_tick = _Times(_AGAIN, 0, int(whole), int(part * 1e9))
        self._due = 0.0
        self._timer = ctypes.c_void_p()
        event = ctypes.byref(self._event)
        _must(_libc().timer_create(time.CLOCK_MONOTONIC, event, ctypes.byref(self._timer)))
        os.register_at_fork(after_in_child=partial(self._forked, engine))

    @staticmethod
    def offered() -> bool:
        """Whether this system has what it needs."""
        known = sys.platform == "linux" and platform.machine() in _MACHINES
        return known and _libc() is not None

    def wanted(self) -> None:
        if self._in_a_fork is not None:
            self._in_a_fork.wanted()
            return
        now = time.monotonic()
        # Whoever is told "there is one under way" finds it still to come: it is due later than the
        # clock was read here, and was set later still.
        if now >= self._due:
            _must(_libc().timer_settime(self._timer, 0, ctypes.byref(self._in_a_tick), None))
            self._due = now + TICK

    def _forked(self, engine: wasmtime.Engine) -> None:
        self.native, self._in_a_fork = False, ThreadTicks(engine)


class ThreadTicks:
    """A Python thread counts, so that calls must let go of the interpreter's lock."""

    native = False

    def __init__(self, engine: wasmtime.Engine) -> None:
        self._engine = engine
        self._thread: threading.Thread | None = None
        self._asked = threading.Event()
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._forget)

    def wanted(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._count, name="dml-ticks", daemon=True)
            self._thread.start()
        self._asked.set()

    def _count(self) -> None:
        while True:
            self._asked.wait()
            self._asked.clear()  # who asks from now on is answered by the tick after this one too
            time.sleep(TICK)
            self._engine.increment_epoch()

    def _forget(self) -> None:
        """In a forked process: threads are not inherited."""
        self._thread, self._asked = None, threading.Event()


class _Event(ctypes.Structure):
    """struct sigevent, as it is on 64 bits."""

    _fields_ = (
        ("value", ctypes.c_void_p), ("signal", ctypes.c_int), ("notify", ctypes.c_int),
        ("function", ctypes.c_void_p), ("attributes", ctypes.c_void_p), ("_", ctypes.c_byte * 32),
    )  # fmt: skip


class _Times(ctypes.Structure):
    """struct itimerspec: how often again, and when first, in s and ns."""

    _fields_ = tuple(
        (name, ctypes.c_long) for name in ("again_s", "again_ns", "first_s", "first_ns")
    )


@cache
def _libc() -> Any:
    """The library with the timers, None when there is none."""
    for name in (None, "librt.so.1"):  # the latter before version 2.34 of the GNU library
        try:
            library: Any = ctypes.PyDLL(name)
            create, settime = library.timer_create, library.timer_settime
        except (OSError, AttributeError):
            continue
        create.argtypes = ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p
        settime.argtypes = ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p
        return library
    return None


def _must(status: int) -> None:
    if status:
        raise OSError("The system gives no timer to limit the time of calls with.")
