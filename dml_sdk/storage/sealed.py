"""Sealed weights: a file that only those can read who hold its content key.

The file is encrypted under a random content key, and the content key is wrapped once for each
holder's X25519 public key (`Account.sealing_key`). A sealed file is

    "DMLSEAL" and the version, 1          8 bytes
    what the content key must match      32
    secretstream's header                24
    chunks of 1 MiB, the last one shorter or not, each with 17 bytes of secretstream

Every chunk is authenticated in its place and the last one is marked, so that altered, left out,
swapped, added and missing chunks are all found; the first chunk authenticates what stands before
it. Two keys are made of the content key: one encrypts, and one, in the header, says whether a key
is the right one before anything is decrypted. It also commits to that key: no file opens to two
different contents under two keys, which XChaCha20-Poly1305 alone would allow its maker.

That the contents are the weights which the chain names shows from their SHA-256, as ever.

Source: libsodium's crypto_secretstream_xchacha20poly1305,
https://doc.libsodium.org/secret-key_cryptography/secretstream, a form of STREAM (Hoang,
Reyhanitabar, Rogaway and Vizár, "Online Authenticated-Encryption and its Nonce-Reuse
Misuse-Resistance", 2015); RFC 7693 (BLAKE2); on commitment, Albertini et al., "How to Abuse and
Fix Authenticated Encryption Without Key Commitment", 2022.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from dml_sdk.errors import SealBroken, SealMalformed, UsageError, WrongKey
from dml_sdk.secret import Secret, sheltered, without_fail
from dml_sdk.storage.store import Source, pieces_of, write_whole

if TYPE_CHECKING:
    from nacl.bindings import crypto_secretstream_xchacha20poly1305_state as State

KEY_BYTES = 32
WRAPPED_BYTES = 80
"""A content key in a sealed box: an ephemeral public key, a tag and the key."""
CHUNK = 1 << 20
OTHER_KEY = (
    "These weights are sealed under another content key, or altered. Ask the model's owner for the "
    "key of this version."
)

_MAGIC = b"DMLSEAL\x01"
_NAME = _MAGIC[:-1]
_CHECK_BYTES = 32
_STREAM_HEADER_BYTES = 24
_HEADER_BYTES = len(_MAGIC) + _CHECK_BYTES + _STREAM_HEADER_BYTES
_OVERHEAD = 17  # bytes that secretstream adds to a chunk
_CHECK, _STREAM = b"dml-seal-check-1", b"dml-seal-stream1"  # 16 bytes, as BLAKE2b has for it
_X25519_BYTES = 32


def new_content_key() -> Secret:
    """A content key, 32 bytes from the system's randomness; one for each file."""
    return Secret(secrets.token_bytes(KEY_BYTES))


def seal(source: Source, key: Secret) -> Iterator[bytes]:
    """Encrypts a file, piece by piece; of memory it takes a few chunks.

    Args:
        source: bytes, a path, or an open binary file.
        key: from `new_content_key`.

    Raises:
        UsageError: the source cannot be read, or the key is none.
    """
    from nacl import bindings as sodium

    _require_key(key)
    state = sodium.crypto_secretstream_xchacha20poly1305_state()
    stream = without_fail(
        lambda: sodium.crypto_secretstream_xchacha20poly1305_init_push(state, _part(key, _STREAM))
    )
    header = _MAGIC + _part(key, _CHECK) + stream
    yield header
    before: bytes | None = header
    for chunk, is_last in _with_last(_chunks(pieces_of(source), CHUNK)):
        tag = (
            sodium.crypto_secretstream_xchacha20poly1305_TAG_FINAL
            if is_last
            else sodium.crypto_secretstream_xchacha20poly1305_TAG_MESSAGE
        )
        yield sodium.crypto_secretstream_xchacha20poly1305_push(state, chunk, before, tag)
        before = None


def unseal(source: Source, key: Secret) -> Iterator[bytes]:
    """Decrypts a sealed file, piece by piece; of memory it takes a few chunks.

    Every piece is authentic. That none is missing shows at the end: whoever stops before, or gets
    an exception, has a part of the file and must not use it. `unsealed` and `unseal_to` see to it.

    Raises:
        SealMalformed: not a sealed file, or of another version.
        WrongKey: it is sealed under another key.
        SealBroken: altered, truncated, or put together anew.
        UsageError: the source cannot be read, or the key is none.
    """
    from nacl import bindings as sodium

    header, chunks = _header_and_chunks(pieces_of(source))
    if not _is_key_of(header, key):
        raise WrongKey(OTHER_KEY)
    state = sodium.crypto_secretstream_xchacha20poly1305_state()
    stream = header[-_STREAM_HEADER_BYTES:]
    sheltered(
        lambda: sodium.crypto_secretstream_xchacha20poly1305_init_pull(
            state, stream, _part(key, _STREAM)
        )
    )
    before: bytes | None = header
    number = 0
    for number, (chunk, is_last) in enumerate(_with_last(chunks), 1):
        opened = _pulled(state, chunk, before)
        if opened is None:
            raise _broken(f"chunk {number} is altered, or not in its place")
        plain, tag = opened
        if is_last != (tag == sodium.crypto_secretstream_xchacha20poly1305_TAG_FINAL):
            raise _broken(
                f"they end after chunk {number}, which is not the last"
                if is_last
                else f"something follows chunk {number}, which is the last"
            )
        yield plain
        before = None
    if not number:
        raise _broken("they end after their header")


