"""`dml-sdk doctor`: what works on this machine, and what to install for the rest."""

from __future__ import annotations

import argparse
import importlib.metadata
import importlib.util
import json
import platform
import time
from typing import Any

import dml_sdk
from dml_sdk.cli.interruption import Interruption
from dml_sdk.errors import DMLError

_EXTRAS = {
    "tff": ("tensorflow_federated", 'engine="tff"; without it train with engine="numpy"'),
    "notebook": ("anywidget", "live widgets in JupyterLab"),
    "ipfs": ("ipfshttpclient", 'store="ipfs"'),
    "digits": ("sklearn", "the digits that stand in where MNIST cannot be had"),
    "pandas": ("pandas", "Table.to_pandas()"),
    "huggingface": ("datasets", "answers as a data set of Hugging Face's"),
    "serve": ("aiohttp", "serving the chain to others: node.serve(), dml-sdk node"),
}


def add_to(commands: Any) -> None:
    """Adds the command."""
    parser = commands.add_parser("doctor", help="say what works on this machine")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace, _: Interruption) -> int:
    """Prints versions, extras, and whether the embedded chain starts."""
    report: dict[str, Any] = {
        "dml-sdk": dml_sdk.__version__,
        "python": platform.python_version(),
        "platform": platform.platform(),
        "extras": {
            extra: importlib.util.find_spec(module) is not None
            for extra, (module, _) in _EXTRAS.items()
        },
        "wasmtime": importlib.metadata.version("wasmtime"),
    }
    began = time.monotonic()
    try:
        with dml_sdk.connect() as session:
            report["chain"] = {
                "starts": True,
                "seconds": round(time.monotonic() - began, 2),
                "conserved": session.conserved().ok,
            }
    except DMLError as e:
        report["chain"] = {"starts": False, "error": str(e)}
    if options.json:
        print(json.dumps(report))
    else:
        _print(report)
    return 0 if report["chain"]["starts"] else 1


def _print(report: dict[str, Any]) -> None:
    print(f"dml-sdk {report['dml-sdk']}, Python {report['python']}, {report['platform']}")
    chain = report["chain"]
    if chain["starts"]:
        print(f"✓ the embedded chain starts ({chain['seconds']} s, wasmtime {report['wasmtime']})")
    else:
        print(f"✗ the embedded chain does not start: {chain['error']}")
    for extra, present in report["extras"].items():
        purpose = _EXTRAS[extra][1]
        hint = "" if present else f" - pip install 'dml-sdk[{extra}]'"
        print(f"{'✓' if present else '–'} {extra}: {purpose}{hint}")
