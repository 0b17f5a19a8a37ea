"""A training's last state as self-contained HTML: no script, no style sheet, no ipywidgets.

It is what a saved notebook shows, and what a `Training` shows where widgets cannot be drawn.
Everything that came from the chain, the store or a person is escaped here.
"""

from __future__ import annotations

from decimal import Decimal
from html import escape
from typing import Any

from dml_sdk.errors import DMLError
from dml_sdk.widgets.frame_html import box, footer, header, pool_bar, receipt_footer
from dml_sdk.widgets.roles import COLOURS, FAILED
from dml_sdk.widgets.rounds import snapshot
from dml_sdk.widgets.rounds.picture_chart import chart_svg
from dml_sdk.widgets.rounds.snapshot import Watched
from dml_sdk.widgets.wording import EMPTY, EMPTY_ENDED, PHASES, STATES, percent, significant

_ROUNDS = 10
_EVENTS = 8


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
        body.append(footer(f"The chain does not answer: {e}", failed=True))
    if head["error"]:
        body.append(footer(f"{head['error']['kind']}: {head['error']['text']}", failed=True))
    elif head["receipt"]:
        body.append(receipt_footer(head["receipt"]))
    if note:
        body.append(footer(note))
    return box("".join(body))


def _header(head: dict[str, Any]) -> str:
    phase = PHASES.get(head["phase"], "") if head["state"] == "running" else ""
    share = head["done"] / head["planned"] if head["planned"] else 0
    accuracy = f", {percent(head['accuracy'])} accuracy" if head["accuracy"] is not None else ""
    return header(
        "Training",
        head["name"],
        f"{head['engine']} · {head['dataset']}",
        head["signer"],
        f"{'✕ ' if head['state'] == 'failed' else ''}<b>{STATES[head['state']]}</b>"
        f"{' · ' + phase if phase else ''}",
        f"round {head['done']} of {head['planned']} ({share:.0%}){accuracy}",
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
    return pool_bar(pool["asset"], pool["buckets"], ("paid in these rounds", pool["paid"]))


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
