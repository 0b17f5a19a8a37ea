"""docker/compose.yml, read as the Compose specification has it; no container is started here."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

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
