"""A training's last state as self-contained HTML: no script, no style sheet, no ipywidgets.

It is what a saved notebook shows, and what a `Training` shows where widgets cannot be drawn.
Everything that came from the chain, the store or a person is escaped here.
"""

from __future__ import annotations

from decimal import Decimal
from html import escape
from typing import Any

from dml_sdk.errors import DMLError
from dml_sdk.types import short_address
from dml_sdk.widgets import snapshot
from dml_sdk.widgets.identicon import SIDE, identicon_path
from dml_sdk.widgets.picture_chart import chart_svg
from dml_sdk.widgets.roles import COLOURS, FAILED, SHAPES
from dml_sdk.widgets.snapshot import Watched
from dml_sdk.widgets.wording import EMPTY, EMPTY_ENDED, PHASES, STATES, percent, significant

_ROUNDS = 10
_EVENTS = 8
_LINE = "1px solid var(--jp-border-color2, #9994)"
_BOX = (
    f"border:{_LINE};border-radius:var(--jp-border-radius, 3px);margin:2px 0;"
    "font:13px/1.45 var(--jp-ui-font-family, system-ui, sans-serif);"
    "font-variant-numeric:tabular-nums;color:var(--jp-ui-font-color1, currentColor)"
)
# Where the widget is alive its picture is hidden; where it is dead, what is left of it is.
_ONE_OF_TWO = (
    "<style>"
    ".jp-OutputArea-child:has(.dml-round-monitor)+.jp-OutputArea-child:has(.dml-picture),"
    # A widget that can't be found leaves nothing but a line of text.
    ".jp-OutputArea-child:not(:has(.jp-OutputArea-output *))"
    ":has(+.jp-OutputArea-child .dml-picture)"
    "{display:none}</style>"
)


def training_html(training: Watched, note: str = "") -> str:
    """A training as HTML that stands alone.

    Args:
        note: said in the footer, for instance why there is no widget.
    """
    head = snapshot.head(training)
    rounds = training.rounds
    body = [_header(head)]
    if rounds:
        strip = snapshot.strip(rounds[-_ROUNDS:])
        body.append(
            f'<div style="display:flex;flex-wrap:wrap;gap:16px;padding:8px 12px">'
            f'<div style="flex:1 1 320px">{chart_svg(rounds, training.base)}</div>'
            f'<div style="flex:1 1 280px;overflow:auto">{_rounds(strip, len(rounds))}</div></div>'
        )
    else:
        ended = head["state"] in ("stopped", "finished", "failed")
        body.append(f'<div style="padding:8px 12px">{EMPTY_ENDED if ended else EMPTY}</div>')
    try:
        body.append(_pool(snapshot.pool(training)))
        body.append(_events(snapshot.events(training)))
    except DMLError as e:
        body.append(_footer(f"The chain does not answer: {e}", failed=True))
    if head["error"]:
        body.append(_footer(f"{head['error']['kind']}: {head['error']['text']}", failed=True))
    elif head["receipt"]:
        receipt = head["receipt"]
        body.append(
            _footer(
                f"Last receipt: {receipt['call']} in block {receipt['block']}, "
                f"fee {significant(Decimal(receipt['fee']))} {receipt['asset']}"
            )
        )
    if note:
        body.append(_footer(note))
    return f'{_ONE_OF_TWO}<div class="dml-picture" style="{_BOX}">{"".join(body)}</div>'


def _header(head: dict[str, Any]) -> str:
    address = head["signer"]["address"]
    state = STATES[head["state"]]
    phase = PHASES.get(head["phase"], "") if head["state"] == "running" else ""
    share = head["done"] / head["planned"] if head["planned"] else 0
    accuracy = f", {percent(head['accuracy'])} accuracy" if head["accuracy"] is not None else ""
    return (
        f'<div style="display:flex;flex-wrap:wrap;gap:4px 16px;padding:6px 12px;'
        f'border-bottom:{_LINE}">'
        f"<span>Training <b>{escape(head['name'])}</b> "
        f"<span style='opacity:.7'>{escape(head['engine'])} · {escape(head['dataset'])}</span>"
        f'</span><span title="{escape(address)}">{_identicon(address)} '
        f"{escape(head['signer']['name'])} <code>{escape(short_address(address))}</code></span>"
        f"<span>{'✕ ' if head['state'] == 'failed' else ''}<b>{state}</b>"
        f"{' · ' + phase if phase else ''}</span>"
        f"<span>round {head['done']} of {head['planned']} ({share:.0%}){accuracy}</span></div>"
    )


