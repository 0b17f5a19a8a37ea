"""A store in a dictionary, for a session that leaves nothing behind."""

from __future__ import annotations

import threading
from pathlib import Path

from dml_sdk.errors import ContentNotFound
from dml_sdk.storage.cid import CID
from dml_sdk.storage.store import IN_MEMORY, Source, pieces_of, refuse_over, write_whole
from dml_sdk.storage.unixfs import cid_of


class MemoryStore:
    """Keeps files in this process's memory until it is closed.

    Reads are not hashed again: what is kept is `bytes` under the CID computed from them, and
    nothing outside this object can change it.
    """

    def __init__(self) -> None:
        self._contents: dict[CID, bytes] = {}
        self._pins: set[CID] = set()
        self._lock = threading.Lock()

    def put(self, source: Source) -> str:
        """Store bytes, a file or a stream; see `Store.put`."""
        content = b"".join(pieces_of(source))
        cid = cid_of(content)
        with self._lock:
            self._contents[cid] = content
            self._pins.add(cid)
        return str(cid)

    def get(self, cid: str, *, limit: int = IN_MEMORY) -> bytes:
        """The bytes of a file; see `Store.get`."""
        return self._held(cid, limit)

    def get_to(self, cid: str, path: str | Path, *, limit: int | None = None) -> None:
        """Write a file's bytes to a path; see `Store.get_to`."""
        write_whole(path, [self._held(cid, limit)])

    def has(self, cid: str) -> bool:
        """Whether the file is held."""
        return CID.parse(cid) in self._contents

    def size(self, cid: str) -> int:
        """How many bytes the file has; see `Store.size`."""
        return len(self._held(cid, None))

    def pin(self, cid: str) -> None:
        """Keep a file until it is unpinned; see `Store.pin`."""
        with self._lock:
            self._held(cid, None)
            self._pins.add(CID.parse(cid))

    def unpin(self, cid: str) -> None:
        """Let the next `gc` take a file."""
        with self._lock:
            self._pins.discard(CID.parse(cid))

    def pinned(self, cid: str) -> bool:
        """Whether a file is pinned."""
        return CID.parse(cid) in self._pins

    def gc(self) -> frozenset[str]:
        """Drop every file that is not pinned; returns their CIDs."""
        with self._lock:
            dropped = self._contents.keys() - self._pins
            for cid in dropped:
                del self._contents[cid]
        return frozenset(map(str, dropped))

    def close(self) -> None:
        """Forget everything."""
        with self._lock:
            self._contents.clear()
            self._pins.clear()

    def _held(self, cid: str, limit: int | None) -> bytes:
        name = CID.parse(cid)
        content = self._contents.get(name)
        if content is None:
            raise ContentNotFound(
                f"Nothing is stored in memory under {name}. What an earlier kernel kept in memory "
                "is gone: open the session with a path to keep files."
            )
        refuse_over(limit, name, len(content))
        return content

    def __repr__(self) -> str:
        return f"<MemoryStore with {len(self._contents)} files>"
