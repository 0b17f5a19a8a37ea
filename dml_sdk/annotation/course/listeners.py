"""Who is told of changes, from whichever thread makes them."""

from __future__ import annotations

import logging
from collections.abc import Callable

from dml_sdk.arguments import shown
from dml_sdk.errors import UsageError

_log = logging.getLogger(__name__)


class Listeners:
    """Functions that are called after every change; what one raises is logged."""

    def __init__(self) -> None:
        self._callbacks: list[Callable[[], None]] = []

    def add(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Calls back from now on; returns how to stop that.

        Raises:
            UsageError: what cannot be called.
        """
        if not callable(callback):
            raise UsageError(f"callback={shown(callback)}: give a function without arguments.")
        self._callbacks.append(callback)

        def stop() -> None:
            """Calls back no more."""
            if callback in self._callbacks:
                self._callbacks.remove(callback)

        return stop

    def tell(self) -> None:
        """Calls all of them."""
        for callback in list(self._callbacks):
            try:
                callback()
            except Exception:  # noqa: BLE001 - whatever listens, the change was made
                _log.exception("What listens to a desk raised")
