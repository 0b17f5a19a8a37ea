"""substrate-interface as it comes, talking to the embedded node: composes, signs, decodes."""

from __future__ import annotations

from substrateinterface import Keypair
from substrateinterface.base import ExtrinsicReceipt

from dml_sdk.chain.node import Node
from tests.chain.node.conftest import MILLI, InProcess, free, transfer_call


def test_a_signed_transfer_and_its_events_are_read(
    client: InProcess, node: Node, alice: Keypair, bob: Keypair
) -> None:
    before = free(client, bob)
    extrinsic = client.create_signed_extrinsic(transfer_call(client), alice)
    receipt = client.submit_extrinsic(extrinsic)
    place = node.inclusion(bytes.fromhex(receipt.extrinsic_hash[2:]))
    assert place is not None
    found = ExtrinsicReceipt(client, receipt.extrinsic_hash, block_hash="0x" + place[1].hex())
    assert found.is_success
    events = [(e.value["module_id"], e.value["event_id"]) for e in found.triggered_events]
    assert ("Balances", "Transfer") in events
    assert ("TransactionPayment", "TransactionFeePaid") in events
    assert found.total_fee_amount > 0
    assert free(client, bob) == before + MILLI


def test_a_call_that_fails_pays_its_fee_and_says_why(
    client: InProcess, node: Node, bob: Keypair
) -> None:
    before = free(client, bob)
    call = client.compose_call("Sudo", "sudo", {"call": transfer_call(client)})
    receipt = client.submit_extrinsic(client.create_signed_extrinsic(call, bob))
    place = node.inclusion(bytes.fromhex(receipt.extrinsic_hash[2:]))
    assert place is not None
    found = ExtrinsicReceipt(client, receipt.extrinsic_hash, block_hash="0x" + place[1].hex())
    assert not found.is_success
    assert found.error_message["name"] == "RequireSudo"
    assert free(client, bob) == before - found.total_fee_amount


def test_mortal_transactions_and_nonces_are_found_by_the_client(
    client: InProcess, node: Node, alice: Keypair
) -> None:
    for expected in range(3):
        assert client.get_account_nonce(alice.ss58_address) == expected
        call = transfer_call(client)
        client.submit_extrinsic(client.create_signed_extrinsic(call, alice, era={"period": 64}))
    assert client.get_block_number(None) == 3


def test_maps_are_iterated_over_several_pages(client: InProcess, node: Node) -> None:
    accounts = list(client.query_map("System", "Account", page_size=2))
    assert len(accounts) >= 6
    assert sum(info.value["data"]["free"] for _, info in accounts) > 10**18


def test_the_runtimes_constants_and_fees_are_read(
    client: InProcess, node: Node, alice: Keypair
) -> None:
    assert client.get_constant("Balances", "ExistentialDeposit").value == MILLI
    assert client.get_payment_info(transfer_call(client), alice)["partialFee"] > 0


def test_blocks_are_read_with_their_extrinsics(
    client: InProcess, node: Node, alice: Keypair
) -> None:
    client.submit_extrinsic(client.create_signed_extrinsic(transfer_call(client), alice))
    block = client.get_block()
    names = [e.value["call"]["call_function"] for e in block["extrinsics"]]
    assert names == ["set", "transfer_keep_alive"]
    assert block["header"]["number"] == 1


def test_the_runtime_is_upgraded_by_set_code(client: InProcess, node: Node, alice: Keypair) -> None:
    """The same code under `:code` again: what is tried is that the host reads its version."""
    code = client.compose_call(
        "System", "set_code_without_checks", {"code": "0x" + node.runtime().code.hex()}
    )
    call = client.compose_call(
        "Sudo", "sudo_unchecked_weight",
        {"call": code, "weight": {"ref_time": 1, "proof_size": 1}},
    )  # fmt: skip
    client.submit_extrinsic(client.create_signed_extrinsic(call, alice))
    assert any(item.startswith(b"\x08") for item in node.chain.head.header.digest)
    node.seal()
    assert node.chain.head.number == 2
