"""What one client is told without asking again: the legacy subscriptions of the reference node.

Every block is final here, so that the three subscriptions to heads tell the same.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeAlias

from dml_sdk.chain.node.blocks import Block
from dml_sdk.chain.node.hashing import blake2_256
from dml_sdk.chain.node.params import Params
from dml_sdk.chain.node.rpc import Rpc, header_json, version_json
from dml_sdk.chain.node.serving import messages
from dml_sdk.chain.node.serving.feed import Feed
from dml_sdk.chain.node.serving.turns import Client, Turns, Work
from dml_sdk.chain.node.validity import opaque
from dml_sdk.chain.node.watching import TransactionState, TransactionStatus
from dml_sdk.errors import RpcError

if TYPE_CHECKING:
    from dml_sdk.chain.node.node import Node

FINALITY_SECONDS = 0.25
"""From a transaction's block to its finality, as watchers are told."""

_ID_BYTES = 8

Tell: TypeAlias = Callable[[bytes], None]
"""Sends a client a notification."""

Begin: TypeAlias = Callable[[], Awaitable[None]]
"""Tells a client how things are now."""


class Kind(NamedTuple):
    """One sort of subscription.

    Attributes:
        begin, end: the methods that begin and end it, the first being its proper name.
        told_as: the method that its notifications name.
    """

    begin: tuple[str, ...]
    end: tuple[str, ...]
    told_as: str


NEW_HEADS = Kind(
    ("chain_subscribeNewHeads", "chain_subscribeNewHead", "subscribe_newHead"),
    ("chain_unsubscribeNewHeads", "chain_unsubscribeNewHead", "unsubscribe_newHead"),
    "chain_newHead",
)
ALL_HEADS = Kind(("chain_subscribeAllHeads",), ("chain_unsubscribeAllHeads",), "chain_allHead")
FINALISED_HEADS = Kind(
    ("chain_subscribeFinalizedHeads", "chain_subscribeFinalisedHeads"),
    ("chain_unsubscribeFinalizedHeads", "chain_unsubscribeFinalisedHeads"),
    "chain_finalizedHead",
)
STORAGE = Kind(("state_subscribeStorage",), ("state_unsubscribeStorage",), "state_storage")
VERSION = Kind(
    ("state_subscribeRuntimeVersion", "chain_subscribeRuntimeVersion"),
    ("state_unsubscribeRuntimeVersion", "chain_unsubscribeRuntimeVersion"),
    "state_runtimeVersion",
)
WATCH = Kind(
    ("author_submitAndWatchExtrinsic",), ("author_unwatchExtrinsic",), "author_extrinsicUpdate"
)
KINDS = (NEW_HEADS, ALL_HEADS, FINALISED_HEADS, STORAGE, VERSION, WATCH)
BEGINS = {name: kind for kind in KINDS for name in kind.begin}
ENDS = {name: kind for kind in KINDS for name in kind.end}


class _What(Protocol):
    """What is told of blocks."""

    def first(self, block: Block) -> object:
        """How it is at a block."""

    def change(self, before: Block, block: Block) -> object | None:
        """What is different after a block, None for nothing."""


class _Head:
    """Tells of every block."""

    def first(self, block: Block) -> object:
        return header_json(block.header)

    def change(self, before: Block, block: Block) -> object | None:
        return self.first(block)


