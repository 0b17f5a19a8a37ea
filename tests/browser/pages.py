"""Pages of a real browser that may talk to nobody but this machine, and what is served to them."""

from __future__ import annotations

import os
import re
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

import nbformat
from playwright.sync_api import Browser, Page, Route

import dml_sdk

ROOT = Path(__file__).resolve().parents[2]
ARTEFACTS = ROOT / "artefacts"
WAIT_MS = 180_000
# JupyterLab's dark theme, for pages that are not JupyterLab's.
DARK = {
    "--jp-ui-font-color1": "rgba(255, 255, 255, 0.87)",
    "--jp-ui-font-color2": "rgba(255, 255, 255, 0.54)",
    "--jp-layout-color1": "#111111",
    "--jp-layout-color2": "#212121",
    "--jp-border-color1": "#616161",
    "--jp-border-color2": "#424242",
    "--jp-brand-color1": "#2196f3",
}


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


def jupyter_environment(home: Path) -> dict[str, str]:
    """What a Jupyter server and its kernels run with: settings of their own, none of the user's."""
    # Kernels test what this process tests, wherever else it is installed.
    tree = str(Path(dml_sdk.__file__).parents[1])
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(filter(None, [tree, os.environ.get("PYTHONPATH")])),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "JUPYTER_CONFIG_DIR": str(home / "config"),
        "JUPYTER_DATA_DIR": str(home / "data"),
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
        "IPYTHONDIR": str(home / "ipython"),
    }


@dataclass
class Opened:
    """A page that is open in the browser.

    Attributes:
        outside: what it asked of others than this machine, which it was not given.
        errors: what its scripts raised.
    """

    page: Page
    outside: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def photograph(self, name: str, selector: str) -> None:
        """Keeps a picture of an element among the test's artefacts."""
        ARTEFACTS.mkdir(exist_ok=True)
        target = self.page.locator(selector).first
        target.scroll_into_view_if_needed()
        self.page.mouse.move(0, 0)
        target.screenshot(path=ARTEFACTS / f"{name}.png")


AnyOpened = TypeVar("AnyOpened", bound=Opened)


def new_page(
    browser: Browser, kind: type[AnyOpened], width: int, height: int, allowed: str = r"(?!)"
) -> AnyOpened:
    """An empty page with a profile of its own.

    Args:
        kind: what the page will show.
        width, height: pixels.
        allowed: addresses outside that the server's own page names; they are not loaded either.
    """
    context = browser.new_context(
        viewport={"width": width, "height": height},
        permissions=["clipboard-read", "clipboard-write"],
        accept_downloads=True,
    )
    page = context.new_page()
    page.set_default_timeout(WAIT_MS)
    opened = kind(page)

    def guard(route: Route) -> None:
        url = urlsplit(route.request.url)
        if url.scheme in ("data", "blob") or url.hostname in ("127.0.0.1", "localhost"):
            route.continue_()
            return
        if not re.match(allowed, route.request.url):
            opened.outside.append(route.request.url)
        route.abort()

    page.route("**/*", guard)
    page.on("pageerror", lambda e: opened.errors.append(str(e)))
    return opened


@contextmanager
def left_in_order(test: str) -> Iterator[list[Opened]]:
    """Pages are added to what it gives; at the end none may have asked anything of the outside.

    They are photographed as the test left them, which is what explains a failure.
    """
    opened: list[Opened] = []
    yield opened
    ARTEFACTS.mkdir(exist_ok=True)
    name = re.sub(r"\W+", "-", test).strip("-")
    for number, one in enumerate(opened):
        if not one.page.is_closed():
            one.page.screenshot(path=ARTEFACTS / f"left-{name}-{number}.png")
        one.page.context.close()
    for one in opened:
        assert not one.outside, f"the page asked for {one.outside}"
        assert not one.errors, f"the page raised {one.errors}"
