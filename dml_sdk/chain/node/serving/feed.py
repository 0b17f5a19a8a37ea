"""Tells subscribers of each new block, in order.

Blocks are announced by the thread that seals them; what subscribers are told of them is worked out
in a worker, and handed to the connections in the server's loop.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from concurrent.futures import Executor as Workers
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

    def at(self, block: Block) -> str | None:
        """What to tell of a block, None for nothing; in a worker, one block after the other."""

    def tell(self, text: str) -> None:
        """Tell it, in the loop."""


class Feed:
    """The followers of one node's blocks. Used in the loop that it was made in."""

    def __init__(self, node: Node, workers: Workers) -> None:
        self._node, self._workers = node, workers
        self._loop = asyncio.get_running_loop()
        self._followers: dict[Follower, None] = {}
        self._untold: deque[BlockInfo] = deque(maxlen=_MOST_BEHIND)
        self._arrived = asyncio.Event()
        self._stop = node.on_block(self._announced)

    def add(self, follower: Follower) -> None:
        """Tell somebody of the blocks from now on."""
        self._followers[follower] = None

    def remove(self, follower: Follower) -> None:
        """Tell somebody no more."""
        self._followers.pop(follower, None)

    def close(self) -> None:
        """Hear of no more blocks."""
        self._stop()

    async def run(self) -> None:
        """Tell of blocks, until cancelled."""
        while True:
            await self._arrived.wait()
            self._arrived.clear()
            while self._untold:
                block = self._node.chain.by_hash(self._untold.popleft().hash)
                followers = tuple(self._followers)
                if block is None or not followers:  # rewound meanwhile; nobody listens
                    continue
                told = await self._loop.run_in_executor(
                    self._workers, self._worked_out, block, followers
                )
                for follower, text in told:
                    if follower in self._followers:
                        follower.tell(text)

    def _announced(self, block: BlockInfo) -> None:
        self._untold.append(block)
        with suppress(RuntimeError):  # the loop has ended, and with it the server
            self._loop.call_soon_threadsafe(self._arrived.set)

    def _worked_out(
        self, block: Block, followers: tuple[Follower, ...]
    ) -> list[tuple[Follower, str]]:
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
