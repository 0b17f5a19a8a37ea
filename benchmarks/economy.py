"""A random economy on the embedded node: what it loses, what it says to nonsense, how fast it is.

1,000 accounts and 50 models, some of their pools in an asset of `pallet-assets`, and 10,000 signed
calls of every pallet of this SDK: more than half as those make them who know what they do, such as
a round from its beginning to its end; the others hostile (strangers, numbers that are not there,
amounts that nobody has, the same thing twice). Time moves on between blocks, so that votes end and
stakes unlock. After every few blocks the runtime audits all that it holds.

    python benchmarks/economy.py [--calls N] [--accounts N] [--models N] [--seed N] [--votes N]
                                 [--json]

tokens_lost       planck of any asset that were issued and cannot be found, or were made
violations        audits in which a sum of the runtime's did not agree
untyped_errors    refusals that were no error of this SDK's tree with a name
calls_per_second  signed, executed, sealed and decoded, refused ones included
accepted_part     0-1, of all calls
never_accepted    calls that never succeeded; there should be none, as of the next
never_refused     calls that were never refused
vote_to_panel_ms  until a vote panel tells of somebody else's vote, the median; vote_to_panel.py
                  measures that alone, and in a browser

The exit code is 1 where a token was lost, a sum did not agree, an error had no type, or a call was
never accepted or never refused.
"""

from __future__ import annotations

import argparse
import collections
import json
import time
from dataclasses import dataclass, field
from typing import Any

import vote_to_panel

import dml_sdk as dml
from benchmarks.market.books import Books
from benchmarks.market.crowd import Crowd
from benchmarks.market.scene import Job, Outcome, Scene
from dml_sdk.errors import ChainError, DispatchError, DMLError
from dml_sdk.types import Receipt

BLOCK = 50  # calls
AUDIT = 20  # blocks
HOURS = (0.01, 0.1, 30)  # that pass between two blocks


@dataclass(slots=True)
class Count:
    """What became of the calls."""

    accepted: collections.Counter[str] = field(default_factory=collections.Counter)
    refused: collections.Counter[str] = field(default_factory=collections.Counter)
    errors: collections.Counter[str] = field(default_factory=collections.Counter)
    untyped: list[str] = field(default_factory=list)

    def add(self, job: Job, outcome: Outcome) -> None:
        if isinstance(outcome, Receipt):
            self.accepted[job.name] += 1
            return
        self.refused[job.name] += 1
        self.errors[type(outcome).__name__] += 1
        if not is_typed(outcome):
            self.untyped.append(f"{job.name}: {outcome!r}")

    def table(self) -> str:
        """Each call, how often it was accepted and how often refused."""
        names = sorted({*self.accepted, *self.refused})
        rows = [f"{name:30} {self.accepted[name]:8} {self.refused[name]:8}" for name in names]
        return "\n".join([f"{'call':30} {'accepted':>8} {'refused':>8}", *rows])


def is_typed(error: Exception) -> bool:
    """Whether an error has a class and a name of its own, and says something."""
    if not isinstance(error, DMLError) or type(error) in (DMLError, ChainError):
        return False
    return type(error) is not DispatchError and bool(str(error))


def run(options: argparse.Namespace) -> tuple[dict[str, Any], Count]:
    """The economy, to its end: the figures, and what became of the calls."""
    count, seconds = Count(), 0.0
    with dml.connect(store="memory") as session:
        scene = Scene(session, options.accounts, options.models, options.seed)
        scene.begin()
        books, crowd = Books(session), Crowd(scene)
        for block in range(-(-options.calls // BLOCK)):
            jobs = crowd.block(min(BLOCK, options.calls - block * BLOCK))
            signed = [(job.call, job.signer) for job in jobs]
            began = time.perf_counter()
            outcomes = session.chain.submit_all(signed)
            seconds += time.perf_counter() - began
            for job, outcome in zip(jobs, outcomes, strict=True):
                count.add(job, outcome)
            crowd.hear(outcomes)
            session.clock.advance(hours=scene.random.choice(HOURS))
            if block % AUDIT == AUDIT - 1:
                books.audit()
        books.audit()
        known = crowd.hostile.calls
    total = count.accepted.total() + count.refused.total()
    return {
        "tokens_lost": books.lost,
        "violations": books.violations,
        "untyped_errors": len(count.untyped),
        "calls_per_second": round(total / seconds, 1),
        "calls": total,
        "accepted": count.accepted.total(),
        "accepted_part": round(count.accepted.total() / total, 3),
        "kinds_of_calls": len(known),
        "kinds_of_errors": len(count.errors),
        "never_accepted": [name for name in known if not count.accepted[name]],
        "never_refused": [name for name in known if not count.refused[name]],
    }, count


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--calls", type=int, default=10_000)
    parser.add_argument("--accounts", type=int, default=1_000)
    parser.add_argument("--models", type=int, default=50)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument(
        "--votes", type=int, default=40, help="that a panel is timed with; 0: none is"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    report, count = run(options)
    if options.votes:
        report |= vote_to_panel.measure(options.votes, options.seed, page=False)
    if options.json:
        print(json.dumps(report))
    else:
        for name, value in report.items():
            print(f"{name:26} {value}")
        print("", count.table(), "errors: " + str(dict(count.errors.most_common())), sep="\n")
        print("untyped:", count.untyped[:10])
    wrong = ("tokens_lost", "violations", "untyped_errors", "never_accepted", "never_refused")
    return int(any(report[name] for name in wrong))


if __name__ == "__main__":
    raise SystemExit(main())
