"""The heap of the runtime: a freeing-bump allocator, itself a small Wasm module.

A block has an 8-byte header before it and a power of two of bytes, 8 B (order 0) to 32 MiB (order
22). A freed block joins the list of its order; a block is taken from that list, or else from the
top of the heap, which never shrinks. The header of a free block holds the next free one, that of
a used block its order.

Source: Polkadot protocol specification, "Memory Allocator"; the layout of headers is the one of
the reference node, so a runtime sees the same pointers here and there.
"""

from __future__ import annotations

from functools import cache

from dml_sdk.chain.node import wasm

PAGE = 65536
EXTRA_PAGES = 2048
"""How far the heap may grow over what the runtime starts with: 128 MiB, as on a network node."""

FAULTS = {
    1: f"its heap is full (it may grow by {EXTRA_PAGES * PAGE >> 20} MiB)",
    2: "it asked for a block over 32 MiB",
    3: "it wrote over the header of a block on its heap",
    4: "it freed what was not allocated",
}
"""What can go wrong, by the code that the module leaves in its state."""


@cache
def source(least_pages: int) -> str:
    """The module's text, for a runtime whose memory starts with `least_pages` pages of 64 KiB."""
    most_pages = least_pages + EXTRA_PAGES
    text = wasm.source("allocator")
    for name, value in {
        "{limits}": f"{least_pages} {most_pages}",
        "{most_bytes}": str(most_pages * PAGE),
        "{most_pages}": str(most_pages),
    }.items():
        text = text.replace(name, value)
    return text
