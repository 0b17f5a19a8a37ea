"""A chain with something of everything on it, and the library's view of it."""

from __future__ import annotations

import pytest

import dml_sdk as dml
from tests.chain.client.library import Library


@pytest.fixture
def library(session: dml.Session) -> Library:
    return Library(session.chain)


@pytest.fixture
def busy(session, model, split) -> dml.Session:
    """After two rounds, with claims, an asset, an approval, and a pool of that asset."""
    model.define_contributors({"client-1": session.account("bob").address})
    model.train(
        split.partition(6), test=split.test, rounds=2, clients_per_round=3, engine="numpy",
        reject_below=1,
    ).wait(60).claim()  # fmt: skip
    chain, alice = session.chain, session.signer.address
    bob = session.account("bob").address
    calls = [
        chain.call("Assets", "create", id=7, admin=alice, min_balance=10),
        chain.call("Assets", "set_metadata", id=7, name="Euro", symbol="EURX", decimals=2),
        chain.call("Assets", "mint", id=7, beneficiary=alice, amount=100_000),
        chain.call("Assets", "approve_transfer", id=7, delegate=bob, amount=5),
    ]
    chain.submit(chain.batch(calls), session.signer)
    return session
