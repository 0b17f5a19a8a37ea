"""Every kind of question in the questionnaire panel, by pointer and by keys alone."""

from __future__ import annotations

import base64
import io
import math
import struct
import wave
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import expect

import dml_sdk as dml
from tests.browser.conftest import needs_axe, violations
from tests.browser.desk_page import DeskPage

Open = Callable[..., DeskPage]

TEXT = "Ada Lovelace met 😀 Charles Babbage in London. It was 1833."


def photo(seed: int = 0) -> np.ndarray[Any, Any]:
    """A grey image of 400 x 300 pixels with a light patch."""
    image = np.full((300, 400), 60 + seed, dtype=np.uint8)
    image[60:150, 80:200] = 200
    return image


def tone(seconds: float = 4.0, rate: int = 8_000) -> bytes:
    """A recording that swells."""
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(rate)
        values = (
            9_000 * math.sin(n / 5) * abs(math.sin(n / 3_000)) for n in range(int(seconds * rate))
        )
        sound.writeframes(b"".join(struct.pack("<h", int(v)) for v in values))
    return file.getvalue()


def film(desk: DeskPage) -> bytes:
    """Two seconds of moving picture, made by the browser itself."""
    told = desk.page.evaluate(
        """async () => {
            const canvas = Object.assign(document.createElement("canvas"), {width: 64, height: 48});
            const paint = canvas.getContext("2d");
            const recorder = new MediaRecorder(canvas.captureStream(20), {mimeType: "video/webm"});
            const pieces = [];
            recorder.ondataavailable = (event) => pieces.push(event.data);
            const done = new Promise((resolve) => (recorder.onstop = resolve));
            recorder.start();
            for (let i = 0; i < 40; i++) {
                paint.fillStyle = `hsl(${i * 9} 80% 50%)`;
                paint.fillRect(0, 0, 64, 48);
                await new Promise((resolve) => setTimeout(resolve, 50));
            }
            recorder.stop();
            await done;
            const bytes = new Uint8Array(await new Blob(pieces).arrayBuffer());
            let text = "";
            for (const byte of bytes) text += String.fromCharCode(byte);
            return btoa(text);
        }"""
    )
    return base64.b64decode(told)


class Hand:
    """A mouse on an element, in parts of its width and height."""

    def __init__(self, desk: DeskPage, selector: str) -> None:
        box = desk.root.locator(selector).bounding_box()
        assert box is not None
        self.mouse, self.box = desk.page.mouse, box

    def at(self, x: float, y: float) -> tuple[float, float]:
        return self.box["x"] + x * self.box["width"], self.box["y"] + y * self.box["height"]

    def drag(self, *points: tuple[float, float]) -> None:
        self.mouse.move(*self.at(*points[0]))
        self.mouse.down()
        for point in points[1:]:
            self.mouse.move(*self.at(*point))
        self.mouse.up()

    def click(self, x: float, y: float) -> None:
        self.mouse.click(*self.at(x, y))


def only(desk: DeskPage, question: str, item: int = 0) -> list[dict[str, Any]]:
    """The parts that the desk has of a question."""
    return list(desk.panel.desk.answers(item).get(question, []))


def marked(desk: DeskPage, question: str, count: int) -> list[dict[str, Any]]:
    """The parts of a question, once the desk has so many."""
    expect(desk.root.locator(".dml-parts > li")).to_have_count(count)
    desk.settled()
    return only(desk, question)


def near(part: dict[str, Any], **expected: float) -> bool:
    return all(part[name] == pytest.approx(value, abs=0.02) for name, value in expected.items())


def boxes(**more: Any) -> dml.Questionnaire:
    return dml.Questionnaire([dml.Boxes("b", "Box it", labels=["cat", "dog"], **more)])


