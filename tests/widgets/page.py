"""What a page does to a widget in a test: sends what a click sends, and waits for the answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.waiting import until
from tests.widgets.conftest import SENT


class Page:
    """The page of one panel."""

    def __init__(self, panel: Any) -> None:
        self.panel = panel
        self._tokens = 0

    def send(self, **message: Any) -> None:
        """Any message."""
        self.panel._handle_msg(
            {"content": {"data": {"method": "custom", "content": message}}, "buffers": []}
        )

    def press(self, action: str, **arguments: str) -> dict[str, Any]:
        """Presses an action's button and waits for what came of it."""
        token = self.begin(action, **arguments)
        until(lambda: self.outcome(token), f"an outcome of {action}")
        told = dict(self.panel.outcome)
        # It is told a moment before the next can be pressed.
        until(lambda: not self.panel._worker.acting, "that something else can be pressed")
        return told

    def begin(self, action: str, **arguments: str) -> str:
        """Presses an action's button."""
        self._tokens += 1
        token = f"view/{self._tokens}"
        self.send(do="act", action=action, arguments=arguments, token=token)
        return token

    def outcome(self, token: str) -> bool:
        told = self.panel.outcome
        return told.get("token") == token and told["state"] != "pending"

    def preview(self, action: str, **arguments: str) -> dict[str, Any]:
        """Fills a form in and waits for its preview."""
        self._tokens += 1
        token = f"view/{self._tokens}"
        self.send(do="preview", action=action, arguments=arguments, token=token)

        def answers() -> list[dict[str, Any]]:
            return [p for p in self.told("preview") if p["token"] == token]

        until(answers, f"a preview of {action}")
        return answers()[0]

    def told(self, kind: str) -> list[Any]:
        """What was sent to the page by messages of a kind."""
        mine = [d["content"] for _, _, d in SENT if d.get("method") == "custom"]
        return [content[kind] for content in mine if kind in content]

    def shows(self, condition: Callable[[Any], object], what: str) -> None:
        """Waits until the panel shows something."""
        until(lambda: condition(self.panel), what)
