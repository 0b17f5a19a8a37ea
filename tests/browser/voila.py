"""A Voila of its own, and pages that it serves: a notebook as its readers get it, without code."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser

import dml_sdk as dml
from dml_sdk.chain.node.serving import Server
from dml_sdk.storage import LocalStore
from tests.browser.pages import Opened, jupyter_environment, new_page, write_notebook
from tests.peers import free_port, listening

Theme = Literal["light", "dark"]
# Voila's template names two style sheets of icons; it does without them.
_ICONS = r"https://cdn\.jsdelivr\.net/npm/@fortawesome/fontawesome-free@"
# One notebook is every member's: its page's address says whose this one is.
_MEMBER = """
    import os
    from urllib.parse import parse_qs
    import dml_sdk as dml
    from dml_sdk import widgets
    from dml_sdk.storage import LocalStore
    member = parse_qs(os.environ["QUERY_STRING"])["member"][0]
    session = dml.connect({url!r}, account=member, store=LocalStore({store!r}))
"""


@dataclass(frozen=True)
class Served:
    """A chain that others have joined, and the files that go with it.

    Attributes:
        session: Alice's, in the process that has the chain.
        server: where others reach it.
        store: the folder that everybody's files are in.
    """

    session: dml.Session
    server: Server
    store: Path

    def as_(self, name: str) -> dml.Session:
        """Somebody's session in the same process."""
        return self.session.as_(name)


@dataclass
class VoilaPage(Opened):
    """A notebook that Voila shows to somebody."""


@dataclass(frozen=True)
class Voila:
    """A running Voila.

    Attributes:
        url: where it listens, on the loopback.
        folder: the notebooks that it shows.
    """

    url: str
    folder: Path

    def publish(self, name: str, served: Served, *cells: str) -> str:
        """Puts a notebook there in which a member's `session` is on a served chain; its name."""
        member = _MEMBER.format(url=served.server.url, store=str(served.store))
        write_notebook(self.folder / f"{name}.ipynb", member, *cells)
        return name

    def open(
        self,
        browser: Browser,
        name: str,
        member: str,
        theme: Theme = "light",
        width: int = 1100,
        height: int = 1300,
    ) -> VoilaPage:
        """The page of a notebook for a member, in a browser profile of its own."""
        opened = new_page(browser, VoilaPage, width, height, allowed=_ICONS)
        query = f"member={member}&theme={theme}"
        opened.page.goto(f"{self.url}/voila/render/{name}.ipynb?{query}")
        return opened


@contextmanager
def served_chain(folder: Path) -> Iterator[Served]:
    """A chain that is served until the end, when no token may be lost.

    Args:
        folder: for everybody's files.
    """
    with dml.connect(store=LocalStore(folder)) as session:
        yield Served(session, session.serve(), folder)
        audit = session.conserved()
        assert audit.ok, audit


@contextmanager
def running_voila(home: Path) -> Iterator[Voila]:
    """Voila on a free port, from when it listens until the end; then its kernels end too."""
    folder, port = home / "notebooks", free_port()
    folder.mkdir()
    command = [
        sys.executable, "-m", "voila", str(folder), "--no-browser",
        "--Voila.ip=127.0.0.1", f"--Voila.port={port}", "--Voila.port_retries=0",
        "--VoilaConfiguration.show_tracebacks=True",
    ]  # fmt: skip
    environment = jupyter_environment(home)
    with listening(command, home / "voila.log", port, environment=environment) as address:
        yield Voila(f"http://{address}", folder)
