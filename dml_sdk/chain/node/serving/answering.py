"""Answers what one client sends: each call in turn, in a worker."""

from __future__ import annotations

import asyncio
import logging
from concurrent.futures import Executor as Workers
from typing import Any

from dml_sdk.chain.node.rpc import METHOD_NOT_FOUND, Rpc
from dml_sdk.chain.node.serving import messages
from dml_sdk.chain.node.serving.limits import Limits, TokenBucket
from dml_sdk.chain.node.serving.messages import Malformed, Message, Request
from dml_sdk.chain.node.serving.subscriptions import BEGINS, ENDS, Subscriptions
from dml_sdk.errors import RpcError

log = logging.getLogger(__name__)

_QUICK_BYTES = 16 << 10  # what is read in the loop; more is read in a worker


class Answering:
    """The answers to one client. One message is worked on at a time.

    Args:
        subscriptions: the client's; None where it can be told nothing by itself.
    """

    def __init__(
        self,
        rpc: Rpc,
        workers: Workers,
        limits: Limits,
        bucket: TokenBucket,
        subscriptions: Subscriptions | None = None,
    ) -> None:
        self._rpc, self._workers, self._limits, self._bucket = rpc, workers, limits, bucket
        self._subscriptions = subscriptions

    async def to(self, data: bytes) -> str | None:
        """The answer to a message, None when it asks for none."""
        message = await self._read(data)
        answers: list[str] = []
        size, most = 0, self._limits.response_bytes
        for call in message.calls:
            await asyncio.sleep(self._bucket.take())
            answer = await self._to_call(call)
            if answer is not None:
                answers.append(answer)
                size += len(answer)
            if size > most:
                error = messages.oversized_response(most, of_batch=message.is_batch)
                return messages.failure(None if message.is_batch else call.id, error)
        if not answers:
            return None
        return messages.batch(answers) if message.is_batch else answers[0]

    async def _read(self, data: bytes) -> Message:
        most = self._limits.batch
        if len(data) <= _QUICK_BYTES:
            return messages.parse(data, most)
        message: Message = await self._work(messages.parse, data, most)
        return message

    async def _to_call(self, call: Request | Malformed) -> str | None:
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
                answer = await self._work(self._called, call)
        except RpcError as error:
            answer = messages.failure(call.id, error)
        except Exception:
            log.exception("A request for %.80s failed", call.method)
            unknown = RpcError(messages.INTERNAL_ERROR, "Internal error")
            answer = messages.failure(call.id, unknown)
        return answer if call.answered else None

    def _called(self, call: Request) -> str:
        if call.method == "rpc_methods":
            methods = self._rpc.methods
            if self._subscriptions is not None:
                methods.update(BEGINS, ENDS)
            return messages.result(call.id, {"methods": sorted(methods)})
        if call.method in BEGINS or call.method in ENDS:
            raise RpcError(METHOD_NOT_FOUND, "Method not found", f"{call.method} needs a WebSocket")
        return messages.result(call.id, self._rpc.call(call.method, call.params))

    async def _work(self, function: Any, *arguments: Any) -> Any:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._workers, function, *arguments)
