"""What an annotator has answered and not handed in, and what was promised and not shown yet.

A folder for each chain, task and account holds three kinds of files:

    batch-3.jsonl     what is answered of batch 3 so far; each answer adds a line
    over-3            that batch 3 was handed in or given up, for all who still show it
    sealed-3-….json   a sheet that was to be committed to, and the salt of its commitment

A killed kernel loses neither, and two that work at one batch lose nothing of each other's. Several
sheets of a batch may be sealed: a commitment can still be on its way when another is made, and
whichever the chain took must be revealed.

The salt is secret until then: whoever knows it could find out likely answers from the commitment.
"""

from __future__ import annotations

import hashlib
import json
import re
import secrets
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from dml_sdk.annotation.course import keeping
from dml_sdk.annotation.course.journal import VERSION, Journal, object_of
from dml_sdk.arguments import path_told
from dml_sdk.errors import DraftsUnwritable
from dml_sdk.secret import Secret

if TYPE_CHECKING:
    from dml_sdk.chain.client.chain import Chain

_SALT_BYTES = 32
_SEALED = re.compile(r"sealed-([0-9]{1,9})-.*\.json")  # others are no batches


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

    Attributes:
        folder: where they are; made when something is written.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
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

    def journal(self, batch: int, items: int) -> Journal:
        """The file of what is answered of a batch, for one of those who work at it.

        Args:
            items: how many the batch has.
        """
        return Journal(self._draft(batch), self._over(batch), items)

    def drop(self, batch: int, how: Literal["handed in", "given up"]) -> None:
        """Forgets what was answered of a batch, and keeps that it is over: no journal of it takes
        anything any more."""
        # That was done on the chain, and stays done where it cannot be kept here.
        with suppress(DraftsUnwritable), keeping.alone_in(self.folder):
            with suppress(DraftsUnwritable):
                keeping.write(self._over(batch), how.encode())
            keeping.remove(self._draft(batch))

    def held(self, batch: int) -> None:
        """Takes the chain's word that a batch is not over, whatever was kept of it."""
        keeping.remove(self._over(batch))

    # --- what was promised ----------------------------------------------------------------------

    def seal(self, batch: int, sheet: bytes) -> Sealed:
        """Keeps a sheet with a salt that nobody knows, for its commitment; the same sheet again
        keeps its salt.

        Raises:
            DraftsUnwritable: it cannot be written; a commitment would be lost, so make none.
            DraftsUnreadable: the same was kept before, and cannot be read.
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
        """What was kept for a batch's commitment, or several.

        Raises:
            DraftsUnreadable: one of them cannot be read.
        """
        found = (_sealed_in(self.folder / name) for name in self._names_sealed(batch))
        return [sealed for sealed in found if sealed is not None]

    def waiting(self) -> Sequence[int]:
        """The batches that something was committed to and not revealed yet, as far as is known.

        Raises:
            DraftsUnreadable: the folder cannot be looked into.
        """
        named = map(_SEALED.fullmatch, keeping.names(self.folder))
        return sorted({int(found[1]) for found in named if found})

    def next_waiting(self, most: int) -> Sequence[int]:
        """A few of `waiting`, each time those that come next."""
        waiting = self.waiting()
        behind = [batch for batch in waiting if batch > self._looked_at]
        chosen = [*behind, *(batch for batch in waiting if batch <= self._looked_at)][:most]
        self._looked_at = chosen[-1] if chosen else -1
        return chosen

    def revealed(self, batch: int) -> None:
        """Forgets what nothing is left to be done with: the store has the sheet."""
        for name in self._names_sealed(batch):
            keeping.remove(self.folder / name)
        self.drop(batch, "handed in")

    def _names_sealed(self, batch: int) -> list[str]:
        return [n for n in keeping.names(self.folder) if n.startswith(f"sealed-{batch}-")]

    def _draft(self, batch: int) -> Path:
        return self.folder / f"batch-{batch}.jsonl"

    def _over(self, batch: int) -> Path:
        return self.folder / f"over-{batch}"

    def _sealed(self, batch: int, digest: str) -> Path:
        return self.folder / f"sealed-{batch}-{digest[:24]}.json"

    def __repr__(self) -> str:
        return f"<Drafts in {self.folder}>"


def _sealed_in(path: Path) -> Sealed | None:
    """What was sealed in a file; None where there is none."""
    content = keeping.read(path)
    if content is None:
        return None
    told = object_of(content) or {}
    if told.get("version") == VERSION and isinstance(told.get("sheet"), str):
        with suppress(ValueError):
            return Sealed(told["sheet"].encode(), Secret(bytes.fromhex(str(told.pop("salt", "")))))
    raise keeping.unreadable(path, f"it is no sealed sheet, version {VERSION}")
