"""The model browser in Voila: a client buys in one page, and the owner sees it in another."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

import dml_sdk as dml
from tests.browser.conftest import needs_axe, violations
from tests.browser.voila import Served, Voila

BROWSER = ".dml-model-browser"


@pytest.fixture
def market(voila: Voila, served: Served) -> str:
    """The name of a notebook that shows the models of a chain that has one, and what is sold."""
    served.session.models.upload(
        dml.networks.softmax(8, 4), name="digits", licence="Apache-2.0",
        pool=dml.PoolTerms(amount=1_000), fees=dict(download=5, commercial=50),
    )  # fmt: skip
    return voila.publish("market", served, "widgets.ModelBrowser(session)")


def card(page: Page, name: str) -> Locator:
    found = page.locator(".dml-card", has_text=name)
    expect(found).to_be_visible()
    return found


def opened(page: Page, name: str) -> Locator:
    """What there is to say of a model, once its card was pressed."""
    card(page, name).get_by_role("button", name=name).click()
    details = page.locator(".dml-opened")
    expect(details).to_be_visible()
    return details


def test_what_a_client_buys_its_owner_sees(served: Served, market: str, open_voila: Any) -> None:
    daves = open_voila(market, "dave", theme="light")
    alices = open_voila(market, "alice", theme="dark")
    expect(card(alices.page, "digits")).to_contain_text("0 holders")
    expect(alices.page.locator(".dml-picture")).to_be_hidden()

    details = opened(daves.page, "digits")
    buy = details.locator("form[data-action=buy]")
    buy.get_by_role("radio", name=re.compile("commercial")).click()
    expect(buy.locator(".dml-preview")).to_contain_text("50 DML")
    daves.photograph("voila-browser-before-light", BROWSER)
    buy.get_by_role("button", name=re.compile("^Buy commercial for 50 DML")).click()
    expect(daves.page.locator(".dml-result")).to_contain_text("Bought")
    expect(card(daves.page, "digits")).to_contain_text("you hold commercial")
    (licence,) = served.as_("dave").licences.list()
    assert licence["usage"] == "commercial"

    expect(card(alices.page, "digits")).to_contain_text("1 holder")
    daves.photograph("voila-browser-dave-light", BROWSER)
    opened(alices.page, "digits")
    alices.photograph("voila-browser-alice-dark", BROWSER)


def test_what_the_chain_refuses_is_said_in_plain_words(
    served: Served, market: str, open_voila: Any
) -> None:
    page = open_voila(market, "dave")
    buy = opened(page.page, "digits").locator("form[data-action=buy]")
    buy.get_by_role("radio", name=re.compile("commercial")).click()
    expect(buy.locator(".dml-preview")).to_contain_text("50 DML")
    served.session.collective(0).decide(dml.actions.SetFees(commercial=80))
    buy.get_by_role("button", name=re.compile("^Buy commercial")).click()
    result = page.page.locator(".dml-result")
    expect(result).to_contain_text("The price is above the most that the buyer agreed to pay")
    expect(result).to_contain_text("look at it again")
    assert not served.as_("dave").licences.list()
    page.photograph("voila-browser-refused", BROWSER)


@needs_axe
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_wide_and_narrow_it_is_readable_for_everybody(
    market: str, open_voila: Any, theme: str
) -> None:
    page = open_voila(market, "dave", theme=theme)
    opened(page.page, "digits")
    shown = page.page.locator(BROWSER)
    for name, width in (("wide", 1100), ("narrow", 400)):
        page.page.set_viewport_size({"width": width, "height": 2_400})
        expect(shown).to_be_visible()
        assert shown.evaluate("e => e.scrollWidth <= e.clientWidth"), f"{name} sticks out"
        page.photograph(f"voila-browser-{name}-{theme}", BROWSER)
    assert violations(page.page, BROWSER) == []
