"""A node behind HTTP that answers as it is told to, for those who should not believe it."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeAlias

from dml_sdk.chain.node import Node
from dml_sdk.errors import RpcError

Lie: TypeAlias = Callable[[str, list[Any], Any], Any]
"""What is answered instead: of method, parameters and the true result."""

Raw: TypeAlias = Callable[[BaseHTTPRequestHandler], bool]
"""Answers a request by itself, or gives False."""


def truth(method: str, params: list[Any], result: Any) -> Any:
    """No lie."""
    return result


@contextmanager
def told_by(node: Node, lie: Lie = truth, raw: Raw | None = None) -> Iterator[str]:
    """Serves what a node answers, bent by `lie`; gives the URL."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if raw is not None and raw(self):
                return
            method, params = asked["method"], asked["params"]
            told: dict[str, Any] = {"jsonrpc": "2.0", "id": asked["id"]}
            try:
                told["result"] = lie(method, params, node.rpc(method, params))
            except RpcError as refused:
                told["error"] = {"code": refused.code, "message": str(refused)}
            body = json.dumps(told).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            with suppress(ConnectionError):
                self.wfile.write(body)

        def log_message(self, format: str, *arguments: object) -> None:
            """Nothing: the terminal is the tests'."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"ws://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
