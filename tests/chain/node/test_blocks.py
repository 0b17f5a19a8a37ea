from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dml_sdk.chain.node.blocks import Header
from dml_sdk.chain.node.hashing import blake2_256
from dml_sdk.chain.node.scale import ScaleError, vec

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
