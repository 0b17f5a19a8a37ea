"""What the SDK adds to a federated round: storage, chain and monitor, not training or validation.

Three kinds of round take turns, with the same clients:

- full: a round of `model.train`, with its files, its transactions and a live round monitor;
- bare: the same engine's local training, scoring, averaging and evaluation, nothing stored,
  recorded or shown;
- TFF: a round of `tff.learning.algorithms.build_weighted_fed_avg`, in a process of its own.

A turn is one of each. The overhead is the median over the turns of full minus bare, over the median
time of a TFF round. The SDK's own computation for TFF is faster than the one that TFF ships, so the
same difference is told over the engine's local training and averaging alone as well. Files are
stored while clients train: what that costs the training is in the difference, as is all that the
monitor does while a round runs. What the monitor still does once a round has ended is waited for,
and its thread's CPU time is added to the full round as if nothing ran beside it. The monitor draws
its chart in every turn then, where in rounds that follow each other at once it does so every 1.5 s:
the overhead is told rather too high than too low.

Prints `overhead_e1` and `overhead_e5`, over TFF's round; `overhead_of_engine_e1` and `…_e5`, over
the engine's; also `monitor_e1` and `monitor_e5`, the CPU time of the monitor's thread as a fraction
of the engine's round, and `monitor_after_e1` and `monitor_after_e5`, the part of it that was added.
With --no-monitor nothing is shown, and these four are missing.

    python benchmarks/overhead.py [--data PATH] [--turns N] [--no-monitor] [--json]
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stock_tff import StockTff, stock_tff

import dml_sdk as dml
from dml_sdk.rounds import Training
from dml_sdk.training import aggregators, scoring
from dml_sdk.training.engine import ClientUpdate, Engine, LocalPlan, open_engine

# Where a copy may lie beside the checkout, as `make` looks for it too.
BESIDE = Path(__file__).resolve().parents[2] / "shared" / "data" / "mnist.npz"
CLIENTS, SELECTED, BATCH, RATE = 100, 10, 10, 0.1
WARM_UP = 3  # turns: TensorFlow traces, caches fill
# OpenBLAS' threads spin for some 25 ms after an evaluation. They would take 13 to 25 ms from the
# training of whichever round comes next, so that each round begins on a machine at rest.
REST = 0.05  # s
MONITOR_AT_REST = 0.5  # s without a refresh; as long as one is due they are 0.3 s apart


@dataclass(frozen=True, slots=True)
class Turn:
    """Times of one round of each kind with the same clients, s.

    Attributes:
        full, bare, tff: the whole rounds.
        engine: the bare round's local training and averaging.
        monitor: CPU time of the monitor's thread, from the full round's start until it rests.
        monitor_after: the part of it after the round's end.
    """

    full: float
    bare: float
    engine: float
    tff: float
    monitor: float
    monitor_after: float

    @property
    def added(self) -> float:
        """What the SDK added to the round, s."""
        return self.full + self.monitor_after - self.bare


class Monitor:
    """A live round monitor, and how much its thread has worked."""

    def __init__(self, training: Training) -> None:
        self._widget = training.monitor()
        (thread,) = (t for t in threading.enumerate() if t.name == "dml-widget-throttle")
        self._clock = time.pthread_getcpuclockid(thread.ident)

    def seconds(self) -> float:
        """CPU time of its thread so far."""
        return time.clock_gettime(self._clock)

    def rest(self) -> None:
        """Returns once it shows all there is to show."""
        worked = -1.0
        while worked != (worked := self.seconds()):
            time.sleep(MONITOR_AT_REST)

    def close(self) -> None:
        self._widget.close()


class NoMonitor:
    """Nothing is shown, so nothing is waited for."""

    def seconds(self) -> float:
        return 0.0

    def rest(self) -> None:
        pass

    def close(self) -> None:
        pass


class Held:
    """A training that runs one round at a time."""

    def __init__(self, training: Training) -> None:
        self.training = training
        self._done = 0
        training.watch(self._hold)

    def _hold(self) -> None:
        if len(self.training.rounds) > self._done:
            self._done += 1
            self.training.pause()

    def wait(self, rounds: int) -> float:
        """Waits for that many rounds to have wholly ended; the last one's time, s."""
        while not (self._done == rounds and self.training.state == "paused"):
            if not self.training.alive:
                self.training.wait()  # raises why
            time.sleep(0.002)
        return self.training.rounds[-1].elapsed


