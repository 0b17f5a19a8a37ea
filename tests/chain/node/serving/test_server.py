"""The server itself: where it listens, whom it lets in, and how it ends."""

from __future__ import annotations

import gc
import json
import os
import socket
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

import pytest
import websocket

from dml_sdk.chain.node import Node
from dml_sdk.chain.node.serving import Limits, Server
from dml_sdk.errors import UsageError
from tests.chain.node.serving.conftest import SECONDS, Posted, Web, post, request
from tests.waiting import until

HELLO = request("system_name")


def get_out(server: Server, data: bytes) -> bytes:
    """Sends bytes and gives all that comes back until the server hangs up."""
    with socket.create_connection((server.host, server.port), SECONDS) as wire:
        wire.sendall(data)
        told = b""
        while part := wire.recv(65_536):
            told += part
        return told


def test_one_port_serves_both_and_tells_its_address(node: Node) -> None:
    with node.serve() as server:
        assert server.url == f"ws://127.0.0.1:{server.port}"
        assert server.http_url == f"http://127.0.0.1:{server.port}"
        assert str(server.port) in repr(server)
        assert post(server, HELLO).json["result"]
        with Web(server.url) as web:
            assert web.result("system_name")


def test_a_closed_server_says_good_bye_and_frees_its_port(node: Node) -> None:
    server = node.serve()
    with Web(server.url) as web:
        web.subscribe("chain_subscribeNewHeads")
        web.next()
        server.close()
        server.close()
        assert web.socket.recv() == ""
    assert "closed" in repr(server)
    with pytest.raises(OSError, match="refused"):
        post(server, HELLO)
    node.seal()  # nobody is told, nobody is harmed
    with node.serve(server.port) as again:
        assert post(again, HELLO).json["result"]


def test_threads_end_with_their_server(node: Node) -> None:
    before = threading.active_count()
    with node.serve() as server:
        post(server, HELLO)
    until(lambda: threading.active_count() <= before, "the server's threads end")


def test_a_closed_node_is_served_no_more() -> None:
    node = Node()
    server = node.serve()
    node.close()
    with pytest.raises(OSError, match="refused"):
        post(server, HELLO)
    with pytest.raises(UsageError, match="closed"):
        node.serve()


def test_two_servers_serve_one_node(node: Node) -> None:
    with node.serve() as first, node.serve() as second, Web(second.url) as web:
        name = web.subscribe("chain_subscribeNewHeads")
        web.told("chain_newHead", name)
        node.seal()
        assert web.told("chain_newHead", name)["number"] == "0x1"
        assert post(first, request("chain_getHeader")).json["result"]["number"] == "0x1"


def test_a_port_that_is_taken_is_refused(node: Node, server: Server) -> None:
    with pytest.raises(UsageError, match="cannot be listened on"):
        node.serve(server.port)


@pytest.mark.parametrize(
    "options",
    [
        {"port": -1}, {"port": 65_536}, {"port": "80"}, {"port": True}, {"host": ""},
        {"host": None}, {"host": "no.such.host.invalid"}, {"host": "a" * 300}, {"origins": "https://a.example"},
        {"origins": ["a.example"]},
    ],
    ids=str,
)  # fmt: skip
def test_what_cannot_be_served_is_refused(node: Node, options: dict[str, object]) -> None:
    host = options.get("host")
    if isinstance(host, str) and host:
        with pytest.warns(UserWarning, match="other machines"), pytest.raises(UsageError):
            node.serve(**options)  # type: ignore[arg-type]
    else:
        with pytest.raises(UsageError):
            node.serve(**options)  # type: ignore[arg-type]


def test_listening_elsewhere_than_the_loopback_warns(node: Node) -> None:
    with pytest.warns(UserWarning, match="secrets are public"):
        everywhere = node.serve(host="0.0.0.0")  # noqa: S104
    with everywhere as server:
        assert server.url.startswith("ws://127.0.0.1:")
        with Web(server.url) as web:
            assert web.result("system_name")


def test_ipv6_is_served(node: Node) -> None:
    if not socket.has_ipv6 or not Path("/proc/net/if_inet6").exists():
        pytest.skip("this machine has no IPv6")
    with node.serve(host="::1") as server:
        assert server.url == f"ws://[::1]:{server.port}"
        with Web(server.url) as web:
            assert web.result("system_name")


# --- who is let in ------------------------------------------------------------------------------


def test_pages_from_elsewhere_are_kept_out(server: Server) -> None:
    refused = post(server, HELLO, Origin="https://evil.example")
    assert (refused.status, refused.json["error"]["code"]) == (403, -32600)
    with pytest.raises(websocket.WebSocketBadStatusException, match="403"):
        Web(server.url, origin="https://evil.example")
    with Web(server.url, origin="http://localhost:8888") as web:
        assert web.result("system_name")


def test_a_rebound_name_is_kept_out(server: Server) -> None:
    assert post(server, HELLO, Host="evil.example").status == 403
    with pytest.raises(websocket.WebSocketBadStatusException, match="403"):
        Web(server.url, host="evil.example")


def test_a_page_that_is_let_in_may_read_the_answer(node: Node) -> None:
    site = "https://polkadot.js.org"
    with node.serve(origins=[site]) as server:
        for asked in (
            post(server, HELLO, Origin=site),
            post(server, b"", method="OPTIONS", Origin=site, Access_Control_Request_Method="POST"),
        ):
            assert asked.headers["Access-Control-Allow-Origin"] == site
            assert asked.headers["Vary"] == "Origin"
        kept_out = post(server, b"", method="OPTIONS", Origin="https://evil.example")
        assert kept_out.status == 403
        assert "Access-Control-Allow-Origin" not in kept_out.headers
        with Web(server.url, origin=site) as web:
            assert web.result("system_name")


