"""`dml-sdk chain-spec`: the embedded chain's beginning, for a network node to start from."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from dml_sdk.arguments import path_told
from dml_sdk.cli.interruption import Interruption
from dml_sdk.errors import UsageError


def add_to(commands: Any) -> None:
    """Adds the command."""
    parser = commands.add_parser(
        "chain-spec",
        help="write the chain specification for polkadot-omni-node or chopsticks",
        description="Writes the specification of the chain that dml.connect() starts, for a "
        "network node to start the same one from, with the same genesis hash; or, with --path, of "
        "one that goes on from a kept chain.",
    )
    form = parser.add_mutually_exclusive_group()
    form.add_argument(
        "--raw",
        dest="raw",
        action="store_true",
        default=True,
        help="the genesis state key by key, which every node reads (default)",
    )
    form.add_argument(
        "--plain",
        dest="raw",
        action="store_false",
        help="the runtime and its genesis configuration, to be read and changed",
    )
    start = parser.add_mutually_exclusive_group()
    start.add_argument(
        "--preset",
        default="development",
        metavar="NAME",
        help="of the runtime's genesis presets (default: development)",
    )
    start.add_argument(
        "--path",
        type=Path,
        metavar="DIR",
        help="go on from a kept chain, as in dml.connect(path=DIR), instead of a new one",
    )
    parser.add_argument(
        "--block", type=_block, metavar="N", help="of the kept chain (default: the newest)"
    )
    parser.add_argument(
        "-o", "--output", type=Path, metavar="FILE", help="default: standard output"
    )
    parser.add_argument(
        "--json", action="store_true", help="print one JSON object about the file; needs -o"
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace, _: Interruption) -> int:
    """Writes the file; the JSON object tells where it is, its form, and the state root."""
    output: Path | None = options.output
    if options.json and output is None:
        raise UsageError("--json tells of a file: give one with -o FILE.")
    spec, root = _made(options)
    text = json.dumps(spec, indent=2) + "\n"
    if output is None:
        sys.stdout.write(text)
        return 0
    try:
        output.write_text(text)
    except OSError as error:
        raise UsageError(
            f"{output} cannot be written: {error.strerror}. Check the path."
        ) from error
    form = "raw" if options.raw else "plain"
    if options.json:
        told = {"file": str(output), "form": form, "name": spec["name"], "genesis_state_root": root}
        print(json.dumps(told))
    else:
        print(f"{output}: {spec['name']}, {form}, genesis state root {root}")
    return 0


def _made(options: argparse.Namespace) -> tuple[dict[str, object], str]:
    """The specification and the root of the state that it describes."""
    from dml_sdk.chain.node import Node
    from dml_sdk.chain.node.spec import beginning, plain_chain_spec, raw_chain_spec

    folder: Path | None = options.path
    if folder is None:
        if options.block is not None:
            raise UsageError("--block is of a kept chain: give its folder with --path DIR.")
        node = Node(preset=options.preset)
        spec = raw_chain_spec(node) if options.raw else plain_chain_spec(options.preset)
        return spec, f"0x{node.chain.genesis.header.state_root.hex()}"
    if not options.raw:
        raise UsageError("A kept chain's state is written --raw; a plain spec has no state.")
    file = folder.expanduser() / "chain.db"
    if not file.is_file():
        raise UsageError(
            f"There is no chain in {path_told(folder)}: it is what dml.connect(path=…) was given."
        )
    node = Node(path=file)
    try:
        at = node.chain.head.number if options.block is None else options.block
        return raw_chain_spec(node, at=at), f"0x{beginning(node, at).root.hex()}"
    finally:
        node.close()


def _block(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError("that is no block's number")
    return int(text)
