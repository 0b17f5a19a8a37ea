"""Encrypted JSON keystores, as polkadot-js writes and reads them (version 3).

    {"encoded": base64, "encoding": {"content": ["pkcs8", "sr25519"],
     "type": ["scrypt", "xsalsa20-poly1305"], "version": "3"}, "address": …, "meta": {…}}

`encoded` holds scrypt's salt (32 bytes) and its N, p and r (4 each, little-endian), the nonce (24),
and then, encrypted with XSalsa20-Poly1305 under the first 32 bytes that scrypt makes of the
password: a fixed header, the secret key (64), a fixed divider, the public key (32).

Source: the sources of @polkadot/keyring (pair/encode, pair/decode) and @polkadot/util-crypto
(json, scrypt); RFC 7914 (scrypt); https://nacl.cr.yp.to/secretbox.html.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import os
import secrets
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dml_sdk.arguments import path_told, reason_of, shown
from dml_sdk.chain.client.keys import KeyPair, key_from_keystore
from dml_sdk.chain.client.schemes import SCHEMES, Scheme
from dml_sdk.errors import KeystoreInvalid, UsageError, WrongPassword
from dml_sdk.secret import Secret, sheltered, without_fail

SCRYPT = (1 << 17, 1, 8)
"""N, p, r that polkadot-js writes; 128 MiB of memory, a third of a second."""
ALLOWED_SCRYPT = (
    (1 << 13, 10, 8), (1 << 14, 5, 8), (1 << 15, 3, 8), (1 << 15, 1, 8), (1 << 16, 2, 8), SCRYPT,
)  # fmt: skip
"""What polkadot-js reads; a file that asks for more could take all memory."""

_HEADER = bytes((48, 83, 2, 1, 1, 48, 5, 6, 3, 43, 101, 112, 4, 34, 4, 32))
_DIVIDER = bytes((161, 35, 3, 33, 0))
_VERSION = "3"
_ENCRYPTION = ["scrypt", "xsalsa20-poly1305"]
_SALT_BYTES, _NUMBER_BYTES, _NONCE_BYTES, _TAG_BYTES = 32, 4, 24, 16
_SCRYPT_BYTES = _SALT_BYTES + 3 * _NUMBER_BYTES
_SECRET_BYTES, _PUBLIC_BYTES = 64, 32
_PLAIN_BYTES = len(_HEADER) + _SECRET_BYTES + len(_DIVIDER) + _PUBLIC_BYTES
_ENCODED_BYTES = _SCRYPT_BYTES + _NONCE_BYTES + _TAG_BYTES + _PLAIN_BYTES
_LARGEST = 1 << 16  # bytes of a file; they have under 1,000
_SCRYPT_MEMORY = 1 << 28
_OWNER_ONLY = 0o600
_DIGITS = frozenset(b"0123456789abcdefABCDEF")


@dataclass(frozen=True, slots=True)
class Keystore:
    """A keystore that was read and not opened: all of it is what the file tells.

    Attributes:
        scheme: sr25519 or ed25519.
        address: SS58; that it is the key's shows when it is opened.
        meta: polkadot-js's: name, whenCreated (ms) and others.
    """

    scheme: Scheme
    address: str
    meta: Mapping[str, Any]
    _encoded: bytes = field(repr=False)
    _file: str = field(repr=False)

    def open(self, password: Secret) -> KeyPair:
        """The key; takes a third of a second and 128 MiB, which makes guessing dear.

        Raises:
            WrongPassword: it is not the password, or the file is damaged.
            KeystoreInvalid: the file tells another address than its key's.
        """
        key = sheltered(lambda: _decrypted(self.scheme, self._encoded, password))
        if key is None:
            raise WrongPassword(
                f"{self._file} was not opened: the wrong password, or a damaged file. "
                "Try again, or use a copy of it."
            )
        if _octets_of(self.address) != key.public_key:
            raise KeystoreInvalid(
                f"{self._file} says it is {shown(self.address)}, and the key in it is "
                f"{key.address}: it was altered. Use the copy that you exported."
            )
        return key


def read(path: Path) -> Keystore:
    """Reads a keystore without its password.

    Raises:
        KeystoreInvalid: no such file, no keystore, or one of a kind that is not opened here.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(_LARGEST + 1)
    except OSError as e:
        raise KeystoreInvalid(
            f"Cannot read the keystore at {path_told(path)}: {reason_of(e)}."
        ) from None
    told = sheltered(lambda: json.loads(raw)) if len(raw) <= _LARGEST else None
    encoding = told.get("encoding") if isinstance(told, dict) else None
    if not isinstance(told, dict) or not isinstance(encoding, dict):
        raise _no_keystore(path, "it is no JSON as polkadot-js exports it")
    kinds = encoding.get("type")
    if kinds == "none" or kinds == ["none"]:
        raise _no_keystore(path, "its key is not encrypted: export it anew with a password")
    if encoding.get("version") != _VERSION or kinds != _ENCRYPTION:
        raise _no_keystore(
            path,
            f"it is of version {shown(encoding.get('version'))}, {shown(kinds)}: open it in "
            f"polkadot-js and export it anew, which gives version {_VERSION} with scrypt",
        )
    content = encoding.get("content")
    name = content[1] if isinstance(content, list) and len(content) == 2 else None
    if content != ["pkcs8", name] or name not in ("sr25519", "ed25519"):
        raise _no_keystore(
            path,
            f"it holds {shown(name or content)}: sr25519 and ed25519 keys are opened here; with "
            "others, sign through dml.Account.external(signer)",
        )
    encoded = sheltered(lambda: base64.b64decode(told["encoded"], validate=True))
    if encoded is None or len(encoded) != _ENCODED_BYTES:
        raise _no_keystore(path, "its encrypted part is cut short or altered")
    if _scrypt_of(encoded) not in ALLOWED_SCRYPT:
        raise _no_keystore(path, f"it asks for scrypt with {_scrypt_of(encoded)}; altered?")
    address, meta = told.get("address"), told.get("meta")
    if not isinstance(address, str):
        raise _no_keystore(path, "it tells no address")
    return Keystore(
        SCHEMES[name], address, meta if isinstance(meta, dict) else {}, encoded, path.name
    )


