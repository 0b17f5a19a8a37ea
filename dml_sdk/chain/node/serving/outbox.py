"""What waits to be sent to one client, never more than a bound."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

PING_SECONDS = 30.0


class Outbox:
    """Sends texts in order, in a task of its own.

    Args:
        send: sends one text; returns once the socket has room again.
        ping: asks the client for a sign of life; called when nothing was sent for a while.
        give_up: ends the connection at once.
        most: how many characters may wait.
        seconds: that sending one text may take.
    """

    def __init__(
        self,
        send: Callable[[str], Awaitable[None]],
        ping: Callable[[], Awaitable[None]],
        give_up: Callable[[], None],
        *,
        most: int,
        seconds: float,
    ) -> None:
        self._send, self._ping, self._give_up = send, ping, give_up
        self._most, self._seconds = most, seconds
        self._texts: deque[str] = deque()
        self._waiting = 0
        self._filled, self._drained = asyncio.Event(), asyncio.Event()
        self._closed = False

    async def answer(self, text: str) -> None:
        """Hands over an answer, once there is room: who does not read is not worked for."""
        while self._waiting > self._most and not self._closed:
            self._drained.clear()
            await self._drained.wait()
        self._put(text)

    def notify(self, text: str) -> None:
        """Hands over a notification; a client that has too much waiting already is given up."""
        if self._waiting > self._most:
            self.close()
            self._give_up()
        else:
            self._put(text)

    def close(self) -> None:
        """Forgets what waits; nothing is sent any more."""
        self._closed = True
        self._texts.clear()
        self._waiting = 0
        self._filled.set()
        self._drained.set()

    async def run(self) -> None:
        """Sends until `close`, or until the client is lost."""
        try:
            while not self._closed:
                if not self._texts:
                    await self._wait()
                    continue
                text = self._texts.popleft()
                async with asyncio.timeout(self._seconds):
                    await self._send(text)
                # Counted until now: what the socket holds back waits as well.
                self._waiting = max(0, self._waiting - len(text))
                self._drained.set()
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

    def _put(self, text: str) -> None:
        if not self._closed:
            self._texts.append(text)
            self._waiting += len(text)
            self._filled.set()
