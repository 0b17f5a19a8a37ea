"""The task panel in a real browser: items decided by key, figures, scores, hostile content."""

from __future__ import annotations

import io
import json
import random
import re
import wave
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

import dml_sdk as dml
from dml_sdk.annotation.asked.answers import Answer
from dml_sdk.annotation.task import AnnotationTask
from dml_sdk.widgets import TaskPanel
from tests.annotation.tasks import annotate, images, opened, reveal
from tests.browser.conftest import ARTEFACTS, needs_axe, violations, write_notebook
from tests.browser.panel_page import PanelPage

MAKE = """
    import numpy as np
    import dml_sdk as dml
    from dml_sdk import widgets
    from dml_sdk.annotation.asked.answers import Answer

    session = dml.connect(store="memory")
    model = session.models.upload(
        dml.networks.softmax(784, 10), name="digits", licence="MIT",
        pool=dml.PoolTerms(amount=1_000))
    LIT = ["abcdef", "bc", "abged", "abgcd", "fgbc", "afgcd", "afgcde", "abc", "abcdefg", "abcfgd"]
    PLACE = {"a": (3, 7, 8, 20), "g": (12, 16, 8, 20), "d": (21, 25, 8, 20), "f": (4, 14, 6, 10),
             "b": (4, 14, 18, 22), "e": (14, 24, 6, 10), "c": (14, 24, 18, 22)}
    chance = np.random.default_rng(4)

    def image(digit):
        pixels = chance.integers(0, 60, (28, 28))
        for segment in LIT[digit]:
            top, bottom, left, right = PLACE[segment]
            pixels[top:bottom, left:right] = chance.integers(170, 255)
        return pixels.astype(np.uint8)

    truth = [int(d) for d in chance.integers(0, 10, 36)]
    items = [image(digit) for digit in truth]
    asked = dml.Questionnaire([
        dml.Choice("digit", "Which digit is this?", options=range(10), points=2),
        dml.Choice("sure", "Are you sure?", options=["yes", "no"], points=0),
    ], title="Digits")
    task = model.annotation_task(
        items=items, questionnaire=asked, answers_per_item=3, batch_size=9, reward_per_point="0.1",
        validation=dml.validation.agreement())

    def answer(name, skill):
        mine = session.as_(name).task(task)
        while True:
            try:
                batch = mine.next_batch()
            except dml.errors.NothingToAnnotate:
                return
            told = []
            for item in batch.items:
                right = chance.random() < skill
                digit = truth[item] if right else int(chance.integers(10))
                flag = "half of it is missing" if item == 17 and name == "bob" else ""
                told.append(Answer(item, {"digit": digit, "sure": "yes" if right else "no"},
                                   int(chance.integers(600, 4000)), False, flag))
            mine.submit(batch, told)

    for name, skill in (("bob", 0.97), ("charlie", 0.9), ("dave", 0.6)):
        answer(name, skill)
    for name in ("bob", "charlie", "dave"):
        session.as_(name).task(task).reveal()
"""
SHOW = "panel = widgets.TaskPanel(task); panel"


def button(panel: Locator, name: str | re.Pattern[str]) -> Locator:
    return panel.get_by_role("button", name=name)


def region(panel: Locator, name: str) -> Locator:
    return panel.get_by_role("region", name=name)


@pytest.fixture
def notebook(lab: Any, open_notebook: Any) -> Any:
    """The owner's panel on 36 digits, each answered by three."""
    path = write_notebook(lab.folder / "task.ipynb", MAKE, SHOW)
    opened = open_notebook(path, height=2600)
    opened.run_first(2)
    return opened


def wait_until_judged(panel: Locator) -> None:
    expect(region(panel, "Agreement by question")).to_contain_text("12 sheets judged")
    expect(region(panel, "Items to look at").locator(".dml-thumb canvas").first).to_be_visible()


