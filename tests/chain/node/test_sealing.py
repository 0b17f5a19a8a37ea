"""When blocks are sealed: at once, by hand, by the clock."""

from __future__ import annotations

import gc
import signal
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from substrateinterface import Keypair

from dml_sdk.chain.accounts import Account
from dml_sdk.chain.client.chain import Chain
from dml_sdk.chain.node import Node, Sealing, sealing
from dml_sdk.chain.node.vm import Machine
from dml_sdk.errors import ChainError, RuntimePanic, TransactionWaiting, UsageError
from dml_sdk.session import Session
from dml_sdk.storage import open_store
from tests.chain.node.conftest import MILLI, Sign, execute_again
from tests.waiting import until

Make: TypeAlias = Callable[..., Node]
SEALS = ("instant", "manual", 20)


@pytest.fixture
def make() -> Iterator[Make]:
    """Makes nodes; the blocks of those that are open at the end are executed again."""
    made: list[Node] = []

    def one(**options: object) -> Node:
        made.append(Node(**options))  # type: ignore[arg-type]
        return made[-1]

    yield one
    for node in made:
        if not node._closed:
            execute_again(node)
        node.close()


# --- which way --------------------------------------------------------------------------------


def test_a_node_says_how_it_seals(make: Make) -> None:
    assert [make(seal=seal).sealing for seal in ("instant", "manual", 500, "500")] == [
        Sealing("instant"), Sealing("manual"), Sealing("interval", 500), Sealing("interval", 500),
    ]  # fmt: skip
    assert make().sealing == Sealing("instant")
    assert "seals every 500 ms" in repr(make(seal=500))


@pytest.mark.parametrize("seal", ["", "often", 0, -1, 1.5, True, None, "-5", "9" * 5000, 10**9])
def test_a_way_of_sealing_that_is_none_is_refused(seal: object) -> None:
    with pytest.raises(UsageError, match="manual"):
        Node(seal=seal)  # type: ignore[arg-type]


# --- by hand ----------------------------------------------------------------------------------


def test_nothing_is_sealed_by_itself_where_it_is_done_by_hand(make: Make, sign: Sign) -> None:
    node = make(seal="manual")
    hashes = [node.submit(sign(nonce=nonce)) for nonce in range(3)]
    with node.one_block():
        hashes.append(node.submit(sign(nonce=3)))
    assert node.chain.head.number == 0
    assert all(node.waits(each) for each in hashes)
    block = node.seal()
    assert block.extrinsic_hashes[1:] == tuple(hashes)
    assert len(node.pool) == 0


def test_what_is_kept_back_for_one_block_is_not_in_one_that_is_sealed_meanwhile(
    make: Make, sign: Sign
) -> None:
    node = make(seal="manual")
    with node.one_block():
        held = node.submit(sign())
        assert len(node.seal().extrinsic_hashes) == 1
    assert node.inclusion(held) is None
    assert held in node.seal().extrinsic_hashes


def test_a_call_on_a_chain_that_is_sealed_by_hand_waits_without_hanging(make: Make) -> None:
    node = make(seal="manual")
    chain, alice = Chain(node), Account.development("alice")
    call = chain.call("System", "remark_with_event", remark=b"hello")
    with pytest.raises(TransactionWaiting, match="Seal a block") as waiting:
        chain.submit(call, alice)
    both = chain.submit_all([(call, alice), (call, Account.development("bob"))])
    assert all(isinstance(each, TransactionWaiting) for each in both)
    sealed = {f"0x{each.hex()}" for each in node.seal().extrinsic_hashes}
    assert waiting.value.extrinsic_hash in sealed
    assert len(sealed) == 4


# --- by the clock -----------------------------------------------------------------------------


def test_blocks_come_by_the_clock_also_empty_ones(make: Make, sign: Sign) -> None:
    node = make(seal=20)
    until(lambda: node.chain.head.number >= 3, "three blocks")
    submitted = node.submit(sign())
    until(lambda: node.inclusion(submitted), "the transaction is in a block")
    blocks = filter(None, map(node.chain.by_number, range(1, node.chain.head.number + 1)))
    times = [block.timestamp_ms for block in blocks]
    assert times == sorted(set(times))


