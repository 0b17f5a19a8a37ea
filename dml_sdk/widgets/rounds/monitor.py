"""The round monitor: watches a training, live or after the fact, and steers it."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any

import traitlets
from ipywidgets import Box

from dml_sdk.arguments import require_part
from dml_sdk.errors import DMLError, UsageError
from dml_sdk.untrusted import csv_of
from dml_sdk.widgets import browser
from dml_sdk.widgets.live import LiveWidget, Pictured
from dml_sdk.widgets.receipt import receipt_json
from dml_sdk.widgets.rounds import snapshot
from dml_sdk.widgets.rounds.chart import RoundChart
from dml_sdk.widgets.rounds.picture import training_html
from dml_sdk.widgets.rounds.snapshot import Watched
from dml_sdk.widgets.throttle import Pace, Throttle

# A refresh of the view is one message; plotly takes four for one of the figure and answers the page
# with two more. So at most 4 + 6 messages leave the kernel in any second, or 4 and a picture.
VIEW_SECONDS = 0.3
CHART_SECONDS = 1.5
# The page calls what it shows stale after 10 s of silence, so a live training is never silent for
# that long.
HEARTBEAT_SECONDS = 3.0

_UNDER_WAY = ("waiting", "running", "paused", "stopping")
_ENDED = ("stopped", "finished", "failed")


class _View(LiveWidget):
    """Everything but the chart; its browser half is `widgets/rounds/monitor.js`."""

    _esm = browser.module("rounds/monitor")
    _css = browser.styles("round-monitor", "frame", "rounds/monitor")

    head = traitlets.Dict().tag(sync=True)
    strip = traitlets.Dict().tag(sync=True)
    pool = traitlets.Dict().tag(sync=True)
    events: traitlets.List[list[Any]] = traitlets.List().tag(sync=True)


class RoundMonitor(Pictured, Box):  # type: ignore[misc]  # the library has no types
    """A widget that shows a training's rounds, participants, pool and events, and steers it.

    It follows a training that runs in this kernel, and shows one that has ended just as well. In a
    saved notebook its last picture stays, as HTML and SVG without a script. At most ten messages a
    second leave the kernel, whatever the training does.

    Args:
        training: what `model.train(…)` returned.
        target: test accuracy that is hoped for, 0–1, a dotted line in the chart; by default the
            training's own `target_accuracy`.

    Attributes:
        training: the training it shows.
        figure: the plotly `FigureWidget` with accuracy and loss, to restyle at will.

    Raises:
        UsageError: not a training, or a target outside 0–1.
        MissingExtra: ipywidgets, anywidget or plotly is not installed.
    """

    _throttle: Throttle | None = None
    _unwatch: tuple[Callable[[], None], ...] = ()

    def __init__(self, training: Watched, *, target: float | None = None) -> None:
        if not isinstance(training, Watched):
            raise UsageError(
                "RoundMonitor shows a Training, which model.train(…) returns; "
                f"it was given {type(training).__name__}."
            )
        hoped = require_part("target", target)
        self.training = training
        self._chart = RoundChart(training.target_accuracy if hoped is None else float(hoped))
        self.figure = self._chart.figure
        self._view = _View()
        self._end: int | None = None
        self._seen_block: int | None = None
        self._seen_strip: tuple[int, int | None] | None = None
        self._chart_pace = Pace(CHART_SECONDS)
        grid = Box([self._view, self.figure])
        grid.add_class("dml-grid")
        super().__init__([grid])
        self.add_class("dml-widget")
        self.add_class("dml-round-monitor")
        self._view.on_msg(self._asked)
        self._refresh()
        self._throttle = Throttle(self._refresh, VIEW_SECONDS, self._heartbeat)
        ask = self._throttle.request
        self._unwatch = (training.watch(ask), training.session.chain.on_block(lambda _: ask()))

    def close(self) -> None:
        """Stops watching and takes the widget off every page it is shown on."""
        if self._throttle is not None:
            for stop in self._unwatch:
                stop()
            self._unwatch = ()
            self._throttle.close()
            for widget in (self._view, self.figure, *self.children):
                widget.close()
        super().close()

    def __repr__(self) -> str:
        t = self.training
        return f"<RoundMonitor of {t.model_name!r}: {t.state}, round {len(t.rounds)}>"

    def picture_html(self) -> str:
        """What is left of it in a saved notebook."""
        return training_html(self.training)

    # --- kept up to date ------------------------------------------------------------------------

    def _ask(self) -> None:
        if self._throttle is not None:
            self._throttle.request()

    def _heartbeat(self) -> float | None:
        return HEARTBEAT_SECONDS if self.training.state in _UNDER_WAY else None

    def _refresh(self) -> None:
        rounds, base = self.training.rounds, self.training.base
        said = snapshot.head(self.training)
        with self._view.hold_sync():
            try:
                said["block"] = self.training.session.chain.block_number
                if said["block"] != self._seen_block:
                    self._view.pool = snapshot.pool(self.training)
                    self._view.events = snapshot.events(self.training)
                    self._seen_block = said["block"]
                said["unreachable"] = None
            except DMLError as e:
                said["block"] = self._seen_block
                said["unreachable"] = str(e)
            if (len(rounds), self._end) != self._seen_strip:
                self._view.strip = snapshot.strip(rounds, self._end)
                self._seen_strip = (len(rounds), self._end)
            self._view.head = said
        now = time.monotonic()
        if not self._chart.is_current(rounds, base):
            if self._chart_pace.wait(now):
                self._ask()
            else:
                self._chart.draw(rounds, base, self.training.rounds_planned)
                self._chart_pace.happened(now)
        state = said["state"]
        # Not in the same second as plotly's messages, except at the end.
        if state in _ENDED or self._chart_pace.wait(now) < CHART_SECONDS - 1:
            self._keep_picture(now, (state, len(rounds)), at_once=state in _ENDED)

    # --- steered --------------------------------------------------------------------------------

    def _asked(self, _: object, message: object, __: object) -> None:
        """Does what a click asks for; the page hears of it by the state, or here that it failed."""
        if not isinstance(message, dict):
            return
        training = self.training
        do = message.get("do")
        try:
            if do == "pause":
                training.pause()
            elif do == "resume":
                training.resume()
            elif do == "stop":
                training.stop()
            elif do == "rounds" and isinstance(message.get("end"), int):
                end = message["end"]
                self._end = end if 0 < end < len(training.rounds) else None
            elif do == "csv":
                self._offer("rounds.csv", self.csv(), "text/csv")
            elif do == "receipt":
                self._offer("receipt.json", self.receipt_json(), "application/json")
        except DMLError as e:
            self._view.send({"refused": do, "text": str(e)})
        self._ask()

    def csv(self) -> str:
        """All finished rounds as comma-separated values with a header; amounts in whole tokens."""
        return csv_of([snapshot.CSV_HEADER, *map(snapshot.csv_row, self.training.rounds)])

    def receipt_json(self) -> str:
        """The last receipt, which the footer names, as JSON.

        Raises:
            UsageError: there is none yet.
        """
        receipt = snapshot.last_receipt(self.training.rounds)
        if receipt is None:
            raise UsageError("There is no receipt yet: no round has finished.")
        return receipt_json(receipt)

    def _offer(self, name: str, text: str, kind: str) -> None:
        """Gives the page a file to offer, named after the model."""
        model = re.sub(r"[^A-Za-z0-9_-]+", "-", self.training.model_name) or "model"
        self._view.send({"file": {"name": f"{model}-{name}", "text": text, "type": kind}})
