"""Executes a chain again that a node elsewhere tells: an audit for which nobody is trusted.

The state that the chain begins with is fetched key by key and compared with the root in its
header; then every block is executed by the runtime in that state, which compares the roots of the
extrinsics and of the new state with those in the header. Blocks hold together by their hashes. So
whoever knows the genesis hash, or the specification of the chain, needs to believe nothing else.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Literal

from dml_sdk.arguments import shown
from dml_sdk.chain.node import authoring
from dml_sdk.chain.node.blocks import NO_HASH, Header
from dml_sdk.chain.node.executor import Executor
from dml_sdk.chain.node.peer import Malformed, Peer, extrinsics_of, hash_of, header_of, octets
from dml_sdk.chain.node.scale import compact
from dml_sdk.chain.node.spec import genesis_items
from dml_sdk.chain.node.trie import Trie
from dml_sdk.errors import ChainInvalid, RuntimePanic, UsageError

_KEYS_A_REQUEST = 256
_MOST_STATE_BYTES = 1 << 30
_BYTES_AN_ENTRY, _COPIES_OF_KEYS = 640, 3
_BLOCK_SECONDS = 60.0
_STATE_VERSIONS = (1, 0)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a replay is.

    Attributes:
        what: "state" while the first state is fetched, `done` keys so far; then "blocks".
        total: how many there are; None when that is not known.
    """

    what: Literal["state", "blocks"]
    done: int
    total: int | None


@dataclass(frozen=True, slots=True)
class Report:
    """What a replay found: every block valid, every state root equal.

    Attributes:
        genesis_hash: of the chain's first block. Compare it with one from elsewhere.
        first, last: numbers of the blocks that were executed; `last` is under `first` when the
            chain has none.
        last_hash: of block `last`.
        state_root: after block `last`, as it was computed here.
        extrinsics: how many there were, inherents too.
    """

    url: str
    genesis_hash: bytes
    first: int
    last: int
    last_hash: bytes
    state_root: bytes
    extrinsics: int
    seconds: float

    @property
    def blocks(self) -> int:
        """How many blocks were executed."""
        return self.last - self.first + 1


def replay(
    url: str,
    *,
    first: int = 1,
    last: int | None = None,
    chain_spec: Mapping[str, object] | None = None,
    progress: Callable[[Progress], object] | None = None,
    cache_dir: Path | None = None,
) -> Report:
    """Execute the blocks of a node's chain again and compare every state root.

    Args:
        url: the node's, "ws://…" or "http://…".
        first: number of the first block to execute. The state before it is fetched; a node that
            keeps no old states has it for the newest blocks only.
        last: number of the last one; None for the newest.
        chain_spec: the raw specification of the chain, to take the genesis state from instead of
            from the node; for `first=1`.
        progress: called after each page of the state and after each block.
        cache_dir: where compiled code is kept; None for the user's cache directory.

    Raises:
        ChainInvalid: a block is not valid, or not there; it names the first such.
        ChainUnreachable: no answer from the node, or not in time.
        RpcError: the node refuses a request.
        RuntimeIncompatible: the chain's runtime cannot be executed here.
        UsageError: a URL, number or specification that cannot be right.
    """
    peer = Peer(url)
    try:
        return _Replay(peer, Executor(cache_dir=cache_dir), progress).run(first, last, chain_spec)
    finally:
        peer.close()


def memory_of(key: bytes, value: bytes) -> int:
    """Bytes of memory that an entry of a state takes here at the most, as was measured.

    Beside key and value there are the objects that hold them, a node of the trie and its share of
    the branches, and the key again as a path of two bytes for each of its own.
    """
    return _BYTES_AN_ENTRY + _COPIES_OF_KEYS * len(key) + len(value)


