"""Working at the questionnaire panel: items by keys, undo, flags, what is lost and what is not."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from playwright.sync_api import expect

import dml_sdk as dml
from tests.browser.conftest import needs_axe, violations
from tests.browser.desk_page import DeskPage

EVIL = "<img src=x onerror=alert(1)><script>alert(2)</script>"

Open = Callable[..., DeskPage]


def test_one_key_answers_and_goes_on_until_the_batch_is_handed_in(open_desk: Open) -> None:
    desk = open_desk(take=False)
    start = desk.root.get_by_role("region", name="Start")
    expect(start).to_contain_text("Look first.")
    expect(start).to_contain_text("0.05 DML a point")
    expect(start).to_contain_text("fee")
    desk.take()
    for item, key in enumerate("504192"):
        desk.shows(item)
        desk.press(key)
    end = desk.root.get_by_role("region", name="Hand in")
    expect(end).to_contain_text("That is the batch: 6 answered.")
    expect(end).to_contain_text("pays 0.3 DML at most")
    answers = [desk.panel.desk.answers(item)["digit"] for item in range(6)]
    assert answers == [5, 0, 4, 1, 9, 2]
    desk.photograph("questionnaire-end")
    end.get_by_role("button", name="Back to the items").click()
    desk.shows(5)
    desk.press("2")
    desk.hand_in()
    expect(desk.root.locator(".dml-result")).to_contain_text("Handed in")
    expect(start).to_contain_text("All 1 answers that task 0 wants are handed in")
    assert desk.panel.outcome["receipt"]["call"] == "Annotations.commit"


def test_answers_are_shown_once_others_have_answered(open_desk: Open) -> None:
    desk = open_desk(answers_per_item=2)
    desk.press(*"123456")
    desk.hand_in()
    start = desk.root.get_by_role("region", name="Start")
    expect(start).to_contain_text("1 batch handed in and not shown yet")
    show = start.get_by_role("button", name="Show your answers")
    expect(show).to_be_hidden()
    task = desk.panel.task
    theirs = task.session.as_("charlie").task(task)
    theirs.submit(theirs.next_batch(), [1, 2, 3, 4, 5, 6])
    expect(show).to_be_visible()
    expect(start).to_contain_text("not shown in time earns nothing")
    desk.photograph("questionnaire-show")
    desk.press("Enter")
    expect(desk.root.locator(".dml-result")).to_contain_text("Shown")
    expect(show).to_be_hidden()
    expect(start).to_contain_text("0.3 DML waiting to be judged")


def test_who_has_no_stake_is_told_what_to_do_and_offered_nothing(open_desk: Open) -> None:
    desk = open_desk(take=False, stake=5)
    start = desk.root.get_by_role("region", name="Start")
    expect(start).to_contain_text("less than 5 DML at stake as annotator")
    expect(desk.root.locator(".dml-chain")).to_contain_text("read-only")
    expect(start.get_by_role("button", name="Take a batch")).to_be_hidden()
    desk.photograph("questionnaire-read-only")
    task = desk.panel.task
    task.session.pools.get(task.model_id).stake(5, "annotator")
    expect(start).to_contain_text("can be slashed")
    desk.take()


def test_a_lease_that_ends_at_work_is_said_where_the_next_batch_is(open_desk: Open) -> None:
    desk = open_desk(answers_per_item=2)
    desk.press("1")
    desk.shows(1)
    desk.settled()
    desk.panel.session.clock.advance(minutes=55)
    desk.panel.refresh()
    expect(desk.root.locator(".dml-soon")).to_contain_text("lease ends in")
    desk.panel.session.clock.advance(minutes=6)
    start = desk.root.get_by_role("region", name="Start")
    expect(start).to_contain_text("The lease of batch 0 ended before it was handed in")
    desk.photograph("questionnaire-lease-over")


def test_enter_that_comes_before_the_last_answer_is_kept_waits_for_it(open_desk: Open) -> None:
    desk = open_desk()
    desk.press(*"12345")
    desk.shows(5)
    desk.page.evaluate("panel.control.held = true")
    desk.press("6", "Enter")
    expect(desk.root.locator(".dml-message")).to_contain_text("The last answers are being kept")
    assert desk.sent("act")[-1]["action"] == "take"
    desk.page.evaluate("panel.control.held = false")
    expect(desk.root.get_by_role("alertdialog", name="Hand in this batch?")).to_be_visible()
    desk.press("y")
    expect(desk.root.locator(".dml-result")).to_contain_text("Handed in")
    assert [m["action"] for m in desk.sent("act")] == ["take", "submit"]


def test_the_next_item_is_there_before_the_kernel_has_heard(open_desk: Open) -> None:
    desk = open_desk()
    # The pieces of four items are in the page; it decodes them by itself.
    desk.page.wait_for_function("panel.pieces.size >= 4")
    assert desk.page.evaluate("() => document.images.length") == 1
    desk.page.evaluate("panel.control.held = true")
    desk.press("1", "2", "3")
    # Three items ahead are decoded already; nothing of what the kernel says is needed for them.
    desk.shows(3)
    assert desk.root.get_attribute("data-item") == "3"
    expect(desk.root.locator(".dml-thin [data-state=answered]")).to_have_count(3)


def test_a_key_that_is_held_down_answers_one_item(open_desk: Open) -> None:
    desk = open_desk()
    desk.page.keyboard.down("3")
    desk.page.keyboard.down("3")
    desk.page.keyboard.down("3")
    desk.page.keyboard.up("3")
    desk.answers(0, {"digit": 3})
    desk.shows(1)
    assert desk.panel.desk.answers(1) == {}


def test_who_goes_from_button_to_button_keeps_their_place(open_desk: Open) -> None:
    desk = open_desk()
    seven = desk.root.get_by_role("radio", name="7", exact=True)
    seven.focus()
    desk.press("Space")
    desk.shows(1)
    expect(seven).to_be_focused()
    desk.press("Enter")
    desk.shows(2)
    desk.answers(1, {"digit": 7})
    desk.press("ArrowRight")
    expect(desk.root.get_by_role("radio", name="8", exact=True)).to_be_focused()
    desk.press("Tab")
    expect(desk.root.get_by_role("button", name="Next")).to_be_focused()
    # By mouse the keys stay with the panel.
    seven.click()
    desk.shows(3)
    expect(desk.root.locator(".dml-quest")).to_be_focused()
    desk.press("Enter")
    desk.shows(3)
    assert desk.panel.desk.states[3] == "open"


def test_undo_goes_back_over_items_and_says_when_there_is_no_more(open_desk: Open) -> None:
    desk = open_desk()
    desk.press("1", "2", "s")
    desk.shows(3)
    desk.press("Backspace")
    desk.shows(2)
    desk.press("Control+z")
    desk.shows(1)
    expect(desk.root.locator(".dml-message")).to_contain_text("Undone: item 2")
    desk.answers(1, {})
    desk.press("Backspace")
    desk.shows(0)
    desk.press("Backspace")
    expect(desk.root.locator(".dml-message")).to_contain_text("nothing to undo")
    assert desk.panel.desk.states == ("open",) * 6


def test_an_item_is_skipped_or_flagged_with_a_reason_and_looked_at_again(open_desk: Open) -> None:
    desk = open_desk()
    desk.press("s")
    desk.shows(1)
    desk.press("f")
    reason = desk.root.get_by_label("What is wrong with the item")
    expect(reason).to_be_focused()
    desk.page.keyboard.type("too dark, s 1 2")
    desk.press("Enter")
    desk.shows(2)
    desk.press(",")
    desk.shows(1)
    expect(desk.root.locator(".dml-flagged")).to_have_text("Flagged: too dark, s 1 2")
    desk.press("f")
    desk.root.get_by_role("button", name="Take the flag back").click()
    expect(desk.root.locator(".dml-flagged")).to_be_hidden()
    desk.press("4")
    desk.shows(2)
    desk.answers(1, {"digit": 4})
    assert desk.panel.desk.states[:2] == ("skipped", "answered")


def test_what_is_still_open_is_named_at_the_end_and_can_be_gone_to(open_desk: Open) -> None:
    desk = open_desk()
    for _ in range(6):
        desk.press(".")
    end = desk.root.get_by_role("region", name="Hand in")
    expect(end).to_contain_text("6 open")
    hand_in = end.get_by_role("button", name="Hand in the batch")
    expect(hand_in).to_have_attribute("aria-disabled", "true")
    end.get_by_role("button", name="Go to item 4").click()
    desk.shows(3)
    desk.press("7")
    desk.shows(4)


def test_a_key_can_be_given_to_something_else_and_stays_so(open_desk: Open) -> None:
    desk = open_desk()
    desk.press("?")
    table = desk.root.get_by_role("group", name="Keys")
    expect(table).to_be_visible()
    table.get_by_role("button", name="s: skip the item").click()
    desk.press("x")
    expect(table.get_by_role("button", name="x: skip the item")).to_be_visible()
    table.get_by_role("button", name="7: 7 (Which digit").click()
    desk.press("j")
    desk.press("?")
    expect(table).to_be_hidden()
    desk.root.locator(".dml-quest").focus()
    desk.press("j", "x")
    desk.shows(2)
    desk.answers(0, {"digit": 7})
    assert desk.panel.desk.states[1] == "skipped"
    desk.page.reload()
    desk.page.wait_for_function("window.panel")
    expect(desk.root.locator(".dml-tools")).to_contain_text("Skipx")


def test_a_page_that_is_opened_again_shows_the_same_item(open_desk: Open) -> None:
    desk = open_desk()
    desk.press("1", "2")
    desk.shows(2)
    desk.press(".")
    desk.shows(3)
    desk.answers(1, {"digit": 2})
    desk.page.reload()
    desk.page.wait_for_function("window.panel")
    desk.shows(3)
    expect(desk.root.locator(".dml-thin [data-state=answered]")).to_have_count(2)
    desk.root.locator(".dml-quest").focus()
    desk.press(",", ",")
    desk.shows(1)
    expect(desk.root.get_by_role("radio", name="2", exact=True)).to_be_checked()


def test_an_answer_that_the_kernel_never_heard_is_given_by_the_next_page(open_desk: Open) -> None:
    desk = open_desk()
    desk.page.evaluate("() => { panel.model.send = (message) => panel.sent.push(message) }")
    desk.press("8")
    desk.shows(1)
    assert desk.panel.desk.answers(0) == {}
    desk.page.reload()
    desk.page.wait_for_function("window.panel")
    desk.answers(0, {"digit": 8})


def test_what_a_program_answers_at_the_same_desk_is_seen(open_desk: Open) -> None:
    desk = open_desk()
    desk.press("1", "2")
    desk.shows(2)
    desk.settled()
    desk.panel.desk.answer(2, "digit", 9)
    expect(desk.root.get_by_role("radio", name="9", exact=True)).to_be_checked()
    desk.panel.desk.answer(1, "digit", 8)
    desk.panel.desk.skip(4)
    expect(desk.root.locator(".dml-thin [data-state=skipped]")).to_have_count(1)
    for item in range(6):
        desk.panel.desk.skip(item)
    desk.panel.desk.submit()
    expect(desk.root.get_by_role("region", name="Start")).to_be_visible()


def test_files_of_items_are_let_go_of(open_desk: Open) -> None:
    desk = open_desk(take=False)
    desk.page.evaluate(
        """() => {
            window.held = new Set();
            const [make, free] = [URL.createObjectURL, URL.revokeObjectURL];
            URL.createObjectURL = (blob) => {
                const url = make.call(URL, blob);
                held.add(url);
                return url;
            };
            URL.revokeObjectURL = (url) => {
                held.delete(url);
                free.call(URL, url);
            };
        }"""
    )
    desk.take()
    for item in range(6):
        desk.shows(item)
        desk.press("1")
    expect(desk.root.get_by_role("region", name="Hand in")).to_be_visible()
    desk.settled()
    assert desk.page.evaluate("held.size") == 0


def test_what_the_desk_refuses_is_said_and_taken_back(open_desk: Open) -> None:
    desk = open_desk()
    desk.page.evaluate(
        """() => { const send = panel.model.send;
        panel.model.send = (m) => send(m.do === "answer" ? {...m, value: "seven"} : m) }"""
    )
    desk.press("7")
    desk.shows(1)
    expect(desk.root.locator(".dml-message")).to_contain_text("none of the options")
    expect(desk.root.locator(".dml-thin [data-state=answered]")).to_have_count(0)
    assert desk.panel.desk.states[0] == "open"


def test_small_images_are_crisp_and_large_and_photos_fit(open_desk: Open) -> None:
    desk = open_desk()
    image = desk.root.locator(".dml-shown")
    assert image.evaluate("e => getComputedStyle(e).imageRendering") == "pixelated"
    box = image.bounding_box()
    assert box is not None and box["height"] > 300 and box["height"] % 8 == 0
    noise = np.random.default_rng(1).integers(0, 255, (600, 900), dtype=np.uint8)
    photo = open_desk([noise] * 2)
    shown = photo.root.locator(".dml-shown").bounding_box()
    window = photo.root.locator(".dml-viewport").bounding_box()
    assert shown and window and shown["width"] <= window["width"] + 1
    assert photo.root.locator(".dml-pixels").count() == 0


def test_zoom_and_pan_by_keys_wheel_and_drag(open_desk: Open) -> None:
    desk = open_desk()
    scale = desk.root.locator(".dml-scale")
    expect(scale).to_have_text("")
    desk.press("+", "+")
    before = scale.inner_text()
    assert before.endswith("%")
    desk.press("-", "-", "z")
    expect(scale).to_have_text("")
    window = desk.root.locator(".dml-viewport").bounding_box()
    assert window is not None
    x, y = window["x"] + 200, window["y"] + 200
    desk.page.mouse.move(x, y)
    desk.page.mouse.wheel(0, -400)
    expect(scale).not_to_have_text("")
    left = desk.root.locator(".dml-shown").evaluate("e => parseFloat(e.style.left)")
    desk.page.mouse.down()
    desk.page.mouse.move(x - 40, y)
    desk.page.mouse.up()
    moved = desk.root.locator(".dml-shown").evaluate("e => parseFloat(e.style.left)")
    assert moved == pytest.approx(left - 40, abs=1)
    desk.press("ArrowLeft")
    by_key = desk.root.locator(".dml-shown").evaluate("e => parseFloat(e.style.left)")
    assert by_key == pytest.approx(moved + 40, abs=1)
    assert desk.panel.desk.states[0] == "open"


def test_two_fingers_zoom_and_one_scrolls_the_page(open_desk: Open) -> None:
    desk = open_desk(width=400, height=900, has_touch=True, is_mobile=True)
    window = desk.root.locator(".dml-viewport")
    assert window.evaluate("e => e.style.touchAction") == "pan-y"
    box = window.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    touch = desk.page.context.new_cdp_session(desk.page)

    def fingers(kind: str, apart: float) -> None:
        points = [{"x": x - apart, "y": y, "id": 1}, {"x": x + apart, "y": y, "id": 2}]
        told = [] if kind == "touchEnd" else points
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": told})

    fingers("touchStart", 20)
    for apart in (30, 50, 80):
        fingers("touchMove", apart)
    fingers("touchEnd", 80)
    expect(desk.root.locator(".dml-scale")).not_to_have_text("")
    desk.root.get_by_role("radio", name="3", exact=True).tap()
    desk.shows(1)
    desk.answers(0, {"digit": 3})


def test_letters_that_are_keys_are_letters_in_a_field(open_desk: Open) -> None:
    questions = dml.Questionnaire(
        [dml.Text("what", "What is it?", longest=50), dml.Choice("ok", "Good?", options=["y", "n"])]
    )
    desk = open_desk(questions=questions)
    field = desk.root.get_by_label("What is it?").locator("input")
    expect(field).to_be_focused()
    desk.page.keyboard.type("s?fc1,.")
    desk.answers(0, {"what": "s?fc1,."})
    desk.shows(0)
    expect(desk.root.get_by_role("group", name="Keys")).to_be_hidden()
    desk.press("Escape", "h", "?")
    expect(desk.root.get_by_role("group", name="Keys")).to_be_visible()
    desk.press("?", "Enter", "2")
    desk.shows(1)
    desk.answers(0, {"what": "s?fc1,.", "ok": "n"})
    expect(field).to_be_focused()
    expect(field).to_have_value("")
    # Who clicked beside the field still means it.
    desk.root.locator(".dml-viewport").click()
    desk.page.keyboard.type("sun")
    expect(field).to_have_value("sun")


def test_what_is_being_typed_survives_a_kernel_that_is_gone(open_desk: Open) -> None:
    questions = dml.Questionnaire([dml.Text("what", "What is it?", longest=5_000)])
    desk = open_desk(questions=questions)
    area = desk.root.get_by_label("What is it?").locator("textarea")
    desk.page.evaluate("() => { panel.model.send = () => {} }")
    area.fill("a long text\nof two lines")
    desk.panel.refresh()
    expect(area).to_have_value("a long text\nof two lines")


def test_nothing_that_a_task_says_runs_in_the_page(open_desk: Open) -> None:
    questions = dml.Questionnaire(
        [
            dml.Choice("a", EVIL, options=[EVIL, "javascript:alert(3)"], help=EVIL),
            dml.Spans("s", EVIL, labels=[EVIL]),
            dml.Ranking("r", EVIL, options=[EVIL, "b"]),
            dml.Preference("p", EVIL),
        ],
        title=EVIL,
        instructions=EVIL,
        media=("text", "table"),
    )
    text = f"See {EVIL}"
    row = {EVIL: EVIL, "first": EVIL, "second": "javascript:alert(4)"}
    desk = open_desk([{"text": text, "table": row}] * 2, questions, take=False)
    asked: list[str] = []
    desk.page.on("dialog", lambda dialog: (asked.append(dialog.message), dialog.dismiss()))
    requests: list[str] = []
    desk.page.on("request", lambda request: requests.append(request.url))
    desk.take()
    desk.press("h", "1", "Shift+ArrowRight", "Shift+ArrowRight", "Enter", "Enter", "1", "Enter")
    desk.press("1")
    desk.shows(1)
    desk.press(",", "f")
    desk.page.keyboard.type(EVIL)
    desk.press("Enter", ",", "?")
    expect(desk.root.locator(".dml-flagged")).to_contain_text("<script>")
    assert desk.root.locator("script, iframe, object, embed, img, a, style").count() == 0
    attributes = "e => [...e.querySelectorAll('*')].flatMap(n => n.getAttributeNames())"
    assert not [name for name in desk.root.evaluate(attributes) if name.startswith("on")]
    assert asked == [] and requests == []


@pytest.mark.parametrize("type", ["image/svg+xml", "text/html", "application/xhtml+xml"])
def test_the_page_shows_no_type_that_could_run_even_if_the_kernel_sent_it(
    open_desk: Open, type: str
) -> None:
    desk = open_desk()
    markup = (
        "<svg xmlns='http://www.w3.org/2000/svg' onload='window.ran=1'><script>ran=1</script></svg>"
    )
    desk.press(".")
    desk.shows(1)
    desk.page.evaluate("panel.control.held = true")
    desk.panel.desk.go(0)
    desk.page.evaluate(
        """async ([type, markup]) => {
            const { readyPart } = await import("/questionnaire/contents.js");
            const { itemStage } = await import("/questionnaire/item_stage.js");
            const stage = itemStage({ compares: false, say() {}, changed() {} });
            document.getElementById("place").append(stage.element);
            for (const kind of ["image", "text", "video", "audio", "table", "frame"]) {
                const part = await readyPart({ kind, type, fault: "" },
                    [new TextEncoder().encode(markup)]);
                stage.show([part], "Item 1");
                if (!part.fault || part.url) throw new Error(`${kind} was shown`);
            }
        }""",
        [type, markup],
    )
    assert desk.page.evaluate("window.ran") is None
    assert desk.root.locator("svg svg, iframe, object").count() == 0


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@needs_axe
def test_wide_and_narrow_it_is_readable_for_everybody(open_desk: Open, dark: bool) -> None:
    desk = open_desk(dark=dark, take=False)
    expect(desk.root).to_contain_text("fee")
    assert violations(desk.page, "#place") == []
    desk.take()
    theme = "dark" if dark else "light"
    for name, width in (("wide", 1100), ("narrow", 360)):
        desk.page.set_viewport_size({"width": width, "height": 900})
        assert desk.root.evaluate("e => e.scrollWidth <= e.clientWidth"), f"{name} sticks out"
        desk.photograph(f"questionnaire-{name}-{theme}")
        assert violations(desk.page, "#place") == []
    desk.press("?")
    assert violations(desk.page, "#place") == []
    desk.photograph(f"questionnaire-keys-{theme}")
    desk.press("?", *"123456")
    expect(desk.root.get_by_role("region", name="Hand in")).to_contain_text("fee")
    assert violations(desk.page, "#place") == []


def test_nothing_moves_for_who_asked_for_less_motion(open_desk: Open) -> None:
    desk = open_desk(reduced_motion="reduce")
    animations = "e => [...e.querySelectorAll('*')].map(n => getComputedStyle(n).animationName)"
    assert set(desk.root.evaluate(animations)) == {"none"}


def test_a_screen_reader_hears_which_item_it_is_and_what_is_asked(open_desk: Open) -> None:
    desk = open_desk()
    spoken = desk.root.locator(".dml-quest > [role=status]")
    expect(spoken).to_have_text("Item 1 of 6. Which digit is this?")
    expect(desk.root.get_by_role("group", name="Item 1 of 6: image")).to_be_visible()
    asked = desk.root.get_by_role("radiogroup", name="Which digit is this?")
    expect(asked.get_by_role("radio")).to_have_count(10)
    expect(desk.root.locator(".dml-thin")).to_have_attribute("aria-label", "This batch: 6 open")
    desk.press("5")
    expect(spoken).to_have_text("Item 2 of 6. Which digit is this?")
