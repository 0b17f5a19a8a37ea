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
_INVALID, _OUTBID = 1010, 1014
_OUTDATED = "Transaction is outdated"
_TRIES = 32
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

        Where another client of a signer's account took the nonce meanwhile, and what was signed
        under it entered no block, it is signed again with the next one; not what was signed
        outside, since a person would be asked again.

        Args:
            signed: as `sign_outside` gives it.

        Returns:
            for each where it is, or why it is nowhere; one failing stops no other, but those that
            its signer outside has signed after it.

        Raises:
            ChainUnreachable: one was in no block for a minute.
        """
        outcomes: dict[int, Included | ChainError] = {}
        left = dict(enumerate(jobs))
        for _ in range(_TRIES):
            told, overtaken = self._send_once(left, signing, signed)
            outcomes |= told
            left = {i: jobs[i] for i in sorted(overtaken)}
            if not left:
                break
        return [outcomes[i] for i in range(len(jobs))]

    def _send_once(
        self,
        jobs: Mapping[int, tuple[Call, Account]],
        signing: SigningContext,
        signed: Mapping[int, bytes | SigningRefused],
    ) -> tuple[dict[int, Included | ChainError], set[int]]:
        """`send`, once; and which of them were outbid in the pool and will enter no block."""
        outcomes: dict[int, Included | ChainError] = {}
        sent: dict[int, str] = {}
        nonces: dict[str, int] = {}
        under: dict[str, tuple[KeyPair, int]] = {}
        stopped: set[str] = set()
        newest = self._newest()
        with self._node.one_block() if self._node else nullcontext():
            for i, (call, signer) in jobs.items():
                address, key = signer.address, signer.key
                if isinstance(key, KeyPair):
                    try:
                        sent[i] = self._sign_and_hand_in(call, key, signing, nonces, newest)
                    except TransactionRefused as e:
                        outcomes[i] = e
                    except RpcError as e:
                        outcomes[i] = _refused(e, call, address)
                    else:
                        under[sent[i]] = key, nonces[address] - 1
                    continue
                outside = signed[i]
                if isinstance(outside, SigningRefused):
                    outcomes[i] = outside
                    continue
                if address in stopped:
                    outcomes[i] = _out_of_order(call, address)
                    continue
                try:
                    self._hand_in(outside)
                except RpcError as e:
                    outcomes[i] = _refused(e, call, address)
                    stopped.add(address)
                    continue
                sent[i] = _hash(outside)
        hashes, waiting = list(sent.values()), set[str]()
        if self._node is None:
            included = self._wait(hashes, newest, under)
        else:
            if self._node.sealing.interval_ms:
                self._await_seal(self._node, hashes)
            included, waiting = _placed(self._node, hashes)
        for i, told in sent.items():
            name = jobs[i][0].name
            if told in waiting:
                outcomes[i] = TransactionWaiting(name, told)
            else:
                outcomes[i] = included.get(told) or self._dropped(name, told)
        outbid = {
            i
            for i, told in sent.items()
            if told not in included and told not in waiting and told in under
            if self._is_taken(*under[told])
        }
        return outcomes, outbid

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
            included, waiting = _placed(self._node, [told])
            if told in waiting:
                raise TransactionWaiting("The transaction", told)
            place, where = included.get(told), "any block of this chain"
            refusal = self._node.refusal(key)
            if place is None and refusal is not None:
                raise refusal
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

    def _sign_and_hand_in(
        self,
        call: Call,
        key: KeyPair,
        signing: SigningContext,
        nonces: dict[str, int],
        newest: int,
    ) -> str:
        """Signs a call and hands it to the node: its hash.

        Args:
            nonces: the next of each account, as far as it was asked for; this one's is kept.
            newest: the block before any that it can be in.

        Raises:
            RpcError: the node refused it.
            TransactionRefused: the very same is in a block already.
        """
        address = key.address
        for left in reversed(range(_TRIES)):
            if address not in nonces:
                nonces[address] = self._nonce(address)
            extrinsic = signing.sign(call.data, nonces[address], key)
            try:
                self._hand_in(extrinsic)
            except RpcError as e:
                if not left or not _is_overtaken(e):
                    raise
                if self._entered(_hash(extrinsic), newest):
                    raise _twice(call, address, _hash(extrinsic)) from e
                del nonces[address]
                continue
            nonces[address] += 1
            break
        return _hash(extrinsic)

    def _hand_in(self, extrinsic: bytes) -> None:
        self._ask("author_submitExtrinsic", ["0x" + extrinsic.hex()])

    def _entered(self, extrinsic_hash: str, after: int) -> bool:
        """Whether a transaction is in a block after one."""
        return any(
            self._in_block(number, {extrinsic_hash})
            for number in range(after + 1, self._newest() + 1)
        )

    def _nonce(self, address: str) -> int:
        return int(self._ask("system_accountNextIndex", [address]))

    def _newest(self) -> int:
        return int(self._ask("chain_getHeader", [])["number"], 16)

    def _is_taken(self, key: KeyPair, nonce: int, at: str | None = None) -> bool:
        """Whether a block, the newest by default, or one before it has a transaction of a nonce."""
        asked = ["AccountNonceApi_account_nonce", "0x" + key.account_id.hex()]
        told = self._ask("state_call", [*asked, *([at] if at else [])])
        return int.from_bytes(octets(told) or b"", "little") > nonce

    def _wait(
        self, hashes: Sequence[str], number: int, under: Mapping[str, tuple[KeyPair, int]]
    ) -> dict[str, Included]:
        """Where a node elsewhere puts each transaction, in the blocks after one.

        Args:
            under: whose they are and their nonces, as far as they were signed here; one is waited
                for no longer when a block has another of its nonce.
        """
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
            found |= here
            waiting -= here.keys()
            if waiting:
                at = str(self._ask("chain_getBlockHash", [number]))
                waiting -= {w for w in waiting & under.keys() if self._is_taken(*under[w], at)}
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

    def _dropped(self, name: str, extrinsic_hash: str) -> ChainError:
        if self._node is not None:
            known = self._node.refusal(bytes.fromhex(extrinsic_hash[2:]))
            if known is not None:
                return known
        return TransactionRefused(
            f"{name} was dropped by {self._name} before it entered a block. Nothing changed; "
            "send it again."
        )


def _placed(node: Node, hashes: Sequence[str]) -> tuple[dict[str, Included], set[str]]:
    """Where the node in this process put each transaction, and which of them wait in its pool.

    What leaves the pool for a block is in the block first, and somebody may seal one meanwhile: so
    the pool is looked at before the blocks, or a transaction might be seen in neither.
    """
    waiting = {told for told in hashes if node.waits(bytes.fromhex(told[2:]))}
    found: dict[str, Included] = {}
    for told in set(hashes) - waiting:
        place = node.inclusion(bytes.fromhex(told[2:]))
        if place:
            number, block_hash, index = place
            found[told] = Included(told, number, "0x" + block_hash.hex(), index)
    return found, waiting


def _hash(extrinsic: bytes) -> str:
    return "0x" + hashlib.blake2b(extrinsic, digest_size=32).hexdigest()


def _is_overtaken(error: RpcError) -> bool:
    """Whether a transaction was refused for a nonce that another of the same account has."""
    told = f"{error.args[0]} {error.data or ''}"
    return error.code == _OUTBID or (error.code == _INVALID and _OUTDATED in told)


def _twice(call: Call, address: str, extrinsic_hash: str) -> TransactionRefused:
    return TransactionRefused(
        f"{call.name} by {address} is in a block already, as {extrinsic_hash}: another session of "
        "the account sent the very same, or the node's answer was lost. chain.receipt(…) tells "
        "what it did; look before sending it again."
    )


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
