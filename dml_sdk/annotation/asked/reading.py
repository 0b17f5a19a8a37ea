"""JSON that strangers wrote, read in the one way that all readers agree on."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any


def read_json(document: bytes, parse_float: Callable[[str], float] = float) -> Any:
    """What a document of JSON in UTF-8 says (RFC 8259).

    Raises:
        ValueError: no JSON; also NaN and Infinity, which are none, a name twice in an object, which
            can be read in two ways, and another encoding.
        RecursionError: nested too deeply.
    """
    return json.loads(
        document.decode(),
        parse_constant=_no_number,
        parse_float=parse_float,
        object_pairs_hook=_each_name_once,
    )


def _no_number(word: str) -> Any:
    raise ValueError(f"{word} is no number of JSON")


def _each_name_once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    told = dict(pairs)
    if len(told) < len(pairs):
        raise ValueError("an object has a name twice")
    return told
