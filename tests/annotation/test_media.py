from __future__ import annotations

import hashlib
import json
import struct
import zlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dml_sdk.annotation.asked.media import (
    LARGEST,
    Manifest,
    Part,
    checked_type,
    decode_manifest,
    load_manifest,
    load_part,
    row_of,
    upload_items,
)
from dml_sdk.annotation.asked.png import encode_png
from dml_sdk.annotation.asked.sniffing import image_size, sniff
from dml_sdk.errors import ContentTooLarge, ManifestInvalid, MediaRefused, UsageError
from dml_sdk.storage import MemoryStore

DIGIT = np.arange(28 * 28, dtype=np.uint8).reshape(28, 28)
JPEG = (
    b"\xff\xd8\xff\xe0\x00\x10JFIF\0" + b"\0" * 9
    + b"\xff\xc0\x00\x11\x08\x00\x20\x00\x40\x03" + b"\0" * 9
    + b"\xff\xda" + bytes(9) + b"\xff\xd9"
)  # fmt: skip
FRAME = b",\0\0\0\0" + struct.pack("<HH", 5, 7) + b"\0\2\2\x84\x51\0"
GIF = b"GIF89a" + struct.pack("<HH", 5, 7) + b"\x80\0\0" + bytes(6) + b"!\xf9\1\0\0" + FRAME + b";"
WEBP = (
    b"RIFF" + struct.pack("<I", 34) + b"WEBPVP8X" + struct.pack("<I", 10) + bytes(4)
    + b"\x09\0\0\x04\0\0" + b"VP8L" + bytes(8)
)  # fmt: skip
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'
HOSTILE = [
    SVG,
    b'<?xml version="1.0"?><svg/>',
    b"<!DOCTYPE html><script>alert(1)</script>",
    b"\xef\xbb\xbf \n<!-- a comment --><HTML onload=alert(1)>",
    b"<script>alert(1)</script>",
    b"<iframe src=javascript:alert(1)>",
    "<html>".encode("utf-16"),
]


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.mark.parametrize(
    ("content", "kind", "size"),
    [
        (encode_png(DIGIT), "image/png", (28, 28)), (JPEG, "image/jpeg", (64, 32)),
        (GIF, "image/gif", (5, 7)), (WEBP, "image/webp", (10, 5)),
    ],
)  # fmt: skip
def test_images_are_known_by_their_bytes_with_their_size(
    content: bytes, kind: str, size: tuple[int, int]
) -> None:
    assert sniff(content) == kind
    assert image_size(content, kind) == size
    assert checked_type("image", content, "Item 0") == kind


@pytest.mark.parametrize("kind", ["image", "text", "audio", "video", "table"])
@pytest.mark.parametrize("content", HOSTILE)
def test_what_can_run_a_script_is_refused_whatever_it_is_called(kind: Any, content: bytes) -> None:
    with pytest.raises(MediaRefused, match="run scripts"):
        checked_type(kind, content, "Item 0")


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("image", b"hello"), ("image", b"RIFF\0\0\0\0WAVEfmt "), ("audio", encode_png(DIGIT)),
        ("text", encode_png(DIGIT)), ("text", b"\xff\xfe\0a"), ("text", b"a\0b"),
        ("video", b"%PDF-1.7"), ("image", b""), ("audio", b"MZ\x90\0"),
    ],
)  # fmt: skip
def test_a_part_of_another_type_than_its_kind_is_refused(kind: Any, content: bytes) -> None:
    with pytest.raises(MediaRefused, match="by its first bytes"):
        checked_type(kind, content, "Item 0")


def test_text_may_speak_of_markup_as_it_is_shown_as_text() -> None:
    assert checked_type("text", b"5 < 7, and <b> is bold", "Item 0") == "text/plain"


def test_an_image_that_unfolds_to_gigabytes_is_refused() -> None:
    header = struct.pack(">IIBBBBB", 50_000, 50_000, 8, 2, 0, 0, 0)
    bomb = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + b"IHDR" + header
    with pytest.raises(MediaRefused, match="50,000 x 50,000"):
        checked_type("image", bomb + zlib.crc32(b"").to_bytes(4, "big"), "Item 0")
    with pytest.raises(MediaRefused, match="damaged"):
        checked_type("image", b"GIF89a", "Item 0")


