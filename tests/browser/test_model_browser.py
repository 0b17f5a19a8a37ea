"""The model browser in a real browser: looking for, buying by keys, refused, hundreds, hostile."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, WebSocket, expect

from tests.browser.conftest import ARTEFACTS, needs_axe, violations, write_notebook

MAKE = """
    import dml_sdk as dml
    from datetime import timedelta
    from dml_sdk import widgets
    session = dml.connect(store="memory")
    month = timedelta(days=30)
    network = dml.networks.softmax(8, 4)
    def upload(name, licence="Apache-2.0", who=session, **fees):
        return who.models.upload(
            network, name=name, licence=licence, pool=dml.PoolTerms(amount=100), fees=fees)
    speech = upload("speech-tiny", licence="MIT")
    model = upload(
        "digits", download=1,
        commercial=dml.LicenceTerms(
            price=50, duration=month, maximum=10, transferable=True, jurisdiction="EU"))
    leaves = upload("leaf disease", who=session.as_("bob"), serve=900_000_000)
"""
SHOW = "panel = session.as_('dave').models.browse(); panel"
SHOW_EVE = "theirs = widgets.ModelBrowser(session.as_('eve'), model=model); theirs"
TREE = """
    charlie = session.as_("charlie").models.get(model.id)
    eve = session.as_("eve").models.get(model.id)
    def propose(engineer, parent, accuracy):
        session.clock.advance(hours=5)
        return engineer.propose_update(
            model.weights(), parent=parent, metrics={"accuracy": accuracy, "loss": 0.3})
    for engineer, parent, accuracy in ((charlie, 0, .71), (eve, 1, .74), (charlie, 1, .78)):
        model.update(propose(engineer, parent, accuracy).id).approve(0.1)
    model.update(propose(eve, 2, .7).id).reject("it is no better than version 2")
    propose(charlie, 3, .75).withdraw()
    update = propose(eve, 3, .86)
