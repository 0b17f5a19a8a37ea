"""How long recordings are: headers written by the formats' standards, and what is made of them."""

from __future__ import annotations

import io
import struct
import wave

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dml_sdk.annotation.asked.media import checked_type, load_part, upload_items
from dml_sdk.annotation.asked.recordings import seconds_of
from dml_sdk.annotation.asked.sniffing import sniff
from dml_sdk.errors import MediaRefused
from dml_sdk.storage import MemoryStore


def wav(seconds: float, rate: int = 8_000, streamed: bool = False) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(2)
        out.setsampwidth(2)
        out.setframerate(rate)
        out.writeframes(bytes(4 * int(seconds * rate)))
    told = file.getvalue()
    at = told.index(b"data") + 4
    return told[:at] + b"\xff\xff\xff\xff" + told[at + 4 :] if streamed else told


def flac(samples: int, rate: int = 44_100) -> bytes:
    packed = rate << 44 | 1 << 41 | 15 << 36 | samples
    return b"fLaC\0\0\0\x22" + bytes(10) + packed.to_bytes(8, "big") + bytes(16)


def page(position: int, content: bytes, flags: int = 0) -> bytes:
    head = struct.pack("<BBqIIIB", 0, flags, position, 7, 0, 0, 1)
    return b"OggS" + head + bytes([len(content)]) + content


def opus(samples: int, skipped: int = 312) -> bytes:
    head = b"OpusHead" + struct.pack("<BBHIhB", 1, 2, skipped, 44_100, 0, 0)
    return page(0, head, 2) + page(48_000, b"sound") + page(samples + skipped, b"sound", 4)


def vorbis(samples: int, rate: int = 22_050) -> bytes:
    head = b"\x01vorbis" + struct.pack("<IBI", 0, 1, rate) + bytes(14)
    return page(0, head, 2) + page(samples, b"sound", 4)


def mp3(frames: int, head: int = 0xFFFB9064, side: int = 32, tag: bytes = b"Xing") -> bytes:
    first = head.to_bytes(4, "big") + bytes(side) + tag + struct.pack(">II", 1, frames)
    return b"ID3\x04\0\0\0\0\x01\x00" + bytes(128) + first + bytes(300)


def box(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", 8 + len(content)) + name + content


def mp4(version: int, duration: int, scale: int = 1_000, extra: bytes = b"") -> bytes:
    times = struct.pack(">QQIQ" if version else ">IIII", 1, 2, scale, duration)
    header = box(b"mvhd", bytes([version, 0, 0, 0]) + times + bytes(80))
    wide = struct.pack(">I4sQ", 1, b"free", 24) + bytes(8)  # a size of 64 bits
    return box(b"ftyp", b"isom" + bytes(4)) + wide + box(b"moov", header + extra)


def element(id: str, content: bytes, unknown: bool = False) -> bytes:
    size = b"\x01" + b"\xff" * 7 if unknown else (1 << 56 | len(content)).to_bytes(8, "big")
    return bytes.fromhex(id) + size + content


def webm(duration: bytes, scale: int | None = None, unknown: bool = False) -> bytes:
    scaled = b"" if scale is None else element("2AD7B1", scale.to_bytes(3, "big"))
    told = element("4489", duration) if duration else b""
    info = element("1549A966", scaled + told)
    rest = element("1F43B675", b"frames")
    return element("1A45DFA3", b"") + element("18538067", info + rest, unknown)


@pytest.mark.parametrize(
    ("content", "kind", "seconds"),
    [
        (wav(1.5), "audio/wav", 1.5),
        (wav(1.5, streamed=True), "audio/wav", 1.5),
        (flac(44_100 * 3), "audio/flac", 3),
        (flac(2**36 - 1, 2**20 - 1), "audio/flac", round((2**36 - 1) / (2**20 - 1), 3)),
        (opus(48_000 * 5), "audio/ogg", 5),
        (vorbis(22_050 * 2), "audio/ogg", 2),
        (mp3(1_000), "audio/mpeg", round(1_152_000 / 44_100, 3)),
        (mp3(1_000, 0xFFF390C4, 9, b"Info"), "audio/mpeg", round(576_000 / 22_050, 3)),
        (mp4(0, 2_500), "video/mp4", 2.5),
        (mp4(1, 2**33), "video/mp4", 2**33 / 1_000),
        (webm(struct.pack(">d", 1_500)), "video/webm", 1.5),
        (webm(struct.pack(">f", 1_500), 2_000_000, unknown=True), "video/webm", 3),
    ],
)
def test_a_recording_is_as_long_as_its_header_says(
    content: bytes, kind: str, seconds: float
) -> None:
    assert sniff(content) == kind
    assert seconds_of(content, kind) == seconds


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (wav(0), "audio/wav"), (wav(1)[:30], "audio/wav"), (wav(1, 1).replace(
            struct.pack("<II", 1, 4), bytes(8)), "audio/wav"),
        (flac(0), "audio/flac"), (flac(9, 0), "audio/flac"),
        (opus(9) + opus(9), "audio/ogg"), (vorbis(-1), "audio/ogg"),
        (page(0, b"x", 2), "audio/ogg"), (wav(1)[:12] + bytes(99_999), "audio/wav"),
        (mp3(1, tag=b"LAME"), "audio/mpeg"), (mp3(1, 0xFFFB9C64), "audio/mpeg"),
        (mp4(0, 2**32 - 1), "video/mp4"), (mp4(1, 2**64 - 1), "video/mp4"),
        (mp4(0, 0), "video/mp4"), (box(b"ftyp", b"isom") + box(b"free", b"") * 20_000
                                   + mp4(0, 9), "video/mp4"),
        (mp4(0, 5, extra=box(b"mvex", b"")), "video/mp4"), (mp4(0, 5, 0), "video/mp4"),
        (webm(b""), "video/webm"), (webm(b"\0\0"), "video/webm"),
        (webm(struct.pack(">d", float("nan"))), "video/webm"),
        (webm(struct.pack(">d", float("inf"))), "video/webm"),
    ],
)  # fmt: skip
def test_a_header_that_does_not_tell_is_not_guessed_at(content: bytes, kind: str) -> None:
    assert seconds_of(content, kind) is None


SOUND = [wav(0.1), flac(9), opus(9), vorbis(9), mp3(9), mp4(0, 9), mp4(1, 9),
         webm(struct.pack(">d", 9))]  # fmt: skip


@settings(deadline=None, max_examples=300)
@given(st.sampled_from(SOUND), st.data())
def test_damaged_headers_are_only_of_unknown_length(content: bytes, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, min(len(content), 250) - 1))
    changed = content[:at] + data.draw(st.binary(max_size=9)) + content[at + 1 :]
    for kind in ("audio/wav", "audio/flac", "audio/ogg", "audio/mpeg", "video/mp4", "video/webm"):
        seconds = seconds_of(changed, kind)
        assert seconds is None or seconds > 0


def test_the_manifest_says_how_long_a_recording_is_and_is_held_to_it() -> None:
    store = MemoryStore()
    (part,) = upload_items(store, [wav(1.5)], ("audio",)).items[0]
    assert part.length == 1.5 and load_part(store, part) == wav(1.5)
    (unknown,) = upload_items(store, [webm(b"")], ("video",)).items[0]
    assert unknown.length is None and load_part(store, unknown) == webm(b"")
    lie = type(part)("audio", part.type, part.cid, part.sha256, part.bytes, 600.0)
    with pytest.raises(MediaRefused, match="not as long as the manifest says, 600"):
        load_part(store, lie)
    assert checked_type("audio", wav(1.5), "Item 0") == "audio/wav"
