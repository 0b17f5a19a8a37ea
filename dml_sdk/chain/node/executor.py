"""Calls a runtime: argument in, result out, changes in the overlay.

Adds to `vm` the calling convention of a Substrate runtime and to `host` the machine it serves.
Every call has a limit: the code of a chain is whatever its sudo, or its votes, put there.
"""

from __future__ import annotations

import hashlib
import logging
import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import TypeAlias

from dml_sdk.chain.node import abi
from dml_sdk.chain.node.host import HEAP, Host
from dml_sdk.chain.node.interrupts import Held
from dml_sdk.chain.node.process import OwnProcess
from dml_sdk.chain.node.scale import Reader, ScaleError
from dml_sdk.chain.node.state import Overlay
from dml_sdk.chain.node.time_limit import OutOfTime
from dml_sdk.chain.node.trie import Trie
from dml_sdk.chain.node.vm import LONGEST_SECONDS, Machine, Signature
from dml_sdk.errors import DMLError, RuntimeIncompatible, RuntimePanic

CODE = b":code"
_VERSION_SECONDS = 0.2  # an honest one takes 0.2 ms in a new instance
_METADATA_SECONDS = 1.0  # 2 ms
_READERS = 2  # machines beside the one that makes blocks, each made when it is first needed
_REMEMBERED = 64  # codes that cannot be loaded
_TOLD = 80  # characters of what somebody gave, in a message
log = logging.getLogger(__name__)
_OF_A_CALL = Signature(("i32", "i32"), ("i64",))
_COMPRESSED = bytes.fromhex("52bc537646db8e05")

_Failure: TypeAlias = RuntimePanic | RuntimeIncompatible


@dataclass(frozen=True, slots=True)
class RuntimeVersion:
    """What `Core_version` says.

    Attributes:
        apis: (8-byte id, version) of each runtime API.
        system: the system version; its state version is 1 when this is 1 or more.
    """

    spec_name: str
    impl_name: str
    authoring: int
    spec: int
    impl: int
    apis: tuple[tuple[bytes, int], ...]
    transaction: int
    system: int

    @property
    def state(self) -> int:
        """The version of the state trie."""
        return min(self.system, 1)

    @classmethod
    def decode(cls, data: bytes) -> RuntimeVersion:
        """From SCALE.

        Raises:
            ScaleError: not an encoded runtime version.
        """
        read = Reader(data)
        names = read.vec().decode("utf-8", "replace"), read.vec().decode("utf-8", "replace")
        authoring, spec, impl = read.uint(4), read.uint(4), read.uint(4)
        apis = tuple((read.take(8), read.uint(4)) for _ in range(read.compact()))
        return cls(*names, authoring, spec, impl, apis, read.uint(4), read.uint(1))


class Runtime:
    """The code of one runtime, callable from any thread.

    It runs on several machines: blocks are made on one, one call at a time; what is only asked
    (`beside`) goes to others, so as not to wait until a block is made.

    Args:
        code: its Wasm.
        cache_dir: where compiled code is kept; None for the user's cache directory.

    Raises:
        RuntimeIncompatible: this node cannot run it.
    """

    def __init__(self, code: bytes, *, cache_dir: Path | None = None) -> None:
        if code.startswith(_COMPRESSED):
            raise RuntimeIncompatible(
                "The runtime is compressed (zstd), which this node does not read. "
                "Give it the plain .wasm."
            )
        self.code = code
        self._cache_dir = cache_dir
        self._author = _Seat(code, cache_dir)
        self._own = OwnProcess()
        self._author_lock = threading.RLock()
        self._readers: list[_Seat] = []  # that are free
        self._places = threading.BoundedSemaphore(_READERS)
        self._told: dict[str, bytes | _Failure] = {}
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
    ) -> bytes:
        """Call `name` ("Core_version") with an encoded argument; its encoded result.

        Args:
            seconds: of the processor's time, after which it is stopped.
            beside: while a block is being made, rather than after it.

        When it fails, the transactions that it opened in `overlay` are rolled back; what it
        changed outside of them stays, so that the overlay had better be dropped.

        Raises:
            RuntimePanic: it trapped, and the message is the runtime's own; or it took too long.
            RuntimeIncompatible: it has no such function.
            UsageError: in a process that was forked from the one that this runtime was loaded in.
        """
        self._own.require()
        self._author.require(name)
        if not beside:
            with self._author_lock:
                return self._author.call(name, argument, overlay, seconds)
        with self._reader() as seat:
            return seat.call(name, argument, overlay, seconds)

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
            told = self._tell("Core_version", _VERSION_SECONDS)
            try:
                self._version = RuntimeVersion.decode(told)
            except ScaleError as error:
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
                    self._told[name] = _again(error)
            answer = self._told[name]
        if isinstance(answer, bytes):
            return answer
        raise _again(answer)

    @contextmanager
    def _reader(self) -> Iterator[_Seat]:
        with self._places:
            try:
                seat = self._readers.pop()
            except IndexError:
                seat = _Seat(self.code, self._cache_dir)
            try:
                yield seat
            finally:
                self._readers.append(seat)


