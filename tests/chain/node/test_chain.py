"""Chains of blocks that need no runtime: in memory and in a file, with all states and with few."""

from __future__ import annotations

import gc
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, precondition, rule

from dml_sdk.chain.node import chain as chain_module
from dml_sdk.chain.node.archive import Archive
from dml_sdk.chain.node.blocks import Block, Header, first
from dml_sdk.chain.node.chain import HELD, Chain
from dml_sdk.chain.node.hashing import blake2_256, storage_key
from dml_sdk.chain.node.history import Checkpoint, MemoryHistory
from dml_sdk.chain.node.trie import build, ordered_root
from dml_sdk.errors import StateDiscarded, UsageError

NOW = storage_key("Timestamp", "Now")
GENESIS = first(build([(b"k", b"v"), (b"long", b"w" * 5000)], 1))

Grow = Callable[[Chain, bytes], Block]


@pytest.fixture(params=["memory", "file"])
def chain(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Chain]:
    if request.param == "memory":
        yield Chain(GENESIS)
    else:
        archive = Archive(tmp_path / "chain.db")
        yield Chain(GENESIS, archive)
        archive.close()


def grow(chain: Chain, content: bytes) -> Block:
    """One more block; its content is its extrinsic, and in its state under its first byte."""
    head = chain.head
    time = (head.timestamp_ms + 1).to_bytes(8, "little")
    state = head.state.update(
        {content[:1]: content, NOW: time, b"number": bytes([head.number % 9])}
    )
    root = ordered_root([content], 1)
    header = Header(head.hash, head.number + 1, state.root, root)
    block = Block(header, header.hash, (content,), state, head.timestamp_ms + 1, head)
    chain.add(block, [blake2_256(content)])
    return block


def numbered(number: int) -> bytes:
    return number.to_bytes(4, "little")


def test_blocks_are_found_by_number_hash_and_extrinsic(chain: Chain) -> None:
    block = grow(chain, b"x")
    assert chain.by_number(1) is block
    assert chain.by_hash(block.hash) is block
    found = chain.inclusion(blake2_256(b"x"))
    assert found is not None
    assert (found.block, found.index) == (block, 0)
    for number in (-1, 2):
        assert chain.by_number(number) is None
    assert chain.by_hash(bytes(32)) is None
    assert chain.by_hash(blake2_256(b"x")) is None
    assert chain.inclusion(block.hash) is None


def test_a_chain_goes_back_and_to_another_branch_and_returns(chain: Chain) -> None:
    common = grow(chain, b"common")
    left = [grow(chain, bytes([i])) for i in range(3)]
    chain.rewind(common)
    assert chain.head is common
    assert chain.inclusion(blake2_256(b"\0")) is None
    right = grow(chain, b"right")
    chain.rewind(left[2])
    assert [chain.by_number(i) for i in range(1, 5)] == [common, *left]
    assert chain.by_hash(right.hash) is None
    assert chain.inclusion(blake2_256(b"\2")) is not None
    chain.rewind(right)
    assert chain.head is right
    assert chain.by_number(3) is None


def test_a_block_of_another_chain_is_no_place_to_go(chain: Chain) -> None:
    with pytest.raises(ValueError, match="another chain"):
        chain.rewind(first(build([(b"other", b"v")], 1)))
    assert chain.head is chain.genesis


def test_old_blocks_are_found_again_as_they_were(chain: Chain) -> None:
    told = [
        (block.hash, block.state.root, block.extrinsics, block.timestamp_ms)
        for block in (grow(chain, numbered(i)) for i in range(4 * HELD))
    ]
    gc.collect()
    for number in (1, 5, 4, 3, 2 * HELD, 7):
        block = chain.by_number(number)
        assert block is not None
        told_now = (block.hash, block.state.root, block.extrinsics, block.timestamp_ms)
        assert told_now == told[number - 1]
        assert dict(block.state.items())[b"number"] == bytes([(number - 1) % 9])
        assert block.parent is chain.by_number(number - 1)
        assert chain.by_hash(block.hash) is block
    found = chain.inclusion(blake2_256(numbered(9)))
    assert found is not None
    assert found.block.number == 10
    assert chain.genesis.state.get(b"long") == b"w" * 5000


