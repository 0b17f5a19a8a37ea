"""What a chain keeps of each block, and how a state of long ago is found again.

A block is kept as a record: its header, its extrinsics, and what it changed in the state. A whole
state stands as a checkpoint every now and then; any other one is the checkpoint before it and the
changes since, which is checked against the header. So a block costs what it changed, in memory
and in a file alike.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

from dml_sdk.chain.node.blocks import Block
from dml_sdk.chain.node.hashing import blake2_256
from dml_sdk.chain.node.scale import Reader, compact, option, vec
from dml_sdk.chain.node.trie import Trie


class Record(NamedTuple):
    """A block as it is kept.

    Attributes:
        header: encoded.
        extrinsics: a SCALE vector of them.
        changes: of the parent's state, encoded; None when they are no longer kept.
    """

    header: bytes
    extrinsics: bytes
    timestamp_ms: int
    changes: bytes | None


class Entry(NamedTuple):
    """A record, and the hashes that its block and extrinsics are looked up by."""

    record: Record
    block_hash: bytes
    extrinsic_hashes: Sequence[bytes]


class Checkpoint(NamedTuple):
    """A state that is kept whole."""

    number: int
    state: Trie


class History(Protocol):
    """Where records and checkpoints are. Guarded by the chain's lock.

    Attributes:
        name: what messages call it.
        trusted: whether nobody else can have written what is read from it.
    """

    name: str
    trusted: bool

    @property
    def count(self) -> int:
        """How many blocks there are; they are numbered from 0."""

    def extend(
        self, kept: int, entries: Sequence[Entry], checkpoint: Checkpoint | None = None
    ) -> None:
        """Forget the blocks from number `kept` on and put others there, all of it or nothing.

        Args:
            checkpoint: of one of the blocks that are there afterwards; those before it stay.
        """

    def record(self, number: int, block_hash: bytes | None = None) -> Record:
        """What is kept of a block that is there.

        Args:
            block_hash: if it is known from elsewhere; then headers need not be followed to it.

        Raises:
            ChainCorrupt: it is not the block that the head descends from.
        """

    def number_of(self, block_hash: bytes) -> int | None:
        """The number of the block with a hash."""

    def place_of(self, extrinsic_hash: bytes) -> tuple[int, int] | None:
        """(block number, index in it) of an extrinsic."""

    def checkpoint(self, number: int) -> Checkpoint | None:
        """The newest one that is not after `number`."""

    def discard(self, number: int) -> None:
        """Keep no states from before the checkpoint `number`."""

    def copied(self, count: int) -> MemoryHistory:
        """The first `count` blocks in memory, apart from this history."""


class MemoryHistory:
    """A history that is gone with the process.

    Args:
        trusted: whether all that is put into it was made or checked in this process.
    """

    name = "the chain in memory"

    def __init__(self, *, trusted: bool = True) -> None:
        self.trusted = trusted
        self._records: list[bytes] = []
        self._numbers: dict[bytes, int] = {}
        self._places: dict[bytes, tuple[int, int]] = {}
        self._checkpoints: dict[int, Trie] = {}
        self._discarded = 0  # changes of blocks below are gone

    @property
    def count(self) -> int:
        return len(self._records)

    def extend(
        self, kept: int, entries: Sequence[Entry], checkpoint: Checkpoint | None = None
    ) -> None:
        if kept < len(self._records):
            self._forget(kept)
        for number, entry in enumerate(entries, kept):
            self._records.append(_packed(entry.record))
            self._numbers[entry.block_hash] = number
            for index, extrinsic_hash in enumerate(entry.extrinsic_hashes):
                self._places[extrinsic_hash] = number, index
        if checkpoint is not None:
            self._checkpoints[checkpoint.number] = checkpoint.state

    def record(self, number: int, block_hash: bytes | None = None) -> Record:
        return _unpacked(self._records[number])

    def number_of(self, block_hash: bytes) -> int | None:
        return self._numbers.get(block_hash)

    def place_of(self, extrinsic_hash: bytes) -> tuple[int, int] | None:
        return self._places.get(extrinsic_hash)

    def checkpoint(self, number: int) -> Checkpoint | None:
        numbers = sorted(self._checkpoints)
        at = bisect_right(numbers, number) - 1
        return None if at < 0 else Checkpoint(numbers[at], self._checkpoints[numbers[at]])

    def discard(self, number: int) -> None:
        for at in range(self._discarded, min(number + 1, len(self._records))):
            self._records[at] = _packed(_unpacked(self._records[at])._replace(changes=None))
        self._discarded = max(self._discarded, number + 1)
        self._checkpoints = {at: s for at, s in self._checkpoints.items() if at >= number}

    def copied(self, count: int) -> MemoryHistory:
        copy = MemoryHistory(trusted=self.trusted)
        copy._records = self._records[:count]
        copy._numbers = {key: at for key, at in self._numbers.items() if at < count}
        copy._places = {key: at for key, at in self._places.items() if at[0] < count}
        copy._checkpoints = {at: s for at, s in self._checkpoints.items() if at < count}
        copy._discarded = min(self._discarded, count)
        return copy

    def _forget(self, kept: int) -> None:
        for number in range(kept, len(self._records)):
            record = _unpacked(self._records[number])
            self._numbers.pop(blake2_256(record.header), None)
            for extrinsic in decode_extrinsics(record.extrinsics):
                if self._places.get(blake2_256(extrinsic), (0, 0))[0] == number:
                    del self._places[blake2_256(extrinsic)]
        del self._records[kept:]
        self._checkpoints = {at: s for at, s in self._checkpoints.items() if at < kept}
        self._discarded = min(self._discarded, kept)


def record_of(block: Block, changes: bytes | None) -> Record:
    """A block as it is kept."""
    return Record(
        block.header.encode(),
        compact(len(block.extrinsics)) + b"".join(map(vec, block.extrinsics)),
        block.timestamp_ms,
        changes,
    )


def encode_changes(changes: Mapping[bytes, bytes | None]) -> bytes:
    """Keys with their new values, None where one was removed."""
    return compact(len(changes)) + b"".join(
        vec(key) + option(None if value is None else vec(value)) for key, value in changes.items()
    )


def decode_changes(data: bytes) -> dict[bytes, bytes | None]:
    """The opposite of `encode_changes`.

    Raises:
        ScaleError: not that.
    """
    read = Reader(data)
    changes = {read.vec(): read.vec() if read.option() else None for _ in range(read.compact())}
    read.end()
    return changes


def decode_extrinsics(data: bytes) -> tuple[bytes, ...]:
    """The extrinsics of a record.

    Raises:
        ScaleError: not a vector of byte strings.
    """
    read = Reader(data)
    found = tuple(read.vec() for _ in range(read.compact()))
    read.end()
    return found


def _packed(record: Record) -> bytes:
    # One object for each block: four would cost more than what they hold.
    changes = record.changes
    return b"".join(
        (
            vec(record.header),
            vec(record.extrinsics),
            compact(record.timestamp_ms),
            option(None if changes is None else vec(changes)),
        )
    )


def _unpacked(data: bytes) -> Record:
    read = Reader(data)
    return Record(read.vec(), read.vec(), read.compact(), read.vec() if read.option() else None)
