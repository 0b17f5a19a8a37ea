"""The command's words, and what becomes of an error."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence

import dml_sdk
from dml_sdk.errors import DMLError

INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; returns the exit status: 0, 1 for an error, 130 for Ctrl-C."""
    options = _parser().parse_args(arguments)
    try:
        status: int = options.run(options)
        return status
    except DMLError as e:
        if getattr(options, "json", False):
            print(json.dumps({"error": type(e).__name__, "message": str(e)}))
        else:
            print(f"{type(e).__name__}: {e}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        return INTERRUPTED


def _parser() -> argparse.ArgumentParser:
    from dml_sdk.cli import demo, doctor

    parser = argparse.ArgumentParser(
        prog="dml-sdk",
        description="Decentralised machine learning: federated rounds, paid on a chain.",
    )
    parser.add_argument("--version", action="version", version=f"dml-sdk {dml_sdk.__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for module in (demo, doctor):
        module.add_to(commands)
    return parser
