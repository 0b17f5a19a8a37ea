"""Turns what waits into blocks on the chain, and judges what is left waiting.

Adds to `authoring`, which makes one block of given transactions, the pool that they come from, the
chain that the block goes to, and word to the watchers of what became of each.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

from dml_sdk.chain.node import authoring
from dml_sdk.chain.node.authoring import Built, TransactionPanicked
from dml_sdk.chain.node.blocks import Block
from dml_sdk.chain.node.chain import Chain
from dml_sdk.chain.node.clock import Clock
from dml_sdk.chain.node.executor import Executor
from dml_sdk.chain.node.hashing import blake2_256
from dml_sdk.chain.node.pool import Pool, Transaction
from dml_sdk.chain.node.validity import Refusal
from dml_sdk.chain.node.watching import (
    BlockInfo,
    TransactionState,
    TransactionStatus,
    Watchers,
)
from dml_sdk.errors import ChainError, RuntimePanic, TransactionRefused

VALIDATION_SECONDS = 1.0
"""How long the runtime may look at a transaction that comes in; it takes a thousandth of that."""

_GONE_KEPT = 1024
_OUTBID = (
    "Another transaction with the same nonce and a higher tip took its place. Nothing changed, no "
    "fee was paid."
)
_GAVE_WAY = (
    "The pool was full, and it gave way to another transaction. Nothing changed, no fee was paid: "
    "send it again later, or with a higher tip."
)


class Producer:
    """Makes a node's blocks. Guarded by the node's lock.

    Attributes:
        pool: what waits for a block.
    """

    def __init__(
        self,
        executor: Executor,
        chain: Chain,
        clock: Clock,
        watchers: Watchers,
    ) -> None:
        self.pool = Pool()
        self._executor, self._chain, self._clock = executor, chain, clock
        self._watchers = watchers
        self._gone: OrderedDict[bytes, TransactionStatus] = OrderedDict()

    def take(self, extrinsic_hash: bytes, extrinsic: bytes, holder: object | None) -> None:
        """Validate a transaction and put it into the pool.

        Args:
            holder: keeps it back from blocks until it lets go; None for nobody.

        Raises:
            RpcError: invalid (1010), undecidable (1011), here already (1013), outbid (1014), or the
                pool is full (1016).
            RuntimePanic: the runtime trapped on it.
        """
        self.pool.refuse_known(extrinsic_hash)
        self._gone.pop(extrinsic_hash, None)
        head = self._chain.head
        validity = authoring.validate(self._executor, head, extrinsic, seconds=VALIDATION_SECONDS)
        if isinstance(validity, Refusal):
            raise validity.error()
        valid_until = head.number + validity.longevity
        gone = self.pool.add(Transaction(extrinsic_hash, extrinsic, validity, valid_until, holder))
        for outbid in gone.outbid:
            why = TransactionRefused(_OUTBID)
            self._leave(outbid, TransactionState.USURPED, why, by=extrinsic_hash)
        for evicted in gone.evicted:
            self._leave(evicted, TransactionState.DROPPED, TransactionRefused(_GAVE_WAY))
        self._watchers.refresh(self.status)

    def seal_ready(self) -> None:
        """Seal blocks until nothing is ready, or what is ready comes no further."""
        while ready := self.pool.ready():
            waiting = len(self.pool)
            built = self.seal(ready, empty=False)
            if not built.included and len(self.pool) == waiting:
                break

    def seal(self, transactions: Sequence[Transaction], *, empty: bool = True) -> Built:
        """Build the next block and put it on the chain; not an empty one unless `empty`.

        Raises:
            RuntimePanic: the runtime trapped while it opened or closed the block. What was to be
                in it is dropped, so that the next one does not meet the same.
        """
        waiting = list(transactions)
        while True:
            try:
                built = authoring.build(
                    self._executor, self._chain.head, self._clock.now_ms(), waiting
                )
                break
            except TransactionPanicked as panicked:
                self._drop(panicked.transaction, panicked.panic)
                waiting.remove(panicked.transaction)
            except RuntimePanic as panic:
                for transaction in waiting:
                    self._drop(transaction, panic)
                raise
        if built.included or empty:
            self._add(built)
        for transaction, refusal in built.refused:
            self._judge(transaction, refusal)
        self._watchers.refresh(self.status)
        return built

    def status(self, transaction: bytes) -> TransactionStatus | None:
        """What became of a transaction; None when nothing is known of it."""
        if transaction in self.pool:
            ready = self.pool.is_ready(transaction)
            return TransactionStatus(
                transaction, TransactionState.READY if ready else TransactionState.FUTURE
            )
        gone = self._gone.get(transaction)
        found = None if gone is not None else self._chain.inclusion(transaction)
        if found is None:
            return gone
        return TransactionStatus(
            transaction,
            TransactionState.IN_BLOCK,
            found.block.hash,
            found.block.number,
            found.index,
        )

    def refusal(self, transaction: bytes) -> ChainError | None:
        """Why a transaction that was taken in later left the pool without a block, if it did."""
        gone = self._gone.get(transaction)
        return None if gone is None else gone.reason

    def restore(self, head: Block, content: tuple[Transaction, ...]) -> None:
        """Make `head` the chain's latest block, and `content` what waits."""
        self._chain.rewind(head)
        self.pool.restore(content)
        self._gone.clear()
        self._watchers.refresh(self.status)

    def _add(self, built: Built) -> None:
        block = built.block
        hashes = [blake2_256(extrinsic) for extrinsic in block.extrinsics]
        self._chain.add(block, hashes)
        if self._watchers.watches_blocks():
            self._watchers.block(info(block, hashes))
        for transaction in built.included:
            self.pool.remove(transaction.hash)
        for waiting in self.pool.affected(built.included, block.number):
            self._judge(waiting, None)

    def _judge(self, transaction: Transaction, refusal: Refusal | None) -> None:
        """Keep or drop a waiting transaction, after it was refused or the chain went on."""
        head = self._chain.head
        if refusal is None or refusal.too_early:
            try:
                validity = authoring.validate(self._executor, head, transaction.extrinsic)
            except RuntimePanic as panic:
                self._drop(transaction, panic)
                return
            if not isinstance(validity, Refusal):
                self.pool.judge(transaction, validity, head.number + validity.longevity)
                return
            refusal = validity
        self._drop(transaction, refusal.error())

    def _drop(self, transaction: Transaction, why: ChainError) -> None:
        self.pool.remove(transaction.hash)
        self._leave(transaction, TransactionState.INVALID, why)

    def _leave(
        self,
        transaction: Transaction,
        state: TransactionState,
        reason: ChainError,
        by: bytes | None = None,
    ) -> None:
        """Remember why a transaction is in the pool no more."""
        gone = TransactionStatus(transaction.hash, state, by=by, reason=reason)
        self._gone[transaction.hash] = gone
        while len(self._gone) > _GONE_KEPT:
            self._gone.popitem(last=False)


def info(block: Block, hashes: Sequence[bytes]) -> BlockInfo:
    """A block as watchers are told of it; `hashes` are those of its extrinsics."""
    return BlockInfo(
        block.number, block.hash, block.header.parent_hash, block.timestamp_ms, tuple(hashes)
    )
