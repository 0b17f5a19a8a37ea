"""Clients as they come: substrate-interface, this SDK from another session, and polkadot.js."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from substrateinterface import Keypair, SubstrateInterface

import dml_sdk as dml
from dml_sdk.chain.node import Node
from dml_sdk.chain.node.serving import Server
from dml_sdk.errors import DispatchError, TransactionRefused
from dml_sdk.training.data import Split
from tests.chain.node.conftest import MILLI, free, transfer_call

HERE = Path(__file__).parent / "polkadot_js"
POLKADOT_JS = Path(os.environ.get("DML_TEST_POLKADOT_JS", HERE))
NO_POLKADOT_JS = f"polkadot.js is not installed: npm ci --prefix {HERE.relative_to(Path.cwd())}"


@pytest.fixture
def wide(node: Node) -> Iterator[Server]:
    """The node, served with the limits that everybody gets."""
    with node.serve() as server:
        yield server


@pytest.fixture(params=["ws", "http"])
def address(request: pytest.FixtureRequest, wide: Server) -> str:
    return wide.url if request.param == "ws" else wide.http_url


def test_substrate_interface_sends_a_transfer_and_reads_its_events(
    address: str, node: Node, alice: Keypair, bob: Keypair
) -> None:
    with SubstrateInterface(url=address) as substrate:
        assert substrate.chain == "DML development"
        assert (substrate.token_symbol, substrate.token_decimals) == ("DML", 12)
        before = free(substrate, bob)
        signed = substrate.create_signed_extrinsic(transfer_call(substrate), alice)
        told = substrate.submit_extrinsic(signed)
        place = node.inclusion(bytes.fromhex(told.extrinsic_hash[2:]))
        assert place is not None
        events = substrate.get_events("0x" + place[1].hex())
        assert "Transfer" in [event.value["event_id"] for event in events]
        assert free(substrate, bob) == before + MILLI
        assert len(list(substrate.query_map("System", "Account", page_size=3))) >= 6


def test_substrate_interface_waits_for_inclusion_and_finality(wide: Server, alice: Keypair) -> None:
    with SubstrateInterface(url=wide.url) as substrate:
        for options in ({"wait_for_inclusion": True}, {"wait_for_finalization": True}):
            signed = substrate.create_signed_extrinsic(transfer_call(substrate), alice)
            receipt = substrate.submit_extrinsic(signed, **options)
            assert receipt.is_success
            assert receipt.block_hash == substrate.get_chain_head()


def test_substrate_interface_follows_heads_and_storage(wide: Server, node: Node) -> None:
    with SubstrateInterface(url=wide.url) as substrate:
        heads: list[int] = []

        def head(told: Any, _count: int, _id: str) -> Any:
            heads.append(told["header"]["number"])
            if len(heads) == 3:
                return heads
            node.seal()
            return None

        assert substrate.subscribe_block_headers(head) == [0, 1, 2]

        def changed(value: Any, _count: int, _id: str) -> Any:
            if value.value == 6:
                return value.value
            node.seal()
            return None

        assert substrate.query("System", "Number", subscription_handler=changed) == 6


def test_a_round_is_trained_from_another_session(
    address: str, node: Node, split: Split, network: dml.networks.MLP
) -> None:
    with dml.connect(address, store="memory") as session:
        model = session.models.upload(
            network, name="afar", licence="MIT", pool=dml.PoolTerms(amount=1_000)
        )
        training = model.train(
            split.partition(6, seed=1), test=split.test, rounds=1, clients_per_round=3,
            learning_rate=0.2, engine="numpy", seed=7,
        ).wait(120)  # fmt: skip
        assert [r.version for r in training.rounds] == [1]
        claims = training.claim()
        assert {row["client"]: row["claimed"] for row in claims} == training.paid()
        assert session.conserved().ok
        assert session.chain.block_number == node.chain.head.number > 0
        with pytest.raises(DispatchError.named("Pools", "NothingToClaim")):
            model.pool.claim()
        with pytest.raises(TransactionRefused, match="needs tokens"):
            session.as_(session.account("penniless")).pools.get(model.id).fund(1)


def test_two_notebooks_share_one_chain(wide: Server) -> None:
    with (
        dml.connect(wide.url, store="memory") as mine,
        dml.connect(wide.url, store="memory", account="bob") as theirs,
    ):
        model = mine.models.upload(
            dml.networks.softmax(8, 4), name="shared", licence="MIT", pool=dml.PoolTerms(amount=10)
        )
        theirs.pools.get(model.id).fund(5)
        assert theirs.pools.get(model.id).buckets == model.pool.buckets


@pytest.mark.skipif(not shutil.which("node"), reason="node is not installed")
@pytest.mark.skipif(not (POLKADOT_JS / "node_modules").is_dir(), reason=NO_POLKADOT_JS)
def test_polkadot_js_connects_follows_signs_and_reads(wide: Server, node: Node) -> None:
    done = subprocess.run(
        ["node", str(HERE / "transfer.cjs"), wide.url, str(POLKADOT_JS)],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    # polkadot.js warns of methods and types that it misses; here only of what was refused.
    assert [line for line in done.stderr.splitlines() if "1010" not in line] == []
    told = json.loads(done.stdout)
    assert told["chain"] == "DML development"
    assert (told["spec"], told["token"], told["decimals"]) == ("dml", "DML", 12)
    assert told["statuses"] == ["Ready", "InBlock", "Finalized"]
    assert told["heads"] == [0, 1]
    assert told["received"] == str(5 * 10**12)
    assert int(told["fee"]) > 0
    assert told["extrinsics"] == ["timestamp.set", "balances.transferKeepAlive"]
    assert {"balances.Transfer", "system.ExtrinsicSuccess"} <= set(told["events"])
    assert told["accounts"] >= 6
    assert told["nonce"] == 1
    assert told["refused"] == "RequireSudo"
    assert told["invalid"].startswith("1010: Invalid Transaction: Inability to pay some fees")
    assert told["http"] == {"number": 2}
