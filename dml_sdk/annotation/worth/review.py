"""An owner's own word on answers: what is right of an item, which items are broken, which sheets
count; and what that does to scores and consensus.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from dml_sdk.annotation.asked.reading import number_named, read_json
from dml_sdk.annotation.worth.evidence import Evidence, Gold
from dml_sdk.annotation.worth.policies import Policy
from dml_sdk.annotation.worth.validation import (
    NOTHING_ANSWERED,
    Agreed,
    Score,
    Unjudged,
    Validation,
    points_of,
    validate,
)
from dml_sdk.arguments import whole_of
from dml_sdk.errors import UsageError

VERSION = 1


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
            told = read_json(document)
            if whole_of(told["version"]) != VERSION:
                raise ValueError("another version")
            return cls(
                {number_named(item): {**right} for item, right in told["right"].items()},
                frozenset(map(_number, told["left_out"])),
                dict(_sheet(*sheet) for sheet in told["sheets"]),
            )
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as e:
            raise UsageError("The decisions cannot be read: the document is none.") from e


def _sheet(batch: Any, who: Any, counts: Any) -> tuple[tuple[int, str], bool]:
    if not isinstance(who, str) or not isinstance(counts, bool):
        raise ValueError("no decision on a sheet")
    return (_number(batch), who), counts


def _number(told: Any) -> int:
    number = whole_of(told)
    if number is None:
        raise ValueError("no whole number")
    return number


def reviewed(evidence: Evidence, policy: Policy, decisions: Decisions) -> Validation:
    """Judges all sheets by a policy, and by what the owner has decided.

    Right answers are known to the evidence, as gold is, and hold against gold; a sheet that was
    decided on gets 1 or 0, whatever the policy says.

    Raises:
        UsageError: right answers that do not fit the questionnaire.
    """
    known = known_to(evidence, decisions)
    told = validate(evidence.without(decisions.left_out, known), policy)
    scored = {(score.batch, score.annotator): score for score in told.scores}
    scores, unjudged = [], []
    waiting = {(one.batch, one.annotator): one for one in told.unjudged}
    for who, sheet in evidence.sheets:
        key = sheet.batch, who
        # Whoever answered a broken item did the work all the same.
        points = points_of(sheet, evidence.questionnaire)
        counts = decisions.sheets.get(key)
        if counts is not None:
            why = f"{'accepted' if counts else 'rejected'} by the owner"
            scores.append(Score(*key, float(counts), points, why))
        elif key in waiting:
            unjudged.append(waiting[key])
        elif points and scored[key].why == NOTHING_ANSWERED:
            unjudged.append(Unjudged(*key, "all that it answers was left out"))
        else:
            scores.append(replace(scored[key], points=points))
    consensus = [
        agreed for agreed in told.consensus if agreed.question not in known.get(agreed.item, {})
    ] + [
        Agreed(item, id, value, 1.0, sum(id in given for _, given in evidence.given(item)))
        for item, right in known.items()
        for id, value in right.items()
    ]
    ordered = tuple(sorted(consensus, key=lambda a: (a.item, a.question)))
    return Validation(tuple(scores), told.findings, ordered, tuple(unjudged))


def known_to(evidence: Evidence, decisions: Decisions) -> Gold:
    """What the owner said is right of items that were answered, and not left out."""
    answered = frozenset(evidence.items) - decisions.left_out
    return {item: right for item, right in decisions.right.items() if item in answered}
