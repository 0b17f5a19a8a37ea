"""A questionnaire panel's last state as HTML that stands alone: no script, no item, no answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from decimal import Decimal
from html import escape
from typing import Any

from dml_sdk.widgets.frame_html import box, header, receipt_footer
from dml_sdk.widgets.wording import significant


def questionnaire_html(
    head: Mapping[str, Any], desk: Mapping[str, Any], receipt: Mapping[str, Any] | None
) -> str:
    """How far an annotator is, and what it earned. What was shown and answered is not told: a
    notebook is passed on.

    Args:
        head, desk: as the panel's traits have them.
        receipt: the last one, as `receipt_line` tells it.
    """
    earnings = desk["earnings"]
    asset = escape(earnings["asset"])
    figures = "".join(
        f'<span style="white-space:nowrap" title="{escape(earnings[name])} {asset}">{words} '
        f"<b>{significant(Decimal(earnings[name]))}</b> {asset}</span>"
        for name, words in (("earned", "earned"), ("waiting", "waiting to be judged"))
    )
    body = [
        header(head["noun"], head["name"], "", head["signer"], f"block {head['block']:,}"),
        f'<div style="padding:6px 12px">{escape(_batch(desk))}</div>',
        f'<div style="display:flex;flex-wrap:wrap;gap:2px 18px;padding:0 12px 8px">{figures}</div>',
    ]
    if receipt:
        body.append(receipt_footer(receipt))
    return box("".join(body))


def _batch(desk: Mapping[str, Any]) -> str:
    if desk["batch"] is None:
        return desk["why"] or "No batch is on the desk."
    counted = Counter(desk["states"])
    states = ", ".join(f"{counted[name]} {name}" for name in sorted(counted))
    return f"Batch {desk['batch']}: {states}."
