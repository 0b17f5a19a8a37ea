"""What the SDK adds to a federated round: storage, chain and monitor, not training or validation.

Two kinds of round take turns in one process, on the same clients, batches and engine:

- bare: local training, scoring, averaging and evaluation, nothing stored, recorded or shown;
- full: a round of `model.train`, with its files, its transactions and a live round monitor.

The overhead is the difference of their medians over the time of a bare TFF round, which is its
local training and averaging alone. Prints `overhead_e1` and `overhead_e5`, as fractions.

    python benchmarks/overhead.py [--data PATH] [--turns N] [--json]
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import dml_sdk as dml
from dml_sdk.training import aggregators, scoring
from dml_sdk.training.engine import ClientUpdate, Engine, LocalPlan, open_engine

# Where a copy may lie beside the checkout, as `make` looks for it too.
BESIDE = Path(__file__).resolve().parents[2] / "shared" / "data" / "mnist.npz"
CLIENTS, SELECTED, BATCH, RATE = 100, 10, 10, 0.1
WARM_UP = 1


@dataclass
class Bare:
    """Times of the rounds that the SDK adds nothing to, s."""

    whole: list[float] = field(default_factory=list)
    tff: list[float] = field(default_factory=list)


def bare_round(
    engine: Engine, weights: Any, clients: Sequence[dml.Client], plan: LocalPlan, number: int,
    data: Any, validation: dml.Dataset, times: Bare,
) -> Any:  # fmt: skip
    """One round without the SDK: train, score, average, evaluate."""
    began = time.perf_counter()
    results = engine.train(weights, clients, plan, number)
    trained = time.perf_counter()
    updates = [r for r in results if isinstance(r, ClientUpdate)]
    scoring.score(updates, lambda w: engine.evaluate(w, validation), weights)
    scored = time.perf_counter()
    averaged = aggregators.fedavg(updates, weights)
    done = time.perf_counter()
    engine.evaluate(averaged, data.test)
    times.whole.append(time.perf_counter() - began)
    times.tff.append(trained - began + done - scored)
    return averaged


def measure(data: Any, epochs: int, turns: int) -> dict[str, float]:
    """Medians of both kinds of round, and the overhead."""
    partition = data.partition(CLIENTS, seed=1)
    network = dml.networks.mlp()
    validation = scoring.validation_sample(data.validation)
    times, full = Bare(), list[float]()
    engine = open_engine("tff", network)
    with dml.connect() as session:
        model = session.models.upload(
            network, name="overhead", licence="Apache-2.0", pool=dml.PoolTerms(amount=10_000)
        )
        options: dict[str, Any] = dict(
            test=data.test, clients_per_round=SELECTED, epochs=epochs, batch_size=BATCH,
            learning_rate=RATE, engine="tff", seed=3, rounds=turns + WARM_UP,
        )  # fmt: skip
        training = model.train(partition, **options)
        round_done = threading.Event()

        def hold_after_each_round() -> None:
            if training.state == "running" and len(training.rounds) > len(full):
                full.append(training.rounds[-1].elapsed)
                training.pause()
                round_done.set()

        training.watch(hold_after_each_round)
        monitor = training.monitor()
        weights = model.weights()
        for turn in range(turns + WARM_UP):
            round_done.wait()
            round_done.clear()
            chosen = [partition[i] for i in training.plan.selection(CLIENTS, turn)]
            weights = bare_round(
                engine, weights, chosen, training.plan.local, turn, data, validation, times
            )
            if len(training.rounds) < training.rounds_planned:
                training.resume()
        training.wait()
        monitor.close()
    engine.close()
    whole, tff, sdk = (statistics.median(t[WARM_UP:]) for t in (times.whole, times.tff, full))
    return {
        "bare_round_seconds": round(whole, 4),
        "bare_tff_seconds": round(tff, 4),
        "sdk_round_seconds": round(sdk, 4),
        "overhead": round((sdk - whole) / tff, 4),
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--data",
        type=Path,
        default=BESIDE if BESIDE.exists() else None,
        help="mnist.npz; else wherever MNIST is found",
    )
    parser.add_argument("--turns", type=int, default=25, help="rounds of each kind (default: 25)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    data = dml.datasets.mnist(path=options.data)
    report: dict[str, Any] = {}
    for epochs in (1, 5):
        told = measure(data, epochs, options.turns)
        report[f"overhead_e{epochs}"] = told.pop("overhead")
        report |= {f"{name}_e{epochs}": value for name, value in told.items()}
    if options.json:
        print(json.dumps(report))
    else:
        for name, value in report.items():
            print(f"{name:26} {value:8.4f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
