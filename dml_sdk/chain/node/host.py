"""What a runtime may ask of its host: the functions of the Polkadot host interface.

The host has no effects of its own. Storage goes to the overlay that the call was given; the rest
is arithmetic on bytes. Names, types and encodings are those of the specification (chapter "Host
API"): a span is an i64 with a pointer in its low half and a length in its high half.

Child storage and offchain workers are not offered: a runtime that imports them is refused when it
is loaded.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from typing import TypeVar

from dml_sdk.chain.node import crypto, hashing, wasm
from dml_sdk.chain.node.scale import Reader, option, vec
from dml_sdk.chain.node.state import Overlay
from dml_sdk.chain.node.trie import build, ordered_root
from dml_sdk.chain.node.vm import Companion, Function, Heap, Machine, Signature
from dml_sdk.errors import RuntimeIncompatible, RuntimePanic

log = logging.getLogger("dml_sdk.chain.runtime")

HEAP = Heap("ext_allocator_malloc_version_1", "ext_allocator_free_version_1")

_FOUND_ROOM = 65536  # as wasm/storage.wat has it
_MOST_SAID = 16 << 10  # bytes
_AT_ONCE = 256  # entries of a trie, before a call is looked at that may have taken too long
_NOT_FOUND = 0xFFFF_FFFF_FFFF_FFFF
_LEVELS = (logging.ERROR, logging.WARNING, logging.INFO, logging.DEBUG, logging.DEBUG)

_T = TypeVar("_T")
_Method = TypeVar("_Method", bound=Callable[..., int | None])
_OFFERS: dict[str, tuple[str, Signature]] = {}


def _offers(name: str, signature: str) -> Callable[[_Method], _Method]:
    """Offer a method of Host as a host function: `_offers("ext_x_version_1", "i64 i32 -> i64")`."""
    parameters, _, results = signature.partition("->")
    kinds = Signature(tuple(parameters.split()), tuple(results.split()))

    def enter(method: _Method) -> _Method:
        _OFFERS[name] = (method.__name__, kinds)
        return method

    return enter


class Host:
    """The host functions of one machine.

    Args:
        runtime_version: finds the encoded version of another runtime's code, None when it has none.

    Attributes:
        overlay: the state that the running call works on.
        machine: whose memory the functions read and write.
        said: the last error that the runtime logged, which is why it stopped when it did.
    """

    overlay: Overlay
    machine: Machine

    def __init__(self, runtime_version: Callable[[bytes], bytes | None]) -> None:
        self._runtime_version = runtime_version
        self._outer = 0
        self._large = b""
        self.said = ""

    def begin(self, overlay: Overlay) -> None:
        """Make ready for a call that works on `overlay`."""
        self.overlay = overlay
        self._outer = overlay.depth
        self.said = ""

    def functions(self) -> dict[str, Function]:
        """Every function that Python answers, by the name it is imported as."""
        return {
            name: Function(getattr(self, method), signature)
            for name, (method, signature) in _OFFERS.items()
        }

    def companions(self) -> tuple[Companion, ...]:
        """What answers beside the runtime, in Wasm."""
        find = Function(self._find, Signature(("i64",), ("i64",)))
        pour = Function(self._pour, Signature(("i32", "i64"), ()))
        return (
            Companion(wasm.source("hashing"), {}),
            Companion(wasm.source("storage"), {"find": find, "pour": pour}),
        )

    # --- memory -------------------------------------------------------------------------------

    def read(self, span: int) -> bytes:
        """The bytes that a span covers."""
        return self.machine.memory.read(span & 0xFFFF_FFFF, span >> 32)

    def _text(self, span: int) -> str:
        """What the runtime says, the beginning of it when that is long."""
        length = span >> 32
        data = self.machine.memory.read(span & 0xFFFF_FFFF, min(length, _MOST_SAID))
        text = data.decode("utf-8", "replace")
        return text if length <= _MOST_SAID else f"{text}… ({length:,} bytes)"

    def _each(self, count: int, read: Callable[[], _T]) -> Iterator[_T]:
        """What `read` gives, so many times; the call can be stopped meanwhile."""
        for done in range(count):
            if not done % _AT_ONCE:
                self.machine.pause()
            yield read()

    def write(self, data: bytes) -> int:
        """A pointer to a copy of `data` on the runtime's heap."""
        pointer = self.machine.malloc(len(data))
        self.machine.memory.write(pointer, data)
        return pointer

    def give(self, data: bytes) -> int:
        """A span of a copy of `data` on the runtime's heap."""
        return self.write(data) | len(data) << 32

    # --- storage ------------------------------------------------------------------------------

    # `get` and `read` are in wasm/storage.wat, which asks for the value here.

    def _find(self, key: int) -> int:
        value = self.overlay.get(self.machine.memory.read(key & 0xFFFF_FFFF, key >> 32))
        if value is None:
            return _NOT_FOUND
        if len(value) <= _FOUND_ROOM:
            self.machine.own_memory["found"].write(0, value)
        else:
            self._large = value
        return len(value)

    def _pour(self, pointer: int, part: int) -> None:
        offset, count = part & 0xFFFF_FFFF, part >> 32
        self.machine.memory.write(pointer, self._large[offset : offset + count])

    @_offers("ext_storage_set_version_1", "i64 i64 ->")
    def _set(self, key: int, value: int) -> None:
        self.overlay.set(self.read(key), self.read(value))

    @_offers("ext_storage_clear_version_1", "i64 ->")
    def _clear(self, key: int) -> None:
        self.overlay.set(self.read(key), None)

    @_offers("ext_storage_exists_version_1", "i64 -> i32")
    def _exists(self, key: int) -> int:
        return self.overlay.get(self.read(key)) is not None

    @_offers("ext_storage_next_key_version_1", "i64 -> i64")
    def _next_key(self, key: int) -> int:
        following = self.overlay.next_key(self.read(key))
        return self.give(option(None if following is None else vec(following)))

    @_offers("ext_storage_append_version_1", "i64 i64 ->")
    def _append(self, key: int, item: int) -> None:
        self.overlay.append(self.read(key), self.read(item))

    @_offers("ext_storage_clear_prefix_version_1", "i64 ->")
    def _clear_prefix(self, prefix: int) -> None:
        self.overlay.clear_prefix(self.read(prefix))

    @_offers("ext_storage_clear_prefix_version_2", "i64 i64 -> i64")
    def _clear_prefix_limited(self, prefix: int, limit: int) -> int:
        wanted = Reader(self.read(limit))
        most = wanted.uint(4) if wanted.option() else None
        removed = self.overlay.clear_prefix(self.read(prefix), most)
        return self.give(bytes((not removed.complete,)) + removed.loops.to_bytes(4, "little"))

    @_offers("ext_storage_root_version_1", "-> i64")
    def _root_v0(self) -> int:
        return self._root(0)

    @_offers("ext_storage_root_version_2", "i32 -> i64")
    def _root(self, version: int) -> int:
        if version != self.overlay.base.version:
            raise RuntimeIncompatible(
                f"The runtime asks for a root of state version {version}; this chain's state is of "
                f"version {self.overlay.base.version}, and this node does not migrate it."
            )
        return self.give(self.overlay.root().root)

    @_offers("ext_storage_start_transaction_version_1", "->")
    def _start_transaction(self) -> None:
        self.overlay.start()

    @_offers("ext_storage_commit_transaction_version_1", "->")
    def _commit_transaction(self) -> None:
        self._must_be_its_own()
        self.overlay.commit()

    @_offers("ext_storage_rollback_transaction_version_1", "->")
    def _rollback_transaction(self) -> None:
        self._must_be_its_own()
        self.overlay.rollback()

    def _must_be_its_own(self) -> None:
        if self.overlay.depth <= self._outer:
            raise RuntimePanic("it closed a transaction that it had not opened")

    # --- hashing ------------------------------------------------------------------------------

    # BLAKE2b and twox are in wasm/hashing.wat.

    @_offers("ext_hashing_sha2_256_version_1", "i64 -> i32")
    def _sha2_256(self, data: int) -> int:
        return self.write(hashing.sha2_256(self.read(data)))

    @_offers("ext_hashing_keccak_256_version_1", "i64 -> i32")
    def _keccak_256(self, data: int) -> int:
        return self.write(hashing.keccak_256(self.read(data)))

    @_offers("ext_hashing_keccak_512_version_1", "i64 -> i32")
    def _keccak_512(self, data: int) -> int:
        return self.write(hashing.keccak_512(self.read(data)))

    # --- tries --------------------------------------------------------------------------------

    @_offers("ext_trie_blake2_256_root_version_2", "i64 i32 -> i32")
    def _trie_root(self, pairs: int, version: int) -> int:
        reader = Reader(self.read(pairs))
        pairs_in_turn = self._each(reader.compact(), lambda: (reader.vec(), reader.vec()))
        return self.write(build(pairs_in_turn, version).root)

    @_offers("ext_trie_blake2_256_ordered_root_version_2", "i64 i32 -> i32")
    def _trie_ordered_root(self, values: int, version: int) -> int:
        reader = Reader(self.read(values))
        return self.write(ordered_root(self._each(reader.compact(), reader.vec), version))

    # --- signatures ---------------------------------------------------------------------------

    @_offers("ext_crypto_sr25519_verify_version_2", "i32 i64 i32 -> i32")
    def _sr25519_verify(self, signature: int, message: int, public: int) -> int:
        memory = self.machine.memory
        return crypto.sr25519_verify(
            memory.read(signature, 64), self.read(message), memory.read(public, 32)
        )

    @_offers("ext_crypto_ed25519_verify_version_1", "i32 i64 i32 -> i32")
    def _ed25519_verify(self, signature: int, message: int, public: int) -> int:
        memory = self.machine.memory
        return crypto.ed25519_verify(
            memory.read(signature, 64), self.read(message), memory.read(public, 32)
        )

    @_offers("ext_crypto_ecdsa_verify_version_2", "i32 i64 i32 -> i32")
    def _ecdsa_verify(self, signature: int, message: int, public: int) -> int:
        memory = self.machine.memory
        digest = hashing.blake2_256(self.read(message))
        return crypto.ecdsa_verify(memory.read(signature, 65), digest, memory.read(public, 33))

    @_offers("ext_crypto_ecdsa_verify_prehashed_version_1", "i32 i32 i32 -> i32")
    def _ecdsa_verify_prehashed(self, signature: int, digest: int, public: int) -> int:
        read = self.machine.memory.read
        return crypto.ecdsa_verify(read(signature, 65), read(digest, 32), read(public, 33))

    @_offers("ext_crypto_secp256k1_ecdsa_recover_version_2", "i32 i32 -> i64")
    def _ecdsa_recover(self, signature: int, digest: int) -> int:
        read = self.machine.memory.read
        found = crypto.ecdsa_recover(read(signature, 65), read(digest, 32))
        return self.give(b"\0" + found if isinstance(found, bytes) else bytes((1, found)))

    @_offers("ext_crypto_secp256k1_ecdsa_recover_compressed_version_2", "i32 i32 -> i64")
    def _ecdsa_recover_compressed(self, signature: int, digest: int) -> int:
        read = self.machine.memory.read
        found = crypto.ecdsa_recover(read(signature, 65), read(digest, 32))
        return self.give(
            b"\0" + crypto.compressed(found) if isinstance(found, bytes) else bytes((1, found))
        )

    # --- what the runtime says ----------------------------------------------------------------

    @_offers("ext_logging_log_version_1", "i32 i64 i64 ->")
    def _log(self, level: int, target: int, message: int) -> None:
        text = self._text(message)
        severity = _LEVELS[min(level, 4)]
        if level == 0:
            self.said = text
            if text.startswith("panicked at"):  # comes out as an error, with this text in it
                severity = logging.DEBUG
        log.log(severity, "%s: %s", self._text(target), text)

    @_offers("ext_logging_max_level_version_1", "-> i32")
    def _log_level(self) -> int:
        """The most talkative level that would be heard: 1 error … 4 debug."""
        return next(
            (4 - index for index, level in enumerate((10, 20, 30)) if log.isEnabledFor(level)), 1
        )

    @_offers("ext_misc_print_utf8_version_1", "i64 ->")
    def _print_utf8(self, text: int) -> None:
        log.debug("%s", self.read(text).decode("utf-8", "replace"))

    @_offers("ext_misc_print_hex_version_1", "i64 ->")
    def _print_hex(self, data: int) -> None:
        log.debug("0x%s", self.read(data).hex())

    @_offers("ext_misc_print_num_version_1", "i64 ->")
    def _print_number(self, number: int) -> None:
        log.debug("%d", number)

    @_offers("ext_misc_runtime_version_version_1", "i64 -> i64")
    def _version_of(self, code: int) -> int:
        version = self._runtime_version(self.read(code))
        return self.give(option(None if version is None else vec(version)))

    @_offers("ext_panic_handler_abort_on_panic_version_1", "i64 ->")
    def _abort_on_panic(self, message: int) -> None:
        self.said = self._text(message)
        raise RuntimePanic(self.said)
