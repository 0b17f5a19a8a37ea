"""Proofs of what a state holds, for somebody who knows nothing of the chain but the state's root.

A proof is the nodes of the trie on the way to each key, and the long values at the ends. Whoever
checks it hashes from the root down, so that nothing in a proof is taken on trust.

Source: Polkadot protocol specification, "Merkle Proof"; `state_getReadProof` of the reference node.
"""

from __future__ import annotations

from collections.abc import Iterable

from dml_sdk.chain.node.hashing import blake2_256
from dml_sdk.chain.node.nodes import EMPTY, HASH_LENGTH, Encoded, Node, decode, nibbles
from dml_sdk.chain.node.scale import ScaleError
from dml_sdk.chain.node.trie import Trie
from dml_sdk.errors import ProofInvalid, UsageError


def prove(state: Trie, keys: Iterable[bytes]) -> list[bytes]:
    """What proves to a reader of the state's root what is at each key, or that nothing is.

    Returns:
        encoded nodes and values over 32 bytes, each once, in the order of their bytes.
    """
    version, proof = state.version, set()
    if state.node is None:
        return [EMPTY]
    for key in keys:
        path, at, node = nibbles(key), 0, state.node
        proof.add(node.encode(version))
        while path.startswith(node.partial, at):
            at += len(node.partial)
            if at == len(path):
                value = node.long_value(version)
                if value is not None:
                    proof.add(value)
                break
            child = _below(node, path[at])
            if child is None:
                break
            node, at = child, at + 1
            if len(node.reference(version)) > HASH_LENGTH:  # else it stands in its parent
                proof.add(node.encode(version))
    return sorted(proof)


def verify(root: bytes, proof: Iterable[bytes], keys: Iterable[bytes]) -> dict[bytes, bytes | None]:
    """What a state holds at each key, None where nothing; the proof may come from anybody.

    Nodes that no key needs are passed over, so one proof serves for any of its keys.

    Args:
        root: the state root, as a header that you trust has it.
        proof: as `prove` or any network node's `state_getReadProof` gives it.

    Raises:
        ProofInvalid: the proof does not lead from the root to one of the keys.
        UsageError: a root that is not 32 bytes, or what are no bytes.
    """
    nodes, wanted = list(proof or ()), list(keys)
    if not isinstance(root, bytes) or len(root) != HASH_LENGTH:
        raise UsageError("A state root is 32 bytes; of text, bytes.fromhex(…) makes them.")
    if not all(isinstance(each, bytes) for each in (*nodes, *wanted)):
        raise UsageError(
            "Nodes of a proof and keys are bytes, which bytes.fromhex(…) makes of text."
        )
    known = {blake2_256(node): node for node in nodes}
    return {key: _value(root, known, key) for key in wanted}


def _value(root: bytes, known: dict[bytes, bytes], key: bytes) -> bytes | None:
    path, at, name = nibbles(key), 0, root
    node: Encoded | None = _node(name, known, key)
    while node is not None and path.startswith(node.partial, at):
        at += len(node.partial)
        if at == len(path):
            return node.value if node.value_hash is None else _found(node.value_hash, known, key)
        below = None if node.children is None else node.children[path[at]]
        node = None if below is None else _node(below, known, key)
        at += 1
    return None


def _node(name: bytes, known: dict[bytes, bytes], key: bytes) -> Encoded | None:
    """The node that its parent names: by its hash, or by itself when it is short."""
    data = _found(name, known, key) if len(name) == HASH_LENGTH else name
    if data == EMPTY:
        return None
    try:
        return decode(data)
    except ScaleError as error:
        raise ProofInvalid(
            f"On the way to the key 0x{key.hex()} the proof has what is no node: {error} "
            "Ask another node for a proof."
        ) from error


def _found(name: bytes, known: dict[bytes, bytes], key: bytes) -> bytes:
    try:
        return known[name]
    except KeyError:
        raise ProofInvalid(
            f"The proof does not lead to the key 0x{key.hex()}: what hashes to 0x{name.hex()} is "
            "missing, or was altered. Ask again with this key, or ask another node."
        ) from None


def _below(node: Node, place: int) -> Node | None:
    return None if node.children is None else node.children[place]
