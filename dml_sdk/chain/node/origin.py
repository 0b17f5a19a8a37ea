"""What a node starts with: a chain, where it is kept, and the runtimes that execute it."""

from __future__ import annotations

from contextlib import suppress
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

from dml_sdk.chain.node import genesis
from dml_sdk.chain.node.archive import Archive
from dml_sdk.chain.node.blocks import Block, first
from dml_sdk.chain.node.chain import Chain
from dml_sdk.chain.node.clock import Clock
from dml_sdk.chain.node.executor import Executor
from dml_sdk.errors import UsageError

_HASH_TEXT = 2 + 64
_TOLD = 80  # characters of what somebody gave, in a message


class Origin(NamedTuple):
    """What a node starts with.

    Attributes:
        preset: the name of what the chain began with.
        archive: the file that the chain is kept in; None for memory.
    """

    preset: str
    chain: Chain
    executor: Executor
    archive: Archive | None


def own_runtime() -> bytes:
    """The Wasm that comes with the SDK."""
    return files("dml_sdk.chain").joinpath("runtime", "dml_runtime.wasm").read_bytes()


def opened(
    executor: Executor, code: bytes | None, preset: str, path: Path | None, pruning: int | None
) -> Origin:
    """The chain in a file; where there is none yet, a new one from one of the runtime's presets.

    Args:
        code: the runtime's Wasm; None for the one that comes with the SDK.
        path: the file; None for a chain in memory.
        pruning: how many of the newest blocks' states are kept; None for all.

    Raises:
        UsageError, RuntimeIncompatible, ChainInUse, ChainCorrupt: as `Node`.
    """
    archive = Archive(path) if path is not None else None
    try:
        if archive is not None and archive.count:
            chain = Chain.found(archive, pruning=pruning)
        else:
            runtime = executor.runtime(own_runtime() if code is None else code)
            state = genesis.state(runtime, genesis.config(runtime, preset))
            chain = Chain(first(state), archive, pruning=pruning)
    except BaseException:
        if archive is not None:
            archive.close()
        raise
    return Origin(preset, chain, executor, archive)


def not_behind(clock: Clock, chain: Chain) -> Clock:
    """The clock, set to the chain's time if that is ahead of it."""
    if chain.head.timestamp_ms > clock.now_ms():
        clock.set(chain.head.timestamp_ms)
    return clock


def block_at(chain: Chain, at: int | bytes | str | None) -> Block:
    """The block with a number, or a hash as bytes or "0x…"; the head for None.

    Raises:
        UsageError: no such block.
    """
    if at is None:
        return chain.head
    found = None
    if isinstance(at, int) and not isinstance(at, bool):
        found = chain.by_number(at)
    elif isinstance(at, bytes):
        found = chain.by_hash(at)
    elif isinstance(at, str) and len(at) == _HASH_TEXT and at.startswith("0x"):
        with suppress(ValueError):
            found = chain.by_hash(bytes.fromhex(at[2:]))
    if found is None:
        raise UsageError(
            f"No block {str(at)[:_TOLD]!r} is on this chain: give a number from 0 to "
            f"{chain.head.number}, or the hash of one of its blocks."
        )
    return found
