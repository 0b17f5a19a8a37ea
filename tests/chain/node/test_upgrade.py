"""A chain gets another runtime while it runs: `System.set_code`, called by sudo."""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import wasmtime
from substrateinterface import Keypair

from dml_sdk.chain.node import Node
from dml_sdk.chain.node.executor import CODE, Executor
from dml_sdk.chain.node.state import Overlay
from dml_sdk.chain.node.trie import Trie
from dml_sdk.chain.node.version import RuntimeVersion
from dml_sdk.errors import RuntimeIncompatible, RuntimePanic

from .conftest import InProcess, execute_again, free, transfer_call
from .looping import alone, idle

_SECTION = b"\x0fruntime_version"
_IN_SECTION = 2 * len(b"\x0cdml") + 4  # after both names and the version of authoring


def of_version(code: bytes, number: int) -> bytes:
    """The same runtime, which says that it is of another version, and is compiled already.

    The version stands in its data as the compiler laid it out: three borrowed texts (a marker,
    pointer and length each; the first two are one name), then four numbers. It stands in a section
    beside the program as well. What is signed still names the version before: there it is compiled
    into the program's instructions.
    """
    found = re.search(
        rb"\x00\x00\x00\x80(....\x03\x00\x00\x00)\x00\x00\x00\x80\1\x00\x00\x00\x80........"
        rb"((?:[\x01-\x7f]\x00\x00\x00){4})",
        code,
        re.DOTALL,
    )
    assert found is not None
    executor, new = Executor(), number.to_bytes(4, "little")
    beside = code.index(_SECTION) + len(_SECTION) + _IN_SECTION
    code = code[:beside] + new + code[beside + 4 :]
    for place in range(found.start(2), found.end(2), 4):
        other = code[:place] + new + code[place + 4 :]
        told = executor.runtime(other).call("Core_version", b"", Overlay(Trie(1)))
        if RuntimeVersion.decode(told).spec == number:
            return other
    raise AssertionError("the version is somewhere else")


NOW = 2
"""The version of this SDK's runtime."""
NEXT = NOW + 1


def without_section(code: bytes) -> bytes:
    """The same runtime, whose version only the program tells."""
    assert _SECTION in code
    return code.replace(_SECTION, b"\x0fRUNTIME_VERSION")


@pytest.fixture(scope="module")
def newer() -> bytes:
    return of_version(Node().runtime().code, NEXT)


def set_code(node: Node, alice: Keypair, code: bytes) -> bytes:
    """A signed extrinsic that upgrades the runtime."""
    client = InProcess(node)
    call: Any = client.compose_call("System", "set_code", {"code": "0x" + code.hex()})
    sudo = client.compose_call(
        "Sudo",
        "sudo_unchecked_weight",
        {"call": call, "weight": {"ref_time": 10**9, "proof_size": 0}},
    )
    return bytes(client.create_signed_extrinsic(sudo, alice).data.data)


def compile_before(node: Node, code: bytes) -> None:
    """So that a busy machine has it at hand in time."""
    with suppress(RuntimeIncompatible):
        node.executor.runtime(code)


def upgrade(node: Node, alice: Keypair, code: bytes) -> None:
    compile_before(node, code)
    node.submit(set_code(node, alice, code))
    events = [event.value["event_id"] for event in InProcess(node).get_events()]
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
    assert [spec_version(node, number) for number in range(5)] == [NOW, NOW, NOW, NEXT, NEXT]
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
        assert [spec_version(found, number) for number in (0, 2, 3, 4)] == [NOW, NOW, NEXT, NEXT]
        found.seal()
        assert spec_version(found, 5) == NEXT
        execute_again(found)
        found.close()


def test_a_chain_that_goes_back_before_the_upgrade_runs_the_old_code(
    node: Node, alice: Keypair, newer: bytes
) -> None:
    moment = node.snapshot()
    upgrade(node, alice, newer)
    assert node.runtime().version.spec == NEXT
    node.seal()
    node.restore(moment)
    assert node.runtime().version.spec == NOW
    node.seal()
    assert spec_version(node, node.chain.head.number) == NOW


