"""Signers outside: hardware, a browser's wallet, another process. What they are asked, and how.

A signer holds a key that this process never sees. It has an address and signs payloads; it may
also take requests, which tell what is being signed, and open sealed content keys. None of it is
believed: every signature is verified before anything is sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, TypedDict, runtime_checkable

from dml_sdk.chain.client.schemes import SchemeName


@runtime_checkable
class Signer(Protocol):
    """What holds a key and signs with it.

    Attributes:
        address: SS58.
        public_key: 32 bytes; of ECDSA the compressed one, 33.
        scheme: "sr25519", "ed25519" or "ecdsa".
    """

    @property
    def address(self) -> str: ...
    @property
    def public_key(self) -> bytes: ...
    @property
    def scheme(self) -> SchemeName: ...

    def sign(self, payload: bytes) -> bytes:
        """The signature of a payload: 64 bytes, of ECDSA 65 (r, s, v) over its BLAKE2b-256.

        It may take as long as a person takes, and raises whatever it likes to refuse. It is called
        from the thread that submits.
        """
        ...


@runtime_checkable
class RequestSigner(Protocol):
    """A `Signer` that wants to know what it signs; where it has this, `sign` is not called."""

    def sign_request(self, request: SigningRequest) -> bytes:
        """The signature of `request.payload`, of a wallet with the scheme's byte before it.

        `request.json` is what a browser's wallet takes in `signPayload`; what it gives back as
        "signature" is good here, from hexadecimal digits to bytes.
        """
        ...


@runtime_checkable
class KeyOpener(Protocol):
    """A `Signer` that can also open content keys of sealed weights.

    Attributes:
        sealing_key: an X25519 public key, 32 bytes.
    """

    @property
    def sealing_key(self) -> bytes: ...

    def unwrap(self, wrapped: bytes) -> bytes:
        """The content key, 32 bytes, in a libsodium sealed box for `sealing_key`."""
        ...


class SignerPayloadJSON(TypedDict):
    """A transaction as browsers' wallets take it, in the words of polkadot-js.

    Source: @polkadot/types, `SignerPayloadJSON`; numbers are hexadecimal, big-endian.
    """

    address: str
    blockHash: str
    blockNumber: str
    era: str
    genesisHash: str
    method: str
    nonce: str
    signedExtensions: list[str]
    specVersion: str
    tip: str
    transactionVersion: str
    version: int


@dataclass(frozen=True, slots=True)
class SigningRequest:
    """One transaction, to be signed.

    Attributes:
        call: "Pools.fund".
        arguments: of the call, decoded from the very bytes that are signed.
        payload: what is signed; of a transaction over 256 bytes its BLAKE2b-256.
        json: the same transaction as browsers' wallets take it.
    """

    call: str
    arguments: Mapping[str, Any]
    payload: bytes = field(repr=False)
    json: SignerPayloadJSON = field(repr=False)
