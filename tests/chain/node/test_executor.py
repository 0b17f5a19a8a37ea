from __future__ import annotations

import gc
import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import wasmtime

from dml_sdk.chain.node import Node, genesis
from dml_sdk.chain.node.executor import CODE, Executor
from dml_sdk.chain.node.scale import ScaleError
from dml_sdk.chain.node.state import Overlay
from dml_sdk.chain.node.trie import Trie, build
from dml_sdk.chain.node.version import RuntimeVersion
from dml_sdk.errors import RuntimeIncompatible, RuntimePanic, UsageError
from tests.waiting import LONG


def test_a_call_that_traps_leaves_no_transaction_open(node: Node) -> None:
    overlay = Overlay(node.chain.head.state)
    overlay.start()
    with pytest.raises(RuntimePanic, match="Core_initialize_block stopped: panicked at"):
        node.runtime().call("Core_initialize_block", b"\xff", overlay)
    assert overlay.depth == 1
    assert node.runtime().call("Core_version", b"", overlay)


def test_a_function_that_is_not_there_is_named(node: Node) -> None:
    with pytest.raises(RuntimeIncompatible, match="has no Core_nothing"):
        node.runtime().call("Core_nothing", b"", Overlay(Trie(1)))


@pytest.mark.parametrize(
    ("wrong", "right"),
    [("Core_versoin", "Core_version"), ("core_version", "Core_version"),
     ("AccountNonce_account_nonce", "AccountNonceApi_account_nonce")],
)  # fmt: skip
def test_a_name_that_is_nearly_right_is_answered_with_the_right_one(
    node: Node, wrong: str, right: str
) -> None:
    with pytest.raises(RuntimeIncompatible, match=rf"has no {wrong}\. Did you mean {right}\?"):
        node.runtime().call(wrong, b"", Overlay(Trie(1)))


def wat(*functions: str) -> bytes:
    """A runtime of a few lines; `$log` writes an error, `$exists` looks for a value."""
    return bytes(
        wasmtime.wat2wasm(f"""(module
        (import "env" "memory" (memory 1))
        (import "env" "ext_logging_log_version_1" (func $log (param i32 i64 i64)))
        (import "env" "ext_storage_exists_version_1" (func $exists (param i64) (result i32)))
        (global (export "__heap_base") i32 (i32.const 1024))
        {" ".join(functions)})""")
    )


def function(name: str, body: str) -> str:
    return f'(func (export "{name}") (param i32 i32) (result i64) {body} (i64.const 0))'


SPEAK = "(call $log (i32.const 0) (i64.const 0) (i64.const 0))"
FOR_EVER = "(loop br 0)"
UNTIL_FREE = """(local $n i32)
    (block $end (loop $asking
        (br_if $end (call $exists (i64.const 0)))
        (local.set $n (i32.const 20_000_000))
        (loop $spinning
            (br_if $spinning (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
        (br $asking)))"""


class Held(Overlay):
    """Keeps a program that loops `UNTIL_FREE`, and tells when it has begun to."""

    def __init__(self) -> None:
        super().__init__(Trie(1))
        self.begun, self.free = threading.Event(), threading.Event()

    def get(self, key: bytes) -> bytes | None:
        self.begun.set()
        return b"" if self.free.is_set() else None


@pytest.mark.parametrize(
    "code",
    [
        b"not Wasm",
        b"\0asm, but no more",
        wat(f"(func $f {FOR_EVER}) (start $f)"),
        bytes(wasmtime.wat2wasm("(module (memory 1))")),
    ],
)
def test_code_that_cannot_be_loaded_is_not_tried_again(code: bytes, tmp_path: Path) -> None:
    executor = Executor(cache_dir=tmp_path)
    with pytest.raises(RuntimeIncompatible) as refused:
        executor.runtime(code)
    gc.collect()
    for compiled in tmp_path.iterdir():
        compiled.unlink()
    with pytest.raises(RuntimeIncompatible) as again:
        executor.runtime(code)
    assert str(again.value) == str(refused.value)
    assert "build.sh" not in str(again.value)
    assert not list(tmp_path.iterdir()), "it was compiled again"


def test_what_cannot_be_loaded_is_remembered_up_to_a_limit(tmp_path: Path) -> None:
    executor = Executor(cache_dir=tmp_path)
    code = wat("(func $f unreachable) (start $f)")
    for others in (0, 10, 100):
        for number in range(others):
            with pytest.raises(RuntimeIncompatible):
                executor.runtime(number.to_bytes(4, "big"))
        gc.collect()  # what is compiled stays for as long as somebody holds it
        for compiled in tmp_path.iterdir():
            compiled.unlink()
        with pytest.raises(RuntimeIncompatible, match="be started"):
            executor.runtime(code)
        assert bool(list(tmp_path.iterdir())) is (others != 10)


