"""A JupyterLab and a Voila of their own, and a real browser that may talk to nobody else."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

import dml_sdk as dml
from dml_sdk.widgets import live
from tests.annotation.tasks import images
from tests.browser.desk_page import DIGITS, DeskPage
from tests.browser.pages import (
    ARTEFACTS,
    WAIT_MS,
    Opened,
    jupyter_environment,
    left_in_order,
    new_page,
    write_notebook,
)
from tests.browser.panel_page import PanelComm, PanelPage
from tests.browser.voila import Served, Voila, VoilaPage, running_voila, served_chain
from tests.peers import free_port
from tests.waiting import LONG

__all__ = ["ARTEFACTS", "AXE", "needs_axe", "violations", "write_notebook"]

AXE = Path(os.environ.get("DML_TEST_AXE", Path(__file__).parent / "axe"))
needs_axe = pytest.mark.skipif(
    not (AXE / "node_modules").is_dir(),
    reason="axe-core is not installed: npm ci --prefix tests/browser/axe",
)
_DROPPED_MS = 15_000
"""After which a click or key without effect is one that came too early."""
# A machine that does much else is slow; a test that passes waits no longer for it.
expect.set_options(timeout=WAIT_MS)


def violations(page: Page, selector: str) -> list[str]:
    """What axe-core finds wrong with an element, by WCAG 2.2 AA: each rule and where.

    Only what is serious or worse is told.
    """
    page.evaluate((AXE / "node_modules/axe-core/axe.min.js").read_text(encoding="utf-8"))
    found = page.evaluate(
        """selector => axe.run({include: [selector]}, {runOnly: {type: "tag", values:
            ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}})""",
        selector,
    )
    return [
        f"{rule['id']}: {rule['help']}: {[node['html'][:160] for node in rule['nodes']]}"
        for rule in found["violations"]
        if rule["impact"] in ("serious", "critical")
    ]


def _chromium() -> str | None:
    given = os.environ.get("DML_TEST_CHROMIUM")
    return given or shutil.which("chromium") or shutil.which("chromium-browser")


@dataclass(frozen=True)
class Lab:
    """A running JupyterLab.

    Attributes:
        url: where it listens, on the loopback.
        folder: what it serves.
    """

    url: str
    folder: Path


@dataclass
class Notebook(Opened):
    """A notebook that is open in JupyterLab."""

    def run_all(self) -> None:
        """Runs every cell; a click that comes before the kernel is ready is dropped, so again."""
        prompt = self.page.locator(".jp-CodeCell .jp-InputPrompt").first
        for _ in range(10):
            self.page.get_by_role("menuitem", name="Run", exact=True).click()
            self.page.get_by_text("Run All Cells", exact=True).click()
            try:
                expect(prompt).not_to_have_text("[ ]:", timeout=_DROPPED_MS)
                return
            except AssertionError:
                continue
        raise AssertionError("JupyterLab dropped every 'Run All Cells'")

    def run_first(self, cells: int) -> None:
        """Runs so many cells, each to its end."""
        for number in range(cells):
            self.run(self.page.locator(".jp-CodeCell").nth(number))

    def run(self, cell: Locator) -> None:
        """Runs a cell to its end; a key that comes before the kernel is ready is dropped."""
        prompt = cell.locator(".jp-InputPrompt")
        for _ in range(10):
            cell.locator(".cm-content").click()
            self.page.keyboard.press("Control+Enter")
            try:
                expect(prompt).not_to_have_text("[ ]:", timeout=_DROPPED_MS)
                break
            except AssertionError:
                continue
        expect(prompt).to_have_text(re.compile(r"\[\d+\]:"))

    def set_theme(self, name: str) -> None:
        """Switches the theme: "JupyterLab Light" or "JupyterLab Dark"."""
        self.page.get_by_role("menuitem", name="Settings", exact=True).click()
        self.page.get_by_text("Theme", exact=True).hover()
        self.page.get_by_text(name, exact=True).click()
        light = "true" if name.endswith("Light") else "false"
        self.page.wait_for_selector(f"body[data-jp-theme-light='{light}']", state="attached")

    def photograph(self, name: str, selector: str = ".dml-round-monitor") -> None:
        """Keeps a picture of an element among the test's artefacts."""
        super().photograph(name, selector)


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """JupyterLab on a free port, with settings of its own and nothing of the user's."""
    home = tmp_path_factory.mktemp("lab")
    folder = home / "notebooks"
    folder.mkdir()
    settings = home / "settings"
    quiet = settings / "@jupyterlab" / "apputils-extension"
    quiet.mkdir(parents=True)
    (quiet / "notification.jupyterlab-settings").write_text(
        json.dumps({"fetchNews": "false", "checkForUpdates": False, "doNotDisturbMode": True})
    )
    port = free_port()
    environment = {
        **jupyter_environment(home),
        "JUPYTERLAB_SETTINGS_DIR": str(settings),
        "JUPYTERLAB_WORKSPACES_DIR": str(home / "workspaces"),
    }
    command = [
        sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root",
        "--ServerApp.ip=127.0.0.1", f"--ServerApp.port={port}", "--ServerApp.port_retries=0",
        "--IdentityProvider.token=", "--ServerApp.password=", f"--ServerApp.root_dir={folder}",
        "--LabApp.news_url=", "--LabApp.extension_manager=readonly",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        "--ServerApp.terminals_enabled=False",
    ]  # fmt: skip
    log = home / "lab.log"
    with log.open("w") as out:
        server = subprocess.Popen(
            command, env=environment, stdout=out, stderr=out, stdin=subprocess.DEVNULL
        )
        try:
            _wait_for(f"http://127.0.0.1:{port}/api", server, log)
            yield Lab(f"http://127.0.0.1:{port}", folder)
        finally:
            server.terminate()
            try:
                server.wait(10)
            except subprocess.TimeoutExpired:
                server.kill()


