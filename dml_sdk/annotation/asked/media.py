"""What annotators look at: items of one or several parts, checked before they are shown.

An item's part is a file in the store; the task's manifest names the files in the items' order, and
the chain has the manifest's hash. What the files are is found out from their bytes, when they are
put there and again when they are taken: nothing is shown that is not what it says, that can run a
script (HTML, SVG, XML), or that unfolds to more than a screen can take.

    {"version": 1, "items": [
        [{"kind": "text", "type": "text/plain", "cid": "bafk…", "sha256": "…", "bytes": 412,
          "length": 398}], …]}
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from dml_sdk.annotation.asked.png import encode_png
from dml_sdk.annotation.asked.questionnaire import Media, part_names
from dml_sdk.annotation.asked.reading import read_json
from dml_sdk.annotation.asked.recordings import seconds_of
from dml_sdk.annotation.asked.sniffing import IMAGES, image_size, is_markup, is_whole, sniff
from dml_sdk.annotation.asked.values import LONGEST_RECORDING
from dml_sdk.arguments import shown, whole_of
from dml_sdk.errors import ManifestInvalid, MediaRefused, UsageError
from dml_sdk.storage.store import Store

VERSION = 1
MOST_ITEMS = 1_000_000
LARGEST_MANIFEST = 256 << 20  # bytes
PART_BYTES = 512  # of a manifest for each part, of which a CID may have 128 characters
MOST_PIXELS = 100_000_000  # of an image: 400 MB once it is unfolded
LARGEST: Mapping[Media, int] = {
    "image": 32 << 20, "text": 1 << 20, "audio": 256 << 20, "video": 1 << 30, "table": 1 << 20,
}  # fmt: skip
"""The most bytes of a part of each kind."""

_TYPES: Mapping[Media, tuple[str, ...]] = {
    "image": IMAGES,
    "text": ("text/plain",),
    "audio": ("audio/wav", "audio/mpeg", "audio/ogg", "audio/flac", "audio/mp4", "video/webm"),
    "video": ("video/mp4", "video/webm"),
    "table": ("application/json",),
}
_FIELDS = {"kind", "type", "cid", "sha256", "bytes", "length"}
_LONGEST_CID = 128
_HEAD_BYTES = 1024  # of a manifest around its parts
_TOLERANCE = 1.0  # seconds that two readings of a header may differ by

Content: TypeAlias = Any
"""A part as it is given: bytes or a `Path`; text also as str, a table row as a dict, an image as an
array."""


@dataclass(frozen=True, slots=True)
class Part:
    """A file that an item is made of.

    Attributes:
        kind: what it is for.
        type: its media type, found out from its bytes.
        cid, sha256: where it is in the store, and the hash of its bytes.
        bytes: how many there are.
        length: a text's characters (Unicode code points); a recording's seconds, where its header
            tells; None for others.
    """

    kind: Media
    type: str
    cid: str
    sha256: str
    bytes: int
    length: float | None = None


@dataclass(frozen=True, slots=True)
class Manifest:
    """The items of a task, in order.

    Attributes:
        items: the parts of each.
    """

    items: tuple[tuple[Part, ...], ...]

    def __len__(self) -> int:
        return len(self.items)

    def encode(self) -> bytes:
        """The document: canonical JSON; equal manifests give equal bytes."""
        told = {"version": VERSION, "items": [[asdict(p) for p in item] for item in self.items]}
        return json.dumps(told, sort_keys=True, separators=(",", ":")).encode()

    @property
    def sha256(self) -> str:
        """Of the document, in hexadecimal."""
        return hashlib.sha256(self.encode()).hexdigest()


def upload_items(
    store: Store, items: Iterable[Content | Mapping[Any, Content]], media: Sequence[Media]
) -> Manifest:
    """Puts items into the store.

    Args:
        items: one content each; where `media` names several parts, a dict of kind to content, and
            of "first" and "second" where two are of a kind.
        media: the kinds that the questionnaire names.

    Raises:
        MediaRefused: a part of another type than its kind, too large, damaged, or one that could
            run a script; nothing after it was stored.
        UsageError: a part is missing or of a kind that the questionnaire does not name, or there
            is no item, or too many.
        StoreUnreachable: no answer from the store.
    """
    stored, names = [], part_names(media)
    for at, item in enumerate(items):
        if at >= MOST_ITEMS:
            raise UsageError(f"There are more than {MOST_ITEMS:,} items: make several tasks.")
        parts = item if len(names) > 1 else {names[0]: item}
        if not isinstance(parts, Mapping) or set(parts) != set(names):
            raise UsageError(f"Item {at}: give a dict of {', '.join(names)} to what is shown.")
        stored.append(
            tuple(
                _put(store, kind, parts[name], f"Item {at}")
                for kind, name in zip(media, names, strict=True)
            )
        )
    if not stored:
        raise UsageError("There is no item to annotate.")
    return Manifest(tuple(stored))


def load_manifest(store: Store, cid: str, sha256: str, parts: int) -> Manifest:
    """A task's manifest from the store; untrusted until it hashes to what the chain has.

    Args:
        parts: how many it can name: a document that is larger than these need is not read.

    Raises:
        ManifestInvalid: other bytes than promised, or not a manifest.
        ContentTooLarge: more than 512 bytes a part, or 256 MiB.
        ContentNotFound, ContentCorrupt: as `Store.get` raises them.
    """
    limit = min(_HEAD_BYTES + parts * PART_BYTES, LARGEST_MANIFEST)
    document = store.get(cid, limit=limit)
    if hashlib.sha256(document).hexdigest() != sha256.removeprefix("0x"):
        raise _invalid("its bytes are not those that the chain has the hash of")
    return decode_manifest(document)


def decode_manifest(document: bytes) -> Manifest:
    """The manifest of a document.

    Raises:
        ManifestInvalid: no JSON, of another version, or with parts that are none.
    """
    try:
        told = read_json(document)
    except (ValueError, RecursionError) as e:
        raise _invalid(f"it is no JSON: {e}") from None
    if not isinstance(told, dict) or whole_of(told.get("version")) != VERSION:
        raise _invalid(f"it is not of version {VERSION}")
    items = told.get("items")
    if not isinstance(items, list) or not 1 <= len(items) <= MOST_ITEMS:
        raise _invalid("it has no list of items, or too long a one")
    return Manifest(tuple(_parts(item, f"items[{at}]") for at, item in enumerate(items)))


def load_part(store: Store, part: Part) -> bytes:
    """The bytes of a part, checked once more: whoever made the task may have lied in the manifest.

    Raises:
        MediaRefused: other bytes than promised, another type, or something that runs scripts.
        ContentNotFound, ContentCorrupt, ContentTooLarge: as `Store.get` raises them.
    """
    content = store.get(part.cid, limit=min(part.bytes, LARGEST[part.kind]))
    if hashlib.sha256(content).hexdigest() != part.sha256:
        raise MediaRefused(
            f"{part.cid} was altered: its bytes are not those of the manifest. Nothing is shown; "
            "report the task to its owner."
        )
    found = checked_type(part.kind, content, part.cid)
    if found != part.type:
        raise MediaRefused(
            f"{part.cid} is {found}, the manifest says {part.type}. Nothing is shown; report the "
            "task to its owner."
        )
    if not _is_as_long(part, length_of(part.kind, found, content)):
        raise MediaRefused(
            f"{part.cid} is not as long as the manifest says, {part.length:,}. Nothing is shown; "
            "report the task to its owner."
        )
    return content


def length_of(kind: Media, type: str, content: bytes) -> float | None:
    """A checked text's characters, or a recording's seconds where its header tells."""
    if kind == "text":
        return len(content.decode())
    seconds = seconds_of(content, type) if kind in ("audio", "video") else None
    return None if seconds is None else min(seconds, LONGEST_RECORDING)


def checked_type(kind: Media, content: bytes, where: str) -> str:
    """The media type of a part, where it can be shown.

    Args:
        where: what a message calls it ("Item 3").

    Raises:
        MediaRefused: too large, of a type that is not of this kind, damaged, or able to run
            scripts.
    """
    if len(content) > LARGEST[kind]:
        raise MediaRefused(
            f"{where} has {len(content):,} bytes; {LARGEST[kind]:,} are the most of {kind}. "
            "Make it smaller."
        )
    if is_markup(content):
        raise MediaRefused(
            f"{where} is HTML, SVG or other XML, which can run scripts where it is shown. Make an "
            "image of it (PNG), or plain text."
        )
    if kind == "table":
        _check_row(content, where)
        return "application/json"
    found = sniff(content)
    if found not in _TYPES[kind]:
        raise MediaRefused(
            f"{where} is {found or 'of no known type'}, by its first bytes; {kind} is one of "
            f"{', '.join(_TYPES[kind])}. Convert it, or name its real kind in the questionnaire."
        )
    if kind == "image":
        size = image_size(content, found)
        if size is None or min(size) < 1 or size[0] * size[1] > MOST_PIXELS:
            told = "no size, so it is damaged" if size is None else f"{size[0]:,} x {size[1]:,}"
            raise MediaRefused(
                f"{where} is an image of {told}; 1 to {MOST_PIXELS:,} pixels can be shown."
            )
        if not is_whole(content, found):
            raise MediaRefused(
                f"{where} is damaged: the file ends before its image does. Make it anew."
            )
    return found


def row_of(content: bytes) -> dict[str, Any]:
    """The columns of a table part that was checked."""
    told: dict[str, Any] = read_json(content)
    return told


def _put(store: Store, kind: Media, content: Content, where: str) -> Part:
    told = _octets(kind, content, where)
    found = checked_type(kind, told, where)
    digest = hashlib.sha256(told).hexdigest()
    length = length_of(kind, found, told)
    return Part(kind, found, store.put(told), digest, len(told), length)


def _octets(kind: Media, content: Content, where: str) -> bytes:
    """A part's bytes, however it is given."""
    if isinstance(content, bytes):
        return content
    if isinstance(content, Path):
        try:
            if content.stat().st_size > LARGEST[kind]:
                raise MediaRefused(
                    f"{where}, {content}, has more than {LARGEST[kind]:,} bytes, the most of "
                    f"{kind}. Make it smaller."
                )
            return content.read_bytes()
        except OSError as e:
            raise UsageError(f"{where}: {content} cannot be read: {e.strerror}.") from e
    if kind == "image" and isinstance(content, np.ndarray):
        return encode_png(content)
    try:
        if kind == "text" and isinstance(content, str):
            return content.encode()
        if kind == "table" and isinstance(content, Mapping):
            told = json.dumps(dict(content), ensure_ascii=False, allow_nan=False)
            return told.encode()
    except (TypeError, ValueError) as e:
        raise UsageError(f"{where} cannot be written: {e}.") from e
    raise UsageError(f"{where}: {kind} cannot be made of this {type(content).__name__}.")


