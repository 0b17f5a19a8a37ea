"""The nodes of a state trie: how they are encoded, hashed, named by their parents, and read back.

Source: Polkadot protocol specification, "Storage Trie", "Merkle Proof" and "Node Header"; state
version 1 puts the hash of a value over 32 bytes in its place.
"""

from __future__ import annotations

import binascii
from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias

from dml_sdk.chain.node.hashing import blake2_256
from dml_sdk.chain.node.scale import Reader, ScaleError, vec
from dml_sdk.errors import ChainCorrupt

StateVersion: TypeAlias = int
"""0: values stand in their nodes. 1: values over 32 bytes are replaced by their hash."""

Source: TypeAlias = Callable[[bytes], bytes]
"""Gives what hashes (BLAKE2b-256) to its argument: a node, or a long value."""

EMPTY = b"\0"
"""The encoding of a trie with nothing in it."""

HASH_LENGTH = 32
LONGEST_INLINE = 32
_HEX = b"0123456789abcdef"
_TO_NIBBLE = bytes.maketrans(_HEX, bytes(range(16)))
_TO_HEX = bytes.maketrans(bytes(range(16)), _HEX)
# Prefix of the first byte, and how many bits are left in it for the length of the partial path.
_LEAF, _LEAF_HASHED = (0x40, 6), (0x20, 5)
_BRANCH, _BRANCH_VALUE, _BRANCH_HASHED = (0x80, 6), (0xC0, 6), (0x10, 4)


def nibbles(key: bytes) -> bytes:
    """A key as its path: one byte of 0–15 for each half byte."""
    return binascii.hexlify(key).translate(_TO_NIBBLE)


def from_nibbles(path: bytes) -> bytes:
    """A path of even length as the key that it is."""
    return binascii.unhexlify(path.translate(_TO_HEX))


class Node:
    """A leaf (no children) or a branch (16 places for children, perhaps a value).

    Args:
        partial: the part of the path that only this node and those below it have, in nibbles.
    """

    __slots__ = ("_reference", "children", "partial", "value")

    def __init__(
        self, partial: bytes, value: bytes | None, children: tuple[Node | None, ...] | None
    ) -> None:
        self.partial = partial
        self.value = value
        self.children = children
        self._reference: bytes | None = None

    def encode(self, version: StateVersion) -> bytes:
        """The node as it is hashed."""
        partial, value, children = self.partial, self.value, self.children
        hashed = version == 1 and value is not None and len(value) > LONGEST_INLINE
        if children is None:
            prefix, bits = _LEAF_HASHED if hashed else _LEAF
        elif value is None:
            prefix, bits = _BRANCH
        else:
            prefix, bits = _BRANCH_HASHED if hashed else _BRANCH_VALUE
        parts = [_header(prefix, bits, len(partial))]
        packed = partial.translate(_TO_HEX)
        parts.append(binascii.unhexlify(packed if len(packed) % 2 == 0 else b"0" + packed))
        references = []
        if children is not None:
            bitmap = 0
            for index, child in enumerate(children):
                if child is not None:
                    bitmap |= 1 << index
                    references.append(child._reference or child.reference(version))
            parts.append(bitmap.to_bytes(2, "little"))
        if value is not None:
            parts.append(blake2_256(value) if hashed else vec(value))
        return b"".join(parts + references)

    def reference(self, version: StateVersion) -> bytes:
        """How a parent names this node: its encoding when that is short, else its hash.

        Either has its compact length before it.
        """
        if self._reference is None:
            encoded = self.encode(version)
            short = len(encoded) < HASH_LENGTH
            self._reference = vec(encoded if short else blake2_256(encoded))
        return self._reference

    def long_value(self, version: StateVersion) -> bytes | None:
        """The value when it stands beside the node's encoding, not in it; else None."""
        value = self.value
        return value if version == 1 and value and len(value) > LONGEST_INLINE else None


