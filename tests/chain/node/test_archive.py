"""A chain in a file: found again, by one process at a time, whatever becomes of the process."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from substrateinterface import Keypair

from dml_sdk.chain.node import Node
from dml_sdk.chain.node.trie import Trie
from dml_sdk.errors import ChainCorrupt, ChainInUse, UsageError

from .conftest import InProcess

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


def test_a_killed_process_loses_no_block_that_it_reported(file):
    script = """
        import sys
        from pathlib import Path
        from dml_sdk.chain.node import Node
        node = Node(path=Path(sys.argv[1]))
        while True:
            block = node.seal()
            print(block.number, block.hash.hex(), flush=True)
    """
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(script), str(file)],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    reported = [process.stdout.readline().split() for _ in range(40)]
    os.kill(process.pid, signal.SIGKILL)
    reported += [line.split() for line in process.stdout.read().splitlines() if line.count(" ")]
    process.wait()
    process.stdout.close()
    node = Node(path=file)
    for number, block_hash in (r for r in reported if len(r) == 2 and len(r[1]) == 64):
        block = node.chain.by_number(int(number))
        assert block is not None and block.hash.hex() == block_hash
    node.close()


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
