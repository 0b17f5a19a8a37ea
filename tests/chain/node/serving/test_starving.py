"""A client that asks for too much, or leaves before it is answered, is no burden to the others."""

from __future__ import annotations

import json
import math
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing, suppress
from typing import Any

import psutil
import pytest
import websocket

from dml_sdk.chain.node import Node
from dml_sdk.chain.node.blocks import Block
from dml_sdk.chain.node.hashing import storage_key
from dml_sdk.chain.node.rpc import Rpc
from dml_sdk.chain.node.serving import Limits, Server, room, subscriptions
from dml_sdk.chain.node.serving.feed import Feed
from dml_sdk.chain.node.serving.subscriptions import STORAGE, Subscriptions
from dml_sdk.chain.node.serving.turns import _LIGHT, _SUBMITTING, Client, Work
from dml_sdk.chain.node.version import RuntimeVersion
from tests.chain.node.conftest import Sign
from tests.chain.node.serving.conftest import SECONDS, Web, in_a_loop, post, request
from tests.waiting import until

SLOW = request("state_call", ["Core_version", "0x"])
CODE = "0x" + b":code".hex()
ALICE = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY"


class Held:
    """Holds the calls of one function of the runtime until they are let go, and counts them."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.begun, self.free, call_at = 0, threading.Event(), Rpc.call_at

        def held(rpc: Rpc, block: Block, name: str, argument: bytes) -> bytes:
            if name == "Core_version":
                self.begun += 1
                assert self.free.wait(SECONDS)
            return call_at(rpc, block, name, argument)

        monkeypatch.setattr(Rpc, "call_at", held)


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> Iterator[Held]:
    calls = Held(monkeypatch)
    yield calls
    calls.free.set()


class Queue:
    """Holds the calls of one method, lets so many of them go, and notes the order of all."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, method: str) -> None:
        self.begun, self.free, call = list[str](), threading.Semaphore(0), Rpc.call

        def noted(rpc: Rpc, name: str, params: Any) -> object:
            self.begun.append(name)
            if name == method:
                assert self.free.acquire(timeout=SECONDS)
            return call(rpc, name, params)

        monkeypatch.setattr(Rpc, "call", noted)


def post_and_leave_open(server: Server, message: Any) -> socket.socket:
    body = json.dumps(message).encode()
    head = "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    wire = socket.create_connection((server.host, server.port), SECONDS)
    wire.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
    return wire


def test_one_address_holds_up_neither_cheap_requests_nor_other_clients(
    node: Node, held: Held
) -> None:
    with node.serve() as server, Web(server.url) as web:
        wires = [post_and_leave_open(server, SLOW) for _ in range(30)]
        until(lambda: held.begun, "a call to begin")
        assert post(server, request("system_health")).json["result"]
        assert web.result("system_accountNextIndex", ALICE) == 0
        assert held.begun == 1
        held.free.set()
        for wire in wires:
            assert wire.recv(12) == b"HTTP/1.1 200"
            wire.close()
        assert held.begun == 30


KEY = "0x" + storage_key("System", "Number").hex()


@pytest.mark.parametrize(
    ("heavy", "cheap"),
    [
        (("state_getKeysPaged", ["0x", 1000]), "system_health"),
        (("state_queryStorageAt", [[KEY]]), "chain_getHeader"),
        (("state_getStorage", [CODE]), "system_health"),
        (("state_call", ["Metadata_metadata", "0x"]), "payment_queryInfo"),
        (("state_getReadProof", [[KEY, CODE]]), "payment_queryInfo"),
    ],
)
def test_a_flood_of_batches_is_overtaken(
    node: Node, sign: Sign, monkeypatch: pytest.MonkeyPatch, heavy: Any, cheap: str
) -> None:
    """More clients than threads send more calls than are answered, and one asks for little."""
    params = [f"0x{sign().hex()}"] if cheap == "payment_queryInfo" else []
    limits = Limits(workers=2, runtime_calls=2)
    with node.serve(limits=limits) as server, Web(server.url) as web, ExitStack() as stack:
        queue = Queue(monkeypatch, heavy[0])
        stack.callback(queue.free.release, 10_000)
        flood = [Web(server.url) for _ in range(6)]
        for greedy in flood:
            for _ in range(3):
                greedy.send([request(*heavy)] * 100)
        until(lambda: len(queue.begun) == 2, "all threads to be busy")
        web.send(request(cheap, params))
        for _ in range(5):  # by now the server has read them all
            assert post(server, b"", method="GET").status == 405
        assert queue.begun == [heavy[0]] * 2
        # Each of the flood is worked for once, at the most, and two of them again meanwhile.
        queue.free.release(len(flood) + 2)
        assert "result" in web.next()
        assert queue.begun.index(cheap) <= len(flood) + 2
        for greedy in flood:
            greedy.socket.shutdown()
        for _ in range(20):  # by now the server saw them leave
            assert post(server, b"", method="GET").status == 405
        queue.free.release(10_000)
        assert web.ask(request(cheap, params))
        assert queue.begun.count(heavy[0]) <= len(flood) + 4


