"""Accuracy and loss over rounds as a plotly figure that grows."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import plotly.graph_objects as go

from dml_sdk.types import RoundRecord
from dml_sdk.widgets.rounds.series import thinned
from dml_sdk.widgets.wording import percent, significant

# Plotly looks into pandas from the moment that some thread has begun to import it, as TensorFlow
# Federated does when a training starts: so wait until all of it is there.
with suppress(ImportError):
    importlib.import_module("pandas")

# Colour tells roles apart, and these are none: the lines are grey here and take the colour of the
# theme's text on a page.
_LINE = "#444444"
_QUIET = "#888888"
HEIGHT = 340
_MOST_MARKERS = 40
_MOST_TICKS = 15


class RoundChart:
    """Two panels over one axis of rounds: accuracy above, loss below.

    The version that training started from is a dashed ghost in both, a target a dotted line in the
    upper. Text and grid take their colours from the notebook's theme, by style sheet.

    Args:
        target: accuracy that is hoped for, 0–1, or None.

    Attributes:
        figure: the `FigureWidget`.
    """

    def __init__(self, target: float | None) -> None:
        self._target = target
        self._drawn = 0
        self._ghosts = False
        self.figure = go.FigureWidget(
            data=[
                _trace("accuracy", "y", "accuracy %{y:.2%}"),
                _trace("loss", "y2", "loss %{y:.4f}"),
            ],
            layout={
                "height": HEIGHT,
                "autosize": True,
                "margin": {"l": 52, "r": 12, "t": 8, "b": 36},
                "showlegend": False,
                "paper_bgcolor": "rgba(0,0,0,0)",
                "plot_bgcolor": "rgba(0,0,0,0)",
                "font": {"size": 11, "color": _QUIET},
                "hovermode": "x",
                "hoverlabel": {"bgcolor": "#222222", "font": {"color": "#ffffff", "size": 12}},
                "xaxis": _axis(
                    title={"text": "round", "standoff": 4},
                    anchor="y2",
                    range=[0.5, 5.5],
                    tickformat="d",
                    dtick=1,
                ),
                "yaxis": _axis(
                    title={"text": "accuracy", "standoff": 6},
                    domain=[0.46, 1],
                    tickformat=".0%",
                    range=[0, 1.02],
                ),
                "yaxis2": _axis(
                    title={"text": "loss", "standoff": 6}, domain=[0, 0.36], rangemode="tozero"
                ),
                "shapes": self._lines(None),
                "annotations": self._labels(None, ()),
            },
        )
        self.figure._config = {
            "displaylogo": False,
            "responsive": True,
            "modeBarButtons": [["toImage", "zoom2d", "pan2d", "autoScale2d"]],
        }

    def is_current(self, rounds: Sequence[RoundRecord], base: tuple[float, float] | None) -> bool:
        """Whether the figure shows all of these rounds."""
        return len(rounds) == self._drawn and (base is not None) == self._ghosts

    def draw(
        self, rounds: Sequence[RoundRecord], base: tuple[float, float] | None, planned: int
    ) -> bool:
        """Brings the figure up to date; says whether anything had to be sent."""
        ghosts = base is not None
        if self.is_current(rounds, base):
            return False
        accuracy, loss = [r.accuracy for r in rounds], [r.loss for r in rounds]
        upper, lower = thinned(accuracy), thinned(loss)
        traces = self.figure.data
        last = rounds[-1].number if rounds else 0
        first = rounds[0].number if rounds else 1
        with self.figure.batch_update():
            traces[0].update(x=[rounds[i].number for i in upper], y=[accuracy[i] for i in upper])
            traces[1].update(x=[rounds[i].number for i in lower], y=[loss[i] for i in lower])
            few = len(rounds) <= _MOST_MARKERS
            traces[0].mode = traces[1].mode = "lines+markers" if few else "lines"
            # All planned rounds are on the axis from the start, as long as that leaves the
            # drawn ones room; so the curve grows towards its end instead of being squeezed.
            end = max(first + planned - 1, last) if planned <= 20 * max(1, len(rounds)) else last
            end = max(end, first + 4)
            self.figure.layout.xaxis.range = [first - 0.5, end + 0.5]
            self.figure.layout.xaxis.dtick = 1 if end - first < _MOST_TICKS else None
            if ghosts != self._ghosts:
                self.figure.layout.shapes = self._lines(base)
            self.figure.layout.annotations = self._labels(base, rounds)
        self._drawn, self._ghosts = len(rounds), ghosts
        return True

    def _lines(self, base: tuple[float, float] | None) -> list[dict[str, Any]]:
        lines = []
        if base:
            lines += [_line("y", base[0], "dash"), _line("y2", base[1], "dash")]
        if self._target is not None:
            lines.append(_line("y", self._target, "dot"))
        return lines

    def _labels(
        self, base: tuple[float, float] | None, rounds: Sequence[RoundRecord]
    ) -> list[dict[str, Any]]:
        labels = []
        if base:
            labels.append(_beside_line(base[0], f"started at {base[0]:.1%}"))
        if self._target is not None:
            labels.append(_beside_line(self._target, f"target {self._target:.1%}"))
        if rounds:
            last = rounds[-1]
            inwards = "left" if len(rounds) <= 3 else "right"
            labels += [
                _last_value(last.number, inwards, "y", last.accuracy, percent(last.accuracy)),
                _last_value(last.number, inwards, "y2", last.loss, significant(last.loss)),
            ]
        return labels


def _trace(name: str, yaxis: str, hover: str) -> Any:
    return go.Scatter(
        name=name,
        x=[],
        y=[],
        yaxis=yaxis,
        mode="lines+markers",
        line={"color": _LINE, "width": 2},
        marker={"color": _LINE, "size": 6},
        hovertemplate=hover + "<extra>round %{x}</extra>",
    )


def _axis(**more: Any) -> dict[str, Any]:
    return {
        "showgrid": True,
        "gridcolor": "rgba(128,128,128,0.25)",
        "zeroline": False,
        "fixedrange": False,
        "nticks": 8,
        **more,
    }


def _line(yaxis: str, at: float, dash: str) -> dict[str, Any]:
    return {
        "type": "line",
        "xref": "paper",
        "x0": 0,
        "x1": 1,
        "yref": yaxis,
        "y0": at,
        "y1": at,
        "layer": "below",
        "line": {"color": _QUIET, "width": 1.5, "dash": dash},
    }


def _beside_line(at: float, text: str) -> dict[str, Any]:
    return {
        "xref": "paper",
        "x": 1,
        "xanchor": "right",
        "yref": "y",
        "y": at,
        "yanchor": "bottom",
        "text": text,
        "showarrow": False,
        "font": {"size": 10},
    }


def _last_value(number: int, anchor: str, yaxis: str, at: float, text: str) -> dict[str, Any]:
    return {
        "x": number,
        "xanchor": anchor,
        "yref": yaxis,
        "y": at,
        "yshift": -12 if yaxis == "y" else 12,
        "text": f"<b>{text}</b>",
        "showarrow": False,
        "font": {"size": 12},
    }