class _Storage:
    """Tells of the values at some keys, then of those that changed."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        self._keys = {key: place for place, key in enumerate(keys)}

    def first(self, block: Block) -> object:
        return self._told(block, self._keys)

    def change(self, before: Block, block: Block) -> object | None:
        was, now = before.state, block.state
        # A block changes few keys; somebody may have named very many.
        named = self._keys.keys() & now.changes_from(was).keys()
        changed = sorted(
            (key for key in named if was.get(key) != now.get(key)), key=self._keys.__getitem__
        )
        return self._told(block, changed) if changed else None

    def _told(self, block: Block, keys: Iterable[bytes]) -> object:
        values = ((key, block.state.get(key)) for key in keys)
        changes = [[f"0x{k.hex()}", None if v is None else f"0x{v.hex()}"] for k, v in values]
        return {"block": f"0x{block.hash.hex()}", "changes": changes}


class _Version:
    """Tells of the runtime, then of the one that takes its place."""

    def __init__(self, rpc: Rpc) -> None:
        self._version = rpc.version_at

    def first(self, block: Block) -> object:
        return version_json(self._version(block))

    def change(self, before: Block, block: Block) -> object | None:
        return None if self._version(before) == self._version(block) else self.first(block)


class _OfBlocks:
    """A subscription to something that blocks change."""

    def __init__(self, id_: str, kind: Kind, what: _What, node: Node, tell: Tell) -> None:
        self._id, self._kind, self._what, self._node = id_, kind, what, node
        self._last = node.chain.head
        self.tell = tell

    def first(self) -> bytes:
        """How things are now; what changes afterwards is told of the blocks."""
        self._last = self._node.chain.head
        return self._text(self._what.first(self._last))

    def at(self, block: Block) -> bytes | None:
        """What to tell of a block; nothing of one that was passed already."""
        last = self._last
        if _leads_to(block, last):
            return None
        self._last = block
        change = self._what.change(last, block)
        return None if change is None else self._text(change)

    def _text(self, value: object) -> bytes:
        return messages.notification(self._kind.told_as, self._id, messages.encoded(value))


def _leads_to(block: Block, later: Block) -> bool:
    """Whether a block is another one, or comes before it.

    It is asked of the blocks, which do not change, and not of the chain, which may go back while
    this is worked out. One that was sealed anew is not the one of its hash that was taken away.
    """
    at: Block | None = later
    while at is not None and at.number > block.number:
        at = at.parent
    return at is block


class _Watched:
    """A subscription to what becomes of one transaction.

    Statuses may come before the client knows the subscription's name, and wait until then. What is
    in a block is final; that is told a moment later, for polkadot.js forgets that it heard of the
    block when it hears of its finality while it still reads the block's events.

    Args:
        ended: called when there is nothing more to tell.
    """

    def __init__(self, id_: str, tell: Tell, ended: Callable[[], None]) -> None:
        self._id, self._tell, self._ended = id_, tell, ended
        self._early: list[TransactionStatus] | None = []
        self._finality: asyncio.TimerHandle | None = None

    async def begin(self) -> None:
        """Tell what is known."""
        early, self._early = self._early or [], None
        for status in early:
            self.status(status)

    def status(self, status: TransactionStatus) -> None:
        """The transaction is somewhere else than before."""
        if self._early is not None:
            self._early.append(status)
            return
        self.stop()
        state, block_hash = status.state, _hex(status.block_hash)
        match state:
            case TransactionState.FUTURE | TransactionState.READY:
                self._say(state.value)
            case TransactionState.IN_BLOCK:
                self._say({state.value: block_hash})
                self._finality = asyncio.get_running_loop().call_later(
                    FINALITY_SECONDS, self._end, {"finalized": block_hash}
                )
            case TransactionState.RETRACTED:
                self._end({state.value: block_hash})
            case TransactionState.USURPED:
                self._end({state.value: _hex(status.by)})
            case TransactionState.DROPPED | TransactionState.INVALID:
                self._end(state.value)

    def stop(self) -> None:
        """Tell nothing that is still to be told."""
        if self._finality is not None:
            self._finality.cancel()

    def _say(self, told: object) -> None:
        self._tell(messages.notification(WATCH.told_as, self._id, messages.encoded(told)))

    def _end(self, told: object) -> None:
        self._say(told)
        self._ended()


def _hex(data: bytes | None) -> str:
    return "0x" + (data or b"").hex()


class Subscriptions:
    """The subscriptions of one connection. Used in the server's loop.

    Args:
        client: whose turns are taken.
        tell: sends the client a notification.
        most: how many it may hold.
    """

    def __init__(
        self, rpc: Rpc, feed: Feed, work: Work, client: Client, tell: Tell, most: int
    ) -> None:
        self._rpc, self._feed, self._work, self._client = rpc, feed, work, client
        self._tell, self._most = tell, most
        self._held: dict[str, tuple[Kind, Callable[[], None]]] = {}
        self._begun: dict[str, Begin] = {}
        self._closed = False

    async def begin(self, kind: Kind, method: str, values: object) -> str:
        """Opens a subscription; its name. It tells nothing before `flush`.

        Raises:
            RpcError: the parameters are not right (-32602), there are too many (-32006), or the
                transaction was refused.
        """
        params = Params(method, values)
        if len(self._held) >= self._most:
            raise RpcError(
                messages.TOO_MANY_SUBSCRIPTIONS,
                "Too many subscriptions on the connection",
                f"Exceeded max limit of {self._most}",
            )
        id_ = secrets.token_hex(_ID_BYTES)
        if kind is WATCH:
            await self._watch(id_, params)
            return id_
        what: _What
        turns: Turns | None = None  # a head is there already
        if kind is STORAGE:
            what, turns = _Storage(params.keys(0)), self._work.light
        else:
            params.at_most(0)
            if kind is VERSION:
                what, turns = _Version(self._rpc), self._work.heavy
            else:
                what = _Head()
        subscription = _OfBlocks(id_, kind, what, self._rpc.node, self._tell)

        async def begin() -> None:
            if turns is None:
                text = subscription.first()
            else:
                text = await turns.run(self._client, subscription.first, refusable=False)
            if id_ in self._held:
                subscription.tell(text)
            if id_ in self._held:  # still, for who does not read is given up
                self._feed.add(subscription)

        self._hold(id_, kind, begin, partial(self._feed.remove, subscription))
        return id_

    async def flush(self) -> None:
        """Begins to tell, now that the client knows the names of what it opened."""
        begun, self._begun = self._begun, {}
        for id_, begin in begun.items():
            if id_ in self._held:
                await begin()

    def end(self, kind: Kind, method: str, values: object) -> bool:
        """Ends a subscription; False when there was none of this kind and name."""
        id_ = Params(method, values).raw(0)
        held = self._held.get(id_) if isinstance(id_, str) else None
        if held is None or held[0] is not kind:
            return False
        self._drop(str(id_))
        return True

    def close(self) -> None:
        """Ends them all."""
        self._closed = True
        for id_ in tuple(self._held):
            self._drop(id_)

    async def _watch(self, id_: str, params: Params) -> None:
        extrinsic = opaque(params.data(0, "the extrinsic"))
        loop = asyncio.get_running_loop()
        watched = _Watched(id_, self._tell, partial(self._drop, id_))

        def changed(status: TransactionStatus) -> None:
            with suppress(RuntimeError):  # the server was closed, and nobody listens any more
                loop.call_soon_threadsafe(watched.status, status)

        def submit() -> Callable[[], None]:
            stop = self._rpc.node.watch(blake2_256(extrinsic), changed)
            try:
                self._rpc.call("author_submitExtrinsic", [f"0x{extrinsic.hex()}"])
            except BaseException:
                stop()
                raise
            return stop

        forget = await self._work.submitting.run(self._client, submit, undo=lambda late: late())

        def stop() -> None:
            forget()
            watched.stop()

        self._hold(id_, WATCH, watched.begin, stop)

    def _hold(self, id_: str, kind: Kind, begin: Begin, stop: Callable[[], None]) -> None:
        if self._closed:  # while a worker was busy with it
            stop()
            return
        self._held[id_] = kind, stop
        self._begun[id_] = begin

    def _drop(self, id_: str) -> None:
        held = self._held.pop(id_, None)
        if held is not None:
            held[1]()
