"""A chain in a file: found again, by one process at a time, whatever becomes of the process."""

from __future__ import annotations

import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from substrateinterface import Keypair

from dml_sdk.chain.node import Node
from dml_sdk.chain.node import chain as chain_module
from dml_sdk.chain.node.archive import Archive
from dml_sdk.chain.node.chain import HELD, Chain
from dml_sdk.chain.node.hashing import blake2_256
from dml_sdk.chain.node.history import encode_changes, record_of
from dml_sdk.chain.node.trie import Trie
from dml_sdk.errors import ChainCorrupt, ChainError, ChainInUse, StateDiscarded, UsageError

from .conftest import InProcess
from .test_chain import GENESIS, grow

KEYS = st.binary(min_size=0, max_size=4)
CHANGES = st.dictionaries(KEYS, st.one_of(st.none(), st.binary(max_size=40)), max_size=12)


@given(first=CHANGES, second=CHANGES)
def test_the_changes_between_two_tries_turn_one_into_the_other(first, second):
    older = Trie(1).update(first)
    newer = older.update(second)
    changes = newer.changes_from(older)
    assert older.update(changes).root == newer.root
    assert all(older.get(key) != value for key, value in changes.items())


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "chain.db"


def transfer(node: Node, alice: Keypair, value: int) -> bytes:
    client = InProcess(node)
    bob = Keypair.create_from_uri("//Bob").ss58_address
    call = client.compose_call("Balances", "transfer_keep_alive", {"dest": bob, "value": value})
    return node.submit(bytes(client.create_signed_extrinsic(call, alice).data.data))


def test_a_chain_is_found_again_with_all_its_history(file, alice):
    node = Node(path=file)
    hashes = [transfer(node, alice, 10**12 + i) for i in range(3)]
    node.clock.advance(10**9)
    node.seal()
    known = [(b.hash, b.state.root, b.timestamp_ms) for b in chain_of(node)]
    node.close()
    again = Node(path=file)
    assert [(b.hash, b.state.root, b.timestamp_ms) for b in chain_of(again)] == known
    assert again.inclusion(hashes[1])[0] == 2
    assert again.clock.now_ms() >= again.chain.head.timestamp_ms
    transfer(again, alice, 10**12)
    assert again.chain.head.number == 5
    again.close()


def chain_of(node: Node):
    return [node.chain.by_number(n) for n in range(node.chain.head.number + 1)]


def test_rewinding_rewinds_the_file_too_and_forward_again(file, alice):
    node = Node(path=file)
    transfer(node, alice, 10**12)
    before = node.snapshot()
    transfer(node, alice, 2 * 10**12)
    after = node.snapshot()
    node.restore(before)
    transfer(node, alice, 3 * 10**12)
    node.restore(after)
    expected = node.chain.head.hash
    node.close()
    again = Node(path=file)
    assert again.chain.head.hash == expected
    again.close()


def test_a_second_opening_is_refused_in_words_and_harms_nobody(file, alice):
    node = Node(path=file)
    with pytest.raises(ChainInUse, match="close the other first"):
        Node(path=file)
    transfer(node, alice, 10**12)
    node.close()
    Node(path=file).close()


AT_WORK = """
import random, sys
from pathlib import Path
from dml_sdk.chain.node import Node

path, seed = Path(sys.argv[1]), int(sys.argv[2])
chance = random.Random(seed)
node = Node(path=path, pruning=50 if seed % 2 else None)
print("opened", flush=True)
for turn in range(10**6):
    block = node.seal()
    print("head", block.number, block.hash.hex(), flush=True)
    if chance.random() < 0.03:
        moment, back = node.snapshot(), chance.randrange(1, 150)
        print("turning", flush=True)
        node.restore(moment)
        if back < 40:
            node.chain.rewind(node.chain.by_number(max(1, block.number - back)))
        head = node.chain.head
        print("head", head.number, head.hash.hex(), flush=True)
    if seed % 2 == 0 and chance.random() < 0.05:
        target = path.with_name(f"export-{seed}-{turn}")
        node.export(target)
        print("exported", target.name, flush=True)
"""


