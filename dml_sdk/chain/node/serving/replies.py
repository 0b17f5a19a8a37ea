"""What goes back over HTTP: answers and refusals, both as JSON-RPC."""

from __future__ import annotations

import asyncio

from aiohttp import hdrs, web
from aiohttp.abc import AbstractStreamWriter

from dml_sdk.chain.node.serving import messages
from dml_sdk.chain.node.serving.room import Room
from dml_sdk.errors import RpcError

JSON = "application/json"
_PREFLIGHT_SECONDS = 600
_PIECE_BYTES = 64 << 10
_LONGEST_WHY = 200  # characters


class Answer(web.StreamResponse):
    """An answer, of which the system is given no more than the client reads.

    Args:
        seconds: within which it has to be read.
    """

    def __init__(self, text: bytes, room: Room, seconds: float) -> None:
        super().__init__()
        self.content_type, self.content_length = JSON, len(text)
        self._text, self._room, self._seconds = text, room, seconds

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter | None:
        self._asked = request
        return await super().prepare(request)

    async def write_eof(self, data: bytes = b"") -> None:
        """Sends it.

        Raises:
            ConnectionError: the client left, or did not read.
        """
        text, self._text = self._text, b""
        shelf = self._room.shelf(self._give_up)
        shelf.put(len(text))
        try:
            async with asyncio.timeout(self._seconds):
                for start in range(0, len(text), _PIECE_BYTES):
                    piece = text[start : start + _PIECE_BYTES]
                    await self.write(piece)
                    shelf.took(len(piece))
                await super().write_eof()
        except TimeoutError:
            self._give_up()
            raise ConnectionAbortedError("the client does not read") from None
        finally:
            shelf.clear()
            del text  # or an error's traceback would hold it

    def _give_up(self) -> None:
        if self._asked.transport is not None:
            self._asked.transport.abort()


def nothing() -> web.Response:
    """To a message that asks for no answer."""
    return web.Response(status=204)


def preflight() -> web.Response:
    """What a browser asks before it lets an allowed page ask."""
    headers = {
        hdrs.ACCESS_CONTROL_ALLOW_METHODS: hdrs.METH_POST,
        hdrs.ACCESS_CONTROL_ALLOW_HEADERS: hdrs.CONTENT_TYPE,
        hdrs.ACCESS_CONTROL_MAX_AGE: str(_PREFLIGHT_SECONDS),
    }
    return web.Response(status=204, headers=headers)


def refused(status: int, why: str, headers: dict[str, str] | None = None) -> web.Response:
    """To a request that is not even read; its connection is closed."""
    line = " ".join(why.split())
    cut = line if len(line) <= _LONGEST_WHY else f"{line[: _LONGEST_WHY - 1]}…"
    return failed(status, RpcError(messages.INVALID_REQUEST, "Invalid request", cut), headers)


def failed(status: int, error: RpcError, headers: dict[str, str] | None = None) -> web.Response:
    """To a request that cannot be answered; its connection is closed."""
    text = messages.failure(None, error)
    response = web.Response(status=status, body=text, content_type=JSON, headers=headers)
    response.force_close()
    return response
