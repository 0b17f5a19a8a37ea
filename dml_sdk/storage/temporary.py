"""A store for as long as a session lives: a local one in a folder that goes with it."""

from __future__ import annotations

import tempfile

from dml_sdk.storage.local import LocalStore


class TemporaryStore(LocalStore):
    """Keeps files on the disk until it is closed, garbage-collected, or the process ends."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="dml-store-", ignore_cleanup_errors=True)
        super().__init__(self._folder.name)

    def close(self) -> None:
        """Remove the folder and all that is in it."""
        self._folder.cleanup()

    def __repr__(self) -> str:
        return "<TemporaryStore>"
