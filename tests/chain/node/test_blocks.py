from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dml_sdk.chain.node.blocks import Block, Chain, Header, first
from dml_sdk.chain.node.hashing import blake2_256
from dml_sdk.chain.node.scale import ScaleError, vec
from dml_sdk.chain.node.trie import build

hashes = st.binary(min_size=32, max_size=32)
log_items = st.one_of(
    st.builds(
        lambda kind, engine, data: bytes([kind]) + engine + vec(data),
        st.sampled_from([4, 5, 6]), st.binary(min_size=4, max_size=4), st.binary(max_size=70),
    ),
    st.binary(max_size=70).map(lambda data: b"\0" + vec(data)),
    st.just(b"\x08"),
)  # fmt: skip
headers = st.builds(
    Header, hashes, st.integers(0, 2**32 - 1), hashes, hashes, st.lists(log_items).map(tuple)
)


@given(headers)
def test_a_header_survives_its_encoding(header: Header) -> None:
    assert Header.decode(header.encode()) == header
    assert header.hash == blake2_256(header.encode())


@given(headers)
def test_a_header_is_executed_without_its_seal(header: Header) -> None:
    assert all(item[0] != 5 for item in header.unsealed().digest)
    assert [item for item in header.digest if item[0] != 5] == list(header.unsealed().digest)


@given(headers, st.data())
def test_a_truncated_header_is_refused(header: Header, data: st.DataObject) -> None:
    encoded = header.encode()
    with pytest.raises(ScaleError):
        Header.decode(encoded[: data.draw(st.integers(0, len(encoded) - 1))])
    with pytest.raises(ScaleError):
        Header.decode(encoded + b"\0")


def chain() -> Chain:
    return Chain(first(build([(b"k", b"v")], 1)))


def grow(chain: Chain, content: bytes) -> Block:
    head = chain.head
    header = Header(head.hash, head.number + 1, blake2_256(content), bytes(32))
    block = Block(header, header.hash, (content,), head.state, head.timestamp_ms + 1, head)
    chain.add(block, [blake2_256(content)])
    return block


def test_blocks_are_found_by_number_hash_and_extrinsic() -> None:
    under_test = chain()
    block = grow(under_test, b"x")
    assert under_test.by_number(1) is block
    assert under_test.by_hash(block.hash) is block
    found = under_test.inclusion(blake2_256(b"x"))
    assert found is not None
    assert (found.block, found.index) == (block, 0)
    for number in (-1, 2):
        assert under_test.by_number(number) is None
    assert under_test.by_hash(bytes(32)) is None


def test_a_chain_goes_back_and_to_another_branch_and_returns() -> None:
    under_test = chain()
    common = grow(under_test, b"common")
    left = [grow(under_test, bytes([i])) for i in range(3)]
    under_test.rewind(common)
    assert under_test.head is common
    assert under_test.inclusion(blake2_256(b"\0")) is None
    right = grow(under_test, b"right")
    under_test.rewind(left[2])
    assert [under_test.by_number(i) for i in range(1, 5)] == [common, *left]
    assert under_test.by_hash(right.hash) is None
    assert under_test.inclusion(blake2_256(b"\2")) is not None
    under_test.rewind(right)
    assert under_test.head is right
    assert under_test.by_number(3) is None


def test_a_block_of_another_chain_is_no_place_to_go() -> None:
    under_test = chain()
    with pytest.raises(ValueError, match="another chain"):
        under_test.rewind(first(build([(b"other", b"v")], 1)))
    assert under_test.head is under_test.genesis
