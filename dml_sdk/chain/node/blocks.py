"""Blocks and their headers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from dml_sdk.chain.node.hashing import blake2_256, storage_key
from dml_sdk.chain.node.scale import Reader, ScaleError, compact
from dml_sdk.chain.node.trie import Trie, ordered_root
from dml_sdk.errors import StateDiscarded

_OTHER, _CONSENSUS, _SEAL, _PRE_RUNTIME, _ENVIRONMENT_UPDATED = 0, 4, 5, 6, 8
NO_HASH = bytes(32)
_NOW = storage_key("Timestamp", "Now")


@dataclass(frozen=True, slots=True)
class Header:
    """A block's header.

    Attributes:
        digest: its log items, each encoded.
    """

    parent_hash: bytes
    number: int
    state_root: bytes
    extrinsics_root: bytes
    digest: tuple[bytes, ...] = ()

    def encode(self) -> bytes:
        """As SCALE, which is what is hashed."""
        return b"".join(
            (
                self.parent_hash,
                compact(self.number),
                self.state_root,
                self.extrinsics_root,
                compact(len(self.digest)),
                *self.digest,
            )
        )

    @classmethod
    def decode(cls, data: bytes) -> Header:
        """From SCALE.

        Raises:
            ScaleError: not a header, or more than a header.
        """
        read = Reader(data)
        parent_hash, number = read.take(32), read.compact()
        state_root, extrinsics_root = read.take(32), read.take(32)
        digest = tuple(_log_item(read) for _ in range(read.compact()))
        read.end()
        return cls(parent_hash, number, state_root, extrinsics_root, digest)

    @property
    def hash(self) -> bytes:
        """The block's hash, 32 bytes."""
        return blake2_256(self.encode())

    def names(self, extrinsics: Sequence[bytes]) -> bool:
        """Whether these are the block's extrinsics; it is the runtime's to say how it hashes."""
        return any(ordered_root(extrinsics, v) == self.extrinsics_root for v in (1, 0))

    def unsealed(self) -> Header:
        """The header as it was executed: without the seal that its author added afterwards."""
        kept = tuple(item for item in self.digest if item[0] != _SEAL)
        return Header(self.parent_hash, self.number, self.state_root, self.extrinsics_root, kept)


def _log_item(read: Reader) -> bytes:
    start = read.position
    kind = read.uint(1)
    if kind in (_CONSENSUS, _SEAL, _PRE_RUNTIME):
        read.take(4)
        read.vec()
    elif kind == _OTHER:
        read.vec()
    elif kind != _ENVIRONMENT_UPDATED:
        raise ScaleError(f"A digest has no item of kind {kind}.")
    return read.data[start : read.position]


class Home(Protocol):
    """Where a block is at home: the chain that finds again what the block itself does not hold."""

    def parent_of(self, block: Block) -> Block: ...

    def state_of(self, block: Block) -> Trie: ...

    def timestamp_of(self, block: Block) -> int: ...


class Block:
    """A sealed block and the state after it. It does not change.

    A block that a chain has found again in its history finds its parent, its state and its time
    when it is first asked for them.

    Args:
        extrinsics: each with its length before it, inherents first.
        timestamp_ms: the chain's time after it, 0 in the first block.
        parent: the block before; None for the first.

    Raises:
        StateDiscarded: from `state`, when the node keeps that of newer blocks only.
        ChainCorrupt: from all of these, when what is found is not what the header says.
    """

    __slots__ = (
        "__weakref__",
        "_parent",
        "_state",
        "_timestamp_ms",
        "changes",
        "extrinsics",
        "hash",
        "header",
        "home",
    )

    def __init__(
        self,
        header: Header,
        hash: bytes,
        extrinsics: tuple[bytes, ...],
        state: Trie | None,
        timestamp_ms: int | None,
        parent: Block | None,
        home: Home | None = None,
    ) -> None:
        self.header = header
        self.hash = hash
        self.extrinsics = extrinsics
        self.home = home
        self.changes: bytes | None = None
        """Of its parent's state, encoded: while it is neither on its chain nor has its state."""
        self._state = state
        self._timestamp_ms = timestamp_ms
        self._parent = parent

    def __repr__(self) -> str:
        return f"<Block {self.number}, 0x{self.hash.hex()[:12]}…>"

    @property
    def number(self) -> int:
        """Its height, 0 for the first block."""
        return self.header.number

    @property
    def parent(self) -> Block | None:
        """The block before; None for the first."""
        if self._parent is not None or self.home is None or not self.number:
            return self._parent
        return self.home.parent_of(self)

    @property
    def state(self) -> Trie:
        """The state after it."""
        if self._state is None:
            if self.home is None:
                raise StateDiscarded(f"Block {self.number} was made without its state.")
            self._state = self.home.state_of(self)
        return self._state

    @property
    def held_state(self) -> Trie | None:
        """The state, if the block holds it itself."""
        return self._state

    @property
    def timestamp_ms(self) -> int:
        """The chain's time after it, in ms since 1970; 0 in the first block."""
        if self._timestamp_ms is None:
            self._timestamp_ms = 0 if self.home is None else self.home.timestamp_of(self)
        return self._timestamp_ms

    def follow(self, parent: Block | None) -> None:
        """Hold the parent, or let go of it: then its chain finds it."""
        self._parent = parent

    def encode(self) -> bytes:
        """Header and extrinsics as SCALE: the argument of `Core_execute_block`."""
        return b"".join((self.header.encode(), compact(len(self.extrinsics)), *self.extrinsics))


def first(state: Trie) -> Block:
    """The block that holds a genesis state."""
    header = Header(NO_HASH, 0, state.root, ordered_root([], state.version))
    return Block(header, header.hash, (), state, 0, None)


def timestamp_ms(state: Trie) -> int:
    """The time that a state was made at; 0 before the first."""
    return int.from_bytes(state.get(_NOW) or b"", "little")


@dataclass(frozen=True, slots=True)
class Inclusion:
    """Where an extrinsic is on the chain."""

    block: Block
    index: int