class _Replay:
    """One replay of one chain."""

    def __init__(
        self, peer: Peer, executor: Executor, progress: Callable[[Progress], object] | None
    ) -> None:
        self._peer, self._executor, self._progress = peer, executor, progress

    def run(self, first: int, last: int | None, chain_spec: Mapping[str, object] | None) -> Report:
        began = time.monotonic()
        last = self._last(first, last)
        if chain_spec is not None and first != 1:
            raise UsageError("A chain spec holds the genesis state, which is for first=1.")
        genesis_hash, genesis = self._header(0)
        if genesis.parent_hash != NO_HASH:
            raise self._invalid(0, "the first block has a parent")
        before = genesis_hash, genesis
        if first > 1:
            before = self._header(first - 1)
        parent_hash, header = before
        if chain_spec is None:
            state = self._fetched(parent_hash, header)
        else:
            state = self._rooted(genesis_items(chain_spec), header)
        extrinsics = 0
        for number in range(first, last + 1):
            parent_hash, state, count = self._execute(number, parent_hash, state)
            extrinsics += count
            self._tell("blocks", number - first + 1, last - first + 1)
        return Report(
            self._peer.url,
            genesis_hash,
            first,
            last,
            parent_hash,
            state.root,
            extrinsics,
            time.monotonic() - began,
        )

    def _last(self, first: int, last: int | None) -> int:
        """The number of the last block to execute."""
        with self._judging(0):
            newest = header_of(self._peer.ask("chain_getHeader")).number
        wanted = newest if last is None else last
        for name, number in (("first", first), ("last", wanted)):
            if isinstance(number, bool) or not isinstance(number, int) or number < 0:
                raise UsageError(f"{name}={shown(number)}: give the number of a block.")
        if not 1 <= first <= wanted + 1 or wanted > newest:
            raise UsageError(
                f"Blocks {first} to {wanted} cannot be executed: {self._peer.url} has blocks 1 to "
                f"{newest}."
            )
        return wanted

    def _header(self, number: int) -> tuple[bytes, Header]:
        """Hash and header of a block, which fit each other."""
        with self._judging(number):
            block_hash = hash_of(self._asked("chain_getBlockHash", number))
            return block_hash, self._fitting(
                number, block_hash, header_of(self._asked("chain_getHeader", _hex(block_hash)))
            )

    def _execute(self, number: int, parent_hash: bytes, state: Trie) -> tuple[bytes, Trie, int]:
        """Hash of a block, the state after it, and how many extrinsics it has."""
        with self._judging(number):
            block_hash = hash_of(self._asked("chain_getBlockHash", number))
            told = self._asked("chain_getBlock", _hex(block_hash))
            if not isinstance(told, dict) or not isinstance(told.get("block"), dict):
                raise Malformed("the answer holds no block")
            header = self._fitting(number, block_hash, header_of(told["block"].get("header")))
            if header.parent_hash != parent_hash:
                raise Malformed(
                    f"its parent is {_hex(header.parent_hash)}, and the block before it is "
                    f"{_hex(parent_hash)}"
                )
            extrinsics = extrinsics_of(told["block"].get("extrinsics"))
            encoded = b"".join((header.unsealed().encode(), compact(len(extrinsics)), *extrinsics))
            after = authoring.execute(self._executor, state, encoded, seconds=_BLOCK_SECONDS)
            if after.root != header.state_root:
                raise Malformed(_roots(header, after))
            return block_hash, after, len(extrinsics)

    def _fitting(self, number: int, block_hash: bytes, header: Header) -> Header:
        if header.number != number:
            raise Malformed(f"its header says that it is block {header.number}")
        if header.hash != block_hash:
            raise Malformed(f"its header has the hash {_hex(header.hash)}, not {_hex(block_hash)}")
        return header

    def _fetched(self, block_hash: bytes, header: Header) -> Trie:
        """The state after a block, as the node tells it, with the root in the header."""
        items: dict[bytes, bytes] = {}
        size, last = 0, None
        with self._judging(header.number):
            while page := self._page(last, block_hash):
                items.update(self._values(page, block_hash))
                size += sum(memory_of(key, items[key]) for key in page)
                if size > _MOST_STATE_BYTES:
                    raise Malformed(
                        f"the state after it takes over {_MOST_STATE_BYTES} bytes of memory"
                    )
                last = page[-1]
                self._tell("state", len(items), None)
        return self._rooted(items, header)

    def _page(self, last: bytes | None, block_hash: bytes) -> list[bytes]:
        """The keys after `last`."""
        start = None if last is None else _hex(last)
        told = self._asked("state_getKeysPaged", "0x", _KEYS_A_REQUEST, start, _hex(block_hash))
        if not isinstance(told, list) or len(told) > _KEYS_A_REQUEST:
            raise Malformed("something else stands where the keys of the state should")
        keys = [octets(key) for key in told]
        before = [] if last is None else [last]
        if any(a >= b for a, b in pairwise([*before, *keys])):
            raise Malformed("the keys of the state are not in order")
        return keys

    def _values(self, keys: list[bytes], block_hash: bytes) -> dict[bytes, bytes]:
        """What is stored under keys."""
        asked = [_hex(key) for key in keys]
        told = self._peer.ask("state_queryStorageAt", asked, _hex(block_hash))
        try:
            found = {octets(key): octets(value) for each in told for key, value in each["changes"]}
        except (KeyError, TypeError, ValueError) as error:
            raise Malformed("something else stands where the state should") from error
        if found.keys() != set(keys):
            raise Malformed("a value of the state is missing, or one was told that is not asked")
        return found

    def _rooted(self, items: Mapping[bytes, bytes], header: Header) -> Trie:
        """A state that has the root in a header; only then is the code in it ever run."""
        with self._judging(header.number):
            for version in _STATE_VERSIONS:
                state = Trie(version).update(items)
                if state.root == header.state_root:
                    return state
                why = _roots(header, state)
                del state  # before there is another
            raise Malformed(why)

    def _asked(self, method: str, *params: object) -> object:
        """An answer that is not null."""
        told = self._peer.ask(method, *params)
        if told is None:
            raise Malformed("the node does not have it")
        return told

    @contextmanager
    def _judging(self, number: int) -> Iterator[None]:
        """What is wrong inside is wrong with a block."""
        try:
            yield
        except (Malformed, RuntimePanic) as error:
            raise self._invalid(number, str(error).rstrip(".")) from error

    def _invalid(self, number: int, why: str) -> ChainInvalid:
        return ChainInvalid(self._peer.url, number, why)

    def _tell(self, what: Literal["state", "blocks"], done: int, total: int | None) -> None:
        if self._progress is not None:
            self._progress(Progress(what, done, total))


def _roots(header: Header, state: Trie) -> str:
    return (
        f"the state after it has the root {_hex(state.root)}, its header says "
        f"{_hex(header.state_root)}"
    )


def _hex(data: bytes) -> str:
    return "0x" + data.hex()
