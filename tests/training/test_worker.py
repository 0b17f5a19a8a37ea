"""A worker's end: with its parent, however that ends, and with nobody else."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading

import psutil
import pytest

from dml_sdk.training.worker import Worker
from tests.waiting import until

from .conftest import needs_tff

SLEEP = ["/bin/sleep", "600"]

PARENT = """
import sys, threading, time
from dml_sdk.training.worker import Worker
# The thread that starts a worker may end before it.
starter = threading.Thread(target=lambda: print(Worker(["/bin/sleep", "600"]).pid, flush=True))
starter.start()
starter.join()
time.sleep(600)
"""

TRAINING_PARENT = """
import time
import psutil
from dml_sdk.training.engine import open_engine
from dml_sdk.training.network import softmax
engine = open_engine("tff", softmax(4, 2))
print(*(child.pid for child in psutil.Process().children()), flush=True)
time.sleep(600)
"""


def start(script: str) -> tuple[subprocess.Popen[str], int]:
    """A script in a process group of its own, as a terminal would run it; its worker's pid."""
    parent = subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    assert parent.stdout is not None
    return parent, int(parent.stdout.readline())


def is_there(pid: int) -> bool:
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


def require_ends_with(parent: subprocess.Popen[str], worker: int, number: signal.Signals) -> None:
    assert is_there(worker)
    if number == signal.SIGKILL:
        os.killpg(parent.pid, number)
    else:
        parent.send_signal(number)
    # The worker has the parent's output: were it left behind, this would never return.
    parent.communicate(timeout=30)
    assert parent.returncode == -number
    until(lambda: not is_there(worker), "the worker's end")


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGHUP, signal.SIGTERM], ids=str)
def test_a_worker_ends_with_its_parent_whatever_ends_that(number: signal.Signals) -> None:
    parent, worker = start(PARENT)
    require_ends_with(parent, worker, number)


@needs_tff
@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGHUP], ids=str)
def test_an_engines_worker_ends_with_a_kernel_that_is_killed(number: signal.Signals) -> None:
    parent, worker = start(TRAINING_PARENT)
    require_ends_with(parent, worker, number)


def test_a_worker_outlives_the_thread_that_started_it_and_ctrl_c_of_its_parents_group() -> None:
    workers: list[Worker] = []
    thread = threading.Thread(target=lambda: workers.append(Worker(SLEEP)))
    thread.start()
    thread.join()
    [worker] = workers
    try:
        until(lambda: psutil.Process(worker.pid).name() == "sleep", "the program")
        assert os.getpgid(worker.pid) == worker.pid != os.getpgid(0)
        assert worker.poll() is None
    finally:
        worker.kill()
    assert worker.wait(timeout=30) == -signal.SIGKILL


def test_a_worker_takes_its_output_and_gives_its_status_as_any_process_does() -> None:
    worker = Worker(["/bin/sh", "-c", 'echo "$0"; exit 3', "told"], stdout=subprocess.PIPE)
    out, _ = worker.communicate(timeout=30)
    assert (out, worker.returncode) == (b"told\n", 3)


def test_a_worker_that_cannot_be_started_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(FileNotFoundError, match="/nowhere/python"):
        Worker(SLEEP)
