"""What waits to be sent to one client, never more than a bound."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

from dml_sdk.chain.node.serving.room import Shelf

PING_SECONDS = 30.0


class Outbox:
    """Sends texts in order, in a task of its own.

    Args:
        send: sends one text, and says how much went out; returns once the socket has room again.
        ping: asks the client for a sign of life; called when nothing was sent for a while.
        give_up: ends the connection at once.
        shelf: where it is counted what waits.
        most: how many bytes may wait.
        seconds: that sending one text may take.
    """

    def __init__(
        self,
        send: Callable[[bytes, Callable[[int], None]], Awaitable[None]],
        ping: Callable[[], Awaitable[None]],
        give_up: Callable[[], None],
        shelf: Shelf,
        *,
        most: int,
        seconds: float,
    ) -> None:
        self._send, self._ping, self._give_up = send, ping, give_up
        self._most, self._seconds = most, seconds
        self._shelf = shelf
        self._texts: deque[bytes] = deque()
        self._filled, self._drained = asyncio.Event(), asyncio.Event()
        self._closed = False

    async def drained(self) -> None:
        """Until not too much waits: who does not read is not worked for."""
        while self._shelf.bytes > self._most and not self._closed:
            self._drained.clear()
            await self._drained.wait()

    def put(self, text: bytes | None) -> None:
        """Hands over an answer, None for nothing."""
        if text is not None and not self._closed:
            self._texts.append(text)
            self._shelf.put(len(text))
            self._filled.set()

    def notify(self, text: bytes) -> None:
        """Hands over a notification; a client that has too much waiting already is given up."""
        if self._shelf.bytes > self._most:
            self.close()
            self._give_up()
        else:
            self.put(text)

    def close(self) -> None:
        """Forgets what waits; nothing is sent any more."""
        self._closed = True
        self._texts.clear()
        self._shelf.clear()
        self._filled.set()
        self._drained.set()

    async def run(self) -> None:
        """Sends until `close`, or until the client is lost."""
        try:
            while not self._closed:
                if not self._texts:
                    await self._wait()
                    continue
                async with asyncio.timeout(self._seconds):
                    await self._send(self._texts.popleft(), self._went_out)
        except (OSError, TimeoutError):
            self._give_up()
        finally:
            self.close()

    async def _wait(self) -> None:
        self._filled.clear()
        try:
            async with asyncio.timeout(PING_SECONDS):
                await self._filled.wait()
        except TimeoutError:
            async with asyncio.timeout(self._seconds):
                await self._ping()

    def _went_out(self, size: int) -> None:
        # Counted until now: what the socket holds back waits as well.
        self._shelf.took(size)
        self._drained.set()
