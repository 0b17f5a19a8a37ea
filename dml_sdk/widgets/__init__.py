"""The kernel half of the widgets; the browser half is plain JavaScript and CSS.

    round_monitor   RoundMonitor: the widget, on a `Training`
    display         what a training shows as the last line of a cell
    chart           accuracy and loss as a plotly figure
    line            the comm that is answered while a cell runs
    throttle        how often updates leave the kernel
    browser         where the browser half is, and how its modules become one
    picture         the same as HTML and SVG, for a saved notebook (no ipywidgets needed)
    snapshot        a `Training` as plain values, which both pictures are drawn from
    receipt         a receipt as JSON, for the page to offer as a file
    series, wording, roles, identicon     what the two pictures share

Only `round_monitor`, `chart` and `line` need the `notebook` extra; they are imported when a widget
is made.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dml_sdk.errors import MissingExtra
from dml_sdk.widgets.display import display_training
from dml_sdk.widgets.picture import training_html

if TYPE_CHECKING:
    from dml_sdk.widgets.round_monitor import RoundMonitor

__all__ = ["RoundMonitor", "display_training", "training_html"]

# What is imported here, and the distribution that brings it.
_DISTRIBUTIONS = {
    "ipywidgets": "ipywidgets",
    "anywidget": "anywidget",
    "plotly": "plotly",
    "traitlets": "traitlets",
    "comm": "comm",
    "IPython": "ipython",
}


def __getattr__(name: str) -> Any:
    if name != "RoundMonitor":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        from dml_sdk.widgets.round_monitor import RoundMonitor
    except ModuleNotFoundError as e:
        missing = (e.name or "").partition(".")[0]
        if missing not in _DISTRIBUTIONS:
            raise
        raise MissingExtra(_DISTRIBUTIONS[missing], "notebook", "The round monitor") from e
    return RoundMonitor


def __dir__() -> list[str]:
    return sorted(__all__)
