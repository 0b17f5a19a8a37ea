"""Licences: rights bought on a model, what they allow, and the keys that come with them."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Any

from dml_sdk.access import hex_of, read_ring, sealing_key_of
from dml_sdk.arguments import id_of
from dml_sdk.chain.accounts import Account, address_of
from dml_sdk.chain.telling import pool_asset
from dml_sdk.deliveries import Delivery, deliver, key_ring, known_key
from dml_sdk.errors import LicenceRequired, UsageError
from dml_sdk.expiry import prune
from dml_sdk.handles import Handle
from dml_sdk.licence import COLUMNS, Licence, highest, licence_rows, licence_terms, offer
from dml_sdk.measures import (
    USAGES,
    Tokens,
    Usage,
    require_usage,
)
from dml_sdk.storage.key_ring import KeyRing
from dml_sdk.tables import Table
from dml_sdk.terms import LicenceTerms
from dml_sdk.types import Amount, Asset, Location, Receipt, short_address

if TYPE_CHECKING:
    from dml_sdk.chain.client.calls import Call
    from dml_sdk.chain.previews import Preview
    from dml_sdk.session import Session


class Licences:
    """The licences of one model: what is sold, who holds what."""

    def __init__(self, session: Session, model_id: int) -> None:
        self._handle = Handle(session, model_id)

    # --- read -----------------------------------------------------------------------------------

    def terms(self, usage: Usage) -> LicenceTerms | None:
        """On which terms a usage is sold now; None if it is not."""
        told = offer(self._handle, require_usage(usage))
        return None if told is None else LicenceTerms.decoded(told, self._asset)

    @property
    def offers(self) -> Table:
        """What is sold, and on which terms."""
        asset, rows = self._asset, []
        for usage in USAGES:
            told = offer(self._handle, usage)
            if told is None:
                continue
            terms = LicenceTerms.decoded(told, asset)
            rows.append(
                {
                    "usage": usage,
                    "price": Amount(told["price"], asset),
                    "duration": terms.duration,
                    "maximum": terms.maximum,
                    "transferable": terms.transferable,
                    "jurisdiction": terms.jurisdiction,
                    "text": None if terms.text is None else str(terms.text.location),
                }
            )
        columns = (
            "usage", "price", "duration", "maximum", "transferable", "jurisdiction", "text",
        )  # fmt: skip
        return Table(f"Licences sold of model {self._handle.model_id}", rows, columns)

    @property
    def restricted(self) -> bool:
        """Whether the weights are for those alone who have a right to them.

        They are since downloads were first for sale, be it that they are not any more.
        """
        told = self._handle.chain.get("Licences", "Restricted", self._handle.model_id)
        return told is not None

    def may_download(self, account: Account | str | None = None) -> bool:
        """Whether the chain gives the weights to an account; the signer by default."""
        who = address_of(self._handle.session.signer if account is None else account)
        return bool(self._handle.chain.ask("may_download", self._handle.model_id, who))

    def holders(self, usage: Usage | None = None) -> Table:
        """Who holds a valid licence."""
        only = None if usage is None else require_usage(usage)
        rows = [
            row
            for row in licence_rows(self._handle.session, self._handle.model_id, None)
            if row["state"] == "valid" and only in (None, row["usage"])
        ]
        return Table(f"Licence holders of model {self._handle.model_id}", rows, COLUMNS)

    def all(self) -> Table:
        """Every licence that was ever bought, valid or not."""
        rows = list(licence_rows(self._handle.session, self._handle.model_id, None))
        return Table(f"Licences of model {self._handle.model_id}", rows, COLUMNS)

    # --- act ------------------------------------------------------------------------------------

    def set_terms(self, usage: Usage, terms: LicenceTerms | Tokens | None) -> Receipt:
        """Sells a usage on these terms, or no more; the owner's, while alone in the collective.

        With others in the collective it is theirs:
        `collective.propose(dml.actions.SetLicence(usage, terms))`.

        Args:
            terms: a price alone stands for `LicenceTerms(price)`; None ends the sale.

        Raises:
            DispatchError: Licences.NotOwner, Licences.CollectiveDecides, Licences.NoOpenPool, …
        """
        told = None if terms is None else licence_terms(terms).encoded(self._asset)
        return self._submit(
            "set_terms",
            model=self._handle.model_id,
            usage=require_usage(usage).capitalize(),
            terms=told,
        )

    def buy(self, usage: Usage, max_price: Tokens | None = None) -> Licence:
        """Buys a licence; its price goes into the pool's buckets by share.

        The signer's sealing key goes with it, so that content keys can be delivered.

        Args:
            max_price: the most to pay, whole tokens, should the terms change meanwhile; the
                present price by default.

        Returns:
            the licence; `.receipt` tells what was paid.

        Raises:
            DispatchError: Licences.NotForSale, Licences.AlreadyHeld, Licences.SoldOut, …
        """
        receipt = self._handle.submit(self.buy_call(usage, max_price))
        bought = next(e for e in receipt.events if (e.pallet, e.name) == ("Licences", "Bought"))
        return Licence(self._handle.session, int(str(bought.fields["licence"])), receipt)

    def preview_buy(self, usage: Usage, max_price: Tokens | None = None) -> Preview:
        """What `buy` would do, asked of the runtime; nothing is signed."""
        return self._handle.preview(self.buy_call(usage, max_price))

    def buy_call(self, usage: Usage, max_price: Tokens | None = None) -> Call:
        """The call that `buy` signs."""
        known = require_usage(usage)
        return self._handle.chain.call(
            "Licences",
            "buy",
            model=self._handle.model_id,
            usage=known.capitalize(),
            max_price=highest(self._handle, known, max_price),
            encryption_key=hex_of(sealing_key_of(self._handle.session.signer)),
        )

    def renew(self, licence: Licence | int, max_price: Tokens | None = None) -> Receipt:
        """`Licence.renew`."""
        return self._one(licence).renew(max_price)

    def transfer(self, licence: Licence | int, to: Account | str) -> Receipt:
        """`Licence.transfer`."""
        return self._one(licence).transfer(to)

    def revoke(self, licence: Licence | int, cause: str) -> Receipt:
        """`Licence.revoke`."""
        return self._one(licence).revoke(cause)

    def deliver(self, *, keys: Location | str | None = None) -> Delivery:
        """Gives the keys of sealed versions to all holders who wait for them.

        The owner delivers every version, an engineer those that he published; while the owner is no
        member of the collective, any member delivers every version. What somebody else delivered
        does not count, since nobody can say whether it opens anything: a holder tries all. Each
        holder and each version is delivered by itself: a holder who named a key that is none, or a
        version that does not open, holds up nobody else.

        Args:
            keys: where a key ring is that the signer was given, as a member without a licence is.

        Returns:
            the receipts, none if nobody waits or nothing is sealed; `.skipped` says to whom nothing
            was delivered, and why: also who named no key, and who waits for what this account may
            not deliver.

        Raises:
            DispatchError, LicenceRequired, StorageError, UsageError: nothing that waits could be
                delivered; what the first of it was skipped for.
        """
        return deliver(self._handle, self._ring(keys))

    def deliver_to(
        self,
        reader: Account | str,
        sealing_key: bytes | None = None,
        *,
        keys: Location | str | None = None,
    ) -> Location:
        """Gives somebody without a licence the keys of all sealed versions, in a file of the store.

        The chain has a place for the keys of licence holders alone; a member of the collective may
        have the weights without a licence. Pass on the location that this returns, by any way:
        the file opens for its reader and nobody else, who calls `model.weights(keys=location)`.
        Of versions to come it has no keys, and of those that do not open: of these it warns.

        Who has which versions' keys to give is as for `deliver`.

        Args:
            reader: an `Account` brings its sealing key with it; of an address, the key is the one
                that the reader named with a valid licence of this model. No other licence counts:
                somebody else could have named its key.
            sealing_key: the reader's `Account.sealing_key`, 32 bytes, where the chain knows none.
                It is worth as much as the way by which it came.
            keys: where a key ring is that the signer was given.

        Raises:
            LicenceRequired: the chain does not give them the weights.
            UsageError: no sealing key is known, or nothing of the model is sealed.
            LicenceRequired, SealError, ContentNotFound, ContentCorrupt: the signer can open no
                version.
        """
        who = address_of(reader)
        if not self.may_download(who):
            raise LicenceRequired(
                f"The weights of model {self._handle.model_id} are not for {who}: neither its "
                "owner, nor of its collective, nor a holder of a licence. Nothing was delivered."
            )
        if sealing_key is None:
            sealing_key = known_key(self._handle, reader, who)
        return key_ring(self._handle, who, sealing_key, self._ring(keys))

    def prune(self) -> tuple[Receipt, ...]:
        """Takes licences that have expired off the counts; anyone's.

        They expire by time alone, without a transaction, and are counted until then: among those
        who hold a usage of which there are so many at most, and in the electorate of a referendum.

        Returns:
            the receipts, none if there is nothing to take off.
        """
        return prune(self._handle)

    # --- inside ---------------------------------------------------------------------------------

    def _ring(self, keys: Location | str | None) -> KeyRing | None:
        return None if keys is None else read_ring(self._handle, keys)

    def _one(self, licence: Licence | int) -> Licence:
        number = id_of(licence, "licence", self._handle.chain.identity)
        found = Licence(self._handle.session, number)
        if found.model_id != self._handle.model_id:
            raise UsageError(
                f"Licence {number} is of model {found.model_id}, not of {self._handle.model_id}."
            )
        return found

    @property
    def _asset(self) -> Asset:
        return pool_asset(self._handle.chain, self._handle.model_id)

    def _submit(self, function: str, **arguments: Any) -> Receipt:
        return self._handle.submit(self._handle.chain.call("Licences", function, **arguments))

    def __repr__(self) -> str:
        return self._handle.shown(f"Licences of model {self._handle.model_id}:", self._told)

    def _told(self) -> str:
        offers = ", ".join(f"{row['usage']} {row['price']}" for row in self.offers)
        return f"{offers or 'none is sold'}; {len(self.holders())} held"

    def _repr_html_(self) -> str:
        if self._handle.ended:
            return f"<p>{html.escape(repr(self))}</p>"
        return f"<div>{self.offers._repr_html_()}{self.holders()._repr_html_()}</div>"


class SessionLicences:
    """The licences on a session's chain."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def get(self, licence_id: int) -> Licence:
        """A licence by its id.

        Raises:
            UsageError: there is no such licence.
        """
        return Licence(self._session, licence_id)

    def list(self, holder: Account | str | None = None) -> Table:
        """Every licence of an account, the signer by default, valid or not."""
        who = address_of(self._session.signer if holder is None else holder)
        rows = list(licence_rows(self._session, None, who))
        return Table(f"Licences of {short_address(who)}", rows, COLUMNS)

    def __repr__(self) -> str:
        return f"<Licences of {self._session.signer.name} on {self._session.chain.name}>"

    def _repr_html_(self) -> str:
        return self.list()._repr_html_()
