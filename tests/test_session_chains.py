"""What a session does with its own chain: when blocks are made, forks, serving it to others."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import UTC, datetime, timedelta

import pytest

import dml_sdk as dml
from dml_sdk.chain.node import Node
from dml_sdk.errors import ChainUnreachable, DispatchError, TransactionWaiting, UsageError


def test_a_chain_sealed_by_hand_makes_a_block_when_it_is_told_to():
    with dml.connect(store="memory", seal="manual") as session:
        bob = session.account("bob")
        call = session.chain.call("Balances", "transfer_keep_alive", dest=bob.address, value=5)
        before = session.balance(bob)
        with pytest.raises(TransactionWaiting, match=r"session\.seal\(\)"):
            session.chain.submit(call, session.signer)
        assert session.balance(bob) == before
        assert session.seal() == 1
        assert session.balance(bob).planck == before.planck + 5
        assert session.seal() == 2, "an empty block is a block"


def test_a_chain_sealed_by_the_clock_pays_for_a_round(network, split):
    with dml.connect(store="memory", seal=40) as session:
        model = session.models.upload(
            network, name="ticking", licence="MIT", pool=dml.PoolTerms(amount=1_000)
        )
        training = model.train(
            split.partition(4), test=split.test, engine="numpy", rounds=1, clients_per_round=2
        )
        training.wait(60)
        assert sum(amount.planck for amount in training.paid().values()) > 0
        assert session.conserved().ok


def test_a_fork_goes_its_own_way_and_leaves_the_store_open(model, session):
    at = session.chain.block_number
    model.pool.fund(5)
    with session.fork(at) as fork:
        assert fork.chain.block_number == at
        theirs, ours = fork.models.get(model.id).pool, model.pool
        assert sum(a.tokens for a in theirs.buckets.values()) < sum(
            a.tokens for a in ours.buckets.values()
        )
        theirs.fund(70)
        assert fork.models.get(model.id).weights().keys() == model.weights().keys()
        assert fork.conserved().ok
    assert model.weights(), "the store is the session's"
    with session.fork() as fork:
        assert fork.chain.block_number == session.chain.block_number
    with pytest.raises(UsageError, match="block"):
        session.fork(10**6)


def test_another_session_joins_a_served_chain(session, model):
    server = session.serve()
    with dml.connect(server.url, store=session.store, account="bob") as other:
        assert other.chain.genesis_hash == session.chain.genesis_hash
        their = other.models.get(model.guid)
        their.pool.fund(3)
        assert their.pool.buckets == model.pool.buckets
        for refused in (other.seal, other.fork, other.serve):
            with pytest.raises(UsageError, match="network's node"):
                refused()
    server.close()
    with pytest.raises(ChainUnreachable):
        dml.connect(server.url, store="memory")


def paid(session, value):
    """A transfer to Bob, in a block whatever the way of sealing."""
    to = session.account("bob").address
    call = session.chain.call("Balances", "transfer_keep_alive", dest=to, value=value)
    if session.chain.node.sealing.mode == "manual":
        with pytest.raises(TransactionWaiting):
            session.chain.submit(call, session.signer)
        session.seal()
    else:
        session.chain.submit(call, session.signer)


@pytest.mark.parametrize("closing", ["session", "another signer's session", "client", "node"])
@pytest.mark.parametrize("depth", [1, 3])
@pytest.mark.parametrize("seal", ["instant", "manual", 20])
def test_what_is_closed_inside_an_anchor_is_rewound_first(tmp_path, seal, depth, closing):
    session = dml.connect(path=tmp_path, store="memory", seal=seal)
    paid(session, 5)
    had = session.balance(session.account("bob"))
    with ExitStack() as anchors:
        anchors.enter_context(session.anchor())
        at = session.chain.node.chain.head.number  # or a block less, where the clock seals
        for _ in range(depth - 1):
            paid(session, 7)
            session.clock.advance(days=1)
            anchors.enter_context(session.anchor())
        paid(session, 11)
        {
            "session": session.close, "another signer's session": session.as_("bob").close,
            "client": session.chain.close, "node": session.chain.node.close,
        }[closing]()  # fmt: skip
        kept = session.chain.node.chain.head
        assert at - 1 <= kept.number <= at
    session.close()
    with dml.connect(path=tmp_path, store="memory", seal="manual") as again:
        assert again.chain.node.chain.head.hash == kept.hash
        assert again.balance(again.account("bob")) == had
        assert again.clock.now() < datetime.now(UTC) + timedelta(hours=1)


def test_an_error_inside_an_anchor_is_told_also_where_the_session_was_closed(tmp_path):
    session = dml.connect(path=tmp_path, store="memory")

    def stumble():
        with session.anchor():
            paid(session, 5)
            session.close()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        stumble()
    with dml.connect(path=tmp_path, store="memory") as again:
        assert again.chain.block_number == 0


def test_a_training_that_runs_when_its_session_is_closed_inside_an_anchor_leaves_nothing(
    tmp_path, network, split
):
    session = dml.connect(path=tmp_path, store="memory")
    with session.anchor():
        model = session.models.upload(
            network, name="brief", licence="MIT", pool=dml.PoolTerms(amount=1_000)
        )
        training = model.train(
            split.partition(4), test=split.test, engine="numpy", rounds=500, clients_per_round=2
        )
        session.close()
        assert not training.alive
    with dml.connect(path=tmp_path, store="memory") as again:
        assert again.chain.block_number == 0
        assert len(again.models.list()) == 0


def test_anchors_that_end_out_of_order_leave_the_chain_where_the_outer_began(session):
    outer, inner = session.anchor(), session.anchor()
    outer.__enter__()
    before = session.chain.block_number
    paid(session, 5)
    inner.__enter__()
    paid(session, 5)
    outer.__exit__(None, None, None)
    assert session.chain.block_number == before
    inner.__exit__(None, None, None)
    assert session.chain.block_number == before


def test_a_folder_is_gone_on_with_whatever_its_chain_began_with(tmp_path):
    Node(path=tmp_path / "chain.db", preset="local_testnet").close()
    with dml.connect(path=tmp_path, store="memory") as session:
        assert session.chain.node.preset == "local_testnet"


@pytest.mark.parametrize("seal", ["sometimes", 0, -5, 1.5, None, True])
def test_a_way_of_sealing_that_there_is_not_is_refused(seal):
    with pytest.raises(UsageError, match="seal"):
        dml.connect(store="memory", seal=seal)


def test_a_network_seals_when_it_does():
    with pytest.raises(UsageError, match="the node at a URL makes its blocks"):
        dml.connect("ws://127.0.0.1:9", seal="manual")


def test_the_receipt_of_what_waited_is_there_once_a_block_is_sealed():
    with dml.connect(store="memory", seal="manual") as session:
        chain, bob = session.chain, session.account("bob")
        sends = [
            chain.call("Balances", "transfer_keep_alive", dest=bob.address, value=v) for v in (5, 7)
        ]
        hashes = []
        refused = chain.call("Pools", "claim", model=7)
        for call in (chain.batch(sends), refused):
            with pytest.raises(TransactionWaiting, match=r"session\.chain\.receipt\(") as caught:
                chain.submit(call, session.signer)
            hashes.append(caught.value.extrinsic_hash)
        with pytest.raises(TransactionWaiting):
            chain.receipt(hashes[0])
        number = session.seal()
        session.seal()
        receipt = chain.receipt(hashes[0])
        assert (receipt.block, receipt.call) == (number, "Balances.transfer_keep_alive")
        assert (receipt.signer, receipt.extrinsic_hash) == (session.signer.address, hashes[0])
        assert receipt.fee.planck > 0
        assert [m.planck for m in receipt.moved[bob.address]] == [5 + 7]
        with pytest.raises(DispatchError) as failed:
            chain.receipt(hashes[1])
        assert failed.value.call == "Pools.claim"
        assert failed.value.account == session.signer.address


def test_a_receipt_is_found_again_on_this_chain_and_from_elsewhere(session, model):
    paid = model.pool.fund(3)
    made = model.receipt
    with dml.connect(session.serve().url, store=session.store, account="bob") as other:
        for chain in (session.chain, other.chain):
            assert chain.receipt(paid.extrinsic_hash) == paid
            assert chain.receipt(made.extrinsic_hash) == made
            for unknown in ("0x" + "00" * 32, "0x12", "", None, 5, "0x" + "zz" * 32):
                with pytest.raises(UsageError, match="transaction"):
                    chain.receipt(unknown)


def test_who_joined_a_chain_goes_by_its_clock_forward_and_back(session, model, bob):
    collective = model.collective
    collective.add_member(bob)
    proposal = collective.propose(dml.actions.SetWeighting("stake"))
    moment = timedelta(hours=1)
    with dml.connect(session.serve().url, store=session.store, account="bob") as other:
        bobs = other.collective(model.id).proposal(proposal.id)
        assert abs(other.clock.now() - session.clock.now()) < moment
        assert bobs.preview_vote("aye").error is None
        with session.anchor():
            session.clock.advance(days=4)
            assert abs(other.clock.now() - session.clock.now()) < moment
            assert isinstance(
                bobs.preview_vote("aye").error, DispatchError.named("Collectives", "VotingOver")
            )
        assert abs(other.clock.now() - session.clock.now()) < moment
