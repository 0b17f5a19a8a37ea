"""Storage and constants, held against what substrate-interface reads."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import dml_sdk as dml
from dml_sdk.chain.client.storage import HASHERS
from dml_sdk.errors import DMLError, RuntimeIncompatible, UsageError
from tests.chain.client.library import Library
from tests.chain.client.test_calls import types_of
from tests.chain.client.values import Values

EVENTS = ("System", "Events")  # read as `Event` by chain.events, and tested there


def items(chain):
    """(pallet, item, how many keys) of all storage."""
    for pallet in chain._substrate.metadata.pallets:
        for entry in (pallet.value["storage"] or {"entries": ()})["entries"]:
            told = entry["type"]
            name = pallet.value["name"], entry["name"]
            if name != EVENTS:
                yield *name, len(told["Map"]["hashers"]) if "Map" in told else 0


def assert_reads_as_the_library(chain, library) -> dict[str, int]:
    """Compares all that is stored; returns how many entries each map has."""
    counts = {}
    for pallet, item, keys in items(chain):
        if keys == 0:
            assert chain.get(pallet, item) == library.read(pallet, item), (pallet, item)
            continue
        entries = chain.entries(pallet, item)
        counts[f"{pallet}.{item}"] = len(entries)
        start = "0x" + library.key(pallet, item).hex()
        assert len(entries) == len(chain._rpc("state_getKeysPaged", [start, 1000]))
        if keys <= 2:
            assert entries == library.entries(pallet, item)
        for key, value in entries:
            key = key if isinstance(key, tuple) else (key,)
            assert chain.get(pallet, item, *key) == value == library.read(pallet, item, *key)
            for given_keys in range(1, keys):
                rest = key[given_keys:]
                below = chain.entries(pallet, item, *key[:given_keys])
                assert (rest if len(rest) > 1 else rest[0], value) in below
    return counts


def test_every_item_of_the_first_block_reads_as_the_library_reads_it():
    with dml.connect(store="memory") as session:
        counts = assert_reads_as_the_library(session.chain, Library(session.chain))
    assert counts["System.Account"] >= 6


def test_every_item_after_some_rounds_reads_as_the_library_reads_it(busy, library):
    counts = assert_reads_as_the_library(busy.chain, library)
    for item in ("Rounds.Updates", "Rounds.Rounds", "Pools.Allocations", "Models.ByGuid",
                 "Assets.Approvals", "Assets.Account", "Rounds.Contributors"):  # fmt: skip
        assert counts[item] > 0, item


def test_every_constant_reads_as_the_library_reads_it(session, library):
    for pallet in session.chain._substrate.metadata.pallets:
        for told in pallet.constants:
            name = pallet.value["name"], told.value["name"]
            assert session.chain.constant(*name) == library.constant(*name), name


@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_any_key_is_where_the_library_has_it(chain_of_all_tests, data):
    chain = chain_of_all_tests.chain
    library, types = Library(chain), types_of(chain)
    pallet, item, count = data.draw(st.sampled_from([i for i in items(chain) if i[2]]))
    found = chain._substrate.metadata.get_metadata_pallet(pallet).get_storage_function(item)
    key_type = found.value["type"]["Map"]["key"]
    parts = [key_type] if count == 1 else types[key_type]["def"]["tuple"]
    keys = [data.draw(Values(types).of(part)) for part in parts]
    ours = chain._runtime().storage.item(pallet, item).whole_key(keys)
    assert ours == library.key(pallet, item, *keys)
    assert chain.get(pallet, item, *keys) == library.read(pallet, item, *keys)


@given(data=st.binary(max_size=80))
def test_every_hasher_is_the_library_s(data):
    from substrateinterface.utils import hasher

    theirs = {
        "Identity": hasher.identity(data),
        "Twox64Concat": hasher.two_x64_concat(data),
        "Blake2_128Concat": hasher.blake2_128_concat(data),
        "Twox128": hasher.xxh128(data),
        "Blake2_128": hasher.blake2_128(data),
        "Blake2_256": hasher.blake2_256(data),
    }
    ours = {name: HASHERS[name].of(data) for name in theirs}
    assert ours == theirs
    assert HASHERS["Twox256"].of(data)[:16] == theirs["Twox128"]
    assert all(HASHERS[name].of(data)[h.length :] == data * h.concat for name, h in HASHERS.items())


def test_a_map_of_more_than_one_page_is_listed_whole(session):
    chain = session.chain
    addresses = [f"0x{i:064x}" for i in range(1, 1_101)]
    amount = chain.constant("Balances", "ExistentialDeposit")
    before = len(chain.entries("System", "Account"))
    for start in range(0, len(addresses), 275):
        calls = [
            chain.call("Balances", "transfer_keep_alive", dest=a, value=amount)
            for a in addresses[start : start + 275]
        ]
        chain.submit(chain.batch(calls), session.signer)
    listed = chain.entries("System", "Account")
    assert len(listed) == len({key for key, _ in listed}) == before + len(addresses)
    balances = chain.balances([*addresses, addresses[0]])
    assert list(balances) == addresses
    assert {b.planck for b in balances.values()} == {amount}


def test_an_earlier_state_is_read_by_its_block(session, alice):
    chain = session.chain
    block = chain._rpc("chain_getBlockHash", [])
    before = chain.get("System", "Account", alice.address)
    session.models.upload(dml.networks.softmax(2, 2), name="x", licence="MIT")
    assert chain.get("System", "Account", alice.address) != before
    assert chain.get("System", "Account", alice.address, at=block) == before


REFUSED = {
    "an unknown pallet": (lambda c: c.get("Pool", "Pools", 0), "named 'Pool'.*Pools"),
    "an unknown item": (lambda c: c.get("Pools", "Pool", 0), "item of Pools named 'Pool'.*Pools"),
    "a pallet without storage": (lambda c: c.get("Utility", "Calls"), "named 'Utility'"),
    "names that are no text": (lambda c: c.get(None, ["Pools"]), "named None"),
    "a key too few": (lambda c: c.get("Pools", "Pools"), r"1 key\(s\), but 0"),
    "a key too many": (lambda c: c.get("Pools", "Pools", 0, 0), r"1 key\(s\), but 2"),
    "a key of the wrong type": (lambda c: c.get("Pools", "Pools", "x"), "key 1 is 'x'"),
    "a key out of range": (lambda c: c.get("Models", "Versions", 0, 2**32), "key 2 is 4294967296"),
    "a list of what is no map": (lambda c: c.entries("Timestamp", "Now"), "not a map"),
    "a list with all keys given": (lambda c: c.entries("Pools", "Pools", 0), "chain.get"),
    "a list of an unknown map": (lambda c: c.entries("Pools", "Ponds"), "named 'Ponds'"),
    "an unknown constant": (lambda c: c.constant("Pools", "Depth"), "named 'Depth'.*MaxRewards"),
    "a constant of no pallet": (lambda c: c.constant(7, "Depth"), "named 7"),
    "an asset below zero": (lambda c: c.asset(-1), "-1; expected a whole number"),
    "an asset over 32 bits": (lambda c: c.asset(2**40), "0 to 4294967295"),
    "an asset that is text": (lambda c: c.asset("DML"), "'DML'"),
    "the balance of no address": (lambda c: c.balance("nonsense"), "the text that was given.*SS58"),
    "the balance of nobody": (lambda c: c.balance(None), "None; expected an address"),
    "balances of no addresses": (lambda c: c.balances(["x"]), "'x'; expected an address"),
    "events as text": (lambda c: c.events("x"), "last='x'"),
    "fewer than no events": (lambda c: c.events(-1), "last=-1"),
    "a block that is no hash": (lambda c: c.get("Timestamp", "Now", at="x"), "block hash"),
}  # fmt: skip


@pytest.mark.parametrize("what", REFUSED)
def test_what_cannot_be_read_is_refused_by_name(chain_of_all_tests, what):
    ask, words = REFUSED[what]
    with pytest.raises(DMLError if what == "a block that is no hash" else UsageError, match=words):
        ask(chain_of_all_tests.chain)


@given(data=st.binary(max_size=200))
def test_bytes_that_are_no_such_value_are_a_typed_error(chain_of_all_tests, data):
    pools = chain_of_all_tests.chain._runtime().storage.item("Pools", "Pools")
    with pytest.raises(RuntimeIncompatible, match=r"Pools\.Pools cannot be read"):
        pools.read(data + b"\xff" * 400)


def test_after_an_upgrade_the_runtime_is_read_anew(session, alice):
    chain = session.chain
    before = chain._runtime()
    with session.anchor():
        code = chain.call("System", "set_code_without_checks", code=chain.node.runtime().code)
        weight = {"ref_time": 1, "proof_size": 1}
        chain.submit(chain.call("Sudo", "sudo_unchecked_weight", call=code, weight=weight), alice)
        after = chain._runtime()
        assert after is not before
        chain.events(last=100)
        assert chain._runtime() is after
        session.models.upload(dml.networks.softmax(2, 2), name="x", licence="MIT")
        assert chain.get("Models", "NextModelId") > 0
