"""A chain as one file that can be sent to somebody, who can check all of it.

The file is, in this order:

    10 bytes   "dml-chain" and a line feed
    2          the version of the format, little-endian
    1          the state version of the chain
    8          how many blocks there are, little-endian
    items      the genesis state: a compact count, then each key and value with its length before it
    blocks     each: header, extrinsics (a SCALE vector of them), changes; each with its length
               before it. The changes are keys with their new values, as options.
    32         BLAKE2b-256 of all bytes before

Who reads it compares the hash first, and then believes neither the extrinsics nor the changes: each
block is executed, or at the least its changes have to lead to the state root in its header.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, TypeAlias

from dml_sdk.arguments import path_told, reason_of
from dml_sdk.chain.node import authoring
from dml_sdk.chain.node.archive import Archive, no_place
from dml_sdk.chain.node.blocks import NO_HASH, Block, Header, first, timestamp_ms
from dml_sdk.chain.node.chain import Chain
from dml_sdk.chain.node.executor import Executor
from dml_sdk.chain.node.hashing import blake2_256
from dml_sdk.chain.node.history import decode_changes, decode_extrinsics
from dml_sdk.chain.node.scale import ScaleError, compact, vec
from dml_sdk.chain.node.trie import Trie, build
from dml_sdk.errors import (
    ChainCorrupt,
    ChainError,
    ChainInvalid,
    RuntimeIncompatible,
    RuntimePanic,
    UsageError,
)

MAGIC = b"dml-chain\n"
VERSION = 1
_HASH_LENGTH = 32
_CHUNK = 1 << 20
_BLOCK_SECONDS = 60.0

Progress: TypeAlias = Callable[[int, int], object]
"""Called with how many blocks are done, and how many there are."""


@dataclass(frozen=True, slots=True)
class Portable:
    """A chain in a file.

    Attributes:
        blocks: how many, the first one too.
        head_hash: of the newest block: who knows it from elsewhere knows the whole chain.
        digest: BLAKE2b-256 of the file's content, which its last bytes repeat.
    """

    path: Path
    blocks: int
    head_hash: bytes
    digest: bytes


def write(chain: Chain, path: Path, *, progress: Progress | None = None) -> Portable:
    """Write a chain, as it is now, to a new file; every block is checked on its way.

    Raises:
        UsageError: there is a file already, or it cannot be written.
        StateDiscarded: the chain does not keep all states.
        ChainCorrupt: the chain's own file is damaged.
        ChainError: the chain went back meanwhile.
    """
    head = chain.head
    with _new_file(path) as file:
        out = _Hashing(file)
        state = chain.genesis.state
        items = list(state.items())
        out.write(MAGIC + VERSION.to_bytes(2, "little") + bytes((state.version,)))
        out.write((head.number + 1).to_bytes(8, "little") + compact(len(items)))
        for key, value in items:
            out.write(vec(key) + vec(value))
        before = NO_HASH
        for number in range(head.number + 1):
            block, changes = chain.with_changes(number)
            state = state.update(decode_changes(changes))
            if block.header.parent_hash != before:
                raise ChainError(
                    f"The chain went back while it was exported, at block {number}. Export it "
                    "again; nothing was written."
                )
            if state.root != block.header.state_root:
                raise ChainCorrupt(
                    f"The changes of block {number} do not lead to the state in its header. "
                    "Restore the chain's file from a copy; nothing was written."
                )
            before = block.hash
            extrinsics = compact(len(block.extrinsics)) + b"".join(map(vec, block.extrinsics))
            out.write(vec(block.header.encode()) + vec(extrinsics) + vec(changes))
            if progress is not None:
                progress(number + 1, head.number + 1)
        digest = out.digest()
        file.write(digest)
    return Portable(path, head.number + 1, before, digest)


def read(
    path: Path,
    executor: Executor,
    *,
    into: Path | None = None,
    execute: bool = True,
    progress: Progress | None = None,
) -> tuple[Chain, Archive | None]:
    """The chain in a file that `write` made, checked from the first block to the last.

    Nothing is left behind when it cannot be right.

    Args:
        executor: executes the blocks.
        into: the file to keep it in, which must not be there yet; None for memory.
        execute: run every extrinsic again, so that nobody is trusted; else, several times faster,
            only compare what each block says that it changed with the state root in its header.

    Raises:
        UsageError: there is no such file, `into` is there already, or a newer SDK wrote the file.
        ChainCorrupt: not an exported chain, or truncated or altered.
        ChainInvalid: the file is whole, and a block in it is not valid; it names the block.
        RuntimeIncompatible: the chain's runtime cannot be executed here.
    """
    blocks = _Blocks(path, executor, execute=execute, progress=progress)
    if into is None:
        return blocks.chain(None), None
    if into.exists():
        raise _taken(into)
    try:
        into.parent.mkdir(parents=True, exist_ok=True)
        # Beside its place, so that it comes there whole or not at all.
        with tempfile.TemporaryDirectory(dir=into.parent, prefix=".import-") as folder:
            beside = Archive(Path(folder) / into.name)
            try:
                blocks.chain(beside)
            finally:
                beside.close()
            _place(beside.path, into)
    except OSError as error:
        raise no_place(into, error) from None
    archive = Archive(into)
    return Chain.found(archive), archive


class _Blocks:
    """The blocks of a file, read and checked."""

    def __init__(
        self, path: Path, executor: Executor, *, execute: bool, progress: Progress | None
    ) -> None:
        self._path, self._executor = path, executor
        self._execute, self._progress = execute, progress

    def chain(self, archive: Archive | None) -> Chain:
        try:
            with self._path.open("rb") as file:
                read = _Reader(file, self._whole(file))
                try:
                    return self._chain(read, archive)
                except ScaleError as error:
                    raise self._no_chain(str(error)) from error
                except RecursionError as error:
                    raise self._no_chain("keys of its state are prefixes of too many") from error
        except OSError as error:
            raise UsageError(
                f"{path_told(self._path)} cannot be read: {reason_of(error)}. Check the path."
            ) from None

    def _whole(self, file: BinaryIO) -> int:
        """Where the content ends, after the hash at the end was compared with it."""
        if file.read(len(MAGIC)) != MAGIC:
            raise self._no_chain("it does not begin as one")
        version = int.from_bytes(file.read(2), "little")
        if version != VERSION:
            raise UsageError(
                f"{self._path} has version {version} of the format of exported chains; this SDK "
                f"reads version {VERSION}. Read it with the SDK that wrote it."
            )
        end = file.seek(0, os.SEEK_END) - _HASH_LENGTH
        file.seek(0)
        digest, left = hashlib.blake2b(digest_size=_HASH_LENGTH), end
        while left > 0 and (chunk := file.read(min(_CHUNK, left))):
            digest.update(chunk)
            left -= len(chunk)
        if file.read(_HASH_LENGTH) != digest.digest():
            raise self._no_chain("it is truncated, or was altered")
        file.seek(len(MAGIC) + 2)
        return end

    def _chain(self, read: _Reader, archive: Archive | None) -> Chain:
        version, count = read.uint(1), read.uint(8)
        if version > 1:
            raise ScaleError(f"There is no state version {version}.")
        items = ((read.vec(), read.vec()) for _ in range(read.compact()))
        genesis = first(build(items, version))
        header, extrinsics, _ = self._block(read)
        if header.hash != genesis.hash or extrinsics:
            raise self._invalid(0, "its state is not the one that its header names")
        chain = Chain(genesis, archive)
        for number in range(1, count):
            self._add(chain, number, *self._block(read))
            if self._progress is not None:
                self._progress(number + 1, count)
        read.end()
        return chain

    def _block(self, read: _Reader) -> tuple[Header, tuple[bytes, ...], bytes]:
        return Header.decode(read.vec()), decode_extrinsics(read.vec()), read.vec()

    def _add(
        self,
        chain: Chain,
        number: int,
        header: Header,
        extrinsics: tuple[bytes, ...],
        changes: bytes,
    ) -> None:
        parent = chain.head
        if header.number != number or header.parent_hash != parent.hash:
            raise self._invalid(number, "it does not follow the block before it")
        if self._execute:
            state = self._executed(number, parent.state, header, extrinsics)
        else:
            state = parent.state.update(decode_changes(changes))
            if not header.names(extrinsics):
                raise self._invalid(number, "its extrinsics are not those that its header names")
        if state.root != header.state_root:
            raise self._invalid(number, "its state is not the one that its header names")
        block = Block(header, header.hash, extrinsics, state, timestamp_ms(state), parent)
        chain.add(block, [blake2_256(extrinsic) for extrinsic in extrinsics])

    def _executed(
        self, number: int, state: Trie, header: Header, extrinsics: tuple[bytes, ...]
    ) -> Trie:
        encoded = b"".join((header.unsealed().encode(), compact(len(extrinsics)), *extrinsics))
        try:
            return authoring.execute(self._executor, state, encoded, seconds=_BLOCK_SECONDS)
        except RuntimePanic as panic:
            raise self._invalid(number, str(panic)) from panic
        except RuntimeIncompatible as error:
            raise RuntimeIncompatible(f"Block {number} of {self._path}: {error}") from error

    def _no_chain(self, why: str) -> ChainCorrupt:
        return ChainCorrupt(
            f"{self._path} is not an exported chain: {why}. Get another copy; nothing was imported."
        )

    def _invalid(self, number: int, why: str) -> ChainInvalid:
        return ChainInvalid(str(self._path), number, why.rstrip("."))


class _Reader:
    """Reads SCALE out of a file, never more than is there."""

    def __init__(self, file: BinaryIO, end: int) -> None:
        self._file, self._left = file, end - file.tell()

    def take(self, length: int) -> bytes:
        if length > self._left:
            raise ScaleError(f"{length} bytes were promised, {self._left} are left.")
        self._left -= length
        return self._file.read(length)

    def uint(self, width: int) -> int:
        return int.from_bytes(self.take(width), "little")

    def compact(self) -> int:
        first = self.take(1)[0]
        mode = first & 3
        if mode == 3:
            return int.from_bytes(self.take((first >> 2) + 4), "little")
        return (first | int.from_bytes(self.take((1 << mode) - 1), "little") << 8) >> 2

    def vec(self) -> bytes:
        return self.take(self.compact())

    def end(self) -> None:
        if self._left:
            raise ScaleError(f"{self._left} bytes are left over after the last block.")


class _Hashing:
    """Writes to a file and hashes what it writes."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._hash = hashlib.blake2b(digest_size=_HASH_LENGTH)

    def write(self, data: bytes) -> None:
        self._file.write(data)
        self._hash.update(data)

    def digest(self) -> bytes:
        return self._hash.digest()


@contextmanager
def _new_file(path: Path) -> Iterator[BinaryIO]:
    """A file that appears under its name when all is written and on the disk."""
    if path.exists():
        raise _taken(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=".export-") as folder:
            beside = Path(folder) / path.name
            with beside.open("wb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            _place(beside, path)
    except OSError as error:
        raise UsageError(
            f"{path_told(path)} cannot be written: {reason_of(error)}. Check the path."
        ) from None


def _place(beside: Path, path: Path) -> None:
    """Give a file its name, unless somebody took it meanwhile."""
    try:
        os.link(beside, path)
    except FileExistsError:
        raise _taken(path) from None
    except OSError:  # a file system without links
        beside.replace(path)


def _taken(path: Path) -> UsageError:
    return UsageError(f"{path} is there already. Give another name, or move it away first.")
