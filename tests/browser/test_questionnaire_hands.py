"""What hands do to the questionnaire panel that nobody means, and what strangers call things."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from playwright.sync_api import expect

import dml_sdk as dml
from tests.browser.desk_page import DeskPage
from tests.browser.panel_page import LINE
from tests.browser.test_questionnaire_kinds import TEXT, Hand, photo

Open = Callable[..., DeskPage]
FOCUS = "document.activeElement.className"


def drawn(desk: DeskPage) -> None:
    Hand(desk, ".dml-shown").drag((0.2, 0.2), (0.3, 0.3), (0.5, 0.5))
    expect(desk.root.locator(".dml-parts > li")).to_have_count(1)


def slowly(desk: DeskPage, name: str) -> None:
    """A press on an option as of a hand: the page has drawn anew before it is let go of."""
    box = desk.root.get_by_role("radio", name=name, exact=True).bounding_box()
    assert box is not None
    mouse = desk.page.mouse
    mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    mouse.down()
    desk.page.evaluate(
        "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
    )
    mouse.up()


def test_questions_may_be_called_as_what_every_object_has(open_desk: Open) -> None:
    questions = dml.Questionnaire(
        [
            dml.Boxes("valueOf", "Box it", labels=["u", "v"]),
            dml.Text("toString", "What?", longest=50, required=False),
            dml.Choice("hasOwnProperty", "Is it?", options=["a", "b"]),
            dml.Choice("constructor", "And?", options=["a", "b"]),
        ]
    )
    desk = open_desk([photo(0), photo(1)], questions)
    expect(desk.root.get_by_role("textbox", name="What?")).to_have_value("")
    drawn(desk)
    desk.press("Enter", "Enter", "1")
    desk.shows(0)
    desk.press("2")
    desk.shows(1)
    desk.settled()
    given = desk.panel.desk.answers(0)
    assert set(given) == {"valueOf", "hasOwnProperty", "constructor"}
    assert (given["hasOwnProperty"], given["constructor"]) == ("a", "b")


def test_no_press_is_lost_to_what_moves_while_it_is_down(open_desk: Open) -> None:
    questions = dml.Questionnaire(
        [
            dml.Boxes("b", "Box it", labels=["cat", "dog"]),
            dml.Text("t", "Say", longest=10, required=False),
            dml.Choice("c", "First?", options=["y", "n"]),
            dml.Choice("d", "Second?", options=["u", "v"]),
        ]
    )
    desk = open_desk([photo(0), photo(1)], questions)
    drawn(desk)
    slowly(desk, "v")
    expect(desk.root.get_by_role("radio", name="v", exact=True)).to_be_checked()
    desk.root.get_by_role("textbox", name="Say").click()
    desk.page.keyboard.type("this is far too long")
    expect(desk.root).to_contain_text("20 characters, 10 fit")
    slowly(desk, "n")
    desk.shows(1)
    desk.settled()
    given = desk.panel.desk.answers(0)
    assert (given["c"], given["d"], "t" in given) == ("n", "v", False)


def test_the_number_that_is_pressed_is_the_answer(open_desk: Open) -> None:
    desk = open_desk(questions=dml.Questionnaire([dml.Scale("s", "How?", least=0, most=10)]))
    for item, (key, value) in enumerate({"7": 7, "0": 0, "9": 9, "q": 10}.items()):
        desk.press(key)
        desk.answers(item, {"s": value})


def test_enter_pressed_once_too_often_hands_nothing_in_and_takes_nothing(open_desk: Open) -> None:
    desk = open_desk([photo(at) for at in range(2)])
    desk.press("1", "2", *["Enter"] * 12)
    expect(desk.root.get_by_role("alertdialog", name="Hand in this batch?")).to_be_visible()
    desk.press(*["Enter"] * 12, "Escape")
    expect(desk.root.get_by_role("alertdialog")).to_be_hidden()
    assert [m["action"] for m in desk.sent("act")] == ["take"]
    desk.hand_in()
    expect(desk.root.locator(".dml-result")).to_contain_text("Handed in")


def test_a_key_that_is_waited_for_is_given_up_with_the_table_and_in_fields(open_desk: Open) -> None:
    questions = dml.Questionnaire([dml.Text("t", "Say", longest=50)])
    desk = open_desk(questions=questions)
    field = desk.root.get_by_role("textbox", name="Say")
    desk.press("Escape", "?")
    table = desk.root.get_by_role("group", name="Keys")
    flag = table.get_by_role("button", name="f: flag the item")
    flag.click()
    field.click()
    desk.page.keyboard.type("hello")
    expect(field).to_have_value("hello")
    expect(flag).to_have_text("f")
    flag.click()
    desk.press("?")
    expect(table).to_be_hidden()
    # The focus goes back to where it was before the keys were shown.
    expect(desk.root.locator(":focus")).to_have_count(1)
    field.click()
    desk.page.keyboard.type("!")
    expect(field).to_have_value("hello!")


def test_alt_with_an_arrow_moves_by_one_pixel(open_desk: Open) -> None:
    questions = dml.Questionnaire([dml.Points("p", "Point", labels=["x"])])
    desk = open_desk([photo(0), photo(1)], questions)
    desk.press("ArrowRight", "Alt+ArrowLeft", "Alt+ArrowLeft", "Space")
    expect(desk.root.locator(".dml-parts > li")).to_have_count(1)
    desk.settled()
    (point,) = desk.panel.desk.answers(0)["p"]
    assert point["x"] == pytest.approx(0.52 - 2 / 400, abs=1e-4)


def test_a_text_is_counted_as_the_desk_counts_it_and_shows_what_hides(open_desk: Open) -> None:
    text = f"\ufeffAda \u202emet\n\nשלום\n{TEXT}"
    questions = dml.Questionnaire(
        [dml.Spans("s", "Is it \u202espam?", labels=["a\u200b", "b"])], media=("text",)
    )
    desk = open_desk([text, "b" * 90_000], questions)
    expect(desk.root.get_by_role("heading", name="Is it \\u202espam?")).to_be_visible()
    expect(desk.root.get_by_role("radio", name="a\\u200b")).to_be_visible()
    assert desk.root.locator(".dml-unseen").evaluate_all("all => all.map(e => e.dataset.sign)") == [
        "\\ufeff",
        "\\u202e",
    ]
    shown = "e => { const r = new Range(); r.selectNodeContents(e); return r.toString(); }"
    assert desk.root.locator(".dml-stage > .dml-text").evaluate(shown) == text
    desk.press("ArrowRight", "ArrowRight", "ArrowRight", "Enter")
    expect(desk.root.locator(".dml-parts > li")).to_have_count(1)
    desk.settled()
    (span,) = desk.panel.desk.answers(0)["s"]
    assert text[span["start"] : span["end"]] == "שלום"
    rtl = desk.root.locator(".dml-lines").first
    assert rtl.evaluate("e => getComputedStyle(e).unicodeBidi") == "plaintext"


def test_a_thousand_choices_leave_the_item_in_sight_and_one_stop_for_tab(open_desk: Open) -> None:
    options = [f"option {at}" for at in range(1_000)]
    questions = dml.Questionnaire([dml.Choice("c", "Which?", options=options)])
    desk = open_desk([photo(0), photo(1)], questions, width=1100, height=900)
    assert desk.page.evaluate("document.documentElement.scrollHeight <= 900")
    desk.root.get_by_role("radio", name="option 0", exact=True).focus()
    desk.press("ArrowUp", "ArrowUp")
    last = desk.root.get_by_role("radio", name="option 998", exact=True)
    expect(last).to_be_focused()
    expect(last).to_be_in_viewport()
    assert desk.panel.desk.answers(0) == {}
    desk.press("Tab")
    expect(desk.root.get_by_role("button", name="Next")).to_be_focused()
    desk.press("Shift+Tab", "Space")
    desk.shows(1)
    desk.answers(0, {"c": "option 998"})


def test_a_ranking_that_was_begun_is_there_when_one_comes_back(open_desk: Open) -> None:
    questions = dml.Questionnaire([dml.Ranking("r", "Rank", options=["a", "b", "c"])])
    desk = open_desk([photo(0), photo(1)], questions)
    desk.press("2", ".")
    desk.shows(1)
    expect(desk.root.locator(".dml-order > li")).to_have_count(0)
    desk.press(",")
    desk.shows(0)
    expect(desk.root.locator("[data-place='1.']")).to_have_text("2b")
    desk.press("1")
    desk.answers(0, {"r": ["b", "a", "c"]})


def test_a_long_label_of_a_scale_pushes_nothing_out_of_the_panel(open_desk: Open) -> None:
    scale = dml.Scale(
        "s", "How?", least=1, most=7, least_label="https://" + "x" * 80, most_label="!"
    )
    for width in (1100, 360):
        desk = open_desk(questions=dml.Questionnaire([scale]), width=width, height=900)
        seven = desk.root.get_by_role("radio", name="7", exact=True).bounding_box()
        assert seven is not None and seven["x"] + seven["width"] <= width - 12
        desk.root.get_by_role("radio", name="7", exact=True).click()
        desk.answers(0, {"s": 7})


def test_an_image_of_one_line_is_seen_and_its_size_is_told(open_desk: Open) -> None:
    desk = open_desk([np.full((1, 10_000), 200, dtype=np.uint8)] * 2)
    shown = desk.root.locator(".dml-shown").bounding_box()
    assert shown is not None and shown["height"] >= 2
    expect(desk.root.locator(".dml-scale")).to_contain_text("10,000 × 1 pixels")


def test_with_the_readers_own_colours_states_are_still_told(open_desk: Open) -> None:
    questions = dml.Questionnaire(
        [dml.Choice("a", "A?", options=["y", "n"]), dml.Choice("b", "B?", options=["y", "n"])]
    )
    desk = open_desk([photo(at) for at in range(4)], questions, forced_colors="active")
    desk.press("1", "1", "s")
    desk.shows(2)
    look = "e => { const s = getComputedStyle(e); return s.backgroundColor + s.backgroundImage; }"
    looks = [desk.root.locator(".dml-thin span").nth(at).evaluate(look) for at in (0, 1, 3)]
    assert len(set(looks)) == 3
    edge = "e => getComputedStyle(e).borderLeftColor"
    asks = desk.root.locator(".dml-ask")
    assert asks.nth(0).evaluate(edge) != asks.nth(1).evaluate(edge)
    desk.photograph("questionnaire-forced-colours")


def test_a_long_text_is_read_by_keys_unless_a_tool_has_them(open_desk: Open) -> None:
    lines = "\n".join(f"Line {at} of it." for at in range(200))
    choice = dml.Choice("c", "Which?", options=["a", "b"])
    desk = open_desk([lines, lines], dml.Questionnaire([choice], media=("text",)))
    text = desk.root.locator(".dml-stage > .dml-text")
    end = text.evaluate("e => e.scrollHeight - e.clientHeight")
    seen = text.evaluate("e => e.clientHeight")

    def moved(*keys: str) -> int:
        desk.press(*keys)
        return round(text.evaluate("e => e.scrollTop"))

    assert moved("ArrowDown") == 40 and moved("ArrowUp") == 0
    assert moved("PageDown") == moved("PageUp", "Space") == pytest.approx(seen * 0.9, abs=1)
    assert moved("Shift+Space") == 0 and moved("End") == pytest.approx(end, abs=1)
    assert moved("Home") == 0
    text.click()
    assert moved("PageDown") > 0
    assert desk.panel.desk.answers(0) == {}
    spans = dml.Spans("s", "Mark", labels=["x"])
    desk = open_desk([lines, lines], dml.Questionnaire([spans], media=("text",)))
    text = desk.root.locator(".dml-stage > .dml-text")
    assert moved("ArrowDown", "ArrowUp") == 0 and moved("PageDown") > 0
    assert moved("Home", "ArrowRight", "Space") == 0
    expect(desk.root.locator(".dml-parts > li")).to_have_count(1)


def test_two_long_texts_are_read_side_by_side(open_desk: Open) -> None:
    lines = "\n".join(f"Line {at} of it." for at in range(200))
    asked = dml.Questionnaire([dml.Preference("p", "Better?")], media=("text", "text"))
    desk = open_desk([{"first": lines, "second": lines}] * 2, asked)
    desk.press("PageDown")
    tops = desk.root.locator(".dml-side .dml-text").evaluate_all("all => all.map(e => e.scrollTop)")
    assert len(tops) == 2 and min(tops) > 0


def test_what_is_answered_while_the_kernel_is_away_is_sent_once_it_is_back(
    open_desk: Open,
) -> None:
    questions = dml.Questionnaire(
        [
            dml.Boxes("b", "Box it", labels=["u", "v"], required=False),
            dml.Text("t", "Describe", longest=100, required=False),
            dml.Choice("c", "Right?", options=["y", "n"]),
        ]
    )
    desk = open_desk([photo(at) for at in range(3)], questions, starts=LINE)
    desk.page.evaluate("line(false)")
    drawn(desk)
    field = desk.root.get_by_role("textbox", name="Describe")
    field.click()
    desk.page.keyboard.type("a grey cat")
    desk.press("Enter")
    expect(desk.root.locator(".dml-active")).to_contain_text("Right?")
    assert desk.panel.desk.answers(0) == {}
    skip = desk.root.get_by_role("button", name="Skip")
    skip.click(force=True)
    expect(desk.root.locator(".dml-spoken").first).to_contain_text("sent once it is back")
    desk.page.evaluate("line(true)")
    desk.until(lambda: "t" in desk.panel.desk.answers(0), "what was typed")
    expect(desk.root.locator(".dml-message")).to_be_empty()
    desk.settled()
    given = desk.panel.desk.answers(0)
    assert given["t"] == "a grey cat" and len(given["b"]) == 1
    desk.root.get_by_role("radio", name="y", exact=True).click()
    desk.shows(1)
    desk.press("Escape", ",")
    desk.shows(0)
    expect(field).to_have_value("a grey cat")


def test_what_is_answered_while_the_batch_is_handed_in_is_not_shown_as_taken(
    open_desk: Open,
) -> None:
    questions = dml.Questionnaire(
        [
            dml.Boxes("b", "Box it", labels=["u", "v"], required=False),
            dml.Ranking("r", "Rank", options=["p", "q"], required=False),
            dml.Text("t", "Describe", longest=100, required=False),
        ]
    )
    desk = open_desk([photo(at) for at in range(2)], questions)
    desk.page.evaluate("panel.model.state.desk_told.handing = true")
    Hand(desk, ".dml-shown").drag((0.2, 0.2), (0.3, 0.3), (0.5, 0.5))
    expect(desk.root.locator(".dml-message")).to_contain_text("being handed in")
    expect(desk.root.locator(".dml-parts > li")).to_have_count(0)
    desk.root.get_by_role("button", name="p", exact=True).click()
    expect(desk.root.locator(".dml-order > li")).to_have_count(0)
    field = desk.root.get_by_role("textbox", name="Describe")
    field.click()
    desk.page.keyboard.type("late")
    desk.press("Enter")
    desk.page.evaluate("panel.model.state.desk_told.handing = false")
    desk.press("Enter")
    desk.answers(0, {"t": "late"})


def strike(desk: DeskPage, key: str, code: str, **more: bool) -> None:
    """A key as a keyboard has it that writes something else in its place."""
    desk.root.locator(".dml-quest").evaluate(
        "(e, told) => e.dispatchEvent(new KeyboardEvent('keydown',"
        " { bubbles: true, cancelable: true, ...told }))",
        {"key": key, "code": code, **more},
    )


def test_on_a_keyboard_of_another_script_keys_are_those_in_their_place(open_desk: Open) -> None:
    desk = open_desk([photo(at) for at in range(3)])
    strike(desk, "ы", "KeyS")
    desk.shows(1)
    strike(desk, "ю", "Period")
    desk.shows(2)
    strike(desk, "б", "Comma")
    desk.shows(1)
    for key in "сС":
        shown = desk.page.locator(".dml-shows-code").count()
        strike(desk, key, "KeyC")
        expect(desk.page.locator(".dml-shows-code")).to_have_count(1 - shown)


def test_what_was_marked_before_is_selected_on_a_keyboard_of_another_script(
    open_desk: Open,
) -> None:
    desk = open_desk(
        [photo(0)] * 2, dml.Questionnaire([dml.Boxes("b", "Box it", labels=["u", "v"])])
    )
    drawn(desk)
    strike(desk, "х", "BracketLeft")
    expect(desk.root.locator(".dml-part[aria-pressed=true]")).to_have_count(1)


def test_digits_answer_on_a_keyboard_that_has_them_with_shift(open_desk: Open) -> None:
    desk = open_desk([photo(at) for at in range(3)])
    strike(desk, "é", "Digit2")
    desk.answers(0, {"digit": 2})
    desk.shows(1)
    strike(desk, "!", "Digit7", shiftKey=True)
    strike(desk, "-", "Digit6")  # which zooms out
    strike(desk, "à", "Digit0")
    desk.answers(1, {"digit": 0})
    desk.shows(2)
