"""Code that takes long to compile keeps nobody waiting."""

from __future__ import annotations

import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import wasmtime
from hypothesis import given
from hypothesis import strategies as st
from substrateinterface import Keypair

from dml_sdk.chain.node import Node, sections
from dml_sdk.chain.node.compiling import Patience, StillCompiling, compiled
from dml_sdk.chain.node.executor import CODE, Executor
from dml_sdk.chain.node.scale import ScaleError
from dml_sdk.chain.node.state import Overlay
from dml_sdk.chain.node.trie import Trie
from dml_sdk.chain.node.version import RuntimeVersion
from dml_sdk.chain.node.vm import engine
from dml_sdk.errors import RpcError, RuntimeIncompatible, RuntimePanic
from tests.waiting import until

from .conftest import InProcess, transfer_call
from .test_upgrade import set_code

LATE = "not compiled yet"
_BEGINNING = """(module (import "env" "memory" (memory 17))
    (global (export "__heap_base") i32 (i32.const 1000))
    (func (export "Core_version") (param i32 i32) (result i64) (i64.const 0))"""


def slow(number: int) -> bytes:
    """Wasm with functions so long that each takes seconds to compile, as no other number's does."""
    body = "".join(
        f"(block (br_if 0 (i32.eq (local.get 0) (i32.const {place})))"
        f"(local.set 2 (i64.add (i64.mul (local.get 2) (i64.const {place * 7 + number}))"
        "(i64.extend_i32_u (local.get 1)))))"
        for place in range(20_000)
    )
    function = f"(func (param i32 i32) (result i64) (local i64) {body} (local.get 2))"
    return bytes(wasmtime.wat2wasm(f"{_BEGINNING} {function} {function})"))


def unchecked(node: Node, alice: Keypair, code: bytes, *, nonce: int) -> bytes:
    """A signed extrinsic that puts code in the runtime's place, which looks at nothing."""
    client = InProcess(node)
    call: Any = client.compose_call(
        "System", "set_code_without_checks", {"code": "0x" + code.hex()}
    )
    weight = {"ref_time": 10**9, "proof_size": 0}
    sudo = client.compose_call("Sudo", "sudo_unchecked_weight", {"call": call, "weight": weight})
    return bytes(client.create_signed_extrinsic(sudo, alice, nonce=nonce).data.data)


def _compiling() -> int:
    return sum(thread.name == "dml-compile" for thread in threading.enumerate())


@pytest.fixture(autouse=True)
def _nothing_is_being_compiled() -> None:
    until(lambda: not _compiling(), "what an earlier test began is compiled")


@pytest.fixture
def node(tmp_path: Path) -> Node:
    """One that finds nothing compiled but its own runtime."""
    own = Node()
    return Node(code=own.runtime().code, cache_dir=tmp_path)


@pytest.mark.slow
def test_code_that_compiles_slowly_is_refused_until_it_is_compiled_and_the_chain_goes_on(
    node: Node, alice: Keypair, bob: Keypair
) -> None:
    code = slow(1)
    upgrade = unchecked(node, alice, code, nonce=0)
    with pytest.raises(RuntimePanic, match=f"{LATE}.*Send the transaction again.*no fee was paid"):
        node.submit(upgrade)
    assert (node.chain.head.number, len(node.pool)) == (0, 0)
    client = InProcess(node)
    transfer = client.create_signed_extrinsic(transfer_call(client), bob, nonce=0)
    node.submit(bytes(transfer.data.data))
    assert node.chain.head.number == 1

    def is_taken() -> bool:
        with suppress(RuntimePanic):
            node.submit(upgrade)
        return node.chain.head.number > 1

    until(is_taken, "the code is compiled", pause=0.2)
    assert node.chain.head.state.get(CODE) == code


@pytest.mark.slow
def test_a_version_that_only_slow_code_tells_is_not_waited_for(node: Node, alice: Keypair) -> None:
    with pytest.raises(RuntimePanic, match=LATE):
        node.submit(set_code(node, alice, slow(2)))
    with pytest.raises(RpcError, match=LATE):
        node.rpc("system_dryRun", ["0x" + set_code(node, alice, slow(3)).hex()])
    assert node.chain.head.number == 0
    node.seal()


@pytest.mark.slow
def test_of_many_slow_codes_one_is_waited_for(tmp_path: Path, alice: Keypair, bob: Keypair) -> None:
    node = Node(seal="manual", cache_dir=tmp_path)
    client = InProcess(node)
    many = [unchecked(node, alice, slow(4 + nonce), nonce=nonce) for nonce in range(3)]
    for each in many:
        node.submit(each)
    transfer = client.create_signed_extrinsic(transfer_call(client), bob, nonce=0)
    node.submit(bytes(transfer.data.data))
    node.seal()
    assert len(node.chain.head.extrinsics) == 2  # the time, and the transfer
    assert _compiling() <= 1


def test_other_code_than_what_is_being_compiled_is_not_waited_for_at_all() -> None:
    code = slow(8)
    other = bytes(wasmtime.wat2wasm(_BEGINNING + ")"))
    with pytest.raises(StillCompiling):
        compiled(engine(), "slow", code, Patience(0.0))
    patience = Patience(1e6)
    with pytest.raises(StillCompiling):
        compiled(engine(), "other", other, patience)
    with pytest.raises(StillCompiling):  # it was waited for before, in vain
        compiled(engine(), "slow", code, patience)
    assert patience.seconds > 1e6 - 100
    until(lambda: not _compiling(), "it is compiled")
    slow_one = compiled(engine(), "slow", code, patience)
    assert compiled(engine(), "slow", code, Patience(0.0)) is slow_one
    compiled(engine(), "other", other, patience)


def test_code_with_too_many_imports_and_exports_is_refused_before_it_is_compiled(
    node: Node, alice: Keypair
) -> None:
    exports = "".join(f'(export "{number}" (func 0))' for number in range(5000))
    code = bytes(wasmtime.wat2wasm(f"{_BEGINNING} {exports})"))
    with pytest.raises(RuntimeIncompatible, match="imports and exports 5,003 things"):
        Executor().runtime(code)
    node.submit(set_code(node, alice, code))
    assert node.chain.head.state.get(CODE) != code


def test_the_version_beside_the_program_is_what_the_program_tells() -> None:
    runtime = Node().runtime()
    program = RuntimeVersion.decode(runtime.call("Core_version", b"", Overlay(Trie(1))))
    beside = RuntimeVersion.beside(runtime.code)
    assert beside is not None
    assert set(beside.apis) == set(program.apis)
    assert RuntimeVersion.decode(beside.encode()) == beside
    assert program.encode() == runtime.call("Core_version", b"", Overlay(Trie(1)))


@given(st.binary(max_size=80), st.sampled_from([b"", b"\0asm\1\0\0\0"]))
def test_sections_of_any_bytes_are_read_or_refused(data: bytes, header: bytes) -> None:
    for read in (sections.linked, RuntimeVersion.beside):
        with suppress(sections.NotWasm, ScaleError):
            read(header + data)
