"""One WebSocket client, from its first message to its last."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Callable
from contextlib import suppress

from aiohttp import WSCloseCode, WSMsgType, web
from aiohttp.abc import AbstractStreamWriter

from dml_sdk.chain.node.rpc import Rpc
from dml_sdk.chain.node.serving import messages
from dml_sdk.chain.node.serving.answering import Answering
from dml_sdk.chain.node.serving.feed import Feed
from dml_sdk.chain.node.serving.limits import Limits, TokenBucket
from dml_sdk.chain.node.serving.outbox import Outbox
from dml_sdk.chain.node.serving.room import Room
from dml_sdk.chain.node.serving.subscriptions import Subscriptions
from dml_sdk.chain.node.serving.turns import Client, Work
from dml_sdk.errors import RpcError

FINISH_SECONDS = 2.0
"""How long a client whose message is too big may go on sending it."""

_CLOSE_SECONDS = 1.0
_FINISH_STEPS = 20
_PIECE_BYTES = 64 << 10
_FINAL, _TEXT, _CONTINUATION = 0x80, 0x1, 0x0
_ENDED = (WSMsgType.CLOSE, WSMsgType.CLOSING, WSMsgType.CLOSED, WSMsgType.ERROR)


class _Socket(web.WebSocketResponse):
    """A socket that says why before it closes on a message that is too big.

    A long text goes out in frames, one after the other, so that the system is given no more of it
    than the client reads; what else there is to say comes between them.
    """

    def __init__(self, limits: Limits) -> None:
        super().__init__(
            timeout=_CLOSE_SECONDS,
            autoping=False,  # a ping is a sign of life, which the client's loop has to see
            compress=False,  # a small message could unpack to a big one
            max_msg_size=limits.request_bytes + 1,  # it refuses what has as many bytes
            decode_text=False,
        )
        self._most = limits.request_bytes
        self._one_text = asyncio.Lock()

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter:
        self._asked = request
        self._wire = await super().prepare(request)
        return self._wire

    async def send_text(self, text: bytes, went_out: Callable[[int], None]) -> None:
        """Sends a text; `went_out` is told how many bytes of it the system took each time."""
        try:
            async with self._one_text:
                kind = _TEXT
                for start in range(0, len(text), _PIECE_BYTES):
                    piece = text[start : start + _PIECE_BYTES]
                    last = start + len(piece) == len(text)
                    await self._wire.write(_frame(kind | (_FINAL if last else 0), piece))
                    went_out(len(piece))
                    kind = _CONTINUATION
        finally:
            del text  # or an error's traceback would hold it

    async def close(
        self, *, code: int = WSCloseCode.OK, message: bytes = b"", drain: bool = True
    ) -> bool:
        if code == WSCloseCode.MESSAGE_TOO_BIG and not self.closed:
            error = messages.oversized_request(self._most)
            with suppress(ConnectionError, TimeoutError):
                async with asyncio.timeout(FINISH_SECONDS):
                    await self.send_text(messages.failure(None, error), lambda _: None)
            await self._let_finish()
        return await super().close(code=code, message=message, drain=drain)

    async def _let_finish(self) -> None:
        """Reads on for a while, of which nothing is kept: who is cut off reads no answer."""
        for _ in range(_FINISH_STEPS):
            if self._asked.transport is None:
                return
            await asyncio.sleep(FINISH_SECONDS / _FINISH_STEPS)


def _frame(head: int, data: bytes) -> bytes:
    """A frame of a server's, RFC 6455, section 5.2."""
    size = len(data)
    if size < 126:
        return struct.pack("!BB", head, size) + data
    if size < 1 << 16:
        return struct.pack("!BBH", head, 126, size) + data
    return struct.pack("!BBQ", head, 127, size) + data


class WebSocketClient:
    """Answers a client, and tells it what it subscribed to, until it leaves.

    Its messages are worked on one after the other; what it sends meanwhile stays in its socket.
    """

    def __init__(self, rpc: Rpc, feed: Feed, work: Work, room: Room, limits: Limits) -> None:
        self._rpc, self._feed, self._work, self._limits = rpc, feed, work, limits
        self._room, self._socket = room, _Socket(limits)

    async def serve(self, request: web.BaseRequest) -> web.StreamResponse:
        """Opens the socket and serves it to its end."""
        socket, limits = self._socket, self._limits
        await socket.prepare(request)
        transport = request.transport
        if transport is None:
            return socket

        def give_up() -> None:
            subscriptions.close()
            transport.abort()

        def put_out() -> None:
            sending.cancel()
            dismissals.append(asyncio.create_task(self._dismiss(give_up)))

        dismissals: list[asyncio.Task[None]] = []
        outbox = Outbox(
            socket.send_text, socket.ping, give_up, self._room.shelf(put_out),
            most=limits.waiting_bytes, seconds=limits.request_seconds,
        )  # fmt: skip
        sending = asyncio.create_task(outbox.run())
        client, work = Client(), self._work
        subscriptions = Subscriptions(
            self._rpc, self._feed, work, client, outbox.notify, limits.subscriptions
        )
        bucket = TokenBucket(limits.requests_per_second, 2 * limits.requests_per_second)
        answering = Answering(self._rpc, work, client, self._room, limits, bucket, subscriptions)
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

    async def _dismiss(self, give_up: Callable[[], None]) -> None:
        """Says why the connection ends, to whom may not read it."""
        why = b"too much waits to be read: read what you ask for"
        with suppress(ConnectionError, TimeoutError):
            async with asyncio.timeout(FINISH_SECONDS):
                await self._socket.close(code=WSCloseCode.TRY_AGAIN_LATER, message=why)
        give_up()

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
                await outbox.drained()
                outbox.put(await answering.to(message.data))
                await subscriptions.flush()
            elif message.type is WSMsgType.BINARY:
                error = RpcError(messages.INVALID_REQUEST, "Invalid request", "a binary message")
                await outbox.drained()
                outbox.put(messages.failure(None, error))
            elif message.type is WSMsgType.PING:
                with suppress(ConnectionError):
                    await socket.pong(message.data)
            elif message.type in _ENDED:
                return
            del message  # which may be long, and the next one a while away
