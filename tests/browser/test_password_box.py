"""JupyterLab's password box: what is typed is dots on the page, and nowhere in the notebook."""

from __future__ import annotations

import time
from typing import Any

import nbformat
from playwright.sync_api import expect

from tests.waiting import LONG

PASSWORD = "Zwiebel-Quitte-Rhabarber-7"
CELLS = (
    "import dml_sdk as dml",
    'dml.Account.new("alma.json")',
    'print(dml.Account.from_file("alma.json"), In, _ih, Out)',
)


def test_the_password_of_an_account_is_typed_into_a_box_and_saved_nowhere(
    lab: Any, open_notebook: Any
) -> None:
    path = lab.folder / "accounts.ipynb"
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    cells = [nbformat.v4.new_code_cell(cell) for cell in CELLS]
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel}), path)
    notebook = open_notebook(path)
    page = notebook.page
    notebook.run_all()
    for prompt in (
        "A new password for alma.json:", "The new password for alma.json again:",
        "The password of alma.json:",
    ):  # fmt: skip
        asked = page.locator(".jp-Stdin", has_text=prompt)
        box = asked.locator("input")
        expect(box).to_have_attribute("type", "password")
        box.fill(PASSWORD)
        box.press("Enter")
        expect(asked.locator("input")).to_have_count(0)
    expect(page.locator(".jp-OutputArea-output", has_text="<Account alma").last).to_be_visible()
    notebook.photograph("password-box", ".jp-Notebook")
    assert PASSWORD not in page.content()
    page.keyboard.press("Escape")
    page.keyboard.press("Control+s")
    until = time.monotonic() + LONG
    while "<Account alma" not in path.read_text(encoding="utf-8"):
        assert time.monotonic() < until, "the notebook was not saved"
        page.wait_for_timeout(100)  # which lets the page's requests through, as sleep does not
    saved = [file for file in lab.folder.parent.rglob("*") if file.is_file()]
    assert {"accounts.ipynb", "alma.json"} <= {file.name for file in saved}
    for file in saved:
        assert PASSWORD.encode() not in file.read_bytes(), file
