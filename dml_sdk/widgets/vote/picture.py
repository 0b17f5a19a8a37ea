"""A vote panel's last state as self-contained HTML: no script, no style sheet, no ipywidgets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from html import escape
from typing import Any

from dml_sdk.types import short_address
from dml_sdk.widgets.frame_html import LINE, box, header, receipt_footer
from dml_sdk.widgets.wording import percent, significant

_ENDED = 8
_MEMBERS = 12


def vote_html(
    head: Mapping[str, Any],
    collective: Mapping[str, Any],
    proposals: Sequence[Mapping[str, Any]],
    ended: Mapping[str, Any],
    names: Mapping[str, str],
    receipt: Mapping[str, Any] | None,
) -> str:
    """A vote panel as HTML that stands alone.

    Args:
        head, collective, proposals, ended, names: as the panel's traits have them.
        receipt: the last one, as `receipt_line` tells it.
    """
    members = collective["members"]
    who = ", ".join(
        f"{_account(address, names)} <b>{significant(Decimal(weight))}</b>"
        for address, _, weight, _ in members[:_MEMBERS]
    )
    more = f" and {len(members) - _MEMBERS} more" if len(members) > _MEMBERS else ""
    rows = "".join(
        f"<div><code>#{row['id']}</code> {escape(row['action'])}: <b>{escape(row['state'])}</b> "
        f"{escape(row['error'])}</div>"
        for row in ended["rows"][:_ENDED]
    )
    none = f'<div style="padding:6px 12px;border-top:{LINE}">Nothing is voted on.</div>'
    body = [
        header(
            head["noun"],
            head["name"],
            "",
            head["signer"],
            f"{len(members)} member{'' if len(members) == 1 else 's'}",
            f"block {head['block']:,}",
        ),
        f'<div style="padding:6px 12px">Members and weights: {who}{more}</div>',
        "".join(_proposal(row, names) for row in proposals) or none,
        f'<details style="padding:4px 12px 8px;border-top:{LINE}"><summary>Ended</summary>'
        f"{rows or 'None yet.'}</details>",
    ]
    if receipt:
        body.append(receipt_footer(receipt))
    return box("".join(body))


def _proposal(row: Mapping[str, Any], names: Mapping[str, str]) -> str:
    tally = row["tally"]
    bars = ""
    if tally:
        unit = escape(f" {tally['unit']}".rstrip())
        bars = _bar("ayes", tally["approval"], "more than", tally["threshold"]) + _bar(
            "voted", tally["voted"], "at least", tally["quorum"]
        )
        bars += (
            f"<div>{significant(Decimal(tally['aye']))} aye, "
            f"{significant(Decimal(tally['nay']))} nay, of "
            f"{significant(Decimal(tally['electorate']))}{unit}; "
            f"as it stands: <b>{escape(tally['outcome'])}</b></div>"
        )
    return (
        f'<div style="padding:6px 12px;border-top:{LINE}"><b>#{row["id"]} '
        f"{escape(row['action'])}</b> <span style='opacity:.7'>by "
        f"{_account(row['proposer'], names)}, {escape(row['state'])}</span>{bars}</div>"
    )


def _bar(word: str, part: float, measure: str, needed: float) -> str:
    """A part of a whole with a mark at what is needed."""
    return (
        '<div style="display:flex;gap:8px;align-items:center"><span role="img" '
        f'aria-label="{word} {percent(part)}, needed {measure} {percent(needed)}" '
        'style="position:relative;flex:0 1 240px;height:10px;background:#9994;overflow:hidden">'
        f'<span style="display:block;width:{100 * part:.2f}%;height:100%;background:currentColor">'
        f'</span><span style="position:absolute;left:{100 * needed:.2f}%;top:0;bottom:0;width:2px;'
        f'background:#d55e00"></span></span>{word} {percent(part)}, needed {measure} '
        f"{percent(needed)}</div>"
    )


def _account(address: str, names: Mapping[str, str]) -> str:
    words = escape(names.get(address) or short_address(address))
    return f'<span title="{escape(address)}">{words}</span>'
