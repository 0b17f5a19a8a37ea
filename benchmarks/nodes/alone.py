"""Figures that need a process of their own: `python -m benchmarks.nodes.alone NAME` prints one."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import time
from pathlib import Path

WARM_UP, BLOCKS = 5_000, 10_000  # the chain keeps the hashes of its last 4,096 blocks in its state


def boot() -> float:
    """From `connect` to the answer to the first question, s: with all that it imports."""
    import dml_sdk as dml

    began = time.perf_counter()
    with dml.connect(store="memory") as session:
        session.balance()
        return time.perf_counter() - began


def boot_imported() -> float:
    """The same when the libraries have been imported already, s."""
    import dml_sdk as dml
    from dml_sdk.chain.client import chain  # noqa: F401
    from dml_sdk.chain.node import node  # noqa: F401

    began = time.perf_counter()
    with dml.connect(store="memory") as session:
        session.balance()
        return time.perf_counter() - began


def bytes_per_block() -> float:
    """What the process grows by for each empty block that it keeps."""
    from dml_sdk.chain.node import Node

    node = Node()
    for _ in range(WARM_UP):
        node.seal()
    before = _resident()
    for _ in range(BLOCKS):
        node.seal()
    return (_resident() - before) / BLOCKS


def told(name: str) -> float:
    """A figure, from a new process."""
    run = subprocess.run(
        [sys.executable, "-m", __name__, name], stdout=subprocess.PIPE, text=True, check=True
    )
    return float(run.stdout)


def _resident() -> int:
    """Memory of this process, bytes."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


if __name__ == "__main__":
    print({f.__name__: f for f in (boot, boot_imported, bytes_per_block)}[sys.argv[1]]())
