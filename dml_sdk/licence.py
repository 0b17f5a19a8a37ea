"""Licence: a right bought on a model."""

from __future__ import annotations

import html
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from dml_sdk.access import hex_of
from dml_sdk.arguments import MOST_ID, require_whole, shown
from dml_sdk.chain.accounts import Account, address_of
from dml_sdk.chain.telling import pool_asset
from dml_sdk.errors import DMLError, UsageError
from dml_sdk.handles import Handle, Numbered
from dml_sdk.measures import (
    REVOCATION_CAUSES,
    Tokens,
    Usage,
    decode_cause,
    encode_cause,
    require_usage,
)
from dml_sdk.terms import LicenceTerms
from dml_sdk.types import Amount, Asset, Receipt, from_ms, short_address

if TYPE_CHECKING:
    from dml_sdk.session import Session

COLUMNS = ("id", "model", "usage", "holder", "state", "paid", "bought", "expires")


class Licence(Numbered):
    """A right bought on a model. Every figure is read from the chain when asked for.

    Attributes:
        receipt: of its purchase, when this object came from `buy`.

    Raises:
        UsageError: there is no such licence.
    """

    kind = "licence"

    def __init__(self, session: Session, licence_id: int, receipt: Receipt | None = None) -> None:
        self._id = require_whole("a licence's id", licence_id, most=MOST_ID)
        self.receipt = receipt
        session.chain.require_open()
        told = session.chain.get("Licences", "Licences", self.id)
        if told is None:
            raise UsageError(f"There is no licence {self.id} on {session.chain.name}.")
        self._handle = Handle(session, told["model"])

    @property
    def record(self) -> dict[str, Any]:
        """The chain's own record, decoded."""
        found: dict[str, Any] = self._handle.chain.get("Licences", "Licences", self.id)
        return found

    @property
    def model_id(self) -> int:
        """The chain's number for its model."""
        return self._handle.model_id

    @property
    def usage(self) -> Usage:
        """What it allows."""
        return require_usage(self.record["usage"].lower())

    @property
    def holder(self) -> str:
        """SS58 address of who holds it now."""
        return str(self.record["holder"])

    @property
    def expires(self) -> datetime | None:
        """When it ends; None for never."""
        ms = self.record["expires_ms"]
        return None if ms is None else from_ms(ms)

    @property
    def state(self) -> str:
        """ "valid", "expired", "given up", or "revoked: " and the cause."""
        return _state(self.record, self._handle.chain.now_ms())

    @property
    def valid(self) -> bool:
        """Whether it gives its right now."""
        return self.state == "valid"

    @property
    def terms(self) -> LicenceTerms:
        """As they were when it was bought or last renewed."""
        return LicenceTerms.decoded(self.record["terms"], self._asset)

    @property
    def paid(self) -> Amount:
        """All that was paid for it, renewals included."""
        return Amount(self.record["paid"], self._asset)

    def renew(self, max_price: Tokens | None = None) -> Receipt:
        """Pays the present terms and extends it by their duration; the holder's.

        Args:
            max_price: the most to pay, whole tokens; the present price by default.

        Raises:
            DispatchError: Licences.NotHolder, Licences.NothingToRenew, …
        """
        most = highest(self._handle, self.usage, max_price)
        return self._submit("renew", max_price=most)

    def transfer(self, to: Account | str) -> Receipt:
        """Passes it on, if its terms allow that; the holder's.

        Its key for sealed weights does not go with it: whoever gets it names an own one by
        `name_key`, and gives it up by `resign` if it is unwanted.

        Raises:
            DispatchError: Licences.NotTransferable, Licences.NotHolder, …
        """
        return self._submit("transfer", to=address_of(to))

    def resign(self) -> Receipt:
        """Gives it up; nothing is paid back. The holder's, who may then buy one of the same usage.

        Raises:
            DispatchError: Licences.NotHolder, Licences.LicenceRevoked.
        """
        return self._submit("resign")

    def revoke(self, cause: str) -> Receipt:
        """Revokes it for a cause; the owner's, while alone in the collective.

        Args:
            cause: "breach", "leak", "jurisdiction", or another in words.

        Raises:
            DispatchError: Licences.NotOwner, Licences.CollectiveDecides, …
        """
        return self._submit("revoke", cause=encode_cause(cause, REVOCATION_CAUSES))

    def name_key(self) -> Receipt:
        """Names the signer's sealing key as the one that content keys are wrapped for.

        Raises:
            UsageError: the signer is outside and opens no content keys.
            DispatchError: Licences.NotHolder, …
        """
        key = self._handle.session.signer.sealing_key
        return self._submit("set_encryption_key", encryption_key=hex_of(key))

    @property
    def _asset(self) -> Asset:
        return pool_asset(self._handle.chain, self.model_id)

    def _submit(self, function: str, **arguments: Any) -> Receipt:
        call = self._handle.chain.call("Licences", function, licence=self.id, **arguments)
        return self._handle.submit(call)

    def __repr__(self) -> str:
        return self._handle.shown(
            f"Licence {self.id}",
            lambda: (
                f"{self.usage} of model {self.model_id}, {short_address(self.holder)}, {self.state}"
            ),
        )

    def _repr_html_(self) -> str:
        return f"<p>{html.escape(repr(self))}</p>"


def licence_rows(
    session: Session, model: int | None, holder: str | None
) -> Iterator[dict[str, Any]]:
    """A row for each licence of a model, of a holder, or of both."""
    chain = session.chain
    now, assets = chain.now_ms(), dict[int, Asset]()
    for told in chain.ask("licences", model, holder):
        entry = told["licence"]
        if entry["model"] not in assets:
            assets[entry["model"]] = pool_asset(chain, entry["model"])
        yield {
            "id": told["id"],
            "model": entry["model"],
            "usage": entry["usage"].lower(),
            "holder": entry["holder"],
            "state": _state(entry, now),
            "paid": Amount(entry["paid"], assets[entry["model"]]),
            "bought": from_ms(entry["bought_ms"]),
            "expires": None if entry["expires_ms"] is None else from_ms(entry["expires_ms"]),
        }


def licence_terms(given: object) -> LicenceTerms:
    """Terms, or those of a price alone.

    Raises:
        UsageError: neither.
    """
    if isinstance(given, LicenceTerms):
        return given
    try:
        return LicenceTerms(price=given)  # type: ignore[arg-type]  # checked there
    except DMLError as e:
        raise UsageError(f"{shown(given)}: give a price, or LicenceTerms(…).") from e


def _state(entry: dict[str, Any], now_ms: int) -> str:
    if entry["state"] == "Resigned":
        return "given up"
    if entry["state"] != "Active":
        cause = decode_cause(entry["state"]["Revoked"]["cause"], REVOCATION_CAUSES)
        return f"revoked: {cause}"
    expires = entry["expires_ms"]
    return "expired" if expires is not None and expires <= now_ms else "valid"


def offer(handle: Handle, usage: Usage) -> dict[str, Any] | None:
    """On which terms a usage of a model is sold, as the chain tells it."""
    found: dict[str, Any] | None = handle.chain.get(
        "Licences", "Offers", handle.model_id, usage.capitalize()
    )
    return found


def highest(handle: Handle, usage: Usage, max_price: Tokens | None) -> int:
    """The most to pay for a licence in planck: as given, or the present price."""
    if max_price is not None:
        return pool_asset(handle.chain, handle.model_id).amount(max_price).planck
    told = offer(handle, usage)
    return 0 if told is None else int(told["price"])  # the chain says that it is not for sale
