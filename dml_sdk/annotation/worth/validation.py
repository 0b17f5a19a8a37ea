"""What a task's answers are worth: a score for each batch and annotator, each explained.

The chain pays points x score x reward, from what remains; everything that a score is made of is
here in words, so that whoever is paid can check it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dml_sdk.annotation.asked.answers import Sheet
from dml_sdk.annotation.asked.questionnaire import Questionnaire, values_of
from dml_sdk.annotation.asked.questions import Choices, Question
from dml_sdk.annotation.asked.values import Value
from dml_sdk.annotation.worth.certainty import certainty_of
from dml_sdk.annotation.worth.evidence import Evidence
from dml_sdk.annotation.worth.findings import Finding, findings
from dml_sdk.annotation.worth.policies import Policy, Strategy
from dml_sdk.annotation.worth.pooling import Judgements
from dml_sdk.measures import BILLION
from dml_sdk.tables import Table

NOTHING_ANSWERED = "nothing was answered that is worth points"


@dataclass(frozen=True, slots=True)
class Score:
    """What a sheet is worth.

    Attributes:
        batch, annotator: whose.
        score: 0-1.
        points: that its answers are worth at most, by the questions that were answered.
        why: how the score came about.
    """

    batch: int
    annotator: str
    score: float
    points: int
    why: str

    @property
    def parts(self) -> int:
        """The score in billionths, rounded down, as the chain takes it."""
        return int(self.score * BILLION)


@dataclass(frozen=True, slots=True)
class Unjudged:
    """A sheet that gets no score: nothing speaks for it or against it.

    Attributes:
        batch, annotator: whose.
        why: what there is no evidence of.
    """

    batch: int
    annotator: str
    why: str


@dataclass(frozen=True, slots=True)
class Agreed:
    """The answer to a question that all together come to.

    Attributes:
        item, question: of what.
        value: the answer: somebody's own, never one in between.
        certainty: the probability that it is right, no more than agreement bears out (see
            `certainty`); where answers are free, how alike the others' are. 0-1.
        answers: by how many.
    """

    item: int
    question: str
    value: Value
    certainty: float
    answers: int


@dataclass(frozen=True, slots=True)
class Validation:
    """The end of judging.

    Attributes:
        scores: one a sheet that can be judged, in the sheets' order.
        findings: what was proven of annotators, who get nothing.
        consensus: what all together come to, by item and question.
        unjudged: the other sheets, and why nothing can be said of them.
    """

    scores: tuple[Score, ...]
    findings: tuple[Finding, ...]
    consensus: tuple[Agreed, ...]
    unjudged: tuple[Unjudged, ...] = ()

    def table(self) -> Table:
        """The scores, as rows."""
        columns = ("batch", "annotator", "score", "points", "why")
        rows = [{name: getattr(score, name) for name in columns} for score in self.scores]
        return Table("Scores", rows, columns)


def validate(evidence: Evidence, policy: Policy) -> Validation:
    """Judges all sheets by a policy or a mix of several.

    A sheet that no policy has evidence on (an item that nobody else has answered, no gold, and
    nothing of its annotator elsewhere) gets no score: to know nothing of it is not to know that it
    is worth nothing.

    Args:
        evidence: the sheets; the gold answers that the policy brings are added to it, where it does
            not know better.
        policy: see `policies`.

    Raises:
        UsageError: gold answers that do not fit the questionnaire.
    """
    evidence = evidence.knowing(policy.known())
    found = findings(evidence)
    proven = {finding.annotator: finding for finding in found}
    judged = [(part, part.judge(evidence)) for part in policy.parts()]
    scores, unjudged = [], []
    for at, (annotator, sheet) in enumerate(evidence.sheets):
        points = points_of(sheet, evidence.questionnaire)
        told = _mix(at, judged)
        if told is None and not points:
            told = 0.0, NOTHING_ANSWERED
        if (finding := proven.get(annotator)) is not None:
            told = 0.0, f"nothing, for {finding.kind}: {finding.why}"
        if told is None:
            why = f"no evidence by {' & '.join(part.name for part, _ in judged)}"
            unjudged.append(Unjudged(sheet.batch, annotator, why))
            continue
        score, why = told
        scores.append(Score(sheet.batch, annotator, score, points, why))
    return Validation(tuple(scores), found, tuple(_consensus(evidence)), tuple(unjudged))


def points_of(sheet: Sheet, questionnaire: Questionnaire) -> int:
    """The points that a sheet's answers are worth at most, by the questions that it answers."""
    return sum(
        question.points
        for answer in sheet.answers
        for question in questionnaire.questions
        if question.id in answer.given
    )


def _mix(at: int, judged: Sequence[tuple[Strategy, Judgements]]) -> tuple[float, str] | None:
    """A sheet's score by all policies that judge it."""
    told = [(part, judgements[at]) for part, judgements in judged if at in judgements]
    weight = sum(part.weight for part, _ in told)
    if not told:
        return None
    score = sum(part.weight * judgement.score for part, judgement in told) / weight
    why = " + ".join(
        f"{part.weight / weight:.2f} x {judgement.score:.4f} ({part.name}: {judgement.why})"
        for part, judgement in told
    )
    return score, why


def _consensus(evidence: Evidence) -> list[Agreed]:
    told: list[Agreed] = []
    for question in evidence.questionnaire.questions:
        if values_of(question) is None or isinstance(question, Choices):
            told += _likest(evidence, question)
    reliability = evidence.reliability
    if reliability is not None:
        for column, fit in zip(evidence.columns, reliability.fits, strict=True):
            if column.option is not None:
                continue
            answers = np.bincount(column.votes.item, minlength=len(evidence.items))
            best, learnt = fit.posterior.argmax(axis=1), fit.posterior.max(axis=1)
            sure = certainty_of(column.votes.merged(reliability.group), best, learnt)
            for at in np.flatnonzero(answers):
                item, value = evidence.items[at], column.labels[best[at]]
                told.append(
                    Agreed(item, column.question.id, value, float(sure[at]), int(answers[at]))
                )
    return sorted(told, key=lambda a: (a.item, a.question))


def _likest(evidence: Evidence, question: Question) -> list[Agreed]:
    """Of each item the answer that is likest to all others, by their reliability."""
    told = []
    for item in evidence.items:
        said = [
            (evidence.trust(evidence.number(evidence.sheets[at][0])), given[question.id])
            for at, given in evidence.given(item)
            if question.id in given
        ]
        if not said:
            continue
        weights = np.array([weight for weight, _ in said])
        alike = evidence.alike(item, question)
        # One's own weight counts too: with two answers that differ, the more reliable one's is it.
        backing = np.round(alike @ weights, 9)
        ties = np.flatnonzero(backing == backing.max()).tolist()
        # Of equals neither a name nor the order of the sheets decides.
        best = min(ties, key=lambda at: json.dumps(said[at][1], sort_keys=True))
        others = np.delete(alike[best], best)
        certainty = float(others.mean()) if len(others) else 0.0
        told.append(Agreed(item, question.id, said[best][1], certainty, len(said)))
    return told
