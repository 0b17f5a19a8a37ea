"""What a training shows as the last line of a cell."""

from __future__ import annotations

from dml_sdk.errors import MissingExtra
from dml_sdk.widgets.rounds.picture import training_html
from dml_sdk.widgets.rounds.snapshot import Watched


def display_training(training: Watched) -> None:
    """Shows a training in the running notebook: the live monitor, or its picture without one.

    Where ipywidgets, anywidget or plotly is missing, the picture says so and what to install.

    Raises:
        MissingExtra: there is no IPython to show it with.
    """
    try:
        from IPython.display import display
    except ModuleNotFoundError as e:
        raise MissingExtra("ipython", "notebook", "Showing a training in a notebook") from e

    from dml_sdk import widgets

    try:
        monitor = widgets.RoundMonitor(training)
    except MissingExtra as e:
        picture = {"text/plain": repr(training), "text/html": training_html(training, note=str(e))}
        display(picture, raw=True)
    else:
        display(monitor)