def test_code_of_no_newer_version_is_refused_by_the_runtime(node: Node, alice: Keypair) -> None:
    with pytest.raises(AssertionError, match="Sudid"):
        upgrade(node, alice, node.runtime().code)
    assert node.runtime().version.spec == NOW


BROKEN = """
import sys, threading
from pathlib import Path
import pytest
from substrateinterface import Keypair
from dml_sdk.chain.node import Node, authoring
from dml_sdk.errors import RpcError, RuntimeIncompatible, RuntimePanic, UsageError
from tests.chain.node.conftest import InProcess, transfer_call
from tests.chain.node.looping import looping
from tests.chain.node.test_upgrade import replace
authoring.BLOCK_SECONDS = 1.0
node = Node(seal=sys.argv[1], cache_dir=Path(sys.argv[2]))
alice = Keypair.create_from_uri("//Alice", ss58_format=42)
code, client = node.runtime().code, InProcess(node)
def transfer(nonce):
    call = transfer_call(client)
    return bytes(client.create_signed_extrinsic(call, alice, nonce=nonce, era="00").data.data)
def refusal(function, *arguments):
    with pytest.raises((RpcError, RuntimePanic, RuntimeIncompatible)) as refused:
        function(*arguments)
    return str(refused.value)
"""


def replace(node: Node, alice: Keypair, code: bytes) -> None:
    """Put code in place of the runtime's that nobody has looked at."""
    compile_before(node, code)
    client = InProcess(node)
    code_call = {"code": "0x" + code.hex()}
    call: Any = client.compose_call("System", "set_code_without_checks", code_call)
    weight = {"ref_time": 10**9, "proof_size": 0}
    arguments = {"call": call, "weight": weight}
    sudo = client.compose_call("Sudo", "sudo_unchecked_weight", arguments)
    node.submit(bytes(client.create_signed_extrinsic(sudo, alice).data.data))
    if node.sealing.mode == "manual":
        node.seal()


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("compiled")


def alone_with(script: str, compiled: Path, seal: str = "instant") -> list[str]:
    return alone(BROKEN + script, seal, str(compiled)).splitlines()


@pytest.mark.parametrize("function", ["Core_initialize_block", "BlockBuilder_finalize_block"])
def test_a_runtime_that_loops_seals_nothing_is_not_run_again_and_an_anchor_gets_out_of_it(
    function: str, compiled: Path
) -> None:
    script = """
with node.anchor():
    replace(node, alice, looping(code, "FUNCTION"))
    height = node.chain.head.number
    print(refusal(node.submit, transfer(1)))
    print(refusal(node.seal))
    # From now on it would take a thousand times the time of this process to run it again.
    authoring.BLOCK_SECONDS = 1e5
    for _ in range(3):
        print(refusal(node.seal))
        print(refusal(node.submit, transfer(1)))
    assert node.chain.head.number == height and not len(node.pool)
    assert node.rpc("state_getStorage", ["0x26"]) is None
    assert node.rpc("system_accountNextIndex", [alice.ss58_address]) == 1
    fork = node.fork(at=height - 1)
    fork.seal()
node.submit(transfer(0))
assert node.chain.head.number == 1
"""
    told = alone_with(script.replace("FUNCTION", function), compiled)
    assert len(told) == 8
    for each in told[1:3]:
        assert "No block can be sealed on block 1" in each
        assert f"{function} stopped: it took longer than 1 s" in each
        assert "goes on only from a block before that runtime" in each
    assert all("block can be sealed on block 1" in each or "banned" in each for each in told[1:])


