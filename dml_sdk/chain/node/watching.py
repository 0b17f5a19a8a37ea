"""Who wants to know of blocks and transactions, and telling them.

What there is to tell is put down under the node's lock, in the order in which it happened, and told
outside of it: a watcher may use the node, and wait for another thread that does.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from enum import Enum
from typing import TypeAlias

from dml_sdk.errors import ChainError, TransactionRefused

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class BlockInfo:
    """A new block, as watchers are told of it.

    Attributes:
        timestamp_ms: the chain's time in it.
        extrinsic_hashes: of its extrinsics in order, inherents first.
    """

    number: int
    hash: bytes
    parent_hash: bytes
    timestamp_ms: int
    extrinsic_hashes: tuple[bytes, ...]

    def __str__(self) -> str:
        return f"block {self.number}"


class TransactionState(Enum):
    """Where a transaction is; the values are the words of `author_submitAndWatchExtrinsic`."""

    FUTURE = "future"
    """It waits for another one, such as that of the nonce before its own."""
    READY = "ready"
    """It waits for a block."""
    IN_BLOCK = "inBlock"
    """It is in a block, which is final at once: only `restore` takes a block away."""
    RETRACTED = "retracted"
    """`restore` took away the block that it was in."""
    USURPED = "usurped"
    """Another one of the same sender and nonce took its place in the pool, with a higher tip."""
    DROPPED = "dropped"
    """It left the pool without being wrong: the pool was full, or was rewound."""
    INVALID = "invalid"
    """It can be in no block any more."""


@dataclass(frozen=True, slots=True)
class TransactionStatus:
    """What became of a transaction.

    Attributes:
        hash: the transaction's, blake2-256 of the extrinsic.
        block_hash, block_number, index: where it is, when it is IN_BLOCK; where it was, when it is
            RETRACTED.
        by: hash of the one that took its place, when it is USURPED.
        reason: why it is in the pool no more, when it is USURPED, DROPPED or INVALID.
    """

    hash: bytes
    state: TransactionState
    block_hash: bytes | None = None
    block_number: int | None = None
    index: int | None = None
    by: bytes | None = None
    reason: ChainError | None = None

    def __str__(self) -> str:
        return f"transaction 0x{self.hash.hex()}, {self.state.value}"


Stop: TypeAlias = Callable[[], None]
"""Ends a watch; may be called again, and from anywhere."""


@dataclass(eq=False, slots=True)
class _Watch:
    """One callback, until it is stopped."""

    callback: Callable[..., object]
    stopped: bool = False


class Watchers:
    """The watchers of one node.

    `block` and `refresh` are called under the node's lock, so that the order is that of the events;
    all else from anywhere.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._of_blocks: list[_Watch] = []
        self._of_transactions: dict[bytes, list[_Watch]] = {}
        self._told: dict[bytes, TransactionStatus | None] = {}  # of what is watched, the latest
        self._untold: deque[tuple[_Watch, BlockInfo | TransactionStatus]] = deque()
        self._telling = threading.Lock()

    def watches_blocks(self) -> bool:
        """Whether anybody watches blocks."""
        return bool(self._of_blocks)

    def add_to_blocks(self, callback: Callable[[BlockInfo], object]) -> Stop:
        """Tell `callback` of each block from now on."""
        watch = _Watch(callback)
        with self._lock:
            self._of_blocks.append(watch)

        def stop() -> None:
            with self._lock:
                watch.stopped = True
                if watch in self._of_blocks:
                    self._of_blocks.remove(watch)

        return stop

    def add_to_transaction(
        self,
        transaction: bytes,
        callback: Callable[[TransactionStatus], object],
        now: TransactionStatus | None,
    ) -> Stop:
        """Tell `callback` of what becomes of a transaction, what it is `now` first."""
        watch = _Watch(callback)
        with self._lock:
            self._of_transactions.setdefault(transaction, []).append(watch)
            self._told[transaction] = now
            if now is not None:
                self._untold.append((watch, now))

        def stop() -> None:
            with self._lock:
                watch.stopped = True
                others = [w for w in self._of_transactions.get(transaction, ()) if w is not watch]
                if others:
                    self._of_transactions[transaction] = others
                else:
                    self._of_transactions.pop(transaction, None)
                    self._told.pop(transaction, None)

        return stop

    def block(self, block: BlockInfo) -> None:
        """A block is new."""
        with self._lock:
            self._untold.extend((watch, block) for watch in self._of_blocks)

    def refresh(self, status_of: Callable[[bytes], TransactionStatus | None]) -> None:
        """Something happened to transactions: those that are watched are looked up anew."""
        if not self._told:
            return
        with self._lock:
            for transaction, was in tuple(self._told.items()):
                now = status_of(transaction)
                if now != was:
                    self._told[transaction] = now
                    for status in _told_between(transaction, was, now):
                        watches = self._of_transactions[transaction]
                        self._untold.extend((watch, status) for watch in watches)

    def clear(self) -> None:
        """Forget all watchers; what is not told yet still is."""
        with self._lock:
            self._of_blocks.clear()
            self._of_transactions.clear()
            self._told.clear()

    def tell(self) -> None:
        """Call back, outside the node's lock, in the order in which things happened.

        One thread at a time does so; what happens meanwhile, it tells as well. What a watcher
        raises is logged and harms nobody.
        """
        while self._untold and self._telling.acquire(blocking=False):
            try:
                while self._untold:
                    watch, event = self._untold.popleft()
                    if watch.stopped:
                        continue
                    try:
                        watch.callback(event)
                    except Exception:
                        log.exception("A watcher failed on %s", event)
            finally:
                self._telling.release()


def _told_between(
    transaction: bytes, was: TransactionStatus | None, now: TransactionStatus | None
) -> Iterator[TransactionStatus]:
    """What a watcher is told when a transaction comes from one status to another."""
    if was is not None and was.state is TransactionState.IN_BLOCK:
        yield replace(was, state=TransactionState.RETRACTED)
    yield now or TransactionStatus(
        transaction,
        TransactionState.DROPPED,
        reason=TransactionRefused(
            "The chain was rewound to before this transaction was sent. Send it again."
        ),
    )
