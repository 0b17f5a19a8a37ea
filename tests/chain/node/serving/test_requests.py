"""Requests over WebSocket and HTTP: what is answered, and what it is answered."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from typing import Any

import pytest
from scalecodec.utils.ss58 import ss58_encode
from substrateinterface import Keypair

from dml_sdk.chain.node import Node, genesis
from dml_sdk.chain.node.scale import vec
from dml_sdk.chain.node.serving import Limits, Server
from dml_sdk.errors import RpcError
from tests.chain.node.conftest import InProcess, Sign, transfer_call
from tests.chain.node.serving.conftest import Web, post, request

Ask = Callable[[Any], Any]


@pytest.fixture(params=["ws", "http"])
def ask(request: pytest.FixtureRequest, server: Server) -> Ask:
    """Sends a message over one of the two and gives the answer."""
    if request.param == "ws":
        web = request.getfixturevalue("web")
        return lambda message: web.ask(message)
    return lambda message: post(server, _raw(message)).json


def _raw(message: Any) -> Any:
    return message.encode() if isinstance(message, str) else message


def test_a_request_is_answered_as_in_process(ask: Ask, node: Node) -> None:
    node.seal()
    for method in ("chain_getHeader", "chain_getBlock", "state_getRuntimeVersion", "system_chain"):
        answer = ask(request(method, id_="mine"))
        assert answer == {"jsonrpc": "2.0", "id": "mine", "result": node.rpc(method)}


@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("nothing_here", []), ("state_getStorage", []), ("state_getStorage", ["0x2"]),
        ("state_getStorage", ["0x26", "0x" + "00" * 32]), ("state_getKeysPaged", ["0x", 1001]),
        ("author_submitExtrinsic", ["0x00"]), ("author_submitExtrinsic", ["0x0404"]),
        ("state_call", ["Core_nothing", "0x"]),
    ],
)  # fmt: skip
def test_an_error_is_the_one_of_the_node(
    ask: Ask, node: Node, method: str, params: list[Any]
) -> None:
    with pytest.raises(RpcError) as refused:
        node.fork().rpc(method, params)  # which remembers nothing that it refused
    error = ask(request(method, params))["error"]
    assert (error["code"], error.get("data")) == (refused.value.code, refused.value.data)


def test_what_is_wrong_with_a_message_is_told(ask: Ask) -> None:
    assert ask("{")["error"]["code"] == -32700
    assert ask("[]")["error"]["code"] == -32600
    assert ask({"jsonrpc": "2.0", "id": 5, "method": 1})["error"]["code"] == -32600
    assert ask(request("state_getStorage") | {"params": {"key": "0x"}})["error"]["code"] == -32602


def test_a_batch_is_answered_in_its_order(ask: Ask) -> None:
    batch = [request("system_name", id_=i) for i in range(5)]
    batch[2]["method"] = "nothing_here"
    answers = ask([*batch, 7, {"jsonrpc": "2.0", "method": "system_name"}])
    assert [answer["id"] for answer in answers] == [0, 1, 2, 3, 4, None]
    assert [answer.get("error", {}).get("code") for answer in answers] == [
        None, None, -32601, None, None, -32600,
    ]  # fmt: skip


def test_a_batch_that_is_too_long_is_refused(ask: Ask) -> None:
    assert ask([request("system_name")] * 21)["error"]["code"] == -32010


def test_an_answer_that_is_too_big_is_not_sent(ask: Ask) -> None:
    code = request("state_getStorage", ["0x" + b":code".hex()])
    assert ask(code)["error"]["code"] == -32008
    assert ask([code, code])["error"]["code"] == -32011


def test_a_notification_is_done_and_not_answered(
    server: Server, web: Web, node: Node, sign: Sign
) -> None:
    submit = request("author_submitExtrinsic", ["0x" + sign().hex()])
    del submit["id"]
    assert post(server, submit).status == 204
    assert node.chain.head.number == 1
    web.send({"jsonrpc": "2.0", "method": "nothing_here"})
    web.send([{"jsonrpc": "2.0", "method": "system_name"}])
    assert web.ask(request("system_name", id_="next"))["id"] == "next"


def test_a_transaction_over_the_wire_is_sealed(ask: Ask, node: Node, sign: Sign) -> None:
    told = ask(request("author_submitExtrinsic", ["0x" + sign().hex()]))["result"]
    assert node.inclusion(bytes.fromhex(told[2:])) is not None


def test_the_list_of_methods_is_true(server: Server, web: Web) -> None:
    over_web = web.result("rpc_methods")["methods"]
    over_http = post(server, request("rpc_methods")).json["result"]["methods"]
    assert set(over_http) < set(over_web)
    subscribing = {name for name in over_web if "ubscribe" in name or "atch" in name}
    assert not subscribing & set(over_http)
    assert len(subscribing) == 20
    for method in over_http:
        error = web.ask(request(method)).get("error", {})
        assert error.get("code") in (None, -32602), method
    for method in sorted(subscribing):
        with Web(server.url) as other:
            error = other.ask(request(method)).get("error", {})
            assert error.get("code") in (None, -32602), method


@pytest.mark.parametrize(
    "method",
    ["author_insertKey", "author_rotateKeys", "author_hasKey", "author_hasSessionKeys",
     "offchain_localStorageGet", "system_addLogFilter", "engine_createBlock"],
)  # fmt: skip
def test_no_method_reaches_keys_or_the_machine(server: Server, method: str) -> None:
    assert post(server, request(method)).json["error"]["code"] == -32601


def test_a_subscription_needs_a_websocket(server: Server) -> None:
    error = post(server, request("chain_subscribeNewHeads")).json["error"]
    assert error["code"] == -32601
    assert "WebSocket" in error["data"]


def test_a_binary_message_is_refused_and_the_next_text_answered(web: Web) -> None:
    web.socket.send_binary(json.dumps(request("system_name")).encode())
    assert web.next()["error"]["code"] == -32600
    assert web.result("system_name")


def test_text_that_is_not_utf_8_is_a_parse_error(server: Server, web: Web) -> None:
    bad = b'{"jsonrpc":"2.0","id":1,"method":"\xff"}'
    assert web.ask(bad)["error"]["code"] == -32700
    assert post(server, bad).json["error"]["code"] == -32700
    assert web.result("system_name")


def test_a_message_that_is_too_big_is_refused_with_its_limit(server: Server, web: Web) -> None:
    big = b'"' + b"a" * 200_000 + b'"'
    posted = post(server, big)
    assert (posted.status, posted.json["error"]["code"]) == (413, -32007)
    assert web.ask(big)["error"]["code"] == -32007
    assert web.socket.recv() == ""  # closed
    chunked = post(server, iter([b"a" * 150_000] * 2))
    assert chunked.status == 413


def test_a_message_of_just_the_limit_is_read(server: Server, web: Web) -> None:
    head, tail = b'{"jsonrpc":"2.0","id":1,"method":"', b'"}'
    just = head + b"a" * (200_000 - len(head) - len(tail)) + tail
    assert post(server, just).json["error"]["code"] == -32601
    assert web.ask(just)["error"]["code"] == -32601


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "HEAD"])
def test_http_takes_posts_alone(server: Server, method: str) -> None:
    assert post(server, b"", method=method).status == 405


def test_http_takes_plain_json_alone(server: Server) -> None:
    body = request("system_name")
    assert post(server, body, Content_Type="text/plain").status == 415
    assert post(server, body, Content_Encoding="gzip").status == 415
    assert post(server, body, Content_Type="application/json; charset=utf-8").status == 200
    assert post(server, body, Content_Type='application/json; charset="UTF-8"').status == 200


@pytest.mark.parametrize("charset", ["latin-1", "utf-16", "ascii", "utf-8-sig", "nonsense"])
def test_json_in_another_encoding_than_utf_8_is_not_guessed_at(
    server: Server, charset: str
) -> None:
    told = post(server, request("system_name"), Content_Type=f"application/json; charset={charset}")
    assert told.status == 415
    assert "UTF-8" in told.json["error"]["data"]


def test_many_clients_are_answered_at_once(server: Server, node: Node) -> None:
    answers: list[list[Any]] = []

    def talk() -> None:
        with Web(server.url) as web:
            answers.append([web.ask(request("system_name", id_=i)) for i in range(20)])

    threads = [threading.Thread(target=talk) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [[a["id"] for a in told] for told in answers] == [list(range(20))] * 10


def test_ten_clients_submit_at_once_and_all_get_in(
    server: Server, node: Node, client: InProcess
) -> None:
    names = ("Alice", "Bob", "Charlie", "Dave", "Eve")
    keys = [Keypair.create_from_uri(f"//{name}", ss58_format=42) for name in names]
    signed = [
        [
            "0x" + bytes(client.create_signed_extrinsic(
                transfer_call(client), key, nonce=nonce, era="00").data.data).hex()
            for nonce in range(6)
        ]
        for key in keys
    ]  # fmt: skip
    told: list[Any] = []

    def submit(extrinsics: list[str]) -> None:
        with Web(server.url) as web:
            told.extend(web.ask(request("author_submitExtrinsic", [e])) for e in extrinsics)

    # Two clients an account: one has the even nonces, the other the odd ones.
    threads = [
        threading.Thread(target=submit, args=(own[part::2],)) for own in signed for part in (0, 1)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(told) == 30
    assert not [answer for answer in told if "error" in answer]
    assert all(node.inclusion(bytes.fromhex(a["result"][2:])) is not None for a in told)
    assert len(node.pool) == 0


def test_a_node_that_seals_by_hand_is_told_when(sign: Sign) -> None:
    node = Node(seal="manual")
    with node.serve() as server, Web(server.url) as web:
        assert "engine_createBlock" in web.result("rpc_methods")["methods"]
        assert web.ask(request("engine_createBlock", [False, True]))["error"]["code"] == 1
        web.result("author_submitExtrinsic", "0x" + sign().hex())
        assert web.result("chain_getHeader")["number"] == "0x0"
        made = web.result("engine_createBlock", False, True, None)
        assert made["hash"] == web.result("chain_getHead")
        assert len(web.result("chain_getBlock")["block"]["extrinsics"]) == 2
        web.result("engine_createBlock", True, True, made["hash"])
        assert web.ask(request("engine_createBlock", [True, True, made["hash"]]))["error"]
        assert web.ask(request("engine_createBlock", ["yes"]))["error"]["code"] == -32602
        assert web.result("chain_getHeader")["number"] == "0x2"
    node.close()


def test_a_call_that_takes_too_long_is_stopped_and_others_are_answered(node: Node) -> None:
    config: Any = genesis.config(node.runtime(), "development")
    config["balances"]["balances"] += [
        [ss58_encode(number.to_bytes(32, "little"), 42), 10**12] for number in range(1, 20_000)
    ]
    argument = vec(json.dumps(config).encode())
    slow = request("state_call", ["GenesisBuilder_build_state", "0x" + argument.hex()])
    with node.serve(limits=Limits(call_seconds=0.001)) as server:
        error = post(server, slow).json["error"]
        assert error["code"] == 4003
        assert "longer than 0.001 s" in error["data"]
        assert post(server, request("system_name")).json["result"]
