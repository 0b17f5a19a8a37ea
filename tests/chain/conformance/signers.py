"""An account that signs with ECDSA, as Substrate has it and substrate-interface does not."""

from __future__ import annotations

from typing import Any

from eth_keys.datatypes import PrivateKey
from scalecodec.utils.ss58 import ss58_encode

from dml_sdk.chain.node.hashing import blake2_256
from dml_sdk.chain.node.scale import Reader, vec

_ECDSA = b"\x02"
_BEFORE_SIGNATURE = 1 + 1 + 32  # version, kind of address, account
_SR25519_SIGNATURE = 1 + 64  # its kind, itself


class Ecdsa:
    """A secp256k1 key; its account is the hash of its public key.

    Source: sp_core::ecdsa and sp_runtime::MultiSigner.
    """

    def __init__(self, seed: bytes) -> None:
        self._key = PrivateKey(seed)
        self.public_key = blake2_256(self._key.public_key.to_compressed_bytes())
        self.ss58_address = ss58_encode(self.public_key, 42)

    def sign(self, payload: Any, signed_by_another: bytes) -> bytes:
        """A signed extrinsic, made out of the same one that an sr25519 account signed.

        Args:
            payload: what is signed: call, extensions and what these imply.
        """
        body = Reader(signed_by_another).vec()
        signature = self._key.sign_msg_hash(blake2_256(bytes(payload.data))).to_bytes()
        rest = body[_BEFORE_SIGNATURE + _SR25519_SIGNATURE :]
        return vec(body[:2] + self.public_key + _ECDSA + signature + rest)
