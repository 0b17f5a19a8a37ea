"""One WebSocket client, from its first message to its last."""

from __future__ import annotations

import asyncio
from concurrent.futures import Executor as Workers
from contextlib import suppress

from aiohttp import WSCloseCode, WSMsgType, web
from aiohttp.abc import AbstractStreamWriter

from dml_sdk.chain.node.rpc import Rpc
from dml_sdk.chain.node.serving import messages
from dml_sdk.chain.node.serving.answering import Answering
from dml_sdk.chain.node.serving.feed import Feed
from dml_sdk.chain.node.serving.limits import Limits, TokenBucket
from dml_sdk.chain.node.serving.outbox import Outbox
from dml_sdk.chain.node.serving.subscriptions import Subscriptions
from dml_sdk.errors import RpcError

FINISH_SECONDS = 2.0
"""How long a client whose message is too big may go on sending it."""

_CLOSE_SECONDS = 1.0
_FINISH_STEPS = 20
_ENDED = (WSMsgType.CLOSE, WSMsgType.CLOSING, WSMsgType.CLOSED, WSMsgType.ERROR)


class _Socket(web.WebSocketResponse):
    """A socket that says why before it closes on a message that is too big."""

    def __init__(self, limits: Limits) -> None:
        super().__init__(
            timeout=_CLOSE_SECONDS,
            autoping=False,  # a ping is a sign of life, which the client's loop has to see
            compress=False,  # a small message could unpack to a big one
            max_msg_size=limits.request_bytes + 1,  # it refuses what has as many bytes
            decode_text=False,
        )
        self._most = limits.request_bytes

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter:
        self._asked = request
        return await super().prepare(request)

    async def close(
        self, *, code: int = WSCloseCode.OK, message: bytes = b"", drain: bool = True
    ) -> bool:
        if code == WSCloseCode.MESSAGE_TOO_BIG and not self.closed:
            error = messages.oversized_request(self._most)
            with suppress(ConnectionError):
                await self.send_str(messages.failure(None, error))
            await self._let_finish()
        return await super().close(code=code, message=message, drain=drain)

    async def _let_finish(self) -> None:
        """Reads on for a while, of which nothing is kept: who is cut off reads no answer."""
        for _ in range(_FINISH_STEPS):
            if self._asked.transport is None:
                return
            await asyncio.sleep(FINISH_SECONDS / _FINISH_STEPS)


class WebSocketClient:
    """Answers a client, and tells it what it subscribed to, until it leaves.

    Its messages are worked on one after the other; what it sends meanwhile stays in its socket.
    """

    def __init__(self, rpc: Rpc, feed: Feed, workers: Workers, limits: Limits) -> None:
        self._rpc, self._feed, self._workers, self._limits = rpc, feed, workers, limits
        self._socket = _Socket(limits)

    async def serve(self, request: web.BaseRequest) -> web.StreamResponse:
        """Opens the socket and serves it to its end."""
        socket, limits = self._socket, self._limits
        await socket.prepare(request)
        transport = request.transport
        if transport is None:
            return socket
        outbox = Outbox(
            socket.send_str, socket.ping, transport.abort,
            most=limits.waiting_bytes, seconds=limits.request_seconds,
        )  # fmt: skip
        subscriptions = Subscriptions(
            self._rpc, self._feed, self._workers, outbox.notify, limits.subscriptions
        )
        bucket = TokenBucket(limits.requests_per_second, 2 * limits.requests_per_second)
        answering = Answering(self._rpc, self._workers, limits, bucket, subscriptions)
        sending = asyncio.create_task(outbox.run())
        try:
            await self._listen(answering, subscriptions, outbox)
        finally:
            subscriptions.close()
            outbox.close()
            sending.cancel()
        return socket

    async def close(self) -> None:
        """Says good-bye."""
        with suppress(ConnectionError):
            await self._socket.close(code=WSCloseCode.GOING_AWAY, message=b"the node is closed")

    async def _listen(
        self, answering: Answering, subscriptions: Subscriptions, outbox: Outbox
    ) -> None:
        socket = self._socket
        while True:
            try:
                message = await socket.receive(timeout=self._limits.idle_seconds)
            except TimeoutError:
                await socket.close(code=WSCloseCode.GOING_AWAY, message=b"nothing was heard")
                return
            if message.type is WSMsgType.TEXT:
                answer = await answering.to(message.data)
                if answer is not None:
                    await outbox.answer(answer)
                subscriptions.flush()
            elif message.type is WSMsgType.BINARY:
                error = RpcError(messages.INVALID_REQUEST, "Invalid request", "a binary message")
                await outbox.answer(messages.failure(None, error))
            elif message.type is WSMsgType.PING:
                with suppress(ConnectionError):
                    await socket.pong(message.data)
            elif message.type in _ENDED:
                return
