"""What an owner decides on the task panel and takes back: one order, whatever comes back when."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
import pytest
from playwright.sync_api import Locator, expect

import dml_sdk as dml
from dml_sdk.annotation.asked.answers import Answer
from dml_sdk.annotation.batch import Batch
from dml_sdk.annotation.course.review import Review
from dml_sdk.annotation.task import AnnotationTask
from dml_sdk.widgets import TaskPanel
from tests.annotation.tasks import annotate, opened, reveal
from tests.browser.panel_page import PanelPage

NAMES = ("bob", "charlie", "dave")
TWO = dml.Questionnaire(
    [
        dml.Choice("digit", "Which digit?", options=range(10), points=2),
        dml.Choice("sure", "Sure?", options=["yes", "no"]),
    ],
    title="Two",
)
PRESS = """([key, code]) => document.activeElement.dispatchEvent(
    new KeyboardEvent("keydown", {key, code, bubbles: true, cancelable: true}))"""


def guessed(model: dml.Model, questions: dml.Questionnaire | None = None) -> AnnotationTask:
    """Twelve items that three answer at random."""
    asked = {} if questions is None else {"questionnaire": questions}
    task = opened(model, answers_per_item=3, validation=dml.validation.agreement(), **asked)
    chance = np.random.default_rng(1)

    def answers(batch: Batch) -> list[Answer]:
        return [
            Answer(item, {"digit": int(chance.integers(10))} | (
                {"sure": ["yes", "no"][int(chance.integers(2))]} if questions else {}
            ))
            for item in batch.items
        ]  # fmt: skip

    for name in NAMES:
        annotate(task, name, answers)
    reveal(task, *NAMES)
    return task


@pytest.fixture
def shown(open_panel: Callable[..., PanelPage], model: dml.Model) -> PanelPage:
    """The panel of a task with one question, its first item in focus."""
    return looked_at(open_panel("task/panel", TaskPanel(guessed(model)), height=1_000))


def looked_at(shown: PanelPage) -> PanelPage:
    shown.until(lambda: not shown.panel.judging.works and shown.panel.judging.last, "the judgement")
    expect(thumb(shown, 0)).to_be_visible()
    expect(shown.root.locator(".dml-sheets tbody tr").first).to_be_visible()
    thumb(shown, 0).focus()
    return shown


def thumb(shown: PanelPage, place: int) -> Locator:
    return shown.root.locator(".dml-thumb").nth(place)


def item_of(shown: PanelPage, place: int) -> int:
    return int(str(thumb(shown, place).get_attribute("aria-label")).split(",")[0].split()[1])


def chosen(shown: PanelPage) -> Locator:
    return shown.root.locator(".dml-thumb[aria-pressed=true]")


def says(shown: PanelPage, text: str) -> None:
    expect(shown.root.locator(".dml-message")).to_contain_text(text)


def review_of(shown: PanelPage) -> Review:
    review: Review = shown.panel.review
    return review


def settled(shown: PanelPage) -> None:
    """Waits until the kernel has heard all that was decided, and the page what it said."""
    number = max((m.get("n", 0) for m in shown.page.evaluate("panel.sent")), default=0)
    shown.page.wait_for_function(
        "n => Math.max(0, ...Object.values(panel.model.state.decided.heard)) >= n", arg=number
    )


def test_what_changes_nothing_is_no_decision_and_an_undo_goes_where_it_took_something_back(
    shown: PanelPage,
) -> None:
    first, second = item_of(shown, 0), item_of(shown, 1)
    shown.press("7", "3")
    settled(shown)
    thumb(shown, 0).click()
    shown.press("7")
    settled(shown)
    assert review_of(shown).decisions.right == {first: {"digit": 7}, second: {"digit": 3}}
    thumb(shown, 0).click()
    shown.press("u")
    says(shown, f"Taken back: what you said of item {second}.")
    expect(chosen(shown)).to_have_attribute("aria-label", _starts(f"Item {second},"))
    expect(chosen(shown)).to_be_focused()
    expect(shown.root.locator(".dml-mark")).to_be_empty()
    assert review_of(shown).decisions.right == {first: {"digit": 7}}


def test_the_order_is_one_for_items_and_sheets_and_what_is_taken_back_is_named(
    shown: PanelPage,
) -> None:
    first = item_of(shown, 0)
    shown.press("7")
    row = shown.root.locator(".dml-sheets tbody tr").first
    row.get_by_role("button", name="R Reject").click()
    settled(shown)
    assert review_of(shown).decisions.sheets
    thumb(shown, 3).focus()
    shown.press("u")
    says(shown, "Taken back: your word on batch 0 of ")
    assert not review_of(shown).decisions.sheets
    assert review_of(shown).decisions.right == {first: {"digit": 7}}
    expect(row.get_by_role("button", name="R Reject")).to_have_attribute("aria-pressed", "false")
    # And from a sheet's row what is next is an item's.
    row.get_by_role("button", name="A Accept").focus()
    shown.press("u")
    says(shown, f"Taken back: what you said of item {first}.")
    expect(chosen(shown)).to_have_attribute("aria-label", _starts(f"Item {first},"))
    assert not review_of(shown).decisions
    shown.press("u")
    says(shown, "There is nothing to undo.")


def test_what_was_taken_back_is_gone_to_on_another_page_or_named_where_it_is_not(
    open_panel: Callable[..., PanelPage], model: dml.Model
) -> None:
    shown = looked_at(open_panel("task/panel", TaskPanel(guessed(model, TWO)), height=1_000))
    look = shown.root.locator(".dml-review")
    first = str(chosen(shown).get_attribute("aria-label"))
    item = first.split(",")[0]
    shown.press("7")
    settled(shown)
    look.get_by_label("Items after these").click()
    expect(look).to_contain_text("13–")
    thumb(shown, 0).focus()
    shown.press("u")
    expect(look).to_contain_text("1–12 of")
    expect(chosen(shown)).to_have_attribute("aria-label", first)
    says(shown, f"Taken back: what you said of i{item[1:]}, digit.")
    shown.press("7")
    settled(shown)
    look.get_by_label("Which items").select_option("decided")
    expect(look).to_contain_text("1–1 of 1")
    look.locator(".dml-choice").first.focus()
    shown.press("u")
    says(shown, "which is not among these")


def test_quick_undos_take_back_as_much_as_was_decided_while_the_kernel_is_busy(
    shown: PanelPage,
) -> None:
    first = item_of(shown, 0)
    heard, waiting = shown.panel._handle_msg, []
    shown.panel._handle_msg = waiting.append
    shown.press("7", "3", "5", "u", "u")
    expect(shown.root.locator(".dml-thumb b").filter(has_text="✓")).to_have_count(1)
    shown.page.wait_for_function("panel.sent.filter(({do: what}) => what === 'undo').length === 2")
    shown.press("u", "u")
    says(shown, "There is nothing to undo.")
    assert len(shown.sent("undo")) == 3
    shown.panel._handle_msg = heard
    for message in waiting[:-1]:
        heard(message)
    shown.until(lambda: review_of(shown).decisions.right, "what was decided")
    for message in waiting[-1:]:
        heard(message)
    settled(shown)
    assert not review_of(shown).decisions
    expect(shown.root.locator(".dml-thumb b").filter(has_text="✓")).to_have_count(0)
    assert first == item_of(shown, 0)


def test_whoever_goes_on_before_it_is_known_what_was_taken_back_is_not_taken_elsewhere(
    shown: PanelPage,
) -> None:
    first = item_of(shown, 0)
    shown.press("7")
    settled(shown)
    thumb(shown, 4).click()
    shown.page.evaluate("panel.control.held = true")
    shown.press("u")
    shown.until(lambda: not review_of(shown).decisions, "that it is taken back")
    shown.press("j")
    at = str(chosen(shown).get_attribute("aria-label"))
    shown.page.evaluate("panel.control.held = false")
    says(shown, f"Taken back: what you said of item {first}.")
    settled(shown)
    expect(shown.root.locator(".dml-thumb b").filter(has_text="✓")).to_have_count(0)
    expect(chosen(shown)).to_have_attribute("aria-label", at)


def test_an_answer_to_the_other_question_takes_an_item_back_that_was_left_out(
    open_panel: Callable[..., PanelPage], model: dml.Model
) -> None:
    shown = looked_at(open_panel("task/panel", TaskPanel(guessed(model, TWO)), height=1_000))
    shown.root.get_by_label("Which items").select_option("all")
    expect(thumb(shown, 1)).to_have_attribute("aria-label", _starts("Item 0, sure"))
    thumb(shown, 0).focus()
    shown.page.evaluate("panel.control.held = true")
    shown.press("r")
    expect(thumb(shown, 0)).to_have_attribute("aria-label", _ends("left out"))
    # The item is left out by all its questions at once.
    expect(thumb(shown, 1)).to_have_attribute("aria-label", _ends("left out"))
    thumb(shown, 1).click()
    shown.press("1")
    expect(thumb(shown, 0)).not_to_have_attribute("aria-label", _ends("left out"))
    shown.page.evaluate("panel.control.held = false")
    settled(shown)
    assert review_of(shown).decisions.right == {0: {"sure": "yes"}}
    assert not review_of(shown).decisions.left_out
    expect(thumb(shown, 0)).not_to_have_attribute("aria-label", _ends("left out"))
    expect(thumb(shown, 1)).to_have_attribute("aria-label", _ends("right"))


def test_a_decision_that_is_refused_is_not_shown_as_one(shown: PanelPage) -> None:
    item = item_of(shown, 0)
    shown.panel.review._items = 0  # as if there were no such item any more
    shown.press("7")
    says(shown, "is no item")
    settled(shown)
    expect(shown.root.get_by_label(f"Item {item},")).not_to_have_attribute(
        "aria-label", _ends("right")
    )
    assert not shown.root.locator(".dml-thumb b").filter(has_text="✓").count()


@pytest.mark.parametrize("place", ["items", "sheets"])
def test_the_keys_are_those_of_their_places_on_keyboards_of_other_scripts(
    shown: PanelPage, place: str
) -> None:
    if place == "sheets":
        shown.root.locator(".dml-sheets tbody button").first.focus()
    shown.page.evaluate(PRESS, ["к", "KeyR"])
    shown.until(lambda: bool(review_of(shown).decisions), "the decision")
    assert bool(review_of(shown).decisions.left_out) == (place == "items")
    shown.page.evaluate(PRESS, ["г", "KeyU"])
    shown.until(lambda: not review_of(shown).decisions, "that it is taken back")
    says(shown, "Taken back")
    if place == "items":
        expect(thumb(shown, 0)).to_be_focused()
        shown.page.evaluate(PRESS, ["о", "KeyJ"])
        expect(thumb(shown, 1)).to_be_focused()
        shown.page.evaluate(PRESS, ["é", "Digit2"])
        shown.until(lambda: bool(review_of(shown).decisions.right), "the digit")
        ((_, right),) = review_of(shown).decisions.right.items()
        assert right == {"digit": 2}


@pytest.mark.parametrize("place", ["items", "sheets"])
def test_what_no_kernel_hears_of_any_more_is_no_decision_and_is_said(
    shown: PanelPage, place: str
) -> None:
    if place == "sheets":
        shown.root.locator(".dml-sheets tbody button").first.focus()
    shown.page.evaluate("() => { panel.model.send = () => { throw new Error('Cannot send'); } }")
    shown.press("r")
    says(shown, "The kernel is gone")
    expect(shown.root.locator(".dml-thumb b").filter(has_text="∅")).to_have_count(0)
    expect(shown.root.locator(".dml-sheets [aria-pressed=true]")).to_have_count(0)
    reject = shown.root.get_by_role("button", name="R Leave out")
    expect(reject).to_have_attribute("aria-disabled", "true")


@pytest.mark.parametrize("place", ["items", "sheets"])
def test_a_key_that_is_held_decides_once_and_does_nothing_else(
    shown: PanelPage, place: str
) -> None:
    if place == "sheets":
        shown.root.locator(".dml-sheets tbody button").first.focus()
    for _ in range(5):
        shown.page.keyboard.down("r")
    shown.page.keyboard.up("r")
    settled(shown)
    decisions = review_of(shown).decisions
    assert len(decisions.left_out) + len(decisions.sheets) == 1
    assert not shown.sent("receipt")


def test_nobody_is_sure_of_what_three_guessed(shown: PanelPage) -> None:
    agreement = shown.root.get_by_role("region", name="Agreement by question")
    expect(agreement).to_contain_text("as good as guessed")
    facts = shown.root.locator(".dml-item-said > p.dml-quiet")
    expect(facts).to_contain_text("% sure")
    assert float(facts.inner_text().split("”, ")[1].split()[0]) < 60
    shown.photograph("task-panel-guessed")


def _starts(text: str) -> re.Pattern[str]:
    return re.compile(f"^{re.escape(text)}")


def _ends(text: str) -> re.Pattern[str]:
    return re.compile(f"{re.escape(text)}$")
