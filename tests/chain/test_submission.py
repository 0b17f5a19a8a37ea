"""Several sessions of one account: whoever comes second signs again, and nothing is sent twice."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

import dml_sdk as dml
from dml_sdk.chain.client.submission import Submission
from dml_sdk.chain.node.node import Node
from dml_sdk.errors import RpcError, TransactionRefused, TransactionWaiting
from tests.waiting import until

CLIENTS, EACH = 3, 5


@pytest.fixture
def clients(session: dml.Session) -> Iterator[list[dml.Session]]:
    """Sessions of alice, each with a connection of its own to her chain."""
    with ExitStack() as opened:
        server = opened.enter_context(session.serve())
        yield [
            opened.enter_context(dml.connect(server.url, account="alice", store=session.store))
            for _ in range(CLIENTS)
        ]


def paying(session: dml.Session, planck: int) -> Any:
    """A call that pays Bob so much."""
    bob = session.account("bob").address
    return session.chain.call("Balances", "transfer_keep_alive", dest=bob, value=planck)


def overtaken(
    monkeypatch: pytest.MonkeyPatch, session: dml.Session, then: Callable[[int], object]
) -> list[int]:
    """Has something happen each time that a session was told its next nonce; the nonces."""
    told: list[int] = []
    ask = Submission._nonce

    def nonce(submission: Submission, address: str) -> int:
        found = ask(submission, address)
        if submission is session.chain._submission:
            told.append(found)
            then(len(told))
        return found

    monkeypatch.setattr(Submission, "_nonce", nonce)
    return told


def test_who_was_overtaken_by_another_session_of_the_account_signs_again(
    session, clients, bob, monkeypatch
):
    one, other = clients[:2]
    before = session.balance(bob).planck

    def once(time: int) -> None:
        if time == 1:
            other.chain.submit(paying(other, 10), other.signer)

    nonces = overtaken(monkeypatch, one, once)
    receipt = one.chain.submit(paying(one, 1), one.signer)
    assert nonces == [nonces[0], nonces[0] + 1] and receipt.block == session.chain.block_number
    assert session.balance(bob).planck == before + 11, "each was paid once"


def test_who_is_overtaken_again_and_again_is_told_so_in_the_end(session, clients, bob, monkeypatch):
    one, other = clients[:2]
    before = session.balance(bob).planck
    nonces = overtaken(
        monkeypatch, one, lambda _: other.chain.submit(paying(other, 10), other.signer)
    )
    with pytest.raises(TransactionRefused, match="outdated"):
        one.chain.submit(paying(one, 1), one.signer)
    assert session.balance(bob).planck == before + 10 * len(nonces)


def test_what_is_in_a_block_already_is_not_signed_again(session, clients, bob, monkeypatch):
    one = clients[0]
    before = session.balance(bob).planck
    ask = one.chain._submission._ask

    def lost(method: str, params: Any) -> Any:
        """As if the node's answer were lost on the way, and whoever carries it asked again."""
        answer = ask(method, params)
        if method == "author_submitExtrinsic":
            raise RpcError(1010, "Invalid Transaction", "Transaction is outdated")
        return answer

    monkeypatch.setattr(one.chain._submission, "_ask", lost)
    with pytest.raises(TransactionRefused, match="in a block already"):
        one.chain.submit(paying(one, 1), one.signer)
    assert session.balance(bob).planck == before + 1


def test_who_was_outbid_while_it_waited_for_a_block_signs_again():
    with (
        dml.connect(store="memory", seal="manual") as session,
        session.serve() as server,
        dml.connect(server.url, account="alice", store=session.store) as one,
    ):
        node, address = session.chain.node, one.signer.address
        bob = session.account("bob")
        before = session.balance(bob).planck

        def following() -> int:
            return int(node.rpc("system_accountNextIndex", [address]))

        nonce = following()
        heavy = one.chain.batch([paying(one, 1)] * 5)
        receipts: list[dml.types.Receipt] = []
        waits = threading.Thread(
            target=lambda: receipts.append(one.chain.submit(heavy, one.signer))
        )
        waits.start()
        until(lambda: following() == nonce + 1, "a transaction that waits")
        # What weighs less has the higher priority, and takes the place of another of its nonce.
        light = one.chain.call("System", "remark", remark="0x")
        rival = one.chain._runtime().signing.sign(light.data, nonce, session.signer.key)
        node.rpc("author_submitExtrinsic", ["0x" + rival.hex()])
        session.seal()
        until(lambda: following() == nonce + 2, "the same signed anew")
        session.seal()
        waits.join()
        assert [receipt.call for receipt in receipts] == [heavy.name]
        assert session.balance(bob).planck == before + 5


def test_sessions_of_one_account_that_sign_at_once_are_all_served(session, clients, bob):
    before = session.balance(bob).planck
    together = threading.Barrier(CLIENTS)
    failed: list[dml.errors.DMLError] = []

    def pays(client: dml.Session) -> None:
        try:
            together.wait()
            for _ in range(EACH):
                client.chain.submit(paying(client, 1), client.signer)
        except dml.errors.DMLError as e:
            failed.append(e)

    threads = [threading.Thread(target=pays, args=(client,)) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    assert session.balance(bob).planck == before + CLIENTS * EACH


@pytest.fixture
def by_hand() -> Iterator[dml.Session]:
    with dml.connect(store="memory", seal="manual") as session:
        yield session


def sealed_meanwhile(
    monkeypatch: pytest.MonkeyPatch, session: dml.Session, asked: str
) -> Callable[[], object]:
    """Has somebody seal a block right after the node was first asked something, once armed."""
    ask = getattr(Node, asked)
    armed: list[bool] = []

    def answer(node: Node, extrinsic_hash: bytes) -> object:
        told = ask(node, extrinsic_hash)
        if armed:
            armed.clear()
            session.seal()
        return told

    monkeypatch.setattr(Node, asked, answer)
    return lambda: armed.append(True)


@pytest.mark.parametrize("asked", ["waits", "inclusion", "refusal"])
def test_what_enters_a_block_while_it_is_looked_for_is_not_told_to_be_nowhere(
    by_hand, monkeypatch, asked
):
    arm = sealed_meanwhile(monkeypatch, by_hand, asked)
    with pytest.raises(TransactionWaiting) as sent:
        by_hand.chain.submit(paying(by_hand, 10**12), by_hand.signer)
    arm()
    try:
        receipt = by_hand.chain.receipt(sent.value.extrinsic_hash)
    except TransactionWaiting:
        by_hand.seal()
        receipt = by_hand.chain.receipt(sent.value.extrinsic_hash)
    assert receipt.extrinsic_hash == sent.value.extrinsic_hash


@pytest.mark.parametrize("asked", ["waits", "inclusion", "refusal"])
def test_what_enters_a_block_right_after_it_was_sent_is_neither_refused_nor_sent_twice(
    by_hand, bob, monkeypatch, asked
):
    before = by_hand.balance(bob).planck
    arm = sealed_meanwhile(monkeypatch, by_hand, asked)
    arm()
    try:
        receipt = by_hand.chain.submit(paying(by_hand, 10**12), by_hand.signer)
    except TransactionWaiting as told:
        by_hand.seal()
        receipt = by_hand.chain.receipt(told.extrinsic_hash)
    by_hand.seal()
    assert receipt.block > 0
    assert by_hand.balance(bob).planck == before + 10**12
