"""The stake panel in a real browser: by mouse, by keys, on two pages, in both themes, narrow."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import needs_axe, violations, write_notebook

MAKE = """
    import dml_sdk as dml
    from dml_sdk import widgets
    session = dml.connect(store="memory")
    model = session.models.upload(
        dml.networks.softmax(8, 4), name="digits", licence="MIT",
        pool=dml.PoolTerms(amount=1_000))
    bob = session.account("bob")
    as_bob = session.as_(bob)
    model.pool.reward("engineer", {session.signer: 0.25})
    receipt = model.pool.reward("contributor", {bob: 0.1})
"""
SHOW = "panel = widgets.StakePanel(model.pool); panel"
SHOW_BOB = "theirs = widgets.StakePanel(as_bob.pools.get(model.id)); theirs"
# Ends only once somebody has put 50 more in: nobody can but the panel, while this runs.
BUSY = """
    import time
    while model.pool.record["ledger"]["funded"] < 1_050 * 10**12:
        time.sleep(0.05)
    print("somebody put tokens in")
"""


def figure(panel: Locator, term: str) -> Locator:
    """The amount under a term."""
    return panel.locator(".dml-figures > div", has=panel.page.locator(f"dt:text-is('{term}')"))


def button(panel: Locator, name: str | re.Pattern[str]) -> Locator:
    return panel.get_by_role("button", name=name)


def result(panel: Locator) -> Locator:
    return panel.locator(".dml-result")


@pytest.fixture
def notebook(lab: Any, open_notebook: Any) -> Any:
    """Alice's panel and Bob's, below each other, and a cell that keeps the kernel busy."""
    path = write_notebook(lab.folder / "stake.ipynb", MAKE, SHOW, SHOW_BOB, BUSY)
    opened = open_notebook(path)
    opened.run_first(3)
    return opened


def panels(page: Page) -> tuple[Locator, Locator]:
    found = page.locator(".dml-stake-panel")
    expect(found).to_have_count(2)
    return found.nth(0), found.nth(1)


def test_claiming_and_funding_by_mouse(notebook: Any) -> None:
    page: Page = notebook.page
    mine, theirs = panels(page)
    claim = button(mine, "Claim 50 DML")
    expect(mine.locator("form[data-action=claim] .dml-preview")).to_contain_text(
        "You claimed 50 DML"
    )
    expect(mine.locator("form[data-action=claim] .dml-preview")).to_contain_text("fee 0.0")
    notebook.photograph("stake-panel-light", ".dml-stake-panel")
    # The mark is there before the kernel can have heard of the click.
    marked = claim.evaluate("b => { b.click(); return b.dataset.mark }")
    assert marked == "pending"
    expect(result(mine)).to_contain_text("Claimed")
    expect(result(mine)).to_contain_text("block")
    expect(figure(mine, "to claim")).to_contain_text("0 DML")
    expect(figure(mine, "claimed")).to_contain_text("50 DML")
    unusable = button(mine, re.compile("^Claim"))
    expect(unusable).to_have_attribute("aria-disabled", "true")
    expect(mine.locator("form[data-action=claim]")).to_contain_text("You claimed all")
    unusable.click(force=True)
    expect(mine.locator(".dml-message")).to_contain_text("You claimed all")

    # While a cell runs, and seen at once in the other account's panel.
    page.locator(".jp-CodeCell").nth(3).locator(".cm-content").click()
    page.keyboard.press("Control+Enter")
    busy = page.locator(".jp-CodeCell").nth(3).locator(".jp-InputPrompt")
    expect(busy).to_have_text("[*]:")
    amount = mine.get_by_label("Amount to put in")
    amount.fill("1")
    button(mine, re.compile("^Max")).click()
    assert float(amount.input_value()) > 900_000
    amount.fill("50")
    button(mine, "Put in 50 DML").click()
    expect(result(mine)).to_contain_text("Put in")
    expect(page.get_by_text("somebody put tokens in", exact=True)).to_be_visible()
    expect(figure(theirs, "put in so far")).to_contain_text("1,050 DML")
    expect(theirs.locator(".dml-history li").first).to_contain_text("put in 50 DML")
    expect(amount).to_have_value("")  # what was done is not there to be done twice

    with page.expect_download() as download:
        button(mine, re.compile("^Receipt")).click()
    receipt = json.loads(Path(download.value.path()).read_text())
    assert receipt["call"] == "Pools.fund"


def test_claiming_and_funding_with_keys_alone(notebook: Any) -> None:
    page: Page = notebook.page
    _, theirs = panels(page)
    # From the cell above, Tab leads into the panel; a key of the panel's works from anywhere in it.
    theirs.locator(".dml-copy").first.focus()
    page.keyboard.press("m")
    expect(result(theirs)).to_contain_text("Claimed")
    page.keyboard.press("f")
    expect(theirs.get_by_label("Amount to put in")).to_be_focused()
    page.keyboard.type("25.5")
    expect(theirs.locator("form[data-action=fund] .dml-preview")).to_contain_text(
        "You put 25.5 DML"
    )
    page.keyboard.press("Enter")
    expect(result(theirs)).to_contain_text("Put in")
    expect(figure(theirs, "put in")).to_contain_text("25.5 DML")
    # Letters that are keys elsewhere are letters in a field.
    page.keyboard.type("c?")
    expect(theirs.get_by_label("Amount to put in")).to_have_value("c?")
    expect(theirs.locator("form[data-action=fund]")).to_contain_text("Write digits")
    page.keyboard.press("Tab")
    page.keyboard.press("?")
    expect(theirs.locator(".dml-keys")).to_be_visible()
    page.keyboard.press("Escape")
    expect(theirs.locator(".dml-keys")).to_be_hidden()
    page.keyboard.press("c")
    expect(theirs.get_by_text("pool.claim()")).to_be_visible()
    # JupyterLab heard nothing of all that: no cell was cut, copied or added.
    expect(page.locator(".jp-CodeCell")).to_have_count(4)


def test_a_refusal_is_said_under_the_widget_in_plain_words(notebook: Any) -> None:
    page: Page = notebook.page
    mine, _ = panels(page)
    mine.get_by_label("Amount to put in").fill("99999999")
    button(mine, re.compile("^Put in 1?")).first.click()
    expect(result(mine)).to_contain_text("The account has too little")
    expect(result(mine)).to_contain_text("Give a smaller amount")
    expect(mine.get_by_label("Amount to put in")).to_have_value("99999999")
    expect(button(mine, "Try again")).to_be_visible()
    notebook.photograph("stake-panel-refused", ".dml-stake-panel")


def test_closing_asks_first_and_cannot_be_hit_by_accident(notebook: Any) -> None:
    page: Page = notebook.page
    mine, theirs = panels(page)
    expect(button(theirs, "Close the pool…")).to_be_hidden()
    close = button(mine, "Close the pool…")
    close.click()
    question = mine.get_by_role("alertdialog")
    expect(question).to_be_focused()
    page.keyboard.press("Escape")
    expect(question).to_be_hidden()
    expect(close).to_be_focused()
    close.click()
    notebook.photograph("stake-panel-question", ".dml-stake-panel")
    button(mine, re.compile("^Close the pool ⏎")).click()
    expect(result(mine)).to_contain_text("Closed")
    expect(mine.locator(".dml-tag")).to_have_text("closed")
    expect(theirs.locator("form[data-action=fund]")).to_be_hidden()


@needs_axe
def test_both_themes_wide_and_narrow_are_readable_for_everybody(
    lab: Any, open_notebook: Any
) -> None:
    narrow = "slim = widgets.StakePanel(model.pool); slim.layout.width = '360px'; slim"
    path = write_notebook(lab.folder / "themes.ipynb", MAKE, SHOW, narrow)
    opened = open_notebook(path, width=1500, height=2200)
    page: Page = opened.page
    opened.run_first(3)
    wide, slim = panels(page)
    wide.get_by_label("Amount to put in").fill("100")
    expect(wide.locator("form[data-action=fund] .dml-preview")).to_contain_text("fee")
    for theme in ("Light", "Dark"):
        opened.set_theme(f"JupyterLab {theme}")
        for name, panel in (("wide", wide), ("narrow", slim)):
            assert panel.evaluate("e => e.scrollWidth <= e.clientWidth"), f"{name} sticks out"
            panel.scroll_into_view_if_needed()
            panel.screenshot(
                path=Path(__file__).parents[2] / "artefacts" / f"stake-panel-{name}-{theme}.png"
            )
        assert violations(page, ".dml-stake-panel") == []
    opened.set_theme("JupyterLab Light")


def test_two_browsers_on_one_served_chain_stay_in_step(lab: Any, open_notebook: Any) -> None:
    served = """
        server = session.serve()
        from pathlib import Path
        _ = Path("served.txt").write_text(server.url)
    """
    joined = """
        import dml_sdk as dml
        from dml_sdk import widgets
        from pathlib import Path
        session = dml.connect(Path("served.txt").read_text(), account="bob", store="memory")
        panel = widgets.StakePanel(session.pools.get(0))
        panel
    """
    first = open_notebook(write_notebook(lab.folder / "serves.ipynb", MAKE, served, SHOW))
    first.run_first(3)
    second = open_notebook(write_notebook(lab.folder / "joins.ipynb", joined))
    second.run_first(1)
    alices = first.page.locator(".dml-stake-panel")
    bobs = second.page.locator(".dml-stake-panel")
    expect(bobs.locator(".dml-signer")).to_contain_text("bob")
    bobs.get_by_label("Amount to put in").fill("30")
    button(bobs, "Put in 30 DML").click()
    expect(result(bobs)).to_contain_text("Put in")
    expect(figure(alices, "put in so far")).to_contain_text("1,030 DML")
    button(alices, "Claim 50 DML").click()
    expect(figure(bobs, "paid out")).to_contain_text("50 DML")
    expect(bobs.locator(".dml-history li").first).to_contain_text("claimed 50 DML")
    for notebook, name in ((first, "alice"), (second, "bob")):
        notebook.photograph(f"stake-panel-served-{name}", ".dml-stake-panel")


def test_a_lost_kernel_keeps_what_was_typed_and_the_notebook_keeps_the_picture(
    lab: Any, open_notebook: Any
) -> None:
    path = write_notebook(lab.folder / "kept.ipynb", MAKE, SHOW)
    opened = open_notebook(path)
    opened.run_first(2)
    page: Page = opened.page
    panel = page.locator(".dml-stake-panel")
    panel.get_by_label("Amount to put in").fill("12.5")
    expect(panel.locator("form[data-action=fund] .dml-preview")).to_contain_text("fee")
    page.locator(".jp-Notebook").first.press("Control+s")
    page.wait_for_function(
        "() => !document.querySelector('.jp-mod-dirty, .lm-TabBar-tab.jp-mod-dirty')"
    )
    assert "dml-picture" in json.dumps(json.loads(path.read_text(encoding="utf-8"))["cells"])
    page.get_by_role("menuitem", name="Kernel", exact=True).click()
    page.get_by_text("Shut Down Kernel", exact=True).click()
    expect(panel.locator(".dml-chain")).to_contain_text("disconnected")
    expect(panel.get_by_label("Amount to put in")).to_have_value("12.5")
    expect(panel.locator(".dml-message")).to_contain_text("The kernel is gone")
    expect(button(panel, "Put in 12.5 DML")).to_have_attribute("aria-disabled", "true")
    opened.photograph("stake-panel-disconnected", ".dml-stake-panel")
    page.context.close()

    again = open_notebook(path)
    picture = again.page.locator(".dml-picture")
    expect(picture).to_be_visible()
    expect(picture).to_contain_text("digits")
    expect(again.page.locator(".dml-stake-panel")).to_have_count(0)
    again.photograph("stake-panel-picture", ".dml-picture")


def test_a_kernel_that_was_started_anew_is_not_taken_for_the_one_that_is_gone(
    lab: Any, open_notebook: Any
) -> None:
    path = write_notebook(lab.folder / "stake-anew.ipynb", MAKE, SHOW, "print(6 * 7)")
    opened = open_notebook(path)
    opened.run_first(2)
    page: Page = opened.page
    panel = page.locator(".dml-stake-panel")
    expect(panel.locator(".dml-chain")).to_contain_text("live")
    page.get_by_role("menuitem", name="Kernel", exact=True).click()
    page.get_by_text("Restart Kernel…", exact=True).click()
    page.get_by_role("button", name="Confirm Kernel Restart").click()
    expect(panel.locator(".dml-chain")).to_contain_text("disconnected")
    opened.run(page.locator(".jp-CodeCell").nth(2))
    expect(page.locator(".jp-OutputArea-output", has_text="42")).to_be_visible()
    expect(panel.locator(".dml-chain")).to_contain_text("disconnected")
    expect(panel.locator(".dml-message")).to_contain_text("The kernel is gone")
    opened.run_first(2)
    expect(panel.locator(".dml-chain")).to_contain_text("live")


def test_staking_and_taking_out_again_says_when_it_unlocks(notebook: Any) -> None:
    mine, _ = panels(notebook.page)
    stake = mine.locator("form[data-action=stake]")
    stake.get_by_label("Amount to stake").fill("100")
    expect(stake.locator(".dml-preview")).to_contain_text("can be slashed")
    stake.get_by_role("button", name="Stake 100 DML").click()
    expect(result(mine)).to_contain_text("Staked")
    section = mine.get_by_role("region", name="At stake")
    expect(section.locator(".dml-earned")).to_contain_text("validator")
    unstake = mine.locator("form[data-action=unstake]")
    unstake.get_by_label("Amount to take out").fill("40")
    expect(unstake.locator(".dml-preview")).to_contain_text("unlock on")
    unstake.get_by_role("button", name="Unstake 40 DML").click()
    expect(section.locator(".dml-earned")).to_contain_text("unlocks in")
    expect(button(mine, "Withdraw")).to_have_attribute("aria-disabled", "true")
    notebook.photograph("stake-panel-staking", ".dml-stake-panel")
