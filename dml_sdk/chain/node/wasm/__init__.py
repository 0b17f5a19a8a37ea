"""Wasm that runs beside the runtime, in its store and on its memory.

What a runtime asks of its host hundreds of times in a call (blocks of heap, hashes, values from
storage) is answered here: from Wasm to Wasm a call costs nanoseconds, through Python microseconds.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files


@cache
def source(name: str) -> str:
    """The text of a module in this folder."""
    return files(__package__).joinpath(f"{name}.wat").read_text("utf-8")