def test_boxes_are_drawn_moved_resized_relabelled_and_removed(open_desk: Open) -> None:
    desk = open_desk([photo(0), photo(1)], boxes())
    hand = Hand(desk, ".dml-shown")
    hand.drag((0.2, 0.2), (0.3, 0.3), (0.5, 0.5))
    (box,) = marked(desk, "b", 1)
    assert box["label"] == "cat" and near(box, x=0.2, y=0.2, width=0.3, height=0.3)
    hand.click(0.35, 0.35)
    expect(desk.root.locator(".dml-handle")).to_have_count(4)
    hand.drag((0.35, 0.35), (0.4, 0.4), (0.45, 0.45))
    desk.settled()
    assert near(only(desk, "b")[0], x=0.3, y=0.3, width=0.3, height=0.3)
    hand.drag((0.6, 0.6), (0.7, 0.7), (0.9, 0.8))
    desk.settled()
    assert near(only(desk, "b")[0], x=0.3, y=0.3, width=0.6, height=0.5)
    desk.press("2")
    desk.settled()
    assert only(desk, "b")[0]["label"] == "dog"
    desk.photograph("questionnaire-boxes")
    desk.press("Delete")
    marked(desk, "b", 0)
    assert desk.panel.desk.answers(0) == {}
    desk.press("Backspace")
    assert marked(desk, "b", 1)[0]["label"] == "dog"


def test_boxes_by_keys_alone(open_desk: Open) -> None:
    desk = open_desk([photo(0), photo(1)], boxes())
    desk.press("2", *["ArrowLeft"] * 10, *["ArrowUp"] * 10, "Enter")
    desk.press(*["ArrowRight"] * 20, *["ArrowDown"] * 15, "Enter")
    (box,) = marked(desk, "b", 1)
    assert box["label"] == "dog" and near(box, x=0.3, y=0.3, width=0.4, height=0.3)
    desk.press("]", "ArrowRight", "ArrowRight", "Shift+ArrowDown")
    desk.settled()
    assert near(only(desk, "b")[0], x=0.34, y=0.3, width=0.4, height=0.32)
    desk.press("Escape", "Escape", "Enter")
    desk.shows(1)


def test_a_box_without_extent_is_none_and_no_box_is_no_answer(open_desk: Open) -> None:
    desk = open_desk([photo(0), photo(1)], boxes(most=1))
    hand = Hand(desk, ".dml-shown")
    hand.click(0.5, 0.5)
    desk.press("Enter")
    expect(desk.root.locator(".dml-message")).to_contain_text("needs an answer")
    hand.drag((0.1, 0.1), (0.2, 0.2), (0.3, 0.3))
    hand.drag((0.5, 0.5), (0.6, 0.6), (0.7, 0.7))
    expect(desk.root.locator(".dml-message")).to_contain_text("1 are the most")
    assert len(marked(desk, "b", 1)) == 1


def test_an_optional_question_that_nothing_is_marked_for_is_answered_with_nothing(
    open_desk: Open,
) -> None:
    desk = open_desk([photo(0), photo(1)], boxes(required=False))
    desk.press("Enter")
    desk.shows(1)
    desk.answers(0, {"b": []})


def test_boxes_fit_the_image_however_it_is_zoomed(open_desk: Open) -> None:
    desk = open_desk([photo(0), photo(1)], boxes())
    desk.press("+", "+", "+")
    shown = desk.root.locator(".dml-shown").bounding_box()
    window = desk.root.locator(".dml-viewport").bounding_box()
    assert shown and window
    hand = Hand(desk, ".dml-viewport")
    hand.drag((0.4, 0.4), (0.5, 0.5), (0.6, 0.6))
    (box,) = marked(desk, "b", 1)
    left = (window["x"] + 0.4 * window["width"] - shown["x"]) / shown["width"]
    assert near(box, x=left, width=0.2 * window["width"] / shown["width"])
    desk.press("z")
    polygon = desk.root.locator(".dml-overlay polygon").last.bounding_box()
    image = desk.root.locator(".dml-shown").bounding_box()
    assert polygon and image
    assert (polygon["x"] - image["x"]) / image["width"] == pytest.approx(left, abs=0.02)


def test_an_outline_is_closed_at_its_first_corner_or_by_enter(open_desk: Open) -> None:
    questions = dml.Questionnaire([dml.Polygons("p", "Outline it", labels=["cat"])])
    desk = open_desk([photo(0), photo(1)], questions)
    hand = Hand(desk, ".dml-shown")
    for corner in ((0.2, 0.2), (0.6, 0.2), (0.6, 0.6), (0.2, 0.2)):
        hand.click(*corner)
    (outline,) = marked(desk, "p", 1)
    corners = [coordinate for point in outline["points"] for coordinate in point]
    assert corners == pytest.approx([0.2, 0.2, 0.6, 0.2, 0.6, 0.6], abs=0.02)
    desk.press(
        "ArrowLeft", "Space", *["ArrowLeft"] * 5, "Space", *["ArrowDown"] * 5, "Space", "Enter"
    )
    assert len(marked(desk, "p", 2)[1]["points"]) == 3
    desk.photograph("questionnaire-polygons")
    desk.press("ArrowUp", "Space", "ArrowUp", "Space", "Enter")
    expect(desk.root.locator(".dml-message")).to_contain_text("three corners")


