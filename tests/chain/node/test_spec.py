from __future__ import annotations

import json

from dml_sdk.chain.node import Node
from dml_sdk.chain.node.spec import raw_chain_spec
from dml_sdk.chain.node.trie import build


def test_a_chain_spec_holds_the_genesis_state_key_by_key(node: Node) -> None:
    spec = json.loads(json.dumps(raw_chain_spec(node)))
    top = spec["genesis"]["raw"]["top"]
    items = [(bytes.fromhex(key[2:]), bytes.fromhex(value[2:])) for key, value in top.items()]
    assert build(items, 1).root == node.chain.genesis.header.state_root
    assert dict(items)[b":code"] == node.runtime().code


def test_a_chain_spec_is_of_the_first_block_however_far_the_chain_is(node: Node) -> None:
    before = raw_chain_spec(node)
    node.seal()
    assert raw_chain_spec(node) == before


def test_a_chain_spec_says_what_a_network_node_asks_for(node: Node) -> None:
    spec = raw_chain_spec(node)
    assert (spec["relay_chain"], spec["para_id"]) == ("dev", 1000)
    assert spec["properties"] == node.rpc("system_properties")
