"""Accounts: who signs."""

from __future__ import annotations

import getpass
import html
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from dml_sdk.arguments import require_path, shown
from dml_sdk.chain.client.codec import addresses
from dml_sdk.chain.client.keys import KeyPair, development_key, key_from_file
from dml_sdk.errors import UsageError
from dml_sdk.types import short_address

# Names that Substrate's own development keys have; any other name is derived beside them.
WELL_KNOWN = ("alice", "bob", "charlie", "dave", "eve", "ferdie")
DEVELOPMENT_NAME = re.compile(r"[A-Za-z0-9_.-]{1,64}")


class Account:
    """An address with the key that signs for it; its repr, and any error, show only the address.

    Attributes:
        name: for reading ("alice").
        address: SS58.
        public_key: 32 bytes.
    """

    __slots__ = ("_key", "name")

    def __init__(self, name: str, key: KeyPair) -> None:
        self.name = name
        self._key = key

    @property
    def address(self) -> str:
        """SS58 address."""
        return self._key.address

    @property
    def public_key(self) -> bytes:
        """32 bytes."""
        return self._key.public_key

    @property
    def key(self) -> KeyPair:
        """The key pair, for the chain's client."""
        return self._key

    @classmethod
    def development(cls, name: str) -> Account:
        """A development account: its secret is public, so it is only good for a development chain.

        The six well-known ones are "alice", "bob", "charlie", "dave", "eve" and "ferdie".

        Raises:
            UsageError: a name that could be read as a derivation path.
        """
        if not isinstance(name, str) or not DEVELOPMENT_NAME.fullmatch(name):
            raise UsageError(
                f"{shown(name)} is not a name for a development account: "
                "use 1 to 64 letters, digits, '-', '_' or '.'."
            )
        if re.fullmatch(r"5[1-9A-HJ-NP-Za-km-z]{46,47}", name):
            raise UsageError(f"{name} is an address; a development account has a name, like 'bob'.")
        lower = name.lower()
        path = f"//{lower.capitalize()}" if lower in WELL_KNOWN else f"//dml//{name}"
        return cls(lower if lower in WELL_KNOWN else name, development_key(path))

    @classmethod
    def from_file(cls, path: str | Path, *, password: Callable[[], str] | None = None) -> Account:
        """An account from an encrypted JSON keystore as polkadot-js exports it.

        Args:
            path: the keystore.
            password: called for the password; asks at a prompt that echoes nothing by default.

        Raises:
            UsageError: not such a file, or the wrong password.
        """
        file = require_path("path", path)

        def ask() -> str:
            return getpass.getpass(f"Password of {file.name}: ")

        return cls(file.stem, key_from_file(file, password or ask))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Account) and other.public_key == self.public_key

    def __hash__(self) -> int:
        return hash(self.public_key)

    def __copy__(self) -> Account:
        return self  # never a second holder of the secret

    def __deepcopy__(self, _: object) -> Account:
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        raise UsageError(
            f"{self!r} is not pickled: it holds a secret. Pass its address on, and open the "
            "account anew where it signs: dml.Account.from_file(…)."
        )

    def __repr__(self) -> str:
        return f"<Account {self.name} {short_address(self.address)}>"

    def _repr_html_(self) -> str:
        return (
            f"<span title='{html.escape(self.address)}'><b>{html.escape(self.name)}</b> "
            f"<code>{html.escape(short_address(self.address))}</code></span>"
        )


def require_signer(signer: object) -> None:
    """Refuses what cannot sign, as an address alone cannot.

    Raises:
        UsageError: it is no account.
    """
    if not isinstance(signer, Account):
        raise UsageError(
            f"{shown(signer)} cannot sign: give a dml.Account, such as session.signer or "
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
        raise UsageError(f"{shown(account)} is no account: give a dml.Account or an SS58 address.")
    try:
        return addresses.address_of(addresses.account_of(account))
    except ValueError as e:
        raise UsageError(
            f"{shown(account)} is no SS58 address ({e}). A development account's is "
            "session.account(name).address."
        ) from e
