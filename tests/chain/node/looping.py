"""The real runtime, with functions that never end, and a place to run it in."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.waiting import LONG

_ROOT = Path(__file__).resolve().parents[3]

_FUNCTION, _IMPORTS, _EXPORTS, _CODE = 0, 2, 7, 10
_NOP, _UNREACHABLE, _END = b"\x01", b"\x00", b"\x0b"
_RETURN_ZERO = b"\x42\x00\x0f"  # i64.const 0 return
_FOR_EVER = b"\x03\x40\x0c\x00\x0b"  # loop br 0 end


def looping(code: bytes, *exports: str) -> bytes:
    """The same Wasm, of the same length, in which these exported functions loop for ever."""
    return _with_bodies(code, exports, _FOR_EVER + _UNREACHABLE)


def idle(code: bytes, *exports: str) -> bytes:
    """The same, in which they return at once, with an i64 of 0."""
    return _with_bodies(code, exports, _RETURN_ZERO + _UNREACHABLE)


def _with_bodies(code: bytes, exports: Sequence[str], instructions: bytes) -> bytes:
    sections = {kind: (start, end) for kind, start, end in _sections(code)}
    imported = _imported_functions(code, sections[_IMPORTS][0])
    patched = bytearray(code)
    numbers = {}
    at, _ = sections[_EXPORTS]
    count, at = _number(code, at)
    for _ in range(count):
        name, at = _name(code, at)
        kind = code[at]
        number, at = _number(code, at + 1)
        if kind == _FUNCTION:
            numbers[name] = number - imported
    bodies = dict(enumerate(_bodies(code, sections[_CODE][0])))
    for export in exports:
        start, end = bodies[numbers[export]]
        room = end - start - len(instructions + _END)
        assert room >= 0, f"{export} is too short"
        patched[start:end] = instructions + room * _NOP + _END
    return bytes(patched)


def _sections(code: bytes) -> Iterator[tuple[int, int, int]]:
    at = 8
    while at < len(code):
        kind = code[at]
        size, start = _number(code, at + 1)
        yield kind, start, start + size
        at = start + size


def _imported_functions(code: bytes, at: int) -> int:
    count, at = _number(code, at)
    functions = 0
    for _ in range(count):
        _, at = _name(code, at)
        _, at = _name(code, at)
        kind, at = code[at], at + 1
        if kind == _FUNCTION:
            functions += 1
            _, at = _number(code, at)
        else:  # the memory: whether it has an upper limit, and the limits
            limits, at = 1 + (code[at] & 1), at + 1
            for _ in range(limits):
                _, at = _number(code, at)
    return functions


def _bodies(code: bytes, at: int) -> Iterator[tuple[int, int]]:
    """Where the instructions of each function are."""
    count, at = _number(code, at)
    for _ in range(count):
        size, start = _number(code, at)
        groups, body = _number(code, start)
        for _ in range(groups):
            _, body = _number(code, body)
            body += 1
        yield body, start + size
        at = start + size


def _name(code: bytes, at: int) -> tuple[str, int]:
    length, at = _number(code, at)
    return code[at : at + length].decode(), at + length


def _number(code: bytes, at: int) -> tuple[int, int]:
    """An unsigned LEB128 number, and what is after it."""
    value = shift = 0
    while True:
        byte, at = code[at], at + 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if not byte & 0x80:
            return value, at


def alone(script: str, *arguments: str) -> str:
    """What a script prints, run in a process that can be given up on."""
    run = subprocess.run(
        [sys.executable, "-c", script, *arguments],
        cwd=_ROOT, capture_output=True, text=True, timeout=LONG, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    return run.stdout