def test_the_owner_decides_by_keys_alone_looks_at_figures_and_signs(notebook: Any) -> None:
    page: Page = notebook.page
    panel = page.locator(".dml-task-panel")
    wait_until_judged(panel)
    notebook.photograph("task-panel-light", ".dml-task-panel")
    look = region(panel, "Items to look at")
    chosen = look.locator(".dml-thumb[aria-pressed=true]")

    # By keys: accept, choose a digit, leave out, go on, take back.
    panel.locator(".dml-copy").first.focus()
    page.keyboard.press("l")
    expect(chosen).to_be_focused()
    first = chosen.get_attribute("aria-label")
    assert first is not None
    page.keyboard.press("a")
    expect(panel.locator(".dml-message")).to_contain_text("is right")
    expect(look.get_by_label(f"{first}, right")).to_be_visible()
    expect(chosen).to_be_focused()
    look.get_by_label("Which question").select_option("digit")
    expect(look.locator(".dml-asked")).to_have_text("Which digit is this?")
    page.keyboard.press("Escape")
    look.locator(".dml-thumb").nth(1).click()
    second = chosen.get_attribute("aria-label")
    page.keyboard.press("4")
    expect(look.get_by_label(f"{second}, right")).to_be_visible()
    third = chosen.get_attribute("aria-label")
    page.keyboard.press("r")
    expect(look.get_by_label(f"{third}, left out")).to_be_visible()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("j")
    page.keyboard.press("u")
    expect(look.get_by_label(f"{third}, left out")).to_have_count(0)
    expect(region(panel, "Agreement by question")).to_contain_text("2 answered by you")
    notebook.photograph("task-panel-decided", ".dml-task-panel")
    for key in (
        "Control+Enter",
        "Shift+Enter",
        "Alt+Enter",
        "x",
        "d",
        "d",
        "Control+Shift+ArrowUp",
    ):
        page.keyboard.press(key)
    expect(chosen).to_be_focused()
    # JupyterLab heard nothing of all that: no cell was added, cut or run.
    assert page.locator(".jp-CodeCell .jp-InputPrompt").all_inner_texts() == ["[1]:", "[2]:"]
    expect(page.locator(".jp-CodeCell")).to_have_count(2)

    # The flag, the matrix of one, the sheets of one.
    look.get_by_label("Which items").select_option("flagged")
    expect(look.locator(".dml-flags")).to_contain_text("half of it is missing")
    confusion = region(panel, "What is taken for what")
    expect(confusion.locator("caption")).to_contain_text("108 answers")
    confusion.get_by_label("Whose answers").select_option(label="dave")
    expect(confusion.locator("caption")).to_contain_text("36 answers")
    people = region(panel, "Annotators")
    people.get_by_role("button", name="dave").click()
    expect(people.locator(".dml-person tbody tr")).to_have_count(4)

    # A sheet by key, then all scores; what is paid is what the dry run said.
    scores = region(panel, "Scores")
    scores.get_by_role("button", name="Reject batch 0 of dave").focus()
    page.keyboard.press("r")
    expect(scores.locator("tbody tr").filter(has_text="rejected by the owner")).to_have_count(1)
    expect(scores.locator("form[data-action=score] .dml-preview")).to_contain_text(
        "12 sheets scored"
    )
    button(panel, "Sign 12 scores").click()
    panel.get_by_role("button", name=re.compile("^Sign ⏎")).click()
    expect(panel.locator(".dml-result")).to_contain_text("Scored")
    expect(scores).to_contain_text("No answers wait for a score")
    expect(people.locator(".dml-person tbody tr").first).to_contain_text("= 0 DML")

    with page.expect_download() as download:
        button(panel, "consensus.csv").click()
    rows = Path(download.value.path()).read_text(encoding="utf-8").splitlines()
    assert len(rows) == 73 and rows[0].startswith("item,question,value")


