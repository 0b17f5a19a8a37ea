"""Which runtime a state asks for."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from contextlib import suppress
from pathlib import Path
from typing import Any

from dml_sdk.chain.node.compiling import Patience
from dml_sdk.chain.node.runtime import Failure, Runtime, again
from dml_sdk.chain.node.state import Overlay
from dml_sdk.chain.node.trie import Trie
from dml_sdk.errors import RuntimeIncompatible

CODE = b":code"
_REMEMBERED = 64  # runtimes, and codes that cannot be loaded


class Executor:
    """The runtimes of a chain: that of each state is the one under its `:code`."""

    def __init__(self, *, cache_dir: Path | None = None) -> None:
        self._cache_dir = cache_dir
        self._runtimes: OrderedDict[bytes, Runtime] = OrderedDict()
        self._unfit: OrderedDict[bytes, Failure] = OrderedDict()
        self._lock = threading.Lock()
        self._last: Runtime | None = None

    def runtime(self, code: bytes, patience: Patience | None = None) -> Runtime:
        """The runtime of `code`, which is loaded once while it is in use; so is what cannot be.

        Args:
            patience: of whoever waits for it to be compiled; None for one without end.

        Raises:
            RuntimeIncompatible: this node cannot run it.
            StillCompiling: it is not compiled when patience ends.
        """
        last = self._last
        if last is not None and last.code is code:
            return last
        name = hashlib.sha256(code).digest()
        with self._lock:
            if name in self._unfit:
                raise again(self._unfit[name])
            if name not in self._runtimes:
                try:
                    runtime = Runtime(code, cache_dir=self._cache_dir, patience=patience)
                except RuntimeIncompatible as error:
                    self._unfit[name] = again(error)
                    _forget_oldest(self._unfit)
                    raise
                self._runtimes[name] = runtime
                _forget_oldest(self._runtimes)
            self._runtimes.move_to_end(name)
            self._last = self._runtimes[name]
            return self._last

    def prepare(self, state: Trie | Overlay, patience: Patience) -> None:
        """Has the runtime at hand that a state asks for, or remembers that it cannot be had.

        Raises:
            StillCompiling: it is not compiled when patience ends.
        """
        code = state.get(CODE)
        if code is not None:
            with suppress(RuntimeIncompatible):
                self.runtime(code, patience)

    def of(self, state: Trie) -> Runtime:
        """The runtime that a state asks for.

        Raises:
            RuntimeIncompatible: the state has no code, or code that this node cannot run.
        """
        code = state.get(CODE)
        if code is None:
            raise RuntimeIncompatible("The state holds no runtime under :code.")
        return self.runtime(code)


def _forget_oldest(remembered: OrderedDict[bytes, Any]) -> None:
    if len(remembered) > _REMEMBERED:
        remembered.popitem(last=False)
