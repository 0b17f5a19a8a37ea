"""Tells subscribers of each new block, in order.

Blocks are announced by the thread that seals them; what subscribers are told of them is worked out
in a worker, and handed to the connections in the server's loop.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING, Protocol

from dml_sdk.chain.node.blocks import Block
from dml_sdk.chain.node.watching import BlockInfo

if TYPE_CHECKING:
    from dml_sdk.chain.node.node import Node

log = logging.getLogger(__name__)

_MOST_BEHIND = 10_000  # blocks; then the oldest are left out


class Follower(Protocol):
    """Somebody who is told of blocks."""

    def at(self, block: Block) -> bytes | None:
        """What to tell of a block, None for nothing; in a worker, one block after the other."""

    def tell(self, text: bytes) -> None:
        """Tell it, in the loop."""


class Feed:
    """The followers of one node's blocks. Used in the loop that it was made in."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="dml-server-feed")
        self._loop = asyncio.get_running_loop()
        self._followers: dict[Follower, None] = {}
        self._joined: list[Follower] = []  # those that may have missed the newest block
        self._newest: bytes | None = None  # hash of the last block that was told of
        self._untold: deque[BlockInfo] = deque(maxlen=_MOST_BEHIND)
        self._arrived = asyncio.Event()
        self._stop = node.on_block(self._announced)

    def add(self, follower: Follower) -> None:
        """Tell somebody of the blocks from now on, and of the newest that the others know."""
        self._followers[follower] = None
        self._joined.append(follower)
        self._arrived.set()

    def remove(self, follower: Follower) -> None:
        """Tell somebody no more."""
        self._followers.pop(follower, None)

    def close(self) -> None:
        """Hear of no more blocks."""
        self._stop()
        self._worker.shutdown(wait=False, cancel_futures=True)

    async def run(self) -> None:
        """Tell of blocks, until cancelled."""
        while True:
            await self._arrived.wait()
            self._arrived.clear()
            while self._joined or self._untold:
                if self._joined:
                    followers, self._joined = tuple(self._joined), []
                else:
                    followers = tuple(self._followers)
                    self._newest = self._untold.popleft().hash
                block = None if self._newest is None else self._node.chain.by_hash(self._newest)
                if block is not None and followers:  # None when it was rewound meanwhile
                    await self._tell(block, followers)

    async def _tell(self, block: Block, followers: tuple[Follower, ...]) -> None:
        told = await self._loop.run_in_executor(self._worker, self._worked_out, block, followers)
        for follower, text in told:
            if follower in self._followers:
                follower.tell(text)

    def _announced(self, block: BlockInfo) -> None:
        self._untold.append(block)
        with suppress(RuntimeError):  # the loop has ended, and with it the server
            self._loop.call_soon_threadsafe(self._arrived.set)

    def _worked_out(
        self, block: Block, followers: tuple[Follower, ...]
    ) -> list[tuple[Follower, bytes]]:
        told = []
        for follower in followers:
            try:
                text = follower.at(block)
            except Exception:
                log.exception("A subscription failed on block %d", block.number)
                continue
            if text is not None:
                told.append((follower, text))
        return told
