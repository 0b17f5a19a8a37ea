"""Runs Wasm: an engine, a compiled program, and the machine that calls it.

Knows nothing of Substrate: the names of what a program may import, and of the two imports that
stand for its heap, are handed in.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

import wasmtime

from dml_sdk.chain.node import abi, allocator
from dml_sdk.chain.node.code_cache import CodeCache
from dml_sdk.errors import RuntimeIncompatible

ENGINE_SETTINGS = "speed; fixed memory; canonical NaN; no threads, SIMD, memory64, tail calls"
"""What `engine` sets; part of the name under which compiled code is kept."""

_KEPT_HEAP = 16 << 20  # a machine whose heap grew further is rebuilt rather than wiped


@cache
def engine() -> wasmtime.Engine:
    """The engine of this process.

    Proposals that network nodes refuse are off: what runs here runs there. The exception,
    multi-memory, is for the allocator's own module.
    """
    config = wasmtime.Config()
    config.cranelift_opt_level = "speed"
    config.cranelift_nan_canonicalization = True
    config.memory_may_move = False
    config.wasm_threads = False
    config.wasm_relaxed_simd = False
    config.wasm_simd = False
    config.wasm_memory64 = False
    config.wasm_tail_call = False
    config.wasm_multi_memory = True
    return wasmtime.Engine(config)


class Signature(NamedTuple):
    """Wasm types of a function: ("i32", "i64"), ("i32",)."""

    parameters: tuple[str, ...]
    results: tuple[str, ...]

    @classmethod
    def of(cls, type_: wasmtime.FuncType) -> Signature:
        """That of a function in a module."""
        return cls(tuple(map(str, type_.params)), tuple(map(str, type_.results)))

    def __str__(self) -> str:
        return f"({', '.join(self.parameters)}) -> ({', '.join(self.results)})"


class Function(NamedTuple):
    """A host function: what is called, and what Wasm may import it as."""

    call: abi.HostFunction
    signature: Signature


class Heap(NamedTuple):
    """Under which names a program imports its allocator."""

    malloc: str
    free: str


class Machine:
    """A compiled program that can be called again and again, its memory as new each time.

    Not thread-safe: who shares it, locks it.

    Args:
        code: a Wasm binary that imports its memory and exports `__heap_base`.
        functions: what it may import from "env", by name.
        heap: under which names it imports the allocator.
        cache_dir: where compiled code is kept; None for the user's cache directory.

    Raises:
        RuntimeIncompatible: not Wasm that this engine compiles, or it imports what is not offered;
            every such import is named.
    """

    def __init__(
        self,
        code: bytes,
        functions: Mapping[str, Function],
        heap: Heap,
        *,
        cache_dir: Path | None = None,
    ) -> None:
        compiled = CodeCache(engine(), ENGINE_SETTINGS, cache_dir)
        self._module = compiled.module(code)
        self._heap = heap
        self._failure: BaseException | None = None
        self._linker = wasmtime.Linker(engine())
        self._linker.allow_shadowing = True  # memory and allocator are new in each store
        least_pages = self._bind(functions)
        source = allocator.source(least_pages)
        self._allocator = compiled.module(bytes(wasmtime.wat2wasm(source)))
        self.exports = frozenset(
            export.name
            for export in self._module.exports
            if isinstance(export.type, wasmtime.FuncType)
        )
        self._instantiate()

    def _bind(self, functions: Mapping[str, Function]) -> int:
        """Put the imports into the linker; how many pages the program's memory starts with."""
        least_pages = 0
        self._imports: list[abi.Import] = []  # Wasm holds bare pointers to them
        refused: list[str] = []
        for wanted in self._module.imports:
            name, type_ = str(wanted.name), wanted.type
            if isinstance(type_, wasmtime.MemoryType) and name == "memory":
                least_pages = type_.limits.min
            elif name in self._heap:
                continue
            elif wanted.module != "env" or not isinstance(type_, wasmtime.FuncType):
                refused.append(f"{wanted.module}.{name}")
            elif name not in functions:
                refused.append(name)
            elif functions[name].signature != (signature := Signature.of(type_)):
                refused.append(f"{name}{signature}, which here is {functions[name].signature}")
            else:
                offered = abi.Import(functions[name].call, *signature, self._fail)
                offered.define(self._linker, "env", name, type_)
                self._imports.append(offered)
        if refused:
            raise RuntimeIncompatible(
                f"The runtime imports what this node does not offer: {', '.join(refused)}. "
                "Update dml-sdk, or use a runtime built for this version."
            )
        if not least_pages:
            raise RuntimeIncompatible(
                "The runtime does not import its memory. Link it with --import-memory."
            )
        return least_pages

    def _instantiate(self) -> None:
        store = wasmtime.Store(engine())
        helper = wasmtime.Instance(store, self._allocator, []).exports(store)
        memory = _memory(helper["memory"])
        self._linker.define(store, "env", "memory", memory)
        self._linker.define(store, "env", self._heap.malloc, helper["malloc"])
        self._linker.define(store, "env", self._heap.free, helper["free"])
        self._store = store
        self._program = self._linker.instantiate(store, self._module).exports(store)
        heap_base = self._program["__heap_base"]
        if not isinstance(heap_base, wasmtime.Global):
            raise RuntimeIncompatible("The runtime does not export __heap_base as a global.")
        self.memory = abi.Memory(store, memory)
        self._state = abi.Memory(store, _memory(helper["state"]))
        self._heap_base = int(heap_base.value(store))
        # The stack, all zero, comes first; the program's data after it.
        image = self.memory.read(0, self._heap_base)
        data = image.lstrip(b"\0")
        self._stack_size, self._data = len(image) - len(data), data
        self._malloc = abi.Export(store, _function(helper["malloc"]), 1)
        self._reset_heap = abi.Export(store, _function(helper["reset"]), 1)
        self._calls: dict[str, abi.Export] = {}
        self._dirty = False

    def reset(self) -> None:
        """Make memory and heap what they are in a new instance."""
        if self._dirty:
            used = int.from_bytes(self._state.read(0, 4), "little") - self._heap_base
            if used > _KEPT_HEAP:
                self._instantiate()
            else:
                self.memory.zero(0, self._stack_size)
                self.memory.write(self._stack_size, self._data)
                self.memory.zero(self._heap_base, used)
        self._reset_heap(self._heap_base)
        self._dirty = True

    def malloc(self, size: int) -> int:
        """A pointer to `size` bytes on the program's heap."""
        try:
            return self._malloc(size) & 0xFFFF_FFFF
        except abi.Trap as trap:
            raise abi.Trap(self._heap_fault() or str(trap)) from None

    def call(self, export: str, *arguments: int) -> int:
        """Call an exported function; its first result as an unsigned integer.

        Whatever a host function raised comes out of here as it was raised.

        Raises:
            abi.Trap: the program trapped. The next `reset` starts from a new instance.
            KeyError: there is no such export.
        """
        function = self._calls.get(export)
        if function is None:
            if export not in self.exports:
                raise KeyError(export)
            function = abi.Export(self._store, _function(self._program[export]), len(arguments))
            self._calls[export] = function
        try:
            return function(*arguments)
        except abi.Trap as trap:
            fault = self._heap_fault()
            failure, self._failure = self._failure, None
            self._instantiate()  # a trap leaves the stack pointer where it was
            if failure is not None:
                raise failure from None
            raise abi.Trap(fault or str(trap)) from None

    def _fail(self, error: BaseException) -> None:
        self._failure = error

    def _heap_fault(self) -> str | None:
        return allocator.FAULTS.get(int.from_bytes(self._state.read(4, 4), "little"))


def _function(export: object) -> wasmtime.Func:
    if not isinstance(export, wasmtime.Func):
        raise RuntimeIncompatible(f"A function was expected among the exports, not {export!r}.")
    return export


def _memory(export: object) -> wasmtime.Memory:
    if not isinstance(export, wasmtime.Memory):
        raise RuntimeIncompatible(f"A memory was expected among the exports, not {export!r}.")
    return export
