"""`dml-sdk node --export` and `--import`: a kept chain to one file and back, from a terminal."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from dml_sdk.arguments import path_told
from dml_sdk.errors import UsageError


def run_carry(options: argparse.Namespace, folder: Path | None) -> int:
    """Exports or imports with a progress bar, then says what was done.

    Raises:
        UsageError: no --path, nothing to export there, or what is to be written is there already.
        ChainInUse, ChainCorrupt, ChainInvalid, RuntimeIncompatible, StateDiscarded: as
            `Node.export` and `Node.imported`.
    """
    from dml_sdk.chain.node import Node

    if folder is None:
        raise UsageError("Give --path DIR: the folder that the chain is kept in.")
    chain = folder / "chain.db"
    if options.export is not None:
        if not chain.is_file():
            raise UsageError(f"There is no chain in {path_told(folder)}.")
        node, file, done = Node(path=chain), options.export, "written to"
        try:
            with _bar("Writing", options) as progress:
                node.export(file, progress=progress)
        finally:
            node.close()
    else:
        file, done = options.imported, "checked and kept, from"
        with _bar("Executing", options) as progress:
            node = Node.imported(file, path=chain, progress=progress)
        node.close()
    head = node.chain.head
    if options.json:
        root = f"0x{head.header.state_root.hex()}"
        told = {"blocks": head.number, "hash": f"0x{head.hash.hex()}", "state_root": root}
        print(json.dumps(told | {"file": str(file), "path": str(folder)}))
    else:
        print(f"{head.number} blocks {done} {file}; the newest is 0x{head.hash.hex()}.")
    return 0


@contextmanager
def _bar(what: str, options: argparse.Namespace) -> Iterator[Callable[[int, int], None]]:
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(quiet=options.json), transient=True) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