def sealed(source: Source, key: Secret) -> bytes:
    """`seal` of a file that fits into memory."""
    return b"".join(seal(source, key))


def opens(data: bytes, key: Secret) -> bool:
    """Whether a key is the one that a file is sealed under; nothing is decrypted.

    Raises:
        SealMalformed: not a sealed file, or of another version.
        UsageError: the key is none.
    """
    return _is_key_of(data[:_HEADER_BYTES], key)


def unsealed(source: Source, key: Secret) -> bytes:
    """`unseal` of a file that fits into memory: all of it, or an exception."""
    return b"".join(unseal(source, key))


def unseal_to(source: Source, key: Secret, path: str | Path) -> None:
    """`unseal` into a file, which appears, or is replaced, only once all is authentic."""
    write_whole(path, unseal(source, key))


def wrap(key: Secret, sealing_key: bytes) -> bytes:
    """A content key that only one holder can unwrap, 80 bytes; by `Account.unwrap`.

    It says nothing of who wrapped it, and is worth as much as the way by which `sealing_key` came:
    take the one that the holder's own transaction put on the chain.

    Args:
        sealing_key: the holder's `Account.sealing_key`.

    Raises:
        UsageError: no content key, or no X25519 public key.

    Source: libsodium's sealed boxes (X25519, XSalsa20-Poly1305),
    https://doc.libsodium.org/public-key_cryptography/sealed_boxes.
    """
    from nacl.bindings import crypto_box_seal

    _require_key(key)
    if not isinstance(sealing_key, bytes) or len(sealing_key) != _X25519_BYTES:
        raise UsageError(
            f"A sealing key has {_X25519_BYTES} bytes: give the holder's Account.sealing_key."
        )
    wrapped = sheltered(lambda: crypto_box_seal(key.reveal(), sealing_key))
    if wrapped is None:
        raise UsageError(
            "This sealing key is no X25519 public key that anybody can hold. Ask the holder for "
            "Account.sealing_key."
        )
    return wrapped


def _is_key_of(header: bytes, key: Secret) -> bool:
    """Whether a key is the one that a file's header commits to.

    Raises:
        SealMalformed: the header of no sealed file, or of another version.
        UsageError: the key is none.
    """
    _require_key(key)
    if not header.startswith(_NAME) or len(header) < _HEADER_BYTES:
        raise SealMalformed(
            "These bytes are not sealed weights, or were cut short in their first "
            f"{_HEADER_BYTES}. Are they sealed at all? If they are, fetch them again."
        )
    if not header.startswith(_MAGIC):
        raise SealMalformed(
            f"These weights are sealed in version {header[len(_NAME)]} of the format, and this SDK "
            f"knows version {_MAGIC[-1]}. Use a newer one."
        )
    check = header[len(_MAGIC) : -_STREAM_HEADER_BYTES]
    return secrets.compare_digest(check, _part(key, _CHECK))


def _part(key: Secret, purpose: bytes) -> bytes:
    """One of the keys, 32 bytes, that are made of a content key."""
    return hashlib.blake2b(key=key.reveal(), person=purpose, digest_size=KEY_BYTES).digest()


def _pulled(state: State, chunk: bytes, before: bytes | None) -> tuple[bytes, int] | None:
    """A chunk decrypted, and its tag; None if it is not authentic."""
    from nacl.bindings import crypto_secretstream_xchacha20poly1305_pull

    return sheltered(lambda: crypto_secretstream_xchacha20poly1305_pull(state, chunk, before))


def _require_key(key: object) -> None:
    if not isinstance(key, Secret) or len(key.reveal()) != KEY_BYTES:
        raise UsageError(
            "A content key is what new_content_key() or Account.unwrap(…) gives, not text or bytes."
        )


def _header_and_chunks(
    pieces: Iterable[bytes | bytearray | memoryview],
) -> tuple[bytes, Iterator[bytes]]:
    """The first bytes of a sealed file, and its chunks, encrypted."""
    waiting = iter(pieces)
    first = b""
    while len(first) < _HEADER_BYTES and (piece := next(waiting, None)) is not None:
        first += piece

    def rest() -> Iterator[bytes | bytearray | memoryview]:
        yield first[_HEADER_BYTES:]
        yield from waiting

    return first[:_HEADER_BYTES], _chunks(rest(), CHUNK + _OVERHEAD, least=0)


def _chunks(
    pieces: Iterable[bytes | bytearray | memoryview], size: int, *, least: int = 1
) -> Iterator[bytes]:
    """The same bytes in chunks of one size, the last one shorter; `least` chunks at any rate."""
    gathered = bytearray()
    count = 0
    for piece in pieces:
        view = memoryview(piece).cast("B")
        for start in range(0, len(view), size):
            gathered += view[start : start + size]
            while len(gathered) >= size:
                yield bytes(gathered[:size])
                del gathered[:size]
                count += 1
    if gathered or count < least:
        yield bytes(gathered)


def _with_last(chunks: Iterable[bytes]) -> Iterator[tuple[bytes, bool]]:
    """Each chunk, and whether it is the last."""
    waiting = iter(chunks)
    chunk = next(waiting, None)
    while chunk is not None:
        following = next(waiting, None)
        yield chunk, following is None
        chunk = following


def _broken(why: str) -> SealBroken:
    return SealBroken(
        f"The sealed weights were not opened: {why}. Nothing of them may be used. Fetch them again."
    )
