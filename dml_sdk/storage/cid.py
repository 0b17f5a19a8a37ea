"""Content identifiers: parsing what others wrote, strictly, and writing our own.

A CID names bytes by their hash. Those that reach the SDK come from the chain, where anybody may
have written them, so that `CID.parse` accepts only what a store here can hold and check: SHA-256,
a raw block or a dag-pb (UnixFS) node, version 0 or 1. One content and layout has one spelling
after parsing, made of `[a-zA-Z0-9]` alone, which is why it may serve as a file's name.

How bytes become a CID is in `unixfs.py`.

Source: https://github.com/multiformats/cid, https://github.com/multiformats/multibase.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from dml_sdk.arguments import discreet, looks_secret
from dml_sdk.errors import InvalidCID

Codec = Literal["raw", "dag-pb"]

_CODES: dict[Codec, int] = {"raw": 0x55, "dag-pb": 0x70}
_CODECS: dict[int, Codec] = {code: codec for codec, code in _CODES.items()}
_SHA2_256 = b"\x12\x20"  # multihash: function 0x12, 32 bytes follow
_MULTIHASH_BYTES = len(_SHA2_256) + 32
_LONGEST = 64  # the longest spelling accepted below has 59 characters
_LIKE = re.compile(r"(Qm|[bz])[A-Za-z0-9]{20,80}")
_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


@dataclass(frozen=True, slots=True)
class CID:
    """The name of some bytes: how they are laid out, and a SHA-256.

    Attributes:
        version: 0 or 1.
        codec: "raw" for one block that is the content itself, "dag-pb" for a UnixFS node.
        digest: 32 bytes, the SHA-256 of the block that the CID names.
    """

    version: Literal[0, 1]
    codec: Codec
    digest: bytes

    @classmethod
    def parse(cls, text: str) -> CID:
        """Read a CID that may come from anywhere.

        Accepted: version 0 ("Qm…"), version 1 in base32 ("b…") or base58btc ("z…").

        Raises:
            InvalidCID: anything else: a path, a URL, another hash or codec, trailing bytes,
                a spelling that is not the only one of its base.
        """
        if not isinstance(text, str):
            raise InvalidCID(f"A CID is text, not {type(text).__name__}: pass it as a str.")
        if len(text) > _LONGEST or not (text.isascii() and text.isalnum()):
            raise _refused(text, "it is too long, or has characters that no CID has")
        if text.startswith("Qm"):
            return cls._from_multihash(0, "dag-pb", _base58_decode(text), text)
        if text.startswith("b"):
            binary = _base32_decode(text)
        elif text.startswith("z"):
            binary = _base58_decode(text[1:])
        else:
            raise _refused(text, "it starts with none of Qm, b (base32) and z (base58btc)")
        if binary[:1] != b"\x01":
            raise _refused(text, "it is not of version 1")
        codec = _CODECS.get(binary[1]) if len(binary) > 1 else None
        if codec is None:
            raise _refused(text, "it names neither a raw block nor a dag-pb (UnixFS) node")
        cid = cls._from_multihash(1, codec, binary[2:], text)
        if text.startswith("b") and str(cid) != text:
            raise _refused(text, "its last character carries stray bits")
        return cid

    @classmethod
    def _from_multihash(
        cls, version: Literal[0, 1], codec: Codec, multihash: bytes, text: str
    ) -> CID:
        if len(multihash) != _MULTIHASH_BYTES or not multihash.startswith(_SHA2_256):
            raise _refused(text, "it does not end in a 32-byte SHA-256 multihash")
        return cls(version, codec, multihash[len(_SHA2_256) :])

    @property
    def binary(self) -> bytes:
        """The bytes that stand for this CID inside a dag-pb link."""
        multihash = _SHA2_256 + self.digest
        return multihash if self.version == 0 else bytes((1, _CODES[self.codec])) + multihash

    @property
    def sha256(self) -> str | None:
        """The content's own SHA-256 in 64 hexadecimal digits, when the CID tells it.

        A raw CID does (content of up to one chunk, 256 KiB); a dag-pb one hashes a node that
        merely points to the content.
        """
        return self.digest.hex() if self.codec == "raw" else None

    def __str__(self) -> str:
        if self.version == 0:
            return _base58_encode(self.binary)
        return "b" + base64.b32encode(self.binary).decode("ascii").lower().rstrip("=")


def _refused(text: str, why: str) -> InvalidCID:
    # What looks otherwise may be a phrase or a password that was put in its place.
    like = _LIKE.fullmatch(text) and not looks_secret(Path(text))
    return InvalidCID(
        f"{repr(text) if like else discreet(text)} is not a CID that can be read here: {why}. "
        "Pass the bare CID of a file, as Store.put or `ipfs add` gives it."
    )


def _base32_decode(text: str) -> bytes:
    body = text[1:]
    if body != body.lower():
        raise _refused(text, "base32 after b is in small letters")
    try:
        return base64.b32decode(body.upper() + "=" * (-len(body) % 8))
    except binascii.Error:
        raise _refused(text, "it is not base32 (a to z, 2 to 7)") from None


def _base58_decode(text: str) -> bytes:
    number = 0
    for letter in text:
        value = _BASE58.find(letter)
        if value < 0:
            raise _refused(text, f"{letter!r} is not a base58 character")
        number = number * 58 + value
    zeros = len(text) - len(text.lstrip("1"))  # each leading "1" is a zero byte
    return bytes(zeros) + number.to_bytes((number.bit_length() + 7) // 8, "big")


def _base58_encode(data: bytes) -> str:
    number = int.from_bytes(data, "big")
    letters = ""
    while number:
        number, value = divmod(number, 58)
        letters = _BASE58[value] + letters
    return "1" * (len(data) - len(data.lstrip(b"\0"))) + letters
