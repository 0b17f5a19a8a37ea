"""The questionnaire panel in Notebook 7: answered by keys, which are its own, and not lost."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

import dml_sdk as dml
from tests.browser.notebook7 import Notebook7, NotebookPage, running_notebook7
from tests.browser.pages import left_in_order, write_notebook

PANEL = ".dml-questionnaire-panel"
ITEMS = 6
MAKE = f"""
    import os
    import numpy as np
    import dml_sdk as dml
    from dml_sdk import widgets
    fresh = not os.path.exists("chain")
    session = dml.connect(path="chain")
    if fresh:
        rng = np.random.default_rng(3)
        images = list((rng.random(({ITEMS}, 28, 28)) * 255).astype(np.uint8))
        model = session.models.upload(
            dml.networks.softmax(8, 4), name="digits", licence="MIT",
            pool=dml.PoolTerms(amount=1_000))
        model.annotation_task(
            items=images, reward_per_point="0.05", batch_size={ITEMS}, answers_per_item=1,
            questionnaire=dml.Questionnaire(
                [dml.Choice("digit", "Which digit is this?", options=range(10))], title="Digits"))
    task = session.as_("bob").task(0, drafts="drafts")
    open("kernel.pid", "w").write(str(os.getpid()))
"""
SHOW = "panel = widgets.QuestionnairePanel(task); panel"
TELL = "print([panel.desk.answers(item).get('digit') for item in range(len(panel.desk.states))])"


@pytest.fixture(scope="module")
def notebook7(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Notebook7]:
    """Notebook 7, with settings of its own."""
    with running_notebook7(tmp_path_factory.mktemp("notebook7")) as running:
        yield running


@pytest.fixture
def open_notebook7(
    notebook7: Notebook7, browser: Browser, request: pytest.FixtureRequest
) -> Iterator[Any]:
    """Opens a notebook of these cells; what it asks of the outside fails the test."""
    with left_in_order(request.node.name) as opened:

        def open_it(name: str, *cells: str) -> NotebookPage:
            write_notebook(notebook7.folder / f"{name}.ipynb", *cells)
            opened.append(notebook7.open(browser, f"{name}.ipynb"))
            return opened[-1]

        yield open_it
        for page in opened:
            assert isinstance(page, NotebookPage)
            page.forgive()


def shown(page: Page) -> Locator:
    panel = page.locator(PANEL)
    expect(panel).to_have_count(1)
    return panel


def test_it_is_answered_by_keys_that_are_its_own_and_outlives_its_kernel(
    notebook7: Notebook7, open_notebook7: Any
) -> None:
    opened = open_notebook7("digits", MAKE, SHOW, TELL)
    opened.run_first(2)
    page: Page = opened.page
    panel = shown(page)
    panel.get_by_role("button", name="Take a batch").click()
    for item, key in enumerate("73"):
        expect(panel).to_have_attribute("data-item", str(item))
        page.keyboard.press(key)
    expect(panel).to_have_attribute("data-item", "2")
    opened.photograph("questionnaire-notebook7", PANEL)

    # In command mode these cut, copy, add, turn and delete cells, run them or stop the kernel.
    for key in [*"ddxabvymii", "Shift+Enter", "Shift+M", "Control+Enter"]:
        page.keyboard.press(key)
    expect(panel).to_have_attribute("data-item", "2")
    # What saves a notebook does so from in here too.
    with page.expect_request(lambda r: r.method == "PUT" and "/api/contents/" in r.url):
        page.keyboard.press("Control+s")
    page.keyboard.press("Backspace")
    expect(panel).to_have_attribute("data-item", "1")
    page.keyboard.press("4")
    expect(panel).to_have_attribute("data-item", "2")
    expect(page.locator(".jp-CodeCell")).to_have_count(3)
    assert not page.locator(".jp-Notebook.jp-mod-editMode").count()
    expect(opened.cell(1).locator(".jp-InputPrompt")).to_have_text("[2]:")
    opened.run(2)
    expect(opened.cell(2)).to_contain_text("[7, 4, None, None, None, None]")

    os.kill(int((notebook7.folder / "kernel.pid").read_text()), signal.SIGKILL)
    expect(panel.locator(".dml-chain")).to_contain_text("disconnected")
    expect(panel.locator(".dml-message")).to_contain_text("kept in this browser")
    opened.photograph("questionnaire-notebook7-killed", PANEL)

    with dml.connect(path=notebook7.folder / "chain") as session:
        task = session.as_("bob").task(0, drafts=notebook7.folder / "drafts")
        desk = task.desk()
        assert desk.resume() and desk.position == 2
        assert [desk.answers(item) for item in range(3)] == [{"digit": 7}, {"digit": 4}, {}]
