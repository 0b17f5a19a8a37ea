"""Hearing of a node's newest block: told over a WebSocket, asked over HTTP."""

from __future__ import annotations

import json
import logging
import socket
import threading
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import closing, suppress
from typing import Any, Protocol, TypeAlias

import websocket

from dml_sdk.arguments import url_told
from dml_sdk.errors import ChainUnreachable, DMLError, RuntimeIncompatible

Head: TypeAlias = Mapping[str, Any]
"""A block's header, as nodes tell it."""

Heard: TypeAlias = Callable[[Head], None]
"""Called with the newest header, whenever it may be another."""

_ASK_SECONDS = 0.5
_CONNECT_SECONDS = 10.0
_QUIET_SECONDS = 20.0  # then a sign of life is asked for, and waited for as long
_FIRST_PAUSE_SECONDS = 0.25
_LONGEST_PAUSE_SECONDS = 8.0
_SUBSCRIPTION = 1  # id of the only request that is answered with something of interest
_LOST = (OSError, ValueError, websocket.WebSocketException)
"""What a connection ends in."""
_log = logging.getLogger(__name__)


class Heads(Protocol):
    """One way to hear of a node's newest block."""

    def hear(self, heard: Heard) -> None:
        """Calls back until `end`; what the node fails to do is logged, and tried again."""

    def end(self) -> None:
        """Has `hear` return, at once if it only waits; from any thread."""


def heads_of(url: str, ask: Callable[[], Head]) -> Heads:
    """How to hear of the blocks of the node at a URL.

    Args:
        ask: asks it for its newest header.
    """
    return SubscribedHeads(url) if url.startswith(("ws://", "wss://")) else AskedHeads(url, ask)


def number_of(head: Head) -> int:
    """A header's number.

    Raises:
        RuntimeIncompatible: it has none.
    """
    try:
        return int(head["number"], 16)
    except (KeyError, TypeError, ValueError) as e:
        raise RuntimeIncompatible(
            f"The node told of a block without a number ({type(e).__name__}: {e}). Check its "
            "address."
        ) from e


class _Pauses:
    """How long to wait before a node that failed is tried again: longer each time."""

    def __init__(self, url: str) -> None:
        self._told = url_told(url)
        self._is_told = self._told == url
        self.ended = threading.Event()
        self._next = 0.0

    def succeeded(self) -> None:
        """Begins anew with the shortest."""
        self._next = 0.0

    def wait(self, error: Exception) -> None:
        """Waits, or less if ended meanwhile; of each outage, only the beginning is logged."""
        if self.ended.is_set():
            return
        if not self._next:
            why = type(error).__name__ + (f": {error}" if self._is_told else "")
            _log.warning("No blocks are heard of from %s until it answers: %s", self._told, why)
        self._next = min(max(2 * self._next, _FIRST_PAUSE_SECONDS), _LONGEST_PAUSE_SECONDS)
        self.ended.wait(self._next)


class SubscribedHeads:
    """A node's `chain_subscribeNewHeads`, over a connection that has nothing else to do.

    A connection that is lost is made again. The node tells of its newest block first, so that
    nothing stays unheard of.

    Args:
        url: "ws://…" or "wss://…".
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._pauses = _Pauses(url)
        self._lock = threading.Lock()
        self._line: websocket.WebSocket | None = None
        self._name: object = None  # of the subscription

    def hear(self, heard: Heard) -> None:
        """Calls back with each new header, and the newest when a connection was made."""
        while not self._pauses.ended.is_set():
            try:
                with closing(self._told()) as told:
                    for head in told:
                        heard(head)
                        self._pauses.succeeded()
            except (*_LOST, DMLError) as e:
                self._pauses.wait(e)

    def end(self) -> None:
        """Unsubscribes and hangs up."""
        with self._lock:
            self._pauses.ended.set()
            line = self._line
            if line is None:
                return
            connected = line.sock
            with suppress(*_LOST):
                if self._name is not None:
                    line.send(_request(2, "chain_unsubscribeNewHeads", [self._name]))
                line.send_close()
            if connected is not None:
                with suppress(OSError):
                    connected.shutdown(socket.SHUT_RDWR)  # wakes who listens

    def _told(self) -> Generator[Head, None, None]:
        """What one connection tells, until it is lost, which raises, or ended."""
        line = websocket.create_connection(self._url, timeout=_CONNECT_SECONDS)
        try:
            line.settimeout(_QUIET_SECONDS)
            with self._lock:
                if self._pauses.ended.is_set():
                    return
                line.send(_request(_SUBSCRIPTION, "chain_subscribeNewHeads", []))
                self._line = line
            for message in _messages(line):
                if message.get("method") == "chain_newHead":
                    yield message["params"]["result"]
                elif message.get("id") == _SUBSCRIPTION:
                    self._begun(message)
        except (KeyError, TypeError, AttributeError) as e:
            raise RuntimeIncompatible(
                f"{url_told(self._url)} told of something else than blocks "
                f"({type(e).__name__}: {e})."
            ) from e
        finally:
            with self._lock:
                self._line = self._name = None
            line.shutdown()

    def _begun(self, answer: Mapping[str, Any]) -> None:
        if "error" in answer:
            raise RuntimeIncompatible(
                f"{url_told(self._url)} tells nobody of blocks: {answer['error']}."
            )
        with self._lock:
            self._name = answer["result"]


class AskedHeads:
    """A node that is asked for its newest block twice a second.

    JSON-RPC over HTTP has no subscriptions: its answers belong to requests. A block is heard of
    half a second late at most; ws:// tells at once.

    Args:
        url: for messages.
        ask: asks the node for its newest header.
    """

    def __init__(self, url: str, ask: Callable[[], Head]) -> None:
        self._ask, self._pauses = ask, _Pauses(url)

    def hear(self, heard: Heard) -> None:
        """Calls back with each answer."""
        while not self._pauses.ended.wait(_ASK_SECONDS):
            try:
                heard(self._ask())
                self._pauses.succeeded()
            except DMLError as e:
                self._pauses.wait(e)

    def end(self) -> None:
        """Asks no more."""
        self._pauses.ended.set()


def _messages(line: websocket.WebSocket) -> Iterator[Mapping[str, Any]]:
    """The node's messages, for as long as it lives."""
    asked = False
    while True:
        try:
            kind, data = line.recv_data_frame(control_frame=True)
        except websocket.WebSocketTimeoutException:
            if asked:
                raise
            asked = True
            line.ping()
            continue
        asked = False
        if kind == websocket.ABNF.OPCODE_CLOSE:
            raise ChainUnreachable("the node has closed the connection")
        if kind == websocket.ABNF.OPCODE_TEXT:
            yield json.loads(data.data)


def _request(id_: int, method: str, params: list[object]) -> str:
    return json.dumps({"jsonrpc": "2.0", "id": id_, "method": method, "params": params})
