"""Turns what waits into blocks on the chain, and judges what is left waiting.

Adds to `authoring`, which makes one block of given transactions, the pool that they come from, the
chain that the block goes to, and word to the watchers of what became of each.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial

from dml_sdk.chain.node import authoring
from dml_sdk.chain.node.authoring import Built, TransactionPanicked, Unsealable
from dml_sdk.chain.node.blocks import Block
from dml_sdk.chain.node.chain import Chain
from dml_sdk.chain.node.clock import Clock
from dml_sdk.chain.node.compiling import Patience
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
from dml_sdk.errors import ChainError, RuntimeIncompatible, RuntimePanic, TransactionRefused

_PATIENCE = 3  # transactions that run out of time, until the others are left for later
_GONE_KEPT = 1024
_OUTBID = (
    "Another transaction with the same nonce and a higher tip took its place. Nothing changed, no "
    "fee was paid."
)
_NOT_LOOKED_AT = (
    "The runtime took too long over other transactions, and was not asked whether this one is "
    "still valid. No fee was paid: send it again later."
)
_GAVE_WAY = (
    "The pool was full, and it gave way to another transaction. Nothing changed, no fee was paid: "
    "send it again later, or with a higher tip."
)


@dataclass(slots=True)
class _Patience:
    """What one request to seal may yet cost everybody else, who waits.

    Attributes:
        late: how many transactions may run out of time, until the others wait for another block.
        of_compiling: how long a new runtime may be waited for.
    """

    late: int = _PATIENCE
    of_compiling: Patience = field(default_factory=Patience)


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
        self._stuck: tuple[bytes, str] | None = None  # the block nothing can follow, and why
        self._doubted: bytes | None = None  # the block after which one could not be closed in time

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
        validity = authoring.validate(self._executor, head, extrinsic)
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
        """Seal blocks until nothing is ready, or what is ready comes no further.

        Raises:
            RuntimePanic: as `seal`.
        """
        patience = _Patience()
        while patience.late > 0 and (ready := self.pool.ready()):
            waiting = len(self.pool)
            built = self._sealed(ready, patience, empty=False)
            if not built.included and len(self.pool) == waiting:
                break

    def seal(self, transactions: Sequence[Transaction]) -> Built:
        """Build the next block and put it on the chain.

        Transactions that stop the runtime are dropped. When several of them took all their time,
        those after them are left for another block, since everybody else waits.

        Raises:
            RuntimePanic: the runtime stopped while it opened or closed the block. What was to be
                in it is dropped, so that the next one does not meet the same. Where it ran out of
                time it is not asked again, unless the chain goes back.
        """
        return self._sealed(transactions, _Patience(), empty=True)

    def _sealed(
        self, transactions: Sequence[Transaction], patience: _Patience, *, empty: bool
    ) -> Built:
        """A new block, put on the chain unless it is empty and must not be.

        Args:
            patience: what transactions that are late cost is taken from it.
        """
        waiting = list(transactions)
        while True:
            try:
                built = self._built(waiting, patience)
                break
            except TransactionPanicked as panicked:
                self._drop(
                    panicked.transaction, panicked.panic, for_good=not panicked.may_come_again
                )
                place = waiting.index(panicked.transaction)
                patience.late -= panicked.panic.out_of_time
                waiting[place:] = waiting[place + 1 :] if patience.late > 0 else ()
            except RuntimePanic as panic:
                for transaction in waiting:
                    self._drop(transaction, panic)
                raise
        if built.included or empty:
            self._add(built)
        self._judge(built.refused)
        self._watchers.refresh(self.status)
        return built

    def _built(self, transactions: Sequence[Transaction], patience: _Patience) -> Built:
        head = self._chain.head
        if self._stuck is not None and self._stuck[0] == head.hash:
            raise RuntimePanic(self._stuck[1], out_of_time=True)
        build = partial(
            authoring.build,
            self._executor,
            head,
            self._clock.now_ms(),
            patience=patience.of_compiling,
        )
        try:
            if self._doubted == head.hash and transactions:
                build(())  # was it the transactions?
                self._doubted = None
            return build(transactions)
        except Unsealable as panic:
            if panic.out_of_time:
                self._stuck = head.hash, str(panic)
            raise
        except RuntimePanic as panic:
            if panic.out_of_time:
                self._doubted = head.hash
            raise

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
        self._judge((waiting, None) for waiting in self.pool.affected(built.included, block.number))

    def _judge(self, found: Iterable[tuple[Transaction, Refusal | None]]) -> None:
        """Keep or drop waiting transactions, after they were refused or the chain went on.

        When several took all their time, the others are dropped as they are.
        """
        head, patience = self._chain.head, _PATIENCE
        for transaction, refusal in found:
            if refusal is None or refusal.too_early:
                try:
                    if not patience:
                        raise RuntimePanic(_NOT_LOOKED_AT)
                    validity = authoring.validate(self._executor, head, transaction.extrinsic)
                except (RuntimePanic, RuntimeIncompatible) as why:
                    patience -= isinstance(why, RuntimePanic) and why.out_of_time
                    self._drop(transaction, why)
                    continue
                if not isinstance(validity, Refusal):
                    self.pool.judge(transaction, validity, head.number + validity.longevity)
                    continue
                refusal = validity
            self._drop(transaction, refusal.error())

    def _drop(self, transaction: Transaction, why: ChainError, *, for_good: bool = True) -> None:
        self.pool.remove(transaction.hash, for_good=for_good)
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
