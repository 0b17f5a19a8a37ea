"""The questionnaire panel in JupyterLab: by keys alone, beside a busy cell, after its kernel."""

from __future__ import annotations

import json
from typing import Any

from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import needs_axe, violations, write_notebook

PANEL = ".dml-questionnaire-panel"
MAKE = """
    import numpy as np
    import dml_sdk as dml
    from dml_sdk import widgets
    session = dml.connect(path="chain-{name}")
    images = list((np.random.default_rng(3).random((20, 28, 28)) * 255).astype(np.uint8))
    if {fresh}:
        model = session.models.upload(
            dml.networks.softmax(8, 4), name="digits", licence="MIT",
            pool=dml.PoolTerms(amount=1_000))
        model.annotation_task(
            items=images, reward_per_point="0.05", batch_size=20, answers_per_item=1,
            questionnaire=dml.Questionnaire([
                dml.Choice("digit", "Which digit is this?", options=range(10)),
                dml.Text("note", "Anything odd?", required=False, points=0, longest=200),
            ][:{questions}], title="Digits"))
    task = session.as_("bob").task(0, drafts="drafts-{name}")
"""
SHOW = "panel = widgets.QuestionnairePanel(task); panel"
# Ends only once the desk has ten answers: nobody can give them but the panel, while this runs.
BUSY = """
    import time
    while sum(state == "answered" for state in panel.desk.states) < 10:
        time.sleep(0.05)
    print("ten were answered")
"""


def make(name: str, fresh: bool = True, questions: int = 1) -> str:
    return MAKE.format(name=name, fresh=fresh, questions=questions)


def shown(page: Page) -> Locator:
    panel = page.locator(PANEL)
    expect(panel).to_have_count(1)
    return panel


def begin(page: Page) -> Locator:
    """Takes the batch; keys go to its first item from then on."""
    panel = shown(page)
    panel.get_by_role("button", name="Take a batch").click()
    expect(panel).to_have_attribute("data-item", "0")
    return panel


def test_twenty_items_by_keyboard_alone_while_a_cell_runs(lab: Any, open_notebook: Any) -> None:
    path = write_notebook(lab.folder / "questionnaire.ipynb", make("keys"), SHOW, BUSY)
    opened = open_notebook(path)
    opened.run_first(2)
    page: Page = opened.page
    panel = begin(page)
    cell = page.locator(".jp-CodeCell").nth(2)
    cell.locator(".cm-content").click()
    page.keyboard.press("Control+Enter")
    expect(cell.locator(".jp-InputPrompt")).to_have_text("[*]:")
    # From the cell, Shift+Tab leads back into the panel's last button; a click does as well.
    panel.locator(".dml-viewport").click()
    for item in range(10):
        expect(panel).to_have_attribute("data-item", str(item))
        page.keyboard.press(str(item))
    expect(page.get_by_text("ten were answered", exact=True)).to_be_visible()
    opened.photograph("questionnaire-lab", PANEL)
    page.keyboard.press("s")
    page.keyboard.press("Backspace")
    expect(panel).to_have_attribute("data-item", "10")
    page.keyboard.press("f")
    # What are commands of the notebook is text in here, and keys of the panel when it is none.
    page.keyboard.type("dd x b a")
    page.keyboard.press("Enter")
    expect(panel).to_have_attribute("data-item", "11")
    for key in "ddxyab":
        page.keyboard.press(key)
    # A notebook would run the cell, select all of them, merge, move or split them.
    cells = page.locator(".jp-CodeCell .jp-InputPrompt").all_inner_texts()
    for key in ("Shift+Enter", "Alt+Enter", "a", "Shift+ArrowDown", "Shift+ArrowUp", "Backspace"):
        page.keyboard.press(f"Control+{key}")
    page.keyboard.press("Escape")
    for key in "dd":
        page.keyboard.press(key)
    expect(panel.locator(".dml-quest:focus-within, .dml-quest:focus")).to_be_visible()
    assert page.locator(".jp-CodeCell .jp-InputPrompt").all_inner_texts() == cells
    expect(panel).to_have_attribute("data-item", "11")
    # What saves and searches a notebook does so from in here too.
    with page.expect_request(lambda r: r.method == "PUT" and "/api/contents/" in r.url):
        page.keyboard.press("Control+s")
    page.keyboard.press("Control+f")
    expect(page.locator(".jp-DocumentSearch-overlay")).to_be_visible()
    page.keyboard.press("Escape")
    panel.locator(".dml-viewport").click()
    page.keyboard.press("Control+Enter")
    assert page.locator(".jp-CodeCell .jp-InputPrompt").all_inner_texts() == cells
    for item in range(11, 20):
        expect(panel).to_have_attribute("data-item", str(item))
        page.keyboard.press("7")
    end = panel.get_by_role("region", name="Hand in")
    expect(end).to_contain_text("19 answered, 1 flagged")
    expect(end).to_contain_text("fee")
    page.keyboard.press("Enter")
    expect(panel.get_by_role("alertdialog", name="Hand in this batch?")).to_be_visible()
    page.keyboard.press("y")
    expect(panel.locator(".dml-result")).to_contain_text("Handed in")
    expect(page.locator(".jp-CodeCell")).to_have_count(3)
    assert not page.locator(".jp-Notebook.jp-mod-editMode").count()