def killed_at_work(file: Path, seed: int, seconds: float) -> list[list[str]]:
    """What a process reported before it was killed, that long after it had opened the chain."""
    process = subprocess.Popen(
        [sys.executable, "-c", AT_WORK, str(file), str(seed)],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "opened\n"
    time.sleep(seconds)
    process.kill()
    lines = process.stdout.read().splitlines(keepends=True)
    process.wait()
    process.stdout.close()
    return [line.split() for line in lines if line.endswith("\n")]


@pytest.mark.parametrize("kills", [3, pytest.param(30, marks=pytest.mark.slow)])
def test_a_killed_process_loses_no_block_that_it_reported(file: Path, kills: int) -> None:
    chance = random.Random(kills)
    for seed in range(kills):
        pruned = seed % 2 == 1
        path = file.with_name("pruned") if pruned else file
        reported = killed_at_work(path, seed, chance.random() * 0.6)
        chain = Chain.found(archive := Archive(path))
        for line in reported[-1:]:
            if line[0] == "head":
                block = chain.by_number(int(line[1]))
                assert block is not None
                assert block.hash.hex() == line[2]
        assert chain.head.state.root == chain.head.header.state_root
        for number in range(max(0, chain.head.number - 40), chain.head.number):
            try:
                assert chain.by_number(number).state.root  # type: ignore[union-attr]
            except StateDiscarded:
                assert pruned, "a chain that went back has lost what was pruned before it did"
        archive.close()
        for line in reported:
            if line[0] == "exported":
                Node.imported(path.with_name(line[1]), execute=False).close()


def test_a_process_that_is_killed_while_it_imports_leaves_no_chain(file: Path) -> None:
    node = Node()
    for _ in range(300):
        node.seal()
    node.export(exported := file.with_name("exported"))
    script = """
        import os, signal, sys
        from pathlib import Path
        from dml_sdk.chain.node import Node
        def progress(done, total):
            if done == 200:
                os.kill(os.getpid(), signal.SIGKILL)
        Node.imported(Path(sys.argv[1]), path=Path(sys.argv[2]), progress=progress)
    """
    command = [sys.executable, "-c", textwrap.dedent(script), str(exported), str(file)]
    assert subprocess.run(command, check=False).returncode == -signal.SIGKILL
    assert not file.exists()
    again = Node.imported(exported, path=file)
    assert again.chain.head.hash == node.chain.head.hash
    again.close()
    Node(path=file).close()


def damage_header(db: sqlite3.Connection) -> None:
    db.execute("UPDATE blocks SET header = substr(header, 1, 40) WHERE number = 1")


def damage_state(db: sqlite3.Connection) -> None:
    db.execute("UPDATE blocks SET changes = x'00' WHERE number = 1")


def drop_block(db: sqlite3.Connection) -> None:
    db.execute("DELETE FROM blocks WHERE number = 1")


def spoil_type(db: sqlite3.Connection) -> None:
    db.execute("UPDATE blocks SET changes = 'text' WHERE number = 1")


@pytest.mark.parametrize("damage", [damage_header, damage_state, drop_block, spoil_type])
def test_a_damaged_file_is_refused_and_can_be_opened_no_other_way(
    file, alice, damage: Callable[[sqlite3.Connection], None]
):
    node = Node(path=file)
    transfer(node, alice, 10**12)
    transfer(node, alice, 10**12)
    node.close()
    with sqlite3.connect(file) as db:
        damage(db)
    db.close()
    with pytest.raises(ChainCorrupt, match="Restore"):
        Node(path=file)


def test_a_file_that_is_no_chain_is_refused_and_left_alone(tmp_path):
    file = tmp_path / "notes.txt"
    file.write_text("not a database " * 100)
    with pytest.raises(ChainCorrupt):
        Node(path=file)
    assert file.read_text().startswith("not a database")


def test_a_file_of_a_newer_format_is_refused_in_words(file):
    Node(path=file).close()
    with sqlite3.connect(file) as db:
        db.execute("UPDATE meta SET value = 99 WHERE name = 'schema'")
    db.close()
    with pytest.raises(UsageError, match="format 99"):
        Node(path=file)


def test_a_path_that_cannot_be_written_is_refused_in_words(tmp_path):
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(UsageError, match="Check the path"):
        Node(path=tmp_path / "taken" / "chain.db")


# --- what stands in a file is believed only when it fits ------------------------------------------


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[object]]:
    """A file with a few checkpoints, and all that it has to say."""
    path = tmp_path_factory.mktemp("sound") / "chain.db"
    chain = Chain(GENESIS, archive := Archive(path))
    for i in range(3 * HELD):
        grow(chain, i.to_bytes(4, "little"))
    assert archive.checkpoint(2 * HELD) != archive.checkpoint(0)
    told = said(chain)
    archive.close()
    return path, told


