"""What a node starts with: a chain, where it is kept, and the runtimes that execute it."""

from __future__ import annotations

from contextlib import suppress
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

from dml_sdk.arguments import shown
from dml_sdk.chain.node import genesis
from dml_sdk.chain.node.archive import Archive
from dml_sdk.chain.node.blocks import Block, first
from dml_sdk.chain.node.chain import Chain
from dml_sdk.chain.node.clock import Clock
from dml_sdk.chain.node.executor import CODE, Executor
from dml_sdk.chain.node.runtime import Runtime
from dml_sdk.errors import RuntimeIncompatible, RuntimePanic, StateDiscarded, UsageError

_DEVELOPMENT = "development"
_OTHER = "custom"  # of no preset
_HASH_BYTES = 32
_HASH_TEXT = 2 + 2 * _HASH_BYTES
_TOLD_BYTES = 4


class Origin(NamedTuple):
    """What a node starts with.

    Attributes:
        preset: the name of what the chain began with; "custom" when it has none.
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
    executor: Executor,
    code: bytes | None,
    preset: str | None,
    path: Path | None,
    pruning: int | None,
) -> Origin:
    """The chain in a file; where there is none yet, a new one from one of the runtime's presets.

    Args:
        code: the runtime's Wasm; None for the one that comes with the SDK.
        preset: what the chain begins with; None for what it began with, or the development preset.
        path: the file; None for a chain in memory.
        pruning: how many of the newest blocks' states are kept; None for all.

    Raises:
        UsageError, RuntimeIncompatible, ChainInUse, ChainCorrupt: as `Node`.
    """
    if not isinstance(preset, str | None):
        raise UsageError(f"preset={shown(preset)}: give the name of a preset.")
    archive = Archive(path) if path is not None else None
    try:
        if archive is not None and archive.count:
            chain = Chain.found(archive, pruning=pruning)
            return Origin(_found_preset(executor, chain, archive, preset), chain, executor, archive)
        preset = _DEVELOPMENT if preset is None else preset
        runtime = executor.runtime(own_runtime() if code is None else code)
        state = genesis.state(runtime, genesis.config(runtime, preset))
        if archive is not None:
            archive.begin_with(preset)
        return Origin(preset, Chain(first(state), archive, pruning=pruning), executor, archive)
    except BaseException:
        if archive is not None:
            archive.close()
        raise


def imported(executor: Executor, chain: Chain, archive: Archive | None) -> Origin:
    """A chain that somebody else may have begun, known by its first block.

    No code but the SDK's own is run to tell.
    """
    own, alike = own_runtime(), []
    if chain.genesis.state.get(CODE) == own:
        alike = _leading_to(chain, executor.runtime(own))
    preset = _named(alike)
    if archive is not None:
        archive.begin_with(preset)
    return Origin(preset, chain, executor, archive)


def _found_preset(executor: Executor, chain: Chain, archive: Archive, wanted: str | None) -> str:
    """What the chain in a file began with, which must be what is wanted if anything is."""
    told = archive.preset
    if told is not None and wanted in (None, told):
        return told
    alike = [] if told is not None else _presets_of(chain, executor)
    if wanted is None:
        return _named(alike)
    if wanted in alike:
        archive.begin_with(wanted)
        return wanted
    began = f"the preset {told!r}" if told is not None else " or ".join(map(repr, alike))
    raise UsageError(
        f"The chain at {archive.path} began with {began or 'none of the presets of its runtime'}, "
        f"not with {shown(wanted)}; what is in a chain does not change with its name. Leave the "
        "preset out to go on with this chain, or give another path for a new one."
    )


def _presets_of(chain: Chain, executor: Executor) -> list[str]:
    """The presets of its own runtime that a chain may have begun with."""
    try:
        state = chain.genesis.state
    except StateDiscarded:  # the head has the same code, unless there was an upgrade
        state = chain.head.state
    try:
        return _leading_to(chain, executor.of(state))
    except (RuntimeIncompatible, RuntimePanic):  # not all runtimes have presets
        return []


def _leading_to(chain: Chain, runtime: Runtime) -> list[str]:
    """The presets that lead to a chain's first block: more than one if they say the same."""
    root = chain.genesis.header.state_root
    return [
        name
        for name in genesis.preset_names(runtime)
        if genesis.state(runtime, genesis.config(runtime, name)).root == root
    ]


def _named(alike: list[str]) -> str:
    return _DEVELOPMENT if _DEVELOPMENT in alike else next(iter(alike), _OTHER)


def beside(origin: Origin, clock: Clock, at: int | bytes | str | None) -> tuple[Origin, Clock]:
    """Another chain in memory that is one up to a block, and the clock that goes with it.

    The clock is as the chain's if `at` is the head, otherwise back at that block's time.

    Raises:
        UsageError: no such block.
    """
    block, other = block_at(origin.chain, at), Clock()
    other.restore(clock.setting())
    if 0 < block.number < origin.chain.head.number:
        other.set(block.timestamp_ms)
    return origin._replace(chain=origin.chain.fork(block), archive=None), other


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
    found, told = None, shown(at)
    if isinstance(at, int) and not isinstance(at, bool):
        found = chain.by_number(at)
    elif (block_hash := _hash_of(at)) is not None:
        found = chain.by_hash(block_hash)
        # What is as long as a hash may be a seed: its beginning is enough to know it again.
        told = f"0x{block_hash[:_TOLD_BYTES].hex()}…"
    if found is None:
        raise UsageError(
            f"No block {told} is on this chain: give a number from 0 to "
            f"{chain.head.number}, or the hash of one of its blocks."
        )
    return found


def _hash_of(at: object) -> bytes | None:
    if isinstance(at, str) and len(at) == _HASH_TEXT and at.startswith("0x"):
        with suppress(ValueError):
            return bytes.fromhex(at[2:])
    return at if isinstance(at, bytes) and len(at) == _HASH_BYTES else None
