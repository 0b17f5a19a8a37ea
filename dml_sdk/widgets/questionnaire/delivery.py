"""What items show, on its way to the page: in pieces, by a thread of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from dml_sdk.annotation.batch import Batch
from dml_sdk.annotation.desk import Desk
from dml_sdk.errors import DMLError
from dml_sdk.widgets.questionnaire.plain import item_plain

PIECE_BYTES = 4 << 20  # a recording must not hold up what an annotator answers meanwhile
_MOST_AT_ONCE = 16
AHEAD_BYTES = 64 << 20  # of what is not looked at yet
_THREADS = 2  # a part that its store is slow to give does not hold up the others

Send = Callable[[Mapping[str, Any], Sequence[bytes | memoryview]], None]


class Delivery:
    """Sends items to the page that asks for them.

    Of each item first what is answered of it, then its parts:

        {"piece": {"batch": 0, "item": 4, "part": 0, "parts": 1, "kind": "image",
                   "type": "image/png", "piece": 0, "pieces": 1, "fault": ""}} and its bytes

    A part that cannot be shown is sent with its fault and without bytes. Items after the first that
    would make it more than `AHEAD_BYTES` are not sent: {"later": [6], "batch": 0}. They are to be
    asked for again, first.

    Args:
        desk: gives the contents, checked.
        send: sends a message and its buffers.
    """

    def __init__(self, desk: Desk, send: Send) -> None:
        self._desk, self._send = desk, send
        self._thread = ThreadPoolExecutor(_THREADS, "dml-questionnaire")

    def deliver(self, batch: object, indices: Sequence[Any]) -> None:
        """Sends these items as soon as it can; returns at once."""
        on_desk, room = self._desk.batch, AHEAD_BYTES
        if on_desk is None or on_desk.number != batch:
            return
        places = [i for i in indices[:_MOST_AT_ONCE] if _is_place(i, len(on_desk))]
        later = []
        for at, index in enumerate(places):
            size = sum(part.bytes for part in on_desk.parts[index])
            if at and size > room:
                later.append(index)
                continue
            room -= size
            self._thread.submit(self._item, on_desk, index)
        if later:
            self._send({"later": later, "batch": batch}, ())

    def close(self) -> None:
        """Sends nothing more; does not wait for what a store has not given yet."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _item(self, batch: Batch, index: int) -> None:
        try:
            told = item_plain(self._desk, index)
        except DMLError:
            return  # the batch was handed in meanwhile
        self._send({"batch": batch.number, "items": [told]}, ())
        for place in range(len(batch.parts[index])):
            self._part(batch, index, place)

    def _part(self, batch: Batch, index: int, place: int) -> None:
        part = batch.parts[index][place]
        content, fault = memoryview(b""), ""
        try:
            content = memoryview(self._desk.content(index, place)[0])
        except DMLError as e:
            fault = str(e)
        pieces = max(1, -(-len(content) // PIECE_BYTES))
        for piece in range(pieces):
            told = {
                "batch": batch.number, "item": index, "part": place,
                "parts": len(batch.parts[index]), "kind": part.kind, "type": part.type,
                "piece": piece, "pieces": pieces, "fault": fault,
            }  # fmt: skip
            cut = content[piece * PIECE_BYTES : (piece + 1) * PIECE_BYTES]
            self._send({"piece": told}, () if fault else (cut,))


def _is_place(index: object, count: int) -> bool:
    return isinstance(index, int) and not isinstance(index, bool) and 0 <= index < count