def _wait_for(url: str, server: subprocess.Popen[Any], log: Path) -> None:
    deadline = time.monotonic() + LONG
    while True:
        try:
            urllib.request.urlopen(url, timeout=30).read()  # noqa: S310  # the loopback
            return
        except OSError:
            if server.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"JupyterLab did not start:\n{log.read_text()}") from None
            time.sleep(0.1)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium without a window."""
    executable = _chromium()
    if executable is None:
        pytest.skip("no chromium: install one, or name it in DML_TEST_CHROMIUM")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(
            executable_path=executable, args=["--no-sandbox", "--disable-gpu"]
        )
        yield opened
        opened.close()


@pytest.fixture
def open_notebook(lab: Lab, browser: Browser, request: pytest.FixtureRequest) -> Iterator[Any]:
    """Opens a notebook file in JupyterLab; what it asks of the outside fails the test."""
    with left_in_order(request.node.name) as opened:

        def open_it(path: Path, width: int = 1400, height: int = 1500) -> Notebook:
            if path.parent != lab.folder:
                shutil.copy(path, lab.folder)
            notebook = new_page(browser, Notebook, width, height)
            opened.append(notebook)
            notebook.page.goto(f"{lab.url}/lab/tree/{path.name}?reset")
            notebook.page.wait_for_selector(".jp-Notebook .jp-Cell")
            # Only a connected kernel is told to be idle here; before that, running asks which.
            notebook.page.get_by_text("| Idle").wait_for()
            return notebook

        yield open_it


@pytest.fixture
def open_panel(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Opens a panel, made in the test, on a plain page of its own; as often as is wanted."""
    monkeypatch.setattr(live, "OpenLine", PanelComm)
    opened: list[PanelPage] = []

    def open_it(entry: str, panel: Any, **page: Any) -> PanelPage:
        opened.append(PanelPage(browser, entry, panel, **page))
        return opened[-1]

    yield open_it
    for one in opened:
        one.panel.close()
    for one in opened:
        one.close()


@pytest.fixture
def open_desk(
    browser: Browser, model: dml.Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Any]:
    """Opens Bob's questionnaire panel on a task of some items, all one batch, and takes that."""
    monkeypatch.setattr(live, "OpenLine", PanelComm)
    opened: list[DeskPage] = []

    def open_it(
        items: Any = None,
        questions: dml.Questionnaire = DIGITS,
        *,
        take: bool = True,
        answers_per_item: int = 1,
        stake: int = 0,
        **page: Any,
    ) -> DeskPage:
        given = images(6) if items is None else items
        task = model.annotation_task(
            items=given, questionnaire=questions, reward_per_point="0.05", batch_size=len(given),
            answers_per_item=answers_per_item, stake=stake,
        )  # fmt: skip
        mine = model.session.as_("bob").task(task, drafts=tmp_path / "drafts")
        opened.append(DeskPage(browser, mine, **page))
        if take:
            opened[-1].take()
        return opened[-1]

    yield open_it
    for desk in opened:
        desk.panel.close()
    for desk in opened:
        desk.close()


@pytest.fixture(scope="session")
def voila(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Voila]:
    """Voila on a free port, with settings of its own."""
    with running_voila(tmp_path_factory.mktemp("voila")) as running:
        yield running


@pytest.fixture
def open_voila(voila: Voila, browser: Browser, request: pytest.FixtureRequest) -> Iterator[Any]:
    """Opens a published notebook as a member, as `Voila.open` does."""
    with left_in_order(request.node.name) as opened:

        def open_it(name: str, member: str, **options: Any) -> VoilaPage:
            page = voila.open(browser, name, member, **options)
            opened.append(page)
            return page

        yield open_it


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    """A chain that Voila's pages join; no token may be lost by any test."""
    with served_chain(tmp_path / "store") as chain:
        yield chain
