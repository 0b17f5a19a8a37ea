"""Accounts: who signs."""

from __future__ import annotations

import html
import re
from pathlib import Path
from typing import NoReturn

from dml_sdk.arguments import discreet, looks_secret, path_told, require_path, require_text
from dml_sdk.chain import keystore
from dml_sdk.chain.client.codec import addresses
from dml_sdk.chain.client.external import ExternalKey
from dml_sdk.chain.client.keys import KeyPair, development_key, fresh_key, key_from_phrase
from dml_sdk.chain.client.schemes import SCHEMES, SchemeName
from dml_sdk.chain.prompts import Ask, asker, obtain, obtain_new
from dml_sdk.chain.signers import (
    KeyOpener,
    RequestSigner,
    Signer,
    SignerPayloadJSON,
    SigningRequest,
)
from dml_sdk.errors import UsageError
from dml_sdk.secret import Secret
from dml_sdk.types import short_address

__all__ = [
    "Account",
    "KeyOpener",
    "RequestSigner",
    "Signer",
    "SignerPayloadJSON",
    "SigningRequest",
    "address_of",
    "require_signer",
]

# Names that Substrate's own development keys have; any other name is derived beside them.
WELL_KNOWN = ("alice", "bob", "charlie", "dave", "eve", "ferdie")
_LONGEST_NAME = 64  # bytes of a file's name, which is the account's
DEVELOPMENT_NAME = re.compile(r"[A-Za-z0-9_.-]{1,64}")


