"""Calls between Python and Wasm without conversion: wasmtime's unchecked C API.

`wasmtime.Func` builds a typed value object for every argument of every call, 15 µs each way. The
unchecked API passes arguments and results in one array of 16-byte cells instead.

It goes through `ctypes.PyDLL`, which keeps the interpreter's lock: a runtime calls its host
hundreds of times in a millisecond, and a thread that computes in Python would otherwise take the
lock for 5 ms at each of those calls. Others get it at the end of each epoch (`EpochEnd`). Where
nothing counts epochs while the lock is kept, calls let go of it (`Export.letting_go`).

This is the only module that reaches into `wasmtime._ffi`.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from typing import Any

import wasmtime
from wasmtime import _ffi as ffi

HostFunction = Callable[..., int | None]

_CELL = 2  # an argument's cell is 16 bytes: two 64-bit words, of which the first counts
_WIDTH_MASK = {"i32": 0xFFFF_FFFF, "i64": 0xFFFF_FFFF_FFFF_FFFF}

_library: Any = ctypes.PyDLL(str(ffi.filename), handle=ffi.dll._handle)
_letting_go: Any = ctypes.CDLL(str(ffi.filename), handle=ffi.dll._handle)
_words = ctypes.POINTER(ctypes.c_uint64)
_callback: Any = ctypes.CFUNCTYPE(
    ctypes.c_size_t, ctypes.c_void_p, ctypes.c_void_p, _words, ctypes.c_size_t
)


def _declare(name: str, result: Any, *arguments: Any, library: Any = _library) -> Any:
    function = library[name]
    function.restype, function.argtypes = result, arguments
    return function


_CALL = (
    "wasmtime_func_call_unchecked",
    ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p, _words, ctypes.c_size_t, ctypes.c_void_p,
)  # fmt: skip
_call = _declare(*_CALL)
_call_letting_go = _declare(*_CALL, library=_letting_go)
_epoch_callback: Any = ctypes.CFUNCTYPE(
    ctypes.c_size_t, ctypes.c_void_p, ctypes.c_void_p, _words, ctypes.POINTER(ctypes.c_uint8)
)
_at_epoch_end = _declare(
    "wasmtime_store_epoch_deadline_callback", None,
    ctypes.c_void_p, _epoch_callback, ctypes.c_void_p, ctypes.c_void_p,
)  # fmt: skip
_CONTINUE, _ONE_EPOCH = 0, 1
_define = _declare(
    "wasmtime_linker_define_func_unchecked",
    ctypes.c_void_p, ctypes.c_void_p, ctypes.c_char_p, ctypes.c_size_t, ctypes.c_char_p,
    ctypes.c_size_t, ctypes.c_void_p, _callback, ctypes.c_void_p, ctypes.c_void_p,
)  # fmt: skip
_memory_data = _declare(
    "wasmtime_memory_data", ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p
)  # fmt: skip
_memory_size = _declare(
    "wasmtime_memory_data_size", ctypes.c_size_t, ctypes.c_void_p, ctypes.c_void_p
)
_trap_new = _declare("wasmtime_trap_new", ctypes.c_size_t, ctypes.c_char_p, ctypes.c_size_t)
_trap_message = _declare("wasm_trap_message", None, ctypes.c_void_p, ctypes.c_void_p)
_trap_delete = _declare("wasm_trap_delete", None, ctypes.c_void_p)
_error_new = _declare("wasmtime_error_new", ctypes.c_size_t, ctypes.c_char_p)
_error_message = _declare("wasmtime_error_message", None, ctypes.c_void_p, ctypes.c_void_p)
_error_delete = _declare("wasmtime_error_delete", None, ctypes.c_void_p)


INCREMENT_EPOCH: int | None = ctypes.cast(
    _library.wasmtime_engine_increment_epoch, ctypes.c_void_p
).value
"""The address of the function that ends an epoch of the engine whose address it is given."""


class Trap(Exception):
    """Wasm stopped before its end; the instance must not be used again."""


def address_of(engine: wasmtime.Engine) -> int:
    """The address of an engine."""
    return _address(engine.ptr())


def context(store: wasmtime.Store) -> int:
    """The address that every call into `store` needs."""
    return _address(store._context())


class Memory:
    """The linear memory of one instance, read and written at the speed of memcpy.

    Pointers come from the guest and are not trusted: every method raises Trap when a range is not
    inside the memory.
    """

    __slots__ = ("_base", "_context", "_memory", "_size", "_store")

    def __init__(self, store: wasmtime.Store, memory: wasmtime.Memory) -> None:
        self._store = store  # kept: addresses into it must not outlive it
        self._context = context(store)
        self._memory = ctypes.byref(memory._memory)
        # The engine reserves the whole range at once (memory_may_move is off): it stays in place.
        self._base: int = _memory_data(self._context, self._memory)
        self._size: int = _memory_size(self._context, self._memory)

    def read(self, pointer: int, length: int) -> bytes:
        """A copy of `length` bytes at `pointer`."""
        if pointer + length > self._size:
            self._must_hold(pointer, length)
        return ctypes.string_at(self._base + pointer, length)

    def write(self, pointer: int, data: bytes) -> None:
        """Put `data` at `pointer`."""
        if pointer + len(data) > self._size:
            self._must_hold(pointer, len(data))
        ctypes.memmove(self._base + pointer, data, len(data))

    def zero(self, pointer: int, length: int) -> None:
        """Put `length` zero bytes at `pointer`."""
        if pointer + length > self._size:
            self._must_hold(pointer, length)
        ctypes.memset(self._base + pointer, 0, length)

    def _must_hold(self, pointer: int, length: int) -> None:
        self._size = _memory_size(self._context, self._memory)
        if pointer + length > self._size:
            raise Trap(f"{length} bytes at {pointer} are outside a memory of {self._size} bytes")


class Export:
    """A function of an instance, to be called with unsigned integers.

    Args:
        arguments: how many it takes.
    """

    __slots__ = ("_cells", "_context", "_function", "_length", "_store", "_trap", "_trap_at")

    def __init__(self, store: wasmtime.Store, function: wasmtime.Func, arguments: int) -> None:
        self._store = store
        self._context = context(store)
        self._function = ctypes.byref(function._func)
        self._length = max(arguments, 1)
        self._cells = (ctypes.c_uint64 * (_CELL * self._length))()
        self._trap = ctypes.c_void_p()
        self._trap_at = ctypes.byref(self._trap)

    def __call__(self, *arguments: int) -> int:
        """The first result cell; its upper half means nothing when the result is an i32.

        Raises:
            Trap: the function stopped before its end.
        """
        return self._called(_call, arguments)

    def letting_go(self, *arguments: int) -> int:
        """The same, while other threads may run Python."""
        return self._called(_call_letting_go, arguments)

    def _called(self, call: Any, arguments: tuple[int, ...]) -> int:
        cells = self._cells
        for index, argument in enumerate(arguments):
            cells[index * _CELL] = argument
        error = call(self._context, self._function, cells, self._length, self._trap_at)
        if error or self._trap.value:
            raise Trap(self._why(error))
        result: int = cells[0]
        return result

    def _why(self, error: int | None) -> str:
        if error:
            return _message(error, _error_message, _error_delete)
        trap, self._trap.value = self._trap.value, None
        return _message(trap, _trap_message, _trap_delete)


class Import:
    """A Python function made callable from Wasm.

    Args:
        function: takes and gives unsigned integers.
        parameters, results: their Wasm types, "i32" or "i64".
        stop: is handed whatever `function` raises and keeps it; Wasm is then unwound.
    """

    def __init__(
        self,
        function: HostFunction,
        parameters: Sequence[str],
        results: Sequence[str],
        stop: Callable[[BaseException], None],
    ) -> None:
        self.pointer = _callback(_adapter(function, parameters, results, stop))

    def define(self, linker: wasmtime.Linker, module: str, name: str, type_: Any) -> None:
        """Put it into `linker`, which must not outlive this object."""
        raw_module, raw_name = module.encode(), name.encode()
        error = _define(
            _address(linker.ptr()), raw_module, len(raw_module), raw_name, len(raw_name),
            _address(type_.ptr()), self.pointer, None, None,
        )  # fmt: skip
        if error:
            raise wasmtime.WasmtimeError(_message(error, _error_message, _error_delete))


class EpochEnd:
    """What is called from Wasm when an epoch ends while it runs, in the thread that runs it.

    While it is called, other threads get the interpreter's lock, and signals are heard.

    Args:
        function: may raise, to stop the call.
        stop: is handed whatever `function` raises and keeps it; Wasm is then unwound.
    """

    def __init__(self, function: Callable[[], None], stop: Callable[[BaseException], None]) -> None:
        def ended(_context: int, _data: int, epochs: Any, kind: Any) -> int:
            try:
                function()
                epochs[0], kind[0] = _ONE_EPOCH, _CONTINUE
                return 0
            except BaseException as error:  # noqa: BLE001 - raised again on the other side of Wasm
                stop(error)
                unwound: int = _error_new(b"the host stopped the call")
                return unwound

        self.pointer = _epoch_callback(ended)

    def of(self, store: wasmtime.Store) -> None:
        """Be called for what runs in `store`, which must not outlive this object."""
        _at_epoch_end(_address(store.ptr()), self.pointer, None, None)
        store.set_epoch_deadline(_ONE_EPOCH)


def _adapter(
    function: HostFunction,
    parameters: Sequence[str],
    results: Sequence[str],
    stop: Callable[[BaseException], None],
) -> Callable[[int, int, Any, int], int]:
    masks = [(index * _CELL, _WIDTH_MASK[kind]) for index, kind in enumerate(parameters)]
    gives = bool(results)

    def general(_environment: int, _caller: int, cells: Any, _length: int) -> int:
        try:
            result = function(*[cells[index] & mask for index, mask in masks])
            if gives:
                cells[0] = result
            return 0
        except BaseException as error:  # noqa: BLE001 - raised again on the other side of Wasm
            return _unwind(stop, error)

    def one_span(_environment: int, _caller: int, cells: Any, _length: int) -> int:
        try:
            cells[0] = function(cells[0])
            return 0
        except BaseException as error:  # noqa: BLE001 - raised again on the other side of Wasm
            return _unwind(stop, error)

    return one_span if list(parameters) == ["i64"] and gives else general


def _unwind(stop: Callable[[BaseException], None], error: BaseException) -> int:
    stop(error)
    message = b"the host stopped the call"
    trap: int = _trap_new(message, len(message))
    return trap


def _address(pointer: Any) -> int:
    address = ctypes.cast(pointer, ctypes.c_void_p).value
    if address is None:
        raise ValueError("already closed")
    return address


def _message(owner: int | None, read: Any, delete: Any) -> str:
    text = ffi.wasm_byte_vec_t()
    read(owner, ctypes.byref(text))
    try:
        return str(ffi.to_str(text)).rstrip("\0")
    finally:
        ffi.wasm_byte_vec_delete(ctypes.byref(text))
        delete(owner)
