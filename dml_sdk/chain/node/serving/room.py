"""How much waits to be read, over all clients: who does not read makes room for the others."""

from __future__ import annotations

import asyncio
import ctypes
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor

from dml_sdk.chain.node.serving import messages

PATIENCE_SECONDS = 1.0
"""How long nobody has to make room for what waits for them."""

_SMALL_BYTES = 16 << 10  # what is answered also when there is no room
_FREED_BYTES = 32 << 20
_TRIM_SECONDS = 1.0


class Room:
    """Counts the bytes of answers and notifications that nobody has read yet. Used in the loop.

    Args:
        most: how many there may be.
        freed: called after a good deal was freed.
        now: a clock, s.
    """

    def __init__(
        self,
        most: int,
        freed: Callable[[], object] = lambda: None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._most, self._freed, self._now = most, freed, now
        self._held = self._freed_bytes = 0
        self._shelves: set[Shelf] = set()

    @property
    def held(self) -> int:
        """How many bytes there are."""
        return self._held

    def take(self, size: int) -> None:
        """Room for a part of an answer that is still put together.

        Raises:
            RpcError: there is none (-32009).
        """
        self._make(size)
        if self._held + size > self._most and size > _SMALL_BYTES:
            raise messages.busy("Too much waits to be read by clients")
        self._held += size

    def give_back(self, size: int) -> None:
        """A part is put together no more."""
        self._held -= size
        self._freed_bytes += size
        if self._freed_bytes >= _FREED_BYTES:
            self._freed_bytes = 0
            self._freed()

    def shelf(self, put_out: Callable[[], object]) -> Shelf:
        """A place for what one client is to read.

        Args:
            put_out: ends the client's connection.
        """
        return Shelf(self, put_out, self._now)

    def _make(self, size: int) -> None:
        """Puts out those whose answers have taken the most room for the longest."""
        while self._held + size > self._most:
            lazy = [s for s in self._shelves if s.seconds >= PATIENCE_SECONDS]
            if not lazy:
                return
            worst = max(lazy, key=lambda shelf: shelf.bytes * shelf.seconds)
            worst.clear()
            worst.put_out()


class Shelf:
    """What is ready for one client, and not read yet.

    Attributes:
        bytes: how much that is.
        put_out: ends the client's connection.
    """

    def __init__(self, room: Room, put_out: Callable[[], object], now: Callable[[], float]) -> None:
        self._room, self._now = room, now
        self.put_out = put_out
        self.bytes = 0
        self._texts: deque[tuple[float, int]] = deque()  # since when, and how much is left of it

    @property
    def seconds(self) -> float:
        """How long the client has let the oldest of it wait."""
        return self._now() - self._texts[0][0] if self._texts else 0.0

    def put(self, size: int) -> None:
        """A text is ready. There is always room for it, though somebody may have to go."""
        self._room._make(size)
        self._texts.append((self._now(), size))
        self.bytes += size
        self._room._held += size
        self._room._shelves.add(self)

    def took(self, size: int) -> None:
        """The client has read so much of the oldest text."""
        if not self._texts:  # it was cleared meanwhile
            return
        since, left = self._texts.popleft()
        if left > size:
            self._texts.appendleft((since, left - size))
        self._give_back(min(left, size))

    def clear(self) -> None:
        """Nothing waits any more."""
        self._texts.clear()
        self._give_back(self.bytes)

    def _give_back(self, size: int) -> None:
        self.bytes -= size
        if not self._texts:
            self._room._shelves.discard(self)
        self._room.give_back(size)


class Trimming:
    """Gives freed memory back to the system, where the C library has a function for that.

    It keeps what Python frees, and how much of big texts varies with its version and history.

    Args:
        workers: where that is done; it takes some ms.
    """

    def __init__(self, workers: Executor) -> None:
        self._workers, self._loop = workers, asyncio.get_running_loop()
        self._function = _trim_function()
        self._planned: asyncio.TimerHandle | None = None

    def soon(self) -> None:
        """Do so in a moment, once for all that is freed until then."""
        if self._function is not None and self._planned is None:
            self._planned = self._loop.call_later(_TRIM_SECONDS, self._begin, self._function)

    def close(self) -> None:
        """Do so no more."""
        if self._planned is not None:
            self._planned.cancel()

    def _begin(self, function: Callable[[int], object]) -> None:
        self._planned = None
        self._workers.submit(function, 0)


def _trim_function() -> Callable[[int], object] | None:
    try:
        function: Callable[[int], object] = ctypes.CDLL(None).malloc_trim
    except (AttributeError, OSError, TypeError):  # of another C library than glibc
        return None
    return function