def test_points_are_placed_by_press_and_by_keys(open_desk: Open) -> None:
    questions = dml.Questionnaire([dml.Points("p", "Where?", labels=["eye", "ear"])])
    desk = open_desk([photo(0), photo(1)], questions)
    Hand(desk, ".dml-shown").click(0.25, 0.75)
    desk.press("2", "ArrowRight", "Enter")
    first, second = marked(desk, "p", 2)
    assert first["label"] == "eye" and near(first, x=0.25, y=0.75)
    assert second["label"] == "ear" and near(second, x=0.52, y=0.5)
    desk.press("Enter")
    desk.shows(1)


def test_spans_by_selecting_and_word_by_word(open_desk: Open) -> None:
    questions = dml.Questionnaire(
        [dml.Spans("s", "Mark them", labels=["person", "place"])], media=("text",)
    )
    desk = open_desk([TEXT, "Another."], questions)
    desk.press("ArrowRight", "Shift+ArrowRight", "Enter")
    (ada,) = marked(desk, "s", 1)
    assert ada == {"label": "person", "start": 0, "end": 12}
    desk.press("2")
    # By double click, beyond a character that is two of JavaScript's.
    where = desk.page.evaluate(
        """() => {
            const walker = document.createTreeWalker(document.querySelector(".dml-text"), 4);
            while (walker.nextNode()) {
                const at = walker.currentNode.data.indexOf("London");
                if (at < 0) continue;
                const range = document.createRange();
                range.setStart(walker.currentNode, at);
                range.setEnd(walker.currentNode, at + 6);
                const { x, y, width, height } = range.getBoundingClientRect();
                return [x + width / 2, y + height / 2];
            }
        }"""
    )
    desk.page.mouse.dblclick(*where)
    london = marked(desk, "s", 2)[1]
    assert london["label"] == "place" and TEXT[london["start"] : london["end"]] == "London"
    expect(desk.root.locator("mark[data-label=place]")).to_have_text("London")
    desk.photograph("questionnaire-spans")
    desk.root.get_by_role("button", name="Remove place").click()
    assert marked(desk, "s", 1) == [ada]
    desk.press("Enter")
    desk.shows(1)


def test_regions_by_dragging_and_by_playing(open_desk: Open) -> None:
    questions = dml.Questionnaire(
        [dml.Regions("r", "Who speaks?", labels=["man", "woman"])], media=("audio",)
    )
    desk = open_desk([tone(), tone(2.0)], questions)
    track = desk.root.get_by_role("slider", name="Position in the recording")
    expect(track).to_have_attribute("aria-valuemax", "4.0")
    hand = Hand(desk, ".dml-track")
    hand.drag((0.25, 0.5), (0.3, 0.5), (0.5, 0.5))
    (region,) = marked(desk, "r", 1)
    assert region["label"] == "man" and near(region, start=1.0, end=2.0)
    hand.click(0.75, 0.5)
    expect(track).to_have_attribute("aria-valuenow", "3.0")
    desk.press("2", "Space", "ArrowLeft", "Space")
    assert near(marked(desk, "r", 2)[1], start=1.0, end=3.0)
    desk.press("]", "ArrowRight", "Shift+ArrowRight")
    desk.settled()
    assert near(only(desk, "r")[0], start=1.1, end=2.2)
    desk.press(">", ">")
    expect(desk.root.locator(".dml-playing")).to_contain_text("1.5×")
    desk.press("<", "p")
    expect(desk.root.get_by_role("button", name="Pause")).to_be_visible()
    desk.press("p")
    expect(desk.root.get_by_role("button", name="Play")).to_be_visible()
    desk.photograph("questionnaire-audio")
    desk.press("Escape", "Enter")
    desk.shows(1)
    expect(track).to_have_attribute("aria-valuemax", "2.0")


