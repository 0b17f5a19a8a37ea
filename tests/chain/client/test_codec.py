"""The codec itself: types that this runtime has no value of, hostile bytes, many threads."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scalecodec.utils.ss58 import ss58_decode, ss58_encode

from dml_sdk.chain.client.codec.addresses import account_of, address_of
from dml_sdk.chain.client.codec.decoding import Decoder, read
from dml_sdk.chain.client.codec.encoding import Encoder, Refused
from dml_sdk.chain.client.runtime import Runtime
from dml_sdk.errors import RuntimeIncompatible
from tests.chain.client.test_calls import BOB, call_type, types_of


def told(**definition):
    return {"path": [], "params": [], "def": definition}


TYPES = {
    0: told(primitive="u8"),
    1: told(bitsequence={"bit_store_type": 0, "bit_order_type": 0}),
    2: told(tuple=[]),
    3: told(compact={"type": 2}),
    4: told(primitive="i16"),
    5: told(compact={"type": 4}),
    6: told(primitive="char"),
    7: told(array={"len": 3, "type": 4}),
    8: told(primitive="bool"),
    9: {**told(variant={"variants": [
        {"name": "None", "fields": [], "index": 0},
        {"name": "Some", "fields": [{"name": None, "type": 8}], "index": 1},
    ]}), "path": ["Option"]},
    10: told(composite={"fields": [{"name": "next", "type": 11}]}),
    11: {**told(variant={"variants": [
        {"name": "None", "fields": [], "index": 0},
        {"name": "Some", "fields": [{"name": None, "type": 10}], "index": 1},
    ]}), "path": ["Option"]},
}  # fmt: skip


@pytest.mark.parametrize("type_id", [1, 5, 6])
def test_a_type_of_an_unknown_kind_is_a_typed_error_every_time(type_id):
    encoder, decoder = Encoder(TYPES, {}), Decoder(TYPES)
    for _ in range(2):
        with pytest.raises(RuntimeIncompatible, match="The runtime has a"):
            encoder.of(type_id)
        with pytest.raises(RuntimeIncompatible, match="The runtime has a"):
            decoder.of(type_id)


@given(value=st.lists(st.integers(-(2**15), 2**15 - 1), min_size=3, max_size=3))
def test_signed_numbers_come_back(value):
    data = Encoder(TYPES, {}).of(7)(value)
    assert data == b"".join(n.to_bytes(2, "little", signed=True) for n in value)
    assert read(Decoder(TYPES).of(7), data, "three numbers") == value


@pytest.mark.parametrize("value", [[1, 2], [1, 2, 3, 4], [1, 2, 2**15], [0, -(2**15) - 1, 0], 7])
def test_an_array_of_another_length_or_range_is_refused(value):
    with pytest.raises(Refused):
        Encoder(TYPES, {}).of(7)(value)


def test_the_compact_of_nothing_is_no_bytes():
    assert Encoder(TYPES, {}).of(3)(()) == b""
    assert read(Decoder(TYPES).of(3), b"", "nothing") == ()


def test_a_type_that_holds_itself_comes_back():
    value = {"next": {"next": {"next": None}}}
    data = Encoder(TYPES, {}).of(10)(value)
    assert data == b"\x01\x01\x00"
    assert read(Decoder(TYPES).of(10), data, "a list") == value


@pytest.mark.parametrize(
    ("type_id", "data"),
    [(8, b"\x02"), (9, b"\x02\x01"), (9, b"\x01\x02"), (8, b""), (8, b"\x01\x01"),
     (10, b"\x01" * 100_000)],
)  # fmt: skip
def test_bytes_that_are_no_value_of_a_type_are_a_typed_error(type_id, data):
    with pytest.raises(RuntimeIncompatible, match="the value cannot be read"):
        read(Decoder(TYPES).of(type_id), data, "the value")


def test_calls_in_calls_without_end_are_a_typed_error(chain_of_all_tests):
    types = types_of(chain_of_all_tests.chain)
    with pytest.raises(RuntimeIncompatible, match="a call cannot be read"):
        read(Decoder(types).of(call_type(types)), b"\x06\x00" * 50_000, "a call")


@given(key=st.binary(min_size=32, max_size=32), network=st.sampled_from([0, 2, 42, 63, 64, 16383]))
def test_an_address_of_any_network_is_its_account(key, network):
    assert account_of(ss58_encode(key, network)) == key == account_of("0x" + key.hex())
    assert address_of(key) == ss58_encode(key, 42)


@given(text=st.text(max_size=70) | st.text("123456789ABCDEFGHJK", min_size=1, max_size=60))
def test_text_that_is_no_address_is_a_value_error(text):
    with pytest.raises(ValueError, match=r"."):
        account_of(text)


@given(at=st.integers(0, len(BOB) - 1), letter=st.sampled_from("123abcXYZ"))
def test_an_address_with_one_other_letter_is_refused_unless_its_checksum_holds(at, letter):
    changed = BOB[:at] + letter + BOB[at + 1 :]
    try:
        expected = ss58_decode(changed)
    except ValueError:
        with pytest.raises(ValueError, match=r"."):
            account_of(changed)
    else:
        assert account_of(changed).hex() == expected


def test_many_threads_make_the_same_functions_at_once(chain_of_all_tests):
    chain = chain_of_all_tests.chain
    nested = {"call_module": "System", "call_function": "remark", "call_args": {"remark": "x"}}
    jobs = [
        ("Utility", "batch_all", {"calls": [nested] * 2}),
        ("Sudo", "sudo", {"call": nested}),
        ("Balances", "transfer_keep_alive", {"dest": BOB, "value": 1}),
        ("Pools", "reward", {"model": 0, "role": "Creator", "rewards": [(BOB, 1)]}),
    ] * 2
    expected = [chain.call(pallet, name, **given).data for pallet, name, given in jobs]
    known = chain._runtime()
    for _ in range(10):
        fresh = Runtime(
            known.metadata, known.spec_version, known.signing.transaction_version, bytes(32)
        )
        together = threading.Barrier(len(jobs))

        def compose(job, fresh=fresh, together=together):
            together.wait()
            return fresh.calls.compose(*job).data

        with ThreadPoolExecutor(len(jobs)) as pool:
            assert list(pool.map(compose, jobs)) == expected
