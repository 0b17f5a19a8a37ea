"""An owner's own word on answers: what is right of an item, which items are broken, which sheets
count; kept on the owner's machine, with undo, until the task is judged by it.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from dml_sdk.annotation.asked.answers import Sheet
from dml_sdk.annotation.asked.questionnaire import Questionnaire
from dml_sdk.annotation.asked.values import Value, fault_of
from dml_sdk.annotation.course import keeping
from dml_sdk.annotation.worth.evidence import Evidence, Gold
from dml_sdk.annotation.worth.policies import Policy
from dml_sdk.annotation.worth.validation import Agreed, Score, Validation, points_of, validate
from dml_sdk.arguments import shown, whole_of
from dml_sdk.errors import AnswersInvalid, UsageError

if TYPE_CHECKING:
    from dml_sdk.annotation.task import AnnotationTask

VERSION = 1
MOST_UNDONE = 100


@dataclass(frozen=True, slots=True)
class Decisions:
    """What an owner has decided so far.

    Attributes:
        right: answers that are right, by the item's number and the question's id.
        left_out: items that are broken: no answer to them counts, for or against anybody, and they
            are in no result.
        sheets: whole sheets, by batch and annotator: True earns the full points, False nothing.
    """

    right: Gold = field(default_factory=dict)
    left_out: frozenset[int] = frozenset()
    sheets: Mapping[tuple[int, str], bool] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.right or self.left_out or self.sheets)

    def encode(self) -> bytes:
        """As a document, JSON."""
        told = {
            "version": VERSION,
            "right": {str(item): dict(right) for item, right in sorted(self.right.items())},
            "left_out": sorted(self.left_out),
            "sheets": [
                [batch, who, counts] for (batch, who), counts in sorted(self.sheets.items())
            ],
        }
        return json.dumps(told, ensure_ascii=False, sort_keys=True).encode()

    @classmethod
    def decode(cls, document: bytes) -> Decisions:
        """The decisions of a document.

        Raises:
            UsageError: it is none.
        """
        try:
            told = json.loads(document)
            return cls(
                {int(item): dict(right) for item, right in told["right"].items()},
                frozenset(map(int, told["left_out"])),
                {(int(batch), str(who)): bool(counts) for batch, who, counts in told["sheets"]},
            )
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as e:
            raise UsageError("The decisions cannot be read: the document is none.") from e


def reviewed(evidence: Evidence, policy: Policy, decisions: Decisions) -> Validation:
    """Judges all sheets by a policy, and by what the owner has decided.

    Right answers are known to the evidence, as gold is; a sheet that was decided on gets 1 or 0,
    whatever the policy says.

    Raises:
        UsageError: right answers that do not fit the questionnaire.
    """
    known = {item: right for item, right in decisions.right.items() if item in set(evidence.items)}
    told = validate(_without(evidence, decisions.left_out, known), policy)
    scores = tuple(
        _scored(score, sheet, evidence, decisions)
        for score, (_, sheet) in zip(told.scores, evidence.sheets, strict=True)
    )
    consensus = [
        agreed for agreed in told.consensus if agreed.question not in known.get(agreed.item, {})
    ] + [
        Agreed(item, id, value, 1.0, sum(id in given for _, given in evidence.given(item)))
        for item, right in known.items()
        if item not in decisions.left_out
        for id, value in right.items()
    ]
    ordered = tuple(sorted(consensus, key=lambda a: (a.item, a.question)))
    return Validation(scores, told.findings, ordered)


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
        self._before: list[Decisions] = []
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

        self._change(change)

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

        self._change(change)

    def judge(self, batch: int, annotator: str, counts: bool) -> None:
        """Says of a whole sheet that it earns its full points, or nothing.

        Raises:
            DraftsUnwritable: it cannot be kept; nothing changed.
        """
        self._change(
            lambda now: replace(now, sheets={**now.sheets, (batch, annotator): bool(counts)})
        )

    def undo(self) -> bool:
        """Takes the last decision back; False where there is none left to take back.

        Raises:
            DraftsUnwritable: it cannot be kept; nothing changed.
        """
        with self._lock:
            if not self._before:
                return False
            self._keep(self._before[-1])
            self._decisions = self._before.pop()
            return True

    def _change(self, change: Callable[[Decisions], Decisions]) -> None:
        with self._lock:
            then = change(self._decisions)
            if then == self._decisions:
                return
            self._keep(then)
            self._before = [*self._before[1 - MOST_UNDONE :], self._decisions]
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


def _without(evidence: Evidence, left_out: frozenset[int], known: Gold) -> Evidence:
    """The evidence without the items that are left out, and with what is known."""
    if not left_out and not known:
        return evidence  # with all that was learnt from it already
    sheets = [
        (who, replace(sheet, answers=tuple(a for a in sheet.answers if a.item not in left_out)))
        for who, sheet in evidence.sheets
    ]
    gold = {item: right for item, right in evidence.gold.items() if item not in left_out}
    for item, right in known.items():
        if item not in left_out:
            gold[item] = {**gold.get(item, {}), **right}
    return Evidence(evidence.questionnaire, sheets, gold)


def _scored(score: Score, sheet: Sheet, evidence: Evidence, decisions: Decisions) -> Score:
    # Whoever answered a broken item did the work all the same.
    points = points_of(sheet, evidence.questionnaire)
    counts = decisions.sheets.get((score.batch, score.annotator))
    if counts is None:
        return replace(score, points=points)
    word = "accepted" if counts else "rejected"
    return replace(score, score=float(counts), points=points, why=f"{word} by the owner")
