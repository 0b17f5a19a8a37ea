"""A task panel's last state as self-contained HTML: no script, no style sheet, no ipywidgets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from html import escape
from typing import Any

from dml_sdk.types import short_address
from dml_sdk.widgets.frame_html import LINE, box, header, receipt_footer
from dml_sdk.widgets.wording import percent, significant

_PEOPLE = 20
_DONE = ("settled", "contested", "scored", "shown", "fixed")


def task_html(
    head: Mapping[str, Any],
    task: Mapping[str, Any],
    questions: Sequence[Mapping[str, Any]],
    batches: Mapping[str, Any],
    people: Mapping[str, Any],
    agreement: Sequence[Mapping[str, Any]],
    receipt: Mapping[str, Any] | None,
) -> str:
    """A task panel as HTML that stands alone.

    Args:
        head, task, questions, batches, people, agreement: as the panel's traits have them.
        receipt: the last one, as `receipt_line` tells it.
    """
    asset = escape(task["asset"])
    figures = "".join(
        f'<span style="white-space:nowrap" title="{escape(task[name])} {asset}">{words} '
        f"<b>{significant(Decimal(task[name]))}</b> {asset}</span>"
        for name, words in (("set_aside", "set aside"), ("paid", "paid"), ("remaining", "left"))
    )
    body = [
        header(
            head["noun"],
            head["name"],
            f"task {task['id']}",
            head["signer"],
            f"<b>{escape(task['state'])}</b>",
            f"block {head['block']:,}",
        ),
        f'<div style="display:flex;flex-wrap:wrap;gap:2px 18px;padding:6px 12px">'
        f"<span><b>{task['committed']:,}</b> of {task['wanted']:,} answers given, "
        f"<b>{task['revealed']:,}</b> shown, <b>{task['settled']:,}</b> settled</span>{figures}"
        "</div>",
        _cells(batches),
        _agreement(agreement, {q["id"]: q["text"] for q in questions}),
        _people(people, asset),
    ]
    if receipt:
        body.append(receipt_footer(receipt))
    return box("".join(body))


def _cells(batches: Mapping[str, Any]) -> str:
    """One bar a cell, as high as the part of its answers that were given."""
    places = batches["places"] * batches["each"]
    done = [batches["stages"].index(stage) for stage in _DONE]
    parts = [min(1.0, sum(cell[at] for at in done) / places) for cell in batches["cells"]]
    whole = sum(part >= 1 for part in parts)
    bars = "".join(
        '<span style="flex:1 1 2px;max-width:14px;height:100%;display:flex;align-items:flex-end;'
        'background:#9994"><span style="width:100%;'
        f'height:{100 * part:.0f}%;background:currentColor"></span></span>'
        for part in parts
    )
    each = "" if batches["each"] == 1 else f", {batches['each']} batches a bar"
    told = f"{whole} of {len(parts)} bars are full{each}"
    return (
        f'<div role="img" aria-label="Batches: {told}" style="display:flex;gap:1px;height:28px;'
        f'margin:2px 12px 8px">{bars}</div>'
    )


def _agreement(rows: Sequence[Mapping[str, Any]], texts: Mapping[str, str]) -> str:
    lines = "".join(
        f"<div><b>{escape(texts.get(row['question'], row['question']))}</b> alpha "
        f"{_figure(row['alpha'])}, {escape(row['words'])}</div>"
        for row in rows
    )
    return f'<div style="padding:6px 12px;border-top:{LINE}">{lines}</div>' if rows else ""


def _people(people: Mapping[str, Any], asset: str) -> str:
    rows = "".join(
        f'<tr><td style="text-align:left" title="{escape(row["who"])}">'
        f"{escape(row['name'] or short_address(row['who']))}</td><td>{row['handed']}</td>"
        f"<td>{_part(row.get('alike'))}</td><td>{_figure(row.get('score'))}</td>"
        f'<td title="{escape(row["paid"])}">{significant(Decimal(row["paid"]))} {asset}</td>'
        f'<td style="text-align:left">{escape(row["finding"][0]) if row["finding"] else ""}</td>'
        "</tr>"
        for row in people["rows"][:_PEOPLE]
    )
    if not rows:
        return f'<div style="padding:6px 12px;border-top:{LINE}">Nobody annotates yet.</div>'
    more = people["total"] - _PEOPLE
    caption = f"<caption>and {more} more</caption>" if more > 0 else ""
    heads = "".join(
        f"<th>{name}</th>" for name in ("annotator", "batches", "alike", "score", "paid", "")
    )
    return (
        f'<details style="padding:6px 12px;border-top:{LINE}"><summary>Annotators</summary>'
        f'<table style="margin:0">{caption}<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody>'
        "</table></details>"
    )


def _figure(value: float | None) -> str:
    return "–" if value is None else significant(value, 3)


def _part(value: float | None) -> str:
    return "–" if value is None else percent(value)
