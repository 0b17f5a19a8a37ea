"""Where requests come in: HTTP, and WebSocket on the same port."""

from __future__ import annotations

import asyncio
import logging
from typing import NamedTuple, cast
from weakref import WeakValueDictionary

from aiohttp import hdrs, web
from aiohttp.web_protocol import RequestHandler

from dml_sdk.chain.node.rpc import Rpc
from dml_sdk.chain.node.serving import messages, replies
from dml_sdk.chain.node.serving.answering import Answering
from dml_sdk.chain.node.serving.feed import Feed
from dml_sdk.chain.node.serving.guard import Guard
from dml_sdk.chain.node.serving.limits import Limits, TokenBucket
from dml_sdk.chain.node.serving.room import Room
from dml_sdk.chain.node.serving.turns import Client, Work
from dml_sdk.chain.node.serving.websocket import FINISH_SECONDS, WebSocketClient
from dml_sdk.errors import RpcError

_UTF_8 = ("utf-8", "utf8")

log = logging.getLogger(__name__)
_quiet = logging.getLogger("dml_sdk.chain.node.serving.http")
_quiet.setLevel(logging.CRITICAL)  # what a stranger's broken request looks like is no news


class Door(web.Server):
    """Lets clients in, as many as there is room for."""

    def __init__(
        self, rpc: Rpc, feed: Feed, work: Work, room: Room, limits: Limits, guard: Guard
    ) -> None:
        # Nobody is worked for who has left.
        super().__init__(self._handle, handler_cancellation=True)
        self._rpc, self._feed, self._work, self._room = rpc, feed, work, room
        self._limits, self._guard = limits, guard
        self._sockets: set[WebSocketClient] = set()
        self._callers: dict[RequestHandler, _Caller] = {}
        self._clients: WeakValueDictionary[str | None, Client] = WeakValueDictionary()

    def __call__(self) -> RequestHandler:
        """What speaks HTTP on a new connection."""
        return _Connection(
            self,
            loop=asyncio.get_running_loop(),
            access_log=_quiet,
            logger=_quiet,
            keepalive_timeout=self._limits.request_seconds,  # also until a first request is there
            lingering_time=FINISH_SECONDS,
            auto_decompress=False,
        )

    def entrance(self) -> asyncio.Protocol:
        """What meets a new connection."""
        return _Entrance(self)

    @property
    def is_crowded(self) -> bool:
        """Whether there are so many connections that one more isn't even told so."""
        return len(self.connections) >= 2 * self._limits.connections

    def connection_lost(self, handler: RequestHandler, exc: BaseException | None = None) -> None:
        super().connection_lost(handler, exc)
        self._callers.pop(handler, None)

    async def close(self) -> None:
        """Says good-bye to everybody."""
        self.pre_shutdown()
        await asyncio.gather(*(client.close() for client in tuple(self._sockets)))
        await self.shutdown(timeout=1.0)

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        headers = request.headers
        origins = headers.getall(hdrs.ORIGIN, [])
        refusal = self._guard.refusal(headers.getall(hdrs.HOST, []), origins)
        if refusal is not None:
            return replies.refused(403, refusal)
        if len(self.connections) > self._limits.connections:
            return replies.refused(429, "Too many connections. Try again later.")
        if headers.get(hdrs.UPGRADE, "").lower() == "websocket":
            return await self._serve_socket(request)
        response = await self._answer(request)
        if origins:
            response.headers[hdrs.ACCESS_CONTROL_ALLOW_ORIGIN] = origins[0]
            response.headers[hdrs.VARY] = hdrs.ORIGIN
        return response

    async def _serve_socket(self, request: web.BaseRequest) -> web.StreamResponse:
        if request.method != hdrs.METH_GET:
            why = "A WebSocket is opened with GET."
            return replies.refused(405, why, {hdrs.ALLOW: hdrs.METH_GET})
        client = WebSocketClient(self._rpc, self._feed, self._work, self._room, self._limits)
        self._sockets.add(client)
        try:
            return await client.serve(request)
        except web.HTTPException as error:
            return replies.refused(400, f"No WebSocket can be opened: {error.text}")
        finally:
            self._sockets.discard(client)

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        """The answer to what came over HTTP."""
        if request.method == hdrs.METH_OPTIONS:
            return replies.preflight()
        if request.method != hdrs.METH_POST:
            why = "Only POST is allowed, or a WebSocket."
            return replies.refused(405, why, {hdrs.ALLOW: hdrs.METH_POST})
        if not _is_plain_json(request):
            return replies.refused(415, f"A request is {replies.JSON} in UTF-8, not compressed.")
        try:
            async with asyncio.timeout(self._limits.request_seconds):
                body = await self._body(request)
        except TimeoutError:
            return replies.refused(408, "The request did not come in whole in time.")
        except web.RequestPayloadError as error:
            return replies.refused(400, f"The body cannot be read: {error}")
        if body is None:
            return replies.failed(413, messages.oversized_request(self._limits.request_bytes))
        caller = self._caller(request)
        answering = Answering(
            self._rpc, self._work, caller.client, self._room, self._limits, caller.bucket
        )
        answer = await answering.to(body)
        if answer is None:
            return replies.nothing()
        return replies.Answer(answer, self._room, self._limits.request_seconds)

    async def _body(self, request: web.BaseRequest) -> bytes | None:
        """What was posted; None when it is more than is read."""
        most = self._limits.request_bytes
        if (request.content_length or 0) > most:
            return None
        body = bytearray()
        async for part in request.content.iter_any():
            body += part
            if len(body) > most:
                return None
        return bytes(body)

    def _caller(self, request: web.BaseRequest) -> _Caller:
        """Who asks on the connection that a request came on."""
        caller = self._callers.get(request.protocol)
        if caller is None:
            rate, address = self._limits.requests_per_second, request.remote
            client = self._clients.setdefault(address, Client())
            caller = self._callers[request.protocol] = _Caller(client, TokenBucket(rate, 2 * rate))
        return caller


class _Caller(NamedTuple):
    """Somebody who asks over HTTP.

    Attributes:
        client: the same for all connections from one address, for each may bring one request only.
        bucket: of the connection.
    """

    client: Client
    bucket: TokenBucket


class _Connection(RequestHandler):
    """HTTP on one connection, which tells as JSON what is wrong with what it cannot read."""

    __slots__ = ()

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """The answer to a request that is no HTTP, or failed.

        Raises:
            ConnectionError: a part of another answer was sent.
        """
        if request.writer.output_size > 0:
            raise ConnectionError("another answer was begun")
        if status < 500:
            return replies.refused(status, f"This is no HTTP that can be read: {message or exc}")
        log.error("A request over HTTP failed", exc_info=exc)
        return replies.failed(status, RpcError(messages.INTERNAL_ERROR, "Internal error"))


class _Entrance(asyncio.Protocol):
    """Hands a connection to HTTP, or ends it before anything is begun for it."""

    def __init__(self, door: Door) -> None:
        self._door = door

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        transport = cast(asyncio.Transport, transport)  # as that of every server on TCP
        if self._door.is_crowded:
            transport.abort()
            return
        handler = self._door()
        transport.set_protocol(handler)
        handler.connection_made(transport)


def _is_plain_json(request: web.BaseRequest) -> bool:
    return (
        request.content_type == replies.JSON
        and (request.charset or _UTF_8[0]).lower() in _UTF_8
        and hdrs.CONTENT_ENCODING not in request.headers
    )
