"""A node's server: a thread with an event loop of its own, so that the kernel stays free."""

from __future__ import annotations

import asyncio
import socket
import threading
import warnings
from collections.abc import Iterable
from concurrent.futures import Future
from types import TracebackType
from typing import TYPE_CHECKING

from dml_sdk.arguments import shown
from dml_sdk.chain.node.rpc import Rpc
from dml_sdk.chain.node.serving.door import Door
from dml_sdk.chain.node.serving.feed import Feed
from dml_sdk.chain.node.serving.guard import Guard, is_loopback
from dml_sdk.chain.node.serving.limits import Limits
from dml_sdk.chain.node.serving.room import Room, Trimming
from dml_sdk.chain.node.serving.turns import Work
from dml_sdk.errors import UsageError

if TYPE_CHECKING:
    from dml_sdk.chain.node.node import Node

_BACKLOG = 128
_END_SECONDS = 10.0
_HIGHEST_PORT = 65_535


class Server:
    """A node that others can reach, until `close`.

    Attributes:
        host: the address that it listens on.
        port: the port, the one that was chosen when 0 was asked for.
        url: for clients on this machine, over WebSocket.
        http_url: the same, over HTTP.
        limits: what it grants its clients.

    Raises:
        UsageError: it cannot listen there.
    """

    def __init__(
        self, node: Node, port: int, host: str, origins: Iterable[str], limits: Limits
    ) -> None:
        guard = Guard(host, origins)
        listening = _listen(host, port)
        self.host, self.port = listening.getsockname()[:2]
        self.limits = limits
        name = f"[{self.host}]" if ":" in self.host else self.host
        near = {"0.0.0.0": "127.0.0.1", "[::]": "[::1]"}.get(name, name)  # noqa: S104
        self.url, self.http_url = f"ws://{near}:{self.port}", f"http://{near}:{self.port}"
        self._node = node
        self._closing = threading.Lock()
        self._stop: asyncio.Event | None = None
        begun: Future[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = Future()
        self._thread = threading.Thread(
            target=asyncio.run,
            args=(self._run(listening, guard, begun),),
            name=f"dml-server-{self.port}",
            daemon=True,
        )
        self._thread.start()
        self._loop, self._stop = begun.result()

    def __repr__(self) -> str:
        return f"<Server {self.url}{'' if self._thread.is_alive() else ', closed'}>"

    def __enter__(self) -> Server:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Says good-bye to the clients and listens no more. The node goes on."""
        with self._closing:
            if self._stop is not None and self._thread.is_alive():
                self._loop.call_soon_threadsafe(self._stop.set)
                self._thread.join(_END_SECONDS)

    async def _run(
        self,
        listening: socket.socket,
        guard: Guard,
        begun: Future[tuple[asyncio.AbstractEventLoop, asyncio.Event]],
    ) -> None:
        loop, stop = asyncio.get_running_loop(), asyncio.Event()
        work, feed = Work(self.limits), Feed(self._node)
        trimming = Trimming(work.light.workers)
        room = Room(self.limits.held_bytes, trimming.soon)
        following = asyncio.create_task(feed.run())
        try:
            rpc = Rpc(self._node, call_seconds=self.limits.call_seconds)
            door = Door(rpc, feed, work, room, self.limits, guard)
            server = await loop.create_server(door.entrance, sock=listening, backlog=_BACKLOG)
            begun.set_result((loop, stop))
            await stop.wait()
            server.close()
            await door.close()
        except BaseException as error:
            if not begun.done():
                begun.set_exception(error)
            raise
        finally:
            feed.close()
            following.cancel()
            trimming.close()
            work.close()
            listening.close()


def serve(
    node: Node,
    port: int = 0,
    host: str = "127.0.0.1",
    *,
    origins: Iterable[str] = (),
    limits: Limits | None = None,
) -> Server:
    """Lets others reach a node; see `Node.serve`.

    Raises:
        UsageError: no such host, a port that is taken, or an argument that can't be right.
    """
    if not isinstance(host, str) or not host:
        raise UsageError(f"A host is a name or an address, not {shown(host)}.")
    if isinstance(port, bool) or not isinstance(port, int) or not 0 <= port <= _HIGHEST_PORT:
        raise UsageError(
            f"A port is a number from 0 (any that is free) to 65535, not {shown(port)}."
        )
    if isinstance(origins, str):
        raise UsageError("Origins come as a list: origins=[…].")
    if not is_loopback(host):
        warnings.warn(
            f"The node can be reached from other machines on {host}. Whoever reaches it can use "
            "the chain, and the development accounts' secrets are public.",
            stacklevel=3,
        )
    return Server(node, port, host, origins, limits or Limits())


def _listen(host: str, port: int) -> socket.socket:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listening = socket.socket(family, kind, protocol)
    except (OSError, UnicodeError) as error:
        raise UsageError(f"{host!r} is no host to listen on ({error}).") from error
    try:
        if hasattr(socket, "SO_REUSEADDR"):
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen(_BACKLOG)
        listening.setblocking(False)
    except OSError as error:
        listening.close()
        raise UsageError(
            f"Port {port} of {host} cannot be listened on ({error}). Give another, or 0 for any "
            "that is free."
        ) from error
    return listening
