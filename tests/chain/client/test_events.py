"""Events and signatures, held against substrate-interface, which knows both from the metadata."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from substrateinterface import Keypair

import dml_sdk as dml
from dml_sdk.chain.client.keys import development_key
from dml_sdk.chain.client.signing import unsigned
from dml_sdk.errors import RuntimeIncompatible
from tests.chain.client.library import Library


def raw_events(chain, number: int) -> bytes:
    block_hash = chain._rpc("chain_getBlockHash", [number])
    key = chain._substrate.create_storage_key("System", "Events").to_hex()
    return bytes.fromhex(chain._rpc("state_getStorageAt", [key, block_hash])[2:])


def told_by_the_library(chain, number: int):
    block_hash = chain._rpc("chain_getBlockHash", [number])
    for record in chain._substrate.query("System", "Events", block_hash=block_hash):
        event = record.value["event"]
        attributes = event["attributes"]
        fields = attributes if isinstance(attributes, dict) else {"value": attributes}
        yield (
            record.value["extrinsic_idx"],
            event["module_id"],
            event["event_id"],
            {} if attributes is None else fields,
        )


def test_every_event_of_a_training_decodes_as_the_library_decodes_it(session, model, split):
    model.train(
        split.partition(6), test=split.test, rounds=2, clients_per_round=3, engine="numpy",
        reject_below=1,
    ).wait(60).claim()  # fmt: skip
    with pytest.raises(dml.errors.DispatchError):
        session.as_("bob").pools.get(model.id).claim()
    decoder = session.chain._runtime().events
    names = set()
    for number in range(1, session.chain.block_number + 1):
        ours = decoder.decode(raw_events(session.chain, number), number)
        theirs = list(told_by_the_library(session.chain, number))
        assert [(e.extrinsic, e.pallet, e.name, e.fields) for e in ours] == theirs
        names |= {e.name for e in ours}
    assert {"ContributorRewarded", "UpdateScored", "ExtrinsicFailed", "BatchCompleted"} <= names


@given(cut=st.integers(1, 10_000), noise=st.binary(max_size=8))
def test_bytes_that_are_not_events_are_a_typed_error(chain_of_all_tests, cut, noise):
    chain = chain_of_all_tests.chain
    with chain_of_all_tests.anchor() as session:
        session.models.upload(dml.networks.softmax(2, 2), name="x", licence="MIT")
        data = raw_events(chain, chain.block_number)
    decoder = chain._runtime().events
    with pytest.raises(RuntimeIncompatible, match="block 7"):
        decoder.decode(data[: -1 - cut % (len(data) - 1)] + noise * 2 + b"\xff" * 40, 7)


@given(call_length=st.integers(0, 600), nonce=st.integers(0, 2**31))
def test_a_signed_extrinsic_is_what_the_library_makes_of_a_call(
    chain_of_all_tests, call_length, nonce
):
    chain = chain_of_all_tests.chain
    call = chain.call("System", "remark", remark=b"\x5a" * call_length)
    composed = Library(chain).composed(call.data)
    keypair = Keypair.create_from_uri("//Alice")
    alice = development_key("//Alice")
    ours = chain._runtime().signing.sign(call.data, nonce, alice)
    signature_at = ours.index(keypair.public_key) + 33
    signature = ours[signature_at : signature_at + 64]
    theirs = chain._substrate.create_signed_extrinsic(
        composed, keypair, nonce=nonce, signature=b"\x01" + signature
    )
    assert ours == bytes(theirs.data.data)
    payload = chain._substrate.generate_signature_payload(composed, nonce=nonce)
    assert keypair.verify(payload, signature)
    assert unsigned(call.data, nonce, alice) == ours.replace(signature, bytes(64))


def test_the_fee_is_what_the_library_is_told_and_what_is_then_paid(session, alice, library):
    chain = session.chain
    call = chain.call("System", "remark", remark="0x" + "5a" * 300)
    keypair = Keypair.create_from_uri("//Alice")
    told = chain._substrate.get_payment_info(library.composed(call.data), keypair)
    assert chain.fee(call, alice).planck == told["partialFee"]
    assert chain.submit(call, alice).fee == chain.fee(call, alice)
