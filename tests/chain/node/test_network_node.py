"""The embedded node against polkadot-omni-node: the same blob, the same chain.

Set DML_TEST_OMNI_NODE to the program that runs it.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from substrateinterface import Keypair

from dml_sdk.chain.node import Node, authoring
from dml_sdk.chain.node.blocks import Block, Header
from dml_sdk.chain.node.hashing import blake2_128, storage_key
from dml_sdk.chain.node.scale import Reader
from dml_sdk.chain.node.spec import raw_chain_spec
from dml_sdk.errors import RpcError
from tests.chain.node.conftest import MILLI, InProcess, Sign, transfer_call
from tests.peers import NO_OMNI_NODE, OMNI_NODE, NetworkNode, omni_node
from tests.waiting import until

EVENTS = "0x" + storage_key("System", "Events").hex()

pytestmark = pytest.mark.skipif(not OMNI_NODE, reason=NO_OMNI_NODE)


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NetworkNode]:
    folder = tmp_path_factory.mktemp("omni-node")
    with (
        omni_node(folder, raw_chain_spec(Node())) as address,
        closing(NetworkNode(f"ws://{address}")) as node,
    ):
        yield node


def newest(node: Node | NetworkNode) -> int:
    header: Any = node.rpc("chain_getHeader")
    return int(header["number"], 16)


def test_the_genesis_is_the_same(node: Node, network: NetworkNode) -> None:
    genesis = node.rpc("chain_getBlockHash", [0])
    assert network.rpc("chain_getBlockHash", [0]) == genesis
    assert network.rpc("chain_getHeader", [genesis]) == node.rpc("chain_getHeader", [genesis])


def test_the_runtime_presents_itself_alike(node: Node, network: NetworkNode) -> None:
    assert network.rpc("state_getMetadata") == node.rpc("state_getMetadata")
    assert network.rpc("system_properties") == node.rpc("system_properties")
    theirs, ours = network.rpc("state_getRuntimeVersion"), node.rpc("state_getRuntimeVersion")
    assert isinstance(ours, dict)
    theirs["apis"], ours["apis"] = sorted(theirs["apis"]), sorted(ours["apis"])
    assert {key: ours[key] for key in theirs} == theirs


@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("state_call", ["Core_nothing", "0x"]),
        ("state_call", ["Core_initialize_block", "0x"]),
        ("state_call", ["Core_version", "0x", "0x" + "00" * 32]),
        ("state_getMetadata", ["0x" + "00" * 32]),
        ("payment_queryInfo", ["0x0404"]),
        ("payment_queryInfo", ["0x"]),
        ("payment_queryFeeDetails", ["0x0404", "0x" + "00" * 32]),
        ("system_dryRun", ["0x0404"]),
        ("author_submitExtrinsic", ["0x0404"]),
        ("author_submitExtrinsic", ["0x"]),
    ],
)
def test_what_the_runtime_fails_at_has_the_same_code(
    node: Node, network: NetworkNode, method: str, params: list[str]
) -> None:
    codes = []
    for asked in (node, network):
        with pytest.raises(RpcError) as refused:
            asked.rpc(method, params)
        codes.append(refused.value.code)
    assert codes[0] == codes[1]


def story(client: InProcess, sign: Sign) -> list[bytes]:
    """A model, its pool and a round, with what is refused on the way."""
    bob = Keypair.create_from_uri("//Bob")
    digest = "0x" + "11" * 32
    shares = {
        "creator": 100_000, "engineers": 200_000, "contributors": 400_000,
        "annotators": 200_000, "validators": 100_000, "clients": 0,
    }  # fmt: skip
    location = {"Cid": "bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy"}
    tomorrow_ms = (time.time_ns() // 10**9 + 24 * 60 * 60) * 1000
    calls = [
        ("Balances", "transfer_keep_alive", {"dest": bob.ss58_address, "value": MILLI}),
        ("Models", "register", {
            "location": location, "hash": digest, "name": "2nn", "licence": "Apache-2.0",
            "metadata_hash": digest}),
        ("Pools", "create", {
            "model": 0, "asset": "Native", "shares": shares, "amount": 10_000 * 10**12}),
        ("Pools", "create", {
            "model": 0, "asset": "Native", "shares": shares, "amount": 10_000 * 10**12}),
        ("Rounds", "define_contributors", {
            "model": 0, "contributors": [("client-1", bob.ss58_address)]}),
        ("Rounds", "open", {
            "model": 0, "minimum": 1, "maximum": 1, "deadline_ms": tomorrow_ms,
            "reward_part": 250_000_000}),
        ("Rounds", "select", {"model": 0, "round": 1, "clients": ["client-1"]}),
        ("Pools", "reward", {"model": 0, "role": "Creator", "rewards": [
            (bob.ss58_address, 500_000_000)]}),
    ]  # fmt: skip
    return [
        sign(client.compose_call(pallet, name, arguments), nonce=nonce)
        for nonce, (pallet, name, arguments) in enumerate(calls)
    ]


def test_the_same_extrinsics_leave_the_same_events_and_the_chain_replays(
    node: Node, client: InProcess, sign: Sign, network: NetworkNode
) -> None:
    assert newest(network) == 0
    for extrinsic in story(client, sign):
        network.submit(extrinsic)
        node.submit(extrinsic)
    for height in range(1, newest(network) + 1):
        theirs, ours = (each.rpc("chain_getBlockHash", [height]) for each in (network, node))
        assert network.rpc("state_getStorage", [EVENTS, theirs]) == node.rpc(
            "state_getStorage", [EVENTS, ours]
        )
    assert node.chain.head.number == newest(network) == 8

    state = node.chain.genesis.state
    for height in range(1, newest(network) + 1):
        told = network.rpc("chain_getBlock", [network.rpc("chain_getBlockHash", [height])])
        block = received(told["block"])
        state = authoring.execute(node.executor, state, block)
        assert state.root == block.header.state_root
    whole = network.rpc("state_getKeysPaged", ["0x", 1000])
    assert whole == ["0x" + key.hex() for key, _ in state.items()]


def test_what_one_refuses_the_other_does_with_the_same_code(
    node: Node, client: InProcess, sign: Sign, network: NetworkNode
) -> None:
    forged = bytearray(sign(transfer_call(client), nonce=100))
    forged[60] ^= 1
    poor = sign(keypair=Keypair.create_from_uri("//Nobody"))
    waiting = sign(transfer_call(client), nonce=1000)
    for each in (network, node):
        each.rpc("author_submitExtrinsic", ["0x" + waiting.hex()])
    unknown = "0x" + "17" * 32
    requests: list[tuple[str, list[Any]]] = [
        ("author_submitExtrinsic", ["0x" + bytes(forged).hex()]),
        ("author_submitExtrinsic", ["0x" + poor.hex()]),
        ("author_submitExtrinsic", ["0x" + waiting.hex()]),
        ("author_submitExtrinsic", ["0xff"]),
        ("state_getStorage", ["0x26", unknown]),
        ("state_getKeysPaged", ["0x", 1001]),
        ("no_such_method", []),
    ]
    for method, params in requests:
        assert refusal(node, method, params) == refusal(network, method, params), method


def refusal(node: Node | NetworkNode, method: str, params: list[Any]) -> int:
    with pytest.raises(RpcError) as refused:
        node.rpc(method, params)
    return refused.value.code


def test_of_several_that_wait_for_one_nonce_both_include_the_same(
    node: Node, client: InProcess, sign: Sign, network: NetworkNode
) -> None:
    dave = Keypair.create_from_uri("//Dave")
    remark = client.compose_call("System", "remark", {"remark": "0x00"})
    tips = (0, MILLI, 2 * MILLI, 0)
    rivals = [sign(remark, keypair=dave, nonce=1, tip=tip) for tip in tips]
    first = sign(remark, keypair=dave, nonce=0)
    for each in (network, node):
        before = newest(each)
        for extrinsic in (*rivals, first):
            each.rpc("author_submitExtrinsic", ["0x" + extrinsic.hex()])
        # A slow node may seal the two that go together in a block each.
        until(
            lambda node=each, since=before: len(included(node, dave, since)) > 1,
            "both nonces are in a block",
        )
        until(lambda node=each: not node.rpc("author_pendingExtrinsics"), "the pool is empty")
        assert included(each, dave, before) == [first, rivals[2]]
        for extrinsic in (rivals[0], rivals[3]):
            codes = [refusal(each, "author_submitExtrinsic", ["0x" + extrinsic.hex()])]
            codes.append(refusal(each, "author_submitExtrinsic", ["0x" + extrinsic.hex()]))
            assert codes == [1010, 1012]


def included(node: Node | NetworkNode, who: Keypair, since: int) -> list[bytes]:
    """What an account signed, as it is in the blocks after one, the earliest first."""
    found: list[bytes] = []
    for number in range(since + 1, newest(node) + 1):
        told: Any = node.rpc("chain_getBlock", [node.rpc("chain_getBlockHash", [number])])
        for extrinsic in (bytes.fromhex(each[2:]) for each in told["block"]["extrinsics"]):
            body = Reader(extrinsic).vec()
            if body[0] & 0x80 and body[2:34] == who.public_key:
                found.append(extrinsic)
    return found


def test_the_same_questions_have_the_same_answers(
    node: Node, sign: Sign, alice: Keypair, network: NetworkNode
) -> None:
    genesis = node.rpc("chain_getBlockHash", [0])
    extrinsic = "0x" + sign().hex()
    accounts = "0x" + storage_key("System", "Account").hex()
    account = accounts + blake2_128(alice.public_key).hex() + alice.public_key.hex()
    requests: list[tuple[str, list[Any]]] = [
        ("payment_queryInfo", [extrinsic, genesis]),
        ("payment_queryFeeDetails", [extrinsic, genesis]),
        ("state_getStorage", [account, genesis]),
        ("state_getStorageHash", [account, genesis]),
        ("state_getStorageSize", [account, genesis]),
        ("state_getStorageSize", ["0x26", genesis]),
        ("state_getKeysPaged", [accounts, 3, None, genesis]),
        ("state_getKeysPaged", [accounts, 3, account, genesis]),
        ("state_getKeysPaged", ["0x", 100, "0x26", genesis]),
        ("state_queryStorageAt", [[account, "0x26"], genesis]),
        ("state_call", ["AccountNonceApi_account_nonce", alice.public_key.hex(), genesis]),
        ("state_call", ["AccountNonceApi_account_nonce", "0x" + alice.public_key.hex(), genesis]),
        ("chain_getBlock", [genesis]),
        ("chain_getHeader", ["0x" + "17" * 32]),
        ("chain_getBlock", ["0x" + "17" * 32]),
        ("chain_getBlockHash", [[0, 10**6]]),
        ("chain_getBlockHash", ["0x0"]),
        ("system_health", []),
        ("system_chainType", []),
    ]
    for method, params in requests:
        assert answer(node, method, params) == answer(network, method, params), (method, params)


def answer(node: Node | NetworkNode, method: str, params: list[Any]) -> object:
    try:
        return node.rpc(method, params)
    except RpcError as refused:
        return refused.code


def received(told: dict[str, Any]) -> Block:
    """A block as a network node gives it, to be executed here."""
    fields = told["header"]
    header = Header(
        bytes.fromhex(fields["parentHash"][2:]),
        int(fields["number"], 16),
        bytes.fromhex(fields["stateRoot"][2:]),
        bytes.fromhex(fields["extrinsicsRoot"][2:]),
        tuple(bytes.fromhex(item[2:]) for item in fields["digest"]["logs"]),
    ).unsealed()
    extrinsics = tuple(bytes.fromhex(each[2:]) for each in told["extrinsics"])
    return Block(header, header.hash, extrinsics, Node().chain.genesis.state, 0, None)
