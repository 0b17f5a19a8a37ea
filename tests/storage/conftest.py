"""The stores under test: in memory, in a directory, and on a real IPFS daemon."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from dml_sdk.storage import IPFSStore, LocalStore, MemoryStore, Store, TemporaryStore
from tests.waiting import until


@dataclass(frozen=True)
class Kubo:
    """A running daemon: where its API listens, where its repository is, what runs its commands."""

    address: str
    repository: Path
    command: str

    def __call__(self, *arguments: str, stdin: bytes = b"") -> str:
        """Run an `ipfs` command against the daemon."""
        done = subprocess.run(
            [self.command, *arguments],
            input=stdin,
            capture_output=True,
            check=True,
            env=os.environ | {"IPFS_PATH": str(self.repository)},
        )
        return done.stdout.decode().strip()


@pytest.fixture(scope="session")
def kubo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kubo]:
    command = os.environ.get("DML_TEST_KUBO")
    if not command:
        pytest.skip("DML_TEST_KUBO does not name an ipfs executable")
    repository = tmp_path_factory.mktemp("kubo")
    environment = os.environ | {"IPFS_PATH": str(repository)}
    for arguments in (
        ["init", "--profile", "test"],
        ["config", "Addresses.API", "/ip4/127.0.0.1/tcp/0"],
        ["config", "Addresses.Gateway", "/ip4/127.0.0.1/tcp/0"],
    ):
        subprocess.run([command, *arguments], check=True, capture_output=True, env=environment)
    log = repository / "daemon.log"
    with log.open("wb") as output:
        daemon = subprocess.Popen(
            [command, "daemon", "--offline"], stdout=output, stderr=output, env=environment
        )
    try:

        def is_ready() -> bool:
            assert daemon.poll() is None, log.read_text()
            return "Daemon is ready" in log.read_text()

        until(is_ready, "the IPFS daemon is ready")
        yield Kubo((repository / "api").read_text().strip(), repository, command)
    finally:
        daemon.terminate()
        daemon.wait(30)


@pytest.fixture(params=["memory", "local", "temporary", "ipfs"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    opened: Store
    if request.param == "memory":
        opened = MemoryStore()
    elif request.param == "local":
        opened = LocalStore(tmp_path / "store")
    elif request.param == "temporary":
        opened = TemporaryStore()
    else:
        opened = IPFSStore(request.getfixturevalue("kubo").address)
    yield opened
    opened.close()
