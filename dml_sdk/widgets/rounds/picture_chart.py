"""Accuracy and loss over rounds as inline SVG, for where no script runs."""

from __future__ import annotations

from collections.abc import Sequence

from dml_sdk.types import RoundRecord
from dml_sdk.widgets.rounds.series import thinned
from dml_sdk.widgets.wording import percent, significant

_WIDTH, _HEIGHT = 560, 250
_LEFT, _RIGHT = 48, 548
_POINTS = 200
_QUIET = 'fill="currentColor" fill-opacity="0.65"'


def chart_svg(rounds: Sequence[RoundRecord], base: tuple[float, float] | None) -> str:
    """Two panels over one axis of rounds; the starting version is a dashed line in both."""
    accuracy, loss = [r.accuracy for r in rounds], [r.loss for r in rounds]
    most = max([*loss, *([base[1]] if base else []), 1e-9])
    told = (
        f"Accuracy and loss over {len(rounds)} rounds; the last: accuracy "
        f"{percent(accuracy[-1])}, loss {significant(loss[-1])}"
    )
    numbers = [r.number for r in rounds]
    return (
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" width="100%" role="img" '
        f'aria-label="{told}" font-size="11" font-family="inherit" '
        f'style="max-width:{_WIDTH}px;display:block">'
        + _panel(numbers, accuracy, base[0] if base else None, (10, 130), 1.0, "100 %")
        + _panel(numbers, loss, base[1] if base else None, (150, 225), most, significant(most))
        + f'<text x="{_LEFT}" y="245" {_QUIET}>round {numbers[0]}</text>'
        + f'<text x="{_RIGHT}" y="245" text-anchor="end" {_QUIET}>{numbers[-1]}</text>'
        + "</svg>"
    )


def _panel(
    numbers: Sequence[int],
    values: Sequence[float],
    ghost: float | None,
    extent: tuple[int, int],
    most: float,
    top_label: str,
) -> str:
    top, bottom = extent
    span = max(1, numbers[-1] - numbers[0])

    def x(number: int) -> float:
        return _LEFT + (_RIGHT - _LEFT) * (number - numbers[0]) / span

    def y(value: float) -> float:
        return bottom - (bottom - top) * min(1.0, max(0.0, value / most))

    drawn = [(x(numbers[i]), y(values[i])) for i in thinned(values, _POINTS)]
    parts = [
        f'<path d="M{_LEFT} {top}V{bottom}H{_RIGHT}" fill="none" stroke="currentColor" '
        'stroke-opacity="0.35"/>',
        f'<text x="{_LEFT - 6}" y="{top + 8}" text-anchor="end" {_QUIET}>{top_label}</text>',
        f'<text x="{_LEFT - 6}" y="{bottom}" text-anchor="end" {_QUIET}>0</text>',
    ]
    if ghost is not None:
        parts.append(
            f'<path d="M{_LEFT} {y(ghost):.1f}H{_RIGHT}" stroke="currentColor" '
            'stroke-opacity="0.5" stroke-dasharray="5 4"/>'
        )
    line = " ".join(f"{px:.1f},{py:.1f}" for px, py in drawn)
    parts.append(f'<polyline points="{line}" fill="none" stroke="currentColor" stroke-width="2"/>')
    if len(drawn) <= 40:
        parts += [
            f'<circle cx="{px:.1f}" cy="{py:.1f}" r="3" fill="currentColor"/>' for px, py in drawn
        ]
    return "".join(parts)
