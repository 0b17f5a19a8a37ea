"""Calls a runtime: argument in, result out, changes in the overlay.

Adds to `vm` the calling convention of a Substrate runtime and to `host` the machine it serves.
"""

from __future__ import annotations

import hashlib
import threading
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from dml_sdk.chain.node import abi
from dml_sdk.chain.node.host import HEAP, Host
from dml_sdk.chain.node.scale import Reader, ScaleError
from dml_sdk.chain.node.state import Overlay
from dml_sdk.chain.node.trie import Trie
from dml_sdk.chain.node.vm import Machine
from dml_sdk.errors import RuntimeIncompatible, RuntimePanic

CODE = b":code"
_TELL_SECONDS = 1.0  # for what a runtime says of itself; the code may be a stranger's
_COMPRESSED = bytes.fromhex("52bc537646db8e05")


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
    """One runtime's code, callable from any thread, one call at a time.

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
        self._lock = threading.RLock()
        self._host = Host(self._version_of_other)
        self._machine = Machine(
            code, self._host.functions(), HEAP, self._host.companions(), cache_dir=cache_dir
        )
        self._host.machine = self._machine

    def call(
        self, name: str, argument: bytes, overlay: Overlay, *, seconds: float | None = None
    ) -> bytes:
        """Call `name` ("Core_version") with an encoded argument; its encoded result.

        Args:
            seconds: after which it is stopped, for calls that a stranger asks for.

        When it fails, the transactions that it opened in `overlay` are rolled back; what it
        changed outside of them stays, so that the overlay had better be dropped.

        Raises:
            RuntimePanic: it trapped, and the message is the runtime's own; or it took too long.
            RuntimeIncompatible: it has no such function.
        """
        if name not in self.exports:
            raise RuntimeIncompatible(
                f"The runtime has no {name}. The SDK and the chain are of different versions."
            )
        with self._lock:
            depth = overlay.depth
            self._host.begin(overlay)
            machine = self._machine
            machine.reset()
            try:
                pointer = machine.malloc(len(argument))
                machine.memory.write(pointer, argument)
                span = machine.call(name, pointer, len(argument), seconds=seconds)
                return machine.memory.read(span & 0xFFFF_FFFF, span >> 32)
            except (abi.Trap, ScaleError, RuntimePanic) as trap:
                why = " ".join((self._host.said or str(trap)).split()).rstrip(".")
                raise RuntimePanic(
                    f"{name} stopped: {why}. Nothing of it was kept; the node goes on."
                ) from trap
            finally:
                while overlay.depth > depth:
                    overlay.rollback()

    @property
    def exports(self) -> frozenset[str]:
        """The functions that can be called, by name."""
        return self._machine.exports

    @cached_property
    def version(self) -> RuntimeVersion:
        """What the runtime says of itself."""
        try:
            told = self.call("Core_version", b"", Overlay(Trie(1)), seconds=_TELL_SECONDS)
            return RuntimeVersion.decode(told)
        except ScaleError as error:
            raise RuntimeIncompatible(f"The runtime's version cannot be read: {error}") from error

    @cached_property
    def metadata(self) -> bytes:
        """The runtime's metadata (version 14), encoded."""
        told = self.call("Metadata_metadata", b"", Overlay(Trie(1)), seconds=_TELL_SECONDS)
        try:
            return Reader(told).vec()
        except ScaleError as error:
            raise RuntimeIncompatible(f"The runtime's metadata cannot be read: {error}") from error

    def _version_of_other(self, code: bytes) -> bytes | None:
        try:
            other = Runtime(code, cache_dir=self._cache_dir)
            return other.call("Core_version", b"", Overlay(Trie(1)), seconds=_TELL_SECONDS)
        except (RuntimeIncompatible, RuntimePanic):
            return None


class Executor:
    """The runtimes of a chain: that of each state is the one under its `:code`."""

    def __init__(self, *, cache_dir: Path | None = None) -> None:
        self._cache_dir = cache_dir
        self._runtimes: dict[bytes, Runtime] = {}
        self._lock = threading.Lock()
        self._last: Runtime | None = None

    def runtime(self, code: bytes) -> Runtime:
        """The runtime of `code`, loaded once."""
        last = self._last
        if last is not None and last.code is code:
            return last
        name = hashlib.sha256(code).digest()
        with self._lock:
            if name not in self._runtimes:
                self._runtimes[name] = Runtime(code, cache_dir=self._cache_dir)
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
