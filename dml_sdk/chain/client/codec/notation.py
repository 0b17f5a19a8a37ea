"""Types written down as the runtime's documentation has them, as entries of a registry.

Metadata of version 14 lists what storage, calls, events and constants are made of, and not what
only the runtime's own API answers with. Those are written down as Rust would have them:

    "u32"  "bool"  "Bytes"  "AccountId"  "Option<u64>"  "Vec<(AccountId, u32)>"  "Result<A, B>"

A name is one of the definitions; what has "::" in it is a type of the metadata, by its path.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from dml_sdk.chain.client.codec import registry
from dml_sdk.chain.client.codec.registry import Registry
from dml_sdk.errors import RuntimeIncompatible

Definition: TypeAlias = "Mapping[str, str] | Sequence[str]"
"""A struct's fields, or the variants of an enum that hold nothing, in order."""

_TOKENS = re.compile(r"[A-Za-z0-9_:]+|[<>(),]")
_PRIMITIVES = {*registry.UNSIGNED, *registry.SIGNED, "bool", "str"}
_FIRST = 1 << 24  # no runtime has as many types


class Notation:
    """A registry with types that were written down beside it.

    Args:
        types: the metadata's.
        definitions: structs and enums by name.

    Attributes:
        types: all of them.
    """

    def __init__(self, types: Registry, definitions: Mapping[str, Definition]) -> None:
        self.types: dict[int, Mapping[str, Any]] = dict(types)
        self._definitions = definitions
        self._by_path = {"::".join(t["path"]): i for i, t in types.items() if t["path"]}
        self._made: dict[str, int] = {}

    def type_id(self, text: str) -> int:
        """The id of a type.

        Raises:
            RuntimeIncompatible: it is of a type that the metadata does not have.
        """
        tokens = _TOKENS.findall(text)
        found, end = self._parsed(tokens, 0)
        if end != len(tokens):
            raise ValueError(f"{text!r} is no type")
        return found

    def _parsed(self, tokens: Sequence[str], at: int) -> tuple[int, int]:
        head = tokens[at]
        inner: list[int] = []
        at += head != "("
        if at < len(tokens) and tokens[at] in "<(":
            at += 1
            while tokens[at] not in ">)":
                item, at = self._parsed(tokens, at)
                inner.append(item)
                at += tokens[at] == ","
            at += 1
        return self._named(head, inner), at

    def _named(self, head: str, inner: list[int]) -> int:
        key = f"{head}{inner}"
        if key not in self._made:
            if "::" in head:
                if head not in self._by_path:
                    raise RuntimeIncompatible(
                        f"The runtime has no type {head}. Use the SDK that belongs to the runtime."
                    )
                self._made[key] = self._by_path[head]
            else:
                self._made[key] = self._added(self._entry(head, inner))
        return self._made[key]

    def _entry(self, head: str, inner: list[int]) -> Mapping[str, Any]:
        match head:
            case "(":
                return _entry("tuple", inner)
            case "Vec":
                return _entry("sequence", {"type": inner[0]})
            case "Bytes":
                return _entry("sequence", {"type": self._named("u8", [])})
            case "AccountId":
                return _entry("composite", {"fields": []}, registry.ACCOUNT_ID)
            case "Option":
                return _variants([("None", None), ("Some", inner[0])], registry.OPTION)
            case "Result":
                return _variants([("Ok", inner[0]), ("Err", inner[1])])
        if head in _PRIMITIVES:
            return _entry("primitive", head)
        told = self._definitions[head]
        if isinstance(told, Mapping):
            return _entry(
                "composite", {"fields": [_field(n, self.type_id(t)) for n, t in told.items()]}
            )
        return _variants([(name, None) for name in told])

    def _added(self, entry: Mapping[str, Any]) -> int:
        type_id = _FIRST + len(self.types)
        self.types[type_id] = entry
        return type_id


def _entry(kind: str, defined: Any, path: Sequence[str] = ()) -> Mapping[str, Any]:
    return {"path": list(path), "params": [], "def": {kind: defined}}


def _field(name: str | None, type_id: int) -> dict[str, Any]:
    return {"name": name, "type": type_id}


def _variants(
    named: Sequence[tuple[str, int | None]], path: Sequence[str] = ()
) -> Mapping[str, Any]:
    variants = [
        {
            "name": name,
            "index": index,
            "fields": [] if type_id is None else [_field(None, type_id)],
        }
        for index, (name, type_id) in enumerate(named)
    ]
    return _entry("variant", {"variants": variants}, path)
