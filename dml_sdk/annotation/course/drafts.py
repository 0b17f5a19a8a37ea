"""What an annotator has answered and not handed in, and what was promised and not shown yet.

A folder for each chain, task and account holds two kinds of files:

    batch-3.json      what is answered of batch 3 so far; written with every answer
    sealed-3-….json   a sheet that was to be committed to, and the salt of its commitment

A killed kernel loses neither. Several sheets of a batch may be sealed: a commitment can still be on
its way when another is made, and whichever the chain took must be revealed.

The salt is secret until then: whoever knows it could find out likely answers from the commitment.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dml_sdk.annotation.asked.values import Value
from dml_sdk.annotation.course import keeping
from dml_sdk.arguments import path_told
from dml_sdk.errors import DraftsUnwritable
from dml_sdk.secret import Secret

if TYPE_CHECKING:
    from dml_sdk.chain.client.chain import Chain

VERSION = 1
_SALT_BYTES = 32


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


@dataclass(frozen=True, slots=True)
class Sealed:
    """What an account committed to.

    Attributes:
        sheet: the document, as it will be in the store.
        salt: 32 bytes.
    """

    sheet: bytes = field(repr=False)
    salt: Secret

    @property
    def sha256(self) -> str:
        """Of the sheet, in hexadecimal."""
        return hashlib.sha256(self.sheet).hexdigest()

    def commitment(self, task: int, batch: int, account_id: bytes) -> str:
        """What is committed to, "0x…": BLAKE2b-256 of task, batch, account, hash and salt, encoded
        in SCALE one after the other, as the runtime computes it."""
        told = task.to_bytes(4, "little") + batch.to_bytes(4, "little") + account_id
        hashed = hashlib.blake2b(told + bytes.fromhex(self.sha256), digest_size=32)
        hashed.update(self.salt.reveal())
        return "0x" + hashed.hexdigest()


class Drafts:
    """The files of one account in one task.

    Args:
        folder: where they are; made when something is written.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._looked_at = -1

    @classmethod
    def of(
        cls, chain: Chain, task: int, told: Mapping[str, Any], who: str, home: Path | None
    ) -> Drafts:
        """Those of an account in a task.

        Args:
            told: the chain's record of the task: another of the same number, on a chain that was
                started anew, has another folder.
            home: the folder of all of them; by default the user's own.
        """
        named = (chain.genesis_hash, task, told["opened_ms"], told["terms"]["items"][1], who)
        key = hashlib.sha256(json.dumps(named).encode()).hexdigest()
        folder = keeping.home_of(chain) if home is None else home
        return cls(folder / f"task-{task}-{who[:8]}-{key[:24]}")

    # --- what is answered so far ----------------------------------------------------------------

    def load(self, batch: int, items: int) -> Draft | None:
        """What is answered of a batch; None where nothing is, or what is there cannot be read.

        Args:
            items: how many the batch has.
        """
        told = _json(keeping.read(self._draft(batch)))
        entries = told.get("entries") if told else None
        if not isinstance(entries, list) or len(entries) != items:
            return None
        position = told.get("position") if told else None
        whole = isinstance(position, int) and 0 <= position < items
        return Draft(position if whole and position else 0, tuple(_entry(e) for e in entries))

    def save(self, batch: int, draft: Draft) -> None:
        """Keeps what is answered of a batch.

        Raises:
            DraftsUnwritable: it cannot be written.
        """
        entries = [
            {"given": dict(e.given), "ms": e.ms, "skipped": e.skipped, "flag": e.flag}
            for e in draft.entries
        ]
        told = {"version": VERSION, "position": draft.position, "entries": entries}
        keeping.write(self._draft(batch), json.dumps(told, ensure_ascii=False).encode())

    def drop(self, batch: int) -> None:
        """Forgets what was answered of a batch."""
        keeping.remove(self._draft(batch))

    # --- what was promised ----------------------------------------------------------------------

    def seal(self, batch: int, sheet: bytes) -> Sealed:
        """Keeps a sheet with a salt that nobody knows, for its commitment; the same sheet again
        keeps its salt.

        Raises:
            DraftsUnwritable: it cannot be written; a commitment would be lost, so make none.
        """
        path = self._sealed(batch, hashlib.sha256(sheet).hexdigest())
        known = _sealed_in(path)
        if known is not None:
            return known
        salt = secrets.token_hex(_SALT_BYTES)
        told = {"version": VERSION, "salt": salt, "sheet": sheet.decode()}
        keeping.write(path, json.dumps(told, ensure_ascii=False).encode())
        sealed = _sealed_in(path)
        if sealed is None or sealed.sheet != sheet:
            raise DraftsUnwritable(
                f"What was written to {path_told(path.parent)} cannot be read. Nothing was sent; "
                "name another folder with drafts=…."
            )
        return sealed

    def sealed(self, batch: int) -> Sequence[Sealed]:
        """What was kept for a batch's commitment, or several."""
        found = (_sealed_in(path) for path in sorted(self._folder.glob(f"sealed-{batch}-*.json")))
        return [sealed for sealed in found if sealed is not None]

    def waiting(self) -> Sequence[int]:
        """The batches that something was committed to and not revealed yet, as far as is known."""
        numbers = (path.stem.split("-")[1] for path in self._folder.glob("sealed-*-*.json"))
        return sorted({int(number) for number in numbers if number.isdecimal()})

    def next_waiting(self, most: int) -> Sequence[int]:
        """A few of `waiting`, each time those that come next."""
        waiting = self.waiting()
        behind = [batch for batch in waiting if batch > self._looked_at]
        chosen = [*behind, *(batch for batch in waiting if batch <= self._looked_at)][:most]
        self._looked_at = chosen[-1] if chosen else -1
        return chosen

    def revealed(self, batch: int) -> None:
        """Forgets what nothing is left to be done with: the store has the sheet."""
        for path in self._folder.glob(f"sealed-{batch}-*.json"):
            keeping.remove(path)
        self.drop(batch)

    def _draft(self, batch: int) -> Path:
        return self._folder / f"batch-{batch}.json"

    def _sealed(self, batch: int, digest: str) -> Path:
        return self._folder / f"sealed-{batch}-{digest[:24]}.json"

    def __repr__(self) -> str:
        return f"<Drafts in {self._folder}>"


def _sealed_in(path: Path) -> Sealed | None:
    told = _json(keeping.read(path))
    if told is None or not isinstance(told.get("sheet"), str):
        return None
    try:
        salt = Secret(bytes.fromhex(str(told.pop("salt", ""))))
    except ValueError:
        return None
    return Sealed(told["sheet"].encode(), salt)


def _json(content: bytes | None) -> dict[str, Any] | None:
    try:
        told = json.loads(content or b"")
    except (ValueError, RecursionError):
        return None
    return told if isinstance(told, dict) and told.get("version") == VERSION else None


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