def test_a_killed_kernel_loses_no_answer_and_what_was_typed_stays(
    lab: Any, open_notebook: Any
) -> None:
    path = write_notebook(lab.folder / "killed.ipynb", make("killed", questions=2), SHOW)
    opened = open_notebook(path)
    opened.run_first(2)
    page: Page = opened.page
    panel = begin(page)
    for item, key in enumerate("314"):
        expect(panel).to_have_attribute("data-item", str(item))
        page.keyboard.press(key)
        note = panel.get_by_role("textbox", name="Anything odd?")
        expect(note).to_be_focused()
        page.keyboard.type(f"note {item}")
        page.keyboard.press("Enter")
    expect(panel).to_have_attribute("data-item", "3")
    page.keyboard.press("5")
    page.keyboard.type("half a sent")
    expect(panel.locator(".dml-thin [data-state=answered]")).to_have_count(4)
    page.locator(".jp-Notebook").first.press("Control+s")
    page.wait_for_function(
        "() => !document.querySelector('.jp-mod-dirty, .lm-TabBar-tab.jp-mod-dirty')"
    )
    saved = json.dumps(json.loads(path.read_text(encoding="utf-8"))["cells"])
    assert "dml-picture" in saved and "half a sent" not in saved and "note 1" not in saved
    page.get_by_role("menuitem", name="Kernel", exact=True).click()
    page.get_by_text("Shut Down Kernel", exact=True).click()
    expect(panel.locator(".dml-chain")).to_contain_text("disconnected")
    expect(panel.get_by_role("textbox", name="Anything odd?")).to_have_value("half a sent")
    expect(panel.locator(".dml-message")).to_contain_text("The kernel is gone")
    skip = panel.get_by_role("button", name="Skip")
    expect(skip).to_have_attribute("aria-disabled", "true")
    panel.locator(".dml-viewport").click()
    page.keyboard.press("Escape")
    opened.photograph("questionnaire-disconnected", PANEL)
    page.context.close()

    again = write_notebook(lab.folder / "again.ipynb", make("killed", fresh=False), SHOW)
    opened = open_notebook(again)
    opened.run_first(2)
    panel = shown(opened.page)
    expect(panel).to_have_attribute("data-item", "3")
    expect(panel.locator(".dml-thin [data-state=answered]")).to_have_count(4)
    expect(panel.get_by_role("textbox", name="Anything odd?")).to_have_value("half a sent")


