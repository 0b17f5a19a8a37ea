"""Waiting for a training: who waits still hears signals."""

from __future__ import annotations

import signal
import subprocess
import sys
import textwrap

import pytest

from dml_sdk.rounds.control import Control

_WAITS = """
    import signal, sys, threading
    from dml_sdk.rounds.control import Control
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    control = Control()
    control.begin()
    # As when a signal comes just before the wait: the system call that waits is not ended by it.
    threading.Thread(target=signal.sigwait, args=([signal.SIGUSR1],), daemon=True).start()
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
    print("waits", flush=True)
    control.wait({timeout})
"""


@pytest.mark.parametrize("timeout", [None, 3_600])
def test_a_signal_that_does_not_end_the_wait_itself_is_heard_all_the_same(timeout):
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(_WAITS.format(timeout=timeout))],
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert process.stdout is not None and process.stdout.readline() == "waits\n"
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 143
    finally:
        process.kill()
        process.communicate()


def test_a_wait_ends_with_the_thread_or_with_its_time():
    control = Control()
    assert control.wait() and control.wait(0)
    control.begin()
    assert not control.wait(0) and not control.wait(0.01) and not control.wait(-1)
    control.end()
    assert control.wait()
