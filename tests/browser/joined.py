"""A widget's two halves joined without a Jupyter between them: the kernel half in this process, the
browser half on a plain page, and the messages that they send each other; both are real.
"""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import Any

import comm
import pytest
from playwright.sync_api import Browser, Locator, Page, Route

from dml_sdk.widgets import browser as half
from tests.browser.pages import WAIT_MS
from tests.browser.test_kit import DARK

Told = tuple[str, dict[str, Any], list[bytes]]

_DRAW = """async state => {
    const listeners = new Map();
    const told = event => listeners.get(event) ?? listeners.set(event, new Set()).get(event);
    window.kernel = {
        state,
        get: trait => kernel.state[trait] ?? {},
        on: (event, listener) => told(event).add(listener),
        off: (event, listener) => told(event).delete(listener),
        send: message => toKernel(JSON.stringify(message)),
        tell(traits) {
            Object.assign(kernel.state, traits);
            for (const trait of Object.keys(traits)) told(`change:${trait}`).forEach(f => f());
        },
        say(content, buffers) {
            const views = buffers.map(text =>
                new DataView(Uint8Array.from(atob(text), c => c.charCodeAt(0)).buffer));
            told("msg:custom").forEach(f => f(content, views));
        },
    };
    const panel = await import("/panel.js");
    panel.default.render({model: kernel, el: document.getElementById("place")});
}"""


class JoinedComm(comm.base_comm.BaseComm):
    """Keeps what a widget tells its page until the page takes it."""

    told: dict[str, SimpleQueue[Told]] = {}  # noqa: RUF012  # of all comms

    def publish_msg(
        self,
        msg_type: str,
        data: Any = None,
        metadata: Any = None,
        buffers: Any = None,
        **_: Any,
    ) -> None:
        queue = self.told.setdefault(self.comm_id, SimpleQueue())
        queue.put((msg_type, data or {}, [bytes(buffer) for buffer in buffers or ()]))


@pytest.fixture
def joined_comms(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every widget that is made speaks to pages by a `JoinedComm`."""
    monkeypatch.setattr(comm, "create_comm", JoinedComm)


class Joined:
    """A widget on a page.

    Args:
        entry: the browser half's entry file, "task/panel".
        widget: the kernel half, made with `joined_comms`.

    Attributes:
        page, place: the page, and the widget on it.
        errors: what its scripts raised.
        outside: what it asked of others.
    """

    def __init__(
        self, browser: Browser, entry: str, widget: Any, *, width: int = 1100, dark: bool = False
    ) -> None:
        self.widget = widget
        self.page: Page = browser.new_page(viewport={"width": width, "height": 1000})
        self.page.set_default_timeout(WAIT_MS)
        self.errors: list[str] = []
        self.outside: list[str] = []
        self._asked: list[dict[str, Any]] = []
        self.page.on("pageerror", lambda e: self.errors.append(str(e)))
        self.page.route("**/*", self._guard)
        self.page.route("http://kit.test/**", lambda route: self._serve(route, entry, dark))
        self.page.goto("http://kit.test/")
        self.page.expose_function("toKernel", lambda text: self._asked.append(json.loads(text)))
        state = {
            name: value
            for name, value in widget.get_state().items()
            if not name.startswith("_") and name not in ("layout", "tabbable", "tooltip")
        }
        self.page.evaluate(_DRAW, state)

    @property
    def place(self) -> Locator:
        return self.page.locator("#place")

    def until(self, condition: Callable[[], object], what: str) -> None:
        """Carries messages to and fro until something is so."""
        deadline = time.monotonic() + WAIT_MS / 1000
        while not condition():
            self.carry()
            if time.monotonic() > deadline:
                raise AssertionError(f"never came: {what}")

    def carry(self) -> None:
        """Carries what each half has told the other by now."""
        self.page.wait_for_timeout(10)
        while self._asked:
            content = {"data": {"method": "custom", "content": self._asked.pop(0)}}
            self.widget._handle_msg({"content": content, "buffers": []})
        queue = JoinedComm.told.get(self.widget.comm.comm_id)
        while queue is not None:
            try:
                kind, data, buffers = queue.get_nowait()
            except Empty:
                return
            if kind == "comm_msg" and data.get("method") == "update":
                self.page.evaluate("traits => kernel.tell(traits)", data["state"])
            elif kind == "comm_msg" and data.get("method") == "custom":
                texts = [base64.b64encode(buffer).decode() for buffer in buffers]
                self.page.evaluate("([c, b]) => kernel.say(c, b)", [data["content"], texts])

    def close(self) -> None:
        self.page.close()
        assert not self.errors, f"the page raised {self.errors}"
        assert not self.outside, f"the page asked for {self.outside}"

    def _guard(self, route: Route) -> None:
        if route.request.url.startswith(("blob:", "data:")):
            route.continue_()
            return
        self.outside.append(route.request.url)
        route.abort()

    def _serve(self, route: Route, entry: str, dark: bool) -> None:
        if route.request.url.endswith("/panel.js"):
            route.fulfill(content_type="text/javascript", body=half.module(entry))
            return
        theme = "; ".join(f"{k}: {v}" for k, v in DARK.items()) if dark else ""
        styles = (
            f":root {{{theme}}} body {{background: var(--jp-layout-color1, #fff)}} "
            f"{self.widget._css}"
        )
        route.fulfill(
            content_type="text/html",
            body="<!doctype html><html lang='en'><meta charset='utf-8'><title>joined</title>"
            f"<style>{styles}</style><body data-jp-theme-light='{str(not dark).lower()}'>"
            "<main><h1 hidden>Panel</h1><div id='place'></div></main></body></html>",
        )
