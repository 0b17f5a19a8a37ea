"""The annotation notebook in a real JupyterLab, with somebody who reads digits and presses keys."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Locator, expect

import dml_sdk as dml
from tests.browser.conftest import ARTEFACTS, needs_axe, violations
from tests.browser.test_collective_notebook import Reader

ANNOTATION = Path(__file__).resolve().parents[2] / "notebooks" / "04_annotation.ipynb"
PANEL = "widgets.QuestionnairePanel(task, as_=you)"
STAND_IN = "a simulated stand-in answered"
BATCH = 20
SHOWN = """stage => {
    const image = stage.querySelector("img");
    const canvas = document.createElement("canvas");
    const [width, height] = [image.naturalWidth, image.naturalHeight];
    Object.assign(canvas, { width, height });
    const drawn = canvas.getContext("2d");
    drawn.drawImage(image, 0, 0);
    return [...drawn.getImageData(0, 0, width, height).data].filter((_, at) => at % 4 === 0);
}"""


class Eyes:
    """Somebody who can read: tells each digit by the pixels that are on the page."""

    def __init__(self) -> None:
        known = dml.datasets.first_available().train.sample(400, seed=1)
        self._pixels = np.round(known.x.reshape(len(known), -1) * 255)
        self._labels = known.y

    def read(self, panel: Locator) -> str:
        """The key for the digit that is shown."""
        pixels = np.array(panel.locator(".dml-stage").evaluate(SHOWN))
        apart = np.abs(self._pixels - pixels).max(axis=1)
        assert apart.min() == 0, "what is shown is a digit of the task, to the last pixel"
        return str(self._labels[apart.argmin()])


@pytest.fixture
def reader(open_notebook: Any) -> Reader:
    ARTEFACTS.mkdir(exist_ok=True)
    return Reader(open_notebook(ANNOTATION, width=1400, height=1500))


def shows(panel: Locator, item: int) -> None:
    expect(panel).to_have_attribute("data-item", str(item))


def begin(reader: Reader) -> Locator:
    """Bob's panel with a batch in it; keys go to it from now on."""
    panel = reader.run_to(PANEL).locator(".dml-widget", has=reader.page.locator(".dml-quest"))
    panel.get_by_role("button", name="Take a batch").click()
    shows(panel, 0)
    return panel


def test_twenty_digits_are_answered_by_keyboard_judged_and_paid(reader: Reader) -> None:
    panel, eyes = begin(reader), Eyes()
    for item in range(BATCH):
        shows(panel, item)
        if item == 7:
            photographed(reader, panel)
        reader.page.keyboard.press(eyes.read(panel))
    end = panel.get_by_role("region", name="Hand in")
    expect(end).to_contain_text(f"That is the batch: {BATCH} answered.")
    reader.page.keyboard.press("Enter")
    expect(panel.get_by_role("alertdialog", name="Hand in this batch?")).to_be_visible()
    reader.page.keyboard.press("y")
    expect(panel.locator(".dml-result")).to_contain_text("Handed in")

    stand_in = reader.run_to("desk, filled = panel.desk, 0")
    expect(stand_in).to_contain_text(f"You answered {BATCH} digits; {STAND_IN} 380 in your place.")
    judged = reader.run_to("judged = task.judge()")
    for guilty in ("Eve", "Ferdie"):
        expect(judged).to_contain_text(f"{guilty} is accused of copying")
    expect(judged).not_to_contain_text("you is accused")
    paid = reader.run_to("task.award()")
    expect(paid).to_contain_text("No token was lost")
    assert awarded(paid, "you") > awarded(paid, "Dave") > 0
    assert awarded(paid, "Eve") == awarded(paid, "Ferdie") == 0
    changed = reader.run_to("changed = np.flatnonzero(agreed != found)")
    expect(changed).to_contain_text(re.compile("of the 20 that were spoilt are among them"))
    expect(changed.locator("img").first).to_be_visible()
    changed.screenshot(path=ARTEFACTS / "annotation-changed.png")
    trained = reader.run_to("after = train(task.dataset())")
    before, after = (float(told) for told in re.findall(r"([0-9.]+)%", trained.inner_text()))
    assert after > before + 1
    curves = reader.run_to("learning = dml.ActiveLearning(")
    expect(curves.locator(".dml-picture svg[aria-label*='Random order']")).to_be_visible()
    curves.screenshot(path=ARTEFACTS / "annotation-active.png")
    expect(reader.page.locator("[data-mime-type*='stderr']")).to_have_count(0)


def photographed(reader: Reader, panel: Locator) -> None:
    """Pictures of the panel at work, light and dark; it is left as it was, its keys too."""
    for theme in ("Dark", "Light"):
        reader.notebook.set_theme(f"JupyterLab {theme}")
        panel.scroll_into_view_if_needed()
        panel.screenshot(path=ARTEFACTS / f"annotation-panel-{theme.lower()}.png")
    panel.locator(".dml-stage").click()


def awarded(paid: Locator, name: str) -> float:
    row = paid.get_by_role("row", name=re.compile(f"^{name} "))
    return float(row.get_by_role("cell").nth(2).inner_text())


def test_who_answers_a_few_and_leaves_has_the_rest_answered_by_the_stand_in(
    reader: Reader,
) -> None:
    panel, eyes = begin(reader), Eyes()
    for item in range(3):
        shows(panel, item)
        reader.page.keyboard.press(eyes.read(panel))
    shows(panel, 3)
    stand_in = reader.run_to("desk, filled = panel.desk, 0")
    expect(stand_in).to_contain_text(f"You answered 3 digits; {STAND_IN} 397 in your place.")
    expect(panel).to_contain_text("wants are handed in")


def test_run_all_needs_no_key_and_says_who_answered_instead(reader: Reader) -> None:
    reader.notebook.run_all()
    last = reader.cell("learning = dml.ActiveLearning(").locator(".jp-OutputArea").first
    expect(last).to_contain_text("Random order reached", timeout=240_000)
    stand_in = reader.cell("desk, filled = panel.desk, 0").locator(".jp-OutputArea").first
    expect(stand_in).to_contain_text(f"You answered 0 digits; {STAND_IN} 400 in your place.")
    expect(reader.page.locator("[data-mime-type*='stderr']")).to_have_count(0)


@needs_axe
def test_the_panel_at_work_in_the_notebook_is_accessible(reader: Reader) -> None:
    begin(reader)
    assert violations(reader.page, ".dml-quest") == []
