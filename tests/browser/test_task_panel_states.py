"""The task panel where one answers alone, and where strangers have much to say."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import expect

import dml_sdk as dml
from dml_sdk.annotation.asked.answers import Answer
from dml_sdk.annotation.batch import Batch
from dml_sdk.widgets import TaskPanel
from tests.annotation.tasks import annotate, opened


def test_where_one_answers_an_item_all_can_be_looked_at_and_what_is_held_back_says_why(
    open_panel: Any, model: dml.Model
) -> None:
    task = opened(model, answers_per_item=1)
    annotate(task, "bob")
    shown = open_panel("task/panel", TaskPanel(task), width=1100, height=900)
    root = shown.root
    expect(root.get_by_label("Which items")).to_have_value("all")
    expect(root.locator(".dml-thumb")).to_have_count(12)
    expect(root.get_by_role("button", name="Accept")).to_be_visible()
    expect(root).to_contain_text("each item is answered by one person")
    expect(root).to_contain_text("One answer alone")
    root.get_by_text("3 sheets get no score for now").click()
    expect(root.locator(".dml-held li")).to_have_count(3)
    expect(root.locator(".dml-held li").first).to_contain_text("no evidence")
    shown.photograph("task-panel-alone")


def test_long_flags_leave_the_verdict_beside_the_item_and_scores_are_read_where_it_is_narrow(
    open_panel: Any, model: dml.Model
) -> None:
    names = ("bob", "charlie", "dave", "eve")
    task = opened(model, answers_per_item=4, validation=dml.validation.agreement())

    def broken(name: str) -> Any:
        def answers(batch: Batch) -> list[Answer]:
            return [
                Answer(item, {"digit": (item + len(name)) % 10}, flag="it is broken " * 30)
                for item in batch.items
            ]

        return answers

    for name in names:
        annotate(task, name, broken(name))
    for name in names:
        task.session.as_(name).task(task).reveal()
    shown = open_panel("task/panel", TaskPanel(task), width=480, height=900)
    flags = shown.root.locator(".dml-flags")
    expect(flags.locator("li")).to_have_count(4)
    assert flags.evaluate("e => e.clientHeight") < 180
    assert flags.locator("li").first.evaluate("e => e.clientHeight > 40")
    row = shown.root.locator(".dml-sheets tbody tr").first
    expect(row).to_be_visible()
    assert row.evaluate(
        "e => [...e.querySelectorAll('button, .dml-reason')].every("
        "one => one.getBoundingClientRect().right <= innerWidth)"
    )
    shown.photograph("task-panel-flags")


def test_a_table_that_scrolls_shows_where_there_is_more_of_it(
    open_panel: Any, model: dml.Model
) -> None:
    task = opened(model, answers_per_item=3)
    for name in ("bob", "charlie", "dave"):
        annotate(task, name)
    for name in ("bob", "charlie", "dave"):
        task.session.as_(name).task(task).reveal()
    shown = open_panel("task/panel", TaskPanel(task), width=480, height=900)
    people = shown.root.get_by_role("group", name="Annotators")
    expect(people).to_have_attribute("data-more", "right")
    shadow = "e => getComputedStyle(e).boxShadow"
    assert people.evaluate(shadow) != "none"
    shown.photograph("task-panel-narrow")
    people.evaluate("e => e.scrollBy(e.scrollWidth, 0)")
    expect(people).to_have_attribute("data-more", "")
    assert people.evaluate(shadow) == "none"
    expect(shown.root.get_by_role("group", name="Agreement")).to_have_attribute("data-more", "")


def test_a_long_word_in_the_title_stays_in_the_panel(open_panel: Any, model: dml.Model) -> None:
    asked = dml.Questionnaire([dml.Choice("kind", "Which?", options=["a", "b"])], title="T" * 120)
    for width in (1100, 320):
        task = opened(model, questionnaire=asked)
        shown = open_panel("task/panel", TaskPanel(task), width=width, height=600)
        title = shown.root.locator(".dml-title")
        expect(title).to_contain_text("TTT")
        box, whole = title.bounding_box(), shown.root.bounding_box()
        assert box["x"] + box["width"] <= whole["x"] + whole["width"]
        assert title.evaluate("e => e.scrollWidth <= e.clientWidth")
