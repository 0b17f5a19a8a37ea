"""A node elsewhere, asked over HTTP, of whose answers nothing is believed.

Nodes answer JSON-RPC over HTTP on the port of their WebSocket.
"""

from __future__ import annotations

import http.client
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, TypeAlias
from urllib.parse import urlsplit

from dml_sdk.arguments import url_told
from dml_sdk.chain.node.blocks import Header
from dml_sdk.chain.node.scale import ScaleError, require_vec
from dml_sdk.errors import ChainUnreachable, RpcError, UsageError

SECONDS = 30.0
MOST_BYTES = 64 << 20

_SECURE = {"http": False, "ws": False, "https": True, "wss": True}
_TOLD = 200  # characters of what a peer says, in a message
_AGAIN_SECONDS = 0.1
_HASH_BYTES, _MOST_NUMBER = 32, 2**32 - 1

JSON: TypeAlias = Any


class Malformed(ValueError):
    """An answer that is not what was asked for."""


class Peer:
    """A node at a URL.

    Args:
        url: "ws://…", "wss://…", "http://…" or "https://…".
        seconds: within which a whole answer must have come.
        most_bytes: how long an answer may be.

    Raises:
        UsageError: not a node's address.
    """

    def __init__(self, url: str, *, seconds: float = SECONDS, most_bytes: int = MOST_BYTES) -> None:
        try:
            parts = urlsplit(url)
            secure, host, port = _SECURE[parts.scheme], parts.hostname, parts.port
        except (KeyError, ValueError, AttributeError):
            host = None
        if not host:
            raise UsageError(
                "What was given is no node's address: one is like ws://127.0.0.1:9944."
            )
        self.url = url_told(url)
        self._seconds, self._most_bytes = seconds, most_bytes
        self._path = parts.path or "/"
        kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
        self._connection = kind(host, port, timeout=seconds)

    def ask(self, method: str, *params: object) -> JSON:
        """The result of a JSON-RPC method, as it was told.

        Raises:
            ChainUnreachable: no answer, or not a whole one in time.
            RpcError: the node refused.
            Malformed: an answer that is not JSON-RPC, or is too long.
        """
        request = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        told = _parsed(self._exchange(json.dumps(request).encode()))
        if not isinstance(told, dict):
            raise Malformed("the answer is not a JSON-RPC response")
        error = told.get("error")
        if isinstance(error, dict):
            code = error.get("code")
            said = str(error.get("message"))[:_TOLD]
            raise RpcError(
                code if isinstance(code, int) else -32000,
                f"{self.url} refused {method}: {said}",
                str(error["data"])[:_TOLD] if error.get("data") else None,
            )
        if "result" not in told:
            raise Malformed("the answer holds no result")
        return told["result"]

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _exchange(self, body: bytes) -> bytes:
        fresh = self._connection.sock is None
        try:
            with self._in_time():
                return self._post(body)
        except (OSError, http.client.HTTPException) as error:
            self._connection.close()
            if not fresh and isinstance(error, (ConnectionError, http.client.BadStatusLine)):
                return self._exchange(body)  # it was kept open for too long, as servers have it
            raise ChainUnreachable(
                f"No answer from {self.url} ({type(error).__name__}: {error}). Check that the node "
                "runs and that the address is right."
            ) from error
        except BaseException:
            self._connection.close()
            raise

    def _post(self, body: bytes) -> bytes:
        self._connection.request("POST", self._path, body, {"Content-Type": "application/json"})
        response = self._connection.getresponse()
        if response.status != http.client.OK:
            raise http.client.HTTPException(f"HTTP status {response.status}")
        told = response.read(self._most_bytes + 1)
        if len(told) > self._most_bytes:
            raise Malformed(f"an answer has over {self._most_bytes} bytes")
        if response.length:
            raise http.client.IncompleteRead(told, response.length)
        return told

    @contextmanager
    def _in_time(self) -> Iterator[None]:
        """A time limit for all of it: a socket's own begins anew with each byte that drips in."""
        done, late = threading.Event(), threading.Event()

        def watch() -> None:
            until = self._seconds
            while not done.wait(until):
                late.set()
                connected = self._connection.sock
                if connected is not None:
                    with suppress(OSError):
                        connected.shutdown(socket.SHUT_RDWR)
                until = _AGAIN_SECONDS  # there may be no socket yet

        threading.Thread(target=watch, name="dml-peer-limit", daemon=True).start()
        try:
            yield
        except (OSError, http.client.HTTPException) as error:
            if late.is_set():
                raise TimeoutError(f"no whole answer in {self._seconds:g} s") from error
            raise
        finally:
            done.set()


def octets(told: JSON, length: int | None = None) -> bytes:
    """Bytes, told as "0x…".

    Raises:
        Malformed: something else, or another number of them than `length`.
    """
    try:
        digits = told.removeprefix("0x")
        data = bytes.fromhex(digits)
    except (AttributeError, TypeError, ValueError):
        digits, data = "", b"none"
    if len(digits) != 2 * len(data):  # fromhex skips white space
        raise Malformed("something else stands where bytes should")
    if length is not None and len(data) != length:
        raise Malformed(f"{len(data)} bytes stand where {length} should")
    return data


def hash_of(told: JSON) -> bytes:
    """A hash, told as "0x…".

    Raises:
        Malformed: something else.
    """
    return octets(told, _HASH_BYTES)


def header_of(told: JSON) -> Header:
    """A header, told as JSON, seal included.

    Raises:
        Malformed: something else.
    """
    try:
        number = told["number"]
        if not isinstance(number, str) or len(number) > 2 + 16 or not number.startswith("0x"):
            raise Malformed("a block's number is not one")
        header = Header(
            hash_of(told["parentHash"]),
            int(number, 16),
            hash_of(told["stateRoot"]),
            hash_of(told["extrinsicsRoot"]),
            tuple(octets(item) for item in told["digest"]["logs"]),
        )
        if header.number > _MOST_NUMBER or Header.decode(header.encode()) != header:
            raise Malformed("its header cannot be encoded")
    except (KeyError, TypeError, ValueError) as error:
        if isinstance(error, Malformed):
            raise
        raise Malformed(f"its header cannot be read ({error})") from error
    return header


def extrinsics_of(told: JSON) -> list[bytes]:
    """The extrinsics of a block, told as JSON: each with its length before it.

    Raises:
        Malformed: something else.
    """
    if not isinstance(told, list):
        raise Malformed("something else stands where its extrinsics should")
    extrinsics = [octets(each) for each in told]
    for extrinsic in extrinsics:
        try:
            require_vec(extrinsic)
        except ScaleError as error:
            raise Malformed(f"an extrinsic cannot be decoded: {error}") from error
    return extrinsics


def _parsed(answer: bytes) -> JSON:
    try:
        return json.loads(answer)
    except (ValueError, RecursionError) as error:
        raise Malformed("the answer is not JSON") from error
