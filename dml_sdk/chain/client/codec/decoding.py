"""Bytes to values: one function for each type, which calls those of its parts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from dml_sdk.chain.client.codec import registry
from dml_sdk.chain.client.codec.addresses import ACCOUNT_BYTES, address_of
from dml_sdk.chain.client.codec.registry import Compiler, Registry
from dml_sdk.errors import RuntimeIncompatible

Decode: TypeAlias = Callable[[bytes, int], tuple[Any, int]]
"""Reads a value at a position: the value, and the position after it."""

_MOST_ITEMS = 1 << 20


class Decoder(Compiler[Decode]):
    """Makes the functions that read a runtime's types.

    They raise IndexError or ValueError of bytes that are no such value; `read` makes that typed.

    Args:
        types: the registry.
    """

    def __init__(self, types: Registry) -> None:
        super().__init__(types, {})

    def _make(self, told: Mapping[str, Any]) -> Decode:
        path, (kind, defined) = told["path"], registry.definition(told)
        if path == registry.ACCOUNT_ID:
            return _account
        match kind:
            case "composite":
                return self._fields(defined["fields"])
            case "variant":
                return self._variant(path, defined["variants"])
            case "sequence":
                if registry.is_byte(self._types, defined["type"]):
                    return _bytes
                return _sequence(self.of(defined["type"]))
            case "array":
                if registry.is_byte(self._types, defined["type"]):
                    return _byte_array(defined["len"])
                return _array(self.of(defined["type"]), defined["len"])
            case "tuple":
                return _tuple([self.of(item) for item in defined])
            case "compact":
                width = registry.compact_width(self._types, defined["type"])
                return read_compact if width else _nothing
            case "primitive":
                return _primitive(defined)
        raise RuntimeIncompatible(f"The runtime has a type of a kind this SDK cannot read: {kind}.")

    def _fields(self, fields: list[dict[str, Any]]) -> Decode:
        if registry.is_named(fields):
            return _struct([(field["name"], self.of(field["type"])) for field in fields])
        return _tuple([self.of(field["type"]) for field in fields])

    def _variant(self, path: list[str], variants: Sequence[dict[str, Any]]) -> Decode:
        by_index: dict[int, tuple[str, Decode | None]] = {
            variant["index"]: (
                variant["name"],
                self._fields(variant["fields"]) if variant["fields"] else None,
            )
            for variant in variants
        }
        if path == registry.OPTION:
            some = by_index[1][1]
            return _option(some or _nothing)
        # An address of the usual kind is told as itself.
        bare = "Id" if path == registry.MULTI_ADDRESS else None

        def decode(data: bytes, at: int) -> tuple[Any, int]:
            found = by_index.get(data[at])
            if found is None:
                raise ValueError(f"an enum without a variant {data[at]}")
            name, fields = found
            if fields is None:
                return name, at + 1
            value, at = fields(data, at + 1)
            return (value if name == bare else {name: value}), at

        return decode


def read(decode: Decode, data: bytes, what: str) -> Any:
    """A value that takes up all of some bytes.

    Args:
        what: what is read, for the message.

    Raises:
        RuntimeIncompatible: the bytes are something else.
    """
    try:
        value, end = decode(data, 0)
    except (IndexError, ValueError, RecursionError) as e:
        raise RuntimeIncompatible(
            f"{what} cannot be read ({e}): the chain holds something else than its metadata says. "
            "Connect anew; if it stays, use the SDK that belongs to the runtime."
        ) from e
    if end != len(data):
        raise RuntimeIncompatible(
            f"{what} cannot be read: {len(data) - end} bytes are left over. "
            "Connect anew; if it stays, use the SDK that belongs to the runtime."
        )
    return value


def _take(data: bytes, at: int, length: int) -> bytes:
    taken = data[at : at + length]
    if len(taken) != length:
        raise IndexError("the bytes end too early")
    return taken


def _nothing(data: bytes, at: int) -> tuple[Any, int]:
    return (), at


def _account(data: bytes, at: int) -> tuple[Any, int]:
    return address_of(_take(data, at, ACCOUNT_BYTES)), at + ACCOUNT_BYTES


def read_compact(data: bytes, at: int) -> tuple[int, int]:
    """A compact number at a position, and the position after it."""
    mode = data[at] & 3
    if mode == 0:
        return data[at] >> 2, at + 1
    if mode == 3:
        length = (data[at] >> 2) + 4
        return int.from_bytes(_take(data, at + 1, length), "little"), at + 1 + length
    width = 2 * mode
    return int.from_bytes(_take(data, at, width), "little") >> 2, at + width


def _bytes(data: bytes, at: int) -> tuple[Any, int]:
    length, at = read_compact(data, at)
    raw = _take(data, at, length)
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        return "0x" + raw.hex(), at + length
    # Text that begins as hexadecimal digits do would be read as such when it is encoded again.
    return text if text[:2] != "0x" else "0x" + raw.hex(), at + length


def _byte_array(length: int) -> Decode:
    return lambda data, at: ("0x" + _take(data, at, length).hex(), at + length)


def _primitive(name: str) -> Decode:
    if name in registry.UNSIGNED:
        return _integer(registry.UNSIGNED[name], signed=False)
    if name in registry.SIGNED:
        return _integer(registry.SIGNED[name], signed=True)
    if name == "bool":
        return _bool
    if name == "str":
        return _bytes
    raise RuntimeIncompatible(f"The runtime has a primitive this SDK cannot read: {name}.")


def _integer(width: int, *, signed: bool) -> Decode:
    def decode(data: bytes, at: int) -> tuple[Any, int]:
        return int.from_bytes(_take(data, at, width), "little", signed=signed), at + width

    return decode


def _bool(data: bytes, at: int) -> tuple[Any, int]:
    if data[at] > 1:
        raise ValueError(f"a bool of {data[at]}")
    return data[at] == 1, at + 1


def _option(some: Decode) -> Decode:
    def decode(data: bytes, at: int) -> tuple[Any, int]:
        if data[at] > 1:
            raise ValueError(f"an option of {data[at]}")
        return some(data, at + 1) if data[at] else (None, at + 1)

    return decode


def _struct(named: Sequence[tuple[str, Decode]]) -> Decode:
    def decode(data: bytes, at: int) -> tuple[Any, int]:
        value = {}
        for name, field in named:
            value[name], at = field(data, at)
        return value, at

    return decode


def _tuple(items: Sequence[Decode]) -> Decode:
    """Several values in a row; one is itself."""
    if len(items) == 1:
        return items[0]

    def decode(data: bytes, at: int) -> tuple[Any, int]:
        values = []
        for item in items:
            value, at = item(data, at)
            values.append(value)
        return tuple(values), at

    return decode


def _sequence(item: Decode) -> Decode:
    def decode(data: bytes, at: int) -> tuple[Any, int]:
        count, at = read_compact(data, at)
        if count > _MOST_ITEMS:
            raise ValueError(f"{count} items")
        return _items(item, count, data, at)

    return decode


def _array(item: Decode, length: int) -> Decode:
    return lambda data, at: _items(item, length, data, at)


def _items(item: Decode, count: int, data: bytes, at: int) -> tuple[list[Any], int]:
    values = []
    for _ in range(count):
        value, at = item(data, at)
        values.append(value)
    return values, at
