"""What is particular to TensorFlow Federated: its worker process, its absence, its silence."""

from __future__ import annotations

import contextlib
import io
import subprocess
import sys
import threading
from typing import Any

import numpy as np
import psutil
import pytest

from dml_sdk.errors import EngineUnavailable
from dml_sdk.training.data import Client, Dataset
from dml_sdk.training.engine import ClientUpdate, LocalPlan, open_engine
from dml_sdk.training.network import mlp
from dml_sdk.training.worker import Worker

from .conftest import blobs, clients_of, needs_tff

PLAN = LocalPlan(epochs=2, batch_size=8, learning_rate=0.1, seed=7)
SMALL = mlp(20, (16, 12), 5)


def workers() -> set[int]:
    return {child.pid for child in psutil.Process().children() if child.name() == "worker_binary"}


@needs_tff
@pytest.mark.slow
def test_a_worker_ends_with_its_engine() -> None:
    before = workers()
    engine = open_engine("tff", SMALL)
    assert len(workers() - before) == 1
    engine.close()
    assert workers() == before


@needs_tff
@pytest.mark.slow
def test_a_worker_that_ends_before_it_is_ready_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from dml_sdk.training import tff

    class Ends(Worker):
        def __init__(self, _: object, **options: Any) -> None:
            super().__init__(["/bin/false"], **options)

    monkeypatch.setattr(tff.executor_factory.subprocess, "Popen", Ends)
    with pytest.raises(EngineUnavailable, match="does not start: it ended before it was ready"):
        open_engine("tff", SMALL)


@needs_tff
@pytest.mark.slow
def test_a_worker_that_dies_in_mid_round_costs_time_and_nothing_else() -> None:
    before = workers()
    engine = open_engine("tff", SMALL)
    [worker] = workers() - before
    killed = threading.Event()

    def loads() -> Dataset:
        # Clients load while the round is under way: what dies here dies in its middle.
        if not killed.is_set():
            killed.set()
            psutil.Process(worker).kill()
        return blobs(20)

    updates = engine.train(
        SMALL.initial(0), [*clients_of(*[8] * 9), Client("late", loads)], PLAN, 1
    )
    engine.close()
    assert killed.is_set()
    assert [type(update) for update in updates] == [ClientUpdate] * 10


@needs_tff
@pytest.mark.slow
def test_two_engines_train_at_the_same_time_in_two_threads(opened) -> None:
    networks = [SMALL, mlp(20, (7,), 5)]
    engines = [opened("tff", network) for network in networks]
    alone = [
        engine.train(network.initial(0), clients_of(30, 30), PLAN, 1)
        for engine, network in zip(engines, networks, strict=True)
    ]
    together: dict[int, list[object]] = {}

    def train(i: int) -> None:
        together[i] = engines[i].train(networks[i].initial(0), clients_of(30, 30), PLAN, 1)

    threads = [threading.Thread(target=train, args=(i,)) for i in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for i in range(2):
        for one, other in zip(alone[i], together[i], strict=True):
            assert isinstance(one, ClientUpdate)
            assert isinstance(other, ClientUpdate)
            for key in one.weights:
                assert np.allclose(one.weights[key], other.weights[key], atol=1e-6)


@needs_tff
@pytest.mark.slow
def test_an_engine_opens_where_output_is_caught_in_memory() -> None:
    with contextlib.redirect_stdout(io.StringIO()) as out:
        engine = open_engine("tff", SMALL)
    engine.close()
    assert out.getvalue() == ""


SCRIPT = """
import numpy as np
from dml_sdk.errors import EngineUnavailable
from dml_sdk.training.data import Client, Dataset
from dml_sdk.training.engine import LocalPlan, open_engine
from dml_sdk.training.network import softmax
network = softmax(4, 2)
engine = open_engine("tff", network)
data = Dataset(np.ones((6, 4)), np.array([0, 1] * 3))
print(len(engine.train(network.initial(), [Client("c", data)], LocalPlan(), 1)))
"""


@needs_tff
@pytest.mark.slow
def test_a_script_that_closes_nothing_ends_says_nothing_and_leaves_no_worker() -> None:
    # The worker inherits these pipes: were it left behind, communicate() would never return.
    script = subprocess.run(
        [sys.executable, "-c", SCRIPT], capture_output=True, text=True, timeout=300, check=True
    )
    assert script.stdout == "1\n"
    assert script.stderr == ""


def test_importing_training_loads_no_heavy_library() -> None:
    code = (
        "import sys; import dml_sdk.training.datasets, dml_sdk.training.reference, "
        "dml_sdk.training.scoring, dml_sdk.training.aggregators\n"
        "heavy = {'tensorflow', 'tensorflow_federated', 'keras', 'sklearn', 'scipy', 'grpc'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout == "[]\n"


def test_without_tff_the_engine_says_what_is_missing_and_nothing_stands_in() -> None:
    code = (
        "import sys; sys.modules['tensorflow_federated'] = None\n"
        "from dml_sdk.errors import EngineUnavailable, MissingExtra\n"
        "from dml_sdk.training.engine import open_engine\n"
        "from dml_sdk.training.network import softmax\n"
        "try:\n"
        "    open_engine('tff', softmax(4, 2))\n"
        "except (EngineUnavailable, MissingExtra) as e:\n"
        "    print(e)"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert 'engine="numpy"' in found.stdout
