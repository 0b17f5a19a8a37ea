"""The embedded node against its peers, and what its own figures are; all in one run.

Figures are ratios of medians of interleaved turns wherever two things are compared, so that they
hold on a busy machine too. Peers are found as the tests find them, by DML_TEST_CHOPSTICKS and
DML_TEST_OMNI_NODE; eth-tester's environment is made when it is first needed. What a missing peer is
needed for is null, its reason stands under "missing", and the exit code is 1.

    python benchmarks/chain.py [--only NAME ...] [--turns N] [--probe SCRIPT] [--json]
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import Any

from benchmarks.nodes.figures import FIGURES, Options
from benchmarks.nodes.turns import Missing

# Where the baseline may lie beside the checkout.
BESIDE = Path(__file__).resolve().parents[2] / "shared" / "probes" / "embedded_client.py"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="+", choices=FIGURES, metavar="NAME", help="these figures")
    parser.add_argument("--turns", type=int, default=10, help="turns of contenders (default: 10)")
    parser.add_argument(
        "--probe",
        type=Path,
        default=os.environ.get("DML_BENCH_PROBE", BESIDE),
        help="script of the baseline: a bare embedded node",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    how = Options(options.turns, Path(options.probe))
    report: dict[str, Any] = {}
    missing: dict[str, str] = {}
    for name in options.only or FIGURES:
        try:
            report |= FIGURES[name](how)
        except Missing as reason:
            report[name], missing[name] = None, str(reason)
        if not options.json:
            print(_told(name, report[name]), flush=True)
    if missing:
        report["missing"] = missing
    if options.json:
        print(json.dumps(_rounded(report)))
    for name, why in missing.items():
        print(f"{name} was not measured: {why}", file=sys.stderr)
    return 1 if missing else 0


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _rounded(each) for name, each in value.items()}
    return round(value, 4) if isinstance(value, float) else value


def _told(name: str, value: Any) -> str:
    if isinstance(value, dict):
        return "\n".join(_told(f"{name}: {part}", each) for part, each in value.items())
    return f"{name:32} {'–' if value is None else format(value, '12.4f')}"


if __name__ == "__main__":
    sys.exit(main())
