"""Key pairs: the only place that holds a secret, and it never shows one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from dml_sdk.errors import UsageError

SS58_FORMAT = 42


class KeyPair:
    """An sr25519 key pair that signs and shows nothing but its public half."""

    __slots__ = ("_keypair",)

    def __init__(self, keypair: Any) -> None:
        self._keypair = keypair

    @property
    def address(self) -> str:
        """SS58 address."""
        return str(self._keypair.ss58_address)

    @property
    def public_key(self) -> bytes:
        """32 bytes."""
        return bytes(self._keypair.public_key)

    def sign(self, payload: bytes) -> bytes:
        """An sr25519 signature, 64 bytes."""
        return bytes(self._keypair.sign(payload))

    def __repr__(self) -> str:
        return f"<KeyPair {self.address}>"

    def __reduce__(self) -> tuple[Any, ...]:
        raise UsageError("A key pair is not pickled or copied: it holds a secret.")


def development_key(path: str) -> KeyPair:
    """A key derived from the well-known development phrase, which everybody knows.

    Args:
        path: a derivation path such as "//Alice".
    """
    from substrateinterface import Keypair

    return KeyPair(Keypair.create_from_uri(path, ss58_format=SS58_FORMAT))


def key_from_file(path: Path, password: Callable[[], str]) -> KeyPair:
    """A key from an encrypted JSON keystore as polkadot-js writes it.

    Raises:
        UsageError: not such a file, or the wrong password. The password is in no message.
    """
    from substrateinterface import Keypair

    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as e:
        raise UsageError(f"Cannot read the keystore {path}: {e}.") from e
    try:
        return KeyPair(
            Keypair.create_from_encrypted_json(text, password(), ss58_format=SS58_FORMAT)
        )
    except Exception:  # noqa: BLE001 - of any kind, and none may carry the password along
        raise UsageError(
            f"{path} was not opened: not a polkadot-js JSON keystore, or the wrong password."
        ) from None
