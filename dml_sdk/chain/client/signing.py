"""Signing an encoded call: an extrinsic of version 4 with an sr25519 signature, that never expires.

What is signed is the call, the extensions' data and what they imply; over 256 bytes, its hash.

Source: Polkadot protocol specification, "Extrinsics".
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from dml_sdk.chain.client.codec.decoding import read_compact
from dml_sdk.chain.client.codec.encoding import compact
from dml_sdk.chain.client.keys import KeyPair
from dml_sdk.errors import RuntimeIncompatible

EXTENSIONS = (
    "CheckNonZeroSender",
    "CheckSpecVersion",
    "CheckTxVersion",
    "CheckGenesis",
    "CheckMortality",
    "CheckNonce",
    "CheckWeight",
    "ChargeTransactionPayment",
)
"""What this SDK's runtime demands of a transaction, in its order."""

_SIGNED_VERSION_4 = b"\x84"
_ACCOUNT_ID = b"\x00"  # the kind of address
_SR25519 = b"\x01"  # the kind of signature
_IMMORTAL, _NO_TIP = b"\x00", b"\x00"
_SIGNATURE_BYTES = 64
_PUBLIC_KEY_BYTES = 32
_MORTAL_BYTES = 2
_LONGEST_UNHASHED = 256


@dataclass(frozen=True, slots=True)
class SigningContext:
    """What a signature binds a transaction to.

    Attributes:
        spec_version, transaction_version: of the runtime.
        genesis_hash: of the chain, 32 bytes.
    """

    spec_version: int
    transaction_version: int
    genesis_hash: bytes

    def sign(self, call: bytes, nonce: int, key: KeyPair) -> bytes:
        """The signed extrinsic, with its length before it."""
        extra = _extra(nonce)
        implied = (
            self.spec_version.to_bytes(4, "little")
            + self.transaction_version.to_bytes(4, "little")
            + self.genesis_hash
            + self.genesis_hash  # the block that an immortal transaction counts from
        )
        payload = call + extra + implied
        if len(payload) > _LONGEST_UNHASHED:
            payload = hashlib.blake2b(payload, digest_size=32).digest()
        return _extrinsic(key.public_key, key.sign(payload), extra, call)


def unsigned(call: bytes, nonce: int, public_key: bytes) -> bytes:
    """What `SigningContext.sign` makes, with zeros for a signature.

    It costs the same and is worth nothing, so that a fee can be asked of anybody's node.
    """
    return _extrinsic(public_key, bytes(_SIGNATURE_BYTES), _extra(nonce), call)


def signed_call(extrinsic: bytes) -> tuple[bytes, bytes]:
    """The signer's public key and the call of an extrinsic as `SigningContext.sign` makes it.

    Args:
        extrinsic: with its length before it.

    Raises:
        RuntimeIncompatible: not signed, or with another kind of address or signature.
    """
    try:
        _, at = read_compact(extrinsic, 0)
        signature = at + 2 + _PUBLIC_KEY_BYTES
        extra = signature + 1 + _SIGNATURE_BYTES
        if extrinsic[at : at + 2] + extrinsic[signature : signature + 1] != (
            _SIGNED_VERSION_4 + _ACCOUNT_ID + _SR25519
        ):
            raise ValueError("no sr25519 signature of an account")
        end_of_era = extra + (1 if extrinsic[extra : extra + 1] == _IMMORTAL else _MORTAL_BYTES)
        _, end_of_nonce = read_compact(extrinsic, end_of_era)
        _, end = read_compact(extrinsic, end_of_nonce)
    except (IndexError, ValueError) as e:
        raise RuntimeIncompatible(
            f"This transaction is not one that this SDK signs: {e}. Ask the chain for its events."
        ) from e
    return extrinsic[at + 2 : signature], extrinsic[end:]


def require_known_extensions(metadata: Any) -> None:
    """Refuses a runtime whose transactions are made of something else than `EXTENSIONS`.

    Raises:
        RuntimeIncompatible: naming what it has.
    """
    told = metadata[1][1]["extrinsic"].value
    names = tuple(e["identifier"] for e in told["signed_extensions"])
    if names != EXTENSIONS or told["version"] != 4:
        raise RuntimeIncompatible(
            f"Transactions of this runtime (version {told['version']}, {', '.join(names)}) are not "
            "ones that this SDK can sign. Use the SDK that belongs to the runtime."
        )


def _extra(nonce: int) -> bytes:
    return _IMMORTAL + compact(nonce) + _NO_TIP


def _extrinsic(public_key: bytes, signature: bytes, extra: bytes, call: bytes) -> bytes:
    body = b"".join((_SIGNED_VERSION_4, _ACCOUNT_ID, public_key, _SR25519, signature, extra, call))
    return compact(len(body)) + body
