"""Panels whose line to the kernel is gone, or not there yet: they say so and raise nothing."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import expect

import dml_sdk as dml
from dml_sdk.chain.confirmation import Effect, Question
from dml_sdk.widgets import ModelBrowser, RoundMonitor, StakePanel
from dml_sdk.widgets.confirm_dialog import ConfirmDialog
from tests.browser.panel_page import LINE, PanelPage
from tests.widgets.conftest import Rehearsal

DOWN = LINE + "\nkernel.connectionStatus = 'connecting';"
# As a notebook has it once the kernel is another: nothing says so before.
CUT = "() => { panel.model.send = () => { throw new Error('Cannot send'); } }"


def asking(model: dml.Model) -> ConfirmDialog:
    """A dialogue that asks before 5,000 DML are put into a pool."""
    alice, token = model.session.signer, model.session.chain.token
    effect = Effect((token.amount(5_000),), {alice.address: (token.amount(5_000),)})
    return ConfirmDialog(Question(alice, "Pools.fund", {"model": 0}, effect, token.amount("0.006")))


@contextmanager
def asked(dialog: ConfirmDialog) -> Iterator[None]:
    """A dialogue whose cell waits until it is answered, from elsewhere if need be."""
    waits = threading.Thread(target=dialog.ask)
    waits.start()
    yield
    if "id" in dialog.question:
        message = {"do": "answer", "question": dialog.question["id"], "yes": False}
        data = {"method": "custom", "content": message}
        dialog._handle_msg({"content": {"data": data}, "buffers": []})
    waits.join()


def test_who_presses_where_nothing_can_be_sent_is_told(open_panel: Any, model: dml.Model) -> None:
    model.pool.reward("engineer", {model.session.signer: 0.25})
    shown: PanelPage = open_panel("stake/panel", StakePanel(model.pool))
    claim = shown.root.get_by_role("button", name="Claim 50 DML")
    expect(shown.root.locator("form[data-action=claim] .dml-preview")).to_contain_text("fee")
    shown.page.evaluate(CUT)
    claim.click()
    expect(shown.root.locator(".dml-chain")).to_contain_text("disconnected")
    expect(shown.root.locator(".dml-message")).to_contain_text("The kernel is gone")
    expect(claim).to_have_attribute("aria-disabled", "true")
    expect(claim).not_to_have_attribute("aria-busy", "true")


def test_a_training_that_cannot_be_told_anything_is_seen_to_be_out_of_reach(
    open_panel: Any,
) -> None:
    watching = RoundMonitor(Rehearsal().with_rounds(2, 4))
    shown: PanelPage = open_panel("rounds/monitor", watching._view)
    expect(shown.root.locator(".dml-chain")).not_to_contain_text("disconnected")
    shown.page.evaluate(CUT)
    shown.root.get_by_role("button", name="Export the rounds as CSV").click()
    expect(shown.root.locator(".dml-message")).to_contain_text("The kernel is gone")
    expect(shown.root.locator(".dml-chain")).to_contain_text("disconnected")
    watching.close()


def test_a_question_that_cannot_be_answered_is_not_said_to_be_signed(
    open_panel: Any, model: dml.Model
) -> None:
    dialog = asking(model)
    shown: PanelPage = open_panel("confirm_dialog", dialog)
    with asked(dialog):
        question = shown.root.get_by_role("alertdialog")
        expect(question).to_be_focused()
        shown.page.evaluate(CUT)
        question.get_by_role("button", name="Sign and send").click()
        expect(shown.root.get_by_text("The kernel is gone, so nothing is signed")).to_be_visible()


def test_a_question_is_there_again_when_the_line_is(open_panel: Any, model: dml.Model) -> None:
    dialog = asking(model)
    shown: PanelPage = open_panel("confirm_dialog", dialog, starts=LINE)
    with asked(dialog):
        question = shown.root.get_by_role("alertdialog")
        expect(question).to_be_focused()
        shown.page.evaluate("line(false)")
        expect(question).to_be_hidden()
        gone = shown.root.get_by_text("The kernel is gone, so nothing is signed")
        expect(gone).to_be_visible()
        shown.page.evaluate("line(true)")
        expect(question).to_be_visible()
        expect(gone).to_be_hidden()
        question.get_by_role("button", name="Sign and send").click()
        shown.until(lambda: shown.sent("answer"), "the answer")
        assert shown.sent("answer")[0]["yes"]


@pytest.mark.parametrize("name", ["stake", "models", "training"])
def test_a_view_that_begins_before_there_is_a_line_says_so_until_there_is(
    name: str, open_panel: Any, model: dml.Model
) -> None:
    entry, panel = {
        "stake": lambda: ("stake/panel", StakePanel(model.pool)),
        "models": lambda: ("model_browser/panel", ModelBrowser(model.session, model=model)),
        "training": lambda: ("rounds/monitor", RoundMonitor(Rehearsal().with_rounds(2))._view),
    }[name]()
    shown: PanelPage = open_panel(entry, panel, starts=DOWN)
    chain, message = shown.root.locator(".dml-chain"), shown.root.locator(".dml-message")
    expect(chain).to_contain_text("disconnected")
    expect(message).to_contain_text("The kernel is gone")
    shown.page.evaluate("line(true)")
    expect(chain).not_to_contain_text("disconnected")
    expect(message).not_to_contain_text("The kernel is gone")
