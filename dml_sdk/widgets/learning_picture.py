"""Active learning beside random order as self-contained HTML: no script, no ipywidgets."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

from dml_sdk.widgets.frame_html import box, footer, header
from dml_sdk.widgets.wording import percent

if TYPE_CHECKING:
    from dml_sdk.annotation.active import ActiveLearning, Point

_WIDTH, _HEIGHT = 560, 280
_LEFT, _RIGHT, _TOP, _BOTTOM = 48, 548, 12, 236
_STEP = 0.1  # between the lines for accuracy
_QUIET = 'fill="currentColor" fill-opacity="0.75"'
_EMPTY = "Nothing was learnt yet: run(ask) has a first part labelled and trains on it."


def learning_html(learning: ActiveLearning) -> str:
    """The curves of an active learning as HTML that stands alone."""
    signer = learning.model.session.signer
    head = header(
        "Active learning",
        learning.model.name,
        f"by {learning.by}",
        {"name": signer.name, "address": signer.address},
        f"{learning.left:,} examples left",
    )
    if not learning.curve:
        return box(head + f'<div style="padding:8px 12px">{_EMPTY}</div>')
    chart = curves_svg(learning.curve, learning.random, learning.by, learning.said())
    return box(f'{head}<div style="padding:8px 12px">{chart}</div>{footer(learning.said())}')


def curves_svg(
    active: Sequence[Point], random: Sequence[Sequence[Point]], by: str, told: str
) -> str:
    """Accuracy over labels as inline SVG; random order is dashed, over the span of its curves.

    Args:
        active: one point at least.
        random: curves with as many points, or none.
        told: what a screen reader says of it.
    """
    mean = [sum(p.accuracy for p in points) / len(points) for points in zip(*random, strict=True)]
    seen = [p.accuracy for p in active] + [p.accuracy for points in random for p in points]
    low = max(0.0, math.floor(min(seen) / _STEP) * _STEP)
    high = min(1.0, max(math.ceil(max(seen) / _STEP) * _STEP, low + _STEP))
    first, last = active[0].labels, active[-1].labels

    def x(labels: int) -> float:
        return _LEFT + (_RIGHT - _LEFT) * (labels - first) / max(1, last - first)

    def y(accuracy: float) -> float:
        return _BOTTOM - (_BOTTOM - _TOP) * (accuracy - low) / (high - low)

    at = [x(p.labels) for p in active]
    parts = [
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" width="100%" role="img" '
        f'aria-label="{escape(told)}" font-size="11" font-family="inherit" '
        f'style="max-width:{_WIDTH}px;display:block">'
    ]
    for line in range(round((high - low) / _STEP) + 1):
        level = low + line * _STEP
        parts.append(
            f'<path d="M{_LEFT} {y(level):.1f}H{_RIGHT}" stroke="currentColor" '
            f'stroke-opacity="{0.35 if line == 0 else 0.12}"/>'
            f'<text x="{_LEFT - 6}" y="{y(level) + 4:.1f}" text-anchor="end" {_QUIET}>'
            f"{level:.0%}</text>"
        )
    if random:
        spans = [[p.accuracy for p in points] for points in zip(*random, strict=True)]
        upper = [(px, y(max(span))) for px, span in zip(at, spans, strict=True)]
        lower = [(px, y(min(span))) for px, span in zip(at, spans, strict=True)]
        parts += [
            f'<polygon points="{_points(upper + lower[::-1])}" fill="currentColor" '
            'fill-opacity="0.12"/>',
            f'<polyline points="{_points(list(zip(at, map(y, mean), strict=True)))}" fill="none" '
            'stroke="currentColor" stroke-opacity="0.75" stroke-width="1.5" '
            'stroke-dasharray="5 4"/>',
        ]
    line_ = [(px, y(p.accuracy)) for px, p in zip(at, active, strict=True)]
    parts.append(
        f'<polyline points="{_points(line_)}" fill="none" stroke="currentColor" stroke-width="2"/>'
    )
    for (px, py), point in zip(line_, active, strict=True):
        said = f"{point.labels:,} labels: {percent(point.accuracy)}"
        parts.append(
            f'<circle cx="{px:.1f}" cy="{py:.1f}" r="3.5" fill="currentColor">'
            f"<title>{said}</title></circle>"
        )
    parts += [_axis(first, last), _legend(by, len(random)), "</svg>"]
    return "".join(parts)


def _axis(first: int, last: int) -> str:
    return (
        f'<text x="{_LEFT}" y="{_BOTTOM + 16}" {_QUIET}>{first:,} labels</text>'
        f'<text x="{_RIGHT}" y="{_BOTTOM + 16}" text-anchor="end" {_QUIET}>{last:,} labels</text>'
    )


def _legend(by: str, orders: int) -> str:
    y = _BOTTOM + 36
    told = (
        f'<path d="M{_LEFT} {y - 4}h24" stroke="currentColor" stroke-width="2"/>'
        f'<circle cx="{_LEFT + 12}" cy="{y - 4}" r="3.5" fill="currentColor"/>'
        f'<text x="{_LEFT + 30}" y="{y}" fill="currentColor">'
        f"what the model doubts most ({escape(by.replace('_', ' '))})</text>"
    )
    if not orders:
        return told
    middle = (_LEFT + _RIGHT) / 2 + 20
    plural = "random order" if orders == 1 else f"{orders} random orders: mean and span"
    return told + (
        f'<path d="M{middle} {y - 4}h24" stroke="currentColor" stroke-opacity="0.75" '
        'stroke-width="1.5" stroke-dasharray="5 4"/>'
        f'<text x="{middle + 30}" y="{y}" fill="currentColor">{plural}</text>'
    )


def _points(points: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{px:.1f},{py:.1f}" for px, py in points)