def test_a_film_plays_and_is_drawn_upon(open_desk: Open) -> None:
    maker = open_desk(take=False)
    movie = film(maker)
    questions = dml.Questionnaire([dml.Boxes("b", "Box it", labels=["it"])], media=("video",))
    desk = open_desk([movie, movie], questions)
    expect(desk.root.locator("video.dml-shown")).to_be_visible()
    track = desk.root.get_by_role("slider", name="Position in the recording")
    expect(track).not_to_have_attribute("aria-valuemax", "0.0")
    desk.press("p")
    expect(desk.root.get_by_role("button", name="Pause")).to_be_visible()
    Hand(desk, "video").drag((0.2, 0.2), (0.4, 0.4), (0.6, 0.6))
    assert near(marked(desk, "b", 1)[0], x=0.2, width=0.4)


def test_choices_scales_numbers_and_conditions_one_after_the_other(open_desk: Open) -> None:
    questions = dml.Questionnaire(
        [
            dml.Choices("what", "What is there?", options=["cat", "dog", "cow"], least=2, most=2),
            dml.Choice("ok", "Is it good?", options=["yes", "no"]),
            dml.Text("why", "Why not?", when={"question": "ok", "equals": ["no"]}, longest=80),
            dml.Number("count", "How many?", whole=True, least=0, most=9, unit="legs"),
            dml.Scale("sure", "How sure?", least_label="hardly", most_label="quite"),
        ]
    )
    desk = open_desk([photo(0), photo(1)], questions)
    desk.press("1")
    expect(desk.root.locator(".dml-message")).to_contain_text("At least 2")
    desk.press("3", "2")
    expect(desk.root.locator(".dml-message")).to_contain_text("At most 2")
    expect(desk.root.get_by_role("region", name="Why not?")).to_be_hidden()
    desk.press("Enter", "2")
    expect(desk.root.get_by_label("Why not?").locator("input")).to_be_focused()
    desk.page.keyboard.type("blurred")
    desk.press("Enter")
    number = desk.root.get_by_label("How many?").locator("input")
    expect(number).to_be_focused()
    desk.page.keyboard.type("11")
    desk.press("Enter")
    expect(desk.root.locator(".dml-fault").last).to_have_text("At most 9 legs.")
    expect(number).to_be_focused()
    number.fill("4")
    desk.press("Enter")
    desk.photograph("questionnaire-mixed")
    desk.press("5")
    desk.shows(1)
    told = {"what": ["cat", "cow"], "ok": "no", "why": "blurred", "count": 4, "sure": 5}
    desk.answers(0, told)
    # Back, the other way: what was only asked because of it goes.
    desk.press(",")
    desk.shows(0)
    desk.press("Enter", "1")
    desk.answers(0, {name: told[name] for name in ("what", "count", "sure")} | {"ok": "yes"})
    desk.shows(1)


def test_shift_enter_goes_back_a_question(open_desk: Open) -> None:
    questions = dml.Questionnaire(
        [dml.Scale("a", "First?"), dml.Scale("b", "Second?"), dml.Scale("c", "Third?")]
    )
    desk = open_desk([photo(0)] * 2, questions)
    active = desk.root.locator(".dml-active h4")
    desk.press("1", "2")
    expect(active).to_have_text("Third?")
    desk.press("Shift+Enter", "Shift+Enter")
    expect(active).to_have_text("First?")
    desk.press("5", "4")
    desk.shows(1)
    desk.answers(0, {"a": 5, "b": 2, "c": 4})


def test_a_ranking_is_pressed_in_its_order(open_desk: Open) -> None:
    questions = dml.Questionnaire([dml.Ranking("r", "Best first", options=["a", "b", "c"])])
    desk = open_desk([photo(0), photo(1)], questions)
    desk.press("3")
    desk.answers(0, {})
    desk.press("1")
    desk.answers(0, {"r": ["c", "a", "b"]})
    desk.root.get_by_role("button", name="Better: b").click()
    desk.answers(0, {"r": ["c", "b", "a"]})
    desk.press("3")
    desk.answers(0, {})
    desk.press("3", "Enter")
    desk.shows(1)
    desk.answers(0, {"r": ["b", "a", "c"]})


def test_two_answers_stand_side_by_side_and_one_key_prefers(open_desk: Open) -> None:
    questions = dml.Questionnaire([dml.Preference("better", "Which is better?")], media=("table",))
    row = {"prompt": "Why is the sky blue?", "first": "Scattering.", "second": "It is the sea."}
    desk = open_desk([row, row], questions)
    first = desk.root.get_by_role("region", name="first").bounding_box()
    second = desk.root.get_by_role("region", name="second").bounding_box()
    assert first and second and first["y"] == second["y"] and first["x"] < second["x"]
    expect(desk.root.locator(".dml-row")).to_have_text("promptWhy is the sky blue?")
    desk.photograph("questionnaire-preference")
    desk.press("1")
    desk.shows(1)
    desk.answers(0, {"better": "first"})


