"""A model browser's last state as self-contained HTML: no script, no style sheet, no ipywidgets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from html import escape
from typing import Any

from dml_sdk.types import short_address
from dml_sdk.widgets.frame_html import LINE, box, header, receipt_footer
from dml_sdk.widgets.model_browser.lineage_svg import accuracy_svg, lineage_html
from dml_sdk.widgets.wording import percent, significant


def models_html(
    head: Mapping[str, Any],
    found: Mapping[str, Any],
    opened: Mapping[str, Any],
    receipt: Mapping[str, Any] | None,
) -> str:
    """A model browser as HTML that stands alone.

    Args:
        head, found, opened: as the widget's traits have them.
        receipt: the last one, as `receipt_line` tells it.
    """
    cards = found["cards"]
    last = found["first"] + len(cards)
    looked = f"{found['first'] + 1}–{last} of {found['total']}" if cards else "none found"
    body = [
        header(
            head["noun"],
            head["name"],
            "",
            head["signer"],
            f"<b>{looked}</b> of {found['among']} models{_filter(found['query'])}",
            f"block {head['block']:,}",
        ),
        '<div style="padding:8px 12px;overflow:auto"><table style="margin:0"><thead><tr>'
        + "".join(
            f"<th style='text-align:left'>{words}</th>"
            for words in ("model", "licence", "sold", "accuracy", "pool", "held", "you hold")
        )
        + f"</tr></thead><tbody>{''.join(_row(card) for card in cards)}</tbody></table></div>",
    ]
    if opened:
        lineage = opened["lineage"]
        body.append(
            f'<div style="padding:8px 12px;border-top:{LINE}">Lineage of '
            f"<b>{escape(opened['card']['name'])}</b>"
            f"{lineage_html(lineage['nodes'], lineage['left_out'])}</div>"
        )
    if receipt:
        body.append(receipt_footer(receipt))
    return box("".join(body))


def _filter(query: Mapping[str, Any]) -> str:
    told = [
        f"“{query['text']}”" if query["text"] else "",
        query["usage"],
        f"up to {query['max_price']}" if query["max_price"] else "",
        "what I may download" if query["may_download"] else "",
    ]
    words = ", ".join(part for part in told if part)
    return f" · {escape(words)}" if words else ""


def _row(card: Mapping[str, Any]) -> str:
    asset = escape(card["asset"])
    sold = "<br>".join(
        f"{offer['usage']} {_price(offer['price'], asset)}" for offer in card["offers"]
    )
    points: Sequence[Sequence[Any]] = card["accuracy"]
    reached = ""
    if points:
        claimed = "" if points[-1][2] else " claimed"
        reached = f"{accuracy_svg(points)} {percent(points[-1][1])}{claimed}"
    left = f"{significant(Decimal(card['left']))} {asset}" if card["pool"] else "none"
    cells = (
        f'<b>{escape(card["name"])}</b> #{card["id"]}<br><span title="{escape(card["owner"])}">'
        f"{escape(short_address(card['owner']))}</span>",
        escape(card["licence"]),
        sold or "nothing",
        reached,
        left,
        str(card["holders"]),
        ", ".join(usage for usage, _ in card["held"]) or "–",
    )
    told = "".join(f"<td style='text-align:left'>{cell}</td>" for cell in cells)
    return f"<tr>{told}</tr>"


def _price(exact: str, asset: str) -> str:
    if exact == "0":
        return "free"
    return f'<span title="{exact} {asset}">{significant(Decimal(exact))} {asset}</span>'
