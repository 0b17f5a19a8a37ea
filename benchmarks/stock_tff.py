"""Federated averaging as TensorFlow Federated ships it, a round at a time, for `overhead.py`.

Reads the positions of a round's clients from standard input, a JSON list a line, and answers with
the round's time, s. The data are those of the SDK's partition; all else is TFF's own:
`build_weighted_fed_avg` on a Keras model and a `tf.data.Dataset` for each client.

Source: https://www.tensorflow.org/federated/tutorials/federated_learning_for_image_classification
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any


class StockTff:
    """TFF in a process of its own, which ends with everything that it started."""

    def __init__(self, data: Path | None, clients: int, epochs: int) -> None:
        command = [sys.executable, __file__, "--clients", str(clients), "--epochs", str(epochs)]
        # TFF's worker outlives its parent and holds its pipes: it goes with the group.
        self._process = subprocess.Popen(
            command + (["--data", str(data)] if data else []),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True,
        )  # fmt: skip

    def round(self, chosen: Sequence[int]) -> float:
        """Runs a round of these clients; its time, s."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(list(chosen)) + "\n")
        self._process.stdin.flush()
        told = self._process.stdout.readline()
        if not told:
            raise RuntimeError("TensorFlow Federated's process ended; its error is above.")
        return float(json.loads(told))

    def close(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()


@contextlib.contextmanager
def stock_tff(data: Path | None, clients: int, epochs: int) -> Iterator[StockTff]:
    process = StockTff(data, clients, epochs)
    try:
        yield process
    finally:
        process.close()


def serve(data: Path | None, clients: int, epochs: int) -> None:
    # What TFF and its worker print goes where errors go: standard output carries the answers.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    import tensorflow as tf
    import tensorflow_federated as tff

    import dml_sdk as dml

    partition = dml.datasets.mnist(path=data).partition(clients, seed=1)

    def model() -> Any:
        layers = tf.keras.layers
        network = tf.keras.Sequential(
            [
                layers.InputLayer((784,)),
                layers.Dense(200, activation="relu"),
                layers.Dense(200, activation="relu"),
                layers.Dense(10),
            ]
        )
        return tff.learning.models.from_keras_model(
            network,
            loss=tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True),
            input_spec=(
                tf.TensorSpec([None, 784], tf.float32), tf.TensorSpec([None], tf.int64)
            ),
        )  # fmt: skip

    def dataset(position: int) -> Any:
        held = partition[position].data
        held = held() if callable(held) else held
        examples = tf.data.Dataset.from_tensor_slices((held.x.reshape(-1, 784), held.y))
        return examples.shuffle(len(held)).repeat(epochs).batch(10)

    process = tff.learning.algorithms.build_weighted_fed_avg(
        model, client_optimizer_fn=tff.learning.optimizers.build_sgdm(0.1)
    )
    state = process.initialize()
    for line in sys.stdin:
        chosen = [dataset(position) for position in json.loads(line)]
        began = time.perf_counter()
        state = process.next(state, chosen).state
        print(time.perf_counter() - began, file=answers, flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path)
    parser.add_argument("--clients", type=int, default=100)
    parser.add_argument("--epochs", type=int, default=1)
    options = parser.parse_args()
    serve(options.data, options.clients, options.epochs)
