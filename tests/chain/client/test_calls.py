"""Encoded calls, held against scalecodec; and what cannot be encoded, refused in words."""

from __future__ import annotations

import contextlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dml_sdk.chain.client.codec.decoding import Decoder, read
from dml_sdk.chain.client.codec.encoding import compact
from dml_sdk.errors import UsageError
from tests.chain.client.library import Library
from tests.chain.client.values import Values

BOB = "5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty"


def types_of(chain):
    registry = chain._substrate.metadata.portable_registry.value["types"]
    return {told["id"]: told["type"] for told in registry}


def call_type(types) -> int:
    (found,) = (i for i, t in types.items() if t["path"][-1:] == ["RuntimeCall"])
    return found


@pytest.fixture(scope="session")
def every_call(chain_of_all_tests):
    """The strategy of each call's arguments, by pallet and function."""
    chain = chain_of_all_tests.chain
    values = Values(types_of(chain))
    return {
        (pallet.value["name"], variant["name"]): values.arguments(variant)
        for pallet in chain._substrate.metadata.pallets
        if pallet.value["calls"]
        for variant in values.types[pallet.value["calls"]["ty"]]["def"]["variant"]["variants"]
    }


def drawn(data, every_call):
    """A call's pallet, function and arguments."""
    pallet, function = data.draw(st.sampled_from(sorted(every_call)))
    return pallet, function, data.draw(every_call[pallet, function])


@settings(max_examples=400, deadline=None)
@given(data=st.data())
def test_every_call_is_encoded_as_scalecodec_encodes_it(chain_of_all_tests, every_call, data):
    chain = chain_of_all_tests.chain
    pallet, function, given_arguments = drawn(data, every_call)
    ours = chain.call(pallet, function, **given_arguments)
    assert ours.data == Library(chain).call(pallet, function, given_arguments)


@settings(max_examples=400, deadline=None)
@given(data=st.data())
def test_a_call_that_is_decoded_encodes_to_the_same_bytes(chain_of_all_tests, every_call, data):
    chain = chain_of_all_tests.chain
    pallet, function, given_arguments = drawn(data, every_call)
    call = chain.call(pallet, function, **given_arguments)
    types = types_of(chain)
    decoded = read(Decoder(types).of(call_type(types)), call.data, "a call")
    again = chain.call("Sudo", "sudo", call=decoded)
    assert again.data[2:] == call.data


@pytest.mark.parametrize("octets", [b"0x", b"0x1", b"0x12", b"0xzz", b"0x\xff", b"0", b"", b"\xff"])
def test_bytes_are_decoded_to_what_encodes_to_them(chain_of_all_tests, octets):
    chain = chain_of_all_tests.chain
    types = types_of(chain)
    call = chain.call("System", "remark", remark=octets)
    decoded = read(Decoder(types).of(call_type(types)), call.data, "a call")
    assert chain.call("Sudo", "sudo", call=decoded).data[2:] == call.data


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_a_batch_is_what_scalecodec_makes_of_the_same_calls(chain_of_all_tests, data):
    chain = chain_of_all_tests.chain
    told = data.draw(st.lists(Values({})._nested(), min_size=2, max_size=5))
    calls = [
        chain.call(
            each["call_module"],
            each["call_function"],
            **(
                each["call_args"]
                if isinstance(each["call_args"], dict)
                else {a["name"]: a["value"] for a in each["call_args"]}
            ),
        )
        for each in told
    ]
    assert chain.batch(calls).data == Library(chain).call("Utility", "batch_all", {"calls": told})


@given(value=st.integers(0, 2**128 - 1) | st.integers(0, 2**32))
def test_a_compact_number_is_what_scalecodec_makes_of_it(chain_of_all_tests, value):
    encoded = chain_of_all_tests.chain._substrate.create_scale_object("Compact<u128>").encode(value)
    assert compact(value) == bytes(encoded.data)


