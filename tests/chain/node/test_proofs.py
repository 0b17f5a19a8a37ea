"""Proofs of what a state holds: of all that is there and is not, and of nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from dml_sdk.chain.node import Node
from dml_sdk.chain.node.hashing import storage_key
from dml_sdk.chain.node.nodes import decode
from dml_sdk.chain.node.proofs import prove, verify
from dml_sdk.chain.node.scale import ScaleError
from dml_sdk.chain.node.trie import Trie, build
from dml_sdk.errors import ChainCorrupt, ProofInvalid, RpcError, UsageError
from tests.peers import NO_OMNI_NODE, OMNI_NODE

from .test_network_node import NetworkNode, network  # noqa: F401 - a fixture
from .test_trie import keys, values

states = st.dictionaries(keys, values, max_size=40)


@settings(deadline=None)
@given(states, st.lists(keys, max_size=5), st.sampled_from([0, 1]))
def test_what_is_there_and_what_is_not_is_proved(
    items: dict[bytes, bytes], others: list[bytes], version: int
) -> None:
    state = build(items.items(), version)
    asked = [*list(items)[:10], *others]
    proof = prove(state, asked)
    assert verify(state.root, proof, asked) == {key: items.get(key) for key in asked}
    assert proof == sorted(set(proof))


@settings(deadline=None)
@given(states, keys, st.sampled_from([0, 1]), st.data())
def test_a_proof_that_lacks_a_node_or_has_another_one_is_refused(
    items: dict[bytes, bytes], key: bytes, version: int, data: st.DataObject
) -> None:
    state = build(items.items(), version)
    if items and data.draw(st.booleans()):
        key = data.draw(st.sampled_from(sorted(items)))
    proof = prove(state, [key])
    index = data.draw(st.integers(0, len(proof) - 1))
    with pytest.raises(ProofInvalid, match="missing, or was altered"):
        verify(state.root, proof[:index] + proof[index + 1 :], [key])
    altered = bytearray(proof[index])
    if altered:
        altered[data.draw(st.integers(0, len(altered) - 1))] ^= data.draw(st.integers(1, 255))
    with pytest.raises(ProofInvalid):
        verify(state.root, [*proof[:index], bytes(altered), *proof[index + 1 :], b"x"], [key])


@settings(deadline=None)
@given(states, keys, states)
def test_a_proof_of_another_state_proves_nothing(
    items: dict[bytes, bytes], key: bytes, others: dict[bytes, bytes]
) -> None:
    assume(items != others)
    with pytest.raises(ProofInvalid):
        verify(build(items.items(), 1).root, prove(build(others.items(), 1), [key]), [key])


@given(st.binary(max_size=80))
def test_bytes_that_are_no_node_are_refused_in_words(data: bytes) -> None:
    try:
        decode(data)
    except ScaleError:
        if data != b"\0":
            with pytest.raises(ProofInvalid, match="no node"):
                verify(Trie(1).root if data == b"\0" else _hash(data), [data], [b"key"])


@pytest.mark.parametrize(
    ("root", "proof", "keys"),
    [
        (b"\0", [], [b":code"]),
        (bytes([0x42, 0x61, 0x04, 0x2A]), [], [b"a"]),
        ("00" * 32, [], [b"a"]),
        (bytes(32), ["00"], [b"a"]),
        (bytes(32), [], ["a"]),
    ],
)
def test_what_is_no_root_node_or_key_proves_nothing(root: Any, proof: Any, keys: Any) -> None:
    with pytest.raises(UsageError, match="bytes"):
        verify(root, proof, keys)


def _hash(data: bytes) -> bytes:
    from dml_sdk.chain.node.hashing import blake2_256

    return blake2_256(data)


@settings(deadline=None)
@given(states, states, st.sampled_from([0, 1]))
def test_what_a_source_lacks_of_a_newer_state_is_all_that_it_needs(
    first: dict[bytes, bytes], second: dict[bytes, bytes], version: int
) -> None:
    older = build(first.items(), version)
    changes: dict[bytes, bytes | None] = dict.fromkeys(list(first)[::2])
    newer = older.update(changes | second)
    stored = dict(older.nodes_from(Trie(version)))
    added = dict(newer.nodes_from(older))
    assert all(_hash(data) == name for name, data in (stored | added).items())
    found = Trie.stored(newer.root, version, (stored | added).__getitem__)
    assert dict(found.items()) == dict(newer.items())
    assert found.update({b"\x10": b"x" * 40}).root == newer.update({b"\x10": b"x" * 40}).root
    # From states that were found again, as from those that were made.
    again = Trie.stored(older.root, version, stored.__getitem__)
    assert dict(found.nodes_from(again)) == added
    assert found.changes_from(again) == newer.changes_from(older.update({}))


def test_a_source_that_gives_no_node_is_refused_in_words() -> None:
    state = Trie.stored(bytes(32), 1, lambda _: b"\x01\x02")
    with pytest.raises(ChainCorrupt, match="no node"):
        state.get(b"key")


def asked_of_the_chain(node: Node) -> list[str]:
    present = [key for key, _ in node.chain.genesis.state.items()][::5]
    absent = [b"&", storage_key("System", "Nothing"), present[0] + b"\0", b""]
    return ["0x" + key.hex() for key in (*present, b":code", *absent)]


def test_a_node_proves_what_it_tells(node: Node) -> None:
    node.seal()
    for at in (node.chain.genesis, node.chain.head):
        asked = asked_of_the_chain(node)
        told: Any = node.rpc("state_getReadProof", [asked, "0x" + at.hash.hex()])
        assert told["at"] == "0x" + at.hash.hex()
        proof = [bytes.fromhex(each[2:]) for each in told["proof"]]
        keys_asked = [bytes.fromhex(key[2:]) for key in asked]
        found = verify(at.header.state_root, proof, keys_asked)
        assert found == {key: at.state.get(key) for key in keys_asked}


def test_proofs_of_too_many_keys_and_of_unknown_blocks_are_refused(node: Node) -> None:
    for params, code in (
        ([["0x00"] * 1001], 4002), ([["0x0"]], -32602), ([["0x00"], "0x" + "17" * 32], 4003),
    ):  # fmt: skip
        with pytest.raises(RpcError) as refused:
            node.rpc("state_getReadProof", params)
        assert refused.value.code == code


@pytest.mark.skipif(not OMNI_NODE, reason=NO_OMNI_NODE)
def test_a_network_node_gives_the_same_proof(node: Node, network: NetworkNode) -> None:  # noqa: F811
    genesis = node.rpc("chain_getBlockHash", [0])
    for keys_asked in ([key] for key in asked_of_the_chain(node)):
        ours: Any = node.rpc("state_getReadProof", [keys_asked, genesis])
        theirs = network.rpc("state_getReadProof", [keys_asked, genesis])
        assert theirs["at"] == ours["at"]
        assert sorted(theirs["proof"]) == sorted(ours["proof"])


def test_a_state_that_is_no_longer_kept_is_the_error_of_a_network_node(tmp_path: Path) -> None:
    for path in (None, tmp_path / "chain.db"):
        node = Node(path=path, pruning=3)
        hashes = [node.seal().hash for _ in range(10)]
        for method, params in (
            ("state_getStorage", ["0x26"]), ("state_getReadProof", [["0x26"]]),
            ("state_getKeysPaged", ["0x", 1, None]), ("state_getMetadata", []),
        ):  # fmt: skip
            node.rpc(method, [*params, "0x" + hashes[-3].hex()])
            with pytest.raises(RpcError, match="State already discarded") as refused:
                node.rpc(method, [*params, "0x" + hashes[-4].hex()])
            assert refused.value.code == 4003
        assert node.rpc("chain_getBlock", ["0x" + hashes[0].hex()])
        node.close()
