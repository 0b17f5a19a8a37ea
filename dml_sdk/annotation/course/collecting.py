"""All that was revealed in a task, read from the store and checked, each sheet once."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from dml_sdk.annotation.asked.answers import LARGEST, Sheet, invalid_answers, load_sheet
from dml_sdk.errors import (
    AnnotationError,
    ContentCorrupt,
    ContentTooLarge,
    InvalidCID,
    StorageError,
)
from dml_sdk.locations import Document

if TYPE_CHECKING:
    from dml_sdk.annotation.task import AnnotationTask
    from dml_sdk.storage.store import Store

Whose: TypeAlias = tuple[int, str]
"""A batch's number and an annotator's address."""
_READERS = 8
_MOST_PROVEN = 16 << 20  # bytes of what is too large that are read to see whose fault it is
_REFUSED_FOR = 60.0  # seconds in which what was too large is not read again


@dataclass(frozen=True, slots=True)
class Collected:
    """What was revealed.

    Attributes:
        sheets: those that can be read and fit, with their annotators' addresses, by batch.
        unreadable: why the others cannot.
        worthless: which of these prove by themselves that they are no answers; the rest may be the
            store's fault, and come when it has them.
        stages: where each is in its life, as the chain tells it; also what is not revealed.
        awaited: what was answered and can still be shown.
        never_shown: what was answered, and was not shown in time.
    """

    sheets: tuple[tuple[str, Sheet], ...]
    unreadable: Mapping[Whose, str]
    worthless: frozenset[Whose]
    stages: Mapping[Whose, Any]
    awaited: frozenset[Whose] = frozenset()
    never_shown: frozenset[Whose] = frozenset()

    def unscored(self) -> frozenset[Whose]:
        """What was revealed and nobody has judged."""
        return frozenset(whose for whose, stage in self.stages.items() if stage == "Revealed")


def stage_of(told: Any) -> str:
    """The name of a stage of the chain's; "" where there is none."""
    if isinstance(told, Mapping):
        return str(next(iter(told)))
    return "" if told is None else str(told)


class Collector:
    """Reads sheets, and keeps those that it has read, and why others are none. Any thread may
    ask."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._proving = threading.Lock()  # one at a time: what is too large takes memory
        self._read: dict[tuple[int, str, str], Sheet | StorageError | AnnotationError] = {}
        self._refused: dict[tuple[int, str, str], tuple[float, StorageError]] = {}

    def collect(self, task: AnnotationTask, *, anew: bool = False) -> Collected:
        """All that is revealed by now.

        Args:
            anew: whether the store is asked again also for what was too large a moment ago, and
                may have been other bytes than the CID names.

        Raises:
            QuestionnaireInvalid, ManifestInvalid, ContentNotFound, ContentCorrupt: what was asked
                cannot be read.
        """
        awards = task.chain_awards()
        stages = {(int(told["batch"]), str(told["who"])): told["stage"] for told in awards}
        revealed = {
            (int(told["batch"]), str(told["who"])): Document.decoded(told["answers"])
            for told in awards
            if told["answers"] is not None
        }
        task.documents.parts_of(0)  # what is asked, and of what: nobody's sheet is to blame for it
        with self._lock, ThreadPoolExecutor(_READERS) as readers:
            if anew:
                self._refused.clear()
            found = dict(
                zip(
                    revealed,
                    readers.map(lambda one: self._sheet(task, *one), revealed.items()),
                    strict=True,
                )
            )
        sheets = [(who, s) for (_, who), s in found.items() if isinstance(s, Sheet)]
        failed = {whose: s for whose, s in found.items() if not isinstance(s, Sheet)}
        committed = frozenset(w for w, stage in stages.items() if stage_of(stage) == "Committed")
        over = bool(committed) and task.state not in ("open", "revealing")
        return Collected(
            tuple(sheets),
            {whose: str(error) for whose, error in failed.items()},
            frozenset(w for w, e in failed.items() if isinstance(e, _NO_ANSWERS)),
            stages,
            awaited=frozenset() if over else committed,
            never_shown=committed if over else frozenset(),
        )

    def _sheet(
        self, task: AnnotationTask, whose: Whose, document: Document
    ) -> Sheet | StorageError | AnnotationError:
        """A sheet, or why there is none."""
        batch, who = whose
        key = batch, who, document.sha256
        if (known := self._read.get(key)) is not None:
            return known
        then, refusal = self._refused.get(key, (-math.inf, None))
        if refusal is not None and time.monotonic() - then < _REFUSED_FOR:
            return refusal
        told: Sheet | StorageError | AnnotationError
        try:
            told = load_sheet(
                task.session.store,
                _cid_of(document),
                document.sha256,
                task.questionnaire(),
                batch,
                task.documents.items_of(batch),
                task.documents.parts_of(batch),
            )
        except ContentTooLarge:
            told = self._too_large(task.session.store, _cid_of(document))
            if isinstance(told, ContentTooLarge | ContentCorrupt):  # megabytes were read for it
                self._refused[key] = time.monotonic(), told
        except (StorageError, AnnotationError) as e:
            told = e
        if isinstance(told, Sheet | _NO_ANSWERS):  # the rest may come to the store
            self._read[key] = told
        return told

    def _too_large(self, store: Store, cid: str) -> StorageError | AnnotationError:
        """What is wrong with a file that is too large for a sheet.

        A store can say so of any file, and refuses before it hashes. So it is the annotator's
        fault only where the bytes prove to be those that the CID names.
        """
        try:
            with self._proving:
                size = len(store.get(cid, limit=_MOST_PROVEN))
        except StorageError as e:
            return e
        return invalid_answers([("$", f"{size:,} bytes, {LARGEST:,} are the most")])


def _cid_of(document: Document) -> str:
    """The CID that a sheet is under.

    Raises:
        AnswersInvalid: it is at an address of another kind. Whoever answered chose it, and no store
            will ever read it.
    """
    if document.location.cid is None:
        raise invalid_answers([("$", f"{document.location} is no CID, and only these are read")])
    return document.location.cid


_NO_ANSWERS = AnnotationError | InvalidCID
"""What the annotator's own bytes are to blame for: those that were read have hashed to the CID."""