def said(chain: Chain) -> list[object]:
    """The answers to many questions, in an order in which old blocks come first."""
    answers: list[object] = []
    for number in (1, 3 * HELD, HELD, 0, 2, 2 * HELD + 1):
        block = chain.by_number(number)
        assert block is not None
        found = chain.inclusion(blake2_256(block.extrinsics[0])) if number else None
        answers += [
            block.hash, block.header, block.extrinsics, block.timestamp_ms,
            blake2_256(repr(list(block.state.items())).encode()),
            None if chain.by_hash(block.hash) is None else number,
            None if found is None else (found.block.hash, found.index),
        ]  # fmt: skip
    return answers


EDITS = [
    ("blocks", "header"), ("blocks", "extrinsics"), ("blocks", "timestamp_ms"),
    ("blocks", "changes"), ("blocks", "number"), ("nodes", "data"), ("nodes", "hash"),
    ("checkpoints", "number"), ("places", "number"), ("places", "place"), ("meta", "value"),
]  # fmt: skip


@settings(deadline=None, max_examples=150)
@given(st.sampled_from(EDITS), st.integers(0, 2**32), st.data())
def test_whatever_is_edited_in_a_file_the_answers_are_right_or_refused(
    sound: tuple[Path, list[object]], where: tuple[str, str], row: int, data: st.DataObject
) -> None:
    table, column = where
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "chain.db"
        shutil.copy(sound[0], path)
        with closing(sqlite3.connect(path)) as db, db:
            rows = db.execute(f"SELECT {column} FROM {table} ORDER BY 1").fetchall()  # noqa: S608
            value = rows[row % (len(rows) - 1)][0]  # a chain without its last block is a chain
            if isinstance(value, int):
                other: object = data.draw(st.integers(-(2**63), 2**63 - 1) | st.integers(-2, 200))
            elif data.draw(st.booleans()):
                place = data.draw(st.integers(0, len(value) - 1))
                other = value[:place] + bytes([value[place] ^ 1]) + value[place + 1 :]
            else:
                other = data.draw(st.sampled_from([None, "text", 7, b"", value + b"\0", value[:9]]))
            with suppress(sqlite3.IntegrityError):
                db.execute(
                    f"UPDATE {table} SET {column} = ? WHERE {column} = ?",  # noqa: S608
                    (other, value),
                )
        archive = None
        try:
            archive = Archive(path)
            answers = said(Chain.found(archive))
        except (ChainCorrupt, StateDiscarded, UsageError):
            return
        finally:
            if archive is not None:
                archive.close()
        if table == "places":  # what is not entered under its hash is not known by it
            answers = [
                told if answer is None else answer
                for answer, told in zip(answers, sound[1], strict=True)
            ]
        assert answers == sound[1]


def test_a_chain_of_another_history_under_the_same_head_is_refused(tmp_path: Path) -> None:
    files = []
    for name in (b"one", b"two"):
        chain = Chain(GENESIS, archive := Archive(tmp_path / name.decode()))
        for i in range(5 * HELD):
            grow(chain, name + i.to_bytes(4, "little"))
        files.append(archive.path)
        archive.close()
    with closing(sqlite3.connect(files[0])) as db, db:
        db.execute("ATTACH ? AS other", (str(files[1]),))
        db.execute("DELETE FROM blocks WHERE number BETWEEN 1 AND 9")
        db.execute("INSERT INTO blocks SELECT * FROM other.blocks WHERE number BETWEEN 1 AND 9")
    chain = Chain.found(archive := Archive(files[0]))
    assert chain.by_number(20) is not None
    for number in (1, 9):
        with pytest.raises(ChainCorrupt, match="head descends from"):
            chain.by_number(number)
    archive.close()


# --- formats --------------------------------------------------------------------------------------


def first_format(chain: Chain, path: Path) -> None:
    """A chain as the first SDK wrote it: changes from block to block, the first from nothing."""
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("CREATE TABLE meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL)")
        db.execute(
            "CREATE TABLE blocks (number INTEGER PRIMARY KEY, header BLOB NOT NULL, extrinsics BLOB"
            " NOT NULL, timestamp_ms INTEGER NOT NULL, changes BLOB NOT NULL)"
        )
        db.execute("INSERT INTO meta VALUES ('schema', 1), ('state_version', 1)")
        for number in range(chain.head.number + 1):
            block, changes = chain.with_changes(number)
            if not number:
                changes = encode_changes(dict(block.state.items()))
            record = record_of(block, changes)
            db.execute("INSERT INTO blocks VALUES (?, ?, ?, ?, ?)", (number, *record))


