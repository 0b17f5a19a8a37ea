"""Transactions that wait for a block.

A transaction is ready when every tag it requires is provided by another ready one; until then it
waits. The tags of a signed transaction are (account, nonce), from which nonce order follows.

Source: the transaction pool of the reference node (sc-transaction-pool), without gossip.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

from dml_sdk.chain.node.validity import ALREADY_IMPORTED, POOL_FULL, TOO_LOW_PRIORITY, Validity
from dml_sdk.errors import RpcError

CAPACITY, MOST_BYTES = 8192, 20 << 20
"""How many transactions wait at most, and how many bytes they have together."""


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


class Gone(NamedTuple):
    """What a transaction put out of the pool by coming in.

    Attributes:
        outbid: those that provide what it provides, for a lower priority.
        evicted: those that gave way because the pool was full.
    """

    outbid: tuple[Transaction, ...]
    evicted: tuple[Transaction, ...]


class Pool:
    """The waiting transactions. Guarded by the node's lock."""

    def __init__(self) -> None:
        self._by_hash: dict[bytes, Transaction] = {}
        self._provider: dict[bytes, Transaction] = {}
        self._requirers: dict[bytes, set[bytes]] = {}
        self._bytes = 0
        self._arrivals = 0
        self._ready: set[bytes] | None = None  # hashes; None when it has to be looked at anew

    def __len__(self) -> int:
        return len(self._by_hash)

    def __contains__(self, transaction_hash: bytes) -> bool:
        return transaction_hash in self._by_hash

    def __iter__(self) -> Iterator[Transaction]:
        return iter(tuple(self._by_hash.values()))

    def provides(self, tag: bytes) -> bool:
        """Whether a waiting transaction provides `tag`."""
        return tag in self._provider

    def is_ready(self, transaction_hash: bytes) -> bool:
        """Whether all that a waiting transaction requires is provided, kept back or not."""
        if self._ready is None:
            self._ready = {transaction.hash for transaction in self._ordered()}
        return transaction_hash in self._ready

    def refuse_known(self, transaction_hash: bytes) -> None:
        """Refuse what is here already.

        Raises:
            RpcError: it is (1013).
        """
        if transaction_hash in self._by_hash:
            raise RpcError(
                ALREADY_IMPORTED, "Transaction is already imported", "0x" + transaction_hash.hex()
            )

    def add(self, transaction: Transaction) -> Gone:
        """Take a transaction in, in the place of those that it outbids.

        Where the pool is full, those give way that come after it: what waits for others before
        what is ready, a lower priority before a higher one.

        Raises:
            RpcError: it is here already (1013), provides what another of at least its priority
                provides (1014), or the pool is full of what comes before it (1016).
        """
        self.refuse_known(transaction.hash)
        rivals = self._rivals(transaction)
        evicted = self._giving_way(transaction, rivals)
        for gone in (*rivals.values(), *evicted):
            self.remove(gone.hash)
        self._arrivals += 1
        self._put(replace(transaction, arrival=self._arrivals))
        return Gone(tuple(rivals.values()), evicted)

    def remove(self, transaction_hash: bytes) -> Transaction | None:
        """Take a transaction out; None when it was not here."""
        gone = self._by_hash.pop(transaction_hash, None)
        if gone is not None:
            self._ready = None
            self._bytes -= len(gone.extrinsic)
            for tag in gone.validity.provides:
                if self._provider.get(tag) is gone:
                    del self._provider[tag]
            for tag in gone.validity.requires:
                requirers = self._requirers[tag]
                requirers.discard(transaction_hash)
                if not requirers:
                    del self._requirers[tag]
        return gone

    def release(self, holder: object) -> None:
        """Let go of what `holder` kept back."""
        for transaction in self:
            if transaction.holder is holder:
                released = replace(transaction, holder=None)
                self._by_hash[released.hash] = released
                self._provider.update(dict.fromkeys(released.validity.provides, released))

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
        self._requirers.clear()
        self._bytes, self._ready = 0, None
        for transaction in content:
            self._put(transaction)

    def _put(self, transaction: Transaction) -> None:
        self._by_hash[transaction.hash] = transaction
        self._bytes += len(transaction.extrinsic)
        for tag in transaction.validity.provides:
            self._provider[tag] = transaction
        for tag in transaction.validity.requires:
            self._requirers.setdefault(tag, set()).add(transaction.hash)
        if self._requirers.keys().isdisjoint(transaction.validity.provides):
            self._extend_ready(transaction)
        else:
            self._ready = None

    def _extend_ready(self, transaction: Transaction) -> None:
        """Count one in that nobody waits for, which makes no other one ready."""
        if self._ready is not None and self._is_satisfied(transaction):
            self._ready.add(transaction.hash)

    def _is_satisfied(self, transaction: Transaction) -> bool:
        """Whether ready ones provide all that it requires."""
        providers = [self._provider.get(tag) for tag in transaction.validity.requires]
        return all(each is not None and self.is_ready(each.hash) for each in providers)

    def _rivals(self, transaction: Transaction) -> dict[bytes, Transaction]:
        """Those that provide what it does, by hash, if it outbids them all."""
        tags = transaction.validity.provides & self._provider.keys()
        rivals = {self._provider[tag].hash: self._provider[tag] for tag in tags}
        for rival in rivals.values():
            old, new = rival.validity.priority, transaction.validity.priority
            if old >= new:
                raise RpcError(
                    TOO_LOW_PRIORITY,
                    f"Priority is too low: ({old} vs {new})",
                    "The transaction has too low priority to replace another transaction already "
                    "in the pool.",
                )
        return rivals

    def _giving_way(
        self, transaction: Transaction, rivals: Mapping[bytes, Transaction]
    ) -> tuple[Transaction, ...]:
        """Those that have to go so that it finds room."""
        length = len(transaction.extrinsic)
        over = len(self) + 1 - len(rivals) - CAPACITY
        bytes_over = self._bytes + length - MOST_BYTES
        bytes_over -= sum(len(rival.extrinsic) for rival in rivals.values())
        going: list[Transaction] = []
        if over > 0 or bytes_over > 0:
            own = self._is_satisfied(transaction), transaction.validity.priority
            last_first = sorted(
                (each for each in self if each.hash not in rivals),
                key=lambda each: (*self._standing(each), -each.arrival),
            )
            for each in last_first:
                if (over <= 0 and bytes_over <= 0) or self._standing(each) >= own:
                    break
                if each.validity.provides.isdisjoint(transaction.validity.requires):
                    going.append(each)
                    over, bytes_over = over - 1, bytes_over - len(each.extrinsic)
        if over > 0 or bytes_over > 0:
            raise RpcError(
                POOL_FULL,
                "Immediately Dropped",
                f"The transaction couldn't enter the pool: {len(self)} are waiting already.",
            )
        return tuple(going)

    def _standing(self, transaction: Transaction) -> tuple[bool, int]:
        return self.is_ready(transaction.hash), transaction.validity.priority


def _rank(transaction: Transaction) -> tuple[int, int, Transaction]:
    return -transaction.validity.priority, transaction.arrival, transaction
