"""The chain in an SQLite file: every block is written before it is reported.

A row of `blocks` is a record. A checkpoint is the nodes of its trie that the checkpoint before it
lacks, each under its hash; so the newest state is there at once however long the chain is, and is
read as far as somebody looks. Nothing is taken on trust: headers are followed from the head down,
extrinsics are compared with their root, nodes and values with their hash, and a state that was put
together with its header. Whoever can write to the file can make it forget what is found by a hash,
or the time of a block whose state is no longer kept; nothing else goes unnoticed.

SQLite's write-ahead log keeps every committed block when the process is killed. The file is locked
for as long as it is open: one process writes a chain.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from dml_sdk.arguments import path_told, reason_of
from dml_sdk.chain.node import schema
from dml_sdk.chain.node.blocks import Header
from dml_sdk.chain.node.hashing import blake2_256
from dml_sdk.chain.node.history import (
    Checkpoint,
    Entry,
    MemoryHistory,
    Record,
    decode_extrinsics,
)
from dml_sdk.chain.node.process import OwnLock
from dml_sdk.chain.node.scale import ScaleError
from dml_sdk.chain.node.trie import Trie
from dml_sdk.errors import ChainCorrupt, ChainError, ChainInUse, UsageError

_LONG = 4096  # bytes; a value that many states share and nobody wants twice: the runtime's code
_LONG_KEPT = 4
_PAGES_IN_LOG = 4000  # of 4 KiB; then the log is written back, which waits for the disk
_RECORD = "SELECT header, extrinsics, timestamp_ms, changes FROM blocks WHERE number = ?"
_HEADERS_DOWN = (
    "SELECT number, header FROM blocks WHERE number BETWEEN ? AND ? ORDER BY number DESC"
)
_PLACE = "SELECT number, place FROM places WHERE hash = ? AND place {} ? ORDER BY number DESC"
_PLACE_OF_BLOCK, _PLACE_OF_EXTRINSIC = _PLACE.format("="), _PLACE.format(">")
_UNREADABLE = (sqlite3.Error, ScaleError, TypeError, OverflowError)


class Archive:
    """A history in a file.

    Args:
        path: the file; it is made, with its folders, when it is not there.

    Raises:
        ChainInUse: another process, or another node of this one, has it open.
        ChainCorrupt: not a chain's file.
        UsageError: the path cannot be written, or a newer SDK wrote the file.
    """

    trusted = False

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = f"the chain at {path}"
        self._lock = OwnLock()  # nodes are read by whoever looks at a state
        self._open = True
        self._count, self._version = 0, 1
        self._head_hash = b""
        # From this block on the headers are known to lead to the head; the hash of the one before.
        self._followed, self._before = 0, b""
        self._latest: Checkpoint | None = None
        self._long: dict[bytes, bytes] = {}
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(
                path, isolation_level=None, check_same_thread=False, timeout=0
            )
        except (OSError, sqlite3.Error) as e:
            raise no_place(path, e) from None
        try:
            self._db.execute("PRAGMA locking_mode = EXCLUSIVE")
            self._refuse_other_data()
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = NORMAL")
            self._db.execute(f"PRAGMA wal_autocheckpoint = {_PAGES_IN_LOG}")
            with self._transaction() as db:
                self._prepare(db)
        except BaseException as e:
            self._db.close()
            if isinstance(e, sqlite3.OperationalError) and "locked" in str(e):
                raise ChainInUse(
                    f"The chain at {path} is open already, in another kernel or session. One "
                    "process writes a chain: close the other first, or give another path."
                ) from e
            if isinstance(e, _UNREADABLE):
                raise self._corrupt(e) from e
            raise

    def _refuse_other_data(self) -> None:
        """Before anything is written: what is in the file must be a chain, or nothing."""
        tables = {row[0] for row in self._db.execute("SELECT name FROM sqlite_master")}
        if tables and not {"meta", "blocks"} <= tables:
            raise sqlite3.DatabaseError("it holds other tables")

    def _prepare(self, db: sqlite3.Connection) -> None:
        found = schema.prepare(db)
        if found != schema.SCHEMA:
            raise UsageError(
                f"The chain at {self.path} has format {found}; this SDK reads formats up to "
                f"{schema.SCHEMA}. Open it with the SDK that wrote it."
            )
        schema.sweep(db)
        last = db.execute("SELECT max(number) FROM blocks").fetchone()[0]
        if last is not None:
            self._count = int(last) + 1
            self._version = schema.number(db, "state_version")
            self._head_hash = blake2_256(self._row(db, int(last)).header)
        self._followed, self._before = self._count, self._head_hash

    @property
    def count(self) -> int:
        return self._count

    def extend(
        self, kept: int, entries: Sequence[Entry], checkpoint: Checkpoint | None = None
    ) -> None:
        with self._lock.here:
            self._must_be_open()
            head_hash = entries[-1].block_hash if entries else self._hash_at(kept - 1)
            if kept:
                self._follow(self._db, kept - 1)
            try:
                with self._transaction() as db:
                    if kept < self._count:
                        self._forget(db, kept)
                    for number, entry in enumerate(entries, kept):
                        row = (number, *entry.record)
                        db.execute("INSERT INTO blocks VALUES (?, ?, ?, ?, ?)", row)
                        schema.put_places(db, number, entry.block_hash, entry.extrinsic_hashes)
                    if checkpoint is not None:
                        self._put(db, checkpoint)
            except sqlite3.Error as e:
                raise ChainError(
                    f"A block could not be written to {self.path}: {e}. It is not on the chain. "
                    "Make room, or see to the file's permissions, and try again."
                ) from e
            self._count = kept + len(entries)
            self._head_hash = head_hash
            if checkpoint is not None:
                self._latest, self._version = checkpoint, checkpoint.state.version
            elif self._latest is not None and self._latest.number >= kept:
                self._latest = None

    def record(self, number: int, block_hash: bytes | None = None) -> Record:
        with self._reading() as db:
            if block_hash is None:
                self._follow(db, number)
            record = self._row(db, number)
        if block_hash not in (None, blake2_256(record.header)):
            raise self._elsewhere(number)
        return record

    def number_of(self, block_hash: bytes) -> int | None:
        place = self._place(_PLACE_OF_BLOCK, block_hash)
        return None if place is None else place[0]

    def place_of(self, extrinsic_hash: bytes) -> tuple[int, int] | None:
        return self._place(_PLACE_OF_EXTRINSIC, extrinsic_hash)

    def checkpoint(self, number: int) -> Checkpoint | None:
        if self._latest is not None and self._latest.number <= number:
            return self._latest
        with self._reading() as db:
            query = "SELECT max(number) FROM checkpoints WHERE number <= ?"
            at = db.execute(query, (number,)).fetchone()[0]
            if at is None:
                return None
            root = Header.decode(self.record(at).header).state_root
        return Checkpoint(at, Trie.stored(root, self._version, self._node))

    def discard(self, number: int) -> None:
        with self._lock.here, self._transaction() as db:
            from_here = schema.number(db, "discarded", 0)
            db.execute(
                "UPDATE blocks SET changes = NULL WHERE number >= ? AND number <= ?",
                (from_here, number),
            )
            gone = db.execute("DELETE FROM checkpoints WHERE number < ?", (number,)).rowcount
            schema.set_number(db, "discarded", max(from_here, number + 1))
            schema.set_number(db, "unswept", schema.number(db, "unswept", 0) + gone)

    def copied(self, count: int) -> MemoryHistory:
        copy = MemoryHistory(trusted=False)
        marks: list[Checkpoint] = []
        while (mark := self.checkpoint(marks[-1].number - 1 if marks else count - 1)) is not None:
            marks.append(mark)
        for number in range(count):
            record = self.record(number)
            hashes = [blake2_256(extrinsic) for extrinsic in decode_extrinsics(record.extrinsics)]
            copy.extend(number, [Entry(record, blake2_256(record.header), hashes)])
        for mark in marks:
            copy.extend(count, [], mark)
        return copy

    @property
    def preset(self) -> str | None:
        """The name of what the chain began with; None in files that were not told.

        Raises:
            ChainCorrupt: it is no name.
        """
        with self._reading() as db:
            return schema.preset(db)

    def begin_with(self, preset: str) -> None:
        """Remember the name of what the chain begins with."""
        with self._lock.here, self._transaction() as db:
            schema.set_preset(db, preset)

    def close(self) -> None:
        """Let go of the file. What is asked for afterwards is read in it, if it is still there."""
        with self._lock.here:
            if self._open:
                self._open = False
                self._db.close()

    # --- what is read is checked --------------------------------------------------------------

    def _follow(self, db: sqlite3.Connection, number: int) -> None:
        """Go down the headers from the head to a block, as far as that was not done before."""
        at, expected = self._followed, self._before
        if not self._open:  # others may have written since
            at, expected = self._count, self._head_hash
        if number >= at:
            return
        for found, header in db.execute(_HEADERS_DOWN, (number, at - 1)):
            at -= 1
            if found != at or blake2_256(header) != expected:
                break
            expected = header[:32]
        else:
            if at == number:
                if self._open:
                    self._followed, self._before = at, expected
                return
        raise self._elsewhere(max(at, number))

    def _elsewhere(self, number: int) -> ChainCorrupt:
        return ChainCorrupt(
            f"Block {number} of {self.name} is not the one that the head descends from. "
            "Restore the file from a copy; nothing of the block was used."
        )

    def _node(self, name: bytes) -> bytes:
        """The node of a state, or its long value, with a hash."""
        with self._reading() as db:
            data = self._long.get(name)
            if data is not None:
                return data
            row = db.execute("SELECT data FROM nodes WHERE hash = ?", (name,)).fetchone()
            if row is None or blake2_256(row[0]) != name:
                raise ChainCorrupt(
                    f"A part of a state of {self.name} is missing or was altered "
                    f"(0x{name.hex()}). Restore the file from a copy; nothing of it was used."
                )
            data = bytes(row[0])
            if len(data) >= _LONG:
                if len(self._long) >= _LONG_KEPT:
                    self._long.pop(next(iter(self._long)))
                self._long[name] = data
            return data

    def _row(self, db: sqlite3.Connection, number: int) -> Record:
        row = db.execute(_RECORD, (number,)).fetchone()
        types = [type(field) for field in row or ()]
        if types[:3] != [bytes, bytes, int] or types[3] not in (bytes, type(None)):
            raise TypeError(f"block {number} has fields of other types than it should")
        return Record(*row)

    def _hash_at(self, number: int) -> bytes:
        return blake2_256(self.record(number).header)

    def _place(self, query: str, of: bytes) -> tuple[int, int] | None:
        with self._reading() as db:
            row = db.execute(query, (of, schema.OF_BLOCK)).fetchone()
        return None if row is None or row[0] >= self._count else (int(row[0]), int(row[1]))

    # --- writing ------------------------------------------------------------------------------

    def _put(self, db: sqlite3.Connection, mark: Checkpoint) -> None:
        if not mark.number:
            schema.set_number(db, "state_version", mark.state.version)
        older = self.checkpoint(mark.number - 1)
        state = Trie(mark.state.version) if older is None else older.state
        schema.put_checkpoint(db, mark.number, mark.state, state)

    def _forget(self, db: sqlite3.Connection, kept: int) -> None:
        rows = db.execute("SELECT header, extrinsics FROM blocks WHERE number >= ?", (kept,))
        for header, extrinsics in rows.fetchall():
            hashes = [blake2_256(extrinsic) for extrinsic in decode_extrinsics(extrinsics)]
            db.executemany(
                "DELETE FROM places WHERE hash = ? AND number >= ?",
                [(each, kept) for each in (blake2_256(header), *hashes)],
            )
        db.execute("DELETE FROM blocks WHERE number >= ?", (kept,))
        db.execute("DELETE FROM checkpoints WHERE number >= ?", (kept,))
        schema.set_number(db, "discarded", min(kept, schema.number(db, "discarded", 0)))
        # Their nodes stay: a state that somebody holds may still read them.

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield self._db
            self._db.execute("COMMIT")
        except BaseException:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        with self._lock.here:
            try:
                if self._open:
                    yield self._db
                    return
                address = f"file:{quote(str(self.path))}?mode=ro"
                db = sqlite3.connect(address, uri=True, timeout=0)
                try:
                    yield db
                finally:
                    db.close()
            except _UNREADABLE as e:
                if self._open:
                    raise self._corrupt(e) from e
                raise ChainError(
                    f"{self.path} is closed, and what was not in memory cannot be read in it any "
                    f"more ({e}). Open it again with dml.connect(path=…)."
                ) from e

    def _must_be_open(self) -> None:
        if not self._open:
            raise UsageError(f"{self.path} is closed. Open it again with dml.connect(path=…).")

    def _corrupt(self, why: Exception) -> ChainCorrupt:
        return ChainCorrupt(
            f"{self.path} is not a chain's file, or is damaged ({why}). "
            "Restore it from a copy, or give another path."
        )


def no_place(path: Path, error: OSError | sqlite3.Error) -> UsageError:
    """What is said where a chain cannot be kept."""
    why = reason_of(error) if isinstance(error, OSError) else error
    return UsageError(f"A chain cannot be kept at {path_told(path)}: {why}. Check the path.")
