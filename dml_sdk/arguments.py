"""Arguments, checked where they come in: what cannot be meant is refused in words.

Every function gives its argument back, and raises `UsageError`, which names the argument and says
what to give instead. Nothing in here asks a chain: whether something exists is not checked here.
"""

from __future__ import annotations

import math
import os
import threading
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from dml_sdk.errors import UsageError

MOST_ID = 2**32 - 1  # the runtime counts models, versions and assets in 32 bits
_LONGEST_TEXT = 64  # bytes; a longer one does not decode on the chain
_SHOWN = 60


def require_whole(what: str, value: object, *, least: int = 0, most: int | None = None) -> int:
    """A whole number, `least` to `most`; True and False are none."""
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise UsageError(f"{what}={shown(value)}: give a whole number, {least} or more.")
    if most is not None and value > most:
        raise UsageError(f"{what}={shown(value)}: give a whole number, {most} at most.")
    return value


def require_part(what: str, value: object) -> float | Decimal | None:
    """A number from 0 to 1, or None."""
    if value is None:
        return None
    if isinstance(value, (int, float, Decimal)) and not isinstance(value, bool):
        finite = value.is_finite() if isinstance(value, Decimal) else math.isfinite(value)
        if finite and 0 <= value <= 1:
            return value
    raise UsageError(f"{what}={shown(value)}: give a number from 0 to 1.")


def require_seconds(what: str, value: object) -> float | None:
    """A time in seconds, 0 or more, that a thread can wait; None is for ever."""
    if value is None:
        return None
    if (
        isinstance(value, bool)
        or not isinstance(value, (int, float))
        or not (0 <= value <= threading.TIMEOUT_MAX)
    ):
        raise UsageError(f"{what}={shown(value)}: give seconds, 0 or more, or None to wait on.")
    return value


def require_text(what: str, text: object) -> str:
    """Text that the chain can hold: up to 64 bytes of UTF-8."""
    if not isinstance(text, str):
        raise UsageError(f"{what}={shown(text)}: give text of up to {_LONGEST_TEXT} bytes.")
    try:
        size = len(text.encode())
    except UnicodeEncodeError as e:
        raise UsageError(f"{what}={text!r} cannot be written as UTF-8: {e.reason}.") from e
    if size > _LONGEST_TEXT:
        raise UsageError(
            f"{what}={text[:_LONGEST_TEXT]!r}… is {size:,} bytes in UTF-8; "
            f"the chain holds up to {_LONGEST_TEXT}."
        )
    return text


def require_path(what: str, value: object) -> Path:
    """A path of this machine, "~" expanded."""
    if isinstance(value, str | Path) and str(value) and "\0" not in str(value):
        try:
            os.fsencode(value)
            return Path(value).expanduser()
        except (UnicodeEncodeError, RuntimeError) as e:
            raise UsageError(f"{what}={shown(value)} is no path of this machine: {e}.") from e
    raise UsageError(f"{what}={shown(value)}: give a path.")


def require_mapping(what: str, value: object, holds: str) -> Mapping[Any, Any]:
    """A dict or another mapping; `holds` says of what to what."""
    if not isinstance(value, Mapping):
        raise UsageError(f"{what} is a {type(value).__name__}: give {holds}.")
    return value


def shown(value: object) -> str:
    """A value as a message shows it: its repr, cut where it is long."""
    try:
        text = repr(value)
    except Exception:  # noqa: BLE001 - an object of somebody else's, which may do anything
        return f"a {type(value).__name__}"
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
