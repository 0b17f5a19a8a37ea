"""What is answered that no kernel hears, or late, or twice; and what others answer meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

import dml_sdk as dml
from dml_sdk.widgets.questionnaire import delivery
from tests.annotation.tasks import images
from tests.browser.desk_page import DeskPage
from tests.browser.panel_page import LINE

Open = Callable[..., DeskPage]
KEPT = "Object.keys(localStorage).filter((one) => one.startsWith('dml-questionnaire/'))"
# As a notebook does once the kernel is another: nothing says so before.
CUT = "() => { panel.model.send = () => { throw new Error('Cannot send'); } }"
SECOND = """async () => {
    const place = document.createElement("div");
    place.id = "second";
    document.querySelector("main").append(place);
    const { default: half } = await import("/panel.js");
    half.render({ model: panel.model, el: place });
}"""


def open_again(desk: DeskPage) -> None:
    """As the cell that is run again, or the notebook that is opened again."""
    desk.page.reload()
    desk.page.wait_for_function("window.panel")


class Busy:
    """A kernel that hears all at once, or nothing where it dies before."""

    def __init__(self, desk: DeskPage) -> None:
        self.desk, self.waiting = desk, list[Any]()
        self._hear = desk.panel._handle_msg
        desk.panel._handle_msg = self.waiting.append

    def hears(self) -> None:
        self.desk.panel._handle_msg = self._hear
        for message in self.waiting:
            self._hear(message)

    def dies(self) -> None:
        self.desk.panel._handle_msg = self._hear


def test_what_cannot_be_sent_is_told_shown_as_given_and_given_by_the_next_page(
    open_desk: Open,
) -> None:
    desk = open_desk()
    desk.page.wait_for_function("panel.pieces.size >= 4")
    desk.settled()
    desk.page.evaluate(CUT)
    desk.press("3")
    desk.shows(1)
    message = desk.root.locator(".dml-message")
    expect(message).to_contain_text("kept in this browser")
    expect(desk.root.locator(".dml-chain")).to_contain_text("disconnected")
    desk.press("4")
    desk.shows(2)
    expect(message).to_contain_text("kept in this browser")
    expect(desk.root.locator(".dml-thin [data-state=answered]")).to_have_count(2)
    desk.press("s", "Backspace")
    desk.shows(2)
    desk.photograph("questionnaire-cannot-send")
    assert desk.panel.desk.states == ("open",) * 6
    open_again(desk)
    desk.answers(1, {"digit": 4})
    assert desk.panel.desk.answers(0) == {"digit": 3}
    assert desk.panel.desk.states == ("answered",) * 2 + ("open",) * 4
    desk.until(lambda: desk.page.evaluate(KEPT) == [], "that all was heard")


def test_an_undo_that_cannot_be_sent_is_not_made_later(open_desk: Open) -> None:
    desk = open_desk()
    desk.press("1")
    desk.shows(1)
    desk.settled()
    desk.page.evaluate(CUT)
    desk.press("Backspace")
    expect(desk.root.locator(".dml-message")).to_contain_text("kept in this browser")
    desk.shows(1)
    assert desk.page.evaluate(KEPT) == []
    open_again(desk)
    desk.shows(1)
    desk.settled()
    assert desk.panel.desk.answers(0) == {"digit": 1}


def test_no_item_is_answered_before_it_is_seen(open_desk: Open) -> None:
    desk = open_desk(images(12))
    desk.page.wait_for_function("panel.pieces.size >= 4")
    desk.page.evaluate("panel.control.held = true")
    desk.press("1", "2", "3", "4")
    expect(desk.root).to_contain_text("Item 5 of 12 is on its way")
    for key in "567":
        desk.page.keyboard.press(key)
    expect(desk.root.locator(".dml-message")).to_contain_text("The item is not here yet")
    desk.photograph("questionnaire-not-here")
    assert len(desk.sent("answer")) == 4
    desk.page.evaluate("panel.control.held = false")
    desk.shows(4)
    expect(desk.root.locator(".dml-message")).to_be_empty()
    desk.press("8")
    desk.answers(4, {"digit": 8})
    assert desk.panel.desk.states[5] == "open"


def test_an_item_that_was_too_large_to_come_ahead_is_asked_for_by_who_is_there_by_then(
    open_desk: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "AHEAD_BYTES", 0)
    desk = open_desk(images(12))
    desk.settled()
    desk.page.evaluate("panel.control.held = true")
    desk.press("1")
    expect(desk.root).to_contain_text("Item 2 of 12 is on its way")
    desk.page.keyboard.press("s")
    expect(desk.root).to_contain_text("Item 3 of 12 is on its way")
    desk.page.evaluate("panel.control.held = false")
    desk.shows(2)
    desk.press("5")
    desk.answers(2, {"digit": 5})


def test_an_item_that_is_not_here_can_be_left_out_or_flagged(open_desk: Open) -> None:
    desk = open_desk(images(12))
    desk.page.wait_for_function("panel.pieces.size >= 4")
    desk.page.evaluate("panel.control.held = true")
    desk.press("1", "2", "3", "4")
    desk.page.keyboard.press("s")
    expect(desk.root).to_contain_text("Item 6 of 12 is on its way")


@pytest.mark.parametrize("stays", [True, False], ids=["in the field", "elsewhere by then"])
def test_what_is_typed_before_the_item_is_here_stays_and_counts_once_it_is(
    open_desk: Open, stays: bool
) -> None:
    desk = open_desk(images(12), dml.Questionnaire([dml.Text("what", "What is it?", longest=50)]))
    desk.page.wait_for_function("panel.pieces.size >= 4")
    desk.page.evaluate("panel.control.held = true")
    for word in "abcd":
        desk.press(word, "Enter")
    expect(desk.root).to_contain_text("Item 5 of 12 is on its way")
    field = desk.root.get_by_role("textbox", name="What is it?")
    field.press_sequentially("a cat")
    expect(desk.root.locator(".dml-message")).to_contain_text("The item is not here yet")
    if not stays:
        desk.page.keyboard.press("Tab")
        expect(field).not_to_be_focused()
    desk.page.evaluate("panel.control.held = false")
    desk.shows(4)
    expect(field).to_have_value("a cat")
    field.press("Enter")
    desk.answers(4, {"what": "a cat"})


def test_an_answer_that_was_taken_back_does_not_come_back(open_desk: Open) -> None:
    desk = open_desk()
    desk.settled()
    kernel = Busy(desk)
    desk.press("1")
    desk.shows(1)
    desk.press("2", "Backspace")
    desk.until(lambda: len(desk.sent("undo")) == 1, "the undo")
    kernel.dies()
    open_again(desk)
    desk.answers(0, {"digit": 1})
    desk.settled()
    assert desk.panel.desk.answers(1) == {}


def test_a_second_view_says_nothing_again_that_the_first_has_said(open_desk: Open) -> None:
    desk = open_desk()
    desk.settled()
    kernel = Busy(desk)
    desk.press("1")
    desk.shows(1)
    desk.page.evaluate(SECOND)
    expect(desk.page.locator("#second")).to_contain_text("Item 1 of 6 is on its way")
    desk.root.locator(".dml-quest").focus()
    desk.press("Backspace")
    desk.until(lambda: len(desk.sent("undo")) == 1, "the undo")
    kernel.hears()
    expect(desk.root.locator(".dml-message")).to_contain_text("Undone: item 1")
    assert len(desk.sent("answer")) == 1 and desk.panel.desk.answers(0) == {}


def test_the_same_answer_again_is_nothing_to_undo(open_desk: Open) -> None:
    desk = open_desk()
    desk.press("1")
    desk.shows(1)
    desk.press(",")
    desk.shows(0)
    desk.press("1")
    desk.shows(1)
    desk.settled()
    desk.press("Backspace")
    expect(desk.root.locator(".dml-message")).to_contain_text("Undone: item 1")
    desk.answers(0, {})
    desk.shows(0)
    expect(desk.root.get_by_role("radio", name="1", exact=True)).not_to_be_checked()


def test_another_answer_of_a_program_is_seen_on_the_item_that_is_looked_at(open_desk: Open) -> None:
    desk = open_desk()
    desk.press("9")
    desk.shows(1)
    desk.press(",")
    desk.shows(0)
    desk.settled()
    desk.panel.desk.answer(0, "digit", 5)
    expect(desk.root.get_by_role("radio", name="5", exact=True)).to_be_checked()
    # While the page has said something itself that was not heard yet, as well.
    kernel = Busy(desk)
    desk.press("6")
    desk.shows(1)
    desk.press(",")
    desk.shows(0)
    desk.panel.desk.answer(1, "digit", 4)
    desk.panel.desk.flag(0, "half is missing")
    kernel.hears()
    expect(desk.root.locator(".dml-flagged")).to_contain_text("half is missing")
    expect(desk.root.get_by_role("radio", name="6", exact=True)).to_be_checked()
    desk.settled()
    looks = len(desk.sent("look"))
    desk.panel.refresh()
    desk.settled()
    assert len(desk.sent("look")) == looks, "what is known is not asked for"


def test_a_view_that_begins_while_the_line_is_down_says_so_and_goes_on_once_it_is_up(
    open_desk: Open,
) -> None:
    down = LINE + "\nkernel.connectionStatus = 'connecting';"
    desk = open_desk(starts=down, take=False)
    expect(desk.root.locator(".dml-chain")).to_contain_text("disconnected")
    expect(desk.root.locator(".dml-message")).to_contain_text("The kernel is gone")
    assert desk.page.evaluate("panel.sent") == []
    desk.page.evaluate("line(true)")
    expect(desk.root.locator(".dml-chain")).to_contain_text("live")
    expect(desk.root.locator(".dml-message")).to_be_empty()
    desk.take()
    open_again(desk)
    expect(desk.root.locator(".dml-chain")).to_contain_text("disconnected")
    desk.page.evaluate("line(true)")
    desk.shows(0)
    desk.root.locator(".dml-quest").focus()
    desk.press("7")
    desk.answers(0, {"digit": 7})
