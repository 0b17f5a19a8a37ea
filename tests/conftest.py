"""What tests share: one chain, rewound around each; and in CI a skipped test is a failed one."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Generator, Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, settings

import dml_sdk as dml
from dml_sdk.rounds.control import Control
from dml_sdk.training.data import Dataset, Split

# How long an example takes is the machine's affair.
settings.register_profile(
    "any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("any machine")


def pytest_configure() -> None:
    # A shell has what it starts in the background ignore Ctrl-C, and so would all processes of the
    # tests, some of which press it.
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: Any) -> Generator[None, Any, Any]:
    report = yield
    if report.skipped and os.environ.get("CI") and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"in CI nothing may be skipped: {reason}"
    return report


@pytest.fixture(scope="session")
def chain_of_all_tests() -> Iterator[dml.Session]:
    with dml.connect(store="memory") as session:
        yield session


@pytest.fixture
def session(chain_of_all_tests: dml.Session) -> Iterator[dml.Session]:
    """Alice on the embedded chain, rewound afterwards; no token may be lost by any test."""
    with chain_of_all_tests.anchor() as anchored:
        yield anchored
        audit = anchored.conserved()
        assert audit.ok, audit


@pytest.fixture
def alice(session: dml.Session) -> dml.Account:
    return session.signer


@pytest.fixture
def bob(session: dml.Session) -> dml.Account:
    return session.account("bob")


@pytest.fixture
def ctrl_c_in_a_wait(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Once called, it has Ctrl-C pressed when the main thread next waits for a training."""

    def arm() -> None:
        really = Control.wait

        def wait(control: Control, timeout: float | None = None) -> bool:
            if threading.current_thread() is threading.main_thread():
                monkeypatch.setattr(Control, "wait", really)
                threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT)).start()
            return really(control, timeout)

        monkeypatch.setattr(Control, "wait", wait)

    return arm


def blobs(examples: int, seed: int, classes: int = 4, inputs: int = 8) -> Dataset:
    """Points around one centre for each class: learnt in a round or two."""
    rng = np.random.default_rng(seed)
    centres = np.random.default_rng(1).normal(size=(classes, inputs))
    y = rng.integers(0, classes, examples)
    x = centres[y] + 0.4 * rng.normal(size=(examples, inputs))
    return Dataset(x.astype(np.float32), y, classes)


@pytest.fixture(scope="session")
def split() -> Split:
    """A small data set that softmax regression can learn."""
    return Split("blobs", train=blobs(400, 2), validation=blobs(100, 3), test=blobs(200, 4))


@pytest.fixture
def network() -> dml.networks.MLP:
    """What learns it."""
    return dml.networks.softmax(8, 4)


@pytest.fixture
def model(session: dml.Session, network: dml.networks.MLP) -> dml.Model:
    """Alice's model with a pool of 1,000 DML, 40 % of it for contributors."""
    return session.models.upload(
        network, name="blobs", licence="Apache-2.0", pool=dml.PoolTerms(amount=1_000)
    )