def test_a_lost_kernel_is_said_and_the_notebook_keeps_the_picture(
    lab: Any, open_notebook: Any
) -> None:
    path = write_notebook(lab.folder / "task-kept.ipynb", MAKE, SHOW)
    opened = open_notebook(path)
    opened.run_first(2)
    page: Page = opened.page
    panel = page.locator(".dml-task-panel")
    wait_until_judged(panel)
    page.locator(".jp-Notebook").first.press("Control+s")
    page.wait_for_function(
        "() => !document.querySelector('.jp-mod-dirty, .lm-TabBar-tab.jp-mod-dirty')"
    )
    assert "dml-picture" in json.dumps(json.loads(path.read_text(encoding="utf-8"))["cells"])
    page.get_by_role("menuitem", name="Kernel", exact=True).click()
    page.get_by_text("Shut Down Kernel", exact=True).click()
    expect(panel.locator(".dml-chain")).to_contain_text("disconnected")
    accept = panel.get_by_role("button", name=re.compile("^A Accept")).first
    expect(accept).to_have_attribute("aria-disabled", "true")
    page.context.close()

    again = open_notebook(path)
    picture = again.page.locator(".dml-picture")
    expect(picture).to_be_visible()
    expect(picture).to_contain_text("Digits")
    again.photograph("task-panel-picture", ".dml-picture")


# --- without a Jupyter ----------------------------------------------------------------------------

HOSTILE = "</script><img src=x onerror='window.hit=1'><svg onload='window.hit=1'>\u202e"


def apart(model: dml.Model, **given: Any) -> AnnotationTask:
    """A task where two disagree about everything."""
    task = opened(model, **given)
    annotate(task, "bob", lambda batch: [1 for _ in batch.items])
    annotate(task, "charlie", lambda batch: [2 for _ in batch.items])
    reveal(task, "bob", "charlie")
    return task


def judged(shown: PanelPage) -> None:
    shown.until(lambda: shown.root.locator(".dml-thumb").count(), "the items")


@needs_axe
def test_both_themes_wide_and_narrow_are_readable_for_everybody(
    open_panel: Any, model: dml.Model
) -> None:
    gold = dml.validation.gold({n: {"digit": n % 10} for n in range(8)})
    task = opened(model, items=images(30), answers_per_item=4, validation=gold)
    chance, truth = random.Random(3), [place % 10 for place in task.order]

    def mostly(skill: float) -> Any:
        def say(batch: Any) -> list[Answer]:
            return [
                Answer(n, {"digit": truth[n] if chance.random() < skill else chance.randrange(10)},
                       chance.randrange(400, 4_000), False, "" if n % 9 else "too dark")
                for n in batch.items
            ]  # fmt: skip

        return say

    for name, skill, batches in (("bob", 0.9, 9), ("charlie", 0.7, 7), ("dave", 0.3, 6)):
        annotate(task, name, mostly(skill), batches)
    annotate(task, "eve", mostly(0.9), 5)
    for name in ("bob", "charlie", "dave", "eve"):
        task.session.as_(name).task(task).reveal()
    widget = TaskPanel(task)
    for dark in (False, True):
        for width in (1200, 380):
            shown = open_panel("task/panel", widget, width=width, height=1_000, dark=dark)
            judged(shown)
            shown.root.get_by_role("button", name="bob").first.click()
            shown.until(lambda: shown.root.locator(".dml-person tbody tr").count(), "sheets")  # noqa: B023
            shown.until(lambda: not shown.root.locator(".dml-thumb-wait").count(), "images")  # noqa: B023
            shown.page.screenshot(
                path=ARTEFACTS / f"task-panel-{width}-{'dark' if dark else 'light'}.png",
                full_page=True,
            )
            assert shown.root.evaluate("e => e.scrollWidth <= e.clientWidth"), "it sticks out"
            assert violations(shown.page, "#place") == []
            shown.close()


