"""What a store is, and the streams that every store is made of: bytes in, verified bytes out."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, Protocol, runtime_checkable

from dml_sdk.arguments import path_told, reason_of
from dml_sdk.errors import ContentCorrupt, ContentTooLarge, UsageError
from dml_sdk.storage.cid import CID
from dml_sdk.storage.unixfs import Buffer, UnixFSHasher

Source = bytes | bytearray | memoryview | Path | BinaryIO

PIECE = 1 << 20  # bytes read from a file at a time
IN_MEMORY = 1 << 30  # bytes that `get` takes unless told otherwise


@runtime_checkable
class Store(Protocol):
    """Keeps files under the hash of their bytes.

    The same bytes have the same CID in every store: the one that `ipfs add --cid-version=1
    --raw-leaves --chunker=size-262144` prints. What is read is checked against the CID that asked
    for it, so a caller holds either the promised bytes or an exception. Any thread may call.

    Each method that takes a CID raises `InvalidCID` for text that is not one, and each method may
    raise `StoreUnreachable`.
    """

    def put(self, source: Source) -> str:
        """Store bytes, the file at a `Path`, or the rest of an open binary file; returns the CID.

        What was put is pinned. Storing the same bytes again changes nothing, and repairs a
        damaged copy.

        Raises:
            UsageError: the source cannot be read, or gives text.
        """
        ...

    def get(self, cid: str, *, limit: int = IN_MEMORY) -> bytes:
        """The bytes of a file.

        Args:
            limit: the most bytes to take into memory; anyone may have put a CID on the chain.

        Raises:
            ContentNotFound: the store does not have it.
            ContentCorrupt: the bytes do not hash to the CID.
            ContentTooLarge: there are more than `limit` bytes.
        """
        ...

    def get_to(self, cid: str, path: str | Path, *, limit: int | None = None) -> None:
        """Write a file's bytes to `path`, holding only a part of them in memory.

        The path appears, or is replaced, only once all bytes have been checked.

        Raises:
            UsageError: `path` cannot be written.
            ContentNotFound, ContentCorrupt, ContentTooLarge: as for `get`.
        """
        ...

    def has(self, cid: str) -> bool:
        """Whether this store holds all of the file, without asking any other."""
        ...

    def size(self, cid: str) -> int:
        """How many bytes the file has.

        Raises:
            ContentNotFound: the store does not hold it.
        """
        ...

    def pin(self, cid: str) -> None:
        """Keep a file until it is unpinned.

        Raises:
            ContentNotFound: the store does not have it.
        """
        ...

    def unpin(self, cid: str) -> None:
        """Let the next garbage collection take a file; nothing happens if it was not pinned."""
        ...

    def pinned(self, cid: str) -> bool:
        """Whether a file is kept from garbage collection by a pin of its own."""
        ...

    def close(self) -> None:
        """Let go of connections and memory; what was stored durably stays."""
        ...


def pieces_of(source: Source) -> Iterator[Buffer]:
    """The bytes of anything that `Store.put` takes, a piece at a time.

    Raises:
        UsageError: the source cannot be read, or gives text.
    """
    if isinstance(source, Buffer):
        yield source
    elif isinstance(source, Path):
        try:
            file = source.open("rb")
        except OSError as e:
            raise UsageError(f"{source} cannot be stored: {e.strerror}. Check the path.") from e
        with file:
            yield from pieces_of(file)
    elif hasattr(source, "read"):
        while True:
            try:
                piece = source.read(PIECE)
            except Exception as e:  # whatever object this is, it is the caller's
                raise UsageError(f"The file to be stored cannot be read: {e}.") from e
            if not isinstance(piece, bytes):
                raise UsageError(
                    f"The file to be stored gives {type(piece).__name__}, not bytes: "
                    'open it in binary mode ("rb").'
                )
            if not piece:
                return
            yield piece
    else:
        raise UsageError(
            f"Cannot store a {type(source).__name__}: pass bytes, a pathlib.Path, or a file "
            "opened in binary mode."
        )


def verified(cid: CID, pieces: Iterable[Buffer], *, limit: int | None) -> Iterator[Buffer]:
    """The same pieces, checked: the last is followed by an exception unless all hash to the CID.

    Raises:
        ContentTooLarge: as soon as the pieces pass `limit` bytes.
        ContentCorrupt: at the end.
    """
    hasher = UnixFSHasher(version=cid.version)
    taken = 0
    for piece in pieces:
        taken += len(piece)
        refuse_over(limit, cid, taken)
        hasher.update(piece)
        yield piece
    found = hasher.finish()
    if found != cid:
        raise ContentCorrupt(
            f"The {taken:,} bytes stored as {cid} hash to {found}: they were cut short or altered, "
            "or added with another layout than 256 KiB chunks with Kubo's default leaves. Nothing "
            "of them was used. Put the original again, or read it from another store."
        )


def refuse_over(limit: int | None, cid: CID, size: int) -> None:
    """Raise `ContentTooLarge` when `size` bytes pass the limit."""
    if limit is not None and size > limit:
        raise ContentTooLarge(
            f"The file {cid} has more than {limit:,} bytes, which is the limit of this read. If "
            "you trust it, pass a larger limit=, or get_to(), which does not hold it in memory."
        )


def write_whole(path: str | Path, pieces: Iterable[Buffer]) -> None:
    """Write a file that is either there with all its pieces, or not there.

    Raises:
        UsageError: the path cannot be written.
    """
    path = Path(path)
    try:
        descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.writelines(pieces)
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink()
            raise
    except OSError as e:  # of the path alone: the pieces come with errors of their store
        raise UsageError(
            f"{path_told(path)} cannot be written: {reason_of(e)}. Check the path."
        ) from None
