"""Who is worked for next: who has had the least, so that none waits for all that another asked for.

Source: start-time fair queueing (Goyal, Vin and Cheng, 1996), with every client of one weight and
the time that work took as its cost, which is known once it is done.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any
from weakref import WeakKeyDictionary

from dml_sdk.chain.node.serving import messages
from dml_sdk.chain.node.serving.limits import Limits


class Client:
    """Somebody who takes turns with the others."""


@dataclass(slots=True, eq=False)
class _Job:
    work: Callable[[], Any]
    told: asyncio.Future[Any]
    undo: Callable[[Any], object] | None
    seconds: float = 0.0


class Turns:
    """Some threads, and the clients that wait for one. Used in the loop that it was made in.

    One thing at a time is worked on for a client. Next is the one that threads have worked for the
    least time, of equals the one that waits the longest. Who comes, or comes back, starts from what
    those who were there had on average, so that nobody saves up turns.

    Args:
        threads: how much is worked on at a time.
        waiting: how much may wait; half of it for one client.
        now: a clock, s.
    """

    def __init__(
        self, threads: int, waiting: int, name: str, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._threads, self._most, self._now = threads, waiting, now
        self.workers = ThreadPoolExecutor(threads, thread_name_prefix=name)
        self._queues: dict[Client, deque[_Job]] = {}  # who waits the longest, first
        self._working: set[Client] = set()
        self._had: WeakKeyDictionary[Client, float] = WeakKeyDictionary()  # s
        self._average = 0.0  # of what clients had, s
        self._waiting = 0
        self._closed = False

    async def run(
        self,
        client: Client,
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
            raise messages.busy("Too many requests wait already")
        told = asyncio.get_running_loop().create_future()
        job = _Job(partial(function, *arguments), told, undo)
        if not queue and client not in self._working:
            self._had[client] = max(self._average, self._had.get(client, 0.0))
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
        self.workers.shutdown(wait=False, cancel_futures=True)

    def _begin(self) -> None:
        while len(self._working) < self._threads and not self._closed:
            waiting = (client for client in self._queues if client not in self._working)
            client = min(waiting, key=self._had.__getitem__, default=None)
            if client is None:
                return
            queue = self._queues.pop(client)
            job = queue.popleft()
            if queue:
                self._queues[client] = queue  # at the end
            self._waiting -= 1
            self._working.add(client)
            done = asyncio.get_running_loop().run_in_executor(self.workers, self._timed, job)
            done.add_done_callback(partial(self._done, client, job))

    def _timed(self, job: _Job) -> Any:
        begun = self._now()
        try:
            return job.work()
        finally:
            job.seconds = self._now() - begun

    def _done(self, client: Client, job: _Job, done: asyncio.Future[Any]) -> None:
        self._average += job.seconds / len(self._working | self._queues.keys())
        self._had[client] += job.seconds
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

    def _forget(self, client: Client, job: _Job) -> None:
        """Takes out what waits for a client that left."""
        queue = self._queues.get(client)
        if queue is not None and job in queue:
            queue.remove(job)
            self._waiting -= 1
            if not queue:
                del self._queues[client]


class Work:
    """All that is worked on for clients, so apart that nobody waits for another kind of work.

    Attributes:
        light: what is read from memory or a database.
        heavy: calls into the runtime that only read, and proofs.
        submitting: what waits for a block that is being made; one at a time, as the node does it.
    """

    def __init__(self, limits: Limits) -> None:
        waiting = limits.waiting_requests
        self.light = Turns(limits.workers, waiting, "dml-server-worker")
        self.heavy = Turns(limits.runtime_calls, waiting, "dml-server-runtime")
        self.submitting = Turns(1, waiting, "dml-server-submitting")

    def of(self, method: str) -> Turns:
        """Where a method is worked on."""
        if method in _SUBMITTING:
            return self.submitting
        return self.light if method in _LIGHT else self.heavy

    def close(self) -> None:
        """Begin nothing more."""
        self.light.close()
        self.heavy.close()
        self.submitting.close()


_SUBMITTING = frozenset(("author_submitExtrinsic", "engine_createBlock"))
_LIGHT = frozenset((
    "author_pendingExtrinsics", "chain_getBlock", "chain_getBlockHash", "chain_getFinalisedHead",
    "chain_getFinalizedHead", "chain_getHead", "chain_getHeader", "rpc_methods",
    "state_getKeysPaged", "state_getKeysPagedAt", "state_getStorage", "state_getStorageAt",
    "state_getStorageHash", "state_getStorageHashAt", "state_queryStorageAt", "system_chain",
    "system_chainType", "system_health", "system_name", "system_peers", "system_version",
))  # fmt: skip
