"""The state as a base-16 Patricia-Merkle trie that is never changed, only succeeded.

`Trie.set` and `Trie.remove` give a new trie that shares every node off the path of the key. So a
block's root costs what the block changed, and every block can keep its whole state: reading
history and rewinding need nothing else, and any thread reads any trie without a lock.

Source: Polkadot protocol specification, "Storage Trie" and "Merkle Proof"; state version 1 hashes
values over 32 bytes.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterable, Iterator, Mapping

from dml_sdk.chain.node.hashing import blake2_256
from dml_sdk.chain.node.nodes import (
    EMPTY,
    HASH_LENGTH,
    Node,
    Source,
    StateVersion,
    StoredNode,
    from_nibbles,
    nibbles,
)
from dml_sdk.chain.node.scale import compact

_EMPTY_ROOT = blake2_256(EMPTY)
_NO_CHILDREN: tuple[Node | None, ...] = (None,) * 16


class Trie:
    """A map from keys to values with a root hash.

    Args:
        version: the state version, the same for every trie that shares nodes with this one.
        node: its top node; None when it is empty.
    """

    __slots__ = ("__weakref__", "_changes", "_hash", "_older", "node", "version")

    def __init__(self, version: StateVersion, node: Node | None = None) -> None:
        self.version = version
        self.node = node
        self._hash: bytes | None = None
        # What this trie was made with, and out of which. Weak: or no trie would ever go.
        self._older: weakref.ref[Trie] | None = None
        self._changes: dict[bytes, bytes | None] = {}

    @classmethod
    def stored(cls, root: bytes, version: StateVersion, source: Source) -> Trie:
        """The trie with a root hash, read from `source` as far as it is looked at.

        What `source` raises comes out of whatever looks; ChainCorrupt does when it gives no node.
        """
        trie = cls(version, None if root == _EMPTY_ROOT else StoredNode(root, source))
        trie._hash = root
        return trie

    @property
    def root(self) -> bytes:
        """The root hash, 32 bytes."""
        if self._hash is None:
            node = self.node
            self._hash = _EMPTY_ROOT if node is None else blake2_256(node.encode(self.version))
        return self._hash

    def get(self, key: bytes) -> bytes | None:
        """The value at `key`, None when there is none."""
        path = nibbles(key)
        length, at, node = len(path), 0, self.node
        while node is not None:
            if not path.startswith(node.partial, at):
                return None
            at += len(node.partial)
            if at == length:
                return node.value
            if node.children is None:
                return None
            node = node.children[path[at]]
            at += 1
        return None

    def update(self, changes: Mapping[bytes, bytes | None]) -> Trie:
        """The trie after `changes`, where None removes a key."""
        node, changed = self.node, {}
        for key, value in changes.items():
            path = nibbles(key)
            grown = _remove(node, path) if value is None else _set(node, path, value)
            if grown is not node:
                node = grown
                changed[key] = value
        if node is self.node:
            return self
        newer = Trie(self.version, node)
        newer._older, newer._changes = weakref.ref(self), changed
        return newer

    def changes_from(self, older: Trie) -> dict[bytes, bytes | None]:
        """What `update` turns `older` into this trie with: new values, None for removed keys.

        Costs what differs: nodes that both tries share are not looked into.
        """
        if self._older is not None and self._older() is older:
            return self._changes
        changed: dict[bytes, bytes | None] = {}
        _compare(older.node, self.node, b"", changed)
        return changed

    def next_key(self, key: bytes) -> bytes | None:
        """The smallest key after `key`, which need not be there itself."""
        path = _after(self.node, b"", nibbles(key))
        return None if path is None else from_nibbles(path)

    def keys(self, prefix: bytes = b"", after: bytes | None = None) -> Iterator[bytes]:
        """The keys that start with `prefix`, in order; those over `after` when it is given."""
        if after is None or after < prefix:
            if self.get(prefix) is not None:
                yield prefix
            after = prefix
        key = self.next_key(after)
        while key is not None and key.startswith(prefix):
            yield key
            key = self.next_key(key)

    def nodes_from(self, older: Trie) -> Iterator[tuple[bytes, bytes]]:
        """What a source that has `older` lacks of this trie: (hash, node or long value)."""
        version, node = self.version, self.node
        if node is not None and self.root != older.root:
            yield self.root, node.encode(version)
            yield from _unstored(older.node, node, version)

    def items(self) -> Iterator[tuple[bytes, bytes]]:
        """All keys, in order, with their values."""
        for path, value in _walk(self.node, b""):
            yield from_nibbles(path), value


def build(items: Iterable[tuple[bytes, bytes]], version: StateVersion) -> Trie:
    """The trie that holds `items`."""
    node: Node | None = None
    for key, value in items:
        node = _set(node, nibbles(key), value)
    return Trie(version, node)


def ordered_root(values: Iterable[bytes], version: StateVersion) -> bytes:
    """The root of the trie from compact(index) to value, as a header's extrinsics root."""
    return build(((compact(i), value) for i, value in enumerate(values)), version).root


def _shared(left: bytes, right: bytes) -> int:
    """How many nibbles two paths have in common at their start."""
    length = min(len(left), len(right))
    if left[:length] == right[:length]:
        return length
    for index in range(length):
        if left[index] != right[index]:
            return index
    return length


