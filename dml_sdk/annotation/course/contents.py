"""What items show, fetched ahead and kept while it is likely to be looked at again."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from dml_sdk.annotation.asked.media import Part
from dml_sdk.annotation.course.documents import Documents

MOST_BYTES = 128 << 20
MOST_AHEAD = 32 << 20  # bytes of a part that is fetched before anybody looks at it
_FETCHERS = 2


class Contents:
    """Parts of items, each fetched once; what nobody looked at for longest goes first.

    Any thread may ask. Two that ask for the same part wait for one fetch.

    Args:
        documents: gives the bytes, checked.
        most_bytes: how many are kept; a larger part is given and not kept.
    """

    def __init__(self, documents: Documents, most_bytes: int = MOST_BYTES) -> None:
        self._documents, self._most = documents, most_bytes
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[str, str], bytes] = OrderedDict()
        self._bytes = 0
        self._on_the_way: dict[tuple[str, str], Future[bytes]] = {}
        self._fetchers: ThreadPoolExecutor | None = None

    def get(self, part: Part) -> tuple[bytes, str]:
        """A part's bytes and media type.

        Raises:
            MediaRefused, ContentNotFound, ContentCorrupt, ContentTooLarge, StoreUnreachable: as
                `Documents.content` raises them.
        """
        with self._lock:
            found = self._kept.get(_key(part))
            if found is not None:
                self._kept.move_to_end(_key(part))
                return found, part.type
            future = self._on_the_way.get(_key(part))
            mine = future is None
            if future is None:
                future = self._on_the_way[_key(part)] = Future()
        if mine:
            self._fetch(part, future)
        return future.result(), part.type

    def prefetch(self, parts: Sequence[Part]) -> None:
        """Begins to fetch parts in threads; what fails is told when it is asked for.

        Those of more than 32 MiB, such as long films, wait until they are looked at.
        """
        for part in parts:
            if part.bytes > MOST_AHEAD:
                continue
            with self._lock:
                if _key(part) in self._kept or _key(part) in self._on_the_way:
                    continue
                future: Future[bytes] = Future()
                self._on_the_way[_key(part)] = future
                if self._fetchers is None:
                    self._fetchers = ThreadPoolExecutor(_FETCHERS, "dml-annotation")
                fetchers = self._fetchers
            fetchers.submit(self._fetch, part, future)

    def _fetch(self, part: Part, future: Future[bytes]) -> None:
        try:
            content = self._documents.content(part)
        except BaseException as e:  # noqa: BLE001 - whoever waits gets it
            with self._lock:
                del self._on_the_way[_key(part)]
            future.set_exception(e)
            return
        with self._lock:
            del self._on_the_way[_key(part)]
            if len(content) <= self._most:
                self._kept[_key(part)] = content
                self._bytes += len(content)
            while self._bytes > self._most:
                self._bytes -= len(self._kept.popitem(last=False)[1])
        future.set_result(content)


def _key(part: Part) -> tuple[str, str]:
    # Bytes that were found to be an image are no text because somebody lists them as that, too.
    return part.sha256, part.type
