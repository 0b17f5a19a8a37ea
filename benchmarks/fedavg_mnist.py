"""How many rounds until 97 % on MNIST, against the table of the FedAvg paper.

McMahan et al. 2017, "Communication-efficient learning of deep networks from decentralized data",
table 2, the 2NN: K = 100 clients of 600 examples, C = 0.1, E = 1, B = 10. The paper counts 87
rounds where the data are IID and 664 where each client holds two shards of sorted labels. As there,
the learning rate is the best of a grid (--grid) with steps of the cube root of ten.

    python benchmarks/fedavg_mnist.py [--data mnist.npz] [--non-iid] [--rounds N]
                                      [--engine numpy|tff] [--learning-rate ETA | --grid] [--json]
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from dml_sdk.errors import UpdateInvalid
from dml_sdk.training import datasets
from dml_sdk.training.aggregators import fedavg
from dml_sdk.training.data import Split
from dml_sdk.training.engine import ClientUpdate, EngineName, LocalPlan, open_engine
from dml_sdk.training.network import mlp

# Where a copy may lie beside the checkout, as `make` looks for it too.
BESIDE = Path(__file__).resolve().parents[2] / "shared" / "data" / "mnist.npz"
CLIENTS, FRACTION, EPOCHS, BATCH = 100, 0.1, 1, 10
TARGET = 0.97
# Steps of 10^(1/3) around the best, which lies inside the grid in both settings.
GRID = (0.0215, 0.0464, 0.1, 0.215, 0.464)


@dataclass(frozen=True)
class Setting:
    """One row of the paper: how data are dealt, what it counted, and the grid's best here."""

    key: str
    scheme: str
    paper: int
    most_rounds: int
    learning_rate: float


IID = Setting("rounds_to_97_iid", "iid", paper=87, most_rounds=100, learning_rate=0.215)
NON_IID = Setting("rounds_to_97_non_iid", "shards", 664, most_rounds=1_000, learning_rate=0.215)


def rounds_to_target(
    split: Split, setting: Setting, rounds: int, rate: float, engine_name: EngineName, seed: int
) -> tuple[int | None, list[float]]:
    """The first round whose model reaches the target on the test part, and every accuracy."""
    clients = split.partition(CLIENTS, setting.scheme, seed)  # type: ignore[arg-type]
    plan = LocalPlan(EPOCHS, BATCH, rate, seed)
    selection = np.random.default_rng(seed)
    accuracies: list[float] = []
    engine = open_engine(engine_name, mlp())
    try:
        weights = engine.initial(seed)
        for number in range(1, rounds + 1):
            chosen = selection.choice(CLIENTS, int(FRACTION * CLIENTS), replace=False)
            results = engine.train(weights, [clients[i] for i in chosen], plan, number)
            try:
                weights = fedavg([r for r in results if isinstance(r, ClientUpdate)], weights)
            except UpdateInvalid:
                return None, accuracies  # diverged: this learning rate is too high
            accuracies.append(engine.evaluate(weights, split.test).accuracy)
            if sys.stderr.isatty():
                print(f"\rround {number}: {accuracies[-1]:.2%}", end="", file=sys.stderr)
            if accuracies[-1] >= TARGET:
                return number, accuracies
        return None, accuracies
    finally:
        engine.close()
        if sys.stderr.isatty():
            print(file=sys.stderr)


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument(
        "--data",
        default=BESIDE if BESIDE.exists() else None,
        help="mnist.npz; found or downloaded when not given",
    )
    parser.add_argument("--non-iid", action="store_true", help="two shards of labels a client")
    parser.add_argument("--rounds", type=int, help="how many at the most")
    parser.add_argument("--engine", choices=("numpy", "tff"), default="numpy")
    parser.add_argument("--learning-rate", type=float, help="instead of the grid's best")
    parser.add_argument("--grid", action="store_true", help="try the grid and report its best")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--json", action="store_true", help="print one object")
    given = parser.parse_args(argv)

    setting = NON_IID if given.non_iid else IID
    most = given.rounds or setting.most_rounds
    split = datasets.mnist(given.data, validation=0)
    rates = GRID if given.grid else (given.learning_rate or setting.learning_rate,)
    began = time.perf_counter()
    runs = {
        rate: rounds_to_target(split, setting, most, rate, given.engine, given.seed)
        for rate in rates
    }
    best = min(runs, key=lambda rate: (runs[rate][0] or most + 1, -max(runs[rate][1], default=0)))
    reached, accuracies = runs[best]
    report = {
        setting.key: reached,
        "paper": setting.paper,
        "learning_rate": best,
        "best_accuracy": max(accuracies, default=0),
        "rounds": len(accuracies),
        "engine": given.engine,
        "seed": given.seed,
        "seconds": round(time.perf_counter() - began, 1),
        "grid": {str(rate): run[0] for rate, run in runs.items()} if given.grid else None,
    }
    if given.json:
        print(json.dumps(report))
    else:
        for name, value in report.items():
            print(f"{name:>22}  {value}")
    return 0 if reached is not None else 1


if __name__ == "__main__":
    sys.exit(main())
