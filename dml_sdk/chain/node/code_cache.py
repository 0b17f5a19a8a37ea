"""Compiled Wasm kept on disk, so that a runtime is compiled once and not at every start.

A file is named by everything that it depends on (the code, wasmtime's version, the engine's
settings) and starts with a hash of what follows. wasmtime trusts compiled code as it trusts
itself, so a file whose hash does not match is compiled anew, never loaded.
"""

from __future__ import annotations

import hashlib
import logging
import os
import platform
import tempfile
from importlib.metadata import version
from pathlib import Path
from weakref import WeakValueDictionary

import platformdirs
import wasmtime

from dml_sdk.chain.node import sections
from dml_sdk.chain.node.compiling import Patience, compiled
from dml_sdk.errors import RuntimeIncompatible

log = logging.getLogger(__name__)

_held: WeakValueDictionary[tuple[wasmtime.Engine, Path], wasmtime.Module] = WeakValueDictionary()

_WANTED = "What is wanted is the plain .wasm that a Substrate runtime is built to."
_HASH_SIZE = 32
_MOST_LINKED = 4096  # imports and exports; a Substrate runtime has a few hundred
_MAGIC = b"\0asm"


class CodeCache:
    """Compiles Wasm, or finds it compiled.

    Args:
        engine: whose compiled code it is.
        settings: what distinguishes this engine's code from another's.
        directory: where to keep it; None for the user's cache directory. One that cannot be
            written is gone without.
    """

    def __init__(self, engine: wasmtime.Engine, settings: str, directory: Path | None) -> None:
        self._engine = engine
        self._settings = settings
        self._directory = directory or Path(platformdirs.user_cache_dir("dml-sdk"))

    def module(self, code: bytes, patience: Patience | None = None) -> wasmtime.Module:
        """The compiled form of a Wasm binary, the same one for as long as somebody holds it.

        Args:
            patience: of whoever waits for it; None for one without end.

        Raises:
            RuntimeIncompatible: the engine cannot compile it.
            StillCompiling: it is not compiled when patience ends.
        """
        path = self.path(code)
        name = self._engine, path
        module = _held.get(name)
        if module is None:
            module = _held[name] = self._load(path) or self._compile(code, path, patience)
        return module

    def path(self, code: bytes) -> Path:
        """Where the compiled form of `code` is kept."""
        depends_on = "\0".join((version("wasmtime"), platform.machine(), self._settings, ""))
        name = hashlib.blake2b(depends_on.encode() + code, digest_size=16).hexdigest()
        return self._directory / f"{name}.cwasm"

    def _load(self, path: Path) -> wasmtime.Module | None:
        try:
            kept = path.read_bytes()
        except OSError:
            return None
        content = memoryview(kept)[_HASH_SIZE:]
        if _hash(content) != kept[:_HASH_SIZE]:
            log.warning("%s is damaged; the runtime is compiled anew.", path)
            return None
        try:
            return wasmtime.Module.deserialize(self._engine, bytes(content))
        except wasmtime.WasmtimeError as error:
            log.warning("%s cannot be loaded; the runtime is compiled anew. %s", path, error)
            return None

    def _compile(self, code: bytes, path: Path, patience: Patience | None) -> wasmtime.Module:
        if not code.startswith(_MAGIC):  # the engine would take Wasm's text form as well
            raise RuntimeIncompatible(f"The runtime is not Wasm. {_WANTED}")
        _require_few_links(code)
        try:
            module = compiled(self._engine, path.name, code, patience)
        except wasmtime.WasmtimeError as error:
            raise RuntimeIncompatible(
                f"The runtime is not Wasm that this node can run: {_told(error)}. {_WANTED}"
            ) from error
        try:
            self._keep(path, bytes(module.serialize()))
        except OSError as error:
            log.info("Compiled code is not kept: %s", error)
        return module

    def _keep(self, path: Path, content: bytes) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=path.stem, suffix=".part")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(_hash(content) + content)
            Path(temporary).replace(path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise


def _require_few_links(code: bytes) -> None:
    """Each of them is bound by name, in the interpreter, where all wait for it."""
    try:
        linked = sections.linked(code)
    except sections.NotWasm:
        return  # the engine says more about it
    if linked > _MOST_LINKED:
        raise RuntimeIncompatible(
            f"The runtime imports and exports {linked:,} things; this node links {_MOST_LINKED:,} "
            f"at most. {_WANTED}"
        )


def _told(error: wasmtime.WasmtimeError) -> str:
    return " ".join(str(error).split()).rstrip(".")


def _hash(content: bytes | memoryview) -> bytes:
    return hashlib.blake2b(content, digest_size=_HASH_SIZE).digest()