def test_nothing_that_strangers_wrote_runs_or_is_markup(open_panel: Any, model: dml.Model) -> None:
    questions = dml.Questionnaire(
        [
            dml.Choice("kind", HOSTILE, options=[{"value": "a", "label": HOSTILE}, HOSTILE[:60]]),
            dml.Text("why", HOSTILE, required=False),
        ],
        media=["text"], title=HOSTILE[:200], instructions=HOSTILE,
    )  # fmt: skip
    texts = [f"say {n}: {HOSTILE}" for n in range(4)]
    task = opened(model, items=texts, questionnaire=questions)

    def say(batch: Any) -> list[Answer]:
        return [Answer(n, {"kind": "a", "why": HOSTILE}, flag=HOSTILE) for n in batch.items]

    annotate(task, "bob", say)
    annotate(task, "charlie", lambda batch: [{"kind": HOSTILE[:60]} for _ in batch.items])
    for name in ("bob", "charlie"):
        task.session.as_(name).task(task).reveal()
    shown = open_panel("task/panel", TaskPanel(task))
    judged(shown)
    shown.until(lambda: shown.root.locator(".dml-large-text").count(), "the text")
    assert HOSTILE in shown.root.locator(".dml-large-text").inner_text()
    shown.root.get_by_role("button", name="bob").first.click()
    shown.until(lambda: shown.root.locator(".dml-person tbody tr").count(), "the sheets")
    for chosen in ("flagged", "decided", "apart"):
        shown.root.get_by_label("Which items").select_option(chosen)
    shown.until(lambda: shown.root.locator(".dml-flags li").count(), "the flags")
    assert shown.page.evaluate("window.hit") is None
    assert shown.root.locator("img, svg:not(.dml-identicon), script, iframe").count() == 0


@pytest.mark.parametrize("dark", [False, True])
def test_boxes_of_everybody_are_drawn_over_the_image(
    open_panel: Any, model: dml.Model, dark: bool
) -> None:
    questions = dml.Questionnaire([dml.Boxes("where", "Where is the cat?", labels=["cat"])])
    task = opened(model, items=images(4), questionnaire=questions)

    def boxes(left: float) -> Any:
        box = {"label": "cat", "x": left, "y": 0.2, "width": 0.4, "height": 0.5}
        return lambda batch: [{"where": [box]} for _ in batch.items]

    annotate(task, "bob", boxes(0.1))
    annotate(task, "charlie", boxes(0.4))
    for name in ("bob", "charlie"):
        task.session.as_(name).task(task).reveal()
    shown = open_panel("task/panel", TaskPanel(task), dark=dark)
    judged(shown)
    shown.until(lambda: shown.root.locator(".dml-shapes rect").count() == 4, "the boxes")
    shown.page.screenshot(path=ARTEFACTS / f"task-panel-boxes-{dark}.png", full_page=True)
    taken = shown.root.locator(".dml-choice").nth(1)
    taken.click()
    shown.until(lambda: shown.panel.review.decisions.right, "the decision")
    ((_, right),) = shown.panel.review.decisions.right.items()
    assert right["where"][0]["x"] in (0.1, 0.4)


def test_recordings_rows_and_texts_are_shown_as_what_they_are(
    open_panel: Any, model: dml.Model
) -> None:
    questions = dml.Questionnaire(
        [dml.Scale("good", "How good is it?")], media=["audio", "table", "text"]
    )
    sound = io.BytesIO()
    with wave.open(sound, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8_000)
        file.writeframes(bytes(1_600))
    items = [
        {"audio": sound.getvalue(), "table": {"name": f"row {n}", "is": None}, "text": f"text {n}"}
        for n in range(4)
    ]
    task = opened(model, items=items, questionnaire=questions)
    for name, said in (("bob", 1), ("charlie", 5)):
        annotate(task, name, lambda batch, said=said: [said for _ in batch.items])
    for name in ("bob", "charlie"):
        task.session.as_(name).task(task).reveal()
    shown = open_panel("task/panel", TaskPanel(task))
    judged(shown)
    place = shown.root
    shown.until(lambda: place.locator("audio.dml-large").count(), "the recording")
    assert place.locator("audio.dml-large").get_attribute("src").startswith("blob:")
    assert "row 0" in place.locator(".dml-item-large table").inner_text()
    assert place.locator(".dml-large-text").inner_text() == "text 0"
    place.locator(".dml-thumb").first.press("4")
    shown.until(lambda: shown.panel.review.decisions.right, "the decision")
    assert shown.panel.review.decisions.right == {0: {"good": 4}}


