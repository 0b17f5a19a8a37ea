"""Sealed weights with the keys to open them: one file for its readers, and for nobody else.

    "DMLKEYS" and the version, 1          8 bytes
    how many readers                      1
    of each reader: its sealing key      32
        and the content key, wrapped     80
    the sealed file (`sealed.py`)

The readers are those who had a right to the file when it was made, such as the model's owner and
the engineer; they hand the content key on, wrapped for each licence holder. Nothing here is
authentic but the sealed file itself: a reader whose entry was altered finds that it does not open.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dml_sdk.errors import SealMalformed, UsageError
from dml_sdk.storage.sealed import WRAPPED_BYTES, new_content_key, sealed, wrap

_MAGIC = b"DMLKEYS\x01"
_NAME = _MAGIC[:-1]
_KEY_BYTES = 32
_ENTRY_BYTES = _KEY_BYTES + WRAPPED_BYTES
_MOST_READERS = 255


def enclosed(data: bytes, readers: Sequence[bytes]) -> bytes:
    """A file sealed under a new content key, with that key wrapped for each reader.

    Args:
        readers: `Account.sealing_key` of each; at least one.

    Raises:
        UsageError: no reader, too many, or no X25519 public key.
    """
    keys = list(dict.fromkeys(readers))
    if not 1 <= len(keys) <= _MOST_READERS:
        raise UsageError(f"A sealed file has 1 to {_MOST_READERS} readers, not {len(keys)}.")
    key = new_content_key()
    entries = b"".join(reader + wrap(key, reader) for reader in keys)
    return _MAGIC + bytes((len(keys),)) + entries + sealed(data, key)


def is_enclosed(data: bytes) -> bool:
    """Whether a file is one of these, as far as its first bytes say."""
    return data.startswith(_NAME)


def taken_apart(data: bytes) -> tuple[Mapping[bytes, bytes], bytes]:
    """The wrapped content key of each reader, by sealing key; and the sealed file.

    Raises:
        SealMalformed: not such a file, cut short, or of another version.
    """
    if not data.startswith(_MAGIC):
        raise SealMalformed(
            "These bytes are no sealed weights with their keys, or of a version that this SDK does "
            "not know. Fetch them again, or use a newer SDK."
        )
    start = len(_MAGIC) + 1
    count = data[len(_MAGIC)] if len(data) >= start else 0
    end = start + count * _ENTRY_BYTES
    if not count or len(data) < end:
        raise SealMalformed(
            "These sealed weights were cut short among their keys. Fetch them again."
        )
    keys = {
        data[at : at + _KEY_BYTES]: data[at + _KEY_BYTES : at + _ENTRY_BYTES]
        for at in range(start, end, _ENTRY_BYTES)
    }
    return keys, data[end:]