def bare_round(
    engine: Engine, weights: Any, clients: Sequence[dml.Client], plan: LocalPlan, number: int,
    data: Any, validation: dml.Dataset,
) -> tuple[Any, float, float]:  # fmt: skip
    """One round without the SDK: train, score, average, evaluate; its time, and the engine's."""
    began = time.perf_counter()
    results = engine.train(weights, clients, plan, number)
    trained = time.perf_counter()
    updates = [r for r in results if isinstance(r, ClientUpdate)]
    scoring.score(updates, lambda w: engine.evaluate(w, validation), weights)
    scored = time.perf_counter()
    averaged = aggregators.fedavg(updates, weights)
    done = time.perf_counter()
    engine.evaluate(averaged, data.test)
    return averaged, time.perf_counter() - began, trained - began + done - scored


def measure(
    data: Any, epochs: int, turns: int, monitored: bool, stock: StockTff
) -> dict[str, float]:
    """Medians of each kind of round, and the overhead."""
    partition = data.partition(CLIENTS, seed=1)
    network = dml.networks.mlp()
    validation = scoring.validation_sample(data.validation)
    taken: list[Turn] = []
    engine = open_engine("tff", network)
    with dml.connect() as session:
        model = session.models.upload(
            network, name="overhead", licence="Apache-2.0", pool=dml.PoolTerms(amount=10_000)
        )
        weights = model.weights()
        # One round more than there are turns: it is never run, but holds the training's end off.
        training = model.train(
            partition, test=data.test, clients_per_round=SELECTED, epochs=epochs, batch_size=BATCH,
            learning_rate=RATE, engine="tff", seed=3, rounds=WARM_UP + turns + 1,
        )  # fmt: skip
        held = Held(training)
        monitor = Monitor(training) if monitored else NoMonitor()
        worked = monitor.seconds()
        for number in range(1, WARM_UP + turns + 1):
            full = held.wait(number)
            ended = monitor.seconds()
            monitor.rest()
            rested = monitor.seconds()
            time.sleep(REST)
            selection = training.plan.selection(CLIENTS, number)
            chosen = [partition[i] for i in selection]
            weights, bare, alone = bare_round(
                engine, weights, chosen, training.plan.local, number, data, validation
            )
            time.sleep(REST)
            tff = stock.round(selection)
            taken.append(Turn(full, bare, alone, tff, rested - worked, rested - ended))
            time.sleep(REST)
            worked = monitor.seconds()
            if number < WARM_UP + turns:
                training.resume()
        training.stop()
        training.wait()
        monitor.close()
    engine.close()
    counted = taken[WARM_UP:]
    tff = statistics.median(t.tff for t in counted)
    alone = statistics.median(t.engine for t in counted)
    added = statistics.median(t.added for t in counted)
    report = {
        "overhead": added / tff,
        "overhead_of_engine": added / alone,
        "added_seconds": added,
        "tff_round_seconds": tff,
        "engine_seconds": alone,
        "bare_round_seconds": statistics.median(t.bare for t in counted),
        "sdk_round_seconds": statistics.median(t.full for t in counted),
    }
    if monitored:
        report["monitor"] = statistics.median(t.monitor for t in counted) / alone
        report["monitor_after"] = statistics.median(t.monitor_after for t in counted) / alone
    return report


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--data",
        type=Path,
        default=BESIDE if BESIDE.exists() else None,
        help="mnist.npz; else wherever MNIST is found",
    )
    parser.add_argument("--turns", type=int, default=25, help="rounds of each kind (default: 25)")
    parser.add_argument("--no-monitor", action="store_true", help="show nothing while training")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    data = dml.datasets.mnist(path=options.data)
    report: dict[str, float] = {}
    for epochs in (1, 5):
        with stock_tff(options.data, CLIENTS, epochs) as stock:
            told = measure(data, epochs, options.turns, not options.no_monitor, stock)
        report |= {f"{name}_e{epochs}": round(value, 4) for name, value in told.items()}
    if options.json:
        print(json.dumps(report))
    else:
        for name, value in report.items():
            print(f"{name:26} {value:8.4f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
