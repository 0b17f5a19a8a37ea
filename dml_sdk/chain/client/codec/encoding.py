"""Values to bytes: one function for each type, which calls those of its parts."""

from __future__ import annotations

import binascii
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from dml_sdk.arguments import discreet, shown, whole_of
from dml_sdk.chain.client.codec import registry
from dml_sdk.chain.client.codec.addresses import ACCOUNT_BYTES, account_of
from dml_sdk.chain.client.codec.registry import Compiler, Registry
from dml_sdk.errors import RuntimeIncompatible

Encode: TypeAlias = Callable[[Any], bytes]
"""Writes a value; raises `Refused` of one that the type cannot hold."""

_ADDRESS = 'an address: SS58, or "0x" and 64 hexadecimal digits'
_BYTES = 'bytes, text, or "0x" and hexadecimal digits'


class Refused(Exception):
    """A value that its type cannot hold; made into a UsageError where the whole is known.

    Attributes:
        expected: what the type holds.
        value: what was given instead.
        path: where in the value it is, from the outside in (".shares", "[2]").
    """

    def __init__(self, expected: str, value: object, at: str = "") -> None:
        super().__init__(expected)
        self.expected, self.value = expected, value
        self.path = [at] if at else []

    def inside(self, at: str) -> Refused:
        """The same, seen from one level further out."""
        self.path.insert(0, at)
        return self

    def told(self, what: str) -> str:
        """In a sentence about `what`."""
        given = discreet(self.value) if self.expected.startswith(_ADDRESS) else shown(self.value)
        return f"{what}{''.join(self.path)} is {given}; expected {self.expected}"


class Encoder(Compiler[Encode]):
    """Makes the functions that write a runtime's types.

    Args:
        types: the registry.
        special: what writes types that are written in another way than by their parts.
    """

    def __init__(self, types: Registry, special: Mapping[int, Encode]) -> None:
        super().__init__(types, special)

    def _make(self, told: Mapping[str, Any]) -> Encode:
        path, (kind, defined) = told["path"], registry.definition(told)
        if path == registry.ACCOUNT_ID:
            return account
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
                return _compact_of(width) if width else _tuple([])
            case "primitive":
                return _primitive(defined)
        raise RuntimeIncompatible(
            f"The runtime has a type of a kind this SDK cannot write: {kind}. "
            "Encode what holds it with the library of your choice."
        )

    def _fields(self, fields: list[dict[str, Any]]) -> Encode:
        if registry.is_named(fields):
            return _struct({field["name"]: self.of(field["type"]) for field in fields})
        return _tuple([self.of(field["type"]) for field in fields])

    def _variant(self, path: list[str], variants: Sequence[dict[str, Any]]) -> Encode:
        fields = {
            variant["name"]: self._fields(variant["fields"]) if variant["fields"] else None
            for variant in variants
        }
        if path == registry.OPTION:
            return _option(fields["Some"] or _tuple([]))
        index = {variant["name"]: bytes((variant["index"],)) for variant in variants}
        encode = _enum(index, fields)
        return _multi_address(encode) if path == registry.MULTI_ADDRESS else encode


def compact(value: int) -> bytes:
    """An unsigned integer of up to 536 bits in its shortest form."""
    if value < 1 << 6:
        return bytes((value << 2,))
    if value < 1 << 14:
        return (value << 2 | 1).to_bytes(2, "little")
    if value < 1 << 30:
        return (value << 2 | 2).to_bytes(4, "little")
    width = (value.bit_length() + 7) // 8
    return bytes(((width - 4) << 2 | 3,)) + value.to_bytes(width, "little")


def account(value: Any) -> bytes:
    """An account id of 32 bytes, from an address or the bytes themselves."""
    if isinstance(value, bytes) and len(value) == ACCOUNT_BYTES:
        return value
    if not isinstance(value, str):
        raise Refused(_ADDRESS, value)
    try:
        return account_of(value)
    except ValueError as e:
        raise Refused(f"{_ADDRESS} ({e})", value) from None


def _multi_address(encode: Encode) -> Encode:
    """Writes a bare address as one of the usual kind, anything else as the enum that it is."""

    def encode_address(value: Any) -> bytes:
        if isinstance(value, Mapping):
            return encode(value)
        if isinstance(value, str) and value.startswith("0x") and len(value) == 42:
            return encode({"Address20": value})
        return b"\x00" + account(value)

    return encode_address


def _whole(value: Any, expected: str) -> int:
    number = whole_of(value)
    if number is None:
        raise Refused(expected, value)
    return number


def _integer(width: int, *, signed: bool) -> Encode:
    least = -(1 << 8 * width - 1) if signed else 0
    most = (1 << 8 * width - signed) - 1
    expected = f"a whole number from {least} to {most}"

    def encode(value: Any) -> bytes:
        number = value if type(value) is int else _whole(value, expected)
        try:
            return number.to_bytes(width, "little", signed=signed)
        except OverflowError:
            raise Refused(expected, value) from None

    return encode


