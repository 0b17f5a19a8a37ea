"""How long a recording is, where its header tells; nothing is decoded.

Sources: the Multimedia Programming Interface 1.0 (WAVE), RFC 9639 (FLAC), RFC 3533 (Ogg) with
Vorbis I and RFC 7845 (Opus), ISO/IEC 11172-3 and 13818-3 (MPEG audio) with the Xing header that
encoders put into the first frame, ISO/IEC 14496-12 (MP4), and RFC 9559 (Matroska, WebM).
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Iterator, Mapping

_OPUS_RATE = 48_000
_OGG_BEGINS = b"OggS\0\x02"  # a page that begins a stream
_MPEG_RATES = {3: (44_100, 48_000, 32_000), 2: (22_050, 24_000, 16_000), 0: (11_025, 12_000, 8_000)}
_UNKNOWN_32, _UNKNOWN_64 = 2**32 - 1, 2**64 - 1
_SEGMENT, _INFO, _CLUSTER = 0x18538067, 0x1549A966, 0x1F43B675
_SCALE, _DURATION = 0x2AD7B1, 0x4489
_MOST_BLOCKS = 10_000  # that are looked at for a header
_NANOSECOND = 1e-9
_USUAL_SCALE = 1_000_000  # nanoseconds


def seconds_of(content: bytes, kind: str) -> float | None:
    """How long a recording of this media type is; None where its header does not tell, or is
    damaged."""
    read = _READERS.get(kind)
    try:
        told = None if read is None else read(content)
    except (struct.error, IndexError, ZeroDivisionError, OverflowError):
        return None
    return (round(told, 3) or None) if told is not None and 0 < told < math.inf else None


def _wav(content: bytes) -> float | None:
    at, rate = 12, 0
    for _ in range(_MOST_BLOCKS):
        name, size = content[at : at + 4], _little(content, at + 4, 4)
        if name == b"fmt ":
            rate = _little(content, at + 16, 4)
        elif name == b"data":  # of what is streamed, the size is made up
            return min(size, len(content) - at - 8) / rate
        if at >= len(content):
            break
        at += 8 + size + size % 2
    return None


def _flac(content: bytes) -> float | None:
    packed = int.from_bytes(content[18:26], "big")  # rate 20 bits, 8 of other things, samples 36
    rate, samples = packed >> 44, packed & (1 << 36) - 1
    return samples / rate if content[4] & 0x7F == 0 and samples else None


def _ogg(content: bytes) -> float | None:
    if content.count(_OGG_BEGINS) != 1:  # several at once, or one after the other
        return None
    first = 27 + content[26]
    if content[first : first + 7] == b"\x01vorbis":
        rate, skipped = _little(content, first + 12, 4), 0
    elif content[first : first + 8] == b"OpusHead":
        rate, skipped = _OPUS_RATE, _little(content, first + 10, 2)
    else:
        return None
    position = _little(content, content.rfind(b"OggS\0") + 6, 8)
    return (position - skipped) / rate if position != _UNKNOWN_64 else None


def _mpeg(content: bytes) -> float | None:
    at = 0
    if content[:3] == b"ID3":
        size = 0
        for octet in content[6:10]:
            size = size << 7 | octet & 0x7F
        at = 10 + size
    head = int.from_bytes(content[at : at + 4], "big")
    version, layer, rate = head >> 19 & 3, head >> 17 & 3, head >> 10 & 3
    if head >> 21 != 0x7FF or layer != 1 or version not in _MPEG_RATES or rate == 3:
        return None
    mono, latest = head >> 6 & 3 == 3, version == 3
    at += 4 + ((17 if mono else 32) if latest else (9 if mono else 17))
    if content[at : at + 4] not in (b"Xing", b"Info") or not content[at + 7] & 1:
        return None
    frames = int.from_bytes(content[at + 8 : at + 12], "big")
    return frames * (1152 if latest else 576) / _MPEG_RATES[version][rate]


def _mp4(content: bytes) -> float | None:
    movie = next((span for name, span in _boxes(content, 0, len(content)) if name == b"moov"), None)
    if movie is None:
        return None
    inner = dict(_boxes(content, *movie))
    if b"mvhd" not in inner or b"mvex" in inner:  # in pieces: what the header tells is none of it
        return None
    at = inner[b"mvhd"][0]
    form, unknown = (">8x8xIQ", _UNKNOWN_64) if content[at] else (">4x4xII", _UNKNOWN_32)
    scale, duration = struct.unpack_from(form, content, at + 4)
    return duration / scale if duration != unknown else None


def _boxes(content: bytes, at: int, end: int) -> Iterator[tuple[bytes, tuple[int, int]]]:
    """Names of the boxes in a part of an MP4 file, with where what they hold is."""
    for _ in range(_MOST_BLOCKS):
        if at + 8 > end:
            return
        size, head = int.from_bytes(content[at : at + 4], "big"), 8
        if size == 1:
            size, head = int.from_bytes(content[at + 8 : at + 16], "big"), 16
        stop = end if size == 0 else at + size
        if stop < at + head:
            return
        yield content[at + 4 : at + 8], (at + head, min(stop, end))
        at = stop


def _webm(content: bytes) -> float | None:
    top = _elements(content, 0, len(content))
    segment = next((span for id, span in top if id == _SEGMENT), None)
    if segment is None:
        return None
    for id, span in _elements(content, *segment):
        if id == _CLUSTER:
            return None
        if id == _INFO:
            told = {id: content[at:end] for id, (at, end) in _elements(content, *span)}
            scale = int.from_bytes(told.get(_SCALE, b""), "big") or _USUAL_SCALE
            duration = told.get(_DURATION, b"")
            value: float = struct.unpack(">f" if len(duration) == 4 else ">d", duration)[0]
            return value * scale * _NANOSECOND
    return None


def _elements(content: bytes, at: int, end: int) -> Iterator[tuple[int, tuple[int, int]]]:
    """The ids of the elements in a part of a Matroska file, with where what they hold is."""
    for _ in range(_MOST_BLOCKS):
        if at >= end:
            return
        length = 9 - content[at].bit_length()
        id, at = int.from_bytes(content[at : at + length], "big"), at + length
        length = 9 - content[at].bit_length()
        size = int.from_bytes(content[at : at + length], "big") & (1 << 7 * length) - 1
        at += length
        stop = end if size == (1 << 7 * length) - 1 else at + size  # all ones: up to the end
        yield id, (at, min(stop, end))
        at = stop


def _little(content: bytes, at: int, count: int) -> int:
    return int.from_bytes(content[at : at + count], "little")


_READERS: Mapping[str, Callable[[bytes], float | None]] = {
    "audio/wav": _wav,
    "audio/flac": _flac,
    "audio/ogg": _ogg,
    "audio/mpeg": _mpeg,
    "audio/mp4": _mp4,
    "video/mp4": _mp4,
    "video/webm": _webm,
}