def test_deciding_on_the_last_of_a_page_goes_on_to_the_next(
    open_panel: Any, model: dml.Model
) -> None:
    shown = open_panel("task/panel", TaskPanel(apart(model, items=images(15), batch_size=5)))
    judged(shown)
    look, review = shown.root.locator(".dml-review"), shown.panel.review
    look.locator(".dml-thumb").first.focus()
    for number in range(1, 16):
        shown.page.keyboard.press("1" if number % 2 else "2")
        shown.until(lambda number=number: len(review.decisions.right) == number, "the decision")
        wanted = "13–15 of 15" if number >= 12 else "1–12 of 15"
        shown.until(lambda wanted=wanted: wanted in look.inner_text(), "the page of items")
    assert {right["digit"] for right in review.decisions.right.values()} == {1, 2}
    shown.page.keyboard.press("u")
    shown.until(lambda: len(review.decisions.right) == 14, "that it is taken back")


def test_who_looks_on_is_told_why_and_can_decide_nothing(open_panel: Any, model: dml.Model) -> None:
    task = opened(model)
    for name in ("bob", "charlie"):
        annotate(task, name)
    for name in ("bob", "charlie"):
        task.session.as_(name).task(task).reveal()
    shown = open_panel("task/panel", TaskPanel(task.as_(task.session.as_("eve"))))
    shown.until(lambda: "judged" in shown.root.inner_text(), "the figures")
    assert "You look on" in shown.root.locator(".dml-message").inner_text()
    shown.until(lambda: "Nobody disagrees" in shown.root.inner_text(), "that all agree")
    sign = shown.root.locator("form[data-action=score]")
    assert not sign.is_visible()


def test_who_was_found_out_is_reported_once_for_a_batch_that_is_named(
    open_panel: Any, model: dml.Model
) -> None:
    kinds = [n % 10 for n in range(120)]
    task = opened(model, items=images(120), answers_per_item=4, batch_size=40)
    for name in ("bob", "charlie", "dave"):
        annotate(task, name, lambda batch: [kinds[n] for n in batch.items])
    annotate(task, "eve", lambda batch: [3 for _ in batch.items])
    for name in ("bob", "charlie", "dave", "eve"):
        task.session.as_(name).task(task).reveal()
    shown = open_panel("task/panel", TaskPanel(task), height=1_000)
    form = shown.root.locator("form[data-action=report_found]")
    press = form.get_by_role("button", name="Report the 1 who was found out, one batch of each…")
    expect(press).not_to_have_attribute("aria-disabled", "true")
    press.click()
    asked = shown.root.get_by_role("alertdialog", name="Report 1 annotator, one batch of each?")
    expect(asked).to_contain_text("eve (batch 0: constant)")
    asked.get_by_role("button", name="Report").click()
    expect(form).to_be_hidden()
    assert len(shown.sent("act")) == 1
    stages = task.awards(task.session.account("eve").address).column("stage")
    assert sorted(stages) == ["revealed", "revealed", "settled"]


def test_a_decision_is_undone_before_the_kernel_has_told_of_it(
    open_panel: Any, model: dml.Model
) -> None:
    shown = open_panel("task/panel", TaskPanel(apart(model)))
    judged(shown)
    look, review = shown.root.locator(".dml-review"), shown.panel.review
    first = look.locator(".dml-thumb").first
    item = str(first.get_attribute("aria-label"))
    first.focus()
    shown.page.evaluate("panel.control.held = true")
    shown.press("r")
    expect(look.get_by_label(f"{item}, left out")).to_be_visible()
    shown.press("u", "u")
    shown.until(lambda: not review.decisions.left_out, "that it is taken back")
    shown.page.evaluate("panel.control.held = false")
    expect(look.get_by_label(f"{item}, left out")).to_have_count(0)
    expect(look.get_by_label(item)).to_be_focused()
    assert len(shown.sent("undo")) == 1, "of one decision"
