"""Style sheets: a page has those of all its widgets in one, and each holds for its own alone."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

import dml_sdk as dml
from dml_sdk import actions
from dml_sdk.chain.confirmation import Effect, Question
from dml_sdk.widgets import (
    ModelBrowser,
    QuestionnairePanel,
    RoundMonitor,
    StakePanel,
    TaskPanel,
    VotePanel,
    browser,
)
from dml_sdk.widgets.confirm_dialog import ConfirmDialog
from dml_sdk.widgets.rounds.monitor import _View
from tests.annotation.tasks import annotate, opened
from tests.browser.panel_page import PanelPage
from tests.widgets.conftest import Rehearsal

SHEETS: dict[str, str] = {
    "questionnaire-panel": QuestionnairePanel._css,
    "task-panel": TaskPanel._css,
    "stake-panel": StakePanel._css,
    "vote-panel": VotePanel._css,
    "model-browser": ModelBrowser._css,
    "round-monitor": _View._css,
    "confirm-dialog": ConfirmDialog._css,
}
# All at once, so that nothing moves in between: the page as it is with its widget's own sheet, and
# what is other with sheets of others before it or after it.
_COLLISIONS = """({own, others}) => {
  const place = document.getElementById("place").closest(".dml-widget");
  const page = document.querySelector("style");
  page.textContent = page.textContent.replace(own, "");
  const elements = [place, ...place.querySelectorAll("*")];
  const properties = ["color", "background-color", "background-image", "border-top", "border-right",
    "border-bottom", "border-left", "border-radius", "box-shadow", "outline", "font", "padding",
    "margin", "display", "position", "gap", "grid-template-columns", "align-items", "text-align",
    "white-space", "overflow", "cursor", "opacity", "visibility", "content", "fill", "stroke",
    "stroke-width", "min-height", "max-height", "transition", "animation"];
  function looks(sheets) {
    const styles = sheets.map((text) => {
      const style = document.createElement("style");
      style.textContent = text;
      document.head.append(style);
      return style;
    });
    const found = elements.map((element) => {
      const {x, y, width, height} = element.getBoundingClientRect();
      const told = {x, y, width, height};
      for (const part of ["", "::before", "::after"]) {
        const style = getComputedStyle(element, part);
        for (const name of properties) told[`${part} ${name}`] = style.getPropertyValue(name);
      }
      return told;
    });
    styles.forEach((style) => style.remove());
    return found;
  }
  const alone = looks([own]);
  const orders = {
    "after all others": [...others, own],
    "before all others": [own, ...others],
    "before all others, turned round": [own, ...others.toReversed()],
  };
  const found = [];
  for (const [order, sheets] of Object.entries(orders)) {
    looks(sheets).forEach((told, i) => {
      for (const [name, value] of Object.entries(told)) {
        if (value === alone[i][name]) continue;
        const {tagName, className} = elements[i];
        const what = `${tagName}.${className.baseVal ?? className}`;
        found.push(`${order}: ${what} ${name}: ${alone[i][name]} -> ${value}`);
      }
    });
  }
  const style = document.createElement("style");
  style.textContent = own;
  document.head.append(style);
  return {elements: elements.length, found: found.slice(0, 40)};
}"""
# A round monitor's view stands in boxes that the kernel half gives their classes.
_BOXES = """
const place = document.getElementById("place");
const [outer, inner] = ["dml-widget dml-round-monitor", "dml-grid"].map((name) => {
  const box = document.createElement("div");
  box.className = name;
  return box;
});
place.replaceWith(outer);
outer.append(inner);
inner.append(place);
"""
# How a browser reads a sheet: the selectors at its top, and how many rules there are in all.
_READ = """text => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(text);
  const count = (rules) =>
    [...rules].reduce((sum, rule) => sum + 1 + count(rule.cssRules ?? []), 0);
  const top = [...sheet.cssRules].map((rule) => rule.selectorText ?? rule.cssText.split(" {")[0]);
  return {top, count: count(sheet.cssRules)};
}"""


@contextmanager
def questionnaire(open_desk: Any, **size: int) -> Iterator[PanelPage]:
    desk = open_desk(**size)
    desk.press("3", "8")
    desk.shows(2)
    desk.settled()
    yield desk


@contextmanager
def task(open_panel: Any, model: dml.Model, **size: int) -> Iterator[PanelPage]:
    asked = opened(model, answers_per_item=2, validation=dml.validation.agreement())
    for name, other in (("bob", 0), ("charlie", 1)):
        annotate(asked, name, lambda batch, other=other: [other + n % 2 for n in batch.items])
        asked.session.as_(name).task(asked).reveal()
    shown = open_panel("task/panel", TaskPanel(asked), **size)
    expect(shown.root.locator(".dml-person-pick").first).to_be_visible()
    shown.root.get_by_label("Which items").select_option("all")
    expect(shown.root.locator(".dml-thumb-image").first).to_be_visible()
    yield shown


@contextmanager
def stake(open_panel: Any, model: dml.Model, **size: int) -> Iterator[PanelPage]:
    model.pool.reward("engineer", {model.session.signer: 0.25})
    shown = open_panel("stake/panel", StakePanel(model.pool), **size)
    expect(shown.root.get_by_role("button", name="Claim 50 DML")).to_be_visible()
    yield shown


@contextmanager
def vote(open_panel: Any, model: dml.Model, **size: int) -> Iterator[PanelPage]:
    eves = model.session.as_("eve").models.get(model.id)
    update = eves.propose_update(model.weights(), metrics={"accuracy": 0.9}, notes="Better.")
    model.collective.add_member(model.session.account("bob"))
    model.collective.propose(actions.ApproveUpdate(update, reward=0.4), text="It is better.")
    shown = open_panel("vote/panel", VotePanel(model.collective), **size)
    expect(shown.root.locator(".dml-metrics")).to_be_visible()
    yield shown


@contextmanager
def models(open_panel: Any, model: dml.Model, **size: int) -> Iterator[PanelPage]:
    dave = model.session.as_("dave")
    shown = open_panel("model_browser/panel", ModelBrowser(dave, model=model), **size)
    expect(shown.root.locator(".dml-opened")).to_be_visible()
    yield shown


@contextmanager
def monitor(open_panel: Any, **size: int) -> Iterator[PanelPage]:
    training = Rehearsal().with_rounds(6, 8)
    watching = RoundMonitor(training)
    shown = open_panel("rounds/monitor", watching._view, starts=_BOXES, **size)
    shown.root.locator(".dml-dot").first.click()
    expect(shown.root.locator(".dml-detail")).to_be_visible()
    yield shown
    watching.close()


@contextmanager
def dialogue(open_panel: Any, model: dml.Model, **size: int) -> Iterator[PanelPage]:
    alice, token = model.session.signer, model.session.chain.token
    moved = {alice.address: (token.amount(5_000),)}
    arguments = {"model": 0, "amount": 5 * 10**15}
    effect = Effect((token.amount(5_000),), moved)
    asked = ConfirmDialog(Question(alice, "Pools.fund", arguments, effect, token.amount("0.006")))
    shown = open_panel("confirm_dialog", asked, **size)
    waits = threading.Thread(target=asked.ask)
    waits.start()
    question = shown.root.get_by_role("alertdialog")
    expect(question).to_be_focused()
    yield shown
    shown.press("Escape")
    shown.until(lambda: not waits.is_alive(), "an answer")


ROOMS = {
    "questionnaire-panel": questionnaire, "task-panel": task, "stake-panel": stake,
    "vote-panel": vote, "model-browser": models, "round-monitor": monitor,
    "confirm-dialog": dialogue,
}  # fmt: skip


@pytest.mark.parametrize("width", [1100, 480])
@pytest.mark.parametrize("widget", ROOMS)
def test_a_widget_looks_as_it_does_alone_whatever_others_are_on_its_page(
    widget: str, width: int, model: dml.Model, request: pytest.FixtureRequest
) -> None:
    room: Any = ROOMS[widget]
    needs = "open_desk" if room is questionnaire else "open_panel"
    given: dict[str, Any] = {needs: request.getfixturevalue(needs), "width": width}
    if room not in (questionnaire, monitor):
        given["model"] = model
    others = [sheet for name, sheet in SHEETS.items() if name != widget]
    with room(**given) as shown:
        expect(shown.page.locator(".dml-widget")).to_contain_class(f"dml-{widget}")
        told = shown.page.evaluate(_COLLISIONS, {"own": SHEETS[widget], "others": others})
        assert told["elements"] > 20
        assert told["found"] == []


@pytest.mark.parametrize("widget", SHEETS)
def test_a_browser_reads_every_rule_of_a_sheet_and_each_stands_in_its_widgets_class(
    widget: str, browser: Browser
) -> None:
    text = re.sub(r"/\*.*?\*/", "", SHEETS[widget], flags=re.DOTALL)
    page = browser.new_page()
    read = page.evaluate(_READ, SHEETS[widget])
    page.close()
    assert read["count"] == text.count("{")
    of_the_page = page_rules()
    assert read["top"] == [*of_the_page, f":where(.dml-{widget})"]


def page_rules() -> list[str]:
    """What stands outside all widgets: an animation, and that a live one hides its picture."""
    text = (browser.folder() / "page.css").read_text(encoding="utf-8")
    found = re.findall(r"^([.@].*) \{$", text, re.MULTILINE)
    assert len(found) == 2
    return found


@pytest.mark.parametrize(
    "file", sorted(browser.folder().rglob("*.css")), ids=lambda f: f"{f.parent.name}-{f.stem}"
)
def test_a_sheet_names_its_widgets_class_by_what_it_stands_in_alone(file: Any) -> None:
    text = re.sub(r"/\*.*?\*/", "", file.read_text(encoding="utf-8"), flags=re.DOTALL)
    classes = "|".join([*SHEETS, "widget", "panel"])
    assert not re.findall(rf"(?<!&)\.dml-(?:{classes})(?![\w-])", text), "it would match nothing"
    if file.name != "page.css":
        assert not re.findall(r"@(?!media|container)[\w-]+", text), "it cannot stand in a rule"
