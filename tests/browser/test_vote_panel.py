"""The vote panel in a real browser: by mouse, by keys, every form, two members, both themes."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import ARTEFACTS, needs_axe, violations, write_notebook

PANEL = ".dml-vote-panel"
MAKE = """
    import dml_sdk as dml
    from dml_sdk import actions, widgets
    session = dml.connect(store="memory")
    model = session.models.upload(
        dml.networks.softmax(8, 4), name="digits", licence="MIT",
        pool=dml.PoolTerms(amount=1_000))
    bob, eve = session.as_("bob"), session.as_("eve")

    def update(step, **metrics):
        weights = {name: array + step for name, array in model.weights().items()}
        return eve.models.get(model.id).propose_update(
            weights, metrics=metrics, notes="Dropout of 0.2 after the first layer.")

    model.collective.approve(update(1, accuracy=0.912, loss=0.31), reward=0.1)
    better = update(2, accuracy=0.941, loss=0.35, f1=0.9)
    model.collective.add_member(bob.signer)
    proposal = model.collective.propose(
        actions.ApproveUpdate(better, reward=0.4),
        text="It is better on what matters to us.\\n<b>I tried it</b> on our own data: 93.9 %.")
"""
SHOW = "panel = widgets.VotePanel(model.collective); panel"
SHOW_BOB = "theirs = widgets.VotePanel(bob.collective(model)); theirs"
# Ends only once bob has voted: nobody can but his panel, while this runs.
BUSY = """
    import time
    while not proposal.tally.turnout:
        time.sleep(0.05)
    print("somebody voted")