def test_who_holds_an_old_block_holds_its_way_back_however_often_the_chain_turns(
    chain: Chain,
) -> None:
    for i in range(3 * HELD):
        grow(chain, numbered(i))
    far, hashes = chain.head, [chain.by_number(i).hash for i in range(3 * HELD + 1)]  # type: ignore[union-attr]
    middle = chain.by_number(HELD)
    assert middle is not None
    chain.rewind(chain.by_number(HELD + 9))  # type: ignore[arg-type]
    chain.rewind(chain.genesis)
    grow(chain, b"elsewhere")
    gc.collect()
    block: Block | None = far
    for number in range(3 * HELD, -1, -1):
        assert block is not None
        assert block.hash == hashes[number]
        block = block.parent
    assert middle.state.root == middle.header.state_root
    chain.rewind(middle)
    assert chain.by_number(3).hash == hashes[3]  # type: ignore[union-attr]
    chain.rewind(far)
    assert [chain.by_number(i).hash for i in range(3 * HELD + 1)] == hashes  # type: ignore[union-attr]
    assert chain.by_number(HELD // 2).state.get(b"number") == bytes([(HELD // 2 - 1) % 9])  # type: ignore[union-attr]


def test_what_was_looked_at_on_one_way_is_not_taken_for_what_is_on_another(chain: Chain) -> None:
    seen: list[list[bytes]] = []
    for way in range(3):
        for i in range(3 * HELD):
            grow(chain, numbered(1000 * way + i))
        gc.collect()
        numbers = range(10, 2 * HELD, 7)
        blocks = [chain.by_number(number) for number in numbers]
        seen.append([block.state.root for block in blocks if block is not None])
        del blocks
        chain.rewind(chain.by_number(7))  # type: ignore[arg-type]
    assert len({root for roots in seen for root in roots}) == sum(map(len, seen))


def test_a_fork_goes_its_own_way_and_neither_sees_the_other(chain: Chain) -> None:
    for i in range(2 * HELD):
        grow(chain, numbered(i))
    at = chain.by_number(HELD)
    assert at is not None
    fork = chain.fork(at)
    assert fork.head.hash == at.hash
    assert fork.by_number(HELD + 1) is None
    assert fork.inclusion(blake2_256(numbered(HELD + 5))) is None
    here = grow(fork, b"fork")
    chain.rewind(chain.genesis)
    grow(chain, b"origin")
    gc.collect()
    assert fork.head is here
    assert fork.by_number(3).state.get(b"number") == b"\2"  # type: ignore[union-attr]
    assert here.state.get(b"f") == b"fork"
    assert fork.inclusion(blake2_256(numbered(1))).block.number == 2  # type: ignore[union-attr]
    assert chain.inclusion(blake2_256(b"fork")) is None


def test_a_fork_may_start_from_a_block_that_the_chain_has_left(chain: Chain) -> None:
    grow(chain, b"a")
    left = [grow(chain, numbered(i)) for i in range(5)][-1]
    chain.rewind(chain.genesis)
    fork = chain.fork(left)
    assert fork.head.hash == left.hash
    assert fork.by_number(2).hash == left.parent.parent.parent.parent.hash  # type: ignore[union-attr]


@pytest.mark.parametrize("pruning", [1, 3, 2 * HELD])
@pytest.mark.parametrize("where", ["memory", "file"])
def test_pruning_keeps_the_states_of_that_many_blocks_and_all_headers(
    tmp_path: Path, where: str, pruning: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chain_module, "_CHANGES_BETWEEN", 20)
    archive = Archive(tmp_path / "chain.db") if where == "file" else None
    chain = Chain(GENESIS, archive, pruning=pruning)
    early = grow(chain, b"early")
    for i in range(4 * HELD):
        grow(chain, numbered(i))
        assert_kept(chain, range(chain.head.number - pruning + 1, chain.head.number + 1))
    for number in range(2, chain.head.number - pruning + 1):
        block = chain.by_number(number)
        assert block is not None
        assert block.extrinsics == (numbered(number - 2),)
        assert block.timestamp_ms == number
        with pytest.raises(StateDiscarded, match="no longer kept"):
            block.state  # noqa: B018
    assert early.state.get(b"e") == b"early"  # whoever holds a block keeps its state
    chain.rewind(early)
    for i in range(10):
        grow(chain, numbered(1000 + i))
    assert chain.head.state.get(b"e") == b"early"
    head = chain.head.hash
    if archive is not None:
        archive.close()
        again = Chain.found(Archive(archive.path), pruning=pruning)
        assert again.head.hash == head
        assert_kept(again, range(max(12 - pruning, 2), 12))
        again._history.close()  # type: ignore[attr-defined]


def assert_kept(chain: Chain, numbers: range) -> None:
    for number in numbers:
        block = chain.by_number(max(number, 0))
        assert block is not None
        assert block.state.root == block.header.state_root


@pytest.mark.parametrize("pruning", [0, -1, True])
def test_keeping_the_states_of_no_blocks_is_refused(pruning: int) -> None:
    with pytest.raises(UsageError, match="1 or more"):
        Chain(GENESIS, pruning=pruning)


A_WEEK = """
import resource, sys
from pathlib import Path
from dml_sdk.chain.node import Node

node = Node(path=Path(sys.argv[1]) if sys.argv[1:] else None)
for half in range(2):
    for _ in range(50_000):
        node.seal()
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
assert node.chain.by_number(5).state.root == node.chain.by_number(5).header.state_root
"""


@pytest.mark.slow
@pytest.mark.parametrize(("where", "most"), [("memory", 4096), ("file", 256)])
def test_a_week_of_blocks_costs_no_more_memory_for_each(
    tmp_path: Path, where: str, most: int
) -> None:
    arguments = [str(tmp_path / "chain.db")] if where == "file" else []
    told = subprocess.run(
        [sys.executable, "-c", A_WEEK, *arguments], capture_output=True, text=True, check=True
    )
    first, second = (1024 * int(line) for line in told.stdout.split())  # told in KiB
    assert (second - first) / 50_000 < most


@pytest.mark.parametrize("where", ["memory", "file"])
def test_a_history_that_goes_back_forgets_the_checkpoints_that_are_gone(
    tmp_path: Path, where: str
) -> None:
    history = MemoryHistory() if where == "memory" else Archive(tmp_path / "chain.db")
    chain = Chain(GENESIS, history)
    blocks = [grow(chain, numbered(i)) for i in range(9)]
    history.extend(10, [], Checkpoint(5, blocks[4].state))
    assert [history.checkpoint(n).number for n in (4, 5, 9)] == [0, 5, 5]  # type: ignore[union-attr]
    history.extend(3, [])
    assert history.count == 3
    assert history.checkpoint(9).number == 0  # type: ignore[union-attr]


def test_what_a_chain_discards_after_it_went_back_is_discarded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chain_module, "_CHANGES_BETWEEN", 20)
    histories = MemoryHistory(), Archive(tmp_path / "chain.db")
    for history in histories:
        chain = Chain(GENESIS, history, pruning=3)
        early = grow(chain, b"early")
        for _ in range(2):
            for i in range(100):
                grow(chain, numbered(i))
            kept = [number for number in range(102) if history.record(number).changes is not None]
            assert kept == list(range(kept[0], 102))
            assert 3 <= len(kept) <= 20
            chain.rewind(early)
    histories[1].close()


