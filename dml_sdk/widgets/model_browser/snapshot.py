"""Models as plain values, which the browser and its picture draw: a card, and all of one model.

Every figure is the chain's. Amounts travel as exact decimal strings, times as ms since 1970. What
people wrote (names, licences, reasons) is untrusted text of bounded length.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from dml_sdk.access import deliveries_of, octets_of, sealing_key_of
from dml_sdk.locations import Document
from dml_sdk.measures import BY_ROLE, REVOCATION_CAUSES, decode_cause
from dml_sdk.types import Amount
from dml_sdk.untrusted import text_of, visible
from dml_sdk.widgets.model_browser.catalogue import Catalogue, Entry
from dml_sdk.widgets.model_browser.lineage import History
from dml_sdk.widgets.wording import exact

if TYPE_CHECKING:
    from dml_sdk.session import Session

_MOST_LICENCES = 10


def card_plain(
    session: Session, entry: Entry, catalogue: Catalogue, history: History
) -> dict[str, Any]:
    """What a card says of a model."""
    record, me = entry.record, session.signer.address
    points = history.points()
    return {
        "id": entry.id,
        "guid": entry.guid,
        "name": visible(text_of(record["name"])),
        "licence": visible(text_of(record["licence"])),
        "owner": str(record["owner"]),
        "is_mine": record["owner"] == me,
        "created": int(record["created_ms"]),
        "versions": int(record["versions"]),
        "asset": entry.asset.label,
        "decimals": entry.asset.decimals,
        "pool": str(entry.pool["state"]).lower() if entry.pool else "",
        "left": exact(entry.left),
        "offers": [_offer_plain(session, entry, usage) for usage in entry.offers],
        "holders": entry.holders,
        "may_download": catalogue.may_download(entry.id),
        "accuracy": [point.plain() for point in points],
        "held": [
            [told["usage"], told["expires"]]
            for told in _licences(session, entry)
            if told["state"] == "valid"
        ],
    }


def opened_plain(
    session: Session, entry: Entry, history: History, sealed: bool | None
) -> dict[str, Any]:
    """What more there is to say of the model that was opened.

    Args:
        sealed: whether its weights are encrypted; None as long as nobody knows.
    """
    nodes, left_out = history.nodes(entry.asset)
    buckets = entry.pool["buckets"] if entry.pool else {}
    return {
        "id": entry.id,
        "buckets": [
            [role, exact(Amount(buckets[name], entry.asset))]
            for role, name in BY_ROLE.items()
            if name in buckets
        ],
        "claimable": exact(Amount(entry.pool["claimable"] if entry.pool else 0, entry.asset)),
        "terms": {
            usage: _text_plain(told["text"]) for usage, told in entry.offers.items() if told["text"]
        },
        "licences": _licences(session, entry),
        "sealed": sealed,
        "lineage": {"nodes": nodes, "left_out": left_out},
    }


def next_change(cards: Sequence[Mapping[str, Any]]) -> int | None:
    """When the first of the licences that are held expires, ms; None for never."""
    ends = [expires for card in cards for _, expires in card["held"] if expires is not None]
    return min(ends, default=None)


def _offer_plain(session: Session, entry: Entry, usage: Any) -> dict[str, Any]:
    told = entry.offers[usage]
    sold = session.chain.get("Licences", "Sold", entry.id, usage.capitalize())
    return {
        "usage": usage,
        "price": exact(Amount(told["price"], entry.asset)),
        "duration": told["duration_ms"],
        "maximum": told["maximum"],
        "sold": int(sold or 0),
        "transferable": bool(told["transferable"]),
        "jurisdiction": visible(str(told["jurisdiction"])),
        "own_terms": told["text"] is not None,
    }


def _text_plain(told: Any) -> dict[str, str]:
    document = Document.decoded(told)
    return {"location": str(document.location), "sha256": document.sha256}


def _licences(session: Session, entry: Entry) -> list[dict[str, Any]]:
    """The signer's licences of a model, the newest first."""
    chain, me = session.chain, session.signer.address
    own = sealing_key_of(session.signer)
    newest = int(entry.record["versions"]) - 1
    rows = []
    for told in chain.ask("licences", entry.id, me)[::-1][:_MOST_LICENCES]:
        licence = told["licence"]
        key = licence["encryption_key"]
        delivered = deliveries_of(chain, told["id"], newest, octets_of(key)) if key else None
        rows.append(
            {
                "id": int(told["id"]),
                "usage": str(licence["usage"]).lower(),
                "state": _state(told),
                "expires": licence["expires_ms"],
                "bought": int(licence["bought_ms"]),
                "paid": exact(Amount(licence["paid"], entry.asset)),
                "transferable": bool(licence["terms"]["transferable"]),
                "jurisdiction": visible(str(licence["terms"]["jurisdiction"])),
                "key": "" if key is None else "own" if key == _hex(own) else "other",
                "delivered": bool(delivered),
            }
        )
    return rows


def _state(told: Mapping[str, Any]) -> str:
    state = told["licence"]["state"]
    if isinstance(state, Mapping):
        return visible(f"revoked: {decode_cause(state['Revoked']['cause'], REVOCATION_CAUSES)}")
    if state == "Resigned":
        return "given up"
    return "valid" if told["valid"] else "expired"


def _hex(key: bytes | None) -> str | None:
    return None if key is None else "0x" + key.hex()
