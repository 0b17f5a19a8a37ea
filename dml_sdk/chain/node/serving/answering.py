"""Answers what one client sends: each call in its turn, in a worker."""

from __future__ import annotations

import asyncio
import logging

from dml_sdk.chain.node.rpc import METHOD_NOT_FOUND, Rpc
from dml_sdk.chain.node.serving import messages
from dml_sdk.chain.node.serving.limits import Limits, TokenBucket
from dml_sdk.chain.node.serving.messages import Malformed, Message, Request
from dml_sdk.chain.node.serving.room import Room
from dml_sdk.chain.node.serving.subscriptions import BEGINS, ENDS, Subscriptions
from dml_sdk.chain.node.serving.turns import Client, Work
from dml_sdk.errors import RpcError

log = logging.getLogger(__name__)

_QUICK_BYTES = 16 << 10  # what is read in the loop; more is read in a worker


class Answering:
    """The answers to one client. One message is worked on at a time.

    Args:
        client: whose turns its calls take.
        room: what is put together takes some until it is handed over.
        subscriptions: the client's; None where it can be told nothing by itself.
    """

    def __init__(
        self,
        rpc: Rpc,
        work: Work,
        client: Client,
        room: Room,
        limits: Limits,
        bucket: TokenBucket,
        subscriptions: Subscriptions | None = None,
    ) -> None:
        self._rpc, self._work, self._client, self._room = rpc, work, client, room
        self._limits, self._bucket = limits, bucket
        self._subscriptions = subscriptions

    async def to(self, data: bytes) -> bytes | None:
        """The answer to a message, None when it asks for none."""
        try:
            message = await self._read(data)
        except RpcError as busy:
            return messages.failure(None, busy)
        answers: list[bytes] = []
        size, most = 0, self._limits.response_bytes
        try:
            for call in message.calls:
                await asyncio.sleep(self._bucket.take())
                answer = await self._to_call(call)
                if answer is None:
                    continue
                if size + len(answer) > most:
                    error = messages.oversized_response(most, of_batch=message.is_batch)
                    return messages.failure(None if message.is_batch else call.id, error)
                try:
                    self._room.take(len(answer))
                except RpcError as full:
                    answer = messages.failure(call.id, full)
                    self._room.take(len(answer))
                answers.append(answer)
                size += len(answer)
        finally:
            self._room.give_back(size)
        if not answers:
            return None
        return messages.batch(answers) if message.is_batch else answers[0]

    async def _read(self, data: bytes) -> Message:
        most = self._limits.batch
        if len(data) <= _QUICK_BYTES:
            return messages.parse(data, most)
        message: Message = await self._work.light.run(self._client, messages.parse, data, most)
        return message

    async def _to_call(self, call: Request | Malformed) -> bytes | None:
        if isinstance(call, Malformed):
            return messages.failure(call.id, call.error)
        try:
            subscriptions = self._subscriptions
            if subscriptions is not None and call.method in BEGINS:
                if not call.answered:
                    return None  # nobody would learn its name
                kind = BEGINS[call.method]
                name = await subscriptions.begin(kind, call.method, call.params)
                answer = messages.result(call.id, name)
            elif subscriptions is not None and call.method in ENDS:
                ended = subscriptions.end(ENDS[call.method], call.method, call.params)
                answer = messages.result(call.id, ended)
            else:
                turns = self._work.of(call.method)
                answer = await turns.run(self._client, self._called, call)
        except RpcError as error:
            answer = messages.failure(call.id, error)
        except Exception:
            log.exception("A request for %.80s failed", call.method)
            unknown = RpcError(messages.INTERNAL_ERROR, "Internal error")
            answer = messages.failure(call.id, unknown)
        return answer if call.answered else None

    def _called(self, call: Request) -> bytes:
        if call.method == "rpc_methods":
            methods = self._rpc.methods
            if self._subscriptions is not None:
                methods.update(BEGINS, ENDS)
            return messages.result(call.id, {"methods": sorted(methods)})
        if call.method in BEGINS or call.method in ENDS:
            raise RpcError(METHOD_NOT_FOUND, "Method not found", f"{call.method} needs a WebSocket")
        return messages.result(call.id, self._rpc.call(call.method, call.params))