def _compact_of(width: int) -> Encode:
    most = (1 << 8 * width) - 1
    expected = f"a whole number from 0 to {most}"

    def encode(value: Any) -> bytes:
        number = value if type(value) is int else _whole(value, expected)
        if not 0 <= number <= most:
            raise Refused(expected, value)
        return compact(number)

    return encode


def _primitive(name: str) -> Encode:
    if name in registry.UNSIGNED:
        return _integer(registry.UNSIGNED[name], signed=False)
    if name in registry.SIGNED:
        return _integer(registry.SIGNED[name], signed=True)
    if name == "bool":
        return _bool
    if name == "str":
        return _bytes
    raise RuntimeIncompatible(f"The runtime has a primitive this SDK cannot write: {name}.")


def _bool(value: Any) -> bytes:
    if value is True:
        return b"\x01"
    if value is False:
        return b"\x00"
    raise Refused("True or False", value)


def _octets(value: Any, expected: str) -> bytes:
    try:
        if isinstance(value, str):
            # bytes.fromhex passes over blanks, which are no digits.
            return binascii.unhexlify(value[2:]) if value.startswith("0x") else value.encode()
        if isinstance(value, (bytes, bytearray)) or (
            isinstance(value, list) and all(whole_of(item) is not None for item in value)
        ):
            return bytes(value)
    except (ValueError, TypeError):
        raise Refused(expected, value) from None
    raise Refused(expected, value)


def _bytes(value: Any) -> bytes:
    octets = _octets(value, _BYTES)
    return compact(len(octets)) + octets


def _byte_array(length: int) -> Encode:
    expected = f'{length} bytes, as bytes or as "0x" and {2 * length} hexadecimal digits'

    def encode(value: Any) -> bytes:
        if isinstance(value, str) and not value.startswith("0x"):
            raise Refused(expected, value)
        octets = _octets(value, expected)
        if len(octets) != length:
            raise Refused(expected, value)
        return octets

    return encode


def _option(some: Encode) -> Encode:
    return lambda value: b"\x00" if value is None else b"\x01" + some(value)


def _enum(index: Mapping[str, bytes], fields: Mapping[str, Encode | None]) -> Encode:
    expected = _one_of(fields)

    def encode(value: Any) -> bytes:
        if isinstance(value, str):
            name, given = value, None
        elif isinstance(value, Mapping) and len(value) == 1:
            ((name, given),) = value.items()
        else:
            raise Refused(expected, value)
        if name not in index:
            raise Refused(expected, value)
        inner = fields[name]
        if inner is None:
            if given is not None:
                raise Refused(f"nothing: {name} holds no value", given, f".{name}")
            return index[name]
        if given is None and isinstance(value, str):
            raise Refused(f"{{{name!r}: …}}, which says what it holds", value)
        try:
            return index[name] + inner(given)
        except Refused as e:
            raise e.inside(f".{name}") from None

    return encode


def _one_of(fields: Mapping[str, Encode | None]) -> str:
    if not fields:
        return "nothing: the runtime knows no value of this type"
    return "one of " + ", ".join(
        repr(name) if inner is None else f"{{{name!r}: …}}" for name, inner in fields.items()
    )


def _struct(named: Mapping[str, Encode]) -> Encode:
    names = named.keys()
    expected = f"a dict of {', '.join(names)}" if named else "an empty dict"

    def encode(value: Any) -> bytes:
        if isinstance(value, tuple) and len(value) == len(named):
            value = dict(zip(names, value, strict=True))
        elif len(named) == 1 and isinstance(value, (str, int)):
            value = {next(iter(names)): value}
        if not isinstance(value, Mapping) or value.keys() != names:
            raise Refused(expected, value)
        parts = []
        for name, field in named.items():
            try:
                parts.append(field(value[name]))
            except Refused as e:
                raise e.inside(f".{name}") from None
        return b"".join(parts)

    return encode


def _tuple(items: Sequence[Encode]) -> Encode:
    """Several values in a row; one is itself."""
    if len(items) == 1:
        return items[0]
    expected = f"{len(items)} values in a tuple" if items else "an empty tuple"

    def encode(value: Any) -> bytes:
        if not isinstance(value, (tuple, list)) or len(value) != len(items):
            raise Refused(expected, value)
        return _joined(zip(items, value, strict=True))

    return encode


def _sequence(item: Encode) -> Encode:
    def encode(value: Any) -> bytes:
        if not isinstance(value, (list, tuple)):
            raise Refused("a list", value)
        return compact(len(value)) + _joined((item, part) for part in value)

    return encode


def _array(item: Encode, length: int) -> Encode:
    def encode(value: Any) -> bytes:
        if not isinstance(value, (list, tuple)) or len(value) != length:
            raise Refused(f"a list of {length}", value)
        return _joined((item, part) for part in value)

    return encode


def _joined(parts: Any) -> bytes:
    written: list[bytes] = []
    try:
        for encode, value in parts:
            written.append(encode(value))
    except Refused as e:
        raise e.inside(f"[{len(written)}]") from None
    return b"".join(written)
