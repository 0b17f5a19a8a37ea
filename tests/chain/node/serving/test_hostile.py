"""Whatever strangers send: an error with the standard code, and a node as it was."""

from __future__ import annotations

import http.client
import json
import socket
import struct
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
import websocket
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dml_sdk.chain.node import Node
from dml_sdk.chain.node.serving import Limits, Server
from tests.chain.node.conftest import Sign
from tests.chain.node.serving.conftest import SECONDS, Web, post, request

HUGE = 10**400
STANDARD = {-32700, -32600, -32601, -32602, -32603}
OF_THE_NODE = {1, 2, 1002, 1010, 1011, 1012, 1013, 1014, 1016, 1040, 4002, 4003}
OF_THE_SERVER = set(range(-32099, -31999))

thorough = settings(
    max_examples=200,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

texts = st.text(max_size=20) | st.binary(max_size=60).map(lambda data: "0x" + data.hex())
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.just(HUGE) | st.floats(allow_nan=False) | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)


@pytest.fixture
def stranger(server: Server, node: Node) -> Iterator[Web]:
    """A client of a node that must be afterwards as it was, and still answer others."""
    head, waiting = node.chain.head.hash, len(node.pool)
    with Web(server.url) as web:
        yield web
    assert (node.chain.head.hash, len(node.pool)) == (head, waiting)
    assert post(server, request("system_name")).json["result"]


def judge(answer: Any) -> None:
    """Every answer is one of JSON-RPC; every error has a code that means something."""
    for one in answer if isinstance(answer, list) else [answer]:
        assert one["jsonrpc"] == "2.0" and "id" in one
        assert ("result" in one) != ("error" in one)
        if "error" in one:
            assert one["error"]["code"] in STANDARD | OF_THE_NODE | OF_THE_SERVER
            assert isinstance(one["error"]["message"], str)


def answer_to(web: Web, message: Any) -> Any:
    """What comes back before the answer to the next request, None when nothing does."""
    web.send(message)
    web.send(request("system_name", id_="the next one"))
    told = None
    while True:
        answer = web.next()
        if isinstance(answer, dict) and answer.get("id") == "the next one":
            return told
        if "method" not in answer:
            told = answer


@thorough
@given(content=values)
def test_any_json_is_answered_or_asks_for_no_answer(stranger: Web, content: Any) -> None:
    answer = answer_to(stranger, json.dumps(content))
    assert answer is not None
    judge(answer)


@thorough
@given(data=st.binary(min_size=1, max_size=300))
def test_any_bytes_as_text_are_answered(stranger: Web, data: bytes) -> None:
    answer = answer_to(stranger, data)
    assert answer is not None
    judge(answer)


@thorough
@given(data=st.binary(max_size=300))
def test_any_bytes_over_http_are_answered(server: Server, stranger: Web, data: bytes) -> None:
    judge(post(server, data).json)


@thorough
@given(data=st.data())
def test_any_parameters_of_any_method_are_answered(stranger: Web, data: st.DataObject) -> None:
    methods = stranger.result("rpc_methods")["methods"]
    method = data.draw(st.sampled_from(methods))
    params = data.draw(st.lists(values, max_size=4) | values)
    id_ = data.draw(st.integers() | texts | st.none())
    answer = answer_to(
        stranger, json.dumps({"jsonrpc": "2.0", "id": id_, "method": method, "params": params})
    )
    judge(answer)
    assert answer["id"] == id_ or answer["error"]["code"] in (-32600, -32700)
    if isinstance(answer.get("result"), str) and "ubscribe" in method:
        # Few are allowed at a time.
        assert stranger.result(method.replace("subscribe", "unsubscribe"), answer["result"])


@thorough
@given(data=st.data(), cut=st.floats(0, 1))
def test_a_transaction_that_was_damaged_is_refused(
    stranger: Web, sign: Sign, data: st.DataObject, cut: float
) -> None:
    extrinsic = bytearray(sign())
    at = int(cut * (len(extrinsic) - 1))
    kind = data.draw(st.sampled_from(["cut", "flip", "length"]))
    if kind == "cut":
        del extrinsic[at:]
    elif kind == "flip":
        extrinsic[at] ^= data.draw(st.integers(1, 255))
    else:
        extrinsic[:2] = struct.pack("<Q", data.draw(st.integers(0, 2**64 - 1)))[:8]
    method = data.draw(
        st.sampled_from(["author_submitExtrinsic", "author_submitAndWatchExtrinsic",
                         "payment_queryInfo", "payment_queryFeeDetails", "system_dryRun"])
    )  # fmt: skip
    answer = answer_to(stranger, request(method, ["0x" + extrinsic.hex()]))
    judge(answer)
    if method.startswith("author"):
        assert "error" in answer


