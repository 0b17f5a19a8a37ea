"""The vote panel in Voila: members of one collective, each with a page, a kernel and a key."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

import dml_sdk as dml
from tests.browser.conftest import needs_axe, violations
from tests.browser.voila import Served, Voila

PANEL = ".dml-vote-panel"
WHY = "Five points better on the test set."


@pytest.fixture
def voted_on(served: Served) -> dml.Proposal:
    """Alice, Bob and Charlie are to approve Eve's update; Alice proposed it."""
    model = served.session.models.upload(
        dml.networks.softmax(8, 4), name="digits", licence="MIT", pool=dml.PoolTerms(amount=1_000)
    )
    collective = model.collective
    collective.add_member(served.session.account("bob"))
    charlie = collective.add_member(served.session.account("charlie"))
    for name in ("alice", "bob"):
        served.as_(name).collective(model).vote(charlie, "aye")
    charlie.close()
    better = {name: array + np.float32(1) for name, array in model.weights().items()}
    update = (
        served.as_("eve").models.get(model.id).propose_update(better, metrics={"accuracy": 0.965})
    )
    return collective.propose(dml.actions.ApproveUpdate(update, reward=0.4), text=WHY)


@pytest.fixture
def votes(voila: Voila, served: Served, voted_on: dml.Proposal) -> str:
    """The name of a notebook that is a vote panel and nothing else."""
    show = f"widgets.VotePanel(session.collective({voted_on.model_id}))"
    return voila.publish("votes", served, show)


def panel(page: Page) -> Locator:
    found = page.locator(PANEL)
    expect(found).to_be_visible()
    return found


def choose(panel: Locator, how: str) -> None:
    panel.locator("form[data-action=vote] .dml-chip", has_text=how).click()


def vote(panel: Locator, how: str) -> None:
    """Votes by mouse, once the chain has said what the vote would do."""
    form = panel.locator("form[data-action=vote]")
    choose(panel, how)
    expect(form.locator(".dml-preview")).to_contain_text("fee")
    form.get_by_role("button", name=re.compile(f"^(Vote|Change to) {how}$")).click()


def voter(panel: Locator, name: str) -> Locator:
    """What the panel says of somebody's vote."""
    return panel.get_by_role("list", name="Who voted how").locator("li", has_text=name)


def test_each_member_sees_how_the_other_votes(
    served: Served, votes: str, voted_on: dml.Proposal, open_voila: Any
) -> None:
    alices = open_voila(votes, "alice", theme="light")
    bobs = open_voila(votes, "bob", theme="dark")
    alice, bob = panel(alices.page), panel(bobs.page)
    for shown in (alice, bob):
        expect(shown).to_contain_text("0.4 of the engineers' bucket")
        expect(shown).to_contain_text(WHY)
        expect(shown).to_contain_text("0.965")
    expect(bobs.page.locator(".dml-picture")).to_be_hidden()
    alices.photograph("voila-vote-before-light", PANEL)

    vote(bob, "aye")
    expect(bob.locator(".dml-result")).to_contain_text("Voted")
    expect(alice.locator(".dml-tally")).to_contain_text("▲ aye 1")
    expect(voter(alice, "bob")).to_contain_text("aye")
    vote(alice, "nay")
    expect(voter(bob, "alice")).to_contain_text("nay")
    bobs.photograph("voila-vote-bob-dark", PANEL)
    vote(alice, "aye")
    expect(voter(bob, "alice")).to_contain_text("aye")
    assert voted_on.tally is not None and voted_on.tally.aye == 2

    bob.get_by_role("button", name=re.compile("^Count the votes")).click()
    expect(bob.locator(".dml-result")).to_contain_text("Counted")
    ended = alice.get_by_role("list", name="Proposals that have ended")
    expect(ended).to_contain_text("0.4 of the engineers' bucket")
    assert voted_on.state == "executed"
    alices.photograph("voila-vote-alice-after-light", PANEL)
    bobs.photograph("voila-vote-bob-after-dark", PANEL)


def test_keys_alone_are_enough(votes: str, voted_on: dml.Proposal, open_voila: Any) -> None:
    page: Page = open_voila(votes, "bob").page
    bob = panel(page)
    bob.locator(".dml-copy").first.focus()
    page.keyboard.press("v")
    page.keyboard.press("Space")
    form = bob.locator("form[data-action=vote]")
    expect(form.locator(".dml-preview")).to_contain_text("fee")
    page.keyboard.press("Enter")
    expect(voter(bob, "bob")).to_contain_text("aye")


def test_what_the_chain_refuses_is_said_in_plain_words(
    served: Served, votes: str, voted_on: dml.Proposal, open_voila: Any
) -> None:
    opened = open_voila(votes, "bob")
    bob = panel(opened.page)
    vote(bob, "nay")
    expect(bob.locator(".dml-result")).to_contain_text("Voted")
    served.session.clock.advance(days=4)
    expect(bob).to_contain_text("The time to vote ended")
    choose(bob, "aye")
    button = bob.get_by_role("button", name="Change to aye")
    expect(button).to_have_attribute("aria-disabled", "true")
    button.click(force=True)
    expect(bob.locator(".dml-message")).to_contain_text(re.compile("over|ended"))
    opened.photograph("voila-vote-too-late", PANEL)


@needs_axe
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_wide_and_narrow_it_is_readable_for_everybody(
    votes: str, open_voila: Any, theme: str
) -> None:
    opened = open_voila(votes, "bob", theme=theme)
    bob = panel(opened.page)
    expect(bob).to_contain_text(WHY)
    for name, width in (("wide", 1100), ("narrow", 400)):
        opened.page.set_viewport_size({"width": width, "height": 2_400})
        expect(bob).to_be_visible()
        assert bob.evaluate("e => e.scrollWidth <= e.clientWidth"), f"{name} sticks out"
        opened.photograph(f"voila-vote-{name}-{theme}", PANEL)
    assert violations(opened.page, PANEL) == []
