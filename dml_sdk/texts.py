"""Texts that people write: kept in the store, with their hash on the chain; untrusted."""

from __future__ import annotations

import hashlib

from dml_sdk.arguments import shown, utf8
from dml_sdk.errors import ContentCorrupt, ContentNotFound, UsageError
from dml_sdk.locations import Document
from dml_sdk.storage import Store, cid_of
from dml_sdk.types import Location
from dml_sdk.versions import store_bytes

_MOST_BYTES = 64 * 1024


def store_text(store: Store, what: str, text: object) -> Document | None:
    """Puts a text into the store; None for an empty one.

    Raises:
        UsageError: no text, or more than 64 KiB of it.
    """
    data = _octets(what, text)
    return _document(store_bytes(store, data), data) if data else None


def document_of(what: str, text: object) -> Document | None:
    """What `store_text` would give, with nothing stored: for a preview.

    Raises:
        UsageError: no text, or more than 64 KiB of it.
    """
    data = _octets(what, text)
    return _document(str(cid_of(data)), data) if data else None


def _document(cid: str, data: bytes) -> Document:
    return Document(Location(cid=cid), hashlib.sha256(data).hexdigest())


def _octets(what: str, text: object) -> bytes:
    if not isinstance(text, str):
        raise UsageError(f"{what}={shown(text)}: give text.")
    data = utf8(what, text)
    if len(data) > _MOST_BYTES:
        raise UsageError(f"{what} has {len(data):,} bytes in UTF-8; give up to {_MOST_BYTES:,}.")
    return data


def read_text(store: Store, document: Document | None) -> str:
    """A text from the store, checked against the chain's hash; "" where there is none.

    Somebody else wrote it: show it as text, never as markup.

    Raises:
        ContentNotFound: the store does not have it, or it is of a kind that no store here reads.
        ContentCorrupt: it is another text, or none.
    """
    if document is None:
        return ""
    if document.location.cid is None:
        raise ContentNotFound(f"{document.location} is not a CID; this store reads only CIDs.")
    data = store.get(document.location.cid, limit=_MOST_BYTES)
    if hashlib.sha256(data).hexdigest() != document.sha256:
        raise ContentCorrupt(
            f"The text at {document.location} is not the one that the chain has the SHA-256 of, "
            f"{document.sha256[:16]}…. Do not go by it."
        )
    try:
        return data.decode()
    except UnicodeDecodeError as e:
        raise ContentCorrupt(f"What is at {document.location} is no text: {e.reason}.") from e
