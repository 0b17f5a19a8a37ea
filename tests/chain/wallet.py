"""polkadot.js as a wallet, in a process of its own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
INSTALLED = HERE / "node" / "serving" / "polkadot_js"
POLKADOT_JS = Path(os.environ.get("DML_TEST_POLKADOT_JS", INSTALLED))
MISSING = not shutil.which("node") or not (POLKADOT_JS / "node_modules").is_dir()
NO_WALLET = f"polkadot.js is not installed: npm ci --prefix {INSTALLED.relative_to(Path.cwd())}"


class Wallet:
    """Keeps nothing between questions; keys are named by their secret URIs."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def ask(self, word: str, **given: Any) -> Any:
        """What the wallet answers; {"error": …} when it refuses."""
        assert self._process.stdin and self._process.stdout
        print(json.dumps({"word": word, **given}), file=self._process.stdin, flush=True)
        return json.loads(self._process.stdout.readline())


@contextmanager
def wallet() -> Iterator[Wallet]:
    """A wallet until the end."""
    with subprocess.Popen(
        ["node", str(HERE / "wallet.cjs"), str(POLKADOT_JS)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        try:
            yield Wallet(process)
        finally:
            process.terminate()
