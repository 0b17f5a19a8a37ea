"""What a policy has counted of each sheet becomes its score.

A batch alone is little, so each is scored together with what its annotator says elsewhere. What
counts is agreement beyond chance: whoever says the same of everything is right as often as that
answer is, and is worth nothing. Yet where next to all items have one answer, somebody who looks and
slips once cannot be told from somebody who does not look, and kappa gives both nothing. So an
annotator has the benefit of the doubt, in which what it is right on counts as it is, and each item
that it met whose answer is another than the usual halves that: who looks as little as a coin would
have seen one of them. Where all items have one answer whoever agrees is paid; from some ten others
on it is kappa alone.

Who met few others itself, of a task that has them elsewhere, is held against how often what it says
is right in the whole task: else it would pay to say one thing under another name for each batch.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from dml_sdk.annotation.worth.bounds import kappa
from dml_sdk.annotation.worth.chance import Unusual
from dml_sdk.annotation.worth.evidence import Evidence

OWN_VOTES = 10.0
"""How many answers of a batch weigh as much as all that an annotator says elsewhere."""
_TOLD = 5e-4  # what doubt has to be worth to be in a reason


@dataclass(frozen=True, slots=True)
class Judgement:
    """What one policy says of a sheet.

    Attributes:
        score: 0-1.
        why: the figures that it is made of.
    """

    score: float
    why: str


Judgements: TypeAlias = Mapping[int, Judgement]
"""By the sheet's number; a sheet that is not there is not judged."""


@dataclass(slots=True)
class Count:
    """How much of a sheet is right, and how much would be by chance, in points: among the items
    that its annotator met, and among those of the whole task."""

    points: float = 0.0
    right: float = 0.0
    chance: float = 0.0
    anywhere: float = 0.0
    answers: float = 0.0

    def add(
        self,
        right: float,
        chance: float,
        points: float,
        answers: float = 1.0,
        anywhere: float | None = None,
    ) -> None:
        """Counts answers to a question that is worth so many points; what chance comes to anywhere
        is the same unless it is given."""
        # A question for no points still tells of a sheet, so it counts a little.
        weight = max(points, 0.01) * answers
        self.points += weight
        self.right += weight * right
        self.chance += weight * chance
        self.anywhere += weight * (chance if anywhere is None else anywhere)
        self.answers += answers

    def include(self, other: Count) -> None:
        """Counts another sheet's as well."""
        self.points += other.points
        self.right += other.right
        self.chance += other.chance
        self.anywhere += other.anywhere
        self.answers += other.answers


def pooled(
    evidence: Evidence, counted: Sequence[Count], what: str, unusual: Unusual | None = None
) -> Judgements:
    """A score for each sheet: the batch's own, together with the annotator's in all batches.

    By bad luck an honest annotator would get nothing for a batch alone, and by good luck a random
    one something.

    Args:
        counted: of each sheet.
        what: the right part of its answers, in words.
        unusual: how many items there are whose answer is another than the usual one; None where
            chance is known without them.
    """
    whole: dict[str, Count] = {}
    for (annotator, _), count in zip(evidence.sheets, counted, strict=True):
        whole.setdefault(annotator, Count()).include(count)
    told = {}
    for at, ((annotator, _), count) in enumerate(zip(evidence.sheets, counted, strict=True)):
        total = whole[annotator]
        if not total.points:
            continue
        everywhere = total.right / total.points
        own = count.right / count.points if count.points else everywhere
        part = (count.answers * own + OWN_VOTES * everywhere) / (count.answers + OWN_VOTES)
        chance = total.chance / total.points
        anywhere = total.anywhere / total.points
        beyond = max(kappa(part, chance), 0.0)
        doubt = nowhere = 0.0
        if unusual is not None:
            number = evidence.number(annotator)
            doubt, nowhere = 0.5 ** unusual.met[number], 0.5 ** unusual.elsewhere[number]
        in_doubt = (1 - nowhere) * max(kappa(part, anywhere), 0.0) + nowhere * part
        score = max((1 - doubt) * beyond + doubt * in_doubt, beyond)
        why = (
            f"{own:.1%} {what} in this batch ({count.answers:g} answers), {everywhere:.1%} in all "
            f"({total.answers:g}), {chance:.1%} by chance"
        )
        if score - beyond > _TOLD:
            why += f", as to which there is {doubt:.1%} doubt: hardly an item has another answer"
            if nowhere < 1 - _TOLD:
                why += f" in this annotator's batches ({anywhere:.1%} by chance in the whole task)"
        told[at] = Judgement(min(score, 1.0), why)  # a sum of parts may be above by its rounding
    return told