class Account:
    """An address with the key that signs for it; its repr, and any error, show only the address.

    Attributes:
        name: for reading ("alice").
        address: SS58.
        public_key: 32 bytes; of an ECDSA key 33.
        account_id: 32 bytes that the chain knows it by; but for ECDSA, the public key.
        scheme: "sr25519", "ed25519" or "ecdsa".
    """

    __slots__ = ("_key", "name")

    def __init__(self, name: str, key: KeyPair | ExternalKey) -> None:
        self.name = name
        self._key = key

    @property
    def address(self) -> str:
        """SS58 address."""
        return self._key.address

    @property
    def public_key(self) -> bytes:
        """32 bytes; of an ECDSA key 33."""
        return self._key.public_key

    @property
    def account_id(self) -> bytes:
        """32 bytes."""
        return self._key.account_id

    @property
    def scheme(self) -> SchemeName:
        """Of its signatures."""
        return self._key.scheme.name

    @property
    def key(self) -> KeyPair | ExternalKey:
        """The key, or the way to whoever holds it, for the chain's client."""
        return self._key

    @property
    def opens_content_keys(self) -> bool:
        """Whether it has a sealing key; one whose signer is outside may have none."""
        return self._key.opens_content_keys

    @property
    def sealing_key(self) -> bytes:
        """X25519 public key, 32 bytes: content keys of sealed weights are wrapped for it.

        It is derived from the account's secret, so that the keystore or phrase brings it back.

        Raises:
            UsageError: the account's signer is outside and opens no content keys, or tells no
                sealing key that is one.
        """
        return self._key.sealing_key

    def unwrap(self, wrapped: bytes) -> Secret:
        """The content key that `dml_sdk.storage.sealed.wrap` wrapped for `sealing_key`.

        Raises:
            WrongKey: wrapped for another holder, or altered.
            UsageError: the account's signer is outside and opens no content keys.
        """
        return self._key.unwrap(wrapped)

    @classmethod
    def development(cls, name: str) -> Account:
        """A development account: its secret is public, so it is only good for a development chain.

        The six well-known ones are "alice", "bob", "charlie", "dave", "eve" and "ferdie".

        Raises:
            UsageError: a name that could be read as a derivation path.
        """
        usual = isinstance(name, str) and DEVELOPMENT_NAME.fullmatch(name)
        if not usual or looks_secret(Path(name)):
            raise UsageError(
                f"{discreet(name)} is not a name for a development account: "
                "use 1 to 64 letters, digits, '-', '_' or '.'."
            )
        if re.fullmatch(r"5[1-9A-HJ-NP-Za-km-z]{46,47}", name):
            raise UsageError(f"{name} is an address; a development account has a name, like 'bob'.")
        lower = name.lower()
        path = f"//{lower.capitalize()}" if lower in WELL_KNOWN else f"//dml//{name}"
        return Account(lower if lower in WELL_KNOWN else name, development_key(path))

    @classmethod
    def new(
        cls, path: str | Path, *, name: str | None = None, password: Ask | None = None
    ) -> Account:
        """A new sr25519 account from the system's randomness, saved in an encrypted keystore.

        The file and its password are the account: there is no phrase beside them. Keep a copy of
        both.

        Args:
            path: where nothing is yet. The file can be read by its owner alone, and is opened by
                polkadot-js too.
            name: that polkadot-js shows; the file's by default. It is not encrypted.
            password: called for the password; asked for twice by default.

        Raises:
            UsageError: something is at the path, or it cannot be written; a weak password, or two
                different ones.
            PromptUnavailable: nobody can be asked for a password here.
        """
        password = asker(password)
        file = _new_file(path)
        told = _name(file.stem if name is None else name)
        keystore.refuse_existing(file)
        return cls._saved(file, fresh_key(), told, obtain_new(_whose(file), password))

    @classmethod
    def import_phrase(
        cls,
        path: str | Path,
        *,
        name: str | None = None,
        scheme: SchemeName = "sr25519",
        phrase: Ask | None = None,
        password: Ask | None = None,
    ) -> Account:
        """An account from its recovery phrase, saved in an encrypted keystore.

        Args:
            path, name, password: as for `new`.
            scheme: "sr25519" or "ed25519"; a phrase gives another account in each.
            phrase: called for the phrase; asked for by default. 12 to 24 English words of BIP-39,
                or 0x and a seed of 64 hexadecimal digits; a path may follow ("//hard/soft").

        Raises:
            UsageError: as for `new`; no such phrase, or another scheme.
            PromptUnavailable: nobody can be asked here.

        Source: BIP-39, as Substrate has it (substrate-bip39).
        """
        phrase, password = asker(phrase), asker(password)
        file = _new_file(path)
        told = _name(file.stem if name is None else name)
        known = SCHEMES.get(scheme) if isinstance(scheme, str) else None
        if known is None:
            raise UsageError(f"scheme is {discreet(scheme)}: give sr25519 or ed25519.")
        keystore.refuse_existing(file)
        key = key_from_phrase(obtain("the recovery phrase", phrase), known)
        return cls._saved(file, key, told, obtain_new(_whose(file), password))

    @classmethod
    def from_file(cls, path: str | Path, *, password: Ask | None = None) -> Account:
        """An account from an encrypted JSON keystore as polkadot-js exports it.

        Args:
            path: the keystore, of an sr25519 or ed25519 key.
            password: called for the password; asks at a prompt that echoes nothing by default.

        Raises:
            KeystoreInvalid: no such file, or of a kind that is not opened here.
            WrongPassword: the wrong password, or a damaged file.
            PromptUnavailable: nobody can be asked for a password here.
        """
        password = asker(password)
        file = require_path("path", path)
        found = keystore.read(file)
        secret = obtain(f"the password of {_whose(file)}", password)
        return Account(file.stem, found.open(secret))

    @staticmethod
    def change_password(
        path: str | Path, *, old: Ask | None = None, new: Ask | None = None
    ) -> None:
        """Encrypts a keystore with another password, in its place.

        Copies that were made of the file keep the old one.

        Args:
            old, new: called for the passwords; asked for by default, the new one twice.

        Raises:
            KeystoreInvalid, WrongPassword, PromptUnavailable: as for `from_file`.
            UsageError: the new password is weak, or the file cannot be written; it is as it was.
        """
        old, new = asker(old), asker(new)
        file = require_path("path", path)
        found = keystore.read(file)
        key = found.open(obtain(f"the password of {_whose(file)}", old))
        secret = obtain_new(_whose(file), new)
        keystore.replace(file.resolve(), keystore.encrypted(key, secret, found.meta))

    @classmethod
    def external(cls, signer: Signer, *, name: str = "external") -> Account:
        """An account whose key somebody else holds: hardware, a browser's wallet, a process.

        Every signature is verified here before anything is sent.

        Args:
            signer: see `Signer`; a `RequestSigner` is told what it signs, and a `KeyOpener` opens
                sealed weights too.
            name: for reading.

        Raises:
            UsageError: no signer, or its address, public key and scheme do not go together.
        """
        return Account(_name(name), ExternalKey(signer))

    @classmethod
    def _saved(cls, file: Path, key: KeyPair, name: str, password: Secret) -> Account:
        keystore.write_new(file, keystore.encrypted(key, password, keystore.meta_of(name)))
        return Account(file.stem, key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Account) and other.account_id == self.account_id

    def __hash__(self) -> int:
        return hash(self.account_id)

    def __copy__(self) -> Account:
        return self  # never a second holder of the secret

    def __deepcopy__(self, _: object) -> Account:
        return self

    def __getstate__(self) -> NoReturn:
        raise UsageError(
            f"{self!r} is not pickled: it holds a secret. Pass its address on, and open the "
            "account anew where it signs: dml.Account.from_file(…)."
        )

    def __reduce_ex__(self, _: object) -> NoReturn:
        self.__getstate__()

    def __repr__(self) -> str:
        return f"<Account {self.name} {short_address(self.address)}>"

    def _repr_html_(self) -> str:
        return (
            f"<span title='{html.escape(self.address)}'><b>{html.escape(self.name)}</b> "
            f"<code>{html.escape(short_address(self.address))}</code></span>"
        )


