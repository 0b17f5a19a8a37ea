"""The second notebook in a real JupyterLab, with a person's clicks in its panels."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import ARTEFACTS

SECOND = Path(__file__).resolve().parents[2] / "notebooks" / "02_collective.ipynb"
BUY = "widgets.ModelBrowser(dave)"
ALICE = "widgets.VotePanel(collective)"
BOB = "widgets.VotePanel(bob.collective(model))"
CLAIM = "widgets.StakePanel(eve.pools.get(model.id))"


class Reader:
    """Somebody who runs one cell after the other, and looks at what comes out."""

    def __init__(self, notebook: Any) -> None:
        self.notebook = notebook
        self.page: Page = notebook.page

    def cell(self, source: str) -> Locator:
        """The code cell that begins with a line, or has it."""
        return self.page.locator(".jp-CodeCell", has=self.page.locator(".cm-line", has_text=source))

    def run_to(self, source: str) -> Locator:
        """Runs every cell that has not run, up to one that has a line; what that one shows."""
        last, unrun = self.cell(source), "[ ]:"
        # What is out of sight is not laid out, so that it has no inner text.
        while (last.locator(".jp-InputPrompt").text_content() or "").strip() == unrun:
            prompts = self.page.locator(".jp-CodeCell .jp-InputPrompt").all_text_contents()
            first = [prompt.strip() for prompt in prompts].index(unrun)
            self.notebook.run(self.page.locator(".jp-CodeCell").nth(first))
        return last.locator(".jp-OutputArea").first

    def photograph(self, name: str, source: str) -> None:
        """Pictures of what a cell shows, light and dark."""
        for theme in ("Dark", "Light"):
            self.notebook.set_theme(f"JupyterLab {theme}")
            shown = self.cell(source).locator(".dml-widget").first
            shown.scroll_into_view_if_needed()
            self.page.mouse.move(0, 0)
            shown.screenshot(path=ARTEFACTS / f"collective-{name}-{theme.lower()}.png")


@pytest.fixture
def reader(open_notebook: Any) -> Reader:
    ARTEFACTS.mkdir(exist_ok=True)
    return Reader(open_notebook(SECOND, width=1400, height=1800))


def vote(panel: Locator, how: str) -> None:
    form = panel.locator("form[data-action=vote]")
    form.locator(".dml-chip", has_text=how).click()
    expect(form.locator(".dml-preview")).to_contain_text("fee")
    form.get_by_role("button", name=re.compile(f"^(Vote|Change to) {how}$")).click()
    expect(panel.locator(".dml-result")).to_contain_text("Voted")


def buy(panel: Locator) -> None:
    panel.get_by_role("button", name="digits").click()
    form = panel.locator("form[data-action=buy]")
    form.get_by_role("radio", name=re.compile("commercial")).click()
    expect(form.locator(".dml-preview")).to_contain_text("50 DML")
    form.get_by_role("button", name=re.compile("^Buy commercial for 50 DML")).click()
    expect(panel.locator(".dml-result")).to_contain_text("Bought")


def test_a_licence_is_bought_an_update_voted_in_and_a_reward_claimed_by_clicks(
    reader: Reader,
) -> None:
    market = reader.run_to(BUY).locator(".dml-model-browser")
    buy(market)
    reader.photograph("buy", BUY)
    holders = reader.run_to("model.licences.holders()")
    expect(holders).to_contain_text("commercial")
    expect(holders).not_to_contain_text("Nobody bought")

    alice = reader.run_to(ALICE).locator(".dml-vote-panel")
    bob = reader.run_to(BOB).locator(".dml-vote-panel")
    for panel in (alice, bob):
        expect(panel).to_contain_text("0.5 of the engineers' bucket")
        expect(panel).to_contain_text("Bob measured it too")
        expect(panel.locator(".dml-tally")).to_contain_text("▼ nay 1")
    vote(bob, "aye")
    expect(alice.locator(".dml-tally")).to_contain_text("▲ aye 1")
    vote(alice, "aye")
    expect(bob.locator(".dml-tally")).to_contain_text("▲ aye 2")
    expect(bob.locator(".dml-tally")).to_contain_text("approved")
    reader.photograph("vote-alice", ALICE)
    reader.photograph("vote-bob", BOB)

    closed = reader.run_to("proposal.close()")
    expect(closed).to_contain_text("The proposal is executed.")
    expect(closed).to_contain_text("1,005.5 DML")
    expect(closed).not_to_contain_text("Nobody voted")
    expect(alice.get_by_role("list", name="Proposals that have ended")).to_contain_text("engineers")
    expect(market.locator(".dml-opened")).to_contain_text("version 1")

    stake = reader.run_to(CLAIM).locator(".dml-stake-panel")
    stake.get_by_role("button", name=re.compile("^Claim")).click()
    expect(stake.locator(".dml-result")).to_contain_text("Claimed")
    reader.photograph("claim", CLAIM)
    statements = reader.run_to("session.conserved()")
    expect(statements).not_to_contain_text("Nobody claimed")
    expect(statements).to_contain_text("You claimed 1,005.5 DML from model 0's pool")
    expect(statements).to_contain_text("50 DML came into model 0's pool from you")
    expect(statements).to_contain_text("No token was lost")
    expect(reader.page.locator("[data-mime-type*='stderr']")).to_have_count(0)
    statements.scroll_into_view_if_needed()
    reader.page.screenshot(path=ARTEFACTS / "collective-statements.png")


def test_who_votes_it_down_is_told_what_came_of_it(reader: Reader) -> None:
    alice = reader.run_to(ALICE).locator(".dml-vote-panel")
    vote(alice, "nay")
    closed = reader.run_to("proposal.close()")
    expect(closed).to_contain_text("Nobody voted as bob")
    expect(closed).to_contain_text("too few to end it early, so three days pass")
    expect(closed).to_contain_text("The proposal is rejected.")
    stake = reader.run_to(CLAIM).locator(".dml-stake-panel")
    expect(stake).to_contain_text("There is nothing to claim")
    statements = reader.run_to("session.conserved()")
    expect(statements).not_to_contain_text("You claimed")
    expect(statements).to_contain_text("No token was lost")


def test_run_all_needs_no_click_and_says_what_it_did_instead(reader: Reader) -> None:
    reader.notebook.run_all()
    statements = reader.cell("session.conserved()").locator(".jp-OutputArea").first
    expect(statements).to_contain_text("No token was lost")
    for source, said in (
        ("model.licences.holders()", "Nobody bought in the panel, so this cell buys for Dave."),
        ("proposal.close()", "Nobody voted as alice in a panel, so this cell votes aye."),
        ("proposal.close()", "Nobody voted as bob in a panel, so this cell votes aye."),
        ("session.conserved()", "Nobody claimed in the panel, so this cell claims for Eve."),
    ):
        expect(reader.cell(source).locator(".jp-OutputArea").first).to_contain_text(said)
    expect(reader.page.locator("[data-mime-type*='stderr']")).to_have_count(0)
