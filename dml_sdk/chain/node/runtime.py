"""Calls a runtime: argument in, result out, changes in the overlay.

Adds to `vm` the calling convention of a Substrate runtime and to `host` the machine it serves.
Every call has a limit: the code of a chain is whatever its sudo, or its votes, put there.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from difflib import get_close_matches
from pathlib import Path
from typing import TypeAlias

from dml_sdk.chain.node import abi
from dml_sdk.chain.node.compiling import Patience, StillCompiling
from dml_sdk.chain.node.host import HEAP, Host
from dml_sdk.chain.node.interrupts import Held
from dml_sdk.chain.node.process import OwnProcess
from dml_sdk.chain.node.scale import Reader, ScaleError
from dml_sdk.chain.node.sections import NotWasm
from dml_sdk.chain.node.state import Overlay
from dml_sdk.chain.node.time_limit import OutOfTime
from dml_sdk.chain.node.trie import Trie
from dml_sdk.chain.node.version import RuntimeVersion
from dml_sdk.chain.node.vm import LONGEST_SECONDS, Machine, Signature
from dml_sdk.errors import DMLError, RuntimeIncompatible, RuntimePanic

_VERSION_SECONDS = 0.2  # an honest one takes 0.2 ms in a new instance
_METADATA_SECONDS = 1.0  # 2 ms
_READERS = 2  # machines beside the one that makes blocks, each made when it is first needed
_TOLD = 80  # characters of what somebody gave, in a message
log = logging.getLogger(__name__)
_OF_A_CALL = Signature(("i32", "i32"), ("i64",))
_COMPRESSED = bytes.fromhex("52bc537646db8e05")

Failure: TypeAlias = RuntimePanic | RuntimeIncompatible
"""What comes of asking a runtime that does not answer."""


class Runtime:
    """The code of one runtime, callable from any thread.

    It runs on several machines: blocks are made on one, one call at a time; what is only asked
    (`beside`) goes to others, so as not to wait until a block is made.

    Args:
        code: its Wasm.
        cache_dir: where compiled code is kept; None for the user's cache directory.
        patience: of whoever waits for it to be compiled; None for one without end.

    Raises:
        RuntimeIncompatible: this node cannot run it.
        StillCompiling: it is not compiled when patience ends.
    """

    def __init__(
        self, code: bytes, *, cache_dir: Path | None = None, patience: Patience | None = None
    ) -> None:
        if code.startswith(_COMPRESSED):
            raise RuntimeIncompatible(
                "The runtime is compressed (zstd), which this node does not read. "
                "Give it the plain .wasm."
            )
        self.code = code
        self._cache_dir = cache_dir
        self._author = _Seat(code, cache_dir, patience)
        self._own = OwnProcess()
        self._author_lock = threading.RLock()
        self._readers: list[_Seat] = []  # that are free
        self._places = threading.BoundedSemaphore(_READERS)
        self._told: dict[str, bytes | Failure] = {}
        self._telling = threading.RLock()
        self._version: RuntimeVersion | None = None

    def call(
        self,
        name: str,
        argument: bytes,
        overlay: Overlay,
        *,
        seconds: float = LONGEST_SECONDS,
        beside: bool = False,
        patience: Patience | None = None,
    ) -> bytes:
        """Call `name` ("Core_version") with an encoded argument; its encoded result.

        Args:
            seconds: of the processor's time, after which it is stopped.
            beside: while a block is being made, rather than after it.
            patience: of whoever waits for other runtimes that it asks about to be compiled; None
                for what a single request has.

        When it fails, the transactions that it opened in `overlay` are rolled back; what it
        changed outside of them stays, so that the overlay had better be dropped.

        Raises:
            RuntimePanic: it trapped, and the message is the runtime's own; or it took too long.
            StillCompiling: another one is not compiled when patience ends.
            RuntimeIncompatible: it has no such function.
            UsageError: in a process that was forked from the one that this runtime was loaded in.
        """
        self._own.require()
        self._author.require(name)
        patience = patience or Patience()
        if not beside:
            with self._author_lock:
                return self._author.call(name, argument, overlay, seconds, patience)
        with self._reader() as seat:
            return seat.call(name, argument, overlay, seconds, patience)

    @property
    def exports(self) -> frozenset[str]:
        """The functions that it exports, by name."""
        return frozenset(self._author.machine.exports)

    @property
    def version(self) -> RuntimeVersion:
        """What the runtime says of itself.

        Raises:
            RuntimePanic, RuntimeIncompatible: it says nothing, or nothing that can be read.
        """
        if self._version is None:
            try:
                self._version = RuntimeVersion.beside(self.code) or RuntimeVersion.decode(
                    self._tell("Core_version", _VERSION_SECONDS)
                )
            except (ScaleError, NotWasm) as error:
                raise RuntimeIncompatible(
                    f"The runtime's version cannot be read: {error}"
                ) from error
        return self._version

    @property
    def metadata(self) -> bytes:
        """The runtime's metadata (version 14), encoded.

        Raises:
            RuntimePanic, RuntimeIncompatible: as `version`.
        """
        told = self._tell("Metadata_metadata", _METADATA_SECONDS)
        try:
            return Reader(told).vec()
        except ScaleError as error:
            raise RuntimeIncompatible(f"The runtime's metadata cannot be read: {error}") from error

    def _tell(self, name: str, seconds: float) -> bytes:
        """What a call that depends on the code alone answers; made once, also when it fails."""
        self._own.require()
        with self._telling:
            if name not in self._told:
                try:
                    overlay = Overlay(Trie(1))
                    told = self.call(name, b"", overlay, seconds=seconds, beside=True)
                    self._told[name] = told
                except (RuntimePanic, RuntimeIncompatible) as error:
                    self._told[name] = again(error)
            answer = self._told[name]
        if isinstance(answer, bytes):
            return answer
        raise again(answer)

    @contextmanager
    def _reader(self) -> Iterator[_Seat]:
        with self._places:
            try:
                seat = self._readers.pop()
            except IndexError:
                seat = _Seat(self.code, self._cache_dir, None)
            try:
                yield seat
            finally:
                self._readers.append(seat)


class _Seat:
    """A machine with a runtime's code, and the host that serves it; for one call at a time.

    Args:
        asked: only of its version, by another runtime; then it may ask that of nobody else.
    """

    def __init__(
        self,
        code: bytes,
        cache_dir: Path | None,
        patience: Patience | None,
        *,
        asked: bool = False,
    ) -> None:
        self._cache_dir = cache_dir
        self._at_work = False
        self._patience = Patience()
        self._host = host = Host(_of_nobody if asked else self._version_of_other)
        self.machine = Machine(
            code,
            host.functions(),
            HEAP,
            host.companions(),
            cache_dir=cache_dir,
            patience=patience,
        )
        host.machine = self.machine

    def require(self, name: str) -> None:
        """Refuses what the runtime does not export as a function that can be called.

        Raises:
            RuntimeIncompatible: naming what is near, or what it is instead.
        """
        signature = self.machine.exports.get(name)
        if signature is None:
            raise self._has_no(name)
        if signature != _OF_A_CALL:
            raise RuntimeIncompatible(
                f"The runtime's {name} is {signature}; what can be called is {_OF_A_CALL}."
            )

    def call(
        self, name: str, argument: bytes, overlay: Overlay, seconds: float, patience: Patience
    ) -> bytes:
        """As `Runtime.call`."""
        with Held():
            if self._at_work:
                raise RuntimePanic(
                    f"{name} was asked of a runtime by what interrupted it in the same thread, "
                    "as the handler of a signal does. Ask again once it has returned."
                )
            self._at_work, self._patience = True, patience
            try:
                return self._called(name, argument, overlay, seconds)
            finally:
                self._at_work = False

    def _called(self, name: str, argument: bytes, overlay: Overlay, seconds: float) -> bytes:
        depth = overlay.depth
        self._host.begin(overlay)
        machine = self.machine
        machine.reset()
        try:
            pointer = machine.malloc(len(argument))
            machine.memory.write(pointer, argument)
            span = machine.call(name, pointer, len(argument), seconds=seconds)
            return machine.memory.read(span & 0xFFFF_FFFF, span >> 32)
        except OutOfTime as late:
            raise RuntimePanic(f"{name} stopped: {late}.", out_of_time=True) from late
        except StillCompiling:
            raise
        except (abi.Trap, ScaleError, RuntimePanic) as trap:
            why = " ".join((self._host.said or str(trap)).split()).rstrip(".")
            raise RuntimePanic(f"{name} stopped: {why}.") from trap
        except DMLError:
            raise
        except Exception as fault:  # whatever a stranger's code has led the host into
            log.exception("%s failed in the host", name)
            raise RuntimePanic(
                f"{name} stopped: the node failed at what it asked for ({type(fault).__name__})."
            ) from fault
        finally:
            while overlay.depth > depth:
                overlay.rollback()

    def _has_no(self, name: str) -> RuntimeIncompatible:
        near = get_close_matches(name, self.machine.exports, 1)
        return RuntimeIncompatible(
            f"The runtime has no {name[:_TOLD]}. "
            + (
                f"Did you mean {near[0]}?"
                if near
                else "Functions are named after their API, as in Core_version; a runtime of "
                "another version may have others."
            )
        )

    def _version_of_other(self, code: bytes) -> bytes | None:
        try:
            version = RuntimeVersion.beside(code)
            if version is not None:
                return version.encode()
            other = _Seat(code, self._cache_dir, self._patience, asked=True)
            other.require("Core_version")
            return other.call(
                "Core_version", b"", Overlay(Trie(1)), _VERSION_SECONDS, self._patience
            )
        except StillCompiling:
            raise
        except (RuntimeIncompatible, RuntimePanic, ScaleError, NotWasm):
            return None


def _of_nobody(_: bytes) -> bytes | None:
    return None


def again(error: Failure) -> Failure:
    """The same error, which holds none of what was going on when it was raised."""
    if isinstance(error, RuntimePanic):
        return RuntimePanic(str(error), out_of_time=error.out_of_time)
    return RuntimeIncompatible(str(error))
