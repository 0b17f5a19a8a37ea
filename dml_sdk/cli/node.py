"""`dml-sdk node`: a chain that others reach, until Ctrl-C."""

from __future__ import annotations

import argparse
import json
import select
import sys
import warnings
from pathlib import Path
from queue import Empty, Queue
from typing import TYPE_CHECKING, Any

from dml_sdk.arguments import require_path
from dml_sdk.cli import carry, replay
from dml_sdk.cli.interruption import Interruption
from dml_sdk.errors import UsageError
from dml_sdk.types import from_ms

if TYPE_CHECKING:
    from dml_sdk.chain.node import BlockInfo, Node
    from dml_sdk.chain.node.serving import Server

_PORT = 9944  # where clients of Substrate chains look
_POLL_SECONDS = 0.1
_SERVING = "serving a chain"
_INSTEAD = {"replay": "--replay", "export": "--export", "imported": "--import"}
# Of the options that are not for everything: what they are for, and what they are when not given.
_PARTS: dict[str, tuple[str, tuple[str, ...], object]] = {
    "path": ("--path", (_SERVING, "--export", "--import"), None),
    "port": ("--port", (_SERVING,), _PORT),
    "host": ("--host", (_SERVING,), "127.0.0.1"),
    "origins": ("--origin", (_SERVING,), ()),
    "seal": ("--seal", (_SERVING,), "instant"),
    "preset": ("--preset", (_SERVING,), None),
    "pruning": ("--pruning", (_SERVING,), None),
    "first": ("--from", ("--replay",), 1),
    "last": ("--to", ("--replay",), None),
}


def add_to(commands: Any) -> None:
    """Adds the command."""
    parser = commands.add_parser(
        "node",
        help="serve a chain to notebooks, polkadot.js and wallets",
        description="A chain in this process that others reach by JSON-RPC, over WebSocket and "
        "HTTP on one port. It prints its address, then a line for each block; Ctrl-C ends it.",
        epilog="In a notebook: dml.connect('ws://127.0.0.1:9944').",
    )
    parser.add_argument(
        "--path", type=Path, metavar="DIR",
        help="keep the chain in this folder, and go on with what is there; default: in memory",
    )  # fmt: skip
    parser.add_argument("--port", type=_port, metavar="N", help=f"default: {_PORT}; 0 for any")
    parser.add_argument(
        "--host", metavar="ADDRESS",
        help="listen here; anything but the default lets other machines in",
    )  # fmt: skip
    parser.add_argument(
        "--origin", action="append", metavar="URL", dest="origins",
        help="let this site's pages ask, as https://polkadot.js.org; may be repeated",
    )  # fmt: skip
    parser.add_argument(
        "--seal", metavar="instant|manual|MS",
        help="a block for each transaction (default), when engine_createBlock asks for one, "
        "or every so many milliseconds",
    )  # fmt: skip
    parser.add_argument(
        "--preset", metavar="NAME",
        help="what a new chain starts from; default: development",
    )  # fmt: skip
    parser.add_argument(
        "--pruning", type=_states, metavar="N",
        help="keep the states of the newest N blocks only; default: of all",
    )  # fmt: skip
    parser.add_argument("--json", action="store_true", help="print one JSON object a line")
    _add_instead(parser)
    # Not what they are when not given: then it could not be told whether they were.
    parser.set_defaults(run=run, **dict.fromkeys(_PARTS))