class StoredNode(Node):
    """A node that is read when it is first looked at, and then is as any other.

    Args:
        hash: of its encoding.
        source: where it is read, and all that is below it.
    """

    __slots__ = ("_hash", "_source", "_value_hash")

    def __init__(self, hash: bytes, source: Source) -> None:
        self._hash = hash
        self._source = source
        self._value_hash: bytes | None = None
        self._reference = vec(hash)

    def __getattr__(self, name: str) -> Any:
        # Python comes here only while a slot is empty. Threads that meet here fill in the same.
        if name == "value" and self._value_hash is not None:
            self.value = self._source(self._value_hash)
        elif name in ("children", "partial", "value"):
            try:
                read = decode(self._source(self._hash))
                children = read.nodes(self._source)
            except ScaleError as error:
                raise ChainCorrupt(
                    f"What hashes to 0x{self._hash.hex()} is no node of a state: {error} "
                    "Restore the chain from a copy; nothing of it was used."
                ) from error
            if read.value_hash is None:
                self.value = read.value
            else:
                self._value_hash = read.value_hash
            self.children = children
            self.partial = read.partial
        else:
            raise AttributeError(name)
        return getattr(self, name)

    def encode(self, version: StateVersion) -> bytes:
        """The node as it is hashed."""
        return self._source(self._hash)


class Encoded(NamedTuple):
    """A node as its encoding has it.

    Attributes:
        value: when it stands in the node.
        value_hash: when the value stands elsewhere.
        children: None for a leaf; else how the node names each of its 16, None where there is none.
    """

    partial: bytes
    value: bytes | None
    value_hash: bytes | None
    children: tuple[bytes | None, ...] | None

    def nodes(self, source: Source) -> tuple[Node | None, ...] | None:
        """The children, those that are named by their hash still unread.

        Raises:
            ScaleError: a child that stands in this node is none.
        """
        if self.children is None:
            return None
        return tuple(None if name is None else _child(name, source) for name in self.children)


def _child(name: bytes, source: Source) -> Node:
    if len(name) == HASH_LENGTH:
        return StoredNode(name, source)
    read = decode(name)
    if read.value_hash is not None:
        raise ScaleError("A node that holds a hash is too long to stand in its parent.")
    return Node(read.partial, read.value, read.nodes(source))


def decode(data: bytes) -> Encoded:
    """A node's encoding taken apart. It may come from anybody.

    Raises:
        ScaleError: not the encoding of a node, or more than that.
    """
    read = Reader(data)
    first = read.uint(1)
    for prefix, bits in (_BRANCH_VALUE, _BRANCH, _LEAF, _LEAF_HASHED, _BRANCH_HASHED):
        if first >> bits == prefix >> bits:
            break
    else:
        raise ScaleError(f"No node starts with {first}.")
    length = most = (1 << bits) - 1
    if first & most < most:
        length = first & most
    else:
        more = 255
        while more == 255:
            more = read.uint(1)
            length += more
    packed = read.take((length + 1) // 2)
    partial = nibbles(packed)
    if length % 2:
        if partial[0]:
            raise ScaleError("A path of odd length is not filled up with 0.")
        partial = partial[1:]
    branch = prefix in (0x80, 0xC0, 0x10)
    bitmap = read.uint(2) if branch else 0
    hashed = prefix in (0x20, 0x10)
    value_hash = read.take(HASH_LENGTH) if hashed else None
    value = read.vec() if prefix in (0x40, 0xC0) else None
    children: tuple[bytes | None, ...] | None = None
    if branch:
        children = tuple(read.vec() if bitmap >> place & 1 else None for place in range(16))
        if any(name is not None and len(name) > HASH_LENGTH for name in children):
            raise ScaleError("A branch names each child by at most 32 bytes.")
    read.end()
    return Encoded(partial, value, value_hash, children)


def _header(prefix: int, bits: int, length: int) -> bytes:
    most = (1 << bits) - 1
    if length < most:
        return bytes((prefix | length,))
    rest = length - most
    return bytes((prefix | most,)) + b"\xff" * (rest // 255) + bytes((rest % 255,))