REFUSED = {
    "a negative number": (
        "Pools", "fund", dict(model=-1, amount=1), r"Pools\.fund: model is -1; .* 0 to 4294967295",
    ),
    "a number over 32 bits": (
        "Pools", "fund", dict(model=2**40, amount=1), r"Pools\.fund: model is 1099511627776",
    ),
    "a number over 128 bits": (
        "Pools", "fund", dict(model=0, amount=2**128), r"Pools\.fund: amount",
    ),
    "a compact number over its type": (
        "Balances", "transfer_keep_alive", dict(dest=BOB, value=2**128), r"keep_alive: value",
    ),
    "a truth for a number": ("Pools", "fund", dict(model=True, amount=1), "model is True"),
    "text for a number": ("Pools", "fund", dict(model="1", amount=1), "model is '1'"),
    "a fraction for a number": ("Pools", "fund", dict(model=0, amount=1.0), "amount is 1.0"),
    "a number for a truth": (
        "Balances", "transfer_all", dict(dest=BOB, keep_alive=1), "keep_alive is 1; .*True or",
    ),
    "text that is no address": (
        "Balances", "transfer_keep_alive", dict(dest="bob", value=1), "dest is 'bob'.*SS58",
    ),
    "an address with a typing error": (
        "Balances", "transfer_keep_alive", dict(dest=BOB[:-1] + "z", value=1), "(?i)dest.*checksum",
    ),
    "an address of something shorter": (
        "Balances", "transfer_keep_alive", dict(dest="F7Hs", value=1), "dest is 'F7Hs'",
    ),
    "a short account in hexadecimal": (
        "Balances", "transfer_keep_alive", dict(dest="0x" + "00" * 31, value=1), "31 bytes",
    ),
    "an account that is not given as its address": (
        "Balances", "transfer_keep_alive", dict(dest=object(), value=1), "expected an address",
    ),
    "a hash that is too short": (
        "Rounds", "submit_update",
        dict(model=0, round=1, location={"Cid": "x"}, hash="0xab", examples=1),
        r"submit_update: hash is '0xab'; expected 32 bytes",
    ),
    "a hash that is text": (
        "Rounds", "submit_update",
        dict(model=0, round=1, location={"Cid": "x"}, hash="a" * 32, examples=1),
        "hash is the text that was given",
    ),
    "a hash with blanks in it": (
        "Rounds", "submit_update",
        dict(model=0, round=1, location={"Cid": "x"}, hash="0x" + "ab " * 32, examples=1),
        "submit_update: hash is the text that was given",
    ),
    "an account with blanks in it": (
        "Balances", "transfer_keep_alive", dict(dest="0x" + "00" * 31 + "  ", value=1), "dest is",
    ),
    "bytes with a blank in them": (
        "System", "remark", dict(remark="0x ab"), "remark is the text that was given",
    ),
    "an unknown variant": (
        "Pools", "reward", dict(model=0, role="King", rewards=[]), "role is 'King'.*'Creator'",
    ),
    "a variant without what it holds": (
        "Pools", "create",
        dict(model=0, asset="WithId", shares=(1, 1, 1, 1, 1, 1), amount=1), "asset is 'WithId'",
    ),
    "a variant with what it does not hold": (
        "Pools", "create",
        dict(model=0, asset={"Native": 7}, shares=(1, 1, 1, 1, 1, 1), amount=1), "Native is 7",
    ),
    "a value deep inside": (
        "Pools", "reward", dict(model=0, role="Creator", rewards=[(BOB, 1), (BOB, -1)]),
        r"rewards\[1\]\[1\] is -1",
    ),
    "a struct that lacks a field": (
        "Pools", "create", dict(model=0, asset="Native", shares={"creator": 1}, amount=1),
        "shares is .*a dict of creator, engineers",
    ),
    "a tuple that is too long": (
        "Pools", "reward", dict(model=0, role="Creator", rewards=[(BOB, 1, 2)]), r"rewards\[0\]",
    ),
    "a dict for a list": ("Pools", "reward", dict(model=0, role="Creator", rewards={}), "a list"),
    "bytes that are no hexadecimal": ("System", "remark", dict(remark="0xno"), "remark is '0xno'"),
    "bytes that are a number": ("System", "remark", dict(remark=7), "remark is 7"),
    "bytes over 255": ("System", "remark", dict(remark=[256]), r"remark is \[256\]"),
    "a missing argument": ("Pools", "fund", dict(model=0), "takes model, amount; missing: amount"),
    "an unknown argument": (
        "Pools", "fund", dict(model=0, amount=1, ammount=1), "unknown: ammount",
    ),
    "an unknown call": ("Pools", "find", {}, "no call of Pools named 'find'.* fund"),
    "an unknown pallet": ("Pool", "fund", {}, "named 'Pool'.*Pools"),
    "a pallet that is no text": (["Pools"], "fund", {}, "Pools"),
    "a nested call that is none": ("Sudo", "sudo", dict(call="remark"), "call is 'remark'"),
    "a nested call with a wrong value": (
        "Utility", "batch_all",
        dict(calls=[{"call_module": "System", "call_function": "remark",
                     "call_args": {"remark": 7}}]),
        r"Utility\.batch_all: calls\[0\] > System\.remark: remark is 7; expected bytes",
    ),
    "a nested call that lacks an argument": (
        "Sudo", "sudo",
        dict(call={"call_module": "System", "call_function": "remark", "call_args": {}}),
        "System.remark takes remark",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", REFUSED)
def test_what_cannot_be_encoded_is_refused_by_name(chain_of_all_tests, what):
    pallet, function, arguments, words = REFUSED[what]
    with pytest.raises(UsageError, match=words):
        chain_of_all_tests.chain.call(pallet, function, **arguments)


def test_calls_nested_without_end_are_refused(chain_of_all_tests):
    call = {"call_module": "Sudo", "call_function": "sudo", "call_args": {}}
    call["call_args"]["call"] = call
    with pytest.raises(UsageError, match=r"Sudo\.sudo are nested too deep"):
        chain_of_all_tests.chain.call("Sudo", "sudo", call=call)


junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary()
    | st.builds(object) | st.sampled_from([float, np.float32(1), np.zeros(3), {1}, range(3), "0x"]),
    lambda inner: st.lists(inner, max_size=3) | st.tuples(inner, inner)
    | st.dictionaries(st.text(max_size=8) | st.integers(), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(data=st.data())
def test_nothing_but_a_typed_error_comes_of_junk(chain_of_all_tests, every_call, data):
    pallet, function, given_arguments = drawn(data, every_call)
    for name in data.draw(st.sets(st.sampled_from(sorted(given_arguments) or ["nothing"]))):
        given_arguments[name] = data.draw(junk)
    with contextlib.suppress(UsageError):
        chain_of_all_tests.chain.call(pallet, function, **given_arguments)


def test_numbers_of_numpy_are_numbers(chain_of_all_tests):
    chain = chain_of_all_tests.chain
    told = chain.call("Pools", "fund", model=np.uint8(3), amount=np.int64(5))
    assert told.data == chain.call("Pools", "fund", model=3, amount=5).data
