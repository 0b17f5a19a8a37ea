"""Runs every check and test that this machine can, and says at its end what it left out and why.

Where CI is set, leaving anything out is a failure.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
NOT_COMPARABLE = 3  # chain/build.sh: no toolchain here matches the blob's


@dataclass(frozen=True)
class Step:
    """One command; `needs` is a program without which it is left out."""

    group: str
    name: str
    command: Sequence[str]
    needs: str | None = None
    slow: bool = False
    cwd: Path = ROOT


def steps(slow: bool) -> list[Step]:
    chain, build = ROOT / "chain", str(ROOT / "chain" / "build.sh")
    pytest = [str(BIN / "python"), "-m", "pytest"]
    return [
        Step("lint", "ruff check", [str(BIN / "ruff"), "check", "."]),
        Step("lint", "ruff format", [str(BIN / "ruff"), "format", "--check", "."]),
        Step("lint", "mypy", [str(BIN / "mypy")]),
        Step("lint", "import-linter", [str(BIN / "lint-imports")]),
        Step("chain", "blob matches its sources", [build, "--check-sources"]),
        Step("python", "pytest", pytest if slow else [*pytest, "-m", "not slow"]),
        Step("chain", "cargo test", ["cargo", "test", "--locked", "--quiet"], "cargo", True, chain),
        Step("chain", "blob is rebuilt bit for bit", [build, "--check"], "wasm-opt", True),
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--slow", action="store_true", help="the slow ones too, as in CI")
    parser.add_argument("--only", choices=("lint", "chain", "python"), help="one group")
    options = parser.parse_args()
    strict = bool(os.environ.get("CI"))
    slow = options.slow or strict
    failed: list[str] = []
    left_out: list[str] = []
    for step in steps(slow):
        if options.only and step.group != options.only:
            continue
        if step.slow and not slow:
            left_out.append(f"{step.name}: slow; make test SLOW=1 runs it")
            continue
        if step.needs and not shutil.which(step.needs):
            left_out.append(f"{step.name}: {step.needs} is not installed")
            continue
        print(f"\n== {step.name}", flush=True)
        began = time.monotonic()
        code = subprocess.run(step.command, cwd=step.cwd, check=False).returncode
        print(f"-- {step.name}: {time.monotonic() - began:.0f} s", flush=True)
        if code == NOT_COMPARABLE and "--check" in step.command:
            left_out.append(f"{step.name}: no toolchain here is the one that built the blob")
        elif code:
            failed.append(step.name)
    if not slow and options.only in (None, "python"):
        left_out.append("tests marked slow: make test SLOW=1 runs them")
    print()
    for line in left_out:
        print(f"left out: {line}")
    for name in failed:
        print(f"FAILED: {name}")
    if strict and left_out:
        print("In CI nothing may be left out.")
    ok = not failed and not (strict and left_out)
    print("all checks passed" if ok else "NOT passed")
    return 0 if ok else 1


if __name__ == "__main__":
    sys.exit(main())
