"""Sending calls: signed, handed to the node, found again in a block."""

from __future__ import annotations

import hashlib
import threading
import time
from binascii import unhexlify
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from dml_sdk.arguments import shown
from dml_sdk.chain.accounts import Account
from dml_sdk.chain.client.calls import Call
from dml_sdk.chain.client.external import ExternalKey
from dml_sdk.chain.client.interface import octets
from dml_sdk.chain.client.keys import KeyPair
from dml_sdk.chain.client.signing import SigningContext, unsigned
from dml_sdk.errors import (
    ChainError,
    ChainUnreachable,
    RpcError,
    SigningRefused,
    TransactionRefused,
    TransactionWaiting,
    UsageError,
)

if TYPE_CHECKING:
    from dml_sdk.chain.client.runtime import Runtime
    from dml_sdk.chain.node import Node

Jobs: TypeAlias = "Sequence[tuple[Call, Account]]"
Ask: TypeAlias = Callable[[str, Sequence[Any]], Any]
"""Makes a JSON-RPC request: method and parameters to result."""

_INCLUSION_SECONDS = 60.0
_POLL_SECONDS = 0.02
_INVALID_TRANSACTION = (1010, 1011, 1012, 1013, 1014, 1015, 1016)
_FEE_BYTES = 16
_HASH_BYTES = 32
_BLOCKS_SEARCHED = 256


@dataclass(frozen=True, slots=True)
class Included:
    """A transaction that is in a block, whatever became of it there.

    Attributes:
        extrinsic_hash: BLAKE2b-256 of the signed extrinsic, "0x…".
        block, block_hash: that it is in.
        index: of the extrinsic in the block.
    """

    extrinsic_hash: str
    block: int
    block_hash: str
    index: int


