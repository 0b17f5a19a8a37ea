"""A runtime's types, as its metadata tells of them."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, Generic, TypeAlias, TypeVar, cast

from dml_sdk.errors import RuntimeIncompatible

Registry: TypeAlias = Mapping[int, Mapping[str, Any]]
"""Types by id, each with "path", "params" and "def", a dict of its kind and definition."""

ACCOUNT_ID = ["sp_core", "crypto", "AccountId32"]
MULTI_ADDRESS = ["sp_runtime", "multiaddress", "MultiAddress"]
OPTION = ["Option"]

UNSIGNED = {"u8": 1, "u16": 2, "u32": 4, "u64": 8, "u128": 16, "u256": 32}
SIGNED = {"i8": 1, "i16": 2, "i32": 4, "i64": 8, "i128": 16, "i256": 32}
"""Bytes of each primitive integer."""


def definition(told: Mapping[str, Any]) -> tuple[str, Any]:
    """A type's kind ("composite", "variant", …) and what defines it."""
    ((kind, defined),) = told["def"].items()
    return kind, defined


def is_byte(types: Registry, type_id: int) -> bool:
    """Whether a type is u8, whose sequences and arrays are bytes."""
    return bool(types[type_id]["def"].get("primitive") == "u8")


def is_named(fields: list[dict[str, Any]]) -> bool:
    """Whether fields have names, as those of a struct; of no fields, they have."""
    return all(field["name"] is not None for field in fields)


def compact_width(types: Registry, type_id: int) -> int:
    """Bytes of the integer that a compact is of, through types of one field; 0 for `()`.

    Raises:
        RuntimeIncompatible: a compact of something else.
    """
    kind, defined = definition(types[type_id])
    if kind == "primitive" and defined in UNSIGNED:
        return UNSIGNED[defined]
    if kind == "tuple" and not defined:
        return 0
    if kind == "composite" and len(defined["fields"]) == 1:
        return compact_width(types, defined["fields"][0]["type"])
    raise RuntimeIncompatible(f"The runtime has a compact of a {kind}, which SCALE does not know.")


Made = TypeVar("Made", bound=Callable[..., Any])


class Compiler(ABC, Generic[Made]):
    """Makes a function for each type, when it is first asked for, by any thread.

    Args:
        types: the registry.
        made: functions that are there from the start.
    """

    def __init__(self, types: Registry, made: Mapping[int, Made]) -> None:
        self._types = types
        self._made = dict(made)
        self._making: set[int] = set()
        self._lock = threading.RLock()

    def of(self, type_id: int) -> Made:
        """The function of a type.

        Raises:
            RuntimeIncompatible: a type of a kind that this SDK does not know.
        """
        made = self._made.get(type_id)
        return made if made is not None else self._first(type_id)

    def _first(self, type_id: int) -> Made:
        with self._lock:
            if type_id in self._making:  # a type that holds itself: looked up when it is called
                return cast(Made, lambda *given: self.of(type_id)(*given))
            if type_id not in self._made:
                self._making.add(type_id)
                try:
                    self._made[type_id] = self._make(self._types[type_id])
                finally:
                    self._making.discard(type_id)
            return self._made[type_id]

    @abstractmethod
    def _make(self, told: Mapping[str, Any]) -> Made: ...
