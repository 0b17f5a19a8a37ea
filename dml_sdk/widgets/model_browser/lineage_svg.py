"""A model's accuracy over versions and its lineage as inline SVG, for where no script runs.

What came from the chain is escaped here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from dml_sdk.types import short_address
from dml_sdk.widgets.identicon import SIDE, identicon_path
from dml_sdk.widgets.model_browser.lineage import KINDS
from dml_sdk.widgets.roles import FAILED
from dml_sdk.widgets.wording import percent

_WIDTH, _HEIGHT, _EDGE = 120, 30, 4
_ROW, _LANE = 24, 16
_LEAST_SPAN = 0.1


def accuracy_svg(points: Sequence[Sequence[Any]]) -> str:
    """Accuracy over versions: ● measured in a round, ○ claimed by its engineer.

    Args:
        points: version, accuracy 0–1, and whether it was measured; oldest first.
    """
    if not points:
        return ""
    last = points[-1]
    told = (
        f"Accuracy over versions {points[0][0]} to {last[0]}; the last: {percent(last[1])}, "
        f"{'measured' if last[2] else 'claimed'}"
    )
    places = [
        (*place, bool(point[2])) for place, point in zip(_places(points), points, strict=True)
    ]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y, _ in places)
    dots = "".join(
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.2" stroke="currentColor" '
        f'fill="{"currentColor" if measured else "none"}"/>'
        for x, y, measured in places
    )
    return (
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" width="{_WIDTH}" height="{_HEIGHT}" role="img" '
        f'aria-label="{told}" style="vertical-align:middle"><polyline points="{line}" fill="none" '
        f'stroke="currentColor" stroke-opacity="0.6"/>{dots}</svg>'
    )


def _places(points: Sequence[Sequence[Any]]) -> list[tuple[float, float]]:
    """Where each point is drawn: equally far apart, in a range of a tenth at least."""
    values = [float(point[1]) for point in points]
    low, high = min(values), max(values)
    middle, span = (low + high) / 2, max(high - low, _LEAST_SPAN)
    step = (_WIDTH - 2 * _EDGE) / max(1, len(points) - 1)
    return [
        (
            _EDGE + step * i,
            _HEIGHT / 2 - (_HEIGHT - 2 * _EDGE) * (value - middle) / span,
        )
        for i, value in enumerate(values)
    ]


def lineage_html(nodes: Sequence[Mapping[str, Any]], left_out: Mapping[str, int]) -> str:
    """The tree as rows, the newest first, with its lines drawn beside them.

    Args:
        left_out: how many of what are not among the nodes, as `History.nodes` tells.
    """
    if not nodes:
        return ""
    lanes = 1 + max(int(node["lane"]) for node in nodes)
    rows = {node["key"]: row for row, node in enumerate(nodes)}
    width, height = lanes * _LANE + 8, len(nodes) * _ROW
    drawn = "".join(_line(node, row, rows, nodes, height) for row, node in enumerate(nodes))
    drawn += "".join(_sign(node, row) for row, node in enumerate(nodes))
    told = "".join(_words(node) for node in nodes)
    more = "".join(
        f"<div>{count} {words}</div>"
        for words, count in (
            ("older versions", left_out["older"]),
            (f"more updates, of which {left_out['waiting']} wait", left_out["updates"]),
        )
        if count
    )
    return (
        f'<div style="display:flex;gap:6px"><svg width="{width}" height="{height}" '
        f'style="flex:none" aria-hidden="true">{drawn}</svg><div>{told}</div></div>{more}'
    )


def _x(lane: int) -> float:
    return 4 + _LANE / 2 + lane * _LANE


def _y(row: int) -> float:
    return (row + 0.5) * _ROW


def _line(
    node: Mapping[str, Any],
    row: int,
    rows: Mapping[str, int],
    nodes: Sequence[Mapping[str, Any]],
    height: int,
) -> str:
    if not node["parent"]:
        return ""
    x, y = _x(node["lane"]), _y(row)
    if node["parent"] not in rows:
        path = f"M{x} {y}V{height}"
    else:
        below = rows[node["parent"]]
        to_x, to_y = _x(nodes[below]["lane"]), _y(below)
        path = f"M{x} {y}V{to_y - _ROW / 2}Q{x} {to_y} {to_x} {to_y}" if x != to_x else (
            f"M{x} {y}V{to_y}"
        )  # fmt: skip
    return f'<path d="{path}" fill="none" stroke="currentColor" stroke-opacity="0.45"/>'


def _sign(node: Mapping[str, Any], row: int) -> str:
    sign, _ = KINDS[node["kind"]]
    colour = FAILED if node["kind"] == "rejected" else "currentColor"
    x, y = _x(node["lane"]), _y(row)
    return (
        f'<circle cx="{x}" cy="{y}" r="7" fill="var(--jp-layout-color1, #fff)"/>'
        f'<text x="{x}" y="{y + 4}" text-anchor="middle" font-size="12" fill="{colour}">{sign}'
        "</text>"
    )


def _words(node: Mapping[str, Any]) -> str:
    _, kind = KINDS[node["kind"]]
    key = str(node["key"])
    label = f"version {key[1:]}" if key.startswith("v") else f"update {key[1:]}"
    reached = ""
    if node["accuracy"] is not None:
        reached = f"{percent(node['accuracy'])} {'measured' if node['measured'] else 'claimed'}"
    parts = [f"<b>{label}</b>", kind, reached, escape(node["why"])]
    who = (
        f'<svg width="14" height="14" viewBox="0 0 {SIDE} {SIDE}" aria-hidden="true" '
        f'style="vertical-align:-2px"><path d="{identicon_path(node["who"])}" '
        f'fill="currentColor"/></svg> <code>{escape(short_address(node["who"]))}</code>'
    )
    return (
        f'<div style="height:{_ROW}px;line-height:{_ROW}px;white-space:nowrap">'
        f"{' · '.join(part for part in parts if part)} {who}</div>"
    )
