"""A served node for each test, and a client that says exactly what it is told to."""

from __future__ import annotations

import asyncio
import http.client
import json
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import websocket

from dml_sdk.chain.node import Node
from dml_sdk.chain.node.serving import Limits, Server
from tests.waiting import LONG

SECONDS = LONG


def in_a_loop(work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Runs work in a loop and a thread of its own: other tests may have left one in this thread."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(lambda: asyncio.run(work())).result()


def request(method: str, params: Any = (), id_: Any = 1) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": id_, "method": method, "params": list(params)}


class Web:
    """A WebSocket client."""

    def __init__(self, url: str, **options: Any) -> None:
        self.socket = websocket.create_connection(url, timeout=SECONDS, **options)

    def __enter__(self) -> Web:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.shutdown()

    def send(self, message: Any) -> None:
        """As JSON, or raw when it is text or bytes."""
        if not isinstance(message, str | bytes):
            message = json.dumps(message)
        self.socket.send(message, opcode=websocket.ABNF.OPCODE_TEXT)

    def next(self) -> Any:
        return json.loads(self.socket.recv())

    def ask(self, message: Any) -> Any:
        """What comes next after a message."""
        self.send(message)
        return self.next()

    def result(self, method: str, *params: Any) -> Any:
        answer = self.ask(request(method, params))
        assert "error" not in answer, answer
        return answer["result"]

    def subscribe(self, method: str, *params: Any) -> str:
        name = self.result(method, *params)
        assert isinstance(name, str)
        return name

    def told(self, method: str, name: str) -> Any:
        """The next notification, which is one of this subscription."""
        told = self.next()
        assert told["jsonrpc"] == "2.0" and told["method"] == method and "id" not in told, told
        assert told["params"]["subscription"] == name
        return told["params"]["result"]


class Posted:
    """The answer to something sent over HTTP."""

    def __init__(self, answer: http.client.HTTPResponse) -> None:
        self.status, self.headers, self.body = answer.status, answer.headers, answer.read()

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def post(server: Server, body: Any, *, method: str = "POST", **headers: str) -> Posted:
    """Sends one request over HTTP; underscores in names of headers stand for dashes.

    The body is what is sent as JSON, or bytes, or an iterator over parts in bytes.
    """
    if isinstance(body, dict | list):
        body = json.dumps(body).encode()
    told = {"Content-Type": "application/json"}
    told |= {name.replace("_", "-"): value for name, value in headers.items()}
    connection = http.client.HTTPConnection(server.host, server.port, timeout=SECONDS)
    try:
        connection.request(method, "/", body, told)
        return Posted(connection.getresponse())
    finally:
        connection.close()


SMALL = Limits(request_bytes=200_000, response_bytes=400_000, batch=20, subscriptions=4)


@pytest.fixture(scope="session")
def _server(_node: Node) -> Iterator[Server]:
    with _node.serve(limits=SMALL) as server:
        yield server


@pytest.fixture
def server(_server: Server, node: Node) -> Server:
    """The node, served with small limits; rewound after the test."""
    return _server


@pytest.fixture
def web(server: Server) -> Iterator[Web]:
    with Web(server.url) as client:
        yield client
