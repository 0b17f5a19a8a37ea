"""A client that asks for too much, or leaves before it is answered, is no burden to the others."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from dml_sdk.chain.node import Node
from dml_sdk.chain.node.blocks import Block
from dml_sdk.chain.node.executor import RuntimeVersion
from dml_sdk.chain.node.rpc import Rpc
from dml_sdk.chain.node.serving import Limits, Server, subscriptions
from dml_sdk.chain.node.serving.feed import Feed
from dml_sdk.chain.node.serving.subscriptions import STORAGE, Subscriptions
from dml_sdk.chain.node.serving.turns import _LIGHT, Work
from tests.chain.node.serving.conftest import SECONDS, Web, post, request
from tests.waiting import until

SLOW = request("state_call", ["Core_version", "0x"])
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
    told: list[str] = []

    async def run() -> None:
        work, feed = Work(Limits()), Feed(node)
        try:

            def give_up(text: str) -> None:
                told.append(text)
                held.close()

            held = Subscriptions(Rpc(node), feed, work, give_up, 20)
            for _ in range(20):
                await held.begin(STORAGE, "state_subscribeStorage", [["0x26"]])
            await held.flush()
        finally:
            feed.close()
            work.close()

    asyncio.run(run())
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


def test_what_is_worked_on_as_light_is_a_method(node: Node) -> None:
    assert Rpc(node).methods >= _LIGHT