# --- limits -------------------------------------------------------------------------------------


def test_connections_beyond_the_limit_are_told_so_and_come_in_later(node: Node) -> None:
    with node.serve(limits=Limits(connections=3)) as server:
        webs = [Web(server.url) for _ in range(3)]
        refused = post(server, HELLO)
        assert (refused.status, refused.json["error"]["code"]) == (429, -32600)
        assert webs[0].result("system_name")
        webs.pop().socket.shutdown()
        answers: list[Posted] = []

        def comes_in() -> bool:
            answers.append(post(server, HELLO))
            return answers[-1].status == 200

        until(comes_in, "room for another client")
        for web in webs:
            web.socket.shutdown()


def test_a_flood_of_connections_leaves_room_for_those_that_are_there(node: Node) -> None:
    with node.serve(limits=Limits(connections=3)) as server, Web(server.url) as web:
        flood = [socket.create_connection((server.host, server.port), SECONDS) for _ in range(50)]
        assert web.result("system_name")
        for wire in flood:
            wire.close()


def test_connections_that_are_too_many_to_be_told_leave_no_trace(
    node: Node, caplog: pytest.LogCaptureFixture
) -> None:
    with node.serve(limits=Limits(connections=2)) as server, Web(server.url) as web:
        flood = [socket.create_connection((server.host, server.port), SECONDS) for _ in range(60)]
        ended = 0
        for wire in flood[4:]:
            with suppress(ConnectionError):
                assert wire.recv(1) == b""
            ended += 1
        assert ended == 56 and web.result("system_name")
        for wire in flood:
            wire.close()
    gc.collect()  # a task's error that nobody asked for is logged at its end
    assert [record.getMessage() for record in caplog.records] == []


def test_a_fast_client_waits_and_loses_nothing(node: Node) -> None:
    with node.serve(limits=Limits(requests_per_second=100)) as server, Web(server.url) as web:
        for i in range(230):
            web.send(request("system_name", id_=i))
        assert [web.next()["id"] for _ in range(230)] == list(range(230))


def test_half_a_request_is_not_waited_for_long(node: Node) -> None:
    head = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    with node.serve(limits=Limits(request_seconds=0.3)) as server:
        assert get_out(server, b"") == b""
        assert get_out(server, head) == b""
        # On a slow machine a client may be let go before, or a whole request be taken for a half.
        half = head + b"Content-Length: 100\r\n\r\n{"
        until(lambda: b"408" in get_out(server, half), "half a request is taken for one")
        until(lambda: post(server, HELLO).status == 200, "a whole one is answered")


def test_a_header_byte_at_a_time_is_not_waited_for_long(node: Node) -> None:
    with (
        node.serve(limits=Limits(request_seconds=0.3)) as server,
        socket.create_connection((server.host, server.port), SECONDS) as wire,
    ):
        wire.sendall(b"POST / HTTP/1.1\r\nHost: localhost\r\n")
        hung_up = threading.Event()

        def drip() -> None:
            try:
                while not hung_up.wait(0.02):
                    wire.sendall(b"X")
            except OSError:
                pass

        dripping = threading.Thread(target=drip)
        dripping.start()
        try:
            assert wire.recv(1) == b""
        except ConnectionResetError:
            pass
        finally:
            hung_up.set()
            dripping.join()


def test_a_client_that_nothing_is_heard_from_is_let_go(node: Node) -> None:
    with node.serve(limits=Limits(idle_seconds=0.3)) as server, Web(server.url) as web:
        opcode, told = web.socket.recv_data()
        assert opcode == websocket.ABNF.OPCODE_CLOSE
        assert (int.from_bytes(told[:2], "big"), told[2:]) == (1001, b"nothing was heard")


def test_a_ping_is_answered_and_is_a_sign_of_life(web: Web) -> None:
    web.socket.ping(b"hello")
    opcode, data = web.socket.recv_data(control_frame=True)
    assert (opcode, data) == (websocket.ABNF.OPCODE_PONG, b"hello")


def test_without_the_extra_serving_names_it(tmp_path: Path) -> None:
    (tmp_path / "aiohttp.py").write_text("raise ImportError('no aiohttp')")
    script = (
        "from dml_sdk.chain.node import Node\n"
        "from dml_sdk.errors import MissingExtra\n"
        "try:\n    Node().serve()\n"
        "except MissingExtra as e:\n    print(e)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False,
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(tmp_path), str(Path.cwd())])},
    )  # fmt: skip
    assert "dml-sdk[serve]" in done.stdout, done.stderr


def test_a_process_ends_with_a_server_open(tmp_path: Path) -> None:
    script = "from dml_sdk.chain.node import Node\nprint(Node().serve().url)"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("ws://")


def test_json_is_what_comes_back_whatever_was_wrong(server: Server) -> None:
    for answer in (
        post(server, HELLO, Host="evil.example"), post(server, b"", method="GET"),
        post(server, HELLO, Content_Type="text/plain"), post(server, b"{"),
    ):  # fmt: skip
        assert answer.headers["Content-Type"].startswith("application/json")
        assert json.loads(answer.body)["error"]["code"] in (-32600, -32700)
