"""A plain page on a real questionnaire panel, whose kernel half is in this process.

What notebooks add lies in between: here messages go straight from the one to the other, so a test
of the panel itself is not a test of a notebook, and can hold back or lose what the kernel says.
"""

from __future__ import annotations

import base64
import json
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

import comm
from playwright.sync_api import Browser, Locator, Page, Route, expect

import dml_sdk as dml
from dml_sdk.annotation.task import AnnotationTask
from dml_sdk.widgets import QuestionnairePanel
from dml_sdk.widgets import browser as half
from tests.browser.pages import ARTEFACTS, DARK, WAIT_MS

DIGITS = dml.Questionnaire(
    [dml.Choice("digit", "Which digit is this?", options=range(10), help="What was meant.")],
    title="Digits",
    instructions="Look first.\nThen press.",
)
PAGE = """
const listeners = new Map();
const of = (event) => listeners.get(event) ?? listeners.set(event, new Set()).get(event);
export const model = {
  state: await toKernel(null),
  get: (trait) => model.state[trait],
  on: (event, f) => of(event).add(f),
  off: (event, f) => of(event).delete(f),
  send: (message) => { sent.push(message); toKernel(message); },
};
export const sent = [];
const bytes = (text) => new DataView(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer);
export const control = { held: false };
async function listen() {
  for (const told of control.held ? [] : await fromKernel()) {
    if (told.state) {
      Object.assign(model.state, told.state);
      for (const trait of Object.keys(told.state)) of(`change:${trait}`).forEach((f) => f());
    } else {
      of("msg:custom").forEach((f) => f(told.content, told.buffers.map(bytes)));
      desk.heard = Math.max(desk.heard, told.content.heard?.n ?? 0);
    }
  }
  setTimeout(listen, 5);
}
const panel = await import("/questionnaire/panel.js");
const stop = panel.default.render({ model, el: document.getElementById("place") });
window.desk = { model, sent, control, stop, heard: 0 };
listen();
"""


class _Line(comm.base_comm.BaseComm):
    """The kernel's end: what it publishes waits until the page asks for it."""

    told: SimpleQueue[dict[str, Any]]

    def publish_msg(
        self, msg_type: str, data: Any = None, metadata: Any = None, buffers: Any = None, **_: Any
    ) -> None:
        if msg_type != "comm_msg":
            return
        if data["method"] == "update":
            self.told.put({"state": data["state"]})
        elif data["method"] == "custom":
            texts = [base64.b64encode(b).decode() for b in buffers or ()]
            self.told.put({"content": data["content"], "buffers": texts})


class DeskPage:
    """A panel and its page.

    Attributes:
        panel: the kernel half.
        page: the browser's.
    """

    def __init__(
        self, browser: Browser, monkeypatch: Any, task: AnnotationTask, **options: Any
    ) -> None:
        self.told: SimpleQueue[dict[str, Any]] = SimpleQueue()
        line = type("Line", (_Line,), {"told": self.told})
        monkeypatch.setattr(comm, "create_comm", line)
        self.panel = QuestionnairePanel(task)
        self.page = self.open(browser, **options)

    def open(
        self,
        browser: Browser,
        width: int = 1100,
        height: int = 800,
        dark: bool = False,
        **context: Any,
    ) -> Page:
        """A page of its own on the panel."""
        made = browser.new_context(viewport={"width": width, "height": height}, **context)
        page = made.new_page()
        page.set_default_timeout(WAIT_MS)
        self.errors: list[str] = []
        page.on("pageerror", lambda e: self.errors.append(str(e)))
        page.expose_function("toKernel", self._heard)
        page.expose_function("fromKernel", self._say)
        page.route("http://desk.test/**", lambda route: _serve(route, dark))
        page.goto("http://desk.test/")
        page.wait_for_function("window.desk")
        return page

    def _heard(self, message: Any) -> Any:
        if message is None:
            while not self.told.empty():
                self.told.get()
            state = self.panel.get_state()
            return {k: v for k, v in state.items() if not k.startswith("_") and k != "layout"}
        data = {"method": "custom", "content": message}
        self.panel._handle_msg({"content": {"data": data}, "buffers": []})
        return None

    def _say(self) -> list[dict[str, Any]]:
        told = []
        while len(told) < 20:
            try:
                told.append(self.told.get_nowait())
            except Empty:
                break
        return json.loads(json.dumps(told, default=lambda _: None))  # type: ignore[no-any-return]

    def take(self) -> None:
        """Takes a batch and turns to its first item."""
        self.root.get_by_role("button", name="Take a batch").click()
        self.shows(0)
        expect(self.root.locator(".dml-quest:focus-within, .dml-quest:focus")).to_be_visible()

    def shows(self, item: int) -> None:
        """Waits until an item is on the stage."""
        expect(self.root).to_have_attribute("data-item", str(item))

    def answers(self, item: int, expected: dict[str, Any]) -> None:
        """Waits until the desk has these answers of an item."""
        for _ in range(2_000):
            self.settled()
            if self.panel.desk.answers(item) == expected:
                return
        assert self.panel.desk.answers(item) == expected

    def settled(self) -> None:
        """Waits until the desk has heard all that the page sent, and the page what it said."""
        number = max((m.get("n", 0) for m in self.page.evaluate("desk.sent")), default=0)
        if number:
            self.page.wait_for_function("n => desk.heard >= n", arg=number)
        self.page.evaluate("new Promise((resolve) => setTimeout(resolve, 10))")

    @property
    def root(self) -> Locator:
        """The widget's element."""
        return self.page.locator("#place")

    def sent(self, do: str) -> list[dict[str, Any]]:
        """What the page sent of a kind."""
        return [m for m in self.page.evaluate("desk.sent") if m["do"] == do]

    def press(self, *keys: str) -> None:
        """Presses keys, one after the other."""
        for key in keys:
            self.page.keyboard.press(key)

    def photograph(self, name: str) -> None:
        """Keeps a picture of the panel among the test's artefacts."""
        ARTEFACTS.mkdir(exist_ok=True)
        self.root.screenshot(path=ARTEFACTS / f"{name}.png")

    def close(self) -> None:
        self.page.context.close()
        self.panel.close()


def _serve(route: Route, dark: bool) -> None:
    path = route.request.url.partition("desk.test/")[2]
    if path == "page.js":
        route.fulfill(content_type="text/javascript", body=PAGE)
    elif path.endswith(".js"):
        body = (half.folder() / Path(path)).read_text(encoding="utf-8")
        route.fulfill(content_type="text/javascript", body=body)
    else:
        theme = "; ".join(f"{k}: {v}" for k, v in DARK.items()) if dark else ""
        ground = "body {margin: 12px; background: var(--jp-layout-color1, #fff)}"
        mode = f"data-jp-theme-light='{'false' if dark else 'true'}'"
        body = (
            "<!doctype html><html lang='en'><meta charset='utf-8'><title>desk</title>"
            f"<style>:root {{{theme}}} {ground} {QuestionnairePanel._css}</style>"
            f"<body {mode}><main><h1 hidden>Desk</h1><h2 hidden>Panel</h2><h3 hidden>Item</h3>"
            "<div id='place'></div></main><script type='module' src='/page.js'></script>"
        )
        route.fulfill(content_type="text/html", body=body)