def test_a_file_of_the_first_format_is_brought_up_to_date(file: Path, alice: Keypair) -> None:
    file.parent.mkdir()
    node = Node()
    transfer(node, alice, 10**12)
    for _ in range(300):
        node.seal()
    first_format(node.chain, file)
    for _ in range(2):
        again = Node(path=file)
        assert [b.hash for b in chain_of(again)] == [b.hash for b in chain_of(node)]
        assert all(b.state.root == b.header.state_root for b in chain_of(again))
        hashed = blake2_256(node.chain.by_number(1).extrinsics[1])  # type: ignore[union-attr]
        assert again.inclusion(hashed) == node.inclusion(hashed)
        again.close()


def second_format(file: Path) -> None:
    """Takes out of a file what its second format did not have: the name of the preset."""
    with closing(sqlite3.connect(file)) as db, db:
        db.execute("ALTER TABLE meta RENAME TO newer")
        db.execute(
            "CREATE TABLE meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID"
        )
        db.execute("INSERT INTO meta SELECT name, value FROM newer WHERE name <> 'preset'")
        db.execute("DROP TABLE newer")
        db.execute("UPDATE meta SET value = 2 WHERE name = 'schema'")


@pytest.mark.parametrize("pruning", [None, 3])
def test_a_file_of_the_second_format_is_brought_up_to_date(
    file: Path, alice: Keypair, pruning: int | None
) -> None:
    node = Node(path=file, pruning=pruning)
    hashed = transfer(node, alice, 10**12)
    for _ in range(3 * HELD):
        node.seal()
    head, place = node.chain.head.hash, node.inclusion(hashed)
    node.close()
    second_format(file)
    for _ in range(2):
        again = Node(path=file, pruning=pruning)
        assert (again.chain.head.hash, again.inclusion(hashed)) == (head, place)
        assert again.preset == "development"
        again.close()
    with pytest.raises(UsageError, match="began with 'development'"):
        Node(path=file, preset="moon")
    Node(path=file, preset="local_testnet").close()  # which has the same first block
    with pytest.raises(UsageError, match="began with the preset 'local_testnet'"):
        Node(path=file, preset="development")


# --- presets --------------------------------------------------------------------------------------


def test_a_chain_keeps_the_name_of_its_preset(file: Path) -> None:
    Node(path=file, preset="local_testnet").close()
    for preset in (None, "local_testnet"):
        node = Node(path=file, preset=preset)
        assert node.preset == "local_testnet"
        assert node.rpc("system_chain") == "DML local_testnet"
        node.close()


def test_a_chain_is_not_opened_as_one_of_another_preset(file: Path) -> None:
    node = Node(path=file)
    node.seal()
    node.close()
    before = file.read_bytes()
    with pytest.raises(UsageError) as refused:
        Node(path=file, preset="local_testnet")
    said = str(refused.value)
    assert str(file) in said
    assert "'development'" in said
    assert "'local_testnet'" in said
    assert "another path" in said
    assert file.read_bytes() == before
    again = Node(path=file)
    assert again.chain.head.number == 1
    again.close()


@pytest.mark.parametrize("preset", [5, b"development", True])
def test_a_preset_is_named_in_text(file: Path, preset: object) -> None:
    for path in (None, file):
        with pytest.raises(UsageError, match="name of a preset"):
            Node(path=path, preset=preset)  # type: ignore[arg-type]


def test_an_imported_chain_is_known_by_its_first_block(file: Path) -> None:
    exported = Node(preset="local_testnet").export(file.with_name("exported"))
    node = Node.imported(exported.path, path=file)
    assert node.preset == "development"  # which has the same first block
    node.close()
    code = Node().runtime().code
    other = Node(code=code + b"\0\4\3dml")  # another section, and so another first block
    exported = other.export(file.with_name("other"))
    node = Node.imported(exported.path, path=file.with_name("kept"))
    assert node.preset == "custom"
    node.close()
    again = Node(path=file.with_name("kept"))
    assert again.preset == "custom"
    again.close()
    with pytest.raises(UsageError, match="began with the preset 'custom'"):
        Node(path=file.with_name("kept"), preset="development")


