"""SCALE, as much of it as a node needs: compact integers, byte strings, fixed-width integers.

Source: Polkadot protocol specification, appendix A.2 "Encoding Formats".
"""

from __future__ import annotations


class ScaleError(ValueError):
    """Bytes that do not decode as what they should be."""


def compact(value: int) -> bytes:
    """The compact form of an unsigned integer.

    Raises:
        ScaleError: negative, or 2^536 and more.
    """
    if value < 0:
        raise ScaleError(f"{value} is negative: a compact integer is not.")
    if value < 1 << 6:
        return bytes((value << 2,))
    if value < 1 << 14:
        return (value << 2 | 1).to_bytes(2, "little")
    if value < 1 << 30:
        return (value << 2 | 2).to_bytes(4, "little")
    length = (value.bit_length() + 7) // 8
    if length > 67:
        raise ScaleError("A compact integer has at most 536 bits.")
    return bytes(((length - 4) << 2 | 3,)) + value.to_bytes(length, "little")


def vec(data: bytes) -> bytes:
    """A byte string: its compact length, then itself."""
    return compact(len(data)) + data


def require_vec(data: bytes) -> None:
    """Refuse what is not a byte string with its length before it, and nothing after it.

    Raises:
        ScaleError: it is not.
    """
    read = Reader(data)
    read.vec()
    read.end()


def option(data: bytes | None) -> bytes:
    """An optional value that is encoded already."""
    return b"\x00" if data is None else b"\x01" + data


class Reader:
    """Reads untrusted bytes from front to back.

    Every method raises ScaleError when the bytes run out or are not canonical.
    """

    __slots__ = ("data", "position")

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.position = 0

    @property
    def left(self) -> int:
        """How many bytes are still unread."""
        return len(self.data) - self.position

    def take(self, length: int) -> bytes:
        """The next `length` bytes."""
        end = self.position + length
        if end > len(self.data):
            raise ScaleError(
                f"{length} bytes were promised at offset {self.position}, {self.left} are left."
            )
        taken = self.data[self.position : end]
        self.position = end
        return taken

    def uint(self, width: int) -> int:
        """An unsigned little-endian integer of `width` bytes."""
        return int.from_bytes(self.take(width), "little")

    def compact(self) -> int:
        """A compact integer; one that is not in its shortest form is refused."""
        first = self.take(1)[0]
        mode = first & 3
        if mode == 0:
            return first >> 2
        if mode == 3:
            length = (first >> 2) + 4
            body = self.take(length)
            value = int.from_bytes(body, "little")
            if body[-1] == 0 or value < 1 << 30:
                raise ScaleError("A compact integer is not in its shortest form.")
            return value
        width = 2 if mode == 1 else 4
        rest = self.take(width - 1)
        value = (first | int.from_bytes(rest, "little") << 8) >> 2
        if value < (1 << 6 if mode == 1 else 1 << 14):
            raise ScaleError("A compact integer is not in its shortest form.")
        return value

    def vec(self) -> bytes:
        """A byte string with its length before it."""
        return self.take(self.compact())

    def option(self) -> bool:
        """Whether an optional value follows."""
        tag = self.take(1)[0]
        if tag > 1:
            raise ScaleError(f"An optional value starts with 0 or 1, not {tag}.")
        return tag == 1

    def end(self) -> None:
        """Refuse bytes after the end."""
        if self.left:
            raise ScaleError(f"{self.left} bytes are left over after the value.")