"""


def button(panel: Locator, name: str | re.Pattern[str]) -> Locator:
    return panel.get_by_role("button", name=name)


def result(panel: Locator) -> Locator:
    return panel.locator(".dml-result")


def region(panel: Locator, name: str) -> Locator:
    return panel.get_by_role("region", name=name, exact=True)


def form(panel: Locator, action: str) -> Locator:
    return panel.locator(f"form[data-action={action}]")


def vote(panel: Locator, how: str) -> None:
    form(panel, "vote").get_by_text(how, exact=True).click()


@pytest.fixture
def notebook(lab: Any, open_notebook: Any) -> Any:
    """Alice's panel and Bob's, below each other, and a cell that keeps the kernel busy."""
    path = write_notebook(lab.folder / "vote.ipynb", MAKE, SHOW, SHOW_BOB, BUSY)
    opened = open_notebook(path)
    opened.run_first(3)
    return opened


def panels(page: Page) -> tuple[Locator, Locator]:
    found = page.locator(PANEL)
    expect(found).to_have_count(2)
    return found.nth(0), found.nth(1)


def test_two_members_vote_by_mouse_and_what_they_approve_is_done(notebook: Any) -> None:
    page: Page = notebook.page
    mine, theirs = panels(page)
    shown = region(mine, "Proposal")
    expect(shown).to_contain_text("Approve update 1 and reward its engineer with 0.4")
    expect(shown.locator("blockquote").first).to_contain_text("<b>I tried it</b>")
    expect(shown.locator(".dml-metrics")).to_contain_text("+0.029 better")
    expect(shown.locator(".dml-metrics")).to_contain_text("+0.04 worse")
    expect(shown).to_contain_text("Dropout of 0.2")
    votes = region(mine, "Votes")
    expect(votes.locator("time").first).to_have_text(re.compile("in 2 d"))
    expect(votes.locator(".dml-standing")).to_contain_text("no quorum")
    expect(form(mine, "close")).to_contain_text("Votes to come may change it")

    # While a cell runs; the other member sees it.
    page.locator(".jp-CodeCell").nth(3).locator(".cm-content").click()
    page.keyboard.press("Control+Enter")
    busy = page.locator(".jp-CodeCell").nth(3).locator(".jp-InputPrompt")
    expect(busy).to_have_text("[*]:")
    vote(theirs, "nay")
    expect(form(theirs, "vote").locator(".dml-preview")).to_contain_text("it weighs 1 of 2")
    button(theirs, "Vote nay").click()
    expect(result(theirs)).to_contain_text("Voted")
    expect(page.get_by_text("somebody voted", exact=True)).to_be_visible()
    expect(votes.locator(".dml-counts")).to_contain_text("nay 1")
    expect(votes.get_by_label("Who voted how")).to_contain_text("▼ nay")
    expect(votes.locator(".dml-standing")).to_contain_text("rejected")

    # A vote can change until the end.
    vote(theirs, "aye")
    button(theirs, "Change to aye").click()
    expect(votes.locator(".dml-counts")).to_contain_text("nay 0")
    vote(mine, "aye")
    button(mine, "Vote aye").click()
    expect(votes.locator(".dml-mine")).to_contain_text("You voted: ▲ aye with 1")
    expect(votes.locator(".dml-standing")).to_contain_text("approved")
    expect(form(mine, "close").locator(".dml-preview")).to_contain_text("earned")
    notebook.photograph("vote-panel-light", PANEL)
    button(mine, "Count the votes").click()
    expect(result(mine)).to_contain_text("Counted")
    for panel in (mine, theirs):
        ended = region(panel, "Ended").get_by_role("button", name=re.compile("^#0"))
        expect(ended).to_contain_text("done")
    expect(shown.locator(".dml-came")).to_contain_text("It was approved, and done.")
    expect(region(mine, "Votes").locator(".dml-standing")).to_have_text("Outcome: approved")
    notebook.photograph("vote-panel-done", PANEL)
    with page.expect_download() as download:
        button(mine, re.compile("^Receipt")).click()
    assert json.loads(Path(download.value.path()).read_text())["call"] == "Collectives.close"


def test_voting_with_keys_alone(notebook: Any) -> None:
    page: Page = notebook.page
    mine, theirs = panels(page)
    # JupyterLab takes the focus once more when the cell is done; both texts are read after that.
    expect(region(theirs, "Proposal").locator("blockquote")).to_have_count(2)
    # From the cell above, Tab leads into the panel; its keys work from anywhere in it.
    theirs.locator(".dml-copy").first.focus()
    page.keyboard.press("v")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    expect(form(theirs, "vote").get_by_role("radio", name="aye")).to_be_checked()
    expect(form(theirs, "vote").locator(".dml-preview")).to_contain_text("it weighs 1 of 2")
    page.keyboard.press("Enter")
    expect(result(theirs)).to_contain_text("Voted")
    expect(region(theirs, "Votes").locator(".dml-mine")).to_contain_text("▲ aye")
    expect(region(mine, "Votes").locator(".dml-counts")).to_contain_text("aye 1")
    page.keyboard.press("p")
    expect(theirs.get_by_label("What to propose")).to_be_focused()
    page.keyboard.press("End")
    page.keyboard.press("Tab")
    # Letters that are keys elsewhere are letters in a field.
    page.keyboard.type("v?")
    expect(theirs.get_by_label("Why: what voters read")).to_have_value("v?")
    page.keyboard.press("Control+Enter")
    expect(region(theirs, "Proposal")).to_contain_text("Close the pool, for good")
    expect(region(theirs, "Proposal").locator("blockquote")).to_have_text("v?")
    region(theirs, "Under way").get_by_role("button").first.focus()
    page.keyboard.press("k")
    expect(region(theirs, "Proposal")).to_contain_text("Approve update 1")
    page.keyboard.press("j")
    expect(region(theirs, "Proposal")).to_contain_text("Close the pool")
    page.keyboard.press("t")
    expect(button(theirs, "Take it back")).to_be_focused()
    page.keyboard.press("Enter")
    expect(result(theirs)).to_contain_text("Taken back")
    # The button is gone with what it was for; the keys go on from the proposal.
    ended = region(theirs, "Ended").get_by_role("button", name=re.compile("Close the pool"))
    expect(ended).to_be_focused()
    page.keyboard.press("?")
    expect(theirs.locator(".dml-keys")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("c")
    expect(theirs.get_by_text("collective.undelegate()")).to_be_hidden()
    expect(theirs.get_by_text("collective.resign()")).to_be_visible()
    # JupyterLab heard nothing of all that: no cell was cut, copied or added.
    expect(page.locator(".jp-CodeCell")).to_have_count(4)


def test_a_refusal_is_said_under_the_widget_in_plain_words(notebook: Any) -> None:
    mine, _ = panels(notebook.page)
    mine.get_by_label("What to propose").select_option("set_shares")
    shares = form(mine, "propose_set_shares")
    shares.get_by_label("contributors").fill("90")
    expect(shares.locator(".dml-preview")).to_contain_text("must sum to exactly")
    shares.get_by_role("button", name="Propose").click()
    expect(result(mine)).to_contain_text("The shares of all roles must sum to exactly")
    expect(shares.get_by_label("contributors")).to_have_value("90")
    expect(button(mine, "Try again")).to_be_visible()
    notebook.photograph("vote-panel-refused", PANEL)


# What is filled in, by label, and chosen, by what it says; and what is then asked.
EVE = "5HGjWAeFDfFCWPsjFQdVV2Msvz2XtMktvgocEZcCj68kUMaw"
BOB = "5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty"
FORMS: dict[str, tuple[dict[str, str], list[str], dict[str, str], str]] = {
    "approve_update": (
        {"Reward, as a part of the engineers’ bucket": "0.5"}, [], {"Update": "1"},
        "Approve update 1 and reward its engineer with 0.5",
    ),
    "reject_update": ({"Reason": "too large"}, [], {"Update": "1"}, "Reject update 1: too large"),
    "add_member": ({"Weight": "3"}, [], {"Who becomes a member": EVE}, "a member with weight 3"),
    "remove_member": ({}, [], {"Who is removed": BOB}, "Remove 5FHneW"),
    "set_weighting": ({}, ["contribution"], {}, "Weigh votes by what members have earned"),
    "set_shares": ({"contributors": "60", "engineers": "40"}, [], {}, "engineers 40 %"),
    "set_fees": ({"Price": "80"}, ["commercial"], {}, "Sell commercial licences: a price of 80"),
    "set_licence": (
        {"Price": "5", "Valid for (empty: for ever)": "30", "Terms of its own": "Be kind."},
        ["serve"], {}, "Sell serve licences: a price of 5, for 30 d",
    ),
    "revoke_licence": ({"Licence’s number": "0"}, ["leak"], {}, "Revoke licence 0: leak"),
    "set_terms": (
        {"Ayes must be more than": "0.6", "Members vote for": "12"}, [], {}, "more than 60 %",
    ),
    "set_staking": (
        {"Time to unbond": "2"}, [], {"What is slashed goes to": "fees"}, "2 d to unbond",
    ),
    "spend": ({"Part of the bucket": "0.5"}, ["creator"], {"Who is paid": BOB}, "Pay 5FHneW"),
    "slash": (
        {"Part of the stake": "1"}, ["validator", "spam"], {"Whose stake is slashed": BOB},
        "Slash 1 of what 5FHneW",
    ),
    "settle_annotation": (
        {"Task": "0", "Batch": "0", "Points": "8", "Score": "0.5"}, [], {"Whose answers": BOB},
        "8 points at a score of 0.5",
    ),
    "set_allowance": ({"At most (empty: no limit)": "50"}, [], {}, "50 at most"),
    "cancel": ({}, [], {"What is not to be done": "2"}, "Cancel proposal 2"),
    "close_pool": ({}, [], {}, "Close the pool, for good"),
}  # fmt: skip
# A proposal that waits, which could be cancelled.
WAITS = """
    def passes(action):
        asked = model.collective.propose(action)
        for who in (session, bob):
            who.collective(model).vote(asked, "aye")
        asked.close()
        return asked

    terms = passes(actions.SetThresholds(delay=60_000))
    waits = passes(actions.SetWeighting("stake"))
    assert waits.state == "approved"
