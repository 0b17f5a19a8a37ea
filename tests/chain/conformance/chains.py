"""Chains as their nodes tell of them over JSON-RPC, to be compared."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from dml_sdk.chain.node import Clock, Node
from dml_sdk.chain.node.hashing import storage_key
from dml_sdk.chain.node.scale import Reader
from dml_sdk.errors import RpcError

CODE = "0x" + b":code".hex()
EVENTS = "0x" + storage_key("System", "Events").hex()
_NOW = "0x" + storage_key("Timestamp", "Now").hex()
_KEYS_AT_ONCE = 500
_SIGNED = 0x80


class Peer(Protocol):
    """A node that can be asked and handed transactions."""

    def rpc(self, method: str, params: Sequence[Any] = ()) -> Any: ...

    def submit(self, extrinsic: bytes) -> object:
        """Hand in a transaction; returns once it is in a block."""
        ...

    def submit_together(self, extrinsics: Sequence[bytes]) -> object:
        """Hand in one sender's transactions, in order; returns once they are in one block."""
        ...


@dataclass(frozen=True, slots=True)
class Told:
    """A block as a node tells of it.

    Attributes:
        time_ms: the chain's time in it; 0 in the first block.
        signed: its signed extrinsics, by their index.
        storage: the state after it without the runtime's code, value by key, in hexadecimal.
    """

    number: int
    hash: str
    time_ms: int
    signed: dict[int, bytes]
    storage: dict[str, str]


def chain_of(peer: Peer) -> list[Told]:
    """Every block, from the first to the newest."""
    newest = int(peer.rpc("chain_getHeader")["number"], 16)
    return [_block(peer, number) for number in range(newest + 1)]


def _block(peer: Peer, number: int) -> Told:
    block_hash = peer.rpc("chain_getBlockHash", [number])
    told = peer.rpc("chain_getBlock", [block_hash])["block"]["extrinsics"]
    extrinsics = [bytes.fromhex(each[2:]) for each in told]
    storage = storage_of(peer, block_hash)
    time_ms = int.from_bytes(bytes.fromhex(storage.get(_NOW, "0x")[2:]), "little")
    signed = {at: x for at, x in enumerate(extrinsics) if Reader(x).vec()[0] & _SIGNED}
    return Told(number, block_hash, time_ms, signed, storage)


def storage_of(peer: Peer, block_hash: str) -> dict[str, str]:
    """The state after a block without the runtime's code, value by key, in hexadecimal."""
    keys = [key for key in _keys(peer, block_hash) if key != CODE]
    ((told),) = peer.rpc("state_queryStorageAt", [keys, block_hash])
    return {key: value for key, value in told["changes"] if value is not None}


def _keys(peer: Peer, block_hash: str) -> Iterator[str]:
    last: str | None = None
    while True:
        page = peer.rpc("state_getKeysPaged", ["0x", _KEYS_AT_ONCE, last, block_hash])
        yield from page
        if len(page) < _KEYS_AT_ONCE:
            return
        last = page[-1]


def following(chain: Sequence[Told]) -> Node:
    """A new embedded node that was given the same transactions at the same times."""
    clock = Clock()
    clock.freeze()
    node = Node(clock=clock)
    for block in chain[1:]:
        clock.set(block.time_ms)
        if not block.signed:
            node.seal()
            continue
        with node.one_block():
            for extrinsic in block.signed.values():
                node.submit(extrinsic)
    return node


def refusal(peer: Peer, method: str, params: Sequence[Any]) -> int:
    """The code of the error that a request must end in."""
    try:
        told = peer.rpc(method, params)
    except RpcError as refused:
        return refused.code
    raise AssertionError(f"{method} was not refused: {told}")


class InThisProcess:
    """The embedded node, asked as others are."""

    def __init__(self, node: Node) -> None:
        self.node = node

    def rpc(self, method: str, params: Sequence[Any] = ()) -> Any:
        return self.node.rpc(method, params)

    def submit(self, extrinsic: bytes) -> object:
        return self.node.submit(extrinsic)

    def submit_together(self, extrinsics: Sequence[bytes]) -> object:
        with self.node.one_block():
            return [self.node.submit(each) for each in extrinsics]
