"""Transactions that wait for a block.

A transaction is ready when every tag it requires is provided by another ready one; until then it
waits. The tags of a signed transaction are (account, nonce), from which nonce order follows.

Source: the transaction pool of the reference node (sc-transaction-pool), without gossip.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from dml_sdk.chain.node.validity import ALREADY_IMPORTED, POOL_FULL, TOO_LOW_PRIORITY, Validity
from dml_sdk.errors import RpcError

CAPACITY = 8192
"""How many transactions wait at most."""


@dataclass(frozen=True, slots=True)
class Transaction:
    """A valid transaction.

    Attributes:
        hash: blake2-256 of `extrinsic`.
        extrinsic: with its length before it.
        valid_until: the last block that it may be in.
        holder: who keeps it back until a shared block is complete; None for nobody.
        arrival: counted up as they come.
    """

    hash: bytes
    extrinsic: bytes
    validity: Validity
    valid_until: int
    holder: object | None
    arrival: int = 0


class Pool:
    """The waiting transactions. Guarded by the node's lock."""

    def __init__(self) -> None:
        self._by_hash: dict[bytes, Transaction] = {}
        self._provider: dict[bytes, Transaction] = {}
        self._arrivals = 0

    def __len__(self) -> int:
        return len(self._by_hash)

    def __contains__(self, transaction_hash: bytes) -> bool:
        return transaction_hash in self._by_hash

    def __iter__(self) -> Iterator[Transaction]:
        return iter(tuple(self._by_hash.values()))

    def provides(self, tag: bytes) -> bool:
        """Whether a waiting transaction provides `tag`."""
        return tag in self._provider

    def refuse_known(self, transaction_hash: bytes) -> None:
        """Refuse what is here already.

        Raises:
            RpcError: it is (1013).
        """
        if transaction_hash in self._by_hash:
            raise RpcError(
                ALREADY_IMPORTED, "Transaction is already imported", "0x" + transaction_hash.hex()
            )

    def add(self, transaction: Transaction) -> None:
        """Take a transaction in, in the place of those that it outbids.

        Raises:
            RpcError: it is here already (1013), provides what another of at least its priority
                provides (1014), or the pool is full (1016).
        """
        self.refuse_known(transaction.hash)
        tags = transaction.validity.provides
        rivals = {
            self._provider[tag].hash: self._provider[tag] for tag in tags & self._provider.keys()
        }
        for rival in rivals.values():
            old, new = rival.validity.priority, transaction.validity.priority
            if old >= new:
                raise RpcError(
                    TOO_LOW_PRIORITY,
                    f"Priority is too low: ({old} vs {new})",
                    "The transaction has too low priority to replace another transaction already "
                    "in the pool.",
                )
        if len(self._by_hash) - len(rivals) >= CAPACITY:
            raise RpcError(
                POOL_FULL,
                "Immediately Dropped",
                f"The transaction couldn't enter the pool: {CAPACITY} are waiting already.",
            )
        for rival in rivals.values():
            self.remove(rival.hash)
        self._arrivals += 1
        self._put(replace(transaction, arrival=self._arrivals))

    def remove(self, transaction_hash: bytes) -> Transaction | None:
        """Take a transaction out; None when it was not here."""
        gone = self._by_hash.pop(transaction_hash, None)
        if gone is not None:
            for tag in gone.validity.provides:
                if self._provider.get(tag) is gone:
                    del self._provider[tag]
        return gone

    def release(self, holder: object) -> None:
        """Let go of what `holder` kept back."""
        for transaction in self:
            if transaction.holder is holder:
                self._put(replace(transaction, holder=None))

    def ready(self) -> list[Transaction]:
        """What can be in a block now, in the order in which it can.

        What is kept back is only in it where something else requires it.
        """
        order = self._ordered()
        needed: set[bytes] = set()
        chosen = []
        for transaction in reversed(order):
            if transaction.holder is None or transaction.validity.provides & needed:
                chosen.append(transaction)
                needed |= transaction.validity.requires
        return chosen[::-1]

    def _ordered(self) -> list[Transaction]:
        """Everything whose requirements are met: by priority, then as it came."""
        missing: dict[bytes, int] = {}
        waiting_for: dict[bytes, list[Transaction]] = {}
        heap: list[tuple[int, int, Transaction]] = []
        for transaction in self:
            requires = transaction.validity.requires
            missing[transaction.hash] = len(requires)
            for tag in requires:
                waiting_for.setdefault(tag, []).append(transaction)
            if not requires:
                heapq.heappush(heap, _rank(transaction))
        order = []
        while heap:
            transaction = heapq.heappop(heap)[2]
            order.append(transaction)
            for tag in transaction.validity.provides:
                for waiting in waiting_for.get(tag, ()):
                    missing[waiting.hash] -= 1
                    if not missing[waiting.hash]:
                        heapq.heappush(heap, _rank(waiting))
        return order

    def affected(self, included: Iterable[Transaction], number: int) -> list[Transaction]:
        """What has to be judged anew after block `number` took `included` in."""
        tags = frozenset().union(*(transaction.validity.provides for transaction in included))
        return [
            waiting
            for waiting in self
            if waiting.valid_until <= number
            or waiting.validity.requires & tags
            or waiting.validity.provides & tags
        ]

    def judge(self, transaction: Transaction, validity: Validity, valid_until: int) -> None:
        """Put a new judgement in the place of an old one."""
        self.remove(transaction.hash)
        self._put(replace(transaction, validity=validity, valid_until=valid_until))

    def content(self) -> tuple[Transaction, ...]:
        """What to hand to `restore` later."""
        return tuple(self)

    def restore(self, content: tuple[Transaction, ...]) -> None:
        """Hold what was held then, and nothing else."""
        self._by_hash.clear()
        self._provider.clear()
        for transaction in content:
            self._put(transaction)

    def _put(self, transaction: Transaction) -> None:
        self._by_hash[transaction.hash] = transaction
        for tag in transaction.validity.provides:
            self._provider[tag] = transaction


def _rank(transaction: Transaction) -> tuple[int, int, Transaction]:
    return -transaction.validity.priority, transaction.arrival, transaction
