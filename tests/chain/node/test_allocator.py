"""The allocator's module against an allocator written down straight from the specification."""

from __future__ import annotations

import pytest
import wasmtime
from hypothesis import given, settings
from hypothesis import strategies as st

from dml_sdk.chain.node import abi
from dml_sdk.chain.node.vm import engine, new_store
from dml_sdk.chain.node.wasm import allocator

HEAP_BASE = 1337  # not aligned, as a linker may leave it
PAGES = 2


class Reference:
    """Free lists in Python lists; headers nowhere."""

    def __init__(self) -> None:
        self.top = (HEAP_BASE + 7) // 8 * 8
        self.lists: dict[int, list[int]] = {order: [] for order in range(23)}
        self.used: dict[int, int] = {}

    def malloc(self, size: int) -> int:
        order = max(0, (max(size, 8) - 1).bit_length() - 3)
        if self.lists[order]:
            pointer = self.lists[order].pop()
        else:
            pointer = self.top + 8
            self.top = pointer + (8 << order)
        self.used[pointer] = order
        return pointer

    def free(self, pointer: int) -> None:
        self.lists[self.used.pop(pointer)].append(pointer)


class Heap:
    """The module, alone."""

    def __init__(self) -> None:
        self.store = new_store()
        module = wasmtime.Module(engine(), wasmtime.wat2wasm(allocator.source(PAGES)))
        exports = wasmtime.Instance(self.store, module, []).exports(self.store)
        self.memory = abi.Memory(self.store, exports["memory"])
        self.state = abi.Memory(self.store, exports["state"])
        self._malloc = abi.Export(self.store, exports["malloc"], 1)
        self._free = abi.Export(self.store, exports["free"], 1)
        abi.Export(self.store, exports["reset"], 1)(HEAP_BASE)

    def malloc(self, size: int) -> int:
        return self._malloc(size) & 0xFFFF_FFFF

    def free(self, pointer: int) -> None:
        self._free(pointer)

    @property
    def fault(self) -> int:
        return int.from_bytes(self.state.read(4, 4), "little")


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.integers(0, 70_000),
            st.builds(lambda order, off: max(0, (8 << order) + off), st.integers(0, 13),
                      st.sampled_from([-1, 0, 1])),
            st.builds(lambda which: -1 - which, st.integers(0, 50)),
        ),
        max_size=120,
    )
)  # fmt: skip
def test_pointers_are_those_of_the_specification(steps: list[int]) -> None:
    """A step of 0 or more allocates that many bytes; a negative one frees a block in use."""
    heap, reference = Heap(), Reference()
    for step in steps:
        if step >= 0:
            pointer = heap.malloc(step)
            assert pointer == reference.malloc(step)
            heap.memory.write(pointer, b"\xaa" * step)  # the whole block is there to be written
        elif reference.used:
            pointer = list(reference.used)[-step % len(reference.used)]
            heap.free(pointer)
            reference.free(pointer)
    assert heap.fault == 0


def test_the_heap_grows_beyond_the_pages_it_starts_with() -> None:
    heap = Heap()
    pointer = heap.malloc(3 << 20)
    heap.memory.write(pointer + (3 << 20) - 1, b"!")
    assert heap.memory.read(pointer + (3 << 20) - 1, 1) == b"!"


def test_a_full_heap_is_a_fault_that_says_so() -> None:
    heap = Heap()
    for _ in range(4):
        heap.malloc(32 << 20)
    with pytest.raises(abi.Trap):
        heap.malloc(2 << 20)
    assert "its heap is full" in allocator.FAULTS[heap.fault]


def test_a_block_over_32_mib_is_refused() -> None:
    heap = Heap()
    heap.malloc(32 << 20)
    with pytest.raises(abi.Trap):
        heap.malloc((32 << 20) + 1)
    assert "over 32 MiB" in allocator.FAULTS[heap.fault]


@pytest.mark.parametrize("pointer", [0, 7, 8, 5000, 0xFFFF_FFFF])
def test_freeing_what_was_not_allocated_is_refused(pointer: int) -> None:
    heap = Heap()
    heap.malloc(100)
    with pytest.raises(abi.Trap):
        heap.free(pointer)


def test_freeing_twice_is_refused() -> None:
    heap = Heap()
    pointer = heap.malloc(100)
    heap.free(pointer)
    with pytest.raises(abi.Trap):
        heap.free(pointer)
    assert "freed what was not allocated" in allocator.FAULTS[heap.fault]


def test_a_free_block_that_claims_to_be_used_is_noticed() -> None:
    heap = Heap()
    pointer = heap.malloc(8)
    heap.free(pointer)
    heap.memory.write(pointer - 8, b"\0\0\0\0\1\0\0\0")
    with pytest.raises(abi.Trap):
        heap.malloc(8)
    assert "wrote over the header" in allocator.FAULTS[heap.fault]


def test_a_link_to_outside_the_heap_is_not_followed() -> None:
    heap = Heap()
    pointer = heap.malloc(8)
    heap.free(pointer)
    heap.memory.write(pointer - 8, b"\xff\xff\xff\x7f\0\0\0\0")
    assert heap.malloc(8) == pointer
    with pytest.raises(abi.Trap):
        heap.malloc(8)
    assert "wrote over the header" in allocator.FAULTS[heap.fault]
