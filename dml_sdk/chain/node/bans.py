"""Transactions that a node does not look at again for a while, since it is known what comes of it.

Source: the pool rotator of the reference node (sc-transaction-pool), its times and sizes.
"""

from __future__ import annotations

import time

_SECONDS = 1800.0
_MOST, _FEWEST = 4096, 2048


class Bans:
    """Hashes of transactions, each until its time is over. Guarded by the node's lock."""

    def __init__(self) -> None:
        self._until: dict[bytes, float] = {}  # the earliest first

    def add(self, transaction_hash: bytes) -> None:
        """From now on for half an hour of the machine's time; where there are many, for less."""
        self._until.pop(transaction_hash, None)
        self._until[transaction_hash] = time.monotonic() + _SECONDS
        if len(self._until) > _MOST:
            for oldest in list(self._until)[:-_FEWEST]:
                del self._until[oldest]

    def __contains__(self, transaction_hash: bytes) -> bool:
        until = self._until.get(transaction_hash)
        if until is None:
            return False
        if until > time.monotonic():
            return True
        del self._until[transaction_hash]
        return False

    def clear(self) -> None:
        """Forget them all."""
        self._until.clear()