def _set(node: Node | None, path: bytes, value: bytes) -> Node:
    if node is None:
        return Node(path, value, None)
    partial, children = node.partial, node.children
    shared = _shared(partial, path)
    if shared < len(partial):
        # The path leaves inside this node's partial: a branch comes between.
        places: list[Node | None] = [None] * 16
        places[partial[shared]] = Node(partial[shared + 1 :], node.value, children)
        if shared == len(path):
            return Node(path, value, tuple(places))
        places[path[shared]] = Node(path[shared + 1 :], value, None)
        return Node(partial[:shared], None, tuple(places))
    if shared == len(path):
        return node if node.value == value else Node(partial, value, children)
    index = path[shared]
    child = None if children is None else children[index]
    grown = _set(child, path[shared + 1 :], value)
    if grown is child:
        return node
    places = [None] * 16 if children is None else list(children)
    places[index] = grown
    return Node(partial, node.value, tuple(places))


def _remove(node: Node | None, path: bytes) -> Node | None:
    if node is None or not path.startswith(node.partial):
        return node
    partial, children = node.partial, node.children
    if len(path) == len(partial):
        if node.value is None:
            return node
        return None if children is None else _joined(partial, None, children)
    if children is None:
        return node
    index = path[len(partial)]
    child = children[index]
    shrunk = _remove(child, path[len(partial) + 1 :])
    if shrunk is child:
        return node
    places = (*children[:index], shrunk, *children[index + 1 :])
    if shrunk is not None:
        return Node(partial, node.value, places)
    return _joined(partial, node.value, places)


def _joined(partial: bytes, value: bytes | None, children: tuple[Node | None, ...]) -> Node:
    """A branch that may have lost its last reason to be one."""
    left = [(index, child) for index, child in enumerate(children) if child is not None]
    if not left:
        return Node(partial, value, None)
    if len(left) == 1 and value is None:
        index, only = left[0]
        return Node(partial + bytes((index,)) + only.partial, only.value, only.children)
    return Node(partial, value, children)


def _walk(node: Node | None, path: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Every path with a value at or below `node`, in order, with the value."""
    if node is None:
        return
    path += node.partial
    if node.value is not None:
        yield path, node.value
    for index, child in enumerate(node.children or ()):
        yield from _walk(child, path + bytes((index,)))


def _compare(
    old: Node | None, new: Node | None, path: bytes, changed: dict[bytes, bytes | None]
) -> None:
    """Collect what differs between two nodes at the same path."""
    if old is new:
        return
    if old is not None and new is not None and old._reference and old._reference == new._reference:
        return
    if old is not None and new is not None and old.partial == new.partial:
        path += old.partial
        if old.value != new.value:
            changed[from_nibbles(path)] = new.value
        if old.children is not new.children:
            places = zip(old.children or _NO_CHILDREN, new.children or _NO_CHILDREN, strict=True)
            for index, (before, after) in enumerate(places):
                _compare(before, after, path + bytes((index,)), changed)
        return
    # One of them was split or joined here: what is below is the same only by its values.
    before_values, after_values = dict(_walk(old, path)), dict(_walk(new, path))
    for at in before_values.keys() - after_values.keys():
        changed[from_nibbles(at)] = None
    for at, value in after_values.items():
        if before_values.get(at) != value:
            changed[from_nibbles(at)] = value


def _unstored(
    old: Node | None, new: Node, version: StateVersion, old_from: int = 0, new_from: int = 0
) -> Iterator[tuple[bytes, bytes]]:
    """What stands by itself at and below `new`, and does not at the same path at or below `old`.

    The node `new` itself is not given: its parent knows whether it stands by itself.

    Args:
        old_from, new_from: how much of their partials is above the path that they are compared at,
            which is not where both begin when a branch came between or went.
    """
    before: tuple[Node | None, ...] = _NO_CHILDREN
    split, split_from = -1, 0
    old_value = None
    if old is not None:
        ours, theirs = new.partial[new_from:], old.partial[old_from:]
        if ours == theirs:
            old_value, before = old.value, old.children or _NO_CHILDREN
        elif ours.startswith(theirs):
            below = old.children[ours[len(theirs)]] if old.children else None
            yield from _unstored(below, new, version, 0, new_from + len(theirs) + 1)
            return
        elif theirs.startswith(ours):
            split, split_from = theirs[len(ours)], old_from + len(ours) + 1
    value = new.long_value(version)
    if value is not None and value != old_value:
        yield blake2_256(value), value
    for index, child in enumerate(new.children or ()):
        known, known_from = (old, split_from) if index == split else (before[index], 0)
        if child is None or child is known:
            continue
        name = child.reference(version)
        if known is not None and known.reference(version) == name:
            continue
        if len(name) > HASH_LENGTH:  # its compact length is before it
            yield name[1:], child.encode(version)
        yield from _unstored(known, child, version, known_from)


def _first(node: Node, path: bytes) -> bytes:
    """The smallest path with a value at or below `node`."""
    path += node.partial
    while node.value is None:
        places = enumerate(node.children or ())
        index, node = next((index, child) for index, child in places if child is not None)
        path += bytes((index,)) + node.partial
    return path


def _after(node: Node | None, path: bytes, target: bytes) -> bytes | None:
    """The smallest path over `path + target` with a value, in what `node` at `path` holds."""
    if node is None:
        return None
    partial = node.partial
    if partial > target:
        return _first(node, path)
    if not target.startswith(partial) or node.children is None:
        return None
    start = 0
    if len(target) > len(partial):
        index = target[len(partial)]
        below = path + partial + bytes((index,))
        found = _after(node.children[index], below, target[len(partial) + 1 :])
        if found is not None:
            return found
        start = index + 1
    for index in range(start, 16):
        child = node.children[index]
        if child is not None:
            return _first(child, path + partial + bytes((index,)))
    return None
