"""A key ring: content keys of a model's sealed versions, wrapped for one reader.

    "DMLRING" and the version, 1          8 bytes
    the model's GUID                     16
    the reader's sealing key             32
    of each version: its number           4, little-endian
        and its content key, wrapped     80

Nothing in it is secret but to its reader, and nothing needs to be authentic: a sealed file commits
to its content key (`sealed.py`), so that a key which was altered, or is another file's, opens
nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dml_sdk.errors import SealMalformed, UsageError
from dml_sdk.storage.sealed import WRAPPED_BYTES

MOST_VERSIONS = 50_000

_MAGIC = b"DMLRING\x01"
_GUID_BYTES = 16
_READER_BYTES = 32
_NUMBER_BYTES = 4
_HEADER_BYTES = len(_MAGIC) + _GUID_BYTES + _READER_BYTES
_ENTRY_BYTES = _NUMBER_BYTES + WRAPPED_BYTES
LONGEST = _HEADER_BYTES + MOST_VERSIONS * _ENTRY_BYTES
"""Bytes that a ring has at most."""


@dataclass(frozen=True, slots=True)
class KeyRing:
    """The content keys of a model's versions, for one reader.

    Attributes:
        guid: the model's, 16 bytes.
        reader: the sealing key that they are wrapped for.
        keys: by the version's number, each wrapped.
    """

    guid: bytes
    reader: bytes
    keys: Mapping[int, bytes]

    def encoded(self) -> bytes:
        """The ring as a file.

        Raises:
            UsageError: more versions than a ring has.
        """
        if len(self.keys) > MOST_VERSIONS:
            raise UsageError(
                f"A key ring has the keys of {MOST_VERSIONS:,} versions at most, not of "
                f"{len(self.keys):,}."
            )
        entries = (
            number.to_bytes(_NUMBER_BYTES, "little") + key
            for number, key in sorted(self.keys.items())
        )
        return b"".join([_MAGIC, self.guid, self.reader, *entries])

    @classmethod
    def decoded(cls, data: bytes) -> KeyRing:
        """The ring that a file is.

        Raises:
            SealMalformed: not such a file, cut short, or of another version.
        """
        entries = data[_HEADER_BYTES:]
        whole = len(data) >= _HEADER_BYTES and len(entries) % _ENTRY_BYTES == 0
        if not data.startswith(_MAGIC) or not whole or len(data) > LONGEST:
            raise SealMalformed(
                "These bytes are no key ring, were cut short, or are of a version that this SDK "
                "does not know. Ask whoever made it for its location again, or use a newer SDK."
            )
        guid, reader = data[len(_MAGIC) :][:_GUID_BYTES], data[_HEADER_BYTES - _READER_BYTES :]
        keys = {
            int.from_bytes(entries[at : at + _NUMBER_BYTES], "little"): entries[
                at + _NUMBER_BYTES : at + _ENTRY_BYTES
            ]
            for at in range(0, len(entries), _ENTRY_BYTES)
        }
        return cls(guid, reader[:_READER_BYTES], keys)
