"""Runs Wasm: an engine, a compiled program, and the machine that calls it.

Knows nothing of Substrate: the names of what a program may import, and of the two imports that
stand for its heap, are handed in.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import NamedTuple

import wasmtime

from dml_sdk.chain.node import abi, interrupts
from dml_sdk.chain.node.code_cache import CodeCache
from dml_sdk.chain.node.compiling import Patience
from dml_sdk.chain.node.ticks import ThreadTicks, Ticks, TimerTicks
from dml_sdk.chain.node.time_limit import NO_LIMIT, TimeLimit
from dml_sdk.chain.node.wasm import allocator
from dml_sdk.errors import RuntimeIncompatible

ENGINE_SETTINGS = (
    "speed; fixed memory; canonical NaN; epochs; no threads, SIMD, memory64, tail calls"
)
"""What `engine` sets; part of the name under which compiled code is kept."""

_NUMBERS = frozenset(("i32", "i64"))
_MALLOC = "malloc"  # as companions import it
LONGEST_SECONDS = 60.0
"""Of the processor's time, that any call may take; to make a state of very many accounts does."""

_START_SECONDS = 0.2
_KEPT_HEAP = 16 << 20  # a machine whose heap grew further is rebuilt rather than wiped


@cache
def engine() -> wasmtime.Engine:
    """The engine of this process.

    Proposals that network nodes refuse are off: what runs here runs there. The exception,
    multi-memory, is for the modules that run beside them.
    """
    config = wasmtime.Config()
    config.cranelift_opt_level = "speed"
    config.cranelift_nan_canonicalization = True
    config.memory_may_move = False
    config.epoch_interruption = True  # see `ticks`
    config.wasm_threads = False
    config.wasm_relaxed_simd = False
    config.wasm_simd = False
    config.wasm_memory64 = False
    config.wasm_tail_call = False
    config.wasm_multi_memory = True
    return wasmtime.Engine(config)


def new_store() -> wasmtime.Store:
    """A store of the engine, in which no epoch ends a call."""
    store = wasmtime.Store(engine())
    store.set_epoch_deadline(NO_LIMIT)
    return store


@cache
def ticks() -> Ticks:
    """What counts the engine's epochs."""
    if TimerTicks.offered():
        with suppress(OSError):
            return TimerTicks(engine())
    return ThreadTicks(engine())


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


class Companion(NamedTuple):
    """A module beside the program, on its memory and heap; the program imports what it exports.

    It may export one memory of its own, under a name that no other companion's has, for the host to
    reach it by `Machine.own_memory`.

    Attributes:
        source: its text. It may import "memory" and "malloc".
        functions: what else it may import from "env".
    """

    source: str
    functions: Mapping[str, Function]


