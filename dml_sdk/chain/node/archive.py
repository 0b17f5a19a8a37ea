"""The chain in an SQLite file: every block with what it changed, written before it is reported.

A row is one block, its header, its extrinsics and its changes of the state; the first row's changes
are the whole genesis state. Opening a file puts the changes together again and compares each state
root with the one in the header, so a file that was altered does not open.

SQLite's write-ahead log keeps every committed block when the process is killed. The file is locked
for as long as it is open: one process writes a chain.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from pathlib import Path

from dml_sdk.chain.node.blocks import Block, Header
from dml_sdk.chain.node.scale import Reader, ScaleError, compact, option, vec
from dml_sdk.chain.node.trie import Trie
from dml_sdk.errors import ChainCorrupt, ChainInUse, UsageError

SCHEMA = 1
_TABLES = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE blocks (
    number INTEGER PRIMARY KEY, header BLOB NOT NULL, extrinsics BLOB NOT NULL,
    timestamp_ms INTEGER NOT NULL, changes BLOB NOT NULL
);
"""


class Archive:
    """A chain's file. Guarded by the node's lock.

    Args:
        path: the file; it is made, with its folders, when it is not there.

    Raises:
        ChainInUse: another process, or another node of this one, has it open.
        ChainCorrupt: not a chain's file.
        UsageError: the path cannot be written, or a newer SDK wrote the file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(
                path, isolation_level=None, check_same_thread=False, timeout=0
            )
        except (OSError, sqlite3.Error) as e:
            raise UsageError(f"A chain cannot be kept at {path}: {e}. Check the path.") from e
        try:
            self._db.execute("PRAGMA locking_mode = EXCLUSIVE")
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = NORMAL")
            self._db.execute("BEGIN IMMEDIATE")
            if not self._db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
                for statement in _TABLES.split(";"):
                    self._db.execute(statement)
                self._db.execute("INSERT INTO meta VALUES ('schema', ?)", (SCHEMA,))
            found = self._meta("schema")
            self._db.execute("COMMIT")
        except sqlite3.OperationalError as e:
            self._db.close()
            if "locked" in str(e):
                raise ChainInUse(
                    f"The chain at {path} is open already, in another kernel or session. One "
                    "process writes a chain: close the other first, or give another path."
                ) from e
            raise self._corrupt(e) from e
        except sqlite3.DatabaseError as e:
            self._db.close()
            raise self._corrupt(e) from e
        if found != SCHEMA:
            self._db.close()
            raise UsageError(
                f"The chain at {path} has format {found}; this SDK reads format {SCHEMA}. "
                "Open it with the SDK that wrote it."
            )

    def start(self, genesis: Block) -> None:
        """Write the first block of a new chain."""
        self._db.execute("BEGIN IMMEDIATE")
        self._db.execute("INSERT INTO meta VALUES ('state_version', ?)", (genesis.state.version,))
        self._insert(genesis)
        self._db.execute("COMMIT")

    def blocks(self) -> Iterator[Block]:
        """Every block from the first, each state checked against its header; none when it is new.

        Raises:
            ChainCorrupt: what is read is not a chain.
        """
        parent: Block | None = None
        try:
            rows = self._db.execute(
                "SELECT number, header, extrinsics, timestamp_ms, changes FROM blocks "
                "ORDER BY number"
            )
            for number, encoded, extrinsics, timestamp_ms, changes in rows:
                header = Header.decode(encoded)
                older = parent.state if parent else Trie(int(self._meta("state_version")))
                state = older.update(_decode_changes(changes))
                follows = header.parent_hash == parent.hash if parent else number == 0
                if not follows or header.number != number or header.state_root != state.root:
                    raise ChainCorrupt(
                        f"Block {number} of the chain at {self.path} is not what its header says. "
                        "Restore the file from a copy; nothing of it was used."
                    )
                parent = Block(
                    header, header.hash, _decode_vecs(extrinsics), state, timestamp_ms, parent
                )
                yield parent
        except (sqlite3.Error, ScaleError, TypeError) as e:
            raise self._corrupt(e) from e

    def add(self, block: Block) -> None:
        """Write a block; when this returns, a killed process has not lost it."""
        self._insert(block)

    def rewind(self, number: int) -> None:
        """Forget the blocks after `number`."""
        self._db.execute("DELETE FROM blocks WHERE number > ?", (number,))

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    def _insert(self, block: Block) -> None:
        older = block.parent.state if block.parent else Trie(block.state.version)
        self._db.execute(
            "INSERT INTO blocks VALUES (?, ?, ?, ?, ?)",
            (
                block.number,
                block.header.encode(),
                compact(len(block.extrinsics)) + b"".join(vec(x) for x in block.extrinsics),
                block.timestamp_ms,
                _encode_changes(block.state.changes_from(older)),
            ),
        )

    def _meta(self, name: str) -> int:
        row = self._db.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
        if row is None:
            raise sqlite3.DatabaseError(f"{name} is missing")
        return int(row[0])

    def _corrupt(self, why: Exception) -> ChainCorrupt:
        return ChainCorrupt(
            f"{self.path} is not a chain's file, or is damaged ({why}). "
            "Restore it from a copy, or give another path."
        )


def _encode_changes(changes: Mapping[bytes, bytes | None]) -> bytes:
    return compact(len(changes)) + b"".join(
        vec(key) + option(None if value is None else vec(value)) for key, value in changes.items()
    )


def _decode_changes(data: bytes) -> dict[bytes, bytes | None]:
    read = Reader(data)
    changes = {read.vec(): read.vec() if read.option() else None for _ in range(read.compact())}
    read.end()
    return changes


def _decode_vecs(data: bytes) -> tuple[bytes, ...]:
    read = Reader(data)
    found = tuple(read.vec() for _ in range(read.compact()))
    read.end()
    return found
