"""States of a panel that a kernel reaches seldom or slowly, on a page that plays the kernel."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

import dml_sdk as dml
from dml_sdk.widgets import StakePanel
from tests.browser.conftest import ARTEFACTS, needs_axe, violations
from tests.browser.test_kit import open_page

TRAITS = (
    "head", "refusals", "outcome", "question", "pool_told", "part", "funders", "history",
)  # fmt: skip
FAILED = {
    "kind": "Pools.PoolLocked", "text": "A round of the model runs.", "todo": "Try again later.",
    "calm": False, "paid": True,
}  # fmt: skip


@pytest.fixture
def state(model: dml.Model) -> dict[str, Any]:
    """What a real panel tells its page."""
    model.pool.reward("engineer", {model.session.signer: 0.25})
    panel = StakePanel(model.pool)
    told = {trait: getattr(panel, trait) for trait in TRAITS}
    panel.close()
    return json.loads(json.dumps(told))  # type: ignore[no-any-return]


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """One on which time passes by `fast_forward` alone."""
    page = open_page(browser, 1000, dark=False)
    page.clock.install(time=0)
    page.clock.pause_at(1_000_000)
    yield page
    page.close()


def show(page: Page, state: dict[str, Any]) -> Locator:
    page.evaluate(
        "state => import('/gallery.js').then(m => m.showPanel(document.getElementById('place'),"
        " state)).then(kernel => { window.kernel = kernel })",
        state,
    )
    return page.locator("#place")


def tell(page: Page, **traits: Any) -> None:
    page.evaluate("traits => kernel.tell(traits)", traits)


def sent(page: Page, do: str) -> list[dict[str, Any]]:
    return [m for m in page.evaluate("kernel.sent") if m["do"] == do]


def test_before_anything_is_told_a_skeleton_keeps_the_place(
    page: Page, state: dict[str, Any]
) -> None:
    panel = show(page, {})
    expect(panel.get_by_label("Loading")).to_be_visible()
    tell(page, **{k: v for k, v in state.items() if k != "head"}, head=state["head"])
    expect(panel.get_by_role("button", name="Claim 50 DML")).to_be_visible()
    expect(panel.get_by_label("Loading")).to_have_count(0)


def test_ten_seconds_of_silence_are_said(page: Page, state: dict[str, Any]) -> None:
    panel = show(page, state)
    expect(panel.locator(".dml-chain")).to_contain_text("live")
    page.clock.fast_forward(12_000)
    expect(panel.locator(".dml-chain")).to_contain_text("no news for 12 s")
    tell(page, head={**state["head"], "block": 9})
    expect(panel.locator(".dml-chain")).to_contain_text("block 9")


def test_typing_asks_once_it_pauses_and_a_late_answer_is_not_shown(
    page: Page, state: dict[str, Any]
) -> None:
    panel = show(page, state)
    amount = panel.get_by_label("Amount to put in")
    for text in ("1", "12", "125"):
        amount.fill(text)
    page.clock.fast_forward(400)
    (first,) = [m for m in sent(page, "preview") if m["action"] == "fund"]
    assert first["arguments"] == {"amount": "125"}
    amount.fill("7")
    answer = {"action": "fund", "token": first["token"], "fee": "0.5", "asset": "DML",
              "effects": ["125 DML go"], "error": None}  # fmt: skip
    page.clock.fast_forward(400)
    page.evaluate("answer => kernel.say({preview: answer})", answer)
    preview = panel.locator("form[data-action=fund] .dml-preview")
    expect(preview).to_contain_text("Asking the chain")
    second = [m for m in sent(page, "preview") if m["action"] == "fund"][-1]
    error = {**FAILED, "paid": False}
    page.evaluate(
        "answer => kernel.say({preview: answer})",
        {**answer, "token": second["token"], "effects": [], "error": error},
    )
    expect(preview).to_contain_text("A round of the model runs. Try again later.")
    expect(preview).to_contain_text("fee 0.5 DML")


def test_a_press_is_pending_then_failed_and_can_be_retried(
    page: Page, state: dict[str, Any]
) -> None:
    panel = show(page, state)
    panel.get_by_label("Amount to put in").fill("5")
    button = panel.get_by_role("button", name="Put in 5 DML")
    button.click()
    expect(button).to_have_attribute("aria-busy", "true")
    button.click(force=True)
    (act,) = sent(page, "act")
    outcome = {"action": "fund", "token": act["token"], "at": 0}
    tell(page, outcome={**outcome, "state": "failed", "error": FAILED})
    expect(button).not_to_have_attribute("aria-busy", "true")
    expect(panel.locator(".dml-result")).to_contain_text("Only the fee was paid.")
    panel.get_by_role("button", name="Try again").click()
    again = sent(page, "act")[-1]
    assert again["arguments"] == {"amount": "5"} and again["token"] != act["token"]


def test_an_action_of_another_view_is_seen_and_does_not_clear_this_one(
    page: Page, state: dict[str, Any]
) -> None:
    panel = show(page, state)
    panel.get_by_label("Amount to put in").fill("5")
    other = {"action": "fund", "token": "elsewhere/1", "at": 0}
    tell(page, outcome={**other, "state": "pending"})
    button = panel.get_by_role("button", name="Put in 5 DML")
    expect(button).to_have_attribute("aria-busy", "true")
    tell(page, outcome={**other, "state": "failed", "error": FAILED})
    expect(panel.get_by_label("Amount to put in")).to_have_value("5")
    expect(panel.get_by_role("button", name="Try again")).to_have_count(0)


@pytest.mark.parametrize(
    ("head", "words"),
    [
        ({"state": "read-only", "why": "All of this pool was paid out."}, "read-only"),
        ({"state": "unreachable", "why": "Is the node running?"}, "disconnected"),
        ({"state": "paused", "why": "Blocks are made by hand here: session.seal()."}, "paused"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_state_says_its_name_and_why(
    page: Page, state: dict[str, Any], head: dict[str, str], words: str
) -> None:
    panel = show(page, {**state, "head": {**state["head"], **head}})
    expect(panel.locator(".dml-chain")).to_contain_text(words)
    expect(panel.locator(".dml-message")).to_contain_text(head["why"])
    usable = panel.get_by_role("button", name="Claim 50 DML").get_attribute("aria-disabled")
    assert (usable is None) == (words == "paused")


@needs_axe
def test_a_question_of_the_kernel_is_shown_in_the_panel_and_answered(
    page: Page, state: dict[str, Any]
) -> None:
    panel = show(page, state)
    question = {
        "id": 3, "call": "Pools.fund", "signer": state["head"]["signer"],
        "leaves": [["5000", "DML"]], "fee": ["0.0059", "DML"], "moved": [], "arguments": [],
    }  # fmt: skip
    tell(page, question=question)
    expect(panel.get_by_role("alertdialog")).to_be_focused()
    page.clock.resume()  # what looks for violations takes pauses
    assert violations(page, "#place") == []
    ARTEFACTS.mkdir(exist_ok=True)
    panel.screenshot(path=ARTEFACTS / "stake-panel-asked.png")
    page.clock.fast_forward(1_000)
    page.keyboard.press("Enter")
    assert sent(page, "answer") == [{"do": "answer", "question": 3, "yes": True}]
