"""Compiles Wasm, for as long as somebody may wait for it.

What a chain's sudo or its votes put in the runtime's place may take seconds or minutes to compile,
which nothing can stop. So where others wait, it is done in a thread of its own, one at a time, and
whoever wants it goes without after a while; when it is wanted again later, it may be there.
"""

from __future__ import annotations

import math
import os
import threading
import time
from dataclasses import dataclass

import wasmtime

from dml_sdk.errors import RuntimePanic

_WAIT_SECONDS = 0.6  # the SDK's own runtime takes 0.5 s on two cores
_SLICE_SECONDS = 0.1


class StillCompiling(RuntimePanic):
    """A runtime was wanted that is not compiled yet."""

    def __init__(self) -> None:
        super().__init__(
            "The new runtime is not compiled yet, and nobody waits for that; it goes on in the "
            "background, one runtime at a time. Send the transaction again in a few seconds.",
            out_of_time=True,
        )


@dataclass(slots=True)
class Patience:
    """For how long one request may yet wait for others' code to be compiled.

    Attributes:
        seconds: of the wall's clock, that are left; `math.inf` where nobody else waits.
    """

    seconds: float = _WAIT_SECONDS

    @classmethod
    def endless(cls) -> Patience:
        """Of somebody who would have to wait anyhow, and keeps nobody from anything."""
        return cls(math.inf)


class _Compiling:
    """A program that is being compiled, or was."""

    def __init__(self, engine: wasmtime.Engine, name: object, code: bytes) -> None:
        self.name = name
        self.result: wasmtime.Module | wasmtime.WasmtimeError | None = None
        self._engine, self._code = engine, code
        self._late = False
        self._done = threading.Event()
        threading.Thread(target=self._run, name="dml-compile", daemon=True).start()

    @property
    def is_done(self) -> bool:
        return self._done.is_set()

    def wait(self, patience: Patience) -> wasmtime.Module:
        """The program, unless it has been waited for in vain, or is now.

        Raises:
            StillCompiling, WasmtimeError: it is not done in time; it cannot be compiled.
        """
        end = time.monotonic() + patience.seconds
        while not (self._done.is_set() or self._late) and (left := end - time.monotonic()) > 0:
            self._done.wait(min(left, _SLICE_SECONDS))
        patience.seconds = max(0.0, end - time.monotonic())
        if not self._done.is_set():
            self._late = True
            raise StillCompiling
        if isinstance(self.result, wasmtime.Module):
            return self.result
        assert self.result is not None, "what is done has a result"  # noqa: S101
        raise self.result

    def _run(self) -> None:
        try:
            self.result = wasmtime.Module(self._engine, self._code)
        except wasmtime.WasmtimeError as error:
            self.result = error
        except BaseException as fault:  # noqa: BLE001 - memory, above all; whoever waits is told
            self.result = wasmtime.WasmtimeError(f"it cannot be compiled here ({fault!r})")
        finally:
            self._done.set()


_lock = threading.Lock()
_latest: _Compiling | None = None


def compiled(
    engine: wasmtime.Engine, name: object, code: bytes, patience: Patience | None
) -> wasmtime.Module:
    """The compiled form of a Wasm binary.

    Args:
        name: tells this code, for this engine, from other code.
        patience: what is waited is taken from it; None for one without end, which is compiled here.

    Raises:
        StillCompiling: it is not there when patience ends, or other code is being compiled.
        WasmtimeError: the engine cannot compile it.
    """
    global _latest
    if patience is None or patience.seconds == math.inf:
        return wasmtime.Module(engine, code)
    with _lock:
        compiling = _latest
        if compiling is None or (compiling.is_done and compiling.name != name):
            compiling = _latest = _Compiling(engine, name, code)
    if compiling.name != name:
        raise StillCompiling
    return compiling.wait(patience)


def _forget() -> None:
    """In a forked process, where the thread is not that compiles, and the lock may never open."""
    global _lock, _latest
    _lock, _latest = threading.Lock(), None


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
