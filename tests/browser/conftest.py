"""A JupyterLab of its own and a real browser that may talk to nobody else."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import textwrap
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import nbformat
import pytest
from playwright.sync_api import Browser, Page, Route, expect, sync_playwright

import dml_sdk

ROOT = Path(__file__).resolve().parents[2]
ARTEFACTS = ROOT / "artefacts"
AXE = Path(os.environ.get("DML_TEST_AXE", Path(__file__).parent / "axe"))
NO_AXE = "axe-core is not installed: npm ci --prefix tests/browser/axe"
_WAIT_MS = 60_000
_START_SECONDS = 60


def write_notebook(path: Path, *cells: str) -> Path:
    """A notebook of code cells."""
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(textwrap.dedent(cell).strip()) for cell in cells]
    )
    notebook.metadata.kernelspec = {
        "name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python",
    }  # fmt: skip
    nbformat.write(notebook, path)
    return path


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
class Notebook:
    """A notebook that is open in JupyterLab in the browser."""

    page: Page
    outside: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def run_all(self) -> None:
        """Runs every cell; a click that comes before the kernel is ready is dropped, so again."""
        prompt = self.page.locator(".jp-CodeCell .jp-InputPrompt").first
        for _ in range(10):
            self.page.get_by_role("menuitem", name="Run", exact=True).click()
            self.page.get_by_text("Run All Cells", exact=True).click()
            try:
                expect(prompt).not_to_have_text("[ ]:", timeout=3_000)
                return
            except AssertionError:
                continue
        raise AssertionError("JupyterLab dropped every 'Run All Cells'")

    def run_first(self, cells: int) -> None:
        """Runs so many cells, each to its end."""
        for number in range(cells):
            cell = self.page.locator(".jp-CodeCell").nth(number)
            prompt = cell.locator(".jp-InputPrompt")
            for _ in range(10):
                cell.locator(".cm-content").click()
                self.page.keyboard.press("Control+Enter")
                try:
                    expect(prompt).not_to_have_text("[ ]:", timeout=3_000)
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
        ARTEFACTS.mkdir(exist_ok=True)
        target = self.page.locator(selector).first
        target.scroll_into_view_if_needed()
        self.page.mouse.move(0, 0)
        target.screenshot(path=ARTEFACTS / f"{name}.png")


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
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    # Kernels test what this process tests, wherever else it is installed.
    tree = str(Path(dml_sdk.__file__).parents[1])
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(filter(None, [tree, os.environ.get("PYTHONPATH")])),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "JUPYTER_CONFIG_DIR": str(home / "config"),
        "JUPYTER_DATA_DIR": str(home / "data"),
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
        "JUPYTERLAB_SETTINGS_DIR": str(settings),
        "JUPYTERLAB_WORKSPACES_DIR": str(home / "workspaces"),
        "IPYTHONDIR": str(home / "ipython"),
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
    deadline = time.monotonic() + _START_SECONDS
    while True:
        try:
            urllib.request.urlopen(url, timeout=2).read()  # noqa: S310  # the loopback
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
    """Opens a notebook file in the browser; whatever it asks of the outside fails the test.

    The pages are photographed as the test left them, which is what explains a failure.
    """
    opened: list[Notebook] = []

    def open_it(path: Path, width: int = 1400, height: int = 1500) -> Notebook:
        if path.parent != lab.folder:
            shutil.copy(path, lab.folder)
        context = browser.new_context(
            viewport={"width": width, "height": height},
            permissions=["clipboard-read", "clipboard-write"],
            accept_downloads=True,
        )
        page = context.new_page()
        page.set_default_timeout(_WAIT_MS)
        notebook = Notebook(page)

        def guard(route: Route) -> None:
            url = urlsplit(route.request.url)
            if url.scheme in ("data", "blob") or url.hostname in ("127.0.0.1", "localhost"):
                route.continue_()
            else:
                notebook.outside.append(route.request.url)
                route.abort()

        page.route("**/*", guard)
        page.on("pageerror", lambda e: notebook.errors.append(str(e)))
        page.goto(f"{lab.url}/lab/tree/{path.name}?reset")
        page.wait_for_selector(".jp-Notebook .jp-Cell")
        # Only a connected kernel is told to be idle here; before that, running asks which to use.
        page.get_by_text("| Idle").wait_for()
        opened.append(notebook)
        return notebook

    yield open_it
    ARTEFACTS.mkdir(exist_ok=True)
    for number, notebook in enumerate(opened):
        name = re.sub(r"\W+", "-", request.node.name).strip("-")
        if not notebook.page.is_closed():
            notebook.page.screenshot(path=ARTEFACTS / f"left-{name}-{number}.png")
        outside, errors = list(notebook.outside), list(notebook.errors)
        notebook.page.context.close()
        assert not outside, f"the page asked for {outside}"
        assert not errors, f"the page raised {errors}"
