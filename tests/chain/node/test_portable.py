"""A chain in a file that somebody sends: all of it is checked before any of it is used."""

from __future__ import annotations

from hashlib import blake2b
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from substrateinterface import Keypair

from dml_sdk.chain.node import Node
from dml_sdk.chain.node.executor import Executor
from dml_sdk.chain.node.portable import MAGIC, Portable, read
from dml_sdk.errors import ChainCorrupt, ChainError, ChainInvalid, StateDiscarded, UsageError

from .test_archive import transfer


@pytest.fixture(scope="module")
def origin() -> Node:
    node = Node()
    alice = Keypair.create_from_uri("//Alice")
    transfer(node, alice, 10**12)
    for _ in range(5):
        node.seal()
    transfer(node, alice, 2 * 10**12)
    return node


@pytest.fixture(scope="module")
def exported(origin: Node, tmp_path_factory: pytest.TempPathFactory) -> Portable:
    return origin.export(tmp_path_factory.mktemp("exported") / "deep" / "chain")


def answers(node: Node) -> list[object]:
    blocks = [node.chain.by_number(number) for number in range(node.chain.head.number + 1)]
    return [
        (block.hash, block.extrinsics, block.timestamp_ms, dict(block.state.items()))
        for block in blocks
        if block is not None
    ]


@pytest.mark.parametrize("execute", [True, False])
@pytest.mark.parametrize("where", ["memory", "file"])
def test_an_imported_chain_is_the_one_that_was_exported_and_goes_on(
    origin: Node, exported: Portable, tmp_path: Path, where: str, execute: bool
) -> None:
    head = origin.chain.head
    assert (exported.blocks, exported.head_hash) == (head.number + 1, head.hash)
    assert exported.path.read_bytes()[-32:] == exported.digest
    path = tmp_path / "chain.db" if where == "file" else None
    told: list[tuple[int, int]] = []
    node = Node.imported(
        exported.path, path=path, execute=execute, progress=lambda *at: told.append(at)
    )
    assert answers(node) == answers(origin)
    assert told == [(number, head.number + 1) for number in range(2, head.number + 2)]
    assert node.clock.now_ms() >= head.timestamp_ms
    extrinsic_hash = transfer(node, Keypair.create_from_uri("//Alice"), 10**12)
    assert node.inclusion(extrinsic_hash)[0] == head.number + 1  # type: ignore[index]
    node.close()
    if path is not None:
        again = Node(path=path)
        assert again.chain.head.number == head.number + 1
        again.close()
        assert [entry.name for entry in tmp_path.iterdir()] == ["chain.db"]


def test_exporting_an_imported_chain_gives_the_same_file(
    exported: Portable, tmp_path: Path
) -> None:
    again = Node.imported(exported.path, path=tmp_path / "chain.db").export(tmp_path / "again")
    assert again.digest == exported.digest
    assert again.path.read_bytes() == exported.path.read_bytes()


