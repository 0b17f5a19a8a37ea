"""The dialogue that asks before much is moved, below a cell that waits for it."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import write_notebook

ASK = """
    import dml_sdk as dml
    from dml_sdk import widgets
    from dml_sdk.chain.confirmation import Effect, Question
    session = dml.connect(store="memory")
    alice, bob, token = session.signer, session.account("bob"), session.chain.token
    moved = {alice.address: (token.amount(5_000),), bob.address: (token.amount(5_000),)}
    question = Question(
        alice, "Pools.fund", {"model": 0, "amount": 5 * 10**15},
        Effect((token.amount(5_000),), moved), token.amount("0.0059"))
    print("answer:", widgets.confirm(question))
"""


@pytest.mark.parametrize(
    ("key", "answer", "said"),
    [("Enter", "True", "Confirmed: Pools.fund"), ("Escape", "False", "Not confirmed")],
)
def test_the_cell_waits_and_a_key_answers(
    lab: Any, open_notebook: Any, key: str, answer: str, said: str
) -> None:
    opened = open_notebook(write_notebook(lab.folder / "confirm.ipynb", ASK))
    page: Page = opened.page
    opened.run_all()
    question = page.get_by_role("alertdialog")
    expect(question).to_be_focused()
    expect(page.locator(".jp-CodeCell .jp-InputPrompt")).to_have_text("[*]:")
    expect(question).to_contain_text("5,000 DML")
    expect(question).to_contain_text("alice")
    opened.photograph("confirm-dialog", ".dml-confirm-dialog")
    page.wait_for_timeout(500)
    page.keyboard.press(key)
    expect(page.get_by_text(f"answer: {answer}", exact=True)).to_be_visible()
    expect(page.locator(".dml-answer")).to_contain_text(said)
    expect(question).to_be_hidden()