def _add_instead(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("instead of serving a chain")
    replay.add_options(group)
    group.add_argument(
        "--export", type=Path, metavar="FILE", help="write the chain in --path to one new file"
    )
    group.add_argument(
        "--import", type=Path, metavar="FILE", dest="imported",
        help="check every block of an exported chain, and keep it in --path",
    )  # fmt: skip


def run(options: argparse.Namespace, interruption: Interruption) -> int:
    """Serves until it is told to end; 130 after Ctrl-C, 143 after SIGTERM."""
    from dml_sdk.chain.node import Node

    instead = [name for name in _INSTEAD if getattr(options, name) is not None]
    if len(instead) > 1:
        raise UsageError("--replay, --export and --import are three things: give one of them.")
    _settle(options, _INSTEAD[instead[0]] if instead else _SERVING)
    folder = None if options.path is None else require_path("--path", options.path)
    if options.replay is not None:
        return replay.run_replay(options)
    if instead:
        return carry.run_carry(options, folder)
    show = _JsonLines() if options.json else _Lines()
    # From here on Ctrl-C is asked for between the steps: a chain is not left in the middle of one.
    with interruption.held():
        node = Node(
            path=None if folder is None else folder / "chain.db",
            preset=options.preset,
            seal=options.seal,
            pruning=options.pruning,
        )
        try:
            # Not a SimpleQueue: a signal at the very end of its get(timeout=) makes that wait
            # for ever.
            blocks: Queue[BlockInfo] = Queue()
            node.on_block(blocks.put)
            with warnings.catch_warnings(record=True) as warned:
                warnings.simplefilter("always")
                server = node.serve(options.port, options.host, origins=options.origins)
            for warning in warned:
                print(f"Warning: {warning.message}", file=sys.stderr)
            show.server(node, server)
            reader = _Reader()
            while not interruption.heard:
                reader.check()
                try:
                    show.block(blocks.get(timeout=_POLL_SECONDS))
                except Empty:
                    continue
        finally:
            node.close()
    if not options.json:
        kept = "its blocks were in memory" if folder is None else f"it is kept in {folder}"
        print(f"Stopped at block {node.chain.head.number}; {kept}.", file=sys.stderr)
    return interruption.status


class _Reader:
    """Whoever reads the output, a pipe's other end as in `| head -1`."""

    def __init__(self) -> None:
        self._poll = None
        if sys.stdout is None or not hasattr(select, "poll"):  # closed from the start; Windows
            return
        try:
            output = sys.stdout.fileno()
        except (OSError, ValueError):  # it is no file of the system's
            return
        self._poll = select.poll()
        self._poll.register(output, 0)  # that an end has gone is told without being asked for

    def check(self) -> None:
        """Nothing is written while no block comes, and so nothing would tell that it has gone.

        Raises:
            BrokenPipeError: nobody reads any more.
        """
        if self._poll is not None and self._poll.poll(0):
            raise BrokenPipeError


def _settle(options: argparse.Namespace, what: str) -> None:
    """Fills in what was not given.

    Raises:
        UsageError: something was given that has no part in what is asked for.
    """
    for name, (flag, parts, default) in _PARTS.items():
        if getattr(options, name) is None:
            setattr(options, name, default)
        elif what not in parts:
            raise UsageError(f"{flag} does nothing for {what}, but for {', '.join(parts)}.")


class _Lines:
    """For a person."""

    def __init__(self) -> None:
        from rich.console import Console

        self._console = Console(highlight=False)

    def server(self, node: Node, server: Server) -> None:
        told = f"{node.preset}, block {node.chain.head.number}, seal {node.sealing}"
        self._console.print(f"[bold]Chain[/]  {told}")
        self._console.print(
            f"[bold]Node[/]   [bold green]{server.url}[/]  [dim]{server.http_url}[/]"
        )

    def block(self, block: BlockInfo) -> None:
        told = from_ms(block.timestamp_ms).astimezone()
        count = len(block.extrinsic_hashes) - 1  # the first sets the time
        self._console.print(
            f"[dim]{told:%H:%M:%S}[/]  block [bold]{block.number}[/]  "
            f"[dim]0x{block.hash.hex()}[/]  {count} transaction{'' if count == 1 else 's'}",
            soft_wrap=True,
        )


class _JsonLines:
    """For a program."""

    def server(self, node: Node, server: Server) -> None:
        genesis = node.chain.genesis.hash.hex()
        _print(url=server.url, http_url=server.http_url, port=server.port, genesis=f"0x{genesis}")

    def block(self, block: BlockInfo) -> None:
        _print(
            block=block.number,
            hash=f"0x{block.hash.hex()}",
            time_ms=block.timestamp_ms,
            transactions=[f"0x{found.hex()}" for found in block.extrinsic_hashes[1:]],
        )


def _print(**fields: object) -> None:
    print(json.dumps(fields), flush=True)


def _port(text: str) -> int:
    port = int(text) if text.isdecimal() and len(text) < 6 else -1
    if not 0 <= port <= 65_535:
        raise argparse.ArgumentTypeError("that is no port: give 0 to 65535")
    return port


def _states(text: str) -> int:
    count = int(text) if text.isdecimal() and len(text) < 10 else 0
    if count < 1:
        raise argparse.ArgumentTypeError("give how many states to keep, 1 or more")
    return count