def _check_row(content: bytes, where: str) -> None:
    try:
        row = read_json(content)
    except (ValueError, RecursionError) as e:
        raise MediaRefused(f"{where} is no row of a table: {e}.") from None
    simple = isinstance(row, dict) and all(
        value is None or isinstance(value, bool | int | float | str) for value in row.values()
    )
    if not simple or not row:
        raise MediaRefused(
            f"{where} is no row of a table: give an object of columns to text, numbers or nothing."
        )


def _parts(item: Any, path: str) -> tuple[Part, ...]:
    if not isinstance(item, list) or not 1 <= len(item) <= len(LARGEST):
        raise _invalid(f"{path} is no list of parts")
    parts = []
    for at, told in enumerate(item):
        where = f"{path}[{at}]"
        if not isinstance(told, dict) or set(told) != _FIELDS:
            raise _invalid(f"{where} holds other than {', '.join(sorted(_FIELDS))}")
        texts = all(isinstance(told[name], str) for name in ("kind", "type", "cid", "sha256"))
        if not texts or told["kind"] not in _TYPES or told["type"] not in _TYPES[told["kind"]]:
            raise _invalid(f"{where} is of no kind or type that can be shown")
        size = told["bytes"]
        if isinstance(size, bool) or not isinstance(size, int) or size < 0:
            raise _invalid(f"{where}.bytes is {shown(size)}")
        if len(told["cid"]) > _LONGEST_CID:
            raise _invalid(f"{where}.cid has {len(told['cid']):,} characters")
        if not _can_be_long(told["kind"], told["length"], size):
            raise _invalid(f"{where}.length is {shown(told['length'])}")
        parts.append(Part(**told))
    return tuple(parts)


def _can_be_long(kind: Media, length: object, size: int) -> bool:
    """Whether a part of so many bytes can have such a length."""
    if length is None:
        return True
    if kind == "text":
        return 0 <= (-1 if (told := whole_of(length)) is None else told) <= size
    if kind not in ("audio", "video") or isinstance(length, bool):
        return False
    return isinstance(length, int | float) and 0 < length <= LONGEST_RECORDING


def _is_as_long(part: Part, found: float | None) -> bool:
    if part.length is None:
        return True
    return found is not None and abs(part.length - found) <= (
        0 if part.kind == "text" else _TOLERANCE
    )


def _invalid(why: str) -> ManifestInvalid:
    return ManifestInvalid(
        f"The task's list of items cannot be used: {why}. Nothing is shown; tell the task's owner."
    )