def _identicon(address: str) -> str:
    return (
        f'<svg width="16" height="16" viewBox="0 0 {SIDE} {SIDE}" aria-hidden="true" '
        f'style="vertical-align:-3px"><path d="{identicon_path(address)}" fill="currentColor"/>'
        "</svg>"
    )


def _rounds(strip: dict[str, Any], total: int) -> str:
    rows = "".join(
        f"<tr><td style='text-align:right'>{r['number']}</td>"
        f"<td style='text-align:left'>{_dots(r['updates'])}</td>"
        f"<td>{percent(r['accuracy'])}</td>"
        f'<td title="{escape(r["paid"])}">{significant(Decimal(r["paid"]))}</td></tr>'
        for r in reversed(strip["rounds"])
    )
    shown = len(strip["rounds"])
    left_out = f"<caption>The last {shown} of {total} rounds</caption>" if shown < total else ""
    return (
        f'<table style="margin:0">{left_out}<thead><tr><th>round</th>'
        "<th style='text-align:left'>participants</th><th>accuracy</th><th>paid</th></tr></thead>"
        f"<tbody>{rows}</tbody></table>"
    )


def _dots(updates: list[dict[str, Any]]) -> str:
    mark = {
        "accepted": ("●", COLOURS["contributor"]),
        "rejected": ("✕", FAILED),
        "dropped": ("○", "inherit"),
    }
    dots = []
    for u in updates:
        sign, colour = mark[u["status"]]
        told = f"{u['client']}: {u['status']}, {u['examples']} examples"
        if u["reason"]:
            told += f" ({u['reason']})"
        dots.append(f'<span style="color:{colour}" title="{escape(told)}">{sign}</span>')
    return "".join(dots)


def _pool(pool: dict[str, Any]) -> str:
    if not pool:
        return ""
    buckets = [(role, Decimal(exact)) for role, exact in pool["buckets"]]
    paid = Decimal(pool["paid"])
    whole = sum((v for _, v in buckets), Decimal(0)) + paid
    if not whole:
        return ""
    bars, labels = [], []
    for role, value in buckets:
        width = float(value / whole) * 100
        bars.append(f'<span style="width:{width:.3f}%;background:{COLOURS[role]}"></span>')
        if value:
            labels.append(
                f'<span style="white-space:nowrap" title="{value:f}">'
                f'<span style="color:{COLOURS[role]}">{SHAPES[role]}</span> {role} '
                f"{significant(value)}</span>"
            )
    labels.append(f'<span title="{paid:f}">▨ paid in these rounds {significant(paid)}</span>')
    return (
        '<div style="padding:4px 12px 8px"><div role="img" aria-label="The pool by role" '
        'style="display:flex;height:14px;margin-bottom:4px;border-radius:3px;overflow:hidden;'
        f'background:#9994">{"".join(bars)}</div>'
        f'<div style="display:flex;flex-wrap:wrap;gap:2px 14px">'
        f"<b>Pool, {escape(pool['asset'])}</b>{''.join(labels)}</div></div>"
    )


def _events(events: list[list[Any]]) -> str:
    if not events:
        return ""
    items = "".join(
        f"<div><code>#{block}</code> {escape(name)} "
        f"<span style='opacity:.7'>{escape(fields)}</span></div>"
        for block, name, fields in events[:_EVENTS]
    )
    return (
        f'<details style="padding:0 12px 8px"><summary>The last {min(len(events), _EVENTS)} '
        f"events</summary>{items}</details>"
    )


def _footer(text: str, failed: bool = False) -> str:
    mark = f'<b style="color:{FAILED}">✕</b> ' if failed else ""
    return f'<div style="padding:4px 12px;border-top:{_LINE}">{mark}{escape(text)}</div>'