def test_a_start_function_that_calls_the_host_is_refused_in_words() -> None:
    with pytest.raises(RuntimeIncompatible, match="be started: it calls the host"):
        Executor().runtime(wat(f"(func $f {SPEAK}) (start $f)"))


@pytest.mark.parametrize("end", [FOR_EVER, "unreachable"])
def test_a_runtime_that_does_not_tell_its_version_is_asked_once(
    end: str, caplog: pytest.LogCaptureFixture
) -> None:
    code = wat(*(function(name, SPEAK + end) for name in ("Core_version", "Metadata_metadata")))
    runtime = Executor().runtime(code)
    for _ in range(3):
        with pytest.raises(RuntimePanic, match="Core_version stopped"):
            _ = runtime.version
        with pytest.raises(RuntimePanic, match="Metadata_metadata stopped"):
            _ = runtime.metadata
    assert len(caplog.records) == 2


def test_every_call_has_a_limit() -> None:
    runtime = Executor().runtime(wat(function("Test_loop", FOR_EVER)))
    with pytest.raises(
        RuntimePanic, match=r"Test_loop stopped: it took longer than 0\.1 s\."
    ) as late:
        runtime.call("Test_loop", b"", Overlay(Trie(1)), seconds=0.1)
    assert late.value.out_of_time


def test_a_function_with_another_signature_is_not_called() -> None:
    runtime = Executor().runtime(wat('(func (export "Test_ask") (result i64) (i64.const 0))'))
    with pytest.raises(RuntimeIncompatible, match=r"Test_ask is \(\) -> \(i64\); what can be"):
        runtime.call("Test_ask", b"", Overlay(Trie(1)))


def test_a_trie_of_very_many_values_does_not_outlast_the_limit() -> None:
    # 1,000,000 empty values, after their number as a compact.
    values = (4_000_002).to_bytes(4, "little")
    root = """(import "env" "ext_trie_blake2_256_ordered_root_version_2"
        (func $root (param i64 i32) (result i32)))"""
    span = 2000 | (4 + 1_000_000) << 32
    body = f"""(i32.store (i32.const 2000) (i32.const {int.from_bytes(values, "little")}))
        (drop (call $root (i64.const {span}) (i32.const 1)))"""
    text = f"""(module (import "env" "memory" (memory 17)) {root}
        (global (export "__heap_base") i32 (i32.const 1100000)) {function("Test_root", body)})"""
    runtime = Executor().runtime(bytes(wasmtime.wat2wasm(text)))
    with pytest.raises(RuntimePanic, match="Test_root stopped: it took longer"):
        runtime.call("Test_root", b"", Overlay(Trie(1)), seconds=0.1)


def test_what_a_runtime_says_at_length_is_cut(caplog: pytest.LogCaptureFixture) -> None:
    megabyte = (1 << 20) << 32
    said = f"(call $log (i32.const 0) (i64.const 0) (i64.const {megabyte})) unreachable"
    code = bytes(
        wasmtime.wat2wasm(f"""(module (import "env" "memory" (memory 17))
        (import "env" "ext_logging_log_version_1" (func $log (param i32 i64 i64)))
        (global (export "__heap_base") i32 (i32.const 1024)) {function("Test_say", said)})""")
    )
    with pytest.raises(RuntimePanic, match="1,048,576 bytes") as stopped:
        Executor().runtime(code).call("Test_say", b"", Overlay(Trie(1)))
    assert len(str(stopped.value)) < 20_000
    assert all(len(record.getMessage()) < 20_000 for record in caplog.records)


def test_a_handler_that_asks_the_runtime_that_it_interrupted_is_refused() -> None:
    runtime = Executor().runtime(wat(function("Test_loop", UNTIL_FREE), function("Test_ask", "")))
    refused: list[str] = []
    held = Held()

    def ask(*_: object) -> None:
        with pytest.raises(RuntimePanic) as told:
            runtime.call("Test_ask", b"", Overlay(Trie(1)))
        refused.append(str(told.value))
        held.free.set()

    def interrupt(main: int) -> None:
        if held.begun.wait(LONG):
            signal.pthread_kill(main, signal.SIGALRM)

    before = signal.signal(signal.SIGALRM, ask)
    try:
        with ThreadPoolExecutor(1) as other:
            other.submit(interrupt, threading.get_ident())
            assert runtime.call("Test_loop", b"", held) == b""
    finally:
        signal.signal(signal.SIGALRM, before)
    assert len(refused) == 1 and "interrupted it in the same thread" in refused[0]


