"""Key pairs: the only place that holds a secret key, and it never shows one.

Keys are made and derived as Substrate does: a BIP-39 phrase's entropy is stretched to a seed, and
an sr25519 key is derived from that along a path of hard ("//") and soft ("/") junctions.

Source: https://docs.polkadot.com/polkadot-protocol/parachain-basics/cryptography, the
specification of BIP-39, and RFC 8032 (ed25519).
"""

from __future__ import annotations

import hashlib
import re
import secrets
from typing import NoReturn

import sr25519

from dml_sdk.arguments import shown
from dml_sdk.chain.client.schemes import SCHEMES, Scheme
from dml_sdk.errors import UsageError, WrongKey
from dml_sdk.secret import Secret, sheltered, without_fail

SS58_FORMAT = 42
SEED_BYTES = 32
CONTENT_KEY_BYTES = 32

_SCALAR_BYTES = 32
_HEX_SEED = re.compile(r"0x[0-9a-fA-F]{64}")
_URI = re.compile(r"(?P<phrase>[^/]+)(?P<path>(?://?[^/]+)*)(?:///(?P<password>.*))?", re.DOTALL)
_SEALING_PERSON = b"dml-x25519-seal1"  # the 16 bytes that BLAKE2b has for it
_SEALING_DOMAIN = b"DML SDK: the X25519 key that opens content keys of sealed weights, version 1"


class KeyPair:
    """An sr25519 or ed25519 key pair that signs and shows nothing but its public half.

    Args:
        scheme: which of the two.
        public_key: 32 bytes.
        secret: of sr25519 the 64 bytes of schnorrkel's secret key (scalar, nonce); of ed25519 the
            seed, 32 bytes.

    Attributes:
        scheme, public_key: as given.
        account_id: 32 bytes that the chain knows it by.
        address: SS58.
    """

    __slots__ = ("_secret", "account_id", "address", "public_key", "scheme")

    def __init__(self, scheme: Scheme, public_key: bytes, secret: Secret) -> None:
        from scalecodec.utils.ss58 import ss58_encode

        self.scheme = scheme
        self.public_key = self.account_id = public_key
        self.address = str(ss58_encode(public_key, SS58_FORMAT))
        self._secret = secret

    @property
    def opens_content_keys(self) -> bool:
        """Always: its sealing key is derived from it."""
        return True

    def sign(self, payload: bytes) -> bytes:
        """A signature of the scheme, 64 bytes."""
        if self.scheme.name == "sr25519":
            return bytes(sr25519.sign((self.public_key, self._secret.reveal()), payload))
        from ed25519_zebra import ed_sign  # type: ignore[import-untyped]

        return bytes(ed_sign(self._secret.reveal(), payload))

    def keystore_secret(self) -> Secret:
        """The 64 bytes that a polkadot-js keystore has of the key.

        Of sr25519 that is the form which ed25519 has (the scalar times the cofactor, and the
        nonce); of ed25519 the seed and the public key.
        """
        if self.scheme.name == "sr25519":
            return Secret(bytes(sr25519.convert_secret_key_to_ed25519(self._secret.reveal())))
        return Secret(self._secret.reveal() + self.public_key)

    @property
    def sealing_key(self) -> bytes:
        """The X25519 public key, 32 bytes, that content keys are wrapped for."""
        from nacl.bindings import crypto_scalarmult_base

        private = self._sealing_secret()
        return without_fail(lambda: crypto_scalarmult_base(private.reveal()))

    def unwrap(self, wrapped: bytes) -> Secret:
        """A content key that was wrapped for `sealing_key` in libsodium's sealed box.

        Raises:
            WrongKey: wrapped for another key, or altered.
            UsageError: something else than bytes.

        Source: https://doc.libsodium.org/public-key_cryptography/sealed_boxes.
        """
        from nacl.bindings import crypto_box_seal_open

        require_wrapped(wrapped)
        private, public = self._sealing_secret(), self.sealing_key
        opened = sheltered(lambda: Secret(crypto_box_seal_open(wrapped, public, private.reveal())))
        if opened is None or len(opened.reveal()) != CONTENT_KEY_BYTES:
            raise WrongKey(
                f"This content key is not one that {self.address} can unwrap: it was wrapped for "
                "another holder, or altered. Ask the model's owner to wrap it for this account's "
                "sealing_key."
            )
        return opened

    def _sealing_secret(self) -> Secret:
        """The X25519 private key, 32 bytes.

        Keyed BLAKE2b-256 of a fixed text, personalised, under the key's scalar (of ed25519, its
        seed). The other half of an sr25519 secret is left out: its derivation draws it by chance,
        so that it would be another one after a phrase was imported again.

        Source: RFC 7693, section 2.9 (keyed hashing), RFC 7748 (X25519).
        """
        return Secret(
            hashlib.blake2b(
                _SEALING_DOMAIN,
                key=self._secret.reveal()[:_SCALAR_BYTES],
                person=_SEALING_PERSON,
                digest_size=32,
            ).digest()
        )

    def __repr__(self) -> str:
        return f"<KeyPair {self.address}>"

    def __getstate__(self) -> NoReturn:
        raise UsageError("A key pair is not pickled or copied: it holds a secret.")

    def __reduce_ex__(self, _: object) -> NoReturn:
        raise UsageError("A key pair is not pickled or copied: it holds a secret.")


