"""Each host function, called with pointers into the memory of a program that imports them all."""

from __future__ import annotations

import logging
from collections.abc import Callable

import pytest
import wasmtime
from hypothesis import example, given, settings
from hypothesis import strategies as st
from substrateinterface import Keypair, KeypairType

from dml_sdk.chain.node import abi, hashing
from dml_sdk.chain.node.host import HEAP, Host
from dml_sdk.chain.node.scale import Reader, ScaleError, compact, option, vec
from dml_sdk.chain.node.state import Overlay
from dml_sdk.chain.node.trie import build, ordered_root
from dml_sdk.chain.node.vm import Machine, Signature
from dml_sdk.errors import RuntimeIncompatible, RuntimePanic

BESIDE = {
    "ext_storage_get_version_1": Signature(("i64",), ("i64",)),
    "ext_storage_read_version_1": Signature(("i64", "i64", "i32"), ("i64",)),
    **{
        f"ext_hashing_{name}_version_1": Signature(("i64",), ("i32",))
        for name in ("twox_64", "twox_128", "twox_256", "blake2_128", "blake2_256")
    },
}
"""What the companions answer."""


class Guest:
    """Stands where the runtime stands: hands in pointers, reads what comes back."""

    def __init__(self) -> None:
        self.host = Host(lambda code: b"version" if code == b"runtime" else None)
        functions = self.host.functions()
        offered = {name: function.signature for name, function in functions.items()} | BESIDE
        imports = "".join(
            f'(import "env" "{name}" (func ${name} (param {" ".join(signature.parameters)})'
            f" (result {' '.join(signature.results)})))"
            for name, signature in offered.items()
        )
        exports = "".join(f'(export "{name}" (func ${name}))' for name in offered)
        program = wasmtime.wat2wasm(
            f'(module {imports} (import "env" "memory" (memory 1)) {exports}'
            '(global (export "__heap_base") i32 (i32.const 1024)))'
        )
        self.host.machine = Machine(program, functions, HEAP, self.host.companions())
        self.host.machine.reset()
        self.host.begin(Overlay(build([(b"key", b"value"), (b"key2", b"more")], 1)))

    def call(self, name: str, *arguments: bytes | int) -> int:
        """Bytes are handed in as a span, integers as they are."""
        raw = [self.host.give(each) if isinstance(each, bytes) else each for each in arguments]
        return self.host.machine.call(name, *raw)

    def span(self, name: str, *arguments: bytes | int) -> bytes:
        return self.host.read(self.call(name, *arguments))

    def pointer(self, name: str, length: int, *arguments: bytes | int) -> bytes:
        at = self.call(name, *arguments) & 0xFFFF_FFFF
        return self.host.machine.memory.read(at, length)

    def put(self, data: bytes) -> int:
        return self.host.write(data)


@pytest.fixture
def guest() -> Guest:
    return Guest()


def test_a_value_is_read_whole(guest: Guest) -> None:
    assert guest.span("ext_storage_get_version_1", b"key") == option(vec(b"value"))
    assert guest.span("ext_storage_get_version_1", b"none") == option(None)


@pytest.mark.parametrize(
    ("offset", "room", "read", "left"), [(0, 9, b"value", 5), (1, 2, b"al", 4), (9, 4, b"", 0)]
)
def test_a_value_is_read_in_parts(
    guest: Guest, offset: int, room: int, read: bytes, left: int
) -> None:
    out = guest.put(bytes(room))
    answer = guest.span("ext_storage_read_version_1", b"key", out | room << 32, offset)
    assert answer == option(left.to_bytes(4, "little"))
    assert guest.host.machine.memory.read(out, room) == read.ljust(room, b"\0")


def test_values_are_set_cleared_and_appended_to(guest: Guest) -> None:
    guest.call("ext_storage_set_version_1", b"new", b"1")
    assert guest.call("ext_storage_exists_version_1", b"new") == 1
    guest.call("ext_storage_clear_version_1", b"new")
    assert guest.call("ext_storage_exists_version_1", b"new") == 0
    guest.call("ext_storage_append_version_1", b"list", b"x")
    guest.call("ext_storage_append_version_1", b"list", b"y")
    assert guest.host.overlay.get(b"list") == compact(2) + b"xy"
    assert guest.span("ext_storage_next_key_version_1", b"key") == option(vec(b"key2"))
    assert guest.span("ext_storage_next_key_version_1", b"list") == option(None)


def test_a_prefix_is_cleared_whole_or_up_to_a_limit(guest: Guest) -> None:
    one = option((1).to_bytes(4, "little"))
    some = guest.span("ext_storage_clear_prefix_version_2", b"key", one)
    assert some == b"\1" + (1).to_bytes(4, "little")
    rest = guest.span("ext_storage_clear_prefix_version_2", b"key", option(None))
    assert rest == b"\0" + (2).to_bytes(4, "little")
    guest.call("ext_storage_set_version_1", b"key", b"again")
    guest.call("ext_storage_clear_prefix_version_1", b"key")
    assert guest.host.overlay.get(b"key") is None


