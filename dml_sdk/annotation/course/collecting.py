"""All that was revealed in a task, read from the store and checked, each sheet once."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from dml_sdk.annotation.asked.answers import Sheet, load_sheet
from dml_sdk.annotation.course.documents import cid_of
from dml_sdk.errors import (
    AnnotationError,
    ContentTooLarge,
    InvalidCID,
    StorageError,
)
from dml_sdk.locations import Document

if TYPE_CHECKING:
    from dml_sdk.annotation.task import AnnotationTask

Whose: TypeAlias = tuple[int, str]
"""A batch's number and an annotator's address."""
_READERS = 8


@dataclass(frozen=True, slots=True)
class Collected:
    """What was revealed.

    Attributes:
        sheets: those that can be read and fit, with their annotators' addresses, by batch.
        unreadable: why the others cannot.
        worthless: which of these prove by themselves that they are no answers; the rest may be the
            store's fault, and come when it has them.
        stages: where each is in its life, as the chain tells it; also what is not revealed.
    """

    sheets: tuple[tuple[str, Sheet], ...]
    unreadable: Mapping[Whose, str]
    worthless: frozenset[Whose]
    stages: Mapping[Whose, Any]

    def unscored(self) -> frozenset[Whose]:
        """What was revealed and nobody has judged."""
        return frozenset(whose for whose, stage in self.stages.items() if stage == "Revealed")


class Collector:
    """Reads sheets, and keeps those that it has read. Any thread may ask."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._read: dict[tuple[int, str, str], Sheet] = {}

    def collect(self, task: AnnotationTask) -> Collected:
        """All that is revealed by now.

        Raises:
            QuestionnaireInvalid, ContentNotFound, ContentCorrupt: what was asked cannot be read.
        """
        awards = task.chain_awards()
        revealed = {
            (int(told["batch"]), str(told["who"])): Document.decoded(told["answers"])
            for told in awards
            if told["answers"] is not None
        }
        task.questionnaire()
        with self._lock, ThreadPoolExecutor(_READERS) as readers:
            found = dict(
                zip(
                    revealed,
                    readers.map(lambda one: self._sheet(task, *one), revealed.items()),
                    strict=True,
                )
            )
        sheets = [(who, s) for (_, who), s in found.items() if isinstance(s, Sheet)]
        failed = {whose: s for whose, s in found.items() if not isinstance(s, Sheet)}
        return Collected(
            tuple(sheets),
            {whose: str(error) for whose, error in failed.items()},
            frozenset(w for w, e in failed.items() if isinstance(e, _NO_ANSWERS)),
            {(int(told["batch"]), str(told["who"])): told["stage"] for told in awards},
        )

    def _sheet(
        self, task: AnnotationTask, whose: Whose, document: Document
    ) -> Sheet | StorageError | AnnotationError:
        """A sheet, or why there is none."""
        batch, who = whose
        known = self._read.get((batch, who, document.sha256))
        if known is not None:
            return known
        try:
            sheet = load_sheet(
                task.session.store,
                cid_of(document),
                document.sha256,
                task.questionnaire(),
                batch,
                task.documents.items_of(batch),
            )
        except (StorageError, AnnotationError) as e:
            return e
        self._read[batch, who, document.sha256] = sheet
        return sheet


_NO_ANSWERS = (AnnotationError, ContentTooLarge, InvalidCID)
"""What the annotator's own bytes are to blame for: the store's are checked against the CID."""
