"""Where requests come in: HTTP, and WebSocket on the same port."""

from __future__ import annotations

import asyncio
import logging
from concurrent.futures import Executor as Workers

from aiohttp import hdrs, web
from aiohttp.web_protocol import RequestHandler

from dml_sdk.chain.node.rpc import Rpc
from dml_sdk.chain.node.serving import messages
from dml_sdk.chain.node.serving.answering import Answering
from dml_sdk.chain.node.serving.feed import Feed
from dml_sdk.chain.node.serving.guard import Guard
from dml_sdk.chain.node.serving.limits import Limits, TokenBucket
from dml_sdk.chain.node.serving.websocket import FINISH_SECONDS, WebSocketClient
from dml_sdk.errors import RpcError

_JSON = "application/json"
_PREFLIGHT_SECONDS = 600

_log = logging.getLogger("dml_sdk.chain.node.serving.http")
_log.propagate = False  # what a stranger's broken request looks like is no news
_log.addHandler(logging.NullHandler())


class Door(web.Server):
    """Lets clients in, as many as there is room for."""

    def __init__(
        self, rpc: Rpc, feed: Feed, workers: Workers, limits: Limits, guard: Guard
    ) -> None:
        super().__init__(
            self._handle,
            access_log=None,
            logger=_log,
            keepalive_timeout=limits.request_seconds,  # also until a first request is there
            lingering_time=FINISH_SECONDS,
            auto_decompress=False,
        )
        self._rpc, self._feed, self._workers = rpc, feed, workers
        self._limits, self._guard = limits, guard
        self._sockets: set[WebSocketClient] = set()
        self._buckets: dict[RequestHandler, TokenBucket] = {}

    def connection_made(self, handler: RequestHandler, transport: asyncio.Transport) -> None:
        super().connection_made(handler, transport)
        # Some more than the limit, to be told so.
        if len(self.connections) > 2 * self._limits.connections:
            transport.abort()

    def connection_lost(self, handler: RequestHandler, exc: BaseException | None = None) -> None:
        super().connection_lost(handler, exc)
        self._buckets.pop(handler, None)

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
            return _refused(403, refusal)
        if len(self.connections) > self._limits.connections:
            return _refused(429, "Too many connections. Try again later.")
        if headers.get(hdrs.UPGRADE, "").lower() == "websocket":
            return await self._serve_socket(request)
        response = await self._answer(request)
        if origins:
            response.headers[hdrs.ACCESS_CONTROL_ALLOW_ORIGIN] = origins[0]
            response.headers[hdrs.VARY] = hdrs.ORIGIN
        return response

    async def _serve_socket(self, request: web.BaseRequest) -> web.StreamResponse:
        client = WebSocketClient(self._rpc, self._feed, self._workers, self._limits)
        self._sockets.add(client)
        try:
            return await client.serve(request)
        finally:
            self._sockets.discard(client)

    async def _answer(self, request: web.BaseRequest) -> web.Response:
        """The answer to what came over HTTP."""
        if request.method == hdrs.METH_OPTIONS:
            return _preflight()
        if request.method != hdrs.METH_POST:
            return _refused(405, "Only POST is allowed, or a WebSocket.", {hdrs.ALLOW: "POST"})
        if request.content_type != _JSON or hdrs.CONTENT_ENCODING in request.headers:
            return _refused(415, f"A request is {_JSON}, not compressed.")
        try:
            async with asyncio.timeout(self._limits.request_seconds):
                body = await self._body(request)
        except TimeoutError:
            return _refused(408, "The request did not come in whole in time.")
        if body is None:
            return _failed(413, messages.oversized_request(self._limits.request_bytes))
        answering = Answering(self._rpc, self._workers, self._limits, self._bucket(request))
        answer = await answering.to(body)
        if answer is None:
            return web.Response(status=204)
        return web.Response(text=answer, content_type=_JSON)

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

    def _bucket(self, request: web.BaseRequest) -> TokenBucket:
        """That of the connection that a request came on."""
        rate = self._limits.requests_per_second
        return self._buckets.setdefault(request.protocol, TokenBucket(rate, 2 * rate))


def _preflight() -> web.Response:
    """What a browser asks before it lets an allowed page ask."""
    headers = {
        hdrs.ACCESS_CONTROL_ALLOW_METHODS: hdrs.METH_POST,
        hdrs.ACCESS_CONTROL_ALLOW_HEADERS: hdrs.CONTENT_TYPE,
        hdrs.ACCESS_CONTROL_MAX_AGE: str(_PREFLIGHT_SECONDS),
    }
    return web.Response(status=204, headers=headers)


def _refused(status: int, why: str, headers: dict[str, str] | None = None) -> web.Response:
    """A request that is not even read; its connection is closed."""
    error = RpcError(messages.INVALID_REQUEST, "Invalid request", why)
    return _failed(status, error, headers)


def _failed(status: int, error: RpcError, headers: dict[str, str] | None = None) -> web.Response:
    text = messages.failure(None, error)
    response = web.Response(status=status, text=text, content_type=_JSON, headers=headers)
    response.force_close()
    return response