def test_transactions_nest(guest: Guest) -> None:
    guest.call("ext_storage_start_transaction_version_1")
    guest.call("ext_storage_set_version_1", b"key", b"outer")
    guest.call("ext_storage_start_transaction_version_1")
    guest.call("ext_storage_set_version_1", b"key", b"inner")
    guest.call("ext_storage_rollback_transaction_version_1")
    assert guest.host.overlay.get(b"key") == b"outer"
    guest.call("ext_storage_commit_transaction_version_1")
    assert guest.host.overlay.get(b"key") == b"outer"


@pytest.mark.parametrize("end", ["commit", "rollback"])
def test_a_transaction_that_the_runtime_did_not_open_is_not_its_to_close(
    guest: Guest, end: str
) -> None:
    overlay = guest.host.overlay
    overlay.start()
    guest.host.begin(overlay)
    with pytest.raises(RuntimePanic, match="had not opened"):
        guest.call(f"ext_storage_{end}_transaction_version_1")
    assert overlay.depth == 1


def test_the_state_root_is_that_of_the_changed_state(guest: Guest) -> None:
    guest.call("ext_storage_clear_version_1", b"key2")
    root = guest.span("ext_storage_root_version_2", 1)
    assert root == build([(b"key", b"value")], 1).root


def test_a_root_of_another_state_version_is_refused(guest: Guest) -> None:
    for name, arguments in [
        ("ext_storage_root_version_2", (0,)),
        ("ext_storage_root_version_1", ()),
    ]:
        with pytest.raises(RuntimeIncompatible, match="state version 0"):
            guest.call(name, *arguments)


@pytest.mark.parametrize(
    ("name", "function"),
    [
        ("blake2_128", hashing.blake2_128),
        ("blake2_256", hashing.blake2_256),
        ("twox_64", hashing.twox_64),
        ("twox_128", hashing.twox_128),
        ("twox_256", hashing.twox_256),
        ("sha2_256", hashing.sha2_256),
        ("keccak_256", hashing.keccak_256),
        ("keccak_512", hashing.keccak_512),
    ],
)
def test_hashes_are_put_on_the_heap(
    guest: Guest, name: str, function: Callable[[bytes], bytes]
) -> None:
    expected = function(b"data")
    given = guest.pointer(f"ext_hashing_{name}_version_1", len(expected), b"data")
    assert given == expected


@pytest.fixture(scope="module")
def hasher() -> Guest:
    return Guest()


@settings(deadline=None, max_examples=300)
@given(st.binary(max_size=600))
@example(b"")
@example(bytes(31))
@example(bytes(32))
@example(bytes(127))
@example(bytes(128))
@example(bytes(129))
@example(bytes(256))
@example(bytes(100_000))
def test_hashes_in_wasm_are_those_of_the_libraries(hasher: Guest, data: bytes) -> None:
    hasher.host.machine.reset()
    for name in ("twox_64", "twox_128", "twox_256", "blake2_128", "blake2_256"):
        expected = getattr(hashing, name)(data)
        given = hasher.pointer(f"ext_hashing_{name}_version_1", len(expected), data)
        assert given == expected, name


@pytest.mark.parametrize("name", ["twox_64", "twox_128", "blake2_128", "blake2_256"])
@pytest.mark.parametrize("span", [0xFFFF_FFFF | 8 << 32, 0xFFFF_FFFF << 32, 200_000_000 << 32])
def test_what_is_hashed_must_lie_in_the_memory(guest: Guest, name: str, span: int) -> None:
    with pytest.raises(abi.Trap, match="out of bounds memory access"):
        guest.call(f"ext_hashing_{name}_version_1", span)


