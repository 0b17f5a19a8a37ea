"""What every widget is on a page: alive while its kernel lives, a picture afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import anywidget
from comm.base_comm import BaseComm
from IPython.display import DisplayHandle, display
from ipywidgets import __protocol_version__

from dml_sdk.widgets.line import OpenLine
from dml_sdk.widgets.throttle import Pace

PICTURE_SECONDS = 5.0


class LiveWidget(anywidget.AnyWidget):  # type: ignore[misc]  # the library has no types
    """A widget whose messages are answered while a cell runs.

    The page changes nothing by state; it asks by messages.
    """

    comm: BaseComm | None

    def open(self) -> None:
        """Opens the line to the page, once."""
        if self.comm is None:
            self.comm = OpenLine(
                target_name="jupyter.widget",
                data={"state": self.get_state(), "buffer_paths": []},
                metadata={"version": __protocol_version__},
            )

    def set_state(self, sync_data: dict[str, Any]) -> None:
        """Takes no state from the page: what is shown is the kernel's to say."""


class Pictured:
    """Shows a widget, and below it its picture, which is hidden while the widget lives.

    Notebooks prefer a dead widget's reference to the HTML beside it, so the picture is an output of
    its own: that one can be brought up to date, and is what a saved notebook shows.
    """

    _pictures: Sequence[DisplayHandle] = ()
    _pictured: object = None
    _picture_pace: Pace | None = None

    def picture_html(self) -> str:
        """The last state as HTML that stands alone."""
        raise NotImplementedError

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        return {**self._live(), "text/html": self.picture_html()}

    def _ipython_display_(self) -> None:
        display(self._live(), raw=True)
        picture = display(self._picture(), raw=True, display_id=True)
        if picture is not None:
            self._pictures = (*self._pictures, picture)

    def _live(self) -> dict[str, Any]:
        model_id = self.model_id  # type: ignore[attr-defined]  # every widget has one
        reference = {"version_major": 2, "version_minor": 0, "model_id": model_id}
        return {"text/plain": repr(self), "application/vnd.jupyter.widget-view+json": reference}

    def _picture(self) -> dict[str, str]:
        return {"text/plain": "", "text/html": self.picture_html()}

    def _keep_picture(self, now: float, shows: object, at_once: bool = False) -> None:
        """Brings the pictures up to date, now and then.

        Args:
            now: monotonic time, s.
            shows: what tells this state from others; equal ones are not drawn again.
            at_once: whether not to wait, as at an end.
        """
        if not self._pictures or self._pictured == shows:
            return
        if self._picture_pace is None:
            self._picture_pace = Pace(PICTURE_SECONDS)
        if at_once or not self._picture_pace.wait(now):
            for picture in self._pictures:
                picture.update(self._picture(), raw=True)
            self._pictured = shows
            self._picture_pace.happened(now)
