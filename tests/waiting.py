"""Waiting for something that another thread does."""

from __future__ import annotations

import time
from collections.abc import Callable


def until(condition: Callable[[], object], what: str) -> None:
    """Returns once the condition holds; fails when it never does."""
    for _ in range(2_000):
        if condition():
            return
        time.sleep(0.01)
    raise AssertionError(f"never: {what}")
