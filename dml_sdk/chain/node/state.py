"""What a call may do to the state: an overlay of uncommitted changes, in nested transactions.

An overlay is all that the host functions are handed. It stands on a trie that does not change;
what was done becomes a new trie (`Overlay.root`), or is forgotten with the overlay.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from enum import Enum
from typing import NamedTuple

from dml_sdk.chain.node.scale import Reader, ScaleError, compact
from dml_sdk.chain.node.trie import Trie

CHILD_STORAGE = b":child_storage:"


class Appended:
    """A SCALE vector that grows at its end without being copied each time.

    Args:
        origin: what it grew from.
    """

    __slots__ = ("_items", "_whole", "count", "parts")

    def __init__(self, origin: bytes) -> None:
        self.count = _length(origin)
        self._items = origin[len(compact(self.count)) :]
        self.parts: list[bytes] = []
        self._whole: bytes | None = None

    def add(self, item: bytes) -> None:
        """Append one item, encoded."""
        self.parts.append(item)
        self.count += 1
        self._whole = None

    def cut(self, parts: int) -> None:
        """Take back all that was appended after the first `parts` items."""
        self.count -= len(self.parts) - parts
        del self.parts[parts:]
        self._whole = None

    def whole(self) -> bytes:
        """The vector, encoded."""
        if self._whole is None:
            self._whole = b"".join((compact(self.count), self._items, *self.parts))
        return self._whole


def _length(vector: bytes) -> int:
    return Reader(vector).compact() if vector else 0


class Removed(NamedTuple):
    """What `Overlay.clear_prefix` did.

    Attributes:
        complete: whether nothing with the prefix is left.
        loops: how many keys of the trie were visited.
    """

    complete: bool
    loops: int


Value = bytes | Appended | None


class _Unread(Enum):
    """Stands for a value that nobody has asked for yet."""

    UNREAD = "unread"


_UNREAD = _Unread.UNREAD


class _Before(NamedTuple):
    """What a transaction has to bring back when it is rolled back.

    Attributes:
        value: at the key before the transaction first wrote there.
        parts: how many items it had by then, when it is an appended vector.
        changed: whether it was another value than the trie's already.
    """

    value: Value | _Unread
    parts: int
    changed: bool


class Overlay:
    """Changes on top of a trie.

    Transactions nest: `start` opens one, `commit` folds it into the one around it, `rollback`
    forgets it. A read is one look into one dictionary, however deep they nest: each transaction
    keeps what it must bring back, not what it changed.
    """

    def __init__(self, base: Trie) -> None:
        self.base = base
        self._now: dict[bytes, Value] = {}  # everything that was read or written
        self._changed: set[bytes] = set()
        self._journals: list[dict[bytes, _Before]] = []
        self._touched: set[bytes] = set()
        self._sorted: list[bytes] = []  # of _touched; built when first asked for an order
        self._rooted: Trie | None = None

    @property
    def depth(self) -> int:
        """How many transactions are open."""
        return len(self._journals)

    def get(self, key: bytes) -> bytes | None:
        """The value at `key` as it is now."""
        value = self._now.get(key, _UNREAD)
        if value is _UNREAD:
            value = self._now[key] = self.base.get(key)
        return value.whole() if isinstance(value, Appended) else value

    def set(self, key: bytes, value: bytes | None) -> None:
        """Put `value` at `key`; None removes it."""
        self._touch(key)
        self._now[key] = value

    def append(self, key: bytes, item: bytes) -> None:
        """Append an encoded item to the SCALE vector at `key`.

        What is there and is no vector is replaced by one, as the specification has it.
        """
        self._touch(key)
        current = self._now.get(key, _UNREAD)
        if current is _UNREAD:
            current = self.base.get(key)
        if not isinstance(current, Appended):
            try:
                current = Appended(current or b"")
            except ScaleError:
                current = Appended(b"")
            self._now[key] = current
        current.add(item)

    def next_key(self, key: bytes) -> bytes | None:
        """The smallest key after `key` that has a value."""
        below = self.base.next_key(key)
        while below is not None and below in self._touched and self.get(below) is None:
            below = self.base.next_key(below)
        keys = self._sorted_keys()
        for index in range(bisect_right(keys, key), len(keys)):
            above = keys[index]
            if below is not None and above >= below:
                break
            if self.get(above) is not None:
                return above
        return below

    def clear_prefix(self, prefix: bytes, limit: int | None = None) -> Removed:
        """Remove the keys that start with `prefix`.

        Args:
            limit: how many keys of the trie at most; those that are only in the overlay all go and
                do not count.
        """
        if prefix.startswith(CHILD_STORAGE) or CHILD_STORAGE.startswith(prefix):
            # Child tries are not to be removed by their parents' prefix; the call does nothing.
            return Removed(True, 0)
        keys = self._sorted_keys()
        first = bisect_right(keys, prefix) - (prefix in self._touched)
        for key in keys[first:]:
            if not key.startswith(prefix):
                break
            self.set(key, None)
        loops = 0
        for key in self.base.keys(prefix):
            if loops == limit:
                return Removed(False, loops)
            self.set(key, None)
            loops += 1
        return Removed(True, loops)

    def start(self) -> None:
        """Open a transaction."""
        self._journals.append({})

    def commit(self) -> None:
        """Fold the innermost transaction into the one around it."""
        journal = self._close()
        if self._journals:
            outer = self._journals[-1]
            for key, before in journal.items():
                outer.setdefault(key, before)

    def rollback(self) -> None:
        """Forget the innermost transaction."""
        now = self._now
        for key, before in self._close().items():
            if before.value is _UNREAD:
                del now[key]
            else:
                if isinstance(before.value, Appended):
                    before.value.cut(before.parts)
                now[key] = before.value
            if not before.changed:
                self._changed.discard(key)
        self._rooted = None

    def root(self) -> Trie:
        """The trie with all changes in it."""
        if self._rooted is None:
            self._rooted = self.base.update({key: self.get(key) for key in self._changed})
        return self._rooted

    def _close(self) -> dict[bytes, _Before]:
        if not self._journals:
            raise RuntimeError("no transaction is open")
        return self._journals.pop()

    def _touch(self, key: bytes) -> None:
        """Make ready for a change at `key`."""
        self._rooted = None
        if self._journals and key not in self._journals[-1]:
            value = self._now.get(key, _UNREAD)
            parts = len(value.parts) if isinstance(value, Appended) else 0
            self._journals[-1][key] = _Before(value, parts, key in self._changed)
        self._changed.add(key)
        if key not in self._touched:
            self._touched.add(key)
            if self._sorted:
                insort(self._sorted, key)

    def _sorted_keys(self) -> list[bytes]:
        if len(self._sorted) != len(self._touched):
            self._sorted = sorted(self._touched)
        return self._sorted
