"""Waiting for something that another thread or process does."""

from __future__ import annotations

import time
from collections.abc import Callable

LONG = 300.0
"""s; what has not come by then does not come: a slow machine takes a tenth of it."""


def until(condition: Callable[[], object], what: str, *, pause: float = 0.01) -> None:
    """Returns once the condition holds; fails when it never does.

    Args:
        pause: between two looks, s.
    """
    end = time.monotonic() + LONG
    while not condition():
        assert time.monotonic() < end, f"never: {what}"
        time.sleep(pause)
