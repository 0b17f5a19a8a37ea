"""The same notebook on a network node: only the address changes."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

import dml_sdk as dml
from dml_sdk.chain.node import Node
from dml_sdk.chain.node.spec import raw_chain_spec
from dml_sdk.errors import DispatchError, TransactionRefused, UsageError
from tests.peers import NO_OMNI_NODE, OMNI_NODE, omni_node
from tests.waiting import LONG

pytestmark = pytest.mark.skipif(not OMNI_NODE, reason=NO_OMNI_NODE)


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with omni_node(tmp_path_factory.mktemp("network"), raw_chain_spec(Node())) as found:
        yield found


@pytest.fixture(params=["ws", "http"])
def remote(request: pytest.FixtureRequest, address: str) -> Iterator[dml.Session]:
    with dml.connect(f"{request.param}://{address}", store="memory") as session:
        yield session


def test_rounds_are_trained_scored_paid_and_claimed_on_a_network_node(remote, network, split):
    model = remote.models.upload(
        network, name="afar", licence="MIT", pool=dml.PoolTerms(amount=1_000)
    )
    blocks: list[int] = []
    heard = threading.Event()

    def hear(number: int) -> None:
        blocks.append(number)
        heard.set()

    stop = remote.chain.on_block(hear)
    training = model.train(
        split.partition(6, seed=1), test=split.test, rounds=2, clients_per_round=3,
        learning_rate=0.2, engine="numpy", seed=7,
    ).wait(120)  # fmt: skip
    assert [r.version for r in training.rounds] == [1, 2]
    assert training.rounds[-1].paid
    claims = training.claim()
    assert {r["client"]: r["claimed"] for r in claims} == training.paid()
    assert remote.models.get(model.guid).weights().keys() == {"dense_1/kernel", "dense_1/bias"}
    assert remote.conserved().ok
    assert heard.wait(LONG) and blocks == sorted(set(blocks))
    stop()
    assert remote.chain.events(last=5)[-1].block == remote.chain.block_number


def test_the_economy_is_the_same_on_a_network_node(remote, network):
    bob = remote.account("bob")
    model = remote.models.upload(
        network, name="afar", licence="MIT", pool=dml.PoolTerms(amount=1_000),
        fees=dict(download=1), sealed=True,
    )  # fmt: skip
    theirs = remote.as_(bob).models.get(model.id)
    began = remote.chain.block_number
    preview = theirs.pool.preview_stake(100)
    staked = theirs.pool.stake(100)
    assert (preview.fee, preview.moved) == (staked.fee, staked.moved)
    theirs.pool.unstake(40)
    assert theirs.pool.preview_unstake(61).error.name == "InsufficientStake"
    assert theirs.licences.buy("download").valid
    model.licences.deliver()
    update = theirs.propose_update(theirs.weights(), metrics={"accuracy": 0.9}, notes="the same")
    assert model.update(update.id).notes == "the same"
    model.collective.approve(update, reward=0.5)
    model.collective.add_member(bob)
    proposal = model.collective.propose(dml.actions.SetWeighting("stake"), text="why")
    for who in (remote.signer, bob):
        remote.as_(who).collective(model).vote(proposal, "aye")
    proposal.close()
    assert (proposal.state, proposal.text) == ("executed", "why")
    theirs.pool.claim()
    statement = remote.statement(bob, first=began + 1)
    assert statement.unexplained == model.pool.statement().unexplained == {}
    assert any("claimed" in row["what"] for row in statement)
    assert remote.conserved().ok


def test_errors_are_the_same_classes_as_in_process(remote, network):
    model = remote.models.upload(network, name="afar", licence="MIT", pool=dml.PoolTerms(amount=10))
    with pytest.raises(DispatchError.named("Pools", "NothingToClaim")):
        model.pool.claim()
    with pytest.raises(TransactionRefused, match="needs tokens"):
        remote.as_(remote.account("penniless")).pools.get(model.id).fund(1)


def test_a_networks_clock_and_history_are_not_ours_to_change(remote):
    with pytest.raises(UsageError, match="the world's"):
        remote.clock.advance(days=1)
    with pytest.raises(UsageError, match="cannot be rewound"), remote.anchor():
        pass
