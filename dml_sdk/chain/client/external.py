"""A key that a signer outside holds: asked politely, believed in nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NoReturn, cast

from dml_sdk.arguments import shown
from dml_sdk.chain.client.codec.addresses import account_of, address_of
from dml_sdk.chain.client.keys import CONTENT_KEY_BYTES, require_wrapped
from dml_sdk.chain.client.schemes import SCHEMES, Scheme, account_id, verify
from dml_sdk.chain.signers import KeyOpener, RequestSigner, Signer, SigningRequest
from dml_sdk.errors import SigningRefused, UsageError, WrongKey
from dml_sdk.secret import Secret

_X25519_BYTES = 32


class ExternalKey:
    """The public half of a signer's key, and the way to the signer.

    Args:
        signer: is read once; what it says of itself later changes nothing.

    Attributes:
        scheme, public_key: of the signer's key.
        account_id: 32 bytes that the chain knows it by.
        address: SS58, in this SDK's format.

    Raises:
        UsageError: no signer, or its address, public key and scheme do not go together.
    """

    __slots__ = ("_signer", "account_id", "address", "public_key", "scheme")

    def __init__(self, signer: Signer) -> None:
        with _heard() as told:
            name, public_key, address = signer.scheme, signer.public_key, signer.address
            signs = callable(getattr(signer, "sign", None))
        if told.error:
            raise UsageError(
                f"A {type(signer).__name__} is no signer ({told.error}): it needs address, "
                "public_key, scheme and sign(payload), as dml_sdk.chain.accounts.Signer has them."
            )
        scheme = SCHEMES.get(name) if isinstance(name, str) else None
        if scheme is None or not signs:
            raise UsageError(
                f"The signer's scheme is {shown(name)}: sr25519, ed25519 and ecdsa are known, and "
                "it has a method sign(payload)."
            )
        if not isinstance(public_key, bytes) or len(public_key) != scheme.public_key_bytes:
            raise UsageError(
                f"The signer's public_key is {shown(public_key)}: of {scheme.name} it is "
                f"{scheme.public_key_bytes} bytes."
            )
        own = account_id(scheme, public_key)
        if _account_of(address) != own:
            raise UsageError(
                f"The signer's address is {shown(address)}, and its public_key is that of "
                f"{address_of(own)}. Ask for the account anew."
            )
        self._signer = signer
        self.scheme: Scheme = scheme
        self.public_key, self.account_id, self.address = public_key, own, address_of(own)

    def sign(self, request: SigningRequest) -> bytes:
        """The signer's signature of a request, verified.

        Raises:
            SigningRefused: it raised, gave none, or one that is not right.
        """
        signer = self._signer
        with _heard() as told:
            if isinstance(signer, RequestSigner):
                signature = signer.sign_request(request)
            else:
                signature = signer.sign(request.payload)
        if told.error:
            raise self._refused(request, f"it raised {told.error}")
        if not isinstance(signature, bytes) or not signature:
            raise self._refused(request, f"it gave {shown(signature)} instead of a signature")
        scheme = self.scheme
        if len(signature) == scheme.signature_bytes + 1 and signature[0] == scheme.index:
            signature = signature[1:]  # as wallets write a MultiSignature
        if len(signature) != scheme.signature_bytes:
            raise self._refused(
                request,
                f"its signature has {len(signature)} bytes; one of {scheme.name} has "
                f"{scheme.signature_bytes}",
            )
        if not verify(scheme, signature, request.payload, self.public_key):
            raise self._refused(
                request, "its signature is not this account's, or of something else than was asked"
            )
        return signature

    @property
    def sealing_key(self) -> bytes:
        """The X25519 public key, 32 bytes, that content keys are wrapped for.

        Raises:
            UsageError: the signer opens no content keys, or names none to wrap them for.
        """
        opener = self._opener()
        with _heard() as told:
            key = opener.sealing_key
        if told.error:
            raise UsageError(
                f"The signer of {self.address} did not tell its sealing_key: it raised "
                f"{told.error}."
            )
        if not isinstance(key, bytes) or len(key) != _X25519_BYTES:
            raise UsageError(
                f"The signer's sealing_key is {shown(key)}, not {_X25519_BYTES} bytes."
            )
        return key

    def unwrap(self, wrapped: bytes) -> Secret:
        """A content key that was wrapped for `sealing_key`, opened by the signer.

        Raises:
            UsageError: the signer opens no content keys.
            WrongKey: it could not open this one.
        """
        require_wrapped(wrapped)
        opener = self._opener()
        with _heard() as told:
            return _content_key(opener, wrapped)
        raise WrongKey(
            f"The signer of {self.address} did not open this content key ({told.error}). "
            "Was it wrapped for its sealing_key?"
        )

    @property
    def opens_content_keys(self) -> bool:
        """Whether the signer says that it does; what it has for that may be wrong."""
        with _heard():
            return isinstance(self._signer, KeyOpener)
        return True  # it has what it raised from, and whoever asks for that is told

    def _opener(self) -> KeyOpener:
        if not self.opens_content_keys:
            raise UsageError(
                f"The signer of {self.address} opens no content keys: it has no sealing_key and "
                "unwrap(wrapped). Let another account hold the licence, or use the keystore."
            )
        return cast(KeyOpener, self._signer)

    def _refused(self, request: SigningRequest, why: str) -> SigningRefused:
        return SigningRefused(
            f"{request.call} was not signed by the signer of {self.address}: {why}. "
            "Nothing was sent, no fee was paid."
        )

    def __repr__(self) -> str:
        return f"<ExternalKey {self.scheme.name} {self.address}>"

    def __getstate__(self) -> NoReturn:
        raise UsageError("An external key is not pickled or copied: its signer is somewhere else.")

    def __reduce_ex__(self, _: object) -> NoReturn:
        self.__getstate__()


@dataclass(slots=True)
class _Heard:
    """What a signer raised, by its type alone."""

    error: str = ""


@contextmanager
def _heard() -> Iterator[_Heard]:
    """Asks something of a signer, whose own words may hold anything: a PIN, a phrase, markup.

    Of what it raises only the type is kept. The error itself is not even the cause of the one that
    follows, as a notebook would show it with that.
    """
    heard = _Heard()
    try:
        yield heard
    except Exception as e:  # noqa: BLE001 - an object of somebody else's, which may do anything
        heard.error = type(e).__name__


def _account_of(address: Any) -> bytes | None:
    try:
        return account_of(address)
    except Exception:  # noqa: BLE001 - whatever a signer says of itself
        return None


def _content_key(opener: KeyOpener, wrapped: bytes) -> Secret:
    secret = Secret(opener.unwrap(wrapped))
    if type(secret.reveal()) is not bytes or len(secret.reveal()) != CONTENT_KEY_BYTES:
        raise ValueError("not a content key")
    return secret
