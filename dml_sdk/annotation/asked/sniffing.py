"""What bytes are, whatever they are called: media types by their first bytes, and image sizes.

Only types that a browser shows without running anything are known. HTML, SVG and other XML are
recognised to be refused: they can hold scripts.

Sources: the WHATWG's MIME Sniffing standard for the signatures, PNG (ISO/IEC 15948), GIF 89a, JPEG
(ITU-T T.81) and WebP (RFC 9649) for where the sizes are.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

IMAGES: Final = ("image/png", "image/jpeg", "image/gif", "image/webp")
_MARKUP = re.compile(
    rb"\s*(<!--.*?-->\s*)*<(\?xml|!doctype|html|head|body|svg|script|iframe|object|embed|math)\b",
    re.IGNORECASE | re.DOTALL,
)
_LOOKED_AT = 4096  # bytes in which markup must begin
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # JPEG's markers that tell a size
_BOMS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")


def sniff(content: bytes) -> str | None:
    """The media type of these bytes; None where they are of no type that can be shown.

    Text is "text/plain" where it is UTF-8 without control characters. Markup is "text/html".
    """
    head = content[:_LOOKED_AT]
    if is_markup(content):
        return "text/html"
    for start, kind in (
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b"\xff\xd8\xff", "image/jpeg"),
        (b"GIF87a", "image/gif"),
        (b"GIF89a", "image/gif"),
        (b"OggS\0", "audio/ogg"),
        (b"fLaC", "audio/flac"),
        (b"ID3", "audio/mpeg"),
        (b"\x1aE\xdf\xa3", "video/webm"),
    ):
        if head.startswith(start):
            return kind
    if head[:4] == b"RIFF":
        return {b"WEBP": "image/webp", b"WAVE": "audio/wav"}.get(head[8:12])
    if head[4:8] == b"ftyp":
        return "audio/mp4" if head[8:11] == b"M4A" else "video/mp4"
    if len(head) > 1 and head[0] == 0xFF and head[1] & 0xE6 == 0xE2:
        return "audio/mpeg"
    return "text/plain" if _is_text(content) else None


def is_markup(content: bytes) -> bool:
    """Whether a browser that is left to guess could take these bytes for HTML, SVG or XML."""
    head = content[:_LOOKED_AT]
    for mark in _BOMS:
        head = head.removeprefix(mark)
    return _MARKUP.match(head.replace(b"\0", b"")) is not None


def image_size(content: bytes, kind: str) -> tuple[int, int] | None:
    """Width and height of an image in pixels, from its header; None where that is damaged."""
    if kind == "image/png":
        whole = len(content) >= 24 and content[12:16] == b"IHDR"
        return (_big(content[16:20]), _big(content[20:24])) if whole else None
    if kind == "image/gif":
        return (_little(content[6:8]), _little(content[8:10])) if len(content) >= 10 else None
    if kind == "image/webp":
        return _webp_size(content)
    return _jpeg_size(content) if kind == "image/jpeg" else None


def is_whole(content: bytes, kind: str) -> bool:
    """Whether an image of this type is there as a whole, as far as its blocks tell: what was cut
    short is not."""
    return _WHOLE[kind](content)


def _whole_png(content: bytes) -> bool:
    at, has_pixels = 8, False
    while at + 12 <= len(content):
        name, size = content[at + 4 : at + 8], _big(content[at : at + 4])
        has_pixels |= name == b"IDAT" and size > 0
        if name == b"IEND":
            return has_pixels
        at += 12 + size
    return False


def _whole_jpeg(content: bytes) -> bool:
    scan = content.find(b"\xff\xda")  # where the header ends; some cameras write no end mark
    return 0 < scan < len(content) - 2


def _whole_gif(content: bytes) -> bool:
    """Whether the first frame is there, and in what the header calls the screen."""
    width, height = _little(content[6:8]), _little(content[8:10])
    at = 13 + _palette(content[10:11])
    while content[at : at + 1] == b"!":  # an extension
        at = _past_blocks(content, at + 2)
    frame = content[at : at + 10]
    if len(frame) < 10 or frame[:1] != b",":
        return False
    left, top, wide, high = (_little(frame[n : n + 2]) for n in (1, 3, 5, 7))
    inside = 0 < wide <= width - left and 0 < high <= height - top
    return inside and _past_blocks(content, at + 11 + _palette(frame[9:10])) <= len(content)


def _palette(flags: bytes) -> int:
    """How many bytes of colours follow where these flags say so."""
    return 3 << (_big(flags) & 7) + 1 if _big(flags) & 0x80 else 0


def _past_blocks(content: bytes, at: int) -> int:
    """Where GIF's blocks end, each of which begins with its length and the last of which has
    none; beyond the file where they do."""
    while at < len(content):
        if content[at] == 0:
            return at + 1
        at += 1 + content[at]
    return len(content) + 1


def _whole_webp(content: bytes) -> bool:
    return 8 + _little(content[4:8]) <= len(content) and any(
        name in content[12:] for name in (b"VP8 ", b"VP8L", b"ANMF")
    )


def _jpeg_size(content: bytes) -> tuple[int, int] | None:
    at = 2
    while at + 9 <= len(content) and content[at] == 0xFF:
        marker = content[at + 1]
        if marker == 0xFF:  # a fill byte
            at += 1
        elif marker in _FRAMES:
            return _big(content[at + 7 : at + 9]), _big(content[at + 5 : at + 7])
        else:
            at += 2 + max(_big(content[at + 2 : at + 4]), 2)
    return None


def _webp_size(content: bytes) -> tuple[int, int] | None:
    if len(content) < 30:
        return None
    chunk = content[12:16]
    if chunk == b"VP8X":
        return _little(content[24:27]) + 1, _little(content[27:30]) + 1
    if chunk == b"VP8 ":
        return _little(content[26:28]) & 0x3FFF, _little(content[28:30]) & 0x3FFF
    if chunk == b"VP8L":
        bits = _little(content[21:25])
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    return None


def _is_text(content: bytes) -> bool:
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return False
    return not re.search(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]", text)


def _big(octets: bytes) -> int:
    return int.from_bytes(octets, "big")


def _little(octets: bytes) -> int:
    return int.from_bytes(octets, "little")


_WHOLE: Mapping[str, Callable[[bytes], bool]] = {
    "image/png": _whole_png,
    "image/jpeg": _whole_jpeg,
    "image/gif": _whole_gif,
    "image/webp": _whole_webp,
}
