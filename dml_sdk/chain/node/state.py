"""What a call may do to the state: an overlay of uncommitted changes, in nested transactions.

An overlay is all that the host functions are handed. It stands on a trie that does not change;
what was done becomes a new trie (`Overlay.root`), or is forgotten with the overlay.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from typing import NamedTuple

from dml_sdk.chain.node.scale import Reader, ScaleError, compact
from dml_sdk.chain.node.trie import Trie

CHILD_STORAGE = b":child_storage:"


class Appended:
    """A SCALE vector that grows at its end without being copied each time.

    Args:
        origin: what it grew from: bytes, or the same vector in an outer transaction.
    """

    __slots__ = ("_whole", "count", "origin", "parts")

    def __init__(self, origin: bytes | Appended) -> None:
        self.origin = origin
        self.count: int = origin.count if isinstance(origin, Appended) else _length(origin)
        self.parts: list[bytes] = []
        self._whole: bytes | None = None

    def add(self, item: bytes) -> None:
        """Append one item, encoded."""
        self.parts.append(item)
        self.count += 1
        self._whole = None

    def whole(self) -> bytes:
        """The vector, encoded."""
        if self._whole is None:
            self._whole = compact(self.count) + b"".join(self.items())
        return self._whole

    def items(self) -> list[bytes]:
        """What comes after the length."""
        if isinstance(self.origin, Appended):
            return self.origin.items() + self.parts
        return [self.origin[len(compact(_length(self.origin))) :], *self.parts]


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


class Overlay:
    """Changes on top of a trie.

    Transactions nest: `start` opens one, `commit` folds it into the one around it, `rollback`
    forgets it.
    """

    def __init__(self, base: Trie) -> None:
        self.base = base
        self._layers: list[dict[bytes, Value]] = [{}]
        self._read: dict[bytes, bytes | None] = {}
        self._touched: set[bytes] = set()
        self._sorted: list[bytes] = []  # of _touched; built when first asked for an order
        self._rooted: Trie | None = None

    @property
    def depth(self) -> int:
        """How many transactions are open."""
        return len(self._layers) - 1

    def get(self, key: bytes) -> bytes | None:
        """The value at `key` as it is now."""
        for layer in reversed(self._layers):
            if key in layer:
                value = layer[key]
                return value.whole() if isinstance(value, Appended) else value
        if key in self._read:
            return self._read[key]
        read = self._read[key] = self.base.get(key)
        return read

    def set(self, key: bytes, value: bytes | None) -> None:
        """Put `value` at `key`; None removes it."""
        self._touch(key)
        self._layers[-1][key] = value

    def append(self, key: bytes, item: bytes) -> None:
        """Append an encoded item to the SCALE vector at `key`.

        What is there and is no vector is replaced by one, as the specification has it.
        """
        self._touch(key)
        top = self._layers[-1]
        current: Value = None
        for layer in reversed(self._layers):
            if key in layer:
                current = layer[key]
                break
        else:
            current = self.get(key)
        if not isinstance(current, Appended) or key not in top:
            try:
                current = Appended(current or b"")
            except ScaleError:
                current = Appended(b"")
            top[key] = current
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
        self._layers.append({})

    def commit(self) -> None:
        """Fold the innermost transaction into the one around it."""
        layer = self._close()
        outer = self._layers[-1]
        for key, value in layer.items():
            if isinstance(value, Appended) and value.origin is outer.get(key):
                grown = value.origin
                if isinstance(grown, Appended):
                    grown.parts.extend(value.parts)
                    grown.count = value.count
                    grown._whole = None
                    continue
            outer[key] = value

    def rollback(self) -> None:
        """Forget the innermost transaction."""
        self._close()
        self._rooted = None

    def root(self) -> Trie:
        """The trie with all changes in it."""
        if self._rooted is None:
            changes: dict[bytes, bytes | None] = {}
            for layer in self._layers:
                for key, value in layer.items():
                    changes[key] = value.whole() if isinstance(value, Appended) else value
            self._rooted = self.base.update(changes)
        return self._rooted

    def _close(self) -> dict[bytes, Value]:
        if len(self._layers) == 1:
            raise RuntimeError("no transaction is open")
        return self._layers.pop()

    def _touch(self, key: bytes) -> None:
        self._rooted = None
        if key not in self._touched:
            self._touched.add(key)
            if self._sorted:
                insort(self._sorted, key)

    def _sorted_keys(self) -> list[bytes]:
        if len(self._sorted) != len(self._touched):
            self._sorted = sorted(self._touched)
        return self._sorted
