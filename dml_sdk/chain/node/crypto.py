"""Signature checks, by the same rules as a network node.

sr25519 is schnorrkel with the context "substrate", ed25519 is ZIP-215 (ed25519-zebra), ECDSA is
secp256k1 with the public key recovered from the signature.
"""

from __future__ import annotations

from enum import IntEnum

import sr25519


class EcdsaError(IntEnum):
    """Why no key was recovered, as the runtime knows it (sp_io::EcdsaVerifyError)."""

    BAD_RS = 0
    BAD_V = 1
    BAD_SIGNATURE = 2


_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141  # of secp256k1


def sr25519_verify(signature: bytes, message: bytes, public: bytes) -> bool:
    """Whether `public` signed `message`; False also for a key or signature that is none."""
    try:
        return bool(sr25519.verify(signature, message, public))
    except ValueError:
        return False


def ed25519_verify(signature: bytes, message: bytes, public: bytes) -> bool:
    """Whether `public` signed `message`; False also for a key or signature that is none."""
    from ed25519_zebra import ed_verify  # type: ignore[import-untyped]

    try:
        return bool(ed_verify(signature, message, public))
    except ValueError:
        return False


def ecdsa_recover(signature: bytes, message_hash: bytes) -> bytes | EcdsaError:
    """The 64-byte public key that made a 65-byte signature (r, s, v), or why there is none."""
    from eth_keys.datatypes import Signature
    from eth_keys.exceptions import BadSignature
    from eth_utils.exceptions import ValidationError

    v = signature[64] - 27 if signature[64] > 26 else signature[64]
    if v > 3:
        return EcdsaError.BAD_V
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:64], "big")
    if r >= _ORDER or s >= _ORDER:
        return EcdsaError.BAD_RS
    try:
        signed = Signature(vrs=(v, r, s))
        return bytes(signed.recover_public_key_from_msg_hash(message_hash).to_bytes())
    except (BadSignature, ValidationError, ValueError):
        return EcdsaError.BAD_SIGNATURE


def compressed(public: bytes) -> bytes:
    """A 64-byte secp256k1 key (x, y) in its 33-byte form."""
    return bytes((2 + (public[63] & 1),)) + public[:32]


def ecdsa_verify(signature: bytes, message_hash: bytes, public: bytes) -> bool:
    """Whether the 33-byte key `public` made the signature."""
    recovered = ecdsa_recover(signature, message_hash)
    return isinstance(recovered, bytes) and compressed(recovered) == public
