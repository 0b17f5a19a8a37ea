"""The trie that is kept against one that is written down from the specification and rebuilt."""

from __future__ import annotations

import hashlib

from hypothesis import given, settings
from hypothesis import strategies as st

from dml_sdk.chain.node.trie import Trie, build, ordered_root

keys = st.one_of(
    st.binary(max_size=3),
    st.builds(bytes, st.lists(st.sampled_from([0x00, 0x01, 0x10, 0xAB, 0xFF]), max_size=5)),
    st.binary(min_size=30, max_size=80),
)
values = st.one_of(
    st.binary(max_size=4),
    st.integers(30, 35).map(lambda length: b"v" * length),
    st.integers(60, 70).map(lambda length: b"w" * length),
)
changes = st.lists(st.tuples(keys, st.one_of(st.none(), values)), max_size=40)


def reference_root(items: dict[bytes, bytes], version: int) -> bytes:
    """The root hash, recursively and whole."""
    if not items:
        return _hash(b"\0")
    paths = {"".join(f"{byte:02x}" for byte in key): value for key, value in items.items()}
    return _hash(_node(paths, version))


def _node(items: dict[str, bytes], version: int) -> bytes:
    partial = _common(list(items))
    value = items.get(partial)
    children = [
        {path[len(partial) + 1 :]: v for path, v in items.items() if path[len(partial) :][:1] == d}
        for d in "0123456789abcdef"
    ]
    branch = any(children)
    hashed = version == 1 and value is not None and len(value) > 32
    prefix, bits = {
        (False, False): ("01", 6), (False, True): ("001", 5),
        (True, False): ("11" if value is not None else "10", 6), (True, True): ("0001", 4),
    }[branch, hashed]  # fmt: skip
    length, most = len(partial), 2**bits - 1
    header = [(int(prefix, 2) << (8 - len(prefix))) | min(length, most)]
    if length >= most:
        length -= most
        while length >= 255:
            header.append(255)
            length -= 255
        header.append(length)
    encoded = bytes(header) + bytes.fromhex("0" * (len(partial) % 2) + partial)
    if branch:
        encoded += sum(1 << i for i, c in enumerate(children) if c).to_bytes(2, "little")
    if value is not None:
        encoded += _hash(value) if hashed else _vec(value)
    for child in children:
        if child:
            inner = _node(child, version)
            encoded += _vec(inner if len(inner) < 32 else _hash(inner))
    return encoded


def _common(paths: list[str]) -> str:
    least, most = min(paths), max(paths)
    length = 0
    while length < min(len(least), len(most)) and least[length] == most[length]:
        length += 1
    return least[:length]


def _hash(data: bytes) -> bytes:
    return hashlib.blake2b(data, digest_size=32).digest()


def _vec(data: bytes) -> bytes:
    if len(data) < 64:
        return bytes([len(data) << 2]) + data
    return (len(data) << 2 | 1).to_bytes(2, "little") + data


@settings(deadline=None)
@given(st.lists(changes, max_size=4), st.sampled_from([0, 1]))
def test_the_root_after_any_changes_is_that_of_a_trie_built_whole(
    batches: list[list[tuple[bytes, bytes | None]]], version: int
) -> None:
    trie, items = Trie(version), {}
    history = []
    for batch in batches:
        trie = trie.update(dict(batch))
        for key, value in dict(batch).items():
            items.pop(key, None)
            if value is not None:
                items[key] = value
        assert trie.root == reference_root(items, version)
        history.append((trie, dict(items)))
    for kept, content in history:  # what came later changed nothing of what was
        assert dict(kept.items()) == content
        assert kept.root == reference_root(content, version)
        assert build(content.items(), version).root == kept.root


@settings(deadline=None)
@given(st.dictionaries(keys, values, max_size=30), keys, keys)
def test_reading_and_order_are_those_of_a_sorted_dictionary(
    items: dict[bytes, bytes], key: bytes, prefix: bytes
) -> None:
    trie = build(items.items(), 1)
    assert trie.get(key) == items.get(key)
    assert trie.next_key(key) == min((k for k in items if k > key), default=None)
    assert list(trie.items()) == sorted(items.items())
    assert list(trie.keys(prefix)) == sorted(k for k in items if k.startswith(prefix))
    expected = sorted(k for k in items if k.startswith(prefix) and k > key)
    assert list(trie.keys(prefix, key)) == expected


def test_the_empty_trie_has_the_root_of_the_specification() -> None:
    root = "03170a2e7597b7b7e3d84c05391d139a62b157e78786d8c082f29dcf4c111314"
    assert Trie(1).root.hex() == root
    assert Trie(1).update({b"key": b"value"}).update({b"key": None}).root.hex() == root


def test_changes_that_change_nothing_give_the_same_trie() -> None:
    trie = build([(b"a", b"1"), (b"ab", b"2")], 1)
    assert trie.update({b"a": b"1", b"none": None}) is trie


@settings(deadline=None)
@given(st.lists(values, max_size=300))
def test_an_ordered_root_is_that_of_compact_indices(listed: list[bytes]) -> None:
    items = {
        bytes([i << 2]) if i < 64 else (i << 2 | 1).to_bytes(2, "little"): value
        for i, value in enumerate(listed)
    }
    assert ordered_root(listed, 1) == reference_root(items, 1)


def test_a_branch_that_comes_between_or_goes_makes_only_itself_new() -> None:
    below = Trie(1).update({b"prefix" + i.to_bytes(4, "big"): b"v" * 40 for i in range(3000)})
    split = below.update({b"pre": b"x"})
    joined = split.update({b"pre": None})
    assert joined.root == below.root
    beside = below.update({b"other": b"x"})
    for older, newer in ((below, split), (split, joined), (below, beside), (beside, below)):
        assert len(list(newer.nodes_from(older))) <= 3
