"""Decoding a block's events, many times a second while a training is watched.

The metadata's registry of types is turned into one function for each type when the runtime is first
seen; decoding then calls functions and looks nothing up. Values come out as substrate-interface
gives them: addresses as SS58, bytes as text where they are UTF-8 and as "0x…" where not, structs as
dicts, an enum's variant as its name or {name: value}.

Source: the SCALE codec (Polkadot protocol specification, appendix A.2) and metadata version 14.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from scalecodec.utils.ss58 import ss58_encode

from dml_sdk.chain.client.keys import SS58_FORMAT
from dml_sdk.errors import RuntimeIncompatible
from dml_sdk.types import Event

Decode = Callable[[bytes, int], tuple[Any, int]]
"""Reads a value at a position: the value, and the position after it."""

_ACCOUNT = ["sp_core", "crypto", "AccountId32"]
_INTEGERS = {"u8": 1, "u16": 2, "u32": 4, "u64": 8, "u128": 16, "u256": 32}
_SIGNED = {"i8": 1, "i16": 2, "i32": 4, "i64": 8, "i128": 16, "i256": 32}
_MOST_ITEMS = 1 << 20


class EventDecoder:
    """Decodes `System.Events` of one runtime.

    Args:
        registry: the types of the metadata, as decoded dicts with "id" and "type".
        type_id: of `Vec<EventRecord>`.
    """

    def __init__(self, registry: Sequence[dict[str, Any]], type_id: int) -> None:
        self._types = {entry["id"]: entry["type"] for entry in registry}
        self._made: dict[int, Decode] = {}
        self._records = self._decoder(type_id)

    def decode(self, data: bytes, block: int) -> tuple[Event, ...]:
        """The events of a block.

        Raises:
            RuntimeIncompatible: bytes that are not events of this runtime.
        """
        try:
            records, end = self._records(data, 0)
        except (IndexError, ValueError, KeyError) as e:
            raise RuntimeIncompatible(f"The events of block {block} cannot be read: {e}.") from e
        if end != len(data):
            raise RuntimeIncompatible(f"The events of block {block} are longer than they say.")
        return tuple(_event(record, block) for record in records)

    def _decoder(self, type_id: int) -> Decode:
        if type_id not in self._made:
            # A type may hold itself: what is asked for meanwhile looks it up when it is called.
            self._made[type_id] = lambda data, at: self._made[type_id](data, at)
            self._made[type_id] = self._make(self._types[type_id])
        return self._made[type_id]

    def _make(self, told: dict[str, Any]) -> Decode:
        path, ((kind, definition),) = told["path"], told["def"].items()
        if path == _ACCOUNT:
            return _account
        match kind:
            case "composite":
                return self._fields(definition["fields"])
            case "variant":
                return self._variant(path, definition["variants"])
            case "sequence":
                return self._sequence(definition["type"])
            case "array":
                return self._array(definition["type"], definition["len"])
            case "tuple":
                return _tuple([self._decoder(item) for item in definition])
            case "compact":
                return _compact
            case "primitive":
                return _primitive(definition)
        raise RuntimeIncompatible(f"The runtime has a type of a kind this SDK cannot read: {kind}.")

    def _fields(self, fields: Sequence[dict[str, Any]]) -> Decode:
        if fields and fields[0]["name"] is not None:
            named = [(field["name"], self._decoder(field["type"])) for field in fields]
            return _struct(named)
        return _tuple([self._decoder(field["type"]) for field in fields])

    def _variant(self, path: Sequence[str], variants: Sequence[dict[str, Any]]) -> Decode:
        by_index: dict[int, tuple[str, Decode | None]] = {
            variant["index"]: (
                variant["name"],
                self._fields(variant["fields"]) if variant["fields"] else None,
            )
            for variant in variants
        }
        option = list(path) == ["Option"]

        def decode(data: bytes, at: int) -> tuple[Any, int]:
            name, fields = by_index[data[at]]
            if option:
                return (None, at + 1) if fields is None else fields(data, at + 1)
            if fields is None:
                return name, at + 1
            value, at = fields(data, at + 1)
            return {name: value}, at

        return decode

    def _sequence(self, item_id: int) -> Decode:
        if self._is_byte(item_id):
            return _bytes
        item = self._decoder(item_id)

        def decode(data: bytes, at: int) -> tuple[Any, int]:
            count, at = _compact(data, at)
            if count > _MOST_ITEMS:
                raise ValueError(f"{count} items")
            items = []
            for _ in range(count):
                value, at = item(data, at)
                items.append(value)
            return items, at

        return decode

    def _array(self, item_id: int, length: int) -> Decode:
        if self._is_byte(item_id):
            return lambda data, at: ("0x" + _take(data, at, length).hex(), at + length)
        return _repeated(self._decoder(item_id), length)

    def _is_byte(self, type_id: int) -> bool:
        return bool(self._types[type_id]["def"].get("primitive") == "u8")


def _event(record: dict[str, Any], block: int) -> Event:
    phase = record["phase"]
    ((pallet, told),) = record["event"].items()
    name, fields = (told, {}) if isinstance(told, str) else next(iter(told.items()))
    return Event(
        block=block,
        extrinsic=phase["ApplyExtrinsic"] if isinstance(phase, dict) else None,
        pallet=pallet,
        name=name,
        fields=fields if isinstance(fields, dict) else {"value": fields},
    )


def _take(data: bytes, at: int, length: int) -> bytes:
    taken = data[at : at + length]
    if len(taken) != length:
        raise IndexError("the bytes end too early")
    return taken


def _account(data: bytes, at: int) -> tuple[Any, int]:
    return ss58_encode(_take(data, at, 32), SS58_FORMAT), at + 32


def _compact(data: bytes, at: int) -> tuple[int, int]:
    mode = data[at] & 3
    if mode == 3:
        length = (data[at] >> 2) + 4
        return int.from_bytes(_take(data, at + 1, length), "little"), at + 1 + length
    width = (1, 2, 4)[mode]
    return int.from_bytes(_take(data, at, width), "little") >> 2, at + width


def _bytes(data: bytes, at: int) -> tuple[Any, int]:
    length, at = _compact(data, at)
    raw = _take(data, at, length)
    try:
        return raw.decode(), at + length
    except UnicodeDecodeError:
        return "0x" + raw.hex(), at + length


def _primitive(name: str) -> Decode:
    if name in _INTEGERS:
        width = _INTEGERS[name]
        return lambda data, at: (int.from_bytes(_take(data, at, width), "little"), at + width)
    if name in _SIGNED:
        size = _SIGNED[name]
        return lambda data, at: (
            int.from_bytes(_take(data, at, size), "little", signed=True),
            at + size,
        )
    if name == "bool":
        return lambda data, at: (data[at] == 1, at + 1)
    if name == "str":
        return _bytes
    raise RuntimeIncompatible(f"The runtime has a primitive this SDK cannot read: {name}.")


def _struct(named: Sequence[tuple[str, Decode]]) -> Decode:
    def decode(data: bytes, at: int) -> tuple[Any, int]:
        value = {}
        for name, field in named:
            value[name], at = field(data, at)
        return value, at

    return decode


def _tuple(items: Sequence[Decode]) -> Decode:
    """Several values in a row; one is itself, none is None."""
    if len(items) == 1:
        return items[0]

    def decode(data: bytes, at: int) -> tuple[Any, int]:
        values = []
        for item in items:
            value, at = item(data, at)
            values.append(value)
        return tuple(values) if values else None, at

    return decode


def _repeated(item: Decode, length: int) -> Decode:
    def decode(data: bytes, at: int) -> tuple[Any, int]:
        values = []
        for _ in range(length):
            value, at = item(data, at)
            values.append(value)
        return values, at

    return decode
