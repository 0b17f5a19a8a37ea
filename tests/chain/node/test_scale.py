from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scalecodec.base import ScaleBytes
from scalecodec.types import Bytes, Compact

from dml_sdk.chain.node.scale import Reader, ScaleError, compact, vec


@given(st.integers(0, 2**128 - 1))
def test_compact_integers_are_those_of_another_codec(value: int) -> None:
    codec = Compact()
    codec.encode(value)
    assert compact(value) == bytes(codec.data.data)
    assert Reader(compact(value)).compact() == value


@pytest.mark.parametrize("value", [0, 63, 64, 2**14 - 1, 2**14, 2**30 - 1, 2**30, 2**536 - 1])
def test_compact_integers_survive_the_edges_of_their_forms(value: int) -> None:
    read = Reader(compact(value))
    assert read.compact() == value
    read.end()


@given(st.binary(max_size=300))
def test_byte_strings_are_those_of_another_codec(data: bytes) -> None:
    codec = Bytes()
    codec.encode("0x" + data.hex())
    assert vec(data) == bytes(codec.data.data)
    decoded = Bytes(ScaleBytes(vec(data)))
    decoded.decode()
    assert Reader(vec(data)).vec() == data


@given(st.binary(max_size=80))
def test_any_bytes_decode_or_are_refused(data: bytes) -> None:
    read = Reader(data)
    try:
        value = read.compact()
    except ScaleError:
        return
    assert compact(value) == data[: read.position]


@pytest.mark.parametrize("longer", ["0100", "02000000", "0300000000", "070000004000"])
def test_an_integer_not_in_its_shortest_form_is_refused(longer: str) -> None:
    with pytest.raises(ScaleError):
        Reader(bytes.fromhex(longer)).compact()


def test_a_length_that_promises_too_much_is_refused() -> None:
    with pytest.raises(ScaleError, match="were promised"):
        Reader(compact(2**32) + b"short").vec()


def test_what_is_left_over_is_refused() -> None:
    read = Reader(vec(b"all") + b"more")
    assert read.vec() == b"all"
    with pytest.raises(ScaleError, match="4 bytes are left over"):
        read.end()


def test_negative_and_enormous_integers_have_no_compact_form() -> None:
    for value in (-1, 2**536):
        with pytest.raises(ScaleError):
            compact(value)
