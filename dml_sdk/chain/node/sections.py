"""What stands in Wasm beside its program, read without compiling it.

Source: WebAssembly core specification, "Binary Format: Modules".
"""

from __future__ import annotations

from collections.abc import Iterator

_HEADER_SIZE = 8
_CUSTOM, _IMPORTS, _EXPORTS = 0, 2, 7


class NotWasm(ValueError):
    """Bytes that are not laid out as Wasm."""


def custom(code: bytes, name: bytes) -> bytes | None:
    """The content of the first custom section of a name, None where there is none.

    Raises:
        NotWasm: the code is cut short, or its sections are longer than it is.
    """
    for kind, start, end in _sections(code):
        if kind == _CUSTOM:
            length, at = _number(code, start, end)
            if code[at : at + length] == name and at + length <= end:
                return code[at + length : end]
    return None


def linked(code: bytes) -> int:
    """How many imports and exports the code says it has.

    Raises:
        NotWasm: as `custom`.
    """
    return sum(
        _number(code, start, end)[0]
        for kind, start, end in _sections(code)
        if kind in (_IMPORTS, _EXPORTS)
    )


def _sections(code: bytes) -> Iterator[tuple[int, int, int]]:
    """(kind, first byte, the byte after the last) of each section."""
    at = _HEADER_SIZE
    while at < len(code):
        kind = code[at]
        length, at = _number(code, at + 1, len(code))
        if at + length > len(code):
            raise NotWasm("A section is longer than what there is.")
        yield kind, at, at + length
        at += length


def _number(code: bytes, at: int, end: int) -> tuple[int, int]:
    """An unsigned 32-bit number (LEB128), and the place after it."""
    value = 0
    for place in range(at, min(at + 5, end)):
        value |= (code[place] & 0x7F) << 7 * (place - at)
        if code[place] < 0x80:
            return value, place + 1
    raise NotWasm("A number does not end.")