class Submission:
    """How transactions reach one node.

    Args:
        ask: makes requests to it.
        name: of the node, for messages.
        node: the same if it is in this process, which then puts what is sent into one block.
    """

    def __init__(self, ask: Ask, name: str, node: Node | None) -> None:
        self._ask, self._name, self._node = ask, name, node
        self._turns: dict[str, threading.RLock] = {}

    @contextmanager
    def turn(self, signers: Iterable[Account]) -> Iterator[None]:
        """Until its end, nobody else of this client takes a nonce of those who sign outside.

        A person may take a minute to sign, and meanwhile neither the chain nor anybody else on it
        is kept waiting.
        """
        outside = {signer.address for signer in signers if isinstance(signer.key, ExternalKey)}
        with ExitStack() as held:
            for address in sorted(outside):  # in one order, so that no two wait for each other
                held.enter_context(self._turns.setdefault(address, threading.RLock()))
            yield

    def sign_outside(self, jobs: Jobs, runtime: Runtime) -> dict[int, bytes | SigningRefused]:
        """The extrinsics of those jobs whose signers are outside, in a `turn` of theirs.

        Returns:
            the extrinsic, or why there is none, by the job's index.
        """
        signed: dict[int, bytes | SigningRefused] = {}
        nonces: dict[str, int] = {}
        for i, (call, signer) in enumerate(jobs):
            key = signer.key
            if isinstance(key, KeyPair):
                continue
            if key.address not in nonces:
                nonces[key.address] = self._nonce(key.address)
            nonce, arguments = nonces[key.address], runtime.call_arguments(call.data)
            request = runtime.signing.request(call.data, nonce, key, call.name, arguments)
            try:
                signature = key.sign(request)
            except SigningRefused as e:
                signed[i] = e
                continue
            signed[i] = runtime.signing.signed(call.data, nonce, key, signature)
            nonces[key.address] += 1
        return signed

    def send(
        self,
        jobs: Jobs,
        signing: SigningContext,
        signed: Mapping[int, bytes | SigningRefused],
    ) -> list[Included | ChainError]:
        """Signs and sends calls, in this order, and waits until all are in blocks.

        Args:
            signed: as `sign_outside` gives it.

        Returns:
            for each where it is, or why it is nowhere; one failing stops no other, but those that
            its signer outside has signed after it.

        Raises:
            ChainUnreachable: one was in no block for a minute.
        """
        outcomes: dict[int, Included | ChainError] = {}
        sent: dict[int, str] = {}
        nonces: dict[str, int] = {}
        stopped: set[str] = set()
        newest = self._newest()
        with self._node.one_block() if self._node else nullcontext():
            for i, (call, signer) in enumerate(jobs):
                address, key = signer.address, signer.key
                if isinstance(key, KeyPair):
                    if address not in nonces:
                        nonces[address] = self._nonce(address)
                    extrinsic = signing.sign(call.data, nonces[address], key)
                else:
                    outside = signed[i]
                    if isinstance(outside, SigningRefused):
                        outcomes[i] = outside
                        continue
                    if address in stopped:
                        outcomes[i] = _out_of_order(call, address)
                        continue
                    extrinsic = outside
                try:
                    self._ask("author_submitExtrinsic", ["0x" + extrinsic.hex()])
                except RpcError as e:
                    outcomes[i] = _refused(e, call, address)
                    stopped.add(address)
                    continue
                if address in nonces:
                    nonces[address] += 1
                sent[i] = _hash(extrinsic)
        hashes = list(sent.values())
        if self._node is None:
            included = self._wait(hashes, newest)
        else:
            if self._node.sealing.interval_ms:
                self._await_seal(self._node, hashes)
            included = _placed(self._node, hashes)
        for i, extrinsic_hash in sent.items():
            outcomes[i] = included.get(extrinsic_hash) or self._dropped(jobs[i][0], extrinsic_hash)
        return [outcomes[i] for i in range(len(jobs))]

    def find(self, extrinsic_hash: object) -> Included:
        """Where a transaction is, that was sent at any time and by anybody.

        Raises:
            UsageError: no hash, or in none of the blocks that are looked through.
            TransactionWaiting, ChainError: it is in the pool, or the pool dropped it.
        """
        try:
            key = unhexlify(str(extrinsic_hash).removeprefix("0x"))
            if not isinstance(extrinsic_hash, str) or len(key) != _HASH_BYTES:
                raise ValueError
        except ValueError:
            raise UsageError(
                f"{shown(extrinsic_hash)} is no transaction's hash: give 0x and 64 hexadecimal "
                "digits."
            ) from None
        told = "0x" + key.hex()
        if self._node is None:
            newest = self._newest()
            blocks = range(newest, max(0, newest - _BLOCKS_SEARCHED), -1)
            place = next(filter(None, (self._in_block(n, {told}).get(told) for n in blocks)), None)
            where = f"the newest {len(blocks)} blocks of {self._name}"
        else:
            place, where = _placed(self._node, [told]).get(told), "any block of this chain"
            if place is None:
                refusal = self._node.refusal(key)
                if refusal is not None:
                    raise refusal
                if self._node.waits(key):
                    raise TransactionWaiting("The transaction", told)
        if place is None:
            raise UsageError(f"There is no transaction {told} in {where}.")
        return place

    def fee(self, call: Call, signer: Account) -> int:
        """What a call would cost its signer, planck, asked of the runtime."""
        extrinsic = unsigned(call.data, self._nonce(signer.address), signer.key)
        argument = extrinsic + len(extrinsic).to_bytes(4, "little")
        told = self._ask("state_call", ["TransactionPaymentApi_query_info", "0x" + argument.hex()])
        # The fee is the last field of the RuntimeDispatchInfo.
        return int.from_bytes((octets(told) or b"")[-_FEE_BYTES:], "little")

    def _nonce(self, address: str) -> int:
        return int(self._ask("system_accountNextIndex", [address]))

    def _newest(self) -> int:
        return int(self._ask("chain_getHeader", [])["number"], 16)

    def _wait(self, hashes: Sequence[str], number: int) -> dict[str, Included]:
        """Where a node elsewhere puts each transaction, in the blocks after one."""
        found: dict[str, Included] = {}
        waiting = set(hashes)
        deadline = time.monotonic() + _INCLUSION_SECONDS
        while waiting:
            if number >= self._newest():
                if time.monotonic() > deadline:
                    raise self._late(len(waiting))
                time.sleep(_POLL_SECONDS)
                continue
            number += 1
            here = self._in_block(number, waiting)
            waiting -= here.keys()
            found |= here
        return found

    def _in_block(self, number: int, hashes: Set[str]) -> dict[str, Included]:
        """Those of some transactions that a block holds."""
        block_hash = str(self._ask("chain_getBlockHash", [number]))
        extrinsics = self._ask("chain_getBlock", [block_hash])["block"]["extrinsics"]
        told = [_hash(bytes.fromhex(raw[2:])) for raw in extrinsics]
        return {
            each: Included(each, number, block_hash, index)
            for index, each in enumerate(told)
            if each in hashes
        }

    def _await_seal(self, node: Node, hashes: Sequence[str]) -> None:
        """Waits until a node that seals by the clock has put each into a block, or dropped it."""
        # It is asked rather than watched: a watcher may wait for the lock that is held meanwhile.
        waiting = [bytes.fromhex(told[2:]) for told in hashes]
        deadline = time.monotonic() + _INCLUSION_SECONDS + (node.sealing.interval_ms or 0) / 1000
        while waiting := [each for each in waiting if node.waits(each)]:
            if time.monotonic() > deadline:
                raise self._late(len(waiting))
            time.sleep(_POLL_SECONDS)

    def _late(self, count: int) -> ChainUnreachable:
        return ChainUnreachable(
            f"{self._name} put {count} transaction(s) into no block within "
            f"{_INCLUSION_SECONDS:.0f} s. They may still enter one: look before sending them again."
        )

    def _dropped(self, call: Call, extrinsic_hash: str) -> ChainError:
        if self._node is not None:
            key = bytes.fromhex(extrinsic_hash[2:])
            known = self._node.refusal(key)
            if known is not None:
                return known
            if self._node.waits(key):
                return TransactionWaiting(call.name, extrinsic_hash)
        return TransactionRefused(
            f"{call.name} was dropped by {self._name} before it entered a block. Nothing changed; "
            "send it again."
        )


def _placed(node: Node, hashes: Sequence[str]) -> dict[str, Included]:
    """Where the node in this process put each transaction; those in no block are left out."""
    found: dict[str, Included] = {}
    for told in hashes:
        place = node.inclusion(bytes.fromhex(told[2:]))
        if place:
            number, block_hash, index = place
            found[told] = Included(told, number, "0x" + block_hash.hex(), index)
    return found


def _hash(extrinsic: bytes) -> str:
    return "0x" + hashlib.blake2b(extrinsic, digest_size=32).hexdigest()


def _out_of_order(call: Call, address: str) -> TransactionRefused:
    return TransactionRefused(
        f"{call.name} by {address} was not sent: it is signed to come after one that was not "
        "accepted. Nothing changed, no fee was paid. Submit it again, to be signed anew."
    )


def _refused(error: RpcError, call: Call, address: str) -> ChainError:
    if error.code not in _INVALID_TRANSACTION:
        return error
    why = error.data or error.args[0]
    return TransactionRefused(
        f"{call.name} by {address} was not accepted: {why}. Nothing changed, no fee was paid. "
        "If it is about fees, the account needs tokens first."
    )