def test_a_chain_whose_name_is_none_is_refused(file: Path) -> None:
    Node(path=file).close()
    with closing(sqlite3.connect(file)) as db, db:
        db.execute("UPDATE meta SET value = x'00' WHERE name = 'preset'")
    with pytest.raises(ChainCorrupt, match="preset"):
        Node(path=file)


# --- damage ---------------------------------------------------------------------------------------


def test_a_damaged_file_of_the_first_format_is_refused_and_left_as_it_was(file: Path) -> None:
    file.parent.mkdir()
    chain = Chain(GENESIS)
    for i in range(9):
        grow(chain, bytes([i]))
    first_format(chain, file)
    with closing(sqlite3.connect(file)) as db, db:
        db.execute("UPDATE blocks SET changes = x'00' WHERE number = 4")
    for _ in range(2):
        with pytest.raises(ChainCorrupt, match="Block 4"):
            Archive(file)
    with closing(sqlite3.connect(file)) as db:
        assert db.execute("SELECT value FROM meta WHERE name = 'schema'").fetchone() == (1,)
        assert db.execute("SELECT count(*) FROM blocks").fetchone() == (10,)


# --- room -----------------------------------------------------------------------------------------


def test_states_that_are_no_longer_kept_give_their_room_back(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chain_module, "_CHANGES_BETWEEN", 32)
    chain = Chain(GENESIS, archive := Archive(file), pruning=5)
    for i in range(20 * HELD):
        grow(chain, (i * 2654435761 % 2**32).to_bytes(4, "little"))
    archive.close()

    def nodes() -> int:
        with closing(sqlite3.connect(file)) as db:
            return int(db.execute("SELECT count(*) FROM nodes").fetchone()[0])

    before = nodes()
    chain = Chain.found(archive := Archive(file), pruning=5)
    held = chain.head.state
    assert dict(held.items()) == dict(chain.head.state.items())
    archive.close()
    assert nodes() < before / 4
    chain = Chain.found(archive := Archive(file), pruning=5)
    assert len(dict(chain.head.state.items())) > 250
    archive.close()


def test_a_disk_that_is_full_refuses_the_block_and_the_chain_goes_on(file: Path) -> None:
    chain = Chain(GENESIS, archive := Archive(file))
    head = grow(chain, b"a")
    archive._db.execute("PRAGMA max_page_count = 1")
    with pytest.raises(ChainError, match="not on the chain"):
        grow(chain, b"b" * 10**6)
    while True:  # what room there is in the file is filled up
        try:
            grow(chain, b"c" * 400)
        except ChainError as refused:
            assert "not on the chain" in str(refused)  # noqa: PT017
            break
    reached = chain.head
    chain.rewind(reached)  # an anchor in which nothing happened ends
    assert chain.by_number(1) is head or chain.by_number(1).hash == head.hash  # type: ignore[union-attr]
    archive._db.execute("PRAGMA max_page_count = 1000000")
    grow(chain, b"d")
    archive.close()
    again = Chain.found(archive := Archive(file))
    assert again.head.number == reached.number + 1
    assert again.head.state.get(b"d") == b"d"
    archive.close()


def test_a_closed_node_still_reads_its_chain_and_believes_it_no_more_than_before(
    file: Path, alice: Keypair
) -> None:
    node = Node(path=file)
    for _ in range(3 * HELD):
        node.seal()
    root = node.chain.by_number(3).header.state_root  # type: ignore[union-attr]
    node.close()
    node = Node(path=file)
    node.close()
    assert node.chain.by_number(3).state.root == root  # type: ignore[union-attr]
    other = Node(path=file)
    with pytest.raises(ChainError, match="cannot be read"):
        node.chain.by_number(4)
    other.chain.rewind(other.chain.genesis)
    for _ in range(3 * HELD + 1):
        other.seal()
    other.close()
    with pytest.raises(ChainCorrupt):
        node.chain.by_number(5)


def test_somebody_elses_file_is_left_as_it_is(file: Path) -> None:
    file.parent.mkdir()
    db = sqlite3.connect(file)
    db.execute("CREATE TABLE foo (a)")
    db.commit()
    db.close()
    before = file.read_bytes()
    with pytest.raises(ChainCorrupt, match="other tables"):
        Node(path=file)
    assert file.read_bytes() == before
