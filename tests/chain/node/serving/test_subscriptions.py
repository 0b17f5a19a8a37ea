"""What clients are told without asking again."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from substrateinterface import Keypair
from websocket import WebSocketConnectionClosedException

from dml_sdk.chain.node import Node
from dml_sdk.chain.node.blocks import Block
from dml_sdk.chain.node.hashing import storage_key
from dml_sdk.chain.node.serving import Limits, Server, subscriptions
from tests.chain.node.conftest import InProcess, Sign, transfer_call
from tests.chain.node.serving.conftest import SECONDS, Web, request

NUMBER = "0x" + storage_key("System", "Number").hex()
TOTAL = "0x" + storage_key("Balances", "TotalIssuance").hex()


@pytest.mark.parametrize(
    ("begin", "end", "told_as"),
    [
        ("chain_subscribeNewHeads", "chain_unsubscribeNewHeads", "chain_newHead"),
        ("chain_subscribeNewHead", "chain_unsubscribeNewHead", "chain_newHead"),
        ("subscribe_newHead", "unsubscribe_newHead", "chain_newHead"),
        ("chain_subscribeAllHeads", "chain_unsubscribeAllHeads", "chain_allHead"),
        ("chain_subscribeFinalizedHeads", "chain_unsubscribeFinalizedHeads", "chain_finalizedHead"),
        ("chain_subscribeFinalisedHeads", "chain_unsubscribeFinalisedHeads", "chain_finalizedHead"),
    ],
)
def test_heads_are_told_from_the_present_one_on_until_it_ends(
    web: Web, node: Node, begin: str, end: str, told_as: str
) -> None:
    name = web.subscribe(begin)
    for number in range(4):
        assert web.told(told_as, name) == node.rpc("chain_getHeader")
        assert node.chain.head.number == number
        node.seal()
    web.told(told_as, name)
    assert web.result(end, name) is True
    node.seal()
    assert web.result(end, name) is False


def test_no_head_is_left_out_and_none_told_twice(web: Web, node: Node) -> None:
    name = web.subscribe("chain_subscribeNewHeads")
    for _ in range(200):
        node.seal()
    numbers = [int(web.told("chain_newHead", name)["number"], 16) for _ in range(201)]
    assert numbers == list(range(201))


def test_after_a_rewind_the_new_blocks_are_told(web: Web, node: Node) -> None:
    node.seal()
    before = node.snapshot()
    for _ in range(3):
        node.seal()
    name = web.subscribe("chain_subscribeNewHeads")
    assert web.told("chain_newHead", name)["number"] == "0x4"
    node.restore(before)
    node.seal()
    assert web.told("chain_newHead", name)["number"] == "0x2"


def test_a_block_that_is_taken_away_while_it_is_looked_at_is_not_told_again(
    web: Web, node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    reached, free, at = threading.Event(), threading.Event(), subscriptions._OfBlocks.at

    def held(self: Any, block: Block) -> bytes | None:
        reached.set()
        assert free.wait(SECONDS)
        return at(self, block)

    before = node.snapshot()
    early = web.subscribe("chain_subscribeNewHeads")
    web.told("chain_newHead", early)
    for _ in range(3):
        node.seal()
        web.told("chain_newHead", early)
    monkeypatch.setattr(subscriptions._OfBlocks, "at", held)
    late = web.subscribe("chain_subscribeNewHeads")
    assert web.told("chain_newHead", late)["number"] == "0x3"
    assert reached.wait(SECONDS)  # the newest block was found, and is not yet told or passed over
    node.restore(before)
    block = node.seal()
    free.set()
    told = [web.next()["params"] for _ in range(2)]
    assert {one["subscription"] for one in told} == {early, late}
    header = node.rpc("chain_getHeader", ["0x" + block.hash.hex()])
    assert [one["result"] for one in told] == [header, header]


def test_storage_is_told_at_once_and_then_when_it_changes(web: Web, node: Node) -> None:
    absent = "0x1234"
    name = web.subscribe("state_subscribeStorage", [NUMBER, TOTAL, absent])
    first = web.told("state_storage", name)
    assert first["block"] == node.rpc("chain_getBlockHash", [0])
    assert [key for key, _ in first["changes"]] == [NUMBER, TOTAL, absent]
    assert first["changes"][2][1] is None
    node.seal()
    assert web.told("state_storage", name) == {
        "block": node.rpc("chain_getHead"),
        "changes": [[NUMBER, "0x01000000"]],
    }


def test_storage_that_does_not_change_is_not_told_again(web: Web, node: Node) -> None:
    name = web.subscribe("state_subscribeStorage", [TOTAL])
    web.told("state_storage", name)
    heads = web.subscribe("chain_subscribeNewHeads")
    web.told("chain_newHead", heads)
    node.seal()
    assert web.told("chain_newHead", heads)["number"] == "0x1"
    assert web.result("state_unsubscribeStorage", name) is True


@pytest.mark.parametrize("params", [[], [None], ["0x26"], [["2"]], [[7]], [{"a": 1}]])
def test_keys_that_cannot_be_meant_are_refused(web: Web, params: list[Any]) -> None:
    assert web.ask(request("state_subscribeStorage", params))["error"]["code"] == -32602


def test_too_many_keys_are_refused(web: Web) -> None:
    assert web.ask(request("state_subscribeStorage", [["0x26"] * 1001]))["error"]["code"] == 4002


def test_a_key_that_is_named_a_thousand_times_is_told_once(server: Server) -> None:
    with Web(server.url) as web:
        name = web.subscribe("state_subscribeStorage", [NUMBER] * 1_000)
        assert len(web.told("state_storage", name)["changes"]) == 1


def test_the_runtimes_version_is_told_and_not_again_while_it_stays(web: Web, node: Node) -> None:
    name = web.subscribe("state_subscribeRuntimeVersion")
    assert web.told("state_runtimeVersion", name) == node.rpc("state_getRuntimeVersion")
    heads = web.subscribe("chain_subscribeNewHeads")
    web.told("chain_newHead", heads)
    for _ in range(2):
        node.seal()
        web.told("chain_newHead", heads)
    assert web.result("state_unsubscribeRuntimeVersion", name) is True


def test_a_transaction_is_followed_until_it_is_final(web: Web, node: Node, sign: Sign) -> None:
    name = web.subscribe("author_submitAndWatchExtrinsic", "0x" + sign().hex())
    told = [web.told("author_extrinsicUpdate", name)]
    while told[-1] != {"finalized": node.rpc("chain_getHead")}:
        told.append(web.told("author_extrinsicUpdate", name))
    assert told == ["ready", {"inBlock": node.rpc("chain_getHead")}, told[-1]]
    assert web.result("author_unwatchExtrinsic", name) is False  # it is over


def test_a_transaction_that_waits_for_another_is_told_to(web: Web, node: Node, sign: Sign) -> None:
    name = web.subscribe("author_submitAndWatchExtrinsic", "0x" + sign(nonce=1).hex())
    assert web.told("author_extrinsicUpdate", name) == "future"
    node.submit(sign(nonce=0))
    assert web.told("author_extrinsicUpdate", name) == "ready"
    told = web.told("author_extrinsicUpdate", name)
    assert told == {"inBlock": node.rpc("chain_getHead")}
    assert "finalized" in web.told("author_extrinsicUpdate", name)


def test_a_transaction_whose_block_is_taken_away_is_told_so(
    web: Web, node: Node, sign: Sign
) -> None:
    before = node.snapshot()
    name = web.subscribe("author_submitAndWatchExtrinsic", "0x" + sign().hex())
    assert web.told("author_extrinsicUpdate", name) == "ready"
    block = node.rpc("chain_getHead")
    node.restore(before)
    assert web.told("author_extrinsicUpdate", name) == {"inBlock": block}
    assert web.told("author_extrinsicUpdate", name) == {"retracted": block}


def test_a_transaction_that_is_outbid_is_told_by_whom(node: Node, sign: Sign) -> None:
    by_hand = node.fork(seal="manual")
    with by_hand.serve() as server, Web(server.url) as web:
        name = web.subscribe("author_submitAndWatchExtrinsic", "0x" + sign().hex())
        assert web.told("author_extrinsicUpdate", name) == "ready"
        better = by_hand.submit(sign(tip=10**9))
        assert web.told("author_extrinsicUpdate", name) == {"usurped": "0x" + better.hex()}


def test_a_waiting_transaction_can_be_left_alone(web: Web, sign: Sign) -> None:
    name = web.subscribe("author_submitAndWatchExtrinsic", "0x" + sign(nonce=1).hex())
    web.told("author_extrinsicUpdate", name)
    assert web.result("author_unwatchExtrinsic", name) is True
    assert web.result("author_unwatchExtrinsic", name) is False


@pytest.mark.parametrize(("bad", "code"), [("0x0404", 1002), ("0x00", 1002), ("0x2", -32602)])
def test_a_transaction_that_is_refused_opens_no_subscription(
    web: Web, node: Node, bad: str, code: int
) -> None:
    assert web.ask(request("author_submitAndWatchExtrinsic", [bad]))["error"]["code"] == code
    for _ in range(4):
        web.subscribe("state_subscribeRuntimeVersion")
        web.next()


def test_a_transaction_of_no_money_is_refused_with_the_reason(web: Web, client: InProcess) -> None:
    poor = Keypair.create_from_uri("//penniless", ss58_format=42)
    call = transfer_call(client)
    extrinsic = client.create_signed_extrinsic(call, poor, nonce=0).data.to_hex()
    error = web.ask(request("author_submitAndWatchExtrinsic", [extrinsic]))["error"]
    assert error["code"] == 1010
    assert "fees" in error["data"]


def test_subscriptions_in_a_batch_are_told_after_its_answer(web: Web, node: Node) -> None:
    answers = web.ask([
        request("chain_subscribeNewHeads", id_=1), request("system_name", id_=2),
        request("state_subscribeStorage", [[NUMBER]], id_=3),
    ])  # fmt: skip
    assert [answer["id"] for answer in answers] == [1, 2, 3]
    web.told("chain_newHead", answers[0]["result"])
    web.told("state_storage", answers[2]["result"])


def test_a_subscription_is_ended_by_its_own_method_and_connection(server: Server, web: Web) -> None:
    name = web.subscribe("chain_subscribeNewHeads")
    web.told("chain_newHead", name)
    assert web.result("chain_unsubscribeAllHeads", name) is False
    with Web(server.url) as other:
        assert other.result("chain_unsubscribeNewHeads", name) is False
    for nonsense in (None, 7, [], {}, "", "nothing"):
        assert web.result("chain_unsubscribeNewHeads", nonsense) is False
    assert web.result("chain_unsubscribeNewHeads", name) is True


def test_a_connection_holds_so_many_subscriptions(web: Web) -> None:
    names = []
    for _ in range(4):
        names.append(web.subscribe("state_subscribeRuntimeVersion"))
        web.told("state_runtimeVersion", names[-1])
    assert web.ask(request("chain_subscribeNewHeads"))["error"]["code"] == -32006
    assert web.result("state_unsubscribeRuntimeVersion", names[0]) is True
    web.subscribe("chain_subscribeNewHeads")


def test_a_subscription_that_nobody_could_name_is_not_opened(web: Web, node: Node) -> None:
    web.send({"jsonrpc": "2.0", "method": "chain_subscribeNewHeads"})
    node.seal()
    assert "result" in web.ask(request("system_name"))


def test_a_client_that_does_not_read_is_closed_and_the_others_are_told(node: Node) -> None:
    limits = Limits(waiting_bytes=10_000)
    with node.serve(limits=limits) as server, Web(server.url) as reader, Web(server.url) as lazy:
        name = reader.subscribe("chain_subscribeNewHeads")
        reader.told("chain_newHead", name)
        for _ in range(200):
            lazy.subscribe("chain_subscribeNewHeads")
            lazy.next()
        # What the system keeps for a socket comes first, then the 10,000 bytes of the server.
        for number in range(1, 120):
            node.seal()
            assert int(reader.told("chain_newHead", name)["number"], 16) == number
        with pytest.raises((OSError, WebSocketConnectionClosedException)):
            all(lazy.next() for _ in range(119 * 200))