def test_those_who_wait_for_a_block_hold_up_nobody_who_only_asks(node: Node, sign: Sign) -> None:
    with node.serve() as server, Web(server.url) as web, ExitStack() as stack:
        submitters = [stack.enter_context(Web(server.url)) for _ in range(6)]
        with node._lock.here:
            for nonce, submitter in enumerate(submitters):
                submitter.send(request("author_submitExtrinsic", [f"0x{sign(nonce=nonce).hex()}"]))
            for _ in range(5):  # by now the server has read them all
                assert web.result("state_call", "Core_version", "0x")
            assert web.result("system_accountNextIndex", ALICE) == 0
        assert all("id" in submitter.next() for submitter in submitters)


# --- slow readers -------------------------------------------------------------------------------


def lazy_client(server: Server) -> Web:
    """One whose system takes little for it, asks for over 10 MB and has begun to read."""
    lazy = Web(server.url, sockopt=((socket.SOL_SOCKET, socket.SO_RCVBUF, 64 << 10),))
    lazy.send([request("state_getStorage", [CODE])] * 4)
    lazy.socket.sock.recv(1, socket.MSG_PEEK)
    return lazy


def test_who_does_not_read_is_put_out_in_words_for_one_who_does(
    node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "PATIENCE_SECONDS", 0.0)
    with node.serve(limits=Limits(held_bytes=30 << 20)) as server, ExitStack() as stack:
        lazy = [stack.enter_context(lazy_client(server)) for _ in range(5)]
        for _ in range(5):
            answers = post(server, [request("state_getStorage", [CODE])] * 4).json
            assert all("result" in answer for answer in answers)
        told = [one.socket.recv_data() for one in lazy]
        ends = [data for opcode, data in told if opcode == websocket.ABNF.OPCODE_CLOSE]
        assert len(ends) >= 3, "there is room for two"
        for end in ends:
            assert int.from_bytes(end[:2], "big") == 1013
            assert end[2:] == b"too much waits to be read: read what you ask for"


def test_while_nobody_can_be_put_out_a_big_answer_is_refused_and_a_small_one_is_not(
    node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "PATIENCE_SECONDS", math.inf)
    with node.serve(limits=Limits(held_bytes=16 << 20)) as server:

        def refused() -> list[Any]:
            answers = post(server, [request("state_getStorage", [CODE])] * 4).json
            return [answer["error"]["code"] for answer in answers if "error" in answer]

        with lazy_client(server):
            assert set(refused()) == {-32009}
            assert post(server, request("system_health")).json["result"]
        until(lambda: not refused(), "room again, after the client left")


def test_an_answer_over_http_that_is_not_taken_ends_the_connection(node: Node) -> None:
    body = json.dumps([request("state_getStorage", [CODE])] * 4).encode()
    head = "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    connections = psutil.Process().net_connections
    with node.serve(limits=Limits(request_seconds=0.3)) as server, ExitStack() as stack:
        wire = socket.socket()

        def is_begun() -> bool:
            """Whether a new request is answered: it may come in too late on a slow machine."""
            nonlocal wire
            wire = stack.enter_context(socket.socket())
            wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            wire.connect((server.host, server.port))
            with suppress(ConnectionError):
                wire.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
                return wire.recv(12, socket.MSG_PEEK) == b"HTTP/1.1 200"
            return False

        until(is_begun, "an answer to begin")
        mine = wire.getsockname()

        def is_ended() -> bool:
            return all(c.raddr != mine or c.status != "ESTABLISHED" for c in connections())

        until(is_ended, "the connection to end")