class Machine:
    """A compiled program that can be called again and again, its memory as new each time.

    Not thread-safe: who shares it, locks it. Who uses it in the main thread does so with interrupts
    held (`interrupts`).

    Args:
        code: a Wasm binary that imports its memory and exports `__heap_base`.
        functions: what it may import from "env", by name.
        heap: under which names it imports the allocator.
        companions: whose functions it may import from "env" as well.
        cache_dir: where compiled code is kept; None for the user's cache directory.
        patience: of whoever waits for the code to be compiled; None for one without end.
        counted_by: what ends epochs; None for what this system has.

    Raises:
        RuntimeIncompatible: not Wasm that this engine compiles, or it imports what is not offered;
            every such import is named.
        StillCompiling: it is not compiled when patience ends.
    """

    def __init__(
        self,
        code: bytes,
        functions: Mapping[str, Function],
        heap: Heap,
        companions: Sequence[Companion] = (),
        *,
        cache_dir: Path | None = None,
        patience: Patience | None = None,
        counted_by: Ticks | None = None,
    ) -> None:
        compiled = CodeCache(engine(), ENGINE_SETTINGS, cache_dir)
        self._module = compiled.module(code, patience)
        self._heap = heap
        self._failure: BaseException | None = None
        self._ticks = counted_by or ticks()
        self._limit = TimeLimit(self._ticks)
        self._epoch_end = abi.EpochEnd(self._at_epoch_end, self._fail)
        self._linker = wasmtime.Linker(engine())
        self._linker.allow_shadowing = True  # what runs beside the program is new in each store
        self._imports: list[abi.Import] = []  # Wasm holds bare pointers to them
        self._companions = [
            compiled.module(bytes(wasmtime.wat2wasm(companion.source))) for companion in companions
        ]
        beside: dict[str, Signature] = {}
        for companion, module in zip(companions, self._companions, strict=True):
            self._bind(module, companion.functions, beside)
            for name, type_ in _functions_of(module):
                beside[name] = Signature.of(type_)
        least_pages = self._bind(self._module, functions, beside)
        if not least_pages:
            raise RuntimeIncompatible(
                "The runtime does not import its memory. Link it with --import-memory."
            )
        source = allocator.source(least_pages)
        self._allocator = compiled.module(bytes(wasmtime.wat2wasm(source)))
        self.exports = {name: Signature.of(type_) for name, type_ in _functions_of(self._module)}
        with interrupts.Held():
            self._instantiate()

    def _bind(
        self,
        module: wasmtime.Module,
        functions: Mapping[str, Function],
        beside: Mapping[str, Signature],
    ) -> int:
        """Put a module's imports into the linker; how many pages of memory it asks for.

        Args:
            functions: what the host offers it.
            beside: what companions offer it, which is linked once they are instantiated.
        """
        least_pages = 0
        refused: list[str] = []
        for wanted in module.imports:
            name, type_ = str(wanted.name), wanted.type
            if isinstance(type_, wasmtime.MemoryType) and name == "memory":
                least_pages = type_.limits.min
            elif name in self._heap or (wanted.module == "env" and name == _MALLOC):
                continue
            elif wanted.module != "env" or not isinstance(type_, wasmtime.FuncType):
                refused.append(f"{wanted.module}.{name}")
            elif name not in functions and name not in beside:
                refused.append(name)
            else:
                offered = functions[name].signature if name in functions else beside[name]
                if offered != (signature := Signature.of(type_)):
                    refused.append(f"{name}{signature}, which here is {offered}")
                elif name in functions:
                    bound = abi.Import(functions[name].call, *signature, self._fail)
                    bound.define(self._linker, "env", name, type_)
                    self._imports.append(bound)
        if refused:
            raise RuntimeIncompatible(
                f"The runtime imports what this node does not offer: {', '.join(refused)}. "
                "Update dml-sdk, or use a runtime built for this version."
            )
        return least_pages

    def _instantiate(self) -> None:
        store = new_store()
        self._epoch_end.of(store)
        helper = wasmtime.Instance(store, self._allocator, []).exports(store)
        memory = _memory(helper["memory"])
        define = self._linker.define
        define(store, "env", "memory", memory)
        for name in (_MALLOC, self._heap.malloc):
            define(store, "env", name, helper["malloc"])
        define(store, "env", self._heap.free, helper["free"])
        self.own_memory: dict[str, abi.Memory] = {}
        for module in self._companions:
            exports = self._linker.instantiate(store, module).exports(store)
            for export in module.exports:
                held = exports[export.name]
                if isinstance(held, wasmtime.Memory):
                    self.own_memory[export.name] = abi.Memory(store, held)
                else:
                    define(store, "env", export.name, held)
        self._store = store
        self._limit.begin(_START_SECONDS)
        try:
            # A module may name a function to start with.
            self._program = self._linker.instantiate(store, self._module).exports(store)
        except (wasmtime.Trap, wasmtime.WasmtimeError) as error:
            failure, self._failure = self._failure, None
            if isinstance(failure, abi.Trap):
                why: object = failure
            elif isinstance(failure, Exception):
                why = "it calls the host from its start function"
            elif failure is not None:  # a Ctrl-C
                raise failure from None
            else:
                why = error
            raise RuntimeIncompatible(f"The runtime cannot be started: {why}.") from error
        finally:
            self._limit.end()
        self.memory = abi.Memory(store, memory)
        self._state = abi.Memory(store, _memory(helper["state"]))
        self._heap_base = self._found_heap_base(memory.data_len(store))
        # The stack, all zero, comes first; the program's data after it.
        image = self.memory.read(0, self._heap_base)
        data = image.lstrip(b"\0")
        self._stack_size, self._data = len(image) - len(data), data
        self._malloc = abi.Export(store, _function(helper["malloc"]), 1)
        self._reset_heap = abi.Export(store, _function(helper["reset"]), 1)
        self._calls: dict[str, abi.Export] = {}
        self._dirty = False

    def _found_heap_base(self, size: int) -> int:
        base = dict(self._program).get("__heap_base")
        if (
            not isinstance(base, wasmtime.Global)
            or base.type(self._store).content != wasmtime.ValType.i32()
        ):
            raise RuntimeIncompatible("The runtime does not export __heap_base as an i32 global.")
        found = int(base.value(self._store)) & 0xFFFF_FFFF
        if found > size:
            raise RuntimeIncompatible("The runtime's heap would begin outside of its memory.")
        return found

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
        self._do(self._reset_heap, self._heap_base)
        self._dirty = True

    def malloc(self, size: int) -> int:
        """A pointer to `size` bytes on the program's heap."""
        return self._do(self._malloc, size) & 0xFFFF_FFFF

    def call(self, export: str, *arguments: int, seconds: float = LONGEST_SECONDS) -> int:
        """Call an exported function; its first result as an unsigned integer.

        Whatever a host function raised comes out of here as it was raised.

        Args:
            seconds: of the processor's time, after which the program is stopped.

        Raises:
            abi.Trap: the program trapped, or took longer (OutOfTime). The next `reset` starts from
                a new instance.
            KeyError: there is no such export.
            TypeError: it takes something else, or gives more than one number.
        """
        function = self._calls.get(export)
        if function is None:
            # Cells are made for what is passed and come back with the result: no more fits.
            takes, gives = self.exports[export]
            if len(takes) != len(arguments) or len(gives) > 1 or not {*takes, *gives} <= _NUMBERS:
                raise TypeError(f"{export}{self.exports[export]} cannot be called like this")
            function = abi.Export(self._store, _function(self._program[export]), len(arguments))
            self._calls[export] = function
        self._limit.begin(seconds)
        try:
            if self._ticks.native:
                return function(*arguments)
            return function.letting_go(*arguments)
        except abi.Trap as trap:
            why = self._why(trap)
            self._limit.end()
            self._instantiate()  # a trap leaves the stack pointer where it was
            raise why from None
        finally:
            self._limit.end()

    def pause(self) -> None:
        """To be called by the host now and then while it works long for the program.

        Raises:
            OutOfTime: the call's time is over.
            KeyboardInterrupt: or whatever the handler of a signal raises.
        """
        self._at_epoch_end()

    def _do(self, function: abi.Export, argument: int) -> int:
        """Call a function of the allocator's, which nobody needs to stop."""
        try:
            return function(argument)
        except abi.Trap as trap:
            raise self._why(trap) from None

    def _at_epoch_end(self) -> None:
        interrupts.heed()
        self._limit.check()

    def _fail(self, error: BaseException) -> None:
        self._failure = error

    def _why(self, trap: abi.Trap) -> BaseException:
        """What really stopped Wasm: the host, the heap, or what the engine says."""
        failure, self._failure = self._failure, None
        return failure or abi.Trap(self._heap_fault() or str(trap))

    def _heap_fault(self) -> str | None:
        return allocator.FAULTS.get(int.from_bytes(self._state.read(4, 4), "little"))


def _functions_of(module: wasmtime.Module) -> Iterable[tuple[str, wasmtime.FuncType]]:
    for export in module.exports:
        if isinstance(export.type, wasmtime.FuncType):
            yield export.name, export.type


def _function(export: object) -> wasmtime.Func:
    if not isinstance(export, wasmtime.Func):
        raise RuntimeIncompatible(f"A function was expected among the exports, not {export!r}.")
    return export


def _memory(export: object) -> wasmtime.Memory:
    if not isinstance(export, wasmtime.Memory):
        raise RuntimeIncompatible(f"A memory was expected among the exports, not {export!r}.")
    return export
