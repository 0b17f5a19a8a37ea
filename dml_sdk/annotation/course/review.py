"""An owner's decisions, kept on the owner's machine, with undo, until a task is judged by them."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from dml_sdk.annotation.asked.questionnaire import Questionnaire
from dml_sdk.annotation.asked.values import Value, fault_of
from dml_sdk.annotation.course import keeping
from dml_sdk.annotation.worth.review import Decisions
from dml_sdk.arguments import shown, whole_of
from dml_sdk.errors import AnswersInvalid, UsageError

if TYPE_CHECKING:
    from dml_sdk.annotation.task import AnnotationTask

MOST_UNDONE = 100


@dataclass(frozen=True, slots=True)
class Decided:
    """What a decision is on: an answer, a whole item, or a sheet.

    Attributes:
        item: its number; None of a sheet.
        question: the question's id; None of a whole item, which was left out, and of a sheet.
        sheet: its batch and annotator; None of an item.
    """

    item: int | None = None
    question: str | None = None
    sheet: tuple[int, str] | None = None


class Review:
    """Decisions that are kept on disk as they are made, and can be undone. Any thread may ask.

    Args:
        questionnaire: what was asked.
        items: how many items there are.
        path: the file; None to keep nothing.

    Raises:
        UsageError: what is in the file is no decisions; nothing was overwritten.
    """

    def __init__(self, questionnaire: Questionnaire, items: int, path: Path | None) -> None:
        self._questionnaire, self._items, self._path = questionnaire, items, path
        self._lock = threading.RLock()
        self._before: list[tuple[Decisions, Decided]] = []
        content = None if path is None else keeping.read(path)
        self._decisions = Decisions() if content is None else Decisions.decode(content)

    @property
    def decisions(self) -> Decisions:
        """What was decided so far."""
        return self._decisions

    @property
    def undoable(self) -> int:
        """How many decisions can be taken back, one after the other."""
        return len(self._before)

    def right(self, item: int, question: str, value: Value) -> None:
        """Says what is right of an item; it is not left out then.

        Raises:
            UsageError: no such item or question.
            AnswersInvalid: the value does not answer the question.
            DraftsUnwritable: it cannot be kept; nothing changed.
        """
        number = self._item(item)
        asked = self._questionnaire.question(question)
        if asked is None:
            raise UsageError(f"question={shown(question)}: the questionnaire has no such question.")
        if why := fault_of(asked, value):
            path = f"items[{number}].{question}"
            raise AnswersInvalid("That is no answer", [(path, why)], "Nothing was decided.")

        def change(now: Decisions) -> Decisions:
            known = {**now.right, number: {**now.right.get(number, {}), question: value}}
            return replace(now, right=known, left_out=now.left_out - {number})

        self._change(change, Decided(number, question))

    def leave_out(self, item: int) -> None:
        """Says that an item is broken.

        Raises:
            UsageError: no such item.
            DraftsUnwritable: it cannot be kept; nothing changed.
        """
        number = self._item(item)

        def change(now: Decisions) -> Decisions:
            known = {item: right for item, right in now.right.items() if item != number}
            return replace(now, right=known, left_out=now.left_out | {number})

        self._change(change, Decided(number))

    def judge(self, batch: int, annotator: str, counts: bool) -> None:
        """Says of a whole sheet that it earns its full points, or nothing.

        Raises:
            DraftsUnwritable: it cannot be kept; nothing changed.
        """
        sheet = batch, annotator
        self._change(
            lambda now: replace(now, sheets={**now.sheets, sheet: bool(counts)}),
            Decided(sheet=sheet),
        )

    def undo(self) -> Decided | None:
        """Takes the last decision back and returns what it was on; None where there is none left.
        To say once more what was said already is no decision.

        Raises:
            DraftsUnwritable: it cannot be kept; nothing changed.
        """
        with self._lock:
            if not self._before:
                return None
            before, decided = self._before[-1]
            self._keep(before)
            self._before.pop()
            self._decisions = before
            return decided

    def _change(self, change: Callable[[Decisions], Decisions], on: Decided) -> None:
        with self._lock:
            then = change(self._decisions)
            if then == self._decisions:
                return
            self._keep(then)
            self._before = [*self._before[1 - MOST_UNDONE :], (self._decisions, on)]
            self._decisions = then

    def _keep(self, decisions: Decisions) -> None:
        if self._path is not None:
            keeping.write(self._path, decisions.encode())

    def _item(self, item: int) -> int:
        number = whole_of(item)
        if number is None or not 0 <= number < self._items:
            raise UsageError(f"{shown(item)} is no item of {self._items:,}, counted from 0.")
        return number


def review_path(task: AnnotationTask) -> Path:
    """Where the decisions of a task's signer are kept on this machine."""
    chain, who, told = task.handle.chain, task.session.signer.address, task.record
    # Another task of the same number, on a chain that was started anew, has another file.
    named = (chain.genesis_hash, task.id, told["opened_ms"], told["terms"]["items"][1], who)
    key = hashlib.sha256(json.dumps(named).encode()).hexdigest()
    home = task.home or keeping.home_of(chain)
    return home / f"review-{task.id}-{who[:8]}-{key[:24]}.json"