"""


def test_every_action_is_proposed_from_its_form_and_taken_back(
    lab: Any, open_notebook: Any
) -> None:
    waiting = MAKE + WAITS
    opened = open_notebook(write_notebook(lab.folder / "forms.ipynb", waiting, SHOW), height=1800)
    opened.run_first(2)
    page: Page = opened.page
    panel = page.locator(PANEL)
    what = panel.get_by_label("What to propose")
    offered = what.locator("option").evaluate_all("all => all.map(o => o.value).filter(Boolean)")
    assert set(offered) == FORMS.keys()
    for name, (typed, chosen, selected, asked) in FORMS.items():
        what.select_option(name)
        shown = form(panel, f"propose_{name}")
        for label, value in selected.items():
            shown.get_by_label(label, exact=True).select_option(value)
        for label, text in typed.items():
            shown.get_by_label(label).first.fill(text)
        for text in chosen:
            shown.get_by_text(text, exact=True).click()
        shown.get_by_label("Why: what voters read").fill(f"because of {name}")
        expect(shown.locator(".dml-preview")).to_contain_text("is voted on until")
        if name in ("set_terms", "set_licence"):
            opened.photograph(f"vote-panel-form-{name}", PANEL)
        shown.get_by_role("button", name="Propose").click()
        detail = region(panel, "Proposal")
        expect(detail.locator(".dml-asked")).to_contain_text(asked)
        expect(detail.locator("blockquote").first).to_have_text(f"because of {name}")
        button(panel, "Take it back").click()
        expect(result(panel)).to_contain_text("Taken back")
        expect(detail.locator(".dml-tag")).to_have_text("taken back")


def test_a_staker_votes_with_conviction_and_who_has_no_stake_is_told_why(
    lab: Any, open_notebook: Any
) -> None:
    make = """
        asked = model.referendum(actions.SetFees(commercial=80))
        for who in (session, bob):
            who.collective(model).vote(asked, "aye")
        asked.close()
        session.as_("charlie").pools.get(model.id).stake(100)
        charlie = session.as_("charlie").collective(model)
    """
    shows = "widgets.VotePanel(charlie)"
    path = write_notebook(lab.folder / "conviction.ipynb", MAKE, make, SHOW, shows)
    opened = open_notebook(path)
    opened.run_first(4)
    mine, stakers = panels(opened.page)
    for panel in (mine, stakers):
        region(panel, "Under way").get_by_role("button", name=re.compile("Sell")).click()
    expect(form(mine, "vote")).to_contain_text("you have nothing at stake")
    unusable = form(mine, "vote").get_by_role("button")
    expect(unusable).to_have_attribute("aria-disabled", "true")
    expect(region(stakers, "Members")).to_contain_text("You have 100 DML at stake")
    vote(stakers, "aye")
    form(stakers, "vote").get_by_text("×2, 14 d more", exact=True).click()
    told = form(stakers, "vote").locator(".dml-preview")
    expect(told).to_contain_text("it weighs 100 of 100 DML, counted 2 times")
    expect(told).to_contain_text("100 DML of the stake of you are locked until")
    button(stakers, "Vote aye").click()
    expect(region(stakers, "Votes").locator(".dml-mine")).to_contain_text("unlocks in 20 d")
    expect(region(mine, "Votes").locator(".dml-counts")).to_contain_text("aye 200 DML")
    opened.photograph("vote-panel-conviction", f"{PANEL} >> nth=1")


def test_naming_a_delegate_and_resigning(notebook: Any) -> None:
    page: Page = notebook.page
    mine, theirs = panels(page)
    form(mine, "delegate").get_by_label("Who votes where you do not", exact=True).select_option(BOB)
    button(mine, "Name a delegate").click()
    expect(result(mine)).to_contain_text("Delegate named")
    expect(region(theirs, "Members")).to_contain_text("You vote for alice too")
    vote(theirs, "aye")
    button(theirs, "Vote aye").click()
    expect(region(mine, "Votes").locator(".dml-mine")).to_contain_text("You voted through bob")
    expect(region(mine, "Votes").locator(".dml-counts")).to_contain_text("aye 2")
    button(mine, "Have nobody vote for you").click()
    expect(region(mine, "Votes").locator(".dml-counts")).to_contain_text("aye 1")
    leave = button(theirs, "Resign…")
    leave.click()
    expect(theirs.get_by_role("alertdialog")).to_be_focused()
    page.keyboard.press("Escape")
    expect(leave).to_be_focused()
    leave.click()
    button(theirs, re.compile("^Resign ⏎")).click()
    expect(region(theirs, "Members")).to_contain_text("You are no member")
    expect(form(theirs, "vote")).to_contain_text("Only members of the collective vote on this")


@needs_axe
def test_both_themes_wide_and_narrow_are_readable_for_everybody(
    lab: Any, open_notebook: Any
) -> None:
    narrow = "slim = widgets.VotePanel(model.collective); slim.layout.width = '360px'; slim"
    path = write_notebook(lab.folder / "vote-themes.ipynb", MAKE, SHOW, narrow)
    opened = open_notebook(path, width=1500, height=2600)
    page: Page = opened.page
    opened.run_first(3)
    wide, slim = panels(page)
    vote(wide, "aye")
    expect(form(wide, "vote").locator(".dml-preview")).to_contain_text("fee")
    wide.get_by_label("What to propose").select_option("spend")
    for theme in ("Light", "Dark"):
        opened.set_theme(f"JupyterLab {theme}")
        for name, panel in (("wide", wide), ("narrow", slim)):
            assert panel.evaluate("e => e.scrollWidth <= e.clientWidth"), f"{name} sticks out"
            panel.scroll_into_view_if_needed()
            panel.screenshot(path=ARTEFACTS / f"vote-panel-{name}-{theme}.png")
        assert violations(page, PANEL) == []
    opened.set_theme("JupyterLab Light")


def test_a_lost_kernel_keeps_what_was_typed_and_the_notebook_keeps_the_picture(
    lab: Any, open_notebook: Any
) -> None:
    path = write_notebook(lab.folder / "vote-kept.ipynb", MAKE, SHOW)
    opened = open_notebook(path)
    opened.run_first(2)
    page: Page = opened.page
    panel = page.locator(PANEL)
    panel.get_by_label("What to propose").select_option("set_fees")
    form(panel, "propose_set_fees").get_by_label("Price").fill("12.5")
    page.locator(".jp-Notebook").first.press("Control+s")
    page.wait_for_function(
        "() => !document.querySelector('.jp-mod-dirty, .lm-TabBar-tab.jp-mod-dirty')"
    )
    assert "dml-picture" in json.dumps(json.loads(path.read_text(encoding="utf-8"))["cells"])
    page.get_by_role("menuitem", name="Kernel", exact=True).click()
    page.get_by_text("Shut Down Kernel", exact=True).click()
    expect(panel.locator(".dml-chain")).to_contain_text("disconnected")
    expect(form(panel, "propose_set_fees").get_by_label("Price")).to_have_value("12.5")
    expect(panel.locator(".dml-message")).to_contain_text("The kernel is gone")
    vote(panel, "aye")
    expect(button(panel, "Vote aye")).to_have_attribute("aria-disabled", "true")
    page.context.close()

    again = open_notebook(path)
    picture = again.page.locator(".dml-picture")
    expect(picture).to_contain_text("Approve update 1")
    expect(picture).to_contain_text("needed more than 50.0 %")
    expect(again.page.locator(PANEL)).to_have_count(0)
    again.photograph("vote-panel-picture", ".dml-picture")
