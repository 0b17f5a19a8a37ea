from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from substrateinterface import Keypair

from dml_sdk.chain.node import Node
from dml_sdk.chain.node.hashing import blake2_256, storage_key
from dml_sdk.errors import RpcError
from tests.chain.node.conftest import Sign

ACCOUNTS = "0x" + storage_key("System", "Account").hex()
NOBODY = "0x" + "00" * 32


def error(node: Node, method: str, params: object = ()) -> RpcError:
    """How a request is refused."""
    with pytest.raises(RpcError) as refused:
        node.rpc(method, params)  # type: ignore[arg-type]
    return refused.value


@pytest.mark.parametrize("method", ["nothing_here", "", "__init__", None, 7])
def test_a_method_that_is_not_there_is_not_found(node: Node, method: object) -> None:
    assert error(node, method).code == -32601  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("state_getStorage", []),
        ("state_getStorage", ["0x2"]),
        ("state_getStorage", ["0x2 6a"]),
        ("state_getStorage", ["0xzz"]),
        ("state_getStorage", [b"0x26"]),
        ("state_getStorage", {"key": "0x"}),
        ("state_getStorage", "0x26"),
        ("state_getStorage", ["0x26", "0x12"]),
        ("state_getStorage", ["0x26", 5]),
        ("chain_getBlock", ["0x1234"]),
        ("chain_getBlockHash", [-1]),
        ("chain_getBlockHash", ["eleven"]),
        ("chain_getBlockHash", ["0x"]),
        ("chain_getBlockHash", [[1, True]]),
        ("chain_getBlockHash", [1.5]),
        ("state_getKeysPaged", ["0x", -1]),
        ("state_getKeysPaged", ["0x", "10"]),
        ("state_queryStorageAt", ["0x26"]),
        ("state_queryStorageAt", [["2"]]),
        ("state_call", ["Core_version"]),
        ("state_call", ["Core_ver\xf6ion", "0x"]),
        ("system_accountNextIndex", ["not an address"]),
        ("system_accountNextIndex", ["5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQZ"]),
        ("system_accountNextIndex", [""]),
        ("author_submitExtrinsic", [None]),
    ],
)
def test_malformed_parameters_have_the_standard_code(
    node: Node, method: str, params: object
) -> None:
    assert error(node, method, params).code == -32602


@pytest.mark.parametrize("method", ["state_getStorage", "state_getStorageHash"])
def test_the_state_of_an_unknown_block_is_refused(node: Node, method: str) -> None:
    refused = error(node, method, ["0x26", NOBODY])
    assert refused.code == 4003
    assert "UnknownBlock" in str(refused)


def test_an_unknown_block_is_null(node: Node) -> None:
    assert node.rpc("chain_getBlock", [NOBODY]) is None
    assert node.rpc("chain_getHeader", [NOBODY]) is None
    assert node.rpc("chain_getBlockHash", [10**6]) is None


def test_block_hashes_are_given_by_number_list_and_head(node: Node) -> None:
    node.seal()
    hashes = [node.rpc("chain_getBlockHash", [number]) for number in (0, 1)]
    assert node.rpc("chain_getBlockHash", [[0, "0x1"]]) == hashes
    assert node.rpc("chain_getBlockHash", ["0x1"]) == hashes[1]
    for head in ("chain_getBlockHash", "chain_getHead", "chain_getFinalizedHead"):
        assert node.rpc(head) == hashes[1]
    assert node.rpc("chain_getBlockHash", [None]) == hashes[1]


def test_the_hash_of_a_block_is_that_of_its_header(node: Node) -> None:
    node.seal()
    block = node.rpc("chain_getBlock")
    assert isinstance(block, dict)
    header = block["block"]["header"]
    assert header == node.rpc("chain_getHeader")
    assert header["number"] == "0x1"
    assert header["parentHash"] == node.rpc("chain_getBlockHash", [0])
    assert node.chain.head.hash == blake2_256(node.chain.head.header.encode())


def test_history_is_read_at_any_block(node: Node, sign: Sign) -> None:
    number = "0x" + storage_key("System", "Number").hex()
    for nonce in range(3):
        node.submit(sign(nonce=nonce))
    for height in range(1, 4):
        at = node.rpc("chain_getBlockHash", [height])
        value = "0x" + height.to_bytes(4, "little").hex()
        assert node.rpc("state_getStorageAt", [number, at]) == value
        assert node.rpc("state_getStorageSize", [number, at]) == 4
        hashed = "0x" + blake2_256(height.to_bytes(4, "little")).hex()
        assert node.rpc("state_getStorageHash", [number, at]) == hashed
        assert node.rpc("state_queryStorageAt", [[number, "0x00"], at]) == [
            {"block": at, "changes": [[number, value], ["0x00", None]]}
        ]


def test_keys_come_in_pages_and_in_order(node: Node) -> None:
    whole = node.rpc("state_getKeysPaged", [ACCOUNTS, 1000])
    assert isinstance(whole, list)
    assert len(whole) >= 6
    assert whole == sorted(whole)
    paged: list[str] = []
    while page := node.rpc("state_getKeysPaged", [ACCOUNTS, 4, paged[-1] if paged else None]):
        assert isinstance(page, list)
        paged += page
    assert paged == whole
    everything = node.rpc("state_getKeysPaged", [None, 1000])
    assert isinstance(everything, list)
    assert set(whole) < set(everything)


