"""Signing an encoded call: an extrinsic of version 4, by any of three schemes, that never expires.

What is signed is the call, the extensions' data and what they imply; over 256 bytes, its hash.

Source: Polkadot protocol specification, "Extrinsics".
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dml_sdk.chain.client.codec.decoding import read_compact
from dml_sdk.chain.client.codec.encoding import compact
from dml_sdk.chain.client.external import ExternalKey
from dml_sdk.chain.client.keys import KeyPair
from dml_sdk.chain.client.schemes import BY_INDEX, Scheme
from dml_sdk.chain.signers import SignerPayloadJSON, SigningRequest
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

_VERSION = 4
_SIGNED_VERSION_4 = b"\x84"
_ACCOUNT_ID = b"\x00"  # the kind of address
_IMMORTAL, _NO_TIP = b"\x00", b"\x00"
_ACCOUNT_BYTES = 32
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
        return self.signed(call, nonce, key, key.sign(self.payload(call, nonce)))

    def payload(self, call: bytes, nonce: int) -> bytes:
        """What is signed."""
        implied = (
            self.spec_version.to_bytes(4, "little")
            + self.transaction_version.to_bytes(4, "little")
            + self.genesis_hash
            + self.genesis_hash  # the block that an immortal transaction counts from
        )
        payload = call + _extra(nonce) + implied
        if len(payload) > _LONGEST_UNHASHED:
            payload = hashlib.blake2b(payload, digest_size=32).digest()
        return payload

    def signed(
        self, call: bytes, nonce: int, key: KeyPair | ExternalKey, signature: bytes
    ) -> bytes:
        """The extrinsic with a signature of its `payload`, and its length before it."""
        return _extrinsic(key.account_id, key.scheme, signature, _extra(nonce), call)

    def request(
        self, call: bytes, nonce: int, key: ExternalKey, name: str, arguments: Mapping[str, Any]
    ) -> SigningRequest:
        """What a signer outside is asked.

        Args:
            name, arguments: of the call, as it decodes.
        """
        genesis = "0x" + self.genesis_hash.hex()
        json: SignerPayloadJSON = {
            "address": key.address,
            "blockHash": genesis,
            "blockNumber": _number(0, 4),
            "era": "0x" + _IMMORTAL.hex(),
            "genesisHash": genesis,
            "method": "0x" + call.hex(),
            "nonce": _number(nonce, 4),
            "signedExtensions": list(EXTENSIONS),
            "specVersion": _number(self.spec_version, 4),
            "tip": _number(0, 16),
            "transactionVersion": _number(self.transaction_version, 4),
            "version": _VERSION,
        }
        return SigningRequest(name, arguments, self.payload(call, nonce), json)


def unsigned(call: bytes, nonce: int, key: KeyPair | ExternalKey) -> bytes:
    """What `SigningContext.sign` makes, with zeros for a signature.

    It costs the same and is worth nothing, so that a fee can be asked of anybody's node.
    """
    nothing = bytes(key.scheme.signature_bytes)
    return _extrinsic(key.account_id, key.scheme, nothing, _extra(nonce), call)


def signed_call(extrinsic: bytes) -> tuple[bytes, bytes]:
    """The signer's account and the call of an extrinsic as `SigningContext.sign` makes it.

    Args:
        extrinsic: with its length before it.

    Raises:
        RuntimeIncompatible: not signed, or with another kind of address or signature.
    """
    try:
        _, at = read_compact(extrinsic, 0)
        account = at + 2
        if extrinsic[at:account] != _SIGNED_VERSION_4 + _ACCOUNT_ID:
            raise ValueError("no signature of an account")
        kind = account + _ACCOUNT_BYTES
        scheme = BY_INDEX.get(extrinsic[kind])
        if scheme is None:
            raise ValueError(f"a signature of the unknown kind {extrinsic[kind]}")
        extra = kind + 1 + scheme.signature_bytes
        end_of_era = extra + (1 if extrinsic[extra : extra + 1] == _IMMORTAL else _MORTAL_BYTES)
        _, end_of_nonce = read_compact(extrinsic, end_of_era)
        _, end = read_compact(extrinsic, end_of_nonce)
    except (IndexError, ValueError) as e:
        raise RuntimeIncompatible(
            f"This transaction is not one that this SDK signs: {e}. Ask the chain for its events."
        ) from e
    return extrinsic[account:kind], extrinsic[end:]


def require_known_extensions(metadata: Any) -> None:
    """Refuses a runtime whose transactions are made of something else than `EXTENSIONS`.

    Raises:
        RuntimeIncompatible: naming what it has.
    """
    told = metadata[1][1]["extrinsic"].value
    names = tuple(e["identifier"] for e in told["signed_extensions"])
    if names != EXTENSIONS or told["version"] != _VERSION:
        raise RuntimeIncompatible(
            f"Transactions of this runtime (version {told['version']}, {', '.join(names)}) are not "
            "ones that this SDK can sign. Use the SDK that belongs to the runtime."
        )


def _extra(nonce: int) -> bytes:
    return _IMMORTAL + compact(nonce) + _NO_TIP


def _extrinsic(
    account: bytes, scheme: Scheme, signature: bytes, extra: bytes, call: bytes
) -> bytes:
    kind = bytes((scheme.index,))
    body = b"".join((_SIGNED_VERSION_4, _ACCOUNT_ID, account, kind, signature, extra, call))
    return compact(len(body)) + body


def _number(value: int, size: int) -> str:
    """As polkadot-js writes numbers: all their bytes in hexadecimal, the highest first."""
    return "0x" + value.to_bytes(size, "big").hex()
