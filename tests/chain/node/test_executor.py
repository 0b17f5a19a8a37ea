from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
import wasmtime

from dml_sdk.chain.node import Node, genesis
from dml_sdk.chain.node.executor import CODE, Executor, RuntimeVersion
from dml_sdk.chain.node.scale import ScaleError
from dml_sdk.chain.node.state import Overlay
from dml_sdk.chain.node.trie import Trie, build
from dml_sdk.errors import RuntimeIncompatible, RuntimePanic, UsageError


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
