"""Another node that shares the past and goes its own way."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from substrateinterface import Keypair

from dml_sdk.chain.node import Node
from dml_sdk.chain.node.hashing import blake2_256
from dml_sdk.errors import UsageError
from tests.chain.node.conftest import MILLI, InProcess, Sign, execute_again, free, transfer_call
from tests.waiting import LONG


@pytest.fixture
def long(node: Node, sign: Sign) -> Node:
    """Five blocks with a transfer each."""
    for nonce in range(5):
        node.submit(sign(nonce=nonce))
    return node


def blocks(node: Node) -> list[bytes]:
    found = (node.chain.by_number(number) for number in range(node.chain.head.number + 1))
    return [block.hash for block in found if block]


@pytest.mark.parametrize("named", ["number", "hash", "text", "head"])
def test_a_fork_has_the_same_blocks_up_to_the_one_that_is_named(long: Node, named: str) -> None:
    third = blocks(long)[3]
    at, height = {
        "number": (3, 3), "hash": (third, 3), "text": ("0x" + third.hex(), 3), "head": (None, 5),
    }[named]  # fmt: skip
    fork = long.fork(at)
    assert blocks(fork) == blocks(long)[: height + 1]
    assert fork.chain.head.state.root == long.chain.by_number(height).state.root  # type: ignore[union-attr]
    assert len(fork.pool) == 0


def test_a_fork_and_its_original_go_on_by_themselves(
    long: Node, sign: Sign, client: InProcess, bob: Keypair
) -> None:
    waiting = long.submit(sign(nonce=9))
    fork = long.fork(2)
    mine, theirs = sign(nonce=5), sign(nonce=2, tip=MILLI)
    before = blocks(long), free(client, bob)
    included = fork.submit(theirs)
    assert fork.inclusion(included)[0] == 3  # type: ignore[index]
    assert (blocks(long), free(client, bob)) == before
    assert long.inclusion(included) is None
    assert long.waits(waiting) and not fork.waits(waiting)
    shared = blocks(fork)
    long.submit(mine)
    assert blocks(fork) == shared
    assert blocks(fork)[:3] == blocks(long)[:3]
    assert blocks(fork)[3] != blocks(long)[3]
    execute_again(fork)


def test_a_transaction_that_is_in_the_future_of_a_fork_is_not_in_it(long: Node) -> None:
    last = long.chain.head.extrinsics[1]
    assert long.inclusion(blake2_256(last))
    assert long.fork(4).inclusion(blake2_256(last)) is None


def test_a_forks_clock_goes_back_with_it_and_moves_by_itself(node: Node) -> None:
    node.clock.freeze()
    then = node.seal().timestamp_ms
    node.clock.advance(86_400_000)
    node.seal()
    now = node.clock.now_ms()
    here, back = node.fork(), node.fork(1)
    assert (here.clock.now_ms(), back.clock.now_ms()) == (now, then)
    back.clock.advance(5)
    here.clock.run()
    assert node.clock.now_ms() == now
    assert back.seal().timestamp_ms == then + 5


def test_a_fork_outlives_what_becomes_of_its_original(
    tmp_path: Path, sign: Sign, long: Node
) -> None:
    durable = Node(path=tmp_path / "chain.db")
    for nonce in range(3):
        durable.submit(sign(nonce=nonce))
    start = durable.snapshot()
    fork = durable.fork(2)
    durable.submit(sign(nonce=3))
    durable.restore(start)
    durable.close()
    fork.submit(sign(nonce=2))
    execute_again(fork)
    assert not list(tmp_path.glob("*fork*"))
    again = Node(path=tmp_path / "chain.db")
    assert again.chain.head.number == 3
    again.close()


def test_a_fork_is_restored_to_its_own_snapshots_only(long: Node, sign: Sign) -> None:
    fork = long.fork()
    before = fork.snapshot()
    fork.submit(sign(nonce=5))
    with pytest.raises(UsageError, match="another node"):
        long.restore(before)
    fork.restore(before)
    assert blocks(fork) == blocks(long)


def test_a_fork_of_a_fork_seals_as_it_is_told(long: Node) -> None:
    fork = long.fork(3, seal="manual").fork(1)
    assert fork.sealing.mode == "manual"
    assert fork.fork(seal="instant").sealing.mode == "instant"
    assert blocks(fork) == blocks(long)[:2]


def test_forks_work_at_the_same_time(long: Node, sign: Sign, client: InProcess) -> None:
    extrinsics = [
        [sign(transfer_call(client, value=MILLI + n), nonce=nonce) for nonce in range(2, 7)]
        for n in range(4)
    ]
    forks = [long.fork(2) for _ in extrinsics]
    threads = [
        threading.Thread(target=lambda f=f, x=x: [f.submit(each) for each in x])  # type: ignore[misc]
        for f, x in zip(forks, extrinsics, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LONG)
    assert [fork.chain.head.number for fork in forks] == [7] * 4
    assert len({fork.chain.head.state.root for fork in forks}) == 4
    for fork in forks:
        execute_again(fork)


@pytest.mark.parametrize("at", [6, -1, b"", b"\0" * 32, "0x00", "3", "0x" + "zz" * 32, 1.5, True])
def test_a_block_that_is_not_there_cannot_be_forked_at(long: Node, at: object) -> None:
    with pytest.raises(UsageError, match="on this chain"):
        long.fork(at)  # type: ignore[arg-type]


@pytest.mark.parametrize("at", [b"\xab" * 32, "0x" + "ab" * 32])
def test_a_hash_that_is_not_there_is_told_by_its_beginning(long: Node, at: bytes | str) -> None:
    with pytest.raises(UsageError, match="No block 0xabababab… is on this chain"):
        long.fork(at)
