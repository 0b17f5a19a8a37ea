"""The tables of a chain's file, and how older ones become them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from dml_sdk.chain.node.blocks import Header
from dml_sdk.chain.node.hashing import blake2_256
from dml_sdk.chain.node.history import decode_changes, decode_extrinsics
from dml_sdk.chain.node.nodes import HASH_LENGTH, Encoded, decode
from dml_sdk.chain.node.trie import Trie
from dml_sdk.errors import ChainCorrupt

SCHEMA = 3
OF_BLOCK = -1
"""The place of a block itself, among those of its extrinsics."""

_META = "CREATE TABLE meta (name TEXT PRIMARY KEY, value NOT NULL) WITHOUT ROWID"
_TABLES = """
CREATE TABLE blocks (
    number INTEGER PRIMARY KEY, header BLOB NOT NULL, extrinsics BLOB NOT NULL,
    timestamp_ms INTEGER NOT NULL, changes BLOB
);
CREATE TABLE places (
    hash BLOB NOT NULL, number INTEGER NOT NULL, place INTEGER NOT NULL,
    PRIMARY KEY (hash, number, place)
) WITHOUT ROWID;
CREATE TABLE checkpoints (number INTEGER PRIMARY KEY);
CREATE TABLE nodes (hash BLOB PRIMARY KEY, data BLOB NOT NULL) WITHOUT ROWID;
"""
_CHANGES_BETWEEN = 1024
_SWEPT_AFTER = 64  # checkpoints that went since what was theirs alone was last swept out


def prepare(db: sqlite3.Connection) -> int:
    """Make the tables, or bring older ones up to date, inside a transaction.

    Returns:
        the schema that the file has then: another than SCHEMA is a newer SDK's.

    Raises:
        ChainCorrupt: an older file is not a chain.
    """
    if not db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
        _make(db)
    found = number(db, "schema")
    if found == 1:
        _from_first(db)
    elif found == 2:
        _from_second(db)
    else:
        return found
    return SCHEMA


def number(db: sqlite3.Connection, name: str, otherwise: int | None = None) -> int:
    """A number out of the table `meta`.

    Raises:
        sqlite3.DatabaseError: it is missing, and nothing is said to stand for it.
    """
    row = db.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
    if row is not None:
        return int(row[0])
    if otherwise is None:
        raise sqlite3.DatabaseError(f"{name} is missing")
    return otherwise


def set_number(db: sqlite3.Connection, name: str, value: int) -> None:
    """Put a number into the table `meta`."""
    db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, value))


def preset(db: sqlite3.Connection) -> str | None:
    """The name of what the chain began with; None in files that were not told.

    Raises:
        sqlite3.DatabaseError: it is no name.
    """
    row = db.execute("SELECT value FROM meta WHERE name = 'preset'").fetchone()
    if row is not None and not isinstance(row[0], str):
        raise sqlite3.DatabaseError("its preset is no name")
    return None if row is None else str(row[0])


def set_preset(db: sqlite3.Connection, name: str) -> None:
    """Put the name of what the chain begins with into the table `meta`."""
    db.execute("INSERT OR REPLACE INTO meta VALUES ('preset', ?)", (name,))


def put_places(db: sqlite3.Connection, at: int, block: bytes, extrinsics: Iterable[bytes]) -> None:
    """Enter a block and its extrinsics under their hashes."""
    places = [(block, at, OF_BLOCK), *((x, at, place) for place, x in enumerate(extrinsics))]
    db.executemany("INSERT OR REPLACE INTO places VALUES (?, ?, ?)", places)


def put_checkpoint(db: sqlite3.Connection, at: int, state: Trie, older: Trie) -> None:
    """Enter a state, of which what `older` has is there already."""
    db.executemany("INSERT OR IGNORE INTO nodes VALUES (?, ?)", state.nodes_from(older))
    db.execute("INSERT OR REPLACE INTO checkpoints VALUES (?)", (at,))


def sweep(db: sqlite3.Connection) -> None:
    """Delete the nodes that no checkpoint has, if it is worth the while.

    Only when nobody has a state of the file: one that was put together holds nodes that are read
    later.
    """
    if number(db, "unswept", 0) < _SWEPT_AFTER:
        return
    marks = db.execute("SELECT header FROM blocks NATURAL JOIN checkpoints").fetchall()
    waiting = [Header.decode(header).state_root for (header,) in marks]
    alive: set[bytes] = set()
    while waiting:
        name = waiting.pop()
        row = db.execute("SELECT data FROM nodes WHERE hash = ?", (name,)).fetchone()
        if name not in alive and row is not None:
            alive.add(name)
            waiting += _named_by(decode(row[0]), alive)
    gone = [row for row in db.execute("SELECT hash FROM nodes") if row[0] not in alive]
    db.executemany("DELETE FROM nodes WHERE hash = ?", gone)
    set_number(db, "unswept", 0)


def _named_by(node: Encoded, alive: set[bytes]) -> list[bytes]:
    """The hashes in a node, those of nodes; that of a value is entered at once."""
    if node.value_hash is not None:
        alive.add(node.value_hash)
    names = []
    for child in node.children or ():
        if child is not None and len(child) == HASH_LENGTH:
            names.append(child)
        elif child is not None:
            names += _named_by(decode(child), alive)
    return names


def _make(db: sqlite3.Connection) -> None:
    for statement in (_META, *_TABLES.split(";")):
        db.execute(statement)
    set_number(db, "schema", SCHEMA)


def _from_first(db: sqlite3.Connection) -> None:
    """From schema 1, which had the changes since the block before, and no whole state."""
    state = Trie(number(db, "state_version", 1))
    db.execute("ALTER TABLE blocks RENAME TO first_blocks")
    db.execute("ALTER TABLE meta RENAME TO first_meta")
    _make(db)
    set_number(db, "state_version", state.version)
    marked, changed = state, 0
    rows = db.execute("SELECT * FROM first_blocks ORDER BY number")
    for at, header, extrinsics, timestamp_ms, encoded in rows:
        changes = decode_changes(encoded)
        state = state.update(changes)
        if state.root != Header.decode(header).state_root:
            raise ChainCorrupt(
                f"Block {at} of a chain in the first format is not what its header says. "
                "Restore the file from a copy; it was left as it was."
            )
        db.execute(
            "INSERT INTO blocks VALUES (?, ?, ?, ?, ?)",
            (at, header, extrinsics, timestamp_ms, encoded if at else b"\0"),
        )
        hashes = [blake2_256(extrinsic) for extrinsic in decode_extrinsics(extrinsics)]
        put_places(db, at, blake2_256(header), hashes)
        changed += len(changes)
        if not at or changed >= _CHANGES_BETWEEN:
            put_checkpoint(db, at, state, marked)
            marked, changed = state, 0
    db.execute("DROP TABLE first_blocks")
    db.execute("DROP TABLE first_meta")


def _from_second(db: sqlite3.Connection) -> None:
    """From schema 2, in whose `meta` there was room for numbers only."""
    db.execute("ALTER TABLE meta RENAME TO second_meta")
    db.execute(_META)
    db.execute("INSERT INTO meta SELECT name, value FROM second_meta")
    db.execute("DROP TABLE second_meta")
    set_number(db, "schema", SCHEMA)
