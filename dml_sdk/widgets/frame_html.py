"""What every picture shares: the box, the header, the footer, the pool as a bar.

A picture is HTML that stands alone: no script, no style sheet of a page, no ipywidgets. Everything
that came from the chain, the store or a person is escaped here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from html import escape
from typing import Any

from dml_sdk.types import Role, short_address
from dml_sdk.widgets.identicon import SIDE, identicon_path
from dml_sdk.widgets.roles import COLOURS, FAILED, SHAPES
from dml_sdk.widgets.wording import significant

LINE = "1px solid var(--jp-border-color2, #9994)"
_BOX = (
    f"border:{LINE};border-radius:var(--jp-border-radius, 3px);margin:2px 0;"
    "font:13px/1.45 var(--jp-ui-font-family, system-ui, sans-serif);"
    "font-variant-numeric:tabular-nums;color:var(--jp-ui-font-color1, currentColor)"
)
# Where the widget is alive its picture is hidden; where it is dead, what is left of it is.
_ONE_OF_TWO = (
    "<style>"
    ".jp-OutputArea-child:has(.dml-widget)+.jp-OutputArea-child:has(.dml-picture),"
    # A widget that can't be found leaves nothing but a line of text.
    ".jp-OutputArea-child:not(:has(.jp-OutputArea-output *))"
    ":has(+.jp-OutputArea-child .dml-picture)"
    "{display:none}</style>"
)


def box(body: str) -> str:
    """A picture with its frame, which is hidden where the widget above it lives."""
    return f'{_ONE_OF_TWO}<div class="dml-picture" style="{_BOX}">{body}</div>'


def header(title: str, name: str, about: str, signer: Mapping[str, str], *told: str) -> str:
    """What it is, who signs, and what more there is to tell, as HTML."""
    address = signer["address"]
    return (
        f'<div style="display:flex;flex-wrap:wrap;gap:4px 16px;padding:6px 12px;'
        f'border-bottom:{LINE}">'
        f"<span>{escape(title)} <b>{escape(name)}</b> "
        f"<span style='opacity:.7'>{escape(about)}</span>"
        f'</span><span title="{escape(address)}">{_identicon(address)} '
        f"{escape(signer['name'])} <code>{escape(short_address(address))}</code></span>"
        + "".join(f"<span>{part}</span>" for part in told)
        + "</div>"
    )


def footer(text: str, failed: bool = False) -> str:
    """One line at the bottom."""
    mark = f'<b style="color:{FAILED}">✕</b> ' if failed else ""
    return f'<div style="padding:4px 12px;border-top:{LINE}">{mark}{escape(text)}</div>'


def receipt_footer(receipt: Mapping[str, Any]) -> str:
    """The last receipt, as `receipt_line` tells it."""
    return footer(
        f"Last receipt: {receipt['call']} in block {receipt['block']}, "
        f"fee {significant(Decimal(receipt['fee']))} {receipt['asset']}"
    )


def pool_bar(
    asset: str, buckets: Sequence[tuple[Role, str]], other: tuple[str, str] | None = None
) -> str:
    """A pool's buckets as one bar with labels; "" for one with nothing in it.

    Args:
        buckets: each role and its tokens, a decimal string.
        other: the bar's last part, which is no role's: its label and its tokens.
    """
    values = [(role, Decimal(exact)) for role, exact in buckets]
    rest = Decimal(other[1]) if other else Decimal(0)
    whole = sum((v for _, v in values), Decimal(0)) + rest
    if not whole:
        return ""
    bars, labels = [], []
    for role, value in values:
        width = float(value / whole) * 100
        bars.append(f'<span style="width:{width:.3f}%;background:{COLOURS[role]}"></span>')
        if value:
            labels.append(
                f'<span style="white-space:nowrap" title="{value:f}">'
                f'<span style="color:{COLOURS[role]}">{SHAPES[role]}</span> {role} '
                f"{significant(value)}</span>"
            )
    if other:
        labels.append(f'<span title="{rest:f}">▨ {escape(other[0])} {significant(rest)}</span>')
    return (
        '<div style="padding:4px 12px 8px"><div role="img" aria-label="The pool by role" '
        'style="display:flex;height:14px;margin-bottom:4px;border-radius:3px;overflow:hidden;'
        f'background:#9994">{"".join(bars)}</div>'
        f'<div style="display:flex;flex-wrap:wrap;gap:2px 14px">'
        f"<b>Pool, {escape(asset)}</b>{''.join(labels)}</div></div>"
    )


def _identicon(address: str) -> str:
    return (
        f'<svg width="16" height="16" viewBox="0 0 {SIDE} {SIDE}" aria-hidden="true" '
        f'style="vertical-align:-3px"><path d="{identicon_path(address)}" fill="currentColor"/>'
        "</svg>"
    )
