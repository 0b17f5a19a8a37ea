"""JSON that strangers wrote, read in the one way that all readers agree on."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any


def read_json(document: bytes | str, parse_float: Callable[[str], float] = float) -> Any:
    """What a document of JSON says, in UTF-8 or decoded already (RFC 8259).

    Raises:
        ValueError: no JSON; also NaN and Infinity, which are none, a name twice in an object, which
            can be read in two ways, and another encoding.
        RecursionError: nested too deeply.
    """
    return json.loads(
        document.decode() if isinstance(document, bytes) else document,
        parse_constant=_no_number,
        parse_float=parse_float,
        object_pairs_hook=_each_name_once,
    )


def number_named(name: str) -> int:
    """The whole number that a name in an object stands for, written as Python writes it.

    Raises:
        ValueError: it is none; also "01" and "1_0", which would be other numbers' second names.
    """
    number = int(name)
    if str(number) != name:
        raise ValueError(f"{name!r} is no whole number as JSON writes it")
    return number


def _no_number(word: str) -> Any:
    raise ValueError(f"{word} is no number of JSON")


def _each_name_once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    told = dict(pairs)
    if len(told) < len(pairs):
        raise ValueError("an object has a name twice")
    return told
