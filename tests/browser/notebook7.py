"""A Notebook 7 of its own, and notebooks that are open in it."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Locator, expect

from tests.browser.pages import Opened, jupyter_environment, new_page
from tests.peers import free_port, listening

_DROPPED_MS = 15_000
"""After which a key without effect is one that came too early."""
# What Notebook 7.6 raises while it opens any notebook, an empty one too.
_ITS_OWN = "Cannot read properties of undefined (reading 'schema')"


@dataclass
class NotebookPage(Opened):
    """A notebook that is open in Notebook 7."""

    def forgive(self) -> None:
        """Forgets what Notebook 7 itself raised."""
        self.errors = [error for error in self.errors if error != _ITS_OWN]

    def cell(self, number: int) -> Locator:
        """A cell, from 0."""
        return self.page.locator(".jp-CodeCell").nth(number)

    def run_first(self, cells: int) -> None:
        """Runs so many cells, each to its end."""
        for number in range(cells):
            self.run(number)

    def run(self, number: int) -> None:
        """Runs a cell to its end; a key that comes before the kernel is ready is dropped."""
        prompt = self.cell(number).locator(".jp-InputPrompt")
        before = prompt.text_content() or ""
        for _ in range(10):
            self.cell(number).locator(".cm-content").click()
            self.page.keyboard.press("Control+Enter")
            try:
                expect(prompt).not_to_have_text(before, timeout=_DROPPED_MS)
                break
            except AssertionError:
                continue
        expect(prompt).to_have_text(re.compile(r"\[\d+\]:"))


@dataclass(frozen=True)
class Notebook7:
    """A running Notebook 7.

    Attributes:
        url: where it listens, on the loopback.
        folder: what it serves.
    """

    url: str
    folder: Path

    def open(
        self, browser: Browser, name: str, width: int = 1300, height: int = 1400
    ) -> NotebookPage:
        """The page of a notebook, in a browser profile of its own."""
        opened = new_page(browser, NotebookPage, width, height)
        opened.page.on("dialog", lambda dialog: dialog.accept())  # what is not saved is left
        self.show(opened, name)
        return opened

    def show(self, opened: NotebookPage, name: str) -> None:
        """Goes to another notebook, in the same browser profile."""
        opened.page.goto(f"{self.url}/notebooks/{name}")
        opened.page.wait_for_selector(".jp-Notebook .jp-Cell")


@contextmanager
def running_notebook7(home: Path) -> Iterator[Notebook7]:
    """Notebook 7 on a free port, from when it listens until the end; then its kernels end too."""
    folder, port = home / "notebooks", free_port()
    folder.mkdir()
    command = [
        sys.executable, "-m", "notebook", "--no-browser", "--allow-root",
        "--ServerApp.ip=127.0.0.1", f"--ServerApp.port={port}", "--ServerApp.port_retries=0",
        "--IdentityProvider.token=", "--ServerApp.password=", f"--ServerApp.root_dir={folder}",
        "--ServerApp.terminals_enabled=False", "--JupyterNotebookApp.expose_app_in_browser=True",
        "--LabApp.news_url=", "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    ]  # fmt: skip
    environment = {
        **jupyter_environment(home),
        "JUPYTERLAB_SETTINGS_DIR": str(home / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(home / "workspaces"),
    }
    with listening(command, home / "notebook.log", port, environment=environment) as address:
        yield Notebook7(f"http://{address}", folder)
