"""Texts of the store for a page: read in a thread of their own, since a store may take its time."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from typing import Any

from dml_sdk.errors import DMLError
from dml_sdk.locations import Document
from dml_sdk.storage import Store
from dml_sdk.texts import read_text
from dml_sdk.untrusted import visible

MOST_CHARACTERS = 4_000
_AGAIN_SECONDS = 30.0


class Texts:
    """Texts that somebody wrote, each checked against the chain's hash; untrusted.

    Args:
        store: where they are.
        changed: called, from the thread that reads, whenever there is another to show.
    """

    def __init__(self, store: Store, changed: Callable[[], None]) -> None:
        self._store, self._changed = store, changed
        self._known: dict[Document, dict[str, Any]] = {}
        self._failed: dict[Document, float] = {}
        self._asked: queue.SimpleQueue[Document | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None

    def told(self, document: Document | None) -> dict[str, Any]:
        """A text as the page has it, at once: {state, text, more}.

        `state` is "none", "reading", "read" or "failed", where `text` says why; `more` is how many
        characters are not told. What failed is tried again, though not at once.
        """
        if document is None:
            return {"state": "none", "text": "", "more": 0}
        if time.monotonic() - self._failed.get(document, 0.0) > _AGAIN_SECONDS:
            if document in self._failed:
                del self._failed[document], self._known[document]
            if document not in self._known:
                self._known[document] = {"state": "reading", "text": "", "more": 0}
                self._ask(document)
        return self._known[document]

    def close(self) -> None:
        """Reads nothing any more; what is being read ends by itself."""
        self._asked.put(None)

    def _ask(self, document: Document) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._read, name="dml-texts", daemon=True)
            self._thread.start()
        self._asked.put(document)

    def _read(self) -> None:
        while (document := self._asked.get()) is not None:
            try:
                text = read_text(self._store, document)
            except DMLError as e:
                self._failed[document] = time.monotonic()
                self._known[document] = {"state": "failed", "text": str(e), "more": 0}
            else:
                more = max(0, len(text) - MOST_CHARACTERS)
                shown = visible(text[:MOST_CHARACTERS], lines=True)
                told = {"state": "read", "text": shown, "more": more}
                self._known[document] = told
            self._changed()
