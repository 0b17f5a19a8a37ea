"""A chain gets another runtime while it runs: `System.set_code`, called by sudo."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from substrateinterface import Keypair

from dml_sdk.chain.node import Node
from dml_sdk.chain.node.executor import CODE, Executor

from .conftest import InProcess, execute_again, free, transfer_call


def of_version(code: bytes, number: int) -> bytes:
    """The same runtime, which says that it is of another version.

    The version stands in its data as the compiler laid it out: three borrowed texts (a marker,
    pointer and length each; the first two are one name), then four numbers.
    """
    found = re.search(
        rb"\x00\x00\x00\x80(....\x03\x00\x00\x00)\x00\x00\x00\x80\1\x00\x00\x00\x80........"
        rb"((?:\x01\x00\x00\x00){4})",
        code,
        re.DOTALL,
    )
    assert found is not None
    executor = Executor()
    for place in range(found.start(2), found.end(2), 4):
        other = code[:place] + number.to_bytes(4, "little") + code[place + 4 :]
        if executor.runtime(other).version.spec == number:
            return other
    raise AssertionError("the version is somewhere else")


@pytest.fixture(scope="module")
def newer() -> bytes:
    return of_version(Node().runtime().code, 2)


def upgrade(node: Node, alice: Keypair, code: bytes) -> None:
    client = InProcess(node)
    call: Any = client.compose_call("System", "set_code", {"code": "0x" + code.hex()})
    sudo = client.compose_call(
        "Sudo",
        "sudo_unchecked_weight",
        {"call": call, "weight": {"ref_time": 10**9, "proof_size": 0}},
    )
    node.submit(bytes(client.create_signed_extrinsic(sudo, alice).data.data))
    events = [event.value["event_id"] for event in client.get_events()]
    assert "CodeUpdated" in events, events


def spec_version(node: Node, number: int) -> int:
    block = node.chain.by_number(number)
    assert block is not None
    told: Any = node.rpc("state_getRuntimeVersion", ["0x" + block.hash.hex()])
    return int(told["specVersion"])


def test_the_next_block_runs_the_new_code_and_the_old_states_keep_theirs(
    tmp_path: Path, alice: Keypair, bob: Keypair, newer: bytes
) -> None:
    file = tmp_path / "chain.db"
    node = Node(path=file)
    old = node.runtime().code
    before = InProcess(node)
    value = 10**12
    for _ in range(2):
        transfer = transfer_call(before, value)
        node.submit(bytes(before.create_signed_extrinsic(transfer, alice).data.data))
    upgrade(node, alice, newer)
    assert node.runtime().code == newer
    after = InProcess(node)
    had = free(after, bob)
    signed = after.create_signed_extrinsic(transfer_call(after, value), alice)
    node.submit(bytes(signed.data.data))
    assert free(after, bob) == had + value
    assert [spec_version(node, number) for number in range(5)] == [1, 1, 1, 2, 2]
    execute_again(node)
    exported = node.export(tmp_path / "exported")
    head = node.chain.head.hash
    node.close()

    again = Node(path=file)
    imported = Node.imported(exported.path)
    for found in (again, imported):
        assert found.chain.head.hash == head
        assert found.chain.by_number(2).state.get(CODE) == old  # type: ignore[union-attr]
        assert found.chain.by_number(3).state.get(CODE) == newer  # type: ignore[union-attr]
        assert [spec_version(found, number) for number in (0, 2, 3, 4)] == [1, 1, 2, 2]
        found.seal()
        assert spec_version(found, 5) == 2
        execute_again(found)
        found.close()


def test_a_chain_that_goes_back_before_the_upgrade_runs_the_old_code(
    node: Node, alice: Keypair, newer: bytes
) -> None:
    moment = node.snapshot()
    upgrade(node, alice, newer)
    assert node.runtime().version.spec == 2
    node.seal()
    node.restore(moment)
    assert node.runtime().version.spec == 1
    node.seal()
    assert spec_version(node, node.chain.head.number) == 1


def test_code_of_no_newer_version_is_refused_by_the_runtime(node: Node, alice: Keypair) -> None:
    with pytest.raises(AssertionError, match="Sudid"):
        upgrade(node, alice, node.runtime().code)
    assert node.runtime().version.spec == 1
