"""How a file's bytes become a CID: UnixFS, laid out as `ipfs add` lays it out.

The file is cut into chunks of 262,144 bytes, the leaves; every 174 nodes get a parent that links
to them, level by level, until one node is left: the balanced layout. Its hash is the file's CID.
The SDK's own form is version 1 with raw leaves (`ipfs add --cid-version=1 --raw-leaves
--chunker=size-262144`): there a file of one chunk is a raw block, whose CID is its plain SHA-256.

Hashing streams: what is kept is one unfinished chunk, and for each level the links of one
unfinished parent.

Sources: https://github.com/ipfs/specs/blob/main/UNIXFS.md,
https://ipld.io/specs/codecs/dag-pb/spec/.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Literal, NamedTuple

from dml_sdk.storage.cid import CID, Codec

CHUNK = 262_144  # bytes of content in a leaf
LINKS = 174  # children of a node

Buffer = bytes | bytearray | memoryview

_FILE = 2  # UnixFS DataType.File


class _Node(NamedTuple):
    cid: bytes
    size: int  # of the content below it
    total: int  # of the blocks below it and its own: the Tsize of a link to it


class UnixFSHasher:
    """Computes the CID of bytes that come in pieces of any size.

    Args:
        version: of the CID, 0 or 1.
        raw_leaves: whether leaves are the bare chunks; by default as Kubo does, for version 1
            only. The CID of a raw block is of version 1 in any case.
    """

    def __init__(self, *, version: Literal[0, 1] = 1, raw_leaves: bool | None = None) -> None:
        self._version = version
        self._raw = version == 1 if raw_leaves is None else raw_leaves
        self._pending = bytearray()
        self._levels: list[list[_Node]] = [[]]  # leaves first; each is short of a full parent

    def update(self, data: Buffer) -> None:
        """Take the next bytes."""
        view = memoryview(data).cast("B")
        if self._pending:
            missing = CHUNK - len(self._pending)
            self._pending += view[:missing]
            view = view[missing:]
            if len(self._pending) < CHUNK:
                return
            self._add(0, self._leaf(self._pending))
            self._pending = bytearray()
        whole = len(view) - len(view) % CHUNK
        for start in range(0, whole, CHUNK):
            self._add(0, self._leaf(view[start : start + CHUNK]))
        self._pending += view[whole:]

    def finish(self) -> CID:
        """The CID of everything taken; the hasher is spent."""
        if self._pending or not self._levels[0]:
            self._add(0, self._leaf(self._pending))
        level = 0
        while level < len(self._levels) - 1 or len(self._levels[level]) > 1:
            self._close(level)
            level += 1
        (root,) = self._levels[level]
        # Only a version-0 CID starts with the multihash itself, whose first byte is 0x12.
        if root.cid[0] != 1:
            return CID(0, "dag-pb", root.cid[-32:])
        return CID(1, "raw" if self._raw and level == 0 else "dag-pb", root.cid[-32:])

    def _add(self, level: int, node: _Node) -> None:
        if level == len(self._levels):
            self._levels.append([])
        if len(self._levels[level]) == LINKS:  # closed only now: the last parent may be the root
            self._close(level)
        self._levels[level].append(node)

    def _close(self, level: int) -> None:
        children, self._levels[level] = self._levels[level], []
        self._add(level + 1, self._parent(children))

    def _leaf(self, data: Buffer) -> _Node:
        if self._raw:
            return _Node(_block_cid(1, "raw", data), len(data), len(data))
        unixfs = _varint_field(1, _FILE)
        if data:
            unixfs += _bytes_field(2, bytes(data))
        unixfs += _varint_field(3, len(data))
        block = _bytes_field(1, unixfs)
        return _Node(_block_cid(self._version, "dag-pb", block), len(data), len(block))

    def _parent(self, children: list[_Node]) -> _Node:
        size = sum(child.size for child in children)
        unixfs = _varint_field(1, _FILE) + _varint_field(3, size)
        unixfs += b"".join(_varint_field(4, child.size) for child in children)
        # A node's links (2) are written before its data (1), and a link names no file.
        block = b"".join(_bytes_field(2, _link(child)) for child in children)
        block += _bytes_field(1, unixfs)
        total = len(block) + sum(child.total for child in children)
        return _Node(_block_cid(self._version, "dag-pb", block), size, total)


def cid_of(
    data: Buffer | Iterable[Buffer],
    *,
    version: Literal[0, 1] = 1,
    raw_leaves: bool | None = None,
) -> CID:
    """The CID that `ipfs add` gives these bytes, or these pieces of one content."""
    hasher = UnixFSHasher(version=version, raw_leaves=raw_leaves)
    for piece in [data] if isinstance(data, Buffer) else data:
        hasher.update(piece)
    return hasher.finish()


def _block_cid(version: Literal[0, 1], codec: Codec, block: Buffer) -> bytes:
    return CID(version, codec, hashlib.sha256(block).digest()).binary


def _link(node: _Node) -> bytes:
    return _bytes_field(1, node.cid) + _bytes_field(2, b"") + _varint_field(3, node.total)


def _bytes_field(number: int, value: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(value)) + value


def _varint_field(number: int, value: int) -> bytes:
    return _varint(number << 3) + _varint(value)


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)
