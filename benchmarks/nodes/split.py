"""Where the time of a sealed extrinsic goes.

Functions of the client and the node are replaced by ones that keep the time. A stretch of time
counts for the innermost of them alone: what the host functions take is not execution, and what the
trie takes is neither. Keeping the time takes time as well, so the parts are scaled to what a sealed
extrinsic takes without it.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import Any

import dml_sdk as dml
from benchmarks.nodes.contenders import Go, embedded
from dml_sdk.chain.client import chain as client
from dml_sdk.chain.client import signing
from dml_sdk.chain.node import authoring, host, state
from dml_sdk.chain.node.archive import Archive
from dml_sdk.chain.node.vm import Companion, Function

REST = "other"
TURNS, WARM_UP = 200, 20


class Stopwatch:
    """Time by part, each stretch counted for the innermost part that it is in."""

    def __init__(self) -> None:
        self.spent: dict[str, float] = {}
        self._parts = [REST]
        self._since = time.perf_counter()

    def keep(self, owner: Any, name: str, part: str) -> None:
        """From now on what `owner.name` takes is part of `part`."""
        setattr(owner, name, self.kept(getattr(owner, name), part))

    def kept(self, function: Callable[..., Any], part: str) -> Callable[..., Any]:
        """A function that does the same and keeps the time."""

        @wraps(function)
        def timed(*arguments: Any, **named: Any) -> Any:
            self._enter(part)
            try:
                return function(*arguments, **named)
            finally:
                self._leave()

        return timed

    def start(self) -> None:
        """Begin anew."""
        self.spent = {}
        self._since = time.perf_counter()

    def stop(self) -> dict[str, float]:
        """Time by part since the start, s."""
        self._count()
        return self.spent

    def _enter(self, part: str) -> None:
        self._count()
        self._parts.append(part)

    def _leave(self) -> None:
        self._count()
        self._parts.pop()

    def _count(self) -> None:
        now = time.perf_counter()
        part = self._parts[-1]
        self.spent[part] = self.spent.get(part, 0.0) + now - self._since
        self._since = now


def split_ms() -> dict[str, float]:
    """The parts of a sealed transfer on a chain in a file, ms; they sum to the whole."""
    with _durable() as seal:
        whole = statistics.median(seal() for _ in range(TURNS))
    watch = Stopwatch()
    _keep(watch)
    taken: list[dict[str, float]] = []
    with _durable() as seal:
        for _ in range(TURNS):
            watch.start()
            seal()
            taken.append(watch.stop())
    parts = {part for each in taken for part in each}
    spent = {part: statistics.median(each.get(part, 0.0) for each in taken) for part in parts}
    scale = 1_000 * whole / sum(spent.values())
    return {part: seconds * scale for part, seconds in sorted(spent.items())}


@contextmanager
def _durable() -> Iterator[Go]:
    """Seals a transfer on a chain in a file, which has sealed some already."""
    with (
        tempfile.TemporaryDirectory() as folder,
        dml.connect(path=Path(folder), store="memory") as session,
    ):
        seal = embedded(session)
        for _ in range(WARM_UP):
            seal()
        yield seal


def _keep(watch: Stopwatch) -> None:
    watch.keep(client.Chain, "call", "encoding and signing")
    watch.keep(signing.SigningContext, "sign", "encoding and signing")
    watch.keep(authoring, "validate", "validation")
    watch.keep(authoring, "build", "execution")
    watch.keep(state.Overlay, "root", "trie")
    watch.keep(Archive, "extend", "persistence")
    watch.keep(client.BlockEvents, "of", "event decoding")
    watch.keep(client, "receipt_of", "event decoding")
    functions, companions = host.Host.functions, host.Host.companions

    def kept(function: Function) -> Function:
        return Function(watch.kept(function.call, "host calls"), function.signature)

    def kept_functions(self: host.Host) -> dict[str, Function]:
        return {name: kept(function) for name, function in functions(self).items()}

    def kept_companions(self: host.Host) -> tuple[Companion, ...]:
        return tuple(
            Companion(each.source, {name: kept(f) for name, f in each.functions.items()})
            for each in companions(self)
        )

    host.Host.functions, host.Host.companions = kept_functions, kept_companions  # type: ignore[method-assign]