"""


def button(panel: Locator, name: str | re.Pattern[str]) -> Locator:
    return panel.get_by_role("button", name=name)


def result(panel: Locator) -> Locator:
    return panel.locator(".dml-result")


def card(panel: Locator, name: str) -> Locator:
    return panel.locator(".dml-card", has=panel.page.get_by_role("button", name=name, exact=True))


def names(panel: Locator) -> list[str]:
    return panel.locator(".dml-card-name").all_text_contents()


def preview(panel: Locator, action: str = "buy") -> Locator:
    return panel.locator(f"form[data-action={action}] .dml-preview")


@pytest.fixture
def notebook(lab: Any, open_notebook: Any) -> Any:
    """Dave's browser with nothing open, and Eve's with the digits open."""
    path = write_notebook(
        lab.folder / "models.ipynb",
        MAKE,
        SHOW,
        SHOW_EVE,
        "model.licences.set_terms('commercial', 80)",
    )
    opened = open_notebook(path)
    opened.run_first(3)
    return opened


def panels(page: Page) -> tuple[Locator, Locator]:
    found = page.locator(".dml-model-browser")
    expect(found).to_have_count(2)
    return found.nth(0), found.nth(1)


def test_a_licence_is_found_and_bought_by_keys_alone(notebook: Any) -> None:
    page: Page = notebook.page
    mine, theirs = panels(page)
    mine.locator(".dml-copy").first.focus()
    page.keyboard.press("f")
    expect(mine.get_by_label("Find", exact=True).and_(mine.locator("input"))).to_be_focused()
    page.keyboard.type("dig")
    expect(mine.locator(".dml-card")).to_have_count(1)
    for _ in range(4):  # usage, price, order, what I may download
        page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(button(mine, "digits")).to_be_focused()
    page.keyboard.press("Enter")
    expect(mine.locator(".dml-opened-name")).to_be_focused()
    page.keyboard.press("b")
    expect(mine.get_by_role("radio", name=re.compile("download"))).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(mine.get_by_role("radio", name=re.compile("commercial"))).to_be_checked()
    expect(preview(mine)).to_contain_text(
        "you get licence 0, commercial, for 50 DML; it is valid until"
    )
    expect(preview(mine)).to_contain_text("50 DML go into the pool: creator 5, engineers 10")
    expect(preview(mine)).to_contain_text(re.compile(r"your balance after it: 999,949\.9\d DML"))
    expect(preview(mine)).to_contain_text("fee 0.0")
    notebook.photograph("model-browser-preview", ".dml-model-browser")
    page.keyboard.press("Tab")
    expect(mine.get_by_label("Pay at most").first).to_have_value("50")
    page.keyboard.press("Enter")
    expect(result(mine)).to_contain_text("Bought")
    expect(result(mine)).to_contain_text(re.compile(r"−50\.0\d DML"))
    expect(card(mine, "digits")).to_contain_text("you hold commercial, until in 29 d")
    expect(mine.get_by_role("region", name="Yours")).to_contain_text("valid")
    # What one does, the other sees, and is not disturbed by.
    expect(card(theirs, "digits")).to_contain_text("1 holder")
    expect(card(theirs, "digits")).to_contain_text("1/10")
    expect(card(theirs, "digits")).not_to_contain_text("you hold")
    expect(result(theirs)).to_have_text("")
    page.keyboard.press("Escape")
    expect(mine.locator(".dml-opened")).to_be_hidden()
    expect(button(mine, "digits")).to_be_focused()
    page.keyboard.press("?")
    expect(mine.locator(".dml-keys")).to_contain_text("next page")
    # JupyterLab heard nothing of all that: no cell was cut, copied or added.
    expect(page.locator(".jp-CodeCell")).to_have_count(4)


def test_a_price_that_rose_is_refused_until_somebody_agrees_and_a_second_licence_too(
    notebook: Any,
) -> None:
    page: Page = notebook.page
    _, panel = panels(page)
    panel.get_by_role("radio", name=re.compile("commercial")).check()
    expect(button(panel, "Buy commercial for 50 DML")).to_be_visible()
    page.locator(".jp-CodeCell").nth(3).locator(".cm-content").click()
    page.keyboard.press("Control+Enter")
    expect(preview(panel)).to_contain_text(
        "The price is above the most that the buyer agreed to pay"
    )
    expect(panel.get_by_role("region", name="Licences sold")).to_contain_text("price now 80 DML")
    button(panel, "Buy commercial for at most 50 DML").click()
    expect(result(panel)).to_contain_text("The price is above the most")
    expect(result(panel)).to_contain_text("The price has changed; look at it again.")
    notebook.photograph("model-browser-refused", ".dml-model-browser >> nth=1")
    button(panel, re.compile("^Agree")).first.click()
    button(panel, "Buy commercial for 80 DML").click()
    expect(result(panel)).to_contain_text("Bought")
    # What is held is not offered first any more; what is chosen then stays.
    expect(panel.get_by_role("radio", name=re.compile("download 1"))).to_be_checked()
    panel.get_by_role("radio", name=re.compile("commercial 80")).check()
    expect(preview(panel)).to_contain_text("holds a valid licence of this usage")
    button(panel, "Buy commercial for 80 DML").click()
    expect(result(panel)).to_contain_text("Renew the licence that you hold, or give it up")


def test_who_cannot_pay_is_told_in_plain_words(notebook: Any) -> None:
    panel, _ = panels(notebook.page)
    button(panel, "leaf disease").click()
    expect(preview(panel)).to_contain_text("The account has too little")
    button(panel, "Buy serve for 900,000,000 DML").click()
    expect(result(panel)).to_contain_text("The account has too little")
    expect(result(panel)).to_contain_text("Only the fee was paid.")
    expect(button(panel, "Try again")).to_be_visible()


def test_models_are_filtered_and_sorted_and_all_come_back(notebook: Any) -> None:
    panel, _ = panels(notebook.page)
    cards, count = panel.locator(".dml-card"), panel.locator(".dml-pager [role=status]")
    expect(cards).to_have_count(3)
    assert names(panel) == ["leaf disease", "digits", "speech-tiny"]
    panel.get_by_label("Usage").select_option("download")
    expect(cards).to_have_count(1)
    expect(count).to_have_text("1–1 of 1 (of 3)")
    panel.get_by_label("Usage").select_option("")
    panel.get_by_label("Maximum price").fill("1,5")
    expect(panel.locator(".dml-finder")).to_contain_text("Write a point before a fraction")
    panel.get_by_label("Maximum price").fill("50")
    expect(cards).to_have_count(1)
    panel.get_by_label("Maximum price").fill("")
    panel.get_by_label("what I may download").check()
    expect(cards).to_have_count(2)
    panel.get_by_label("Order").select_option("name")
    expect(cards.first).to_contain_text("leaf disease")
    button(panel, "Show code").click()
    expect(panel.locator(".dml-finder .dml-code")).to_have_text(
        'widgets.ModelBrowser(session, may_download=True, sort="name")'
    )
    panel.get_by_placeholder("name, licence").fill("zebra")
    expect(panel.locator(".dml-nothing")).to_contain_text("No model fits all of that.")
    button(panel, "Show all").click()
    expect(cards).to_have_count(3)
    expect(panel.get_by_label("what I may download")).not_to_be_checked()


def test_renewing_and_passing_on(notebook: Any) -> None:
    page: Page = notebook.page
    _, panel = panels(page)
    panel.get_by_role("radio", name=re.compile("commercial")).check()
    button(panel, "Buy commercial for 50 DML").click()
    yours = panel.get_by_role("region", name="Yours")
    expect(yours).to_contain_text("until in 29 d")
    expect(preview(panel, "renew")).to_contain_text("50 DML go into the pool")
    button(panel, "Renew for 50 DML").click()
    expect(result(panel)).to_contain_text("Renewed")
    expect(yours).to_contain_text("until in 59 d")
    panel.get_by_text("Pass on, name a key, or give up").click()
    expect(preview(panel, "name_key")).to_have_text("Your key is named already.")
    expect(preview(panel, "resign")).to_contain_text("you hold it no more; nothing is paid back")
    button(panel, "Give it up").click()
    expect(panel.get_by_role("alertdialog")).to_contain_text("Nothing is paid back.")
    page.keyboard.press("Escape")
    panel.get_by_label("Pass on to", exact=True).select_option("other")
    bob = "5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty"
    panel.get_by_label("Pass on to: address").fill(bob)
    expect(preview(panel, "transfer")).to_contain_text("you hold it no more; nothing is paid back")
    button(panel, "Pass on to 5FHneW…94ty").click()
    question = panel.get_by_role("alertdialog")
    expect(question).to_contain_text("Nothing is paid back.")
    page.keyboard.press("Escape")
    expect(yours).to_be_visible()
    button(panel, "Pass on to 5FHneW…94ty").click()
    button(panel, re.compile("^Pass it on")).click()
    expect(result(panel)).to_contain_text("Passed on")
    expect(yours).to_be_hidden()
    expect(card(panel, "digits")).to_contain_text("1 holder")


def test_what_strangers_wrote_is_text_and_nothing_else(lab: Any, open_notebook: Any) -> None:
    hostile = """
        from dml_sdk.texts import store_text
        evil = '<img src=x onerror="document.title=1">'
        own = store_text(session.store, "terms", evil + chr(0x202e) + "terms")
        worst = upload(
            evil, licence=evil[:38] + "</bdi>",
            serve=dml.LicenceTerms(price=1, jurisdiction="<b>EU</b>", text=own))
        worst.propose_update(worst.weights(), metrics={"<i>accuracy</i>": 1}).reject(evil)
    """
    path = write_notebook(
        lab.folder / "hostile.ipynb", MAKE, hostile, "widgets.ModelBrowser(session, model=worst)"
    )
    opened = open_notebook(path)
    opened.run_first(3)
    panel = opened.page.locator(".dml-model-browser")
    expect(panel.locator(".dml-opened-name")).to_contain_text(
        '<img src=x onerror="document.title=1">'
    )
    expect(panel.locator(".dml-lineage")).to_contain_text("<img src=x")
    expect(panel.get_by_role("radio", name=re.compile("serve"))).to_be_visible()
    expect(panel.get_by_role("region", name="Licences sold")).to_contain_text("<b>EU</b>")
    button(panel, "Read them").click()
    expect(panel.locator(".dml-terms-text")).to_contain_text("<img src=x")
    assert panel.locator("img, b b, i").count() == 0
    assert opened.page.title() != "1"
    opened.photograph("model-browser-hostile", ".dml-model-browser")


def test_three_hundred_models_come_a_page_at_a_time_in_small_messages(
    lab: Any, open_notebook: Any
) -> None:
    many = """
        chain, like = session.chain, model.latest
        calls = [
            chain.call("Models", "register", location={"Cid": like.location.cid},
                       hash="0x" + like.sha256, name=f"model {number}", licence="MIT",
                       metadata_hash="0x" + "00" * 32)
            for number in range(297)]
        for start in range(0, len(calls), 32):
            chain.submit(chain.batch(calls[start : start + 32]), session.signer)
    """
    path = write_notebook(lab.folder / "many.ipynb", MAKE, many, SHOW)
    opened = open_notebook(path)
    sizes: list[int] = []

    def heard(frame: str | bytes) -> None:
        data = frame if isinstance(frame, bytes) else frame.encode()
        if b'"found"' in data and b'"_esm"' not in data:  # which has the widget's own script
            sizes.append(len(data))

    def listen(socket: WebSocket) -> None:
        socket.on("framereceived", heard)

    opened.page.on("websocket", listen)
    opened.page.reload()
    opened.page.wait_for_selector(".jp-Notebook .jp-Cell")
    opened.page.get_by_text("| Idle").wait_for()
    opened.run_first(3)
    panel = opened.page.locator(".dml-model-browser")
    cards, count = panel.locator(".dml-card"), panel.locator(".dml-pager [role=status]")
    expect(count).to_have_text("1–12 of 300")
    expect(cards).to_have_count(12)
    button(panel, "Next page").click()
    expect(count).to_have_text("13–24 of 300")
    expect(cards.first).to_contain_text("model 284")
    panel.locator(".dml-copy").first.focus()
    opened.page.keyboard.press("p")
    expect(count).to_have_text("1–12 of 300")
    panel.get_by_placeholder("name, licence").fill("#299")
    expect(cards).to_have_count(1)
    panel.get_by_placeholder("name, licence").fill("model 29")
    expect(count).to_have_text("1–10 of 10 (of 300)")
    button(panel, "model 296").click()
    expect(panel.get_by_role("region", name="Licences sold")).to_contain_text("open to everybody")
    assert sizes and max(sizes) < 16_000, sizes


@needs_axe
def test_both_themes_wide_and_narrow_are_readable_for_everybody(
    lab: Any, open_notebook: Any
) -> None:
    narrow = """
        slim = widgets.ModelBrowser(session.as_("eve"), model=model)
        slim.layout.width = "360px"
        slim
    """
    path = write_notebook(lab.folder / "themes.ipynb", MAKE, TREE, SHOW_EVE, narrow)
    opened = open_notebook(path, width=1500, height=2400)
    page: Page = opened.page
    opened.run_first(4)
    wide, slim = panels(page)
    button(wide, "Buy download for 1 DML").click()
    expect(result(wide)).to_contain_text("Bought")
    expect(preview(wide)).to_contain_text("commercial, for 50 DML")
    for panel in (wide, slim):
        expect(panel.locator(".dml-lineage li")).to_have_count(7)
        expect(panel.locator(".dml-lineage")).to_contain_text("it is no better than version 2")
        expect(panel.get_by_role("region", name="Yours")).to_be_visible()
    for theme in ("Light", "Dark"):
        opened.set_theme(f"JupyterLab {theme}")
        for name, panel in (("wide", wide), ("narrow", slim)):
            assert panel.evaluate("e => e.scrollWidth <= e.clientWidth"), f"{name} sticks out"
            panel.scroll_into_view_if_needed()
            panel.screenshot(path=ARTEFACTS / f"model-browser-{name}-{theme}.png")
        assert violations(page, ".dml-model-browser") == []
    opened.set_theme("JupyterLab Light")


def test_a_lost_kernel_is_said_and_the_notebook_keeps_the_picture(
    lab: Any, open_notebook: Any
) -> None:
    path = write_notebook(lab.folder / "kept-models.ipynb", MAKE, TREE, SHOW_EVE)
    opened = open_notebook(path)
    opened.run_first(3)
    page: Page = opened.page
    panel = page.locator(".dml-model-browser")
    panel.get_by_placeholder("name, licence").fill("dig")
    expect(panel.locator(".dml-card")).to_have_count(1)
    page.locator(".jp-Notebook").first.press("Control+s")
    page.wait_for_function(
        "() => !document.querySelector('.jp-mod-dirty, .lm-TabBar-tab.jp-mod-dirty')"
    )
    assert "dml-picture" in json.dumps(json.loads(path.read_text(encoding="utf-8"))["cells"])
    page.get_by_role("menuitem", name="Kernel", exact=True).click()
    page.get_by_text("Shut Down Kernel", exact=True).click()
    expect(panel.locator(".dml-chain")).to_contain_text("disconnected")
    expect(panel.locator(".dml-message")).to_contain_text("The kernel is gone")
    expect(button(panel, re.compile("^Buy"))).to_have_attribute("aria-disabled", "true")
    expect(panel.get_by_placeholder("name, licence")).to_have_value("dig")
    page.context.close()

    again = open_notebook(path)
    picture = again.page.locator(".dml-picture")
    expect(picture).to_be_visible()
    expect(picture).to_contain_text("digits")
    expect(picture).to_contain_text("it is no better than version 2")
    expect(again.page.locator(".dml-model-browser")).to_have_count(0)
    again.photograph("model-browser-picture", ".dml-picture")
