"""docker/compose.yml, read as the Compose specification has it, and its programs run by it.

No container is started here: the programs are those that DML_TEST_OMNI_NODE and DML_TEST_KUBO name,
with the arguments of the file, other ports and other folders.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import yaml

import dml_sdk as dml
from dml_sdk.cli import main
from tests.peers import NO_OMNI_NODE, OMNI_NODE, NetworkNode, free_port, listening
from tests.waiting import until

KUBO = os.environ.get("DML_TEST_KUBO")
NO_KUBO = "DML_TEST_KUBO does not name an ipfs executable"
ROOT = Path(__file__).resolve().parent.parent
TOP = {"name", "services", "volumes", "networks", "configs", "secrets", "include"}
SERVICE = {
    "build", "cap_add", "cap_drop", "command", "configs", "container_name", "depends_on",
    "deploy", "entrypoint", "env_file", "environment", "expose", "extra_hosts", "healthcheck",
    "image", "init", "labels", "logging", "networks", "platform", "ports", "profiles",
    "pull_policy", "read_only", "restart", "secrets", "security_opt", "stop_grace_period",
    "tmpfs", "ulimits", "user", "volumes", "working_dir",
}  # fmt: skip
HEALTHCHECK = {
    "test", "interval", "timeout", "retries", "start_period", "start_interval", "disable",
}  # fmt: skip


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    told = yaml.safe_load((ROOT / "docker" / "compose.yml").read_text())
    assert isinstance(told, dict)
    return told


def test_only_keys_of_the_specification_are_used(compose: dict[str, Any]) -> None:
    assert compose.keys() <= TOP
    assert set(compose["services"]) == {"node", "ipfs"}
    for service in compose["services"].values():
        assert service.keys() <= SERVICE
        assert service.get("healthcheck", {}).keys() <= HEALTHCHECK
        assert service["restart"] in ("no", "always", "on-failure", "unless-stopped")


def test_every_image_is_pinned_to_a_version(compose: dict[str, Any]) -> None:
    for service in compose["services"].values():
        assert re.fullmatch(r"[a-z0-9./-]+:v\d+\.\d+\.\d+", service["image"])


def test_every_port_is_on_the_loopback_only(compose: dict[str, Any]) -> None:
    for service in compose["services"].values():
        for port in service["ports"]:
            assert re.fullmatch(r"127\.0\.0\.1:(\d+):\1", port)


def test_every_named_volume_is_declared(compose: dict[str, Any]) -> None:
    for service in compose["services"].values():
        for volume in service["volumes"]:
            source, target = volume.split(":")[:2]
            assert source.startswith("./") or source in compose["volumes"]
            assert target.startswith("/")


def test_the_node_starts_the_chain_that_the_command_writes(compose: dict[str, Any]) -> None:
    node = compose["services"]["node"]
    spec = next(each for each in node["command"] if each.startswith("--chain=")).split("=")[1]
    assert f"./chain-spec.json:{spec}:ro" in node["volumes"]
    docs = (ROOT / "docs" / "network.md").read_text()
    assert "dml-sdk chain-spec -o docker/chain-spec.json" in docs


def with_values(arguments: Sequence[str], values: Mapping[str, str]) -> list[str]:
    """Arguments "--name=value" with other values for some, all of which must be there."""
    names = [each.partition("=")[0] for each in arguments]
    assert values.keys() <= set(names)
    return [
        f"{name}={values[name]}" if name in values else each
        for name, each in zip(names, arguments, strict=True)
    ]


@pytest.mark.skipif(not OMNI_NODE, reason=NO_OMNI_NODE)
def test_the_node_runs_by_the_files_arguments_and_goes_on_after_a_restart(
    compose: dict[str, Any], tmp_path: Path
) -> None:
    assert OMNI_NODE is not None
    spec = tmp_path / "chain-spec.json"
    assert main(["chain-spec", "-o", str(spec)]) == 0
    arguments = list(compose["services"]["node"]["command"])
    # It lets other machines in, which a container needs and a test must not: only known to be one.
    arguments.remove("--unsafe-rpc-external")
    told = subprocess.run([OMNI_NODE, "--help"], capture_output=True, text=True, check=True).stdout
    assert re.search(r"^\s+--unsafe-rpc-external$", told, re.MULTILINE)
    reached = 0
    for _ in range(2):
        port = free_port()
        place = {"--chain": str(spec), "--base-path": str(tmp_path), "--rpc-port": str(port)}
        command = [OMNI_NODE, *with_values(arguments, place), "--listen-addr=/ip4/127.0.0.1/tcp/0"]
        with (
            listening(command, tmp_path / "log", port) as address,
            closing(NetworkNode(f"ws://{address}")) as node,
        ):

            def height(node: NetworkNode = node) -> int:
                return int(node.rpc("chain_getHeader")["number"], 16)

            until(lambda height=height, before=reached: height() > before, "a block", pause=0.1)
            reached = height()
            with dml.connect(node.url, store="memory", account="alice") as session:
                assert session.balance().tokens > 100_000
                assert session.chain.genesis_hash == node.rpc("chain_getBlockHash", [0])


@pytest.mark.skipif(not KUBO, reason=NO_KUBO)
def test_the_store_runs_by_the_files_environment(compose: dict[str, Any], tmp_path: Path) -> None:
    assert KUBO is not None
    service = compose["services"]["ipfs"]
    environment = os.environ | service["environment"] | {"IPFS_PATH": str(tmp_path / "ipfs")}
    api, gateway = free_port(), free_port()

    def ipfs(*arguments: str) -> str:
        done = subprocess.run(
            [KUBO, *arguments], capture_output=True, text=True, check=True, env=environment
        )
        return done.stdout

    # What the image's entrypoint does before it becomes the daemon, here on the loopback only.
    ipfs("init", f"--profile={environment['IPFS_PROFILE']}")
    ipfs("config", "Addresses.API", f"/ip4/127.0.0.1/tcp/{api}")
    ipfs("config", "Addresses.Gateway", f"/ip4/127.0.0.1/tcp/{gateway}")
    ipfs("config", "--json", "Addresses.Swarm", json.dumps(["/ip4/127.0.0.1/tcp/0"]))
    ipfs("bootstrap", "rm", "--all")
    daemon = [KUBO, "daemon", "--migrate=true", "--agent-version-suffix=docker"]
    with listening(daemon, tmp_path / "log", gateway, environment=environment):
        kind, *check = service["healthcheck"]["test"]
        assert (kind, check[0]) == ("CMD", "ipfs")
        assert "/docker" in json.loads(ipfs(*check[1:]))["AgentVersion"]
        with dml.connect(store=f"ipfs://127.0.0.1:{api}") as session:
            cid = session.store.put(b"kept in a container")
            assert session.store.get(cid) == b"kept in a container"
