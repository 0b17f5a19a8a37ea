"""Sessions on chains that do not seal each transaction at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

import dml_sdk as dml
from dml_sdk.chain.client.chain import Chain
from dml_sdk.chain.node import Node
from dml_sdk.errors import TransactionWaiting
from dml_sdk.session import Session
from dml_sdk.storage import open_store


@pytest.fixture
def connect() -> Iterator[Callable[[str | int], Session]]:
    opened: list[Session] = []

    def one(seal: str | int) -> Session:
        chain = Chain(Node(seal=seal))
        opened.append(Session(chain, open_store("memory"), dml.Account.development("alice")))
        return opened[-1]

    yield one
    for session in opened:
        session.close()


def test_a_training_is_paid_on_a_chain_that_is_sealed_by_the_clock(connect, split, network):
    session = connect(20)
    model = session.models.upload(
        network, name="blobs", licence="MIT", pool=dml.PoolTerms(amount=1_000)
    )
    with session.anchor():
        model.pool.fund(5)
    training = model.train(
        split.partition(8, seed=1), test=split.test, rounds=2, clients_per_round=4,
        learning_rate=0.2, engine="numpy", seed=7,
    ).wait(120)  # fmt: skip
    assert [r.version for r in training.rounds] == [1, 2]
    assert training.claim()
    assert session.conserved().ok


def test_calls_on_a_chain_that_is_sealed_by_hand_wait_for_the_next_block(connect):
    session = connect("manual")
    bob = session.account("bob")
    before = session.balance(bob)
    pay = session.chain.call("Balances", "transfer_keep_alive", dest=bob.address, value=10**12)
    for _ in range(3):
        with pytest.raises(TransactionWaiting):
            session.chain.submit(pay, session.signer)
    assert (session.balance(bob), session.chain.block_number) == (before, 0)
    session.chain.node.seal()
    assert session.balance(bob).tokens == before.tokens + 3
    assert session.chain.block_number == 1


def test_the_clock_of_a_chain_that_is_sealed_by_hand_is_advanced_by_a_block(connect):
    session = connect("manual")
    now = session.clock.now()
    session.clock.advance(days=1)
    assert (session.clock.now() - now).days == 1
    assert session.chain.block_number == 1