@pytest.mark.parametrize(
    "content",
    [encode_png(DIGIT)[:33], encode_png(DIGIT)[:-12], JPEG[:40], GIF[:-5], GIF[:13], WEBP[:-1],
     WEBP[:4] + struct.pack("<I", 22) + WEBP[8:30],
     GIF.replace(FRAME[:9], FRAME[:5] + b"\xff\xff\xff\xff")],
)  # fmt: skip
def test_an_image_that_ends_before_its_pixels_do_is_refused(content: bytes) -> None:
    with pytest.raises(MediaRefused, match="damaged: the file ends"):
        checked_type("image", content, "Item 0")


def test_a_hundred_megabytes_of_text_are_refused(store: MemoryStore, tmp_path: Path) -> None:
    with pytest.raises(MediaRefused, match="are the most of text"):
        upload_items(store, ["x" * (100 << 20)], ("text",))
    huge = tmp_path / "huge.txt"
    with huge.open("wb") as file:
        file.truncate(LARGEST["text"] + 1)
    with pytest.raises(MediaRefused, match="more than"):
        upload_items(store, [huge], ("text",))


def test_items_come_back_from_the_store_as_they_went_in(store: MemoryStore, tmp_path: Path) -> None:
    file = tmp_path / "note.txt"
    file.write_text("Grüße")
    manifest = upload_items(
        store,
        [
            {"image": DIGIT, "text": file, "table": {"age": 3, "name": None}},
            {"image": encode_png(DIGIT), "text": "two", "table": {"age": 4.5, "name": "Bo"}},
        ],
        ("image", "text", "table"),
    )
    cid = store.put(manifest.encode())
    back = load_manifest(store, cid, "0x" + manifest.sha256, 6)
    assert back == manifest
    image, text, table = (load_part(store, part) for part in back.items[0])
    assert (image, text.decode()) == (encode_png(DIGIT), "Grüße")
    assert row_of(table) == {"age": 3, "name": None}
    assert [part.length for part in back.items[0]] == [None, 5, None], "characters, not bytes"


def test_altered_media_and_lies_in_the_manifest_are_refused(store: MemoryStore) -> None:
    part = upload_items(store, [DIGIT], ("image",)).items[0][0]
    with pytest.raises(MediaRefused, match="was altered"):
        load_part(store, replace(part, sha256="00" * 32))
    with pytest.raises(MediaRefused, match="the manifest says image/gif"):
        load_part(store, replace(part, type="image/gif"))
    with pytest.raises(ContentTooLarge):
        load_part(store, replace(part, bytes=10))
    (text,) = upload_items(store, ["\U0001f4a9 Grüße"], ("text",)).items[0]
    assert text.length == 7
    with pytest.raises(MediaRefused, match="not as long as the manifest says, 8"):
        load_part(store, replace(text, length=8))
    svg = Part("image", "image/png", store.put(SVG), hashlib.sha256(SVG).hexdigest(), len(SVG))
    with pytest.raises(MediaRefused, match="run scripts"):
        load_part(store, svg)


def test_another_manifest_than_the_chains_is_refused(store: MemoryStore) -> None:
    cid = store.put(upload_items(store, ["a"], ("text",)).encode())
    with pytest.raises(ManifestInvalid, match="hash"):
        load_manifest(store, cid, "00" * 32, 1)


