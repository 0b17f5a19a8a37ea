"""A process that never outlives the one that started it, on Linux.

The kernel kills it when its parent is gone, whatever ended that: SIGKILL leaves nobody to tidy up,
and what is left behind keeps memory, a port, and the parent's output open.

Source: prctl(2), PR_SET_PDEATHSIG.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future
from typing import Any

# A process asks for it by itself, and keeps it when it becomes another program: so this is what
# starts, and it becomes the worker. A parent that is gone before it asked kills nobody.
_LAUNCHER = """
import ctypes, os, signal, sys
signal.signal(signal.SIGINT, signal.SIG_DFL)
PR_SET_PDEATHSIG = 1
if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL) != 0:
    sys.exit(f"prctl: {os.strerror(ctypes.get_errno())}")
if os.getppid() == int(sys.argv[1]):
    os.execv(sys.argv[2], sys.argv[2:])
"""


_started = threading.local()


class WorkerEnded(Exception):
    """A worker that somebody waits for is no more."""


class Worker(subprocess.Popen[bytes]):
    """A process in a group of its own that is killed when this process ends.

    Ctrl-C at a terminal, or an interrupt in a notebook, goes to every process of a group. Whoever
    waits for a worker to answer would wait without end for one that died of it while starting.

    Args:
        arguments: the program's path and what it is given.
        options: as `subprocess.Popen` takes them.

    Raises:
        OSError: it cannot be started.
    """

    def __init__(self, arguments: Sequence[str], **options: Any) -> None:
        launched = [sys.executable, "-I", "-S", "-c", _LAUNCHER, str(os.getpid()), *arguments]
        started: Future[None] = Future()

        def live() -> None:
            try:
                super(Worker, self).__init__(launched, process_group=0, **options)
            except Exception as e:  # noqa: BLE001 - raised again where the worker was asked for
                started.set_exception(e)
                return
            started.set_result(None)
            with contextlib.suppress(ChildProcessError):  # somebody else has waited for it
                os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOWAIT)

        # To the kernel a parent is a thread: it has to last for as long as the worker.
        threading.Thread(target=live, name="dml-worker", daemon=True).start()
        started.result()
        _started.last = self

    @property
    def has_ended(self) -> bool:
        """Whether it is no more; whoever started it can still wait for it."""
        try:
            how = os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        except ChildProcessError:  # it was waited for
            return True
        return how is not None


def sleep_while_it_lives(seconds: float) -> None:
    """Sleeps, as somebody does who asks again and again whether a worker is ready.

    Args:
        seconds: for how long.

    Raises:
        WorkerEnded: the last worker that this thread started will never be.
    """
    worker: Worker | None = getattr(_started, "last", None)
    if worker is not None and worker.has_ended:
        raise WorkerEnded("it ended before it was ready")
    time.sleep(seconds)
