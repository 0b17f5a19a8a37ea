"""How much one client, and all of them together, may ask for."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, fields

from dml_sdk.errors import UsageError


@dataclass(frozen=True, slots=True)
class Limits:
    """What a server grants; every field is over 0.

    Attributes:
        request_bytes: of one message, a batch counting as one.
        response_bytes: of the answer to one message.
        batch: how many requests are in one message.
        connections: how many are open at a time.
        subscriptions: how many a connection holds.
        requests_per_second: of a connection, which may spend two seconds' worth at once; what
            comes faster waits.
        waiting_bytes: how much may wait for a client that does not read; one notification more
            and its connection is closed.
        held_bytes: how much may wait for all clients together, answers that are still put
            together included; beyond it those who have let the most wait for the longest are
            disconnected, and who asks for much is told that the server is busy.
        request_seconds: within which a request has come in whole, and an answer gone out.
        call_seconds: of the processor's time, after which a call into the runtime is stopped.
        idle_seconds: after which a connection that nothing was heard from is closed. Clients that
            answer pings are heard from twice a minute.
        workers: threads that work on requests which need no runtime.
        runtime_calls: that are worked on at a time, of all clients together; one of a client.
            What is submitted is worked on apart, one at a time.
        waiting_requests: how many of all clients may wait for their turn, of each kind of work:
            with the runtime, without it, and what is submitted; half as many of one client.
    """

    request_bytes: int = 8 << 20
    response_bytes: int = 16 << 20
    batch: int = 100
    connections: int = 100
    subscriptions: int = 256
    requests_per_second: float = 1_000
    waiting_bytes: int = 1 << 20
    held_bytes: int = 128 << 20
    request_seconds: float = 30
    call_seconds: float = 1
    idle_seconds: float = 3_600
    workers: int = 4
    runtime_calls: int = 2
    waiting_requests: int = 128

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            whole = field.type == "int"
            kinds = int if whole else int | float
            fits = isinstance(value, kinds) and not isinstance(value, bool)
            if not fits or not (value > 0 and math.isfinite(value)):
                what = "a whole number" if whole else "a number"
                raise UsageError(f"The limit {field.name}={value!r}: give {what} over 0.")


class TokenBucket:
    """Lets through so many a second on average, and `burst` at once.

    Args:
        now: a clock, s.
    """

    def __init__(
        self, rate: float, burst: float, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._rate, self._burst, self._now = rate, burst, now
        self._tokens, self._at = burst, now()

    def take(self) -> float:
        """Takes one token; how long to wait until it is there, s."""
        now = self._now()
        self._tokens = min(self._burst, self._tokens + (now - self._at) * self._rate) - 1
        self._at = now
        return max(0.0, -self._tokens / self._rate)
