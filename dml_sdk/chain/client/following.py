"""Telling watchers of new blocks, from the embedded node or by asking a remote one."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from dml_sdk.errors import ChainError

if TYPE_CHECKING:
    from dml_sdk.chain.node import Node

_ASK_SECONDS = 0.5
_log = logging.getLogger(__name__)


class HeadFollower:
    """Calls back with the number of each new block.

    The embedded node tells by itself. A remote one is asked twice a second, in a daemon thread that
    lives only while somebody watches.
    """

    def __init__(self, node: Node | None, head_number: Callable[[], int]) -> None:
        self._node = node
        self._head_number = head_number
        self._callbacks: list[Callable[[int], None]] = []
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._thread: threading.Thread | None = None

    def add(self, callback: Callable[[int], None]) -> Callable[[], None]:
        """Starts calling back; returns how to stop."""
        if self._node is not None:
            return self._node.on_block(lambda block: callback(block.number))
        with self._lock:
            self._callbacks.append(callback)
            if self._thread is None:
                self._wake.clear()
                self._thread = threading.Thread(
                    target=self._ask, name="dml-head-follower", daemon=True
                )
                self._thread.start()

        def remove() -> None:
            with self._lock:
                if callback in self._callbacks:
                    self._callbacks.remove(callback)

        return remove

    def close(self) -> None:
        """Stops asking."""
        with self._lock:
            self._callbacks.clear()
        self._wake.set()

    def _ask(self) -> None:
        seen: int | None = None
        while not self._wake.wait(_ASK_SECONDS):
            with self._lock:
                if not self._callbacks:
                    self._thread = None
                    return
                callbacks = list(self._callbacks)
            try:
                head = self._head_number()
            except ChainError as e:
                _log.warning("following the chain: %s", e)
                continue
            for number in range(head if seen is None else seen + 1, head + 1):
                for callback in callbacks:
                    callback(number)
            seen = head