def test_readers_are_answered_while_a_runtime_loops_over_a_block(compiled: Path) -> None:
    script = """
from dml_sdk.chain.node.vm import Machine
replace(node, alice, looping(code, "Core_initialize_block"))
authoring.BLOCK_SECONDS = 1e5
begun, really = threading.Event(), Machine.call
def call(machine, export, *arguments, **limit):
    if export == "Core_initialize_block":
        begun.set()
    return really(machine, export, *arguments, **limit)
Machine.call = call
sealing = threading.Thread(target=node.seal, daemon=True)
sealing.start()
begun.wait()
for _ in range(5):
    node.rpc("state_call", ["Core_version", "0x"])
    node.rpc("system_accountNextIndex", [alice.ss58_address])
    node.rpc("payment_queryInfo", ["0x" + transfer(1).hex()])
print(sealing.is_alive())
"""
    assert alone_with(script, compiled, "manual") == ["True"]


def test_transactions_that_a_runtime_loops_over_are_dropped_in_words(compiled: Path) -> None:
    script = """
replace(node, alice, looping(code, "TaggedTransactionQueue_validate_transaction"))
print(refusal(node.rpc, "author_submitExtrinsic", ["0x" + transfer(1).hex()]))
node.seal()
print(node.chain.head.number)
"""
    told = alone_with(script, compiled)
    assert "TaggedTransactionQueue_validate_transaction stopped: it took longer" in told[0]
    assert "(JSON-RPC 1002)" in told[0]
    assert told[1] == "2"


def test_a_transaction_that_takes_too_long_is_dropped_and_the_others_are_sealed(
    compiled: Path,
) -> None:
    script = """
from tests.chain.node.conftest import MILLI
bob = Keypair.create_from_uri("//Bob", ss58_format=42)
one = client.compose_call("Balances", "transfer_keep_alive", {
    "dest": alice.ss58_address, "value": MILLI})
many = client.compose_call("Utility", "batch_all", {"calls": [one] * 4000})
slow = bytes(client.create_signed_extrinsic(many, bob, nonce=0, era="00").data.data)
slow_hash = node.submit(slow)
hashes = [node.submit(transfer(nonce)) for nonce in range(3)]
authoring.EXTRINSIC_SECONDS = 0.05
node.seal()
assert all(node.inclusion(each) for each in hashes)
assert not len(node.pool)
print(node.refusal(slow_hash))
"""
    (told,) = alone_with(script, compiled, "manual")
    assert told == (
        "BlockBuilder_apply_extrinsic stopped: it took longer than 0.05 s. The transaction was "
        "dropped: it is in no block, and no fee was paid."
    )


def test_new_code_that_does_not_tell_its_version_is_refused_by_the_runtime(compiled: Path) -> None:
    script = """
from tests.chain.node.test_upgrade import upgrade, without_section
with pytest.raises(AssertionError, match="Sudid"):
    upgrade(node, alice, without_section(looping(code, "Core_version")))
node.submit(transfer(1))
print(node.chain.head.number)
"""
    assert alone_with(script, compiled) == ["2"]


@pytest.mark.parametrize("code", ["b'no Wasm'", "without_section(looping(code, 'Core_version'))"])
def test_clients_of_a_chain_whose_runtime_is_broken_are_told_so(code: str, compiled: Path) -> None:
    script = """
from tests.chain.node.test_upgrade import without_section
replace(node, alice, CODE)
for method, params in [
    ("state_getRuntimeVersion", []), ("state_call", ["Core_version", "0x"]),
    ("state_getMetadata", ["0x" + node.chain.head.hash.hex()]),
]:
    try:
        node.rpc(method, params)
    except RpcError as error:
        print(error)
"""
    told = alone_with(script.replace("CODE", code), compiled)
    assert len(told) == (3 if "no Wasm" in code else 2)
    for each in told:
        assert each.startswith("Client error: Execution failed (JSON-RPC 4003): ")
        assert "build.sh" not in each
        assert "node goes on" not in each


def test_what_waits_when_the_code_becomes_none_is_dropped_with_the_reason(compiled: Path) -> None:
    script = """
bob = Keypair.create_from_uri("//Bob", ss58_format=42)
later = transfer(1)
hash_of_later = node.submit(later)
replace(node, alice, b"no Wasm")
print(node.chain.head.number, len(node.pool))
print(refusal(node.seal))
"""
    told = alone_with(script, compiled, "manual")
    assert told[0] == "1 0"
    assert "No block can be sealed on block 1" in told[1]
    assert "is not Wasm" in told[1]


