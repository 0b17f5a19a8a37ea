"""How long it takes from a key press to the next item, in the questionnaire panel.

Bob answers with one key an item, on a page of Voila with a kernel of its own, in Chromium, at the
pace of somebody who looks. A press is timed by the browser, from the event's own time until the
frame begins that comes after the first one with the next item in it; which is within a frame of
what Chromium's Event Timing tells of the same keys.

    python benchmarks/key_to_next.py [--items N] [--json]

key_to_next_ms            images of 28 x 28 pixels; the median; must be under 50
key_to_next_ms_photo      photos of 2 million pixels, JPEG; the median; must be under 100
key_to_next_ms_p95, key_to_next_ms_photo_p95
axe_serious               what axe-core finds of WCAG 2.2 AA that is serious or worse: at the first
                          item, with the keys shown, and after the last; must be 0

The exit code is 1 where a figure misses its goal.
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import shutil
import statistics
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np

import dml_sdk as dml

ROOT = Path(__file__).resolve().parents[1]
LOOKS_MS = 400  # at an item, before a key is pressed
GOALS = {"key_to_next_ms": 50, "key_to_next_ms_photo": 100}
PANEL = ".dml-questionnaire-panel"

_WATCH = """panel => {
    const place = document.querySelector(panel);
    window.took = [];
    addEventListener("keydown", (event) => {
        const before = place.dataset.item;
        requestAnimationFrame(function drawn() {
            if (place.dataset.item === before) return requestAnimationFrame(drawn);
            // A photo is unfolded and painted after the page's own part of a frame is done: it is
            // seen once the next frame begins.
            const seen = () => window.took.push(performance.now() - event.timeStamp);
            requestAnimationFrame(seen);
        });
    }, true);
}"""
_PHOTO = """async seed => {
    const canvas = new OffscreenCanvas(1632, 1224);
    const paint = canvas.getContext("2d");
    for (let i = 0; i < 900; i++) {
        paint.fillStyle = `hsl(${(i * 37 + seed * 50) % 360} 60% ${30 + i % 50}%)`;
        paint.beginPath();
        const [x, y] = [(i * 7919 + seed * 131) % 1632, (i * 104729) % 1224];
        paint.arc(x, y, 20 + i % 90, 0, 7);
        paint.fill();
    }
    const pixels = paint.getImageData(0, 0, 1632, 1224);
    for (let i = 0; i < pixels.data.length; i++) pixels.data[i] += (Math.random() - 0.5) * 24;
    paint.putImageData(pixels, 0, 0);
    const file = await canvas.convertToBlob({ type: "image/jpeg", quality: 0.9 });
    const bytes = new Uint8Array(await file.arrayBuffer());
    let text = "";
    for (let i = 0; i < bytes.length; i += 8192) {
        text += String.fromCharCode(...bytes.subarray(i, i + 8192));
    }
    return btoa(text);
}"""


def small(count: int) -> list[Any]:
    """Images of 28 x 28 pixels."""
    rng = np.random.default_rng(7)
    return [(rng.random((28, 28)) * 255).astype(np.uint8) for _ in range(count)]


def photos(browser: Any, count: int) -> list[bytes]:
    """Photos of 1632 x 1224 pixels, half a megabyte each."""
    page = browser.new_page()
    made = [base64.b64decode(page.evaluate(_PHOTO, seed)) for seed in range(count)]
    page.close()
    return made


def answered(page: Any, items: int) -> list[float]:
    """Answers all items; how long each key took, ms."""
    page.evaluate(_WATCH, PANEL)
    for item in range(items - 1):
        page.wait_for_selector(f"{PANEL}[data-item='{item}']")
        page.wait_for_timeout(LOOKS_MS)
        page.keyboard.press(str(item % 10))
    page.wait_for_selector(f"{PANEL}[data-item='{items - 1}']")
    took: list[float] = page.wait_for_function(
        "count => window.took.length >= count && window.took", arg=items - 1
    ).json_value()
    return took


def measure(items: int) -> dict[str, float]:
    """The report, by its keys.

    Raises:
        FileNotFoundError: there is no Chromium.
    """
    sys.path.insert(0, str(ROOT))  # the pages of the tests of widgets are as a reader gets them
    from playwright.sync_api import sync_playwright

    from tests.browser.conftest import AXE, violations
    from tests.browser.voila import running_voila, served_chain

    program = os.environ.get("DML_TEST_CHROMIUM") or shutil.which("chromium")
    if program is None:
        raise FileNotFoundError("no chromium: install one, or name it in DML_TEST_CHROMIUM")
    if not (AXE / "node_modules").is_dir():
        raise FileNotFoundError("no axe-core: npm ci --prefix tests/browser/axe")
    report: dict[str, float] = {}
    serious: list[str] = []
    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        served = stack.enter_context(served_chain(home / "store"))
        voila = stack.enter_context(running_voila(home))
        browser = stack.enter_context(sync_playwright()).chromium.launch(
            executable_path=program, args=["--no-sandbox", "--disable-gpu"]
        )
        stack.callback(browser.close)
        model = served.session.models.upload(
            dml.networks.softmax(784, 10), name="digits", licence="MIT",
            pool=dml.PoolTerms(amount=1_000),
        )  # fmt: skip
        cases: dict[str, Sequence[Any]] = {
            "key_to_next_ms": small(items), "key_to_next_ms_photo": photos(browser, items),
        }  # fmt: skip
        for name, given in cases.items():
            task = model.annotation_task(
                items=given, reward_per_point="0.01", batch_size=items, answers_per_item=1,
                questionnaire=dml.Questionnaire(
                    [dml.Choice("digit", "Which digit is this?", options=range(10))]
                ),
            )  # fmt: skip
            drafts = str(home / "drafts")
            show = f"widgets.QuestionnairePanel(session.task({task.id}, drafts={drafts!r}))"
            page = voila.open(browser, voila.publish(name, served, show), "bob").page
            page.get_by_role("button", name="Take a batch").click()
            page.wait_for_selector(f"{PANEL}[data-item='0']")
            serious += violations(page, PANEL)
            took = answered(page, items)
            report[name] = statistics.median(took)
            report[f"{name}_p95"] = statistics.quantiles(took, n=20)[-1]
            page.keyboard.press("?")
            serious += violations(page, PANEL)
            page.keyboard.press("?")
            page.keyboard.press("1")
            page.get_by_role("button", name="Hand in the batch").wait_for()
            serious += violations(page, PANEL)
            page.context.close()
    for found in serious:
        print(found, file=sys.stderr)
    return {**{k: round(v, 1) for k, v in report.items()}, "axe_serious": len(serious)}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--items", type=int, default=20)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    if options.items < 4:
        parser.error("fewer than four items are all there before the first key")
    report = measure(options.items)
    if options.json:
        print(json.dumps(report))
    else:
        for name, value in report.items():
            print(f"{name:26} {value}")
    missed = [name for name, goal in GOALS.items() if report[name] >= goal]
    return 1 if missed or report["axe_serious"] else 0


if __name__ == "__main__":
    raise SystemExit(main())
