"""Weights as bytes: the same both ways, readable elsewhere, and refused when hostile."""

from __future__ import annotations

import json
import pickle
from typing import Any

import hypothesis.extra.numpy as hnp
import numpy as np
import pytest
import safetensors.numpy
from hypothesis import given, settings
from hypothesis import strategies as st

from dml_sdk.errors import UpdateInvalid, UsageError, WeightsMalformed, WeightsMismatch
from dml_sdk.storage import LocalStore, cid_of, weights
from dml_sdk.storage.weights import Weights

DTYPES = [
    *(np.dtype(f"f{size}") for size in (2, 4, 8)),
    *(np.dtype(f"{kind}{size}") for kind in "iu" for size in (1, 2, 4, 8)),
]
NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20).filter(
    lambda name: name != "__metadata__"
)
ARRAYS = hnp.arrays(
    dtype=st.sampled_from(DTYPES),
    shape=hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4),
)
WEIGHTS = st.dictionaries(NAMES, ARRAYS, max_size=5)


def a_network() -> dict[str, Any]:
    rng = np.random.default_rng(7)
    return {
        "hidden/kernel": rng.normal(size=(784, 200)).astype(np.float32),
        "hidden/bias": np.zeros(200, np.float32),
        "a head/kernel": rng.normal(size=(200, 10)).astype(np.float32),
        "a head/bias": np.zeros(10, np.float32),
    }


def same(one: Weights, other: Weights) -> bool:
    """Equal to the bit: order, names, types, shapes, the sign of zero and the payload of NaN."""
    return list(one) == list(other) and all(
        a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
        for a, b in zip(one.values(), other.values(), strict=True)
    )


def file(header: object, body: bytes = b"") -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + body


def tensor(dtype: str = "F32", shape: Any = (1,), offsets: Any = (0, 4), **more: Any) -> Any:
    return {"dtype": dtype, "shape": shape, "data_offsets": offsets, **more}


# --- both ways ------------------------------------------------------------------------------------


@given(WEIGHTS)
def test_what_is_encoded_is_decoded_to_the_bit_and_in_order(network: dict[str, Any]) -> None:
    data = weights.encode(network)
    assert same(weights.decode(data), network)
    assert same(weights.decode(data, like=network, sha256=weights.sha256(data)), network)
    assert weights.encode(weights.decode(data)) == data


@given(WEIGHTS)
def test_the_safetensors_package_reads_what_is_written_and_the_other_way_round(
    network: dict[str, Any],
) -> None:
    theirs = safetensors.numpy.load(weights.encode(network))
    assert same({name: theirs[name] for name in network}, network)
    ours = weights.decode(safetensors.numpy.save(network, metadata={"format": "np"}), like=network)
    assert same(ours, network)


def test_equal_weights_have_equal_bytes_however_they_lie_in_memory() -> None:
    network = a_network()
    elsewhere = {
        name: np.asfortranarray(value).astype(value.dtype.newbyteorder(">"))
        for name, value in network.items()
    }
    strided = {name: np.repeat(value, 2, axis=0)[::2] for name, value in network.items()}
    assert weights.encode(elsewhere) == weights.encode(strided) == weights.encode(network)


def test_the_bytes_of_a_file_are_fixed() -> None:
    data = weights.encode({"b": np.array([1, -2], np.float32), "a": np.array(3, np.int8)})
    header = (
        b'{"b":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},'
        b'"a":{"dtype":"I8","shape":[],"data_offsets":[8,9]}}'
    )
    padding = b" " * (-len(header) % 8)
    body = b"\x00\x00\x80\x3f\x00\x00\x00\xc0\x03"
    assert data == file(header + padding, body)


def test_decoded_weights_may_be_changed_and_do_not_share_memory() -> None:
    data = weights.encode(a_network())
    one, other = weights.decode(data), weights.decode(data)
    one["hidden/bias"] += 1
    assert not other["hidden/bias"].any()
    assert all(value.flags.owndata and value.flags.aligned for value in one.values())


def test_weights_survive_a_store(tmp_path: Any) -> None:
    store, network = LocalStore(tmp_path), a_network()
    data = weights.encode(network)
    cid = store.put(data)
    assert same(weights.decode(store.get(cid), like=network), network)
    assert cid_of(b"".join([data[:1000], data[1000:]])) == cid_of(data)