def test_a_manifest_that_is_larger_than_its_items_need_is_not_read(store: MemoryStore) -> None:
    document = b'{"version":1,"items":[' + b"[]," * 1_000 + b"[]]}"
    cid, sha256 = store.put(document), hashlib.sha256(document).hexdigest()
    with pytest.raises(ContentTooLarge):
        load_manifest(store, cid, sha256, 1)
    with pytest.raises(ManifestInvalid, match="no list of parts"):
        load_manifest(store, cid, sha256, 1_001)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"type": "image/svg+xml"}, "no kind or type"), ({"kind": "html"}, "no kind or type"),
        ({"bytes": -1}, "bytes is -1"), ({"bytes": True}, "bytes is True"),
        ({"cid": 3}, "no kind or type"), ({"onload": "x"}, "holds other than"),
        ({"cid": "b" * 129}, "cid has 129 characters"), ({"length": 1}, "length is 1"),
        ({"kind": "text", "type": "text/plain", "length": 2}, "length is 2"),
        ({"kind": "text", "type": "text/plain", "length": 0.5}, "length is 0.5"),
        ({"kind": "audio", "type": "audio/wav", "length": float("nan")}, "no number of JSON"),
        ({"kind": "audio", "type": "audio/wav", "length": 10**400}, "length is 1"),
        ({"kind": "audio", "type": "audio/wav", "length": True}, "length is True"),
    ],
)  # fmt: skip
def test_a_manifest_with_parts_that_are_none_is_refused(change: dict[str, Any], why: str) -> None:
    good = {"kind": "image", "type": "image/png", "cid": "b", "sha256": "0", "bytes": 1,
            "length": None}  # fmt: skip
    told = json.dumps({"version": 1, "items": [[good | change]]}).encode()
    with pytest.raises(ManifestInvalid, match=why):
        decode_manifest(told)


@pytest.mark.parametrize(
    "document",
    [b"", b"[]", b"{}", b'{"version": 1}', b'{"version": 1, "items": [[]]}', b"[" * 9999,
     b'{"version": true, "items": [[]]}'],
)  # fmt: skip
def test_what_is_no_manifest_is_refused(document: bytes) -> None:
    with pytest.raises(ManifestInvalid):
        decode_manifest(document)


def test_items_without_a_part_or_of_no_use_are_refused(store: MemoryStore) -> None:
    with pytest.raises(UsageError, match="Item 1: give a dict of image, text"):
        upload_items(store, [{"image": DIGIT, "text": "a"}, {"image": DIGIT}], ("image", "text"))
    with pytest.raises(UsageError, match="no item"):
        upload_items(store, [], ("text",))
    with pytest.raises(UsageError, match="cannot be made of"):
        upload_items(store, [3], ("text",))
    with pytest.raises(MediaRefused, match="no row"):
        upload_items(store, [{"a": [1]}], ("table",))
    with pytest.raises(UsageError, match="cannot be written"):
        upload_items(store, [{"a": float("nan")}], ("table",))
    for row in (b'{"a": NaN}', b'\xef\xbb\xbf{"a": 1}', '{"a": 1}'.encode("utf-16")):
        with pytest.raises(MediaRefused, match="no row"):  # as no page would read it
            upload_items(store, [row], ("table",))


def test_the_same_items_have_the_same_manifest(store: MemoryStore) -> None:
    one, other = (upload_items(store, [DIGIT, DIGIT / 255], ("image",)) for _ in range(2))
    assert one.encode() == other.encode()
    assert len(Manifest(one.items)) == 2
    assert one.items[0] == one.items[1]


@pytest.mark.parametrize(
    "pixels",
    [np.zeros((2, 2, 4), np.uint8), np.zeros(4, np.uint8), np.full((2, 2), 1.5),
     np.full((2, 2), np.nan), np.zeros((0, 2), np.uint8), np.zeros((2, 2), np.int64)],
)  # fmt: skip
def test_arrays_that_are_no_images_are_refused(pixels: Any) -> None:
    with pytest.raises(UsageError, match="image"):
        encode_png(pixels)


def test_png_files_hold_the_pixels() -> None:
    rgb = np.random.default_rng(0).integers(0, 256, (3, 5, 3), dtype=np.uint8)
    encoded = encode_png(rgb)
    at = encoded.index(b"IDAT")
    (length,) = struct.unpack(">I", encoded[at - 4 : at])
    rows = np.frombuffer(zlib.decompress(encoded[at + 4 : at + 4 + length]), np.uint8)
    assert np.array_equal(rows.reshape(3, 16)[:, 1:].reshape(3, 5, 3), rgb)
