"""What panels are made of, on a plain page: every field by keys, in both themes, for everybody."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from dml_sdk.widgets import browser as half
from tests.browser.conftest import ARTEFACTS, needs_axe, violations
from tests.browser.pages import DARK

HERE = Path(__file__).parent
BOB = "5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty"


def open_page(browser: Browser, width: int, dark: bool) -> Page:
    """A plain page with the kit's styles; modules come as the files that they are."""
    page = browser.new_page(viewport={"width": width, "height": 800})

    def serve(route: Route) -> None:
        name = route.request.url.removeprefix("http://kit.test/")
        if not name.endswith(".js"):
            theme = "; ".join(f"{k}: {v}" for k, v in DARK.items()) if dark else ""
            ground = "body {background: var(--jp-layout-color1, #fff)}"
            sheets = half.styles("panel", "frame", "panel", "stake/panel")
            styles = f":root {{{theme}}} {ground} {sheets}"
            route.fulfill(
                content_type="text/html",
                body="<!doctype html><html lang='en'><meta charset='utf-8'><title>gallery</title>"
                f"<style>{styles}</style><main><h1 hidden>Fields</h1><div id='place'></div></main>",
            )
            return
        folder = HERE if name == "gallery.js" else half.folder()
        body = (folder / name).read_text(encoding="utf-8")
        route.fulfill(content_type="text/javascript", body=body)

    page.route("http://kit.test/**", serve)
    page.goto("http://kit.test/")
    return page


def gallery(browser: Browser, width: int, dark: bool) -> Page:
    """A page with every field."""
    page = open_page(browser, width, dark)
    page.evaluate(
        "import('/gallery.js').then(m => { window.kit = m.show(document.getElementById('place')) })"
    )
    return page


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    opened = gallery(browser, 1100, dark=False)
    yield opened
    opened.close()


def values(page: Page) -> dict[str, Any]:
    return dict(page.evaluate("kit.values()"))


def test_every_field_is_filled_in_by_keys_alone(page: Page) -> None:
    page.keyboard.press("Tab")
    page.keyboard.type("12.5")
    page.keyboard.press("Tab")  # Max
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Tab")
    page.keyboard.type("Add")
    page.keyboard.press("Tab")
    page.keyboard.type("It is more accurate.")
    page.keyboard.press("Tab")
    page.keyboard.type("5FH")
    assert values(page) == {
        "amount": "12.5", "role": "engineer", "vote": "nay", "action": "member",
        "text": "It is more accurate.", "account": BOB,
    }  # fmt: skip
    assert set(page.evaluate("kit.problems()").values()) == {""}


def test_what_is_missing_is_said_for_each_field(page: Page) -> None:
    problems = page.evaluate("kit.problems()")
    assert problems["amount"] == "Type an amount first."
    assert problems["role"] == "Choose role first."
    assert problems["vote"] == "", "something was chosen already"
    assert problems["text"] == "Write why first."


def test_the_most_is_put_in_to_the_last_planck(page: Page) -> None:
    page.get_by_role("button", name="Max").click()
    assert values(page)["amount"] == "1234.567890123456"


def test_any_address_can_be_given_and_an_update_keeps_the_choice(page: Page) -> None:
    page.get_by_label("Account", exact=True).select_option("other")
    page.get_by_label("Account: address").fill(BOB)
    assert values(page)["account"] == BOB
    page.get_by_label("Account", exact=True).select_option(BOB)
    page.evaluate(f"kit.fields.account.update([{{address: '{BOB}', name: 'bob'}}])")
    assert values(page)["account"] == BOB


def test_a_question_is_answered_by_keys_and_gives_the_focus_back(page: Page) -> None:
    page.get_by_label("Stake").focus()
    for hour, (key, expected) in enumerate((("Escape", False), ("Enter", True)), 1):
        page.clock.set_fixed_time(hour * 3_600_000)
        page.evaluate("kit.ask().then(yes => { window.answer = yes }), null")
        question = page.get_by_role("alertdialog")
        expect(question).to_be_focused()
        expect(question).to_contain_text("leaves the account")
        page.keyboard.press("Enter")  # one that was on its way: it comes too soon to be meant
        expect(question).to_be_visible()
        page.clock.set_fixed_time(hour * 3_600_000 + 500)
        page.keyboard.press(key)
        expect(question).to_be_hidden()
        assert page.evaluate("window.answer") is expected
        expect(page.get_by_label("Stake")).to_be_focused()


@needs_axe
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [360, 1100])
def test_the_fields_are_readable_for_everybody(browser: Browser, width: int, dark: bool) -> None:
    page = gallery(browser, width, dark)
    page.get_by_label("Account", exact=True).select_option(BOB)
    page.get_by_text("validator").click()
    page.evaluate("kit.ask(), null")
    ARTEFACTS.mkdir(exist_ok=True)
    page.screenshot(
        path=ARTEFACTS / f"kit-{width}-{'dark' if dark else 'light'}.png", full_page=True
    )
    place = page.locator("#place")
    assert place.evaluate("e => e.scrollWidth <= e.clientWidth"), "something sticks out"
    assert violations(page, "#place") == []
    page.close()
