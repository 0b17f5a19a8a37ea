"""Arrays as PNG files: 8-bit grey or RGB, losslessly, the same bytes for the same pixels.

Source: Portable Network Graphics, ISO/IEC 15948.
"""

from __future__ import annotations

import struct
import zlib
from typing import Any

import numpy as np
import numpy.typing as npt

from dml_sdk.errors import UsageError

_GREY, _RGB = 0, 2


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


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
