"""A plain page on a real panel, whose kernel half is in this process.

What notebooks add lies in between: here messages go straight from the one half to the other, so a
test of the panel itself is not a test of a notebook, and can hold back what the kernel says.
"""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import Any

import comm
from playwright.sync_api import Browser, Locator, Page, Route

from dml_sdk.widgets import browser as half
from dml_sdk.widgets.panel import Panel
from tests.browser.pages import ARTEFACTS, DARK, WAIT_MS

_ORIGIN = "http://panel.test/"
_AT_ONCE = 20  # messages that the page is given together
_STARTS = """
const listeners = new Map();
const of = (event) => listeners.get(event) ?? listeners.set(event, new Set()).get(event);
const sent = [];
const model = {
  state: await toKernel(null),
  get: (trait) => model.state[trait],
  on: (event, f) => of(event).add(f),
  off: (event, f) => of(event).delete(f),
  send: (message) => { sent.push(message); toKernel(message); },
};
const bytes = (text) => new DataView(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer);
const control = { held: false };
async function listen() {
  for (const told of control.held ? [] : await fromKernel()) {
    if (told.state) {
      Object.assign(model.state, told.state);
      for (const trait of Object.keys(told.state)) of(`change:${trait}`).forEach((f) => f());
    } else {
      of("msg:custom").forEach((f) => f(told.content, told.buffers.map(bytes)));
      panel.heard = Math.max(panel.heard, told.content.heard?.n ?? 0);
      if (told.content.piece) panel.pieces.add(told.content.piece.item);
    }
  }
  setTimeout(listen, 5);
}
const entry = await import("/panel.js");
const stop = entry.default.render({ model, el: document.getElementById("place") });
window.panel = { model, sent, control, stop, heard: 0, pieces: new Set() };
listen();
"""
# A kernel as a notebook tells of it, for a page that has none: `line` takes it away or gives it.
LINE = """
const signal = () => {
  const heard = new Set();
  return {
    connect: (f) => heard.add(f),
    disconnect: (f) => heard.delete(f),
    tell: () => heard.forEach((f) => f()),
  };
};
const kernel = {
  connectionStatus: "connected", status: "idle", isDisposed: false,
  connectionStatusChanged: signal(), statusChanged: signal(), disposed: signal(),
};
model.widget_manager = { kernel };
window.line = (up) => {
  kernel.connectionStatus = up ? "connected" : "connecting";
  kernel.connectionStatusChanged.tell();
};
"""


class PanelComm(comm.base_comm.BaseComm):
    """A line in the place of `OpenLine`: what a widget sends waits until the page asks for it."""

    def __init__(self, *args: Any, **options: Any) -> None:
        self.told: SimpleQueue[dict[str, Any]] = SimpleQueue()
        super().__init__(*args, **options)

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