def test_no_block_comes_after_the_end(make: Make) -> None:
    node = make(seal=1)
    until(lambda: node.chain.head.number, "a block")
    node.close()
    head = node.chain.head
    time.sleep(0.05)
    assert node.chain.head is head
    until(lambda: not sealers(), "the thread has ended")


def sealers() -> list[threading.Thread]:
    return [each for each in threading.enumerate() if each.name == "dml-interval-seal"]


def test_a_node_that_nobody_holds_seals_no_more() -> None:
    def abandoned() -> weakref.ref[Node]:
        node = Node(seal=5)
        until(lambda: node.chain.head.number, "a block")
        return weakref.ref(node)

    gone = abandoned()
    until(lambda: gc.collect() and gone() is None, "the node is gone")
    until(lambda: not sealers(), "the thread has ended")


def test_what_is_kept_back_is_not_sealed_by_the_clock(make: Make, sign: Sign) -> None:
    node = make(seal=5)
    with node.one_block():
        held = node.submit(sign())
        head = node.chain.head.number
        until(lambda: node.chain.head.number > head + 2, "blocks meanwhile")
        assert node.waits(held)
        second = node.submit(sign(nonce=1))
    until(lambda: node.inclusion(second), "both are in a block")
    assert node.inclusion(held)[:2] == node.inclusion(second)[:2]  # type: ignore[index]