@pytest.mark.parametrize(
    "network",
    [
        {"a": np.array([True])},
        {"a": np.array([1j])},
        {"a": np.array(["text"])},
        {"a": np.array([object()])},
        {"a": np.array([(1, 2)], dtype="i4,i4")},
        {"": np.zeros(1)},
        {"__metadata__": np.zeros(1)},
        {"n" * 257: np.zeros(1)},
        {"\ud800": np.zeros(1)},
        {5: np.zeros(1)},
        {"a": np.zeros((1,) * 17)},
        {str(number): np.zeros(0) for number in range(weights.MOST_TENSORS + 1)},
    ],
    ids=lambda network: repr(network)[:40],
)
def test_what_weights_cannot_be_is_not_written(network: Any) -> None:
    with pytest.raises(UsageError):
        weights.encode(network)


# --- hostile files --------------------------------------------------------------------------------

ONE = tensor()
FOUR = bytes(4)
HOSTILE: dict[str, bytes] = {
    "nothing": b"",
    "less than a length": b"\x02\0\0\0",
    "a pickle": pickle.dumps({"a": np.zeros(3)}),
    "a length and nothing": (100).to_bytes(8, "little"),
    "a header of 2^64-1 bytes": b"\xff" * 8 + b"{}",
    "a header of 2^63 bytes": (2**63).to_bytes(8, "little") + b"{}",
    "a header over the limit": file(b"{}" + b" " * (1 << 22)),
    "an empty header": file(b""),
    "no JSON": file(b"not json"),
    "no UTF-8": file(b'{"\xff":1}'),
    "a list": file([1, 2]),
    "a number": file(b"12345678"),
    "brackets that nest deep": file(b'{"a":' + b"[" * 200_000 + b"]" * 200_000 + b"}"),
    "objects that nest deep": file(b'{"a":' * 100_000 + b"1" + b"}" * 100_000),
    "a number of a million digits": file(b'{"a":' + b"9" * 1_000_000 + b"}"),
    "a tensor that is a number": file({"a": 1}),
    "a tensor without a shape": file({"a": {"dtype": "F32", "data_offsets": [0, 4]}}, FOUR),
    "a tensor with more": file({"a": tensor(surprise=1)}, FOUR),
    "one name twice": file(
        b'{"a":%s,"a":%s}' % ((json.dumps(ONE).encode(),) * 2),
        FOUR,
    ),
    "one key twice": file(
        b'{"a":{"dtype":"F64","dtype":"F32","shape":[1],"data_offsets":[0,4]}}', FOUR
    ),
    "overlapping tensors": file({"a": tensor(), "b": tensor()}, FOUR),
    "partly overlapping tensors": file({"a": tensor(), "b": tensor(offsets=(2, 6))}, bytes(6)),
    "a hole between tensors": file({"a": tensor(), "b": tensor(offsets=(8, 12))}, bytes(12)),
    "a hole at the start": file({"a": tensor(offsets=(4, 8))}, bytes(8)),
    "bytes after the last tensor": file({"a": tensor()}, bytes(5)),
    "bytes and no tensor": file({}, FOUR),
    "a body cut short": file({"a": tensor()}, bytes(3)),
    "no body": file({"a": tensor()}),
    "offsets backwards": file({"a": tensor(offsets=(4, 0))}, FOUR),
    "negative offsets": file({"a": tensor(offsets=(-4, 0))}, FOUR),
    "offsets in text": file({"a": tensor(offsets=("0", "4"))}, FOUR),
    "offsets with a point": file({"a": tensor(offsets=(0.0, 4.0))}, FOUR),
    "offsets that are booleans": file({"a": tensor("U8", [1], [False, True])}, b"1"),
    "three offsets": file({"a": tensor(offsets=(0, 4, 4))}, FOUR),
    "a shape of other bytes": file({"a": tensor(shape=(2,))}, FOUR),
    "a negative axis": file({"a": tensor(shape=(-1,))}, FOUR),
    "two negative axes": file({"a": tensor(shape=(-1, -1))}, FOUR),
    "a shape that overflows 64 bits to 4 bytes": file({"a": tensor(shape=(2**32, 2**32, 1))}, FOUR),
    "a huge shape hidden by an empty axis": file(
        {"a": tensor(shape=(0, 2**29, 2**29, 2**29), offsets=(0, 0))}
    ),
    "a shape that is a number": file({"a": tensor(shape=1)}, FOUR),
    "a shape of booleans": file({"a": tensor(shape=(True,))}, FOUR),
    "seventeen axes": file({"a": tensor(shape=(1,) * 17)}, FOUR),
    "NaN as a size": file(b'{"a":{"dtype":"F32","shape":[NaN],"data_offsets":[0,4]}}', FOUR),
    "a type unknown": file({"a": tensor("F33")}, FOUR),
    "booleans": file({"a": tensor("BOOL", (4,))}, FOUR),
    "bfloat16": file({"a": tensor("BF16", (2,))}, FOUR),
    "a type that is a list": file({"a": tensor(["F32"])}, FOUR),  # type: ignore[arg-type]
    "an empty name": file({"": tensor()}, FOUR),
    "a name of 300 characters": file({"n" * 300: tensor()}, FOUR),
    "half a character for a name": file(
        b'{"\\ud800":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}', FOUR
    ),
    "too many tensors": file({str(n): tensor("U8", [0], [0, 0]) for n in range(10_001)}),
}