def test_a_ping_is_answered_in_the_middle_of_a_long_answer(node: Node) -> None:
    with node.serve() as server, lazy_client(server) as lazy:
        lazy.socket.ping(b"hello")
        data, pongs, is_whole = b"", list[bytes](), False
        while not is_whole:
            frame = lazy.socket.recv_frame()
            if frame.opcode == websocket.ABNF.OPCODE_PONG:
                pongs.append(frame.data)
            else:
                data += frame.data
                is_whole = bool(frame.fin)
        assert pongs == [b"hello"]
        assert len(json.loads(data)) == 4


# --- clients that leave, and the first value ----------------------------------------------------


def test_what_waits_for_clients_that_left_is_not_worked_on(node: Node, held: Held) -> None:
    with node.serve() as server:
        first = post_and_leave_open(server, SLOW)
        until(lambda: held.begun, "a call to begin")
        for _ in range(60):
            post_and_leave_open(server, [SLOW] * 20).close()
        with Web(server.url) as web:
            for _ in range(20):
                assert web.result("system_health")  # by now the server saw them leave
            held.free.set()
            assert first.recv(12) == b"HTTP/1.1 200"
            first.close()
            assert post(server, request("system_accountNextIndex", [ALICE])).json["result"] == 0
        assert held.begun == 1


def test_more_than_may_wait_is_told_that_the_server_is_busy(node: Node, held: Held) -> None:
    with node.serve(limits=Limits(waiting_requests=4)) as server:
        first = post_and_leave_open(server, SLOW)
        until(lambda: held.begun, "a call to begin")
        others = [post_and_leave_open(server, SLOW) for _ in range(2)]
        with Web(server.url) as web:
            for _ in range(20):
                assert web.result("system_health")
        error = post(server, SLOW).json["error"]
        assert (error["code"], error["message"]) == (-32009, "Server is busy, try again later")
        held.free.set()
        for wire in (first, *others):
            assert wire.recv(12) == b"HTTP/1.1 200"
            wire.close()


def test_the_first_value_is_not_worked_out_in_the_loop(
    node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads, version_at = [], Rpc.version_at

    def noted(rpc: Rpc, block: Block) -> RuntimeVersion:
        threads.append(threading.current_thread().name)
        return version_at(rpc, block)

    monkeypatch.setattr(Rpc, "version_at", noted)
    with node.serve() as server, Web(server.url) as web:
        web.told("state_runtimeVersion", web.subscribe("state_subscribeRuntimeVersion"))
    assert threads and all(name.startswith("dml-server-runtime") for name in threads)


def test_nothing_more_is_told_to_a_client_that_was_given_up(node: Node) -> None:
    told: list[bytes] = []

    async def run() -> None:
        work, feed = Work(Limits()), Feed(node)
        try:

            def give_up(text: bytes) -> None:
                told.append(text)
                held.close()

            held = Subscriptions(Rpc(node), feed, work, Client(), give_up, 20)
            for _ in range(20):
                await held.begin(STORAGE, "state_subscribeStorage", [["0x26"]])
            await held.flush()
        finally:
            feed.close()
            work.close()

    in_a_loop(run)
    assert len(told) == 1


def test_a_block_that_comes_while_the_first_value_is_worked_out_is_told(
    node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The value is of the block before it."""
    now = "0x26aa394eea5630e07c48ae0c9558cef702a5c1b19ab7a04f536c519aca4983ac"  # System.Number
    reached, free = threading.Event(), threading.Event()
    first = subscriptions._Storage.first

    def held(self: Any, block: Block) -> object:
        reached.set()
        assert free.wait(SECONDS)
        return first(self, block)

    monkeypatch.setattr(subscriptions._Storage, "first", held)
    with node.serve() as server, Web(server.url) as web, Web(server.url) as other:
        heads = other.subscribe("chain_subscribeNewHeads")
        other.told("chain_newHead", heads)
        name = web.subscribe("state_subscribeStorage", [now])
        assert reached.wait(SECONDS)
        block = node.seal()
        other.told("chain_newHead", heads)  # the feed is past it
        free.set()
        before = web.told("state_storage", name)
        after = web.told("state_storage", name)
    assert before["block"] != after["block"] == "0x" + block.hash.hex()


def test_what_is_worked_on_apart_is_a_method() -> None:
    with closing(Node(seal="manual")) as node:
        assert Rpc(node).methods >= _LIGHT | _SUBMITTING
