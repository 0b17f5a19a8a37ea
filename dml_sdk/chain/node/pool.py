"""Transactions that wait for a block.

A transaction is ready when every tag it requires is provided by another ready one; until then it
waits. The tags of a signed transaction are (account, nonce), from which nonce order follows. Among
those that wait there may be several of one nonce: the best of them becomes ready, and the others
go. Of those that are ready, each tag is provided by one.

Source: the transaction pool of the reference node (sc-transaction-pool), without gossip.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import NamedTuple

from dml_sdk.chain.node.bans import Bans
from dml_sdk.chain.node.validity import (
    ALREADY_IMPORTED,
    BANNED,
    INVALID,
    POOL_FULL,
    TOO_LOW_PRIORITY,
    Validity,
)
from dml_sdk.errors import RpcError, RuntimePanic

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
        self._providers: dict[bytes, set[bytes]] = {}
        self._requirers: dict[bytes, set[bytes]] = {}
        self._bytes = 0
        self._arrivals = 0
        self._ready: dict[bytes, bytes] | None = None
        """Hashes of the ready by the tags they provide; None when it has to be looked at anew."""
        self._bans = Bans()

    def __len__(self) -> int:
        return len(self._by_hash)

    def __contains__(self, transaction_hash: bytes) -> bool:
        return transaction_hash in self._by_hash

    def __iter__(self) -> Iterator[Transaction]:
        return iter(tuple(self._by_hash.values()))

    def provides(self, tag: bytes) -> bool:
        """Whether a waiting transaction provides `tag`."""
        return tag in self._providers

    def is_ready(self, transaction_hash: bytes) -> bool:
        """Whether all that a waiting transaction requires is provided, kept back or not."""
        transaction = self._by_hash.get(transaction_hash)
        return transaction is not None and self._is_among(transaction, self._offered())

    def refuse_known(self, transaction_hash: bytes) -> None:
        """Refuse what need not be looked at, since it is known what comes of it.

        Raises:
            RpcError: it is here already (1013), or was in a block or found invalid less than half
                an hour ago (1012).
        """
        if transaction_hash in self._by_hash:
            raise RpcError(
                ALREADY_IMPORTED, "Transaction Already Imported", "0x" + transaction_hash.hex()
            )
        if transaction_hash in self._bans:
            raise RpcError(
                BANNED,
                "Transaction is temporarily banned",
                "It was in a block, or was found invalid, less than half an hour ago. Sign another "
                "one in its place.",
            )

    @contextmanager
    def judging(self, transaction_hash: bytes) -> Iterator[None]:
        """A transaction that is found invalid inside is refused for half an hour."""
        try:
            yield
        except RuntimePanic:
            self._bans.add(transaction_hash)
            raise
        except RpcError as refused:
            if refused.code == INVALID:
                self._bans.add(transaction_hash)
            raise

    def add(self, transaction: Transaction) -> Gone:
        """Take a transaction in, in the place of those that it outbids.

        Where the pool is full, those give way that come after it: what waits for others before
        what is ready, a lower priority before a higher one.

        Raises:
            RpcError: it is here already (1013), it would be ready and provides what another one
                provides that is, of at least its priority (1014), or the pool is full of what
                comes before it (1016).
        """
        self.refuse_known(transaction.hash)
        rivals = self._rivals(transaction)
        evicted = self._giving_way(transaction, rivals)
        for gone in (*rivals.values(), *evicted):
            self._take_out(gone.hash)
        self._arrivals += 1
        newcomer = replace(transaction, arrival=self._arrivals)
        self._put(newcomer)
        surplus = self._surplus(newcomer)
        for gone in surplus:
            self._take_out(gone.hash)
        return Gone((*rivals.values(), *surplus), evicted)

    def remove(self, transaction_hash: bytes, *, for_good: bool = True) -> Transaction | None:
        """Take a transaction out that a block has, or none can have; None when it was not here.

        Args:
            for_good: refuse it for half an hour, should it come again.
        """
        if for_good:
            self._bans.add(transaction_hash)
        return self._take_out(transaction_hash)

    def release(self, holder: object) -> None:
        """Let go of what `holder` kept back."""
        for transaction in self:
            if transaction.holder is holder:
                self._by_hash[transaction.hash] = replace(transaction, holder=None)

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
        """Everything whose requirements are met: by priority, then as it came; a tag once."""
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
        provided: set[bytes] = set()
        while heap:
            transaction = heapq.heappop(heap)[2]
            if not provided.isdisjoint(transaction.validity.provides):
                continue
            provided |= transaction.validity.provides
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
        self._take_out(transaction.hash)
        self._put(replace(transaction, validity=validity, valid_until=valid_until))

    def content(self) -> tuple[Transaction, ...]:
        """What to hand to `restore` later."""
        return tuple(self)

    def restore(self, content: tuple[Transaction, ...]) -> None:
        """Hold what was held then, and nothing else; what was refused may come again."""
        self._by_hash.clear()
        self._providers.clear()
        self._requirers.clear()
        self._bans.clear()
        self._bytes, self._ready = 0, None
        for transaction in content:
            self._put(transaction)

    def _put(self, transaction: Transaction) -> None:
        self._by_hash[transaction.hash] = transaction
        self._bytes += len(transaction.extrinsic)
        tags = transaction.validity.provides
        for tag in tags:
            self._providers.setdefault(tag, set()).add(transaction.hash)
        for tag in transaction.validity.requires:
            self._requirers.setdefault(tag, set()).add(transaction.hash)
        if self._ready is None or not self._would_be_ready(transaction):
            return
        if self._requirers.keys().isdisjoint(tags) and self._ready.keys().isdisjoint(tags):
            self._ready.update(dict.fromkeys(tags, transaction.hash))
        else:
            self._ready = None

    def _take_out(self, transaction_hash: bytes) -> Transaction | None:
        gone = self._by_hash.pop(transaction_hash, None)
        if gone is not None:
            if self._ready is not None and self._is_among(gone, self._ready):
                self._ready = None
            self._bytes -= len(gone.extrinsic)
            _leave(self._providers, gone.validity.provides, transaction_hash)
            _leave(self._requirers, gone.validity.requires, transaction_hash)
        return gone

    def _offered(self) -> dict[bytes, bytes]:
        """The tags that ready ones provide, and which does."""
        if self._ready is None:
            self._ready = {
                tag: transaction.hash
                for transaction in self._ordered()
                for tag in transaction.validity.provides
            }
        return self._ready

    def _is_among(self, transaction: Transaction, ready: Mapping[bytes, bytes]) -> bool:
        return all(ready.get(tag) == transaction.hash for tag in transaction.validity.provides)

    def _would_be_ready(self, transaction: Transaction) -> bool:
        """Whether ready ones provide all that it requires."""
        return transaction.validity.requires <= self._offered().keys()

    def _surplus(self, newcomer: Transaction) -> list[Transaction]:
        """Those that could be ready now, were there not a better one of their nonce."""
        if self._requirers.keys().isdisjoint(newcomer.validity.provides):
            return []
        offered = self._offered()
        return [
            each
            for each in self
            if self._would_be_ready(each) and not self._is_among(each, offered)
        ]

    def _rivals(self, transaction: Transaction) -> dict[bytes, Transaction]:
        """The ready ones that provide what it does, by hash, if it outbids them all."""
        if not self._would_be_ready(transaction):
            return {}
        offered = self._offered()
        tags = transaction.validity.provides & offered.keys()
        rivals = {offered[tag]: self._by_hash[offered[tag]] for tag in tags}
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
            own = self._would_be_ready(transaction), transaction.validity.priority
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


def _leave(places: dict[bytes, set[bytes]], tags: Iterable[bytes], transaction_hash: bytes) -> None:
    for tag in tags:
        places[tag].discard(transaction_hash)
        if not places[tag]:
            del places[tag]
