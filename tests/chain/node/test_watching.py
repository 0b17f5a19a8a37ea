"""What watchers of a transaction are told, and in which order."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from substrateinterface import Keypair

from dml_sdk.chain.node import Node, TransactionState, TransactionStatus
from dml_sdk.chain.node import pool as pools
from dml_sdk.chain.node.hashing import blake2_256
from dml_sdk.errors import RpcError
from tests.chain.node.conftest import MILLI, InProcess, Sign, execute_again, transfer_call
from tests.waiting import LONG


@pytest.fixture
def manual() -> Iterator[Node]:
    """A chain that is sealed by hand."""
    node = Node(seal="manual")
    yield node
    execute_again(node)
    node.close()


class Seen:
    """What a watcher was told."""

    def __init__(self, node: Node, extrinsic: bytes) -> None:
        self.hash = blake2_256(extrinsic)
        self.told: list[TransactionStatus] = []
        self.stop = node.watch(self.hash, self.told.append)

    @property
    def words(self) -> list[str]:
        assert all(status.hash == self.hash for status in self.told)
        return [status.state.value for status in self.told]


def test_a_transaction_is_ready_and_then_in_its_block(node: Node, sign: Sign) -> None:
    extrinsic = sign()
    seen = Seen(node, extrinsic)
    node.submit(extrinsic)
    assert seen.words == ["ready", "inBlock"]
    number, block_hash, index = node.inclusion(seen.hash) or (0, b"", 0)
    included = seen.told[-1]
    assert (included.block_number, included.block_hash, included.index) == (
        number, block_hash, index,
    )  # fmt: skip


def test_who_begins_to_watch_late_is_told_where_the_transaction_is(
    manual: Node, sign: Sign
) -> None:
    extrinsic = sign()
    manual.submit(extrinsic)
    early = Seen(manual, extrinsic)
    manual.seal()
    late = Seen(manual, extrinsic)
    assert (early.words, late.words) == (["ready", "inBlock"], ["inBlock"])
    assert Seen(manual, b"never sent").words == []


def test_a_transaction_of_the_future_is_told_when_it_becomes_ready(
    manual: Node, sign: Sign
) -> None:
    extrinsics = [sign(nonce=nonce) for nonce in range(3)]
    seen = [Seen(manual, extrinsic) for extrinsic in extrinsics]
    for nonce in (2, 1):
        manual.submit(extrinsics[nonce])
    assert [each.words for each in seen] == [[], ["future"], ["future"]]
    manual.submit(extrinsics[0])
    assert [each.words for each in seen] == [["ready"], ["future", "ready"], ["future", "ready"]]
    manual.seal()
    assert all(each.words[-1] == "inBlock" for each in seen)


def test_a_higher_tip_usurps(manual: Node, sign: Sign) -> None:
    poor, rich = sign(nonce=0), sign(nonce=0, tip=MILLI)
    seen = Seen(manual, poor)
    manual.submit(poor)
    manual.submit(rich)
    assert seen.words == ["ready", "usurped"]
    assert seen.told[-1].by == blake2_256(rich)
    assert "higher tip" in str(seen.told[-1].reason)
    assert manual.refusal(seen.hash) is seen.told[-1].reason
    assert manual.seal().extrinsic_hashes[1:] == (blake2_256(rich),)


def test_what_depends_on_a_transaction_that_is_usurped_stays_ready(
    manual: Node, sign: Sign
) -> None:
    second = sign(nonce=1)
    manual.submit(sign(nonce=0))
    manual.submit(second)
    seen = Seen(manual, second)
    manual.submit(sign(nonce=0, tip=MILLI))
    manual.seal()
    assert seen.words == ["ready", "inBlock"]


def test_a_mortal_transaction_becomes_invalid_when_its_era_is_over(node: Node, sign: Sign) -> None:
    for _ in range(3):
        node.seal()
    mortal = sign(nonce=1, era={"period": 4, "current": 3})
    seen = Seen(node, mortal)
    node.submit(mortal)
    for _ in range(6):
        node.seal()
    assert seen.words == ["future", "invalid"]
    assert "ancient birth block" in str(seen.told[-1].reason)
    assert len(node.pool) == 0


def test_a_mortal_transaction_is_valid_in_the_last_block_of_its_era_and_not_after_it(
    manual: Node, sign: Sign
) -> None:
    period = 4
    for _ in range(period):
        manual.seal()
    born = manual.chain.head
    # The extrinsics are signed for the development chain, whose blocks have other hashes.
    extrinsics = [mortal(manual, period, born.number, nonce) for nonce in range(2)]
    first = Seen(manual, extrinsics[0])
    for _ in range(period - 2):
        manual.seal()
    manual.submit(extrinsics[0])
    manual.seal()
    assert first.words == ["ready", "inBlock"]
    assert first.told[-1].block_number == born.number + period - 1
    with pytest.raises(RpcError, match="ancient birth block"):
        manual.submit(extrinsics[1])


def mortal(node: Node, period: int, current: int, nonce: int) -> bytes:
    client = InProcess(node)
    signed = client.create_signed_extrinsic(
        transfer_call(client),
        Keypair.create_from_uri("//Alice"),
        nonce=nonce,
        era={"period": period, "current": current},
    )
    return bytes(signed.data.data)


def test_what_gives_way_in_a_full_pool_is_dropped(
    manual: Node, sign: Sign, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pools, "CAPACITY", 1)
    early, late = sign(nonce=5), sign(nonce=0)
    seen = Seen(manual, early)
    manual.submit(early)
    manual.submit(late)
    assert seen.words == ["future", "dropped"]
    assert "pool was full" in str(seen.told[-1].reason)


def test_rewinding_retracts_and_going_forward_again_brings_back(node: Node, sign: Sign) -> None:
    extrinsic, waiting = sign(nonce=0), sign(nonce=5)
    node.submit(waiting)
    before = node.snapshot()
    seen, unsent, kept = (Seen(node, each) for each in (extrinsic, sign(nonce=6), waiting))
    node.submit(extrinsic)
    after = node.snapshot()
    node.restore(before)
    node.restore(after)
    assert seen.words == ["ready", "inBlock", "retracted", "dropped", "inBlock"]
    assert seen.told[2].block_hash == seen.told[1].block_hash
    assert (kept.words, unsent.words) == (["future"], [])
    node.restore(before)
    node.submit(extrinsic)
    assert seen.words[-3:] == ["dropped", "ready", "inBlock"]


def test_nothing_is_told_after_the_end_of_a_watch(node: Node, sign: Sign) -> None:
    extrinsic = sign()
    first, second = Seen(node, extrinsic), Seen(node, extrinsic)
    first.stop()
    first.stop()
    node.submit(extrinsic)
    second.stop()
    assert (first.words, second.words) == ([], ["ready", "inBlock"])
    assert first.hash not in node._watchers._told


def test_a_watcher_may_end_its_own_watch_and_use_the_node_from_another_thread(
    node: Node, sign: Sign
) -> None:
    extrinsic, second = sign(), sign(nonce=1)
    told: list[TransactionState] = []

    def look(status: TransactionStatus) -> None:
        told.append(status.state)
        stop()
        with ThreadPoolExecutor(1) as other:
            other.submit(node.submit, second).result(timeout=LONG)

    stop = node.watch(blake2_256(extrinsic), look)
    node.submit(extrinsic)
    assert told == [TransactionState.READY]
    assert node.inclusion(blake2_256(second))


def test_a_transaction_that_is_refused_at_the_door_is_told_to_nobody(
    node: Node, sign: Sign
) -> None:
    forged = bytearray(sign())
    forged[60] ^= 1
    seen = Seen(node, bytes(forged))
    with pytest.raises(RpcError):
        node.submit(bytes(forged))
    assert seen.words == []
