"""What an annotator does on the page of a questionnaire panel."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Browser, expect

import dml_sdk as dml
from dml_sdk.annotation.task import AnnotationTask
from dml_sdk.widgets import QuestionnairePanel
from tests.browser.panel_page import PanelPage

DIGITS = dml.Questionnaire(
    [dml.Choice("digit", "Which digit is this?", options=range(10), help="What was meant.")],
    title="Digits",
    instructions="Look first.\nThen press.",
)


class DeskPage(PanelPage):
    """A questionnaire panel and its page."""

    def __init__(self, browser: Browser, task: AnnotationTask, **options: Any) -> None:
        super().__init__(browser, "questionnaire/panel", QuestionnairePanel(task), **options)

    def take(self) -> None:
        """Takes a batch and turns to its first item."""
        self.root.get_by_role("button", name="Take a batch").click()
        self.shows(0)
        expect(self.root.locator(".dml-quest:focus-within, .dml-quest:focus")).to_be_visible()

    def hand_in(self) -> None:
        """Hands the batch in by keys: Enter asks, and does not answer."""
        expect(self.root.get_by_role("region", name="Hand in")).to_be_visible()
        self.press("Enter", "Enter", "Enter")
        expect(self.root.get_by_role("alertdialog", name="Hand in this batch?")).to_be_visible()
        self.press("y")

    def press(self, *keys: str) -> None:
        """Presses keys as somebody does who looks first: each once the item is on the stage."""
        for key in keys:
            self.page.wait_for_function("document.querySelector('#place').dataset.item !== ''")
            super().press(key)

    def shows(self, item: int) -> None:
        """Waits until an item is on the stage."""
        expect(self.root).to_have_attribute("data-item", str(item))

    def answers(self, item: int, expected: dict[str, Any]) -> None:
        """Waits until the desk has these answers of an item."""
        for _ in range(2_000):
            self.settled()
            if self.panel.desk.answers(item) == expected:
                return
        assert self.panel.desk.answers(item) == expected

    def settled(self) -> None:
        """Waits until the desk has heard all that the page sent, and the page what it said."""
        number = max((m.get("n", 0) for m in self.page.evaluate("panel.sent")), default=0)
        if number:
            self.page.wait_for_function("n => panel.heard >= n", arg=number)
        self.page.evaluate("new Promise((resolve) => setTimeout(resolve, 10))")