@pytest.mark.parametrize(
    "message",
    [
        b"[" * 150_000, b'{"a":' * 30_000, b"[" * 90_000 + b"]" * 90_000,
        b'{"jsonrpc":"2.0","id":1,"method":"system_name","params":[' + b"[" * 50_000,
        b'{"jsonrpc":"2.0","id":' + b"9" * 150_000 + b',"method":"system_name"}',
        b'{"jsonrpc":"2.0","id":1,"method":"' + b"a" * 150_000 + b'"}',
        b'{"jsonrpc":"2.0","id":1,"method":"system_dryRun","params":["' + b"0" * 150_001 + b'"]}',
        b'{"jsonrpc":"2.0","id":"' + b"i" * 150_000 + b'","method":"system_name"}',
        b"[" + b"1," * 90_000 + b"1]",
        b"[" + b"{}," * 60_000 + b"{}]",
        b"[" * 500 + b"]" * 500,
    ],
    ids=lambda message: message[:40].decode(),
)  # fmt: skip
def test_deep_long_and_huge_messages_are_answered(
    server: Server, stranger: Web, message: bytes
) -> None:
    judge(answer_to(stranger, message))
    judge(post(server, message).json)


@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("state_call", ["Core_execute_block", "0x" + "ff" * 70_000]),
        ("state_call", ["Core_execute_block", "0x" + "00" * 97 + "feffffff" + "00" * 70_000]),
        ("state_call", ["GenesisBuilder_build_state", "0x" + "02093d00" + "5b" * 70_000]),
        ("state_call", ["GenesisBuilder_build_state", "0xfeffffff" + "5b" * 70_000]),
        ("state_call", ["BlockBuilder_apply_extrinsic", "0x" + "00" * 70_000]),
        ("state_call", ["Metadata_metadata_at_version", "0xffffffff"]),
        ("state_call", ["_start" * 1_000, "0x"]),
        ("state_call", ["memory", "0x"]),
        ("state_call", ["__heap_base", "0x"]),
        ("chain_getBlockHash", [["0xffffffffffffffff", HUGE, -HUGE]]),
        ("chain_getBlockHash", [HUGE]),
        ("chain_getBlockHash", [list(range(1_001))]),
        ("state_getKeysPaged", ["0x", HUGE]),
        ("state_queryStorageAt", [["0x"] * 1_001]),
        ("state_getStorageSize", ["0x"]),
        ("system_accountNextIndex", ["2" * 100_000]),
        ("author_submitExtrinsic", ["0x" + "ff" * 70_000]),
        ("author_submitExtrinsic", ["0x03ffffffffffffffff"]),
    ],
    ids=lambda value: str(value)[:40],
)
def test_calls_that_ask_for_too_much_are_answered(
    stranger: Web, method: str, params: list[Any]
) -> None:
    judge(answer_to(stranger, request(method, params)))


def test_a_long_address_is_not_decoded(node: Node) -> None:
    """Which would take time in the square of its length."""
    with node.serve() as server, Web(server.url) as web:
        error = web.ask(request("system_accountNextIndex", ["2" * 4_000_000]))["error"]
        assert error["code"] == -32602


def test_a_batch_of_heavy_calls_is_cut_short(stranger: Web) -> None:
    batch = [request("state_getMetadata", id_=i) for i in range(20)]
    assert answer_to(stranger, batch)["error"]["code"] == -32011


POST = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
OPEN = b"GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"


