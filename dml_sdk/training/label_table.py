"""A partition as an HTML table: names, sizes, and how many of each label, as small bars."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import Any

import numpy.typing as npt

# Okabe and Ito's palette, told apart with any kind of colour vision; labels past its end repeat
# it, which is why every bar also carries its label and count as text.
PALETTE = ("#E69F00", "#56B4E9", "#009E73", "#F0E442", "#0072B2", "#D55E00", "#CC79A7", "#999999")
ROWS_SHOWN = 20


def render(
    caption: str, rows: Sequence[tuple[str, npt.NDArray[Any] | None]], shown: int = ROWS_SHOWN
) -> str:
    """The table.

    Args:
        rows: a client's name and its count of each label; None when its data load on demand.
        shown: how many rows before the rest is summed up in one line.
    """
    most = max((int(c.sum()) for _, c in rows if c is not None), default=0)
    body = "".join(_row(name, counts, most) for name, counts in rows[:shown])
    if (more := len(rows) - shown) > 0:
        body += f'<tr><td colspan="3">… and {more:,} more</td></tr>'
    return (
        f"<table><caption>{html.escape(caption)}</caption>"
        '<thead><tr><th scope="col">client</th><th scope="col">examples</th>'
        '<th scope="col" style="text-align:left">label: examples</th></tr></thead>'
        f"<tbody>{body}</tbody></table>"
    )


def _row(name: str, counts: npt.NDArray[Any] | None, most: int) -> str:
    head = f'<tr><th scope="row">{html.escape(name)}</th>'
    if counts is None:
        return head + "<td></td><td>loaded on demand</td></tr>"
    size = int(counts.sum())
    bars = "".join(_bar(label, int(count), most) for label, count in enumerate(counts) if count)
    told = ", ".join(f"{label}: {count}" for label, count in enumerate(counts) if count)
    return (
        f'{head}<td style="text-align:right">{size:,}</td>'
        f'<td style="text-align:left"><span role="img" aria-label="{told or "no examples"}" '
        f'style="display:flex;width:24em">{bars}</span></td></tr>'
    )


def _bar(label: int, count: int, most: int) -> str:
    return (
        f'<span title="label {label}: {count}" style="flex:0 0 {100 * count / most:.2f}%;'
        f"box-sizing:border-box;height:1.4em;line-height:1.4em;overflow:hidden;text-align:center;"
        f"font-size:.75em;color:#000;border-right:1px solid #fff;"
        f'background:{PALETTE[label % len(PALETTE)]}">{label}</span>'
    )