def test_sealing_goes_on_after_an_error(
    make: Make, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    node = make(seal=5)
    failures: list[None] = []
    really = node._producer.seal

    def fail_twice(*arguments: object, **options: object) -> object:
        if len(failures) < 2:
            failures.append(None)
            raise RuntimePanic("the disk is full")
        return really(*arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(node._producer, "seal", fail_twice)
    until(lambda: len(failures) == 2, "two failures")
    head = node.chain.head.number
    until(lambda: node.chain.head.number > head, "a block after them")
    assert "the disk is full" in caplog.text


def test_a_watcher_may_close_the_node_that_calls_it(make: Make) -> None:
    node = make(seal=5)
    node.on_block(lambda block: node.close())
    until(lambda: node._closed, "the end")
    assert node.chain.head.number >= 1


def test_a_call_on_a_chain_that_is_sealed_by_the_clock_comes_with_its_receipt(make: Make) -> None:
    node = make(seal=30)
    chain, alice = Chain(node), Account.development("alice")
    call = chain.call("System", "remark_with_event", remark=b"hello")
    receipt = chain.submit(call, alice)
    assert node.chain.by_number(receipt.block) is not None
    watched: list[int] = []
    # A watcher that needs the client's lock, which is held while the call waits for its block.
    stop = chain.on_block(lambda n: watched.append(n) or chain.require_open())  # type: ignore[func-returns-value]
    outcomes = chain.submit_all([(call, alice)] * 3)
    stop()
    assert not any(isinstance(each, ChainError) for each in outcomes)
    assert len({each.block for each in outcomes}) == 1  # type: ignore[union-attr]
    chain.close()


class Watch:
    """A clock, and an event that is set at an hour of it; time passes where it is waited for."""

    def __init__(self, end: float) -> None:
        self.now, self._end = 0.0, end

    def monotonic(self) -> float:
        return self.now

    def wait(self, seconds: float) -> bool:
        self.now += seconds
        return self.now >= self._end


def test_a_beat_that_is_missed_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    watch = Watch(end=70.0)

    class Slow:
        def __init__(self) -> None:
            self.beats: list[float] = []

        def beat(self) -> None:
            self.beats.append(watch.now)
            if len(self.beats) == 1:
                watch.now += 35

    slow = Slow()
    monkeypatch.setattr(sealing, "time", watch)
    sealing._beat(weakref.WeakMethod(slow.beat), 10.0, watch)  # type: ignore[arg-type]
    assert slow.beats == [10, 45, 55, 65]


# --- time travel, whichever way ---------------------------------------------------------------


@pytest.mark.parametrize("seal", SEALS)
@pytest.mark.parametrize("durable", [False, True])
def test_an_anchor_rewinds_chain_clock_and_pool(
    make: Make, tmp_path: Path, sign: Sign, seal: str | int, durable: bool
) -> None:
    file = tmp_path / "chain.db" if durable else None
    node = make(seal=seal, path=file)
    session = Session(Chain(node), open_store("memory"), Account.development("alice"))
    waiting = node.submit(sign(nonce=7))
    node.clock.freeze()
    before = node.chain.head.number, node.clock.now_ms()
    with session.anchor():
        anchored = node.chain.head.number
        session.clock.advance(days=3)
        inside = node.submit(sign(nonce=0))
        until_sealed(node, inside)
        node.submit(sign(nonce=8))
        assert node.clock.now_ms() == before[1] + 3 * 86_400_000
        assert node.chain.head.number >= anchored + 2
    assert node.inclusion(inside) is None
    assert node.waits(waiting)
    assert len(node.pool) == 1
    assert node.clock.now_ms() == before[1]
    if seal != SEALS[-1]:
        assert node.chain.head.number == before[0]
    again = node.submit(sign(nonce=0))
    until_sealed(node, again)
    if file is not None:
        node.close()
        assert make(path=file, seal="manual").chain.head.hash == node.chain.head.hash


def until_sealed(node: Node, submitted: bytes) -> None:
    if node.sealing.mode == "manual":
        node.seal()
    until(lambda: node.inclusion(submitted), "the transaction is in a block")


@pytest.mark.parametrize("durable", [False, True])
def test_rewinding_again_and_again_under_a_clock_that_seals_leaves_a_whole_chain(
    make: Make, tmp_path: Path, sign: Sign, durable: bool
) -> None:
    file = tmp_path / "chain.db" if durable else None
    node = make(seal=1, path=file)
    for nonce in range(20):
        before = node.snapshot()
        submitted = node.submit(sign(nonce=0, tip=nonce))
        until(lambda h=submitted: node.inclusion(h), "in a block")
        node.restore(before)
        assert node.inclusion(submitted) is None
    if file is not None:
        node.close()
        assert make(path=file).chain.head.hash == node.chain.head.hash


@pytest.mark.parametrize("seal", SEALS)
def test_a_chain_in_a_file_is_gone_on_with_in_another_way(
    make: Make, tmp_path: Path, sign: Sign, seal: str | int
) -> None:
    node = make(path=tmp_path / "chain.db", seal=seal)
    submitted = node.submit(sign())
    until_sealed(node, submitted)
    place = node.inclusion(submitted)
    node.close()
    again = make(path=tmp_path / "chain.db", seal="manual")
    assert again.inclusion(submitted) == place
    assert again.sealing.mode == "manual"


def test_several_threads_submit_at_once_to_a_chain_that_is_sealed_by_the_clock(
    make: Make, alice: Keypair
) -> None:
    node = make(seal=5)
    chain = Chain(node)
    names = ("alice", "bob", "charlie", "dave", "eve", "ferdie")
    call = chain.call("Balances", "transfer_keep_alive", dest=alice.ss58_address, value=MILLI)
    start = threading.Barrier(len(names))
    receipts: list[object] = []

    def run(name: str) -> None:
        start.wait()
        receipts.extend(chain.submit(call, Account.development(name)) for _ in range(3))

    threads = [threading.Thread(target=run, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(receipts) == 18


def test_a_handler_that_seals_while_a_block_is_made_is_refused_and_the_block_is_made(
    sign: Sign, monkeypatch: pytest.MonkeyPatch
) -> None:
    node = Node(seal="manual")
    for nonce in range(3):
        node.submit(sign(nonce=nonce))
    refused: list[str] = []
    calls: list[str] = []
    really = Machine.call

    def interrupted(machine: Machine, export: str, *arguments: int, **limit: Any) -> int:
        calls.append(export)
        if calls.count("BlockBuilder_apply_extrinsic") == 2:
            signal.raise_signal(signal.SIGALRM)
        return really(machine, export, *arguments, **limit)

    def seal(*_: object) -> None:
        monkeypatch.undo()
        for ask in (node.seal, node.close, lambda: node.submit(sign(nonce=3))):
            with pytest.raises(UsageError) as told:
                ask()
            refused.append(str(told.value))

    before = signal.signal(signal.SIGALRM, seal)
    try:
        monkeypatch.setattr(Machine, "call", interrupted)
        node.seal()
    finally:
        signal.signal(signal.SIGALRM, before)
    assert len(refused) == 3 and all("interrupted it in the same thread" in why for why in refused)
    assert len(node.chain.head.extrinsics) == 4
    node.seal()
