"""`dml-sdk node --replay URL`: a node's chain, executed again from a terminal."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dml_sdk.chain.node.replay import Progress as Step
    from dml_sdk.chain.node.replay import Report

_DIGITS = 10  # of the highest number that a block can have


def add_options(group: argparse._ArgumentGroup) -> None:
    """Adds --replay, --from and --to to a command's options."""
    group.add_argument(
        "--replay", metavar="URL",
        help="execute the blocks of the node there again, and compare every state root",
    )  # fmt: skip
    group.add_argument(
        "--from", dest="first", type=_block, default=1, metavar="N", help="default: 1"
    )
    group.add_argument(
        "--to", dest="last", type=_block, metavar="N", help="default: the newest block"
    )


def run_replay(options: argparse.Namespace) -> int:
    """Replays with a progress bar, then prints what was found; one JSON object with --json.

    Raises:
        ChainInvalid, ChainUnreachable, RpcError, RuntimeIncompatible, UsageError: as
            `dml_sdk.chain.node.replay.replay`.
    """
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    from dml_sdk.chain.node.replay import replay

    console = Console(quiet=options.json, highlight=False)
    with Progress(
        TextColumn("[bold]{task.description}[/]"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
    ) as bar:
        task = bar.add_task("State", total=None)

        def show(step: Step) -> None:
            bar.update(task, description=step.what, completed=step.done, total=step.total)

        report = replay(options.replay, first=options.first, last=options.last, progress=show)
    if options.json:
        print(json.dumps(_told(report)))
    else:
        console.print(
            f"[bold green]✓[/] {report.blocks} blocks of {report.url}, {report.first} to "
            f"{report.last}, executed again: every state root is equal "
            f"({report.extrinsics} extrinsics, {report.seconds:.1f} s)."
        )
        for name, data in (
            ("genesis", report.genesis_hash),
            ("last block", report.last_hash),
            ("state root", report.state_root),
        ):
            console.print(f"  {name:10}  0x{data.hex()}", soft_wrap=True)
    return 0


def _told(report: Report) -> dict[str, object]:
    return {
        "url": report.url,
        "valid": True,
        "first": report.first,
        "last": report.last,
        "blocks": report.blocks,
        "extrinsics": report.extrinsics,
        "genesis_hash": f"0x{report.genesis_hash.hex()}",
        "last_hash": f"0x{report.last_hash.hex()}",
        "state_root": f"0x{report.state_root.hex()}",
        "seconds": round(report.seconds, 2),
    }


def _block(text: str) -> int:
    if not text.isdecimal() or len(text) > _DIGITS:
        raise argparse.ArgumentTypeError("that is no block's number")
    return int(text)