@pytest.mark.parametrize(
    ("raw", "status", "why"),
    [
        (b"GET\r\n\r\n", 400, "Expected space after method"),
        (b"\x16\x03\x01\x02\x00\x01\x00", 400, "HTTPS"),
        (b"\x00" * 100, 400, "no HTTP"),
        (b"POST / HTTP/9.9\r\n\r\n", 400, "version"),
        (b"POST / HTTP/1.1\r\n\r\n", 400, "'Host'"),
        (b"POST / HTTP/1.0\r\n\r\n", 403, "no Host header"),
        (b"POST http://[::1 HTTP/1.1\r\nHost: localhost\r\n\r\n", 400, "no HTTP"),
        (POST + b"No Colon\r\n\r\n", 400, "header"),
        (POST + b"Name: \x00\r\n\r\n", 400, "header"),
        (POST + b"A: b\r\n c\r\n\r\n", 400, "header"),
        (POST + b"Content-Type: text/plain\r\n\r\n", 400, "Content-Type"),
        (POST + b"Content-Length: -1\r\n\r\n", 400, "Content-Length"),
        (POST + b"Content-Length: 99999999999999999999\r\n\r\n", 400, "Content-Length"),
        (POST + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}", 400, "Content-Length"),
        (POST + b"Transfer-Encoding: gzip\r\n\r\n", 400, "Transfer-Encoding"),
        (POST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n", 400, "chunk size"),
        (POST + b"Transfer-Encoding: chunked\r\n\r\n1\r\n{}\r\n0\r\n\r\n", 400, "chunk data"),
        (OPEN + b"\r\n", 400, "No WebSocket"),
        (OPEN + b"Sec-WebSocket-Version: 99\r\nSec-WebSocket-Key: ?\r\n\r\n", 400, "version: 99"),
        (OPEN + b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ?\r\n\r\n", 400, "No WebSocket"),
        (OPEN.replace(b"GET", b"POST") + b"\r\n", 405, "opened with GET"),
        (b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\n\r\n", 400, "8190"),
        (POST + b"A: " + b"b" * 100_000 + b"\r\n\r\n", 400, "8190"),
        (b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 10_000 + b"\r\n", 400, "headers"),
    ],
    ids=lambda value: repr(value[-40:])[:24] if isinstance(value, bytes) else None,
)
def test_what_is_no_http_ends_its_own_connection_alone_and_is_told_why(
    server: Server, raw: bytes, status: int, why: str
) -> None:
    with socket.create_connection((server.host, server.port), SECONDS) as wire:
        with suppress(ConnectionError):  # of what it does not read to the end
            wire.sendall(raw)
        answer = http.client.HTTPResponse(wire)
        answer.begin()
        told = json.loads(answer.read())
        assert wire.recv(1) == b""
    assert (answer.status, answer.getheader("Content-Type")) == (status, "application/json")
    assert (told["id"], told["error"]["code"]) == (None, -32600)
    assert why in told["error"]["data"] and len(told["error"]["data"]) <= 200
    assert post(server, request("system_name")).json["result"]


@pytest.mark.parametrize(
    "frame",
    [
        b"\xf1\x80\x00\x00\x00\x00",  # reserved bits
        b"\x83\x80\x00\x00\x00\x00",  # reserved opcode
        b"\x80\x80\x00\x00\x00\x00",  # continues nothing
        b"\x09\x80\x00\x00\x00\x00",  # a ping in parts
        b"\x89\xfe\xff\xff\x00\x00\x00\x00",  # a long ping
        b"\x81\xff\x7f\xff\xff\xff\xff\xff\xff\xff\x00\x00\x00\x00",  # 2^63 bytes to come
        b"\x81\xff\xff\xff\xff\xff\xff\xff\xff\xff\x00\x00\x00\x00",
        b"\x88\x81\x00\x00\x00\x00\x00",  # a close with half a code
        b"\xc1\x80\x00\x00\x00\x00",  # packed, which was not agreed on
    ],
    ids=lambda frame: frame[:4].hex(),
)
def test_a_broken_frame_ends_its_own_connection_alone(server: Server, frame: bytes) -> None:
    with Web(server.url) as broken, Web(server.url) as other:
        broken.socket.sock.sendall(frame)
        with suppress(OSError, websocket.WebSocketException):
            while broken.socket.recv():
                pass
        assert other.result("system_name")


def test_a_message_in_many_empty_parts_is_one_message(web: Web) -> None:
    part = b"\x00\x80\x00\x00\x00\x00"
    web.socket.sock.sendall(b"\x01\x80\x00\x00\x00\x00" + part * 2_000 + b"\x80\x81\0\0\0\0{")
    assert web.next()["error"]["code"] == -32700


def test_clients_that_vanish_leave_nothing_behind(node: Node, sign: Sign) -> None:
    with node.serve(limits=Limits(connections=20)) as server:
        for nonce in range(1, 60):
            web = Web(server.url)
            web.send(request("chain_subscribeNewHeads"))
            web.send(request("state_subscribeStorage", [["0x26"]]))
            web.socket.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            web.send(request("author_submitAndWatchExtrinsic", ["0x" + sign(nonce=nonce).hex()]))
            web.socket.shutdown()  # a reset, in the middle of it all
            node.seal()
        with Web(server.url) as web:
            assert web.result("system_name")
