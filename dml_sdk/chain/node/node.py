"""A Substrate node in this process: the chain, its pool and its clock, behind one lock.

Readers take no lock: a block and its state do not change once they are on the chain.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from dml_sdk.chain.node import portable
from dml_sdk.chain.node.anchors import Anchors, Snapshot
from dml_sdk.chain.node.clock import Clock
from dml_sdk.chain.node.executor import Executor
from dml_sdk.chain.node.hashing import blake2_256
from dml_sdk.chain.node.origin import Origin, beside, imported, not_behind, opened
from dml_sdk.chain.node.pool import Pool
from dml_sdk.chain.node.portable import Portable, Progress
from dml_sdk.chain.node.process import OwnLock
from dml_sdk.chain.node.producing import Producer, info
from dml_sdk.chain.node.rpc import Rpc
from dml_sdk.chain.node.runtime import Runtime
from dml_sdk.chain.node.sealing import Metronome, Seal, Sealing
from dml_sdk.chain.node.validity import opaque
from dml_sdk.chain.node.watching import BlockInfo, Stop, TransactionStatus, Watchers
from dml_sdk.errors import ChainError, UsageError

if TYPE_CHECKING:
    from dml_sdk.chain.node.serving import Limits, Server


class Node:
    """A chain that lives in this process.

    Args:
        code: the runtime's Wasm; None for the one that comes with the SDK.
        preset: which of the runtime's genesis presets the chain starts from; None for
            "development", or for what the chain in the file began with.
        path: the file that the chain is kept in; what is in it is gone on with. None for a chain
            in memory.
        pruning: how many of the newest blocks' states are kept; None for all.
        clock: tells the time; None for the wall's.
        seal: when blocks are sealed: "instant", at once for each transaction; "manual", by `seal`
            alone; a number of ms, so often, also with no transaction in it.
        cache_dir: where compiled code is kept; None for the user's cache directory.

    Raises:
        UsageError: the runtime has no such preset, the chain in the file began with another one,
            or another argument cannot be right.
        RuntimeIncompatible: this node cannot run the runtime.
        ChainInUse, ChainCorrupt: the file is open elsewhere, or is no chain's.
    """

    def __init__(
        self,
        *,
        code: bytes | None = None,
        preset: str | None = None,
        path: Path | None = None,
        pruning: int | None = None,
        clock: Clock | None = None,
        seal: Seal = "instant",
        cache_dir: Path | None = None,
    ) -> None:
        sealing = Sealing.of(seal)
        self._start(
            opened(Executor(cache_dir=cache_dir), code, preset, path, pruning), clock, sealing
        )

    def _start(self, origin: Origin, clock: Clock | None, sealing: Sealing) -> None:
        self._origin = origin
        self.preset, self.chain, self.executor = origin.preset, origin.chain, origin.executor
        self.clock, self.sealing = not_behind(clock or Clock(), origin.chain), sealing
        self._servers: list[Server] = []
        self._anchors = Anchors()
        self._watchers = Watchers()
        self._producer = Producer(self.executor, self.chain, self.clock, self._watchers)
        self._lock = OwnLock()
        self._closed = False
        self._batch = threading.local()
        self._rpc = Rpc(self)
        ms = sealing.interval_ms
        self._metronome = None if ms is None else Metronome(self._beat, ms)

    def __repr__(self) -> str:
        return (
            f"<Node {self.preset}, block {self.chain.head.number}, {len(self.pool)} waiting, "
            f"seals {self.sealing}>"
        )

    @property
    def path(self) -> Path | None:
        """The file that the chain is kept in; None of a chain in memory."""
        return None if (archive := self._origin.archive) is None else archive.path

    @property
    def pool(self) -> Pool:
        """The transactions that wait."""
        return self._producer.pool

    def rpc(self, method: str, params: Sequence[object] = ()) -> object:
        """The result of a JSON-RPC method.

        Raises:
            RpcError: the method is not there, its parameters are not right, or it failed; with the
                code that a network node gives.
        """
        return self._rpc.call(method, params)

    # --- transactions -------------------------------------------------------------------------

    def submit(self, extrinsic: bytes) -> bytes:
        """Hand in a transaction; it waits for its block where the node does not seal at once.

        A node that does seals a block now, unless inside `one_block`. One whose nonce is too high
        waits for those before it.

        Args:
            extrinsic: encoded, with its length before it; bytes after that are left off.

        Returns:
            its hash.

        Raises:
            RpcError: malformed (1040), invalid (1010), undecidable (1011), in a block or found
                invalid less than half an hour ago (1012), here already (1013), outbid (1014), or
                the pool is full (1016).
            RuntimePanic: the runtime trapped on it.
        """
        extrinsic = opaque(extrinsic)
        extrinsic_hash = blake2_256(extrinsic)
        try:
            with self._lock.alone:
                self._must_be_open()
                with self.pool.judging(extrinsic_hash):
                    self._producer.take(extrinsic_hash, extrinsic, self._holder)
                if self.sealing.mode == "instant" and self._holder is None:
                    self._producer.seal_ready()
                refusal = self._producer.refusal(extrinsic_hash)
                if refusal is not None:
                    raise refusal
        finally:
            self._watchers.tell()
        return extrinsic_hash

    @contextmanager
    def one_block(self) -> Iterator[None]:
        """What this thread submits inside is for one block, sealed at the end, also after an error.

        May be nested; the outermost seals. What does not fit goes to the next block. Transactions
        of other threads are sealed as ever, and with them what they depend on. Where the node does
        not seal at once, the end only lets go of them: they are in the next block.
        """
        batch = self._batch
        if self._holder is not None:
            yield
            return
        batch.holder = holder = object()
        try:
            yield
        finally:
            batch.holder = None
            try:
                with self._lock.alone:
                    self.pool.release(holder)
                    if self.sealing.mode == "instant" and not self._closed:
                        self._producer.seal_ready()
            finally:
                self._watchers.tell()

    def seal(self) -> BlockInfo:
        """Seal a block of whatever is ready, even of nothing, whatever the way of sealing.

        Raises:
            RuntimePanic: the runtime trapped.
        """
        try:
            with self._lock.alone:
                self._must_be_open()
                block = self._producer.seal(self.pool.ready()).block
                return info(block, [blake2_256(extrinsic) for extrinsic in block.extrinsics])
        finally:
            self._watchers.tell()

    def inclusion(self, extrinsic_hash: bytes) -> tuple[int, bytes, int] | None:
        """(block number, block hash, index in it) of a transaction; None while in no block."""
        found = self.chain.inclusion(extrinsic_hash)
        return None if found is None else (found.block.number, found.block.hash, found.index)

    def waits(self, extrinsic_hash: bytes) -> bool:
        """Whether a transaction is in the pool."""
        with self._lock.here:
            return extrinsic_hash in self.pool

    def refusal(self, extrinsic_hash: bytes) -> ChainError | None:
        """Why a transaction that was taken in later left the pool without a block, if it did."""
        return self._producer.refusal(extrinsic_hash)

    # --- watching -----------------------------------------------------------------------------

    def on_block(self, callback: Callable[[BlockInfo], object]) -> Stop:
        """Call `callback` after each new block, in order, in a thread that seals blocks.

        It may use the node. What it raises is logged and harms nobody. `restore` makes no block,
        so that nobody is told of it.

        Returns:
            a function that ends it.
        """
        return self._watchers.add_to_blocks(callback)

    def watch(self, extrinsic_hash: bytes, callback: Callable[[TransactionStatus], object]) -> Stop:
        """Call `callback` with what becomes of a transaction, in order, as `on_block` does.

        It is told at once where the transaction is, if it is known; one may be watched before it is
        submitted. `restore` takes a transaction out of its block, and brings one back.

        Returns:
            a function that ends it; nothing else does.
        """
        with self._lock.here:
            stop = self._watchers.add_to_transaction(
                extrinsic_hash, callback, self._producer.status(extrinsic_hash)
            )
        self._watchers.tell()
        return stop

    # --- time ---------------------------------------------------------------------------------

    def snapshot(self) -> Snapshot:
        """This moment: chain, pool and clock. Costs nothing."""
        with self._lock.here:
            return Snapshot(self, self.chain.head, self.pool.content(), self.clock.setting())

    def restore(self, snapshot: Snapshot) -> None:
        """Come back to a moment; what was after it is gone, unless a later snapshot holds it.

        Raises:
            UsageError: the snapshot is another node's.
        """
        if snapshot.node is not self:
            raise UsageError("This snapshot is of another node. Restore it there.")
        with self._lock.alone:
            self._must_be_open()
            self._come_back(snapshot)
        self._watchers.tell()

    @contextmanager
    def anchor(self) -> Iterator[Snapshot]:
        """What happens to the node inside is undone at the end, or when it is closed before.

        May be nested; anchors that are set inside end with this one. A process that is killed
        leaves what was done.

        Raises:
            UsageError: the node is closed.
        """
        with self._lock.here:
            self._must_be_open()
            moment = self.snapshot()
            self._anchors.add(moment)
        try:
            yield moment
        finally:
            with self._lock.alone:
                self._come_back(self._anchors.end(moment))
            self._watchers.tell()

    def fork(self, at: int | bytes | str | None = None, *, seal: Seal | None = None) -> Node:
        """Another node, in memory, whose chain is this one's up to a block and then its own.

        Both go on independently; what they share does not change any more. Nothing waits in the
        fork. Its clock is as this node's if `at` is the head, otherwise back at that block's time.

        Args:
            at: number or hash of the block, or "0x…"; None for the head.
            seal: when it seals blocks; None for as this node does.

        Raises:
            UsageError: no such block, or no such way of sealing.
        """
        sealing = self.sealing if seal is None else Sealing.of(seal)
        with self._lock.here:
            origin, clock = beside(self._origin, self.clock, at)
        return Node._of(origin, clock, sealing)

    def export(self, path: Path, *, progress: Progress | None = None) -> Portable:
        """Write the chain, as it is now, to a new file that `Node.imported` reads anywhere.

        Args:
            progress: called after each block with how many are done, and how many there are.

        Raises:
            UsageError: there is a file already, or it cannot be written.
            StateDiscarded: the node does not keep all states.
            ChainError: the chain went back meanwhile, or its file is damaged.
        """
        return portable.write(self.chain, path, progress=progress)

    @classmethod
    def imported(
        cls,
        file: Path,
        *,
        path: Path | None = None,
        execute: bool = True,
        progress: Progress | None = None,
        clock: Clock | None = None,
        seal: Seal = "instant",
        cache_dir: Path | None = None,
    ) -> Node:
        """A node that goes on with an exported chain, every block of which it has checked.

        Args:
            path: the file to keep the chain in, which must not be there yet; None for memory.
            execute: run every extrinsic again, so that nobody is trusted; else, several times
                faster, only compare what each block says that it changed with its state root.
            progress: called after each block with how many are done, and how many there are.

        Raises:
            UsageError: there is no such file, `path` is there already, or a newer SDK wrote it.
            ChainCorrupt: not an exported chain, or truncated or altered.
            ChainInvalid: a block is not valid.
            RuntimeIncompatible: this node cannot run the chain's runtime.
        """
        sealing, executor = Sealing.of(seal), Executor(cache_dir=cache_dir)
        chain, archive = portable.read(
            file, executor, into=path, execute=execute, progress=progress
        )
        return cls._of(imported(executor, chain, archive), clock, sealing)

    # --- others -------------------------------------------------------------------------------

    def serve(
        self,
        port: int = 0,
        host: str = "127.0.0.1",
        *,
        origins: Iterable[str] = (),
        limits: Limits | None = None,
    ) -> Server:
        """Let others reach this node: JSON-RPC over WebSocket and HTTP, on one port.

        Args:
            port: 0 for any that is free; the server's `url` tells it.
            host: the address to listen on; one that is not the loopback's lets other machines in,
                and warns.
            origins: whose web pages may ask, as in "https://polkadot.js.org", beside those of this
                machine.
            limits: what a client may ask for; None for what suits a notebook.

        Raises:
            UsageError: it cannot listen there.
            MissingExtra: `serve` is not installed.
        """
        from dml_sdk.chain.node.serving import serve

        self._must_be_open()
        server = serve(self, port, host, origins=origins, limits=limits)
        self._servers.append(server)
        return server

    def close(self) -> None:
        """Take no more transactions, seal no more, forget the watchers. The chain can be read.

        Inside an `anchor` the node is rewound first, to where the outermost began.
        """
        if not self._lock.is_here:
            self._closed = True  # the parent's threads, sockets and files are the parent's to close
            return
        for server in self._servers:
            server.close()
        if self._metronome is not None:
            self._metronome.stop()
        with self._lock.alone:
            try:
                self._come_back(self._anchors.end())
            finally:
                if not self._closed and self._origin.archive is not None:
                    self._origin.archive.close()
                self._closed = True
                self._watchers.clear()
        self._watchers.tell()

    def runtime(self) -> Runtime:
        """The runtime at the head."""
        return self.executor.of(self.chain.head.state)

    # --- inside -------------------------------------------------------------------------------

    @classmethod
    def _of(cls, origin: Origin, clock: Clock | None, sealing: Sealing) -> Node:
        node = cls.__new__(cls)
        node._start(origin, clock, sealing)
        return node

    def _come_back(self, moment: Snapshot | None) -> None:
        if moment is not None:
            self._producer.restore(moment.head, moment.pool)
            self.clock.restore(moment.clock)

    @property
    def _holder(self) -> object | None:
        """Who keeps back what this thread submits; None outside `one_block`."""
        return getattr(self._batch, "holder", None)

    def _beat(self) -> None:
        """The interval is over: seal what is ready, unless the end came first."""
        try:
            with self._lock.alone:
                if not self._closed:
                    self._producer.seal(self.pool.ready())
        finally:
            self._watchers.tell()

    def _must_be_open(self) -> None:
        if self._closed:
            raise UsageError("This node is closed. Make a new one with dml.connect().")
