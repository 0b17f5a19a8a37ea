"""A Substrate node in this process: the chain, its pool and its clock, behind one lock.

Readers take no lock: a block and its state do not change once they are on the chain.
"""

from __future__ import annotations

import logging
import os
import threading
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from dml_sdk.chain.node import authoring, genesis
from dml_sdk.chain.node.archive import Archive
from dml_sdk.chain.node.authoring import Built, TransactionPanicked
from dml_sdk.chain.node.blocks import Block, Chain, first
from dml_sdk.chain.node.clock import Clock, ClockSetting
from dml_sdk.chain.node.executor import Executor, Runtime
from dml_sdk.chain.node.hashing import blake2_256
from dml_sdk.chain.node.pool import Pool, Transaction
from dml_sdk.chain.node.rpc import Rpc
from dml_sdk.chain.node.scale import Reader, ScaleError
from dml_sdk.chain.node.validity import Refusal
from dml_sdk.errors import ChainError, RpcError, RuntimePanic, UsageError

log = logging.getLogger(__name__)

MALFORMED = 1040
_REFUSALS_KEPT = 1024


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


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A moment of a node, to come back to. It belongs to the node that took it."""

    node: Node
    head: Block
    pool: tuple[Transaction, ...]
    clock: ClockSetting

    def __repr__(self) -> str:
        return f"<Snapshot of block {self.head.number}, {len(self.pool)} waiting>"


class Node:
    """A chain that lives in this process and seals a block for each transaction.

    Args:
        code: the runtime's Wasm; None for the one that comes with the SDK.
        preset: which of the runtime's genesis presets the chain starts from.
        path: the file that the chain is kept in; what is in it is gone on with. None for a chain
            in memory.
        clock: tells the time; None for the wall's.
        cache_dir: where compiled code is kept; None for the user's cache directory.

    Raises:
        UsageError: the runtime has no such preset.
        RuntimeIncompatible: this node cannot run the runtime.
        ChainInUse, ChainCorrupt: the file is open elsewhere, or is no chain's.
    """

    def __init__(
        self,
        *,
        code: bytes | None = None,
        preset: str = "development",
        path: Path | None = None,
        clock: Clock | None = None,
        cache_dir: Path | None = None,
    ) -> None:
        self.preset = preset
        self.clock = clock or Clock()
        self.executor = Executor(cache_dir=cache_dir)
        self._archive = Archive(path) if path is not None else None
        try:
            self.chain = self._found() or self._begun(own_runtime() if code is None else code)
        except BaseException:
            if self._archive is not None:
                self._archive.close()
            raise
        self.pool = Pool()
        self._process = os.getpid()
        self._lock = threading.RLock()
        self._closed = False
        self._batch = threading.local()
        self._refusals: OrderedDict[bytes, ChainError] = OrderedDict()
        self._watchers: list[Callable[[BlockInfo], None]] = []
        self._untold: deque[BlockInfo] = deque()
        self._telling = threading.Lock()
        self._rpc = Rpc(self)

    def __repr__(self) -> str:
        return f"<Node {self.preset}, block {self.chain.head.number}, {len(self.pool)} waiting>"

    def rpc(self, method: str, params: Sequence[object] = ()) -> object:
        """The result of a JSON-RPC method.

        Raises:
            RpcError: the method is not there, its parameters are not right, or it failed; with the
                code that a network node gives.
        """
        return self._rpc.call(method, params)

    # --- transactions -------------------------------------------------------------------------

    def submit(self, extrinsic: bytes) -> bytes:
        """Hand in a transaction; a block is sealed at once, unless inside `one_block`.

        One whose nonce is too high waits for those before it.

        Args:
            extrinsic: encoded, with its length before it.

        Returns:
            its hash.

        Raises:
            RpcError: malformed (1040), invalid (1010), undecidable (1011), here already (1013),
                outbid (1014), or the pool is full (1016).
            RuntimePanic: the runtime trapped on it.
        """
        extrinsic_hash = _checked(extrinsic)
        try:
            with self._lock:
                self._must_be_open()
                self.pool.refuse_known(extrinsic_hash)
                self._refusals.pop(extrinsic_hash, None)
                head = self.chain.head
                validity = authoring.validate(self.executor, head, extrinsic)
                if isinstance(validity, Refusal):
                    raise validity.error()
                self.pool.add(
                    Transaction(
                        extrinsic_hash,
                        extrinsic,
                        validity,
                        head.number + validity.longevity,
                        getattr(self._batch, "holder", None),
                    )
                )
                if not self._holding:
                    self._seal_ready()
                if extrinsic_hash in self._refusals:
                    raise self._refusals[extrinsic_hash]
        finally:
            self._tell()
        return extrinsic_hash

    @contextmanager
    def one_block(self) -> Iterator[None]:
        """What this thread submits inside is sealed in one block at the end, also after an error.

        May be nested; the outermost seals. What does not fit goes to the next block. Transactions
        of other threads are sealed at once as ever, and with them what they depend on.
        """
        batch = self._batch
        if self._holding:
            yield
            return
        batch.holder = holder = object()
        try:
            yield
        finally:
            batch.holder = None
            try:
                with self._lock:
                    self.pool.release(holder)
                    if not self._closed:
                        self._seal_ready()
            finally:
                self._tell()

    def seal(self) -> BlockInfo:
        """Seal a block of whatever is ready, even of nothing; for tests and for time to pass.

        Raises:
            RuntimePanic: the runtime trapped.
        """
        try:
            with self._lock:
                self._must_be_open()
                return _info(self._seal(self.pool.ready()).block)
        finally:
            self._tell()

    def inclusion(self, extrinsic_hash: bytes) -> tuple[int, bytes, int] | None:
        """(block number, block hash, index in it) of a transaction; None while in no block."""
        found = self.chain.inclusion(extrinsic_hash)
        return None if found is None else (found.block.number, found.block.hash, found.index)

    def refusal(self, extrinsic_hash: bytes) -> ChainError | None:
        """Why a transaction that was taken in later left the pool without a block, if it did."""
        return self._refusals.get(extrinsic_hash)

    # --- time ---------------------------------------------------------------------------------

    def snapshot(self) -> Snapshot:
        """This moment: chain, pool and clock. Costs nothing."""
        with self._lock:
            return Snapshot(self, self.chain.head, self.pool.content(), self.clock.setting())

    def restore(self, snapshot: Snapshot) -> None:
        """Come back to a moment; what was after it is gone, unless a later snapshot holds it.

        Raises:
            UsageError: the snapshot is another node's.
        """
        if snapshot.node is not self:
            raise UsageError("This snapshot is of another node. Restore it there.")
        with self._lock:
            self._must_be_open()
            if self._archive is not None:
                shared, coming = self.chain.way_to(snapshot.head)
                self._archive.rewind(shared.number)
                for block in coming:
                    self._archive.add(block)
            self.chain.rewind(snapshot.head)
            self.pool.restore(snapshot.pool)
            self.clock.restore(snapshot.clock)
            self._refusals.clear()

    def on_block(self, callback: Callable[[BlockInfo], None]) -> Callable[[], None]:
        """Call `callback` after each new block, in order, in a thread that seals blocks.

        It may use the node. What it raises is logged and harms nobody. `restore` makes no block,
        so that nobody is told of it.

        Returns:
            a function that ends it.
        """
        watchers = self._watchers
        watchers.append(callback)

        def unsubscribe() -> None:
            if callback in watchers:
                watchers.remove(callback)

        return unsubscribe

    def close(self) -> None:
        """Take no more transactions and forget the watchers. The chain can still be read."""
        with self._lock:
            if not self._closed and self._archive is not None:
                self._archive.close()
            self._closed = True
            self._watchers.clear()

    def runtime(self) -> Runtime:
        """The runtime at the head."""
        return self.executor.of(self.chain.head.state)

    # --- where the chain comes from -----------------------------------------------------------

    def _found(self) -> Chain | None:
        """The chain in the file, with the clock not behind it; None when there is none yet."""
        if self._archive is None:
            return None
        blocks = self._archive.blocks()
        first_block = next(blocks, None)
        if first_block is None:
            return None
        chain = Chain(first_block)
        for block in blocks:
            chain.add(block, [blake2_256(extrinsic) for extrinsic in block.extrinsics])
        if chain.head.timestamp_ms > self.clock.now_ms():
            self.clock.set(chain.head.timestamp_ms)
        return chain

    def _begun(self, code: bytes) -> Chain:
        """A new chain, from the runtime's preset."""
        runtime = self.executor.runtime(code)
        block = first(genesis.state(runtime, genesis.config(runtime, self.preset)))
        if self._archive is not None:
            self._archive.start(block)
        return Chain(block)

    # --- sealing, under the lock --------------------------------------------------------------

    @property
    def _holding(self) -> bool:
        return getattr(self._batch, "holder", None) is not None

    def _seal_ready(self) -> None:
        """Seal blocks until nothing is ready, or what is ready comes no further."""
        while ready := self.pool.ready():
            waiting = len(self.pool)
            built = self._seal(ready, empty=False)
            if not built.included and len(self.pool) == waiting:
                break

    def _seal(self, transactions: Sequence[Transaction], *, empty: bool = True) -> Built:
        """Build the next block and put it on the chain; not an empty one unless `empty`."""
        waiting = list(transactions)
        while True:
            try:
                built = authoring.build(
                    self.executor, self.chain.head, self.clock.now_ms(), waiting
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
        return built

    def _add(self, built: Built) -> None:
        block = built.block
        hashes = [blake2_256(extrinsic) for extrinsic in block.extrinsics]
        if self._archive is not None:
            self._archive.add(block)
        self.chain.add(block, hashes)
        for transaction in built.included:
            self.pool.remove(transaction.hash)
        for waiting in self.pool.affected(built.included, block.number):
            self._judge(waiting, None)
        if self._watchers:
            self._untold.append(_info(block))

    def _judge(self, transaction: Transaction, refusal: Refusal | None) -> None:
        """Keep or drop a waiting transaction, after it was refused or the chain went on."""
        head = self.chain.head
        if refusal is None or refusal.too_early:
            try:
                validity = authoring.validate(self.executor, head, transaction.extrinsic)
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
        self._refusals[transaction.hash] = why
        while len(self._refusals) > _REFUSALS_KEPT:
            self._refusals.popitem(last=False)

    def _must_be_open(self) -> None:
        if self._closed:
            raise UsageError("This node is closed. Make a new one with dml.connect().")
        if os.getpid() != self._process:
            raise UsageError(
                "This process was forked from the one that the chain lives in, which would never "
                "see what is done here. Start a chain of its own with dml.connect()."
            )

    def _tell(self) -> None:
        """Tell the watchers of new blocks, outside the lock, in the blocks' order.

        One thread at a time does so; what others seal meanwhile, it tells as well.
        """
        while self._untold and self._telling.acquire(blocking=False):
            try:
                while self._untold:
                    block = self._untold.popleft()
                    for watcher in tuple(self._watchers):
                        try:
                            watcher(block)
                        except Exception:
                            log.exception(
                                "A watcher of new blocks failed on block %d", block.number
                            )
            finally:
                self._telling.release()


def own_runtime() -> bytes:
    """The Wasm that comes with the SDK."""
    return files("dml_sdk.chain").joinpath("runtime", "dml_runtime.wasm").read_bytes()


def _checked(extrinsic: bytes) -> bytes:
    """The hash of an extrinsic that is one byte string with its length before it."""
    try:
        read = Reader(extrinsic)
        read.vec()
        read.end()
    except ScaleError as error:
        raise RpcError(
            MALFORMED, "Client error: Could not decode the extrinsic", str(error)
        ) from error
    return blake2_256(extrinsic)


def _info(block: Block) -> BlockInfo:
    return BlockInfo(
        block.number,
        block.hash,
        block.header.parent_hash,
        block.timestamp_ms,
        tuple(blake2_256(extrinsic) for extrinsic in block.extrinsics),
    )