def test_a_kernel_that_is_started_anew_is_given_what_the_page_showed_and_nothing_else(
    lab: Any, open_notebook: Any
) -> None:
    tells = "print([panel.desk.answers(item) for item in range(4)])"
    path = write_notebook(
        lab.folder / "anew.ipynb", make("anew"), SHOW, make("anew", fresh=False), tells
    )
    opened = open_notebook(path)
    opened.run_first(2)
    page: Page = opened.page
    panel = begin(page)
    page.keyboard.press("1")
    expect(panel).to_have_attribute("data-item", "1")
    page.get_by_role("menuitem", name="Kernel", exact=True).click()
    page.get_by_text("Restart Kernel…", exact=True).click()
    page.get_by_role("button", name="Confirm Kernel Restart").click()
    expect(panel.locator(".dml-chain")).to_contain_text("disconnected")
    expect(panel.locator(".dml-message")).to_contain_text("kept in this browser")
    panel.locator(".dml-viewport").click()
    for item, key in ((1, "3"), (2, "4")):
        expect(panel).to_have_attribute("data-item", str(item))
        page.keyboard.press(key)
    expect(panel.locator(".dml-thin [data-state=answered]")).to_have_count(3)
    page.keyboard.press("Backspace")
    expect(panel.locator(".dml-message")).to_contain_text("kept in this browser")
    opened.photograph("questionnaire-anew", PANEL)
    cells = page.locator(".jp-CodeCell")
    opened.run(cells.nth(2))
    expect(panel.locator(".dml-chain")).to_contain_text("disconnected")
    opened.run(cells.nth(1))
    expect(panel.locator(".dml-chain")).to_contain_text("live")
    expect(panel.locator(".dml-thin [data-state=answered]")).to_have_count(3)
    opened.run(cells.nth(3))
    told = "[{'digit': 1}, {'digit': 3}, {'digit': 4}, {}]"
    expect(cells.nth(3).locator(".jp-OutputArea-output")).to_have_text(told)


@needs_axe
def test_both_themes_wide_and_narrow_are_readable_for_everybody(
    lab: Any, open_notebook: Any
) -> None:
    narrow = "slim = widgets.QuestionnairePanel(task); slim.layout.width = '380px'; slim"
    path = write_notebook(lab.folder / "looks.ipynb", make("looks"), SHOW, narrow)
    opened = open_notebook(path, width=1500, height=2200)
    page: Page = opened.page
    opened.run_first(2)
    begin(page)
    opened.run(page.locator(".jp-CodeCell").nth(2))
    both = page.locator(PANEL)
    expect(both).to_have_count(2)
    for theme in ("Light", "Dark"):
        opened.set_theme(f"JupyterLab {theme}")
        for name, panel in (("wide", both.nth(0)), ("narrow", both.nth(1))):
            expect(panel).to_have_attribute("data-item", "0")
            assert panel.evaluate("e => e.scrollWidth <= e.clientWidth"), f"{name} sticks out"
        opened.photograph(f"questionnaire-lab-{theme.lower()}", PANEL)
        assert violations(page, PANEL) == []
    opened.set_theme("JupyterLab Light")


def test_two_views_of_a_panel_show_the_same_answers(lab: Any, open_notebook: Any) -> None:
    path = write_notebook(lab.folder / "views.ipynb", make("views"), SHOW, "panel")
    opened = open_notebook(path, height=2400)
    page: Page = opened.page
    opened.run_first(2)
    begin(page)
    opened.run(page.locator(".jp-CodeCell").nth(2))
    first, second = page.locator(PANEL).nth(0), page.locator(PANEL).nth(1)
    expect(second).to_have_attribute("data-item", "0")
    first.locator(".dml-viewport").click()
    page.keyboard.press("4")
    expect(first).to_have_attribute("data-item", "1")
    expect(second.locator(".dml-thin [data-state=answered]")).to_have_count(1)
    expect(second).to_have_attribute("data-item", "0")
    expect(second.get_by_role("radio", name="4", exact=True)).to_be_checked()
