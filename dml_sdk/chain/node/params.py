"""Reads the parameters of a JSON-RPC request, which anybody may have written."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from dml_sdk.errors import RpcError

INVALID_PARAMS, COUNT_TOO_HIGH = -32602, 4002
MOST_KEYS = 1000
"""How many keys, or blocks, one request may name or ask for."""

_MOST_BYTES = 32 << 20


class Params:
    """The positional parameters of one request.

    Every method raises RpcError (-32602) that names the parameter and what was expected.
    """

    def __init__(self, method: str, values: object) -> None:
        if isinstance(values, (str, bytes, dict)) or not isinstance(values, Sequence):
            raise RpcError(INVALID_PARAMS, "Invalid params", f"{method} takes a list of parameters")
        self._method = method
        self._values = values

    def at_most(self, count: int) -> None:
        """Refuse more than `count` parameters."""
        if len(self._values) > count:
            raise self.refused(f"{self._method} takes at most {count} parameters")

    def has(self, index: int) -> bool:
        """Whether there is a parameter, and it is not null."""
        return index < len(self._values) and self._values[index] is not None

    def raw(self, index: int) -> object:
        """A parameter as it came, None when there is none."""
        return self._values[index] if index < len(self._values) else None

    def data(self, index: int, name: str) -> bytes:
        """A "0x…" string."""
        return self.as_bytes(self.raw(index), name)

    def hash32(self, index: int, name: str) -> bytes:
        """A "0x…" string of 32 bytes."""
        return self.as_hash(self.raw(index), name)

    def count(self, index: int, name: str) -> int:
        """A number from 0 to 2^32 - 1."""
        value = self.raw(index)
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 1 << 32:
            raise self.refused(f"{name} is a number from 0 to 2^32 - 1")
        return value

    def text(self, index: int, name: str) -> str:
        """A string of ASCII, short enough for whatever is done with it."""
        value = self.raw(index)
        if not isinstance(value, str) or not value.isascii() or len(value) > 256:
            raise self.refused(f"{name} is a short string")
        return value

    def flag(self, index: int, name: str) -> bool:
        """True or false."""
        value = self.raw(index)
        if not isinstance(value, bool):
            raise self.refused(f"{name} is true or false")
        return value

    def sequence(self, index: int, name: str) -> Sequence[object]:
        """A list."""
        value = self.raw(index)
        if not isinstance(value, (list, tuple)):
            raise self.refused(f"{name} is a list")
        return value

    def keys(self, index: int) -> list[bytes]:
        """A list of storage keys, each told once.

        Raises:
            RpcError: also when there are too many (4002).
        """
        names = self.sequence(index, "the keys")
        if len(names) > MOST_KEYS:
            raise too_many(len(names))
        return list(dict.fromkeys(self.as_bytes(name, "each key") for name in names))

    def as_bytes(self, value: object, name: str) -> bytes:
        """A value from inside a parameter that is a "0x…" string; "0x" may be missing."""
        if isinstance(value, str):
            if len(value) > 2 * _MOST_BYTES + 2:
                size, most = len(value) / 2**21, _MOST_BYTES >> 20
                raise self.refused(f"{name} has {size:.1f} MiB; no more than {most} MiB are taken")
            try:
                return _unhex(value.removeprefix("0x"))
            except ValueError:
                pass
        raise self.refused(f'{name} is a string of "0x" and an even number of hexadecimal digits')

    def as_hash(self, value: object, name: str) -> bytes:
        """A value from inside a parameter that is a "0x…" string of 32 bytes."""
        data = self.as_bytes(value, name)
        if len(data) != 32:
            raise self.refused(f"{name} has 32 bytes, not {len(data)}")
        return data

    def account(self, index: int, name: str) -> bytes:
        """An SS58 address of any network, as the 32-byte account that it stands for."""
        text = self.text(index, name)
        from base58 import b58decode

        try:
            data = b58decode(text)
        except ValueError:
            raise self.refused(f"{name} is an SS58 address") from None
        prefix = 1 if data and data[0] < 64 else 2
        body, checksum = data[:-2], data[-2:]
        expected = hashlib.blake2b(b"SS58PRE" + body).digest()[:2]
        if len(body) != prefix + 32 or checksum != expected:
            raise self.refused(f"{name} is an SS58 address with a right checksum")
        return body[prefix:]

    def refused(self, why: str) -> RpcError:
        """The error of a parameter that is not right."""
        return RpcError(INVALID_PARAMS, "Invalid params", why)


def too_many(count: int) -> RpcError:
    """The error of a request for more than is given at once."""
    return RpcError(
        COUNT_TOO_HIGH, f"count exceeds maximum value. value: {count}, max: {MOST_KEYS}"
    )


def _unhex(digits: str) -> bytes:
    if digits and not digits.isalnum():  # fromhex would skip white space
        raise ValueError("not hexadecimal")
    return bytes.fromhex(digits)
