"""Every model of a chain in few words: enough to filter and sort by, and to find a page of them.

What is told of a model beyond that is read for the page that is shown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from dml_sdk.measures import USAGES, Usage, require_usage
from dml_sdk.registration import decode_guid
from dml_sdk.types import Amount, Asset
from dml_sdk.untrusted import text_of
from dml_sdk.widgets.model_browser.query import PAGE, Query

if TYPE_CHECKING:
    from dml_sdk.session import Session

# Only what happens here changes what is shown.
_PALLETS = frozenset({"Models", "Pools", "Licences", "Updates", "Rounds", "Collectives", "Assets"})
_MOST_BLOCKS = 32
# What is shorter begins too many GUIDs by chance.
_LEAST_BEGINNING = 4


@dataclass(frozen=True, slots=True)
class Entry:
    """One model, as listings tell of it.

    Attributes:
        id: the chain's number for it.
        record: of the registry.
        pool: of the pools, None where there is none.
        asset: what its licences are paid in.
        offers: for each usage that is sold its terms.
        holders: how many accounts hold a licence of it.
    """

    id: int
    record: Mapping[str, Any]
    pool: Mapping[str, Any] | None
    asset: Asset
    offers: Mapping[Usage, Mapping[str, Any]]
    holders: int

    @property
    def guid(self) -> str:
        """The model's GUID."""
        return decode_guid(self.record["guid"])

    @property
    def left(self) -> Amount:
        """What is left in the pool's buckets."""
        return Amount(sum(self.pool["buckets"].values()) if self.pool else 0, self.asset)

    def price(self, usage: Usage | None) -> Decimal | None:
        """What a usage costs, or the one that costs least; None where nothing is sold."""
        sold = [told for name, told in self.offers.items() if usage in (None, name)]
        prices = [Amount(told["price"], self.asset).tokens for told in sold]
        return min(prices, default=None)

    def fits(self, query: Query) -> bool:
        """Whether it is looked for; `may_download` is the runtime's to say."""
        price = self.price(query.usage)
        if price is None and (query.usage or query.most is not None):
            return False
        if query.most is not None and price is not None and price > query.most:
            return False
        return all(self._has(word) for word in query.words)

    def _has(self, word: str) -> bool:
        """Whether a word is in its name or licence, or begins its GUID or its owner's address."""
        record = self.record
        if (
            word in f"{text_of(record['name'])} {text_of(record['licence'])}".casefold()
            or word == f"#{self.id}"
        ):
            return True
        begins = self.guid, str(record["owner"]).casefold()
        return len(word) >= _LEAST_BEGINNING and any(each.startswith(word) for each in begins)


@dataclass(frozen=True, slots=True)
class Found:
    """A page of what was looked for.

    Attributes:
        entries: of the page.
        first: how many come before it.
        total: how many were found.
        among: how many models there are.
    """

    entries: Sequence[Entry]
    first: int
    total: int
    among: int


class Catalogue:
    """The models of a session's chain, listed anew once something happened to them."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._seen: tuple[int, str] | None = None
        self._entries: dict[int, Entry] = {}
        self._may: dict[int, bool] = {}
        self._until: int | None = None

    def follow(self) -> bool:
        """Takes note of new blocks; says whether anything that is shown may be different."""
        chain = self._session.chain
        head = chain.block_number
        now = head, chain.block_hash(head)
        if self._seen is not None and self._is_quiet(self._seen, now):
            self._seen = now
            return False
        self._seen = None  # until all of it could be listed
        self._may.clear()
        self._entries = {entry.id: entry for entry in _listed(self._session)}
        self._seen = now
        return True

    def _is_quiet(self, seen: tuple[int, str], now: tuple[int, str]) -> bool:
        if seen == now:
            return not self._is_over()
        chain, (last, known) = self._session.chain, seen
        if not 0 <= now[0] - last <= _MOST_BLOCKS or chain.block_hash(last) != known:
            return False
        blocks = range(last + 1, now[0] + 1)
        happened = (event for number in blocks for event in chain.events_of_block(number))
        return not any(e.pallet in _PALLETS for e in happened) and not self._is_over()

    def _is_over(self) -> bool:
        return self._until is not None and self._session.chain.now_ms() >= self._until

    def changes_at(self, ms: int | None) -> None:
        """Says when something that is shown will be different without anything happening."""
        self._until = ms

    def entry(self, model: int) -> Entry | None:
        """One model; None for one that is not there."""
        return self._entries.get(model)

    def may_download(self, model: int) -> bool:
        """Whether the chain gives a model's weights to the signer."""
        if model not in self._may:
            who = self._session.signer.address
            self._may[model] = bool(self._session.chain.ask("may_download", model, who))
        return self._may[model]

    def find(self, query: Query) -> Found:
        """A page of what a query looks for; the last one where it begins behind the end."""
        found = self.all(query)
        first = min(query.first, max(0, len(found) - 1)) // PAGE * PAGE
        return Found(found[first : first + PAGE], first, len(found), len(self._entries))

    def all(self, query: Query) -> Sequence[Entry]:
        """All that a query looks for."""
        found = [entry for entry in self._entries.values() if entry.fits(query)]
        if query.may_download:
            found = [entry for entry in found if self.may_download(entry.id)]
        return _sorted(found, query)


def _sorted(found: list[Entry], query: Query) -> list[Entry]:
    newest = sorted(found, key=lambda entry: -entry.id)
    match query.sort:
        case "newest":
            return newest
        case "oldest":
            return newest[::-1]
        case "name":
            return sorted(newest, key=lambda entry: text_of(entry.record["name"]).casefold())
        case "price":
            prices = {entry.id: entry.price(query.usage) for entry in newest}
            unsold = Decimal("Infinity")
            return sorted(
                newest,
                key=lambda entry: unsold if (p := prices[entry.id]) is None else p,
            )
        case "pool":
            return sorted(newest, key=lambda entry: entry.left.tokens.copy_negate())
        case "holders":
            return sorted(newest, key=lambda entry: -entry.holders)


def _listed(session: Session) -> list[Entry]:
    """Every model, from a listing of each kind of record."""
    chain = session.chain
    pools = dict(chain.entries("Pools", "Pools"))
    holders = dict(chain.entries("Licences", "HolderCount"))
    assets = {"Native": chain.token}
    offers: dict[int, dict[Usage, Mapping[str, Any]]] = {}
    for (model, name), told in chain.entries("Licences", "Offers"):
        offers.setdefault(model, {})[require_usage(str(name).lower())] = told

    def asset_of(pool: Mapping[str, Any] | None) -> Asset:
        if pool is None:
            return chain.token
        key = str(pool["asset"])
        if key not in assets:
            assets[key] = chain.asset_of(pool["asset"])
        return assets[key]

    return [
        Entry(
            id=model,
            record=record,
            pool=pools.get(model),
            asset=asset_of(pools.get(model)),
            offers={u: offers[model][u] for u in USAGES if u in offers.get(model, {})},
            holders=int(holders.get(model, 0)),
        )
        for model, record in sorted(chain.entries("Models", "Models"))
    ]