def test_a_runtime_that_puts_its_block_elsewhere_seals_nothing_and_the_chain_stays_whole(
    tmp_path: Path, alice: Keypair
) -> None:
    node = Node(path=tmp_path / "chain.db")
    replace(node, alice, idle(node.runtime().code, "Core_initialize_block"))
    head = node.chain.head.hash
    for _ in range(2):
        with pytest.raises(RuntimePanic, match="another place than the one after block 1"):
            node.seal()
    node.close()
    again = Node(path=tmp_path / "chain.db")
    assert (again.chain.head.number, again.chain.head.hash) == (1, head)
    again.close()


@pytest.mark.parametrize(
    "module",
    [
        '(func (export "Core_version") (param i64 i64 i64 i64) (result i64 i64 i64 i64) '
        "(i64.const -1) (i64.const -1) (i64.const -1) (i64.const -1))",
        f'(func (export "Core_version") (param{" i64" * 12}) (result i64) (i64.const 0))',
        '(func (export "Core_version") (result i64) (i64.const 0))',
        '(func (export "Core_version") (param externref i32) (result i64) (i64.const 0))',
        '(func (export "Core_version") (param i32 i32))',
        '(memory (export "Core_version") 1)',
    ],
    ids=["more results", "more arguments", "fewer", "references", "no result", "a memory"],
)
def test_new_code_whose_functions_cannot_be_called_as_a_runtimes_is_refused_by_the_runtime(
    module: str, node: Node, alice: Keypair
) -> None:
    memory = '(import "env" "memory" (memory 17))'
    heap = '(global (export "__heap_base") i32 (i32.const 1000))'
    code = bytes(wasmtime.wat2wasm(f"(module {memory} {heap} {module})"))
    before = node.runtime().code
    compile_before(node, code)
    node.submit(set_code(node, alice, code))
    assert (node.runtime().code, node.chain.head.number, len(node.pool)) == (before, 1, 0)
    node.seal()


@pytest.mark.parametrize(
    "heap",
    [
        "f64 (f64.const nan)", "f32 (f32.const inf)", "externref (ref.null extern)",
        "i64 (i64.const 9223372036854775807)", "i32 (i32.const -1)",
    ],
)  # fmt: skip
def test_new_code_whose_heap_begins_nowhere_is_refused_by_the_runtime(
    heap: str, node: Node, alice: Keypair
) -> None:
    version = '(func (export "Core_version") (param i32 i32) (result i64) (i64.const 0))'
    text = f'(module (import "env" "memory" (memory 17)) (global (export "__heap_base") {heap})'
    code = bytes(wasmtime.wat2wasm(f"{text} {version})"))
    compile_before(node, code)
    node.submit(set_code(node, alice, code))
    assert (node.chain.head.number, len(node.pool)) == (1, 0)
    node.seal()


def test_code_that_asks_the_version_of_code_that_asks_that_of_other_code_is_not_followed(
    node: Node, alice: Keypair
) -> None:
    code = b"\0asm\1\0\0\0"
    for _ in range(110):
        data = "".join(f"\\{byte:02x}" for byte in code)
        span = 16 | len(code) << 32
        code = bytes(
            wasmtime.wat2wasm(f"""(module
            (import "env" "memory" (memory 17))
            (import "env" "ext_misc_runtime_version_version_1" (func $v (param i64) (result i64)))
            (data (i32.const 16) "{data}")
            (global (export "__heap_base") i32 (i32.const 900000))
            (func (export "Core_version") (param i32 i32) (result i64) (call $v (i64.const {span})))
            )""")
        )
    compile_before(node, code)
    node.submit(set_code(node, alice, code))
    assert (node.chain.head.number, len(node.pool)) == (1, 0)
