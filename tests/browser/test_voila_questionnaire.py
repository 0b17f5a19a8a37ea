"""The questionnaire panel in Voila: two annotators, each with a page, a kernel and a key."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

import dml_sdk as dml
from tests.browser.conftest import needs_axe, violations
from tests.browser.voila import Served, Voila

PANEL = ".dml-questionnaire-panel"


@pytest.fixture
def task(served: Served) -> int:
    """A task of eight images in two batches, each for one annotator."""
    model = served.session.models.upload(
        dml.networks.softmax(8, 4), name="digits", licence="MIT", pool=dml.PoolTerms(amount=1_000)
    )
    rng = np.random.default_rng(4)
    return model.annotation_task(
        items=[(rng.random((28, 28)) * 255).astype(np.uint8) for _ in range(8)],
        questionnaire=dml.Questionnaire(
            [dml.Choice("digit", "Which digit is this?", options=range(10))], title="Digits"
        ),
        reward_per_point="0.05", batch_size=4, answers_per_item=1,
    ).id  # fmt: skip


@pytest.fixture
def page_of(voila: Voila, task: int, served: Served, tmp_path: Any) -> str:
    """The name of a notebook that is a questionnaire panel and nothing else."""
    show = f"widgets.QuestionnairePanel(session.task({task}, drafts={str(tmp_path / 'drafts')!r}))"
    return voila.publish("annotate", served, show)


def panel_of(page: Page) -> Locator:
    found = page.locator(PANEL)
    expect(found).to_be_visible()
    return found


def begin(page: Page) -> Locator:
    panel = panel_of(page)
    panel.get_by_role("button", name="Take a batch").click()
    expect(panel).to_have_attribute("data-item", "0")
    return panel


def answer(page: Page, panel: Locator, first: int, keys: str) -> None:
    """Answers items by keys, each once it is there to be seen."""
    for item, key in enumerate(keys, first):
        expect(panel).to_have_attribute("data-item", str(item))
        page.keyboard.press(key)


def test_two_annotators_get_different_items_and_a_closed_tab_comes_back_to_its_own(
    served: Served, page_of: str, open_voila: Any
) -> None:
    bobs = open_voila(page_of, "bob", theme="light")
    charlies = open_voila(page_of, "charlie", theme="dark")
    bob = begin(bobs.page)
    charlie = begin(charlies.page)
    expect(bobs.page.get_by_text("dml.connect")).to_have_count(0)
    for page, panel in ((bobs.page, bob), (charlies.page, charlie)):
        answer(page, panel, 0, "12")
        expect(panel).to_have_attribute("data-item", "2")
    bobs.photograph("voila-questionnaire-light", PANEL)
    charlies.photograph("voila-questionnaire-dark", PANEL)
    bobs.page.close()

    back = open_voila(page_of, "bob")
    again = panel_of(back.page)
    expect(again).to_have_attribute("data-item", "2")
    expect(again.locator(".dml-thin [data-state=answered]")).to_have_count(2)
    again.locator(".dml-viewport").click()
    answer(back.page, again, 2, "34")
    expect(again.get_by_role("region", name="Hand in")).to_contain_text("fee")
    back.page.keyboard.press("Enter")
    expect(again.get_by_role("alertdialog", name="Hand in this batch?")).to_be_visible()
    back.page.keyboard.press("y")
    expect(again.locator(".dml-result")).to_contain_text("Handed in")
    expect(again.get_by_role("region", name="Start")).to_contain_text("Others hold what is left")
    told = served.session.chain.ask("awards", 0, served.session.account("bob").address)
    assert len(told) == 1


def test_a_chain_that_is_gone_takes_no_answer_away(
    served: Served, page_of: str, open_voila: Any
) -> None:
    opened = open_voila(page_of, "bob")
    bob = begin(opened.page)
    opened.page.keyboard.press("1")
    expect(bob).to_have_attribute("data-item", "1")
    port = served.server.port
    served.server.close()
    expect(bob.locator(".dml-chain")).to_contain_text("disconnected")
    # Answers are the desk's, which needs no chain for them.
    answer(opened.page, bob, 1, "234")
    end = bob.get_by_role("region", name="Hand in")
    expect(end).to_contain_text("4 answered")
    opened.photograph("voila-questionnaire-unreachable", PANEL)
    served.session.serve(port)
    expect(bob.locator(".dml-chain")).to_contain_text("live")
    end.get_by_role("button", name="Hand in the batch").click()
    bob.get_by_role("button", name="Hand in (y)").click()
    expect(bob.locator(".dml-result")).to_contain_text("Handed in")


@needs_axe
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_wide_and_narrow_it_is_readable_for_everybody(
    page_of: str, open_voila: Any, theme: str
) -> None:
    opened = open_voila(page_of, "bob", theme=theme)
    bob = begin(opened.page)
    for name, width in (("wide", 1100), ("narrow", 400)):
        opened.page.set_viewport_size({"width": width, "height": 1_400})
        assert bob.evaluate("e => e.scrollWidth <= e.clientWidth"), f"{name} sticks out"
        opened.photograph(f"voila-questionnaire-{name}-{theme}", PANEL)
    assert violations(opened.page, PANEL) == []