@pytest.mark.parametrize("size", [0, 1, 63, 64, 16_383, 16_384, 65_536, 65_537, 300_000])
def test_values_of_any_size_are_read_whole_and_in_parts(guest: Guest, size: int) -> None:
    value = bytes(i * 7 & 0xFF for i in range(size))
    guest.host.overlay.set(b"sized", value)
    assert guest.span("ext_storage_get_version_1", b"sized") == option(vec(value))
    for offset, room in [(0, size), (size // 3, 100), (size, 9), (2**32 - 1, 9), (5, 400_000)]:
        out = guest.put(b"\xee" * room)
        answer = guest.span("ext_storage_read_version_1", b"sized", out | room << 32, offset)
        assert answer == option(max(0, size - offset).to_bytes(4, "little"))
        part = value[offset : offset + room]
        assert guest.host.machine.memory.read(out, room) == part.ljust(room, b"\xee")


def test_tries_are_rooted_from_lists(guest: Guest) -> None:
    values = [b"first", b"second" * 20]
    encoded = compact(2) + b"".join(map(vec, values))
    root = guest.pointer("ext_trie_blake2_256_ordered_root_version_2", 32, encoded, 1)
    assert root == ordered_root(values, 1)
    pairs = compact(1) + vec(b"key") + vec(b"value")
    root = guest.pointer("ext_trie_blake2_256_root_version_2", 32, pairs, 0)
    assert root == build([(b"key", b"value")], 0).root


def test_a_list_that_promises_too_much_is_refused(guest: Guest) -> None:
    with pytest.raises(ScaleError):
        guest.call("ext_trie_blake2_256_ordered_root_version_2", compact(2**30), 1)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("ext_crypto_sr25519_verify_version_2", KeypairType.SR25519),
        ("ext_crypto_ed25519_verify_version_1", KeypairType.ED25519),
    ],
)
def test_signatures_are_verified(guest: Guest, name: str, kind: int) -> None:
    keypair = Keypair.create_from_seed("0x" + "11" * 32, crypto_type=kind)
    signature, public = guest.put(keypair.sign(b"message")), guest.put(keypair.public_key)
    assert guest.call(name, signature, b"message", public) == 1
    assert guest.call(name, signature, b"another", public) == 0


def test_ecdsa_keys_are_recovered_and_verified(guest: Guest) -> None:
    keypair = Keypair.create_from_private_key("0x" + "17" * 32, crypto_type=KeypairType.ECDSA)
    signature = guest.put(keypair.sign(b"message"))
    digest = guest.put(hashing.keccak_256(b"message"))
    whole = guest.span("ext_crypto_secp256k1_ecdsa_recover_version_2", signature, digest)
    short = guest.span("ext_crypto_secp256k1_ecdsa_recover_compressed_version_2", signature, digest)
    assert (len(whole), len(short), whole[0], short[0]) == (65, 34, 0, 0)
    assert short[2:] == whole[1:33]
    public = guest.put(short[1:])
    verify = "ext_crypto_ecdsa_verify_prehashed_version_1"
    assert guest.call(verify, signature, digest, public) == 1
    assert guest.call(verify, signature, guest.put(bytes(32)), public) == 0
    assert guest.call("ext_crypto_ecdsa_verify_version_2", signature, b"message", public) == 0
    bad = guest.put(b"\1" * 64 + b"\7")
    for name in ("recover", "recover_compressed"):
        answer = guest.span(f"ext_crypto_secp256k1_ecdsa_{name}_version_2", bad, digest)
        assert answer == b"\1\1"  # Err(BadV)


def test_what_the_runtime_logs_is_heard_at_its_level(
    guest: Guest, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG, logger="dml_sdk.chain.runtime"):
        assert guest.call("ext_logging_max_level_version_1") == 4
        for level in range(5):
            guest.call("ext_logging_log_version_1", level, b"pallet", b"said \xff")
        guest.call("ext_misc_print_utf8_version_1", b"text")
        guest.call("ext_misc_print_hex_version_1", b"\xab")
        guest.call("ext_misc_print_num_version_1", 7)
    levels = [record.levelno for record in caplog.records]
    assert levels == [40, 30, 20, 10, 10, 10, 10, 10]
    assert [record.getMessage() for record in caplog.records][-3:] == ["text", "0xab", "7"]


@pytest.mark.parametrize(("level", "heard"), [(10, 4), (20, 3), (30, 2), (40, 1), (50, 1)])
def test_the_runtime_is_told_how_much_is_heard(
    guest: Guest, caplog: pytest.LogCaptureFixture, level: int, heard: int
) -> None:
    with caplog.at_level(level, logger="dml_sdk.chain.runtime"):
        assert guest.call("ext_logging_max_level_version_1") == heard


def test_a_panic_is_raised_and_not_logged_as_an_error(
    guest: Guest, caplog: pytest.LogCaptureFixture
) -> None:
    guest.call("ext_logging_log_version_1", 0, b"runtime", b"panicked at src/lib.rs: why")
    assert guest.host.said == "panicked at src/lib.rs: why"
    assert not [record for record in caplog.records if record.levelno > logging.DEBUG]
    with pytest.raises(RuntimePanic, match="at once"):
        guest.call("ext_panic_handler_abort_on_panic_version_1", b"at once")


def test_another_runtimes_version_is_read_from_its_code(guest: Guest) -> None:
    name = "ext_misc_runtime_version_version_1"
    assert guest.span(name, b"runtime") == option(vec(b"version"))
    assert guest.span(name, b"no runtime") == option(None)


def test_a_span_outside_the_memory_is_a_trap(guest: Guest) -> None:
    with pytest.raises(abi.Trap, match="outside a memory"):
        guest.call("ext_storage_get_version_1", 0xFFFF_FFFF | 8 << 32)


def test_what_comes_back_has_its_length_before_it(guest: Guest) -> None:
    read = Reader(guest.span("ext_storage_get_version_1", b"key"))
    assert read.option()
    assert read.vec() == b"value"
    read.end()
