"""The command's words, and what becomes of an error."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence

import dml_sdk
from dml_sdk.cli.interruption import Interruption
from dml_sdk.errors import DMLError


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command.

    Returns:
        the exit status: 0, 1 for an error, 130 for Ctrl-C, 143 for SIGTERM.
    """
    interruption = Interruption()
    as_json = False
    with interruption.listening():
        try:
            options = _parser().parse_args(arguments)
            as_json = bool(getattr(options, "json", False))
            status: int = options.run(options, interruption)
            return status
        except DMLError as e:
            _tell(type(e).__name__, str(e), as_json=as_json)
            return 1
        except KeyboardInterrupt:
            _tell("Interrupted", "stopped as asked; nothing was left open.", as_json=as_json)
            return interruption.status


def _tell(error: str, message: str, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps({"error": error, "message": message}))
    else:
        print(f"{error}: {message}", file=sys.stderr)


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
