"""The embedded store: files in a directory, named by the CID of their bytes.

    content/<two letters>/<cid>     the file, whole
    pins/<cid>                      empty; what gc() must leave alone
    partial/                        being written

A file enters `content` by a rename, so that readers and other writers, in this process or
another, see all of it or nothing. Nothing is forced to the disk: a killed process loses no file
that `put` returned, a power cut may. That costs a file, never a wrong answer: every read hashes
the bytes, and a file that was damaged is repaired by putting it again.
"""

from __future__ import annotations

import os
import stat
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import platformdirs

from dml_sdk.errors import ContentCorrupt, ContentNotFound, InvalidCID, StoreUnreachable
from dml_sdk.storage.cid import CID
from dml_sdk.storage.store import (
    IN_MEMORY,
    PIECE,
    Source,
    pieces_of,
    refuse_over,
    verified,
    write_whole,
)
from dml_sdk.storage.unixfs import UnixFSHasher

_READ = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
_ABANDONED = 24 * 3600  # seconds after which a partial file belongs to a process that is gone


class LocalStore:
    """Keeps files in a directory of this machine; processes may share it.

    Args:
        path: the directory, made when missing. By default `store` in the user's data directory.

    Raises:
        StoreUnreachable: the directory cannot be made.
    """

    def __init__(self, path: str | Path | None = None) -> None:
        if path is None:
            path = Path(platformdirs.user_data_dir("dml-sdk", appauthor=False)) / "store"
        self.path = Path(path).expanduser().absolute()
        self._content = self.path / "content"
        self._pins = self.path / "pins"
        self._partial = self.path / "partial"
        with self._disk("be opened"):
            for directory in (self._content, self._pins, self._partial):
                directory.mkdir(parents=True, exist_ok=True)

    def put(self, source: Source) -> str:
        """Store bytes, a file or a stream; see `Store.put`."""
        hasher = UnixFSHasher()
        with self._disk("be written"):
            descriptor, name = tempfile.mkstemp(dir=self._partial)
            partial = Path(name)
            try:
                with os.fdopen(descriptor, "wb") as file:
                    for piece in pieces_of(source):
                        hasher.update(piece)
                        file.write(piece)
                cid = hasher.finish()
                self._pin_of(cid).touch()  # first, so that no gc() finds the file without
                self._place(partial, cid)
            except BaseException:
                partial.unlink(missing_ok=True)
                raise
        return str(cid)

    def get(self, cid: str, *, limit: int = IN_MEMORY) -> bytes:
        """The bytes of a file, hashed again; see `Store.get`."""
        name = CID.parse(cid)
        with self._open(name, limit) as file, self._disk("be read"):
            content = file.read()
        return b"".join(verified(name, [content], limit=limit))

    def get_to(self, cid: str, path: str | Path, *, limit: int | None = None) -> None:
        """Write a file's bytes to a path, hashed on the way; see `Store.get_to`."""
        name = CID.parse(cid)
        with self._open(name, limit) as file:
            write_whole(path, verified(name, self._pieces(file), limit=limit))

    def has(self, cid: str) -> bool:
        """Whether the file is held; its bytes are checked when they are read."""
        return self._path_of(CID.parse(cid)).is_file()

    def size(self, cid: str) -> int:
        """How many bytes the file has; see `Store.size`."""
        with self._open(CID.parse(cid), None) as file:
            return os.fstat(file.fileno()).st_size

    def pin(self, cid: str) -> None:
        """Keep a file until it is unpinned; see `Store.pin`."""
        name = CID.parse(cid)
        if self._path_of(name).is_file():
            with self._disk("be written"):
                self._pin_of(name).touch()
        if not self.pinned(cid):  # never held, or taken by a gc() before it saw the pin
            raise self._not_found(name)

    def unpin(self, cid: str) -> None:
        """Let the next `gc` take a file."""
        with self._disk("be written"):
            self._pin_of(CID.parse(cid)).unlink(missing_ok=True)

    def pinned(self, cid: str) -> bool:
        """Whether a file is held and pinned."""
        name = CID.parse(cid)
        return self._pin_of(name).is_file() and self._path_of(name).is_file()

    def gc(self) -> frozenset[str]:
        """Delete every file that is not pinned, and what crashed writers left; returns the CIDs.

        Raises:
            StoreUnreachable: the directory cannot be written.
        """
        deleted = set()
        with self._disk("be cleaned"):
            for file in list(self._content.glob("*/*")):
                cid = _name_of(file)
                if cid is not None and not self._pin_of(cid).exists() and self._delete(file, cid):
                    deleted.add(str(cid))
            for partial in list(self._partial.iterdir()):
                if _is_abandoned(partial):
                    partial.unlink(missing_ok=True)
        return frozenset(deleted)

    def close(self) -> None:
        """Nothing is held open between calls, so there is nothing to do."""

    def _delete(self, file: Path, cid: CID) -> bool:
        # A writer may pin the same content between the look and the deletion. So the file is moved
        # aside, the pin looked for again, and the file brought back if there is one.
        aside = self._partial / f"{cid}-{os.getpid()}-{threading.get_ident()}"
        try:
            os.utime(file)  # or another gc() could take it for abandoned
            file.replace(aside)
        except FileNotFoundError:  # another gc() was faster
            return False
        if self._pin_of(cid).exists():
            aside.replace(file)
            return False
        aside.unlink()
        return True

    def _place(self, partial: Path, cid: CID) -> None:
        target = self._path_of(cid)
        target.parent.mkdir(exist_ok=True)
        try:
            partial.replace(target)
        except PermissionError:  # Windows: somebody is reading the same content
            with target.open("rb") as file:
                for _ in verified(cid, self._pieces(file), limit=None):
                    pass
            partial.unlink()

    @contextmanager
    def _open(self, cid: CID, limit: int | None) -> Iterator[BinaryIO]:
        with self._disk("be read"):
            try:
                # A pipe that somebody put there would be waited for until it has a writer.
                descriptor = os.open(self._path_of(cid), _READ)
            except FileNotFoundError:
                raise self._not_found(cid) from None
            found = os.fstat(descriptor)
            if not stat.S_ISREG(found.st_mode):
                os.close(descriptor)
                raise ContentCorrupt(
                    f"What the store in {self.path} has under {cid} is no file. Nothing of it was "
                    "read; remove it and put the original again."
                )
            file = os.fdopen(descriptor, "rb")
        with file:
            refuse_over(limit, cid, found.st_size)
            yield file

    def _pieces(self, file: BinaryIO) -> Iterator[bytes]:
        with self._disk("be read"):
            while piece := file.read(PIECE):
                yield piece

    def _path_of(self, cid: CID) -> Path:
        name = str(cid)
        return self._content / name[-2:].lower() / name

    def _pin_of(self, cid: CID) -> Path:
        return self._pins / str(cid)

    def _not_found(self, cid: CID) -> ContentNotFound:
        return ContentNotFound(
            f"The store in {self.path} holds nothing under {cid}. If it was put in another store, "
            'open that one: store="ipfs", or the folder that it was put in (session.store tells).'
        )

    @contextmanager
    def _disk(self, verb: str) -> Iterator[None]:
        try:
            yield
        except OSError as e:
            raise StoreUnreachable(
                f"The store in {self.path} cannot {verb}: {e.strerror or e}. Check that the disk "
                "has room and the directory is yours, or open the store with another path."
            ) from e

    def __repr__(self) -> str:
        return f"<LocalStore in {self.path}>"


def _is_abandoned(partial: Path) -> bool:
    try:
        return time.time() - partial.stat().st_mtime > _ABANDONED
    except FileNotFoundError:  # its writer has just placed it
        return False


def _name_of(file: Path) -> CID | None:
    try:
        return CID.parse(file.name)
    except InvalidCID:
        return None  # not ours: left alone