@settings(deadline=None, max_examples=100)
@given(st.data())
def test_a_file_that_is_truncated_or_altered_is_refused(
    exported: Portable, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    content = exported.path.read_bytes()
    place = data.draw(st.integers(0, len(content) - 1))
    altered = bytearray(content)
    altered[place] ^= data.draw(st.integers(1, 255))
    folder = tmp_path_factory.mktemp("altered")
    for wrong in (content[:place], bytes(altered), content + b"\0"):
        (folder / "wrong").write_bytes(wrong)
        with pytest.raises((ChainCorrupt, UsageError), match=r"copy|version"):
            Node.imported(folder / "wrong", path=folder / "chain.db")
        assert [entry.name for entry in folder.iterdir()] == ["wrong"]


@settings(deadline=None, max_examples=150)
@given(st.data(), st.booleans())
def test_a_file_that_was_altered_by_somebody_who_can_hash_is_refused_or_the_same_chain(
    origin: Node,
    exported: Portable,
    tmp_path_factory: pytest.TempPathFactory,
    data: st.DataObject,
    execute: bool,
) -> None:
    content = bytearray(exported.path.read_bytes()[:-32])
    blocks = len(content) - 3000  # the code of the runtime is not what this is about
    place = data.draw(st.integers(13, 200) | st.integers(blocks, len(content) - 1))
    content[place] ^= data.draw(st.integers(1, 255))
    if data.draw(st.booleans()):
        del content[data.draw(st.integers(place, len(content))) :]
    file = tmp_path_factory.mktemp("altered") / "wrong"
    file.write_bytes(bytes(content) + blake2b(content, digest_size=32).digest())
    try:
        chain, _ = read(file, _EXECUTOR, execute=execute)
    except (ChainCorrupt, ChainInvalid, UsageError):
        return
    finally:
        file.unlink()
    # Without execution, nobody looks at what is only there for those who do not execute; and the
    # changes may say what is so already.
    assert chain.head.hash == origin.chain.head.hash
    assert dict(chain.head.state.items()) == dict(origin.chain.head.state.items())


_EXECUTOR = Executor()


def test_a_block_that_the_runtime_refuses_is_named(origin: Node, tmp_path: Path) -> None:
    genuine = origin.export(tmp_path / "genuine").path.read_bytes()[:-32]
    transferred = origin.chain.by_number(1).extrinsics[1]  # type: ignore[union-attr]
    forged = genuine.replace(transferred, transferred[:-1] + bytes([transferred[-1] ^ 1]))
    (tmp_path / "forged").write_bytes(forged + blake2b(forged, digest_size=32).digest())
    for execute in (True, False):
        with pytest.raises(ChainInvalid, match=r"Block 1 of .*forged is not valid") as refused:
            Node.imported(tmp_path / "forged", execute=execute)
        assert refused.value.block == 1


def test_a_file_of_a_newer_format_or_of_another_kind_is_refused_in_words(
    exported: Portable, tmp_path: Path
) -> None:
    newer = bytearray(exported.path.read_bytes())
    newer[len(MAGIC)] = 9
    (tmp_path / "newer").write_bytes(newer)
    with pytest.raises(UsageError, match="version 9"):
        Node.imported(tmp_path / "newer")
    for content in (b"", b"SQLite format 3\0", b"dml-chain\n\1\0"):
        (tmp_path / "other").write_bytes(content)
        with pytest.raises(ChainCorrupt, match="not an exported chain"):
            Node.imported(tmp_path / "other")
    with pytest.raises(UsageError, match="cannot be read"):
        Node.imported(tmp_path / "nowhere")


def test_nothing_that_is_there_is_written_over(exported: Portable, tmp_path: Path) -> None:
    taken = tmp_path / "taken"
    taken.write_text("mine")
    with pytest.raises(UsageError, match="there already"):
        Node.imported(exported.path, path=taken)
    node = Node()
    with pytest.raises(UsageError, match="there already"):
        node.export(taken)
    assert taken.read_text() == "mine"
    with pytest.raises(UsageError, match="Check the path"):
        node.export(taken / "below")
    with pytest.raises(UsageError, match="Check the path"):
        Node.imported(exported.path, path=taken / "below")


def test_an_export_that_fails_leaves_no_file(tmp_path: Path) -> None:
    node = Node()
    for _ in range(20):
        node.seal()

    def turn(done: int, total: int) -> None:
        if done == 10:
            node.chain.rewind(node.chain.genesis)
            node.clock.advance(10**6)
            for _ in range(20):
                node.seal()

    with pytest.raises(ChainError, match="went back"):
        node.export(tmp_path / "chain", progress=turn)
    assert not list(tmp_path.iterdir())


def test_a_chain_that_does_not_keep_all_states_is_not_exported(tmp_path: Path) -> None:
    node = Node(pruning=2)
    for _ in range(5):
        node.seal()
    with pytest.raises(StateDiscarded):
        node.export(tmp_path / "chain")
    assert not list(tmp_path.iterdir())
