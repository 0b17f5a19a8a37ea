"""The chain: its blocks from the first to the head, found by number, hash and extrinsic.

The newest blocks are held as they are, with their states. Older ones are found again in the
history when somebody asks, and stay what they were for as long as anybody holds them, also when
the chain has gone back and on another way.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from weakref import WeakValueDictionary

from dml_sdk.arguments import shown, whole_of
from dml_sdk.chain.node.blocks import Block, Header, Inclusion, timestamp_ms
from dml_sdk.chain.node.hashing import blake2_256, storage_key, twox_64
from dml_sdk.chain.node.history import (
    Checkpoint,
    Entry,
    History,
    MemoryHistory,
    decode_extrinsics,
    encode_changes,
    record_of,
)
from dml_sdk.chain.node.process import OwnLock
from dml_sdk.chain.node.scale import ScaleError
from dml_sdk.chain.node.states import States, corrupt, discarded, forget, remember
from dml_sdk.chain.node.trie import Trie
from dml_sdk.errors import StateDiscarded, UsageError

HELD = 64
"""How many of the newest blocks are held as they are."""

_FIRST_HASH = storage_key("System", "BlockHash") + twox_64(bytes(4)) + bytes(4)
_CHANGES_BETWEEN = 512  # keys that change from one checkpoint to the next, at the least


class Chain:
    """A chain that begins with a block.

    Written under the node's lock, read from any thread.

    Args:
        genesis: the first block.
        history: where the blocks are kept; None for memory. There is no block in it yet.
        pruning: how many of the newest blocks' states are kept; None for all.

    Raises:
        UsageError: `pruning` is not a positive number.
    """

    def __init__(
        self, genesis: Block, history: History | None = None, *, pruning: int | None = None
    ) -> None:
        self._begin(MemoryHistory() if history is None else history, pruning)
        self._keep(0, [genesis], Checkpoint(0, genesis.state))
        self._hold(genesis)

    @classmethod
    def found(cls, history: History, *, pruning: int | None = None) -> Chain:
        """The chain in a history that holds one.

        Raises:
            ChainCorrupt: its newest blocks, or the state after them, are not what they should be.
        """
        chain = cls.__new__(cls)
        chain._begin(history, pruning)
        head = chain._read(history.count - 1)
        chain._unmarked = chain._states.changed_since_checkpoint(head.number)
        try:
            head.state  # noqa: B018 - it is checked here, before anybody builds on it
        except StateDiscarded as error:
            raise corrupt(history, head.number) from error
        chain._hold(head)
        return chain

    def _begin(self, history: History, pruning: int | None) -> None:
        self.pruning = whole_of(pruning)
        if pruning is not None and (self.pruning is None or self.pruning < 1):
            raise UsageError(
                f"pruning={shown(pruning)}: how many blocks keep their states, 1 or more; "
                "None for all."
            )
        self._history = history
        self._lock = OwnLock()
        self._held: dict[int | bytes, Block] = {}  # the newest, by number and by hash
        self._window = HELD if self.pruning is None else min(HELD, self.pruning)
        # Whoever holds a block of this chain holds the one that the chain knows.
        self._alive: WeakValueDictionary[int, Block] = WeakValueDictionary()
        self._again: OrderedDict[int, Block] = OrderedDict()
        self._states = States(history, self.pruning)
        self._unmarked = 0  # keys changed since the last checkpoint

    # --- reading ------------------------------------------------------------------------------

    @property
    def head(self) -> Block:
        """The latest block."""
        return self._head

    @property
    def genesis(self) -> Block:
        """The first block."""
        found = self.by_number(0)
        if found is None:
            raise corrupt(self._history, 0)
        return found

    def by_number(self, number: int) -> Block | None:
        """The block at a height, None when there is none yet.

        Raises:
            ChainCorrupt: what the file has there is not what the head descends from.
        """
        held = self._held.get(number)
        if held is not None or not 0 <= number <= self._head.number:
            return held
        with self._lock.here:
            if number > self._head.number:  # the chain has gone back meanwhile
                return None
            block = self._alive.get(number)
            if block is None:
                # A state has the first block's hash, which saves the way there over all headers.
                known = None if number else self._head.state.get(_FIRST_HASH)
                block = self._read(number, known)
            remember(self._again, number, block)
            return block

    def by_hash(self, block_hash: bytes) -> Block | None:
        """The block with a hash, None when it is not on the chain.

        Raises:
            ChainCorrupt: as in `by_number`.
        """
        held = self._held.get(block_hash)
        if held is not None:
            return held
        with self._lock.here:
            number = self._history.number_of(block_hash)
            block = None if number is None else self.by_number(number)
        if number is not None and (block is None or block.hash != block_hash):
            raise corrupt(self._history, number)
        return block

    def inclusion(self, extrinsic_hash: bytes) -> Inclusion | None:
        """Where an extrinsic is, None when it is in no block.

        Raises:
            ChainCorrupt: as in `by_number`.
        """
        with self._lock.here:
            place = self._history.place_of(extrinsic_hash)
            block = None if place is None else self.by_number(place[0])
        if place is None:
            return None
        there = () if block is None else block.extrinsics[place[1] : place[1] + 1]
        if block is None or not there or blake2_256(there[0]) != extrinsic_hash:
            raise corrupt(self._history, place[0])
        return Inclusion(block, place[1])

    def with_changes(self, number: int) -> tuple[Block, bytes]:
        """A block that is there, and what it changed in its parent's state, encoded.

        Raises:
            StateDiscarded: that is no longer kept.
            ChainCorrupt: as in `by_number`.
        """
        with self._lock.here:
            block, changes = self.by_number(number), self._history.record(number).changes
        if block is None or changes is None:
            raise discarded(number)
        return block, changes

    # --- writing ------------------------------------------------------------------------------

    def add(self, block: Block, hashes: Sequence[bytes]) -> None:
        """Put a block on the head; when this returns, it is kept.

        Args:
            hashes: of its extrinsics, in their order.

        Raises:
            ChainError: the file cannot be written; nothing has changed.
        """
        with self._lock.here:
            block = self._own(block)
            changed = self._unmarked + len(block.state.changes_from(self._head.state))
            due = changed >= _CHANGES_BETWEEN
            mark = Checkpoint(block.number, block.state) if due else None
            self._keep(block.number, [block], mark, [hashes])
            self._unmarked = 0 if due else changed
            self._hold(block)

    def way_to(self, head: Block) -> tuple[Block, list[Block]]:
        """From the chain as it is to `head`: the last block that stays, then those that come.

        Raises:
            ValueError: the block is of another chain.
        """
        coming: list[Block] = []
        shared = head
        while not self._has(shared):
            coming.append(shared)
            parent = shared.parent
            if parent is None:
                raise ValueError("the block is of another chain")
            shared = parent
        return shared, coming[::-1]

    def rewind(self, head: Block) -> None:
        """Make `head` the latest block, whether it is on this chain or was before.

        Raises:
            ValueError: the block is of another chain.
            StateDiscarded: its state is no longer kept.
            ChainError: the file cannot be written; nothing has changed.
        """
        with self._lock.here:
            shared, coming = self.way_to(head)
            if not coming and shared.number == self._head_number:
                return
            mark = Checkpoint(head.number, head.state)
            before = self._head_number
            try:
                self._leave(shared)
                self._keep(shared.number + 1, coming, mark)
            except BaseException:
                self._hold(self._read(before))
                raise
            self._unmarked = 0
            for block in coming:
                self._hold(block)

    def fork(self, at: Block) -> Chain:
        """Another chain in memory, with the same blocks up to `at`, that goes its own way.

        States are shared. So are the records when this chain is in memory too; those of a file
        are copied.

        Args:
            at: a block that is on this chain, or was.

        Raises:
            StateDiscarded: the state of `at`, or one before it on the way back, is not kept.
        """
        with self._lock.here:
            shared, coming = self.way_to(at)
            states = shared.state, at.state  # refused here, not half-way
            forked = Chain.__new__(Chain)
            forked._begin(self._history.copied(shared.number + 1), self.pruning)
        head = Block(
            shared.header, shared.hash, shared.extrinsics, states[0], shared.timestamp_ms, None
        )
        forked._history.extend(head.number + 1, [], Checkpoint(head.number, head.state))
        forked._hold(head)
        for block in coming:
            forked.add(block, [blake2_256(extrinsic) for extrinsic in block.extrinsics])
        return forked

    # --- what blocks ask of their chain -------------------------------------------------------

    def parent_of(self, block: Block) -> Block:
        """The block before one of this chain."""
        parent = self.by_number(block.number - 1)
        if parent is None or parent.hash != block.header.parent_hash:
            raise corrupt(self._history, block.number)
        return parent

    def state_of(self, block: Block) -> Trie:
        """The state after a block of this chain, put together again and checked.

        Raises:
            StateDiscarded: it is no longer kept.
            ChainCorrupt: it is not the one that the header names.
        """
        with self._lock.here:
            if self._has(block):
                state = self._states.after(block.number, self._held_state)
            else:
                state = self._states.beside(block, self._has)
        if state.root != block.header.state_root:
            raise corrupt(self._history, block.number)
        return state

    def timestamp_of(self, block: Block) -> int:
        """The chain's time after a block of this chain, in ms.

        It is read in the state, which is checked; only where that is gone, in the record.
        """
        try:
            return timestamp_ms(block.state)
        except StateDiscarded:
            with self._lock.here:
                return self._history.record(block.number).timestamp_ms

    # --- keeping, under the lock --------------------------------------------------------------

    @property
    def _head_number(self) -> int:
        return self._history.count - 1

    def _has(self, block: Block) -> bool:
        if block.number > self._head_number:
            return False
        there = self._held.get(block.number) or self._alive.get(block.number)
        if there is not None:
            return there.hash == block.hash
        return self._history.number_of(block.hash) == block.number

    def _held_state(self, number: int) -> Trie | None:
        alive = self._alive.get(number)
        return None if alive is None else alive.held_state

    def _own(self, block: Block) -> Block:
        """The block as one of this chain; one of another chain stays what it is."""
        if block.home not in (None, self):
            block = Block(
                block.header, block.hash, block.extrinsics, block.state, block.timestamp_ms,
                self._head,
            )  # fmt: skip
        block.home = self
        return block

    def _keep(
        self,
        kept: int,
        blocks: Sequence[Block],
        mark: Checkpoint | None,
        hashes: Sequence[Sequence[bytes]] | None = None,
    ) -> None:
        """Write blocks into the history, and drop the states that are too old for it."""
        entries = []
        for place, block in enumerate(blocks):
            changes = block.changes
            if changes is None:
                changes = self._changes(block)
            extrinsic_hashes = (
                [blake2_256(extrinsic) for extrinsic in block.extrinsics]
                if hashes is None
                else hashes[place]
            )
            entries.append(Entry(record_of(block, changes), block.hash, extrinsic_hashes))
        self._history.extend(kept, entries, mark)
        if mark is not None and self.pruning is not None:
            oldest = self._history.checkpoint(mark.number - self.pruning + 1)
            if oldest is not None and oldest.number:
                self._history.discard(oldest.number)

    def _changes(self, block: Block) -> bytes | None:
        """What a block changed in its parent's state; None when that is no longer kept."""
        parent = block.parent
        if parent is None:
            return encode_changes({})  # the first block's state is a checkpoint
        try:
            return encode_changes(block.state.changes_from(parent.state))
        except StateDiscarded:
            return None

    def _hold(self, block: Block) -> None:
        """Make a block that is in the history the head."""
        number, oldest = block.number, block.number - self._window + 1
        block.home, block.changes = self, None
        self._alive[number] = block
        self._held[number] = self._held[block.hash] = block
        self._head = block
        gone = self._held.pop(oldest - 1, None)
        if gone is not None:
            self._held.pop(gone.hash, None)
        if oldest > 0 and oldest in self._held:
            self._held[oldest].follow(None)  # or it would hold all before it
        if self.pruning is not None:
            self._again.pop(number - self.pruning, None)
        self._states.grown(number)

    def _leave(self, shared: Block) -> None:
        """Make a block of the chain the head, and let those after it stand by themselves.

        What nobody holds goes; a block that somebody holds keeps its way back to this chain.
        """
        self._hold(shared)
        for number in [at for at in self._held if isinstance(at, int) and at > shared.number]:
            del self._held[self._held.pop(number).hash]
        forget(self._again, lambda number: number > shared.number)
        self._states.forget(lambda number: number > shared.number)
        leaving = [number for number in self._alive if number > shared.number]
        before = shared
        for number in range(shared.number + 1, max(leaving, default=0) + 1):
            block = self._alive.get(number) or self._read(number)
            block.follow(before)
            if block.held_state is None:
                block.changes = self._history.record(number).changes
            before = block
        for number in [number for number in self._alive if number > shared.number]:
            self._alive.pop(number, None)

    def _read(self, number: int, block_hash: bytes | None = None) -> Block:
        """A block out of the history, checked as far as its header goes."""
        record = self._history.record(number, block_hash)
        try:
            header = Header.decode(record.header)
            extrinsics = decode_extrinsics(record.extrinsics)
        except (ScaleError, TypeError) as error:
            raise corrupt(self._history, number) from error
        trusted = self._history.trusted
        if header.number != number or not (trusted or header.names(extrinsics)):
            raise corrupt(self._history, number)
        time = record.timestamp_ms if trusted else None
        block = Block(header, blake2_256(record.header), extrinsics, None, time, None, self)
        self._alive[number] = block
        return block
