"""Seconds a round of each engine over a plain NumPy loop of the same steps, and peak memory.

One round is 10 clients of 600 examples on the 2NN, E = 1, B = 10: 600 steps of gradient descent.
Rounds of the engine and of the loop take turns, and medians are compared, so that a machine that
is busy for a while is busy for both. Each engine is measured in a process of its own; its peak
counts that process and its workers, on the same random data. NumPy's BLAS is held to one thread:
products of ten rows are too small to share, and on a busy machine its threads wait for each other
many times longer than they compute, in engine and loop alike. TensorFlow keeps its own threads.

    python benchmarks/engines.py [--engine tff|numpy] [--rounds N] [--json]
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from statistics import median

import numpy as np
import psutil

from dml_sdk.training.data import Client, Dataset
from dml_sdk.training.engine import ENGINES, EngineName, LocalPlan, open_engine
from dml_sdk.training.network import mlp
from dml_sdk.training.weights import Weights

CLIENTS, EXAMPLES = 10, 600
PLAN = LocalPlan(epochs=1, batch_size=10, learning_rate=0.1, seed=7)
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "VECLIB_MAXIMUM_THREADS": "1"}
WARM_UP = 3
SAMPLE_S = 0.02


def plain_loop(weights: Weights, x: np.ndarray, y: np.ndarray) -> float:
    """The same 600 steps on pooled data, written straight down; gives the seconds it took."""
    began = time.perf_counter()
    w1, b1, w2, b2, w3, b3 = (array.copy() for array in weights.values())
    order = np.random.default_rng(0).permutation(len(y))
    rate, size = PLAN.learning_rate, PLAN.batch_size
    rows = np.arange(size)
    for start in range(0, len(order), size):
        batch = order[start : start + size]
        x0 = x[batch]
        x1 = np.maximum(x0 @ w1 + b1, 0)
        x2 = np.maximum(x1 @ w2 + b2, 0)
        logits = x2 @ w3 + b3
        slope = np.exp(logits - logits.max(axis=1, keepdims=True))
        slope /= slope.sum(axis=1, keepdims=True)
        slope[rows, y[batch]] -= 1
        slope /= size
        below2 = (slope @ w3.T) * (x2 > 0)
        below1 = (below2 @ w2.T) * (x1 > 0)
        w3 -= rate * (x2.T @ slope)
        b3 -= rate * slope.sum(axis=0)
        w2 -= rate * (x1.T @ below2)
        b2 -= rate * below2.sum(axis=0)
        w1 -= rate * (x0.T @ below1)
        b1 -= rate * below1.sum(axis=0)
    return time.perf_counter() - began


class PeakMemory:
    """Watches this process and its children from a thread; peak resident size in MB."""

    def __init__(self) -> None:
        self.mb = 0.0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> PeakMemory:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        own = psutil.Process()
        while not self._over.wait(SAMPLE_S):
            resident = 0
            for process in (own, *own.children(recursive=True)):
                try:
                    resident += process.memory_info().rss
                except psutil.NoSuchProcess:
                    continue
            self.mb = max(self.mb, resident / 2**20)


def measure(name: EngineName, rounds: int) -> dict[str, float]:
    """One engine's figures, in this process."""
    rng = np.random.default_rng(0)
    x = rng.random((CLIENTS * EXAMPLES, 784), np.float32)
    y = rng.integers(0, 10, CLIENTS * EXAMPLES)
    whole = Dataset(x, y, 10)
    clients = [
        Client(f"client-{i + 1}", whole.take(slice(i * EXAMPLES, (i + 1) * EXAMPLES)))
        for i in range(CLIENTS)
    ]
    network = mlp()
    weights = network.initial(0)
    numbers = iter(range(1, 10_000))

    def clocked(round_: Callable[[], object]) -> float:
        began = time.perf_counter()
        round_()
        return time.perf_counter() - began

    with PeakMemory() as peak:
        began = time.perf_counter()
        engine = open_engine(name, network)
        opened = time.perf_counter() - began
        engine_s: list[float] = []
        loop_s: list[float] = []
        for _ in range(WARM_UP + rounds):
            engine_s.append(clocked(lambda: engine.train(weights, clients, PLAN, next(numbers))))
            loop_s.append(plain_loop(weights, x, y))
        engine.close()
    engine_round, loop = median(engine_s[WARM_UP:]), median(loop_s[WARM_UP:])
    return {
        name: round(engine_round / loop, 3),
        f"{name}_seconds": round(engine_round, 4),
        f"{name}_loop_seconds": round(loop, 4),
        f"{name}_open_seconds": round(opened, 2),
        f"{name}_first_round_seconds": round(engine_s[0], 4),
        f"{name}_peak_mb": round(peak.mb, 1),
    }


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--engine", choices=ENGINES, help="this one only, in this process as it is")
    parser.add_argument("--rounds", type=int, default=21, help="that are counted")
    parser.add_argument("--json", action="store_true", help="print one object")
    given = parser.parse_args(argv)

    if given.engine:
        report = measure(given.engine, given.rounds)
    else:
        report = {}
        for name in ENGINES:
            command = [sys.executable, __file__, "--engine", name, "--json"]
            command += ["--rounds", str(given.rounds)]
            child = subprocess.run(
                command,
                stdout=subprocess.PIPE,
                text=True,
                check=True,
                env={**os.environ, **ONE_THREAD},
            )
            report |= json.loads(child.stdout)
    if given.json:
        print(json.dumps(report))
    else:
        for key, value in report.items():
            print(f"{key:>26}  {value}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