class Branches(RuleBasedStateMachine):
    """A chain that grows and turns, against lists of what was on each branch."""

    blocks = Bundle("blocks")

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name) / "chain.db"
        self.archive = Archive(self.path)
        self.chain = Chain(GENESIS, self.archive)
        self.held: dict[bytes, tuple[Block, list[bytes]]] = {}
        self.way = [GENESIS.hash]
        self.count = 0

    @rule(target=blocks, blocks_more=st.integers(1, 90))
    def grow(self, blocks_more: int) -> bytes:
        for _ in range(blocks_more):
            self.count += 1
            self.way.append(grow(self.chain, numbered(self.count)).hash)
        self.held[self.way[-1]] = self.chain.head, list(self.way)
        return self.way[-1]

    @rule(block=blocks)
    def turn(self, block: bytes) -> None:
        if block in self.held:
            found, self.way = self.held[block][0], list(self.held[block][1])
            self.chain.rewind(found)

    @rule(block=blocks)
    def let_go(self, block: bytes) -> None:
        self.held.pop(block, None)

    @rule(back=st.integers(0, 200))
    def go_back(self, back: int) -> None:
        number = max(0, len(self.way) - 1 - back)
        block = self.chain.by_number(number)
        assert block is not None
        self.chain.rewind(block)
        del self.way[number + 1 :]

    @precondition(lambda self: not self.held)
    @rule()
    def open_again(self) -> None:
        self.archive.close()
        self.archive = Archive(self.path)
        self.chain = Chain.found(self.archive)

    @rule(number=st.integers(0, 300))
    def look(self, number: int) -> None:
        block = self.chain.by_number(number)
        assert (None if block is None else block.hash) == dict(enumerate(self.way)).get(number)
        if block is not None:
            assert block.state.root == block.header.state_root
            assert block.timestamp_ms == number
            assert self.chain.by_hash(block.hash) is block

    def teardown(self) -> None:
        assert self.chain.head.hash == self.way[-1]
        self.archive.close()
        self.folder.cleanup()


TestBranches = pytest.mark.slow(Branches.TestCase)
TestBranches.settings = settings(deadline=None, max_examples=60, stateful_step_count=25)
