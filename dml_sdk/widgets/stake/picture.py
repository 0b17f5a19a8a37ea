"""A stake panel's last state as self-contained HTML: no script, no style sheet, no ipywidgets."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from html import escape
from typing import Any

from dml_sdk.widgets.frame_html import box, header, pool_bar, receipt_footer
from dml_sdk.widgets.wording import significant

_LINES = 8


def stake_html(
    head: Mapping[str, Any],
    pool: Mapping[str, Any],
    part: Mapping[str, Any],
    history: Mapping[str, Any],
    stakes: Mapping[str, Any],
    receipt: Mapping[str, Any] | None,
) -> str:
    """A stake panel as HTML that stands alone.

    Args:
        head, pool, part, history, stakes: as the panel's traits have them.
        receipt: the last one, as `receipt_line` tells it.
    """
    asset = escape(pool["asset"])
    figures = "".join(
        f'<span style="white-space:nowrap" title="{escape(part[name])} {asset}">{words} '
        f"<b>{significant(Decimal(part[name]))}</b> {asset}</span>"
        for name, words in (
            ("balance", "balance"),
            ("claimable", "to claim"),
            ("claimed", "claimed"),
            ("put_in", "put in"),
        )
    )
    told = "".join(
        f"<div><code>#{line['block']}</code> {escape(line['text'])}</div>"
        for line in history["lines"][:_LINES]
    )
    body = [
        header(
            head["noun"],
            head["name"],
            "",
            head["signer"],
            f"pool <b>{escape(pool['state'])}</b>",
            f"block {head['block']:,}",
        ),
        f'<div style="display:flex;flex-wrap:wrap;gap:2px 18px;padding:6px 12px">{figures}</div>',
        f'<div style="padding:0 12px 6px">At stake: {_at_stake(stakes, asset)}</div>',
        pool_bar(pool["asset"], pool["buckets"], ("earned, to be claimed", pool["claimable"])),
        f'<details style="padding:0 12px 8px"><summary>History</summary>{told}</details>',
    ]
    if receipt:
        body.append(receipt_footer(receipt))
    return box("".join(body))


def _at_stake(stakes: Mapping[str, Any], asset: str) -> str:
    """What is active and what is on its way out, in a line."""
    active = [
        f"<b>{significant(Decimal(amount))}</b> {asset} as {escape(role)}"
        for role, amount in stakes.get("active", ())
    ]
    leaving = sum(Decimal(amount) for _, amount, _ in stakes.get("unbonding", ()))
    if leaving:
        active.append(f"{significant(leaving)} {asset} unbonding")
    return ", ".join(active) or "nothing"
