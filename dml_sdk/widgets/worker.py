"""A panel's own thread: what takes a block's time must not hold up the page or a cell."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

_log = logging.getLogger(__name__)

Job = Callable[[], None]
_MOST_VIEWS = 8


class Worker:
    """Does one action at a time, and between actions the newest preview of each form.

    A preview that is asked for while another of the same form and view waits takes its place, so
    that typing queues nothing up; of a form that ever more views ask for, only the newest few wait.
    The thread begins with the first job and is a daemon.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._action: Job | None = None
        self._acting = False
        self._previews: dict[tuple[str, str], Job] = {}
        self._thread: threading.Thread | None = None
        self._closed = False

    def act(self, job: Job) -> bool:
        """Does an action as soon as it can; False where one is under way already."""
        with self._changed:
            if self._acting or self._closed:
                return False
            self._acting, self._action = True, job
            self._wake()
            return True

    def preview(self, form: str, job: Job, view: str = "") -> None:
        """Does a preview once no action is under way.

        Args:
            form: one of a number that is known; the caller does not let a page make up others.
            view: which of the form's views asks, as that says itself.
        """
        with self._changed:
            if self._closed:
                return
            if (form, view) not in self._previews:
                waiting = [key for key in self._previews if key[0] == form]
                if len(waiting) >= _MOST_VIEWS:
                    del self._previews[waiting[0]]
            self._previews[form, view] = job
            self._wake()

    @property
    def acting(self) -> bool:
        """Whether an action is under way, or waits."""
        with self._changed:
            return self._acting

    @property
    def waiting(self) -> int:
        """How many previews wait."""
        with self._changed:
            return len(self._previews)

    def close(self) -> None:
        """Begins nothing any more. An action that is under way ends by itself: it was signed."""
        with self._changed:
            self._closed = True
            self._previews.clear()
            self._changed.notify()

    def _wake(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="dml-panel", daemon=True)
            self._thread.start()
        self._changed.notify()

    def _work(self) -> None:
        while (job := self._next()) is not None:
            try:
                job()
            except Exception:  # noqa: BLE001  # the next job is another's
                _log.exception("a panel's job failed")
            finally:
                with self._changed:
                    if self._action is job:
                        self._action, self._acting = None, False

    def _next(self) -> Job | None:
        """Waits for a job, actions first; None when closed."""
        with self._changed:
            while not self._closed:
                if self._action is not None:
                    return self._action
                if self._previews:
                    return self._previews.pop(next(iter(self._previews)))
                self._changed.wait()
            return None
