"""The stake panel in Voila: two members, each with a page, a kernel and a key, on one chain."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

import dml_sdk as dml
from tests.browser.conftest import needs_axe, violations
from tests.browser.voila import Served, Voila

PANEL = ".dml-stake-panel"


@pytest.fixture
def stakes(voila: Voila, served: Served) -> str:
    """The name of a notebook that is a stake panel and nothing else."""
    model = served.session.models.upload(
        dml.networks.softmax(8, 4), name="digits", licence="MIT", pool=dml.PoolTerms(amount=1_000)
    )
    show = f"widgets.StakePanel(session.pools.get({model.id}))"
    return voila.publish("stakes", served, show)


def panel(page: Page) -> Locator:
    found = page.locator(PANEL)
    expect(found).to_be_visible()
    return found


def test_what_one_member_stakes_the_other_sees(
    served: Served, stakes: str, open_voila: Any
) -> None:
    alices = open_voila(stakes, "alice", theme="light")
    bobs = open_voila(stakes, "bob", theme="dark")
    alice, bob = panel(alices.page), panel(bobs.page)
    expect(alice.locator(".dml-signer")).to_contain_text("alice")
    expect(bob.locator(".dml-signer")).to_contain_text("bob")
    # Nothing of how it is made is on the page: no code, and the picture only without a kernel.
    expect(bobs.page.get_by_text("dml.connect")).to_have_count(0)
    expect(bobs.page.locator(".dml-picture")).to_be_hidden()

    stake = bob.locator("form[data-action=stake]")
    stake.get_by_label("Amount to stake").fill("100")
    expect(stake.locator(".dml-preview")).to_contain_text("can be slashed")
    stake.get_by_role("button", name="Stake 100 DML").click()
    expect(bob.locator(".dml-result")).to_contain_text("Staked")
    (at_stake,) = served.session.pools.get(0).stakes(served.session.account("bob"))
    assert str(at_stake["amount"]) == "100 DML"
    expect(alice.locator(".dml-chain")).to_contain_text("block 2")

    fund = alice.locator("form[data-action=fund]")
    fund.get_by_label("Amount to put in").fill("50")
    fund.get_by_role("button", name="Put in 50 DML").click()
    expect(alice.locator(".dml-result")).to_contain_text("Put in")
    expect(bob.locator(".dml-history li").first).to_contain_text("put in 50 DML")
    expect(bob.get_by_role("region", name="At stake").locator(".dml-earned")).to_contain_text("100")
    alices.photograph("voila-stake-alice-light", PANEL)
    bobs.photograph("voila-stake-bob-dark", PANEL)


def test_a_refusal_is_said_under_the_panel_in_plain_words(stakes: str, open_voila: Any) -> None:
    opened = open_voila(stakes, "bob")
    bob = panel(opened.page)
    fund = bob.locator("form[data-action=fund]")
    fund.get_by_label("Amount to put in").fill("99999999")
    fund.get_by_role("button", name=re.compile("^Put in")).click()
    expect(bob.locator(".dml-result")).to_contain_text("The account has too little")
    expect(bob.locator(".dml-result")).to_contain_text("Give a smaller amount")
    expect(fund.get_by_label("Amount to put in")).to_have_value("99999999")
    opened.photograph("voila-stake-refused", PANEL)


def test_keys_alone_are_enough(stakes: str, open_voila: Any) -> None:
    page: Page = open_voila(stakes, "bob").page
    bob = panel(page)
    bob.locator(".dml-copy").first.focus()
    page.keyboard.press("f")
    expect(bob.get_by_label("Amount to put in")).to_be_focused()
    page.keyboard.type("25.5")
    page.keyboard.press("Enter")
    expect(bob.locator(".dml-result")).to_contain_text("Put in")
    expect(bob.locator(".dml-history li").first).to_contain_text("you put in 25.5 DML")


def test_a_chain_that_is_gone_is_said_and_what_was_typed_can_be_sent_when_it_is_back(
    served: Served, stakes: str, open_voila: Any
) -> None:
    opened = open_voila(stakes, "bob")
    bob = panel(opened.page)
    fund = bob.locator("form[data-action=fund]")
    amount = fund.get_by_label("Amount to put in")
    amount.fill("12.5")
    port = served.server.port
    served.server.close()
    expect(bob.locator(".dml-chain")).to_contain_text("disconnected")
    expect(amount).to_have_value("12.5")
    expect(bob.locator(".dml-message")).to_contain_text("The chain does not answer")
    opened.photograph("voila-stake-unreachable", PANEL)

    served.session.serve(port)
    expect(bob.locator(".dml-chain")).to_contain_text("live")
    fund.get_by_role("button", name="Put in 12.5 DML").click()
    expect(bob.locator(".dml-result")).to_contain_text("Put in")


@needs_axe
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_wide_and_narrow_it_is_readable_for_everybody(
    stakes: str, open_voila: Any, theme: str
) -> None:
    opened = open_voila(stakes, "bob", theme=theme)
    bob = panel(opened.page)
    bob.get_by_label("Amount to put in").fill("100")
    expect(bob.locator("form[data-action=fund] .dml-preview")).to_contain_text("fee")
    for name, width in (("wide", 1100), ("narrow", 400)):
        opened.page.set_viewport_size({"width": width, "height": 2_400})
        expect(bob).to_be_visible()
        assert bob.evaluate("e => e.scrollWidth <= e.clientWidth"), f"{name} sticks out"
        opened.photograph(f"voila-stake-{name}-{theme}", PANEL)
    assert violations(opened.page, PANEL) == []


def test_who_moves_much_is_asked_in_the_panel_first(
    voila: Voila, served: Served, stakes: str, open_voila: Any
) -> None:
    ask = "session.ask_over(100, confirm=widgets.confirm)"
    voila.publish("asks", served, ask, "widgets.StakePanel(session.pools.get(0))")
    opened = open_voila("asks", "bob")
    bob = panel(opened.page)
    fund = bob.locator("form[data-action=fund]")
    fund.get_by_label("Amount to put in").fill("500")
    fund.get_by_role("button", name="Put in 500 DML").click()
    question = bob.get_by_role("alertdialog")
    expect(question).to_contain_text("500 DML")
    opened.photograph("voila-stake-question", PANEL)
    opened.page.keyboard.press("Escape")
    expect(question).to_be_hidden()
    expect(bob.locator(".dml-result")).to_contain_text("Nothing was signed")
    fund.get_by_role("button", name="Put in 500 DML").click()
    expect(question).to_be_focused()
    opened.page.wait_for_timeout(500)  # a key that came at once is one that was meant before
    opened.page.keyboard.press("Enter")
    expect(bob.locator(".dml-result")).to_contain_text("Put in")