@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_file_is_refused_in_a_short_message(data: bytes) -> None:
    with pytest.raises(WeightsMalformed) as refusal:
        weights.decode(data)
    assert len(str(refusal.value)) < 600


@pytest.mark.parametrize("kept", [0, 7, 8, 50, -4, -1])
def test_a_truncated_file_is_refused(kept: int) -> None:
    with pytest.raises(WeightsMalformed):
        weights.decode(weights.encode(a_network())[:kept])


@given(WEIGHTS, st.data())
def test_every_truncation_is_refused(network: dict[str, Any], draw: st.DataObject) -> None:
    data = weights.encode(network)
    with pytest.raises(WeightsMalformed):
        weights.decode(data[: draw.draw(st.integers(0, len(data) - 1))])


@settings(max_examples=300)
@given(st.binary(max_size=200))
def test_random_bytes_are_refused_or_read_and_nothing_else(noise: bytes) -> None:
    for data in (noise, file(noise)):
        try:
            weights.decode(data)
        except WeightsMalformed:
            continue
        safetensors.numpy.load(data)  # what is read here is a file elsewhere, too


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 20) | st.sampled_from(["F32", "U8", "x"]),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=5,
)


@settings(max_examples=300)
@given(
    header=st.dictionaries(
        st.sampled_from(["a", "b", "__metadata__"]),
        st.dictionaries(st.sampled_from(["dtype", "shape", "data_offsets"]), JSON),
    ),
    body=st.binary(max_size=16),
)
def test_random_headers_are_refused_or_read_and_nothing_else(header: Any, body: bytes) -> None:
    try:
        found = weights.decode(file(header, body))
    except WeightsMalformed:
        return
    assert sum(value.nbytes for value in found.values()) == len(body)


# --- other weights than expected ------------------------------------------------------------------


def test_another_hash_than_the_chains_is_refused() -> None:
    data = weights.encode(a_network())
    promised = weights.sha256(data)
    assert weights.decode(data, sha256="0x" + promised.upper())
    altered = data[:-1] + bytes([data[-1] ^ 1])
    with pytest.raises(WeightsMismatch, match=promised):
        weights.decode(altered, sha256=promised)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda w: w.pop("hidden/bias"), "lack tensor 'hidden/bias'"),
        (lambda w: w.update(extra=np.zeros(1)), "'extra', which the network has not"),
        (lambda w: w.update({"hidden/bias": np.zeros(201, np.float32)}), r"float32\[201\]"),
        (lambda w: w.update({"hidden/bias": np.zeros((1, 200), np.float32)}), r"float32\[1, 200\]"),
        (lambda w: w.update({"hidden/bias": np.zeros(200, np.float64)}), r"float64\[200\]"),
        (lambda w: w.clear(), "lack tensor 'hidden/kernel'"),
    ],
)
def test_weights_of_another_network_are_refused_by_name(change: Any, named: str) -> None:
    network, other = a_network(), a_network()
    change(other)
    with pytest.raises(WeightsMismatch, match=named):
        weights.decode(weights.encode(other), like=network)


def test_weights_in_another_order_are_given_in_the_networks() -> None:
    network = a_network()
    backwards = dict(reversed(network.items()))
    assert same(weights.decode(weights.encode(backwards), like=network), network)
    assert weights.encode(backwards) != weights.encode(network)


@pytest.mark.parametrize("poison", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_one_value_that_is_not_finite_is_found_and_its_tensor_named(
    poison: float, dtype: Any
) -> None:
    network = {"fine": np.ones(3, dtype), "spoilt": np.ones((50, 50), dtype)}
    weights.check_finite(network)
    network["spoilt"][49, 49] = poison
    with pytest.raises(UpdateInvalid, match=r"'spoilt' has 1 of 2,500 values"):
        weights.check_finite(network)


def test_integers_are_finite() -> None:
    weights.check_finite({"steps": np.array([2**62]), "none": np.zeros(0, np.float32)})
