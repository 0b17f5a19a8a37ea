"""`dml-sdk demo`: the first paid federated rounds, from upload to claims, without a notebook."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dml_sdk as dml
from dml_sdk.cli.interruption import Interruption
from dml_sdk.errors import DMLError, TrainingTimeout

if TYPE_CHECKING:
    from rich.console import Console

    from dml_sdk.model import Model
    from dml_sdk.rounds import Training
    from dml_sdk.training.data import Split

_CLIENTS = 100
_CLIENTS_PER_ROUND = 10
_POLL_SECONDS = 0.1
_STOPPING = "Interrupted: the open round is aborted, nothing is lost."


def add_to(commands: Any) -> None:
    """Adds the command."""
    parser = commands.add_parser(
        "demo",
        help="train, record, score and pay federated rounds on MNIST",
        description="Ten of a hundred contributors a round train a digit classifier; their updates "
        "are recorded, scored and paid on a chain in this process.",
    )
    parser.add_argument("--rounds", type=_positive, default=10, metavar="N", help="default: 10")
    parser.add_argument("--engine", choices=("tff", "numpy"), default="tff", help="default: tff")
    parser.add_argument("--data", type=Path, metavar="PATH", help="an mnist.npz to use")
    parser.add_argument("--seed", type=int, default=7, metavar="N", help="default: 7")
    parser.add_argument("--json", action="store_true", help="print one JSON object, nothing else")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace, interruption: Interruption) -> int:
    """Runs the story; 0 when every round was trained and no token was lost."""
    from rich.console import Console

    console = Console(quiet=options.json)
    times = _Times()
    with times.phase("data"):
        data = _data(options.data, console)
    # From here on Ctrl-C is asked for between the steps: a chain is not left in the middle of one.
    with interruption.held():
        with times.phase("chain"):
            session = dml.connect()
        with session:
            return _run_on(session, data, options, console, times, interruption)


def _run_on(
    session: dml.Session,
    data: Split,
    options: argparse.Namespace,
    console: Console,
    times: _Times,
    interruption: Interruption,
) -> int:
    console.print(f"[bold]Chain[/]  {session!r}")
    with times.phase("upload"):
        model = _upload(session, data)
    console.print(f"[bold]Model[/]  {model!r}  {model.pool!r}")
    interruption.check()
    with times.phase("train"):
        training = model.train(
            data.partition(_CLIENTS, scheme="iid", seed=options.seed),
            test=data.test,
            rounds=options.rounds,
            clients_per_round=_CLIENTS_PER_ROUND,
            epochs=1,
            batch_size=10,
            learning_rate=0.1,
            engine=options.engine,
            seed=options.seed,
        )
        _follow(training, console, interruption)
    with times.phase("claim"):
        claims = training.claim()
    with times.phase("audit"):
        conserved = session.conserved()
        extrinsics = session.chain.signed_extrinsics()
    report = {
        "rounds": len(training.rounds),
        "test_accuracy": training.rounds[-1].accuracy if training.rounds else None,
        "paid": {row["client"]: str(row["claimed"].tokens) for row in claims},
        "conserved": conserved.ok,
        "blocks": session.chain.block_number,
        "extrinsics": extrinsics,
        "seconds": times.rounded() | {"engine_start": round(training.start_seconds or 0.0, 2)},
        "dataset": data.name,
        "engine": training.engine_name,
        "accuracy_by_round": [round(r.accuracy, 4) for r in training.rounds],
    }
    if options.json:
        print(json.dumps(report))
    else:
        _print_outcome(console, model, training, claims, conserved, report)
    if interruption.heard:
        return interruption.status
    return 0 if conserved.ok and len(training.rounds) == options.rounds else 1


def _data(path: Path | None, console: Console) -> Split:
    data = dml.datasets.mnist(path=path) if path else dml.datasets.first_available()
    console.print(f"[bold]Data[/]   {data!r}")
    if data.note:
        console.print(f"       {data.note}", style="dim")
    return data


def _upload(session: dml.Session, data: Split) -> Model:
    pixels = int(data.train.x[0].size)
    return session.models.upload(
        dml.networks.mlp(pixels, (200, 200), data.train.classes),
        name=f"{data.name}-2nn",
        licence="Apache-2.0",
        pool=dml.PoolTerms(amount=10_000),
    )


def _follow(training: Training, console: Console, interruption: Interruption) -> None:
    """Shows progress until training ends, by itself or because it was interrupted."""
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        SpinnerColumn,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )  # fmt: skip

    with Progress(
        SpinnerColumn(),
        TextColumn("[bold]Rounds[/]"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[told]}"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=console,
    ) as progress:
        task = progress.add_task("rounds", total=training.rounds_planned, told="")
        stopping = False
        while True:
            try:
                training.wait(timeout=_POLL_SECONDS)
                break
            except TrainingTimeout:
                pass
            except DMLError:
                # Ctrl-C at a terminal reaches an engine's worker too, and its end is no news.
                if not interruption.heard:
                    raise
                break
            finally:
                progress.update(task, completed=len(training.rounds), told=_told(training))
            if interruption.heard and not stopping:
                stopping = True
                print(_STOPPING, file=sys.stderr)
                training.stop()


def _told(training: Training) -> str:
    phase = training.phase or training.state
    if phase == "start":
        phase = f"starting {training.engine_name}"
    if not training.rounds:
        return phase
    last = training.rounds[-1]
    return f"accuracy {last.accuracy:.1%}, paid {last.paid} · {phase}"


def _print_outcome(
    console: Console,
    model: Model,
    training: Training,
    claims: Any,
    conserved: Any,
    report: dict[str, Any],
) -> None:
    from rich.table import Table

    table = Table(title=training.history.title, title_justify="left")
    for column in ("round", "accuracy", "loss", "accepted", "paid", "blocks", "seconds"):
        table.add_column(column, justify="right")
    for row in training.history:
        table.add_row(
            str(row["round"]), f"{row['accuracy']:.2%}", f"{row['loss']:.4f}",
            f"{row['accepted']}/{row['participants']}", str(row["paid"]), str(row["blocks"]),
            f"{row['seconds']:.2f}",
        )  # fmt: skip
    console.print(table)
    total = sum((row["claimed"].tokens for row in claims), start=0)
    console.print(
        f"{len(claims)} contributors claimed {total:,.2f} {model.pool.asset.symbol}; "
        f"{report['extrinsics']} transactions in {report['blocks']} blocks."
    )
    console.print(
        "[bold green]✓ No token was lost[/]"
        if conserved.ok
        else "[bold red]✗ Tokens do not add up[/]",
        f"({conserved.summary()})",
    )


@dataclass(slots=True)
class _Times:
    """Seconds by phase."""

    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        began = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[name] = time.perf_counter() - began

    def rounded(self) -> dict[str, float]:
        return {k: round(v, 2) for k, v in self.seconds.items()} | {
            "total": round(sum(self.seconds.values()), 2)
        }


def _positive(text: str) -> int:
    value = int(text) if text.isdecimal() else 0
    if value < 1:
        raise argparse.ArgumentTypeError("that is no number of rounds: give 1 or more")
    return value