class _Seat:
    """A machine with a runtime's code, and the host that serves it; for one call at a time.

    Args:
        asked: only of its version, by another runtime; then it may ask that of nobody else.
    """

    def __init__(self, code: bytes, cache_dir: Path | None, *, asked: bool = False) -> None:
        self._cache_dir = cache_dir
        self._at_work = False
        self._host = host = Host(_of_nobody if asked else self._version_of_other)
        self.machine = Machine(code, host.functions(), HEAP, host.companions(), cache_dir=cache_dir)
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

    def call(self, name: str, argument: bytes, overlay: Overlay, seconds: float) -> bytes:
        """As `Runtime.call`."""
        with Held():
            if self._at_work:
                raise RuntimePanic(
                    f"{name} was asked of a runtime by what interrupted it in the same thread, "
                    "as the handler of a signal does. Ask again once it has returned."
                )
            self._at_work = True
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
            other = _Seat(code, self._cache_dir, asked=True)
            other.require("Core_version")
            return other.call("Core_version", b"", Overlay(Trie(1)), _VERSION_SECONDS)
        except (RuntimeIncompatible, RuntimePanic):
            return None


def _of_nobody(_: bytes) -> bytes | None:
    return None


def _again(error: _Failure) -> _Failure:
    """The same error, which holds none of what was going on when it was raised."""
    if isinstance(error, RuntimePanic):
        return RuntimePanic(str(error), out_of_time=error.out_of_time)
    return RuntimeIncompatible(str(error))


class Executor:
    """The runtimes of a chain: that of each state is the one under its `:code`."""

    def __init__(self, *, cache_dir: Path | None = None) -> None:
        self._cache_dir = cache_dir
        self._runtimes: dict[bytes, Runtime] = {}
        self._unfit: OrderedDict[bytes, _Failure] = OrderedDict()
        self._lock = threading.Lock()
        self._last: Runtime | None = None

    def runtime(self, code: bytes) -> Runtime:
        """The runtime of `code`, loaded once; so is what cannot be loaded.

        Raises:
            RuntimeIncompatible: this node cannot run it.
        """
        last = self._last
        if last is not None and last.code is code:
            return last
        name = hashlib.sha256(code).digest()
        with self._lock:
            if name in self._unfit:
                raise _again(self._unfit[name])
            if name not in self._runtimes:
                try:
                    self._runtimes[name] = Runtime(code, cache_dir=self._cache_dir)
                except RuntimeIncompatible as error:
                    self._unfit[name] = _again(error)
                    if len(self._unfit) > _REMEMBERED:
                        self._unfit.popitem(last=False)
                    raise
            self._last = self._runtimes[name]
            return self._last

    def of(self, state: Trie) -> Runtime:
        """The runtime that a state asks for.

        Raises:
            RuntimeIncompatible: the state has no code, or code that this node cannot run.
        """
        code = state.get(CODE)
        if code is None:
            raise RuntimeIncompatible("The state holds no runtime under :code.")
        return self.runtime(code)