@pytest.mark.parametrize("kind", ["text", "image"])
def test_two_of_a_kind_stand_side_by_side_and_below_each_other_where_it_is_narrow(
    open_desk: Open, kind: str
) -> None:
    questions = dml.Questionnaire(
        [dml.Preference("better", "Which is better?")], media=(kind, kind)
    )
    given = ("Scattering.", "The sea. \u202eevil") if kind == "text" else (photo(0), photo(90))
    items = [dict(zip(("first", "second"), given, strict=True))] * 3
    desk = open_desk(items, questions)

    def places() -> list[Any]:
        sides = [desk.root.get_by_role("region", name=name) for name in ("first", "second")]
        return [side.bounding_box() for side in sides]

    first, second = places()
    assert first["y"] == second["y"] and first["x"] < second["x"] and first["width"] > 100
    if kind == "image":
        expect(desk.root.locator(".dml-side img")).to_have_count(2)
    else:
        expect(desk.root.get_by_role("region", name="second")).to_contain_text("The sea.")
        expect(desk.root.locator(".dml-unseen")).to_have_count(1)
    desk.photograph(f"questionnaire-pair-{kind}")
    desk.press("2")
    desk.shows(1)
    desk.answers(0, {"better": "second"})
    desk.page.set_viewport_size({"width": 360, "height": 900})
    first, second = places()
    assert first["y"] + first["height"] <= second["y"] + 1
    assert desk.root.evaluate("e => e.scrollWidth <= e.clientWidth")
    desk.photograph(f"questionnaire-pair-{kind}-narrow")


def test_touch_draws_boxes_and_marks_words(open_desk: Open) -> None:
    phone = {"width": 400, "height": 900, "has_touch": True, "is_mobile": True}
    desk = open_desk([photo(0), photo(1)], boxes(), **phone)
    assert desk.root.locator(".dml-viewport").evaluate("e => e.style.touchAction") == "none"
    hand = Hand(desk, ".dml-shown")
    touch = desk.page.context.new_cdp_session(desk.page)
    for kind, point in (
        ("Start", (0.2, 0.2)),
        ("Move", (0.4, 0.4)),
        ("Move", (0.6, 0.6)),
        ("End", None),
    ):
        told = [] if point is None else [dict(zip("xy", hand.at(*point), strict=True))]
        touch.send("Input.dispatchTouchEvent", {"type": f"touch{kind}", "touchPoints": told})
    assert near(marked(desk, "b", 1)[0], x=0.2, y=0.2, width=0.4)
    spans = dml.Questionnaire([dml.Spans("s", "Mark", labels=["x"])], media=("text",))
    words = open_desk([TEXT, TEXT], spans, **phone)
    words.root.locator(".dml-text").tap(position={"x": 40, "y": 32})
    (part,) = marked(words, "s", 1)
    assert TEXT[part["start"] : part["end"]] == "Ada"


@needs_axe
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_every_kind_is_readable_for_everybody(open_desk: Open, dark: bool) -> None:
    questions = dml.Questionnaire(
        [
            dml.Boxes("b", "Box", labels=["cat", "dog"]),
            dml.Spans("s", "Mark", labels=["x", "y"]),
            dml.Regions("r", "Listen", labels=["z"]),
            dml.Ranking("rank", "Order", options=["a", "b"], help="Best first."),
            dml.Preference("p", "Better?"),
            dml.Number("n", "How many?", unit="cm"),
            dml.Text("t", "Why?", longest=5_000),
        ],
        media=("image", "text", "audio", "table"),
    )
    row = {"prompt": "?", "first": "one", "second": "two"}
    item = {"image": photo(), "text": TEXT, "audio": tone(1.0), "table": row}
    desk = open_desk([item, item], questions, dark=dark)
    desk.press("ArrowLeft", "Enter", *["ArrowLeft"] * 5, *["ArrowUp"] * 5, "Enter")
    marked(desk, "b", 1)
    desk.press("Enter", "ArrowRight", "Enter", "Enter", "h")
    expect(desk.root.locator("mark[data-label]").first).to_be_visible()
    assert violations(desk.page, "#place") == []
    desk.photograph(f"questionnaire-kinds-{'dark' if dark else 'light'}")
