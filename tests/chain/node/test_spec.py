"""The embedded chain as a specification that network nodes start from."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from substrateinterface import Keypair

from dml_sdk.chain.node import Node
from dml_sdk.chain.node.hashing import storage_key
from dml_sdk.chain.node.peer import Peer
from dml_sdk.chain.node.replay import replay
from dml_sdk.chain.node.spec import beginning, genesis_items, plain_chain_spec, raw_chain_spec
from dml_sdk.chain.node.trie import build
from dml_sdk.cli import main
from dml_sdk.errors import UsageError
from tests.chain.node.conftest import InProcess, Sign, transfer_call
from tests.peers import NO_OMNI_NODE, OMNI_NODE, omni_node
from tests.waiting import until

needs_omni_node = pytest.mark.skipif(not OMNI_NODE, reason=NO_OMNI_NODE)


def test_a_chain_spec_holds_the_genesis_state_key_by_key(node: Node) -> None:
    items = genesis_items(json.loads(json.dumps(raw_chain_spec(node))))
    assert build(items.items(), 1).root == node.chain.genesis.header.state_root
    assert items[b":code"] == node.runtime().code


def test_a_chain_spec_is_of_the_first_block_however_far_the_chain_is(node: Node) -> None:
    before = raw_chain_spec(node)
    node.seal()
    assert raw_chain_spec(node) == before


def test_a_chain_spec_says_what_a_network_node_asks_for(node: Node) -> None:
    spec = raw_chain_spec(node)
    assert (spec["relay_chain"], spec["para_id"]) == ("dev", 1000)
    assert spec["properties"] == node.rpc("system_properties")


def test_a_chain_spec_of_a_later_block_holds_all_but_what_is_of_blocks(
    node: Node, sign: Sign
) -> None:
    node.submit(sign())
    node.seal()
    spec = raw_chain_spec(node, at=1)
    assert spec["id"] == "dml_development_from_1"
    block = node.chain.by_number(1)
    assert block is not None
    items = genesis_items(spec)
    assert build(items.items(), 1).root == beginning(node, 1).root
    system = storage_key("System", "Number")[:16]
    others = [(key, value) for key, value in block.state.items() if key[:16] != system]
    assert others == [(key, items.get(key)) for key, _ in others]
    accounts = list(block.state.keys(storage_key("System", "Account")))
    assert accounts and all(items[key] == block.state.get(key) for key in accounts)
    assert storage_key("System", "Number") not in items
    with pytest.raises(UsageError, match="No block 3 is"):
        raw_chain_spec(node, at=3)


def test_a_plain_spec_says_what_a_person_wants_to_change(node: Node) -> None:
    spec: Any = plain_chain_spec()
    start = spec.pop("genesis")["runtimeGenesis"]
    raw = raw_chain_spec(node)
    raw.pop("genesis")
    assert spec == raw
    assert bytes.fromhex(start["code"][2:]) == node.runtime().code
    assert [len(start["patch"]["balances"]["balances"]), *start["patch"]] == [
        6, "balances", "sudo",
    ]  # fmt: skip
    with pytest.raises(UsageError, match="no preset 'moon'"):
        plain_chain_spec("moon")


@needs_omni_node
@pytest.mark.parametrize("make", [raw_chain_spec, lambda node: plain_chain_spec()])
def test_a_network_node_starts_the_same_chain_from_either_form(
    node: Node, tmp_path: Path, make: Callable[[Node], dict[str, object]]
) -> None:
    with omni_node(tmp_path, make(node)) as address:
        genesis = Peer(f"http://{address}").ask("chain_getBlockHash", 0)
    assert genesis == "0x" + node.chain.genesis.hash.hex()


@needs_omni_node
def test_a_chain_goes_on_in_a_network_node_from_where_it_was(
    node: Node, client: InProcess, sign: Sign, tmp_path: Path
) -> None:
    digest = "0x" + "11" * 32
    register = client.compose_call("Models", "register", {
        "location": {"Cid": "bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy"},
        "hash": digest, "name": "2nn", "licence": "MIT", "metadata_hash": digest,
    })  # fmt: skip
    node.submit(sign(register))
    node.submit(sign(nonce=1))
    head = node.chain.head
    models = "0x" + storage_key("Models", "Models").hex()
    with omni_node(tmp_path, raw_chain_spec(node, at=head.number)) as address:
        there = Peer(f"http://{address}")
        genesis = there.ask("chain_getHeader", there.ask("chain_getBlockHash", 0))
        assert genesis["stateRoot"] == "0x" + beginning(node, head.number).root.hex()
        keys = there.ask("state_getKeysPaged", models, 10)
        assert keys and keys == node.rpc("state_getKeysPaged", [models, 10])

        class There(InProcess):
            def rpc_request(self, method: str, params: Any, _: Any = None) -> dict[str, Any]:
                return {"jsonrpc": "2.0", "id": 1, "result": there.ask(method, *params)}

        abroad = There(node)
        alice = Keypair.create_from_uri("//Alice", ss58_format=42)
        signed = abroad.create_signed_extrinsic(transfer_call(abroad), alice, nonce=2)
        there.ask("author_submitExtrinsic", "0x" + bytes(signed.data.data).hex())
        until(
            lambda: there.ask("chain_getHeader")["number"] != "0x0",
            "the network node sealed a block",
        )
        assert abroad.query("System", "Account", [alice.ss58_address]).value["nonce"] == 3
        assert replay(f"http://{address}").blocks == 1


# --- the command ------------------------------------------------------------------------------


def test_the_command_prints_the_raw_form(node: Node, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["chain-spec"]) == 0
    assert json.loads(capsys.readouterr().out) == raw_chain_spec(node)


def test_the_command_writes_a_file_and_tells_of_it(
    node: Node, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "spec.json"
    assert (
        main(["chain-spec", "--plain", "--preset", "local_testnet", "-o", str(file), "--json"]) == 0
    )
    told = json.loads(capsys.readouterr().out)
    assert json.loads(file.read_text()) == plain_chain_spec("local_testnet")
    assert (told["file"], told["form"]) == (str(file), "plain")
    assert told["genesis_state_root"] == "0x" + node.chain.genesis.header.state_root.hex()


def test_the_command_goes_on_from_a_kept_chain(
    tmp_path: Path, sign: Sign, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = Node(path=tmp_path / "chain.db")
    kept.submit(sign())
    kept.seal()
    expected = [raw_chain_spec(kept, at=at) for at in (2, 1)]
    kept.close()
    for arguments, spec in (([], expected[0]), (["--block", "1"], expected[1])):
        assert main(["chain-spec", "--path", str(tmp_path), *arguments]) == 0
        assert json.loads(capsys.readouterr().out) == spec


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["--preset", "moon"], "no preset 'moon'"),
        (["--path", "nowhere"], "no chain in the path that was given"),
        (["--block", "3"], "--path"),
        (["--json"], "-o FILE"),
        (["-o", "/nowhere/at/all"], "cannot be written"),
    ],
)
def test_the_command_refuses_what_cannot_be_meant(
    arguments: list[str], why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["chain-spec", *arguments]) == 1
    told = capsys.readouterr()
    assert why in told.err + told.out
