"""Signers outside, on a node that others wrote: what they sign is accepted there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

import dml_sdk as dml
from dml_sdk.chain.node import Node
from dml_sdk.chain.node.spec import raw_chain_spec
from dml_sdk.errors import SigningRefused
from tests.chain.outside import Outside, outside
from tests.chain.test_signers import PolkadotJS
from tests.chain.wallet import Wallet
from tests.peers import NO_OMNI_NODE, OMNI_NODE, omni_node

pytestmark = pytest.mark.skipif(not OMNI_NODE, reason=NO_OMNI_NODE)

SCHEMES = ["sr25519", "ed25519", "ecdsa"]
DML = 10**12


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with omni_node(tmp_path_factory.mktemp("network"), raw_chain_spec(Node())) as address:
        yield f"ws://{address}"


@pytest.fixture
def alice(url: str) -> Iterator[dml.Session]:
    with dml.connect(url, store="memory") as session:
        yield session


@pytest.fixture
def pool(alice: dml.Session) -> dml.Pool:
    model = alice.models.upload(
        dml.networks.softmax(8, 4), name="afar", licence="MIT", pool=dml.PoolTerms(amount=100)
    )
    return model.pool


def paid(session: dml.Session, to: str, tokens: int) -> dml.types.Receipt:
    call = session.chain.call("Balances", "transfer_keep_alive", dest=to, value=tokens * DML)
    return session.chain.submit(call, session.signer)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_transfer_and_a_stake_of_a_process_outside_are_accepted(url, alice, pool, scheme):
    with outside(scheme, seed=b"\x31" * 32) as signer:
        account = dml.Account.external(signer)
        paid(alice, account.address, 100)
        # Nobody but the process has ever held this key.
        with dml.connect(url, account=account, store="memory") as theirs:
            assert_moves(theirs, alice, signer, pool)


def assert_moves(theirs: dml.Session, alice: dml.Session, signer: Outside, pool: dml.Pool) -> None:
    token = alice.chain.token
    had, hers = theirs.balance(), alice.balance()
    transfer = paid(theirs, alice.signer.address, 7)
    assert transfer.signer == signer.address
    assert alice.balance() == hers + token.amount(7)
    assert theirs.balance() == had - token.amount(7) - transfer.fee

    staked = theirs.pools.get(pool.model_id).stake(30)
    assert staked.signer == signer.address
    (row,) = pool.stakes(signer.address)
    assert (row["role"], row["amount"]) == ("validator", token.amount(30))
    assert len(signer.asked) == 2
    assert theirs.signer.statement(first=transfer.block).unexplained == {}
    assert alice.conserved().ok


@pytest.mark.parametrize("scheme", SCHEMES)
def test_what_a_wallet_signs_is_accepted(alice, pool, wallet: Wallet, scheme):
    metadata = alice.chain._rpc("state_getMetadata", [])
    signer = PolkadotJS(wallet, metadata, scheme)
    account = dml.Account.external(signer)
    paid(alice, account.address, 100)
    theirs = alice.as_(account)
    theirs.pools.get(pool.model_id).stake(20)
    transfer = paid(theirs, alice.signer.address, 1)
    assert [str(request.call) for request in signer.requests] == [
        "Stakes.stake", "Balances.transfer_keep_alive",
    ]  # fmt: skip
    assert (transfer.signer, transfer.call) == (account.address, "Balances.transfer_keep_alive")
    (row,) = pool.stakes(account)
    assert str(row["amount"]) == "20 DML"


class Another(Outside):
    """Signs something else than it was given."""

    def sign(self, payload: bytes) -> Any:
        return super().sign(payload + b"!")


def test_what_is_signed_wrongly_never_reaches_the_node(alice):
    with outside("sr25519", seed=b"\x32" * 32) as honest:
        signer = Another(honest._process)
        paid(alice, signer.address, 5)
        before = alice.chain.block_number
        with pytest.raises(SigningRefused):
            paid(alice.as_(dml.Account.external(signer)), alice.signer.address, 1)
        assert alice.chain.block_number == before