class PanelPage:
    """A panel and a page of its own in the browser.

    Args:
        entry: the browser half's entry file, "task/panel".
        panel: the kernel half, which speaks through a `PanelComm`.
        dark: whether the page is as JupyterLab's dark theme has it.
        starts: what the page does with its `model` before the panel is there.
        context: what else the browser's context is made with.

    Attributes:
        panel: the kernel half.
        page: the browser's.
        errors: what the page's scripts raised.
        outside: what it asked of others, which it was not given.
    """

    def __init__(
        self,
        browser: Browser,
        entry: str,
        panel: Panel,
        *,
        width: int = 1100,
        height: int = 800,
        dark: bool = False,
        starts: str = "",
        **context: Any,
    ) -> None:
        self._starts = _STARTS.replace("const bytes", f"{starts}\nconst bytes", 1)
        self.panel: Any = panel
        self.errors: list[str] = []
        self.outside: list[str] = []
        made = browser.new_context(viewport={"width": width, "height": height}, **context)
        self.page: Page = made.new_page()
        self.page.set_default_timeout(WAIT_MS)
        self.page.on("pageerror", lambda e: self.errors.append(str(e)))
        self.page.expose_function("toKernel", self._heard)
        self.page.expose_function("fromKernel", self._say)
        self.page.route("**/*", self._guard)
        self.page.route(f"{_ORIGIN}**", lambda route: self._serve(route, entry, dark))
        self.page.goto(_ORIGIN)
        self.page.wait_for_function("window.panel")

    @property
    def root(self) -> Locator:
        """The widget's element."""
        return self.page.locator("#place")

    def until(self, condition: Callable[[], object], what: str) -> None:
        """Waits until something is so, while messages go to and fro."""
        deadline = time.monotonic() + WAIT_MS / 1_000
        while not condition():
            assert time.monotonic() < deadline, f"never came: {what}"
            self.page.wait_for_timeout(10)

    def sent(self, do: str) -> list[dict[str, Any]]:
        """What the page sent of a kind."""
        return [m for m in self.page.evaluate("panel.sent") if m["do"] == do]

    def press(self, *keys: str) -> None:
        """Presses keys, one after the other."""
        for key in keys:
            self.page.keyboard.press(key)

    def photograph(self, name: str) -> None:
        """Keeps a picture of the panel among the test's artefacts."""
        ARTEFACTS.mkdir(exist_ok=True)
        self.root.screenshot(path=ARTEFACTS / f"{name}.png")

    def close(self) -> None:
        """Closes the page, which must have raised nothing and asked nobody."""
        self.page.context.close()
        assert not self.errors, f"the page raised {self.errors}"
        assert not self.outside, f"the page asked for {self.outside}"

    def _heard(self, message: Any) -> Any:
        if message is None:  # the page begins: it gets all that is so by now
            while not self.panel.comm.told.empty():
                self.panel.comm.told.get()
            state = self.panel.get_state()
            return {k: v for k, v in state.items() if not k.startswith("_") and k != "layout"}
        data = {"method": "custom", "content": message}
        self.panel._handle_msg({"content": {"data": data}, "buffers": []})
        return None

    def _say(self) -> list[dict[str, Any]]:
        told: list[dict[str, Any]] = []
        while len(told) < _AT_ONCE and self.panel.comm is not None:
            try:
                told.append(self.panel.comm.told.get_nowait())
            except Empty:
                break
        return json.loads(json.dumps(told, default=lambda _: None))  # type: ignore[no-any-return]

    def _guard(self, route: Route) -> None:
        if route.request.url.startswith(("blob:", "data:")):
            route.continue_()
            return
        self.outside.append(route.request.url)
        route.abort()

    def _serve(self, route: Route, entry: str, dark: bool) -> None:
        path = route.request.url.removeprefix(_ORIGIN)
        if path == "starts.js":
            route.fulfill(content_type="text/javascript", body=self._starts)
        elif path == "panel.js":
            route.fulfill(content_type="text/javascript", body=half.module(entry))
        elif path.endswith(".js"):  # one of its modules, for a test of that alone
            body = (half.folder() / path).read_text(encoding="utf-8")
            route.fulfill(content_type="text/javascript", body=body)
        else:
            theme = "; ".join(f"{k}: {v}" for k, v in DARK.items()) if dark else ""
            ground = "body {margin: 12px; background: var(--jp-layout-color1, #fff)}"
            mode = f"data-jp-theme-light='{'false' if dark else 'true'}'"
            body = (
                "<!doctype html><html lang='en'><meta charset='utf-8'><title>panel</title>"
                f"<style>:root {{{theme}}} {ground} {self.panel._css}</style>"
                f"<body {mode}><main><h1 hidden>Page</h1><h2 hidden>Panel</h2>"
                "<h3 hidden>Item</h3><div id='place'></div></main>"
                "<script type='module' src='/starts.js'></script>"
            )
            route.fulfill(content_type="text/html", body=body)
