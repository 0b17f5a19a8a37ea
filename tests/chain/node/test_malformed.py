"""Extrinsics that nobody should send: none ends the node, changes the state or waits for ever."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from substrateinterface import Keypair

from dml_sdk.chain.node import Node
from dml_sdk.chain.node.hashing import blake2_256
from dml_sdk.chain.node.scale import compact, vec
from dml_sdk.errors import ChainError, RpcError, RuntimePanic
from tests.chain.node.conftest import InProcess, Sign, execute_again, transfer_call
from tests.waiting import LONG

CODES = {1010, 1011, 1012, 1040}
BATCH_ALL = bytes((5, 2))
REMARK = bytes((0, 0))
SIGNED, BY_SR25519 = b"\x84", b"\1"
IMMORTAL, NO_NONCE, NO_TIP = b"\0", b"\0", b"\0"

fuzz = settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def offer(node: Node, extrinsic: bytes) -> None:
    """Hand in what must be refused: with a known error, at once, and without any effect."""
    head, waiting = node.chain.head, len(node.pool)
    with pytest.raises((RpcError, RuntimePanic)) as refused:
        node.submit(extrinsic)
    if isinstance(refused.value, RpcError):
        assert refused.value.code in CODES
    assert node.chain.head is head
    assert len(node.pool) == waiting
    assert not node.waits(blake2_256(extrinsic))


@fuzz
@given(st.binary(max_size=300))
@example(b"")
@example(b"\xff" * 64)
@example(b"\x03\xff\xff\xff\xff")
@example(bytes(((67 - 4) << 2 | 3,)) + b"\xff" * 67)
def test_random_bytes_are_refused(node: Node, data: bytes) -> None:
    offer(node, data)
    offer(node, vec(data))


@fuzz
@given(version=st.integers(0, 255), body=st.binary(max_size=200))
def test_any_version_before_random_bytes_is_refused(node: Node, version: int, body: bytes) -> None:
    offer(node, vec(bytes((version,)) + body))


@fuzz
@given(st.data())
def test_a_transaction_with_any_one_byte_changed_or_cut_off_is_refused(
    node: Node, sign: Sign, data: st.DataObject
) -> None:
    extrinsic = sign()
    at = data.draw(st.integers(0, len(extrinsic) - 1))
    offer(node, extrinsic[:at])
    body = extrinsic[2:]
    offer(node, vec(body[: at % len(body)]))
    changed = bytearray(body)
    changed[at % len(body)] ^= data.draw(st.integers(1, 255))
    offer(node, vec(bytes(changed)))


@fuzz
@given(st.integers(0, 2**536 - 1), st.binary(max_size=50))
def test_a_length_that_is_not_its_own_is_refused(node: Node, length: int, body: bytes) -> None:
    if length != len(body):
        offer(node, compact(length) + body)


@fuzz
@given(st.integers(2**14, 2**32 - 1), st.sampled_from(["remark", "batch"]))
def test_a_length_inside_that_promises_too_much_is_refused(
    node: Node, length: int, where: str
) -> None:
    call = {"remark": REMARK, "batch": BATCH_ALL}[where] + compact(length) + b"\0\0\0"
    offer(node, forged(call))


def forged(call: bytes) -> bytes:
    """A transaction of Alice's that she did not sign; its call is decoded before that is seen."""
    alice = Keypair.create_from_uri("//Alice").public_key
    signature = BY_SR25519 + bytes(64)
    return vec(SIGNED + b"\0" + alice + signature + IMMORTAL + NO_NONCE + NO_TIP + call)


def test_a_forged_transaction_is_decoded_as_far_as_its_signature(node: Node) -> None:
    with pytest.raises(RpcError, match="bad signature"):
        node.submit(forged(BATCH_ALL + compact(1) + REMARK + b"\0"))


@pytest.mark.parametrize("depth", [1, 10, 200, 255, 256, 257, 1_000, 100_000, 1_000_000])
def test_calls_in_calls_in_calls_are_refused_in_time(node: Node, depth: int) -> None:
    call = REMARK + b"\0"
    nested = (BATCH_ALL + compact(1)) * depth + call
    began = time.process_time()
    offer(node, forged(nested))
    assert time.process_time() - began < 30  # a hang, not a slow machine
    node.seal()
    assert node.chain.head.number == 1


def test_a_batch_of_very_many_calls_is_refused(node: Node) -> None:
    many = 200_000
    offer(node, forged(BATCH_ALL + compact(many) + (REMARK + b"\0") * many))


def test_deep_calls_that_are_signed_are_refused_or_executed_and_the_node_goes_on(
    node: Node, client: InProcess, sign: Sign
) -> None:
    call = client.compose_call("System", "remark", {"remark": "0x"})
    for _ in range(30):
        call = client.compose_call("Utility", "batch_all", {"calls": [call]})
    with suppress(ChainError):
        node.submit(sign(call))
    assert node.inclusion(node.submit(sign(nonce=node.chain.head.number)))


@pytest.fixture
def manual() -> Iterator[Node]:
    node = Node(seal="manual")
    yield node
    execute_again(node)
    node.close()


def test_ten_threads_submit_at_once_what_is_right_and_what_is_not(
    manual: Node, client: InProcess
) -> None:
    accounts = [Keypair.create_from_uri(f"//{i}") for i in range(10)]
    alice = Keypair.create_from_uri("//Alice")
    for nonce, account in enumerate(accounts):
        call = client.compose_call(
            "Balances", "transfer_keep_alive", {"dest": account.ss58_address, "value": 10**13}
        )
        endow = client.create_signed_extrinsic(call, alice, nonce=nonce, era="00")
        manual.submit(bytes(endow.data.data))
    manual.seal()
    call = transfer_call(client)

    def by(account: Keypair, nonce: int) -> bytes:
        signed = client.create_signed_extrinsic(call, account, nonce=nonce, era="00")
        return bytes(signed.data.data)

    work = [[by(account, nonce) for nonce in (2, 0, 1)] for account in accounts]
    start, stop = threading.Barrier(11), threading.Event()
    refusals: list[Exception] = []

    def run(extrinsics: list[bytes]) -> None:
        start.wait()
        for extrinsic in extrinsics:
            manual.submit(extrinsic)
            for wrong in (extrinsic, extrinsic[:-1], vec(extrinsic), b"\xff"):
                try:
                    manual.submit(wrong)
                except (RpcError, RuntimePanic) as refused:
                    refusals.append(refused)

    def seal() -> None:
        start.wait()
        while not stop.is_set():
            manual.seal()

    threads = [threading.Thread(target=run, args=(each,)) for each in work]
    sealer = threading.Thread(target=seal)
    for thread in (*threads, sealer):
        thread.start()
    for thread in threads:
        thread.join(LONG)
    stop.set()
    sealer.join(LONG)
    manual.seal()
    assert len(refusals) == 10 * 3 * 4
    assert len(manual.pool) == 0
    assert all(manual.inclusion(blake2_256(each)) for part in work for each in part)