def test_a_page_has_a_limit(node: Node) -> None:
    assert error(node, "state_getKeysPaged", ["0x", 1001]).code == 4002


def test_a_call_that_traps_or_is_not_there_is_an_error(node: Node) -> None:
    assert error(node, "state_call", ["Core_initialize_block", "0x"]).code == 4003
    assert error(node, "state_call", ["Core_nothing", "0x"]).code == 4003
    mistyped = error(node, "state_call", ["Core_versoin", "0x"])
    assert mistyped.data == "The runtime has no Core_versoin. Did you mean Core_version?"
    assert node.rpc("state_call", ["Metadata_metadata_versions", "0x"]) != "0x"


def test_a_call_changes_nothing(node: Node, sign: Sign) -> None:
    root = node.chain.head.state.root
    node.rpc("system_dryRun", ["0x" + sign().hex()])
    node.rpc("state_call", ["BlockBuilder_apply_extrinsic", "0x" + sign().hex()])
    assert node.chain.head.state.root == root
    assert node.chain.head.number == 0


def test_a_dry_run_tells_what_would_come(node: Node, sign: Sign) -> None:
    assert node.rpc("system_dryRun", ["0x" + sign().hex()]) == "0x0000"
    assert node.rpc("system_dryRun", ["0x" + sign(nonce=7).hex()]) == "0x010002"  # future
    bad = bytearray(sign())
    bad[60] ^= 1
    assert node.rpc("system_dryRun", ["0x" + bad.hex()]) == "0x010004"  # bad proof


def test_the_next_nonce_counts_what_waits(node: Node, sign: Sign, alice: Keypair) -> None:
    address = [alice.ss58_address]
    assert node.rpc("system_accountNextIndex", address) == 0
    node.submit(sign(nonce=0))
    with node.one_block():
        node.submit(sign(nonce=1))
        assert node.rpc("system_accountNextIndex", address) == 2
        node.submit(sign(nonce=3))
        assert node.rpc("system_accountNextIndex", address) == 2
    assert node.rpc("system_accountNextIndex", address) == 2
    assert len(node.pool) == 1
    assert node.rpc("author_pendingExtrinsics") == [], "network nodes tell what is ready"


def test_fees_are_told_beforehand(node: Node, sign: Sign) -> None:
    extrinsic = "0x" + sign().hex()
    info = node.rpc("payment_queryInfo", [extrinsic])
    details = node.rpc("payment_queryFeeDetails", [extrinsic])
    assert isinstance(info, dict)
    assert isinstance(details, dict)
    assert info["class"] == "normal"
    assert info["weight"]["ref_time"] > 0
    parts = details["inclusionFee"].values()
    assert sum(int(part, 16) for part in parts) == int(info["partialFee"]) > 0


@pytest.mark.parametrize(
    ("method", "message"),
    [
        ("payment_queryInfo", "Unable to query dispatch info."),
        ("payment_queryFeeDetails", "Unable to query fee details."),
        ("system_dryRun", "Unable to dry run extrinsic."),
    ],
)
@pytest.mark.parametrize(
    ("params", "code"), [(["0x0404"], 1), (["0x0404", NOBODY], 1), (["0x"], 2), (["0xff"], 2)]
)
def test_methods_of_pallets_fail_with_codes_of_their_own(
    node: Node, method: str, message: str, params: list[str], code: int
) -> None:
    refused = error(node, method, params)
    assert (refused.code, refused.message) == (code, message)
    assert refused.data


def test_too_large_a_parameter_is_told_its_size(node: Node) -> None:
    refused = error(node, "author_submitExtrinsic", ["0x" + "00" * (60 << 20)])
    assert refused.code == -32602
    assert refused.data == "the extrinsic has 60.0 MiB; no more than 32 MiB are taken"


def test_the_version_is_the_runtimes_own(node: Node) -> None:
    version = node.rpc("state_getRuntimeVersion")
    assert isinstance(version, dict)
    assert (version["specName"], version["stateVersion"]) == ("dml", 1)
    assert version["apis"]


def test_the_token_is_the_runtimes_own(node: Node) -> None:
    assert node.rpc("system_properties") == {
        "ss58Format": 42, "tokenSymbol": "DML", "tokenDecimals": 12,
    }  # fmt: skip


def test_every_method_in_the_list_answers_or_refuses(node: Node) -> None:
    listed = node.rpc("rpc_methods")
    assert isinstance(listed, dict)
    codes = set()
    for method in listed["methods"]:
        try:
            node.rpc(method)
        except RpcError as refused:
            codes.add(refused.code)
    assert codes == {-32602}


def test_a_transaction_that_does_not_decode_fails_verification(node: Node) -> None:
    assert error(node, "author_submitExtrinsic", ["0x0404"]).code == 1002


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
    | st.binary(max_size=40).map(lambda data: "0x" + data.hex()),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=10,
)  # fmt: skip


@settings(
    max_examples=400,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.data())
def test_any_request_is_answered_or_refused_and_changes_nothing(
    node: Node, data: st.DataObject
) -> None:
    listed = node.rpc("rpc_methods")
    assert isinstance(listed, dict)
    method = data.draw(st.sampled_from(listed["methods"]))
    head = node.chain.head
    with suppress(RpcError):
        node.rpc(method, data.draw(json_values | st.lists(json_values, max_size=4)))
    assert node.chain.head is head
    assert len(node.pool) == 0