def _new_file(path: object) -> Path:
    """Where a keystore is to go.

    Raises:
        UsageError: no path; or a phrase, a seed or the like, which goes nowhere but to the prompt.
    """
    file = require_path("path", path)
    if looks_secret(file) or len(file.name.encode()) > _LONGEST_NAME:
        raise UsageError(
            "What was given as the keystore's path looks like a recovery phrase or a seed: give "
            "where the file is to be. The phrase is asked for, or given by a function (phrase=…). "
            "If it stands in a notebook or a shell's history, move to a new account."
        )
    return file


def _name(given: object) -> str:
    """What an account is called, which its keystore tells in clear.

    Raises:
        UsageError: no text that fits; or a phrase or a seed.
    """
    if not isinstance(given, str) or looks_secret(Path(given)):
        raise UsageError(f"name is {discreet(given)}: give what the account is to be called.")
    return require_text("name", given)


def _whose(file: Path) -> str:
    """What a prompt says a password is for."""
    return "the keystore" if path_told(file) != str(file) else file.name


def require_signer(signer: object) -> None:
    """Refuses what cannot sign, as an address alone cannot.

    Raises:
        UsageError: it is no account.
    """
    if not isinstance(signer, Account):
        raise UsageError(
            f"{discreet(signer)} cannot sign: give a dml.Account, such as session.signer or "
            'session.account("bob").'
        )


def address_of(account: object) -> str:
    """The SS58 address of an account, or an address itself, in this SDK's format.

    Raises:
        UsageError: neither.
    """
    if isinstance(account, Account):
        return account.address
    if not isinstance(account, str) or account.startswith("0x"):
        raise UsageError(
            f"{discreet(account)} is no account: give a dml.Account or an SS58 address."
        )
    try:
        return addresses.address_of(addresses.account_of(account))
    except ValueError as e:
        raise UsageError(
            f"{discreet(account)} is no SS58 address ({e}). A development account's is "
            "session.account(name).address."
        ) from None