def fresh_key() -> KeyPair:
    """A new sr25519 key from the system's source of randomness."""
    return _from_seed(SCHEMES["sr25519"], Secret(secrets.token_bytes(SEED_BYTES)))


def development_key(path: str) -> KeyPair:
    """A key derived from the well-known development phrase, which everybody knows.

    Args:
        path: a derivation path such as "//Alice".
    """
    from substrateinterface.constants import DEV_PHRASE

    return key_from_phrase(Secret((DEV_PHRASE + path).encode()), SCHEMES["sr25519"])


def key_from_phrase(phrase: Secret, scheme: Scheme) -> KeyPair:
    """A key from what polkadot-js and subkey call a secret URI.

    Args:
        phrase: UTF-8: a BIP-39 phrase of 12 to 24 English words, or "0x" and a seed of 64
            hexadecimal digits; then, if any, a path ("//hard/soft") and "///" with BIP-39's own
            password.
        scheme: sr25519 or ed25519.

    Raises:
        UsageError: no such phrase, or a path that the scheme has not. Nothing of it is shown.
    """
    if scheme.name == "ecdsa":
        raise UsageError(
            "ECDSA keys are not held here; sign with one through dml.Account.external(signer)."
        )
    key = sheltered(lambda: _derived(phrase.reveal().decode(), scheme))
    if key is None:
        raise UsageError(
            "That is no recovery phrase: it has 12 to 24 words of BIP-39's English list, the last "
            "of which holds a checksum, or is 0x and 64 hexadecimal digits. A path may follow: "
            "//hard, and for sr25519 also /soft. Nothing was saved."
        )
    return key


def key_from_keystore(scheme: Scheme, secret: Secret) -> KeyPair | None:
    """A key from the 64 bytes that a keystore has of it; None if they are no key's."""
    if scheme.name == "ed25519":
        return sheltered(lambda: _from_seed(scheme, Secret(secret.reveal()[:SEED_BYTES])))

    def convert() -> KeyPair:
        public_key, own = sr25519.pair_from_ed25519_secret_key(secret.reveal())
        return KeyPair(scheme, bytes(public_key), Secret(bytes(own)))

    return sheltered(convert)


def require_wrapped(wrapped: object) -> None:
    """Refuses what is no wrapped content key at all.

    Raises:
        UsageError: it is not bytes.
    """
    if not isinstance(wrapped, bytes):
        raise UsageError(
            f"A wrapped content key is bytes, as sealed.wrap(…) gives them, not {shown(wrapped)}."
        )


def _from_seed(scheme: Scheme, seed: Secret) -> KeyPair:
    if scheme.name == "ed25519":
        from ed25519_zebra import ed_from_seed

        return KeyPair(scheme, bytes(ed_from_seed(seed.reveal())[1]), seed)
    public_key, secret = sr25519.pair_from_seed(seed.reveal())
    return KeyPair(scheme, bytes(public_key), Secret(bytes(secret)))


def _derived(uri: str, scheme: Scheme) -> KeyPair:
    """What `key_from_phrase` gives; runs sheltered, for its variables hold the phrase."""
    from bip39 import bip39_to_mini_secret  # type: ignore[import-untyped]
    from substrateinterface.key import extract_derive_path

    parts = _URI.fullmatch(uri.strip())
    if parts is None:
        raise ValueError
    phrase = " ".join(parts["phrase"].split())
    if _HEX_SEED.fullmatch(phrase):
        seed = bytes.fromhex(phrase[2:])
    else:
        seed = bytes(bip39_to_mini_secret(phrase, parts["password"] or "", "en"))
    junctions = extract_derive_path(parts["path"])
    if scheme.name == "ed25519":
        for junction in junctions:
            seed = _hard_ed25519(seed, junction.chain_code, hard=junction.is_hard)
        return _from_seed(scheme, Secret(seed))
    public_key, secret = sr25519.pair_from_seed(seed)
    for junction in junctions:
        derive = sr25519.hard_derive_keypair if junction.is_hard else sr25519.derive_keypair
        _, public_key, secret = derive((junction.chain_code, public_key, secret), b"")
    return KeyPair(scheme, bytes(public_key), Secret(bytes(secret)))


def _hard_ed25519(seed: bytes, chain_code: bytes, *, hard: bool) -> bytes:
    if not hard:
        raise ValueError
    name = b"Ed25519HDKD"
    told = bytes((len(name) << 2,)) + name + seed + chain_code  # the name as SCALE has text
    return hashlib.blake2b(told, digest_size=SEED_BYTES).digest()
