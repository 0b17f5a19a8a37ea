"""The command's words, and what becomes of an error."""

from __future__ import annotations

import argparse
import contextlib
import errno
import json
import os
import signal
import sys
from collections.abc import Sequence

import dml_sdk
from dml_sdk.cli.interruption import Interruption
from dml_sdk.cli.parsing import Parser
from dml_sdk.errors import DMLError

_CANNOT_WRITE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF)
_NOBODY_READS = 128 + signal.SIGPIPE  # as shells tell of a program that a broken pipe ended


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command.

    Returns:
        the exit status: 0, 1 for an error, 130 for Ctrl-C, 143 for SIGTERM, 141 when nobody reads
        the output any more.
    """
    interruption = Interruption()
    given = sys.argv[1:] if arguments is None else arguments
    with interruption.listening():
        try:
            try:
                return _run(given, interruption)
            finally:
                print(end="", flush=True)  # here, where it can still be told that it failed
        except BrokenPipeError:
            _let_go_of_output()
            return _NOBODY_READS
        except SystemExit as e:
            if isinstance(e.__context__, BrokenPipeError):  # as rich ends a program
                return _NOBODY_READS
            raise
        except OSError as e:
            if e.errno not in _CANNOT_WRITE:
                raise
            _let_go_of_output()
            with contextlib.suppress(OSError):
                _tell(type(e).__name__, f"{e}. Make room, or write elsewhere.", as_json=False)
            return 1


def _run(arguments: Sequence[str], interruption: Interruption) -> int:
    as_json = "--json" in arguments
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


def _let_go_of_output() -> None:
    """What is still to be written goes nowhere: the interpreter would complain of it at its end."""
    with contextlib.suppress(OSError, ValueError):  # an output that is no file of the system's
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


def _tell(error: str, message: str, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps({"error": error, "message": message}))
    else:
        print(f"{error}: {message}", file=sys.stderr)


def _parser() -> argparse.ArgumentParser:
    from dml_sdk.cli import account, annotate, chain_spec, demo, doctor, node

    parser = Parser(
        prog="dml-sdk",
        description="Decentralised machine learning: federated rounds, paid on a chain.",
    )
    parser.add_argument("--version", action="version", version=f"dml-sdk {dml_sdk.__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for module in (demo, node, account, annotate, chain_spec, doctor):
        module.add_to(commands)
    return parser
