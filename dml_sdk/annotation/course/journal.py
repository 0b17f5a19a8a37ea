"""What is answered of a batch so far, in a file that each answer adds a line to.

    {"version": 1, "items": 4}
    {"position": 0, "entries": {"0": {"given": {"digit": 7}, "ms": 900, …}}}
    …

The last line about an item counts. Several that write to one file, as two notebooks of the same
person do, lose nothing of each other's: each adds what it was told, and reads what others added.
Once the batch was handed in or given up, a file beside it says so, and nothing is kept any more.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dml_sdk.annotation.asked.values import Value
from dml_sdk.annotation.course import keeping

VERSION = 1
_OUTGROWN = 4  # times what is answered: then a file is written anew
_SMALL = 1 << 20  # bytes that a file may have however little is answered
_DIGITS = 9  # of a place, at most
_OTHERS = -1  # the size of a file that somebody else has added to


@dataclass(frozen=True, slots=True)
class Entry:
    """What is answered of one item so far; as `Answer`, but not complete.

    Attributes:
        given: by the question's id.
        ms: how long the item was looked at.
        skipped: whether it is not to be answered.
        flag: why it is thought broken.
    """

    given: Mapping[str, Value] = field(default_factory=dict)
    ms: int = 0
    skipped: bool = False
    flag: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """What is answered of a batch so far.

    Attributes:
        position: the place in the batch of the item that is looked at.
        entries: one an item.
    """

    position: int
    entries: tuple[Entry, ...]


class Over(Exception):
    """The batch was handed in or given up, by whoever else works at it; says which, in words."""


class Journal:
    """The file of one batch, as one of those knows it that may write to it.

    Args:
        path: the file; made when something is kept.
        over: a file with what became of the batch; there once it is over.
        items: how many the batch has.
    """

    def __init__(self, path: Path, over: Path, items: int) -> None:
        self._path, self._over, self._items = path, over, items
        self._whole = 0  # bytes of the file when it had each entry once
        self._size = 0  # bytes of the file, all of which is known here

    def load(self) -> Draft | None:
        """What is kept; None where nothing is.

        Raises:
            DraftsUnreadable: something is, and cannot be read.
        """
        content = keeping.read(self._path)
        if not content:  # an empty one holds nothing that could be lost
            return None
        first, *lines = content.split(b"\n")
        told = object_of(first)
        if told is None or (told.get("version"), told.get("items")) != (VERSION, self._items):
            why = f"it is no draft of {self._items} answers, version {VERSION}"
            raise keeping.unreadable(self._path, why)
        position, entries = 0, [Entry()] * self._items
        # A line that a crash cut off was never told to be kept.
        for change in filter(None, map(object_of, lines)):
            position = self._place(change.get("position"), position)
            changed = change.get("entries")
            for key, entry in (changed if isinstance(changed, dict) else {}).items():
                known = key.isdecimal() and len(key) <= _DIGITS
                place = self._place(int(key) if known else None, _OTHERS)
                if place >= 0:
                    entries[place] = _entry(entry)
        self._size = len(content)
        self._whole = self._whole or self._size
        return Draft(position, tuple(entries))

    def newer(self) -> Draft | None:
        """What is kept, where somebody else has added to it; None where nobody has.

        Raises:
            DraftsUnreadable: it cannot be read.
            Over: nothing can be added any more.
        """
        self._require_not_over()
        size = keeping.size(self._path)
        return None if size in (None, self._size) else self.load()

    def keep(self, draft: Draft, changed: Iterable[int]) -> None:
        """Keeps what is answered.

        Args:
            changed: the places of the entries that were kept otherwise before; only these are
                written, as long as the file is there.

        Raises:
            DraftsUnwritable: it cannot be written.
            DraftsUnreadable: nobody can say whether it is there.
            Over: nothing can be added any more.
        """
        # Two that both find no file, or a large one, would each write over what the other kept.
        with keeping.alone_in(self._path.parent):
            self._require_not_over()
            size = keeping.size(self._path)
            large = self._size > max(_SMALL, _OUTGROWN * self._whole)
            anew = not size or (large and size == self._size)
            line = _line(draft, changed)
            added = None if anew else keeping.append(self._path, line)
            if added is None:
                self._write(draft)
            else:
                self._size = added if added == self._size + len(line) + 1 else _OTHERS

    def _write(self, draft: Draft) -> None:
        header = json.dumps({"version": VERSION, "items": self._items}).encode()
        whole = b"\n".join((header, _line(draft, range(self._items)), b""))
        keeping.write(self._path, whole)
        self._whole = self._size = len(whole)

    def _require_not_over(self) -> None:
        how = keeping.read(self._over)
        if how is not None:
            raise Over(
                f"The batch was {how.decode(errors='replace')[:20]} meanwhile, at another desk or "
                "by a program, so nothing was changed here. open() takes the next one."
            )

    def _place(self, told: object, otherwise: int) -> int:
        if isinstance(told, int) and not isinstance(told, bool) and 0 <= told < self._items:
            return told
        return otherwise


def object_of(content: bytes) -> dict[str, Any] | None:
    """A JSON object; None where it is none."""
    try:
        told = json.loads(content)
    except (ValueError, RecursionError):
        return None
    return told if isinstance(told, dict) else None


def _line(draft: Draft, places: Iterable[int]) -> bytes:
    """What is kept of some entries, in one line."""
    entries = {
        str(place): {"given": dict(e.given), "ms": e.ms, "skipped": e.skipped, "flag": e.flag}
        for place, e in ((place, draft.entries[place]) for place in places)
    }
    told = {"position": draft.position, "entries": entries}
    return json.dumps(told, ensure_ascii=False).encode()


def _entry(told: Any) -> Entry:
    """An entry as the file has it; what is no entry is an item without answers."""
    if not isinstance(told, dict):
        return Entry()
    given, ms, flag = told.get("given"), told.get("ms"), told.get("flag")
    return Entry(
        given if isinstance(given, dict) else {},
        ms if isinstance(ms, int) and ms >= 0 else 0,
        told.get("skipped") is True,
        flag if isinstance(flag, str) else "",
    )