def test_who_only_asks_does_not_wait_for_who_makes_a_block() -> None:
    runtime = Executor().runtime(wat(function("Test_loop", UNTIL_FREE), function("Test_ask", "")))
    held = [Held(), Held()]
    with ThreadPoolExecutor(2) as threads:
        calls = [
            threads.submit(runtime.call, "Test_loop", b"", overlay, beside=beside)
            for overlay, beside in zip(held, (False, True), strict=True)
        ]
        assert all(each.begun.wait(LONG) for each in held)
        for _ in range(5):
            assert runtime.call("Test_ask", b"", Overlay(Trie(1)), beside=True) == b""
        assert not any(call.done() for call in calls)
        for each in held:
            each.free.set()
        assert [call.result() for call in calls] == [b"", b""]
    assert runtime.call("Test_ask", b"", Overlay(Trie(1))) == b""


def test_a_state_without_code_has_no_runtime() -> None:
    with pytest.raises(RuntimeIncompatible, match="no runtime under :code"):
        Executor().of(build([(b"key", b"value")], 1))
    with pytest.raises(RuntimeIncompatible):
        Executor().of(build([(CODE, b"not Wasm")], 1))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('(import "env" "memory" (memory 1)) (func $f unreachable) (start $f)', "be started"),
        ('(import "env" "memory" (memory 1)) (func $f (loop br 0)) (start $f)', "be started"),
        ('(import "env" "memory" (memory 1))', "__heap_base"),
        ('(memory (export "memory") 1)', "import its memory"),
    ],
)
def test_code_that_cannot_be_a_runtime_is_refused_in_words(text: str, why: str) -> None:
    code = bytes(wasmtime.wat2wasm(f"(module {text})"))
    with pytest.raises(RuntimeIncompatible, match=why):
        Executor().of(build([(CODE, code)], 1))
    with pytest.raises(RuntimeIncompatible, match="is not Wasm"):  # its text is none either
        Executor().of(build([(CODE, f"(module {text})".encode())], 1))


def test_metadata_that_cannot_be_read_are_refused_in_words() -> None:
    text = """(module (import "env" "memory" (memory 1))
        (global (export "__heap_base") i32 (i32.const 1024))
        (func (export "Metadata_metadata") (param i32 i32) (result i64) (i64.const 0)))"""
    runtime = Executor().of(build([(CODE, bytes(wasmtime.wat2wasm(text)))], 1))
    with pytest.raises(RuntimeIncompatible, match="metadata cannot be read"):
        _ = runtime.metadata


def test_one_code_is_loaded_once(node: Node) -> None:
    code = node.runtime().code
    assert node.executor.runtime(bytes(bytearray(code))) is node.runtime()


def test_many_threads_call_one_runtime(node: Node) -> None:
    runtime = node.runtime()
    expected = runtime.metadata

    def read(index: int) -> bytes:
        with pytest.raises(RuntimePanic):
            runtime.call("Core_initialize_block", bytes(index), Overlay(Trie(1)))
        return runtime.call("Metadata_metadata", b"", Overlay(Trie(1)))

    with ThreadPoolExecutor(8) as pool:
        assert all(answer.endswith(expected) for answer in pool.map(read, range(40)))


def test_a_version_that_is_none_is_refused() -> None:
    with pytest.raises(ScaleError):
        RuntimeVersion.decode(b"\x0cdml")


def test_a_patch_is_merged_into_the_default() -> None:
    default = {"a": {"b": 1, "c": [1, 2]}, "d": None}
    patch = {"a": {"b": {"x": 2}, "c": [3], "new": 4}, "d": 5, "none": None}
    assert genesis.merged(default, patch) == {"a": {"b": {"x": 2}, "c": [3], "new": 4}, "d": 5}
    assert genesis.merged({"a": {"b": 1}}, {"a": None}) == {}
    assert default == {"a": {"b": 1, "c": [1, 2]}, "d": None}


def test_a_genesis_that_the_runtime_refuses_says_why(node: Node) -> None:
    with pytest.raises(UsageError, match="refuses this genesis configuration"):
        genesis.state(node.runtime(), {"balances": {"balances": "none"}})
