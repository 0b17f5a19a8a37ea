"""Small data that every test of training shares, and engines that are started once a session."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from dml_sdk.training.data import Client, Dataset, Split
from dml_sdk.training.engine import Engine, EngineName, open_engine
from dml_sdk.training.network import MLP

TFF_INSTALLED = importlib.util.find_spec("tensorflow_federated") is not None
needs_tff = pytest.mark.skipif(
    not TFF_INSTALLED, reason="TensorFlow Federated is not installed (Python 3.11 on Linux only)"
)


def blobs(examples: int, inputs: int = 20, classes: int = 5, seed: int = 0) -> Dataset:
    """Labelled points around one centre a class, so that a perceptron learns in a few steps."""
    rng = np.random.default_rng(seed)
    centres = np.random.default_rng(99).normal(size=(classes, inputs))
    y = rng.integers(0, classes, examples)
    x = centres[y] + rng.normal(scale=0.5, size=(examples, inputs))
    return Dataset(x.astype(np.float32), y, classes)


def clients_of(*sizes: int, inputs: int = 20, classes: int = 5) -> list[Client]:
    """Clients of these sizes, each with its own points."""
    return [
        Client(f"client-{i}", blobs(size, inputs, classes, seed=i))
        for i, size in enumerate(sizes, start=1)
    ]


@pytest.fixture
def split() -> Split:
    return Split("blobs", blobs(500, seed=1), blobs(100, seed=2), blobs(200, seed=3))


@pytest.fixture(scope="session")
def opened() -> Iterator[Callable[[EngineName, object], Engine]]:
    """Opens an engine for a network, once for all tests that ask for the same perceptron."""
    engines: dict[tuple[EngineName, object], Engine] = {}

    def get(name: EngineName, network: object) -> Engine:
        key = (name, network if isinstance(network, MLP) else id(network))
        if key not in engines:
            engines[key] = open_engine(name, network)
        return engines[key]

    yield get
    for engine in engines.values():
        engine.close()
