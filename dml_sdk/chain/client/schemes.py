"""Signature schemes: what their keys and signatures look like, and whether a signature is right.

Source: Polkadot protocol specification, "Cryptographic Keys" and the runtime's `MultiSignature`.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Literal

SchemeName = Literal["sr25519", "ed25519", "ecdsa"]


@dataclass(frozen=True, slots=True)
class Scheme:
    """One of the three that the chain knows.

    Attributes:
        name: of it.
        index: of its variant in the runtime's `MultiSignature`.
        public_key_bytes, signature_bytes: how long they are.
    """

    name: SchemeName
    index: int
    public_key_bytes: int
    signature_bytes: int


SCHEMES: dict[str, Scheme] = {
    scheme.name: scheme
    for scheme in (
        Scheme("ed25519", 0, 32, 64),
        Scheme("sr25519", 1, 32, 64),
        Scheme("ecdsa", 2, 33, 65),
    )
}
BY_INDEX = {scheme.index: scheme for scheme in SCHEMES.values()}


def account_id(scheme: Scheme, public_key: bytes) -> bytes:
    """The 32 bytes that the chain knows a key by: the key, or of an ECDSA key its BLAKE2b-256."""
    if scheme.name == "ecdsa":
        return hashlib.blake2b(public_key, digest_size=32).digest()
    return public_key


def verify(scheme: Scheme, signature: bytes, payload: bytes, public_key: bytes) -> bool:
    """Whether a key made a signature, by the rules that the chain itself judges it by.

    Args:
        signature: 64 bytes; of ECDSA 65 (r, s, v) over BLAKE2b-256 of the payload.
    """
    from dml_sdk.chain.node import crypto  # late: it brings the embedded node along

    if len(signature) != scheme.signature_bytes or len(public_key) != scheme.public_key_bytes:
        return False
    if scheme.name == "sr25519":
        return crypto.sr25519_verify(signature, payload, public_key)
    if scheme.name == "ed25519":
        return crypto.ed25519_verify(signature, payload, public_key)
    digest = hashlib.blake2b(payload, digest_size=32).digest()
    return crypto.ecdsa_verify(signature, digest, public_key)
