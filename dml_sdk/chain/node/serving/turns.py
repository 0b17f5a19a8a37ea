"""Who is worked for next: clients take turns, so that none waits for all that another asked for."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Hashable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any

from dml_sdk.chain.node.serving import messages
from dml_sdk.chain.node.serving.limits import Limits


@dataclass(frozen=True, slots=True, eq=False)
class _Job:
    work: Callable[[], Any]
    told: asyncio.Future[Any]
    undo: Callable[[Any], object] | None


class Turns:
    """Some threads, and the clients that wait for one. Used in the loop that it was made in.

    One thing at a time is worked on for a client; whoever was worked for goes to the end.

    Args:
        threads: how much is worked on at a time.
        waiting: how much may wait; half of it for one client.
    """

    def __init__(self, threads: int, waiting: int, name: str) -> None:
        self._threads, self._most = threads, waiting
        self._workers = ThreadPoolExecutor(threads, thread_name_prefix=name)
        self._queues: dict[Hashable, deque[_Job]] = {}  # by client; whose turn is next, first
        self._working: set[Hashable] = set()
        self._waiting = 0
        self._closed = False

    async def run(
        self,
        client: Hashable,
        function: Callable[..., Any],
        *arguments: Any,
        refusable: bool = True,
        undo: Callable[[Any], object] | None = None,
    ) -> Any:
        """What a function returns, once it is the client's turn. Who is cancelled waits no more.

        Args:
            refusable: False for what was promised already, and waits whatever else does.
            undo: given the result, in the loop, when it came after the client was cancelled.

        Raises:
            RpcError: too much waits already (-32009).
        """
        queue = self._queues.get(client, ())
        if refusable and (self._waiting >= self._most or len(queue) >= max(1, self._most // 2)):
            raise messages.busy()
        told = asyncio.get_running_loop().create_future()
        job = _Job(partial(function, *arguments), told, undo)
        self._queues.setdefault(client, deque()).append(job)
        self._waiting += 1
        self._begin()
        try:
            return await told
        except asyncio.CancelledError:
            self._forget(client, job)
            raise

    def close(self) -> None:
        """Begin nothing more; what is worked on ends by itself."""
        self._closed = True
        self._workers.shutdown(wait=False, cancel_futures=True)

    def _begin(self) -> None:
        while len(self._working) < self._threads and not self._closed:
            client = next((name for name in self._queues if name not in self._working), None)
            if client is None:
                return
            queue = self._queues.pop(client)
            job = queue.popleft()
            if queue:
                self._queues[client] = queue  # at the end
            self._waiting -= 1
            self._working.add(client)
            done = asyncio.get_running_loop().run_in_executor(self._workers, job.work)
            done.add_done_callback(partial(self._done, client, job))

    def _done(self, client: Hashable, job: _Job, done: asyncio.Future[Any]) -> None:
        self._working.discard(client)
        if done.cancelled():  # at the end, before it began
            job.told.cancel()
        elif (error := done.exception()) is not None:
            if not job.told.cancelled():
                job.told.set_exception(error)
        elif not job.told.cancelled():
            job.told.set_result(done.result())
        elif job.undo is not None:
            job.undo(done.result())
        self._begin()

    def _forget(self, client: Hashable, job: _Job) -> None:
        """Takes out what waits for a client that left."""
        queue = self._queues.get(client)
        if queue is not None and job in queue:
            queue.remove(job)
            self._waiting -= 1
            if not queue:
                del self._queues[client]


class Work:
    """All that is worked on for clients: what needs the runtime, and what does not, apart.

    Attributes:
        light: what is read from memory or a database.
        heavy: calls into the runtime, which take turns with each other, and proofs.
    """

    def __init__(self, limits: Limits) -> None:
        waiting = limits.waiting_requests
        self.light = Turns(limits.workers, waiting, "dml-server-worker")
        self.heavy = Turns(limits.runtime_calls, waiting, "dml-server-runtime")

    def of(self, method: str) -> Turns:
        """Where a method is worked on."""
        return self.light if method in _LIGHT else self.heavy

    def close(self) -> None:
        """Begin nothing more."""
        self.light.close()
        self.heavy.close()


_LIGHT = frozenset((
    "author_pendingExtrinsics", "chain_getBlock", "chain_getBlockHash", "chain_getFinalisedHead",
    "chain_getFinalizedHead", "chain_getHead", "chain_getHeader", "rpc_methods",
    "state_getKeysPaged", "state_getKeysPagedAt", "state_getStorage", "state_getStorageAt",
    "state_getStorageHash", "state_getStorageHashAt", "state_queryStorageAt", "system_chain",
    "system_chainType", "system_health", "system_name", "system_peers", "system_version",
))  # fmt: skip
