"""What somebody looks for among the models: a filter, an order, and which page of the answer."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal, TypeAlias, get_args

from dml_sdk.arguments import require_flag, require_whole, shown
from dml_sdk.errors import UsageError
from dml_sdk.measures import USAGES, Number, Usage, require_usage, tokens_of
from dml_sdk.types import Amount

Sort: TypeAlias = Literal["newest", "oldest", "name", "price", "pool", "holders"]
SORTS: tuple[Sort, ...] = get_args(Sort)
PAGE = 12
LONGEST_TEXT = 100
_PRICE = re.compile(r"[0-9]{1,60}(\.[0-9]{0,60})?|\.[0-9]{1,60}")  # as the page takes an amount
_MOST_FIRST = 2**32


@dataclass(frozen=True, slots=True)
class Query:
    """A filter, an order, and where the page begins.

    Attributes:
        text: words, each of which has to be in name or licence, to begin the GUID or the owner's
            address (four characters at least), or to be the id as "#3".
        usage: only what is sold for it.
        max_price: only what a usage of costs this much at most, in whole tokens of whatever asset
            it is in.
        may_download: only what the signer may have the weights of.
        sort: "newest", "oldest", "name", "price" (what costs least first), "pool" (what has most
            left first) or "holders" (what most hold first).
        first: how many models come before the page.

    Raises:
        UsageError: something else than these.
    """

    text: str = ""
    usage: Usage | None = None
    max_price: Number | None = None
    may_download: bool = False
    sort: Sort = "newest"
    first: int = 0

    def __post_init__(self) -> None:
        if not isinstance(self.text, str) or len(self.text) > LONGEST_TEXT:
            raise UsageError(
                f"text={shown(self.text)}: give words, {LONGEST_TEXT} characters at most."
            )
        if self.usage is not None:
            require_usage(self.usage)
        if isinstance(self.max_price, Amount):
            raise UsageError(
                f"max_price={shown(self.max_price)}: give a number of tokens; the prices of all "
                "models are compared with it, whatever asset each is in."
            )
        if self.max_price is not None:
            object.__setattr__(self, "max_price", tokens_of("max_price", self.max_price))
        require_flag("may_download", self.may_download)
        if self.sort not in SORTS:
            raise UsageError(f"sort={shown(self.sort)}: give one of {', '.join(SORTS)}.")
        require_whole("first", self.first, most=_MOST_FIRST)

    @property
    def words(self) -> tuple[str, ...]:
        """The words of the text, in the form in which they are compared."""
        return tuple(self.text.casefold().split())

    @property
    def most(self) -> Decimal | None:
        """The highest price, in whole tokens."""
        return None if self.max_price is None else Decimal(self.max_price)

    def plain(self) -> dict[str, Any]:
        """As the page fills it in."""
        return {
            "text": self.text,
            "usage": self.usage or "",
            "max_price": "" if self.most is None else f"{self.most:f}",
            "may_download": self.may_download,
            "sort": self.sort,
        }


def read_query(given: object) -> Query | None:
    """The query that a page sent; None for what no page of this SDK sends."""
    match given:
        case {
            "text": str(text),
            "usage": str(usage),
            "max_price": str(price),
            "may_download": bool(may_download),
            "sort": str(sort),
            "first": int(first),
        } if isinstance(given, Mapping) and not isinstance(first, bool):
            pass
        case _:
            return None
    if usage not in ("", *USAGES) or sort not in SORTS or not 0 <= first <= _MOST_FIRST:
        return None
    if len(text) > LONGEST_TEXT or (price and not _PRICE.fullmatch(price)):
        return None
    return Query(
        text=text,
        usage=require_usage(usage) if usage else None,
        max_price=price or None,
        may_download=may_download,
        sort=next(known for known in SORTS if known == sort),
        first=first,
    )
