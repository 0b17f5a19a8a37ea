"""Blocks, their headers, and the chain that they form."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from dml_sdk.chain.node.hashing import blake2_256
from dml_sdk.chain.node.scale import Reader, ScaleError, compact
from dml_sdk.chain.node.trie import Trie, ordered_root

_OTHER, _CONSENSUS, _SEAL, _PRE_RUNTIME, _ENVIRONMENT_UPDATED = 0, 4, 5, 6, 8
NO_HASH = bytes(32)


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


@dataclass(frozen=True, slots=True)
class Block:
    """A sealed block and the state after it.

    Attributes:
        extrinsics: each with its length before it, inherents first.
        timestamp_ms: the chain's time after it, 0 in the first block.
        parent: the block before; None for the first.
    """

    header: Header
    hash: bytes
    extrinsics: tuple[bytes, ...]
    state: Trie = field(repr=False)
    timestamp_ms: int
    parent: Block | None = field(repr=False)

    @property
    def number(self) -> int:
        """Its height, 0 for the first block."""
        return self.header.number

    def encode(self) -> bytes:
        """Header and extrinsics as SCALE: the argument of `Core_execute_block`."""
        return b"".join((self.header.encode(), compact(len(self.extrinsics)), *self.extrinsics))


def first(state: Trie) -> Block:
    """The block that holds a genesis state."""
    header = Header(NO_HASH, 0, state.root, ordered_root([], state.version))
    return Block(header, header.hash, (), state, 0, None)


@dataclass(frozen=True, slots=True)
class Inclusion:
    """Where an extrinsic is on the chain."""

    block: Block
    index: int


class Chain:
    """The blocks from the first to the head, found by number, hash and extrinsic.

    Written under the node's lock, read from any thread.
    """

    def __init__(self, genesis: Block) -> None:
        self._blocks = [genesis]
        self._by_hash = {genesis.hash: genesis}
        self._inclusions: dict[bytes, Inclusion] = {}

    @property
    def head(self) -> Block:
        """The latest block."""
        return self._blocks[-1]

    @property
    def genesis(self) -> Block:
        """The first block."""
        return self._blocks[0]

    def by_number(self, number: int) -> Block | None:
        """The block at a height, None when there is none yet."""
        blocks = self._blocks
        return blocks[number] if 0 <= number < len(blocks) else None

    def by_hash(self, block_hash: bytes) -> Block | None:
        """The block with a hash, None when it is not on the chain."""
        return self._by_hash.get(block_hash)

    def inclusion(self, extrinsic_hash: bytes) -> Inclusion | None:
        """Where an extrinsic is, None when it is in no block."""
        return self._inclusions.get(extrinsic_hash)

    def add(self, block: Block, hashes: Sequence[bytes]) -> None:
        """Put a block on the head.

        Args:
            hashes: of its extrinsics, in their order.
        """
        for index, extrinsic_hash in enumerate(hashes):
            self._inclusions[extrinsic_hash] = Inclusion(block, index)
        self._by_hash[block.hash] = block
        self._blocks.append(block)

    def way_to(self, head: Block) -> tuple[Block, list[Block]]:
        """From the chain as it is to `head`: the last block that stays, then those that come."""
        coming: list[Block] = []
        shared: Block = head
        while self._by_hash.get(shared.hash) is not shared:
            coming.append(shared)
            if shared.parent is None:
                raise ValueError("the block is of another chain")
            shared = shared.parent
        return shared, coming[::-1]

    def rewind(self, head: Block) -> None:
        """Make `head` the latest block, whether it is on this chain or was before."""
        shared, coming = self.way_to(head)
        for gone in self._blocks[shared.number + 1 :]:
            del self._by_hash[gone.hash]
            for extrinsic in gone.extrinsics:
                self._inclusions.pop(blake2_256(extrinsic), None)
        # A new list, so that a reader in another thread sees the old chain or the new one.
        self._blocks = self._blocks[: shared.number + 1]
        for block in coming:
            self.add(block, [blake2_256(extrinsic) for extrinsic in block.extrinsics])
