"""Sealed weights: opened by whom they are sealed for, and by nobody else; whole, or not at all."""

from __future__ import annotations

import io
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import dml_sdk as dml
from dml_sdk.chain.client.keys import fresh_key
from dml_sdk.errors import SealBroken, SealError, SealMalformed, UsageError, WrongKey
from dml_sdk.secret import Secret
from dml_sdk.storage import MemoryStore, sealed
from dml_sdk.storage.weights import decode, encode

KEY = Secret(bytes(range(32)))
HEADER = 8 + 32 + 24
CHUNK = sealed.CHUNK + 17
SIZES = [0, 1, sealed.CHUNK - 1, sealed.CHUNK, sealed.CHUNK + 1, 3 * sealed.CHUNK]


def content(size: int) -> bytes:
    return np.random.default_rng(size).bytes(size)


@pytest.mark.parametrize("size", SIZES)
def test_what_is_sealed_is_opened(size):
    plain = content(size)
    made = sealed.sealed(plain, KEY)
    assert len(made) == HEADER + size + 17 * max(1, -(-size // sealed.CHUNK))
    assert sealed.unsealed(made, KEY) == plain
    assert size < 16 or plain[:16] not in made


@settings(max_examples=60)
@given(plain=st.binary(max_size=3_000), pieces=st.integers(1, 400))
def test_what_is_sealed_is_opened_in_whatever_pieces_it_comes(plain, pieces):
    class Piecewise(io.BytesIO):
        def read(self, _size: int | None = -1) -> bytes:
            return super().read(pieces)

    made = sealed.sealed(Piecewise(plain), KEY)
    assert sealed.unsealed(Piecewise(made), KEY) == plain


@settings(max_examples=150)
@given(data=st.data())
def test_no_altered_byte_is_opened(data):
    plain = content(500)
    made = bytearray(sealed.sealed(plain, KEY))
    at = data.draw(st.integers(0, len(made) - 1))
    made[at] ^= data.draw(st.integers(1, 255))
    with pytest.raises(SealError) as caught:
        sealed.unsealed(bytes(made), KEY)
    assert type(caught.value) is (SealMalformed if at < 8 else WrongKey if at < 40 else SealBroken)


@settings(max_examples=100)
@given(length=st.integers(0, HEADER + 500 + 16))
def test_no_truncated_file_is_opened(length):
    with pytest.raises(SealMalformed if length < HEADER else SealBroken):
        sealed.unsealed(sealed.sealed(content(500), KEY)[:length], KEY)


@pytest.fixture(scope="module")
def chunks() -> list[bytes]:
    """The header and the chunks of a file of three."""
    made = sealed.sealed(content(3 * sealed.CHUNK), KEY)
    return [made[:HEADER], *(made[at : at + CHUNK] for at in range(HEADER, len(made), CHUNK))]


@pytest.mark.parametrize(
    "order",
    [
        (0, 1, 2), (0, 1), (0,), (0, 2, 1, 3), (0, 1, 3), (0, 3), (0, 2, 3), (0, 1, 1, 2, 3),
        (0, 1, 2, 3, 3), (0, 1, 2, 3, 1), (0, 3, 2, 1),
    ],
)  # fmt: skip
def test_chunks_left_out_swapped_or_added_are_found(chunks, order):
    with pytest.raises(SealBroken, match="Nothing of them may be used"):
        sealed.unsealed(b"".join(chunks[i] for i in order), KEY)


def test_chunks_of_another_file_under_the_same_key_are_found(chunks):
    other = sealed.sealed(content(3 * sealed.CHUNK), KEY)
    with pytest.raises(SealBroken, match="chunk 2"):
        sealed.unsealed(
            chunks[0] + chunks[1] + other[HEADER + CHUNK : HEADER + 2 * CHUNK] + chunks[3], KEY
        )


def test_a_byte_after_the_end_is_found():
    with pytest.raises(SealBroken):
        sealed.unsealed(sealed.sealed(b"weights", KEY) + b"\0", KEY)


@given(noise=st.binary(max_size=300))
def test_bytes_that_are_not_sealed_weights_are_refused(noise):
    with pytest.raises(SealMalformed):
        sealed.unsealed(noise, KEY)


def test_a_newer_version_says_so():
    made = bytearray(sealed.sealed(b"weights", KEY))
    made[7] = 2
    with pytest.raises(SealMalformed, match=r"version 2.*newer"):
        sealed.unsealed(bytes(made), KEY)


def test_another_key_is_told_from_an_altered_file():
    with pytest.raises(WrongKey, match="another content key"):
        sealed.unsealed(sealed.sealed(b"weights", KEY), sealed.new_content_key())


def test_the_same_file_is_sealed_differently_each_time():
    assert len({sealed.sealed(b"weights", KEY) for _ in range(4)}) == 4


def test_a_file_is_sealed_and_opened_with_little_memory(tmp_path: Path):
    size = 64 << 20
    source, made, opened = (tmp_path / name for name in ("plain", "sealed", "opened"))
    source.write_bytes(content(1 << 20) * (size >> 20))
    tracemalloc.start()
    with made.open("wb") as file:
        file.writelines(sealed.seal(source, KEY))
    sealed.unseal_to(made, KEY, opened)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < size // 4
    assert opened.stat().st_size == size
    with source.open("rb") as a, opened.open("rb") as b:
        assert all(a.read(1 << 20) == b.read(1 << 20) for _ in range(size >> 20))


def test_a_file_that_does_not_open_whole_replaces_nothing(tmp_path: Path, chunks):
    target = tmp_path / "weights"
    target.write_bytes(b"before")
    with pytest.raises(SealBroken):
        sealed.unseal_to(b"".join(chunks[:3]), KEY, target)
    assert target.read_bytes() == b"before"
    assert [p.name for p in tmp_path.iterdir()] == ["weights"]


def test_weights_go_through_a_store_sealed():
    weights = {"dense/kernel": np.arange(12, dtype=np.float32).reshape(3, 4)}
    store, key = MemoryStore(), sealed.new_content_key()
    cid = store.put(sealed.sealed(encode(weights), key))
    found = decode(sealed.unsealed(store.get(cid), key))
    assert np.array_equal(found["dense/kernel"], weights["dense/kernel"])


@pytest.mark.parametrize("odd", [None, b"\0" * 32, "key", Secret(b"short")])
def test_what_is_no_content_key_is_refused_and_not_shown(odd):
    for use in (
        lambda: sealed.sealed(b"x", odd),
        lambda: sealed.unsealed(b"x", odd),
        lambda: sealed.wrap(odd, fresh_key().sealing_key),
    ):
        with pytest.raises(UsageError, match="content key") as caught:
            use()
        assert "short" not in str(caught.value)


# --- content keys, wrapped for holders ----------------------------------------------------------


@given(content_key=st.binary(min_size=32, max_size=32))
def test_a_content_key_is_unwrapped_by_its_holder_alone(content_key):
    holder, other = fresh_key(), fresh_key()
    wrapped = sealed.wrap(Secret(content_key), holder.sealing_key)
    assert len(wrapped) == sealed.WRAPPED_BYTES
    assert holder.unwrap(wrapped).reveal() == content_key
    with pytest.raises(WrongKey, match=r"another holder.*sealing_key"):
        other.unwrap(wrapped)


@given(data=st.data())
def test_no_altered_wrapped_key_is_unwrapped(data):
    holder = fresh_key()
    wrapped = bytearray(sealed.wrap(KEY, holder.sealing_key))
    at = data.draw(st.integers(0, len(wrapped) - 1))
    wrapped[at] ^= data.draw(st.integers(1, 255))
    with pytest.raises(WrongKey):
        holder.unwrap(bytes(wrapped))
    with pytest.raises(WrongKey):
        holder.unwrap(bytes(wrapped[:at]))


def test_a_box_with_something_else_than_a_content_key_is_refused():
    from nacl.bindings import crypto_box_seal

    holder = fresh_key()
    with pytest.raises(WrongKey):
        holder.unwrap(crypto_box_seal(b"too short", holder.sealing_key))


@pytest.mark.parametrize("odd", [None, "0x00", 10**12, [1, 2]])
def test_what_is_no_wrapped_key_is_refused(odd):
    with pytest.raises(UsageError, match=r"sealed\.wrap"):
        fresh_key().unwrap(odd)


@pytest.mark.parametrize("odd", [None, b"short", bytes(32), "5F", (1).to_bytes(32, "little")])
def test_a_key_that_nobody_can_hold_is_refused(odd):
    with pytest.raises(UsageError, match="sealing"):
        sealed.wrap(KEY, odd)


def test_the_sealing_key_of_an_account_is_the_same_for_ever():
    assert (
        dml.Account.development("alice").sealing_key.hex()
        == "4f8ae94ad95a608d102490b32a31de4a1bf56148eac09a22c70b7cef36f25b67"
    )


def test_a_file_of_version_1_is_opened_for_ever():
    made = bytes.fromhex(VERSION_1)
    assert sealed.unsealed(made, KEY) == b"weights of version 1"


VERSION_1 = (
    "444d4c5345414c0102b1bc37715b9498840675ddc0f7434ab757a284e02c292ff0d3fc7221772099"
    "006b454a699f1058ef0488dd9320183e3460fd966e1298d115a7c606f5361c5e2f0c965fd7db1c8f"
    "b850600f921a8ce77a4f2b00a708e379ecc17ce5ff"
)
