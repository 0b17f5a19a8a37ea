"""Arrays as PNG files and back: 8-bit grey or RGB, losslessly, the same bytes for the same pixels.

Source: Portable Network Graphics, ISO/IEC 15948.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from dml_sdk.errors import UsageError

_GREY, _RGB = 0, 2
_CHANNELS = {_GREY: 1, _RGB: 3}


def encode_png(pixels: npt.NDArray[Any]) -> bytes:
    """A PNG file of an image.

    Args:
        pixels: [height, width] or [height, width, 1] for grey, [height, width, 3] for RGB; 8-bit
            integers, or floating point from 0 to 1.

    Raises:
        UsageError: another shape or type, values out of range, or no pixel.
    """
    image = np.asarray(pixels)
    if image.ndim == 3 and image.shape[2] == 1:
        image = image[:, :, 0]
    if not (image.ndim == 2 or (image.ndim == 3 and image.shape[2] == 3)) or not image.size:
        raise UsageError(f"An image has the shape {image.shape}: give [height, width] or RGB.")
    if image.dtype.kind == "f":
        if not (np.isfinite(image).all() and image.min() >= 0 and image.max() <= 1):
            raise UsageError("An image in floating point has values outside 0 to 1.")
        image = np.round(image * 255).astype(np.uint8)
    if image.dtype != np.uint8:
        raise UsageError(f"An image is of {image.dtype}: give uint8, or floating point 0 to 1.")
    height, width = image.shape[:2]
    kind = _GREY if image.ndim == 2 else _RGB
    rows = np.ascontiguousarray(image).reshape(height, -1)
    unfiltered = np.hstack([np.zeros((height, 1), np.uint8), rows]).tobytes()
    header = struct.pack(">IIBBBBB", width, height, 8, kind, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", header)
        + _chunk(b"IDAT", zlib.compress(unfiltered, 6))
        + _chunk(b"IEND", b"")
    )


def decode_png(content: bytes) -> npt.NDArray[np.uint8]:
    """The pixels of a PNG file, uint8 [height, width] for grey or [height, width, 3] for RGB.

    Raises:
        UsageError: no PNG, damaged, or of a kind that `encode_png` does not write: with another
            depth, a palette, transparency, or interlaced.
    """
    try:
        width, height, depth, kind, _, _, interlaced = struct.unpack(">IIBBBBB", content[16:29])
        if depth != 8 or kind not in _CHANNELS or interlaced:
            raise _unread("it is not 8-bit grey or RGB, or interlaced")
        row = width * _CHANNELS[kind]
        packed = b"".join(data for name, data in _chunks(content) if name == b"IDAT")
        unfolder = zlib.decompressobj()
        raw = np.frombuffer(unfolder.decompress(packed, height * (row + 1)), np.uint8)
        lines = raw.reshape(height, row + 1)
    except (struct.error, zlib.error, ValueError) as e:
        raise _unread(f"it is damaged ({e})") from e
    pixels = _unfiltered(lines[:, 0], lines[:, 1:], _CHANNELS[kind])
    return pixels if kind == _GREY else pixels.reshape(height, width, 3)


def _chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 8
    while at + 8 <= len(content):
        (size,) = struct.unpack(">I", content[at : at + 4])
        yield content[at + 4 : at + 8], content[at + 8 : at + 8 + size]
        at += size + 12


def _unfiltered(
    kinds: npt.NDArray[np.uint8], lines: npt.NDArray[np.uint8], channels: int
) -> npt.NDArray[np.uint8]:
    """Lines of bytes as they were before each was told by its difference from its neighbours."""
    if not kinds.any():
        return lines
    told = np.zeros((len(lines) + 1, lines.shape[1]), dtype=np.uint8)
    for number, (kind, line) in enumerate(zip(kinds, lines, strict=True), start=1):
        above = told[number - 1]
        match kind:
            case 0:
                told[number] = line
            case 1:
                pixels = line.reshape(-1, channels)
                told[number] = np.cumsum(pixels, axis=0, dtype=np.uint8).reshape(-1)
            case 2:
                told[number] = line + above
            case 3 | 4:
                told[number] = _guessed(kind == 4, line.tolist(), above.tolist(), channels)
            case _:
                raise _unread(f"it has a filter {kind}, which there is not")
    return told[1:]


def _guessed(paeth: bool, line: list[int], above: list[int], channels: int) -> list[int]:
    """A line whose bytes are told by their difference from what two or three neighbours make
    likely."""
    own: list[int] = []
    for at, byte in enumerate(line):
        left = own[at - channels] if at >= channels else 0
        corner = above[at - channels] if at >= channels else 0
        up = above[at]
        if paeth:
            near = (left, up, corner)
            apart = [abs(left + up - corner - neighbour) for neighbour in near]
            guess = near[apart.index(min(apart))]
        else:
            guess = (left + up) // 2
        own.append((byte + guess) & 0xFF)
    return own


def _unread(why: str) -> UsageError:
    return UsageError(f"The image is not read as numbers: {why}. Give the pixels with examples=….")


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
