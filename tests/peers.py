"""Programs that tests talk to as to the rest of the world: a network node."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

OMNI_NODE = os.environ.get("DML_TEST_OMNI_NODE")
NO_OMNI_NODE = "DML_TEST_OMNI_NODE does not name a polkadot-omni-node"
_START_SECONDS = 60


def free_port() -> int:
    """A port of the loopback that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextmanager
def omni_node(folder: Path, spec: dict[str, object]) -> Iterator[str]:
    """A polkadot-omni-node that seals each transaction at once; gives "127.0.0.1:<port>"."""
    assert OMNI_NODE is not None
    file, log, port = folder / "spec.json", folder / "log", free_port()
    file.write_text(json.dumps(spec))
    with log.open("wb") as output, subprocess.Popen(
        [
            OMNI_NODE, "--chain", str(file), "--dev", "--instant-seal", "--rpc-port", str(port),
            "--base-path", str(folder / "base"), "--port", "0",
            "--no-telemetry", "--no-prometheus", "--no-mdns",
        ],
        stdout=output, stderr=subprocess.STDOUT,
    ) as process:  # fmt: skip
        try:
            deadline = time.monotonic() + _START_SECONDS
            while True:
                try:
                    socket.create_connection(("127.0.0.1", port), 1).close()
                    break
                except OSError:
                    assert process.poll() is None, log.read_text()
                    assert time.monotonic() < deadline, log.read_text()
                    time.sleep(0.1)
            yield f"127.0.0.1:{port}"
        finally:
            process.terminate()
