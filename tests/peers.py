"""Programs that tests talk to as to the rest of the world: nodes that others wrote."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import websocket

from dml_sdk.chain.node.hashing import storage_key, twox_64
from dml_sdk.errors import RpcError
from tests.waiting import LONG

OMNI_NODE = os.environ.get("DML_TEST_OMNI_NODE")
NO_OMNI_NODE = "DML_TEST_OMNI_NODE does not name a polkadot-omni-node"
CHOPSTICKS = os.environ.get("DML_TEST_CHOPSTICKS")
NO_CHOPSTICKS = "DML_TEST_CHOPSTICKS does not name chopsticks"
_HASH_OF_THE_FIRST_BLOCK = (
    "0x" + (storage_key("System", "BlockHash") + twox_64(bytes(4)) + bytes(4)).hex()
)
_IN_BLOCK = ("inBlock", "finalized")


def free_port() -> int:
    """A port of the loopback that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextmanager
def omni_node(folder: Path, spec: dict[str, object]) -> Iterator[str]:
    """A polkadot-omni-node that seals each transaction at once; gives "127.0.0.1:<port>"."""
    assert OMNI_NODE is not None
    file, port = folder / "spec.json", free_port()
    file.write_text(json.dumps(spec))
    command = [
        OMNI_NODE, "--chain", str(file), "--dev", "--instant-seal", "--rpc-port", str(port),
        "--base-path", str(folder / "base"), "--port", "0",
        "--no-telemetry", "--no-prometheus", "--no-mdns",
    ]  # fmt: skip
    with listening(command, folder / "log", port) as address:
        yield address


@contextmanager
def chopsticks(folder: Path, spec: dict[str, object], genesis: str) -> Iterator[str]:
    """A chopsticks that seals each transaction at once; gives "127.0.0.1:<port>".

    It begins with an empty block of its own, and knows the first block by a made-up hash. That is
    put right in its storage, since transactions are signed for the first block's hash.

    Args:
        genesis: the first block's hash, "0x…".
    """
    assert CHOPSTICKS is not None
    file, port = folder / "spec.json", free_port()
    file.write_text(json.dumps(spec))
    command = [
        CHOPSTICKS, "--genesis", str(file), "--host", "127.0.0.1", "--port", str(port),
        "--build-block-mode", "Instant",
    ]  # fmt: skip
    with listening(command, folder / "log", port) as address:
        with closing(NetworkNode(f"ws://{address}")) as node:
            node.rpc("dev_setStorage", [[[_HASH_OF_THE_FIRST_BLOCK, genesis]]])
        yield address


@contextmanager
def listening(
    command: Sequence[str], log: Path, port: int, *, environment: Mapping[str, str] | None = None
) -> Iterator[str]:
    """Runs a program from when it listens on a port of the loopback until the end."""
    with (
        log.open("wb") as output,
        subprocess.Popen(
            command, stdout=output, stderr=subprocess.STDOUT, env=environment
        ) as process,
    ):
        try:
            deadline = time.monotonic() + LONG
            while True:
                try:
                    socket.create_connection(("127.0.0.1", port), 1).close()
                    break
                except OSError:
                    assert process.poll() is None, log.read_text()
                    assert time.monotonic() < deadline, log.read_text()
                    time.sleep(0.1)
            yield f"127.0.0.1:{port}"
        finally:
            process.terminate()


class NetworkNode:
    """A node behind a WebSocket, asked one thing at a time.

    Args:
        url: "ws://…".
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.unheard: list[dict[str, Any]] = []
        """What subscribers were told and nobody has listened to, the earliest first."""
        self._socket = websocket.create_connection(url, timeout=LONG)
        self._ids = count(1)

    def rpc(self, method: str, params: Sequence[Any] = ()) -> Any:
        """The result of a request.

        Raises:
            RpcError: the node refused.
        """
        request = {"jsonrpc": "2.0", "id": next(self._ids), "method": method, "params": [*params]}
        self._socket.send(json.dumps(request))
        while (told := json.loads(self._socket.recv())).get("id") != request["id"]:
            self.unheard.append(told)
        if "error" in told:
            error = told["error"]
            raise RpcError(error["code"], error["message"], error.get("data"))
        return told["result"]

    def heard(self, method: str) -> Any:
        """What a subscriber is told next by a method; what others are told meanwhile is left."""
        for place, told in enumerate(self.unheard):
            if told.get("method") == method:
                return self.unheard.pop(place)["params"]["result"]
        while (told := json.loads(self._socket.recv())).get("method") != method:
            self.unheard.append(told)
        return told["params"]["result"]

    def submit(self, extrinsic: bytes) -> str:
        """Hand in a transaction and wait for its block; the block's hash.

        Raises:
            RpcError: the node refused it.
        """
        subscription = self.rpc("author_submitAndWatchExtrinsic", ["0x" + extrinsic.hex()])
        while True:
            told = self._next(subscription)
            status = told["result"]
            for name in _IN_BLOCK:
                if isinstance(status, dict) and name in status:
                    return str(status[name])
            assert status == "ready" or "ready" in status or "broadcast" in status, status

    def submit_together(self, extrinsics: Sequence[bytes]) -> str:
        """Hand in one sender's transactions, in order, and wait for the block that has them all.

        Those after the first wait until it comes, and then nothing keeps them from its block.
        """
        for extrinsic in extrinsics[:0:-1]:
            self.rpc("author_submitExtrinsic", ["0x" + extrinsic.hex()])
        return self.submit(extrinsics[0])

    def _next(self, subscription: str) -> dict[str, Any]:
        for place, told in enumerate(self.unheard):
            if told.get("params", {}).get("subscription") == subscription:
                return dict(self.unheard.pop(place)["params"])
        while True:
            told = json.loads(self._socket.recv())
            if told.get("params", {}).get("subscription") == subscription:
                return dict(told["params"])
            # else: of a subscription that has ended

    def close(self) -> None:
        """Hang up."""
        self._socket.close()


class Chopsticks(NetworkNode):
    """chopsticks, which makes a block of what it is told to."""

    def submit_together(self, extrinsics: Sequence[bytes]) -> str:
        told = ["0x" + extrinsic.hex() for extrinsic in extrinsics]
        return str(self.rpc("dev_newBlock", [{"transactions": told}]))