def encrypted(key: KeyPair, password: Secret, meta: Mapping[str, Any]) -> str:
    """A key as a keystore's text.

    Args:
        meta: what polkadot-js shows of it; nothing in it is encrypted.
    """
    encoded = without_fail(lambda: _encrypted(key, password))
    told = {
        "encoded": base64.b64encode(encoded).decode(),
        "encoding": {
            "content": ["pkcs8", key.scheme.name], "type": _ENCRYPTION, "version": _VERSION,
        },
        "address": key.address,
        "meta": dict(meta),
    }  # fmt: skip
    return json.dumps(told) + "\n"


def meta_of(name: str) -> dict[str, Any]:
    """What a new keystore tells of itself, in clear: its name, and when it was made (ms)."""
    return {"name": name, "whenCreated": int(time.time() * 1000)}


def refuse_existing(path: Path) -> None:
    """Refuses a path that something is at, before anybody is asked for a password.

    Raises:
        UsageError: something is there.
    """
    if os.path.lexists(path):
        raise UsageError(
            f"{path_told(path)} is there already, and a key that is overwritten is lost. "
            "Choose another path, or move it away."
        )


def write_new(path: Path, text: str) -> None:
    """Writes a keystore where nothing is; whole, and readable by its owner alone.

    Raises:
        UsageError: something is there already, or the folder cannot be written.
    """
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, _OWNER_ONLY))
    except FileExistsError:
        refuse_existing(path)
        raise
    except OSError as e:
        raise _not_written(path, e) from None
    try:
        replace(path, text)
    except BaseException:
        with suppress(OSError):
            path.unlink()  # the empty file that kept the place
        raise


def replace(path: Path, text: str) -> None:
    """Replaces a keystore at once: whoever reads finds the old one or the new, whole.

    Raises:
        UsageError: the folder cannot be written; the old one is as it was.
    """
    try:
        descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)  # 0600
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink()
            raise
    except OSError as e:
        raise _not_written(path, e) from None


def _encrypted(key: KeyPair, password: Secret) -> bytes:
    from nacl.bindings import crypto_secretbox

    salt, nonce = secrets.token_bytes(_SALT_BYTES), secrets.token_bytes(_NONCE_BYTES)
    plain = _HEADER + key.keystore_secret().reveal() + _DIVIDER + key.public_key
    box = crypto_secretbox(plain, nonce, _stretched(password, salt, SCRYPT))
    return salt + b"".join(n.to_bytes(_NUMBER_BYTES, "little") for n in SCRYPT) + nonce + box


def _decrypted(scheme: Scheme, encoded: bytes, password: Secret) -> KeyPair:
    """The key in it; raises anything for a wrong password, and so runs sheltered."""
    from nacl.bindings import crypto_secretbox_open

    box = _SCRYPT_BYTES + _NONCE_BYTES
    derived = _stretched(password, encoded[:_SALT_BYTES], _scrypt_of(encoded))
    plain = crypto_secretbox_open(encoded[box:], encoded[_SCRYPT_BYTES:box], derived)
    divider = len(_HEADER) + _SECRET_BYTES
    public_key = plain[divider + len(_DIVIDER) :]
    key = key_from_keystore(scheme, Secret(plain[len(_HEADER) : divider]))
    if (
        not plain.startswith(_HEADER)
        or plain[divider : divider + len(_DIVIDER)] != _DIVIDER
        or key is None
        or key.public_key != public_key
    ):
        raise ValueError
    return key


def _stretched(password: Secret, salt: bytes, numbers: tuple[int, ...]) -> bytes:
    n, p, r = numbers
    return hashlib.scrypt(
        _as_polkadot_js(password.reveal()),
        salt=salt,
        n=n,
        r=r,
        p=p,
        maxmem=_SCRYPT_MEMORY,
        dklen=32,
    )


def _as_polkadot_js(password: bytes) -> bytes:
    """A password's bytes: one that is written as 0x and pairs of hexadecimal digits is those."""
    digits = password[2:]
    if password.startswith(b"0x") and not len(digits) % 2 and _DIGITS.issuperset(digits):
        return binascii.unhexlify(digits)
    return password


def _scrypt_of(encoded: bytes) -> tuple[int, ...]:
    """N, p, r as the file has them."""
    return tuple(
        int.from_bytes(encoded[at : at + _NUMBER_BYTES], "little")
        for at in range(_SALT_BYTES, _SCRYPT_BYTES, _NUMBER_BYTES)
    )


def _octets_of(address: str) -> bytes | None:
    from dml_sdk.chain.client.codec.addresses import account_of

    try:
        return account_of(address)
    except ValueError:
        return None


def _no_keystore(path: Path, why: str) -> KeystoreInvalid:
    return KeystoreInvalid(f"{path_told(path)} was not opened as a keystore: {why}.")


def _not_written(path: Path, error: OSError) -> UsageError:
    return UsageError(f"{path_told(path)} cannot be written: {reason_of(error)}. Check the path.")
