"""How long it takes until a panel shows what somebody else has voted.

Alice looks at the vote panel of a collective with an update to decide on; Bob, who has a session of
his own, votes now this way and now that, at moments that nothing here is waiting for. A vote is
timed from before it is signed until Alice's panel hands over the message with the changed tally,
and in a browser until the page shows it.

    python benchmarks/vote_to_panel.py [--votes N] [--seed N] [--no-page] [--json]

vote_to_panel_ms           both sessions reach the chain over WebSocket; the median
vote_to_panel_embedded_ms  both are on the chain of this process; the median
vote_to_page_ms            Alice's panel is on a page of Voila, with a kernel of its own, in
                           Chromium; Bob votes from this process, over WebSocket; the median
vote_to_panel_p95_ms       of the first
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import comm
from comm.base_comm import BaseComm

import dml_sdk as dml
from dml_sdk import widgets

ROOT = Path(__file__).resolve().parents[1]
WAIT_SECONDS = 30.0
PAUSE_SECONDS = (0.25, 0.75)
COUNTS = ".dml-vote-panel .dml-counts"

Shown = Callable[[str], float]
"""Waits until Bob's vote is shown as "aye" or "nay"; when it was, Unix time in seconds."""


class Line(BaseComm):
    """A panel's line to its page: notes when a message with a tally goes out."""

    changed = threading.Condition()
    seen: tuple[str, float] = ("", 0.0)

    def publish_msg(self, msg_type: str, data: Any = None, *_: Any, **__: Any) -> None:
        now = time.time()
        proposals = ((data or {}).get("state") or {}).get("proposals")
        if proposals:
            tally = proposals[0]["tally"]
            with self.changed:
                Line.seen = ("aye" if float(tally["aye"]) else "nay"), now
                self.changed.notify_all()

    @classmethod
    def shown(cls, vote: str) -> float:
        with cls.changed:
            if not cls.changed.wait_for(lambda: cls.seen[0] == vote, WAIT_SECONDS):
                raise TimeoutError(f"the panel never told of {vote}")
            return cls.seen[1]


def collective(session: dml.Session) -> tuple[int, int]:
    """A model whose collective votes on an update of it; the model's id and the proposal's."""
    bob = session.account("bob")
    model = session.models.upload(
        dml.networks.softmax(784, 10), name="digits", licence="MIT",
        pool=dml.PoolTerms(amount=1_000),
    )  # fmt: skip
    update = session.as_(bob).models.get(model.id).propose_update(
        model.weights(), metrics={"accuracy": 0.93, "loss": 0.21}, notes="a longer training"
    )  # fmt: skip
    model.collective.add_member(bob)
    action = dml.actions.ApproveUpdate(update, reward=0.3)
    return model.id, model.collective.propose(action, text="It is better on all counts.").id


def timed(bob: dml.Session, proposal: int, shown: Shown, votes: int, seed: int) -> list[float]:
    """How long each of Bob's votes took to be shown, ms, after one that does not count."""
    chance, took = random.Random(seed), []
    theirs = bob.collective(bob.chain.get("Collectives", "Proposals", proposal)["model"])
    for number in range(votes + 1):
        time.sleep(chance.uniform(*PAUSE_SECONDS))
        vote = "nay" if number % 2 else "aye"
        began = time.time()
        theirs.vote(proposal, vote)
        took.append((shown(vote) - began) * 1_000)
    return took[1:]


def embedded(votes: int, seed: int) -> list[float]:
    """Both on the chain of this process."""
    with dml.connect(store="memory") as session:
        model, proposal = collective(session)
        panel = widgets.VotePanel(session.collective(model))
        took = timed(session.as_("bob"), proposal, Line.shown, votes, seed)
        panel.close()
        return took


def over_websocket(votes: int, seed: int) -> list[float]:
    """Each with a connection of their own."""
    with dml.connect(store="memory") as session:
        model, proposal = collective(session)
        url = session.serve().url
        with (
            dml.connect(url, store=session.store) as alice,
            dml.connect(url, store=session.store, account="bob") as bob,
        ):
            panel = widgets.VotePanel(alice.collective(model))
            took = timed(bob, proposal, Line.shown, votes, seed)
            panel.close()
            return took


def on_a_page(votes: int, seed: int) -> list[float]:
    """Alice's panel in Chromium, on a page of Voila; Bob's session in this process.

    Raises:
        FileNotFoundError: there is no Chromium.
    """
    sys.path.insert(0, str(ROOT))  # the pages of the tests of widgets are as a reader gets them
    from playwright.sync_api import sync_playwright

    from tests.browser.voila import running_voila, served_chain

    program = os.environ.get("DML_TEST_CHROMIUM") or shutil.which("chromium")
    if program is None:
        raise FileNotFoundError("no chromium: install one, or name it in DML_TEST_CHROMIUM")
    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        served = stack.enter_context(served_chain(home / "store"))
        model, proposal = collective(served.session)
        voila = stack.enter_context(running_voila(home))
        show = f"widgets.VotePanel(session.collective({model}))"
        notebook = voila.publish("vote", served, show)
        browser = stack.enter_context(sync_playwright()).chromium.launch(
            executable_path=program, args=["--no-sandbox", "--disable-gpu"]
        )
        stack.callback(browser.close)
        opened = voila.open(browser, notebook, "alice").page
        opened.wait_for_selector(COUNTS)
        opened.evaluate(_WATCH, COUNTS)
        bob = stack.enter_context(
            dml.connect(served.server.url, store=served.session.store, account="bob")
        )

        def shown(vote: str) -> float:
            seen = opened.wait_for_function(_SEEN, arg=vote, timeout=WAIT_SECONDS * 1_000)
            return float(seen.json_value()) / 1_000

        return timed(bob, proposal, shown, votes, seed)


_WATCH = """selector => {
    const counts = document.querySelector(selector).closest(".dml-tally");
    window.seen = ["", 0];
    new MutationObserver(() => {
        const now = performance.timeOrigin + performance.now();
        const told = /(aye|nay) [1-9]/.exec(counts.textContent);
        if (told && told[1] !== window.seen[0]) window.seen = [told[1], now];
    }).observe(counts, { subtree: true, childList: true, characterData: true });
}"""
_SEEN = "vote => window.seen[0] === vote && window.seen[1]"


def measure(votes: int, seed: int, page: bool) -> dict[str, Any]:
    """The report, by its keys.

    Args:
        page: whether to measure in a browser as well.
    """
    comm.create_comm = Line
    here = embedded(votes, seed)
    apart = over_websocket(votes, seed)
    report: dict[str, Any] = {
        "vote_to_panel_ms": statistics.median(apart),
        "vote_to_panel_p95_ms": statistics.quantiles(apart, n=20)[-1],
        "vote_to_panel_embedded_ms": statistics.median(here),
    }
    if page:
        report["vote_to_page_ms"] = statistics.median(on_a_page(votes, seed))
    return {name: round(value, 1) for name, value in report.items()}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--votes", type=int, default=60)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--no-page", action="store_true", help="do without Voila and Chromium")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    if options.votes < 2:
        parser.error("a median takes two votes or more")
    report = measure(options.votes, options.seed, not options.no_page)
    if options.json:
        print(json.dumps(report))
    else:
        for name, value in report.items():
            print(f"{name:26} {value}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
