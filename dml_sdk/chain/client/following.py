"""Telling watchers of new blocks, which the embedded node or one elsewhere tells of."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dml_sdk.chain.client.heads import Head, Heads, number_of
from dml_sdk.errors import ChainError

if TYPE_CHECKING:
    from dml_sdk.chain.node import Node

_MOST_BEHIND = 10_000  # blocks; then the oldest are left out
_JOIN_SECONDS = 5.0
_log = logging.getLogger(__name__)


@dataclass(eq=False, slots=True)
class _Watch:
    """One callback, until it is stopped; and the newest block that it knows."""

    callback: Callable[[int], object]
    newest: Head | None
    stopped: bool = False


class _Line:
    """What is heard from a node, in a thread of its own."""

    def __init__(self, heads: Heads, heard: Callable[[Head], None]) -> None:
        self.heads = heads
        self.thread = threading.Thread(
            target=heads.hear, args=(heard,), name="dml-head-follower", daemon=True
        )
        self.thread.start()


class HeadFollower:
    """Calls back with the number of each new block.

    The embedded node tells by itself, in the thread that seals. One elsewhere is listened to in a
    daemon thread that lives only while somebody watches.

    Args:
        node: the embedded one, or None.
        open_heads: gives a way to hear of the blocks of one elsewhere.
        ask: asks that one for its newest header.
    """

    def __init__(
        self, node: Node | None, open_heads: Callable[[], Heads], ask: Callable[[], Head]
    ) -> None:
        self._node, self._open_heads, self._ask = node, open_heads, ask
        self._lock = threading.Lock()
        self._telling = threading.Lock()  # by one thread at a time
        self._watches: list[_Watch] = []
        self._line: _Line | None = None
        self._ending: list[_Line] = []
        self._closed = False

    def add(self, callback: Callable[[int], object]) -> Callable[[], None]:
        """Starts calling back; returns how to stop."""
        if self._node is not None:
            return self._node.on_block(lambda block: callback(block.number))
        watch = _Watch(callback, self._newest())
        with self._lock:
            if not self._closed:
                self._watches.append(watch)
                self._line = self._line or _Line(self._open_heads(), self._heard)

        def stop() -> None:
            with self._lock:
                watch.stopped = True
                if watch in self._watches:
                    self._watches.remove(watch)
                    if not self._watches:
                        self._hang_up()

        return stop

    def close(self) -> None:
        """Calls nobody back any more, hangs up, and waits for the thread.

        One that is still connecting, or busy in a callback, ends by itself when it is done.
        """
        with self._lock:
            self._closed = True
            for watch in self._watches:
                watch.stopped = True
            self._watches.clear()
            self._hang_up()
            ending, self._ending = self._ending, []
        for line in ending:
            if line.thread is not threading.current_thread():
                line.thread.join(_JOIN_SECONDS)

    def _hang_up(self) -> None:
        if self._line is not None:
            self._line.heads.end()
            self._ending = [line for line in self._ending if line.thread.is_alive()]
            self._ending.append(self._line)
            self._line = None

    def _newest(self) -> Head | None:
        """The newest header now; None if nobody can tell, and then the first heard of is new."""
        try:
            return self._ask()
        except ChainError as e:
            _log.warning("following the chain: %s", e)
            return None

    def _heard(self, head: Head) -> None:
        number = number_of(head)
        with self._telling:
            with self._lock:
                watches = tuple(self._watches)
            for watch in watches:
                if head != watch.newest:
                    known = None if watch.newest is None else number_of(watch.newest)
                    watch.newest = head
                    _tell(watch, _new(known, number))


def _new(known: int | None, newest: int) -> range:
    """Numbers of the blocks that are new to whom knows one.

    The newest can be below it, or in its place: the chain was rewound, or went on elsewhere.
    """
    if known is None or newest <= known:
        return range(newest, newest + 1)
    return range(max(known + 1, newest + 1 - _MOST_BEHIND), newest + 1)


def _tell(watch: _Watch, numbers: range) -> None:
    for number in numbers:
        if watch.stopped:
            return
        try:
            watch.callback(number)
        except Exception:  # noqa: BLE001  # a watcher's failure is its own
            _log.exception("A watcher failed on block %d", number)
